/**
 * Aggregates over groups of rows: over columns of numbers by numeric-aggregates.ts, all others by aggregates.ts on lists of values.
 *
 * (1) Both give the same.
 * (2) Rows are of one group when the values that are not aggregated are equal in order: 10, 10N, 10.0 and 10M are one group (as in
 *     the original, which sorts them), shown as the first of them.
 */

import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import { isNumber } from '../../data/compare.ts'
import { keyOf } from '../../data/equal.ts'
import { Double, Float } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { UncopiedColumn } from '../../indexes/segments/column.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Aggregate } from './aggregates.ts'
import { aggregateFunction, stripped } from './aggregates.ts'
import type { Guard } from '../guard.ts'
import { groupRows } from '../columns/kernels.ts'
import { numericAggregate } from './numeric-aggregates.ts'
import type { Known } from './numeric-sums.ts'
import { inPortions } from '../columns/portions.ts'
import { cell, columnOf } from '../columns/relation.ts'
import type { FindElement } from '../parse/syntax.ts'

/** What an aggregate does with a value is so much work. */
const valueWork = 4

type AggregateElement = Extract<FindElement, { kind: 'aggregate' }>

/** The program's functions, by name. */
type FunctionOf = (name: string) => ((args: readonly Value[]) => Value) | null

/** The aggregate of that name; refuses an unknown one. The program's own get the constants and then all values as one list. */
export function aggregateNamed(name: string, functionOf: FunctionOf): Aggregate {
  const own = functionOf(name)
  if (own !== null) return (constants, values) => own([...constants, values])
  return (
    aggregateFunction(name) ??
    raise(':db.error/invalid-aggregate', `there is no aggregate ${name}`, { aggregate: name })
  )
}

const depthMax = 1000

/** A key that values of one group share. */
export function groupKey(v: Value): unknown {
  return keyAt(v, 0)
}

function keyAt(v: Value, depth: number): unknown {
  if (isNumber(v)) return numberKey(v)
  if (!Array.isArray(v)) return keyOf(v)
  if (depth >= depthMax) raise(':yore/limit-exceeded', `a value is nested deeper than ${depthMax}`)
  return keyOf((v as readonly Value[]).map((x) => keyAt(x, depth + 1) as Value))
}

// Whole numbers that a double holds as they are, all others by their decimal text.
function numberKey(v: number | bigint | Double | Float | BigDecimal): unknown {
  const x = v instanceof Double || v instanceof Float ? v.value : v
  if (typeof x === 'number') {
    if (Number.isSafeInteger(x)) return x + 0
    return Number.isFinite(x) ? `\0=${stripped(BigDecimal.parse(String(x)))}` : keyOf(x)
  }
  const text = stripped(x instanceof BigDecimal ? x : BigDecimal.of(x))
  const n = Number(text)
  return Number.isSafeInteger(n) && stripped(BigDecimal.of(n)) === text ? n + 0 : `\0=${text}`
}

/** The aggregate of each group: `codes` gives the group of each row. */
export function aggregateColumn(
  e: AggregateElement,
  c: Column,
  codes: Int32Array,
  groups: number,
  n: number,
  functionOf: FunctionOf,
  guard: Guard,
  known?: Known,
): Column {
  const quick =
    e.constants.length === 0 ? quickColumn(e.name, c, codes, groups, n, guard, known) : null
  if (quick !== null) return quick
  const f = aggregateNamed(e.name, functionOf)
  const { starts, rows } = groupRows(codes, groups, guard)
  const out: Value[] = []
  guard.rows(n, 2)
  const tick = (work: number): void => guard.tick(work)
  for (let g = 0; g < groups; g++) {
    const values: Value[] = []
    const first = starts[g] as number
    inPortions((starts[g + 1] as number) - first, guard, (from, to) => {
      for (let i = from; i < to; i++) values.push(cell(c, rows[first + i] as number))
    })
    guard.tick(values.length * valueWork)
    out.push(f(e.constants, values, undefined, tick))
  }
  return columnOf(out)
}

function quickColumn(
  name: string,
  c: Column,
  codes: Int32Array,
  groups: number,
  n: number,
  guard: Guard,
  known?: Known,
): Column | null {
  // counting asks no value
  const numbers: Column = name === 'count' ? { kind: 'number', type: 'long', data: noNumbers } : c
  if (numbers.kind !== 'number') return null
  const f = numericAggregate(name)
  const cells =
    numbers instanceof UncopiedColumn && numbers.n === n ? numbers : numbers.data.subarray(0, n)
  return f === null ? null : f(cells, numbers.type, codes.subarray(0, n), groups, guard, known)
}

const noNumbers = new Float64Array(0)
