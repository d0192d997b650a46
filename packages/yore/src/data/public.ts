/**
 * Values at the edge: from Yore's exact values to plain JavaScript and back. The table stands in values.ts.
 *
 * (1) What comes out shares nothing that can be changed with the database, and what goes in is copied.
 * (2) `toPublic` of a map gives a plain object whose keys are its own, whatever they are called: `__proto__` cannot reach a prototype.
 * (3) No input, however deep, circular or often shared, does more than raise a YoreError; nor does one that throws when it is read.
 */

import { YoreError, raise } from '../base/errors.ts'
import { newList } from '../base/list.ts'
import { BigDecimal } from './big-decimal.ts'
import { printEdn } from './edn/print.ts'
import { isWideId, toPublicId } from './entity-id.ts'
import { ValueMap, ValueSet } from './equal.ts'
import {
  Char,
  double,
  Double,
  Float,
  Instant,
  Keyword,
  keyword,
  List,
  Opaque,
  Sym,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from './values.ts'
import type { Value } from './values.ts'

const depthMax = 1000
// Arrays that share arrays can stand for more than any memory holds.
const partsMax = 2 ** 23

/**
 * A value as plain JavaScript (`toJs` of yore/edn): keywords, symbols, uuids, uris and chars as text, doubles as numbers,
 * instants as fresh Dates, maps as objects, sets and lists as fresh arrays. A Tagged stays what it is, an Opaque gives what is in it.
 *
 * ```ts
 * import { readEdn, toJs } from 'yore/edn'
 *
 * toJs(readEdn('{:a #{1.0}, "b" #inst "2014"}'))   // { ':a': [1], b: the Date }
 * ```
 */
export function toPublic(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return outward(value, 0)
  const outer = parts
  parts = 0
  try {
    return outward(value, 0)
  } finally {
    parts = outer
  }
}

function outward(x: Value, depth: number): unknown {
  switch (typeof x) {
    case 'number':
      return isWideId(x) ? toPublicId(x) : x
    case 'object':
      break
    default:
      return x
  }
  if (x === null || x instanceof BigDecimal) return x
  if (x instanceof Keyword || x instanceof Sym || x instanceof Uuid) return x.text
  if (x instanceof Instant) return new Date(x.ms)
  if (x instanceof Double || x instanceof Float) return x.value
  if (x instanceof Uri || x instanceof Char) return x.text
  if (x instanceof Uint8Array) return Uint8Array.from(x)
  if (x instanceof Opaque) return x.value
  if (x instanceof Tagged) return x
  if (depth >= depthMax)
    return raise(':yore/limit-exceeded', `a value is nested deeper than ${depthMax}`)
  if (x instanceof ValueMap) return outwardMap(x, depth)
  const out: unknown[] = []
  count(x instanceof ValueSet ? x.size : x.length)
  if (x instanceof ValueSet) for (const item of x) out.push(outward(item, depth + 1))
  else for (const item of x) out.push(outward(item, depth + 1))
  return out
}

function outwardMap(map: ValueMap, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  count(map.size)
  for (const [k, v] of map.entries()) setOwn(out, publicKey(k), outward(v, depth + 1))
  return out
}

/** The property name for a key of a map: a string as it is, a keyword's text, else EDN text. */
export function publicKey(key: Value): string {
  if (typeof key === 'string') return key
  return key instanceof Keyword ? key.text : printEdn(key)
}

/** Sets a property that is the object's own whatever its name: with `=` the name `__proto__` would set the prototype. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  } else target[key] = value
}

/**
 * The exact value of what a program gave (`fromJs` of yore/edn): objects become maps with string keys, Dates instants, Sets and Maps
 * sets and maps; exact values stay. A whole number stays whole (3 for 3.0: who takes it knows the type it wants). Instances of other classes become Opaque.
 *
 * ```ts
 * import { fromJs, keyword, printEdn } from 'yore/edn'
 *
 * printEdn(fromJs({ a: [1, new Set(['x'])], b: keyword(':k') }))   // '{"a" [1 #{"x"}], "b" :k}'
 * ```
 */
export function fromPublic(x: unknown): Value {
  if (typeof x !== 'object' || x === null) return inward(x, 0)
  const outer = parts
  parts = 0
  try {
    return inwardObject(x, 0)
  } catch (error) {
    return unreadable(error)
  } finally {
    parts = outer
  }
}

// How many parts the value that is being read or made has so far.
let parts = 0

/** What a getter, a proxy or an iterator of the program threw while it was read. */
export function unreadable(cause: unknown): never {
  if (cause instanceof YoreError) throw cause
  return raise(':yore/invalid-value', 'a value cannot be read: it throws', {}, { cause })
}

function count(n: number): void {
  parts += n
  if (!(parts <= partsMax)) {
    raise(':yore/limit-exceeded', `a value has more than ${partsMax} parts`)
  }
}

function inward(x: unknown, depth: number): Value {
  switch (typeof x) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return x
    case 'number':
      return inwardNumber(x)
    case 'object':
      return x === null ? null : inwardObject(x, depth)
    default:
      return raise(':yore/invalid-value', `${describe(x)} is no value${hint(x)}`)
  }
}

// -0 is 0, as it is nearly always meant; a whole number that is no safe long can only be a double.
function inwardNumber(x: number): Value {
  if (x === 0) return 0
  return Number.isSafeInteger(x) ? x : double(x)
}

type Exact = (x: never, depth: number) => Value

const itself = (x: Value): Value => x
const textual = (x: Uuid | Uri | Char): Value =>
  typeof x.text === 'string' ? x : raise(':yore/invalid-value', 'a uuid, uri or char has a text')
const instant = (x: Instant): Value =>
  Math.abs(x.ms) <= 8.64e15
    ? x
    : raise(':yore/invalid-value', 'an instant is a number of milliseconds')
const wrapper = (x: Double | Float): Value =>
  typeof x.value === 'number' ? x : raise(':yore/invalid-value', 'a double holds a number')
const name = (x: Keyword | Sym): Value => {
  if (typeof x.text !== 'string') raise(':yore/invalid-value', 'a keyword or symbol has a text')
  return x instanceof Keyword ? keyword(x.text) : symbol(x.text)
}

// What is exact stays as it is, but what holds other values is read too: it may hold anything, itself included.
const exactClasses = new Map<unknown, Exact>([
  [Keyword, name],
  [Sym, name],
  [Uuid, textual],
  [Uri, textual],
  [Char, textual],
  [Instant, instant],
  [Double, wrapper],
  [Float, wrapper],
  [BigDecimal, (x: BigDecimal) => new BigDecimal(x.unscaled, x.scale)],
  [Opaque, itself],
  [ValueMap, (x: ValueMap, depth) => inwardMap(x, depth)],
  [ValueSet, (x: ValueSet, depth) => inwardSet(x, depth)],
  [
    Tagged,
    (x: Tagged, depth) => new Tagged(name(x.tag) as Sym, within('a tagged value', x.value, depth)),
  ],
])

function inwardObject(x: object, depth: number): Value {
  if (depth >= depthMax) {
    raise(':yore/limit-exceeded', `a value is nested deeper than ${depthMax}, or holds itself`)
  }
  if (Array.isArray(x)) return inwardArray(x, depth)
  const proto: unknown = Object.getPrototypeOf(x)
  if (isPlain(proto)) return inwardRecord(x as Record<string, unknown>, depth)
  const exact = exactClasses.get((x as { constructor?: unknown }).constructor)
  if (exact !== undefined) return exact(x as never, depth)
  if (x instanceof Date) {
    const ms = x.getTime()
    return Number.isNaN(ms) ? raise(':yore/invalid-value', 'the Date is invalid') : new Instant(ms)
  }
  if (x instanceof Uint8Array) return Uint8Array.from(x)
  if (x instanceof Map) return inwardMap(x as Map<unknown, unknown>, depth)
  if (x instanceof Set) return inwardSet(x as Set<unknown>, depth)
  return new Opaque(x instanceof RegExp ? 'regex' : 'object', x)
}

// An object literal, or one without prototype; of another realm too.
function isPlain(proto: unknown): boolean {
  return (
    proto === null ||
    proto === Object.prototype ||
    (Object.getPrototypeOf(proto) === null && Object.hasOwn(proto as object, 'hasOwnProperty'))
  )
}

function inwardArray(x: readonly unknown[], depth: number): Value {
  count(x.length)
  const out: Value[] = x instanceof List ? new List<Value>() : newList()
  for (let i = 0; i < x.length; i++) out.push(within(i, x[i], depth))
  return out
}

function inwardMap(x: Iterable<readonly [unknown, unknown]>, depth: number): ValueMap {
  const map = new ValueMap()
  for (const [k, v] of x) {
    count(1)
    map.set(inward(k, depth + 1), within(k, v, depth))
  }
  return map
}

function inwardSet(x: Iterable<unknown>, depth: number): ValueSet {
  const set = new ValueSet()
  for (const item of x) {
    count(1)
    set.add(inward(item, depth + 1))
  }
  return set
}

function inwardRecord(x: Record<string, unknown>, depth: number): ValueMap {
  const map = new ValueMap()
  const keys = Object.keys(x)
  count(keys.length)
  for (const key of keys) map.set(key, within(key, x[key], depth))
  return map
}

// The place of a bad value is told by the nearest container only: it is cheap, and names what to look for.
function within(key: unknown, x: unknown, depth: number): Value {
  if (x === undefined || typeof x === 'function' || typeof x === 'symbol') {
    const place = typeof key === 'string' || typeof key === 'number' ? ` (at ${key})` : ''
    return raise(':yore/invalid-value', `${describe(x)} is no value${place}${hint(x)}`)
  }
  return inward(x, depth + 1)
}

const describe = (x: unknown): string => (x === undefined ? 'undefined' : `a ${typeof x}`)
const hint = (x: unknown): string => (x === undefined ? '; leave it out, or use null' : '')
