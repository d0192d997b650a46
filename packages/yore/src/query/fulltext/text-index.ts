/**
 * The words of one attribute's values in one database: which datoms have which word. Made of the facts themselves, or (stored-texts.ts) of
 * what the index keeps.
 *
 * (1) Every datom of the attribute's history is a document, retractions too: so many the original counts for its scores.
 * (2) A value's words are kept for a while, so that the next database has them at once.
 */

import { firstPlace } from '../../base/search.ts'
import { worked } from '../../base/watch.ts'
import { tokensOf } from '../../db/tokens.ts'
import type { Tokens } from '../../db/tokens.ts'

const floats = new Float32Array(1)
const bits = new Int32Array(floats.buffer)

/** The norm of a text with so many words: 1/sqrt(n), with two bits after the leading one of its mantissa. */
export function lengthNorm(words: number): number {
  if (words === 0) return 0
  floats[0] = 1 / Math.sqrt(words)
  bits[0] = ((bits[0] as number) >> 21) << 21
  return floats[0]
}

/** A value of an entity: all datoms about it are alike to a search. */
export interface TextDoc {
  readonly e: number
  readonly v: string
  readonly tokens: Tokens
  /** What its length does to its scores. */
  readonly norm: number
  /** The t of its assertion when it is true now, else -1. */
  readonly current: number
}

/** Where a word stands: documents, each once, and how often in each. */
export interface Postings {
  readonly docs: readonly number[]
  readonly counts: readonly number[]
  /** Datoms that have the word. */
  readonly datoms: number
}

/** What searches ask of the words of an attribute. Documents have numbers. */
export interface Texts {
  /** All datoms. */
  readonly datoms: number
  doc(number: number): TextDoc
  postings(term: string): Postings | null
  /** Words from that one on, in the order of their text. */
  termsFrom(term: string): Iterable<string>
  allDocs(): Iterable<number>
}

interface GrowingPostings {
  readonly docs: number[]
  readonly counts: number[]
  datoms: number
}

export class TextIndex implements Texts {
  readonly docs: TextDoc[] = []
  readonly #postings = new Map<string, GrowingPostings>()
  #sorted: readonly string[] | null = null
  /** All datoms. */
  datoms = 0

  add(e: number, v: string, t: number, added: boolean): void {
    this.datoms++
    worked(32)
    const last = this.docs.at(-1)
    if (last !== undefined && last.e === e && last.v === v) {
      for (const term of new Set(last.tokens.terms)) {
        const p = this.#postings.get(term)
        if (p !== undefined) p.datoms++
      }
      return
    }
    const tokens = cachedTokens(v)
    const doc =
      this.docs.push({
        e,
        v,
        tokens,
        norm: lengthNorm(tokens.terms.length),
        current: added ? t : -1,
      }) - 1
    for (const term of tokens.terms) {
      let p = this.#postings.get(term)
      if (p === undefined) this.#postings.set(term, (p = { docs: [], counts: [], datoms: 0 }))
      if (p.docs.at(-1) === doc) p.counts[p.counts.length - 1] = (p.counts.at(-1) as number) + 1
      else {
        p.docs.push(doc)
        p.counts.push(1)
        p.datoms++
      }
    }
  }

  doc(number: number): TextDoc {
    return this.docs[number] as TextDoc
  }

  postings(term: string): Postings | null {
    return this.#postings.get(term) ?? null
  }

  *termsFrom(term: string): Iterable<string> {
    this.#sorted ??= [...this.#postings.keys()].sort()
    const terms = this.#sorted
    const first = firstPlace(0, terms.length, (i) => (terms[i] as string) >= term)
    for (let i = first; i < terms.length; i++) yield terms[i] as string
  }

  *allDocs(): Iterable<number> {
    yield* this.docs.keys()
  }
}

const tokenCache = new Map<string, Tokens>()
const tokenCacheMax = 100_000
let tokenCacheSize = 0
const tokenCacheSizeMax = 2 ** 23

export function cachedTokens(text: string): Tokens {
  const known = tokenCache.get(text)
  if (known !== undefined) return known
  const tokens = tokensOf(text)
  worked(text.length)
  if (tokenCache.size >= tokenCacheMax || tokenCacheSize > tokenCacheSizeMax) {
    tokenCache.clear()
    tokenCacheSize = 0
  }
  tokenCacheSize += text.length
  tokenCache.set(text, tokens)
  return tokens
}
