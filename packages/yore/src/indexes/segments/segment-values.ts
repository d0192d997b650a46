/**
 * The values of one attribute in a segment. Three forms: numbers of one type in a narrow column; codes into a dictionary
 * of exact values; exact values row by row, where a dictionary would save nothing.
 *
 * (1) Every value comes back exactly, and the dictionary holds the very objects that were put in: the orders share them.
 * (2) The dictionary is in the sequence of first occurrence; in AVET that is the order of values.
 * (3) Searching asks only for rows that ascend in `compareValues`.
 */

import type { Value } from '../../data/values.ts'
import { Double, Instant } from '../../data/values.ts'
import { exactOf, fits, packedOf } from './column.ts'
import { compareStored } from '../facts/entry.ts'
import type { NumberType } from '../fact-index.ts'
import type { Keeper } from './made-values.ts'
import { startsEvery } from './value-heap.ts'
import type { ValueHeap } from './value-heap.ts'
import {
  copyNumbers,
  encodeNumbers,
  lookUp,
  lowerNumber,
  narrowArray,
  Numbers,
  pickNumbers,
  upperNumber,
} from './numbers.ts'

const noNumbers = new Numbers(0, new Uint8Array(0))
const noValues: readonly Value[] = []

export class SegmentValues {
  /** The type of the numbers; or what `table` is: a dictionary for the codes in `numbers`, or the rows themselves. */
  readonly type: NumberType | 'coded' | 'plain'
  readonly numbers: Numbers
  readonly #table: readonly Value[]
  // In its place, where the values are bytes.
  readonly #heap: ValueHeap | null

  constructor(
    type: SegmentValues['type'],
    numbers: Numbers,
    table: readonly Value[],
    heap: ValueHeap | null = null,
  ) {
    this.type = type
    this.numbers = numbers
    this.#table = table
    this.#heap = heap
  }

  get table(): readonly Value[] {
    return this.#heap === null ? this.#table : this.#heap.all()
  }

  /** How many values the table has. */
  get tableSize(): number {
    return this.#heap === null ? this.#table.length : this.#heap.count
  }

  /** What keeps the values made of bytes, if they are bytes. */
  get keeper(): Keeper | null {
    return this.#heap
  }

  // A value of the table.
  #of(i: number): Value {
    return this.#heap === null ? (this.#table[i] as Value) : this.#heap.at(i)
  }

  // The table, unless it is bytes, and so few rows had better make their values one by one.
  #tableFor(rows: number): readonly Value[] | null {
    const heap = this.#heap
    if (heap === null) return this.#table
    const { whole } = heap
    return whole !== null || this.type === 'plain' || rows * 4 < heap.count ? whole : heap.all()
  }

  /** The exact value of a row. */
  at(i: number): Value {
    switch (this.type) {
      case 'plain':
        return this.#of(i)
      case 'coded':
        return this.#of(this.numbers.data[i] as number)
      case 'long':
      case 'ref':
        return this.numbers.base + (this.numbers.data[i] as number)
      default:
        return exactOf(this.type, this.numbers.at(i))
    }
  }

  get isNumber(): boolean {
    return this.type !== 'coded' && this.type !== 'plain'
  }

  /** The first of the ascending rows [low, high) that does not stand before v. */
  lower(v: Value, low: number, high: number): number {
    if (this.type === 'coded') return this.#lowerCoded(v, low, high)
    const x = this.#keyOf(v)
    return x === null ? this.#lowerCompared(v, low, high) : lowerNumber(this.numbers, x, low, high)
  }

  #lowerCompared(v: Value, low: number, high: number): number {
    let from = low
    let to = high
    while (from < to) {
      let mid = (from + to) >>> 1
      // where bytes are found soonest
      if (to - from > 2 * startsEvery) mid &= -startsEvery
      if (this.compare(mid, v) < 0) from = mid + 1
      else to = mid
    }
    return from
  }

  /** How the value of a row stands to v in the order of values. */
  compare(i: number, v: Value): number {
    if (this.#heap === null) return compareStored(this.at(i), v)
    return this.#heap.compare(this.type === 'plain' ? i : (this.numbers.data[i] as number), v)
  }

  /** The first of the ascending rows [low, high) that stands after v; near `low` it is found soonest. */
  upper(v: Value, low: number, high: number): number {
    const x = this.#keyOf(v)
    if (x !== null) return upperNumber(this.numbers, x, low, high)
    let from = low
    let step = 1
    while (from + step <= high && this.compare(from + step - 1, v) <= 0) {
      from += step
      step += step
    }
    let to = Math.min(high, from + step - 1)
    while (from < to) {
      const mid = (from + to) >>> 1
      if (this.compare(mid, v) <= 0) from = mid + 1
      else to = mid
    }
    return from
  }

  #lowerCoded(v: Value, low: number, high: number): number {
    if (this.#heap !== null) return this.#lowerCompared(v, low, high)
    const { data } = this.numbers
    const table = this.#table
    let from = low
    let to = high
    while (from < to) {
      const mid = (from + to) >>> 1
      if (compareStored(table[data[mid] as number] as Value, v) < 0) from = mid + 1
      else to = mid
    }
    return from
  }

  // The number to search for, or null where the long way must be taken.
  #keyOf(v: Value): number | null {
    switch (this.type) {
      case 'coded':
      case 'plain':
        return null
      case 'instant':
        return v instanceof Instant ? v.ms : null
      default:
        return typeof v === 'number' ? v : v instanceof Double ? v.value : null
    }
  }

  /** Rows [low, high) as packed numbers; only for a number type. */
  copyNumbers(low: number, high: number, out: Float64Array, at: number): void {
    copyNumbers(this.numbers, low, high, out, at)
  }

  /** Rows [low, high) as exact values. */
  copyValues(low: number, high: number, out: Value[], at: number): void {
    const table = this.isNumber ? null : this.#tableFor(high - low)
    if (table === null) {
      if (this.type === 'plain') (this.#heap as ValueHeap).copy(low, high, out, at)
      else for (let i = low; i < high; i++) out[at++] = this.at(i)
    } else if (this.type === 'coded') lookUp(this.numbers, table, low, high, out, at)
    else for (let i = low; i < high; i++) out[at++] = table[i] as Value
  }

  /** The first n of these rows as packed numbers. */
  pickNumbers(rows: Int32Array, n: number, out: Float64Array, at: number): void {
    pickNumbers(this.numbers, rows, n, out, at)
  }

  /** The first n of these rows as exact values. */
  pickValues(rows: Int32Array, n: number, out: Value[], at: number): void {
    const table = this.isNumber ? null : this.#tableFor(n)
    if (table === null) {
      for (let i = 0; i < n; i++) out[at++] = this.at(rows[i] as number)
    } else if (this.type === 'coded') {
      const { data } = this.numbers
      for (let i = 0; i < n; i++) out[at++] = table[data[rows[i] as number] as number] as Value
    } else for (let i = 0; i < n; i++) out[at++] = table[rows[i] as number] as Value
  }
}

/** The values as a column, row by row. */
export function plainValues(values: readonly Value[]): SegmentValues {
  return new SegmentValues('plain', noNumbers, values)
}

const scratch = { numbers: new Float64Array(0) }

function packAll(values: readonly Value[], low: number, high: number, type: NumberType): boolean {
  if (scratch.numbers.length < high - low) scratch.numbers = new Float64Array((high - low) * 2)
  const { numbers } = scratch
  for (let i = low; i < high; i++) {
    const v = values[i] as Value
    if (!fits(type, v)) return false
    numbers[i - low] = packedOf(v)
  }
  return true
}

// Dictionaries that would hold more than this share of the rows are not made.
const dictionaryShare = 0.6
/** After so many rows, and each time after twice as many up to a quarter, the attempt may be given up. */
const sampleRows = 128

/**
 * Would a dictionary be too large, as far as the first rows tell? Of D values in no order, the first k rows have about k (1 - k / 2D) different
 * ones, and n rows about half as many as rows if D is 2n / 3: so many that a dictionary saves little. Chance may take away two.
 */
const seemsTooLarge = (size: number, k: number, n: number): boolean =>
  size > k + 2 - Math.max(3, (0.75 * k * k) / n)

/** values[low..high) as a column. `ascending`: equal ones stand together. */
export function encodeValues(
  values: readonly Value[],
  low: number,
  high: number,
  type: NumberType | 'value',
  ascending: boolean,
): SegmentValues {
  const n = high - low
  if (type !== 'value' && packAll(values, low, high, type)) {
    return new SegmentValues(type, encodeNumbers(scratch.numbers, 0, n), noValues)
  }
  const table: Value[] = []
  const codes = new Uint32Array(n)
  const known = ascending ? null : new Map<Value, number>()
  let last: Value | undefined
  let worthwhile = true
  let sample = sampleRows
  for (let i = 0; i < n; i++) {
    const v = values[low + i] as Value
    if (v !== last || i === 0) {
      // a Map takes -0 for 0 (and so does ===)
      const code = known === null || v === 0 ? undefined : known.get(v)
      if (code === undefined) {
        codes[i] = table.length
        known?.set(v, table.length)
        table.push(v)
      } else codes[i] = code
      last = v === 0 ? undefined : v
    } else codes[i] = codes[i - 1] as number
    if (i + 1 === sample && sample * 4 <= n) {
      worthwhile = !seemsTooLarge(table.length, sample, n)
      if (!worthwhile) break
      sample *= 2
    }
  }
  if (!worthwhile || (table.length > dictionaryShare * n && n > 8)) {
    return plainValues(values.slice(low, high))
  }
  const narrow = narrowArray(n, table.length - 1)
  narrow.set(codes)
  return new SegmentValues('coded', new Numbers(0, narrow), table)
}
