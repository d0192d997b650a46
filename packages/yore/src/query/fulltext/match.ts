/**
 * Which documents a search query matches, and how well: tf-idf with length norms and coordination, as classic Lucene scores.
 *
 * (1) A result is a map from document to score; a document that is not in it does not match.
 * (2) Scores are relative: what is common to all documents of a search (the query's norm) is left out.
 */

import { worked } from '../../base/watch.ts'
import type { Texts } from './text-index.ts'
import type { TextQuery, Wildcard } from './parse.ts'
import type { Tokens } from '../../db/tokens.ts'

export type Scores = Map<number, number>

const expansionsMax = 1024

class Matcher {
  readonly #index: Texts

  constructor(index: Texts) {
    this.#index = index
  }

  #norm(doc: number): number {
    return this.#index.doc(doc).norm
  }

  #idf(datoms: number): number {
    return Math.fround(Math.log(this.#index.datoms / (datoms + 1)) + 1)
  }

  run(query: TextQuery): Scores {
    switch (query.kind) {
      case 'none':
        return new Map()
      case 'all':
        return new Map(Array.from(this.#index.allDocs(), (doc) => [doc, query.boost]))
      case 'term':
        return this.#term(query.term, query.boost)
      case 'phrase':
        return this.#phrase(query)
      case 'prefix':
        return this.#constant(this.#withPrefix(query.prefix), query.boost)
      case 'wildcard':
        return this.#constant(this.#likeWildcard(query.pattern), query.boost)
      case 'range':
        return this.#constant(this.#between(query), query.boost)
      case 'fuzzy':
        return this.#fuzzy(query.term, query.similarity, query.boost)
      default:
        return this.#bool(query)
    }
  }

  #term(term: string, boost: number, into: Scores = new Map()): Scores {
    const p = this.#index.postings(term)
    if (p === null) return into
    const weight = this.#idf(p.datoms) ** 2 * boost
    p.docs.forEach((doc, i) => {
      if ((i & 255) === 255) worked(256 * 4)
      const score = Math.sqrt(p.counts[i] as number) * weight * this.#norm(doc)
      into.set(doc, (into.get(doc) ?? 0) + score)
    })
    return into
  }

  /** Patterns score the same everywhere. */
  #constant(terms: Iterable<string>, boost: number): Scores {
    const out: Scores = new Map()
    for (const term of terms) {
      const docs = this.#index.postings(term)?.docs ?? []
      for (const doc of docs) out.set(doc, boost)
      worked(8 + docs.length * 2)
    }
    return out
  }

  *#withPrefix(prefix: string): Iterable<string> {
    for (const term of this.#index.termsFrom(prefix)) {
      if (!term.startsWith(prefix)) return
      yield term
    }
  }

  *#likeWildcard(pattern: Wildcard): Iterable<string> {
    const fixed = pattern.findIndex((c) => c === 'any' || c === 'one')
    const least = pattern.filter((c) => c !== 'any').length
    for (const term of this.#withPrefix(pattern.slice(0, fixed).join(''))) {
      if (term.length >= least && matchesWildcard(term, pattern)) yield term
    }
  }

  *#between(query: TextQuery & { kind: 'range' }): Iterable<string> {
    for (const term of this.#index.termsFrom(query.low)) {
      if (query.inclusive ? term > query.high : term >= query.high) return
      if (query.inclusive || term !== query.low) yield term
    }
  }

  #fuzzy(text: string, least: number, boost: number): Scores {
    const found: { term: string; boost: number }[] = []
    for (const term of this.#index.termsFrom('')) {
      worked(text.length * term.length)
      const s = similarity(text, term, least)
      if (s > least) found.push({ term, boost: (s - least) / (1 - least) })
    }
    found.sort((a, b) => b.boost - a.boost)
    const out: Scores = new Map()
    for (const x of found.slice(0, expansionsMax)) this.#term(x.term, boost * x.boost, out)
    return out
  }

  #phrase(query: TextQuery & { kind: 'phrase' }): Scores {
    const all = [...new Set(query.terms)].map((t) => this.#index.postings(t))
    const out: Scores = new Map()
    if (all.includes(null)) return out
    const lists = all.map((p) => (p as NonNullable<typeof p>).docs)
    const rarest = lists.reduce((a, b) => (b.length < a.length ? b : a))
    const others = lists.filter((x) => x !== rarest).map((x) => new Set(x))
    let idf = 0
    for (const t of query.terms) idf += this.#idf(this.#index.postings(t)?.datoms ?? 0)
    for (const doc of rarest) {
      if (!others.every((x) => x.has(doc))) continue
      const { tokens } = this.#index.doc(doc)
      worked(tokens.terms.length * 16)
      const frequency = phraseFrequency(tokens, query)
      if (frequency > 0) {
        out.set(doc, Math.sqrt(frequency) * idf ** 2 * query.boost * this.#norm(doc))
      }
    }
    return out
  }

  #bool(query: TextQuery & { kind: 'bool' }): Scores {
    const scoring = query.clauses.filter((c) => c.occur !== 'not')
    const necessary = scoring.filter((c) => c.occur === 'must').length
    const sums: Scores = new Map()
    const matched = new Map<number, number>()
    const musts = new Map<number, number>()
    for (const clause of scoring) {
      for (const [doc, score] of this.run(clause.query)) {
        sums.set(doc, (sums.get(doc) ?? 0) + score)
        matched.set(doc, (matched.get(doc) ?? 0) + 1)
        if (clause.occur === 'must') musts.set(doc, (musts.get(doc) ?? 0) + 1)
      }
    }
    for (const clause of query.clauses) {
      if (clause.occur === 'not' && sums.size > 0) {
        for (const doc of this.run(clause.query).keys()) sums.delete(doc)
      }
    }
    const out: Scores = new Map()
    for (const [doc, sum] of sums) {
      if ((musts.get(doc) ?? 0) === necessary) {
        out.set(doc, sum * query.boost * ((matched.get(doc) ?? 0) / scoring.length))
      }
    }
    return out
  }
}

/** Does the term match? Greedy, going back to the last `*` only. */
export function matchesWildcard(term: string, pattern: Wildcard): boolean {
  const text = Array.from(term)
  let i = 0
  let p = 0
  let star = -1
  let mark = 0
  while (i < text.length) {
    const c = pattern[p]
    if (c === 'any') {
      star = p++
      mark = i
    } else if (c !== undefined && (c === 'one' || c === text[i])) {
      p++
      i++
    } else if (star >= 0) {
      p = star + 1
      i = ++mark
    } else return false
  }
  while (pattern[p] === 'any') p++
  return p === pattern.length
}

/** 1 less the edits for each character of the shorter; 0 when that is not above `least` anyway. */
export function similarity(a: string, b: string, least: number): number {
  const shorter = Math.min(a.length, b.length)
  if (shorter === 0) return 0
  const edits = (1 - least) * shorter
  if (Math.abs(a.length - b.length) >= edits) return 0
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    let best = i
    for (let j = 1; j <= b.length; j++) {
      const change = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1
      const d = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + change,
      )
      next.push(d)
      if (d < best) best = d
    }
    if (best > edits) return 0
    row = next
  }
  return 1 - (row[b.length] as number) / shorter
}

/** How often the phrase stands in the text; with slop, what is farther apart counts less. */
function phraseFrequency(tokens: Tokens, query: TextQuery & { kind: 'phrase' }): number {
  const places = query.terms.map((term, i) => {
    const out: number[] = []
    tokens.terms.forEach((t, k) => {
      if (t === term) out.push((tokens.positions[k] as number) - (query.offsets[i] as number))
    })
    return out
  })
  return query.slop === 0 ? exactFrequency(places) : sloppyFrequency(places, query.slop)
}

function exactFrequency(places: readonly (readonly number[])[]): number {
  const [first, ...rest] = places
  const sets = rest.map((x) => new Set(x))
  return (first ?? []).filter((p) => sets.every((x) => x.has(p))).length
}

/** Windows over the places of all terms, from left to right: each moves the term that is farthest behind. */
function sloppyFrequency(places: readonly (readonly number[])[], slop: number): number {
  const at = places.map(() => 0)
  const place = (i: number): number => places[i]?.[at[i] as number] ?? Infinity
  let end = Math.max(...places.map((_, i) => place(i)))
  let frequency = 0
  for (;;) {
    let behind = 0
    let next = Infinity
    for (let i = 1; i < places.length; i++) {
      if (place(i) < place(behind)) {
        next = place(behind)
        behind = i
      } else next = Math.min(next, place(i))
    }
    // as near to the others as it can come
    let start = place(behind)
    let done = false
    while (place(behind) <= next) {
      start = place(behind)
      at[behind] = (at[behind] as number) + 1
      if (place(behind) === Infinity) {
        done = true
        break
      }
    }
    if (end - start <= slop) frequency += 1 / (end - start + 1)
    if (done) return frequency
    end = Math.max(end, place(behind))
  }
}

/** The documents that match, with their scores. */
export function matchDocs(index: Texts, query: TextQuery): Scores {
  return new Matcher(index).run(query)
}
