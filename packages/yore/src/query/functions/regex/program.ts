/**
 * A regular expression as a program: instructions for the matcher (match.ts).
 *
 * (1) Bounded in length: repetitions with numbers are written out, and what becomes too long is refused.
 * (2) A loop whose body can match nothing stops when it has.
 */

import { refuse } from '../call.ts'
import type { Assertion, CodePoints, Node, Syntax } from './syntax.ts'

const lengthMax = 20_000

export type Instruction =
  | { readonly op: 'char'; readonly code: number }
  | { readonly op: 'set'; readonly has: CodePoints }
  /** Try `first`; when that fails, `second`. */
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  /** The position into slot n. */
  | { readonly op: 'save'; readonly slot: number }
  /** Leaves the loop when nothing has been matched since the position in this slot. */
  | { readonly op: 'progress'; readonly slot: number; readonly exit: number }
  | { readonly op: 'assert'; readonly at: Assertion }
  | { readonly op: 'back'; readonly index: number; readonly ignoreCase: boolean }
  | {
      readonly op: 'look'
      readonly program: Program
      readonly behind: readonly [min: number, max: number] | null
      readonly negative: boolean
    }
  | { readonly op: 'atomic'; readonly program: Program }
  | { readonly op: 'match' }

export interface Program {
  readonly code: readonly Instruction[]
}

/** A program ready to run. */
export interface Regex {
  readonly source: string
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  readonly program: Program
  /** Slots for the groups and for the marks of loops. */
  readonly slots: number
  /** Every match begins with this character, if known. */
  readonly firstChar: string | null
  /** A match can only begin at 0. */
  readonly anchored: boolean
}

/** The least and greatest number of UTF-16 units that a tree can match. */
export function lengthsOf(node: Node): readonly [number, number] {
  switch (node.kind) {
    case 'char':
      return node.code > 0xffff ? [2, 2] : [1, 1]
    case 'set':
      return [1, 2]
    case 'sequence': {
      let [min, max] = [0, 0]
      for (const x of node.items) {
        const [a, b] = lengthsOf(x)
        min += a
        max += b
      }
      return [min, max]
    }
    case 'choice': {
      const all = node.items.map(lengthsOf)
      return [Math.min(...all.map((x) => x[0])), Math.max(...all.map((x) => x[1]))]
    }
    case 'repeat': {
      const [a, b] = lengthsOf(node.body)
      return [a * node.min, b === 0 || node.max === 0 ? 0 : b * node.max]
    }
    case 'group':
    case 'atomic':
      return lengthsOf(node.body)
    case 'back':
      return [0, Infinity]
    default:
      return [0, 0]
  }
}

class Compiler {
  slots: number

  constructor(groups: number) {
    this.slots = 2 * (groups + 1)
  }

  program(node: Node, total: { length: number }): Program {
    const code: Instruction[] = []
    this.#emit(node, code, total)
    code.push({ op: 'match' })
    return { code }
  }

  #push(code: Instruction[], total: { length: number }, x: Instruction): number {
    if (++total.length > lengthMax) refuse(0, 'is too large a regular expression')
    return code.push(x) - 1
  }

  #emit(node: Node, code: Instruction[], total: { length: number }): void {
    const push = (x: Instruction): number => this.#push(code, total, x)
    switch (node.kind) {
      case 'empty':
        return
      case 'char':
        push({ op: 'char', code: node.code })
        return
      case 'set':
        push({ op: 'set', has: node.has })
        return
      case 'sequence':
        for (const x of node.items) this.#emit(x, code, total)
        return
      case 'choice':
        return this.#choice(node.items, code, total)
      case 'group':
        push({ op: 'save', slot: 2 * node.index })
        this.#emit(node.body, code, total)
        push({ op: 'save', slot: 2 * node.index + 1 })
        return
      case 'atomic':
        push({ op: 'atomic', program: this.program(node.body, total) })
        return
      case 'look':
        push(this.#look(node, total))
        return
      case 'back':
        push({ op: 'back', index: node.index, ignoreCase: node.ignoreCase })
        return
      case 'assert':
        push({ op: 'assert', at: node.at })
        return
      case 'repeat':
        if (node.mode === 'possessive') {
          const body: Node = { ...node, mode: 'greedy' }
          push({ op: 'atomic', program: this.program(body, total) })
        } else this.#repeat(node, code, total)
    }
  }

  #look(node: Node & { kind: 'look' }, total: { length: number }): Instruction {
    const lengths = lengthsOf(node.body)
    if (node.behind && lengths[1] === Infinity) {
      refuse(0, 'is no regular expression: what is looked for behind has no greatest length')
    }
    const program = this.program(node.body, total)
    return { op: 'look', program, behind: node.behind ? lengths : null, negative: node.negative }
  }

  #choice(items: readonly Node[], code: Instruction[], total: { length: number }): void {
    const ends: number[] = []
    items.forEach((x, i) => {
      if (i === items.length - 1) return this.#emit(x, code, total)
      const split = this.#push(code, total, { op: 'split', first: 0, second: 0 })
      this.#emit(x, code, total)
      ends.push(this.#push(code, total, { op: 'jump', to: 0 }))
      code[split] = { op: 'split', first: split + 1, second: code.length }
    })
    for (const at of ends) code[at] = { op: 'jump', to: code.length }
  }

  #split(at: number, end: number, lazy: boolean): Instruction {
    return lazy
      ? { op: 'split', first: end, second: at + 1 }
      : { op: 'split', first: at + 1, second: end }
  }

  #repeat(node: Node & { kind: 'repeat' }, code: Instruction[], total: { length: number }): void {
    const lazy = node.mode === 'lazy'
    for (let i = 0; i < node.min; i++) this.#emitCounted(node.body, code, total)
    if (node.max === Infinity) return this.#loop(node.body, lazy, code, total)
    const splits: number[] = []
    for (let i = node.min; i < node.max; i++) {
      splits.push(this.#push(code, total, { op: 'split', first: 0, second: 0 }))
      this.#emitCounted(node.body, code, total)
    }
    for (const at of splits) code[at] = this.#split(at, code.length, lazy)
  }

  // A body that makes no instruction must count, or `(){999999999}` would run for long.
  #emitCounted(body: Node, code: Instruction[], total: { length: number }): void {
    if (++total.length > lengthMax) refuse(0, 'is too large a regular expression')
    this.#emit(body, code, total)
  }

  #loop(body: Node, lazy: boolean, code: Instruction[], total: { length: number }): void {
    const start = this.#push(code, total, { op: 'split', first: 0, second: 0 })
    const mayBeEmpty = lengthsOf(body)[0] === 0
    const slot = mayBeEmpty ? this.slots++ : -1
    if (mayBeEmpty) this.#push(code, total, { op: 'save', slot })
    this.#emit(body, code, total)
    if (mayBeEmpty) {
      this.#push(code, total, { op: 'progress', slot, exit: code.length + 2 })
    }
    this.#push(code, total, { op: 'jump', to: start })
    code[start] = this.#split(start, code.length, lazy)
  }
}

/** The first character of every match, when there is but one. */
function firstCharOf(code: readonly Instruction[]): string | null {
  for (const x of code) {
    if (x.op === 'char') return String.fromCodePoint(x.code)
    if (x.op !== 'save') return null
  }
  return null
}

/** The program of a tree. */
export function compileRegex(syntax: Syntax): Regex {
  const compiler = new Compiler(syntax.groups)
  const program = compiler.program(syntax.root, { length: 0 })
  const first = program.code[0]
  return {
    source: syntax.source,
    groups: syntax.groups,
    names: syntax.names,
    program,
    slots: compiler.slots,
    firstChar: firstCharOf(program.code),
    anchored: first?.op === 'assert' && first.at === 'start',
  }
}
