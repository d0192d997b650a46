/**
 * Reads a regular expression in Java's syntax.
 *
 * (1) Every text gives a tree or a YoreError; nesting is bounded.
 * (2) Flags, quoting and comments are gone from the tree: they are resolved here.
 */

import { refuse } from '../call.ts'
import { digit, horizontal, namedClass, not, otherCase, space, vertical, word } from './classes.ts'
import type { Assertion, CodePoints, Node, Syntax } from './syntax.ts'
import { isLineTerminator } from './syntax.ts'

const lengthMax = 10_000
const nestingMax = 100

interface Flags {
  ignoreCase: boolean
  unicodeCase: boolean
  multiline: boolean
  dotAll: boolean
  comments: boolean
  unixLines: boolean
}

const empty: Node = { kind: 'empty' }
const set = (has: CodePoints): Node => ({ kind: 'set', has })
const assertion = (at: Assertion): Node => ({ kind: 'assert', at })

const newline: CodePoints = (c) => c === 10
const simpleClasses: Readonly<Record<string, CodePoints>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
  h: horizontal,
  H: not(horizontal),
  v: vertical,
  V: not(vertical),
}
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 }
const assertions: Readonly<Record<string, Assertion>> = {
  b: 'word-boundary',
  B: 'no-word-boundary',
  A: 'start',
  G: 'last-match',
  Z: 'end-or-last-line',
  z: 'end',
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0
  #flags: Flags = {
    ignoreCase: false,
    unicodeCase: false,
    multiline: false,
    dotAll: false,
    comments: false,
    unixLines: false,
  }
  groups = 0
  readonly names = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  fail(what: string): never {
    return refuse(
      0,
      `is no regular expression: ${what} at ${this.#at} of '${this.#text.slice(0, 80)}'`,
    )
  }

  /** The next code point, or -1. */
  #peek(): number {
    return this.#text.codePointAt(this.#at) ?? -1
  }

  #take(): number {
    const c = this.#peek()
    if (c < 0) this.fail('it ends too early')
    this.#at += c > 0xffff ? 2 : 1
    return c
  }

  #eat(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  parse(): Node {
    const root = this.#choice()
    if (this.#at < this.#text.length) this.fail("')' without '('")
    return root
  }

  #choice(): Node {
    if (++this.#depth > nestingMax) this.fail(`it is nested deeper than ${nestingMax}`)
    const items = [this.#sequence()]
    while (this.#eat('|')) items.push(this.#sequence())
    this.#depth--
    return items.length === 1 ? (items[0] as Node) : { kind: 'choice', items }
  }

  #sequence(): Node {
    const items: Node[] = []
    for (;;) {
      if (this.#flags.comments) this.#skipComment()
      const c = this.#peek()
      if (c < 0 || c === 124 /* | */ || c === 41 /* ) */) break
      if (this.#eat('\\Q')) {
        this.#quoted(items)
        continue
      }
      items.push(this.#quantified(this.#atom()))
    }
    return items.length === 1 ? (items[0] as Node) : { kind: 'sequence', items }
  }

  #skipComment(): void {
    for (;;) {
      const c = this.#peek()
      if (c === 35 /* # */)
        while (this.#peek() >= 0 && !isLineTerminator(this.#peek())) this.#take()
      else if (c >= 0 && space(c)) this.#take()
      else return
    }
  }

  #quoted(items: Node[]): void {
    const end = this.#text.indexOf('\\E', this.#at)
    const text = this.#text.slice(this.#at, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#text.length : end + 2
    const codes = Array.from(text)
    codes.forEach((ch, i) => {
      const node = this.#char(ch.codePointAt(0) as number)
      items.push(i === codes.length - 1 ? this.#quantified(node) : node)
    })
  }

  #char(code: number): Node {
    const other = this.#flags.ignoreCase ? otherCase(code, this.#flags.unicodeCase) : code
    return other === code ? { kind: 'char', code } : set((c) => c === code || c === other)
  }

  #atom(): Node {
    const c = this.#take()
    switch (String.fromCodePoint(c)) {
      case '(':
        return this.#group()
      case '[':
        return set(this.#folded(this.#class()))
      case '\\':
        return this.#escape()
      case '.':
        return set(this.#dot())
      case '^':
        return assertion(this.#flags.multiline ? 'line-start' : 'start')
      case '$':
        return assertion(this.#flags.multiline ? 'line-end' : 'end-or-last-line')
      case '*':
      case '+':
      case '?':
      case '{':
        this.#at--
        return this.fail(`'${String.fromCodePoint(c)}' has nothing to repeat`)
      default:
        return this.#char(c)
    }
  }

  #dot(): CodePoints {
    if (this.#flags.dotAll) return () => true
    return this.#flags.unixLines ? not(newline) : not(isLineTerminator)
  }

  #quantified(body: Node): Node {
    if (this.#flags.comments) this.#skipComment()
    const bounds = this.#bounds()
    if (bounds === null) return body
    const mode = this.#eat('?') ? 'lazy' : this.#eat('+') ? 'possessive' : 'greedy'
    return { kind: 'repeat', body, min: bounds[0], max: bounds[1], mode }
  }

  #bounds(): readonly [number, number] | null {
    if (this.#eat('*')) return [0, Infinity]
    if (this.#eat('+')) return [1, Infinity]
    if (this.#eat('?')) return [0, 1]
    if (this.#peek() !== 123 /* { */) return null
    const m = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(this.#text.slice(this.#at, this.#at + 20))
    if (m === null) return this.fail("'{' begins no repetition")
    this.#at += m[0].length
    const min = Number(m[1])
    const max = m[2] === undefined ? min : m[3] === '' ? Infinity : Number(m[3])
    return max < min ? this.fail('the repetition is empty') : [min, max]
  }

  #group(): Node {
    const outer = { ...this.#flags }
    const node = this.#groupBody()
    if (node !== null) {
      if (!this.#eat(')')) this.fail("'(' is not closed")
      this.#flags = outer
    }
    return node ?? empty
  }

  /** What stands in the parentheses; null for `(?i)`, which changes what follows. */
  #groupBody(): Node | null {
    if (!this.#eat('?')) return this.#capture()
    if (this.#eat(':')) return this.#choice()
    if (this.#eat('>')) return { kind: 'atomic', body: this.#choice() }
    if (this.#eat('=')) return this.#look(false, false)
    if (this.#eat('!')) return this.#look(false, true)
    if (this.#eat('<=')) return this.#look(true, false)
    if (this.#eat('<!')) return this.#look(true, true)
    if (this.#eat('<')) return this.#named()
    return this.#flagGroup()
  }

  #capture(): Node {
    const index = ++this.groups
    return { kind: 'group', index, body: this.#choice() }
  }

  #look(behind: boolean, negative: boolean): Node {
    return { kind: 'look', body: this.#choice(), behind, negative }
  }

  #named(): Node {
    const name = this.#name()
    if (this.names.has(name)) this.fail(`the group '${name}' is there already`)
    this.names.set(name, this.groups + 1)
    return this.#capture()
  }

  #name(): string {
    const m = /^([a-zA-Z][a-zA-Z0-9]{0,99})>/.exec(this.#text.slice(this.#at, this.#at + 101))
    if (m === null) return this.fail("a group's name is missing")
    this.#at += m[0].length
    return m[1] as string
  }

  #flagGroup(): Node | null {
    const m = /^([idmsuxU]*)(?:-([idmsuxU]*))?([:)])/.exec(
      this.#text.slice(this.#at, this.#at + 20),
    )
    if (m === null) return this.fail("'(?' begins nothing known")
    this.#at += m[0].length
    const outer = this.#flags
    this.#flags = { ...outer }
    for (const c of m[1] ?? '') this.#setFlag(c, true)
    for (const c of m[2] ?? '') this.#setFlag(c, false)
    return m[3] === ')' ? null : this.#choice()
  }

  #setFlag(c: string, on: boolean): void {
    const f = this.#flags
    if (c === 'i') f.ignoreCase = on
    else if (c === 'm') f.multiline = on
    else if (c === 's') f.dotAll = on
    else if (c === 'x') f.comments = on
    else if (c === 'd') f.unixLines = on
    else f.unicodeCase = on
  }

  #escape(): Node {
    const letter = String.fromCodePoint(this.#peek() < 0 ? 0 : this.#peek())
    const at = assertions[letter]
    if (at !== undefined) {
      this.#take()
      return assertion(at)
    }
    if (letter === 'R') return this.#lineBreak()
    if (letter === 'k') return this.#namedBack()
    if (letter >= '1' && letter <= '9') return this.#back()
    const has = this.#escapedClass()
    return has !== null ? set(has) : this.#char(this.#escapedChar())
  }

  #lineBreak(): Node {
    this.#take()
    const pair: Node = {
      kind: 'sequence',
      items: [
        { kind: 'char', code: 13 },
        { kind: 'char', code: 10 },
      ],
    }
    return { kind: 'choice', items: [pair, set(vertical)] }
  }

  #namedBack(): Node {
    this.#take()
    if (!this.#eat('<')) this.fail("a group's name is missing")
    const name = this.#name()
    const index = this.names.get(name) ?? this.fail(`there is no group '${name}'`)
    return { kind: 'back', index, ignoreCase: this.#flags.ignoreCase }
  }

  // More digits belong to the number as long as there are that many groups.
  #back(): Node {
    let index = this.#take() - 48
    while (digit(this.#peek()) && index * 10 + this.#peek() - 48 <= this.groups) {
      index = index * 10 + this.#take() - 48
    }
    return { kind: 'back', index, ignoreCase: this.#flags.ignoreCase }
  }

  /** The class of an escape (\d, \p{L}), or null when it is none. */
  #escapedClass(): CodePoints | null {
    const letter = this.#text[this.#at] ?? ''
    if (Object.hasOwn(simpleClasses, letter)) {
      this.#at++
      return simpleClasses[letter] as CodePoints
    }
    if (letter !== 'p' && letter !== 'P') return null
    this.#at++
    const m = /^(?:\{([^}]{1,90})\}|(\w))/.exec(this.#text.slice(this.#at, this.#at + 100))
    const name = m?.[1] ?? m?.[2] ?? ''
    const has = namedClass(name) ?? this.fail(`there is no class '${name}'`)
    this.#at += m?.[0].length ?? 0
    return letter === 'P' ? not(has) : has
  }

  #hex(pattern: RegExp): number {
    const m = pattern.exec(this.#text.slice(this.#at, this.#at + 12))
    const code = m === null ? -1 : Number.parseInt(m[1] ?? (m[2] as string), 16)
    if (m === null || code > 0x10ffff) return this.fail('a hexadecimal number is wrong')
    this.#at += m[0].length
    return code
  }

  #escapedChar(): number {
    const c = this.#take()
    const letter = String.fromCodePoint(c)
    if (Object.hasOwn(controls, letter)) return controls[letter] as number
    if (letter === 'x') return this.#hex(/^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/)
    if (letter === 'u') return this.#hex(/^([0-9a-fA-F]{4})/)
    if (letter === 'c') return this.#take() ^ 64
    if (letter === '0') {
      const m = /^([0-3]?[0-7]{1,2})/.exec(this.#text.slice(this.#at, this.#at + 3))
      if (m === null) return this.fail('an octal number is missing')
      this.#at += m[0].length
      return Number.parseInt(m[0], 8)
    }
    if (/[a-zA-Z]/.test(letter)) return this.fail(`the escape '\\${letter}' is not known`)
    return c
  }

  // ---- character classes ----

  #folded(has: CodePoints): CodePoints {
    if (!this.#flags.ignoreCase) return has
    const unicodeCase = this.#flags.unicodeCase
    return (c) => has(c) || has(otherCase(c, unicodeCase))
  }

  /** After '[': unions, ranges, nested classes, intersections. */
  #class(): CodePoints {
    if (++this.#depth > nestingMax) this.fail(`it is nested deeper than ${nestingMax}`)
    const negative = this.#eat('^')
    let parts: CodePoints[] = []
    const both: CodePoints[] = []
    // a ']' that stands first is itself
    for (let first = true; first || !this.#eat(']'); first = false) {
      if (this.#peek() < 0) this.fail("'[' is not closed")
      if (this.#eat('&&')) {
        both.push(union(parts))
        parts = []
      } else parts.push(this.#classPart())
    }
    both.push(union(parts))
    this.#depth--
    const all: CodePoints =
      both.length === 1 ? (both[0] as CodePoints) : (c) => both.every((has) => has(c))
    return negative ? not(all) : all
  }

  #classPart(): CodePoints {
    if (this.#flags.comments) this.#skipComment()
    if (this.#eat('[')) return this.#class()
    if (this.#eat('\\Q')) return this.#quotedClass()
    const low = this.#classChar()
    if (typeof low !== 'number') return low
    if (
      this.#peek() !== 45 /* - */ ||
      /^-(?:\]|\[|&&|$)/.test(this.#text.slice(this.#at, this.#at + 3))
    ) {
      return (c) => c === low
    }
    this.#take()
    const high = this.#classChar()
    if (typeof high !== 'number' || high < low) return this.fail('the range is wrong')
    return (c) => c >= low && c <= high
  }

  #classChar(): number | CodePoints {
    if (!this.#eat('\\')) return this.#take()
    return this.#escapedClass() ?? this.#escapedChar()
  }

  #quotedClass(): CodePoints {
    const end = this.#text.indexOf('\\E', this.#at)
    const codes = new Set(
      Array.from(this.#text.slice(this.#at, end < 0 ? undefined : end), (x) => x.codePointAt(0)),
    )
    this.#at = end < 0 ? this.#text.length : end + 2
    return (c) => codes.has(c)
  }
}

function union(parts: readonly CodePoints[]): CodePoints {
  if (parts.length === 1) return parts[0] as CodePoints
  return (c) => parts.some((has) => has(c))
}

/** The tree of a regular expression; refuses what is none. */
export function parseRegex(source: string): Syntax {
  if (source.length > lengthMax) refuse(0, `may not be longer than ${lengthMax} characters`)
  const parser = new Parser(source)
  const root = parser.parse()
  return { source, root, groups: parser.groups, names: parser.names }
}
