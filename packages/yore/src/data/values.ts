/**
 * What a value is inside Yore: exact, so that text, order and equality are the original's.
 *
 * | value type        | inside                                             | at the API (see public.ts)      |
 * |-------------------|----------------------------------------------------|---------------------------------|
 * | long              | number (whole, safe), bigint beyond                | the same                        |
 * | bigint            | bigint                                             | the same                        |
 * | double            | number when not whole, NaN, infinite; else Double  | number                          |
 * | float             | Float                                              | number                          |
 * | bigdec            | BigDecimal                                         | the same                        |
 * | boolean, string   | boolean, string                                    | the same                        |
 * | keyword, symbol   | Keyword, Sym (interned: compare with ===)          | string                          |
 * | uuid, uri, char   | Uuid, Uri, Char                                    | string                          |
 * | instant           | Instant                                            | Date                            |
 * | bytes             | Uint8Array                                         | Uint8Array (a copy)             |
 * | ref, entity id    | number (indexes/facts/ids.ts)                      | number, bigint beyond 2^53      |
 * | tuple, vector     | array                                              | array                           |
 * | list              | List (an array that came in parentheses)           | array                           |
 * | map, set          | ValueMap, ValueSet (equal.ts)                | object, array                   |
 *
 * (1) A whole `number` is always a long or an id; a whole double is always a `Double`. So 1 and 1.0 never look alike.
 * (2) Values are never changed after they are made.
 */

import type { BigDecimal } from './big-decimal.ts'
import type { ValueMap, ValueSet } from './equal.ts'

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Keyword
  | Sym
  | Uuid
  | Uri
  | Char
  | Instant
  | Double
  | Float
  | BigDecimal
  | Uint8Array
  | ValueArray
  | ValueMap
  | ValueSet
  | Tagged
  | Opaque

export interface ValueArray extends ReadonlyArray<Value> {}

/** A keyword: one object for each name, so that `===` decides. Made by `keyword()`. */
export class Keyword {
  /** The part before the slash, or null. */
  readonly ns: string | null
  readonly name: string
  /** As written, colon included: ':artist/name'. */
  readonly text: string

  constructor(ns: string | null, name: string, text: string) {
    this.ns = ns
    this.name = name
    this.text = text
  }
  toString(): string {
    return this.text
  }
  toJSON(): string {
    return this.text
  }
}

/** A symbol: one object for each name. Made by `symbol()`. */
export class Sym {
  readonly ns: string | null
  readonly name: string
  readonly text: string

  constructor(ns: string | null, name: string, text: string) {
    this.ns = ns
    this.name = name
    this.text = text
  }
  toString(): string {
    return this.text
  }
  toJSON(): string {
    return this.text
  }
}

const keywords = new Map<string, Keyword>()
// the same by their text with the colon; apart, since a name may begin with a colon itself
const keywordsWithColon = new Map<string, Keyword>()
const symbols = new Map<string, Sym>()

// The first slash parts namespace from name; a slash that stands first or alone belongs to the name.
function splitName(text: string): [string | null, string] {
  const slash = text.indexOf('/')
  return slash <= 0 || text.length === 1
    ? [null, text]
    : [text.slice(0, slash), text.slice(slash + 1)]
}

/** The keyword of that text, with or without the leading colon: keyword(':a/b') === keyword('a/b'). */
export function keyword(text: string): Keyword {
  // its own table for the form with a colon: to cut it off would make a string, and its hash, at every look-up
  const colon = text.charCodeAt(0) === 58
  let k = colon ? keywordsWithColon.get(text) : keywords.get(text)
  if (k === undefined) {
    const bare = colon ? text.slice(1) : text
    k = keywords.get(bare)
    if (k === undefined) {
      const [ns, name] = splitName(bare)
      k = Object.freeze(new Keyword(ns, name, `:${bare}`))
      keywords.set(bare, k)
    }
    if (colon) keywordsWithColon.set(k.text, k)
  }
  return k
}

/** The symbol of that text: symbol('?x') === symbol('?x'). */
export function symbol(text: string): Sym {
  let s = symbols.get(text)
  if (s === undefined) {
    const [ns, name] = splitName(text)
    s = Object.freeze(new Sym(ns, name, text))
    symbols.set(text, s)
  }
  return s
}

/** A double with a whole value (or -0): what is not whole is a plain number. Made by `double()`. */
export class Double {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
  valueOf(): number {
    return this.value
  }
  toJSON(): number {
    return this.value
  }
}

/** A double as a value: plain when it cannot be taken for a long, boxed otherwise. `double(1.5)` is 1.5, `double(1)` a Double. */
export function double(x: number): number | Double {
  return Number.isInteger(x) ? new Double(x) : x
}

/** A 32-bit float. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = Math.fround(value)
  }
  valueOf(): number {
    return this.value
  }
  toJSON(): number {
    return this.value
  }
}

/** A point in time, milliseconds since 1970. */
export class Instant {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  valueOf(): number {
    return this.ms
  }
  toJSON(): string {
    return new Date(this.ms).toISOString()
  }
}

/** A UUID in its canonical, lower-case text. */
export class Uuid {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
  toJSON(): string {
    return this.text
  }
}

/** A URI, kept as written. */
export class Uri {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
  toJSON(): string {
    return this.text
  }
}

/** One character: one UTF-16 unit. Not a value type, but text and functions have it. */
export class Char {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
  toJSON(): string {
    return this.text
  }
}

/** A list, `(a b)` in text: an array for every purpose but printing and where the language tells them apart. */
export class List<T = Value> extends Array<T> {
  // map, filter and slice of a list give plain arrays
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
}

/** The list of these items: `list([1, 2])` prints as `(1 2)`. */
export function list<T>(items: readonly T[]): List<T> {
  const out = new List<T>()
  for (const x of items) out.push(x)
  return out
}

/** A tagged element that the reader has no meaning for: `#my/tag value`. */
export class Tagged {
  readonly tag: Sym
  readonly value: Value
  constructor(tag: Sym, value: Value) {
    this.tag = tag
    this.value = value
  }
}

/** What is no data but passes through queries as an input: a database, a log, a regular expression, a program's own object. */
export class Opaque {
  readonly kind: string
  readonly value: unknown
  constructor(kind: string, value: unknown) {
    this.kind = kind
    this.value = value
  }
}

/** The names of the value types, as the schema's `:db.type/NAME`. */
export const valueTypes = [
  'ref',
  'keyword',
  'long',
  'string',
  'boolean',
  'instant',
  'fn',
  'bytes',
  'uuid',
  'double',
  'float',
  'uri',
  'bigint',
  'bigdec',
  'tuple',
  'symbol',
] as const
export type ValueType = (typeof valueTypes)[number]
