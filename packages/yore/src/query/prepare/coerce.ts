/**
 * Values on their way into a pattern: entity identifiers to ids, values of an attribute to the kind that it has.
 *
 * (1) The variable keeps the value it was given; what these functions give is only what the index is asked (findings-query, QR-21).
 * (2) A value that can never match gives `noMatch` (or NaN in a column of ids); one that the original refuses is an error.
 * (3) `loose` values come from a program, where a uuid is a string and 3 may mean 3.0.
 */

import { newFloats } from '../../base/arrays.ts'
import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import { Double, Float, Instant, Keyword, Opaque, Sym, Uri, Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { entid, fitIdentifier, fitValue, keywordOf, notAnEntity } from '../../db/lookup.ts'
import type { Attribute } from '../../db/schema.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { show } from '../parse/form.ts'
import { cell, domainOf, joinKey } from '../columns/relation.ts'
import type { Domain } from '../columns/relation.ts'

/** Stands for a value that nothing equals. */
export const noMatch: Value = new Opaque('none', Symbol('none'))

/** The id of an entity identifier in a pattern; what does not resolve is an error, as in the original. */
export function entityId(db: Db, x: Value, loose: boolean): number {
  if (typeof x === 'number' && Number.isInteger(x)) return x
  if (x === null) return NaN
  return entid(db, loose ? fitIdentifier(db, x) : x) ?? notAnEntity(db, x)
}

/** A column of entity identifiers as ids; NaN where there is none. */
export function entityIds(db: Db, c: Column, loose: boolean): Float64Array {
  if (domainOf(c) === 'id') return c.data as Float64Array
  const n = c.data.length
  const out = newFloats(n)
  const seen = new Map<unknown, number>()
  for (let i = 0; i < n; i++) {
    const v = cell(c, i)
    if (typeof v === 'number' && Number.isInteger(v)) {
      out[i] = v
      continue
    }
    const key = joinKey(v)
    let id = seen.get(key)
    if (id === undefined) seen.set(key, (id = entityId(db, v, loose)))
    out[i] = id
  }
  return out
}

/** How values are taken: from a program's data (`loose`); names resolved or compared as they are (`resolve`). */
export interface Taking {
  readonly loose: boolean
  readonly resolve: boolean
}

/** A value for the V position of an attribute, or `noMatch`. */
export function valueFor(db: Db, attribute: Attribute, value: Value, how: Taking): Value {
  const v = how.loose ? fitValue(db, attribute, value) : value
  if (v === null) return noMatch
  switch (attribute.valueType) {
    case 'ref':
      if (how.resolve) return entityId(db, v, how.loose)
      return typeof v === 'number' && Number.isInteger(v) ? v : noMatch
    case 'keyword':
      if (how.resolve) return keywordFor(v)
      return v instanceof Keyword ? v : noMatch
    case 'long':
    case 'bigint':
      return wholeNumber(v)
    default:
      return isOfType(attribute, v) ? v : noMatch
  }
}

function keywordFor(v: Value): Value {
  if (v instanceof Keyword) return v
  if (v instanceof Sym || typeof v === 'string') return keywordOf(v)
  return raise(':db.error/not-a-keyword', `${show(v)} cannot be taken for a keyword`, { value: v })
}

function wholeNumber(v: Value): Value {
  if (typeof v === 'number') return Number.isInteger(v) ? v : noMatch
  if (typeof v !== 'bigint') return noMatch
  return v >= -0x1fffffffffffffn && v <= 0x1fffffffffffffn ? Number(v) : v
}

function isOfType(attribute: Attribute, v: Value): boolean {
  switch (attribute.valueType) {
    case 'string':
      return typeof v === 'string'
    case 'boolean':
      return typeof v === 'boolean'
    case 'double':
      return v instanceof Double || (typeof v === 'number' && !Number.isInteger(v))
    case 'float':
      return v instanceof Float
    case 'bigdec':
      return v instanceof BigDecimal
    case 'instant':
      return v instanceof Instant
    case 'uuid':
      return v instanceof Uuid
    case 'uri':
      return v instanceof Uri
    case 'symbol':
      return v instanceof Sym
    case 'tuple':
      return Array.isArray(v)
    case 'bytes':
      // found by content, then compared by identity: only what came out of the index matches, and only its own fact
      return v instanceof Uint8Array
    default:
      // functions have no values
      return false
  }
}

const naturalDomains: Partial<Record<Attribute['valueType'], Domain>> = {
  ref: 'id',
  long: 'id',
  instant: 'instant',
  double: 'double',
  float: 'float',
}

const numeric: ReadonlySet<string> = new Set(['ref', 'long', 'double', 'float', 'bigint', 'bigdec'])

/** Could one of these cells be a value of the attribute? */
export function mayFit({ valueType }: Attribute, c: Column): boolean {
  const domain = domainOf(c)
  if (domain === 'value') return true
  return domain === 'instant' ? valueType === domain : numeric.has(valueType)
}

/** A column of values for the V position of an attribute: cells that cannot match are `noMatch` or NaN. */
export function valuesFor(db: Db, attribute: Attribute, c: Column, how: Taking): Column {
  const domain = domainOf(c)
  if (domain !== 'value' && domain === naturalDomains[attribute.valueType]) return c
  const n = c.data.length
  if (attribute.valueType === 'ref') {
    if (how.resolve) return { kind: 'number', type: 'ref', data: entityIds(db, c, how.loose) }
    const data = newFloats(n)
    for (let i = 0; i < n; i++) {
      const v = cell(c, i)
      data[i] = typeof v === 'number' && Number.isInteger(v) ? v : NaN
    }
    return { kind: 'number', type: 'ref', data }
  }
  if (attribute.valueType === 'string' && areTexts(c)) return c
  const data: Value[] = []
  for (let i = 0; i < n; i++) data.push(valueFor(db, attribute, cell(c, i), how))
  return { kind: 'value', data }
}

function areTexts(c: Column): boolean {
  const data = c.kind === 'value' && c.coded !== undefined ? c.coded.table : c.data
  for (let i = 0; i < data.length; i++) if (typeof data[i] !== 'string') return false
  return true
}

/** Must what the index finds for a value be compared again, because it orders alike what is not equal? */
export function needsEquality({ valueType: type }: Attribute, value: Value = null): boolean {
  return type === 'bigdec' || type === 'tuple' || type === 'bytes' || zeroOf(value) !== null
}

/** 0.0 or -0.0, which as constants find only themselves. */
export function zeroOf(v: Value): number | null {
  return (v instanceof Double || v instanceof Float) && v.value === 0 ? v.value : null
}
