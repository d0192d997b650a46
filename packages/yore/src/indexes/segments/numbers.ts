/**
 * A column of numbers, stored as narrow as its range allows: a base and offsets of 1, 2 or 4 bytes, or doubles as they are.
 *
 * (1) Every number comes back exactly; -0 and NaN only stand in columns of doubles.
 * (2) Of ids many columns hold the same: what the attributes of entities are, that all of them have.
 * (3) There are four kinds of typed array and no more: a fifth would make every access site that has seen them all several times
 *     slower (engine.md 2.7).
 * (4) Loops that run over many rows exist once for each width, so that each is monomorphic.
 */

export type Narrow = Uint8Array | Uint16Array | Uint32Array | Float64Array

export class Numbers {
  /** -0 for doubles: what is added to -0 stays as it is, -0 itself too. */
  readonly base: number
  readonly data: Narrow
  /** Bytes per number: 1, 2, 4 or 8. */
  readonly width: number
  // Of columns that were found to hold the same numbers, one object.
  #same: object | null = null
  #ascends: boolean | null = null

  constructor(base: number, data: Narrow) {
    this.base = base
    this.data = data
    this.width = data.BYTES_PER_ELEMENT
  }
  at(i: number): number {
    return this.base + (this.data[i] as number)
  }

  /** Is each number greater than the one before? They are looked at once. */
  get ascends(): boolean {
    return (this.#ascends ??= areAscending(this.data))
  }

  /** Are they the same numbers, stored alike? Columns that are found to be are looked at once. */
  equals(other: Numbers): boolean {
    if (this === other || (this.#same !== null && this.#same === other.#same)) return true
    const { base, data, width } = this
    const n = data.length
    const { data: others } = other
    if (base !== other.base || width !== other.width || n !== others.length) return false
    for (let i = 0; i < n; i++) if (data[i] !== others[i]) return false
    this.#same ??= other.#same ?? {}
    other.#same = this.#same
    return true
  }
}

function areAscending(data: Narrow): boolean {
  for (let i = 1; i < data.length; i++) {
    if (!((data[i] as number) > (data[i - 1] as number))) return false
  }
  return true
}

/** How far the numbers may be apart, and still be stored so: no number is less than the base, or more than the base and this. */
export const spanOf = ({ width }: Numbers): number =>
  width === 8 ? Infinity : 2 ** (8 * width) - 1

/** An array for whole numbers from 0 to max. */
export function narrowArray(n: number, max: number): Uint8Array | Uint16Array | Uint32Array {
  return max < 0x100 ? new Uint8Array(n) : max < 0x10000 ? new Uint16Array(n) : new Uint32Array(n)
}

/** The numbers from[low..high) as a column. */
export function encodeNumbers(from: Float64Array, low: number, high: number): Numbers {
  let min = Infinity
  let max = -Infinity
  let whole = true
  for (let i = low; i < high; i++) {
    const x = from[i] as number
    if (x < min) min = x
    if (x > max) max = x
    // x - x is NaN for the infinite ones; 1 / -0 is negative
    if (Math.floor(x) !== x || x - x !== 0 || (x === 0 && 1 / x < 0)) whole = false
  }
  if (low >= high) return new Numbers(0, new Uint8Array(0))
  // min can only be -0 when `whole` is false
  if (!whole || max - min >= 2 ** 32) return new Numbers(-0, from.slice(low, high))
  const data = narrowArray(high - low, max - min)
  for (let i = low; i < high; i++) data[i - low] = (from[i] as number) - min
  return new Numbers(min, data)
}

// Searching adds the base to the data instead of taking it from the key: a difference could be rounded.

/** The first of the ascending rows [low, high) that is not less than x. NaN counts as greatest. */
export function lowerNumber(column: Numbers, x: number, low: number, high: number): number {
  const { data, base } = column
  let from = low
  let to = high
  if (x !== x) {
    while (from < to) {
      const mid = (from + to) >>> 1
      const y = data[mid] as number
      if (y === y) from = mid + 1
      else to = mid
    }
    return from
  }
  while (from < to) {
    const mid = (from + to) >>> 1
    if (base + (data[mid] as number) < x) from = mid + 1
    else to = mid
  }
  return from
}

/** The first of the ascending rows [low, high) that is greater than x; near `low` it is found soonest. */
export function upperNumber(column: Numbers, x: number, low: number, high: number): number {
  const { data, base } = column
  if (x !== x) return high
  let from = low
  let step = 1
  // written so that NaN in the data counts as greater
  while (from + step <= high && base + (data[from + step - 1] as number) <= x) {
    from += step
    step += step
  }
  let to = Math.min(high, from + step - 1)
  while (from < to) {
    const mid = (from + to) >>> 1
    if (base + (data[mid] as number) <= x) from = mid + 1
    else to = mid
  }
  return from
}

/** The first of the descending rows [low, high) that is not greater than x. */
export function lowerDescending(column: Numbers, x: number, low: number, high: number): number {
  const { data, base } = column
  let from = low
  let to = high
  while (from < to) {
    const mid = (from + to) >>> 1
    if (base + (data[mid] as number) > x) from = mid + 1
    else to = mid
  }
  return from
}

/** The first of the descending rows [low, high) that is less than x. */
export function upperDescending(column: Numbers, x: number, low: number, high: number): number {
  const { data, base } = column
  let from = low
  let to = high
  while (from < to) {
    const mid = (from + to) >>> 1
    if (base + (data[mid] as number) >= x) from = mid + 1
    else to = mid
  }
  return from
}

// ---- kernels, one for each width ----

function copy1(d: Uint8Array, b: number, low: number, high: number, o: Float64Array, at: number) {
  for (let i = low; i < high; i++) o[at++] = b + (d[i] as number)
}
function copy2(d: Uint16Array, b: number, low: number, high: number, o: Float64Array, at: number) {
  for (let i = low; i < high; i++) o[at++] = b + (d[i] as number)
}
function copy4(d: Uint32Array, b: number, low: number, high: number, o: Float64Array, at: number) {
  for (let i = low; i < high; i++) o[at++] = b + (d[i] as number)
}

/** Rows [low, high) to out[at...]. */
export function copyNumbers(
  column: Numbers,
  low: number,
  high: number,
  out: Float64Array,
  at: number,
): void {
  const { data, base, width } = column
  if (high - low === 1) out[at] = base + (data[low] as number)
  else if (width === 2) copy2(data as Uint16Array, base, low, high, out, at)
  else if (width === 1) copy1(data as Uint8Array, base, low, high, out, at)
  else if (width === 4) copy4(data as Uint32Array, base, low, high, out, at)
  else out.set((data as Float64Array).subarray(low, high), at)
}

type Places = Int32Array

function pick1(
  d: Uint8Array,
  b: number,
  r: Places,
  n: number,
  s: number,
  o: Float64Array,
  at: number,
) {
  for (let i = 0; i < n; i++) o[at++] = b + (d[(r[i] as number) - s] as number)
}
function pick2(
  d: Uint16Array,
  b: number,
  r: Places,
  n: number,
  s: number,
  o: Float64Array,
  at: number,
) {
  for (let i = 0; i < n; i++) o[at++] = b + (d[(r[i] as number) - s] as number)
}
function pick4(
  d: Uint32Array,
  b: number,
  r: Places,
  n: number,
  s: number,
  o: Float64Array,
  at: number,
) {
  for (let i = 0; i < n; i++) o[at++] = b + (d[(r[i] as number) - s] as number)
}
function pick8(d: Float64Array, r: Places, n: number, s: number, o: Float64Array, at: number) {
  for (let i = 0; i < n; i++) o[at++] = d[(r[i] as number) - s] as number
}

/** The first n of those rows, less `shift`, to out[at...]. */
export function pickNumbers(
  column: Numbers,
  rows: Int32Array,
  n: number,
  out: Float64Array,
  at: number,
  shift = 0,
): void {
  const { data, base, width } = column
  if (width === 2) pick2(data as Uint16Array, base, rows, n, shift, out, at)
  else if (width === 1) pick1(data as Uint8Array, base, rows, n, shift, out, at)
  else if (width === 4) pick4(data as Uint32Array, base, rows, n, shift, out, at)
  else pick8(data as Float64Array, rows, n, shift, out, at)
}

type Dictionary<T> = readonly T[]

function look1<T>(d: Uint8Array, t: Dictionary<T>, low: number, high: number, o: T[], at: number) {
  for (let i = low; i < high; i++) o[at++] = t[d[i] as number] as T
}
function look2<T>(d: Uint16Array, t: Dictionary<T>, low: number, high: number, o: T[], at: number) {
  for (let i = low; i < high; i++) o[at++] = t[d[i] as number] as T
}
function look4<T>(d: Uint32Array, t: Dictionary<T>, low: number, high: number, o: T[], at: number) {
  for (let i = low; i < high; i++) o[at++] = t[d[i] as number] as T
}

/** What the codes in rows [low, high) stand for, to out[at...]. The base of codes is 0. */
export function lookUp<T>(
  codes: Numbers,
  table: readonly T[],
  low: number,
  high: number,
  out: T[],
  at: number,
): void {
  const { data, width } = codes
  if (width === 2) look2(data as Uint16Array, table, low, high, out, at)
  else if (width === 1) look1(data as Uint8Array, table, low, high, out, at)
  else look4(data as Uint32Array, table, low, high, out, at)
}
