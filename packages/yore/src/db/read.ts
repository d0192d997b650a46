/**
 * Reading an entity's facts: the few questions that pull, entities and transactions ask again and again.
 *
 * (1) Everything is read through the database's view and comes in index order.
 */

import type { Budget } from '../base/budget.ts'
import type { Value } from '../data/values.ts'
import type { Cursor } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import type { Datom } from '../indexes/facts/fact.ts'
import type { Db } from './db.ts'
import { factsOfEntity } from './single.ts'

/** The values that entity e has of attribute a, smallest first. */
export function valuesOf(db: Db, e: number, a: number, budget: Budget | null = null): Value[] {
  if (budget === null) return factsOfEntity(db, e, a).map((x) => x.v)
  const out: Value[] = []
  const c = db.facts.cursor('eavt', rangeOf({ e, a }), db.view)
  while (c.next()) {
    out.push(c.v)
    budget.read(1)
  }
  return out
}

/** The (first) value that entity e has of attribute a. */
export function firstValue(db: Db, e: number, a: number): Value | undefined {
  const c = db.facts.cursor('eavt', rangeOf({ e, a }), db.view)
  return c.next() ? c.v : undefined
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
