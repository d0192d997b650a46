/**
 * Aggregates over a column of numbers, for all groups at once and without an object for each value.
 *
 * The engine asks `numericAggregate(name)` when an aggregate without constants stands over a 'number' column; what it gives is what
 * `aggregateFunction(name)` (aggregates.ts) would give for each group, as a column.
 *
 * (1) `groups[i]` is the group of row i, from 0; every group has at least one row.
 * (2) Sums of longs are exact (numeric-sums.ts): when doubles might not hold them they are summed again with bigints, and overflow of 64
 *     bits is an error.
 */

import { newBytes, newFloats } from '../../base/arrays.ts'
import { raise } from '../../base/errors.ts'
import type { Column, NumberType } from '../../indexes/fact-index.ts'
import { Instant, double, Float } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { longOf, quot } from '../functions/numbers.ts'
import { ValueSet } from '../../data/equal.ts'
import { guarded } from '../functions/call.ts'
import type { Guard } from '../guard.ts'
import { groupRows } from '../columns/kernels.ts'
import { exactSums, plainSums, safeSums, sizesOf } from './numeric-sums.ts'
import type { Known } from './numeric-sums.ts'
import { sortNumbers } from '../columns/sort-numbers.ts'
import { cellsOf, inPieces, inPortions, lengthOf } from '../columns/portions.ts'
import type { Cells, Told } from '../columns/portions.ts'

/**
 * One result for each group.
 *
 *     numericAggregate('sum')?.(Float64Array.of(1, 2, 5), 'long', Int32Array.of(0, 0, 1), 2)
 *     // a column of the longs 3 and 5
 */
export type NumericAggregate = (
  data: Cells,
  type: NumberType,
  groups: Int32Array,
  groupCount: number,
  guard?: Guard | null,
  known?: Known,
) => Column

const wholeTypes: ReadonlySet<NumberType> = new Set(['long', 'ref'])

const longs = (data: Float64Array): Column => ({ kind: 'number', type: 'long', data })
const doubles = (data: Float64Array): Column => ({ kind: 'number', type: 'double', data })

function refuseInstants(name: string, type: NumberType): void {
  if (type === 'instant') {
    raise(':yore/invalid-function-call', `${name}: takes numbers only, not an instant`, {
      function: name,
    })
  }
}

const sum: NumericAggregate = (data, type, groups, groupCount, guard) => {
  refuseInstants('sum', type)
  if (!wholeTypes.has(type)) return doubles(plainSums(data, groups, groupCount, guard))
  const safe = safeSums(data, groups, groupCount, guard)
  return safe !== null ? longs(safe) : { kind: 'value', data: exactSums(data, groups, groupCount) }
}

function means(
  data: Cells,
  type: NumberType,
  groups: Int32Array,
  groupCount: number,
  guard: Told,
  known?: Known,
): Float64Array {
  const total = sum(data, type, groups, groupCount, guard)
  const n = sizesOf(groups, groupCount, lengthOf(data), guard, known)
  const out = newFloats(groupCount)
  for (let g = 0; g < groupCount; g++) out[g] = Number(total.data[g]) / (n[g] as number)
  return out
}

function variances(
  cells: Cells,
  type: NumberType,
  groups: Int32Array,
  groupCount: number,
  guard: Told,
  known: Known = { sizes: null },
): Float64Array {
  const mean = means(cells, type, groups, groupCount, guard, known)
  const out = newFloats(groupCount)
  inPieces(cells, guard, (data, at, from, to) => {
    for (let i = from; i < to; i++) {
      const g = groups[i] as number
      out[g] = (out[g] as number) + ((data[i + at] as number) - (mean[g] as number)) ** 2
    }
  })
  const n = sizesOf(groups, groupCount, lengthOf(cells), guard, known)
  for (let g = 0; g < groupCount; g++) out[g] = (out[g] as number) / (n[g] as number)
  return out
}

/** The extreme of each group; NaN is above every other number. */
function extremes(sign: 1 | -1): NumericAggregate {
  return (cells, type, groups, groupCount, guard) => {
    if (isPlain.has(type)) {
      // what every number takes the place of
      const out = newFloats(groupCount).fill(-sign * Infinity)
      inPieces(cells, guard, (data, at, from, to) => {
        extendEach(sign, data, at, groups, from, to, out)
      })
      return { kind: 'number', type, data: out }
    }
    const out = newFloats(groupCount)
    const seen = newBytes(groupCount)
    inPieces(cells, guard, (data, at, from, to) => {
      extend(sign, data, at, groups, from, to, out, seen)
    })
    return { kind: 'number', type, data: out }
  }
}

/** Types without NaN and -0. */
const isPlain: ReadonlySet<NumberType> = new Set(['long', 'ref', 'instant'])

function extendEach(
  sign: 1 | -1,
  data: Float64Array,
  at: number,
  groups: Int32Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  for (let i = from; i < to; i++) {
    const g = groups[i] as number
    const x = data[i + at] as number
    if ((x - (out[g] as number)) * sign > 0) out[g] = x
  }
}

function extend(
  sign: 1 | -1,
  data: Float64Array,
  at: number,
  groups: Int32Array,
  from: number,
  to: number,
  out: Float64Array,
  seen: Uint8Array,
): void {
  for (let i = from; i < to; i++) {
    const g = groups[i] as number
    const x = data[i + at] as number
    const best = out[g] as number
    if (seen[g] === 0) {
      seen[g] = 1
      out[g] = x
    } else if (sign > 0 ? x > best || (x !== x && best === best) : x <= best || best !== best) {
      out[g] = x
    }
  }
}

/** The values of each group together, sorted; group g has from starts[g] up to starts[g + 1]. */
function sortedGroups(
  cells: Cells,
  groups: Int32Array,
  groupCount: number,
  guard: Told,
): readonly [values: Float64Array, starts: Int32Array] {
  const data = cellsOf(cells)
  const { starts, rows } = groupRows(groups, groupCount, guard)
  const values = newFloats(data.length)
  inPortions(data.length, guard, (from, to) => {
    for (let i = from; i < to; i++) values[i] = data[rows[i] as number] as number
  })
  for (let g = 0; g < groupCount; g++) {
    const from = starts[g] as number
    const to = starts[g + 1] as number
    if (to - from > 1) sortNumbers(values.subarray(from, to), guard)
  }
  return [values, starts]
}

const median: NumericAggregate = (data, type, groups, groupCount, guard) => {
  const [values, starts] = sortedGroups(data, groups, groupCount, guard)
  const out: Value[] = []
  for (let g = 0; g < groupCount; g++) {
    const start = starts[g] as number
    const n = (starts[g + 1] as number) - start
    const high = values[start + (n >> 1)] as number
    if (n % 2 === 1) out.push(valueOf(high, type))
    else {
      refuseInstants('median', type)
      const low = values[start + (n >> 1) - 1] as number
      const middle = low + high
      const whole = wholeTypes.has(type)
      out.push(
        guarded('median', () =>
          whole ? quot(longOf(BigInt(low) + BigInt(high)), 2) : quot(double(middle), 2),
        ),
      )
    }
  }
  return { kind: 'value', data: out }
}

function valueOf(x: number, type: NumberType): Value {
  if (type === 'double') return double(x)
  if (type === 'float') return new Float(x)
  return type === 'instant' ? new Instant(x) : x
}

const countDistinct: NumericAggregate = (data, _type, groups, groupCount, guard) => {
  const [values, starts] = sortedGroups(data, groups, groupCount, guard)
  const out = newFloats(groupCount)
  for (let g = 0; g < groupCount; g++) {
    const start = starts[g] as number
    const end = starts[g + 1] as number
    let n = 0
    for (let i = start; i < end; i++) {
      const x = values[i] as number
      const before = values[i - 1] as number
      // 0 and -0 are one value, NaN is one value
      if (i === start || (x !== before && !(x !== x && before !== before))) n++
    }
    out[g] = n
  }
  return longs(out)
}

const distinct: NumericAggregate = (cells, type, groups, groupCount, guard) => {
  const data = cellsOf(cells)
  const out = Array.from({ length: groupCount }, () => new ValueSet())
  for (let i = 0; i < data.length; i++) {
    if ((i & 1023) === 1023) guard?.tick(2048)
    out[groups[i] as number]?.add(valueOf(data[i] as number, type))
  }
  return { kind: 'value', data: out }
}

const table: ReadonlyMap<string, NumericAggregate> = new Map<string, NumericAggregate>([
  [
    'count',
    (_data, _type, groups, groupCount, guard, known) =>
      longs(sizesOf(groups, groupCount, groups.length, guard, known)),
  ],
  ['count-distinct', countDistinct],
  ['distinct', distinct],
  ['sum', sum],
  [
    'avg',
    (data, type, groups, groupCount, guard, known) => {
      refuseInstants('avg', type)
      return doubles(means(data, type, groups, groupCount, guard, known))
    },
  ],
  ['min', extremes(-1)],
  ['max', extremes(1)],
  ['median', median],
  [
    'variance',
    (data, type, groups, groupCount, guard, known) => {
      refuseInstants('variance', type)
      return doubles(variances(data, type, groups, groupCount, guard, known))
    },
  ],
  [
    'stddev',
    (data, type, groups, groupCount, guard, known) => {
      refuseInstants('stddev', type)
      return doubles(variances(data, type, groups, groupCount, guard, known).map(Math.sqrt))
    },
  ],
])

/** The fast form of an aggregate without constants, or null when it has none. */
export function numericAggregate(name: string): NumericAggregate | null {
  return table.get(name) ?? null
}
