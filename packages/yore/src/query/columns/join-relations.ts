/**
 * Joins of two relations.
 *
 * (1) The right one's form of a value is kept.
 * (2) The key of the result says what makes its rows distinct: both keys, or the one by which the other's row is known.
 */

import type { Column } from '../../indexes/fact-index.ts'
import type { Context } from '../context.ts'
import { joinPairs } from './joins.ts'
import { columnFor, domainOf, isAmbiguous, pick } from './relation.ts'
import type { Relation } from './relation.ts'

/** Joins two relations by columns that stand for the shared variables; the right one's form of these is kept. */
export function joinOn(
  left: Relation,
  right: Relation,
  leftColumns: readonly Column[],
  rightColumns: readonly Column[],
  shared: readonly string[],
  context: Context,
): Relation {
  const pairs =
    left.n >= right.n
      ? joinPairs(leftColumns, left.n, rightColumns, right.n, context.guard)
      : flip(joinPairs(rightColumns, right.n, leftColumns, left.n, context.guard))
  context.guard.tick(left.n + right.n + pairs.left.length)
  const own = left.variables.filter((v) => !shared.includes(v))
  const a = pick(left, inSequence(pairs.left, left.n), new Set(own), false, context.guard)
  const b = pick(right, inSequence(pairs.right, right.n), null, false, context.guard)
  const known = left.key !== null && right.key !== null
  // rows that differ in the left's form of a value alone become equal
  const merged = shared.some(
    (v, i) => left.key?.includes(v) === true && isAmbiguous(leftColumns[i] as Column),
  )
  // whose rows the ids tell that are shared, the other one's key tells too
  const isTold = (key: readonly string[]): boolean =>
    key.every((v) => shared.includes(v)) &&
    shared.every((v) => domainOf(columnFor(right, v)) === 'id')
  const key =
    !known || merged
      ? null
      : isTold(right.key)
        ? left.key
        : [...new Set([...left.key, ...right.key])]
  return {
    n: pairs.left.length,
    variables: [...a.variables, ...b.variables],
    columns: [...a.columns, ...b.columns],
    key,
  }
}

/** Null when these are all rows, in order. */
function inSequence(rows: Int32Array, size: number): Int32Array | null {
  if (rows.length !== size) return rows
  for (let i = 0; i < size; i++) if (rows[i] !== i) return rows
  return null
}

const flip = ({ left, right }: { left: Int32Array; right: Int32Array }) => ({
  left: right,
  right: left,
})

/** Joins two relations on the variables that both have. */
export function joinRelations(left: Relation, right: Relation, context: Context): Relation {
  const shared = right.variables.filter((v) => left.variables.includes(v))
  const of = (r: Relation): Column[] => shared.map((v) => columnFor(r, v))
  return joinOn(left, right, of(left), of(right), shared, context)
}
