/**
 * What is shown of the columns of an answer: pulls, plain JavaScript data, the shape that the find spec asks for; all at once, or rows
 * one after another.
 *
 * (1) Conversion is by column: a column of numbers or strings is taken as it is.
 * (2) Rows one after another are made in portions as they are asked for, so that no more than a portion of what was pulled is held.
 */

import { raise } from '../../base/errors.ts'
import { listOf } from '../../base/list.ts'
import { isWideId } from '../../data/entity-id.ts'
import { ValueMap } from '../../data/equal.ts'
import { toPublic } from '../../data/public.ts'
import { keyword, symbol } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Coded, Column } from '../../indexes/fact-index.ts'
import { parsePattern } from '../../pull/parse.ts'
import { pullExact, pullMany } from '../../pull/run.ts'
import { dbOf } from '../context.ts'
import type { Context } from '../context.ts'
import { patternOf } from './find.ts'
import type { Found } from './find.ts'
import { show } from '../parse/form.ts'
import type { Guard } from '../guard.ts'
import { addManyRows, manyRows } from './many-rows.ts'
import { cell } from '../columns/relation.ts'
import type { FindElement, Query } from '../parse/syntax.ts'

export interface AnswerOptions {
  /** Exact values rather than public data: for a query within a query. */
  readonly exact: boolean
  /** The patterns that `:in` names. */
  readonly patterns: ReadonlyMap<string, Value>
  /** The inputs as they were passed: a pull without a source may fall back to the first of them. */
  readonly firstSource: Value
}

/** What a row takes as an array or object, besides its cells; and a cell. */
const rowBytes = 48
const cellBytes = 16

/** The answer when there is no row. */
export function emptyAnswer(query: Query): Value {
  return query.shape === 'relation' || query.shape === 'collection' ? [] : null
}

/** The answer as a whole. */
export function answer(
  query: Query,
  found: Found,
  context: Context,
  options: AnswerOptions,
): unknown {
  const { n, columns } = found
  const cells = query.find.map((e, k) => cellsFor(e, columns[k] as Column, context, options))
  const { guard } = context
  const isRow = query.shape === 'relation'
  guard.room(n * ((isRow ? rowBytes : 0) + cells.length * (isRow ? cellBytes : cellBytes / 2)))
  return shaped(query, cells, n, options.exact, guard)
}

const portion = 256

/**
 * The rows of an answer one after another, each made when it is asked for, pulls and all.
 *
 * (1) It can be walked once. What has been walked is let go; `return` lets go of all that is left.
 * (2) The time that passes between two rows is the program's and does not count against a time-out.
 */
export class RowSequence implements IterableIterator<unknown> {
  readonly #query: Query
  readonly #context: Context | null
  readonly #options: AnswerOptions | null
  #found: Found | null
  #at = 0
  #rows: readonly unknown[] = []
  #row = 0

  constructor(
    query: Query,
    found: Found | null,
    context: Context | null,
    options: AnswerOptions | null,
  ) {
    this.#query = query
    this.#found = found
    this.#context = context
    this.#options = options
  }

  next(): IteratorResult<unknown, undefined> {
    if (this.#row === this.#rows.length && !this.#more()) return { done: true, value: undefined }
    return { done: false, value: this.#rows[this.#row++] }
  }

  return(): IteratorResult<unknown, undefined> {
    this.#found = null
    this.#rows = []
    this.#row = 0
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): this {
    return this
  }

  #more(): boolean {
    const found = this.#found
    const context = this.#context
    const options = this.#options
    if (found === null || context === null || options === null) return false
    if (this.#at === found.n) {
      this.return()
      return false
    }
    const { guard } = context
    const to = Math.min(found.n, this.#at + portion)
    const kept = guard.kept
    guard.resume()
    try {
      const columns = found.columns.map((c) => stretch(c, this.#at, to))
      const n = to - this.#at
      this.#rows = answer(this.#query, { n, columns }, context, options) as unknown[]
    } catch (error) {
      this.return()
      throw error
    }
    guard.kept = kept
    guard.pause()
    this.#at = to
    this.#row = 0
    return true
  }
}

function stretch(c: Column, from: number, to: number): Column {
  return c.kind === 'number'
    ? { kind: 'number', type: c.type, data: c.data.subarray(from, to) }
    : { kind: 'value', data: c.data.slice(from, to) }
}

// ---- pulls ----

function pulled(
  e: Extract<FindElement, { kind: 'pull' }>,
  c: Column,
  context: Context,
  options: AnswerOptions,
): Cells {
  const source =
    (e.source === null ? undefined : context.sources.get(e.source)) ??
    context.sources.get('$') ??
    options.firstSource
  const db = dbOf(source)
  if (db === null) {
    raise(':db.error/invalid-data-source', `pull needs a database, not ${show(source)}`, {
      element: e.variable,
    })
  }
  const pattern = parsePattern(patternOf(e, options.patterns))
  const n = c.data.length
  const ids: Value[] = []
  for (let i = 0; i < n; i++) ids.push(cell(c, i))
  context.guard.phase = 'pull'
  context.guard.tick(n)
  const functionOf = (name: string): ((args: readonly Value[]) => Value) | null =>
    context.functionOf(name)
  const pullOptions = { functionOf: functionOf as never, budget: context.guard }
  context.trace?.openPull(e, n)
  const found = options.exact
    ? ids.map((id) => pullExact(db, pattern, id, pullOptions))
    : pullMany(db, pattern, ids, pullOptions)
  context.trace?.closePull(found.length)
  return found
}

// ---- conversion ----

type Cells = Float64Array | readonly unknown[]

const cellsFor = (e: FindElement, c: Column, context: Context, options: AnswerOptions): Cells =>
  e.kind === 'pull' ? pulled(e, c, context, options) : converted(c, options.exact, context.guard)

function converted(c: Column, exact: boolean, guard: Guard): Cells {
  const n = c.data.length
  if (c.kind === 'number') {
    if (c.type === 'instant') {
      return exact ? cellsOf(c, n) : madeOf(c.data, 0, (ms) => new Date(ms), guard)
    }
    if (c.type === 'long' || c.type === 'ref') {
      return exact || !hasWideId(c.data, n) ? c.data : madeOf(c.data, 0, toPublic, guard)
    }
    return exact ? cellsOf(c, n) : c.data
  }
  if (c.coded !== undefined && !exact) return convertedOnce(c.coded, guard)
  const { data } = c
  if (exact) return data
  for (let i = 0; i < n; i++) {
    const type = typeof data[i]
    if (type !== 'string' && type !== 'boolean') return madeOf<Value>(data, i, toPublic, guard)
  }
  return data
}

/** Each value of the table once. */
function convertedOnce({ codes, table }: Coded, guard: Guard): readonly unknown[] {
  const values = converted({ kind: 'value', data: table }, false, guard)
  const out: unknown[] = []
  for (let from = 0; from < codes.length; from += rowsAtOnce) {
    lookUp(codes, values, out, from, Math.min(codes.length, from + rowsAtOnce))
    guard.tick(rowsAtOnce)
  }
  return out
}

function lookUp(codes: Int32Array, values: Cells, out: unknown[], from: number, to: number): void {
  for (let i = from; i < to; i++) out.push(values[codes[i] as number])
}

function hasWideId(data: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) if (isWideId(data[i] as number)) return true
  return false
}

/** A value that is made costs so much. */
const madeWork = 4

/** What is made of the cells from `first` on, those before it as they are. */
function madeOf<T>(
  data: ArrayLike<T>,
  first: number,
  make: (x: T) => unknown,
  guard: Guard,
): unknown[] {
  const out: unknown[] = []
  for (let i = 0; i < data.length; i++) {
    out.push(i < first ? data[i] : make(data[i] as T))
    if ((i & 1023) === 1023) guard.tick(1024 * madeWork)
  }
  return out
}

function cellsOf(c: Column, n: number): Value[] {
  const out: Value[] = []
  for (let i = 0; i < n; i++) out.push(cell(c, i))
  return out
}

// ---- shapes ----

function shaped(
  query: Query,
  cells: readonly Cells[],
  n: number,
  exact: boolean,
  guard: Guard,
): unknown {
  switch (query.shape) {
    case 'scalar':
      return n === 0 ? null : (cells[0] as Cells)[0]
    case 'collection':
      return collectionOf(cells[0] as Cells, n, guard)
    case 'tuple':
      return n === 0 ? null : cells.map((c) => c[0])
    case 'relation':
      return query.returnMap === null
        ? rowsOf(cells, n, guard)
        : mapsOf(query, cells, n, exact, guard)
  }
}

function collectionOf(cells: Cells, n: number, guard: Guard): unknown[] {
  const out = listOf<unknown>(n)
  for (let from = 0; from < n; from += rowsAtOnce) {
    const to = Math.min(n, from + rowsAtOnce)
    for (let i = from; i < to; i++) out[i] = cells[i]
    guard.tick(to - from)
  }
  return out
}

/** A row that is a map costs so much. */
const mapWork = 16

/** So many rows are made between two looks at the clock. */
const rowsAtOnce = 4096

function rowsOf(cells: readonly Cells[], n: number, guard: Guard): unknown[][] {
  const out: unknown[][] = []
  const add = n < manyRows ? addRows : addManyRows
  for (let from = 0; from < n; from += rowsAtOnce) {
    add(out, cells, from, Math.min(n, from + rowsAtOnce))
    guard.tick(Math.min(rowsAtOnce, n - from) * cells.length)
  }
  return out
}

/**
 * A row of an answer that is not large. For an array literal V8 would decide, by what happens to be alive when it first looks, whether its
 * arrays begin as old objects, and answers that are soon thrown away would then cost twice as much; for these it does not.
 */
const row = (...cells: unknown[]): unknown[] => cells

function addRows(out: unknown[][], cells: readonly Cells[], from: number, to: number): void {
  const [a, b, c, d, e] = cells as [Cells, Cells, Cells, Cells, Cells]
  switch (cells.length) {
    case 1:
      for (let i = from; i < to; i++) out.push(row(a[i]))
      return
    case 2:
      for (let i = from; i < to; i++) out.push(row(a[i], b[i]))
      return
    case 3:
      for (let i = from; i < to; i++) out.push(row(a[i], b[i], c[i]))
      return
    case 4:
      for (let i = from; i < to; i++) out.push(row(a[i], b[i], c[i], d[i]))
      return
    case 5:
      for (let i = from; i < to; i++) out.push(row(a[i], b[i], c[i], d[i], e[i]))
      return
    default:
      // an array that begins with five grows once at most
      for (let i = from; i < to; i++) {
        const cellsOfRow = row(a[i], b[i], c[i], d[i], e[i])
        for (let k = 5; k < cells.length; k++) cellsOfRow.push((cells[k] as Cells)[i])
        out.push(cellsOfRow)
      }
  }
}

function mapsOf(
  query: Query,
  cells: readonly Cells[],
  n: number,
  exact: boolean,
  guard: Guard,
): unknown[] {
  const { kind, names } = query.returnMap as NonNullable<Query['returnMap']>
  const out: unknown[] = []
  if (exact) {
    const keys = names.map((name): Value =>
      kind === 'keys' ? keyword(name) : kind === 'syms' ? symbol(name) : name,
    )
    for (let i = 0; i < n; i++) {
      if ((i & 255) === 255) guard.tick(256 * mapWork)
      const row = new ValueMap()
      keys.forEach((k, x) => row.set(k, (cells[x] as Cells)[i] as Value))
      out.push(row)
    }
    return out
  }
  const keys = names.map((name) => (kind === 'keys' ? `:${name}` : name))
  for (let i = 0; i < n; i++) {
    if ((i & 255) === 255) guard.tick(256 * mapWork)
    const row: Record<string, unknown> = {}
    for (let x = 0; x < keys.length; x++) {
      const key = keys[x] as string
      const value = (cells[x] as Cells)[i]
      if (key === '__proto__') {
        Object.defineProperty(row, key, {
          value,
          enumerable: true,
          writable: true,
          configurable: true,
        })
      } else row[key] = value
    }
    out.push(row)
  }
  return out
}
