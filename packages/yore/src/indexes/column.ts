/**
 * Columns as the index gives them out: how to read a cell exactly, and how to build them row by row.
 *
 * (1) A 'number' column holds only values that `valueAt` gives back exactly; the first that does not fit turns it into a 'value' column.
 * (2) -0 and NaN of doubles survive.
 * (3) A column with codes makes its values when somebody asks for them, and once.
 */

import type { Value } from '../data/values.ts'
import { Double, Float, Instant } from '../data/values.ts'
import type { Coded, Column, NumberType } from './fact-index.ts'

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

  constructor(codes: Int32Array, table: readonly Value[]) {
    this.coded = { codes, table }
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
