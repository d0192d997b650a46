/**
 * Raw access to the indexes: `datoms`, `seek`, `rseek`, `index-range`, all of them lazy and through the database's view.
 *
 * (1) Components are entity identifiers where an entity is meant. What does not resolve in E or A: `datoms` finds nothing, `seek`
 *     and `rseek` take it as not given. An unknown A with a V, and an unknown V that must be an entity, are errors.
 * (2) nil at the end is not given; nil in the middle leaves the scan to begin at the prefix before it and to stop at the first datom,
 *     present or past, that does not fit what comes after it (findings-time section 4).
 * (3) Arguments are checked at the call, not at the first step.
 */

import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { compareValues } from '../data/compare.ts'
import type { Value } from '../data/values.ts'
import { Double } from '../data/values.ts'
import { runsIn } from '../indexes/create.ts'
import type { View } from '../indexes/fact-index.ts'
import { componentsOf, orders, rangeOf } from '../indexes/facts/fact.ts'
import type { Datom, Gap, Order, Prefix, Range } from '../indexes/facts/fact.ts'
import { counterOf } from '../indexes/facts/ids.ts'
import type { Reader } from '../indexes/read/reader.ts'
import type { Db } from './db.ts'
import { entid, notAnEntity, requireAttribute, requireEntid, shown } from './lookup.ts'
import { datomsOf } from './read.ts'
import type { Attribute } from './schema.ts'

/** The components that were given, resolved. */
interface Place {
  /** Without a gap: what the index can seek. */
  readonly prefix: Prefix
  /** What stands behind a nil in the middle, to be compared datom by datom. */
  readonly rest: Prefix | null
  /** An entity or attribute that does not resolve. */
  readonly unknown: boolean
}

/** The datoms that have these leading components, in index order. */
export function datoms(db: Db, order: string, components: readonly Value[]): Iterable<Datom> {
  const index = orderOf(order)
  const place = placeOf(db, index, components)
  if (place.unknown) return []
  const { prefix, rest } = place
  const range = rangeOf(prefix)
  return rest === null ? walk(db, index, range) : whileFits(db, index, range, rest)
}

/** The datoms from these components on, to the end of the index. */
export function seekDatoms(db: Db, order: string, components: readonly Value[]): Iterable<Datom> {
  const index = orderOf(order)
  const { prefix } = placeOf(db, index, components)
  return walk(db, index, { low: { prefix, after: false } })
}

/** The datoms from the last one that has these components (or would stand before them) back to the start of the index. */
export function rseekDatoms(db: Db, order: string, components: readonly Value[]): Iterable<Datom> {
  const index = orderOf(order)
  const { prefix } = placeOf(db, index, components)
  return walk(db, index, { high: { prefix, after: true } }, true)
}

/** The AVET datoms of an attribute with start <= v < end; nil is an open end. Bounds are not resolved. */
export function indexRange(db: Db, attr: Value, start: Value, end: Value): Iterable<Datom> {
  const a = requireEntid(db, attr)
  const attribute = db.schema.attributes.get(a)
  if (attribute === undefined) return notIndexed(attr)
  requireAvet(attribute)
  if (start !== null && end !== null && compareValues(start, end) >= 0) return []
  const low: Gap = { prefix: start === null ? { a } : { a, v: start }, after: false }
  const high: Gap =
    end === null ? { prefix: { a }, after: true } : { prefix: { a, v: end }, after: false }
  return walk(db, 'avet', { low, high })
}

/** The attribute must be in AVET. */
export function requireAvet(attribute: Attribute): void {
  if (!attribute.hasAvet) notIndexed(attribute.ident)
}

function notIndexed(attr: Value): never {
  return raise(
    ':db.error/attribute-not-indexed',
    `attribute ${shown(attr)} is not in the AVET index: give it :db/index true or :db/unique`,
    { attribute: attr },
  )
}

const orderNames = new Map<unknown, Order>(orders.map((order) => [order, order]))

/** The index of that name. */
export function orderOf(name: string): Order {
  const found = orderNames.get(name)
  if (found !== undefined) return found
  return raise(
    ':yore/invalid-argument',
    `${told(name)} is no index: they are eavt, aevt, avet and vaet`,
    { index: name },
  )
}

function walk(db: Db, order: Order, range: Range, backwards = false): Iterable<Datom> {
  return new Stretch(db, order, range, backwards)
}

/** The datoms of a range; each iterator walks anew. */
export class Stretch implements Iterable<Datom> {
  readonly #db: Db
  readonly #order: Order
  readonly #range: Range
  readonly #backwards: boolean

  constructor(db: Db, order: Order, range: Range, backwards: boolean) {
    this.#db = db
    this.#order = order
    this.#range = range
    this.#backwards = backwards
  }

  /** The same run by run, where only those are meant that the view sees by their t; null where they have to be asked for one by one. */
  runs(): Reader | null {
    return runsIn(this.#db.facts, this.#order, this.#range, this.view, this.#backwards)
  }

  get view(): View {
    return this.#db.view
  }

  get backwards(): boolean {
    return this.#backwards
  }

  [Symbol.iterator](): IterableIterator<Datom> {
    const { facts, view } = this.#db
    return datomsOf(facts.cursor(this.#order, this.#range, view, this.#backwards))
  }
}

/** The datoms of a range up to the first, present or past, that does not fit. */
function whileFits(db: Db, order: Order, range: Range, rest: Prefix): Iterable<Datom> {
  const past: Db = { ...db, view: { ...db.view, history: true } }
  return {
    *[Symbol.iterator]() {
      const seen = datomsOf(db.facts.cursor(order, range, db.view))
      let next = seen.next()
      for (const datom of walk(past, order, range)) {
        if (next.done === true || !fits(datom, rest)) return
        const { t, added, e } = next.value
        if (datom.t !== t || datom.added !== added || datom.e !== e) continue
        if (datom.a !== next.value.a || compareValues(datom.v, next.value.v) !== 0) continue
        yield next.value
        next = seen.next()
      }
    },
  }
}

function fits(datom: Datom, rest: Prefix): boolean {
  return (
    (rest.e === undefined || datom.e === rest.e) &&
    (rest.a === undefined || datom.a === rest.a) &&
    (rest.v === undefined || compareValues(datom.v, rest.v) === 0) &&
    (rest.t === undefined || datom.t === rest.t)
  )
}

type ComponentName = 'e' | 'a' | 'v' | 't'
type Resolved = Record<ComponentName, Value | undefined>

function placeOf(db: Db, order: Order, given: readonly Value[]): Place {
  const names = componentsOf[order]
  const c: Record<ComponentName, Value> = { e: null, a: null, v: null, t: null }
  for (let i = 0; i < names.length && i < given.length; i++) {
    c[names[i] as ComponentName] = given[i] as Value
  }
  const { e, a, v, t } = c
  // an attribute has to be known as soon as there is a value (except in VAET)
  const attribute = a === null ? undefined : attributeFor(db, order, a, v)
  if (order === 'avet' && attribute !== undefined) requireAvet(attribute)
  return split(names, {
    e: e === null ? undefined : entid(db, e),
    a: a === null ? undefined : (attribute?.id ?? entid(db, a)),
    v: v === null ? undefined : valueFor(db, order, attribute, v),
    t: t === null ? undefined : tOf(t),
  })
}

function attributeFor(db: Db, order: Order, a: Value, v: Value): Attribute | undefined {
  if (v !== null && order !== 'vaet') return requireAttribute(db, a)
  const id = entid(db, a)
  return id === null ? undefined : db.schema.attributes.get(id)
}

function valueFor(db: Db, order: Order, attribute: Attribute | undefined, v: Value): Value {
  const isRef = attribute === undefined ? order === 'vaet' : attribute.valueType === 'ref'
  if (!isRef && order !== 'vaet') return v
  return entid(db, v) ?? notAnEntity(db, v)
}

function tOf(t: Value): number {
  const x = t instanceof Double ? t.value : typeof t === 'bigint' ? Number(t) : t
  if (typeof x !== 'number') {
    return raise(':yore/invalid-time-point', 'the fourth component is a t or a transaction id', {
      point: t,
    })
  }
  return x < 0 || !Number.isFinite(x) ? -1 : counterOf(Math.trunc(x))
}

/** Parts what the index can seek from what comes after a missing component. */
function split(names: readonly ComponentName[], resolved: Resolved): Place {
  // all keys from the start: objects of one shape, for these are made at every look-up
  const prefix: Resolved = { e: undefined, a: undefined, v: undefined, t: undefined }
  let rest: Resolved | null = null
  let open = false
  let unknown = false
  for (const name of names) {
    const x = resolved[name]
    if (x === null) unknown = true
    if (x === undefined || x === null) open = true
    else if (open) (rest ??= { e: undefined, a: undefined, v: undefined, t: undefined })[name] = x
    else prefix[name] = x
  }
  return { prefix: prefix as Prefix, rest: rest as Prefix | null, unknown }
}
