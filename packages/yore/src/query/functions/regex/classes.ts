/** Classes of code points: `\d \w \s`, `\p{...}`, and folding of case. */

import type { CodePoints } from './syntax.ts'

export const digit: CodePoints = (c) => c >= 48 && c <= 57
export const lower: CodePoints = (c) => c >= 97 && c <= 122
export const upper: CodePoints = (c) => c >= 65 && c <= 90
export const alpha: CodePoints = (c) => lower(c) || upper(c)
export const word: CodePoints = (c) => alpha(c) || digit(c) || c === 95
export const space: CodePoints = (c) => c === 32 || (c >= 9 && c <= 13)
export const horizontal: CodePoints = (c) =>
  c === 9 ||
  c === 32 ||
  c === 0xa0 ||
  c === 0x1680 ||
  c === 0x180e ||
  (c >= 0x2000 && c <= 0x200a) ||
  c === 0x202f ||
  c === 0x205f ||
  c === 0x3000
export const vertical: CodePoints = (c) =>
  (c >= 10 && c <= 13) || c === 0x85 || c === 0x2028 || c === 0x2029

export const not =
  (has: CodePoints): CodePoints =>
  (c) =>
    !has(c)

const graph: CodePoints = (c) => c > 32 && c < 127
const punct: CodePoints = (c) => graph(c) && !alpha(c) && !digit(c)

const posix: ReadonlyMap<string, CodePoints> = new Map([
  ['Lower', lower],
  ['Upper', upper],
  ['ASCII', (c) => c < 128],
  ['Alpha', alpha],
  ['Digit', digit],
  ['Alnum', (c) => alpha(c) || digit(c)],
  ['Punct', punct],
  ['Graph', graph],
  ['Print', (c) => c >= 32 && c < 127],
  ['Blank', (c) => c === 32 || c === 9],
  ['Cntrl', (c) => c < 32 || c === 127],
  ['XDigit', (c) => digit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)],
  ['Space', space],
])

// Java's names beside the general categories, as Unicode's properties.
const properties: ReadonlyMap<string, string> = new Map([
  ['IsAlphabetic', 'Alphabetic'],
  ['IsIdeographic', 'Ideographic'],
  ['IsLetter', 'L'],
  ['IsDigit', 'Nd'],
  ['IsLowercase', 'Lowercase'],
  ['IsUppercase', 'Uppercase'],
  ['IsTitlecase', 'Lt'],
  ['IsPunctuation', 'P'],
  ['IsControl', 'Cc'],
  ['IsWhite_Space', 'White_Space'],
  ['IsWhiteSpace', 'White_Space'],
  ['IsHex_Digit', 'Hex_Digit'],
  ['IsEmoji', 'Emoji'],
  ['javaLowerCase', 'Lowercase'],
  ['javaUpperCase', 'Uppercase'],
  ['javaWhitespace', 'White_Space'],
  ['javaLetter', 'L'],
  ['javaDigit', 'Nd'],
  ['javaAlphabetic', 'Alphabetic'],
])

const cache = new Map<string, CodePoints | null>()

function unicode(property: string): CodePoints | null {
  const known = cache.get(property)
  if (known !== undefined) return known
  let has: CodePoints | null
  try {
    const test = new RegExp(`^\\p{${property}}$`, 'u')
    has = (c) => test.test(String.fromCodePoint(c))
  } catch {
    has = null
  }
  if (cache.size < 500) cache.set(property, has)
  return has
}

/** The class of `\p{name}`, or null when there is none of that name. */
export function namedClass(name: string): CodePoints | null {
  const known = posix.get(name)
  if (known !== undefined) return known
  if (!/^[A-Za-z_]{1,40}(=[A-Za-z_]{1,40})?$/.test(name)) return null
  const property = properties.get(name)
  if (property !== undefined) return unicode(property)
  const [key, value] = name.split('=')
  if (value !== undefined) {
    if (/^(sc|script)$/i.test(key ?? '')) return unicode(`Script=${value}`)
    return /^(gc|general_category)$/i.test(key ?? '') ? unicode(`gc=${value}`) : null
  }
  if (/^[A-Z][A-Za-z]?$/.test(name) || name === 'LC') return unicode(`gc=${name}`)
  if (!name.startsWith('Is')) return null
  const bare = name.slice(2)
  return bare.length <= 2 ? unicode(`gc=${bare}`) : (unicode(`Script=${bare}`) ?? unicode(bare))
}

const letterOrDigit = unicode('L') as CodePoints
const decimal = unicode('Nd') as CodePoints
/** What makes a word for `\b`: letters and digits of every script, and the underscore. */
export const wordPart: CodePoints = (c) => (c < 128 ? word(c) : letterOrDigit(c) || decimal(c))

/** The other case of an ASCII letter, or the code point itself. */
export function otherCase(c: number, unicodeCase: boolean): number {
  if (alpha(c)) return c ^ 32
  if (!unicodeCase || c < 128) return c
  const text = String.fromCodePoint(c)
  const up = text.toUpperCase()
  const other = up === text ? text.toLowerCase() : up
  const code = other.codePointAt(0) ?? c
  return String.fromCodePoint(code) === other ? code : c
}
