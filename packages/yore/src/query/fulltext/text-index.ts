/**
 * The words of one attribute's values in one database: which datoms have which word.
 *
 * (1) Every datom of the attribute's history is a document, retractions too: so many the original counts for its scores.
 * (2) Kept as long as the facts are, the last few only; a value's words are kept longer, so that the next database has them at once.
 */

import type { Value } from '../../data/values.ts'
import type { FactIndex, View } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/fact.ts'
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
  /** How many datoms there are about it. */
  datoms: number
  /** The t of its assertion when it is true now, else -1. */
  current: number
}

/** Where a word stands: documents, ascending, and how often in each. */
export interface Postings {
  readonly docs: number[]
  readonly counts: number[]
  /** Datoms that have the word. */
  datoms: number
}

export class TextIndex {
  readonly docs: TextDoc[] = []
  readonly #postings = new Map<string, Postings>()
  #sorted: readonly string[] | null = null
  /** All datoms. */
  datoms = 0

  add(e: number, v: string, t: number, added: boolean): void {
    this.datoms++
    const last = this.docs.at(-1)
    if (last !== undefined && last.e === e && last.v === v) {
      last.datoms++
      for (const term of new Set(last.tokens.terms)) (this.#postings.get(term) as Postings).datoms++
      return
    }
    const tokens = cachedTokens(v)
    const doc =
      this.docs.push({
        e,
        v,
        tokens,
        norm: lengthNorm(tokens.terms.length),
        datoms: 1,
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

  postings(term: string): Postings | null {
    return this.#postings.get(term) ?? null
  }

  /** All words, in the order of their text. */
  get terms(): readonly string[] {
    this.#sorted ??= [...this.#postings.keys()].sort()
    return this.#sorted
  }
}

const tokenCache = new Map<string, Tokens>()
const tokenCacheMax = 100_000
let tokenCacheSize = 0
const tokenCacheSizeMax = 2 ** 23

function cachedTokens(text: string): Tokens {
  const known = tokenCache.get(text)
  if (known !== undefined) return known
  const tokens = tokensOf(text)
  if (tokenCache.size >= tokenCacheMax || tokenCacheSize > tokenCacheSizeMax) {
    tokenCache.clear()
    tokenCacheSize = 0
  }
  tokenCacheSize += text.length
  tokenCache.set(text, tokens)
  return tokens
}

const everything: View = { asOf: Infinity, since: -Infinity, history: true, keep: null }

const indexes = new WeakMap<FactIndex, Map<number, TextIndex>>()
const recent: { readonly of: Map<number, TextIndex>; readonly a: number }[] = []
const recentMax = 8

/** The words of an attribute (an id) in these facts. */
export function textIndexOf(facts: FactIndex, a: number): TextIndex {
  let of = indexes.get(facts)
  if (of === undefined) indexes.set(facts, (of = new Map()))
  const known = of.get(a)
  if (known !== undefined) return known
  const index = build(facts, a)
  of.set(a, index)
  recent.push({ of, a })
  if (recent.length > recentMax) {
    const old = recent.shift()
    old?.of.delete(old.a)
  }
  return index
}

function build(facts: FactIndex, a: number): TextIndex {
  const index = new TextIndex()
  // newest first within a value: the first datom says whether it is true now
  const cursor = facts.cursor('aevt', rangeOf({ a }), everything)
  while (cursor.next()) {
    const v: Value = cursor.v
    if (typeof v === 'string') index.add(cursor.e, v, cursor.t, cursor.added)
  }
  return index
}
