/**
 * Values against the types of their attributes.
 *
 * Exact data convert as in the original and no further: a double to a float, a symbol or text with a colon to a keyword. Data from a
 * program ('js') may also give a whole number for a double or float, a safe bigint for a long, and text for a uuid, uri or symbol,
 * since JavaScript has no other way to write them. Nothing is ever bent: 1.5 is no long, 3 is no bigint, 'x' is no uuid.
 *
 * (1) What `coerced` gives is of the attribute's type exactly as the index keeps it.
 * (2) `orderKey(a) === orderKey(b)` (as Map keys) exactly when compareValues(a, b) === 0, for values of one attribute.
 */

import { raise } from '../base/errors.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { compareValues } from '../data/compare.ts'
import { ValueMap, ValueSet } from '../data/equal.ts'
import {
  Double,
  Float,
  Instant,
  Keyword,
  List,
  Opaque,
  Sym,
  Tagged,
  Uri,
  Uuid,
  symbol,
} from '../data/values.ts'
import type { Value, ValueType } from '../data/values.ts'
import { fitType, keywordOf } from '../db/lookup.ts'
import type { Attribute } from '../db/schema.ts'
import { isId } from '../indexes/facts/ids.ts'
import { shown } from './problems.ts'

export type Strictness = 'exact' | 'js'

const longMin = -(2n ** 63n)
const longMax = 2n ** 63n - 1n
const tupleMin = 2
const tupleMax = 8
const tupleTextMax = 256

/** A value as the attribute stores it. Not for references and tuples, which may hold tempids (resolve.ts). */
export function coerced(attribute: Attribute, v: Value, strictness: Strictness): Value {
  const given = strictness === 'js' ? fitted(attribute, v) : v
  const value = valueOfType(attribute.valueType, given)
  if (value !== undefined) return value
  if (v === null) return noNil(attribute)
  if (attribute.valueType === 'keyword' && typeof v === 'string') return keywordOf(v)
  return wrongType(attribute, v)
}

/** Refuses nil as a value. */
export function noNil(attribute: Attribute): never {
  return raise(
    ':db.error/nil-value',
    `nil is no value of ${attribute.ident.text}; to clear it, retract [:db/retract entity ${attribute.ident.text}]`,
    { attribute: attribute.ident.text },
  )
}

/** Refuses a value of another type. */
export function wrongType(attribute: Attribute, v: Value | undefined): never {
  return raise(
    ':db.error/wrong-type-for-attribute',
    `${shown(v)} is no ${attribute.valueType}, which ${attribute.ident.text} has as its type`,
    { attribute: attribute.ident.text, type: attribute.valueType, value: v },
  )
}

function fitted(attribute: Attribute, v: Value): Value {
  if (typeof v === 'bigint' && attribute.valueType === 'long') return narrowed(v)
  return typeof v === 'string' || typeof v === 'number' ? fitType(attribute.valueType, v) : v
}

const narrowed = (v: bigint): Value =>
  v >= BigInt(Number.MIN_SAFE_INTEGER) && v <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(v) : v

/** The value as the type stores it, or undefined if it is none of that type. */
function valueOfType(type: ValueType, v: Value): Value | undefined {
  switch (type) {
    case 'string':
      return typeof v === 'string' ? v : undefined
    case 'long':
      return isLong(v) ? (v === 0 ? 0 : v) : undefined
    case 'boolean':
      return typeof v === 'boolean' ? v : undefined
    case 'keyword':
      return keywordFrom(v)
    case 'instant':
      return v instanceof Instant && Number.isFinite(v.ms) ? v : undefined
    case 'double':
      return isDouble(v) ? v : undefined
    case 'uuid':
      return v instanceof Uuid ? v : undefined
    case 'float':
      return floatFrom(v)
    case 'bigint':
      return typeof v === 'bigint' ? v : undefined
    case 'bigdec':
      return v instanceof BigDecimal ? v : undefined
    case 'uri':
      return v instanceof Uri ? v : undefined
    case 'symbol':
      return v instanceof Sym ? v : undefined
    case 'bytes':
      return v instanceof Uint8Array ? v : undefined
    case 'ref':
      return isId(v) ? v : undefined
    case 'fn':
      return v instanceof Tagged || (v instanceof Opaque && v.kind !== 'db') ? v : undefined
    case 'tuple':
      return undefined
  }
}

// Beyond 2^53 a long is a bigint; within, a bigint is a value of another type.
function isLong(v: Value): boolean {
  if (typeof v === 'number') return Number.isSafeInteger(v)
  return typeof v === 'bigint' && v >= longMin && v <= longMax && !Number.isSafeInteger(Number(v))
}

const isDouble = (v: Value): boolean =>
  typeof v === 'number' ? !Number.isInteger(v) : v instanceof Double

function floatFrom(v: Value): Value | undefined {
  if (v instanceof Float) return v
  if (v instanceof Double) return new Float(v.value)
  return typeof v === 'number' && !Number.isInteger(v) ? new Float(v) : undefined
}

function keywordFrom(v: Value): Value | undefined {
  if (v instanceof Keyword) return v
  if (v instanceof Sym) return keywordOf(v)
  return typeof v === 'string' && v.charCodeAt(0) === 58 && v.length > 1 ? keywordOf(v) : undefined
}

// ---- tuples ----

/** What the slots of a written tuple hold: one type each, or one for all. */
export function slotTypes({ tupleTypes, tupleType }: Attribute): readonly ValueType[] | ValueType {
  return tupleTypes ?? tupleType ?? 'string'
}

/** A composite tuple as the data give it, to upsert by: the right number of scalars, of whatever type. */
export function compositeSlots(attribute: Attribute, length: number, given: Value): Value {
  if (given === null) return noNil(attribute)
  if (!Array.isArray(given) || given instanceof List) return invalidTuple(attribute, given)
  const slots = given as readonly Value[]
  return slots.length === length && slots.every(isScalar) ? given : invalidTuple(attribute, given)
}

const isScalar = (x: Value): boolean =>
  !(Array.isArray(x) || x instanceof ValueMap || x instanceof ValueSet)

/**
 * The slots of a tuple value, each nil, of its type, or for a reference whatever `reference` makes of it. `given` is as the
 * program gave it.
 */
export function tupleSlots<T>(
  attribute: Attribute,
  types: readonly ValueType[] | ValueType,
  given: Value,
  strictness: Strictness,
  reference: (slot: Value) => T,
): (Value | T)[] {
  if (given === null) return noNil(attribute)
  if (!Array.isArray(given) || given instanceof List) return invalidTuple(attribute, given)
  const slots = given as readonly Value[]
  const right =
    typeof types === 'string'
      ? slots.length >= tupleMin && slots.length <= tupleMax
      : slots.length === types.length
  if (!right) return invalidTuple(attribute, given)
  const out: (Value | T)[] = []
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? null
    const type = typeof types === 'string' ? types : (types[i] as ValueType)
    if (slot === null) out.push(null)
    else if (type === 'ref') out.push(reference(slot))
    else out.push(slotValue(attribute, type, slot, strictness, given))
  }
  return out
}

function slotValue(
  attribute: Attribute,
  type: ValueType,
  slot: Value,
  strictness: Strictness,
  given: Value,
): Value {
  const value = strictness === 'js' ? fittedSlot(type, slot) : slot
  const same = type === 'keyword' ? value instanceof Keyword : valueOfType(type, value) === value
  if (!same || (typeof value === 'string' && value.length > tupleTextMax)) {
    return invalidTuple(attribute, given)
  }
  return value
}

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function fittedSlot(type: ValueType, v: Value): Value {
  if (typeof v === 'bigint' && type === 'long') return narrowed(v)
  if (typeof v === 'number' && type === 'double' && Number.isInteger(v)) return new Double(v)
  if (typeof v !== 'string') return v
  if (type === 'keyword') return keywordFrom(v) ?? v
  if (type === 'uuid') return uuidText.test(v) ? new Uuid(v.toLowerCase()) : v
  if (type === 'uri') return new Uri(v)
  return type === 'symbol' && v !== '' ? symbol(v) : v
}

/** Refuses a tuple of the wrong length or with a slot of the wrong type. */
export function invalidTuple(attribute: Attribute, v: Value): never {
  const { tupleAttrs, tupleTypes, tupleType } = attribute
  const want =
    tupleAttrs !== null
      ? `${tupleAttrs.length} slots, of its members' types`
      : tupleTypes !== null
        ? `the slots [${tupleTypes.join(' ')}]`
        : `${tupleMin} to ${tupleMax} slots of the type ${tupleType ?? 'string'}`
  return raise(
    ':db.error/invalid-tuple-value',
    `${shown(v)} does not fit ${attribute.ident.text}: a vector with ${want} is wanted, strings of at most ${tupleTextMax} characters`,
    { attribute: attribute.ident.text, value: v },
  )
}

// ---- equality ----

/** One value for redundancy: equal in order, and a bigdec with the same scale. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string') return false
  return compareValues(a, b) === 0 && sameScale(a, b)
}

// within a tuple the scale does not count
function sameScale(a: Value, b: Value): boolean {
  return !(a instanceof BigDecimal && b instanceof BigDecimal) || a.scale === b.scale
}

/** NaN, which the original takes for equal to any value that it stands in the way of. */
export function isNaNValue(v: Value): boolean {
  return (typeof v === 'number' && Number.isNaN(v)) || (v instanceof Float && Number.isNaN(v.value))
}

/** A Map key for a value of one attribute: the same for values that are equal in order. */
export function orderKey(v: Value): unknown {
  if (typeof v === 'string' || typeof v === 'number' || v instanceof Keyword) return v
  if (v === null || typeof v !== 'object' || v instanceof Sym) return v
  if (v instanceof Uuid) return v.text
  if (v instanceof Instant) return v.ms
  if (v instanceof Double || v instanceof Float) return v.value
  if (v instanceof Uri) return uriKey(v.text)
  if (v instanceof BigDecimal) return decimalKey(v)
  if (v instanceof Uint8Array) return Array.from(v).join()
  if (Array.isArray(v)) return (v as readonly Value[]).map(slotKey).join('\0')
  return v
}

// Tuples keep their slots apart by a letter for the kind and by the length of text.
function slotKey(v: Value): string {
  if (v === null) return '_'
  if (typeof v === 'string') return `s${v.length}:${v}`
  if (v instanceof Keyword || v instanceof Sym) return `k${v.text}`
  const key = orderKey(v)
  return `${typeof v}${Object.is(key, -0) ? 0 : String(key)}`
}

function uriKey(text: string): string {
  const m = /^([a-zA-Z][a-zA-Z0-9+.-]*:)?(\/\/[^/?#]*)?/.exec(text)
  const head = m?.[0] ?? ''
  return head.toLowerCase() + text.slice(head.length)
}

function decimalKey(v: BigDecimal): string {
  const digits = v.unscaled.toString()
  let end = digits.length
  while (end > 1 && digits.charCodeAt(end - 1) === 48) end--
  return end === 1 && digits === '0'
    ? '0'
    : `${digits.slice(0, end)}/${v.scale - (digits.length - end)}`
}

/** The old value of a :db/cas from a program, in the form in which the attribute would store it. */
export function fitForCompare(attribute: Attribute, v: Value): Value {
  return v === null ? v : fitted(attribute, v)
}
