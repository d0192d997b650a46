/**
 * Reading an entity's facts: the few questions that pull, entities and transactions ask again and again.
 *
 * (1) Everything is read through the database's view and comes in index order.
 */

import type { Budget } from '../base/budget.ts'
import { compareValues } from '../data/compare.ts'
import type { Value } from '../data/values.ts'
import type { Cursor } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/fact.ts'
import type { Datom } from '../indexes/fact.ts'
import type { Db } from './db.ts'

/** The values that entity e has of attribute a, smallest first. */
export function valuesOf(db: Db, e: number, a: number, budget: Budget | null = null): Value[] {
  const out: Value[] = []
  const c = db.facts.cursor('eavt', rangeOf({ e, a }), db.view)
  while (c.next()) {
    out.push(c.v)
    budget?.read(1)
  }
  return out
}

/** The (first) value that entity e has of attribute a. */
export function firstValue(db: Db, e: number, a: number): Value | undefined {
  const c = db.facts.cursor('eavt', rangeOf({ e, a }), db.view)
  return c.next() ? c.v : undefined
}

/** The entities that have this value of attribute a, ascending. A ref's value is an id. */
export function entitiesWith(db: Db, a: number, v: Value): number[] {
  const attribute = db.schema.attributes.get(a)
  if (attribute === undefined) return []
  const out: number[] = []
  if (attribute.hasAvet || attribute.valueType === 'ref') {
    const order = attribute.hasAvet ? 'avet' : 'vaet'
    const c = db.facts.cursor(order, rangeOf({ a, v }), db.view)
    while (c.next()) pushNew(out, c.e)
    return out
  }
  const c = db.facts.cursor('aevt', rangeOf({ a }), db.view)
  while (c.next()) if (compareValues(c.v, v) === 0) pushNew(out, c.e)
  return out
}

// A history view has several datoms of one entity, side by side.
function pushNew(out: number[], e: number): void {
  if (out.at(-1) !== e) out.push(e)
}

/** Who refers to the target, by attribute a or by any. */
export function referrers(
  db: Db,
  a: number | undefined,
  target: number,
  budget: Budget | null = null,
): { readonly e: number; readonly a: number }[] {
  const out: { readonly e: number; readonly a: number }[] = []
  const c = db.facts.cursor('vaet', rangeOf({ v: target, a }), db.view)
  while (c.next()) {
    out.push({ e: c.e, a: c.a })
    budget?.read(1)
  }
  return out
}

/** Has the entity any datom in this view? */
export function hasDatoms(db: Db, e: number): boolean {
  return db.facts.cursor('eavt', rangeOf({ e }), db.view).next()
}

/** The datoms that a cursor walks over; the cursor is used up. */
export function datomsOf(c: Cursor): IterableIterator<Datom> {
  return new Walked(c)
}

// A class: a generator costs more than the walk, and so do functions made for each.
class Walked implements IterableIterator<Datom> {
  readonly #cursor: Cursor

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  next(): IteratorResult<Datom> {
    const c = this.#cursor
    return c.next()
      ? { done: false, value: { e: c.e, a: c.a, v: c.v, t: c.t, added: c.added } }
      : { done: true, value: undefined }
  }

  [Symbol.iterator](): this {
    return this
  }
}
