/**
 * Aggregates over groups of rows: over columns of numbers by numeric-aggregates.ts, all others by aggregates.ts on lists of values.
 *
 * (1) Both give the same.
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import type { Column } from '../indexes/fact-index.ts'
import type { Aggregate } from './aggregates.ts'
import { aggregateFunction } from './aggregates.ts'
import { groupRows } from './kernels.ts'
import { numericAggregate } from './numeric-aggregates.ts'
import { cell, columnOf } from './relation.ts'
import type { FindElement } from './syntax.ts'

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

/** The aggregate of each group: `codes` gives the group of each row. */
export function aggregateColumn(
  e: AggregateElement,
  c: Column,
  codes: Int32Array,
  groups: number,
  n: number,
  functionOf: FunctionOf,
): Column {
  const quick = e.constants.length === 0 ? quickColumn(e.name, c, codes, groups, n) : null
  if (quick !== null) return quick
  const f = aggregateNamed(e.name, functionOf)
  const { starts, rows } = groupRows(codes, groups)
  const out: Value[] = []
  for (let g = 0; g < groups; g++) {
    const values: Value[] = []
    for (let i = starts[g] as number; i < (starts[g + 1] as number); i++) {
      values.push(cell(c, rows[i] as number))
    }
    out.push(f(e.constants, values))
  }
  return columnOf(out)
}

function quickColumn(
  name: string,
  c: Column,
  codes: Int32Array,
  groups: number,
  n: number,
): Column | null {
  // counting asks no value
  const numbers: Column = name === 'count' ? { kind: 'number', type: 'long', data: noNumbers } : c
  if (numbers.kind !== 'number') return null
  const f = numericAggregate(name)
  return f === null
    ? null
    : f(numbers.data.subarray(0, n), numbers.type, codes.subarray(0, n), groups)
}

const noNumbers = new Float64Array(0)
