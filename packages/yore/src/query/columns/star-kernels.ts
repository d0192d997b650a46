/**
 * Loops over columns of ids, ascending and each once, and sieves over columns of values.
 *
 * (1) None branches on data where it can count instead: which of two ids is the lesser nobody can foretell.
 * (2) Every loop tells the guard after each portion.
 */

import { newBytes, newInts } from '../../base/arrays.ts'
import type { Value } from '../../data/values.ts'
import { StoredColumn, fits, packedOf } from '../../indexes/segments/column.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import { inPieces, inPortions, portion } from './portions.ts'
import type { Cells } from './portions.ts'
import { cell, joins } from './relation.ts'
import { sortNumbers } from './sort-numbers.ts'
import type { Compared } from '../clauses/run-expression.ts'
import { giveZeros, takeZeros } from './zeros.ts'

/** Tells of a row of a column whether it passes. */
export type TestOf = (c: Column, n: number) => (i: number) => boolean

/** Which of n rows have passed. */
export class Sieve {
  readonly #n: number
  readonly #guard: Guard
  /** 1 for each row that has passed; null when none was looked at. */
  flags: Uint8Array | null = null

  constructor(n: number, guard: Guard) {
    this.#n = n
    this.#guard = guard
  }

  /** Lets pass only those of which the test (or, with `wanted` false, it does not) holds. Of codes each is looked at once. */
  sift(c: Column, testOf: TestOf, wanted = true): void {
    const flags = this.#all()
    if (c.kind !== 'value' || c.coded === undefined) {
      this.#test(flags, testOf(c, this.#n), wanted)
      return
    }
    const { codes, table } = c.coded
    const passes = newBytes(table.length).fill(1)
    this.#test(passes, testOf({ kind: 'value', data: table }, table.length), wanted)
    inPortions(this.#n, this.#guard, (from, to) => sieveCodes(flags, codes, passes, from, to))
  }

  /** The same by a comparison of numbers. */
  compare(cells: Cells, compared: Compared): void {
    const flags = this.#all()
    inPieces(cells, this.#guard, (data, at, from, to) => {
      sieveNumbers(flags, data, at, compared, from, to)
    })
  }

  #all(): Uint8Array {
    return (this.flags ??= newBytes(this.#n).fill(1))
  }

  #test(flags: Uint8Array, test: (i: number) => boolean, wanted: boolean): void {
    const n = flags.length
    for (let from = 0; from < n; from += testsAtOnce) {
      const to = Math.min(n, from + testsAtOnce)
      for (let i = from; i < to; i++) flags[i] = (flags[i] as number) & Number(test(i) === wanted)
      this.#guard.tick(testsAtOnce * callWork)
    }
  }

  /** The rows that have passed, ascending; null for all. */
  rows(): Int32Array | null {
    return this.flags === null ? null : rowsWith(1, this.flags, this.#guard)
  }
}

/** A call of a function is so much work. */
const callWork = 4
const testsAtOnce = 64

/** Is a cell the value, as joins have it? */
export function isValue(value: Value): TestOf {
  return (c) => {
    if (c.kind === 'value' || !fits(c.type, value)) return (i) => joins(cell(c, i), value)
    const { data } = c
    const y = packedOf(value)
    return (i) => data[i] === y
  }
}

function sieveNumbers(
  flags: Uint8Array,
  data: Float64Array,
  at: number,
  { y, less, equal, more }: Compared,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const x = data[i + at] as number
    const passes = (less & Number(x < y)) | (equal & Number(x === y)) | (more & Number(x > y))
    flags[i] = (flags[i] as number) & passes
  }
}

function sieveCodes(
  flags: Uint8Array,
  codes: Int32Array,
  passes: Uint8Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    flags[i] = (flags[i] as number) & (passes[codes[i] as number] as number)
  }
}

/** The rows that have the flag; null when all have. */
function rowsWith(flag: 0 | 1, flags: Uint8Array, guard: Guard): Int32Array | null {
  const out = newInts(flags.length)
  let n = 0
  inPortions(flags.length, guard, (from, to) => {
    n = pass(flag, flags, out, n, from, to)
  })
  return n === flags.length ? null : out.subarray(0, n)
}

function pass(
  flag: 0 | 1,
  flags: Uint8Array,
  out: Int32Array,
  count: number,
  from: number,
  to: number,
): number {
  let n = count
  for (let i = from; i < to; i++) {
    out[n] = i
    n += Number(flags[i] === flag)
  }
  return n
}

/** The places of the ids of a that are not among b; null when none is. */
export function without(a: Float64Array, b: Float64Array, guard: Guard): Int32Array | null {
  const flags = newBytes(a.length)
  const { left } = meet({ ids: a, flags: null }, { ids: b, flags: null }, guard)
  inPortions(left.length, guard, (from, to) => {
    for (let k = from; k < to; k++) flags[left[k] as number] = 1
  })
  return rowsWith(0, flags, guard)
}

/** Ids are marked in a table where it is at most so many times as long as they are many. */
const spanShare = 8

/** The same of a b that has no order and may repeat. */
export function outside(a: Float64Array, b: Float64Array, guard: Guard): Int32Array | null {
  const n = a.length
  const low = a[0] ?? 0
  const span = (a[n - 1] ?? 0) - low
  if (!(span <= spanShare * (n + b.length))) {
    const sorted = b.slice()
    sortNumbers(sorted, guard)
    return without(a, sorted, guard)
  }
  guard.room(span * 4)
  const table = takeZeros(span + 1)
  const flags = newBytes(n)
  inPortions(b.length, guard, (from, to) => mark(table, b, low, span, from, to))
  inPortions(n, guard, (from, to) => {
    for (let i = from; i < to; i++) flags[i] = table[(a[i] as number) - low] as number
  })
  giveZeros(table, span + 1)
  return rowsWith(0, flags, guard)
}

function mark(
  table: Int32Array,
  ids: Float64Array,
  low: number,
  span: number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const x = (ids[i] as number) - low
    if (x >= 0 && x <= span) table[x] = 1
  }
}

/** Are they the same ids, of which there are as many? */
export function isSame(x: Column, y: Column, guard: Guard): boolean {
  if (x instanceof StoredColumn && y instanceof StoredColumn) {
    guard.tick(x.n >> 4)
    if (x.equals(y)) return true
  }
  const a = x.data
  const b = y.data
  const n = a.length
  if (n !== b.length || a[n - 1] !== b[n - 1] || a[n >> 1] !== b[n >> 1]) return false
  for (let from = 0; from < n; from += portion) {
    const to = Math.min(n, from + portion)
    for (let i = from; i < to; i++) if (a[i] !== b[i]) return false
    guard.tick((to - from) >> 4)
  }
  return true
}

interface Walk {
  i: number
  j: number
  n: number
}

/** Ids, of which those are meant that have a flag; all without flags. */
export interface Flagged {
  readonly ids: Float64Array
  readonly flags: Uint8Array | null
}

/** The places of the ids that both have; b may repeat. */
export function meet(
  a: Flagged,
  b: Flagged,
  guard: Guard,
): { readonly left: Int32Array; readonly right: Int32Array } {
  const size = Math.min(a.ids.length, b.ids.length)
  const left = newInts(size + 1)
  const right = newInts(size + 1)
  const at: Walk = { i: 0, j: 0, n: 0 }
  while (at.i < a.ids.length && at.j < b.ids.length) {
    meetSome(a, b, left, right, at)
    guard.tick(portion >> 2)
  }
  return { left: left.subarray(0, at.n), right: right.subarray(0, at.n) }
}

// Mostly both have the same, in long runs.
function meetSome(a: Flagged, b: Flagged, left: Int32Array, right: Int32Array, at: Walk): void {
  const { ids: x, flags: p } = a
  const { ids: y, flags: q } = b
  let { i, j, n } = at
  for (let k = 0; k < portion && i < x.length && j < y.length; k++) {
    const d = (x[i] as number) - (y[j] as number)
    if (d === 0) {
      left[n] = i
      right[n] = j
      n += (p === null ? 1 : (p[i] as number)) & (q === null ? 1 : (q[j] as number))
      i++
      j++
    } else if (d < 0) i++
    else j++
  }
  at.i = i
  at.j = j
  at.n = n
}
