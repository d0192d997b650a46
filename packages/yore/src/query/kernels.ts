/**
 * Loops over columns: giving codes to values, finding distinct rows, putting keys in order, joining by codes.
 *
 * (1) Codes are dense whole numbers from 0 in order of first appearance; equal values have equal codes and no others.
 * (2) Numbers are compared as SameValueZero does: 0 and -0 are one, NaN equals itself; but rows of 0.0 and of -0.0 are two.
 */

import type { Value } from '../data/values.ts'
import type { Column } from '../indexes/fact-index.ts'
import type { Guard } from './guard.ts'
import { cell, domainOf, gather, hasNegativeZero, joinKey, rowKey } from './relation.ts'
import type { Relation } from './relation.ts'

const float = new Float64Array(1)
const halves = new Uint32Array(float.buffer)

function hashOf(x: number): number {
  float[0] = x
  const h = Math.imul(
    (halves[0] as number) ^ Math.imul(halves[1] as number, 0x9e3779b1),
    0x85ebca6b,
  )
  return (h ^ (h >>> 15)) >>> 0
}

/** What a code takes, where it is found by its value. */
const codeBytes = 64

/** How many rows a kernel works on between two looks at the guard. */
const portion = 1 << 15

/** Codes for numbers: open addressing over typed arrays. */
export class NumberCoder {
  size = 0
  #keys: Float64Array
  #codes: Int32Array
  #mask: number

  constructor(expected: number) {
    let capacity = 16
    while (capacity < expected * 2) capacity *= 2
    this.#keys = new Float64Array(capacity)
    this.#codes = new Int32Array(capacity)
    this.#mask = capacity - 1
  }

  /** The code of x, a new one if it has none. */
  add(value: number): number {
    const x = value + 0
    let i = hashOf(x) & this.#mask
    for (;;) {
      const code = this.#codes[i] as number
      if (code === 0) break
      const y = this.#keys[i] as number
      if (y === x || (y !== y && x !== x)) return code - 1
      i = (i + 1) & this.#mask
    }
    this.#keys[i] = x
    this.#codes[i] = ++this.size
    if (this.size * 2 > this.#mask) this.#grow()
    return this.size - 1
  }

  /** The code of x, or -1. */
  find(value: number): number {
    const x = value + 0
    let i = hashOf(x) & this.#mask
    for (;;) {
      const code = this.#codes[i] as number
      if (code === 0) return -1
      const y = this.#keys[i] as number
      if (y === x || (y !== y && x !== x)) return code - 1
      i = (i + 1) & this.#mask
    }
  }

  #grow(): void {
    const keys = this.#keys
    const codes = this.#codes
    const capacity = keys.length * 2
    this.#keys = new Float64Array(capacity)
    this.#codes = new Int32Array(capacity)
    this.#mask = capacity - 1
    for (let i = 0; i < keys.length; i++) {
      if (codes[i] === 0) continue
      let j = hashOf(keys[i] as number) & this.#mask
      while (this.#codes[j] !== 0) j = (j + 1) & this.#mask
      this.#keys[j] = keys[i] as number
      this.#codes[j] = codes[i] as number
    }
  }
}

/** What gives codes to the cells of columns, those of several relations alike. */
export class Coder {
  readonly #numbers: NumberCoder | null
  readonly #values: Map<unknown, number> | null
  readonly #guard: Guard
  readonly #keyFor: (v: Value) => unknown

  /** Numeric: for columns that are all numbers of one domain; else for any. */
  constructor(
    numeric: boolean,
    expected: number,
    guard: Guard,
    keyFor: (v: Value) => unknown = joinKey,
  ) {
    this.#numbers = numeric ? new NumberCoder(expected) : null
    this.#values = numeric ? null : new Map()
    this.#guard = guard
    this.#keyFor = keyFor
  }

  get size(): number {
    return this.#numbers?.size ?? (this.#values as Map<unknown, number>).size
  }

  codes(c: Column, n: number): Int32Array {
    return this.#each(c, n, true)
  }

  /** As `codes`, but -1 for what has none. */
  find(c: Column, n: number): Int32Array {
    return this.#each(c, n, false)
  }

  /** In portions, so that a run out of time is noticed. */
  #each(c: Column, n: number, add: boolean): Int32Array {
    const out = new Int32Array(n)
    for (let from = 0; from < n; from += portion) {
      const to = Math.min(n, from + portion)
      if (this.#numbers !== null)
        codeNumbers(this.#numbers, c.data as Float64Array, out, from, to, add)
      else codeValues(this.#values as Map<unknown, number>, c, this.#keyFor, out, from, to, add)
      this.#guard.tick(to - from)
      if (add && n > portion) this.#guard.room(this.size * codeBytes)
    }
    return out
  }
}

function codeNumbers(
  coder: NumberCoder,
  data: Float64Array,
  out: Int32Array,
  from: number,
  to: number,
  add: boolean,
): void {
  if (add) for (let i = from; i < to; i++) out[i] = coder.add(data[i] as number)
  else for (let i = from; i < to; i++) out[i] = coder.find(data[i] as number)
}

function codeValues(
  map: Map<unknown, number>,
  c: Column,
  keyFor: (v: Value) => unknown,
  out: Int32Array,
  from: number,
  to: number,
  add: boolean,
): void {
  for (let i = from; i < to; i++) {
    const key = keyFor(cell(c, i))
    let code = map.get(key)
    if (code === undefined && add) map.set(key, (code = map.size))
    out[i] = code ?? -1
  }
}

const denseSpread = 4

/** Codes for one number column whose values lie close together: by direct address. Null when they do not. */
function denseCodes(data: Float64Array, n: number): { codes: Int32Array; size: number } | null {
  if (n < 64) return null
  let low = data[0] as number
  let high = low
  for (let i = 0; i < n; i++) {
    const x = data[i] as number
    if (x < low) low = x
    else if (x > high) high = x
    else if (x !== x) return null
  }
  const span = high - low
  if (!(span <= denseSpread * n + 1024) || !Number.isInteger(low)) return null
  const table = new Int32Array(span + 1)
  const codes = new Int32Array(n)
  let size = 0
  for (let i = 0; i < n; i++) {
    const x = (data[i] as number) - low
    if (x % 1 !== 0) return null
    let code = table[x] as number
    if (code === 0) table[x] = code = ++size
    codes[i] = code - 1
  }
  return { codes, size }
}

/** Codes for one column; `keyFor` says which cells are equal. */
export function codesOf(
  c: Column,
  n: number,
  guard: Guard,
  keyFor: (v: Value) => unknown = joinKey,
): { codes: Int32Array; size: number } {
  const numeric = c.kind === 'number' && !(keyFor === rowKey && hasNegativeZero(c))
  if (numeric) {
    const dense = denseCodes(c.data, n)
    if (dense !== null) return dense
  }
  const coder = new Coder(numeric, Math.min(n, 1 << 16), guard, keyFor)
  const codes = coder.codes(c, n)
  return { codes, size: coder.size }
}

/** One code for each pair of codes. */
export function pairCodes(
  a: { codes: Int32Array; size: number },
  b: { codes: Int32Array; size: number },
  n: number,
): { codes: Int32Array; size: number } {
  const width = b.size
  const codes = new Int32Array(n)
  if (a.size * width <= denseSpread * n + 1024) {
    const table = new Int32Array(a.size * width)
    let size = 0
    for (let i = 0; i < n; i++) {
      const x = (a.codes[i] as number) * width + (b.codes[i] as number)
      let code = table[x] as number
      if (code === 0) table[x] = code = ++size
      codes[i] = code - 1
    }
    return { codes, size }
  }
  const coder = new NumberCoder(Math.min(n, 1 << 16))
  for (let i = 0; i < n; i++) {
    codes[i] = coder.add((a.codes[i] as number) * width + (b.codes[i] as number))
  }
  return { codes, size: coder.size }
}

/** Codes for rows: equal where all columns are. */
export function rowCodes(
  columns: readonly Column[],
  n: number,
  guard: Guard,
  keyFor: (v: Value) => unknown = rowKey,
): { codes: Int32Array; size: number } {
  const [first] = columns
  if (first === undefined) return { codes: new Int32Array(n), size: n > 0 ? 1 : 0 }
  let all = codesOf(first, n, guard, keyFor)
  for (let k = 1; k < columns.length; k++) {
    if (all.size === n) break
    all = pairCodes(all, codesOf(columns[k] as Column, n, guard, keyFor), n)
    guard.tick(n)
  }
  return all
}

/** The first row of each code, ascending; codes are in order of appearance. */
export function firstRows({ codes, size }: { codes: Int32Array; size: number }): Int32Array {
  const out = new Int32Array(size)
  let next = 0
  for (let i = 0; next < size; i++) if (codes[i] === next) out[next++] = i
  return out
}

/** The relation without repeated rows. */
export function distinct(r: Relation, guard: Guard): Relation {
  if (r.key !== null || r.n <= 1) return r
  if (r.variables.length === 0) return { n: 1, variables: [], columns: [], key: [] }
  const coded = rowCodes(r.columns, r.n, guard)
  if (coded.size === r.n) return { ...r, key: r.variables }
  const rows = firstRows(coded)
  return {
    n: rows.length,
    variables: r.variables,
    columns: r.columns.map((c) => gather(c, rows, guard)),
    key: r.variables,
  }
}

// ---- joining two columns by value ----

/** Pairs of rows, left and right, that belong together. */
export interface Pairs {
  readonly left: Int32Array
  readonly right: Int32Array
}

/** A list of row numbers that grows. */
export class RowList {
  data: Int32Array
  n = 0
  constructor(expected: number) {
    this.data = new Int32Array(Math.max(16, expected))
  }
  push(x: number): void {
    if (this.n === this.data.length) {
      const bigger = new Int32Array(this.n * 2)
      bigger.set(this.data)
      this.data = bigger
    }
    this.data[this.n++] = x
  }
  done(): Int32Array {
    return this.n === this.data.length ? this.data : this.data.slice(0, this.n)
  }
}

/** One code for the rows of two sides, equal where all their columns are. -1 on the left: no row of the right can be equal. */
export function codesOfBoth(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  guard: Guard,
): { left: Int32Array; right: Int32Array; size: number } {
  let out: { left: Int32Array; right: Int32Array; size: number } | null = null
  for (let k = 0; k < right.length; k++) {
    const a = left[k] as Column
    const b = right[k] as Column
    const coder = new Coder(
      a.kind === 'number' && domainOf(a) === domainOf(b),
      Math.min(m, 1 << 16),
      guard,
    )
    const codes = coder.codes(b, m)
    const found = { left: coder.find(a, n), right: codes, size: coder.size }
    out = out === null ? found : combine(out, found, n, m)
    if (k > 0) guard.tick(n + m)
  }
  return out ?? { left: new Int32Array(n), right: new Int32Array(m), size: 1 }
}

type Both = { left: Int32Array; right: Int32Array; size: number }

function combine(a: Both, b: Both, n: number, m: number): Both {
  const coder = new NumberCoder(Math.min(m, 1 << 16))
  const right = new Int32Array(m)
  for (let i = 0; i < m; i++) {
    right[i] = coder.add((a.right[i] as number) * b.size + (b.right[i] as number))
  }
  const left = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const x = a.left[i] as number
    const y = b.left[i] as number
    left[i] = x < 0 || y < 0 ? -1 : coder.find(x * b.size + y)
  }
  return { left, right, size: coder.size }
}

/** The rows of each code: those of code c stand in rows from starts[c] to starts[c + 1]. */
export function groupRows(
  codes: Int32Array,
  size: number,
): { starts: Int32Array; rows: Int32Array } {
  const n = codes.length
  const starts = new Int32Array(size + 1)
  for (let i = 0; i < n; i++) {
    const c = (codes[i] as number) + 1
    starts[c] = (starts[c] as number) + 1
  }
  for (let c = 0; c < size; c++) starts[c + 1] = (starts[c + 1] as number) + (starts[c] as number)
  const at = starts.slice(0, size)
  const rows = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const c = codes[i] as number
    const k = at[c] as number
    at[c] = k + 1
    rows[k] = i
  }
  return { starts, rows }
}

/** All pairs of rows whose columns are equal. */
export function joinPairs(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  guard: Guard,
): Pairs {
  const codes = codesOfBoth(left, n, right, m, guard)
  const { starts, rows } = groupRows(codes.right, codes.size)
  let total = 0
  for (let i = 0; i < n; i++) {
    const c = codes.left[i] as number
    if (c >= 0) total += (starts[c + 1] as number) - (starts[c] as number)
  }
  guard.rows(total)
  const outLeft = new Int32Array(total)
  const outRight = new Int32Array(total)
  let at = 0
  let told = 0
  for (let i = 0; i < n; i++) {
    const c = codes.left[i] as number
    if (c < 0) continue
    const end = starts[c + 1] as number
    for (let j = starts[c] as number; j < end; j++) {
      outLeft[at] = i
      outRight[at++] = rows[j] as number
    }
    if (at - told > portion) {
      guard.tick((at - told) >> 2)
      told = at
    }
  }
  return { left: outLeft, right: outRight }
}

/** As `joinPairs`, by ascending left row; what is looked up in is made of the side with fewer rows. */
export function pairsByLeft(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  guard: Guard,
): Pairs {
  if (n >= m) return joinPairs(left, n, right, m, guard)
  const found = joinPairs(right, m, left, n, guard)
  const { starts, rows } = groupRows(found.right, n)
  const size = rows.length
  const outLeft = new Int32Array(size)
  const outRight = new Int32Array(size)
  for (let i = 0; i < n; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      outLeft[k] = i
      outRight[k] = found.left[rows[k] as number] as number
    }
    if ((i & 1023) === 1023) guard.tick((starts[i + 1] as number) - (starts[i - 1023] as number))
  }
  return { left: outLeft, right: outRight }
}

/** The rows of the left that have (or, with `wanted` false, have no) equal row on the right. */
export function semiJoin(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  wanted: boolean,
  guard: Guard,
): Int32Array {
  const out = new RowList(n >> 2)
  if (right.length === 0) {
    if (m > 0 === wanted) for (let i = 0; i < n; i++) out.push(i)
    return out.done()
  }
  const codes = codesOfBoth(left, n, right, m, guard)
  for (let i = 0; i < n; i++) if ((codes.left[i] as number) >= 0 === wanted) out.push(i)
  return out.done()
}
