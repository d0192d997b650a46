/** Regular expressions: `re-pattern re-find re-matches re-seq`, and what the string functions need of them. */

import { Opaque, list } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { raise } from '../../base/errors.ts'
import type { Definition } from './call.ts'
import { arg, checkSize, refuse, textArg, textMax } from './call.ts'
import { find, findAll, matches, newBudget, regexOf } from './regex/match.ts'
import type { Match } from './regex/match.ts'
import type { Regex } from './regex/program.ts'

/** What `re-pattern` gives: a regular expression by its text. */
export class Pattern {
  readonly source: string
  readonly #regex: Regex

  constructor(source: string) {
    this.source = source
    this.#regex = regexOf(source)
  }
  static regexOf(x: Pattern): Regex {
    return x.#regex
  }
  toString(): string {
    return this.source
  }
  toJSON(): string {
    return this.source
  }
}

/** The regular expression that a value is, or null. A program may pass one of JavaScript's: it is read as Java's. */
export function asRegex(x: Value): Regex | null {
  if (!(x instanceof Opaque)) return null
  if (x.value instanceof Pattern) return Pattern.regexOf(x.value)
  if (!(x.value instanceof RegExp)) return null
  const flags = x.value.flags.replace(/[^ims]/g, '')
  return regexOf(flags === '' ? x.value.source : `(?${flags})${x.value.source}`)
}

export function regexArg(args: readonly Value[], i: number): Regex {
  const x = arg(args, i)
  return asRegex(x) ?? refuse(i, 'must be a regular expression (re-pattern makes one)', x)
}

/** The groups of a match as Clojure gives them: the text alone, or [text group1 ...]. */
export function groupsOf(text: string, m: Match): Value {
  const all: (string | null)[] = []
  for (let i = 0; i < m.length; i += 2) {
    const start = m[i] as number
    all.push(start < 0 ? null : text.slice(start, m[i + 1]))
  }
  return all.length === 1 ? (all[0] as string) : all
}

/** Splits at every match, as java.util.regex.Pattern.split does. */
export function splitText(text: string, regex: Regex, limit: number): string[] {
  const parts: string[] = []
  let start = 0
  for (const m of findAll(regex, text, newBudget())) {
    if (limit > 0 && parts.length === limit - 1) break
    const from = m[0] as number
    const to = m[1] as number
    // nothing matched at the very beginning makes no part
    if (from === 0 && to === 0) continue
    parts.push(text.slice(start, from))
    start = to
    checkSize(parts.length)
  }
  if (parts.length === 0) return [text]
  parts.push(text.slice(start))
  if (limit === 0) while (parts.length > 0 && parts.at(-1) === '') parts.pop()
  return parts
}

/** What `$1`, `${name}` and `\x` in a replacement become. */
function expand(replacement: string, regex: Regex, text: string, m: Match): string {
  let out = ''
  for (let i = 0; i < replacement.length; i++) {
    const c = replacement[i] as string
    if (c === '\\') {
      i++
      if (i >= replacement.length) refuse(2, 'ends with a backslash that quotes nothing')
      out += replacement[i]
    } else if (c === '$') {
      const [index, length] = groupAt(replacement, i + 1, regex)
      const start = m[2 * index] ?? -1
      if (start >= 0) out += text.slice(start, m[2 * index + 1])
      i += length
    } else out += c
  }
  return out
}

function groupAt(replacement: string, at: number, regex: Regex): readonly [number, number] {
  const name = /^\{([a-zA-Z][a-zA-Z0-9]*)\}/.exec(replacement.slice(at, at + 110))
  if (name !== null) {
    const index = regex.names.get(name[1] as string)
    if (index === undefined) refuse(2, `names a group that is not there: '${name[1]}'`)
    return [index, name[0].length]
  }
  const first = replacement.charCodeAt(at) - 48
  if (!(first >= 0 && first <= 9)) refuse(2, "has a '$' without a group")
  if (first > regex.groups) refuse(2, `names a group that is not there: ${first}`)
  let index = first
  let length = 1
  for (;;) {
    const next = replacement.charCodeAt(at + length) - 48
    if (!(next >= 0 && next <= 9) || index * 10 + next > regex.groups) return [index, length]
    index = index * 10 + next
    length++
  }
}

/** Replaces matches; the replacement is a text with `$1` in it, or a function of the match's groups. */
export function replaceMatches(
  text: string,
  regex: Regex,
  replacement: string | ((groups: Value) => string),
  onlyFirst: boolean,
): string {
  let out = ''
  let start = 0
  for (const m of findAll(regex, text, newBudget())) {
    out += text.slice(start, m[0])
    out +=
      typeof replacement === 'string'
        ? expand(replacement, regex, text, m)
        : replacement(groupsOf(text, m))
    start = m[1] as number
    if (out.length > textMax) raise(':yore/limit-exceeded', 'the text is too long')
    if (onlyFirst) break
  }
  return out + text.slice(start)
}

/** Does the whole text match? */
export function matchesWhole(text: string, regex: Regex): boolean {
  return matches(regex, text, newBudget()) !== null
}

export const patterns: readonly Definition[] = [
  {
    name: 're-pattern',
    params: 's',
    doc: "The regular expression of this text, in Java's syntax. A text is no regular expression by itself.",
    example: ['(re-pattern "[0-9]+")', '#"[0-9]+"'],
    run: (args) =>
      asRegex(arg(args, 0)) === null
        ? new Opaque('regex', new Pattern(textArg(args, 0)))
        : arg(args, 0),
  },
  {
    name: 're-find',
    params: 're s',
    doc: 'The first match in the text: the matched text, or a vector of it and its groups (nil for a group without part). nil without a match.',
    example: ['(re-find #"(a)(b)?" "xa")', '["a" "a" nil]'],
    run: (args) => {
      const text = textArg(args, 1)
      const m = find(regexArg(args, 0), text, 0, newBudget())
      return m === null ? null : groupsOf(text, m)
    },
  },
  {
    name: 're-matches',
    params: 're s',
    doc: 'As `re-find`, for a match of the whole text.',
    example: ['(re-matches #"a.*" "abc")', '"abc"'],
    run: (args) => {
      const text = textArg(args, 1)
      const m = matches(regexArg(args, 0), text, newBudget())
      return m === null ? null : groupsOf(text, m)
    },
  },
  {
    name: 're-seq',
    params: 're s',
    doc: 'All matches, one after the other; nil when there is none.',
    example: ['(re-seq #"[0-9]+" "a1b22")', '("1" "22")'],
    run: (args) => {
      const text = textArg(args, 1)
      const found: Value[] = []
      for (const m of findAll(regexArg(args, 0), text, newBudget())) {
        found.push(groupsOf(text, m))
        checkSize(found.length)
      }
      return found.length === 0 ? null : list(found)
    },
  },
]
