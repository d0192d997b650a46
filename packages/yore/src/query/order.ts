/**
 * Rows in the order of a key, for probing an index: whole numbers by radix, all else by comparison.
 *
 * (1) NaN stands for no key: its rows are left out.
 */

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
export function orderKeys(data: Float64Array, n: number): Ordered {
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
  return groupSorted(data, gaps || !ascending ? sortRows(data, n) : ascendingRows(n))
}

function ascendingRows(n: number): Int32Array {
  const rows = new Int32Array(n)
  for (let i = 0; i < n; i++) rows[i] = i
  return rows
}

function groupSorted(data: Float64Array, rows: Int32Array): Ordered {
  const n = rows.length
  const keys = new Float64Array(n)
  const starts = new Int32Array(n + 1)
  let size = 0
  for (let i = 0; i < n; i++) {
    const x = data[rows[i] as number] as number
    if (size === 0 || keys[size - 1] !== x) {
      keys[size] = x
      starts[size++] = i
    }
  }
  if (size === n) return { keys, rows, starts: null }
  starts[size] = n
  return { keys: keys.subarray(0, size), rows, starts: starts.subarray(0, size + 1) }
}

/** Rows by ascending value, those with NaN left out; whole numbers by radix. */
function sortRows(data: Float64Array, length: number): Int32Array {
  const rows = new Int32Array(length)
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
    const sorted = radixSort(data, used, low, high - low)
    if (sorted !== null) return sorted
  }
  return used.sort((i, j) => (data[i] as number) - (data[j] as number))
}

const digit = 11
const radix = 1 << digit

function radixSort(
  data: Float64Array,
  rows: Int32Array,
  low: number,
  span: number,
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
  let to: Int32Array = new Int32Array(n)
  let other = new Uint32Array(n)
  const counts = new Int32Array(radix)
  for (let shift = 0; shift < 32 && span >= 2 ** shift; shift += digit) {
    counts.fill(0)
    for (let i = 0; i < n; i++) {
      const d = ((keys[i] as number) >>> shift) & (radix - 1)
      counts[d] = (counts[d] as number) + 1
    }
    let sum = 0
    for (let d = 0; d < radix; d++) {
      const c = counts[d] as number
      counts[d] = sum
      sum += c
    }
    for (let i = 0; i < n; i++) {
      const k = keys[i] as number
      const d = (k >>> shift) & (radix - 1)
      const at = counts[d] as number
      counts[d] = at + 1
      other[at] = k
      to[at] = from[i] as number
    }
    ;[keys, other] = [other, keys]
    ;[from, to] = [to, from]
  }
  return from
}
