/**
 * Strings with escapes, and characters.
 *
 * (1) Escapes are Clojure's: \t \r \n \\ \" \b \f, \uXXXX, and \0 to \377 in octal. Any other is an error.
 * (2) A \u may name half of a surrogate pair, in strings and in characters: every string of JavaScript can be written.
 */

import { clip, failAt, failUnfinished, isDigit } from './text.ts'

const escapes: ReadonlyMap<number, string> = new Map([
  [116, '\t'],
  [114, '\r'],
  [110, '\n'],
  [92, '\\'],
  [34, '"'],
  [98, '\b'],
  [102, '\f'],
])

/** The string whose opening quote stands at `at`, and where it ends. */
export function readEscaped(text: string, at: number): readonly [string, number] {
  let out = ''
  let from = at + 1
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 34) return [out + text.slice(from, i), i + 1]
    if (c !== 92) continue
    out += text.slice(from, i)
    const next = text.charCodeAt(i + 1)
    const simple = escapes.get(next)
    if (simple !== undefined) {
      out += simple
      i++
    } else if (next === 117) {
      out += unicode(text, i, at)
      i += 5
    } else {
      const octal = octalDigits(text, i, at)
      out += String.fromCharCode(Number.parseInt(octal, 8))
      i += octal.length
    }
    from = i + 1
  }
  return failUnfinished(text, 'string', at)
}

// The character of the \uXXXX at `at`, in the string that begins at `start`.
function unicode(text: string, at: number, start: number): string {
  const hex = text.slice(at + 2, at + 6)
  if (/^[0-9a-fA-F]{4}$/.test(hex)) return String.fromCharCode(Number.parseInt(hex, 16))
  if (at + 6 > text.length && !hex.includes('"')) return failUnfinished(text, 'string', start)
  return failAt(text, at, '\\u must be followed by four hexadecimal digits')
}

// The digits of the octal escape at `at`: one to three, not beyond 377.
function octalDigits(text: string, at: number, start: number): string {
  const next = text.charCodeAt(at + 1)
  if (Number.isNaN(next)) return failUnfinished(text, 'string', start)
  if (!isDigit(next)) {
    return failAt(
      text,
      at,
      `'\\${text[at + 1]}' is no escape in a string; a backslash is written '\\\\'`,
    )
  }
  const digits = /^[0-7]{0,3}/.exec(text.slice(at + 1, at + 4))?.[0] ?? ''
  const another = digits.length < 3 && isDigit(text.charCodeAt(at + 1 + digits.length))
  if (another || Number.parseInt(digits, 8) > 0o377) {
    return failAt(text, at, 'an octal escape is \\0 to \\377')
  }
  return digits
}

const charNames: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['space', ' '],
  ['tab', '\t'],
  ['return', '\r'],
  ['backspace', '\b'],
  ['formfeed', '\f'],
])

/** The character that a token after a backslash means: `a`, `newline`, `u00e9`, `o101`. */
export function charOf(token: string, text: string, at: number): string {
  if (token.length === 1) return token
  if (/^u[0-9a-fA-F]{4}$/.test(token)) {
    return String.fromCharCode(Number.parseInt(token.slice(1), 16))
  }
  if (/^o[0-7]{1,3}$/.test(token)) {
    const code = Number.parseInt(token.slice(1), 8)
    if (code > 0o377) return failAt(text, at, 'an octal character is \\o0 to \\o377')
    return String.fromCharCode(code)
  }
  return charNames.get(token) ?? failAt(text, at, `'\\${clip(token)}' is no character`)
}
