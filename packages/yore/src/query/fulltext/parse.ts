/**
 * Reads a search text: words, AND OR NOT && || ! + -, parentheses, "phrases" with ~slop, prefix*, wild?card, fuzzy~0.6, ranges
 * [a TO b] {a TO b}, ^boost, *:*.
 *
 * (1) Words next to each other are alternatives (OR). A word of the search is cut as the texts are (tokens.ts); stop words say nothing.
 * (2) Every text gives a query or a YoreError `:yore/invalid-argument`; length, nesting, and the number of patterns are bounded.
 */

import { raise } from '../../base/errors.ts'
import { Lexer } from './lexer.ts'
import type { Token } from './lexer.ts'
import { lowerCase, tokensOf } from '../../db/tokens.ts'

export type Occur = 'should' | 'must' | 'not'

export interface Clause {
  occur: Occur
  readonly query: TextQuery
}

export type TextQuery =
  | { readonly kind: 'none' }
  | { readonly kind: 'all'; readonly boost: number }
  | { readonly kind: 'term'; readonly term: string; readonly boost: number }
  | {
      readonly kind: 'phrase'
      readonly terms: readonly string[]
      readonly offsets: readonly number[]
      readonly slop: number
      readonly boost: number
    }
  | { readonly kind: 'prefix'; readonly prefix: string; readonly boost: number }
  | { readonly kind: 'wildcard'; readonly pattern: Wildcard; readonly boost: number }
  | {
      readonly kind: 'fuzzy'
      readonly term: string
      readonly similarity: number
      readonly boost: number
    }
  | {
      readonly kind: 'range'
      readonly low: string
      readonly high: string
      readonly inclusive: boolean
      readonly boost: number
    }
  | { readonly kind: 'bool'; readonly clauses: readonly Clause[]; readonly boost: number }

/** A pattern as its characters; 'any' is `*`, 'one' is `?`. */
export type Wildcard = readonly string[]

const lengthMax = 10_000
const nestingMax = 100
const clausesMax = 1024
const patternsMax = 100
/** The field that all texts are in. */
const theField = 'v'

const none: TextQuery = { kind: 'none' }

class Parser {
  readonly #lexer: Lexer
  #token: Token
  #depth = 0
  #clauses = 0
  #patterns = 0

  constructor(text: string) {
    this.#lexer = new Lexer(text)
    this.#token = this.#lexer.next()
  }

  #take(): Token {
    const token = this.#token
    this.#token = this.#lexer.next()
    return token
  }

  #unexpected(): never {
    const { kind, at } = this.#token
    return this.#lexer.fail(kind === 'end' ? 'it ends too early' : 'this cannot stand here', at)
  }

  parse(): TextQuery {
    const query = this.#query(theField)
    if (this.#token.kind !== 'end') this.#unexpected()
    return query ?? none
  }

  /** Clauses up to a closing parenthesis or the end; null when nothing is left of them (stop words). */
  #query(field: string): TextQuery | null {
    if (++this.#depth > nestingMax)
      this.#lexer.fail(`it is nested deeper than ${nestingMax}`, this.#token.at)
    const clauses: Clause[] = []
    let plainFirst: TextQuery | null = null
    for (let first = true; first || this.#begins(); first = false) {
      const conjunction = first ? null : this.#conjunction()
      const sign = this.#sign()
      const query = this.#clause(field)
      if (first && sign === null) plainFirst = query
      // AND makes what stands before it necessary too
      const before = clauses.at(-1)
      if (conjunction === 'and' && before !== undefined && before.occur !== 'not')
        before.occur = 'must'
      if (query === null) continue
      if (++this.#clauses > clausesMax)
        this.#lexer.fail(`it has more than ${clausesMax} words`, this.#token.at)
      const occur = sign ?? (conjunction === 'and' ? 'must' : 'should')
      clauses.push({ occur, query })
    }
    this.#depth--
    if (clauses.length === 1 && plainFirst !== null) return plainFirst
    return clauses.length === 0 ? null : { kind: 'bool', clauses, boost: 1 }
  }

  #begins(): boolean {
    return (
      this.#token.kind !== 'end' &&
      this.#token.kind !== ')' &&
      this.#token.kind !== 'fuzzy' &&
      this.#token.kind !== '^' &&
      this.#token.kind !== ':'
    )
  }

  #conjunction(): 'and' | 'or' | null {
    const { kind } = this.#token
    if (kind !== 'and' && kind !== 'or') return null
    this.#take()
    return kind
  }

  #sign(): Occur | null {
    const { kind } = this.#token
    if (kind !== '+' && kind !== '-' && kind !== 'not') return null
    this.#take()
    return kind === '+' ? 'must' : 'not'
  }

  #clause(field: string): TextQuery | null {
    let inField = field
    if (this.#token.kind === 'term' || this.#token.kind === 'star') {
      const name = this.#token
      if (this.#lexer.peek() === ':') {
        this.#take()
        this.#take()
        inField = name.kind === 'star' ? '*' : name.text
      }
    }
    if (this.#token.kind === '(') {
      this.#take()
      const query = this.#query(inField)
      this.#close()
      return boosted(query, this.#boost())
    }
    return this.#simple(inField)
  }

  #close(): void {
    if (this.#token.kind !== ')') this.#unexpected()
    this.#take()
  }

  #boost(): number {
    if (this.#token.kind !== '^') return 1
    const boost = Number(this.#token.text)
    this.#take()
    return boost
  }

  #fuzzy(): number | null {
    if (this.#token.kind !== 'fuzzy') return null
    const text = this.#take().text
    return text === '' ? NaN : Number(text)
  }

  /** Patterns look at every word there is; so there may not be too many. */
  #pattern<T>(query: T): T {
    if (++this.#patterns > patternsMax)
      this.#lexer.fail(`it has more than ${patternsMax} patterns`, this.#token.at)
    return query
  }

  #simple(field: string): TextQuery | null {
    const token = this.#token
    switch (token.kind) {
      case 'term':
      case 'prefix':
      case 'wildcard':
      case 'star': {
        this.#take()
        let similarity = this.#fuzzy()
        const boost = this.#boost()
        similarity ??= this.#fuzzy()
        return inField(
          field,
          token.kind === 'star' && field === '*',
          this.#word(token, field, similarity, boost),
        )
      }
      case 'quoted': {
        this.#take()
        const slop = this.#fuzzy()
        return inField(
          field,
          false,
          phraseOf(
            token.text,
            slop === null || Number.isNaN(slop) ? 0 : Math.trunc(slop),
            this.#boost(),
          ),
        )
      }
      case 'range': {
        this.#take()
        const { low, high, inclusive } = token
        const query: TextQuery = {
          kind: 'range',
          low: lowerCase(low),
          high: lowerCase(high),
          inclusive,
          boost: this.#boost(),
        }
        return inField(field, false, this.#pattern(query))
      }
      default:
        return this.#unexpected()
    }
  }

  #word(token: Token, field: string, similarity: number | null, boost: number): TextQuery | null {
    if (token.kind === 'star' && field === '*') return { kind: 'all', boost }
    if (token.kind === 'star' || (token.kind === 'wildcard' && /^[*?]/.test(token.text))) {
      return this.#lexer.fail("'*' or '?' cannot stand first in a word", token.at)
    }
    if (token.kind === 'prefix') {
      return this.#pattern({
        kind: 'prefix',
        prefix: lowerCase(unescaped(token.text.slice(0, -1))),
        boost,
      })
    }
    if (token.kind === 'wildcard')
      return this.#pattern({ kind: 'wildcard', pattern: wildcardOf(token.text), boost })
    if (similarity !== null) {
      const least = Number.isNaN(similarity) ? 0.5 : similarity
      if (!(least >= 0 && least < 1))
        this.#lexer.fail('the similarity after ~ must be from 0 up to 1', token.at)
      return this.#pattern({
        kind: 'fuzzy',
        term: lowerCase(unescaped(token.text)),
        similarity: least,
        boost,
      })
    }
    return wordsOf(unescaped(token.text), boost)
  }
}

/** Nothing is found in a field that is not there. */
function inField(field: string, everywhere: boolean, query: TextQuery | null): TextQuery | null {
  return field === theField || everywhere || query === null ? query : none
}

function boosted(query: TextQuery | null, boost: number): TextQuery | null {
  return query === null || query.kind === 'none' || boost === 1
    ? query
    : { ...query, boost: query.boost * boost }
}

/** Without the backslashes; \u0041 is 'A'. */
function unescaped(text: string): string {
  return text.replace(
    /\\u([0-9a-fA-F]{4})|\\([\s\S])/g,
    (_all, hex: string | undefined, c: string) =>
      hex === undefined ? c : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function wildcardOf(text: string): Wildcard {
  const out: string[] = []
  for (const m of text.matchAll(/\\([\s\S])|[\s\S]/gu)) {
    const c = m[0]
    if (c === '*') {
      if (out.at(-1) !== 'any') out.push('any')
    } else out.push(c === '?' ? 'one' : lowerCase(m[1] ?? c))
  }
  return out
}

/** A word of the search: it may be several words of the text, which are alternatives then. */
function wordsOf(text: string, boost: number): TextQuery | null {
  const { terms } = tokensOf(text)
  const [first] = terms
  if (first === undefined) return null
  if (terms.length === 1) return { kind: 'term', term: first, boost }
  const clauses = terms.map((term): Clause => ({
    occur: 'should',
    query: { kind: 'term', term, boost: 1 },
  }))
  return { kind: 'bool', clauses, boost }
}

function phraseOf(text: string, slop: number, boost: number): TextQuery | null {
  const { terms, positions } = tokensOf(unescaped(text))
  const [first] = terms
  if (first === undefined) return null
  if (terms.length === 1) return { kind: 'term', term: first, boost }
  const start = positions[0] as number
  return { kind: 'phrase', terms, offsets: positions.map((p) => p - start), slop, boost }
}

/** The query that a search text means. */
export function parseSearch(text: string): TextQuery {
  if (text.length > lengthMax) {
    raise(':yore/limit-exceeded', `a search text may have ${lengthMax} characters`, {
      length: text.length,
    })
  }
  return new Parser(text).parse()
}
