/**
 * How many rows to expect of a pattern, and what they cost: from counts of the index and the sizes of the relations so far.
 *
 * (1) What the index is asked about a pattern is kept with it, and what it costs for as long as its relations are the same.
 */

import type { Value } from '../../data/values.ts'
import type { Attribute } from '../../db/schema.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import type { Range } from '../../indexes/facts/fact.ts'
import { attributeCount, holder } from '../context.ts'
import type { DbPattern, Expected, Pattern, RowsPattern, Slot } from '../prepare/pattern.ts'
import { expectedOpen } from './estimate-open.ts'
import { meanOf } from './samples.ts'
import type { Relation } from '../columns/relation.ts'

const manyGuess = 3
const unindexedShare = 0.1
/** Of keys of which none of the samples was found, this share of one is. */
const seldom = 0.5
/** So many keys are looked up one by one; of more the attribute is read from end to end. */
const keysShare = 4
/** To find a text or another object by its value costs as much as looking at so many datoms. */
const hashCost = 12

/** About how many rows there will be after the pattern has run. */
export function estimate(p: Pattern, relations: readonly Relation[]): number {
  if (p.kind === 'rows') return estimateRows(p, relations)
  if (p.never) return 0
  const re = baseOf(p.e, relations)
  const rv = baseOf(p.v, relations)
  return p.attribute === null ? openOf(p, re, rv, relations).rows : estimateClosed(p, re, rv)
}

function baseOf(s: Slot, relations: readonly Relation[]): Relation | null {
  return s.kind === 'variable' ? (relations[holder(relations, s.name)] ?? null) : null
}

type Base = Relation | null

/** What is to be expected of a pattern without a known attribute. */
function openOf(p: DbPattern, re: Base, rv: Base, relations: readonly Relation[]): Expected {
  const ra = baseOf(p.a, relations)
  const { counts } = p
  if (counts.open === null || counts.costE !== re || counts.costA !== ra || counts.costV !== rv) {
    counts.open = expectedOpen(p, re, ra, rv, closedOf)
    counts.costE = re
    counts.costA = ra
    counts.costV = rv
  }
  return counts.open
}

/** So few attributes are asked about, whatever else is known of an entity. */
const attributesFew = 4

/** Is each attribute that is known to be asked about the entities, rather than all be read that is known of these? */
export function asksEach(p: DbPattern, relations: readonly Relation[]): boolean {
  const n = baseOf(p.a, relations)?.n ?? 0
  if (n <= attributesFew) return true
  return openOf(p, baseOf(p.e, relations), baseOf(p.v, relations), relations).byAttribute
}

const closedOf = (p: DbPattern, re: Base, rv: Base): { rows: number; visits: number } => ({
  rows: p.never ? 0 : estimateClosed(p, re, rv),
  visits: p.never ? 0 : visits(p, p.attribute as Attribute, re, rv),
})

function estimateClosed(p: DbPattern, re: Base, rv: Base): number {
  const attribute = p.attribute as Attribute
  const fan = attribute.many ? manyGuess : 1
  if (p.e.kind === 'constant') return p.v.kind === 'constant' ? 1 : fan
  if (p.v.kind === 'constant' && attribute.unique !== null) return 1
  const count = countOf(p, attribute)
  const constant = p.v.kind === 'constant' ? constantCount(p, count) : count
  if (re !== null) {
    const out = Math.min(re.n * fan, count * Math.max(1, re.n / Math.max(1, count)))
    if (p.v.kind === 'constant') return Math.min(constant, (re.n * constant) / Math.max(1, count))
    if (p.range !== null) {
      return (out * rangeCount(p)) / Math.max(1, count)
    }
    if (rv === null) return out
    // two relations meet in the value: each pair of entity and value finds the rows that have it
    return rv === re ? Math.min(out, re.n * 0.3) : (out * rv.n) / distinctCount(p, count)
  }
  if (p.v.kind === 'constant') return constant
  if (rv !== null) return rv.n * valueFan(p, rv, count)
  return p.range === null ? count : rangeCount(p)
}

/** A datom that is only looked at costs this share of a row that is made. */
const visitCost = 0.3

/** What running the pattern costs: rows made, and what has to be looked at to make them. */
export function costOf(p: DbPattern, relations: readonly Relation[]): number {
  const { attribute, counts } = p
  if (p.never) return 0
  const re = baseOf(p.e, relations)
  const rv = baseOf(p.v, relations)
  if (attribute === null) {
    const open = openOf(p, re, rv, relations)
    return open.rows + visitCost * open.visits
  }
  if (counts.cost < 0 || counts.costE !== re || counts.costV !== rv) {
    counts.cost = estimateClosed(p, re, rv) + visitCost * visits(p, attribute, re, rv)
    counts.costE = re
    counts.costV = rv
  }
  return counts.cost
}

/** Values that are told apart by more than a number. */
const hashed: ReadonlySet<string> = new Set(['string', 'uuid', 'uri', 'bigint', 'bigdec', 'tuple'])

/** What it costs to find so many values among those of a relation, beside looking at them. */
const hashing = ({ valueType }: Attribute, n: number, rv: Relation): number =>
  hashed.has(valueType) ? (n + rv.n) * hashCost : 0

/** About how many datoms the pattern has to look at. */
function visits(p: DbPattern, attribute: Attribute, re: Base, rv: Base): number {
  const { e, v } = p
  const fan = attribute.many ? manyGuess : 1
  if (e.kind === 'constant') return fan
  const count = countOf(p, attribute)
  const indexed = attribute.hasAvet || attribute.valueType === 'ref'
  let least = count
  if (re !== null) least = Math.min(least, re.n * (fan + 1))
  if (v.kind === 'constant') return indexed ? Math.min(least, constantCount(p, count)) : least
  if (re !== null) return rv === null || rv === re ? least : least + hashing(attribute, re.n, rv)
  if (rv !== null) {
    if (indexed && rv.n * keysShare <= count) {
      return Math.min(least, rv.n * (valueFan(p, rv, count) + 1))
    }
    return count + hashing(attribute, count, rv)
  }
  return p.range === null ? least : Math.min(least, rangeCount(p))
}

function rangeCount({ db, range, counts }: DbPattern): number {
  if (counts.some < 0) counts.some = db.facts.roughCount('avet', range as Range, db.view)
  return counts.some
}

function constantCount(p: DbPattern, count: number): number {
  const { counts } = p
  if (counts.some < 0) counts.some = countConstant(p, count)
  return counts.some
}

function countConstant(p: DbPattern, count: number): number {
  const { attribute, db } = p
  const v = (p.v as { value: Value }).value
  if (attribute === null) return count
  if (attribute.hasAvet)
    return db.facts.roughCount('avet', rangeOf({ a: attribute.id, v }), db.view)
  if (attribute.valueType === 'ref') {
    return db.facts.roughCount('vaet', rangeOf({ v, a: attribute.id }), db.view)
  }
  return Math.max(1, count / distinctCount(p, count))
}

/** Does the attribute refer to less than half as many entities as it has facts? */
export function refersToFew(p: DbPattern): boolean {
  const { attribute } = p
  if (attribute?.valueType !== 'ref') return false
  const count = countOf(p, attribute)
  return distinctCount(p, count) * 2 < count
}

/** About how many values the attribute has, at least 1. */
function distinctCount(p: DbPattern, count: number): number {
  const { counts } = p
  if (counts.distinct < 0) {
    const { id, unique } = p.attribute as Attribute
    counts.distinct = Math.max(1, unique === null ? p.db.facts.distinctValues(id) : count)
  }
  return counts.distinct
}

function countOf({ db, counts }: DbPattern, { id }: Attribute): number {
  if (counts.all < 0) counts.all = attributeCount(db, id)
  return counts.all
}

/** How many datoms of the attribute one bound value has, by asking for some of them. */
function valueFan(p: DbPattern, r: Relation, count: number): number {
  const { counts } = p
  if (counts.fanOf !== r) {
    counts.fan = sampleFan(p, r, count)
    counts.fanOf = r
  }
  return counts.fan
}

function sampleFan(p: DbPattern, r: Relation, count: number): number {
  const attribute = p.attribute as Attribute
  if (attribute.unique !== null) return 1
  if (attribute.valueType !== 'ref' && !attribute.hasAvet) {
    return Math.max(1, count / distinctCount(p, count))
  }
  const { id, valueType } = attribute
  const { facts, view } = p.db
  return meanOf(r, (p.v as { name: string }).name, seldom, (v) => {
    if (valueType !== 'ref') return facts.roughCount('avet', rangeOf({ a: id, v }), view)
    return typeof v === 'number' ? facts.roughCount('vaet', rangeOf({ v, a: id }), view) : manyGuess
  })
}

function estimateRows(p: RowsPattern, relations: readonly Relation[]): number {
  let n = p.rows.length
  for (const s of p.slots) if (s.kind === 'constant') n *= unindexedShare
  let joined = 1
  let connected = false
  for (const r of relations) {
    if (!r.variables.some((v) => p.variables.includes(v))) continue
    connected = true
    joined = Math.max(joined, r.n)
  }
  return connected ? Math.max(joined, n) : n
}
