/**
 * Runs the program of a regular expression over a text: the first match from left to right, alternatives in their order, as Java finds it.
 *
 * (1) Backtracking with a stack of its own: no recursion but into lookarounds and atomic groups, whose depth the syntax bounds.
 * (2) The steps of one call are counted; a pattern that would run for long raises `:yore/limit-exceeded`.
 */

import { raise } from '../../../base/errors.ts'
import { worked } from '../../../base/watch.ts'
import { wordPart } from './classes.ts'
import { parseRegex } from './parse.ts'
import { compileRegex } from './program.ts'
import type { Instruction, Program, Regex } from './program.ts'
import { isLineTerminator } from './syntax.ts'
import type { Assertion } from './syntax.ts'

const stepsMax = 20_000_000
const stackMax = 3_000_000

/** Positions: [start, end, start of group 1, its end, ...]; -1 for a group that took no part. */
export type Match = readonly number[]

/** How many steps a call may still take; one budget for all the matches of one call. */
export interface Budget {
  steps: number
}

export function newBudget(): Budget {
  return { steps: stepsMax }
}

const cache = new Map<string, Regex>()

/** The regular expression of this source, kept for the next call. */
export function regexOf(source: string): Regex {
  const known = cache.get(source)
  if (known !== undefined) return known
  const regex = compileRegex(parseRegex(source))
  if (cache.size >= 100) cache.clear()
  cache.set(source, regex)
  return regex
}

class Matcher {
  readonly #text: string
  readonly #budget: Budget
  readonly slots: number[]
  readonly #lastEnd: number

  constructor(regex: Regex, text: string, budget: Budget, lastEnd: number) {
    this.#text = text
    this.#budget = budget
    this.#lastEnd = lastEnd
    this.slots = Array.from({ length: regex.slots }, () => -1)
  }

  #spend(): void {
    const left = --this.#budget.steps
    if ((left & 255) === 0) worked(384)
    if (left < 0) {
      raise(':yore/limit-exceeded', 'the regular expression takes too many steps on this text')
    }
  }

  /** Runs from a position; the end of the match or -1. With `end`, only a match that ends there counts. */
  run(program: Program, from: number, end = -1): number {
    const text = this.#text
    const slots = this.slots
    // pairs: (instruction, position) to try, or (-1 - slot, value) to put back
    const stack: number[] = []
    const code = program.code
    let pc = 0
    let at = from
    for (;;) {
      this.#spend()
      const x = code[pc] as Instruction
      let ok = true
      switch (x.op) {
        case 'char':
        case 'set': {
          const c = text.codePointAt(at)
          ok = c !== undefined && (x.op === 'char' ? c === x.code : x.has(c))
          if (ok) at += (c as number) > 0xffff ? 2 : 1
          pc++
          break
        }
        case 'split':
          stack.push(x.second, at)
          if (stack.length > stackMax) {
            raise(
              ':yore/limit-exceeded',
              'the regular expression takes too much memory on this text',
            )
          }
          pc = x.first
          break
        case 'jump':
          pc = x.to
          break
        case 'save':
          stack.push(-1 - x.slot, slots[x.slot] as number)
          slots[x.slot] = at
          pc++
          break
        case 'progress':
          pc = slots[x.slot] === at ? x.exit : pc + 1
          break
        case 'match':
          if (end < 0 || at === end) return at
          ok = false
          break
        default:
          at = this.#other(x, at, stack)
          ok = at >= 0
          pc++
      }
      if (ok) continue
      let resumed = false
      while (stack.length > 0) {
        const position = stack.pop() as number
        const target = stack.pop() as number
        if (target < 0) slots[-1 - target] = position
        else {
          pc = target
          at = position
          resumed = true
          break
        }
      }
      if (!resumed) return -1
    }
  }

  /** The rarer instructions: the position after them, or -1. */
  #other(x: Instruction, at: number, stack: number[]): number {
    switch (x.op) {
      case 'assert':
        return this.#holds(x.at, at) ? at : -1
      case 'back':
        return this.#back(x.index, x.ignoreCase, at)
      case 'atomic': {
        const before = [...this.slots]
        const end = this.run(x.program, at)
        if (end >= 0) this.#keep(before, stack)
        return end
      }
      case 'look': {
        const before = [...this.slots]
        const found = this.#look(x, at)
        if (found === x.negative) {
          this.#restore(before)
          return -1
        }
        if (x.negative) this.#restore(before)
        else this.#keep(before, stack)
        return at
      }
      default:
        return -1
    }
  }

  #look(x: Instruction & { op: 'look' }, at: number): boolean {
    if (x.behind === null) return this.run(x.program, at) >= 0
    for (let n = x.behind[0]; n <= Math.min(x.behind[1], at); n++) {
      if (this.run(x.program, at - n, at) >= 0) return true
    }
    return false
  }

  /** Groups that were set inside are put back when the matcher goes back before this place. */
  #keep(before: readonly number[], stack: number[]): void {
    before.forEach((old, slot) => {
      if (this.slots[slot] !== old) stack.push(-1 - slot, old)
    })
  }

  #restore(before: readonly number[]): void {
    before.forEach((old, slot) => {
      this.slots[slot] = old
    })
  }

  #back(index: number, ignoreCase: boolean, at: number): number {
    const start = this.slots[2 * index] ?? -1
    const end = this.slots[2 * index + 1] ?? -1
    if (start < 0 || end < start) return -1
    const wanted = this.#text.slice(start, end)
    this.#budget.steps -= wanted.length
    const found = this.#text.slice(at, at + wanted.length)
    const same = ignoreCase ? found.toLowerCase() === wanted.toLowerCase() : found === wanted
    return same ? at + wanted.length : -1
  }

  #holds(assertion: Assertion, at: number): boolean {
    const text = this.#text
    switch (assertion) {
      case 'start':
        return at === 0
      case 'end':
        return at === text.length
      case 'last-match':
        return at === this.#lastEnd
      case 'line-start':
        return at === 0 || (at < text.length && this.#afterLine(at))
      case 'line-end':
        return at === text.length || this.#beforeLine(at)
      case 'end-or-last-line':
        return (
          at === text.length || (this.#beforeLine(at) && at + this.#lineLength(at) === text.length)
        )
      default: {
        const before = at > 0 && wordPart(this.#codeBefore(at))
        const after = at < text.length && wordPart(text.codePointAt(at) as number)
        return (before !== after) === (assertion === 'word-boundary')
      }
    }
  }

  #codeBefore(at: number): number {
    const low = this.#text.charCodeAt(at - 1)
    return low >= 0xdc00 && low < 0xe000 && at > 1
      ? (this.#text.codePointAt(at - 2) as number)
      : low
  }

  // '\r\n' is one line terminator
  #afterLine(at: number): boolean {
    const c = this.#text.charCodeAt(at - 1)
    return isLineTerminator(c) && !(c === 13 && this.#text.charCodeAt(at) === 10)
  }
  #beforeLine(at: number): boolean {
    const c = this.#text.charCodeAt(at)
    if (c === 10 && at > 0 && this.#text.charCodeAt(at - 1) === 13) return false
    return isLineTerminator(c)
  }
  #lineLength(at: number): number {
    return this.#text.charCodeAt(at) === 13 && this.#text.charCodeAt(at + 1) === 10 ? 2 : 1
  }
}

/** The first match at or after `from`, or null. */
export function find(
  regex: Regex,
  text: string,
  from: number,
  budget: Budget,
  lastEnd: number = from,
): Match | null {
  const matcher = new Matcher(regex, text, budget, lastEnd)
  for (let at = from; at <= text.length; at++) {
    if (regex.anchored && at > 0) return null
    if (regex.firstChar !== null) {
      at = text.indexOf(regex.firstChar, at)
      if (at < 0) return null
    }
    const c = text.charCodeAt(at)
    const before = at > 0 ? text.charCodeAt(at - 1) : 0
    // never in the middle of a pair
    if (c >= 0xdc00 && c < 0xe000 && before >= 0xd800 && before < 0xdc00) continue
    const end = matcher.run(regex.program, at)
    if (end >= 0) return [at, end, ...matcher.slots.slice(2, 2 * (regex.groups + 1))]
  }
  return null
}

/** The match of the whole text, or null. */
export function matches(regex: Regex, text: string, budget: Budget): Match | null {
  const matcher = new Matcher(regex, text, budget, 0)
  const end = matcher.run(regex.program, 0, text.length)
  return end < 0 ? null : [0, end, ...matcher.slots.slice(2, 2 * (regex.groups + 1))]
}

/** All matches, one after the other. */
export function* findAll(regex: Regex, text: string, budget: Budget): Iterable<Match> {
  let from = 0
  let lastEnd = 0
  while (from <= text.length) {
    const m = find(regex, text, from, budget, lastEnd)
    if (m === null) return
    yield m
    const start = m[0] as number
    lastEnd = m[1] as number
    from = lastEnd > start ? lastEnd : lastEnd + 1
  }
}
