/**
 * What a program gives to the reads of a database, as exact values: identifiers, components, bounds, patterns.
 *
 * (1) Values are made fit for their attribute where only the JavaScript form differs (db/lookup.ts `fitValue`); nothing is bent.
 */

import type { Budget } from '../base/budget.ts'
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
import { componentsOf, orders } from '../indexes/facts/fact.ts'
import type { Order } from '../indexes/facts/fact.ts'
import { parsePattern } from '../pull/parse.ts'
import type { Pattern } from '../pull/pattern.ts'

/** An entity identifier; an entity stands for its id. */
export function identifier(db: Db, id: unknown): Value {
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id
  if (isEntity(id)) return originOf(id).id
  return id === undefined ? null : fitIdentifier(db, fromPublic(id))
}

/** A name costs as much as so many units of a budget. */
const identifierWork = 4

/** Identifiers, one after another. */
export function identifiers(
  db: Db,
  ids: Iterable<unknown>,
  budget: Budget | null | undefined,
): Value[] {
  return listed(ids).map((id) => {
    budget?.tick(identifierWork)
    return identifier(db, id)
  })
}

const orderNames = new Map<string, Order>(
  orders.flatMap((x) => [
    [x, x],
    [`:${x}`, x],
  ]),
)

/** The name of an index, with or without a colon. */
function orderNamed(index: string): Order {
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
      out.push(attribute?.valueType === 'ref' ? identifier(db, x) : valueOf(db, attribute, x))
    } else out.push(identifier(db, x))
  }
  return out
}

/** A bound of an attribute's range; undefined is open. */
export function boundOf(db: Db, attribute: Attribute | null, x: unknown): Value {
  if (x === undefined) return null
  return isEntity(x) ? originOf(x).id : valueOf(db, attribute, x)
}

function valueOf(db: Db, attribute: Attribute | null, x: unknown): Value {
  const v = fromPublic(x)
  return attribute === null ? v : fitValue(db, attribute, v)
}

/** A pull pattern, from text or data. */
export function patternOf(pattern: unknown): Pattern {
  return parsePattern(typeof pattern === 'string' ? pattern : fromPublic(pattern))
}

/** What `datoms` and the like are asked. */
interface DatomsAsked {
  readonly order: Order
  readonly components: readonly unknown[]
  readonly options: unknown
}

/** By position, or as an object with options of the read. */
export function datomsAsked(given: readonly unknown[]): DatomsAsked {
  const [first, ...components] = given
  if (typeof first !== 'object' || first === null) {
    return { order: orderNamed(first as string), components, options: undefined }
  }
  return readable(() => {
    const all = fieldsOf(first)
    const listed = all.get('components') ?? []
    if (!Array.isArray(listed)) {
      raise(':yore/invalid-argument', 'the components of an index are an array')
    }
    const order = orderNamed(all.get('index') as string)
    return { order, components: Array.from(listed as unknown[]), options: optionsIn(all) }
  })
}

interface RangeAsked {
  readonly attribute: unknown
  readonly start: unknown
  readonly end: unknown
  readonly options: unknown
}

/** The same for `indexRange`. */
export function rangeAsked(given: readonly unknown[]): RangeAsked {
  const [first, start, end] = given
  const byPosition = { attribute: first, start, end, options: undefined }
  if (typeof first !== 'object' || first === null) return byPosition
  return readable(() => {
    if (Array.isArray(first) || isEntity(first)) return byPosition
    const all = fieldsOf(first)
    return {
      attribute: all.get('attribute'),
      start: all.get('start'),
      end: all.get('end'),
      options: optionsIn(all),
    }
  })
}

// What a program's getter or proxy throws comes out as a YoreError.
function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return unreadable(error)
  }
}

const fieldsOf = (x: object): Map<string, unknown> => new Map(entriesOf(x))

const optionNames = ['timeout', 'signal', 'limits'] as const

/** The options of the read among an object's fields, or undefined. */
function optionsIn(all: ReadonlyMap<string, unknown>): object | undefined {
  const given = optionNames.filter((name) => all.get(name) !== undefined)
  if (given.length === 0) return undefined
  return Object.fromEntries(given.map((name) => [name, all.get(name)]))
}

/** The arguments of index-pull, as a map with keyword keys, and its options. */
export function indexPullMap(args: object): [ValueMap, object | undefined] {
  if (typeof args !== 'object' || args === null) {
    return raise(':yore/invalid-argument', 'indexPull takes an object {index, selector, start}')
  }
  const all = new ValueMap()
  const fields = fieldsOf(args)
  const options = optionsIn(fields)
  for (const [name, x] of fields) {
    if (x === undefined || (optionNames as readonly string[]).includes(name)) continue
    all.set(keyword(name), name === 'index' && typeof x === 'string' ? keyword(x) : fromPublic(x))
  }
  return [all, options]
}

const entriesOf = (x: object): [string, unknown][] => readable(() => Object.entries(x))

// More than any program asks for at once; an iterator that never ends comes to it.
const listMax = 2 ** 24

/** The items of an iterable. */
function listed<T>(items: Iterable<T>): T[] {
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
