/**
 * The words of an attribute as the index keeps them (indexes/words.ts, db/words.ts), and those of what is live.
 *
 * (1) A search reads the words that it asks for; texts are read of the documents that are shown, and for phrases.
 * (2) Documents get their numbers as they are met: they mean nothing.
 */

import { firstPlace } from '../../base/search.ts'
import { worked } from '../../base/watch.ts'
import type { Value } from '../../data/values.ts'
import { keysOf, parseKey, rangeOfWord, textMark } from '../../db/words.ts'
import type { Tokens } from '../../db/tokens.ts'
import type { FactIndex, View } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import type { StoredWords } from '../../indexes/words.ts'
import { cachedTokens, lengthNorm } from './text-index.ts'
import type { Postings, TextDoc, Texts } from './text-index.ts'

const everything: View = { asOf: Infinity, since: -Infinity, history: true, keep: null }

class StoredDoc implements TextDoc {
  readonly e: number
  readonly norm: number
  current = -1
  readonly #text: () => string
  #v: string | null = null

  constructor(e: number, norm: number, text: () => string) {
    this.e = e
    this.norm = norm
    this.#text = text
  }

  get v(): string {
    this.#v ??= this.#text()
    return this.#v
  }

  get tokens(): Tokens {
    return cachedTokens(this.v)
  }
}

/** A word of a live text. */
interface LiveWord {
  readonly doc: number
  readonly count: number
  readonly datoms: number
}

export class StoredTexts implements Texts {
  readonly datoms: number
  readonly #facts: FactIndex
  readonly #a: number
  readonly #words: StoredWords
  readonly #docs: StoredDoc[] = []
  readonly #numbers = new Map<string, number>()
  // Words that are live, and their sequence; and the current facts that live tombstones take away.
  readonly #live = new Map<string, LiveWord[]>()
  #sorted: readonly string[] | null = null
  readonly #taken = new Set<string>()

  constructor(facts: FactIndex, a: number, words: StoredWords) {
    this.#facts = facts
    this.#a = a
    this.#words = words
    this.datoms = facts.stats().byAttribute.get(a) ?? 0
    for (const { e, v, t, end } of words.live(false)) {
      if (typeof v !== 'string') continue
      if (end >= 0) this.#taken.add(`${e} ${textMark(v)} ${t}`)
      else (this.#docs[this.#addLive(e, v, 1)] as StoredDoc).current = t
    }
    for (const { e, v, t } of words.live(true)) {
      if (typeof v === 'string') this.#addLive(e, v, t < 0 ? 1 : 2)
    }
  }

  #addLive(e: number, v: string, datoms: number): number {
    const tokens = cachedTokens(v)
    const doc = this.#numberOf(e, textMark(v), tokens.terms.length)
    worked(tokens.terms.length * 8)
    for (const key of keysOf(v, tokens)) {
      const { word, count } = parseKey(key)
      let words = this.#live.get(word)
      if (words === undefined) this.#live.set(word, (words = []))
      words.push({ doc, count, datoms })
    }
    return doc
  }

  #numberOf(e: number, mark: string, words: number): number {
    const name = `${e} ${mark}`
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#docs.length
      this.#numbers.set(name, number)
      this.#docs.push(new StoredDoc(e, lengthNorm(words), () => this.#textOf(e, mark)))
    }
    return number
  }

  // The text of an entity with that mark, true now or ever.
  #textOf(e: number, mark: string): string {
    const cursor = this.#facts.cursor('eavt', rangeOf({ e, a: this.#a }), everything)
    while (cursor.next()) {
      const v: Value = cursor.v
      if (typeof v === 'string' && textMark(v) === mark) return v
    }
    return ''
  }

  doc(number: number): TextDoc {
    return this.#docs[number] as StoredDoc
  }

  postings(term: string): Postings | null {
    const counts = new Map<number, number>()
    const [low, high] = rangeOfWord(term)
    let datoms = 0
    for (const past of [false, true]) {
      const walk = this.#words.walk(low, high, past)
      while (walk.next()) {
        const { e, t } = walk
        worked(16)
        const { count, words, mark } = parseKey(walk.v as string)
        // what a live tombstone takes away comes again as a live fact of the past
        if (!past && this.#taken.has(`${e} ${mark} ${t}`)) continue
        const number = this.#numberOf(e, mark, words)
        counts.set(number, count)
        datoms += past && t >= 0 ? 2 : 1
        if (!past) (this.#docs[number] as StoredDoc).current = t
      }
    }
    for (const live of this.#live.get(term) ?? []) {
      counts.set(live.doc, live.count)
      datoms += live.datoms
    }
    if (counts.size === 0) return null
    return { docs: [...counts.keys()], counts: [...counts.values()], datoms }
  }

  *termsFrom(term: string): Iterable<string> {
    this.#sorted ??= [...this.#live.keys()].sort()
    const live = this.#sorted
    let i = lowerText(live, term)
    const stored = [this.#nextStored(term, false), this.#nextStored(term, true)]
    for (;;) {
      let next: string | undefined = live[i]
      for (const word of stored) {
        if (word !== null && (next === undefined || word < next)) next = word
      }
      if (next === undefined) return
      yield next
      if (live[i] === next) i++
      for (const [past, word] of stored.entries()) {
        if (word === next) stored[past] = this.#nextStored(rangeOfWord(next)[1], past === 1)
      }
    }
  }

  // The first word from there on that is kept.
  #nextStored(low: string, past: boolean): string | null {
    const walk = this.#words.walk(low, null, past)
    while (walk.next()) {
      const { word, mark } = parseKey(walk.v as string)
      if (past || !this.#taken.has(`${walk.e} ${mark} ${walk.t}`)) return word
    }
    return null
  }

  *allDocs(): Iterable<number> {
    const cursor = this.#facts.cursor('aevt', rangeOf({ a: this.#a }), everything)
    let last = -1
    while (cursor.next()) {
      const v: Value = cursor.v
      if (typeof v !== 'string') continue
      const number = this.#numberOf(cursor.e, textMark(v), cachedTokens(v).terms.length)
      // newest first: the first datom says whether it is true now
      if (number !== last) (this.#docs[number] as StoredDoc).current = cursor.added ? cursor.t : -1
      if (number !== last) yield number
      last = number
    }
  }
}

const lowerText = (texts: readonly string[], text: string): number =>
  firstPlace(0, texts.length, (i) => (texts[i] as string) >= text)
