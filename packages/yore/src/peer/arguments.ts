/**
 * What a program gives to the reads of a database, as exact values: identifiers, components, bounds, patterns.
 *
 * (1) Values are made fit for their attribute where only the JavaScript form differs (db/lookup.ts `fitValue`); nothing is bent.
 */

import { raise } from '../base/errors.ts'
import { ValueMap } from '../data/equal.ts'
import { fromPublic, unreadable } from '../data/public.ts'
import { keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { orderOf } from '../db/datoms.ts'
import type { Db } from '../db/db.ts'
import { isEntity, originOf } from '../db/entity.ts'
import { attributeOf, fitIdentifier, fitValue } from '../db/lookup.ts'
import type { Attribute } from '../db/schema.ts'
import { componentsOf, orders } from '../indexes/fact.ts'
import type { Order } from '../indexes/fact.ts'
import { parsePattern } from '../pull/parse.ts'
import type { Pattern } from '../pull/pattern.ts'

/** An entity identifier; an entity stands for its id. */
export function identifier(db: Db, id: unknown): Value {
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id
  if (isEntity(id)) return originOf(id).id
  return id === undefined ? null : fitIdentifier(db, fromPublic(id))
}

const orderNames = new Map<string, Order>(
  orders.flatMap((x) => [
    [x, x],
    [`:${x}`, x],
  ]),
)

/** The name of an index, with or without a colon. */
export function orderNamed(index: string): Order {
  return orderNames.get(index) ?? orderOf(index)
}

/** Components of an order. */
export function componentValues(db: Db, order: Order, given: readonly unknown[]): Value[] {
  const names = componentsOf[order]
  const out: Value[] = []
  for (let i = 0; i < given.length; i++) {
    const x = given[i]
    const isValue = names[i] === 'v' && order !== 'vaet' && x !== undefined && !isEntity(x)
    if (isValue) {
      const a = given[names.indexOf('a')]
      const attribute = a === undefined || a === null ? null : attributeOf(db, identifier(db, a))
      out.push(attribute?.valueType === 'ref' ? identifier(db, x) : valueOf(attribute, x))
    } else out.push(identifier(db, x))
  }
  return out
}

/** A bound of an attribute's range; undefined is open. */
export function boundOf(attribute: Attribute | null, x: unknown): Value {
  if (x === undefined) return null
  return isEntity(x) ? originOf(x).id : valueOf(attribute, x)
}

function valueOf(attribute: Attribute | null, x: unknown): Value {
  const v = fromPublic(x)
  return attribute === null ? v : fitValue(attribute, v)
}

/** A pull pattern, from text or data. */
export function patternOf(pattern: unknown): Pattern {
  return parsePattern(typeof pattern === 'string' ? pattern : fromPublic(pattern))
}

/** The arguments of index-pull, as a map with keyword keys. */
export function indexPullMap(args: object): ValueMap {
  if (typeof args !== 'object' || args === null) {
    return raise(':yore/invalid-argument', 'indexPull takes an object {index, selector, start}')
  }
  const all = new ValueMap()
  for (const [name, x] of entriesOf(args)) {
    if (x === undefined) continue
    all.set(keyword(name), name === 'index' && typeof x === 'string' ? keyword(x) : fromPublic(x))
  }
  return all
}

function entriesOf(x: object): [string, unknown][] {
  try {
    return Object.entries(x)
  } catch (error) {
    return unreadable(error)
  }
}

// More than any program asks for at once; an iterator that never ends comes to it.
const listMax = 2 ** 24

/** The items of an iterable. */
export function listed<T>(items: Iterable<T>): T[] {
  const out: T[] = []
  try {
    for (const x of items) {
      if (out.push(x) > listMax)
        raise(':yore/limit-exceeded', `a list has more than ${listMax} items`)
    }
  } catch (error) {
    unreadable(error)
  }
  return out
}
