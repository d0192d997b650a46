/**
 * The index of facts: for each of the four orders a tree of current facts and one of past facts.
 *
 * (1) A value: what changes it gives a new one (state.ts).
 * (2) EAVT and AEVT hold all facts, AVET and VAET those whose attribute is placed there.
 * (3) In memory, where no job does it, a tree that is read much is settled: what is live goes into segments when reading past it has cost as
 *     much as that does.
 * (4) What was given to `applyLater` is applied when anybody first asks for anything but its size, many transactions by one sort; where jobs
 *     take away what is live, also by who tends the index (`tend`), a little at a time.
 */

import { assert } from '../base/assert.ts'
import type { Value } from '../data/values.ts'
import { attributeOf, Bound, boundOf } from './facts/bound.ts'
import { columnsOf, countIn } from './read/columns.ts'
import { boundsOf, isPresent, isWindow, openCursor, windowOf } from './read/cursors.ts'
import type { Trees } from './read/cursors.ts'
import { distinctIn } from './read/distinct.ts'
import type { Change, Columns, Cursor, FactIndex, PlacementOf, View, Wanted } from './fact-index.ts'
import { endsOf } from './read/ends.ts'
import type { EndList } from './read/ends.ts'
import { EntityRows } from './read/entity-rows.ts'
import type { Entry } from './facts/entry.ts'
import { liveLimit, mergeAll } from './fact-tree.ts'
import type { FactTree } from './fact-tree.ts'
import type { Fact, Order, Range } from './facts/fact.ts'
import { never, orders, rangeOf } from './facts/fact.ts'
import { findWith, rangeOfBound, takeAll } from './read/find.ts'
import type { Finding, Found } from './read/find.ts'
import { currentWith, noneWait } from './read/point.ts'
import { probeTrees } from './read/probe.ts'
import { Reader } from './read/reader.ts'
import { moveAttribute } from './reindex.ts'
import { roughIn } from './read/rough.ts'
import {
  bringInSome,
  bytesOfRecorded,
  changed,
  emptyState,
  takeInSome,
  treesOf,
  withAll,
  withPlacement,
} from './state.ts'
import type { IndexOptions, State } from './state.ts'
import { statsOf } from './read/stats.ts'
import type { IndexStats } from './read/stats.ts'
import { appendable, appendRecorded, emptyList, Waiting } from './waiting.ts'
import type { Recorded, WaitingList } from './waiting.ts'
import { anyTime } from './facts/window.ts'

/** How often a single fact was sought while something waited, for tests. */
export const foundWaiting = { times: 0 }

/** To pass over a live fact costs as much as to merge so many facts. */
const liveCost = 8
/** A cursor costs as much as so many rows. */
const cursorRows = 8
/** Larger trees are not settled by who reads: it would wait too long. */
const settledMax = 2 ** 18

/** So many facts wait where nobody tends the index, and where no job takes away what is live: more would be cheaper to write, and the next reader would wait for it. */
const waitingMax = 8192
const waitingAlone = 2048
/** Who tends an index has so many entries come into a tree: few enough to do it between transactions. */
export const tendedAtOnce = 128
/** So many facts wait while a database is loaded into memory. */
const loadedMax = 2 ** 18

type Tense = keyof Trees

/** How often a tree was settled by who read it, for tests. */
export const settledByReading = { times: 0 }

export class SegmentIndex implements FactIndex {
  /** Without what waits. */
  #applied: State
  #waiting: Waiting | null
  #stats: IndexStats | null = null
  #rows: EntityRows | null = null
  readonly #settles: boolean
  // Rows read of each tree that has something live.
  #read: Map<FactTree, number> | null = null

  constructor(state: State, waiting: Waiting | null = null, settles = true) {
    this.#applied = state
    this.#waiting = waiting
    this.#settles = settles && state.treeOptions.jobs === 'self'
  }

  // So many rows have been read of an order.
  #note(order: Order, rows: number): void {
    const { current, past } = this.#applied.trees[order]
    if (current.live.size > 0) this.#noteOf(order, 'current', rows)
    if (past.live.size > 0) this.#noteOf(order, 'past', rows)
  }

  #noteOf(order: Order, tense: Tense, rows: number): void {
    const read = (this.#read ??= new Map())
    const { trees, treeOptions } = this.#applied
    const tree = trees[order][tense]
    const live = tree.live.size
    const size = tree.main.n + live
    const sum = (read.get(tree) ?? 0) + rows
    if (sum < (size * size) / (liveCost * live) || size > settledMax) {
      read.set(tree, sum)
      return
    }
    read.delete(tree)
    settledByReading.times++
    const both = { ...trees[order], [tense]: mergeAll(tree, [], treeOptions) }
    this.#applied = { ...this.#applied, trees: { ...trees, [order]: both } }
  }

  get #state(): State {
    const waiting = this.#waiting
    if (waiting !== null) {
      this.#applied = withAll(waiting, this.#applied)
      this.#waiting = null
    }
    return this.#applied
  }

  /** For jobs. */
  static stateOf(index: SegmentIndex): State {
    return index.#state
  }

  static liveBytesOf(index: SegmentIndex): number {
    return (index.#waiting ?? index.#applied).liveBytes
  }

  /** As the function `tend`. */
  static tend(index: SegmentIndex): boolean {
    const waiting = index.#waiting
    if (waiting === null) return takeInSome(index.#applied, tendedAtOnce)
    const { list, count } = waiting
    // a later one has been read
    if (list.takenCount > count) return false
    return bringInSome(list, count) || takeInSome(list.taken, tendedAtOnce)
  }

  /** With what a transaction did, which waits until anybody reads, or more than `most` wait: then many come in by one sort. */
  applyLater(tx: Recorded, most: number = this.#mostWaiting): SegmentIndex {
    const list = this.#appendable()
    const { lastT, liveBytes } = this.#waiting ?? this.#applied
    appendRecorded(list.entries, tx)
    const bytes = liveBytes + bytesOfRecorded(tx, list.before.placementOf)
    const count = list.entries.length
    const waiting = new Waiting(list, count, Math.max(lastT, tx.t), bytes)
    const later = new SegmentIndex(list.before, waiting)
    if (count - list.takenCount > most) void later.#state
    return later
  }

  /** The same of one that is loaded: it is not to be read soon. */
  loadLater(tx: Recorded): SegmentIndex {
    const { trees, treeOptions } = this.#applied
    const { liveMax, jobs } = treeOptions
    const live = Math.max(4 * liveMax, trees.eavt.current.live.size / 2)
    return this.applyLater(tx, jobs === 'self' ? loadedMax : live)
  }

  #appendable(): WaitingList {
    const list = this.#waiting === null ? null : appendable(this.#waiting)
    return list ?? emptyList(this.#state)
  }

  // Nobody is to wait long for it.
  get #mostWaiting(): number {
    const { trees, treeOptions } = this.#applied
    const { jobs, liveMax } = treeOptions
    if (jobs === 'caller') return Math.min(waitingMax, liveMax)
    const { current } = trees.eavt
    const limit = liveLimit(current, treeOptions)
    // what readers have brought in is to be merged
    return current.live.size > limit ? 0 : Math.min(waitingAlone, limit)
  }

  /** As the functions `currentOf` and so on: null for an index that counts what it is asked. */
  current(bound: Bound, order: Order): readonly Entry[] | null {
    const waiting = this.#waiting
    if (waiting !== null) {
      const found = waiting.list.find(order, bound, waiting.count)
      if (found !== null) {
        foundWaiting.times++
        return currentWith(this.#applied.trees[order].current, bound, found)
      }
    }
    return currentWith(this.#state.trees[order].current, bound, noneWait)
  }

  /** As the functions `entityRowsIn` and `runsIn`. */
  entityRows(view: View): EntityRows | null {
    const { trees, lastT } = this.#state
    if (!isPresent(view, lastT)) return null
    const tree = trees.eavt.current
    if (this.#rows?.tree !== tree) this.#rows = new EntityRows(tree)
    return this.#rows
  }

  runs(order: Order, range: Range, view: View, backwards: boolean): Reader | null {
    const { trees, lastT } = this.#state
    const { current, past } = trees[order]
    const present = isPresent(view, lastT)
    if (!present && !(isWindow(view) && hasNoneOf(past, attributeOf(order, range)))) return null
    if (this.#settles) this.#note(order, cursorRows)
    const [low, high] = boundsOf(order, range)
    return new Reader(current, low, high, backwards, present ? anyTime : windowOf(view))
  }

  /** As the function `findDatoms`. */
  find(order: Order, bound: Bound, view: View, finding: Finding, out: Found): boolean {
    const { trees, lastT } = this.#state
    if (this.#settles) this.#note(order, cursorRows)
    return findWith(trees[order], bound, view, lastT, finding, out)
  }

  cursor(order: Order, range: Range, view: View, backwards = false): Cursor {
    const { trees, lastT } = this.#state
    if (this.#settles) this.#note(order, cursorRows)
    return openCursor(trees[order], range, view, lastT, backwards)
  }

  count(order: Order, range: Range, view: View): number {
    return this.#counted(order, range, view, countIn)
  }

  roughCount(order: Order, range: Range, view: View): number {
    return this.#counted(order, range, view, roughIn)
  }

  #counted(order: Order, range: Range, view: View, countOf: typeof countIn): number {
    const { trees, lastT } = this.#state
    const { current, past } = trees[order]
    const [low, high] = boundsOf(order, range)
    if (isPresent(view, lastT)) return countOf(current, low, high)
    if (!view.history && view.keep === null) {
      return countOf(current, low, high) + countOf(past, low, high)
    }
    // datoms of a group may stand apart from where their fact stands: t does not count
    const groups = wholeGroups(order, range)
    const [from, to] = boundsOf(order, groups)
    return countOf(current, from, to) + countOf(past, from, to) * (view.history ? 2 : 1)
  }

  columns(order: Order, range: Range, view: View, wanted: Wanted): Columns {
    const { trees, lastT, placementOf } = this.#state
    const found = columnsOf(trees[order], range, view, lastT, wanted, placementOf)
    if (this.#settles) this.#note(order, found.n)
    return found
  }

  /** Sets `out` to the other ends of references (ends.ts); false where that has to be asked by a probe. */
  ends(order: 'aevt' | 'vaet', a: number, keys: Float64Array, view: View, out: EndList): boolean {
    const { trees, lastT } = this.#state
    if (!isPresent(view, lastT) || !endsOf(trees[order].current, a, keys, out)) return false
    if (this.#settles) this.#note(order, out.n + keys.length)
    return true
  }

  probe(
    order: Order,
    a: number | undefined,
    keys: Float64Array | readonly Value[],
    view: View,
    wanted: Wanted,
  ): Columns {
    const { trees, lastT, placementOf } = this.#state
    const found = probeTrees(trees[order], a, keys, view, lastT, wanted, placementOf)
    if (this.#settles) this.#note(order, found.n + keys.length)
    return found
  }

  apply(changes: readonly Change[]): FactIndex {
    return changes.length === 0 ? this : new SegmentIndex(changed(this.#state, changes))
  }

  /** With what a transaction did; the facts that it ends were found in this very index. */
  applyRecorded(tx: Recorded): FactIndex {
    if (tx.data.length === 0) return this
    return this.applyLater(tx)
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
    if (!orders.some((order) => hasLive(trees[order]))) return this
    const settle = (tree: FactTree): FactTree =>
      tree.live.size === 0 ? tree : mergeAll(tree, [], treeOptions)
    const settled = treesOf((name) => ({
      current: settle(trees[name].current),
      past: settle(trees[name].past),
    }))
    return new SegmentIndex({ ...this.#state, trees: settled })
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

const hasLive = ({ current, past }: Trees): boolean => current.live.size + past.live.size > 0

/** Is it known without reading that there is nothing of the attribute? */
const hasNoneOf = ({ main, mid, live }: FactTree, a: number): boolean =>
  live.size === 0 && main.lacks(a) && mid.lacks(a)

function wholeGroups(order: Order, { low, high }: Range): Range {
  const [first, last] = [low && boundOf(order, low), high && boundOf(order, high)]
  const without = ({ e, a, v }: Bound): { e: number; a: number; v: Value } => ({ e, a, v })
  return {
    low: first?.depth === 4 ? { prefix: without(first), after: false } : low,
    high: last?.depth === 4 ? { prefix: without(last), after: true } : high,
  }
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
  return new SegmentIndex(changed(emptyState(placementOf, options), changes, true))
}

/** What the index is made of. */
export function stateOf(index: FactIndex): State {
  assert(index instanceof SegmentIndex, 'an index of this engine')
  return SegmentIndex.stateOf(index)
}

/**
 * The index after a recorded transaction, which is applied when anybody first reads: with those before it, so that many transactions
 * cost one sort. `isLoading`: it is not to be read soon. Null for an index of another kind.
 */
export function applyLater(index: FactIndex, tx: Recorded, isLoading: boolean): FactIndex | null {
  if (!(index instanceof SegmentIndex)) return null
  return isLoading ? index.loadLater(tx) : index.applyLater(tx)
}

/** The index after a transaction that found the facts that it ends in this index itself. Null for an index of another kind. */
export function applyFound(index: FactIndex, tx: Recorded): FactIndex | null {
  return index instanceof SegmentIndex ? index.applyRecorded(tx) : null
}

const sought = new Bound()

/**
 * The current facts of an entity, or those that have also this attribute, and this value: in the order of EAVT. For single facts, and
 * cheaper than a cursor. Null for an index that has to be asked by a cursor.
 */
export function currentOf(
  index: FactIndex,
  e: number,
  a?: number,
  v?: Value,
): readonly Entry[] | null {
  if (!(index instanceof SegmentIndex)) return null
  sought.depth = a === undefined ? 1 : v === undefined ? 2 : 3
  sought.e = e
  sought.a = a ?? 0
  sought.v = v ?? null
  return index.current(sought, 'eavt')
}

/** The same of the facts that have a value, in AVET. */
export function currentWithValue(index: FactIndex, a: number, v: Value): readonly Entry[] | null {
  if (!(index instanceof SegmentIndex)) return null
  sought.depth = 2
  sought.a = a
  sought.v = v
  return index.current(sought, 'avet')
}

/** The same of the facts that refer to an entity, in VAET. */
export function currentReferring(index: FactIndex, id: number): readonly Entry[] | null {
  if (!(index instanceof SegmentIndex)) return null
  sought.depth = 1
  sought.v = id
  return index.current(sought, 'vaet')
}

/** Sets `out` to the other ends of references (ends.ts); false for an index, or a view of it, that has to be asked by a probe. */
export function findEnds(
  index: FactIndex,
  order: 'aevt' | 'vaet',
  a: number,
  keys: Float64Array,
  view: View,
  out: EndList,
): boolean {
  return index instanceof SegmentIndex && index.ends(order, a, keys, view, out)
}

/** To find where entities' rows stand (entity-rows.ts); null for an index, or a view of it, that has to be asked by a cursor. */
export function entityRowsIn(index: FactIndex, view: View): EntityRows | null {
  return index instanceof SegmentIndex ? index.entityRows(view) : null
}

/**
 * The datoms of a range run by run (reader.ts), where only those are meant that the view sees by their t; null for an index, or a view of it,
 * that has to be asked by a cursor.
 */
export function runsIn(
  index: FactIndex,
  order: Order,
  range: Range,
  view: View,
  backwards: boolean,
): Reader | null {
  return index instanceof SegmentIndex ? index.runs(order, range, view, backwards) : null
}

/**
 * The datoms of a view, in some sequence: those of an attribute of an entity (AEVT), also with a value; those with a value of an
 * attribute (AVET), those that refer to an entity by it (VAET). False, and nothing said, when they are more than `most`, or not as near as
 * they have to be. Cheaper than a cursor.
 */
export function findDatoms(
  index: FactIndex,
  order: 'aevt' | 'avet' | 'vaet',
  a: number,
  e: number | undefined,
  v: Value | undefined,
  view: View,
  finding: Finding,
  out: Found,
): boolean {
  sought.depth = order === 'aevt' && v !== undefined ? 3 : 2
  sought.a = a
  sought.e = e ?? 0
  sought.v = v ?? null
  if (index instanceof SegmentIndex) return index.find(order, sought, view, finding, out)
  return takeAll(index.cursor(order, rangeOfBound(order, sought), view), finding.most, out)
}

/**
 * Brings in a little of what waits, where jobs take away what is live: who transacts much does this now and then, so that neither a
 * transaction nor a reader has to bring in much at once. False when little waits.
 */
export function tend(index: FactIndex): boolean {
  return index instanceof SegmentIndex && SegmentIndex.tend(index)
}

/** About how many bytes of memory the live part takes, with what waits. */
export function liveBytesIn(index: FactIndex): number {
  assert(index instanceof SegmentIndex, 'an index of this engine')
  return SegmentIndex.liveBytesOf(index)
}

/** The same; null for an index of another kind (tests have one). */
export function stateIfOurs(index: FactIndex): State | null {
  return index instanceof SegmentIndex ? SegmentIndex.stateOf(index) : null
}

export function indexOf(state: State): FactIndex {
  return new SegmentIndex(state)
}
