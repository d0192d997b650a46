/**
 * What waits to be merged into main: the mid part and the live entries as one sequence, read once from the beginning to the end.
 *
 * (1) A live tombstone and its fact in mid vanish both; other tombstones come through, their facts are in main.
 * (2) `take` and `wholeBlock` pass over what they give.
 */

import { assert } from '../../base/assert.ts'
import { Bound } from '../facts/bound.ts'
import { compareEntriesOf, noEnd } from '../facts/entry.ts'
import type { CompareEntries, Entry } from '../facts/entry.ts'
import type { Part } from '../segments/part.ts'
import type { Rows } from '../segments/rows.ts'
import { found } from '../segments/segment.ts'
import type { Segment } from '../segments/segment.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'

/** The first of entries [from, n) that does not stand before x, galloping. */
export function lowerEntry(
  entries: readonly Entry[],
  x: Entry,
  from: number,
  compare: CompareEntries,
): number {
  let low = from
  let step = 1
  while (low + step <= entries.length && compare(entries[low + step - 1] as Entry, x) < 0) {
    low += step
    step += step
  }
  let high = Math.min(entries.length, low + step - 1)
  while (low < high) {
    const mid = (low + high) >>> 1
    if (compare(entries[mid] as Entry, x) < 0) low = mid + 1
    else high = mid
  }
  return low
}

// So many rows are searched first: what is looked for one after another lies near.
const nearRows = 15

/** `segment.search`, soonest when it is near `low`. */
export function searchNear(segment: Segment, at: Bound, low: number, high: number): void {
  let from = low
  for (let rows = nearRows; from + rows < high; rows *= 8) {
    segment.search(at, from, from + rows)
    if (found.high < from + rows) return
    // what agrees with the bound may begin here and go on
    from = found.low
  }
  segment.search(at, from, high)
}

const bound = new Bound()

export class Pending {
  readonly #mid: Part
  readonly #live: readonly Entry[]
  readonly #past: boolean
  readonly #compare: CompareEntries
  // where it stands: a row of a mid segment, and a live entry
  #s = 0
  #row = 0
  #i = 0
  #ended = 0

  constructor(mid: Part, live: readonly Entry[], past: boolean) {
    this.#mid = mid
    this.#live = live
    this.#past = past
    this.#compare = compareEntriesOf[mid.order]
  }

  /** How many of the live entries that were passed have an end. */
  get ended(): number {
    return this.#ended
  }

  get isDone(): boolean {
    return this.#s === this.#mid.refs.length && this.#i === this.#live.length
  }

  /** Appends what stands before `upper` (null: everything), about `max` rows at most; true when there may be more of it. */
  take(upper: Entry | null, rows: Rows, max: number): boolean {
    const live = this.#live
    const mid = this.#mid
    const full = rows.n + max
    const liveEnd = upper === null ? live.length : lowerEntry(live, upper, this.#i, this.#compare)
    while (rows.n < full) {
      if (this.#s >= mid.refs.length) return this.#takeLive(liveEnd, rows, full)
      const { n } = mid.refs[this.#s] as SegmentRef
      const end = this.#midEnd(upper, n)
      if (end === this.#row) return this.#takeLive(liveEnd, rows, full)
      if (this.#i < liveEnd) this.#takeBoth(end, liveEnd, rows, full)
      else {
        rows.addSegment(mid.segment(this.#s), this.#row, end)
        this.#row = end
      }
      if (this.#row === n) {
        this.#s++
        this.#row = 0
      } else if (this.#row === end && this.#i >= liveEnd) return false
    }
    return true
  }

  // Where in the segment at hand the rows before the upper entry end.
  #midEnd(upper: Entry | null, n: number): number {
    if (upper === null) return n
    const next = this.#mid.refs[this.#s + 1]
    if (next !== undefined && this.#compare(next.separator, upper) <= 0) return n
    // nothing of it, if it is still untouched
    const { separator } = this.#mid.refs[this.#s] as SegmentRef
    if (this.#row === 0 && this.#compare(separator, upper) >= 0) return 0
    return this.#mid.segment(this.#s).position(bound.setEntry(upper, false), this.#row, n)
  }

  #takeLive(liveEnd: number, rows: Rows, full: number): boolean {
    const { n } = rows
    const to = Math.min(liveEnd, this.#i + Math.max(0, full - n))
    rows.addEntries(this.#live, this.#i, to)
    this.#i = to
    for (let i = n; i < rows.n; i++) if (rows.end[i] !== noEnd) this.#ended++
    return to < liveEnd
  }

  // Rows to `end` of the segment at hand, and the live entries among them.
  #takeBoth(end: number, liveEnd: number, rows: Rows, full: number): void {
    const segment = this.#mid.segment(this.#s)
    const live = this.#live
    while (rows.n < full) {
      if (this.#i === liveEnd) {
        rows.addSegment(segment, this.#row, end)
        this.#row = end
        return
      }
      const x = live[this.#i] as Entry
      searchNear(segment, bound.setEntry(x, false), this.#row, end)
      const { low, high } = found
      rows.addSegment(segment, this.#row, low)
      this.#row = low
      // beyond this segment's rows: perhaps among the next one's
      if (low === end) return
      if (x.end !== noEnd) this.#ended++
      if (low < high) {
        assert(!this.#past && x.end !== noEnd, 'what is in mid comes again only to be taken away')
        this.#row++
      } else rows.addEntry(x)
      this.#i++
      if (this.#row === end) return
    }
  }

  /**
   * The block of mid that comes next, as segments [from, to), when all of it stands before `upper` and no live entry belongs to it; and
   * a separator between it and what follows.
   */
  wholeBlock(upper: Entry | null): { from: number; to: number; next: Entry | null } | null {
    const { refs } = this.#mid
    const first = refs[this.#s]
    if (first === undefined || this.#row > 0 || first.slot > 0) return null
    let end = this.#s + 1
    while (end < refs.length && refs[end]?.block === first.block) end++
    if (end - this.#s < first.block.count) return null
    const next = refs[end]?.separator ?? null
    // of the last block nobody knows where it ends without reading it
    if (next === null ? upper !== null : upper !== null && this.#compare(next, upper) > 0)
      return null
    const x = this.#live[this.#i]
    if (x !== undefined && (next === null || this.#compare(x, next) < 0)) return null
    const from = this.#s
    this.#s = end
    return { from, to: end, next }
  }
}
