/**
 * All facts of one order and one tense (current or past): a main part of segments and, in front of it, a live tree.
 *
 * (1) A value: every function here gives a new one, and old ones stay.
 * (2) What is in the live tree is not in main, but for tombstones, each of which has its fact in main.
 */

import { assert } from '../base/assert.ts'
import { Bound, sideOf } from './bound.ts'
import { compareEntriesOf, noEnd } from './entry.ts'
import type { CompareEntries, Entry } from './entry.ts'
import type { PlacementOf } from './fact-index.ts'
import { orders } from './fact.ts'
import type { Order } from './fact.ts'
import { MainPart, rowOf, segmentOf } from './main-part.ts'
import { mergeMain } from './merge.ts'
import { Edit, entriesOf, hasEntry, insertEntry, netBefore, removeEntry } from './tree.ts'
import type { Node } from './tree.ts'

export interface FactTree {
  readonly order: Order
  readonly past: boolean
  readonly main: MainPart
  readonly live: Node | null
}

export function emptyTree(order: Order, past: boolean, placementOf: PlacementOf): FactTree {
  return { order, past, main: new MainPart(order, [], placementOf), live: null }
}

const bound = new Bound()

/** Does main hold the very fact (whatever its end)? */
export function inMain({ main }: FactTree, x: Entry): boolean {
  const place = main.locate(bound.setEntry(x, false))
  if (place === main.end) return false
  const y = main.segments[segmentOf(place)]?.entryAt(rowOf(place))
  return y !== undefined && compareEntriesOf[main.order](x, y) === 0
}

/** The count of the facts before the bound. */
export function countBefore({ order, past, main, live }: FactTree, at: Bound): number {
  return main.ordinal(main.locate(at)) + netBefore(live, at, sideOf[order], past)
}

export function sizeOf({ main, live }: FactTree): number {
  return main.n + (live?.net ?? 0)
}

export interface TreeOptions {
  readonly segmentSize: number
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

/** The tree with these changes in its live part, merged into main if it has grown too large. */
export function withChanges(
  tree: FactTree,
  changes: readonly TreeChange[],
  owner: number,
  options: TreeOptions,
): FactTree {
  const { order, past, main } = tree
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
      assert(inMain(tree, entry) && !hasEntry(live, entry, edit), 'a retracted fact is current')
    }
    live = insertEntry(live, entry, edit)
  }
  const changed = { order, past, main, live }
  return live !== null && live.size > liveLimit(tree, options)
    ? mergeAll(changed, [], options)
    : changed
}

/** The AVET tree without an attribute's facts. */
export function withoutAttribute(tree: FactTree, a: number, options: TreeOptions): FactTree {
  const { order, past, main } = mergeAll(tree, [], options)
  const segments = main.segments.filter((segment) => segment.a !== a)
  return { order, past, main: new MainPart(order, segments, options.placementOf), live: null }
}

/** Would that many changes at once better be merged straight into main? */
export function isBulk(tree: FactTree, changes: number, options: TreeOptions): boolean {
  return changes > liveLimit(tree, options) / 2
}

/** The tree with its live entries and these (sorted; tombstones among them) in main. */
export function mergeAll(tree: FactTree, sorted: readonly Entry[], options: TreeOptions): FactTree {
  const { order, past } = tree
  const entries = mergeEntries(entriesOf(tree.live, []), sorted, compareEntriesOf[order], past)
  const main = mergeMain(tree.main, entries, { ...options, past })
  return { order, past, main, live: null }
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
