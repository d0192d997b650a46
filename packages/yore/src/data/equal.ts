/**
 * Equality and hashing of values (when two values are one in a join, a set, a map key), and the maps and sets that rest on it.
 *
 * Clojure's `=`: longs and bigints are one kind; double, float and bigdec (with its scale) each their own; lists and vectors
 * are alike; bytes are equal by content only as keys of Yore's own collections. 0.0 and -0.0 are one value.
 *
 * (1) `keyOf(a) === keyOf(b)` exactly when `equalValues(a, b)`, so a JS Map can hold any value by its key.
 * (2) A ValueMap or ValueSet is never changed after it is handed out; who builds one does it with `set`/`add` before.
 */

import { BigDecimal } from './big-decimal.ts'
import { Char, Double, Float, Instant, Keyword, Opaque, Sym, Tagged, Uri, Uuid } from './values.ts'
import type { Value } from './values.ts'

/**
 * A JS Map key for a value: the value itself where `===` decides (numbers, booleans, null, keywords, symbols), else a text
 * that begins with U+0000 or a plain string's own text.
 */
export function keyOf(x: Value): unknown {
  if (typeof x === 'string') return x.charCodeAt(0) === 0 ? `\0s${x}` : x
  if (
    typeof x === 'number' ||
    x === null ||
    typeof x === 'boolean' ||
    x instanceof Keyword ||
    x instanceof Sym
  )
    return x
  if (typeof x === 'bigint')
    return x >= -0x1fffffffffffffn && x <= 0x1fffffffffffffn ? Number(x) : `\0n${x}`
  if (x instanceof Opaque) return x.value
  return `\0${textKey(x)}`
}

function textKey(x: Value): string {
  if (x === null) return '_'
  switch (typeof x) {
    case 'string':
      return `s${x.length}:${x}`
    case 'number':
      return Number.isInteger(x) ? `n${x}` : `d${x}`
    case 'bigint':
      return `n${x}`
    case 'boolean':
      return x ? 't' : 'f'
    default:
  }
  if (x instanceof Keyword) return `k${x.text.length}${x.text}`
  if (x instanceof Sym) return `y${x.text.length}:${x.text}`
  if (x instanceof Double) return `d${x.value === 0 ? 0 : x.value}`
  if (x instanceof Float) return `g${x.value === 0 ? 0 : x.value}`
  if (x instanceof Instant) return `i${x.ms}`
  if (x instanceof Uuid) return `u${x.text}`
  if (x instanceof Uri) return `r${x.text.length}:${x.text}`
  if (x instanceof Char) return `c${x.text}`
  if (x instanceof BigDecimal) return `m${x.unscaled}/${x.scale}`
  if (x instanceof Uint8Array) return `b${Array.from(x).join()}`
  if (Array.isArray(x)) return `[${(x as Value[]).map(textKey).join(' ')}]`
  if (x instanceof ValueMap) {
    return `{${[...x.entries()]
      .map(([k, v]) => `${textKey(k)}=${textKey(v)}`)
      .sort()
      .join(' ')}}`
  }
  if (x instanceof ValueSet) return `#${[...x].map(textKey).sort().join(' ')}#`
  if (x instanceof Tagged) return `t${x.tag.text} ${textKey(x.value)}`
  return `o${opaqueNumber((x as Opaque).value)}`
}

// Opaque things are equal only to themselves; inside a collection they need a text.
const opaqueNumbers = new WeakMap<object, number>()
let opaqueCount = 0
function opaqueNumber(x: unknown): number {
  if (x === null || (typeof x !== 'object' && typeof x !== 'function')) return -1
  let n = opaqueNumbers.get(x)
  if (n === undefined) opaqueNumbers.set(x, (n = opaqueCount++))
  return n
}

/** Are the two one value? */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string') return false
  return keyOf(a) === keyOf(b)
}

// ---- collections by value: two equal vectors are one key; the order of insertion is kept ----

/** A map from values to values. */
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

/** A set of values. */
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
