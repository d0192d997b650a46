/**
 * Walks along references from one entity: what a closure over a path of patterns reaches, without relations and without a plan for each
 * round.
 *
 * (1) A step is a path of hops, patterns that lead from one variable to the next by a reference, in either direction, and nothing else.
 * (2) Each round asks the index once for each hop, for all that the round before has reached first, ascending. So what is read is what can
 *     be reached, each edge once.
 * (3) Whatever the view: an edge that is there several times leads nowhere else.
 */

import { holding, newFloats } from '../../base/arrays.ts'
import type { Attribute } from '../../db/schema.ts'
import { findEnds } from '../../indexes/create.ts'
import { EndList } from '../../indexes/read/ends.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import { NumberCoder } from '../columns/number-coder.ts'
import { sortNumbers } from '../columns/sort-numbers.ts'
import type { DbPattern, Slot } from '../prepare/pattern.ts'
import type { Conjunction, Prepared } from '../prepare/prepared.ts'
import { domainOf } from '../columns/relation.ts'

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

/** Where the ends of hops are put, those of one after another by turns. */
type Lists = readonly [EndList, EndList]

/** What one path after another leads to from these entities, which ascend, each once; its ends do not, and hold until the next path. */
function follow(hops: Hops, from: Float64Array, lists: Lists, guard: Guard): Float64Array {
  let at = from
  for (const [i, { p, by }] of hops.entries()) {
    if (i > 0) at = ascending(at, guard)
    if (at.length === 0) return at
    at = endsOf(p, by === 'e' ? 'aevt' : 'vaet', at, lists[i & 1] as EndList, guard)
    guard.tick(at.length * 2)
  }
  return at
}

function endsOf(
  { db, attribute }: DbPattern,
  order: 'aevt' | 'vaet',
  keys: Float64Array,
  list: EndList,
  guard: Guard,
): Float64Array {
  const { id } = attribute as Attribute
  if (findEnds(db.facts, order, id, keys, db.view, list)) {
    guard.read(list.n)
    return list.all
  }
  const wanted = order === 'aevt' ? { v: true, watch: guard } : { e: true, watch: guard }
  const c = db.facts.probe(order, id, keys, db.view, wanted)
  return order === 'aevt' ? ((c.v as Column).data as Float64Array) : (c.e as Float64Array)
}

/** So few are put in order by moving each to its place. */
const fewNumbers = 96

/** These numbers, in their place, ascending and each once. */
function ascending(x: Float64Array, guard: Guard): Float64Array {
  if (x.length > fewNumbers) sortNumbers(x, guard)
  else {
    for (let i = 1; i < x.length; i++) {
      const y = x[i] as number
      let k = i
      for (; k > 0 && (x[k - 1] as number) > y; k--) x[k] = x[k - 1] as number
      x[k] = y
    }
  }
  let n = 0
  for (let i = 0; i < x.length; i++) if (i === 0 || x[i] !== x[i - 1]) x[n++] = x[i] as number
  return n === x.length ? x : x.subarray(0, n)
}

/** What a node takes: in the set, and in the list. */
const nodeBytes = 64

/** Entities that have been reached. */
class Reached {
  readonly #set = new NumberCoder(512)
  #list = newFloats(512)

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
      if (n === this.#list.length) this.#list = holding(newFloats(n * 2), this.#list)
      this.#list[n] = x
    }
    guard.tick(found.length)
    guard.keep((set.size - before) * nodeBytes)
    return this.#list.subarray(before, set.size)
  }
}

/** Adds what the steps lead to from these, in one step or more. */
function reach(
  reached: Reached,
  steps: readonly Hops[],
  start: Float64Array,
  lists: Lists,
  guard: Guard,
): void {
  let frontier = start
  while (frontier.length > 0) {
    guard.round()
    frontier = reached.add(followAll(steps, ascending(frontier, guard), lists, guard), guard)
  }
}

/** What all these paths lead to, in no order. */
function followAll(
  paths: readonly Hops[],
  from: Float64Array,
  lists: Lists,
  guard: Guard,
): Float64Array {
  const [only] = paths
  if (paths.length === 1) return follow(only as Hops, from, lists, guard)
  return joined(paths.map((hops) => follow(hops, from, lists, guard).slice()))
}

const joined = (lists: readonly Float64Array[]): Float64Array => {
  const out = newFloats(lists.reduce((n, x) => n + x.length, 0))
  let at = 0
  for (const list of lists) {
    out.set(list, at)
    at += list.length
  }
  return out
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
  const lists: Lists = [new EndList(), new EndList()]
  if (!stepsFirst) {
    const first = reached.add(followAll(bases, start, lists, guard), guard)
    reach(reached, steps, first, lists, guard)
    return reached.all
  }
  reach(reached, steps, reached.add(start, guard), lists, guard)
  const found = new Reached()
  found.add(followAll(bases, ascending(reached.all, guard), lists, guard), guard)
  return found.all
}

/** The number that a column of one row is, if it may be an entity's id. */
export function seedOf(c: Column): number | null {
  return c.data.length === 1 && domainOf(c) === 'id' ? (c.data[0] as number) : null
}
