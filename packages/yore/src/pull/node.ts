/**
 * One place of a pull's result: a plan applied to an entity, with what is known of the path that leads to it.
 *
 * (1) `seen` are the sources of the recursive steps on the path, `owners` those of the expanded components.
 * (2) An entity given by a lookup ref or ident is not among `seen`: the original goes one round more through it.
 * (3) `raw` holds what was read for each step; undefined where the entity has nothing. Its lists are the node's own.
 */

import type { ValueMap } from '../data/equal.ts'
import type { Value } from '../data/values.ts'
import type { Plan, Step } from './plan.ts'

/** What a step read: values or nodes, one or a list of them. */
export type Raw = Value | Node | readonly Node[]

export type PublicMap = { [key: string]: unknown }

/** What the places that one step of one place leads to have in common. */
export interface Context {
  readonly plan: Plan
  readonly seen: Path | null
  /** The levels that each recursive step has left. */
  readonly depths: readonly number[]
  readonly owners: Path | null
  readonly exact: boolean
  /** They are not followed. */
  readonly isClosed: boolean
}

const blank: readonly undefined[] = Array.from({ length: 64 }, () => undefined)

/** A list for n items, none of which is there yet: one that grows item by item takes more than a node. */
export function listFor<T>(n: number): (T | undefined)[] {
  return n <= blank.length ? blank.slice(0, n) : []
}

const nothing: (Raw | undefined)[] = []
const nothingPlain: (Step | Raw)[] = []

export class Node {
  readonly context: Context
  /** As it is shown: null, or a number that may be no entity's. */
  readonly id: Value
  /** The entity to read; -1 for none. */
  readonly e: number
  /** Given by a name: then it is not known again on the path, as in the original. */
  readonly isNamed: boolean
  /** By the steps' slots. */
  raw: (Raw | undefined)[] = nothing
  /** Of the wildcard's plain steps: step, raw, step, raw, ... */
  plain: (Step | Raw)[] = nothingPlain
  /** The result; null when nothing matched. */
  out: PublicMap | ValueMap | null = null

  constructor(context: Context, id: Value, e: number, isNamed: boolean) {
    this.context = context
    this.id = id
    this.e = e
    this.isNamed = isNamed
  }

  put(step: Step, raw: Raw): void {
    if (step.slot < 0) {
      if (this.plain === nothingPlain) this.plain = [step, raw]
      else this.plain.push(step, raw)
    } else {
      if (this.raw === nothing) this.raw = listFor<Raw | undefined>(this.context.plan.steps.length)
      this.raw[step.slot] = raw
    }
  }

  /** The path of what its recursive steps lead to. */
  pathOn(): Path {
    return prepend(this.isNamed ? -1 : this.e, this.context.seen)
  }

  /** Does its entity lie on its own path? Then its recursive references are closed. */
  isSeen(): boolean {
    return contains(this.context.seen, this.e)
  }
}

/** The entities on a path, the nearest first. Every `blockSize`th of them knows the ones above it as a set, once asked. */
export interface Path {
  readonly e: number
  readonly next: Path | null
  readonly length: number
  block: ReadonlySet<number> | null
  /** The path that the block does not cover. */
  rest: Path | null
}

const blockSize = 128

export function prepend(e: number, next: Path | null): Path {
  return { e, next, length: next === null ? 1 : next.length + 1, block: null, rest: null }
}

export function contains(path: Path | null, e: number): boolean {
  let p = path
  while (p !== null) {
    if (p.e === e) return true
    if (p.length % blockSize === 0) {
      if (p.block === null) makeBlock(p)
      if ((p.block as ReadonlySet<number>).has(e)) return true
      p = p.rest
    } else p = p.next
  }
  return false
}

function makeBlock(path: Path): void {
  const block = new Set<number>()
  let p: Path | null = path
  for (let i = 0; i < blockSize && p !== null; i++, p = p.next) block.add(p.e)
  path.block = block
  path.rest = p
}
