/**
 * Columns as the index gives them out: how to read a cell exactly, and how to build them row by row.
 *
 * (1) A 'number' column holds only values that `valueAt` gives back exactly; the first that does not fit turns it into a 'value' column.
 * (2) -0 and NaN of doubles survive.
 * (3) A column with codes, or with numbers as they are stored, makes its cells when somebody asks for all of them, and once.
 */

import type { Value } from '../data/values.ts'
import { Double, Float, Instant } from '../data/values.ts'
import type { Coded, Column, NumberType } from './fact-index.ts'
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
  const out: Value[] = []
  for (let i = 0; i < codes.length; i++) out.push(table[codes[i] as number] as Value)
  return out
}

/** Rows [from, to) of numbers in a segment; the first of them is row `start` of the column. */
export interface Stretch {
  readonly start: number
  readonly numbers: Numbers
  readonly from: number
  readonly to: number
}

/** A column of numbers as they stand in segments. */
export class StoredColumn {
  readonly kind = 'number' as const
  readonly type: NumberType
  readonly n: number
  readonly stretches: readonly Stretch[]
  #data: Float64Array | null = null

  constructor(type: NumberType, n: number, stretches: readonly Stretch[]) {
    this.type = type
    this.n = n
    this.stretches = stretches
  }

  get isCopied(): boolean {
    return this.#data !== null
  }

  get data(): Float64Array {
    if (this.#data === null) {
      this.#data = new Float64Array(this.n)
      this.copy(0, this.n, this.#data)
    }
    return this.#data
  }

  /** Cells [from, to) to the beginning of `out`. */
  copy(from: number, to: number, out: Float64Array): void {
    const { stretches } = this
    let low = 0
    let high = stretches.length
    while (high - low > 1) {
      const mid = (low + high) >>> 1
      if ((stretches[mid] as Stretch).start <= from) low = mid
      else high = mid
    }
    for (let i = from; i < to; low++) {
      const x = stretches[low] as Stretch
      const first = x.from + i - x.start
      const last = Math.min(x.to, first + to - i)
      copyNumbers(x.numbers, first, last, out, i - from)
      i += last - first
    }
  }

  /** The cells of these rows, which ascend. */
  pick(rows: Int32Array): Float64Array {
    const out = new Float64Array(rows.length)
    let k = 0
    for (const { start, numbers, from, to } of this.stretches) {
      const first = k
      k = placeOf(rows, start + to - from, first)
      if (k > first)
        pickNumbers(numbers, rows.subarray(first, k), k - first, out, first, start - from)
    }
    return out
  }

  /** Between which numbers all of them lie, as far as the way they are stored tells. */
  bounds(): { readonly low: number; readonly high: number } {
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

/** Some rows of a column, which ascend; copied when somebody asks for them. */
export class PickedColumn {
  readonly kind = 'number' as const
  readonly type: NumberType
  readonly #of: StoredColumn
  readonly #rows: Int32Array
  #data: Float64Array | null = null

  constructor(of: StoredColumn, rows: Int32Array) {
    this.type = of.type
    this.#of = of
    this.#rows = rows
  }

  get data(): Float64Array {
    return (this.#data ??= this.#of.pick(this.#rows))
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
