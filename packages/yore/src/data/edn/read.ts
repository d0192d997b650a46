/**
 * Reads EDN text, as Clojure's edn reader does: exact, in linear time, in one pass over the character codes.
 *
 * (1) One loop with a stack of its own, no recursion: depth is bounded by `depthMax` and never by the engine's stack.
 * (2) Every text gives values or a YoreError `:yore/invalid-edn` with line and column (from 1, in UTF-16 units).
 * (3) Differences from Clojure: no ratios (unless whole), uuids must be complete, the calendar is Gregorian for all time, char literals
 *     may be lone surrogates, `#float`, `#uri`, `#bytes`, `#keyword`, `#symbol` are understood, an unknown tag gives a Tagged, and
 *     1.0M and 1.00M are two values in a set. A byte order mark at the start is skipped.
 */

import { raise, YoreError } from '../../base/errors.ts'
import { reasonOf } from '../../base/told.ts'
import { ValueMap, ValueSet } from '../equal.ts'
import { Char, list, Sym, symbol, Tagged } from '../values.ts'
import type { Value } from '../values.ts'
import { canHaveMeta, isMeta, qualified } from './forms.ts'
import { isReadable, readName } from './names.ts'
import { parseNumber } from './number.ts'
import { checkedOptions } from './options.ts'
import type { ReadOptions } from './options.ts'
import { charOf, readEscaped } from './strings.ts'
import { knownTags } from './tags.ts'
import {
  clip,
  endsToken,
  failAt,
  failUnfinished,
  isDigit,
  placeOf,
  skipSpace,
  tokenEnd,
} from './text.ts'

/**
 * Reads the one form of an EDN text. Throws `:yore/invalid-edn` with line and column when the text is no EDN, or holds none or several.
 *
 * ```ts
 * import { readEdn } from 'yore/edn'
 *
 * readEdn('[:find ?e :where [?e :artist/name "Ali"]]')   // an array of Keyword, Sym, Keyword and an array
 * const tags = new Map([['point', (v) => v]])
 * readEdn('#point [1 2]', { tags })                      // [1, 2]; without `tags` a Tagged
 * ```
 */
export function readEdn(text: string, options: ReadOptions = {}): Value {
  const reader = new Reader(text, options)
  const value = reader.next()
  if (value === nothing) return failAt(text, text.length, 'there is no form in the text')
  const end = reader.position
  if (reader.next() !== nothing) {
    return failAt(text, skipSpace(text, end), 'the text must hold one form only')
  }
  return value
}

/**
 * Reads all forms of an EDN text, such as a data file. Throws `:yore/invalid-edn` as `readEdn` does.
 *
 * ```ts
 * import { readAllEdn } from 'yore/edn'
 *
 * readAllEdn('{:a 1} {:a 2} ; two maps').length   // 2
 * ```
 */
export function readAllEdn(text: string, options: ReadOptions = {}): Value[] {
  const reader = new Reader(text, options)
  const out: Value[] = []
  for (let value = reader.next(); value !== nothing; value = reader.next()) out.push(value)
  return out
}

const nothing: unique symbol = Symbol('nothing')

// Sets within sets within map keys: each level makes the key of all that is in it once more.
const keyDepthMax = 32

// ---- what is open ----

const kindNames = {
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
type Kind = keyof typeof kindNames

const closerOf: Partial<Record<Kind, number>> = { vector: 93, list: 41, map: 125, set: 125 }

// Something that is open. Frames are used again and again: one for each level.
interface Frame {
  kind: Kind
  /** Where it begins in the text. */
  start: number
  /** Where its items begin on the stack of values. */
  base: number
  /** A tag without `#`; the namespace of a namespaced map. */
  name: string | null
  /** How many sets and map keys stand around its items. */
  keyDepth: number
}

class Reader {
  readonly #text: string
  readonly #options: ReadOptions
  readonly #depthMax: number
  readonly #frames: Frame[] = []
  #depth = 0
  // The items of everything that is open, outermost first; what stands from #top on is left over.
  readonly #values: Value[] = []
  #top = 0
  #at = 0
  #discards = 0
  // The next backslash at or after #at, so that strings without one are cut out whole.
  #backslash = -1

  constructor(text: string, options: ReadOptions) {
    if (typeof text !== 'string') raise(':yore/invalid-edn', 'EDN is read from a string', {})
    this.#text = text
    this.#options = checkedOptions(options)
    this.#depthMax = this.#options.depthMax ?? 512
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  get position(): number {
    return this.#at
  }

  /** The next form, or `nothing` at the end of the text. */
  next(): Value | typeof nothing {
    const text = this.#text
    for (;;) {
      const at = skipSpace(text, this.#at)
      this.#at = at
      if (at >= text.length) return this.#depth > 0 ? this.#unfinished() : nothing
      const value = this.#item(text.charCodeAt(at), at)
      if (value === nothing) continue
      const whole = this.#depth === 0 ? value : this.#deliver(value)
      if (whole !== nothing) return whole
    }
  }

  // One step at a character that is no space: a whole value, or nothing when something was opened.
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
        return isDigit(this.#text.charCodeAt(at + 1)) ? this.#number(at) : this.#name(at)
      default:
        return isDigit(c) ? this.#number(at) : this.#name(at)
    }
  }

  // ---- nesting ----

  #open(kind: Kind, start: number, width: number, name: string | null = null): typeof nothing {
    const depth = this.#depth
    if (depth >= this.#depthMax) {
      failAt(this.#text, start, `forms are nested deeper than ${this.#depthMax}`)
    }
    const around = depth === 0 ? undefined : this.#frames[depth - 1]
    let keyDepth = around === undefined ? 0 : around.keyDepth
    if (around !== undefined && this.#isKeyPlace(around) && ++keyDepth > keyDepthMax) {
      failAt(this.#text, start, `sets and map keys are nested deeper than ${keyDepthMax}`)
    }
    if (kind === 'discard') this.#discards++
    const frame = this.#frames[depth]
    if (frame === undefined) this.#frames.push({ kind, start, base: this.#top, name, keyDepth })
    else {
      frame.kind = kind
      frame.start = start
      frame.base = this.#top
      frame.name = name
      frame.keyDepth = keyDepth
    }
    this.#depth = depth + 1
    this.#at = start + width
    return nothing
  }

  #isKeyPlace(frame: Frame): boolean {
    return frame.kind === 'set' || (frame.kind === 'map' && (this.#top - frame.base) % 2 === 0)
  }

  #close(c: number, at: number): Value | typeof nothing {
    const frame = this.#depth === 0 ? undefined : this.#frames[this.#depth - 1]
    if (frame === undefined) {
      return failAt(this.#text, at, `'${String.fromCharCode(c)}' closes nothing`)
    }
    if (closerOf[frame.kind] !== c) return this.#wrongCloser(frame, c, at)
    this.#at = at + 1
    const value = this.#closed(frame, at)
    this.#depth--
    this.#top = frame.base
    return value
  }

  #closed(frame: Frame, at: number): Value {
    switch (frame.kind) {
      case 'map':
        return this.#map(frame, at)
      case 'set':
        return this.#set(frame)
      case 'list':
        return list(this.#values.slice(frame.base, this.#top))
      default:
        return this.#values.slice(frame.base, this.#top)
    }
  }

  #wrongCloser(frame: Frame, c: number, at: number): never {
    const opened = placeOf(this.#text, frame.start)
    const wanted = closerOf[frame.kind]
    const needs = wanted === undefined ? 'a form' : `'${String.fromCharCode(wanted)}' or a form`
    const where = `the ${kindNames[frame.kind]} that begins at line ${opened.line}, column ${opened.column}`
    return failAt(
      this.#text,
      at,
      `'${String.fromCharCode(c)}' where ${needs} is expected, in ${where}`,
      { opened },
    )
  }

  // Gives a finished value to what waits for it; the value itself when nothing does.
  #deliver(given: Value): Value | typeof nothing {
    let value = given
    while (this.#depth > 0) {
      const frame = this.#frames[this.#depth - 1] as Frame
      switch (frame.kind) {
        case 'vector':
        case 'list':
        case 'map':
        case 'set':
          this.#values[this.#top++] = value
          return nothing
        case 'discard':
          this.#depth--
          this.#discards--
          return nothing
        case 'meta':
          if (!isMeta(value)) {
            const what = 'metadata must be a keyword, a symbol, a string or a map'
            failAt(this.#text, frame.start, what)
          }
          frame.kind = 'target'
          return nothing
        case 'target':
          if (!canHaveMeta(value)) {
            const what = 'metadata can stand only before symbols and collections'
            failAt(this.#text, frame.start, what)
          }
          this.#depth--
          break
        case 'tag':
          this.#depth--
          value = this.#tagged(frame.name ?? '', value, frame.start)
          break
        case 'quote':
          this.#depth--
          value = list<Value>([symbol('quote'), value])
          break
      }
    }
    return value
  }

  #map(frame: Frame, at: number): ValueMap {
    const text = this.#text
    const { base, name, start } = frame
    if ((this.#top - base) % 2 !== 0) {
      const opened = placeOf(text, start)
      const where = `line ${opened.line}, column ${opened.column}`
      failAt(text, at, `the map at ${where} has a key without a value`, { opened })
    }
    const map = new ValueMap()
    for (let i = base; i < this.#top; i += 2) {
      const item = this.#values[i] as Value
      const key = name === null ? item : qualified(item, name)
      if (map.set(key, this.#values[i + 1] as Value).size !== (i - base) / 2 + 1) {
        failAt(text, start, 'a key stands twice in the map', { key })
      }
    }
    return map
  }

  #set(frame: Frame): ValueSet {
    const set = new ValueSet()
    for (let i = frame.base; i < this.#top; i++) {
      const value = this.#values[i] as Value
      if (set.add(value).size !== i - frame.base + 1) {
        failAt(this.#text, frame.start, 'a value stands twice in the set', { value })
      }
    }
    return set
  }

  // ---- what begins with # ----

  #dispatch(at: number): Value | typeof nothing {
    const text = this.#text
    switch (text.charCodeAt(at + 1)) {
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
    if (at + 1 >= text.length) return this.#unfinished('form')
    const end = tokenEnd(text, at + 1)
    const token = text.slice(at + 1, end)
    if (!/^\p{L}/u.test(token)) {
      const shown = String.fromCodePoint(text.codePointAt(at + 1) ?? 0)
      return failAt(text, at, `'#${shown}' means nothing in EDN`)
    }
    if (!(readName(token) instanceof Sym)) {
      return failAt(text, at, `a tag must be a symbol, not '${clip(token)}'`)
    }
    return this.#open('tag', at, end - at, token)
  }

  #symbolic(at: number): number {
    const start = skipSpace(this.#text, at + 2)
    const end = tokenEnd(this.#text, start)
    this.#at = end
    switch (this.#text.slice(start, end)) {
      case 'Inf':
        return Infinity
      case '-Inf':
        return -Infinity
      case 'NaN':
        return NaN
      default:
        return failAt(this.#text, at, "only 'Inf', '-Inf' and 'NaN' may follow '##'")
    }
  }

  #namespaced(at: number): typeof nothing {
    const text = this.#text
    const end = tokenEnd(text, at + 2)
    const name = readName(text.slice(at + 2, end))
    if (!(name instanceof Sym) || name.ns !== null || !isReadable(name)) {
      return failAt(text, at, "'#:' must be followed by a namespace, as in #:artist{:name 1}")
    }
    const brace = skipSpace(text, end)
    if (brace >= text.length) failUnfinished(text, 'namespaced map', at)
    if (text.charCodeAt(brace) !== 123) failAt(text, brace, `a map must follow '#:${name.text}'`)
    return this.#open('map', at, brace + 1 - at, name.text)
  }

  #tagged(tag: string, value: Value, start: number): Value {
    const own = this.#options.tags?.get(tag)
    if (own !== undefined) {
      // what is thrown away is not shown to the program
      if (this.#discards > 0) return value
      const out = this.#ask(own, tag, value, start)
      return out === undefined
        ? failAt(this.#text, start, `the reader of #${tag} gave nothing`)
        : out
    }
    const known = knownTags.get(tag)
    if (known === undefined) return new Tagged(symbol(tag), value)
    const out = known(value)
    return typeof out === 'string' ? failAt(this.#text, start, out) : out
  }

  #ask(own: (value: Value) => Value, tag: string, value: Value, start: number): Value | undefined {
    try {
      return own(value)
    } catch (cause) {
      if (cause instanceof YoreError) throw cause
      const what = `the reader of #${tag} failed: ${reasonOf(cause)}`
      return failAt(this.#text, start, what, {}, cause)
    }
  }

  // ---- atoms ----

  #name(at: number): Value {
    const text = this.#text
    const end = tokenEnd(text, at)
    const token = text.slice(at, end)
    const value = readName(token)
    if (value !== undefined) {
      this.#at = end
      return value
    }
    const odd = /[@`~]/.exec(token)
    if (odd !== null) return failAt(text, at + odd.index, `'${odd[0]}' means nothing in EDN`)
    const kind = token.startsWith(':') ? 'keyword' : 'symbol'
    return failAt(text, at, `'${clip(token)}' is no valid ${kind}`)
  }

  #number(at: number): Value {
    const text = this.#text
    let i = at
    let c = text.charCodeAt(i)
    const signed = c === 43 || c === 45
    const negative = c === 45
    if (signed) c = text.charCodeAt(++i)
    const first = i
    // the common case: a decimal whole number that is exact whatever its digits are
    if (c !== 48) {
      let n = 0
      while (isDigit(c)) {
        n = n * 10 + (c - 48)
        c = text.charCodeAt(++i)
      }
      if (i - first <= 15 && (endsToken(c) || c === 35)) {
        this.#at = i
        return negative ? -n : n
      }
    }
    // unlike names, numbers end at '#'
    while (c !== 35 && !endsToken(c)) c = text.charCodeAt(++i)
    const token = text.slice(at, i)
    const value = parseNumber(token)
    if (typeof value === 'string') return failAt(text, at, `'${clip(token)}': ${value}`)
    this.#at = i
    return value
  }

  #string(at: number): string {
    const text = this.#text
    const end = text.indexOf('"', at + 1)
    if (end < 0) return failUnfinished(text, 'string', at)
    if (this.#backslash < at) {
      const next = text.indexOf('\\', at)
      this.#backslash = next < 0 ? Infinity : next
    }
    if (end < this.#backslash) {
      this.#at = end + 1
      return text.slice(at + 1, end)
    }
    const [value, after] = readEscaped(text, at)
    this.#at = after
    return value
  }

  #char(at: number): Char {
    const text = this.#text
    if (at + 1 >= text.length) return this.#unfinished('character')
    // the first unit may be any character, a delimiter too
    const end = tokenEnd(text, at + 2)
    this.#at = end
    return new Char(charOf(text.slice(at + 1, end), text, at))
  }

  #unfinished(within?: string): never {
    const frame = this.#depth === 0 ? undefined : this.#frames[this.#depth - 1]
    if (within !== undefined || frame === undefined) {
      return failAt(this.#text, this.#text.length, `the text ends within a ${within ?? 'form'}`)
    }
    return failUnfinished(this.#text, kindNames[frame.kind], frame.start)
  }
}
