/**
 * The characters of EDN text: what is white space, where tokens end, and how a fault is told with its place.
 *
 * (1) Every function takes a whole text and an offset in UTF-16 units, and looks at each character once.
 * (2) Lines and columns count from 1; a line ends with LF, CR LF or CR. They are computed only when something fails.
 */

import { raise } from '../../base/errors.ts'

const ends = 1
const space = 2
const classOf = new Uint8Array(128)
for (const c of ' \t\n\v\f\r,\x1c\x1d\x1e\x1f') classOf[c.charCodeAt(0)] = ends | space
for (const c of '"();[]{}\\^') classOf[c.charCodeAt(0)] = ends

// Java's Character.isWhitespace beyond ASCII.
const isWideSpace = (c: number): boolean =>
  c === 0x1680 ||
  (c >= 0x2000 && c <= 0x200a && c !== 0x2007) ||
  c === 0x2028 ||
  c === 0x2029 ||
  c === 0x205f ||
  c === 0x3000

/** Does this character code end a token? So does NaN, the end of the text. */
export function endsToken(c: number): boolean {
  return c < 128 ? ((classOf[c] as number) & ends) !== 0 : !(c >= 128) || isWideSpace(c)
}

/** The end of the token that stands at `at`. */
export function tokenEnd(text: string, at: number): number {
  let i = at
  for (;;) {
    const c = text.charCodeAt(i)
    if (c < 128) {
      if (((classOf[c] as number) & ends) !== 0) return i
    } else if (!(c >= 128) || isWideSpace(c)) return i
    i++
  }
}

/** The first place from `at` on that is neither white space nor comment. */
export function skipSpace(text: string, at: number): number {
  let i = at
  for (;;) {
    const c = text.charCodeAt(i)
    if (c < 128) {
      if (((classOf[c] as number) & space) !== 0) i++
      else if (c === 59) i = lineEnd(text, i)
      else return i
    } else if (c >= 128 && isWideSpace(c)) i++
    else return i
  }
}

function lineEnd(text: string, at: number): number {
  let i = at
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 10 || c === 13) break
  }
  return i
}

export const isDigit = (c: number): boolean => c >= 48 && c <= 57

export interface Place {
  readonly line: number
  readonly column: number
}

/** Line and column of an offset. */
export function placeOf(text: string, at: number): Place {
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

/** Throws `:yore/invalid-edn`: what is wrong, at an offset of the text. */
export function failAt(
  text: string,
  at: number,
  what: string,
  data: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): never {
  const place = placeOf(text, at)
  return raise(
    ':yore/invalid-edn',
    `${what} (line ${place.line}, column ${place.column})`,
    { ...place, ...data },
    cause === undefined ? {} : { cause },
  )
}

/** Throws for a text that ends before the `kind` that begins at `start` is complete. */
export function failUnfinished(text: string, kind: string, start: number): never {
  const opened = placeOf(text, start)
  return failAt(
    text,
    text.length,
    `the text ends within the ${kind} that begins at line ${opened.line}, column ${opened.column}`,
    { opened },
  )
}

/** A token as it is shown in a message. */
export const clip = (token: string): string =>
  token.length > 60 ? `${token.slice(0, 60)}...` : token
