/**
 * Counts that the index knows: `[:find (count ?e) . :where [?e :attribute]]` reads no datoms.
 *
 * (1) Only where each entity stands once in what is counted (one value for each, or one given value), and the present is asked, whose
 *     facts the index counts exactly.
 */

import type { Db } from '../../db/db.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import { firstUserElement } from '../../indexes/facts/ids.ts'
import { needsEquality } from '../prepare/coerce.ts'
import type { Context } from '../context.ts'
import type { DbPattern, Slot } from '../prepare/pattern.ts'
import type { Conjunction } from '../prepare/prepared.ts'
import type { Relation } from '../columns/relation.ts'
import type { Query } from '../parse/syntax.ts'

/** How often the index was asked instead, for tests. */
export const counted = { times: 0 }

/** The number that the query's only element is, or null when it has to be found by its rows. */
export function countByIndex(
  query: Query,
  conjunction: Conjunction,
  given: readonly Relation[],
  context: Context,
): number | null {
  const [element] = query.find
  const [p] = conjunction.clauses
  if (query.find.length !== 1 || element?.kind !== 'aggregate' || element.name !== 'count') {
    return null
  }
  const isPlain = query.with.length === 0 && query.orderBy.length === 0 && given.length === 0
  const isAll = query.offset === 0 && query.limit < 0 && element.constants.length === 0
  if (!isPlain || !isAll || conjunction.clauses.length !== 1 || conjunction.impossible) return null
  if (p?.kind !== 'db' || p.e.kind !== 'variable' || p.e.name !== element.variable) return null
  if (!isPresent(p.db)) return null
  context.trace?.openClause(conjunction, 0, given, -1)
  const n = countOf(p, element.variable)
  const { variable } = element
  const rows: Relation[] = n === null ? [] : [{ n, variables: [variable], columns: [], key: [] }]
  context.trace?.closeClause(conjunction, n === null ? null : rows, context)
  if (n !== null) counted.times++
  return n
}

function isPresent({ view }: Db): boolean {
  const { history, keep, asOf, since } = view
  return !history && keep === null && asOf === Infinity && since === -Infinity
}

const isBlank = (s: Slot): boolean => s.kind === 'blank'

function countOf(p: DbPattern, variable: string): number | null {
  const { attribute, v, db } = p
  if (attribute === null || p.never || !isBlank(p.t) || !isBlank(p.added)) return null
  const { id, many, hasAvet, valueType } = attribute
  if (v.kind === 'constant') {
    if (needsEquality(attribute, v.value)) return null
    if (hasAvet) return db.facts.count('avet', rangeOf({ a: id, v: v.value }), db.view)
    return valueType === 'ref'
      ? db.facts.count('vaet', rangeOf({ v: v.value, a: id }), db.view)
      : null
  }
  // of the attributes that every database has, some entities have two idents
  if (many || id < firstUserElement || (v.kind === 'variable' && v.name === variable)) return null
  return p.range === null ? db.facts.count('aevt', rangeOf({ a: id }), db.view) : null
}
