/** What a few cells of a column tell of all. */

import type { Value } from '../../data/values.ts'
import { cell, columnFor } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'

const samples = 6

/** What the count is for a cell of the column, on average over some: at least this much for all of these together. */
export function meanOf(
  r: Relation,
  name: string,
  least: number,
  countOf: (v: Value) => number,
): number {
  const c = columnFor(r, name)
  let sum = 0
  let asked = 0
  const step = Math.max(1, Math.floor(r.n / samples))
  for (let i = 0; i < r.n && asked < samples; i += step) {
    sum += countOf(cell(c, i))
    asked++
  }
  return asked === 0 ? 1 : Math.max(sum, least) / asked
}
