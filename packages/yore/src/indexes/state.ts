/**
 * What an index of facts is made of, and how changes come into it.
 *
 * (1) A value: `changed` gives a new one and copies what it changes.
 * (2) A large transaction, and many at once, are sorted once for each order and merged.
 */

import type { Value } from '../data/values.ts'
import { sortForOrders } from './bulk.ts'
import type { Trees } from './cursors.ts'
import { Entry, entryOf, noEnd } from './entry.ts'
import type { TreeName } from './durable.ts'
import type { Change, Placement, PlacementOf } from './fact-index.ts'
import { emptyTree, isBulk, mergeAll, newOwner, withChanges } from './fact-tree.ts'
import type { TreeChange, TreeOptions } from './fact-tree.ts'
import { unasserted } from './fact.ts'
import type { Fact, Order } from './fact.ts'
import type { SegmentSource } from './segment-source.ts'
import { entriesOfAll } from './waiting.ts'
import type { Waiting } from './waiting.ts'

/** What an index is made with; sizes are made small by tests. */
export interface IndexOptions {
  /** The most facts in a segment; less than 65536. */
  readonly segmentSize: number
  /** Who merges the live part into segments: `apply` itself when it has grown, or the caller by jobs (job.ts). */
  readonly jobs: 'self' | 'caller'
  /** Where jobs put segments and readers find them; null: in memory. */
  readonly source: SegmentSource | null
  /** Live entries of a tree, beyond which `apply` merges them into segments... */
  readonly liveMax: number
  /** ...unless they are less than the tree's facts divided by this. */
  readonly liveShare: number
}

const usualOptions: IndexOptions = {
  segmentSize: 4096,
  jobs: 'self',
  source: null,
  liveMax: 8192,
  liveShare: 16,
}

export type AllTrees = Readonly<Record<TreeName, Trees>>

export interface State {
  readonly trees: AllTrees
  /** The greatest t of any datom. */
  readonly lastT: number
  /** For each attribute, how many retractions have no assertion. */
  readonly unassertedOf: ReadonlyMap<number, number>
  /** About how many bytes the live part takes. */
  readonly liveBytes: number
  readonly source: SegmentSource | null
  readonly placementOf: PlacementOf
  readonly treeOptions: TreeOptions
}

/** With nothing in it. */
export function emptyState(placementOf: PlacementOf, options: Partial<IndexOptions>): State {
  const known = memoized(placementOf)
  const { source, ...treeOptions } = { ...usualOptions, ...options }
  return {
    trees: treesOf((name) => ({
      current: emptyTree(name, false, known),
      past: emptyTree(name, true, known),
    })),
    lastT: unasserted,
    unassertedOf: new Map(),
    liveBytes: 0,
    source,
    placementOf: known,
    treeOptions: { ...treeOptions, placementOf: known },
  }
}

export function treesOf(of: (name: TreeName) => Trees): AllTrees {
  return {
    eavt: of('eavt'),
    aevt: of('aevt'),
    avet: of('avet'),
    vaet: of('vaet'),
    words: of('words'),
  }
}

function memoized(placementOf: PlacementOf): PlacementOf {
  const known = new Map<number, Placement>()
  return (a) => {
    let placement = known.get(a)
    if (placement === undefined) known.set(a, (placement = placementOf(a)))
    return placement
  }
}

export function withPlacement(state: State, placementOf: PlacementOf): State {
  const known = memoized(placementOf)
  return {
    ...state,
    placementOf: known,
    treeOptions: { ...state.treeOptions, placementOf: known },
  }
}

/** With these changes; they belong to one transaction, or to several and stand in their sequence. */
export function changed(
  state: State,
  changes: readonly Change[],
  bulk: boolean = isBulk(state.trees.eavt.current, changes.length, state.treeOptions),
): State {
  let { lastT, unassertedOf } = state
  for (const change of changes) {
    const { kind, fact } = change
    const last = kind === 'retract' ? change.t : kind === 'past' ? fact.end : fact.t
    if (last > lastT) lastT = last
    if (kind === 'past' && fact.t === unasserted) {
      unassertedOf = new Map(unassertedOf).set(fact.a, (unassertedOf.get(fact.a) ?? 0) + 1)
    }
  }
  const liveBytes = state.liveBytes + bytesOf(changes, state.placementOf)
  const trees = bulk ? applyBulk(state, changes) : applyEach(state, changes)
  return { ...state, trees, lastT, unassertedOf, liveBytes }
}

/** With what has waited. */
export function withWaiting(state: State, waiting: Waiting): State {
  const { current, past } = entriesOfAll(waiting)
  const { lastT, liveBytes, n } = waiting
  const trees = isBulk(state.trees.eavt.current, n, state.treeOptions)
    ? withEntries(state, current, past)
    : withEach(state, current.map(changeOf), past.map(changeOf))
  return { ...state, trees, lastT, liveBytes }
}

const changeOf = (entry: Entry): TreeChange => ({ entry, taken: entry.end !== noEnd })

const closed = ({ e, a, v, t }: Fact, end: number): Entry => new Entry(e, a, v, t, end)

function applyEach(state: State, changes: readonly Change[]): AllTrees {
  const current: TreeChange[] = []
  const past: TreeChange[] = []
  for (const change of changes) {
    const { kind, fact } = change
    const taken = kind === 'retract'
    const treeChange = { entry: taken ? closed(fact, change.t) : entryOf(fact), taken }
    if (kind !== 'past') current.push(treeChange)
    if (kind !== 'assert') past.push(treeChange)
  }
  return withEach(state, current, past)
}

function withEach(
  { trees, placementOf, treeOptions }: State,
  ofCurrent: readonly TreeChange[],
  ofPast: readonly TreeChange[],
): AllTrees {
  const owner = newOwner()
  const byOrder = (changes: readonly TreeChange[]): Record<Order, TreeChange[]> => {
    const out: Record<Order, TreeChange[]> = { eavt: [], aevt: [], avet: [], vaet: [] }
    for (const change of changes) {
      const { avet, vaet } = placementOf(change.entry.a)
      out.eavt.push(change)
      out.aevt.push(change)
      if (avet) out.avet.push(change)
      if (vaet) out.vaet.push(change)
    }
    return out
  }
  const current = byOrder(ofCurrent)
  const past = byOrder(ofPast)
  const applied = (order: TreeName): Trees => {
    const both = trees[order]
    if (order === 'words') return both
    const [now, then] = [current[order], past[order]]
    if (now.length + then.length === 0) return both
    return {
      current: now.length > 0 ? withChanges(both.current, now, owner, treeOptions) : both.current,
      past: then.length > 0 ? withChanges(both.past, then, owner, treeOptions) : both.past,
    }
  }
  return treesOf(applied)
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
  return withEntries(state, current, past)
}

function withEntries(state: State, current: Entry[], past: Entry[]): AllTrees {
  const { trees, placementOf, treeOptions: options } = state
  const now = sortForOrders(current, placementOf, true)
  const then = sortForOrders(past, placementOf)
  return treesOf((order) => {
    const { current: older, past: olderPast } = trees[order]
    if (order === 'words') return trees.words
    return {
      current: mergeAll(older, now[order], options),
      past: mergeAll(olderPast, then[order], options),
    }
  })
}

// An entry and its place in two trees; each further tree; and what a string takes.
const entryBytes = 130
const treeBytes = 16

function bytesOf(changes: readonly Change[], placementOf: PlacementOf): number {
  let bytes = 0
  for (const { kind, fact } of changes) bytes += bytesOfOne(fact, kind === 'retract', placementOf)
  return bytes
}

/** What a change takes. */
export function bytesOfOne(
  { a, v }: { readonly a: number; readonly v: Value },
  isRetracted: boolean,
  placementOf: PlacementOf,
): number {
  const { avet, vaet } = placementOf(a)
  const bytes = entryBytes + (avet ? treeBytes : 0) + (vaet ? treeBytes : 0)
  return bytes + (isRetracted ? 2 * treeBytes : valueBytes(v))
}

function valueBytes(v: Value): number {
  if (typeof v === 'string') return 24 + v.length
  if (v instanceof Uint8Array) return 100 + v.length
  return typeof v === 'object' ? 48 : 12
}
