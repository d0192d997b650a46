/**
 * All facts of one order and one tense (current or past), in three tiers: main, mid before it, and a live tree before both.
 *
 * (1) A value: every function here gives a new one, and old ones stay.
 * (2) A fact stands in one tier. In a tree of current facts an entry with an end is a *tombstone* of an equal fact in an older tier;
 *     it stands in the live tree or in mid.
 */

import { assert } from '../base/assert.ts'
import type { Bound } from './bound.ts'
import { sideOf } from './bound.ts'
import { Block } from './segment-ref.ts'
import type { BlockTarget } from './block-writer.ts'
import { compareEntriesOf, noEnd } from './entry.ts'
import type { CompareEntries, Entry } from './entry.ts'
import { orderOf } from './durable.ts'
import type { TreeName } from './durable.ts'
import type { PlacementOf } from './fact-index.ts'
import { orders } from './fact.ts'
import type { Order } from './fact.ts'
import { Part } from './part.ts'
import { mergeNow } from './merge.ts'
import {
  buildTree,
  Edit,
  entriesOf,
  hasEntry,
  insertEntry,
  netBefore,
  removeEntry,
} from './tree.ts'
import type { Node } from './tree.ts'

export interface FactTree {
  readonly name: TreeName
  /** How it is sorted. */
  readonly order: Order
  readonly past: boolean
  readonly main: Part
  readonly mid: Part
  readonly live: Node | null
}

export function emptyTree(name: TreeName, past: boolean, placementOf: PlacementOf): FactTree {
  const order = orderOf(name)
  const none = new Part(order, [], placementOf)
  return { name, order, past, main: none, mid: none, live: null }
}

/** The count of the facts before the bound. */
export function countBefore({ order, past, main, mid, live }: FactTree, at: Bound): number {
  let n = main.ordinal(main.locate(at))
  if (mid.n > 0) n += mid.ordinal(mid.locate(at))
  return n + netBefore(live, at, sideOf[order], past)
}

export function sizeOf({ main, mid, live }: FactTree): number {
  return main.net + mid.net + (live?.net ?? 0)
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

const liveLimit = (tree: FactTree, { liveMax, liveShare }: TreeOptions): number =>
  Math.max(liveMax, tree.main.n / liveShare)

// One for each kind of tree: an `apply` sets the owner and uses it at once.
const edits = orders.map((order) => [
  new Edit(compareEntriesOf[order], false),
  new Edit(compareEntriesOf[order], true),
])
let owners = 0

function editOf({ order, past }: FactTree, owner: number): Edit {
  const edit = edits[orders.indexOf(order)]?.[past ? 1 : 0] as Edit
  edit.owner = owner
  return edit
}

/** The number of a new owner of nodes. */
export function newOwner(): number {
  return ++owners
}

/** A change as it comes to one tree: `taken` says that the entry takes a current fact away. */
export interface TreeChange {
  readonly entry: Entry
  readonly taken: boolean
}

/** The tree with these changes in its live part; where nobody else does it, merged into main if that has grown too large. */
export function withChanges(
  tree: FactTree,
  changes: readonly TreeChange[],
  owner: number,
  options: TreeOptions,
): FactTree {
  const { order, past, main, mid } = tree
  const edit = editOf(tree, owner)
  let { live } = tree
  for (const { entry, taken } of changes) {
    const left = taken && !past ? removeEntry(live, entry, edit) : undefined
    if (left !== undefined) {
      live = left
      continue
    }
    // one order is asked for all
    if (taken && !past && order === 'eavt') {
      assert(
        (main.has(entry) || mid.has(entry)) && !hasEntry(live, entry, edit),
        'a retracted fact is current',
      )
    }
    live = insertEntry(live, entry, edit)
  }
  const changed = { ...tree, live }
  return options.jobs === 'self' && live !== null && live.size > liveLimit(tree, options)
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
  const entries = entriesOf(tree.live, []).filter((entry) => entry.a !== a)
  const live = buildTree(entries, editOf(tree, newOwner()))
  return { ...tree, main: without(tree.main), mid: without(tree.mid), live }
}

/** Would that many changes at once better be sorted and merged than put in one by one? */
export function isBulk(tree: FactTree, changes: number, options: TreeOptions): boolean {
  return options.jobs === 'self'
    ? changes > liveLimit(tree, options) / 2
    : changes > Math.max(1024, (tree.live?.size ?? 0) / 8)
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
  if (sorted.length === 0 && tree.live === null) return tree
  const entries = mergeEntries(entriesOf(tree.live, []), sorted, compareEntriesOf[order], past)
  if (options.jobs === 'caller') {
    return { ...tree, live: buildTree(entries, editOf(tree, newOwner())) }
  }
  const { main, mid } = mergeNow(tree, entries, past, 'all', memoryTarget(options))
  return { ...tree, main, mid, live: null }
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
  const out: Entry[] = []
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
  for (; i < older.length; i++) out.push(older[i] as Entry)
  for (; j < newer.length; j++) out.push(newer[j] as Entry)
  return out
}
