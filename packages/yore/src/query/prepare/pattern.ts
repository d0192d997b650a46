/**
 * Data patterns made ready for a run: the source found, constants resolved, what confines the value.
 *
 * (1) All that is wrong with a pattern's constants (unknown attribute, ident or lookup ref, nil) is said here, before anything runs.
 */

import { raise } from '../../base/errors.ts'
import { isNumber } from '../../data/compare.ts'
import { Instant, Keyword, Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { asPresent } from '../../db/views.ts'
import type { Db } from '../../db/db.ts'
import { requireEntid } from '../../db/lookup.ts'
import type { Attribute } from '../../db/schema.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import type { Range } from '../../indexes/facts/fact.ts'
import { counterOf, txBase } from '../../indexes/facts/ids.ts'
import { noMatch, entityId, valueFor } from './coerce.ts'
import { sourceOf } from '../context.ts'
import type { Context, Env } from '../context.ts'
import { show } from '../parse/form.ts'
import type { Relation } from '../columns/relation.ts'
import type { PatternClause, Term } from '../parse/syntax.ts'

export type Slot =
  | { readonly kind: 'blank' }
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'variable'; readonly name: string }

const blank: Slot = { kind: 'blank' }

export interface DbPattern {
  readonly kind: 'db'
  readonly clause: PatternClause
  readonly db: Db
  readonly e: Slot
  readonly a: Slot
  /** When the attribute is constant: already of the attribute's kind. */
  readonly v: Slot
  readonly t: Slot
  readonly added: Slot
  /** The constant attribute, or null. */
  readonly attribute: Attribute | null
  /** A constant value is a program's. */
  readonly loose: boolean
  /** Idents and lookup refs in V are resolved; not when the attribute is one of several (QR-21). */
  readonly resolve: boolean
  /** Nothing can match. */
  readonly never: boolean
  readonly variables: readonly string[]
  /** Where comparisons confine the value, if AVET can tell. */
  range: Range | null
  /** What the index has been asked about the pattern, which the planner wants to know again and again. */
  readonly counts: Counts
}

/** What is expected of a pattern that does not say which attribute. */
export interface Expected {
  /** Rows that are made, and datoms that are looked at for them. */
  readonly rows: number
  readonly visits: number
  /** Each attribute is asked about, rather than all be read that is known of the entities. */
  readonly byAttribute: boolean
}

interface Counts {
  /** Datoms of the attribute; those with the constant value, or in the range. -1 when not known yet. */
  all: number
  some: number
  /** How many values the attribute has; -1 when not known yet. */
  distinct: number
  /** What the pattern costs with these relations; -1 when not known yet. */
  cost: number
  /** The same where the attribute is not known. */
  open: Expected | null
  costE: Relation | null
  costA: Relation | null
  costV: Relation | null
  /** How many datoms a value of this relation has. */
  fan: number
  fanOf: Relation | null
}

/** A pattern that the index has been asked nothing about. */
export const noCounts = (): Counts => ({
  all: -1,
  some: -1,
  distinct: -1,
  cost: -1,
  open: null,
  costE: null,
  costA: null,
  costV: null,
  fan: 0,
  fanOf: null,
})

/** Does a variable stand more than once in the pattern? */
export function isRepeated(p: DbPattern, name: string): boolean {
  let n = 0
  for (const s of [p.e, p.a, p.v, p.t, p.added]) if (s.kind === 'variable' && s.name === name) n++
  return n > 1
}

const codable: ReadonlySet<string> = new Set(['string', 'keyword', 'boolean'])

/** May its values come as codes? */
export const isCodable = ({ attribute }: DbPattern): boolean =>
  codable.has(attribute?.valueType ?? '')

export interface RowsPattern {
  readonly kind: 'rows'
  readonly clause: PatternClause
  readonly rows: readonly (readonly Value[])[]
  readonly slots: readonly Slot[]
  readonly variables: readonly string[]
  /** Variables of which a program's values are taken as those of a pattern's attribute (fit-rows.ts). */
  readonly fits: Map<string, DbPattern>
}

export type Pattern = DbPattern | RowsPattern

const slotOf = (term: Term | undefined, env: Env): Slot => {
  if (term === undefined || term.kind === 'blank') return blank
  if (term.kind === 'constant') return term
  const value = env.get(term.name)
  return value === undefined ? term : { kind: 'constant', value }
}

function variablesIn(slots: readonly Slot[]): string[] {
  const out: string[] = []
  for (const s of slots) if (s.kind === 'variable' && !out.includes(s.name)) out.push(s.name)
  return out
}

export function preparePattern(
  clause: PatternClause,
  sourceName: string,
  env: Env,
  context: Context,
): Pattern {
  const source = sourceOf(context, sourceName, clause.source !== null)
  const slots = clause.terms.map((t) => slotOf(t, env))
  if (source.kind === 'rows') {
    const variables = variablesIn(slots)
    if (context.numbers === 'js') for (const v of variables) context.loose.add(v)
    return { kind: 'rows', clause, rows: source.rows, slots, variables, fits: new Map() }
  }
  return prepareDb(clause, asPresent(source.db), slots, context)
}

function prepareDb(
  clause: PatternClause,
  db: Db,
  slots: readonly Slot[],
  context: Context,
): DbPattern {
  if (slots.length > 5) {
    raise(
      ':yore/invalid-query',
      `a pattern on a database has at most e a v tx added: ${show(clause.form)}`,
      { clause: show(clause.form) },
    )
  }
  const at = (i: number): Slot => slots[i] ?? blank
  const loose = (i: number): boolean => {
    const term = clause.terms[i]
    return term?.kind === 'variable' ? context.loose.has(term.name) : clause.loose
  }
  let never = false
  let attribute: Attribute | null = null
  let a = at(1)
  if (a.kind === 'constant') {
    const id = attributeId(db, a.value)
    attribute = db.schema.attributes.get(id) ?? null
    if (attribute === null) never = true
    a = { kind: 'constant', value: id }
  }
  let e = at(0)
  if (e.kind === 'constant') {
    e = { kind: 'constant', value: entityId(db, e.value, loose(0)) }
  }
  let v = at(2)
  if (v.kind === 'constant' && attribute !== null) {
    const value = valueFor(db, attribute, v.value, { loose: loose(2), resolve: true })
    if (value === noMatch) never = true
    v = { kind: 'constant', value }
  }
  const t = transactionSlot(at(3), clause.terms[3]?.kind === 'constant')
  const all = [e, a, v, t, at(4)]
  return {
    kind: 'db',
    clause,
    db,
    e,
    a,
    v,
    t,
    added: at(4),
    attribute,
    loose: loose(2),
    resolve: true,
    never: never || isNaN(e) || isNaN(t) || namesTwice(clause, slots),
    variables: variablesIn(all),
    range: null,
    counts: noCounts(),
  }
}

/** The pattern with this attribute; the value is compared as it is (QR-21). Null when it has none that could be equal. */
export function withAttribute(p: DbPattern, attribute: Attribute): DbPattern | null {
  let v = p.v
  if (v.kind === 'constant') {
    const value = valueFor(p.db, attribute, v.value, { loose: p.loose, resolve: false })
    if (value === noMatch) return null
    v = { kind: 'constant', value }
  }
  return {
    ...p,
    attribute,
    v,
    a: blank,
    resolve: false,
    range: null,
    counts: noCounts(),
  }
}

/** Stands a variable there twice that was given as an ident or a lookup ref? It is no id, so nothing is equal to both. */
function namesTwice(clause: PatternClause, slots: readonly Slot[]): boolean {
  const { terms } = clause
  return terms.some(
    (x, i) =>
      x.kind === 'variable' &&
      slots[i]?.kind === 'constant' &&
      typeof (slots[i] as { value: Value }).value !== 'number' &&
      terms.some((y, k) => k < i && y.kind === 'variable' && y.name === x.name),
  )
}

const isNaN = (s: Slot): boolean => s.kind === 'constant' && s.value !== s.value

function attributeId(db: Db, x: Value): number {
  if (x === null) return NaN
  return typeof x === 'number' && Number.isInteger(x) ? x : requireEntid(db, x)
}

/** A literal number is a t or a transaction's id; a given value only the latter (findings-time section 6). As t; NaN for none. */
function transactionSlot(slot: Slot, literal: boolean): Slot {
  if (slot.kind !== 'constant') return slot
  const x = slot.value
  if (x instanceof Instant || typeof x === 'string') {
    raise(':yore/invalid-time-point', 'a transaction in a pattern is given by its id', {
      transaction: x,
    })
  }
  if (typeof x !== 'number') return { kind: 'constant', value: NaN }
  return { kind: 'constant', value: literal ? counterOf(x) : tOfId(x) }
}

/** The t of a transaction entity's id, NaN for another id. */
export function tOfId(id: number): number {
  return id >= txBase && id < txBase + 2 ** 42 ? id - txBase : NaN
}

// ---- comparisons as ranges ----

/** Can this value bound a range over the attribute's AVET, so that order there is the order of `<`? */
export function bounds(attribute: Attribute, value: Value): boolean {
  switch (attribute.valueType) {
    case 'long':
    case 'double':
    case 'float':
    case 'bigint':
    case 'bigdec':
      return isNumber(value)
    case 'string':
      return typeof value === 'string'
    case 'instant':
      return value instanceof Instant
    case 'keyword':
      return value instanceof Keyword
    case 'uuid':
      return value instanceof Uuid
    default:
      return false
  }
}

/** Narrows the pattern's range by `value OPERATOR constant`, if it has AVET and the kinds agree. */
export function narrow(p: DbPattern, operator: string, value: Value): void {
  const { attribute } = p
  if (attribute === null || !attribute.hasAvet || p.v.kind !== 'variable') return
  if (!bounds(attribute, value) || value !== value) return
  const prefix = { a: attribute.id, v: value }
  const range = p.range ?? rangeOf({ a: attribute.id })
  switch (operator) {
    case '<':
      p.range = { ...range, high: tighter(range.high, { prefix, after: false }, -1) }
      break
    case '<=':
      p.range = { ...range, high: tighter(range.high, { prefix, after: true }, -1) }
      break
    case '>':
      p.range = { ...range, low: tighter(range.low, { prefix, after: true }, 1) }
      break
    case '>=':
      p.range = { ...range, low: tighter(range.low, { prefix, after: false }, 1) }
      break
    default:
  }
}

type Bound = NonNullable<Range['low']>

// Only numbers and strings are worth comparing here: of others the newer bound is kept, which is sound as the predicates run anyway.
function tighter(old: Bound | undefined, bound: Bound, sign: 1 | -1): Bound {
  const x = old?.prefix.v
  const y = bound.prefix.v
  if (old === undefined || x === undefined) return bound
  if (typeof x === 'number' && typeof y === 'number') return (y - x) * sign > 0 ? bound : old
  if (typeof x === 'string' && typeof y === 'string') return y > x === sign > 0 ? bound : old
  return bound
}

/** Can the pattern run with these variables bound, without reading a whole database? */
export function canRun(p: Pattern, bound: (variable: string) => boolean): boolean {
  if (p.kind === 'rows') return true
  const has = (s: Slot): boolean =>
    s.kind === 'constant' || (s.kind === 'variable' && bound(s.name))
  return has(p.e) || has(p.a) || has(p.v)
}
