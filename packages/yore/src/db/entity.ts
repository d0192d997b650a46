/**
 * Entities: what one thing is, as a lazy, read-only object. `entity[':person/name']`, through references onwards, backwards with
 * `':person/_friend'`; spread, `Object.keys`, `in` and `JSON.stringify` see its attributes.
 *
 * (1) An entity reads the database value that it was made from, for ever; what it has read it keeps.
 * (2) Its own enumerable keys are its attributes under their present names, in the order of their ids. `':db/id'` is there but not
 *     among them; old names and reverse names can be read but are not keys.
 * (3) A reference is an entity, or the keyword of a target that has an ident. Several values are an array in index order (the
 *     original has a set); a reverse reference too, of entities always, or one entity if the attribute is a component. What is
 *     not there is `undefined`, never an empty array.
 * (4) Nothing but a name with a leading colon is looked up: `then`, symbols and prototype names are those of an ordinary object.
 */

import type { Budget } from '../base/budget.ts'
import { raise } from '../base/errors.ts'
import type { BigDecimal } from '../data/big-decimal.ts'
import { equalValues } from '../data/equal.ts'
import { toPublic } from '../data/public.ts'
import { Keyword, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import { toPublicId } from '../indexes/facts/ids.ts'
import type { Db } from './db.ts'
import { entid, keywordOf } from './lookup.ts'
import { referrers, valuesOf } from './read.ts'
import type { Attribute } from './schema.ts'
import { factsOfEntity } from './single.ts'

/** A value as an entity shows it. */
export type EntityValue =
  | undefined
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | BigDecimal
  | Entity
  | readonly EntityValue[]

/**
 * A lazy view of everything that one entity has.
 *
 * ```ts
 * const ann = db.entity([':person/email', 'ann@example.com'])
 * ann?.[':person/name'] // 'Ann'
 * ann?.[':person/_friend'] // who has Ann for a friend
 * ```
 */
export interface Entity {
  readonly ':db/id': number | bigint
  readonly [name: `:${string}`]: EntityValue
}

/**
 * The entity that an identifier means, or null if it does not resolve. Any number is an entity, with facts or without. What is read
 * through it, and through all entities that it leads to, is told to the budget.
 */
export function entity(db: Db, id: Value, budget: Budget | null = null): Entity | null {
  refuseHistory(db)
  const e = entid(db, id)
  // beyond every id there is nothing to show
  return e === null || e === Infinity ? null : makeEntity(db, e, budget)
}

/** Loads all attributes of an entity, and those of its components; gives it back. */
export function touch(of: Entity): Entity {
  const open = [stateOf(of)]
  const seen = new Set<number>()
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state.id)) continue
    seen.add(state.id)
    for (const [a, text] of namesOf(state)) {
      const value = read(state, text)
      if (state.db.schema.attributes.get(a)?.isComponent !== true) continue
      for (const x of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
        if (isEntity(x)) open.push(stateOf(x))
      }
    }
  }
  return of
}

/** Is it an entity made here? */
export function isEntity(x: unknown): x is Entity {
  try {
    return x instanceof EntityObject
  } catch {
    // a proxy of the program's own
    return false
  }
}

/** The database value that an entity reads, and its id inside. */
export function originOf(of: Entity): { readonly db: Db; readonly id: number } {
  const { db, id } = stateOf(of)
  return { db, id }
}

// ---- exact values: what the conformance runner and other inner parts ask ----

/** The present names of an entity's attributes, by id. */
export function entityKeys(db: Db, id: number): Keyword[] {
  return [...attributesOf(db, id).keys()].map((a) => nameOf(db, a))
}

/** What the entity has under a key: a value, an array of them, or null. References are ids, or the keyword of the target. */
export function entityGet(db: Db, id: number, key: Value): Value {
  if (typeof key !== 'string' && !(key instanceof Keyword)) {
    return raise(':db.error/not-a-keyword', 'the key of an entity is a keyword', { key })
  }
  const k = keywordOf(key)
  if (k.text === ':db/id') return id
  const found = find(db, k)
  if (found === null) return null
  const { attribute, reverse } = found
  if (reverse) {
    const owners = ownersOf(db, attribute, id)
    return owners.length === 0 ? null : attribute.isComponent ? (owners[0] ?? null) : owners
  }
  const values = once(valuesOf(db, id, attribute.id)).map((v) => shownValue(db, attribute, v))
  return values.length === 0 ? null : attribute.many ? values : (values[0] ?? null)
}

// A filter that hides a retraction shows the same fact twice, side by side; an entity has sets.
function once<T extends Value>(values: readonly T[]): readonly T[] {
  const isAgain = (v: T, i: number): boolean => i > 0 && equalValues(v, values[i - 1] as T)
  return values.some(isAgain) ? values.filter((v, i) => !isAgain(v, i)) : values
}

function shownValue(db: Db, attribute: Attribute, v: Value): Value {
  return attribute.valueType === 'ref' ? (db.schema.idToIdent.get(v as number) ?? v) : v
}

// ---- reading ----

interface State {
  readonly db: Db
  readonly id: number
  /** Values shown, by the text of the key asked for. */
  readonly shown: Map<string, unknown>
  /** All attributes' values, once they have been asked for. */
  all: Map<number, Value[]> | null
  /** Their names, which are asked for with every key. */
  names: readonly (readonly [number, string])[] | null
  readonly budget: Budget | null
}

function refuseHistory(db: Db): void {
  if (db.view.history) {
    raise(
      ':yore/history-not-allowed',
      'an entity cannot be made from a history: it has no single state',
    )
  }
}

function attributesOf(db: Db, id: number, budget: Budget | null = null): Map<number, Value[]> {
  const out = new Map<number, Value[]>()
  const take = ({ a, v }: { readonly a: number; readonly v: Value }): void => {
    const values = out.get(a)
    if (values === undefined) out.set(a, [v])
    else values.push(v)
  }
  if (budget === null) factsOfEntity(db, id).forEach(take)
  else {
    const c = db.facts.cursor('eavt', rangeOf({ e: id }), db.view)
    while (c.next()) {
      budget.read(1)
      take(c)
    }
  }
  return out
}

function nameOf(db: Db, a: number): Keyword {
  return db.schema.idToIdent.get(a) ?? keyword(String(a))
}

function allOf(state: State): Map<number, Value[]> {
  state.all ??= charged(state, () => attributesOf(state.db, state.id, state.budget))
  return state.all
}

/** Time counts while an entity is read, not between. */
function charged<T>({ budget }: State, body: () => T): T {
  if (budget === null) return body()
  budget.resume()
  try {
    return body()
  } finally {
    budget.pause()
  }
}

function namesOf(state: State): readonly (readonly [number, string])[] {
  return (state.names ??= Array.from(allOf(state).keys(), (a) => [a, nameOf(state.db, a).text]))
}

/** The attribute that a key names, forwards first, else backwards. */
function find(db: Db, k: Keyword): { attribute: Attribute; reverse: boolean } | null {
  const { attributes, identToId } = db.schema
  const forward = attributes.get(identToId.get(k) ?? -1)
  if (forward !== undefined) return { attribute: forward, reverse: false }
  if (!k.name.startsWith('_')) return null
  const name = k.name.slice(1)
  const back = identToId.get(keyword(k.ns === null ? name : `${k.ns}/${name}`))
  const attribute = attributes.get(back ?? -1)
  return attribute?.valueType === 'ref' ? { attribute, reverse: true } : null
}

function ownersOf(
  db: Db,
  attribute: Attribute,
  id: number,
  budget: Budget | null = null,
): readonly number[] {
  return once(referrers(db, attribute.id, id, budget).map(({ e }) => e))
}

function read(state: State, key: string): unknown {
  if (key === ':db/id') return toPublicId(state.id)
  if (state.shown.has(key)) return state.shown.get(key)
  const value = key.length > 1 ? charged(state, () => readFresh(state, keyword(key))) : undefined
  state.shown.set(key, value)
  return value
}

function readFresh(state: State, k: Keyword): unknown {
  const { db, id, budget } = state
  const found = find(db, k)
  if (found === null) return undefined
  const { attribute, reverse } = found
  if (reverse) {
    const owners = ownersOf(db, attribute, id, budget)
    if (owners.length === 0) return undefined
    return attribute.isComponent
      ? makeEntity(db, owners[0] as number, budget)
      : Object.freeze(owners.map((e) => makeEntity(db, e, budget)))
  }
  const values = state.all?.get(attribute.id) ?? valuesOf(db, id, attribute.id, budget)
  const [first] = values
  if (first === undefined) return undefined
  if (!attribute.many) return present(state, attribute, first)
  return Object.freeze(once(values).map((v) => present(state, attribute, v)))
}

function present({ db, budget }: State, attribute: Attribute, v: Value): unknown {
  if (attribute.valueType !== 'ref') return toPublic(v)
  return db.schema.idToIdent.get(v as number)?.text ?? makeEntity(db, v as number, budget)
}

// ---- the object ----

const stateKey: unique symbol = Symbol('entity')
// nested components that are shown in full: bounds depth as well
const plainMax = 500

/** What entities have in common. Never instantiated by itself: each entity is a proxy over one. */
class EntityObject {
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  static stateOf(target: EntityObject): State {
    return target.#state
  }

  /** A plain copy: references as `{':db/id': id}` or ident, components with all they have. */
  toJSON(): unknown {
    return plain(stateOf(this as unknown as Entity), true, new Set())
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return plain(stateOf(this as unknown as Entity), false, new Set())
  }

  get [Symbol.toStringTag](): string {
    return 'Entity'
  }
}

function stateOf(of: Entity): State {
  if (!isEntity(of)) raise(':yore/invalid-argument', 'an entity is expected', {})
  return (of as unknown as { readonly [stateKey]: State })[stateKey]
}

const isName = (key: string | symbol): key is string =>
  typeof key === 'string' && key.charCodeAt(0) === 58

const readOnly = (): never => raise(':yore/invalid-argument', 'an entity is read-only', {})

const handler: ProxyHandler<EntityObject> = {
  get(target, key) {
    if (isName(key)) return read(EntityObject.stateOf(target), key)
    if (key === stateKey) return EntityObject.stateOf(target)
    return Reflect.get(target, key) as unknown
  },
  has(target, key) {
    if (isName(key)) return read(EntityObject.stateOf(target), key) !== undefined
    return Reflect.has(target, key)
  },
  ownKeys(target) {
    const names = namesOf(EntityObject.stateOf(target)).map(([, text]) => text)
    return [':db/id', ...names]
  },
  getOwnPropertyDescriptor(target, key) {
    if (!isName(key)) return undefined
    const state = EntityObject.stateOf(target)
    const own = key === ':db/id' || namesOf(state).some(([, text]) => text === key)
    if (!own) return undefined
    const value = read(state, key)
    return { value, enumerable: key !== ':db/id', configurable: true, writable: false }
  },
  set: readOnly,
  defineProperty: readOnly,
  deleteProperty: readOnly,
  setPrototypeOf: readOnly,
  preventExtensions: readOnly,
}

function makeEntity(db: Db, id: number, budget: Budget | null = null): Entity {
  const target = new EntityObject({ db, id, shown: new Map(), all: null, names: null, budget })
  return new Proxy(target, handler) as unknown as Entity
}

/** An ordinary object of an entity's attributes, each entity in full once. For JSON, bigints become text. */
function plain(state: State, json: boolean, seen: Set<number>): Record<string, unknown> {
  const id = toPublicId(state.id)
  const out: Record<string, unknown> = { ':db/id': json ? jsonable(id) : id }
  if (seen.has(state.id) || seen.size > plainMax) return out
  seen.add(state.id)
  for (const [a, text] of namesOf(state)) {
    const isComponent = state.db.schema.attributes.get(a)?.isComponent === true
    const one = (x: unknown): unknown => {
      if (!isEntity(x)) return json ? jsonable(x) : x
      if (isComponent) return plain(stateOf(x), json, seen)
      return { ':db/id': json ? jsonable(x[':db/id']) : x[':db/id'] }
    }
    const value = read(state, text)
    out[text] = Array.isArray(value) ? (value as readonly unknown[]).map(one) : one(value)
  }
  return out
}

function jsonable(x: unknown): unknown {
  return typeof x === 'bigint' ? x.toString() : x
}
