/**
 * The index of facts: for each of the four orders a tree of current facts and one of past facts.
 *
 * (1) A value. `apply` copies what it changes; a large transaction is sorted once for each order and merged straight into segments.
 * (2) EAVT and AEVT hold all facts, AVET and VAET those whose attribute is placed there.
 */

import type { Value } from '../data/values.ts'
import { boundOf } from './bound.ts'
import type { Bound } from './bound.ts'
import { sortForOrders } from './bulk.ts'
import { columnsOf, countIn } from './columns.ts'
import { boundsOf, isPresent, openCursor } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { distinctIn } from './distinct.ts'
import { Entry, entryOf } from './entry.ts'
import type {
  Change,
  Columns,
  Cursor,
  FactIndex,
  Placement,
  PlacementOf,
  View,
  Wanted,
} from './fact-index.ts'
import {
  emptyTree,
  isBulk,
  mergeAll,
  newOwner,
  withChanges,
  withoutAttribute,
} from './fact-tree.ts'
import type { FactTree, TreeChange, TreeOptions } from './fact-tree.ts'
import type { Fact, Order, Range } from './fact.ts'
import { never, orders, rangeOf, unasserted } from './fact.ts'
import { probeTrees } from './probe.ts'
import { statsOf } from './stats.ts'
import type { IndexStats } from './stats.ts'
import { anyTime, Walk } from './walk.ts'

/** What tests make small. */
export interface IndexOptions {
  /** The most facts in a segment; less than 65536. */
  readonly segmentSize: number
  /** Live entries of a tree, beyond which they are merged into segments... */
  readonly liveMax: number
  /** ...unless they are less than the tree's facts divided by this. */
  readonly liveShare: number
}

const usualOptions: IndexOptions = { segmentSize: 4096, liveMax: 8192, liveShare: 16 }

type AllTrees = Readonly<Record<Order, Trees>>

interface State {
  readonly trees: AllTrees
  /** The greatest t of any datom. */
  readonly lastT: number
  /** For each attribute, how many retractions have no assertion. */
  readonly unassertedOf: ReadonlyMap<number, number>
  readonly placementOf: PlacementOf
  readonly treeOptions: TreeOptions
}

function memoized(placementOf: PlacementOf): PlacementOf {
  const known = new Map<number, Placement>()
  return (a) => {
    let placement = known.get(a)
    if (placement === undefined) known.set(a, (placement = placementOf(a)))
    return placement
  }
}

function withPlacement(state: State, placementOf: PlacementOf): State {
  const known = memoized(placementOf)
  return {
    ...state,
    placementOf: known,
    treeOptions: { ...state.treeOptions, placementOf: known },
  }
}

class SegmentIndex implements FactIndex {
  readonly #state: State
  #stats: IndexStats | null = null

  constructor(state: State) {
    this.#state = state
  }

  cursor(order: Order, range: Range, view: View, backwards = false): Cursor {
    const { trees, lastT } = this.#state
    return openCursor(trees[order], range, view, lastT, backwards)
  }

  count(order: Order, range: Range, view: View): number {
    const { trees, lastT } = this.#state
    const { current, past } = trees[order]
    const [low, high] = boundsOf(order, range)
    if (isPresent(view, lastT)) return countIn(current, low, high)
    if (!view.history && view.keep === null) {
      return countIn(current, low, high) + countIn(past, low, high)
    }
    // datoms of a group may stand apart from where their fact stands: t does not count
    const groups = wholeGroups(order, range)
    const [from, to] = boundsOf(order, groups)
    return countIn(current, from, to) + countIn(past, from, to) * (view.history ? 2 : 1)
  }

  columns(order: Order, range: Range, view: View, wanted: Wanted): Columns {
    const { trees, lastT, placementOf } = this.#state
    return columnsOf(trees[order], range, view, lastT, wanted, placementOf)
  }

  probe(
    order: Order,
    a: number | undefined,
    keys: Float64Array | readonly Value[],
    view: View,
    wanted: Wanted,
  ): Columns {
    const { trees, lastT, placementOf } = this.#state
    return probeTrees(trees[order], a, keys, view, lastT, wanted, placementOf)
  }

  apply(changes: readonly Change[]): FactIndex {
    if (changes.length === 0) return this
    const state = this.#state
    const bulk = isBulk(state.trees.eavt.current, changes.length, state.treeOptions)
    return new SegmentIndex(changed(state, changes, bulk))
  }

  reindex(a: number, placementOf: PlacementOf): FactIndex {
    const state = withPlacement(this.#state, placementOf)
    const has = state.placementOf(a).avet
    const { aevt, avet } = state.trees
    const moved = (from: FactTree, to: FactTree): FactTree =>
      moveAttribute(a, from, to, has, state.treeOptions)
    const trees = {
      ...state.trees,
      avet: {
        current: moved(aevt.current, avet.current),
        past: moved(aevt.past, avet.past),
      },
    }
    return new SegmentIndex({ ...state, trees })
  }

  withPlacement(placementOf: PlacementOf): FactIndex {
    return new SegmentIndex(withPlacement(this.#state, placementOf))
  }

  settled(): FactIndex {
    const { trees, treeOptions } = this.#state
    const settle = (tree: FactTree): FactTree =>
      tree.live === null ? tree : mergeAll(tree, [], treeOptions)
    const out = orders.map((order) => [
      order,
      { current: settle(trees[order].current), past: settle(trees[order].past) },
    ])
    return new SegmentIndex({ ...this.#state, trees: Object.fromEntries(out) as AllTrees })
  }

  distinctValues(a: number): number {
    const { current } = this.#state.trees.aevt
    return distinctIn(current, a, countIn(current, ...boundsOf('aevt', rangeOf({ a }))))
  }

  stats(): IndexStats {
    const { trees, unassertedOf } = this.#state
    this.#stats ??= statsOf(trees.aevt.current, trees.aevt.past, unassertedOf)
    return this.#stats
  }
}

function changed(state: State, changes: readonly Change[], bulk: boolean): State {
  let { lastT, unassertedOf } = state
  for (const change of changes) {
    const { kind, fact } = change
    const last = kind === 'retract' ? change.t : kind === 'past' ? fact.end : fact.t
    if (last > lastT) lastT = last
    if (kind === 'past' && fact.t === unasserted) {
      unassertedOf = new Map(unassertedOf).set(fact.a, (unassertedOf.get(fact.a) ?? 0) + 1)
    }
  }
  const trees = bulk ? applyBulk(state, changes) : applyEach(state, changes)
  return { ...state, trees, lastT, unassertedOf }
}

function wholeGroups(order: Order, { low, high }: Range): Range {
  const [first, last] = [low && boundOf(order, low), high && boundOf(order, high)]
  const without = ({ e, a, v }: Bound): { e: number; a: number; v: Value } => ({ e, a, v })
  return {
    low: first?.depth === 4 ? { prefix: without(first), after: false } : low,
    high: last?.depth === 4 ? { prefix: without(last), after: true } : high,
  }
}

const closed = ({ e, a, v, t }: Fact, end: number): Entry => new Entry(e, a, v, t, end)

function applyEach(state: State, changes: readonly Change[]): AllTrees {
  const { trees, placementOf, treeOptions } = state
  const owner = newOwner()
  const current: Record<Order, TreeChange[]> = { eavt: [], aevt: [], avet: [], vaet: [] }
  const past: Record<Order, TreeChange[]> = { eavt: [], aevt: [], avet: [], vaet: [] }
  for (const change of changes) {
    const { kind, fact } = change
    const taken = kind === 'retract'
    const treeChange = { entry: taken ? closed(fact, change.t) : entryOf(fact), taken }
    const { avet, vaet } = placementOf(fact.a)
    for (const order of orders) {
      if ((order === 'avet' && !avet) || (order === 'vaet' && !vaet)) continue
      if (kind !== 'past') current[order].push(treeChange)
      if (kind !== 'assert') past[order].push(treeChange)
    }
  }
  const applied = (order: Order): Trees => {
    const both = trees[order]
    const [now, then] = [current[order], past[order]]
    if (now.length + then.length === 0) return both
    return {
      current: now.length > 0 ? withChanges(both.current, now, owner, treeOptions) : both.current,
      past: then.length > 0 ? withChanges(both.past, then, owner, treeOptions) : both.past,
    }
  }
  return {
    eavt: applied('eavt'),
    aevt: applied('aevt'),
    avet: applied('avet'),
    vaet: applied('vaet'),
  }
}

function applyBulk(state: State, changes: readonly Change[]): AllTrees {
  const current: Entry[] = []
  const past: Entry[] = []
  for (const change of changes) {
    if (change.kind === 'assert') current.push(entryOf(change.fact))
    else if (change.kind === 'past') past.push(entryOf(change.fact))
    else {
      const entry = closed(change.fact, change.t)
      current.push(entry)
      past.push(entry)
    }
  }
  const { trees, placementOf, treeOptions: options } = state
  const [now, then] = [sortForOrders(current, placementOf), sortForOrders(past, placementOf)]
  const out = orders.map((order) => [
    order,
    {
      current: mergeAll(trees[order].current, now[order], options),
      past: mergeAll(trees[order].past, then[order], options),
    },
  ])
  return Object.fromEntries(out) as AllTrees
}

// The attribute's facts into AVET, or out of it.
function moveAttribute(
  a: number,
  from: FactTree,
  to: FactTree,
  into: boolean,
  options: TreeOptions,
): FactTree {
  const bound = boundOf('aevt', { prefix: { a }, after: false })
  const walk = new Walk(from, bound, bound, false, anyTime)
  const entries: Entry[] = []
  while (walk.next()) entries.push(new Entry(walk.e, a, walk.v, walk.t, walk.end))
  const there = countIn(to, ...boundsOf('avet', rangeOf({ a })))
  if (into) {
    if (there > 0) return to
    return mergeAll(to, sortForOrders(entries, options.placementOf).avet, options)
  }
  return there === 0 ? to : withoutAttribute(to, a, options)
}

/**
 * The index of these facts, current and past.
 *
 *     createFactIndex([{ e: 1, a: 10, v: 'x', t: 5, end: never }], () => placement)
 */
export function createFactIndex(
  facts: Iterable<Fact>,
  placementOf: PlacementOf,
  options: Partial<IndexOptions> = {},
): FactIndex {
  const changes: Change[] = []
  for (const fact of facts) changes.push({ kind: fact.end === never ? 'assert' : 'past', fact })
  const known = memoized(placementOf)
  const trees = Object.fromEntries(
    orders.map((order) => [
      order,
      { current: emptyTree(order, false, known), past: emptyTree(order, true, known) },
    ]),
  ) as AllTrees
  const empty: State = {
    trees,
    lastT: unasserted,
    unassertedOf: new Map(),
    placementOf: known,
    treeOptions: { ...usualOptions, ...options, placementOf: known },
  }
  return new SegmentIndex(changed(empty, changes, true))
}
