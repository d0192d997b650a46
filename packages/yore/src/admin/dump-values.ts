/**
 * Values in a dump, as EDN and as JSON: exact, for every value that a datom can have.
 *
 * EDN is what `printEdn` writes, but for two things that EDN text cannot tell from others: `#yore/id 123` is the id of an entity beyond
 * 2^53, and `#yore/instant 1.0E30` a moment that no date has. In JSON strings, booleans, null, arrays and numbers are themselves
 * (a whole number is a long, another a double); all else is an object with one key that names its type.
 *
 * (1) What is read is what was written, to the last bit.
 */

import { raise } from '../base/errors.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { printEdn } from '../data/edn/print.ts'
import { readEdn } from '../data/edn/read.ts'
import { fromPublicId, isWideId, toPublicId } from '../data/entity-id.ts'
import {
  Double,
  Float,
  Instant,
  Keyword,
  List,
  Sym,
  Tagged,
  Uri,
  Uuid,
  double,
  keyword,
  list,
  symbol,
} from '../data/values.ts'
import type { Value } from '../data/values.ts'

const idTag = 'yore/id'
const instantTag = 'yore/instant'
/** The greatest distance from 1970 that a date can have, in milliseconds. */
const dateMax = 8.64e15
const depthMax = 100

/** What is no value of a dump. */
export function badValue(what: string): never {
  return raise(':yore/invalid-dump', `${what} is no value of a dump`)
}

// ---- EDN ----

/** The value as EDN text. */
export function ednOfValue(v: Value): string {
  return printEdn(isSimple(v) ? v : forEdn(v, 0))
}

function isSimple(v: Value): boolean {
  if (typeof v === 'number') return !isWideId(v)
  return typeof v !== 'object' || (v instanceof Keyword && !endsLines(v.text))
}

/** Is there a character that readers of lines may take for an end? In strings they are escaped, names have to be in one. */
const endsLines = (text: string): boolean => /[\u0085\u2028\u2029]/.test(text)

/** With tags where EDN would lose something. */
function forEdn(v: Value, depth: number): Value {
  if (typeof v === 'number') {
    return isWideId(v) ? new Tagged(symbol(idTag), BigInt(toPublicId(v))) : v
  }
  if (v instanceof Instant && !isDate(v)) return new Tagged(symbol(instantTag), double(v.ms))
  if ((v instanceof Keyword || v instanceof Sym) && endsLines(v.text)) {
    return v instanceof Keyword
      ? new Tagged(symbol('keyword'), v.text.slice(1))
      : new Tagged(symbol('symbol'), v.text)
  }
  if (!Array.isArray(v)) return v
  if (depth >= depthMax) badValue('what is nested so deeply')
  const items = (v as readonly Value[]).map((x) => forEdn(x, depth + 1))
  return v instanceof List ? list(items) : items
}

const isDate = ({ ms }: Instant): boolean => Number.isInteger(ms) && Math.abs(ms) <= dateMax

/** What the tags of a dump mean, for `readEdn`. */
export const dumpTags: ReadonlyMap<string, (v: Value) => Value> = new Map<
  string,
  (v: Value) => Value
>([
  [idTag, wideId],
  [instantTag, (v) => new Instant(numberIn(v))],
])

function wideId(v: Value): number {
  const id = typeof v === 'bigint' || typeof v === 'number' ? fromPublicId(v) : -1
  return id >= 0 ? id : badValue('what stands behind #yore/id')
}

function numberIn(v: Value): number {
  if (v instanceof Double) return v.value
  return typeof v === 'number' ? v : badValue('what stands behind #yore/instant')
}

// ---- JSON ----

/** What JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [k: string]: Json }

/** The value as JSON. */
export function jsonOfValue(v: Value, depth = 0): Json {
  switch (typeof v) {
    case 'string':
    case 'boolean':
      return v
    case 'number':
      return jsonOfNumber(v)
    case 'bigint':
      return { bigint: `${v}` }
    default:
      return v === null ? null : jsonOfObject(v, depth)
  }
}

function jsonOfNumber(x: number): Json {
  if (isWideId(x)) return { id: `${toPublicId(x)}` }
  return Number.isFinite(x) ? x : { double: `${x}` }
}

function jsonOfObject(
  v: Exclude<Value, string | boolean | number | bigint | null>,
  depth: number,
): Json {
  if (v instanceof Keyword) return { keyword: v.text }
  if (v instanceof Instant) return { instant: isDate(v) ? new Date(v.ms).toISOString() : v.ms }
  if (v instanceof Uuid) return { uuid: v.text }
  if (v instanceof Double) return { double: textOrNumber(v.value) }
  if (v instanceof Float) return { float: textOrNumber(v.value) }
  if (v instanceof BigDecimal) return { bigdec: v.toString() }
  if (v instanceof Uri) return { uri: v.text }
  if (v instanceof Sym) return { symbol: v.text }
  if (v instanceof Uint8Array) return { bytes: hexOf(v) }
  // database functions: maps of whatever EDN has
  if (v instanceof Tagged) return { edn: ednOfValue(v) }
  if (!Array.isArray(v) || depth >= depthMax) return badValue(`a ${typeof v}`)
  const items = (v as readonly Value[]).map((x) => jsonOfValue(x, depth + 1))
  return v instanceof List ? { list: items } : items
}

// what JSON has no number for
const textOrNumber = (x: number): Json =>
  Object.is(x, -0) ? '-0' : Number.isFinite(x) ? x : `${x}`

function hexOf(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) out += b.toString(16).padStart(2, '0')
  return out
}

/** The value that `jsonOfValue` wrote. */
export function valueOfJson(x: unknown, depth = 0): Value {
  switch (typeof x) {
    case 'string':
    case 'boolean':
      return x
    case 'number':
      return Number.isSafeInteger(x) || !Number.isInteger(x) ? x : badValue(`the number ${x}`)
    case 'object':
      break
    default:
      return badValue(`a ${typeof x}`)
  }
  if (x === null) return null
  if (depth >= depthMax) return badValue('what is nested so deeply')
  if (Array.isArray(x)) return x.map((item) => valueOfJson(item, depth + 1))
  const entries = Object.entries(x)
  const [entry] = entries
  if (entry === undefined || entries.length > 1) return badValue('an object without one key')
  return valueOfType(entry[0], entry[1], depth)
}

function valueOfType(type: string, x: unknown, depth: number): Value {
  switch (type) {
    case 'keyword':
      return keyword(textIn(x))
    case 'symbol':
      return symbol(textIn(x))
    case 'uuid':
      return new Uuid(textIn(x))
    case 'uri':
      return new Uri(textIn(x))
    case 'instant':
      return new Instant(typeof x === 'number' ? x : msOf(textIn(x)))
    case 'double':
      return double(numberOf(x))
    case 'float':
      return new Float(numberOf(x))
    case 'bigint':
      return bigintIn(x)
    case 'bigdec':
      return decimalIn(x)
    case 'bytes':
      return bytesIn(x)
    case 'id':
      return wideId(bigintIn(x))
    case 'list':
      return Array.isArray(x) ? list(x.map((y) => valueOfJson(y, depth + 1))) : badValue('a list')
    case 'edn':
      return readEdn(textIn(x), { tags: dumpTags })
    default:
      return badValue(`a '${type.slice(0, 40)}'`)
  }
}

const textIn = (x: unknown): string => (typeof x === 'string' ? x : badValue('what is no text'))

function msOf(text: string): number {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? badValue(`the instant '${text.slice(0, 40)}'`) : ms
}

function numberOf(x: unknown): number {
  if (typeof x === 'number') return x
  const text = textIn(x)
  const known = { '-0': -0, NaN, Infinity, '-Infinity': -Infinity }
  return Object.hasOwn(known, text)
    ? known[text as keyof typeof known]
    : badValue(`the number '${text.slice(0, 40)}'`)
}

function bigintIn(x: unknown): bigint {
  const text = textIn(x)
  return /^-?\d+$/.test(text) ? BigInt(text) : badValue(`the number '${text.slice(0, 40)}'`)
}

function decimalIn(x: unknown): BigDecimal {
  const text = textIn(x)
  try {
    return BigDecimal.parse(text)
  } catch {
    return badValue(`the decimal '${text.slice(0, 40)}'`)
  }
}

function bytesIn(x: unknown): Uint8Array {
  const text = textIn(x)
  if (text.length % 2 !== 0 || /[^0-9a-f]/i.test(text)) return badValue('bytes not in hexadecimal')
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return out
}
