/**
 * The main part of an order: segments behind a directory. Immutable; a merge makes a new one that shares what it did not touch.
 *
 * (1) No segment is empty; the directory holds the first fact of each, in their sequence.
 * (2) A *place* is segment · 65536 + row, so places order as facts do. The end of a segment is written as the start of the next.
 */

import type { Bound } from './bound.ts'
import { encodeSegment } from './encode.ts'
import type { Order } from './fact.ts'
import type { PlacementOf } from './fact-index.ts'
import { Rows } from './rows.ts'
import { found } from './segment.ts'
import type { Segment } from './segment.ts'

export const placeSize = 65536

export const segmentOf = (place: number): number => Math.floor(place / placeSize)
export const rowOf = (place: number): number => place & (placeSize - 1)

export class MainPart {
  readonly order: Order
  readonly segments: readonly Segment[]
  readonly directory: Segment | null
  /** How many facts stand before each segment, and at the end how many there are. */
  readonly starts: Float64Array
  // what `locateBoth` found
  static low = 0
  static high = 0

  constructor(order: Order, segments: readonly Segment[], placementOf: PlacementOf) {
    this.order = order
    this.segments = segments
    this.starts = new Float64Array(segments.length + 1)
    const rows = new Rows(segments.length)
    for (const [i, segment] of segments.entries()) {
      this.starts[i + 1] = (this.starts[i] as number) + segment.n
      rows.addEntry(segment.entryAt(0))
    }
    this.directory =
      segments.length === 0 ? null : encodeSegment(order, rows, 0, rows.n, placementOf)
  }

  get n(): number {
    return this.starts[this.segments.length] as number
  }

  /** The place of the end. */
  get end(): number {
    return this.segments.length * placeSize
  }

  /** How many facts stand before the place. */
  ordinal(place: number): number {
    return (this.starts[segmentOf(place)] as number) + rowOf(place)
  }

  #placeIn(s: number, bound: Bound): number {
    if (s < 0) return 0
    const segment = this.segments[s] as Segment
    const row = segment.position(bound, 0, segment.n)
    return row === segment.n ? (s + 1) * placeSize : s * placeSize + row
  }

  /** The first place after the bound. */
  locate(bound: Bound): number {
    const { directory } = this
    return directory === null
      ? 0
      : this.#placeIn(directory.position(bound, 0, directory.n) - 1, bound)
  }

  /** Sets `MainPart.low` and `high`: the places before and after what agrees with the bound's components. */
  locateBoth(bound: Bound): void {
    MainPart.low = MainPart.high = 0
    const { directory } = this
    if (directory === null) return
    directory.search(bound, 0, directory.n)
    const { low, high } = found
    const s = high - 1
    if (s < 0) return
    const segment = this.segments[s] as Segment
    segment.search(bound, 0, segment.n)
    const last = found.low
    MainPart.high = found.high === segment.n ? high * placeSize : s * placeSize + found.high
    if (low !== high) {
      if (low === 0) return
      const before = this.segments[low - 1] as Segment
      before.search(bound, 0, before.n)
      const row = found.low
      MainPart.low = row === before.n ? low * placeSize : (low - 1) * placeSize + row
    } else MainPart.low = last === segment.n ? high * placeSize : s * placeSize + last
  }
}
