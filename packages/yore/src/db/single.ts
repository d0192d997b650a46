/**
 * Single facts: what transactions and lookup refs ask of one entity or one value. Few are found, so they come as a list.
 *
 * (1) The answer is that of a cursor through the database's view, in its order, whatever the index and the view; of the present it is
 *     found without one (indexes/read/point.ts).
 */

import type { Value } from '../data/values.ts'
import { currentOf, currentReferring, currentWithValue } from '../indexes/create.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { Cursor } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import { firstUserElement } from '../indexes/facts/ids.ts'
import type { Db } from './db.ts'
import { boot } from './schema.ts'
import type { Attribute } from './schema.ts'

export interface FoundFact {
  readonly e: number
  readonly a: number
  readonly v: Value
  readonly t: number
}

/** The facts of an entity; with this attribute, and with this value, if they are given. */
export function factsOfEntity(
  { facts, view }: Pick<Db, 'facts' | 'view'>,
  e: number,
  a?: number,
  v?: Value,
): readonly FoundFact[] {
  const found = view === presentView ? currentOf(facts, e, a, v) : null
  return found ?? all(facts.cursor('eavt', rangeOf({ e, a, v }), view))
}

/** The facts that have a value of an attribute that is in AVET. */
export function factsWithValue(
  { facts, view }: Pick<Db, 'facts' | 'view'>,
  a: number,
  v: Value,
): readonly FoundFact[] {
  const found = view === presentView ? currentWithValue(facts, a, v) : null
  return found ?? all(facts.cursor('avet', rangeOf({ a, v }), view))
}

/** The first of them, in the order of AVET. */
export function firstWithValue(
  { facts, view }: Pick<Db, 'facts' | 'view'>,
  a: number,
  v: Value,
): Pick<FoundFact, 'e' | 'v'> | undefined {
  const found = view === presentView ? currentWithValue(facts, a, v) : null
  if (found !== null) return found[0]
  const c = facts.cursor('avet', rangeOf({ a, v }), view)
  return c.next() ? c : undefined
}

/** The facts that refer to an entity. */
export function factsReferring(
  { facts, view }: Pick<Db, 'facts' | 'view'>,
  id: number,
): readonly FoundFact[] {
  const found = view === presentView ? currentReferring(facts, id) : null
  return found ?? all(facts.cursor('vaet', rangeOf({ v: id }), view))
}

function all(c: Cursor): FoundFact[] {
  const out: FoundFact[] = []
  while (c.next()) out.push({ e: c.e, a: c.a, v: c.v, t: c.t })
  return out
}

const always = { ...presentView, history: true }
const everMany = new WeakMap<Attribute, boolean>()

/** Has no entity several values of the attribute, in this view? */
export function hasOneValue(db: Db, attribute: Attribute): boolean {
  const { asOf, since, history, keep } = db.view
  if (attribute.many || history || keep !== null) return false
  return (asOf === Infinity && since === -Infinity) || isAlwaysOne(db, attribute)
}

/** Had no entity several values of the attribute at any time? Only if the attribute was never changed. */
export function isAlwaysOne({ facts }: Db, attribute: Attribute): boolean {
  if (attribute.many) return false
  const e = attribute.id
  // of the attributes that every database has, some entities have two idents
  if (e < firstUserElement) return false
  let was = everMany.get(attribute)
  if (was === undefined) {
    was = facts.count('eavt', rangeOf({ e, a: boot.cardinality }), always) > 1
    everMany.set(attribute, was)
  }
  return !was
}
