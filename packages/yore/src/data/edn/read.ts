/**
 * Reads EDN text, as Clojure's edn reader does: exact, in linear time, in one pass over the character codes.
 *
 * (1) One loop with a stack of its own, no recursion: depth is bounded by `depthMax` and never by the engine's stack.
 * (2) Every text gives values or a YoreError `:yore/invalid-edn` with line and column (from 1, in UTF-16 units).
 * (3) Differences from Clojure: no ratios (unless whole), uuids must be complete, char literals may be lone surrogates, `#float`,
 *     `#uri`, `#bytes`, `#keyword`, `#symbol` are understood, and unknown tags give a Tagged instead of an error.
 */

import { raise, YoreError } from '../../base/errors.ts'
import { ValueMap, ValueSet } from '../equal.ts'
import { Char, Keyword, keyword, List, list, Sym, symbol, Tagged } from '../values.ts'
import type { Value } from '../values.ts'
import { readName } from './names.ts'
import { parseNumber } from './number.ts'
import { knownTags } from './tags.ts'

export interface ReadOptions {
  /** What tags mean: `#my/point [1 2]` gives what the function of 'my/point' gives. They win over the reader's own. */
  readonly tags?: ReadonlyMap<string, (value: Value) => Value>
  /** How deep forms may be nested; 512 when not given. */
  readonly depthMax?: number
  /** Read `'x` as `(quote x)`, as in Clojure source. Without it the quote is part of a symbol, as in EDN. */
  readonly quote?: boolean
}

/** Reads exactly one form. `readEdn('{:a [1 2.0]}')` */
export function readEdn(text: string, options: ReadOptions = {}): Value {
  const reader = new Reader(text, options)
  const value = reader.next()
  if (value === nothing) return reader.fail('there is no form in the text', text.length)
  const end = reader.position
  if (reader.next() !== nothing)
    return reader.fail('the text must hold one form only', reader.skip(end))
  return value
}

/** Reads all forms of a text, one after the other. `readAllEdn('1 :a "b"')` gives three values. */
export function readAllEdn(text: string, options: ReadOptions = {}): Value[] {
  const reader = new Reader(text, options)
  const out: Value[] = []
  for (let value = reader.next(); value !== nothing; value = reader.next()) out.push(value)
  return out
}

const nothing: unique symbol = Symbol('nothing')

// Sets within sets within map keys: each level makes the key of all that is in it once more.
const keyDepthMax = 32

// ---- characters: what each one begins, or whether it ends a token ----

const ends = 1
const space = 2
const digit = 4
const classOf = new Uint8Array(128)
for (const c of ' \t\n\v\f\r,\x1c\x1d\x1e\x1f') classOf[c.charCodeAt(0)] = ends | space
for (const c of '"();[]{}\\^') classOf[c.charCodeAt(0)] = ends
for (const c of '0123456789') classOf[c.charCodeAt(0)] = digit

// Java's Character.isWhitespace beyond ASCII.
const isWideSpace = (c: number): boolean =>
  c === 0x1680 ||
  (c >= 0x2000 && c <= 0x200a && c !== 0x2007) ||
  c === 0x2028 ||
  c === 0x2029 ||
  c === 0x205f ||
  c === 0x3000

// ---- what is open ----

const names = {
  vector: 'vector',
  list: 'list',
  map: 'map',
  set: 'set',
  discard: 'discarded form (#_)',
  tag: 'tagged form',
  meta: 'metadata (^)',
  target: 'form with metadata',
  quote: 'quoted form',
} as const
type Kind = keyof typeof names

interface Frame {
  readonly kind: Kind
  readonly start: number
  readonly items: Value[]
  /** The text after `#` of a tag; the namespace of a namespaced map. */
  readonly name: string | null
  /** How many sets and map keys stand around its items. */
  readonly keyDepth: number
}

const closerOf: Partial<Record<Kind, number>> = { vector: 93, list: 41, map: 125, set: 125 }

class Reader {
  readonly #text: string
  readonly #options: ReadOptions
  readonly #depthMax: number
  readonly #stack: Frame[] = []
  #at = 0
  #discards = 0
  // The next backslash at or after #at, so that strings without one are cut out whole.
  #backslash = -1

  constructor(text: string, options: ReadOptions) {
    if (typeof text !== 'string') raise(':yore/invalid-edn', 'EDN is read from a string', {})
    this.#text = text
    this.#options = options
    this.#depthMax = options.depthMax ?? 512
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  get position(): number {
    return this.#at
  }

  /** The next form, or `nothing` at the end of the text. */
  next(): Value | typeof nothing {
    const text = this.#text
    for (;;) {
      const at = this.skip(this.#at)
      this.#at = at
      if (at >= text.length) {
        if (this.#stack.length > 0) return this.#unfinished(text.length)
        return nothing
      }
      const value = this.#item(text.charCodeAt(at), at)
      if (value === nothing) continue
      const whole = this.#stack.length === 0 ? value : this.#deliver(value)
      if (whole !== nothing) return whole
    }
  }

  // One step at a character that is no space: a whole value, or nothing when something was opened or closed for good.
  #item(c: number, at: number): Value | typeof nothing {
    switch (c) {
      case 34:
        return this.#string(at)
      case 40:
        return this.#open('list', at, 1)
      case 91:
        return this.#open('vector', at, 1)
      case 123:
        return this.#open('map', at, 1)
      case 41:
      case 93:
      case 125:
        return this.#close(c, at)
      case 35:
        return this.#dispatch(at)
      case 92:
        return this.#char(at)
      case 94:
        return this.#open('meta', at, 1)
      case 39:
        return this.#options.quote === true ? this.#open('quote', at, 1) : this.#name(at)
      case 43:
      case 45:
        return this.#isDigit(at + 1) ? this.#number(at) : this.#name(at)
      default:
        return c < 128 && classOf[c] === digit ? this.#number(at) : this.#name(at)
    }
  }

  // ---- nesting ----

  #open(kind: Kind, start: number, width: number, name: string | null = null): typeof nothing {
    const stack = this.#stack
    if (stack.length >= this.#depthMax) {
      this.fail(`forms are nested deeper than ${this.#depthMax}`, start)
    }
    const around = stack[stack.length - 1]
    let keyDepth = around === undefined ? 0 : around.keyDepth
    if (around !== undefined && isKeyPlace(around) && ++keyDepth > keyDepthMax) {
      this.fail(`sets and map keys are nested deeper than ${keyDepthMax}`, start)
    }
    if (kind === 'discard') this.#discards++
    const items: Value[] = kind === 'list' ? new List<Value>() : []
    stack.push({ kind, start, items, name, keyDepth })
    this.#at = start + width
    return nothing
  }

  #close(c: number, at: number): Value | typeof nothing {
    const frame = this.#stack.pop()
    const closer = String.fromCharCode(c)
    if (frame === undefined) return this.fail(`'${closer}' closes nothing`, at)
    const wanted = closerOf[frame.kind]
    if (wanted !== c) {
      const place = this.#place(frame.start)
      const needs =
        wanted === undefined ? 'a form' : `'${String.fromCharCode(wanted)}' (or another form)`
      return this.fail(
        `'${closer}' where ${needs} is expected, for the ${names[frame.kind]} at line ${place.line}, column ${place.column}`,
        at,
        { opened: place },
      )
    }
    this.#at = at + 1
    if (frame.kind === 'map') return this.#map(frame, at)
    return frame.kind === 'set' ? this.#set(frame) : frame.items
  }

  // Gives a finished value to what waits for it; the value itself when nothing does.
  #deliver(given: Value): Value | typeof nothing {
    const stack = this.#stack
    let value = given
    for (;;) {
      const frame = stack[stack.length - 1]
      if (frame === undefined) return value
      switch (frame.kind) {
        case 'vector':
        case 'list':
        case 'map':
        case 'set':
          frame.items.push(value)
          return nothing
        case 'discard':
          stack.pop()
          this.#discards--
          return nothing
        case 'meta':
          this.#checkMeta(value, frame)
          stack.pop()
          stack.push({ ...frame, kind: 'target' })
          return nothing
        case 'target':
          if (!canHaveMeta(value)) {
            this.fail('metadata can stand only before symbols and collections', frame.start)
          }
          stack.pop()
          break
        case 'tag':
          stack.pop()
          value = this.#tagged(frame.name ?? '', value, frame.start)
          break
        case 'quote':
          stack.pop()
          value = list<Value>([symbol('quote'), value])
          break
      }
    }
  }

  #checkMeta(value: Value, frame: Frame): void {
    const ok =
      value instanceof Keyword ||
      value instanceof Sym ||
      value instanceof ValueMap ||
      typeof value === 'string'
    if (!ok) this.fail('metadata must be a keyword, a symbol, a string or a map', frame.start)
  }

  #map(frame: Frame, at: number): ValueMap {
    const { items, name } = frame
    if (items.length % 2 !== 0) {
      const place = this.#place(frame.start)
      this.fail(
        `the map at line ${place.line}, column ${place.column} has a key without a value`,
        at,
        { opened: place },
      )
    }
    const map = new ValueMap()
    for (let i = 0; i < items.length; i += 2) {
      const key = name === null ? (items[i] as Value) : qualified(items[i] as Value, name)
      map.set(key, items[i + 1] as Value)
      if (map.size * 2 !== i + 2) this.fail('a key stands twice in the map', frame.start, { key })
    }
    return map
  }

  #set(frame: Frame): ValueSet {
    const set = new ValueSet()
    for (const item of frame.items) {
      const size = set.size
      if (set.add(item).size === size) {
        this.fail('a value stands twice in the set', frame.start, { value: item })
      }
    }
    return set
  }

  // ---- what begins with # ----

  #dispatch(at: number): Value | typeof nothing {
    const c = this.#text.charCodeAt(at + 1)
    switch (c) {
      case 123:
        return this.#open('set', at, 2)
      case 95:
        return this.#open('discard', at, 2)
      case 94:
        return this.#open('meta', at, 2)
      case 35:
        return this.#symbolic(at)
      case 58:
        return this.#namespaced(at)
      default:
    }
    if (Number.isNaN(c)) return this.#unfinished(at + 1)
    const end = this.#tokenEnd(at + 1)
    const token = this.#text.slice(at + 1, end)
    if (!/^\p{L}/u.test(token)) {
      const shown = String.fromCodePoint(this.#text.codePointAt(at + 1) ?? 0)
      return this.fail(`'#${shown}' means nothing in EDN`, at)
    }
    if (!(readName(token) instanceof Sym)) return this.fail('a tag must be a symbol', at)
    return this.#open('tag', at, end - at, token)
  }

  #symbolic(at: number): Value {
    const start = this.skip(at + 2)
    const end = this.#tokenEnd(start)
    this.#at = end
    switch (this.#text.slice(start, end)) {
      case 'Inf':
        return Infinity
      case '-Inf':
        return -Infinity
      case 'NaN':
        return NaN
      default:
        return this.fail("only '##Inf', '##-Inf' and '##NaN' may follow '##'", at)
    }
  }

  #namespaced(at: number): typeof nothing {
    const end = this.#tokenEnd(at + 2)
    const name = readName(this.#text.slice(at + 2, end))
    if (!(name instanceof Sym) || name.ns !== null) {
      this.fail("'#:' must be followed by a namespace, as in #:artist{:name 1}", at)
    }
    const brace = this.skip(end)
    if (brace >= this.#text.length) this.#unfinished(brace)
    if (this.#text.charCodeAt(brace) !== 123) {
      this.fail(`a map must follow '#:${name.text}'`, brace)
    }
    return this.#open('map', at, brace + 1 - at, name.text)
  }

  #tagged(tag: string, value: Value, start: number): Value {
    const own = this.#options.tags?.get(tag)
    if (own !== undefined) {
      if (this.#discards > 0) return value
      try {
        return own(value)
      } catch (cause) {
        if (cause instanceof YoreError) throw cause
        return this.fail(`the reader of #${tag} failed: ${String(cause)}`, start, {}, cause)
      }
    }
    const known = knownTags.get(tag)
    if (known === undefined) return new Tagged(symbol(tag), value)
    const out = known(value)
    return typeof out === 'string' ? this.fail(out, start) : out
  }

  // ---- atoms ----

  #name(at: number): Value {
    const end = this.#tokenEnd(at)
    const token = this.#text.slice(at, end)
    const value = readName(token)
    if (value !== undefined) {
      this.#at = end
      return value
    }
    const odd = /[@`~]/.exec(token)
    if (odd !== null) return this.fail(`'${odd[0]}' means nothing in EDN`, at + odd.index)
    return this.fail(`'${clip(token)}' is no valid ${token[0] === ':' ? 'keyword' : 'symbol'}`, at)
  }

  #isDigit(at: number): boolean {
    const c = this.#text.charCodeAt(at)
    return c >= 48 && c <= 57
  }

  #number(at: number): Value {
    const text = this.#text
    let i = at
    let c = text.charCodeAt(i)
    // the common case: a decimal whole number that is exact whatever its digits are
    if (c !== 48) {
      const negative = c === 45
      if (negative || c === 43) c = text.charCodeAt(++i)
      const first = i
      let n = 0
      while (c >= 48 && c <= 57) {
        n = n * 10 + (c - 48)
        c = text.charCodeAt(++i)
      }
      if (
        c !== 35 &&
        i - first <= 15 &&
        this.#endsAt(c) &&
        (text.charCodeAt(first) !== 48 || i - first === 1)
      ) {
        this.#at = i
        return negative && n !== 0 ? -n : n
      }
    }
    while (c === 39 || !(c === 35 || this.#endsAt(c))) c = text.charCodeAt(++i)
    const token = text.slice(at, i)
    const value = parseNumber(token)
    if (typeof value === 'string') return this.fail(`'${clip(token)}': ${value}`, at)
    this.#at = i
    return value
  }

  #string(at: number): string {
    const text = this.#text
    const end = text.indexOf('"', at + 1)
    if (end < 0) return this.#unfinishedString(at)
    if (this.#backslash < at) {
      const next = text.indexOf('\\', at)
      this.#backslash = next < 0 ? Infinity : next
    }
    if (end < this.#backslash) {
      this.#at = end + 1
      return text.slice(at + 1, end)
    }
    return this.#escapedString(at)
  }

  #escapedString(at: number): string {
    const text = this.#text
    let out = ''
    let from = at + 1
    for (let i = from; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c === 34) {
        this.#at = i + 1
        return out + text.slice(from, i)
      }
      if (c !== 92) continue
      out += text.slice(from, i)
      const simple = escapes.get(text.charCodeAt(i + 1))
      if (simple !== undefined) {
        out += simple
        i++
      } else if (text.charCodeAt(i + 1) === 117) {
        const hex = text.slice(i + 2, i + 6)
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
          if (i + 2 + hex.length >= text.length && !hex.includes('"')) break
          this.fail('\\u must be followed by four hexadecimal digits', i)
        }
        out += String.fromCharCode(Number.parseInt(hex, 16))
        i += 5
      } else if (this.#isDigit(i + 1)) {
        const octal = /^[0-7]{1,3}/.exec(text.slice(i + 1, i + 4))?.[0] ?? ''
        const code = Number.parseInt(octal, 8)
        if (
          octal === '' ||
          code > 0o377 ||
          (octal.length < 3 && this.#isDigit(i + 1 + octal.length))
        ) {
          this.fail('an octal escape is \\0 to \\377', i)
        }
        out += String.fromCharCode(code)
        i += octal.length
      } else if (i + 1 < text.length) {
        this.fail(`'\\${text[i + 1]}' is no escape in a string; for a backslash write '\\\\'`, i)
      }
      from = i + 1
    }
    return this.#unfinishedString(at)
  }

  #char(at: number): Char {
    const text = this.#text
    if (at + 1 >= text.length) return this.#unfinished(at + 1)
    // the first unit may be any character, a delimiter too
    const end = this.#tokenEnd(at + 2)
    const token = text.slice(at + 1, end)
    const c = charOf(token)
    if (c === null) return this.fail(`'\\${clip(token)}' is no character`, at)
    this.#at = end
    return new Char(c)
  }

  // ---- scanning ----

  /** The first place from `at` on that is neither white space nor comment. */
  skip(at: number): number {
    const text = this.#text
    let i = at
    for (;;) {
      const c = text.charCodeAt(i)
      if (c < 128) {
        if (((classOf[c] as number) & space) !== 0) i++
        else if (c === 59) i = this.#lineEnd(i)
        else return i
      } else if (c >= 128 && isWideSpace(c)) i++
      else return i
    }
  }

  #lineEnd(at: number): number {
    const text = this.#text
    let i = at
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c === 10 || c === 13) break
    }
    return i
  }

  #tokenEnd(at: number): number {
    const text = this.#text
    let i = at
    for (;;) {
      const c = text.charCodeAt(i)
      if (c < 128) {
        if (((classOf[c] as number) & ends) !== 0) return i
      } else if (!(c >= 128) || isWideSpace(c)) return i
      i++
    }
  }

  #endsAt(c: number): boolean {
    return c < 128 ? ((classOf[c] as number) & ends) !== 0 : !(c >= 128) || isWideSpace(c)
  }

  // ---- failing ----

  #unfinished(at: number): never {
    const open = this.#stack[this.#stack.length - 1]
    if (open === undefined) return this.fail('the text ends in the middle of a form', at)
    const place = this.#place(open.start)
    return this.fail(
      `the text ends within the ${names[open.kind]} that begins at line ${place.line}, column ${place.column}`,
      at,
      { opened: place },
    )
  }

  #unfinishedString(start: number): never {
    const place = this.#place(start)
    return this.fail(
      `the text ends within the string that begins at line ${place.line}, column ${place.column}`,
      this.#text.length,
      { opened: place },
    )
  }

  fail(what: string, at: number, data: Record<string, unknown> = {}, cause?: unknown): never {
    const place = this.#place(at)
    return raise(
      ':yore/invalid-edn',
      `${what} (line ${place.line}, column ${place.column})`,
      { ...place, ...data },
      cause === undefined ? {} : { cause },
    )
  }

  #place(at: number): { line: number; column: number } {
    const text = this.#text
    let line = 1
    let start = 0
    for (let i = 0; i < at && i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) {
        line++
        start = i + 1
      }
    }
    return { line, column: at - start + 1 }
  }
}

function isKeyPlace(frame: Frame): boolean {
  return frame.kind === 'set' || (frame.kind === 'map' && frame.items.length % 2 === 0)
}

function canHaveMeta(x: Value): boolean {
  return (
    x instanceof Sym ||
    Array.isArray(x) ||
    x instanceof ValueMap ||
    x instanceof ValueSet ||
    x instanceof Tagged
  )
}

// `#:a{:x 1 :_/y 2}`: names without namespace get it, the namespace `_` stands for none.
function qualified(key: Value, ns: string): Value {
  if (!(key instanceof Keyword) && !(key instanceof Sym)) return key
  if (key.ns !== null && key.ns !== '_') return key
  const text = key.ns === null ? `${ns}/${key.name}` : key.name
  return key instanceof Keyword ? keyword(`:${text}`) : symbol(text)
}

const escapes: ReadonlyMap<number, string> = new Map([
  [116, '\t'],
  [114, '\r'],
  [110, '\n'],
  [92, '\\'],
  [34, '"'],
  [98, '\b'],
  [102, '\f'],
])

const charNames: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['space', ' '],
  ['tab', '\t'],
  ['return', '\r'],
  ['backspace', '\b'],
  ['formfeed', '\f'],
])

function charOf(token: string): string | null {
  if (token.length === 1) return token
  if (/^u[0-9a-fA-F]{4}$/.test(token))
    return String.fromCharCode(Number.parseInt(token.slice(1), 16))
  if (/^o[0-7]{1,3}$/.test(token)) {
    const code = Number.parseInt(token.slice(1), 8)
    return code <= 0o377 ? String.fromCharCode(code) : null
  }
  return charNames.get(token) ?? null
}

const clip = (token: string): string => (token.length > 60 ? `${token.slice(0, 60)}...` : token)
