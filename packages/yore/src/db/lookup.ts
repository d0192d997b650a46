/**
 * Names to entities: entity identifiers (ids, idents, lookup refs), attributes, and what to say when there is no such thing.
 *
 * (1) Idents and attribute names are those of the basis, whatever the view; lookup refs are looked up through the view, except
 *     `[:db/ident k]`, which asks the names too (findings-time section 2).
 * (2) On a history view a lookup ref is the entity of the first AVET datom that ever had the value.
 * (3) The value of a lookup ref is not coerced: it must be of the attribute's kind (longs and bigints are one kind, doubles and
 *     floats another; the scale of a bigdec does not count).
 */

import { BigDecimal } from '../data/big-decimal.ts'
import { Double, Float, Instant, Keyword, Sym, Uri, Uuid, keyword, symbol } from '../data/values.ts'
import type { Value, ValueType } from '../data/values.ts'
import { raise } from '../base/errors.ts'
import { fromPublicId } from '../indexes/facts/ids.ts'
import type { Db } from './db.ts'
import { boot } from './schema.ts'
import type { Attribute } from './schema.ts'
import { firstWithValue } from './single.ts'

const lookupDepthMax = 20

/**
 * The id that an entity identifier means: a number (itself, whether it has datoms or not), a keyword, its text or symbol, a lookup
 * ref. Null for what does not resolve and for what is no identifier.
 */
export function entid(db: Db, x: Value): number | null {
  return resolve(db, x, 0)
}

function resolve(db: Db, x: Value, depth: number): number | null {
  if (typeof x === 'number') return Number.isInteger(x) ? x : null
  if (x instanceof Keyword) return db.schema.identToId.get(x) ?? null
  if (typeof x === 'bigint') return idOfBigint(x)
  if (typeof x === 'string' || x instanceof Sym) {
    return db.schema.identToId.get(keywordOf(x)) ?? null
  }
  return Array.isArray(x) ? lookup(db, x as readonly Value[], depth) : null
}

// Beyond every id that there can be: past the end of each index.
function idOfBigint(x: bigint): number {
  return x >= 1n << 62n ? Infinity : fromPublicId(x)
}

/** The keyword that a keyword, a symbol or a text with a leading colon means. */
export function keywordOf(x: Keyword | Sym | string): Keyword {
  if (x instanceof Keyword) return x
  if (x instanceof Sym) return keyword(x.text)
  if (x.charCodeAt(0) !== 58 || x.length < 2) {
    raise(
      ':db.error/not-a-keyword',
      `'${x.slice(0, 80)}' is no name: a keyword written as text begins with a colon`,
      { value: x },
    )
  }
  return keyword(x)
}

function lookup(db: Db, ref: readonly Value[], depth: number): number | null {
  const [name, value] = ref
  if (ref.length !== 2 || name === undefined || value === undefined || depth > lookupDepthMax) {
    raise(
      ':db.error/invalid-lookup-ref',
      'a lookup ref has two parts, a unique attribute and a value',
      { ref },
    )
  }
  const attribute = requireAt(db, name, depth + 1)
  if (attribute.unique === null) {
    raise(
      ':db.error/lookup-ref-attr-not-unique',
      `${attribute.ident.text} is not unique, so its values cannot stand for an entity`,
      { attribute: attribute.ident.text, value },
    )
  }
  if (value === null) return null
  if (attribute.id === boot.ident) {
    if (value instanceof Keyword || value instanceof Sym || typeof value === 'string') {
      return db.schema.identToId.get(keywordOf(value)) ?? null
    }
    return null
  }
  const first = firstWithValue(db, attribute.id, value)
  return first !== undefined && sameKind(first.v, value) ? first.e : null
}

/** Are two values that compare as equal of one kind, so that one may be looked up by the other? */
function sameKind(x: Value, y: Value): boolean {
  if (Array.isArray(x) && Array.isArray(y)) {
    return x.every((slot: Value, i) => sameKind(slot, (y as readonly Value[])[i] ?? null))
  }
  return numberKind(x) === numberKind(y)
}

function numberKind(x: Value): number {
  if (typeof x === 'bigint') return 1
  if (typeof x === 'number') return Number.isInteger(x) ? 1 : 2
  if (x instanceof Double || x instanceof Float) return 2
  return x instanceof BigDecimal ? 3 : 0
}

/**
 * The identifier with the value of its lookup ref, if it is one, made fit for the attribute: the text of a uuid, uri, keyword or
 * symbol becomes one, a whole number a double. For identifiers that come from a program, where a uuid is a string.
 */
export function fitIdentifier(db: Db, x: Value): Value {
  if (!Array.isArray(x) || x.length !== 2) return x
  const [name, value] = x as readonly Value[]
  if (typeof name !== 'string' && !(name instanceof Keyword)) return x
  if (typeof name === 'string' && !name.startsWith(':')) return x
  const attribute = attributeOf(db, name)
  return attribute === null || value === undefined
    ? x
    : [attribute.ident, fitValue(db, attribute, value)]
}

/** A value that a program gave, made fit for the attribute if only its JavaScript form differs; else as it is. */
export function fitValue(db: Db, attribute: Attribute, value: Value): Value {
  if (attribute.valueType !== 'tuple' || !Array.isArray(value)) {
    return fitType(attribute.valueType, value)
  }
  const slots = value as readonly Value[]
  const { tupleAttrs, tupleType, tupleTypes } = attribute
  return slots.map((slot, i) => {
    const member = tupleAttrs?.[i]
    const type =
      member === undefined
        ? (tupleType ?? tupleTypes?.[i])
        : db.schema.attributes.get(member)?.valueType
    return type === undefined ? slot : fitType(type, slot)
  })
}

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** A value that a program gave, made fit for a type other than tuples. */
export function fitType(type: ValueType, v: Value): Value {
  if (typeof v === 'string') {
    if (type === 'uuid') return uuidText.test(v) ? new Uuid(v.toLowerCase()) : v
    if (type === 'uri') return new Uri(v)
    if (type === 'keyword') return v.length > 1 && v.startsWith(':') ? keyword(v) : v
    return type === 'symbol' ? symbol(v) : v
  }
  if (typeof v === 'number') {
    if (type === 'double') return Number.isInteger(v) ? new Double(v) : v
    if (type === 'float') return new Float(v)
    if (type === 'instant') return v
  }
  return v
}

/** The name of an entity: the last one that it was given. */
export function identOf(db: Db, id: number): Keyword | null {
  return db.schema.idToIdent.get(id) ?? null
}

/** What `ident` answers: an id's name or nil; whatever is no number as it is. */
export function ident(db: Db, x: Value): Value {
  if (typeof x === 'number' || typeof x === 'bigint' || x instanceof Double || x instanceof Float) {
    const id = entid(db, x)
    return id === null ? null : identOf(db, id)
  }
  return x
}

/** The attribute that an identifier means, or null for anything that is none. */
export function attributeOf(db: Db, x: Value): Attribute | null {
  const id = entid(db, x)
  return id === null ? null : (db.schema.attributes.get(id) ?? null)
}

/** The attribute that an identifier means; refuses what does not resolve and what is no attribute. */
export function requireAttribute(db: Db, x: Value): Attribute {
  return requireAt(db, x, 0)
}

function requireAt(db: Db, x: Value, depth: number): Attribute {
  const id = resolve(db, x, depth)
  if (id === null) return notAnEntity(db, x)
  const attribute = db.schema.attributes.get(id)
  if (attribute !== undefined) return attribute
  return raise(':db.error/not-an-attribute', `${shown(x)} is not an attribute`, { entity: x })
}

/** The id of an identifier; refuses what does not resolve. */
export function requireEntid(db: Db, x: Value): number {
  return entid(db, x) ?? notAnEntity(db, x)
}

/** Refuses an identifier that does not resolve; names the nearest known name. */
export function notAnEntity(db: Db, x: Value): never {
  const near = x instanceof Keyword ? nearestName(db, x) : null
  return raise(
    ':db.error/not-an-entity',
    `${shown(x)} is no entity of this database${near === null ? '' : `; did you mean ${near.text}?`}`,
    near === null ? { entity: x } : { entity: x, nearest: near.text },
  )
}

/** An identifier for a message, cut short in length and depth. */
export function shown(x: Value, depth = 0): string {
  if (x instanceof Keyword || x instanceof Sym) return x.text.slice(0, 80)
  if (Array.isArray(x)) {
    const items = depth > 2 ? [] : (x as readonly Value[]).slice(0, 4)
    return `[${items.map((item) => shown(item, depth + 1)).join(' ')}]`
  }
  if (typeof x === 'string') return JSON.stringify(x.slice(0, 80))
  if (x === null) return 'nil'
  if (x instanceof Uuid || x instanceof Uri) return x.text.slice(0, 80)
  if (x instanceof Instant) return Number.isFinite(x.ms) ? x.toJSON() : 'an instant'
  return typeof x === 'object' ? 'a value of another kind' : String(x)
}

const candidatesMax = 10_000
const distanceMax = 3

/** The known name that is written most like this one, if any is near. */
export function nearestName(db: Db, k: Keyword): Keyword | null {
  let best: Keyword | null = null
  let bestDistance = Math.min(distanceMax, Math.floor(k.text.length / 3)) + 1
  let left = candidatesMax
  for (const known of db.schema.identToId.keys()) {
    if (left-- <= 0) break
    const d = distance(k.text, known.text, bestDistance)
    if (d < bestDistance) {
      best = known
      bestDistance = d
    }
  }
  return best
}

/** How many letters differ (insert, delete, replace), or `bound` if it is that or more. */
function distance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) >= bound || a.length > 200) return bound
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1
      const d = Math.min(
        (row[j - 1] as number) + same,
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
      )
      next.push(d)
      if (d < least) least = d
    }
    if (least >= bound) return bound
    row = next
  }
  return Math.min(bound, row[b.length] as number)
}
