/**
 * What an index of facts is made of, and how changes come into it.
 *
 * (1) A value: `changed` gives a new one and copies what it changes.
 * (2) A large transaction, and many at once, are sorted once for each order and merged.
 * (3) What each transaction makes anew are instances of classes, for the reason that fact-tree.ts gives.
 */

import { assert } from '../base/assert.ts'
import type { Value } from '../data/values.ts'
import { sortForOrders } from './merge/bulk.ts'
import { EntryBuffer } from './facts/entry-buffer.ts'
import type { Trees } from './read/cursors.ts'
import type { Entry } from './facts/entry.ts'
import { entryOf } from './facts/entry.ts'
import type { TreeName } from './stored/durable.ts'
import type { Change, Placement, PlacementOf } from './fact-index.ts'
import { emptyTree, isBulk, isCurrent, mergeAll, withChanges, withSorted } from './fact-tree.ts'
import type { FactTree, TreeOptions } from './fact-tree.ts'
import { orders, unasserted } from './facts/fact.ts'
import type { SegmentSource } from './stored/segment-source.ts'
import { closed, pastOf } from './waiting.ts'
import type { Recorded, Waiting, WaitingList } from './waiting.ts'

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

class BothTenses implements Trees {
  readonly current: FactTree
  readonly past: FactTree

  constructor(current: FactTree, past: FactTree) {
    this.current = current
    this.past = past
  }
}

class TreesByName implements AllTrees {
  readonly eavt: Trees
  readonly aevt: Trees
  readonly avet: Trees
  readonly vaet: Trees
  readonly words: Trees

  constructor(eavt: Trees, aevt: Trees, avet: Trees, vaet: Trees, words: Trees) {
    this.eavt = eavt
    this.aevt = aevt
    this.avet = avet
    this.vaet = vaet
    this.words = words
  }
}

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

class NextState implements State {
  readonly trees: AllTrees
  readonly lastT: number
  readonly unassertedOf: ReadonlyMap<number, number>
  readonly liveBytes: number
  readonly source: SegmentSource | null
  readonly placementOf: PlacementOf
  readonly treeOptions: TreeOptions

  constructor(
    { source, placementOf, treeOptions }: State,
    trees: AllTrees,
    lastT: number,
    unassertedOf: ReadonlyMap<number, number>,
    liveBytes: number,
  ) {
    this.trees = trees
    this.lastT = lastT
    this.unassertedOf = unassertedOf
    this.liveBytes = liveBytes
    this.source = source
    this.placementOf = placementOf
    this.treeOptions = treeOptions
  }
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
  return new TreesByName(of('eavt'), of('aevt'), of('avet'), of('vaet'), of('words'))
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
  const { placementOf } = state
  let { lastT, unassertedOf } = state
  for (const change of changes) {
    const { kind, fact } = change
    const last = kind === 'retract' ? change.t : kind === 'past' ? fact.end : fact.t
    if (last > lastT) lastT = last
    if (kind === 'past' && fact.t === unasserted) {
      unassertedOf = new Map(unassertedOf).set(fact.a, (unassertedOf.get(fact.a) ?? 0) + 1)
    }
  }
  const liveBytes = state.liveBytes + bytesOf(changes, placementOf)
  const trees = bulk ? applyBulk(state, changes) : applyEach(state, changes)
  return new NextState(state, trees, lastT, unassertedOf, liveBytes)
}

/** With what has waited: entries in the sequence of their transactions, tombstones among them. */
export function withWaiting(
  state: State,
  entries: Entry[],
  lastT: number,
  liveBytes: number,
): State {
  const past = pastOf(entries)
  const { treeOptions, unassertedOf } = state
  const isFew = entries.length < sortedFrom
  const isMuch =
    entries.length > rebuiltFrom && isBulk(state.trees.eavt.current, entries.length, treeOptions)
  const merged = isMuch ? mergeAll : withSorted
  const trees = isFew ? withEach(state, entries, past) : withEntries(state, entries, past, merged)
  return new NextState(state, trees, lastT, unassertedOf, liveBytes)
}

/** Fewer entries wait unsorted. */
const sortedFrom = 64
/** For fewer entries nothing is made anew: who reads shall not wait for that. */
const rebuiltFrom = 16_384

/** How many entries came in at once at most, for who tends an index and for others; for tests. */
export const broughtIn = { tending: 0, others: 0 }

/** The state with all that waits for an index, from one that none of it has come into. */
export function withAll({ list, count, lastT, liveBytes }: Waiting, before: State): State {
  const isAhead = list.takenCount > count
  const from = isAhead ? before : list.taken
  const entries = list.entries.slice(isAhead ? 0 : list.takenCount, count)
  broughtIn.others = Math.max(broughtIn.others, entries.length)
  const state = withWaiting(from, entries, lastT, liveBytes)
  if (!isAhead) {
    list.taken = state
    list.takenCount = count
  }
  return state
}

/** When more waits beside all trees, some of it is to come in; the newest stays, which those may mean that stand a little before. */
const broughtFrom = 768
const broughtAtOnce = 512

/** Brings in some of the first entries, when many wait; false when they are few. Who reads goes on from there. */
export function bringInSome(list: WaitingList, count: number): boolean {
  const { taken, takenCount, entries } = list
  if (count - takenCount < broughtFrom) return false
  const to = takenCount + broughtAtOnce
  const some = entries.slice(takenCount, to)
  broughtIn.tending = Math.max(broughtIn.tending, some.length)
  // nobody is given this state: what comes after it says how far it goes
  list.taken = withWaiting(taken, some, taken.lastT, taken.liveBytes)
  list.takenCount = to
  return true
}

/** One of the trees for which much waits takes in so many entries of it; false when not much waits for any. */
export function takeInSome({ trees }: State, n: number): boolean {
  return orders.some((order) => {
    const { current, past } = trees[order]
    return current.live.takeInSome(n) || past.live.takeInSome(n)
  })
}

/** What comes to the trees, by the orders that hold it. */
class Edits {
  readonly all = new TwoTenses()
  readonly avet = new TwoTenses()
  readonly vaet = new TwoTenses()
  /** One of the trees has taken in what waited before it. */
  hasTakenIn = false
  /** They have waited beside all trees, of an index that is tended. */
  areTended = false

  add(entry: Entry, { avet, vaet }: Placement, isCurrent: boolean, isPast: boolean): void {
    this.all.add(entry, isCurrent, isPast)
    if (avet) this.avet.add(entry, isCurrent, isPast)
    if (vaet) this.vaet.add(entry, isCurrent, isPast)
  }

  clear(): void {
    for (const { current, past } of [this.all, this.avet, this.vaet]) {
      current.clear()
      past.clear()
    }
    this.hasTakenIn = false
    this.areTended = false
  }
}

class TwoTenses {
  readonly current = new EntryBuffer()
  readonly past = new EntryBuffer()

  add(entry: Entry, isCurrent: boolean, isPast: boolean): void {
    if (isCurrent) this.current.push(entry)
    if (isPast) this.past.push(entry)
  }
}

// Used for one transaction after another, and empty in between.
const edits = new Edits()

function applyEach(state: State, changes: readonly Change[]): AllTrees {
  const { trees, lastT, placementOf } = state
  const entries = changes.map((change) => {
    const { kind, fact } = change
    const taken = kind === 'retract'
    const entry = taken ? closed(fact, change.t) : entryOf(fact)
    // one order is asked for all; what began among these changes is not there yet
    if (taken && fact.t <= lastT) {
      assert(isCurrent(trees.eavt.current, entry), 'a retracted fact is current')
    }
    return entry
  })
  for (const [i, { kind, fact }] of changes.entries()) {
    edits.add(entries[i] as Entry, placementOf(fact.a), kind !== 'past', kind !== 'assert')
  }
  return withEdits(state)
}

/** With entries that are no bulk: those of current facts, tombstones among them, and those of past ones. */
function withEach(state: State, current: readonly Entry[], past: readonly Entry[]): AllTrees {
  const { placementOf } = state
  edits.areTended = true
  for (const entry of current) edits.add(entry, placementOf(entry.a), true, false)
  for (const entry of past) edits.add(entry, placementOf(entry.a), false, true)
  return withEdits(state)
}

/** With what stands in `edits`, which is empty afterwards. */
function withEdits({ trees, treeOptions }: State): AllTrees {
  const { all, avet, vaet } = edits
  try {
    return new TreesByName(
      edited(trees.eavt, all, treeOptions),
      edited(trees.aevt, all, treeOptions),
      edited(trees.avet, avet, treeOptions),
      edited(trees.vaet, vaet, treeOptions),
      trees.words,
    )
  } finally {
    edits.clear()
  }
}

function edited(both: Trees, { current: now, past: then }: TwoTenses, options: TreeOptions): Trees {
  if (now.n + then.n === 0) return both
  const { current, past } = both
  return new BothTenses(
    now.n > 0 ? withSome(current, now, options) : current,
    then.n > 0 ? withSome(past, then, options) : past,
  )
}

function withSome(tree: FactTree, entries: EntryBuffer, options: TreeOptions): FactTree {
  const changed = withChanges(tree, entries, options, !edits.hasTakenIn, edits.areTended)
  if (changed.live.treeBefore !== tree.live.treeBefore) edits.hasTakenIn = true
  return changed
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
  return withEntries(state, current, past, mergeAll)
}

type WithSorted = (tree: FactTree, sorted: Entry[], options: TreeOptions) => FactTree

function withEntries(
  state: State,
  current: readonly Entry[],
  past: readonly Entry[],
  merged: WithSorted,
): AllTrees {
  const { trees, placementOf, treeOptions: options } = state
  const now = sortForOrders(current, placementOf, true)
  const then = sortForOrders(past, placementOf)
  return treesOf((order) => {
    const { current: older, past: olderPast } = trees[order]
    if (order === 'words') return trees.words
    return {
      current: merged(older, now[order], options),
      past: merged(olderPast, then[order], options),
    }
  })
}

// An entry and its place in two trees; each further tree; and what a string takes. Measured: with these a live index of 200,000 takes a
// tenth less than it is counted for.
const entryBytes = 104
const treeBytes = 14

function bytesOf(changes: readonly Change[], placementOf: PlacementOf): number {
  let bytes = 0
  for (const { kind, fact } of changes) {
    bytes += bytesOfOne(fact.v, kind === 'retract', placementOf(fact.a))
  }
  return bytes
}

/** What the datoms of a transaction take. */
export function bytesOfRecorded({ data }: Recorded, placementOf: PlacementOf): number {
  let bytes = 0
  for (const { a, v, added } of data) bytes += bytesOfOne(v, !added, placementOf(a))
  return bytes
}

/** What a change takes. */
export function bytesOfOne(v: Value, isRetracted: boolean, { avet, vaet }: Placement): number {
  const bytes = entryBytes + (avet ? treeBytes : 0) + (vaet ? treeBytes : 0)
  return bytes + (isRetracted ? 2 * treeBytes : valueBytes(v))
}

function valueBytes(v: Value): number {
  if (typeof v === 'string') return 24 + v.length
  if (v instanceof Uint8Array) return 100 + v.length
  return typeof v === 'object' ? 48 : 12
}
