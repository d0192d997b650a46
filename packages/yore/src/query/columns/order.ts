/**
 * Rows in the order of a key, for probing an index: whole numbers by radix, all else by comparison.
 *
 * (1) NaN stands for no key: its rows are left out.
 */

import { newFloats, newInts } from '../../base/arrays.ts'
import type { Guard } from '../guard.ts'
import { inPortions } from './portions.ts'

/** Rows put in order of a key, for probing. */
export interface Ordered {
  /** The keys, ascending, each once; NaN (no key) is left out. */
  readonly keys: Float64Array
  /** The rows by ascending key, or null when row i has key i. */
  readonly rows: Int32Array | null
  /** Where the rows of key k begin in `rows`; null when every key has one row. */
  readonly starts: Int32Array | null
}

/** Orders rows by their key. */
export function orderKeys(data: Float64Array, n: number, guard: Guard | null = null): Ordered {
  let ascending = true
  let strict = true
  let gaps = n > 0 && (data[0] as number) !== (data[0] as number)
  for (let i = 1; i < n && !gaps; i++) {
    const d = (data[i] as number) - (data[i - 1] as number)
    if (d <= 0) {
      strict = false
      if (d < 0) ascending = false
    } else if (d !== d) gaps = (data[i] as number) !== (data[i] as number)
  }
  if (!gaps && ascending && strict) {
    return { keys: data.length === n ? data : data.subarray(0, n), rows: null, starts: null }
  }
  guard?.tick(n >> 2)
  return groupSorted(data, gaps || !ascending ? sortRows(data, n, guard) : allRows(n), guard)
}

/** Is each number greater than the one before? Mostly the first few tell. */
export function ascends(data: Float64Array, n: number): boolean {
  for (let i = 1; i < n; i++) if (!((data[i] as number) > (data[i - 1] as number))) return false
  return true
}

/** The rows from 0 to n. */
export function allRows(n: number): Int32Array {
  const rows = newInts(n)
  for (let i = 0; i < n; i++) rows[i] = i
  return rows
}

function groupSorted(data: Float64Array, rows: Int32Array, guard: Guard | null): Ordered {
  const n = rows.length
  const keys = newFloats(n)
  const starts = newInts(n + 1)
  let size = 0
  inPortions(n, guard, (from, to) => {
    let count = size
    for (let i = from; i < to; i++) {
      const x = data[rows[i] as number] as number
      if (count === 0 || keys[count - 1] !== x) {
        keys[count] = x
        starts[count++] = i
      }
    }
    size = count
  })
  if (size === n) return { keys, rows, starts: null }
  starts[size] = n
  return { keys: keys.subarray(0, size), rows, starts: starts.subarray(0, size + 1) }
}

/** Rows by ascending value, those with NaN left out; whole numbers by radix. */
function sortRows(data: Float64Array, length: number, guard: Guard | null): Int32Array {
  const rows = newInts(length)
  let n = 0
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < length; i++) {
    const x = data[i] as number
    if (x !== x) continue
    rows[n++] = i
    if (x < low) low = x
    if (x > high) high = x
  }
  const used = rows.subarray(0, n)
  if (high - low < 4294967296 && Number.isInteger(low) && n > 24) {
    const sorted = radixSort(data, used, low, high - low, guard)
    if (sorted !== null) return sorted
  }
  let compared = 0
  return used.sort((i, j) => {
    if ((++compared & 4095) === 0) guard?.tick(4096)
    return (data[i] as number) - (data[j] as number)
  })
}

/** Bits of a digit: with many rows fewer passes are better, with few rows fewer counts. */
const digitOf = (n: number): number => (n < 4096 ? 8 : 11)

function radixSort(
  data: Float64Array,
  rows: Int32Array,
  low: number,
  span: number,
  guard: Guard | null,
): Int32Array | null {
  const n = rows.length
  let keys = new Uint32Array(n)
  for (let i = 0; i < n; i++) {
    const x = (data[rows[i] as number] as number) - low
    const k = x >>> 0
    if (k !== x) return null
    keys[i] = k
  }
  let from: Int32Array = rows
  let to: Int32Array = newInts(n)
  let other = new Uint32Array(n)
  const digit = digitOf(n)
  const mask = (1 << digit) - 1
  const counts = newInts(mask + 1)
  for (let shift = 0; shift < 32 && span >= 2 ** shift; shift += digit) {
    counts.fill(0)
    for (let i = 0; i < n; i++) {
      const d = ((keys[i] as number) >>> shift) & mask
      counts[d] = (counts[d] as number) + 1
    }
    let sum = 0
    for (let d = 0; d <= mask; d++) {
      const c = counts[d] as number
      counts[d] = sum
      sum += c
    }
    const pass = { keys, from, other, to, counts, shift, mask }
    inPortions(n, guard, (first, last) => distribute(pass, first, last))
    ;[keys, other] = [other, keys]
    ;[from, to] = [to, from]
  }
  return from
}

interface Pass {
  readonly keys: Uint32Array
  readonly from: Int32Array
  readonly other: Uint32Array
  readonly to: Int32Array
  readonly counts: Int32Array
  readonly shift: number
  readonly mask: number
}

// Puts rows first to last of a pass of the radix sort where their digit belongs.
function distribute(
  { keys, from, other, to, counts, shift, mask }: Pass,
  first: number,
  last: number,
): void {
  for (let i = first; i < last; i++) {
    const k = keys[i] as number
    const d = (k >>> shift) & mask
    const at = counts[d] as number
    counts[d] = at + 1
    other[at] = k
    to[at] = from[i] as number
  }
}
