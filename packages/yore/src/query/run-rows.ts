/**
 * Runs a pattern on a collection of tuples: plain comparison by position, nothing is resolved (QR-22).
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import { joinRelations } from './combine.ts'
import type { Context } from './context.ts'
import { show } from './form.ts'
import { distinct } from './kernels.ts'
import type { RowsPattern } from './pattern.ts'
import { columnOf, joinKey, pick } from './relation.ts'
import type { Relation } from './relation.ts'

/** The relations after the pattern; null when nothing is left. */
export function runRows(
  p: RowsPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  let out: Relation = matching(p, keep, relations, context)
  if (out.n === 0) return null
  const apart: Relation[] = []
  for (const r of relations) {
    if (r.variables.some((v) => out.variables.includes(v))) {
      out = joinRelations(out, r, context)
      if (out.n === 0) return null
    } else apart.push(r)
  }
  apart.push(pick(out, null, keep))
  return apart
}

function matching(
  p: RowsPattern,
  keep: ReadonlySet<string>,
  relations: readonly Relation[],
  context: Context,
): Relation {
  const width = p.slots.length
  const first = new Map<string, number>()
  const constants: [number, unknown][] = []
  const equal: [number, number][] = []
  p.slots.forEach((s, i) => {
    if (s.kind === 'constant') constants.push([i, joinKey(s.value)])
    else if (s.kind === 'variable') {
      const earlier = first.get(s.name)
      if (earlier === undefined) first.set(s.name, i)
      else equal.push([earlier, i])
    }
  })
  const rows: (readonly Value[])[] = []
  for (const row of p.rows) {
    if (row.length < width) {
      raise(
        ':yore/invalid-argument',
        `a tuple of the source is shorter than the clause ${show(p.clause.form)}`,
        { clause: show(p.clause.form), tuple: show(row) },
      )
    }
    if (constants.some(([i, k]) => joinKey(row[i] ?? null) !== k)) continue
    if (equal.some(([i, j]) => joinKey(row[i] ?? null) !== joinKey(row[j] ?? null))) continue
    rows.push(row)
  }
  context.guard.tick(p.rows.length * width)
  const shared = (v: string): boolean => relations.some((r) => r.variables.includes(v))
  const variables = [...first.keys()].filter((v) => keep.has(v) || shared(v))
  const columns = variables.map((v) => {
    const i = first.get(v) as number
    return columnOf(rows.map((row) => row[i] ?? null))
  })
  return distinct({ n: rows.length, variables, columns, key: null })
}
