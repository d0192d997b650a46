/** Cuts a search text into its signs and words. The longest word wins; AND, OR, NOT stand alone. */

import { raise } from '../../base/errors.ts'

export interface Token {
  readonly kind:
    | 'and'
    | 'or'
    | 'not'
    | '+'
    | '-'
    | '('
    | ')'
    | ':'
    | '^'
    | 'star'
    | 'term'
    | 'prefix'
    | 'wildcard'
    | 'quoted'
    | 'fuzzy'
    | 'range'
    | 'end'
  /** As written: of a word with its escapes, of ^ and ~ the number. */
  readonly text: string
  /** Of a range. */
  readonly low: string
  readonly high: string
  readonly inclusive: boolean
  readonly at: number
}

const word =
  /(?:\\[\s\S]|[^ \t\n\r\u3000+\-!():^[\]"{}~*?\\]|[*?])(?:\\[\s\S]|[^ \t\n\r\u3000!():^[\]"{}~\\])*/y
const quoted = /"((?:[^"\\]|\\[\s\S])*)"/y
const fuzzy = /~(\d+(?:\.\d+)?)?/y
const boost = /\^(\d+(?:\.\d+)?)/y
const space = /[ \t\n\r\u3000]*/y
const bound = (close: string): RegExp =>
  new RegExp(`"((?:[^"\\\\]|\\\\"|\\\\[\\s\\S])+)"|([^ \\t\\n\\r${close}]+)`, 'y')
const boundIn = bound('\\]')
const boundEx = bound('}')

const operators: Readonly<Record<string, Token['kind']>> = {
  AND: 'and',
  '&&': 'and',
  OR: 'or',
  '||': 'or',
  NOT: 'not',
}

export class Lexer {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  fail(what: string, at: number = this.#at): never {
    return raise(
      ':yore/invalid-argument',
      `this is no search text: ${what} (at ${at} of '${this.#text.slice(0, 80)}')`,
      { search: this.#text.slice(0, 200), at },
    )
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const m = pattern.exec(this.#text)
    if (m !== null) this.#at += m[0].length
    return m
  }

  /** The character that comes next, white space left out. */
  peek(): string {
    this.#match(space)
    return this.#text[this.#at] ?? ''
  }

  next(): Token {
    const c = this.peek()
    const at = this.#at
    const token = (
      kind: Token['kind'],
      text = '',
      low = '',
      high = '',
      inclusive = false,
    ): Token => ({
      kind,
      text,
      low,
      high,
      inclusive,
      at,
    })
    switch (c) {
      case '':
        return token('end')
      case '+':
      case '-':
      case '(':
      case ')':
      case ':':
        this.#at++
        return token(c)
      case '!':
        this.#at++
        return token('not')
      case '"':
        return token('quoted', (this.#match(quoted) ?? this.fail('a quote is not closed'))[1])
      case '~':
        return token('fuzzy', this.#match(fuzzy)?.[1] ?? '')
      case '^':
        return token('^', (this.#match(boost) ?? this.fail("'^' needs a number"))[1])
      case '[':
      case '{': {
        const [low, high] = this.#range(c === '[')
        return token('range', '', low, high, c === '[')
      }
      default:
        return this.#word(token)
    }
  }

  #word(token: (kind: Token['kind'], text: string) => Token): Token {
    const m = this.#match(word)
    if (m === null) return this.fail('this cannot stand here')
    const text = m[0]
    const operator = Object.hasOwn(operators, text) ? operators[text] : undefined
    if (operator !== undefined) return token(operator, text)
    if (text === '*') return token('star', text)
    const bare = text.replace(/\\[\s\S]/g, 'x')
    if (!/[*?]/.test(bare)) return token('term', text)
    return token(/^[^*?]+\*$/.test(bare) ? 'prefix' : 'wildcard', text)
  }

  /** `[low TO high]`, the TO may be left out. */
  #range(inclusive: boolean): readonly [string, string] {
    this.#at++
    const low = this.#bound(inclusive)
    const before = this.#at
    this.#match(space)
    if (!/^TO(?![^ \t\n\r\]}])/.test(this.#text.slice(this.#at, this.#at + 3))) this.#at = before
    else this.#at += 2
    const high = this.#bound(inclusive)
    if (this.peek() !== (inclusive ? ']' : '}')) this.fail('a range is not closed')
    this.#at++
    return [low, high]
  }

  #bound(inclusive: boolean): string {
    this.#match(space)
    const m = this.#match(inclusive ? boundIn : boundEx)
    if (m === null || m[2] === 'TO') return this.fail('a range needs two ends')
    return m[1] === undefined
      ? (m[2] as string).replace(/\\([\s\S])/g, '$1')
      : m[1].replace(/\\([\s\S])/g, '$1')
  }
}
