/**
 * From rows to the answer: grouping and aggregates, pulls, the shape of the find spec, plain JavaScript data.
 *
 * (1) Rows are distinct over the variables of `:find` and `:with`; dropping the latter may leave equal rows (QR-15).
 * (2) Conversion is by column: a column of numbers or strings is taken as it is.
 * (3) An offset and a limit cut the rows before anything is pulled or converted.
 */

import { raise } from '../base/errors.ts'
import { ValueMap } from '../data/equal.ts'
import { toPublic } from '../data/public.ts'
import { keyword, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { isWideId } from '../data/entity-id.ts'
import type { Column } from '../indexes/fact-index.ts'
import { parsePattern } from '../pull/parse.ts'
import { pullExact, pullMany } from '../pull/run.ts'
import { dbOf } from './context.ts'
import type { Context } from './context.ts'
import { show } from './form.ts'
import { aggregateColumn, aggregateNamed, groupKey } from './group.ts'
import { firstRows, rowCodes } from './kernels.ts'
import { cell, columnFor, gather } from './relation.ts'
import type { Relation } from './relation.ts'
import type { FindElement, Query } from './syntax.ts'

export interface FindOptions {
  /** Exact values rather than public data: for a query within a query. */
  readonly exact: boolean
  readonly offset: number
  /** -1: all. */
  readonly limit: number
  /** The patterns that `:in` names. */
  readonly patterns: ReadonlyMap<string, Value>
  /** The inputs as they were passed: a pull without a source may fall back to the first of them. */
  readonly firstSource: Value
}

/** Refuses what can be seen to be wrong with the find elements before anything runs. */
export function checkFind(
  query: Query,
  patterns: ReadonlyMap<string, Value>,
  functionOf: Context['functionOf'],
): void {
  const pulled = new Set<string>()
  for (const e of query.find) {
    if (e.kind === 'aggregate') aggregateNamed(e.name, functionOf)
    if (e.kind !== 'pull') continue
    if (pulled.has(e.variable)) {
      raise(':yore/invalid-query', `${e.variable} stands in two pull expressions`, {
        variable: e.variable,
      })
    }
    pulled.add(e.variable)
    parsePattern(patternOf(e, patterns))
  }
}

function patternOf(
  e: Extract<FindElement, { kind: 'pull' }>,
  patterns: ReadonlyMap<string, Value>,
): Value {
  if (e.pattern.kind === 'literal') return e.pattern.form
  const { name } = e.pattern
  const form = patterns.get(name)
  if (form === undefined) {
    raise(':db.error/pattern-not-bound', `no input of the query is the pattern ${name}`, {
      pattern: name,
    })
  }
  return form
}

/** The answer when there is no row. */
export function emptyAnswer(query: Query): Value {
  return query.shape === 'relation' || query.shape === 'collection' ? [] : null
}

/** The answer made of distinct rows over the query's variables. */
export function answer(
  query: Query,
  rows: Relation,
  context: Context,
  options: FindOptions,
): unknown {
  const aggregated = query.find.some((e) => e.kind === 'aggregate')
  const columns = aggregated
    ? aggregate(query, rows, context)
    : query.find.map((e) => columnFor(rows, e.variable))
  const n = columns[0]?.data.length ?? 0
  const [from, to] = window(query, n, options)
  const cells = query.find.map((e, k) => {
    const c = slice(columns[k] as Column, from, to, n)
    return e.kind === 'pull' ? pulled(e, c, context, options) : converted(c, options.exact)
  })
  context.guard.tick((to - from) * cells.length)
  return shaped(query, cells, to - from, options.exact)
}

function window(query: Query, n: number, options: FindOptions): [number, number] {
  const many = query.shape === 'relation' || query.shape === 'collection'
  if (!many) return [0, Math.min(1, n)]
  const from = Math.min(n, options.offset)
  return [from, options.limit < 0 ? n : Math.min(n, from + options.limit)]
}

function slice(c: Column, from: number, to: number, n: number): Column {
  if (from === 0 && to === n) return c
  return c.kind === 'number'
    ? { kind: 'number', type: c.type, data: c.data.subarray(from, to) }
    : { kind: 'value', data: c.data.slice(from, to) }
}

// ---- groups ----

function aggregate(query: Query, rows: Relation, context: Context): Column[] {
  const plain = query.find.filter((e) => e.kind !== 'aggregate')
  const groups = rowCodes(
    plain.map((e) => columnFor(rows, e.variable)),
    rows.n,
    context.guard,
    groupKey,
  )
  context.guard.tick(rows.n * query.find.length)
  const firsts = firstRows(groups)
  return query.find.map((e) => {
    const c = columnFor(rows, e.variable)
    return e.kind === 'aggregate'
      ? aggregateColumn(e, c, groups.codes, groups.size, rows.n, context.functionOf)
      : gather(c, firsts)
  })
}

// ---- pulls ----

function pulled(
  e: Extract<FindElement, { kind: 'pull' }>,
  c: Column,
  context: Context,
  options: FindOptions,
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
  context.guard.tick(n * 16)
  const functionOf = (name: string): ((args: readonly Value[]) => Value) | null =>
    context.functionOf(name)
  context.trace?.openPull(e, n)
  const found = options.exact
    ? ids.map((id) => pullExact(db, pattern, id, { functionOf: functionOf as never }))
    : pullMany(db, pattern, ids, { functionOf: functionOf as never })
  context.trace?.closePull(found.length)
  return found
}

// ---- conversion ----

type Cells = Float64Array | readonly unknown[]

function converted(c: Column, exact: boolean): Cells {
  const n = c.data.length
  if (c.kind === 'number') {
    if (c.type === 'instant') {
      return exact ? cellsOf(c, n) : Array.from(c.data, (ms) => new Date(ms))
    }
    if (c.type === 'long' || c.type === 'ref') {
      return exact || !c.data.some(isWideId) ? c.data : Array.from(c.data, toPublic)
    }
    return exact ? cellsOf(c, n) : c.data
  }
  const { data } = c
  if (exact) return data
  for (let i = 0; i < n; i++) {
    if (typeof data[i] === 'string') continue
    const out = data.slice(0, i) as unknown[]
    for (let k = i; k < n; k++) out.push(toPublic(data[k] as Value))
    return out
  }
  return data
}

function cellsOf(c: Column, n: number): Value[] {
  const out: Value[] = []
  for (let i = 0; i < n; i++) out.push(cell(c, i))
  return out
}

// ---- shapes ----

function shaped(query: Query, cells: readonly Cells[], n: number, exact: boolean): unknown {
  switch (query.shape) {
    case 'scalar':
      return n === 0 ? null : (cells[0] as Cells)[0]
    case 'collection':
      return Array.from(cells[0] as ArrayLike<unknown>)
    case 'tuple':
      return n === 0 ? null : cells.map((c) => c[0])
    case 'relation':
      return query.returnMap === null ? rowsOf(cells, n) : mapsOf(query, cells, n, exact)
  }
}

function rowsOf(cells: readonly Cells[], n: number): unknown[][] {
  const out: unknown[][] = []
  const [a, b, c, d] = cells
  if (cells.length === 1) {
    const x = a as Cells
    for (let i = 0; i < n; i++) out.push([x[i]])
  } else if (cells.length === 2) {
    const x = a as Cells
    const y = b as Cells
    for (let i = 0; i < n; i++) out.push([x[i], y[i]])
  } else if (cells.length === 3) {
    const x = a as Cells
    const y = b as Cells
    const z = c as Cells
    for (let i = 0; i < n; i++) out.push([x[i], y[i], z[i]])
  } else if (cells.length === 4) {
    const x = a as Cells
    const y = b as Cells
    const z = c as Cells
    const w = d as Cells
    for (let i = 0; i < n; i++) out.push([x[i], y[i], z[i], w[i]])
  } else {
    for (let i = 0; i < n; i++) {
      const row: unknown[] = []
      for (let k = 0; k < cells.length; k++) row.push((cells[k] as Cells)[i])
      out.push(row)
    }
  }
  return out
}

function mapsOf(query: Query, cells: readonly Cells[], n: number, exact: boolean): unknown[] {
  const { kind, names } = query.returnMap as NonNullable<Query['returnMap']>
  const out: unknown[] = []
  if (exact) {
    const keys = names.map((name): Value =>
      kind === 'keys' ? keyword(name) : kind === 'syms' ? symbol(name) : name,
    )
    for (let i = 0; i < n; i++) {
      const row = new ValueMap()
      keys.forEach((k, x) => row.set(k, (cells[x] as Cells)[i] as Value))
      out.push(row)
    }
    return out
  }
  const keys = names.map((name) => (kind === 'keys' ? `:${name}` : name))
  for (let i = 0; i < n; i++) {
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
