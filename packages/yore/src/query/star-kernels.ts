/**
 * Loops over columns of ids, ascending and each once, and sieves over columns of values.
 *
 * (1) None branches on data where it can count instead: which of two ids is the lesser nobody can foretell.
 * (2) Every loop tells the guard after each portion.
 */

import type { Value } from '../data/values.ts'
import { StoredColumn, fits, packedOf } from '../indexes/column.ts'
import type { Coded, Column } from '../indexes/fact-index.ts'
import type { PreparedExpression } from './expression.ts'
import type { Guard } from './guard.ts'
import { inPortions, portion } from './kernels.ts'
import { cell, joins } from './relation.ts'
import type { Relation } from './relation.ts'
import { comparedNumber, testOf } from './run-expression.ts'
import type { Operator } from './run-expression.ts'

/** Which of n rows have passed. */
export class Sieve {
  readonly #n: number
  readonly #guard: Guard
  #passed: Uint8Array | null = null
  #rows: Int32Array | null = null
  #isDone = false

  constructor(n: number, guard: Guard) {
    this.#n = n
    this.#guard = guard
  }

  /** 1 for each row that has passed; null when none was looked at. */
  get flags(): Uint8Array | null {
    return this.#passed
  }

  #flags(): Uint8Array {
    this.#isDone = false
    return (this.#passed ??= new Uint8Array(this.#n).fill(1))
  }

  /** Only rows that have the value, or (with `wanted` false) have not. */
  equal(c: Column, value: Value, wanted: boolean): void {
    const flags = this.#flags()
    const fit = c.kind === 'number' && fits(c.type, value)
    if (c.kind === 'value' && c.coded !== undefined) {
      const { codes, table } = c.coded
      const passes = Uint8Array.from(table, (v) => Number(joins(v, value) === wanted))
      this.#each((from, to) => sieveCodes(flags, codes, passes, from, to))
    } else if (fit) {
      const y = packedOf(value)
      this.#each((from, to) => sieveNumbers(flags, c.data, y, !wanted, wanted, !wanted, from, to))
    } else this.#byTest(flags, (i) => joins(cell(c, i), value) === wanted)
  }

  /** Only rows for which the predicate holds, which needs this column alone. */
  test(c: Column, p: PreparedExpression, name: string): void {
    const flags = this.#flags()
    const compared = comparedNumber(p, c)
    if (compared !== null && compared.operator !== '!=') {
      const { operator, y } = compared
      const [less, equal, more] = parts[operator]
      const { data } = c as Extract<Column, { kind: 'number' }>
      this.#each((from, to) => sieveNumbers(flags, data, y, less, equal, more, from, to))
    } else if (c.kind === 'value' && c.coded !== undefined) this.#testCoded(flags, c.coded, p, name)
    else this.#byTest(flags, testOf(p, relationOf(c, this.#n, name)))
  }

  // Each value once.
  #testCoded(
    flags: Uint8Array,
    { codes, table }: Coded,
    p: PreparedExpression,
    name: string,
  ): void {
    const n = table.length
    const test = testOf(p, relationOf({ kind: 'value', data: table }, n, name))
    const passes = new Uint8Array(n)
    for (let i = 0; i < n; i++) {
      passes[i] = Number(test(i))
      if ((i & 63) === 63) this.#guard.tick(64 * callWork)
    }
    this.#each((from, to) => sieveCodes(flags, codes, passes, from, to))
  }

  #byTest(flags: Uint8Array, test: (i: number) => boolean): void {
    for (let from = 0; from < this.#n; from += testsAtOnce) {
      const to = Math.min(this.#n, from + testsAtOnce)
      for (let i = from; i < to; i++) if (flags[i] === 1 && !test(i)) flags[i] = 0
      this.#guard.tick(testsAtOnce * callWork)
    }
  }

  #each(work: (from: number, to: number) => void): void {
    inPortions(this.#n, this.#guard, work)
  }

  /** The rows that have passed, ascending; null for all. */
  rows(): Int32Array | null {
    const flags = this.#passed
    if (flags === null || this.#isDone) return this.#rows
    const out = new Int32Array(this.#n)
    let n = 0
    inPortions(this.#n, this.#guard, (from, to) => {
      n = pass(flags, out, n, from, to)
    })
    this.#isDone = true
    return (this.#rows = n === this.#n ? null : out.subarray(0, n))
  }
}

/** A call of a function is so much work. */
const callWork = 10
const testsAtOnce = 64

/** What passes: what is less, equal, more. */
const parts: Readonly<Record<Exclude<Operator, '!='>, readonly [boolean, boolean, boolean]>> = {
  '<': [true, false, false],
  '<=': [true, true, false],
  '>': [false, false, true],
  '>=': [false, true, true],
  '=': [false, true, false],
}

const relationOf = (c: Column, n: number, name: string): Relation => ({
  n,
  variables: [name],
  columns: [c],
  key: null,
})

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

function sieveNumbers(
  flags: Uint8Array,
  data: Float64Array,
  y: number,
  less: boolean,
  equal: boolean,
  more: boolean,
  from: number,
  to: number,
): void {
  const [l, e, m] = [Number(less), Number(equal), Number(more)]
  for (let i = from; i < to; i++) {
    const x = data[i] as number
    const passes = (l & Number(x < y)) | (e & Number(x === y)) | (m & Number(x > y))
    flags[i] = (flags[i] as number) & passes
  }
}

function pass(flags: Uint8Array, out: Int32Array, count: number, from: number, to: number): number {
  let n = count
  for (let i = from; i < to; i++) {
    out[n] = i
    n += flags[i] as number
  }
  return n
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

/** The places of the ids that both have. */
export function meet(
  a: Flagged,
  b: Flagged,
  guard: Guard,
): { readonly left: Int32Array; readonly right: Int32Array } {
  const size = Math.min(a.ids.length, b.ids.length)
  const left = new Int32Array(size + 1)
  const right = new Int32Array(size + 1)
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

/** The ids of a that are not among b; b may repeat. */
export function without(a: Float64Array, b: Float64Array, guard: Guard): Float64Array {
  const out = new Float64Array(a.length)
  const at: Walk = { i: 0, j: 0, n: 0 }
  while (at.i < a.length && at.j < b.length) {
    leave(a, b, out, at)
    guard.tick(portion >> 2)
  }
  out.set(a.subarray(at.i), at.n)
  at.n += a.length - at.i
  return at.n === out.length ? out : out.subarray(0, at.n)
}

// Some steps: the lesser of the two goes on; of equal ones that of a, so that b may repeat.
function leave(a: Float64Array, b: Float64Array, out: Float64Array, at: Walk): void {
  let { i, j, n } = at
  for (let k = 0; k < portion && i < a.length && j < b.length; k++) {
    const x = a[i] as number
    const y = b[j] as number
    out[n] = x
    n += Number(x < y)
    const takes = Number(x <= y)
    i += takes
    j += 1 - takes
  }
  at.i = i
  at.j = j
  at.n = n
}

/** Where each of these ids is among all of them; null when they are all. */
export function placesIn(e: Float64Array, all: Float64Array, guard: Guard): Int32Array | null {
  const size = e.length
  if (size === all.length) return null
  const out = new Int32Array(size + 1)
  let n = 0
  inPortions(all.length, guard, (from, to) => {
    n = place(e, all, out, n, from, to)
  })
  return out.subarray(0, size)
}

function place(
  e: Float64Array,
  all: Float64Array,
  out: Int32Array,
  found: number,
  from: number,
  to: number,
): number {
  let n = found
  const size = e.length
  for (let j = from; j < to && n < size; j++) {
    out[n] = j
    n += Number(all[j] === e[n])
  }
  return n
}
