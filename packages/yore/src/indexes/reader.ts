/**
 * The merged walk over one tree, in runs: a stretch of rows of a main segment, or one live entry. Everything that reads is made of it.
 *
 * (1) Runs come in the order's sequence, or exactly the reverse when backwards; within a run the rows [from, to) are then to be
 *     read from the last to the first.
 * (2) Tombstones and what they take away are never seen.
 * (3) Where the live tree has nothing within the bounds, a run is all of a segment that lies in them.
 */

import { assert } from '../base/assert.ts'
import { Bound, sideOf } from './bound.ts'
import type { Entry } from './entry.ts'
import { noEnd } from './entry.ts'
import type { FactTree } from './fact-tree.ts'
import { MainPart, placeSize, rowOf, segmentOf } from './main-part.ts'
import type { Segment } from './segment.ts'
import { TreeCursor } from './tree.ts'

export class Reader {
  /** The run: a live entry, or rows [from, to) of the segment. */
  entry: Entry | null = null
  segment: Segment | null = null
  from = 0
  to = 0

  readonly #tree: FactTree
  // The part of main that is still to come: [low, high) in places.
  #low = 0
  #high = 0
  readonly #live: TreeCursor | null
  readonly #edge: Bound | null
  readonly #backwards: boolean
  readonly #cut: Bound | null

  constructor(tree: FactTree, low: Bound | null, high: Bound | null, backwards: boolean) {
    this.#tree = tree
    this.#backwards = backwards
    this.#edge = backwards ? low : high
    const { main } = tree
    if (main.directory !== null) {
      if (low !== null && low === high) {
        main.locateBoth(low)
        this.#low = MainPart.low
        this.#high = MainPart.high
      } else {
        this.#low = low === null ? 0 : main.locate(low)
        this.#high = high === null ? main.end : main.locate(high)
      }
    }
    this.#live = tree.live === null ? null : this.#seek(low, high)
    this.#cut = this.#live === null ? null : new Bound()
  }

  // A cursor on the first live entry within the bounds, or null.
  #seek(low: Bound | null, high: Bound | null): TreeCursor | null {
    const { live, order } = this.#tree
    const cursor = new TreeCursor()
    const side = sideOf[order]
    // one bound stands for both sides of what agrees with it
    const both = low !== null && low === high
    if (both) low.after = this.#backwards
    if (this.#backwards) cursor.seekBack(live, high, side)
    else cursor.seek(live, low, side)
    if (both) low.after = !this.#backwards
    return cursor.entry !== null && this.#within(cursor.entry) ? cursor : null
  }

  #within(entry: Entry): boolean {
    const edge = this.#edge
    if (edge === null) return true
    const side = sideOf[this.#tree.order](entry, edge)
    return this.#backwards ? side > 0 : side < 0
  }

  /** Is there certainly nothing? */
  get isEmpty(): boolean {
    return this.#low >= this.#high && (this.#live === null || this.#live.entry === null)
  }

  /** The live entries within the bounds, if there are any. */
  get hasLive(): boolean {
    return this.#live !== null && this.#live.entry !== null
  }

  /** Goes to the next run. */
  next(): boolean {
    return this.#backwards ? this.#back() : this.#forward()
  }

  #forward(): boolean {
    for (;;) {
      const head = this.#live === null ? null : this.#live.entry
      if (this.#low >= this.#high) return head !== null && this.#takeEntry(head)
      const s = segmentOf(this.#low)
      const from = rowOf(this.#low)
      const segment = this.#tree.main.segments[s] as Segment
      const end = s === segmentOf(this.#high) ? rowOf(this.#high) : segment.n
      const to =
        head === null
          ? end
          : segment.positionNear((this.#cut as Bound).setEntry(head, false), from, end)
      if (to > from) {
        this.entry = null
        this.segment = segment
        this.from = from
        this.to = to
        this.#low = to === segment.n ? (s + 1) * placeSize : s * placeSize + to
        return true
      }
      if (this.#takeEntry(head as Entry)) return true
      this.#low = from + 1 === segment.n ? (s + 1) * placeSize : this.#low + 1
    }
  }

  #back(): boolean {
    for (;;) {
      const head = this.#live === null ? null : this.#live.entry
      if (this.#low >= this.#high) return head !== null && this.#takeEntry(head)
      const s = segmentOf(this.#high - 1)
      const segment = this.#tree.main.segments[s] as Segment
      const to = Math.min(segment.n, this.#high - s * placeSize)
      const start = s === segmentOf(this.#low) ? rowOf(this.#low) : 0
      const from =
        head === null
          ? start
          : segment.position((this.#cut as Bound).setEntry(head, true), start, to)
      if (from < to) {
        this.entry = null
        this.segment = segment
        this.from = from
        this.to = to
        this.#high = s * placeSize + from
        return true
      }
      if (this.#takeEntry(head as Entry)) return true
      this.#high = s * placeSize + to - 1
    }
  }

  // Makes the live entry the run; or, if it is a tombstone, only passes it: false.
  #takeEntry(head: Entry): boolean {
    const live = this.#live as TreeCursor
    if (this.#backwards) live.back()
    else live.forward()
    if (live.entry !== null && !this.#within(live.entry)) live.entry = null
    if (!this.#tree.past && head.end !== noEnd) {
      assert(this.#low < this.#high, 'a tombstone stands for a fact of the main part')
      return false
    }
    this.entry = head
    this.segment = null
    return true
  }
}
