/**
 * The merged walk over one tree, in runs: a stretch of rows of a main or mid segment, or one live entry. Everything that reads is made
 * of it.
 *
 * (1) Runs come in the order's sequence, or exactly the reverse when backwards; within a run the rows [from, to) are then to be
 *     read from the last to the first.
 * (2) Tombstones and what they take away are never seen.
 * (3) Where mid and the live tree have nothing within the bounds, a run is all of a segment that lies in them.
 * (4) With a window of time, segments that have nothing in it may be left out, unread: who reads tests each fact all the same.
 * (5) While mid has nothing more to come, it costs nothing: `#forward` and `#back` know only main and live.
 */

import { assert } from '../../base/assert.ts'
import { atOnceMax, bringNext } from './ahead.ts'
import { Bound, sideOf } from '../facts/bound.ts'
import type { Entry } from '../facts/entry.ts'
import { compareEntriesOf, noEnd } from '../facts/entry.ts'
import type { FactTree } from '../fact-tree.ts'
import { Part, placeSize, rowOf, segmentOf } from '../segments/part.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import type { Segment } from '../segments/segment.ts'
import { TreeCursor } from '../live/tree.ts'
import { anyTime, isOutside } from '../facts/window.ts'
import type { Times, Window } from '../facts/window.ts'

// The place after one of the segment's rows.
function forwards(segment: Segment, place: number): number {
  return rowOf(place) + 1 === segment.n ? (segmentOf(place) + 1) * placeSize : place + 1
}

// Sets `Part.low` and `high` to the places of the bounds.
function locate(part: Part, low: Bound | null, high: Bound | null): void {
  if (low !== null && low === high) part.locateBoth(low)
  else {
    const from = low === null ? 0 : part.locate(low)
    Part.high = high === null ? part.end : part.locate(high)
    Part.low = from
  }
}

const noTimes: Times = { minT: 0, maxT: 0, maxEnd: 0 }

export class Reader {
  /** The run: a live entry, or rows [from, to) of the segment. */
  entry: Entry | null = null
  segment: Segment | null = null
  from = 0
  to = 0
  /** What the directory knows of the segment's times. */
  times: Times = noTimes

  /** With a window: how many rows of segments stand between the bounds, at whatever time. */
  readonly between: number
  readonly #tree: FactTree
  // The part of main that is still to come: [low, high) in places.
  #low = 0
  #high = 0
  // And of mid.
  #midLow = 0
  #midHigh = 0
  readonly #live: TreeCursor | null
  readonly #edge: Bound | null
  readonly #backwards: boolean
  readonly #cut: Bound | null
  readonly #window: Window | null
  // So many segments are fetched when the next one is away.
  #atOnce = 1

  constructor(
    tree: FactTree,
    low: Bound | null,
    high: Bound | null,
    backwards: boolean,
    window: Window,
  ) {
    this.#tree = tree
    this.#window = window === anyTime ? null : window
    this.#backwards = backwards
    this.#edge = backwards ? low : high
    const { main, mid } = tree
    if (main.directory !== null) {
      locate(main, low, high)
      this.#low = Part.low
      this.#high = Part.high
    }
    if (mid.directory !== null) {
      locate(mid, low, high)
      this.#midLow = Part.low
      this.#midHigh = Part.high
    }
    this.#live = tree.live.root === null ? null : this.#seek(low, high)
    this.#cut = this.#live === null && this.#midLow >= this.#midHigh ? null : new Bound()
    this.between = this.#window === null ? 0 : this.stored
    if (this.#window !== null && this.#midLow >= this.#midHigh) this.#skip(null)
  }

  // A cursor on the first live entry within the bounds, or null.
  #seek(low: Bound | null, high: Bound | null): TreeCursor | null {
    const { live, order } = this.#tree
    const cursor = new TreeCursor()
    const side = sideOf[order]
    // one bound stands for both sides of what agrees with it
    const both = low !== null && low === high
    if (both) low.after = this.#backwards
    if (this.#backwards) cursor.seekBack(live.root, high, side)
    else cursor.seek(live.root, low, side)
    if (both) low.after = !this.#backwards
    return cursor.entry !== null && this.#within(cursor.entry) ? cursor : null
  }

  #within(entry: Entry): boolean {
    const edge = this.#edge
    if (edge === null) return true
    const side = sideOf[this.#tree.order](entry, edge)
    return this.#backwards ? side > 0 : side < 0
  }

  /** How many rows of segments lie before it: all that is there but for live entries. */
  get stored(): number {
    const { main, mid } = this.#tree
    const between = (part: Part, low: number, high: number): number =>
      low < high ? part.rowsBefore(high) - part.rowsBefore(low) : 0
    return between(main, this.#low, this.#high) + between(mid, this.#midLow, this.#midHigh)
  }

  /** Is there certainly nothing? */
  get isEmpty(): boolean {
    return (
      this.#low >= this.#high &&
      this.#midLow >= this.#midHigh &&
      (this.#live === null || this.#live.entry === null)
    )
  }

  /** Goes to the next run. */
  next(): boolean {
    if (this.#midLow < this.#midHigh) {
      const found = this.#backwards ? this.#backWithMid() : this.#forwardWithMid()
      if (found !== null) return found
    }
    return this.#backwards ? this.#back() : this.#forward()
  }

  // A segment of main; if it is away, some of those that come after it are fetched with it.
  #fetched(s: number): Segment {
    const { main, past } = this.#tree
    if (main.isAway(s)) {
      const window = this.#window
      const isOut = (ref: SegmentRef): boolean =>
        window !== null && isOutside(ref.times, window, past)
      const last = segmentOf(this.#backwards ? this.#low : this.#high - 1)
      bringNext(main, s, last, this.#atOnce, isOut)
      this.#atOnce = Math.min(atOnceMax, this.#atOnce * 2)
    }
    return main.segment(s)
  }

  #forward(): boolean {
    for (;;) {
      if (this.#window !== null) this.#skip(null)
      const head = this.#live === null ? null : this.#live.entry
      if (this.#low >= this.#high) return head !== null && this.#takeEntry(head)
      const s = segmentOf(this.#low)
      const from = rowOf(this.#low)
      const segment = this.#fetched(s)
      const end = s === segmentOf(this.#high) ? rowOf(this.#high) : segment.n
      const to =
        head === null
          ? end
          : segment.positionNear((this.#cut as Bound).setEntry(head, false), from, end)
      if (to > from) {
        this.#takeRun(this.#tree.main, s, segment, from, to)
        this.#low = to === segment.n ? (s + 1) * placeSize : s * placeSize + to
        return true
      }
      if (this.#takeEntry(head as Entry)) return true
      this.#low = from + 1 === segment.n ? (s + 1) * placeSize : this.#low + 1
    }
  }

  #back(): boolean {
    for (;;) {
      if (this.#window !== null) this.#skip(null)
      const head = this.#live === null ? null : this.#live.entry
      if (this.#low >= this.#high) return head !== null && this.#takeEntry(head)
      const s = segmentOf(this.#high - 1)
      const segment = this.#fetched(s)
      const to = Math.min(segment.n, this.#high - s * placeSize)
      const start = s === segmentOf(this.#low) ? rowOf(this.#low) : 0
      const from =
        head === null
          ? start
          : segment.position((this.#cut as Bound).setEntry(head, true), start, to)
      if (from < to) {
        this.#takeRun(this.#tree.main, s, segment, from, to)
        this.#high = s * placeSize + from
        return true
      }
      if (this.#takeEntry(head as Entry)) return true
      this.#high = s * placeSize + to - 1
    }
  }

  #takeRun(part: Part, s: number, segment: Segment, from: number, to: number): true {
    this.entry = null
    this.times = (part.refs[s] as SegmentRef).times
    this.segment = segment
    this.from = from
    this.to = to
    return true
  }

  // Null when mid has nothing more.
  #forwardWithMid(): boolean | null {
    const { mid, order, past } = this.#tree
    const compare = compareEntriesOf[order]
    const cut = this.#cut as Bound
    while (this.#midLow < this.#midHigh) {
      const head = this.#live === null ? null : this.#live.entry
      const ms = segmentOf(this.#midLow)
      const midFrom = rowOf(this.#midLow)
      const midSegment = mid.segment(ms)
      const x = midSegment.entryAt(midFrom)
      let inMain: Entry | null = null
      if (this.#window !== null) this.#skip(x)
      if (this.#low < this.#high) {
        const s = segmentOf(this.#low)
        const from = rowOf(this.#low)
        const segment = this.#fetched(s)
        const end = s === segmentOf(this.#high) ? rowOf(this.#high) : segment.n
        let to = segment.positionNear(cut.setEntry(x, false), from, end)
        if (head !== null) to = segment.positionNear(cut.setEntry(head, false), from, to)
        if (to > from) {
          this.#low = to === segment.n ? (s + 1) * placeSize : s * placeSize + to
          return this.#takeRun(this.#tree.main, s, segment, from, to)
        }
        inMain = segment.entryAt(from)
      }
      const d = head === null ? 1 : compare(head, x)
      if (d === 0) {
        // the fact in mid that a live tombstone takes away
        this.#passLive()
        this.#midLow = forwards(midSegment, this.#midLow)
      } else if (d < 0) {
        if (this.#takeEntry(head as Entry)) return true
        this.#passMain()
      } else if (!past && x.end !== noEnd) {
        assert(inMain !== null && compare(inMain, x) === 0, 'a tombstone stands for a fact of main')
        this.#passMain()
        this.#midLow = forwards(midSegment, this.#midLow)
      } else {
        let to = ms === segmentOf(this.#midHigh) ? rowOf(this.#midHigh) : midSegment.n
        if (inMain !== null) to = midSegment.positionNear(cut.setEntry(inMain, false), midFrom, to)
        if (head !== null) to = midSegment.positionNear(cut.setEntry(head, false), midFrom, to)
        // else it would stand still, and its reader would never end
        assert(to > midFrom, 'no fact stands in main and in mid')
        this.#midLow = to === midSegment.n ? (ms + 1) * placeSize : ms * placeSize + to
        return this.#takeRun(mid, ms, midSegment, midFrom, to)
      }
    }
    return null
  }

  // The same in the other direction.
  #backWithMid(): boolean | null {
    const { mid, order, past } = this.#tree
    const compare = compareEntriesOf[order]
    const cut = this.#cut as Bound
    while (this.#midLow < this.#midHigh) {
      const head = this.#live === null ? null : this.#live.entry
      const ms = segmentOf(this.#midHigh - 1)
      const midSegment = mid.segment(ms)
      const midTo = Math.min(midSegment.n, this.#midHigh - ms * placeSize)
      const x = midSegment.entryAt(midTo - 1)
      let inMain: Entry | null = null
      if (this.#window !== null) this.#skip(x)
      if (this.#low < this.#high) {
        const s = segmentOf(this.#high - 1)
        const segment = this.#fetched(s)
        const to = Math.min(segment.n, this.#high - s * placeSize)
        const start = s === segmentOf(this.#low) ? rowOf(this.#low) : 0
        let from = segment.position(cut.setEntry(x, true), start, to)
        if (head !== null) from = segment.position(cut.setEntry(head, true), from, to)
        if (from < to) {
          this.#high = s * placeSize + from
          return this.#takeRun(this.#tree.main, s, segment, from, to)
        }
        inMain = segment.entryAt(to - 1)
      }
      const d = head === null ? -1 : compare(head, x)
      if (d === 0) {
        this.#passLive()
        this.#midHigh = ms * placeSize + midTo - 1
      } else if (d > 0) {
        if (this.#takeEntry(head as Entry)) return true
        this.#passMain()
      } else if (!past && x.end !== noEnd) {
        assert(inMain !== null && compare(inMain, x) === 0, 'a tombstone stands for a fact of main')
        this.#passMain()
        this.#midHigh = ms * placeSize + midTo - 1
      } else {
        let from = ms === segmentOf(this.#midLow) ? rowOf(this.#midLow) : 0
        if (inMain !== null) from = midSegment.position(cut.setEntry(inMain, true), from, midTo)
        if (head !== null) from = midSegment.position(cut.setEntry(head, true), from, midTo)
        assert(from < midTo, 'no fact stands in main and in mid')
        this.#midHigh = ms * placeSize + from
        return this.#takeRun(mid, ms, midSegment, from, midTo)
      }
    }
    return null
  }

  // Over the next fact of main.
  #passMain(): void {
    if (this.#backwards) {
      const s = segmentOf(this.#high - 1)
      const { n } = this.#tree.main.segment(s)
      this.#high = s * placeSize + Math.min(n, this.#high - s * placeSize) - 1
    } else this.#low = forwards(this.#tree.main.segment(segmentOf(this.#low)), this.#low)
  }

  #passLive(): void {
    const live = this.#live as TreeCursor
    if (this.#backwards) live.back()
    else live.forward()
    if (live.entry !== null && !this.#within(live.entry)) live.entry = null
  }

  // Over segments of main that have nothing in the window; all of each has to stand before the live entry, and before x of mid.
  #skip(x: Entry | null): void {
    const { main, past } = this.#tree
    const head = this.#live === null ? null : this.#live.entry
    while (this.#low < this.#high) {
      const s = segmentOf(this.#backwards ? this.#high - 1 : this.#low)
      const { times } = main.refs[s] as SegmentRef
      if (!isOutside(times, this.#window as Window, past)) return
      if (head !== null && !this.#isBefore(s, head)) return
      if (x !== null && !this.#isBefore(s, x)) return
      if (this.#backwards) this.#high = Math.max(this.#low, s * placeSize)
      else this.#low = Math.min(this.#high, (s + 1) * placeSize)
    }
  }

  // Does all of a segment of main come before the entry, in the direction of reading?
  #isBefore(s: number, x: Entry): boolean {
    const { main, order } = this.#tree
    const bound = (this.#cut as Bound).setEntry(x, this.#backwards)
    if (!this.#backwards) return main.endsBefore(s, bound)
    return sideOf[order]((main.refs[s] as SegmentRef).separator, bound) > 0
  }

  // Makes the live entry the run; or, if it is a tombstone, only passes it: false.
  #takeEntry(head: Entry): boolean {
    this.#passLive()
    if (!this.#tree.past && head.end !== noEnd) {
      assert(this.#low < this.#high, 'a tombstone stands for a fact of the main part')
      return false
    }
    this.entry = head
    this.segment = null
    return true
  }
}
