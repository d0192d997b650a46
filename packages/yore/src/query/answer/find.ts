/**
 * From rows to the columns of the answer: groups and aggregates, the order, the offset and the limit. What is made of the columns
 * stands in answer.ts.
 *
 * (1) Rows are distinct over the variables of `:find` and `:with`; dropping the latter may leave equal rows (QR-15).
 * (2) Without `:order-by` rows keep the order they have; with it they are in one order, whatever the plan was.
 * (3) An offset and a limit cut the rows before anything is pulled or converted; those of the options cut what the query's own left.
 */

import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { parsePattern } from '../../pull/parse.ts'
import type { Context } from '../context.ts'
import { aggregateColumn, aggregateNamed, groupKey } from './group.ts'
import { firstRows, rowCodes } from '../columns/kernels.ts'
import { columnFor, gather, gatherFew } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { sortedRows } from '../columns/sort.ts'
import type { SortKey } from '../columns/sort.ts'
import type { FindElement, OrderTerm, Query } from '../parse/syntax.ts'

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

/** The pattern of a pull: written there, or an input. */
export function patternOf(
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

/** The columns of the answer, one for each element of `:find`, in order and cut. */
export interface Found {
  readonly columns: readonly Column[]
  readonly n: number
}

/** Which rows of an answer are wanted, beside what the query itself says. */
export interface Window {
  readonly offset: number
  /** -1: all. */
  readonly limit: number
}

/** What of distinct rows over the query's variables is to be shown. */
export function findRows(query: Query, rows: Relation, context: Context, window: Window): Found {
  const { guard } = context
  const columns = query.find.some((e) => e.kind === 'aggregate')
    ? aggregate(query, rows, context)
    : query.find.map((e) => columnFor(rows, e.variable))
  const n = columns[0]?.data.length ?? 0
  const [from, to] = wantedOf(query, n, window)
  guard.heldRows = n
  if (query.orderBy.length === 0 || from === to) {
    return { n: to - from, columns: columns.map((c) => slice(c, from, to, n)) }
  }
  const keyOf = ({ by, descending }: OrderTerm): SortKey => ({
    column: typeof by === 'number' ? (columns[by] as Column) : columnFor(rows, by),
    descending,
  })
  const keys = query.orderBy.map(keyOf)
  const kept = columns[0]?.data.length === rows.n ? query.with.map((v) => columnFor(rows, v)) : []
  const order = sortedRows(keys, [...columns, ...kept], n, from, to, guard)
  guard.rows(order.length, columns.length)
  return { n: order.length, columns: columns.map((c) => gather(c, order, guard)) }
}

/** The first and the last of n rows that are wanted; n may be Infinity. */
export function wantedOf(query: Query, n: number, window: Window): [number, number] {
  const many = query.shape === 'relation' || query.shape === 'collection'
  const first = Math.min(n, query.offset)
  const last = query.limit < 0 ? n : Math.min(n, first + query.limit)
  if (!many) return [first, Math.min(last, first + 1)]
  const from = Math.min(last, first + window.offset)
  return [from, window.limit < 0 ? last : Math.min(last, from + window.limit)]
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
  const known = { sizes: null }
  return query.find.map((e) => {
    const c = columnFor(rows, e.variable)
    return e.kind === 'aggregate'
      ? aggregateColumn(
          e,
          c,
          groups.codes,
          groups.size,
          rows.n,
          context.functionOf,
          context.guard,
          known,
        )
      : gatherFew(c, firsts)
  })
}
