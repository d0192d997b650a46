/** How many datoms the history has, in all and of each attribute. */

import { Bound, sideOf } from '../facts/bound.ts'
import { countIn } from './columns.ts'
import type { FactTree } from '../fact-tree.ts'
import { boundOf } from '../facts/bound.ts'
import { TreeCursor } from '../live/tree.ts'

export interface IndexStats {
  readonly datoms: number
  readonly byAttribute: ReadonlyMap<number, number>
}

// The attributes of an AEVT tree (a superset: some may have no facts left).
function attributesIn({ main, mid, live }: FactTree, out: Set<number>): void {
  for (const part of [main, mid]) for (const { a } of part.refs) out.add(a)
  const bound = new Bound()
  bound.depth = 1
  bound.after = true
  const cursor = new TreeCursor()
  for (cursor.seek(live.root, null, sideOf.aevt); cursor.entry !== null;) {
    bound.a = cursor.entry.a
    out.add(bound.a)
    cursor.seek(live.root, bound, sideOf.aevt)
  }
}

function countOf(tree: FactTree, a: number): number {
  const bound = boundOf('aevt', { prefix: { a }, after: false })
  return countIn(tree, bound, bound)
}

/** Of the AEVT trees; `unassertedOf` says how many retractions of an attribute have no assertion. */
export function statsOf(
  current: FactTree,
  past: FactTree,
  unassertedOf: ReadonlyMap<number, number>,
): IndexStats {
  const attributes = new Set<number>()
  attributesIn(current, attributes)
  attributesIn(past, attributes)
  const byAttribute = new Map<number, number>()
  let datoms = 0
  for (const a of [...attributes].sort((x, y) => x - y)) {
    const n = countOf(current, a) + 2 * countOf(past, a) - (unassertedOf.get(a) ?? 0)
    if (n > 0) byAttribute.set(a, n)
    datoms += n
  }
  return { datoms, byAttribute }
}
