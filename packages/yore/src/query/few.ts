/**
 * The beginning of a query that concerns few entities: patterns that follow from one entity, or one value, to the next are read fact by
 * fact, without planning and without columns. What is left, and whatever turns out not to be few, is for run.ts.
 *
 * (1) Only patterns of a known attribute are taken whose values need no conversion: a variable keeps what the index gave.
 * (2) A pattern is taken whole or not at all.
 * (3) Which comes next is said by what is known: an entity, a unique value, then a value that few have.
 */

import { equalValues } from '../data/equal.ts'
import type { Value } from '../data/values.ts'
import type { Attribute } from '../db/schema.ts'
import type { Cursor } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/fact.ts'
import type { Prefix } from '../indexes/fact.ts'
import { txBase } from '../indexes/ids.ts'
import { needsEquality } from './coerce.ts'
import type { Context } from './context.ts'
import { isRepeated } from './pattern.ts'
import type { DbPattern, Slot } from './pattern.ts'
import { formOf } from './prepared.ts'
import type { Conjunction, Prepared } from './prepared.ts'
import { columnOf } from './relation.ts'
import type { Relation } from './relation.ts'

/** How often patterns were read so, for tests. */
export const few = { times: 0 }

/** From more rows than these columns are faster. */
const rowsMax = 8
/** A pattern that gives more is left. */
const foundMax = 32

/** What a variable's values are: ids, or values of one type. */
type Domain = Attribute['valueType'] | 'id'

/** Types whose values are equal where the index has them in one place, and need no conversion. */
const plainTypes: ReadonlySet<Domain> = new Set<Domain>([
  'id',
  'long',
  'string',
  'keyword',
  'boolean',
  'uuid',
  'instant',
])

interface State {
  readonly names: string[]
  readonly domains: Domain[]
  rows: (readonly Value[])[]
}

/** How a pattern is read; those that give least come first. */
const ways = ['entity', 'unique', 'entityMany', 'value'] as const
type Way = (typeof ways)[number]

/**
 * Runs as many of the waiting clauses as concern few, and takes them out of `waiting`. Null when there is no row; undefined when there is
 * nothing to begin with.
 */
export function startWithFew(
  conjunction: Conjunction,
  waiting: number[],
  context: Context,
): Relation | null | undefined {
  const { clauses } = conjunction
  const state: State = { names: [], domains: [], rows: [[]] }
  let begun = false
  while (waiting.length > 0 && state.rows.length <= rowsMax) {
    const at = nextOf(conjunction, waiting, state)
    if (at < 0) break
    const p = clauses[waiting[at] as number] as DbPattern
    context.guard.clause = formOf(p)
    const rows = readRows(p, state, context)
    if (rows === null) break
    begun = true
    few.times++
    waiting.splice(at, 1)
    note(p, state)
    state.rows = rows
    if (rows.length === 0) return null
  }
  return begun ? relationOf(state) : undefined
}

/** The place in `waiting` of the pattern to read next; -1 for none. */
function nextOf({ clauses, after }: Conjunction, waiting: readonly number[], state: State): number {
  let best: number = ways.length
  let least = foundMax + 1
  let at = -1
  for (let k = 0; k < waiting.length; k++) {
    const i = waiting[k] as number
    if ((after[i] as readonly number[]).length > 0) continue
    const p = clauses[i] as Prepared
    const way = wayInto(p, state)
    const rank = way === null ? ways.length : ways.indexOf(way)
    if (rank > best || way === null || (rank === best && way !== 'value')) continue
    if (way === 'value') {
      const n = countOf(p as DbPattern, state)
      if (n >= least) continue
      least = n
    }
    best = rank
    at = k
  }
  return at
}

/** How many facts have the values that the rows have for the pattern. */
function countOf({ db, attribute, v }: DbPattern, state: State): number {
  const { id: a, hasAvet } = attribute as Attribute
  let n = 0
  for (const row of state.rows) {
    const prefix = { a, v: valueIn(v, state, row) }
    n += db.facts.roughCount(hasAvet ? 'avet' : 'vaet', rangeOf(prefix), db.view)
    if (n > foundMax) break
  }
  return n
}

const known = (s: Slot, { names }: State): boolean =>
  s.kind === 'constant' || (s.kind === 'variable' && names.includes(s.name))

function wayInto(p: Prepared, state: State): Way | null {
  if (p.kind !== 'db' || p.attribute === null || p.never || p.range !== null) return null
  const { e, v, t, added, attribute } = p
  const knowsE = known(e, state)
  const knowsV = known(v, state)
  if (!knowsE && !knowsV) return null
  const type = domainOf(attribute)
  const fit =
    fits(e, 'id', state) &&
    fits(v, type, state) &&
    fits(t, 'id', state) &&
    fits(added, 'boolean', state)
  if (!fit || (knowsV && !isPlain(attribute, type, v)) || repeats(p)) return null
  if (knowsE) return attribute.many && !knowsV ? 'entityMany' : 'entity'
  if (attribute.unique !== null && attribute.hasAvet) return 'unique'
  return attribute.hasAvet || attribute.valueType === 'ref' ? 'value' : null
}

const domainOf = ({ valueType }: Attribute): Domain => (valueType === 'ref' ? 'id' : valueType)

/** Is what a known variable holds of the kind that stands here? */
function fits(s: Slot, domain: Domain, { names, domains }: State): boolean {
  if (s.kind !== 'variable') return true
  const k = names.indexOf(s.name)
  return k < 0 || domains[k] === domain
}

function isPlain(attribute: Attribute, type: Domain, v: Slot): boolean {
  return plainTypes.has(type) && (v.kind !== 'constant' || !needsEquality(attribute, v.value))
}

const repeats = (p: DbPattern): boolean => p.variables.some((name) => isRepeated(p, name))

/** What follows each row; null when it is not few. */
function readRows(p: DbPattern, state: State, context: Context): (readonly Value[])[] | null {
  const { db, attribute } = p
  const { id: a, hasAvet } = attribute as Attribute
  const byEntity = known(p.e, state)
  const { guard } = context
  const out: (readonly Value[])[] = []
  let datoms = 0
  for (const row of state.rows) {
    const e = valueIn(p.e, state, row)
    const v = valueIn(p.v, state, row)
    if (byEntity && typeof e !== 'number') return null
    const order = byEntity ? 'aevt' : hasAvet ? 'avet' : 'vaet'
    const prefix: Prefix = byEntity ? { a, e: e as number, v } : { a, v }
    const range = rangeOf(prefix)
    const cursor = db.facts.cursor(order, range, db.view)
    while (cursor.next()) {
      guard.read(1)
      if (++datoms > foundMax) return null
      const next = extended(p, state, row, cursor)
      if (next !== null) out.push(next)
    }
  }
  return out
}

/** The value of a slot in a row; undefined for what is not known. */
function valueIn(s: Slot, { names }: State, row: readonly Value[]): Value | undefined {
  if (s.kind === 'constant') return s.value
  if (s.kind === 'blank') return undefined
  const k = names.indexOf(s.name)
  return k < 0 ? undefined : row[k]
}

/** The row with what the datom adds; null when they do not agree. */
function extended(
  p: DbPattern,
  state: State,
  row: readonly Value[],
  { e, v, t, added }: Cursor,
): readonly Value[] | null {
  const agrees = (s: Slot, x: Value): boolean => {
    const given = valueIn(s, state, row)
    return given === undefined || given === x || equalValues(given, x)
  }
  if (!agrees(p.e, e) || !agrees(p.v, v) || !agrees(p.added, added)) return null
  // a constant there is a t already
  if (!agrees(p.t, p.t.kind === 'constant' ? t : t + txBase)) return null
  const out = [...row]
  const add = (s: Slot, x: Value): void => {
    if (s.kind === 'variable' && !state.names.includes(s.name)) out.push(x)
  }
  add(p.e, e)
  add(p.v, v)
  add(p.t, t + txBase)
  add(p.added, added)
  return out
}

/** Notes the variables that `extended` adds, in its sequence. */
function note(p: DbPattern, { names, domains }: State): void {
  const add = (s: Slot, domain: Domain): void => {
    if (s.kind !== 'variable' || names.includes(s.name)) return
    names.push(s.name)
    domains.push(domain)
  }
  add(p.e, 'id')
  add(p.v, domainOf(p.attribute as Attribute))
  add(p.t, 'id')
  add(p.added, 'boolean')
}

function relationOf({ names, rows }: State): Relation {
  const columns = names.map((_, k) => columnOf(rows.map((row) => row[k] as Value)))
  return { n: rows.length, variables: names, columns, key: rows.length === 1 ? names : null }
}
