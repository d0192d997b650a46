/**
 * The words of fulltext attributes as an index keeps them: for each word of a text a key, a string that sorts by the word.
 *
 *   word · U+0000 · how often it stands in the text · `.` · words of the text · `.` · which text
 *
 * (1) A key says all that scoring needs, so that texts are read only to be shown.
 * (2) 'Which text' tells apart the texts of one entity: 30 bits of a hash.
 * (3) The format is on disks: it does not change.
 */

import type { Value } from '../data/values.ts'
import { tokensOf } from './tokens.ts'
import type { Tokens } from './tokens.ts'

const separator = '\u0000'
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~'

/** Which text it is, in five digits. */
export function textMark(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  // the last characters come into all bits
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash ^= hash >>> 13
  let out = ''
  for (let i = 0; i < 5; i++) out += digits[(hash >>> (6 * i)) & 63] as string
  return out
}

export interface WordKey {
  readonly word: string
  /** How often it stands in the text. */
  readonly count: number
  /** Words of the text. */
  readonly words: number
  readonly mark: string
}

/** The keys of a text with these words. */
export function keysOf(text: string, { terms }: Tokens): readonly string[] {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  const rest = `.${terms.length}.${textMark(text)}`
  return Array.from(counts, ([word, count]) => `${word}${separator}${count}${rest}`)
}

/** The keys of a value; only strings have words. `wordKeys('one two one')` has two. */
export function wordKeys(v: Value): readonly string[] {
  return typeof v === 'string' ? keysOf(v, tokensOf(v)) : []
}

export function parseKey(key: string): WordKey {
  const end = key.indexOf(separator)
  const first = key.indexOf('.', end)
  const second = key.indexOf('.', first + 1)
  return {
    word: key.slice(0, end),
    count: Number(key.slice(end + 1, first)),
    words: Number(key.slice(first + 1, second)),
    mark: key.slice(second + 1),
  }
}

/** The least key of a word, and the least of what follows it. */
export function rangeOfWord(word: string): readonly [low: string, high: string] {
  return [`${word}${separator}`, `${word}\u0001`]
}
