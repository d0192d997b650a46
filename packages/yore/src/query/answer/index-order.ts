/**
 * `:order-by` with `:limit` by walking an index: when the first of the order's columns is the value of an attribute in AVET, the values
 * are taken from there in order, some at a time, and the query is run for these alone, until there are enough rows.
 *
 * (1) What is found is all rows whose value stands before a place in the index, so the first rows in the order are among them: sorting
 *     and cutting them gives what sorting and cutting all rows would.
 * (2) A stretch of the index never ends between equal values.
 * (3) It is tried where a limit is far below what the other ways would read, and given up for them when it has read half as much: it
 *     never costs much more than they do.
 */

import { compareValues } from '../../data/compare.ts'
import type { Value } from '../../data/values.ts'
import { Double } from '../../data/values.ts'
import type { Cursor } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import type { Attribute } from '../../db/schema.ts'
import { attributeCount } from '../context.ts'
import type { Context } from '../context.ts'
import { estimate } from '../plan/estimate.ts'
import { isRepeated } from '../prepare/pattern.ts'
import type { DbPattern } from '../prepare/pattern.ts'
import type { Conjunction, Prepared } from '../prepare/prepared.ts'
import { columnOf, nothing, union } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { solve, together } from '../clauses/run.ts'
import type { Query } from '../parse/syntax.ts'

/** Below so many datoms there is nothing to save. */
const countMin = 1024
/** The other ways read so many times what is wanted, at least. */
const share = 16
const batchMin = 256
const batchGrowth = 4

/** Rows among which the first `wanted` in the query's order are; null when another way is better. */
export function inIndexOrder(
  query: Query,
  conjunction: Conjunction,
  given: readonly Relation[],
  wanted: number,
  context: Context,
): Relation | null {
  const [term] = query.orderBy
  if (term === undefined || wanted === Infinity || conjunction.impossible) return null
  const variable = ordered(query)
  if (variable === null || given.some((r) => r.variables.includes(variable))) return null
  const p = conjunction.clauses.find((x): x is DbPattern => isIndexed(x, variable))
  if (p === undefined) return null
  const others = leastToRead(p, conjunction, given)
  if (others < countMin || others < wanted * share) return null
  return walk(p, term.descending, query, conjunction, given, wanted, others / 2, context)
}

/** The variable that comes first in the order, if it is one. */
function ordered(query: Query): string | null {
  const by = query.orderBy[0]?.by
  if (query.find.some((e) => e.kind === 'aggregate')) return null
  if (typeof by === 'string') return by
  const element = query.find[by ?? -1]
  return element?.kind === 'variable' ? element.variable : null
}

/** Types whose equal values are one value, so that they join as they stand in the index. */
const types: ReadonlySet<string> = new Set([
  'long',
  'instant',
  'string',
  'keyword',
  'uuid',
  'double',
])

/** Is it `[?e :attribute ?v ...]`, with the values of the attribute in AVET? */
function isIndexed(p: Prepared, variable: string): boolean {
  return (
    p.kind === 'db' &&
    !p.never &&
    p.attribute !== null &&
    isInOrder(p.attribute) &&
    !p.db.view.history &&
    p.v.kind === 'variable' &&
    p.v.name === variable &&
    p.e.kind === 'variable' &&
    !isRepeated(p, variable) &&
    !isRepeated(p, p.e.name)
  )
}

const isInOrder = ({ hasAvet, valueType }: Attribute): boolean => hasAvet && types.has(valueType)

/** About how many rows the query begins with when it is run in another way. */
function leastToRead(p: DbPattern, { clauses }: Conjunction, given: readonly Relation[]): number {
  let least = estimate(p, [])
  for (const r of given) least = Math.min(least, r.n)
  for (const x of clauses) {
    if (x.kind === 'rows') least = Math.min(least, x.rows.length)
    else if (x.kind === 'db' && x.attribute !== null)
      least = Math.min(least, toRead(x, x.attribute))
  }
  return least
}

/** A value that no index tells is looked for among all. */
function toRead(p: DbPattern, { id, hasAvet, valueType }: Attribute): number {
  const isFound = p.e.kind === 'constant' || hasAvet || valueType === 'ref'
  return isFound ? estimate(p, []) : attributeCount(p.db, id)
}

function walk(
  p: DbPattern,
  descending: boolean,
  query: Query,
  conjunction: Conjunction,
  given: readonly Relation[],
  wanted: number,
  most: number,
  context: Context,
): Relation | null {
  const range = p.range ?? rangeOf({ a: (p.attribute as Attribute).id })
  const { trace } = context
  trace?.openOrder(p)
  const cursor = p.db.facts.cursor('avet', range, p.db.view, descending)
  const stretches = new Stretches(cursor, p)
  trace?.closeOrder(0)
  const variables = query.rowVariables
  const parts: Relation[] = []
  let found = 0
  let batch = Math.max(batchMin, wanted * 2)
  while (found < wanted) {
    trace?.openOrder(p)
    const taken = stretches.next(batch, most)
    trace?.closeOrder(taken === null || taken === 'too many' ? 0 : taken.n)
    if (taken === 'too many') return null
    if (taken === null) break
    context.guard.read(taken.n)
    const solved = solve(conjunction, [...given, taken], new Set(variables), context)
    const part = solved === null ? null : together(solved, variables, conjunction, context)
    if (part !== null && part.n > 0) {
      parts.push(part)
      found += part.n
    }
    batch *= batchGrowth
  }
  return parts.length === 0 ? nothing : union(parts)
}

/** Takes the datoms of an index in stretches that end where the value changes. */
class Stretches {
  readonly #cursor: Cursor
  readonly #pattern: DbPattern
  #has: boolean
  #read = 0

  constructor(cursor: Cursor, pattern: DbPattern) {
    this.#cursor = cursor
    this.#pattern = pattern
    this.#has = cursor.next()
  }

  /** Some of them as a relation; null at the end. */
  next(n: number, most: number): Relation | null | 'too many' {
    if (!this.#has) return null
    const cursor = this.#cursor
    const ids: number[] = []
    const values: Value[] = []
    let last: Value = null
    for (; this.#has; this.#has = cursor.next()) {
      const { v } = cursor
      if (ids.length >= n && compareValues(v, last) !== 0) break
      if (isTwofold(v) || ++this.#read > most) return 'too many'
      ids.push(cursor.e)
      values.push(v)
      last = v
    }
    const { e, v, db } = this.#pattern
    const variables = [(e as { name: string }).name, (v as { name: string }).name]
    const columns = [columnOf(ids), columnOf(values)]
    // a filter that hides a retraction shows the same fact twice
    const key = db.view.keep === null ? variables : null
    return { n: ids.length, variables, columns, key }
  }
}

/** Zeros of two signs are equal in order and in joins, and two in rows; NaN is never equal. */
function isTwofold(v: Value): boolean {
  const x = v instanceof Double ? v.value : v
  return x !== x || (v instanceof Double && x === 0)
}
