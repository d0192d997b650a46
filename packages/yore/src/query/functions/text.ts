/**
 * `str` and `pr-str`: the text of any value, as Clojure and Java print it.
 *
 * (1) `str` of a string, character or name is its own text; inside a collection everything is printed as EDN (strings in quotes, 3N, 1.5M).
 * (2) Doubles as Java writes them: "1.0", "0.001", "1.0E7".
 * (3) Bounded in length and depth.
 */

import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import { ValueMap, ValueSet } from '../../data/equal.ts'
import {
  Char,
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
} from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { depthMax, textMax } from './call.ts'

/** Is this code white space, as Character.isWhitespace says? Spaces that do not break are not. */
export function isWhitespace(c: number): boolean {
  if (c <= 32) return (c >= 9 && c <= 13) || c >= 28
  if (c < 0x1680) return false
  if (c >= 0x2000 && c <= 0x200a) return c !== 0x2007
  return c === 0x1680 || c === 0x2028 || c === 0x2029 || c === 0x205f || c === 0x3000
}

// Digits and exponent, written as Java does: plain between 10^-3 and 10^7.
function javaReal(x: number, shortest: string): string {
  if (Number.isNaN(x)) return 'NaN'
  if (!Number.isFinite(x)) return x > 0 ? 'Infinity' : '-Infinity'
  const sign = x < 0 || Object.is(x, -0) ? '-' : ''
  if (x === 0) return `${sign}0.0`
  const m = /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(shortest) as RegExpExecArray
  const first = m[1] as string
  const rest = m[2] ?? ''
  const exponent = Number(m[3])
  if (exponent < -3 || exponent >= 7) {
    return `${sign}${first}.${rest === '' ? '0' : rest}E${exponent}`
  }
  const digits = first + rest
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const fraction = digits.slice(exponent + 1)
  return `${sign}${whole}.${fraction === '' ? '0' : fraction}`
}

/** The text of a double: `javaDouble(1e21)` is '1.0E21'. */
export function javaDouble(x: number): string {
  return javaReal(x, Math.abs(x).toExponential())
}

/** The text of a float: the shortest digits that mean it. */
export function javaFloat(x: number): string {
  const positive = Math.abs(x)
  for (let digits = 0; digits < 9; digits++) {
    const text = positive.toExponential(digits)
    if (Math.fround(Number(text)) === positive) return javaReal(x, text.replace(/\.?0*e/, 'e'))
  }
  return javaDouble(x)
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')

// java.util.Date.toString, in UTC
function dateText(ms: number): string {
  const d = new Date(ms)
  if (Number.isNaN(d.getTime())) return String(ms)
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
  return `${days[d.getUTCDay()]} ${months[d.getUTCMonth()]} ${two(d.getUTCDate())} ${time} UTC ${d.getUTCFullYear()}`
}

function instText(ms: number): string {
  const d = new Date(ms)
  return Number.isNaN(d.getTime())
    ? `#inst "${ms}"`
    : `#inst "${d.toISOString().replace('Z', '-00:00')}"`
}

/** The text of a value by itself, or null when it is a collection. */
function plainText(x: Value): string | null {
  if (x === null) return ''
  switch (typeof x) {
    case 'string':
      return x
    case 'number':
      return Number.isInteger(x) ? String(x) : javaDouble(x)
    case 'bigint':
    case 'boolean':
      return String(x)
    default:
  }
  if (x instanceof Keyword || x instanceof Sym || x instanceof Char) return x.text
  if (x instanceof Uuid || x instanceof Uri) return x.text
  if (x instanceof Double) return javaDouble(x.value)
  if (x instanceof Float) return javaFloat(x.value)
  if (x instanceof BigDecimal) return x.toString()
  if (x instanceof Instant) return dateText(x.ms)
  return null
}

const charNames: Readonly<Record<string, string>> = {
  '\n': 'newline',
  '\t': 'tab',
  '\r': 'return',
  ' ': 'space',
  '\b': 'backspace',
  '\f': 'formfeed',
}
const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
}

const quoted = (x: string): string => `"${x.replace(/["\\\n\t\r\b\f]/g, (c) => escapes[c] ?? c)}"`

const special = (x: number): string => (Number.isNaN(x) ? '##NaN' : x > 0 ? '##Inf' : '##-Inf')
const real = (x: number, text: (x: number) => string): string =>
  Number.isFinite(x) ? text(x) : special(x)

function element(x: Value): string | null {
  if (x === null) return 'nil'
  if (typeof x === 'string') return quoted(x)
  if (typeof x === 'number') return Number.isInteger(x) ? String(x) : real(x, javaDouble)
  if (typeof x === 'bigint')
    return x >= -(2n ** 63n) && x < 2n ** 63n && !small(x) ? `${x}` : `${x}N`
  if (x instanceof Double) return real(x.value, javaDouble)
  if (x instanceof Float) return real(x.value, javaFloat)
  if (x instanceof BigDecimal) return `${x.toString()}M`
  if (x instanceof Char) return `\\${charNames[x.text] ?? x.text}`
  if (x instanceof Instant) return instText(x.ms)
  if (x instanceof Uuid) return `#uuid "${x.text}"`
  if (x instanceof Uri) return `#uri ${quoted(x.text)}`
  if (x instanceof Uint8Array) {
    return `#bytes "${Array.from(x, (b) => b.toString(16).padStart(2, '0')).join('')}"`
  }
  return plainText(x)
}
const small = (x: bigint): boolean => x >= -0x1fffffffffffffn && x <= 0x1fffffffffffffn

/** Prints collections; the length so far is kept, so that what is shared many times over cannot grow without end. */
class Printer {
  readonly #parts: string[] = []
  #length = 0

  #put(text: string): void {
    this.#length += text.length
    if (this.#length > textMax) {
      raise(':yore/limit-exceeded', `the text would have more than ${textMax} characters`)
    }
    this.#parts.push(text)
  }

  #items(open: string, items: Iterable<Value>, close: string, depth: number): void {
    this.#put(open)
    let first = true
    for (const x of items) {
      if (!first) this.#put(' ')
      first = false
      this.print(x, depth)
    }
    this.#put(close)
  }

  print(x: Value, depth: number): void {
    if (depth > depthMax)
      raise(':yore/limit-exceeded', `the value is nested deeper than ${depthMax}`)
    const plain = element(x)
    if (plain !== null) return this.#put(plain)
    if (Array.isArray(x)) {
      const list = x instanceof List
      return this.#items(list ? '(' : '[', x as Value[], list ? ')' : ']', depth + 1)
    }
    if (x instanceof ValueSet) return this.#items('#{', x, '}', depth + 1)
    if (x instanceof ValueMap) return this.#map(x, depth + 1)
    if (x instanceof Tagged) {
      this.#put(`#${x.tag.text} `)
      return this.print(x.value, depth + 1)
    }
    this.#put(opaqueText(x as Opaque))
  }

  #map(x: ValueMap, depth: number): void {
    this.#put('{')
    let first = true
    for (const [k, v] of x) {
      if (!first) this.#put(', ')
      first = false
      this.print(k, depth)
      this.#put(' ')
      this.print(v, depth)
    }
    this.#put('}')
  }

  get text(): string {
    return this.#parts.join('')
  }
}

function opaqueText(x: Opaque): string {
  const value = x.value as { readonly source?: unknown } | null
  return x.kind === 'regex' && typeof value?.source === 'string'
    ? `#"${value.source}"`
    : `#object[${x.kind}]`
}

/** The value as EDN text: `prText(['a', 1])` is '["a" 1]'. */
export function prText(x: Value): string {
  const plain = element(x)
  if (plain !== null) return plain
  const printer = new Printer()
  printer.print(x, 0)
  return printer.text
}

/** The text of a value, as `str` has it: `strText(['a', 1])` is '["a" 1]', `strText('a')` is 'a'. */
export function strText(x: Value): string {
  if (x instanceof Opaque && x.kind === 'regex') return opaqueText(x).slice(2, -1)
  return plainText(x) ?? prText(x)
}
