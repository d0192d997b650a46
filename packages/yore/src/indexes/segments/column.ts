/**
 * Columns as the index gives them out: how to read a cell exactly, and how to build them row by row.
 *
 * (1) A 'number' column holds only values that `valueAt` gives back exactly; the first that does not fit turns it into a 'value' column.
 * (2) -0 and NaN of doubles survive.
 * (3) A column with codes, or with numbers as they are stored, makes its cells when somebody asks for all of them, and once.
 */

import { listOf } from '../../base/list.ts'
import type { Value } from '../../data/values.ts'
import { Double, Float, Instant } from '../../data/values.ts'
import type { Coded, Column, NumberType } from '../fact-index.ts'
import { copyNumbers, pickNumbers, spanOf } from './numbers.ts'
import type { Numbers } from './numbers.ts'

/** The exact value of a number as a column of that type holds it. */
export function exactOf(type: NumberType, x: number): Value {
  switch (type) {
    case 'long':
    case 'ref':
      return x
    case 'instant':
      return new Instant(x)
    case 'double':
      return Number.isInteger(x) ? new Double(x) : x
    case 'float':
      return new Float(x)
  }
}

/** Can a column of that type hold the value so that `exactOf` gives it back? */
export function fits(type: NumberType, v: Value): boolean {
  switch (type) {
    case 'long':
    case 'ref':
      return typeof v === 'number'
    case 'instant':
      return v instanceof Instant
    case 'double':
      return typeof v === 'number' ? !Number.isInteger(v) : v instanceof Double
    case 'float':
      return v instanceof Float
  }
}

/** The number that stands for a value that fits. */
export function packedOf(v: Value): number {
  if (typeof v === 'number') return v
  return v instanceof Instant ? v.ms : (v as Double | Float).value
}

/**
 * The exact value of a cell of a column.
 *
 *     valueAt(columns.v, 0)
 */
export function valueAt(column: Column, i: number): Value {
  return column.kind === 'value'
    ? (column.data[i] ?? null)
    : exactOf(column.type, column.data[i] as number)
}

/** A column of values that are known by their codes. */
export class CodedColumn {
  readonly kind = 'value' as const
  readonly coded: Coded
  #data: readonly Value[] | null = null

  constructor(codes: Int32Array, table: readonly Value[], isOrdered = false) {
    this.coded = { codes, table, isOrdered }
  }

  get data(): readonly Value[] {
    return (this.#data ??= valuesOf(this.coded))
  }
}

function valuesOf({ codes, table }: Coded): readonly Value[] {
  const out = listOf<Value>(codes.length)
  for (let i = 0; i < codes.length; i++) out[i] = table[codes[i] as number] as Value
  return out
}

/** Rows [from, to) of numbers in a segment; the first of them is row `start` of the column. */
export interface Stretch {
  readonly start: number
  readonly numbers: Numbers
  readonly from: number
  readonly to: number
}

/** A column of numbers that are copied when somebody asks for all of them, and can be read a piece at a time without. */
export abstract class UncopiedColumn {
  readonly kind = 'number' as const
  readonly type: NumberType
  readonly n: number
  #data: Float64Array | null = null

  constructor(type: NumberType, n: number) {
    this.type = type
    this.n = n
  }

  get isCopied(): boolean {
    return this.#data !== null
  }

  get data(): Float64Array {
    if (this.#data === null) {
      const data = new Float64Array(this.n)
      this.copy(0, this.n, data)
      this.#data = data
    }
    return this.#data
  }

  /** Cells [from, to) to the beginning of `out`. */
  abstract copy(from: number, to: number, out: Float64Array): void

  /** Between which numbers all of them lie, as far as the way they are stored tells. */
  abstract bounds(): Bounds
}

interface Bounds {
  readonly low: number
  readonly high: number
}

/** Numbers as they stand in segments. */
export class StoredColumn extends UncopiedColumn {
  readonly stretches: readonly Stretch[]

  constructor(type: NumberType, n: number, stretches: readonly Stretch[]) {
    super(type, n)
    this.stretches = stretches
  }

  // The last stretch that begins at the row or before.
  #stretchOf(row: number): number {
    const { stretches } = this
    let low = 0
    let high = stretches.length
    while (high - low > 1) {
      const mid = (low + high) >>> 1
      if ((stretches[mid] as Stretch).start <= row) low = mid
      else high = mid
    }
    return low
  }

  copy(from: number, to: number, out: Float64Array): void {
    let s = this.#stretchOf(from)
    for (let i = from; i < to; s++) {
      const x = this.stretches[s] as Stretch
      const first = x.from + i - x.start
      const last = Math.min(x.to, first + to - i)
      copyNumbers(x.numbers, first, last, out, i - from)
      i += last - first
    }
  }

  /** The cells of these rows, which ascend, to the beginning of `out`. */
  pick(rows: Int32Array, out: Float64Array): void {
    const n = rows.length
    let s = n === 0 ? 0 : this.#stretchOf(rows[0] as number)
    for (let k = 0; k < n; s++) {
      const { start, numbers, from, to } = this.stretches[s] as Stretch
      const end = placeOf(rows, start + to - from, k)
      if (end > k) pickNumbers(numbers, rows.subarray(k, end), end - k, out, k, start - from)
      k = end
    }
  }

  bounds(): Bounds {
    let low = Infinity
    let high = -Infinity
    for (const { numbers } of this.stretches) {
      low = Math.min(low, numbers.base)
      high = Math.max(high, numbers.base + spanOf(numbers))
    }
    return { low: high === Infinity ? -Infinity : low, high }
  }

  /** Is it known without copying that they are the same numbers? */
  equals(other: StoredColumn): boolean {
    const { stretches } = this
    if (this.n !== other.n || stretches.length !== other.stretches.length) return false
    return stretches.every((x, i) => {
      const y = other.stretches[i] as Stretch
      return x.from === y.from && x.to === y.to && x.numbers.equals(y.numbers)
    })
  }
}

/** Some rows of these, ascending. */
export class PickedColumn extends UncopiedColumn {
  readonly #of: StoredColumn
  readonly #rows: Int32Array

  constructor(of: StoredColumn, rows: Int32Array) {
    super(of.type, rows.length)
    this.#of = of
    this.#rows = rows
  }

  copy(from: number, to: number, out: Float64Array): void {
    this.#of.pick(this.#rows.subarray(from, to), out)
  }

  bounds(): Bounds {
    return this.#of.bounds()
  }
}

// The first place from `low` on where a row is not before x.
function placeOf(rows: Int32Array, x: number, low: number): number {
  let from = low
  let to = rows.length
  while (from < to) {
    const mid = (from + to) >>> 1
    if ((rows[mid] as number) < x) from = mid + 1
    else to = mid
  }
  return from
}
