/**
 * All facts of one order and one tense (current or past), in three tiers: main, mid before it, and a live tree before both.
 *
 * (1) A value: every function here gives a new one, and old ones stay.
 * (2) A fact stands in one tier. In a tree of current facts an entry with an end is a *tombstone* of an equal fact in an older tier;
 *     it stands in the live tree or in mid.
 */

import { newList } from '../base/list.ts'
import { Bound, sideOf } from './facts/bound.ts'
import { Block } from './segments/segment-ref.ts'
import type { BlockTarget } from './stored/block-writer.ts'
import { compareEntriesOf, noEnd } from './facts/entry.ts'
import type { CompareEntries, Entry } from './facts/entry.ts'
import type { EntryBuffer } from './facts/entry-buffer.ts'
import { orderOf } from './stored/durable.ts'
import type { TreeName } from './stored/durable.ts'
import type { PlacementOf } from './fact-index.ts'
import type { Order } from './facts/fact.ts'
import { Live } from './live/live.ts'
import { Part } from './segments/part.ts'
import { mergeNow } from './merge/merge.ts'
import { entriesOf, findEntry, netBefore } from './live/tree.ts'

export interface FactTree {
  readonly name: TreeName
  /** How it is sorted. */
  readonly order: Order
  readonly past: boolean
  readonly main: Part
  readonly mid: Part
  readonly live: Live
}

/**
 * One is made for each tree by each transaction: a class, for V8 makes objects of a literal old from the start where many were kept once, and
 * what such an object refers to then outlives it.
 */
class NextTree implements FactTree {
  readonly name: TreeName
  readonly order: Order
  readonly past: boolean
  readonly main: Part
  readonly mid: Part
  readonly live: Live

  constructor(name: TreeName, order: Order, past: boolean, main: Part, mid: Part, live: Live) {
    this.name = name
    this.order = order
    this.past = past
    this.main = main
    this.mid = mid
    this.live = live
  }
}

export function emptyTree(name: TreeName, past: boolean, placementOf: PlacementOf): FactTree {
  const order = orderOf(name)
  const none = new Part(order, [], placementOf)
  return new NextTree(name, order, past, none, none, Live.none(order, past))
}

/** The count of the facts before the bound. */
export function countBefore({ order, past, main, mid, live }: FactTree, at: Bound): number {
  let n = main.ordinal(main.locate(at))
  if (mid.n > 0) n += mid.ordinal(mid.locate(at))
  return n + netBefore(live.root, at, sideOf[order], past)
}

export function sizeOf({ main, mid, live }: FactTree): number {
  return main.net + mid.net + (live.root?.net ?? 0)
}

export interface TreeOptions {
  readonly segmentSize: number
  /** Does `apply` merge the live part into segments when it has grown, or somebody else? */
  readonly jobs: 'self' | 'caller'
  /** More live entries than this are merged into main... */
  readonly liveMax: number
  /** ...or than main's facts divided by this, if that is more. */
  readonly liveShare: number
  readonly placementOf: PlacementOf
}

export const liveLimit = (tree: FactTree, { liveMax, liveShare }: TreeOptions): number =>
  Math.max(liveMax, tree.main.n / liveShare)

/** Is the entry one of the tree's current facts? */
export function isCurrent({ order, main, mid, live }: FactTree, entry: Entry): boolean {
  const compare = compareEntriesOf[order]
  const waiting = live.waitingFor(scratch.setEntry(entry, false))
  const last = waiting?.findLast((x) => compare(x, entry) === 0)
  if (last !== undefined) return last.end === noEnd
  const there = findEntry(waiting === null ? live.root : live.treeBefore, entry, compare)
  return there === undefined ? main.has(entry) || mid.has(entry) : there.end === noEnd
}

const scratch = new Bound()

/** Who reads leaves merging to those who transact, up to so many times what is live at most. */
const limitsOfReaders = 4
/** What comes sorted is taken in by those who transact, some at a time. */
const patienceOfMany = 32
/** Where no job takes what is live away it need not be in the tree before somebody reads, or it is merged. */
const patienceAlone = 8

/**
 * The tree with these entries in its live part, tombstones among them; where nobody else does it, merged into main if that has grown too
 * large. `isTurn`: see live.ts. `isTended`: who tends the index has the tree take them in.
 */
export function withChanges(
  tree: FactTree,
  { items, n }: EntryBuffer,
  options: TreeOptions,
  isTurn: boolean,
  isTended = false,
): FactTree {
  const { name, order, past, main, mid } = tree
  const usual = isTended ? patienceOfMany : isTurn ? 1 : 2
  const patience = options.jobs === 'self' ? patienceAlone : usual
  const live = tree.live.with(items, n, patience)
  const changed = new NextTree(name, order, past, main, mid, live)
  return options.jobs === 'self' && live.size > liveLimit(tree, options)
    ? mergeAll(changed, [], options)
    : changed
}

/** The same of many entries, which are sorted. They are taken in some at a time (live.ts). */
export function withSorted(tree: FactTree, sorted: Entry[], options: TreeOptions): FactTree {
  if (sorted.length === 0) return tree
  const { name, order, past, main, mid } = tree
  const live = tree.live.with(sorted, sorted.length, patienceOfMany)
  const changed = new NextTree(name, order, past, main, mid, live)
  return options.jobs === 'self' && live.size > liveLimit(tree, options) * limitsOfReaders
    ? mergeAll(changed, [], options)
    : changed
}

/** The AVET tree without an attribute's facts. What is stored stays as it is: directories only cease to name it. */
export function withoutAttribute(
  tree: FactTree,
  a: number,
  { placementOf }: TreeOptions,
): FactTree {
  const { order } = tree
  const without = (part: Part): Part =>
    new Part(
      order,
      part.refs.filter((ref) => ref.a !== a),
      placementOf,
    )
  const live = tree.live.of(entriesOf(tree.live.root, []).filter((entry) => entry.a !== a))
  return { ...tree, main: without(tree.main), mid: without(tree.mid), live }
}

/** Would that many changes at once better be sorted and merged than put in one by one? */
export function isBulk(tree: FactTree, changes: number, options: TreeOptions): boolean {
  return options.jobs === 'self'
    ? changes > liveLimit(tree, options) / 2
    : changes > Math.max(1024, tree.live.size / 8)
}

/** In memory alone: the segments themselves. */
export function memoryTarget({
  segmentSize,
  placementOf,
}: Pick<TreeOptions, 'segmentSize' | 'placementOf'>): BlockTarget {
  return {
    segmentSize,
    placementOf,
    holds: true,
    drops: null,
    blockOf: ({ length }) => new Block(null, null, 0, length),
  }
}

/** The tree with these entries (sorted; tombstones among them): in main, or in the live part where somebody else merges that. */
export function mergeAll(tree: FactTree, sorted: readonly Entry[], options: TreeOptions): FactTree {
  const { order, past } = tree
  if (sorted.length === 0 && tree.live.size === 0) return tree
  const older = entriesOf(tree.live.root, [])
  const entries = mergeEntries(older, sorted, compareEntriesOf[order], past)
  const { name } = tree
  if (options.jobs === 'caller') {
    return new NextTree(name, order, past, tree.main, tree.mid, tree.live.of(entries))
  }
  const { main, mid } = mergeNow(tree, entries, past, 'all', memoryTarget(options))
  return new NextTree(name, order, past, main, mid, tree.live.of([]))
}

// A tombstone among the newer ones and its fact among the older ones go both.
function mergeEntries(
  older: readonly Entry[],
  newer: readonly Entry[],
  compare: CompareEntries,
  past: boolean,
): readonly Entry[] {
  if (older.length === 0) return newer
  if (newer.length === 0) return older
  const out: Entry[] = newList()
  let i = 0
  let j = 0
  while (i < older.length && j < newer.length) {
    const x = older[i] as Entry
    const y = newer[j] as Entry
    const d = compare(x, y)
    if (d < 0) {
      out.push(x)
      i++
    } else if (d > 0) {
      out.push(y)
      j++
    } else if (!past && x.end === noEnd && y.end !== noEnd) {
      i++
      j++
    } else {
      out.push(x)
      i++
    }
  }
  // mostly nearly all of one of them stands behind the other
  return out.concat(i < older.length ? older.slice(i) : newer.slice(j))
}
