/**
 * The live part of a tree: a persistent B+-tree (tree.ts), and before it the newest entries, which come into it when somebody reads.
 *
 * (1) A value: `with` gives a new one, and `root` is always the tree of the same entries. The first who asks for it pays for what waits.
 * (2) What waits comes in at once and under one owner: its nodes are copied once, not once for each transaction that nobody read. Much
 *     of it is sorted and comes in by one walk (tree-batch.ts).
 * (3) In a tree of current facts an entry with an end takes its fact away, if that is live, else it stays as a tombstone.
 * (4) Of single changes at most `waitingMin` wait, or as many as a sixteenth of the tree's, up to `waitingMax`: each leaf that some of them
 *     belong to is copied when they come in, so a larger tree takes in more at once, but for very large ones. Twice as many may wait while
 *     another tree takes in, so that few transactions pay for more than one tree.
 * (5) Of those that come many at a time, sorted, more may wait (../waiting.ts): when they are worth it they are sorted together, some thousands
 *     at once, and come in piece by piece (`takeInSome`), those that lie side by side at once. Who tends an index says when (../create.ts).
 * (6) Who asks for single facts (point.ts) asks `waitingFor`, `denies` and `treeBefore`, and leaves waiting what waits.
 */

import { newList } from '../../base/list.ts'
import type { Bound } from '../facts/bound.ts'
import type { Entry } from '../facts/entry.ts'
import { compareEntriesOf, noEnd } from '../facts/entry.ts'
import { orders } from '../facts/fact.ts'
import type { Order } from '../facts/fact.ts'
import { insertSorted } from './tree-batch.ts'
import { KeyFilter } from './key-filter.ts'
import { buildTree, buildTreeInPieces, Edit, entriesOf, insertEntry, removeEntry } from './tree.ts'
import type { Node } from './tree.ts'
import { WaitingEntries } from './waiting-entries.ts'

const waitingMin = 512
/** Not the same in each order, so that the trees of an index seldom take in with the same transaction. */
const waitingMax: Readonly<Record<Order, number>> = {
  eavt: 1024,
  aevt: 960,
  avet: 896,
  vaet: 832,
}
/** Of a tree of so many entries each that comes in belongs to another leaf: to wait for more would save nothing, and take longer at once. */
const largeFrom = 2 ** 16
const largeShare = 0.35
/** So many are worth to be sorted and brought in piece by piece (`takeInSome`), in a small tree and in a large one. */
const ripeLeast = 1024
const ripeMost = 4096
/** No more are sorted at once. */
const sortedAtOnce = 8192
/** In pieces so many come in at once. */
const takenAtOnce = 256
/** Fewer come in one by one. */
const sortedFrom = 16
/** A tree of so many entries has a filter; one that has come to be larger without it is not walked for that. */
const filterFrom = 8192
const filterMost = 16_384
/** Keys that are noted between two yields. */
const keysAtOnce = 2048

// One for each kind of tree: who edits sets the owner and is done before the next begins.
const edits = orders.map((order) => [
  new Edit(compareEntriesOf[order], false),
  new Edit(compareEntriesOf[order], true),
])
let owners = 0

export class Live {
  readonly #order: Order
  readonly #edit: Edit
  #root: Node | null
  // What waits are the first `#count` of them; newer values may have appended to the same list.
  #waiting: WaitingEntries | null
  #count: number
  // So many of them are in the tree already.
  #taken = 0
  // Of the tree, when it is large and somebody has looked for single facts.
  #filter: KeyFilter | null = null

  private constructor(
    order: Order,
    edit: Edit,
    root: Node | null,
    waiting: WaitingEntries | null,
    count: number,
  ) {
    this.#order = order
    this.#edit = edit
    this.#root = root
    this.#waiting = waiting
    this.#count = count
  }

  /** With nothing in it. */
  static none(order: Order, past: boolean): Live {
    const edit = edits[orders.indexOf(order)]?.[past ? 1 : 0] as Edit
    return new Live(order, edit, null, null, 0)
  }

  /** Of sorted entries. */
  of(entries: readonly Entry[]): Live {
    const root = buildTree(entries, ownedEdit(this.#edit))
    return new Live(this.#order, this.#edit, root, null, 0)
  }

  /** The same, in pieces, and with a filter if it is large. */
  *ofInPieces(entries: readonly Entry[]): Generator<void, Live> {
    const root = yield* buildTreeInPieces(entries, ownedEdit(this.#edit))
    const out = new Live(this.#order, this.#edit, root, null, 0)
    if (entries.length < filterFrom || !this.#hasFilter) return out
    const filter = new KeyFilter(entries.length)
    for (let i = 0; i < entries.length; i += keysAtOnce) {
      this.#note(filter, entries.slice(i, i + keysAtOnce))
      yield
    }
    out.#filter = filter
    return out
  }

  /** About how many entries it has: at least as many. */
  get size(): number {
    return (this.#root?.size ?? 0) + (this.#waiting === null ? 0 : this.#count - this.#taken)
  }

  get root(): Node | null {
    if (this.#waiting !== null) this.#takeIn(this.#waiting)
    return this.#root
  }

  /** The tree without what waits. */
  get treeBefore(): Node | null {
    return this.#root
  }

  /** Has the tree without what waits certainly nothing that agrees with the bound? */
  denies(bound: Bound): boolean {
    const root = this.#root
    if (root === null) return true
    if (root.size < filterFrom || !this.#hasFilter) return false
    if (this.#filter === null) {
      if (root.size > filterMost) return false
      this.#filter = this.#filterOf(root)
    }
    if (bound.depth < (this.#order === 'vaet' ? 1 : 2)) return false
    const { e, a, v } = bound
    return !this.#filter.mayHave(this.#order === 'eavt' ? groupKey(e, a) : v)
  }

  get #hasFilter(): boolean {
    return this.#order !== 'aevt' && !this.#edit.past
  }

  #filterOf(root: Node): KeyFilter {
    const filter = new KeyFilter(root.size)
    this.#note(filter, entriesOf(root, []))
    return filter
  }

  #note(filter: KeyFilter, entries: readonly Entry[]): void {
    if (this.#order === 'eavt') for (const { e, a } of entries) filter.add(groupKey(e, a))
    else for (const { v } of entries) filter.add(v)
  }

  /** Of what waits, the entries that agree with the bound, in their sequence; null when they are not to be found without the tree. */
  waitingFor(bound: Bound): readonly Entry[] | null {
    return this.#waiting === null
      ? []
      : this.#waiting.find(this.#order, bound, this.#count, this.#taken)
  }

  /**
   * With the first n of these entries. A fact that is taken away but is not live has to be in an older tier. So many times as many as
   * usual may wait (`patience`).
   */
  with(entries: readonly Entry[], n: number = entries.length, patience: number = 1): Live {
    if (n === 0) return this
    const waiting = this.#appendable()
    waiting.push(entries, n)
    const { length } = waiting.entries
    const out = new Live(this.#order, this.#edit, this.#root, waiting, length)
    out.#filter = this.#filter
    // those that are sorted are the same of both
    if (this.#waiting === waiting) out.#taken = this.#taken
    if (length - out.#taken >= this.#mostWaiting * patience) out.#takeIn(waiting)
    return out
  }

  /** Takes in all that waits, some at a time: then `root` is there at once. */
  *takeInPieces(): Generator<void> {
    while (this.takeInSome(takenAtOnce, 1)) yield
  }

  /**
   * Takes in some of what waits, when that is much: at first it is sorted, and then the first n come in, and the next time the next ones.
   * False when not much waits.
   */
  takeInSome(n: number, ripe: number = this.#ripe): boolean {
    const waiting = this.#waiting
    if (waiting === null) return false
    const { entries, sorted } = waiting
    const from = this.#taken
    const edit = ownedEdit(this.#edit)
    if (from < sorted) {
      const to = Math.min(sorted, from + n)
      const some = entries.slice(from, to)
      if (this.#filter !== null) this.#note(this.#filter, some)
      this.#root = insertSorted(this.#root, some, edit)
      this.#taken = to
      if (to === this.#count) this.#waiting = null
      return true
    }
    if (this.#count - from < ripe) return false
    const some = entries.slice(from, Math.min(this.#count, from + sortedAtOnce)).sort(edit.compare)
    this.#waiting = new WaitingEntries(some, null, some.length)
    // what came later comes in later
    const rest = entries.slice(from + some.length, this.#count)
    if (rest.length > 0) this.#waiting.push(rest, rest.length)
    this.#taken = 0
    this.#count = this.#waiting.entries.length
    return true
  }

  // So many are worth it: of a larger tree each leaf that some belong to is to get some more.
  get #ripe(): number {
    return Math.min(ripeMost, Math.max(ripeLeast, (this.#root?.size ?? 0) >> 3))
  }

  get #mostWaiting(): number {
    const size = this.#root?.size ?? 0
    const most = waitingMax[this.#order]
    return size >= largeFrom ? most * largeShare : Math.min(most, Math.max(waitingMin, size >> 4))
  }

  // A list that ends with what waits here, for who comes first; a copy for the others.
  #appendable(): WaitingEntries {
    const waiting = this.#waiting
    if (waiting === null) return new WaitingEntries(newList())
    const { entries, sorted } = waiting
    if (entries.length === this.#count) return waiting
    const taken = this.#taken
    return new WaitingEntries(entries.slice(taken, this.#count), null, Math.max(0, sorted - taken))
  }

  #takeIn({ entries, sorted }: WaitingEntries): void {
    const edit = ownedEdit(this.#edit)
    const meant = entries.slice(this.#taken, this.#count)
    if (this.#filter !== null) this.#note(this.#filter, meant)
    if (meant.length < sortedFrom) this.#takeInEach(meant, edit)
    // stable: what takes a fact away comes after it
    else {
      if (sorted < this.#count) meant.sort(edit.compare)
      this.#root = insertSorted(this.#root, meant, edit)
    }
    this.#waiting = null
  }

  #takeInEach(entries: readonly Entry[], edit: Edit): void {
    let root = this.#root
    for (const entry of entries) {
      const taken = !edit.past && entry.end !== noEnd
      const left = taken ? removeEntry(root, entry, edit) : undefined
      root = left === undefined ? insertEntry(root, entry, edit) : left
    }
    this.#root = root
  }
}

/** A number for an entity's attribute; that others may share it does no harm to a filter. */
const groupKey = (e: number, a: number): number => e * 31 + a

function ownedEdit(edit: Edit): Edit {
  edit.owner = ++owners
  return edit
}
