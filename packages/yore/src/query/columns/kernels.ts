/**
 * Loops over columns: giving codes to values, finding distinct rows, putting rows together by code. Joins stand in joins.ts.
 *
 * (1) Codes are dense whole numbers from 0 in order of first appearance; equal values have equal codes and no others.
 * (2) Every loop that may be long tells the guard after each portion.
 * (3) Numbers are compared as SameValueZero does: 0 and -0 are one, NaN equals itself; but rows of 0.0 and of -0.0 are two.
 */

import { holding, newInts } from '../../base/arrays.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import { NumberCoder } from './number-coder.ts'
import { inPortions, portion } from './portions.ts'
import { codesReady } from './ready-codes.ts'
import { cell, gather, hasNegativeZero, joinKey, rowKey } from './relation.ts'
import type { Relation } from './relation.ts'

/** What a code takes, where it is found by its value. */
const codeBytes = 64

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
    const out = newInts(n)
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
  const start = c.kind === 'value' && add ? codeFew(map, c.data, keyFor, out, from, to) : from
  for (let i = start; i < to; i++) {
    const v = cell(c, i)
    // of most texts the text itself is the key
    const key = typeof v === 'string' && v.charCodeAt(0) > 0 ? v : keyFor(v)
    let code = map.get(key)
    if (code === undefined && add) map.set(key, (code = map.size))
    out[i] = code ?? -1
  }
}

/** So many different values are known again without asking the map, and so many others are met before that is given up. */
const fewValues = 8
const fewMisses = 32

/** As `codeValues`, as long as the rows have few different values. Gives the row from which on they have not. */
function codeFew(
  map: Map<unknown, number>,
  data: readonly Value[],
  keyFor: (v: Value) => unknown,
  out: Int32Array,
  from: number,
  to: number,
): number {
  const seen: Value[] = []
  const codes: number[] = []
  let misses = 0
  for (let i = from; i < to; i++) {
    const v = data[i] as Value
    let k = 0
    while (k < seen.length && seen[k] !== v) k++
    if (k < seen.length) {
      out[i] = codes[k] as number
      continue
    }
    if (++misses > fewMisses) return i
    const key = keyFor(v)
    let code = map.get(key)
    if (code === undefined) map.set(key, (code = map.size))
    out[i] = code
    const place = seen.length < fewValues ? seen.length : misses % fewValues
    seen[place] = v
    codes[place] = code
  }
  return to
}

const denseSpread = 4

export interface Codes {
  readonly codes: Int32Array
  readonly size: number
  /** What gave them, where that can find the same values elsewhere. */
  readonly coder?: Coder
}

/** Codes by direct address, and what they are found by: 1 + the code of each number from `low` on, 0 for none. */
export interface DenseCodes extends Codes {
  readonly table: Int32Array
  readonly low: number
}

/** Codes for one number column whose values lie close together; null when they do not. */
export function denseCodes(data: Float64Array, n: number, guard: Guard): DenseCodes | null {
  if (n < 64) return null
  const range = { low: data[0] as number, high: data[0] as number }
  inPortions(n, guard, (from, to) => widen(range, data, from, to))
  const { low, high } = range
  const span = high - low
  // NaN is in no range
  if (!(span <= denseSpread * n + 1024) || !Number.isInteger(low)) return null
  const table = newInts(span + 1)
  const codes = newInts(n)
  let size = 0
  inPortions(n, guard, (from, to) => {
    if (size >= 0) size = codeDense(table, size, data, low, codes, from, to)
  })
  return size < 0 ? null : { codes, size, table, low }
}

function widen(
  range: { low: number; high: number },
  data: Float64Array,
  from: number,
  to: number,
): void {
  let { low, high } = range
  for (let i = from; i < to; i++) {
    const x = data[i] as number
    if (x < low) low = x
    else if (x > high) high = x
    else if (x !== x) low = NaN
  }
  range.low = low
  range.high = high
}

// How many codes there are then; -1 for a number that is not whole.
function codeDense(
  table: Int32Array,
  known: number,
  data: Float64Array,
  low: number,
  codes: Int32Array,
  from: number,
  to: number,
): number {
  let size = known
  for (let i = from; i < to; i++) {
    const d = data[i] as number
    const x = d - low
    let code = table[x]
    // a fraction has no place in the table, or, if the difference was rounded, another's
    if (code === undefined || low + x !== d) return -1
    if (code === 0) table[x] = code = ++size
    codes[i] = code - 1
  }
  return size
}

// Of booleans; null where there is anything else.
function codesOfTruths(data: readonly Value[], n: number): Codes | null {
  const codes = newInts(n)
  const first = data[0]
  let size = 1
  for (let i = 1; i < n; i++) {
    const x = data[i]
    if (x === first) continue
    if (typeof x !== 'boolean') return null
    codes[i] = 1
    size = 2
  }
  return { codes, size }
}

/** Codes for one column; `keyFor` says which cells are equal. */
export function codesOf(
  c: Column,
  n: number,
  guard: Guard,
  keyFor: (v: Value) => unknown = joinKey,
): Codes {
  const ready = codesReady(c, n, guard)
  if (ready !== null) return ready
  const numeric = c.kind === 'number' && !(keyFor === rowKey && hasNegativeZero(c))
  if (numeric) {
    const dense = denseCodes(c.data, n, guard)
    if (dense !== null) return dense
  }
  if (c.kind === 'value' && typeof c.data[0] === 'boolean') {
    const truths = codesOfTruths(c.data, n)
    if (truths !== null) return truths
  }
  const coder = new Coder(numeric, Math.min(n, 1 << 16), guard, keyFor)
  const codes = coder.codes(c, n)
  return { codes, size: coder.size, coder }
}

/** One code for each pair of codes. */
function pairCodes(a: Codes, b: Codes, n: number, guard: Guard): Codes {
  const width = b.size
  const codes = newInts(n)
  if (a.size * width <= denseSpread * n + 1024) {
    const table = newInts(a.size * width)
    let size = 0
    inPortions(n, guard, (from, to) => {
      size = pairDense(table, size, a.codes, b.codes, width, codes, from, to)
    })
    return { codes, size }
  }
  if (isAscending(a.codes, n)) return pairRuns(a.codes, b, n, guard)
  const coder = new NumberCoder(Math.min(n, 1 << 16))
  inPortions(n, guard, (from, to) => {
    for (let i = from; i < to; i++) {
      codes[i] = coder.add((a.codes[i] as number) * width + (b.codes[i] as number))
    }
  })
  return { codes, size: coder.size }
}

/** Do rows of one code stand together? Codes come in order of appearance, so then they ascend. */
function isAscending(codes: Int32Array, n: number): boolean {
  for (let i = 1; i < n; i++) if ((codes[i] as number) < (codes[i - 1] as number)) return false
  return true
}

/** How often pairs were found run by run, for tests. */
export const pairedInRuns = { times: 0 }

/** Codes of pairs whose first codes ascend: of a run only the second ones differ, so a small table tells which have been there. */
function pairRuns(a: Int32Array, b: Codes, n: number, guard: Guard): Codes {
  pairedInRuns.times++
  const codes = newInts(n)
  // for each second code 1 + the last pair's: it belongs to this run if it is more than there were before it
  const table = newInts(b.size)
  let size = 0
  let before = 0
  inPortions(n, guard, (from, to) => {
    for (let i = from; i < to; i++) {
      if (i > 0 && a[i] !== a[i - 1]) before = size
      const x = b.codes[i] as number
      let code = table[x] as number
      if (code <= before) table[x] = code = ++size
      codes[i] = code - 1
    }
  })
  return { codes, size }
}

function pairDense(
  table: Int32Array,
  known: number,
  a: Int32Array,
  b: Int32Array,
  width: number,
  codes: Int32Array,
  from: number,
  to: number,
): number {
  let size = known
  for (let i = from; i < to; i++) {
    const x = (a[i] as number) * width + (b[i] as number)
    let code = table[x] as number
    if (code === 0) table[x] = code = ++size
    codes[i] = code - 1
  }
  return size
}

/** Codes for rows: equal where all columns are. */
export function rowCodes(
  columns: readonly Column[],
  n: number,
  guard: Guard,
  keyFor: (v: Value) => unknown = rowKey,
): Codes {
  const [first] = columns
  if (first === undefined) return { codes: newInts(n), size: n > 0 ? 1 : 0 }
  let all = codesOf(first, n, guard, keyFor)
  for (let k = 1; k < columns.length; k++) {
    if (all.size === n) break
    all = pairCodes(all, codesOf(columns[k] as Column, n, guard, keyFor), n, guard)
  }
  return all
}

/** The first row of each code, ascending; codes are in order of appearance. */
export function firstRows({ codes, size }: Codes): Int32Array {
  const out = newInts(size)
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

/** A list of row numbers that grows. */
export class RowList {
  data: Int32Array
  n = 0
  constructor(expected: number) {
    this.data = newInts(Math.max(16, expected))
  }
  push(x: number): void {
    if (this.n === this.data.length) {
      this.data = holding(newInts(this.n * 2), this.data)
    }
    this.data[this.n++] = x
  }
  done(): Int32Array {
    return this.n === this.data.length ? this.data : this.data.subarray(0, this.n)
  }
}

/** How many rows each code has, as the places where they begin one after the other; the last is the end. */
export function groupStarts(codes: Int32Array, size: number, guard?: Guard | null): Int32Array {
  const starts = newInts(size + 1)
  inPortions(codes.length, guard, (from, to) => countCodes(codes, starts, from, to))
  for (let c = 0; c < size; c++) starts[c + 1] = (starts[c + 1] as number) + (starts[c] as number)
  return starts
}

/** The rows of each code: those of code c stand in rows from starts[c] to starts[c + 1]. */
export function groupRows(
  codes: Int32Array,
  size: number,
  guard?: Guard | null,
): { starts: Int32Array; rows: Int32Array } {
  const n = codes.length
  const starts = groupStarts(codes, size, guard)
  const at = holding(newInts(size), starts, size)
  const rows = newInts(n)
  inPortions(n, guard, (from, to) => placeRows(codes, at, rows, from, to))
  return { starts, rows }
}

function countCodes(codes: Int32Array, counts: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const c = (codes[i] as number) + 1
    counts[c] = (counts[c] as number) + 1
  }
}

function placeRows(
  codes: Int32Array,
  at: Int32Array,
  rows: Int32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const c = codes[i] as number
    const k = at[c] as number
    at[c] = k + 1
    rows[k] = i
  }
}
