/**
 * Sums and counts of groups over columns of numbers.
 *
 * (1) Doubles are added in the order of rows. Longs may be added in any order: their sums are exact, or found again with bigints.
 * (2) Few groups are counted and summed in lanes: else each row would wait for the one before it, which changes the same cell.
 */

import { newFloats } from '../../base/arrays.ts'
import { UncopiedColumn } from '../../indexes/segments/column.ts'
import type { Value } from '../../data/values.ts'
import { guarded } from '../functions/call.ts'
import { longOf } from '../functions/numbers.ts'
import { cellsOf, inPieces, inPortions, lengthOf } from '../columns/portions.ts'
import type { Cells, Told } from '../columns/portions.ts'

/** What was found out about groups, for the next aggregate over them. */
export interface Known {
  sizes: Float64Array | null
}

/** Of more groups than these few rows that follow each other are of one. */
const laneGroups = 64
const lanes = 4

// ---- counts ----

/** How many rows each group has. */
export function sizesOf(
  groups: Int32Array,
  groupCount: number,
  n: number,
  guard: Told,
  known?: Known,
): Float64Array {
  const found = known?.sizes ?? null
  if (found !== null) return found
  const out = counted(groups, groupCount, n, guard)
  if (known !== undefined) known.sizes = out
  return out
}

function counted(groups: Int32Array, groupCount: number, n: number, guard: Told): Float64Array {
  if (groupCount === 1) return Float64Array.of(n)
  const width = lanesOf(groupCount)
  const counts = newFloats(groupCount * width)
  inPortions(n, guard, (from, to) => countEach(groups, width, counts, from, to))
  return joined(counts, width)
}

const lanesOf = (groupCount: number): number => (groupCount <= laneGroups ? lanes : 1)

/** The lanes of each group as one. */
function joined(x: Float64Array, width: number): Float64Array {
  if (width === 1) return x
  const out = newFloats(x.length / width)
  for (let i = 0; i < x.length; i++) out[i >> 2] = (out[i >> 2] as number) + (x[i] as number)
  return out
}

// The width is a power of 2.
function countEach(
  groups: Int32Array,
  width: number,
  counts: Float64Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const g = (groups[i] as number) * width + (i & (width - 1))
    counts[g] = (counts[g] as number) + 1
  }
}

// ---- sums ----

/** Sums of doubles. */
export function plainSums(
  x: Cells,
  groups: Int32Array,
  groupCount: number,
  guard: Told,
): Float64Array {
  const out = newFloats(groupCount)
  inPieces(x, guard, (data, at, from, to) => {
    if (groupCount === 1) out[0] = sumOf(data, from + at, to + at, out[0] as number)
    else addEach(data, at, groups, 1, from, to, out)
  })
  return out
}

function sumOf(data: Float64Array, from: number, to: number, start: number): number {
  let sum = start
  for (let i = from; i < to; i++) sum += data[i] as number
  return sum
}

/** Sums of whole numbers; null when one might not stay within what a double holds exactly. */
export function safeSums(
  x: Cells,
  groups: Int32Array,
  groupCount: number,
  guard: Told,
): Float64Array | null {
  // no sum on the way, of whatever rows, is larger
  if (largestIn(x, guard) * lengthOf(x) > Number.MAX_SAFE_INTEGER) return null
  const width = lanesOf(groupCount)
  const sums = newFloats(groupCount * width)
  inPieces(x, guard, (data, at, from, to) => {
    if (groupCount === 1) addInLanes(data, from + at, to + at, sums)
    else addEach(data, at, groups, width, from, to, sums)
  })
  return joined(sums, width)
}

function addEach(
  data: Float64Array,
  at: number,
  groups: Int32Array,
  width: number,
  from: number,
  to: number,
  out: Float64Array,
): void {
  for (let i = from; i < to; i++) {
    const g = (groups[i] as number) * width + (i & (width - 1))
    out[g] = (out[g] as number) + (data[i + at] as number)
  }
}

/** As large as any of the numbers, or larger. */
function largestIn(x: Cells, guard: Told): number {
  if (x instanceof UncopiedColumn) {
    const { low, high } = x.bounds()
    if (high < Infinity) return Math.max(high, -low)
  }
  let largest = 0
  inPieces(x, guard, (data, at, from, to) => {
    largest = Math.max(largest, largestOf(data, from + at, to + at))
  })
  return largest
}

function largestOf(data: Float64Array, from: number, to: number): number {
  let high = 0
  let low = 0
  for (let i = from; i < to; i++) {
    const x = data[i] as number
    if (x > high) high = x
    else if (x < low) low = x
  }
  return Math.max(high, -low)
}

function addInLanes(data: Float64Array, from: number, to: number, out: Float64Array): void {
  let [a, b, c, d] = out as unknown as [number, number, number, number]
  const end = to - ((to - from) & (lanes - 1))
  for (let i = from; i < end; i += lanes) {
    a += data[i] as number
    b += data[i + 1] as number
    c += data[i + 2] as number
    d += data[i + 3] as number
  }
  for (let i = end; i < to; i++) a += data[i] as number
  out[0] = a
  out[1] = b
  out[2] = c
  out[3] = d
}

/** The same exactly, whatever the size: longs, or an error where one is too large. */
export function exactSums(x: Cells, groups: Int32Array, groupCount: number): readonly Value[] {
  const data = cellsOf(x)
  const out: bigint[] = Array.from({ length: groupCount }, () => 0n)
  for (let i = 0; i < data.length; i++) {
    const g = groups[i] as number
    out[g] = (out[g] as bigint) + BigInt(data[i] as number)
  }
  return out.map((sum) => guarded('sum', () => longOf(sum)))
}
