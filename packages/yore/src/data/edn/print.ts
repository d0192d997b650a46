/**
 * Writes values as EDN text, as Clojure's `pr-str` does where Clojure has the value.
 *
 * (1) `readEdn(printEdn(v))` equals `v`, type and scale and all, for every value but those of (3).
 * (2) One loop with a stack of its own: no depth that a program's memory allows is too deep, but a value in itself is refused.
 * (3) What is no data cannot come back: an Opaque is written `#opaque "kind"`; a wide entity id as the number that the API shows;
 *     a Tagged with one of the reader's own tags means what the reader says.
 * (4) A bigint is written with N, unless only a long would be so wide: 2^53 <= |x| < 2^63 has no N, as it is nearly always a long.
 * (5) What Clojure has no text for: `#float 1.5`, `#uri "http://.."`, `#bytes "00ff"`, and `#keyword "a b"`, `#symbol "a b"` for
 *     names that are no valid tokens.
 */

import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../big-decimal.ts'
import { isWideId, toPublicId } from '../entity-id.ts'
import { ValueMap, ValueSet } from '../equal.ts'
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
} from '../values.ts'
import type { Value } from '../values.ts'
import { instantMax, printInstant } from './instant.ts'
import { bareText, isReadable } from './names.ts'

/**
 * The EDN text of a value, on one line; `readEdn` of it gives the value again.
 *
 * ```ts
 * import { double, keyword, printEdn, ValueMap } from 'yore/edn'
 *
 * printEdn([keyword(':a'), double(1), null])        // '[:a 1.0 nil]'
 * printEdn(ValueMap.of([[keyword('a'), 'b'], [1, 2]]))  // '{:a "b", 1 2}'
 * ```
 */
export function printEdn(value: Value): string {
  const atom = printAtom(value)
  return atom ?? printCollection(value, Infinity)
}

/** The beginning of the text, of about so many characters, for messages: soon done whatever the value. */
export function printStart(value: Value, length: number): string {
  const text = printAtom(value) ?? printCollection(value, length)
  return text.length > length ? `${text.slice(0, length)}...` : text
}

const depthMax = 1_000_000
const partsMax = 2 ** 23
const textMax = 2 ** 28

// A collection that is being written: its items, what stands before each, and what closes it.
interface Open {
  readonly items: Iterator<Value>
  readonly close: string
  /** How many items were written; for maps it decides between space and comma. */
  written: number
  readonly isMap: boolean
}

function printCollection(value: Value, enough: number): string {
  const stack: Open[] = []
  let out = ''
  let parts = 0
  let current: Value = value
  for (;;) {
    if (out.length > enough) return out
    if (++parts > partsMax || out.length > textMax) tooLarge()
    const atom = printAtom(current)
    if (atom !== null) out += atom
    else {
      const open = opened(current)
      out += open[0]
      if (stack.push(open[1]) > depthMax) tooLarge()
    }
    for (;;) {
      const top = stack[stack.length - 1]
      if (top === undefined) return out
      const step = top.items.next()
      if (step.done !== true) {
        if (top.written > 0) out += top.isMap && top.written % 2 === 0 ? ', ' : ' '
        top.written++
        current = step.value
        break
      }
      out += top.close
      stack.pop()
    }
  }
}

function tooLarge(): never {
  return raise(
    ':yore/limit-exceeded',
    `a value holds itself, has more than ${partsMax} parts or a text of more than ${textMax} characters`,
  )
}

function opened(x: Value): [string, Open] {
  const open = (items: Iterator<Value>, close: string, isMap = false): Open => ({
    items,
    close,
    written: 0,
    isMap,
  })
  if (x instanceof List) return ['(', open(x.values(), ')')]
  if (Array.isArray(x)) return ['[', open((x as readonly Value[]).values(), ']')]
  if (x instanceof ValueMap) return ['{', open(flat(x), '}', true)]
  if (x instanceof ValueSet) return ['#{', open(x[Symbol.iterator](), '}')]
  if (x instanceof Tagged) return [`${tagText(x.tag)} `, open([x.value].values(), '')]
  return raise(':yore/invalid-value', `a ${typeof x} is no value that EDN can hold`, {})
}

function* flat(map: ValueMap): IterableIterator<Value> {
  for (const [k, v] of map.entries()) {
    yield k
    yield v
  }
}

function tagText(tag: Sym): string {
  if (!isReadable(tag) || !/^\p{L}/u.test(tag.text)) {
    raise(':yore/invalid-value', `the tag ${quote(tag.text)} cannot be written as EDN`, {})
  }
  return `#${tag.text}`
}

// The text of everything that holds no other values; null for collections.
function printAtom(x: Value): string | null {
  if (x === null) return 'nil'
  switch (typeof x) {
    case 'string':
      return quote(x)
    case 'number':
      return printNumber(x)
    case 'boolean':
      return x ? 'true' : 'false'
    case 'bigint':
      return isPlainLong(x) ? `${x}` : `${x}N`
    default:
  }
  if (x instanceof Keyword) return isReadable(x) ? x.text : `#keyword ${quote(bareText(x))}`
  if (x instanceof Sym) return isReadable(x) ? x.text : `#symbol ${quote(x.text)}`
  if (x instanceof Double) return printDouble(x.value)
  if (x instanceof Instant) return printTime(x)
  if (x instanceof Uuid) return `#uuid "${x.text}"`
  if (x instanceof BigDecimal) return `${x.toString()}M`
  if (x instanceof Uri) return `#uri ${quote(x.text)}`
  if (x instanceof Float) return `#float ${printDouble(x.value)}`
  if (x instanceof Char) return printChar(x.text)
  if (x instanceof Uint8Array) return `#bytes "${hex(x)}"`
  if (x instanceof Opaque) return `#opaque ${quote(x.kind)}`
  return null
}

const isPlainLong = (x: bigint): boolean =>
  (x > 0x1fffffffffffffn && x < 1n << 63n) || (x < -0x1fffffffffffffn && x >= -(1n << 63n))

function printNumber(x: number): string {
  if (Number.isSafeInteger(x)) return `${x}`
  return isWideId(x) ? `${toPublicId(x)}` : printDouble(x)
}

/** A double as Java prints it: '1.0', '1.0E21', '1.0E-5'; '##Inf', '##-Inf', '##NaN' as EDN has them. */
export function printDouble(x: number): string {
  if (Number.isNaN(x)) return '##NaN'
  if (x === Infinity) return '##Inf'
  if (x === -Infinity) return '##-Inf'
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0'
  const size = Math.abs(x)
  if (size >= 1e-3 && size < 1e7) {
    const text = `${x}`
    return text.includes('.') ? text : `${text}.0`
  }
  const shortest = x.toExponential()
  // Java writes two digits at least, and then the best two
  const [mantissa, exponent] = (shortest.includes('.') ? shortest : x.toExponential(1)).split('e')
  return `${mantissa}E${Number(exponent)}`
}

function printTime(x: Instant): string {
  if (!Number.isInteger(x.ms) || Math.abs(x.ms) > instantMax) {
    raise(':yore/invalid-value', `an instant of ${x.ms} ms has no date`, { ms: x.ms })
  }
  return `#inst "${printInstant(x.ms)}"`
}

const charNames: ReadonlyMap<string, string> = new Map([
  ['\n', 'newline'],
  [' ', 'space'],
  ['\t', 'tab'],
  ['\r', 'return'],
  ['\b', 'backspace'],
  ['\f', 'formfeed'],
])

function printChar(text: string): string {
  const name = charNames.get(text)
  if (name !== undefined) return `\\${name}`
  return `\\${isPlainChar(text) ? text : unicodeEscape(text)}`
}

// Neither control character, nor space of any kind, nor half of a pair.
const isPlainChar = (text: string): boolean => !/[\p{Cc}\p{Cs}\s]/u.test(text)

const unicodeEscape = (unit: string): string =>
  `u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
}

/** A string in quotes, with Clojure's escapes; control characters and lone surrogates as \uXXXX. */
export function quote(text: string): string {
  if (!/["\\\p{Cc}\p{Cs}]/u.test(text)) return `"${text}"`
  const escaped = text.replace(
    /["\\\p{Cc}\p{Cs}]/gu,
    (unit) => escapes[unit] ?? `\\${unicodeEscape(unit)}`,
  )
  return `"${escaped}"`
}

function hex(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) out += b.toString(16).padStart(2, '0')
  return out
}
