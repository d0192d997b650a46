/** Products: all combinations of rows. The engine makes them only where a clause or the result needs the combinations. */

import { newInts } from '../../base/arrays.ts'
import type { Context } from '../context.ts'
import { pick } from './relation.ts'
import type { Relation } from './relation.ts'

/** All combinations of the rows of relations that have no variable in common. */
export function product(relations: readonly Relation[], context: Context): Relation {
  let out = relations[0] as Relation
  for (const r of relations.slice(1)) {
    const n = out.n * r.n
    const { guard } = context
    guard.rows(n, out.columns.length + r.columns.length + 1)
    const left = newInts(n)
    const right = newInts(n)
    for (let i = 0, at = 0; i < out.n; i++) {
      for (let j = 0; j < r.n; j++) {
        left[at] = i
        right[at++] = j
      }
      guard.tick(r.n)
    }
    const a = pick(out, left, null, false, guard)
    const b = pick(r, right, null, false, guard)
    const key = out.key === null || r.key === null ? null : [...out.key, ...r.key]
    out = {
      n,
      variables: [...a.variables, ...b.variables],
      columns: [...a.columns, ...b.columns],
      key,
    }
  }
  return out
}
