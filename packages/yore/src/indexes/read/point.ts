/**
 * Single facts: those of an entity, of an attribute of it, or with a value. This is what transactions ask about every form.
 *
 * (1) It answers as a cursor over the present, in its sequence; but nothing is made that could go on, and what waits to come into the live
 *     tree (live.ts) is left waiting.
 * (2) Tiers are read from the oldest to the newest: an entry with an end takes away what an older tier has.
 */

import { assert } from '../../base/assert.ts'
import { newList } from '../../base/list.ts'
import { Bound, sideOf } from '../facts/bound.ts'
import { compareEntriesOf, noEnd } from '../facts/entry.ts'
import type { Entry } from '../facts/entry.ts'
import type { FactTree } from '../fact-tree.ts'
import { Part, rowOf, segmentOf } from '../segments/part.ts'
import { before, leafAt, TreeCursor } from '../live/tree.ts'
import type { Node } from '../live/tree.ts'
import { isWithin } from '../live/waiting-entries.ts'

/** What waits, where nothing does. */
export const noneWait: readonly Entry[] = []

/** The entries of the current facts that agree with the bound, in order; `newest` are those that wait for the tree. */
export function currentWith(
  tree: FactTree,
  bound: Bound,
  newest: readonly Entry[],
): readonly Entry[] {
  return someWith(tree, bound, newest, Infinity) as readonly Entry[]
}

/** The same, or null where that would be more than `most` entries to merge. */
export function someWith(
  tree: FactTree,
  bound: Bound,
  newest: readonly Entry[],
  most: number,
): readonly Entry[] | null {
  const { main, mid, live, order } = tree
  const waiting = live.waitingFor(bound)
  const found: Entry[] = newList()
  readPart(main, bound, found, most)
  readPart(mid, bound, found, most)
  const stored = found.length
  if (waiting === null) readTree(live.root, bound, order, found, most)
  else if (!live.denies(bound)) readTree(live.treeBefore, bound, order, found, most)
  for (const x of waiting ?? noneWait) found.push(x)
  for (const x of newest) found.push(x)
  if (found.length > most) return null
  // most find nothing, or one fact
  if (found.length === 0) return noneWait
  if (found.length === 1 || (found.length === stored && mid.n === 0)) return found
  return merged(found, order)
}

/** Adds the rows that agree with the bound. */
function readPart(part: Part, bound: Bound, out: Entry[], most: number): void {
  if (part.directory === null) return
  part.locateBoth(bound)
  const { low, high } = Part
  if (low >= high) return
  for (let s = segmentOf(low); s <= segmentOf(high - 1); s++) {
    const segment = part.segment(s)
    const from = s === segmentOf(low) ? rowOf(low) : 0
    const to = s === segmentOf(high) ? rowOf(high) : segment.n
    for (let i = from; i < to && out.length <= most; i++) out.push(segment.entryAt(i))
  }
}

function readTree(
  root: Node | null,
  bound: Bound,
  order: FactTree['order'],
  out: Entry[],
  most: number,
): void {
  if (root === null) return
  const side = sideOf[order]
  bound.after = false
  const entries = leafAt(root, bound, side)
  let i = before(entries, bound, side)
  for (; i < entries.length; i++) {
    const x = entries[i] as Entry
    if (!isWithin(x, bound, side)) return
    out.push(x)
  }
  // what comes next stands in another leaf
  const cursor = new TreeCursor()
  const last = entries[entries.length - 1] as Entry
  cursor.seek(root, after.setEntry(last, true), side)
  for (let x = cursor.entry; x !== null && isWithin(x, bound, side); x = cursor.entry) {
    if (out.push(x) > most) return
    cursor.forward()
  }
}

const after = new Bound()

// A tombstone stands in a newer tier than its fact, so that a stable sort puts it right behind.
function merged(found: Entry[], order: FactTree['order']): readonly Entry[] {
  const compare = compareEntriesOf[order]
  found.sort(compare)
  let n = 0
  for (const x of found) {
    if (x.end === noEnd) found[n++] = x
    else {
      assert(n > 0 && compare(found[n - 1] as Entry, x) === 0, 'what is taken away is there')
      n--
    }
  }
  found.length = n
  return found
}
