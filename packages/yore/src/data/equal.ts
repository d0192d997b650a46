/**
 * Equality and hashing of values (when two values are one in a join, a set, a map key), and the maps and sets that rest on it.
 *
 * Clojure's `=`: longs and bigints are one kind; double, float and bigdec (with its scale) each their own; lists and vectors
 * are alike; bytes are equal by content only as keys of Yore's own collections. 0.0 and -0.0 are one value.
 *
 * (1) `keyOf(a) === keyOf(b)` exactly when `equalValues(a, b)`, so a JS Map can hold any value by its key.
 * (2) A ValueMap or ValueSet is never changed after it is handed out; who builds one does it with `set`/`add` before.
 */

import { raise } from '../base/errors.ts'
import { BigDecimal } from './big-decimal.ts'
import { uriKey } from './uri.ts'
import { Char, Double, Float, Instant, Keyword, Sym, Tagged, Uri, Uuid } from './values.ts'
import type { Opaque, Value } from './values.ts'

// Deeper ones would end in the engine's stack overflow.
const depthMax = 1000

/**
 * A JS Map key for a value: the value itself where `===` decides (numbers, booleans, null, keywords, symbols), else a text
 * that begins with U+0000 or a plain string's own text.
 */
export function keyOf(x: Value): unknown {
  if (typeof x === 'string') return x.charCodeAt(0) === 0 ? `\0s${x}` : x
  if (typeof x === 'number') return x === x ? x : '\0dNaN'
  if (x === null || typeof x === 'boolean' || x instanceof Keyword || x instanceof Sym) return x
  if (typeof x === 'bigint') {
    return x >= -0x1fffffffffffffn && x <= 0x1fffffffffffffn ? Number(x) : `\0n${x}`
  }
  return `\0${textKey(x, 0)}`
}

// A text that no other value has, and that ends where its own length or delimiter says: so texts can stand in a row.
function textKey(x: Value, depth: number): string {
  if (x === null) return '_'
  switch (typeof x) {
    case 'string':
      return `s${x.length}:${x}`
    case 'number':
      // a whole number that is no safe long is a wide id, which equals no bigint
      return Number.isSafeInteger(x) ? `n${x}` : `${Number.isInteger(x) ? 'w' : 'd'}${x}`
    case 'bigint':
      return `n${x}`
    case 'boolean':
      return x ? 't' : 'f'
    default:
  }
  if (x instanceof Keyword) return `k${x.text.length}${x.text}`
  if (x instanceof Sym) return `y${x.text.length}:${x.text}`
  if (x instanceof Double) return `d${x.value}`
  if (x instanceof Instant) return `i${x.ms}`
  if (x instanceof Uuid) return `u${x.text}`
  if (Array.isArray(x)) return arrayKey(x as readonly Value[], inner(depth))
  if (x instanceof Float) return `g${x.value}`
  if (x instanceof BigDecimal) return `m${x.unscaled}/${x.scale}`
  if (x instanceof Uri) return sized('r', uriKey(x.text))
  if (x instanceof Char) return `c${x.text}`
  if (x instanceof Uint8Array) return `b${x.join()}`
  if (x instanceof ValueMap) return mapKey(x, inner(depth))
  if (x instanceof ValueSet) return setKey(x, inner(depth))
  if (x instanceof Tagged) return `${sized('t', x.tag.text)} ${textKey(x.value, inner(depth))}`
  return opaqueKey(x as Opaque)
}

/**
 * A JS Map key by which rows of an answer are told apart: as Java's `equals` does, and so finer than `keyOf`. 10 and 10N, 0.0 and
 * -0.0 are two, in lists and as values of maps too.
 */
export function rowKeyOf(x: Value): unknown {
  return isTwofold(x) ? `\0${rowText(x, 0)}` : keyOf(x)
}

/** May `rowKeyOf` tell it from a value that `keyOf` does not? */
export function isTwofold(x: Value): boolean {
  if (typeof x === 'bigint') return true
  if (typeof x !== 'object' || x === null) return false
  if (x instanceof Double || x instanceof Float) return x.value === 0
  return Array.isArray(x) || x instanceof ValueMap
}

function rowText(x: Value, depth: number): string {
  if (typeof x === 'bigint') return `N${x}`
  if ((x instanceof Double || x instanceof Float) && Object.is(x.value, -0)) {
    return x instanceof Double ? 'd-0' : 'g-0'
  }
  if (Array.isArray(x)) {
    const below = inner(depth)
    let out = '['
    for (const y of x as readonly Value[]) out += `${rowText(y, below)} `
    return `${out}]`
  }
  if (x instanceof ValueMap) {
    const below = inner(depth)
    const entries: string[] = []
    for (const [k, v] of x.entries()) entries.push(`${textKey(k, below)}=${rowText(v, below)}`)
    return `{${entries.sort().join(' ')}}`
  }
  return textKey(x, depth)
}

const sized = (kind: string, text: string): string => `${kind}${text.length}:${text}`

function inner(depth: number): number {
  if (depth >= depthMax) raise(':yore/limit-exceeded', `a value is nested deeper than ${depthMax}`)
  return depth + 1
}

function arrayKey(xs: readonly Value[], depth: number): string {
  let out = '['
  for (const x of xs) out += `${textKey(x, depth)} `
  return `${out}]`
}

function mapKey(map: ValueMap, depth: number): string {
  const entries: string[] = []
  for (const [k, v] of map.entries()) entries.push(`${textKey(k, depth)}=${textKey(v, depth)}`)
  return `{${entries.sort().join(' ')}}`
}

function setKey(set: ValueSet, depth: number): string {
  const items: string[] = []
  for (const x of set) items.push(textKey(x, depth))
  return `#${items.sort().join(' ')}#`
}

// Opaque things are equal only to themselves.
const opaqueNumbers = new WeakMap<object, number>()
let opaqueCount = 0
function opaqueKey(x: Opaque): string {
  const value = x.value
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    return `p${x.kind.length}:${x.kind}${sized(typeof value, String(value))}`
  }
  let n = opaqueNumbers.get(value)
  if (n === undefined) opaqueNumbers.set(value, (n = opaqueCount++))
  return `o${n}`
}

/** Are the two one value? `equalValues([1], [1n])` is true, `equalValues(1, double(1))` is not. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string') return false
  if (a instanceof Keyword || b instanceof Keyword) return false
  if (a instanceof Instant) return b instanceof Instant && a.ms === b.ms
  if (a instanceof Uuid) return b instanceof Uuid && a.text === b.text
  if (a instanceof Double) return b instanceof Double && a.value === b.value
  return keyOf(a) === keyOf(b)
}

// ---- collections by value: two equal vectors are one key; the order of insertion is kept ----

/** A map from values to values, in the order in which they came. `ValueMap.of([[keyword('a'), 1]]).get(keyword('a'))` is 1 */
export class ValueMap {
  readonly #slots = new Map<unknown, readonly [Value, Value]>()

  static of(entries: Iterable<readonly [Value, Value]>): ValueMap {
    const out = new ValueMap()
    for (const [k, v] of entries) out.set(k, v)
    return out
  }
  get size(): number {
    return this.#slots.size
  }
  has(key: Value): boolean {
    return this.#slots.has(keyOf(key))
  }
  /** The value, or undefined when there is no such key. */
  get(key: Value): Value | undefined {
    return this.#slots.get(keyOf(key))?.[1]
  }
  /** While building. A key that is there keeps its place. */
  set(key: Value, value: Value): this {
    this.#slots.set(keyOf(key), [key, value])
    return this
  }
  entries(): IterableIterator<readonly [Value, Value]> {
    return this.#slots.values()
  }
  *keys(): IterableIterator<Value> {
    for (const [k] of this.#slots.values()) yield k
  }
  *values(): IterableIterator<Value> {
    for (const [, v] of this.#slots.values()) yield v
  }
  [Symbol.iterator](): IterableIterator<readonly [Value, Value]> {
    return this.entries()
  }
}

/** A set of values, in the order in which they came. `ValueSet.of([[1], [1]]).size` is 1 */
export class ValueSet {
  readonly #slots = new Map<unknown, Value>()

  static of(values: Iterable<Value>): ValueSet {
    const out = new ValueSet()
    for (const v of values) out.add(v)
    return out
  }
  get size(): number {
    return this.#slots.size
  }
  has(value: Value): boolean {
    return this.#slots.has(keyOf(value))
  }
  /** While building. */
  add(value: Value): this {
    const key = keyOf(value)
    if (!this.#slots.has(key)) this.#slots.set(key, value)
    return this
  }
  [Symbol.iterator](): IterableIterator<Value> {
    return this.#slots.values()
  }
}
