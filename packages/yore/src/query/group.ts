/**
 * Aggregates over groups of rows. The commonest, over columns of numbers, in one pass; all others by aggregates.ts on lists of values.
 *
 * (1) The quick ways give what aggregates.ts gives; where numbers grow too large for that they leave it to it.
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import type { Column } from '../indexes/fact-index.ts'
import type { Aggregate } from './aggregates.ts'
import { aggregateFunction } from './aggregates.ts'
import { groupRows } from './kernels.ts'
import { cell, columnOf, domainOf } from './relation.ts'
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

const safeMax = Number.MAX_SAFE_INTEGER

function quickColumn(
  name: string,
  c: Column,
  codes: Int32Array,
  groups: number,
  n: number,
): Column | null {
  if (name === 'count') return { kind: 'number', type: 'long', data: counts(codes, groups, n) }
  const domain = domainOf(c)
  if (domain !== 'id' && domain !== 'double' && domain !== 'instant') return null
  const data = c.data as Float64Array
  const type = domain === 'id' ? 'long' : domain
  switch (name) {
    case 'sum':
    case 'avg': {
      if (domain === 'instant') return null
      const sums = new Float64Array(groups)
      for (let i = 0; i < n; i++) {
        const g = codes[i] as number
        sums[g] = (sums[g] as number) + (data[i] as number)
      }
      if (domain === 'id' && sums.some((x) => Math.abs(x) > safeMax)) return null
      if (name === 'sum') return { kind: 'number', type, data: sums }
      const sizes = counts(codes, groups, n)
      return { kind: 'number', type: 'double', data: sums.map((x, g) => x / (sizes[g] as number)) }
    }
    case 'min':
    case 'max': {
      const out = new Float64Array(groups).fill(NaN)
      const least = name === 'min'
      for (let i = 0; i < n; i++) {
        const g = codes[i] as number
        const x = data[i] as number
        if (x !== x) return null
        const y = out[g] as number
        if (y !== y || (least ? x < y : x > y)) out[g] = x
      }
      return { kind: 'number', type, data: out }
    }
    default:
      return null
  }
}

function counts(codes: Int32Array, groups: number, n: number): Float64Array {
  const out = new Float64Array(groups)
  for (let i = 0; i < n; i++) {
    const g = codes[i] as number
    out[g] = (out[g] as number) + 1
  }
  return out
}
