/**
 * Walks along references from one entity: what a closure over a path of patterns reaches, without relations and without a plan for each
 * round.
 *
 * (1) A step is a path of hops, patterns that lead from one variable to the next by a reference, in either direction, and nothing else.
 * (2) Each round asks the index once for each hop, for all that the round before has reached first, ascending. So what is read is what can
 *     be reached, each edge once.
 * (3) Whatever the view: an edge that is there several times leads nowhere else.
 */

import type { Attribute } from '../db/schema.ts'
import type { Column } from '../indexes/fact-index.ts'
import type { Guard } from './guard.ts'
import { NumberCoder } from './number-coder.ts'
import type { DbPattern, Slot } from './pattern.ts'
import type { Conjunction, Prepared } from './prepared.ts'
import { domainOf } from './relation.ts'

/** One pattern, from its entity to its value or back. */
interface Hop {
  readonly p: DbPattern
  readonly by: 'e' | 'v'
}

export type Hops = readonly Hop[]

/** How often closures have been walked so, for tests. */
export const walked = { times: 0 }

/** The path that clauses are from one variable to another; null when they are none, or more than that. */
export function hopsOf(
  { clauses, impossible }: Conjunction,
  from: string,
  to: string,
): Hops | null {
  if (impossible) return null
  const left = [...clauses]
  const seen = new Set([from])
  const hops: Hop[] = []
  let at = from
  while (left.length > 0) {
    const i = left.findIndex((p) => leadsFrom(p, at))
    if (i < 0) return null
    const [p] = left.splice(i, 1) as [DbPattern]
    const by = isVariable(p.e, at) ? 'e' : 'v'
    const end = by === 'e' ? p.v : p.e
    if (end.kind !== 'variable' || seen.has(end.name)) return null
    seen.add(end.name)
    hops.push({ p, by })
    at = end.name
  }
  return at === to ? hops : null
}

const isVariable = (s: Slot, name: string): boolean => s.kind === 'variable' && s.name === name

function leadsFrom(p: Prepared, name: string): boolean {
  if (p.kind !== 'db' || p.never || p.range !== null || p.attribute?.valueType !== 'ref')
    return false
  if (p.t.kind !== 'blank' || p.added.kind !== 'blank') return false
  return isVariable(p.e, name) || isVariable(p.v, name)
}

/** What one path after another leads to from these entities, ascending and each once; they are so too. */
function follow(hops: Hops, from: Float64Array, guard: Guard): Float64Array {
  let at = from
  for (const { p, by } of hops) {
    if (at.length === 0) return at
    const { id } = p.attribute as Attribute
    const wanted = by === 'e' ? { v: true, watch: guard } : { e: true, watch: guard }
    const c = p.db.facts.probe(by === 'e' ? 'aevt' : 'vaet', id, at, p.db.view, wanted)
    at = ascending(by === 'e' ? ((c.v as Column).data as Float64Array) : (c.e as Float64Array))
    guard.tick(c.n * 2)
  }
  return at
}

function ascending(found: Float64Array): Float64Array {
  if (found.length < 2) return found
  const out = found.slice().sort()
  let n = 1
  for (let i = 1; i < out.length; i++) if (out[i] !== out[i - 1]) out[n++] = out[i] as number
  return n === out.length ? out : out.subarray(0, n)
}

/** What a node takes: in the set, and in the list. */
const nodeBytes = 64

/** Entities that have been reached. */
class Reached {
  readonly #set = new NumberCoder(512)
  #list = new Float64Array(512)

  get all(): Float64Array {
    return this.#list.subarray(0, this.#set.size)
  }

  /** Adds some; gives those that are new. */
  add(found: Float64Array, guard: Guard): Float64Array {
    const set = this.#set
    const before = set.size
    guard.rows(before + found.length)
    for (let i = 0; i < found.length; i++) {
      const x = found[i] as number
      const n = set.size
      if (set.add(x) < n) continue
      if (n === this.#list.length) this.#grow()
      this.#list[n] = x
    }
    guard.tick(found.length)
    guard.keep((set.size - before) * nodeBytes)
    return this.#list.subarray(before, set.size)
  }

  #grow(): void {
    const list = new Float64Array(this.#list.length * 2)
    list.set(this.#list)
    this.#list = list
  }
}

/** Adds what the steps lead to from these, in one step or more. */
function reach(reached: Reached, steps: readonly Hops[], start: Float64Array, guard: Guard): void {
  let frontier = start
  while (frontier.length > 0) {
    guard.round()
    const from = frontier
    const found = steps.map((hops) => follow(hops, from, guard))
    const [only] = found
    frontier = reached.add(found.length === 1 ? (only as Float64Array) : joined(found), guard)
  }
}

const joined = (lists: readonly Float64Array[]): Float64Array => {
  const out = new Float64Array(lists.reduce((n, x) => n + x.length, 0))
  let at = 0
  for (const list of lists) {
    out.set(list, at)
    at += list.length
  }
  return ascending(out)
}

/**
 * The other ends of a closure from one entity: by steps and then a base (`stepsFirst`), or by a base and then steps; as the entity sees
 * them. Steps are walked as often as one likes.
 */
export function reachedFrom(
  seed: number,
  steps: readonly Hops[],
  bases: readonly Hops[],
  stepsFirst: boolean,
  guard: Guard,
): Float64Array {
  walked.times++
  const reached = new Reached()
  const start = Float64Array.of(seed)
  if (!stepsFirst) {
    reach(
      reached,
      steps,
      reached.add(joined(bases.map((x) => follow(x, start, guard))), guard),
      guard,
    )
    return reached.all
  }
  reach(reached, steps, reached.add(start, guard), guard)
  const from = ascending(reached.all)
  const ends = new Reached()
  ends.add(joined(bases.map((x) => follow(x, from, guard))), guard)
  return ends.all
}

/** The number that a column of one row is, if it may be an entity's id. */
export function seedOf(c: Column): number | null {
  return c.data.length === 1 && domainOf(c) === 'id' ? (c.data[0] as number) : null
}
