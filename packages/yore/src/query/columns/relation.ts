/**
 * Relations: rows kept as one column for each variable. The currency of the query engine.
 *
 * (1) All columns of a relation have length n; relations and columns are never changed after they are made, so columns are shared.
 * (2) `key`, when it is given, names variables that no two rows agree in (as `rowKey` has it): then the rows are distinct. Null: rows may repeat. The empty
 *     key means that there is at most one row.
 * (3) A number column holds what `indexes/segments/column.ts` says; two columns hold the same value in the same form only if their
 *     `domain`s are equal.
 */

import { newFloats, newInts } from '../../base/arrays.ts'
import { listOf } from '../../base/list.ts'
import { equalValues, isTwofold, keyOf, rowKeyOf } from '../../data/equal.ts'
import { Double, Float, Instant } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { CodedColumn, UncopiedColumn, exactOf } from '../../indexes/segments/column.ts'
import type { Column, NumberType } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'

export interface Relation {
  readonly n: number
  readonly variables: readonly string[]
  readonly columns: readonly Column[]
  readonly key: readonly string[] | null
}

/** One row of nothing: true. */
export const unit: Relation = { n: 1, variables: [], columns: [], key: [] }
/** No row: false. */
export const nothing: Relation = { n: 0, variables: [], columns: [], key: [] }

/** How a column's cells are to be compared: numbers of one domain as they stand, everything else by `keyOf`. */
export type Domain = 'id' | 'instant' | 'double' | 'float' | 'value'

export function domainOf(c: Column): Domain {
  if (c.kind === 'value') return 'value'
  return c.type === 'long' || c.type === 'ref' ? 'id' : c.type
}

/** A cell, exact. */
export function cell(c: Column, i: number): Value {
  if (c.kind === 'value') return c.data[i] ?? null
  const x = c.data[i] as number
  return c.type === 'long' || c.type === 'ref' ? x : exactOf(c.type, x)
}

/** What two cells are joined by: bytes only by identity, as in the original. */
export function joinKey(v: Value): unknown {
  return v instanceof Uint8Array ? v : keyOf(v)
}

/** What cells of distinct rows differ in: finer than `joinKey`, as the original keeps rows in Java's sets. */
export function rowKey(v: Value): unknown {
  return v instanceof Uint8Array ? v : rowKeyOf(v)
}

/** May two cells be different in a row and yet be joined? Never in columns of whole numbers. */
export function isAmbiguous(c: Column): boolean {
  if (c.kind === 'value') return c.coded === undefined && c.data.some(isTwofold)
  return hasNegativeZero(c)
}

export function hasNegativeZero(c: Column): boolean {
  if (c.kind !== 'number' || (c.type !== 'double' && c.type !== 'float')) return false
  return c.data.some((x) => Object.is(x, -0))
}

/** Do the two join? Exactly when their keys are the same. */
export function joins(a: Value, b: Value): boolean {
  return a instanceof Uint8Array || b instanceof Uint8Array ? a === b : equalValues(a, b)
}

export function idColumn(data: Float64Array): Column {
  return { kind: 'number', type: 'ref', data }
}

/** A column of these values, as numbers if all of them are whole numbers. */
export function columnOf(values: readonly Value[]): Column {
  for (const v of values) if (typeof v !== 'number' || !Number.isInteger(v)) return mixed(values)
  return numbers('long', values, (v) => v as number)
}

function mixed(values: readonly Value[]): Column {
  const [first] = values
  if (first instanceof Instant && values.every((v) => v instanceof Instant)) {
    return numbers('instant', values, (v) => (v as Instant).ms)
  }
  const isDouble = (v: Value): boolean =>
    v instanceof Double || (typeof v === 'number' && !Number.isInteger(v))
  if (first !== undefined && isDouble(first) && values.every(isDouble)) {
    return numbers('double', values, Number)
  }
  if (first instanceof Float && values.every((v) => v instanceof Float)) {
    return numbers('float', values, Number)
  }
  return { kind: 'value', data: values }
}

/** A loop, for to map what is iterated takes many times as long. */
function numbers(type: NumberType, values: readonly Value[], of: (v: Value) => number): Column {
  const data = newFloats(values.length)
  for (let i = 0; i < values.length; i++) data[i] = of(values[i] as Value)
  return { kind: 'number', type, data }
}

/** The same value n times. */
export function constantColumn(v: Value, n: number): Column {
  if (typeof v === 'number' && Number.isInteger(v)) {
    return { kind: 'number', type: 'long', data: newFloats(n).fill(v) }
  }
  return { kind: 'value', data: Array.from({ length: n }, () => v) }
}

export function columnFor(r: Relation, variable: string): Column {
  return r.columns[r.variables.indexOf(variable)] as Column
}

/** So many cells are gathered between two words to the guard. */
const portion = 1 << 15

/** The cells at these rows; where they do not ascend each is a way to memory. */
export function gather(c: Column, rows: Int32Array, guard: Guard | null = null): Column {
  const n = rows.length
  if (c.kind === 'number') {
    const data = newFloats(n)
    for (let i = 0; i < n; i += portion) {
      const end = Math.min(n, i + portion)
      gatherNumbers(c.data, rows, data, i, end)
      guard?.tick(end - i)
    }
    return { kind: 'number', type: c.type, data }
  }
  if (c.coded !== undefined) {
    const codes = newInts(n)
    for (let i = 0; i < n; i += portion) {
      const end = Math.min(n, i + portion)
      gatherCodes(c.coded.codes, rows, codes, i, end)
      guard?.tick(end - i)
    }
    return new CodedColumn(codes, c.coded.table)
  }
  const data = listOf<Value>(n)
  for (let i = 0; i < n; i += portion) {
    const end = Math.min(n, i + portion)
    gatherValues(c.data, rows, data, i, end)
    guard?.tick((end - i) * 2)
  }
  return { kind: 'value', data }
}

/** Of so many rows one is asked for at most. */
const fewShare = 16

/** As `gather`, for a few rows: numbers that were not copied are not for their sake. */
export function gatherFew(c: Column, rows: Int32Array): Column {
  const n = rows.length
  if (!(c instanceof UncopiedColumn) || c.isCopied || n * fewShare > c.n) return gather(c, rows)
  const data = newFloats(n)
  const one = newFloats(1)
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    c.copy(row, row + 1, one)
    data[i] = one[0] as number
  }
  return { kind: 'number', type: c.type, data }
}

function gatherNumbers(
  from: Float64Array,
  rows: Int32Array,
  data: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) data[i] = from[rows[i] as number] as number
}

function gatherCodes(
  from: Int32Array,
  rows: Int32Array,
  data: Int32Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) data[i] = from[rows[i] as number] as number
}

function gatherValues(
  from: readonly Value[],
  rows: Int32Array,
  data: Value[],
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) data[i] = from[rows[i] as number] as Value
}

/** The rows of a relation at these places, with the variables of `keep` only. `distinct`: no place comes twice. */
export function pick(
  r: Relation,
  rows: Int32Array | null,
  keep: ReadonlySet<string> | null,
  distinct = true,
  guard: Guard | null = null,
): Relation {
  const variables = keep === null ? r.variables : r.variables.filter((v) => keep.has(v))
  if (rows === null && variables.length === r.variables.length) return r
  const columns = variables.map((v) => {
    const c = columnFor(r, v)
    return rows === null ? c : gather(c, rows, guard)
  })
  const held = r.key !== null && distinct && r.key.every((v) => variables.includes(v))
  return { n: rows === null ? r.n : rows.length, variables, columns, key: held ? r.key : null }
}

/** Several columns of the same kind one after the other. */
export function concatenate(columns: readonly Column[]): Column {
  const [first] = columns
  if (first === undefined) return { kind: 'value', data: [] }
  if (columns.length === 1) return first
  const domain = domainOf(first)
  if (first.kind === 'number' && columns.every((c) => domainOf(c) === domain)) {
    let n = 0
    for (const c of columns) n += c.data.length
    const data = newFloats(n)
    let at = 0
    for (const c of columns) {
      data.set(c.data as Float64Array, at)
      at += c.data.length
    }
    return { kind: 'number', type: first.type, data }
  }
  const data: Value[] = []
  for (const c of columns) for (let i = 0; i < c.data.length; i++) data.push(cell(c, i))
  return { kind: 'value', data }
}

/** The rows of all of them; they have the same variables, in any order. */
export function union(relations: readonly Relation[]): Relation {
  const full = relations.filter((r) => r.n > 0)
  const [first] = full
  if (first === undefined) return relations[0] ?? nothing
  if (full.length === 1) return first
  let n = 0
  for (const r of full) n += r.n
  const columns = first.variables.map((v) => concatenate(full.map((r) => columnFor(r, v))))
  return { n, variables: first.variables, columns, key: null }
}
