/**
 * Sets of rows that grow: what the evaluation of recursive rules remembers.
 *
 * (1) A row gets a number when it is first added and keeps it; equal rows are one.
 */

import { holding, newFloats, newInts } from '../../base/arrays.ts'
import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import { NumberCoder } from './number-coder.ts'
import { inPortions } from './portions.ts'
import { cell, columnOf, domainOf, joinKey } from './relation.ts'

const codeMax = 2 ** 26

/** Codes for values of any kind, as they come. */
export class GrowingCoder {
  readonly #numbers = new NumberCoder(64)
  readonly #values = new Map<unknown, number>()
  /** Numbers have even codes, all else odd ones. */
  codes(c: Column, n: number, guard: Guard | null = null): Int32Array {
    const out = newInts(n)
    inPortions(n, guard, (from, to) => this.#code(c, from, to, out))
    return out
  }

  #code(c: Column, from: number, to: number, out: Int32Array): void {
    if (domainOf(c) === 'id') {
      const data = c.data as Float64Array
      for (let i = from; i < to; i++) out[i] = this.#numbers.add(data[i] as number) * 2
      return
    }
    for (let i = from; i < to; i++) {
      const v = cell(c, i)
      if (typeof v === 'number' && Number.isInteger(v)) out[i] = this.#numbers.add(v) * 2
      else {
        const key = joinKey(v)
        let code = this.#values.get(key)
        if (code === undefined) this.#values.set(key, (code = this.#values.size))
        out[i] = code * 2 + 1
      }
    }
  }
}

/** A column that grows. */
export class GrowingColumn {
  #numbers: Float64Array | null = newFloats(64)
  #values: Value[] = []
  n = 0

  push(c: Column, i: number): void {
    const v = cell(c, i)
    if (this.#numbers !== null) {
      if (typeof v === 'number' && Number.isInteger(v)) {
        if (this.n === this.#numbers.length) {
          this.#numbers = holding(newFloats(this.n * 2), this.#numbers)
        }
        this.#numbers[this.n++] = v
        return
      }
      this.#values = Array.from(this.#numbers.subarray(0, this.n))
      this.#numbers = null
    }
    this.#values.push(v)
    this.n++
  }

  /** The cells of these rows. */
  take(rows: Int32Array): Column {
    if (this.#numbers === null) return columnOf(Array.from(rows, (i) => this.#values[i] as Value))
    const data = newFloats(rows.length)
    for (let i = 0; i < rows.length; i++) data[i] = this.#numbers[rows[i] as number] as number
    return { kind: 'number', type: 'long', data }
  }

  /** The cells of all these rows, n in all, one list after the other. */
  takeAll(lists: readonly Int32Array[], n: number, guard: Guard): Column {
    if (this.#numbers === null) {
      const values: Value[] = []
      for (const rows of lists) {
        for (const i of rows) values.push(this.#values[i] as Value)
        guard.tick(rows.length)
      }
      return columnOf(values)
    }
    const data = newFloats(n)
    let at = 0
    for (const rows of lists) {
      takeNumbers(this.#numbers, rows, data, at)
      at += rows.length
      guard.tick(rows.length >> 1)
    }
    return { kind: 'number', type: 'long', data }
  }
}

function takeNumbers(
  numbers: Float64Array,
  rows: Int32Array,
  data: Float64Array,
  at: number,
): void {
  for (let i = 0; i < rows.length; i++) data[at + i] = numbers[rows[i] as number] as number
}

/** Distinct rows. */
export class RowSet {
  readonly columns: readonly GrowingColumn[]
  readonly #coders: readonly GrowingCoder[]
  readonly #pairs: readonly NumberCoder[]
  readonly #rows = new NumberCoder(64)
  n = 0

  constructor(width: number) {
    this.columns = Array.from({ length: width }, () => new GrowingColumn())
    this.#coders = this.columns.map(() => new GrowingCoder())
    this.#pairs = Array.from({ length: Math.max(0, width - 2) }, () => new NumberCoder(64))
  }

  /** Adds rows; gives for each its number. Numbers from the `n` before on are new. */
  add(columns: readonly Column[], n: number): Int32Array {
    const out = newInts(n)
    const codes = columns.map((c, k) => (this.#coders[k] as GrowingCoder).codes(c, n))
    for (let i = 0; i < n; i++) {
      let code = codes[0]?.[i] ?? 0
      for (let k = 1; k < codes.length; k++) {
        if (code >= codeMax) tooMany()
        const pair = code * codeMax * 2 + ((codes[k] as Int32Array)[i] as number)
        code = k === codes.length - 1 ? pair : (this.#pairs[k - 1] as NumberCoder).add(pair)
      }
      const row = this.#rows.add(code)
      out[i] = row
      if (row === this.n) {
        this.n++
        for (let k = 0; k < columns.length; k++) {
          ;(this.columns[k] as GrowingColumn).push(columns[k] as Column, i)
        }
      }
    }
    return out
  }
}

function tooMany(): never {
  return raise(':yore/limit-exceeded', 'a recursive rule has more rows than can be held')
}

/** Lists of row numbers by a key, that grow: linked through arrays. */
export class Chains {
  #first = newInts(64).fill(-1)
  #next = newInts(64)

  /** The first row of the key, or -1. */
  first(key: number): number {
    return key < this.#first.length ? (this.#first[key] as number) : -1
  }
  /** The row after this one, or -1. */
  next(row: number): number {
    return this.#next[row] as number
  }
  add(key: number, row: number): void {
    while (key >= this.#first.length) {
      this.#first = holding(newInts(this.#first.length * 2).fill(-1), this.#first)
    }
    while (row >= this.#next.length) {
      this.#next = holding(newInts(this.#next.length * 2), this.#next)
    }
    this.#next[row] = this.#first[key] as number
    this.#first[key] = row
  }
}
