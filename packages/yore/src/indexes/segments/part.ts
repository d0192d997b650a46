/**
 * A part of an order in segments, main or mid: segments behind a directory. Immutable; a merge makes a new one that shares what it
 * did not touch.
 *
 * (1) No segment is empty; the directory holds a separator before each, in their sequence.
 * (2) A *place* is segment · 65536 + row, so places order as facts do. The end of a segment is written as the start of the next.
 * (3) Reading `segment(i)` may fetch it; everything that the directory can answer is answered without. What `peek` answers is never fetched.
 */

import { assert } from '../../base/assert.ts'
import { Bound, sideOf } from '../facts/bound.ts'
import { encodeSegment } from './encode.ts'
import type { Entry } from '../facts/entry.ts'
import { compareEntriesOf } from '../facts/entry.ts'
import type { Order } from '../facts/fact.ts'
import type { PlacementOf } from '../fact-index.ts'
import { Rows } from './rows.ts'
import { codeOf, found } from './segment.ts'
import type { Mixed, Segment } from './segment.ts'
import type { Chunk } from '../stored/directory.ts'
import type { SegmentRef } from './segment-ref.ts'

export const placeSize = 65536

/** Reads the segments of a part for somebody who counts them (metered.ts). */
export interface PartMeter {
  segment(i: number): Segment
  bring(segments: readonly number[]): void
}

export const segmentOf = (place: number): number => Math.floor(place / placeSize)
export const rowOf = (place: number): number => place & (placeSize - 1)

export class Part {
  readonly order: Order
  /** Elements are only replaced by equal ones, when another index has already read the segment. */
  readonly refs: SegmentRef[]
  readonly directory: Segment | null
  /** Where the directory is stored, if it is. Set once, by who made the part. */
  chunks: readonly Chunk[] = []
  /** All rows, tombstones too. */
  readonly n: number
  // The net count of what stands before each segment, and at the end of all.
  readonly #starts: Float64Array
  // The same of all rows.
  readonly #rows: Float64Array
  readonly #byAttribute: boolean
  // Where the segments of each of the directory's attributes begin, and at the end of all.
  #spans: Int32Array | null = null
  /** Null but where a query or transaction is explained. */
  readonly meter: PartMeter | null
  /** The part that nobody counts the reading of: this one, or the one that is metered. */
  readonly plain: Part
  // what `locateBoth` found
  static low = 0
  static high = 0

  constructor(
    order: Order,
    refs: SegmentRef[],
    placementOf: PlacementOf,
    metered: { readonly part: Part; readonly meter: PartMeter } | null = null,
  ) {
    this.order = order
    this.refs = refs
    this.#byAttribute = order === 'aevt' || order === 'avet'
    this.meter = metered?.meter ?? null
    this.plain = metered?.part.plain ?? this
    if (metered !== null) {
      const { part } = metered
      this.#starts = part.#starts
      this.#rows = part.#rows
      this.n = part.n
      this.directory = part.directory
      return
    }
    this.#starts = new Float64Array(refs.length + 1)
    this.#rows = new Float64Array(refs.length + 1)
    const rows = new Rows(refs.length)
    let n = 0
    let net = 0
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] as SegmentRef
      n += ref.n
      net += ref.net
      this.#starts[i + 1] = net
      this.#rows[i + 1] = n
      rows.addEntry(ref.separator)
    }
    this.n = n
    this.directory = refs.length === 0 ? null : encodeSegment(order, rows, 0, rows.n, placementOf)
  }

  /** The same part, whose segments the meter reads. */
  metered(meter: PartMeter, placementOf: PlacementOf): Part {
    return new Part(this.order, this.refs, placementOf, { part: this, meter })
  }

  /** Facts less tombstones. */
  get net(): number {
    return this.#starts[this.refs.length] as number
  }

  get end(): number {
    return this.refs.length * placeSize
  }

  segment(i: number): Segment {
    if (this.meter !== null) return this.meter.segment(i)
    const ref = this.refs[i] as SegmentRef
    const { segment } = ref
    if (segment === null) return this.#load(i, ref)
    ref.used = 1
    return segment
  }

  #load(i: number, ref: SegmentRef): Segment {
    const { source } = ref.block
    assert(source !== null, 'a segment without a source is in memory')
    const segment = source.load(ref)
    this.refs[i] = source.here
    return segment
  }

  /** Must segment i be fetched to be read? */
  isAway(i: number): boolean {
    const { segment, block } = this.refs[i] as SegmentRef
    return segment === null && block.source !== null
  }

  /** Fetches these segments, as far as they are away and fit well into memory, with one reading of the storage. */
  bring(segments: readonly number[]): void {
    if (this.meter !== null) {
      this.meter.bring(segments)
      return
    }
    const blocks = segments.map((i) => (this.refs[i] as SegmentRef).block)
    blocks[0]?.source?.bring(blocks)
  }

  /** The net count of what stands before the place. */
  ordinal(place: number): number {
    const s = segmentOf(place)
    const row = rowOf(place)
    const start = this.#starts[s] as number
    if (row === 0) return start
    const { n, net } = this.refs[s] as SegmentRef
    return start + (n === net ? row : this.segment(s).netBefore(row))
  }

  /** All rows before the place. */
  rowsBefore(place: number): number {
    return (this.#rows[segmentOf(place)] as number) + rowOf(place)
  }

  /** In which segment the bound is; -1 for before all. */
  segmentBefore(bound: Bound): number {
    const { directory } = this
    return directory === null ? -1 : directory.position(bound, 0, directory.n) - 1
  }

  // Where that is by what the directory knows of segment s; -1 when the segment has to be read for it.
  #edgeIn(s: number, bound: Bound): number {
    if (s < 0) return 0
    const { a } = this.refs[s] as SegmentRef
    if (!this.#byAttribute || bound.depth === 0) return -1
    if (bound.a === a && bound.depth > 1) return -1
    const isAfter = bound.a === a ? bound.after : bound.a > a
    return isAfter ? (s + 1) * placeSize : s * placeSize
  }

  /** The first place after the bound. */
  locate(bound: Bound): number {
    const s = this.segmentBefore(bound)
    const edge = this.#edgeIn(s, bound)
    return edge >= 0 ? edge : placeIn(this.segment(s), s, bound)
  }

  /** The same without fetching anything: -1 - s when segment s is away and has to be read for it. */
  peek(bound: Bound): number {
    const s = this.segmentBefore(bound)
    const edge = this.#edgeIn(s, bound)
    if (edge >= 0) return edge
    return this.isAway(s) ? -1 - s : placeIn(this.segment(s), s, bound)
  }

  /** The net count of what stands before segment i. */
  startOf(i: number): number {
    return this.#starts[i] as number
  }

  /**
   * Sets `Part.low` and `high`: the places before and after what agrees with the bound's components. Where nothing is to be fetched and a
   * segment is away that has to be looked into: false.
   */
  locateBoth(bound: Bound, near = false): boolean {
    Part.low = Part.high = 0
    const { directory } = this
    if (directory === null) return true
    this.#searchDirectory(directory, bound)
    const { low, high } = found
    const s = high - 1
    if (s < 0) return true
    if (this.#byAttribute && bound.depth > 0 && this.#locateAttribute(bound, low, high)) return true
    if (near && this.isAway(s)) return false
    const segment = this.segment(s)
    segment.search(bound, 0, segment.n)
    const last = found.low
    Part.high = found.high === segment.n ? high * placeSize : s * placeSize + found.high
    if (low !== high) {
      if (low === 0) return true
      if (
        this.#byAttribute &&
        bound.depth > 0 &&
        (this.refs[low - 1] as SegmentRef).a !== bound.a
      ) {
        Part.low = low * placeSize
        return true
      }
      if (near && this.isAway(low - 1)) return false
      const before = this.segment(low - 1)
      before.search(bound, 0, before.n)
      const row = found.low
      Part.low = row === before.n ? low * placeSize : (low - 1) * placeSize + row
    } else Part.low = last === segment.n ? high * placeSize : s * placeSize + last
    return true
  }

  // Sets `found` to the segments of the attribute, which are found once for all; false where nobody knows, or it has none.
  #spanOf({ mixed, a: only, n }: Segment, a: number): boolean {
    if (!this.#byAttribute) return false
    found.low = 0
    found.high = n
    if (mixed === null) return only === a
    const spans = (this.#spans ??= spansOf(mixed, n))
    const code = codeOf(mixed.attributes, a)
    if (mixed.attributes[code] !== a) return false
    found.low = spans[code] as number
    found.high = spans[code + 1] as number
    return true
  }

  // Sets `found` to the segments whose separators agree with the bound.
  #searchDirectory(directory: Segment, bound: Bound): void {
    if (bound.depth > 1 && this.#spanOf(directory, bound.a)) {
      directory.searchIn(bound, found.low, found.high)
    } else directory.search(bound, 0, directory.n)
  }

  /** Has nothing here the attribute (-1: any)? Only what the directory tells, in AEVT and AVET. */
  lacks(a: number): boolean {
    const { directory } = this
    return directory === null || (a >= 0 && this.#byAttribute && !this.#spanOf(directory, a))
  }

  /** Sets `Part.low` and `high`: segments [low, high) may have facts that agree with the bound, of an attribute in AEVT or AVET. */
  segmentsOf(bound: Bound): void {
    Part.low = Part.high = 0
    const { directory } = this
    if (directory === null || !this.#spanOf(directory, bound.a)) return
    const first = found.low
    directory.searchIn(bound, first, found.high)
    Part.low = Math.max(first, found.low - 1)
    Part.high = found.high
  }

  // Where attributes begin and end the directory knows: false when the segment has to be looked into.
  #locateAttribute(bound: Bound, low: number, high: number): boolean {
    if (bound.depth === 1) {
      Part.low = low * placeSize
      Part.high = high * placeSize
      return true
    }
    if ((this.refs[high - 1] as SegmentRef).a === bound.a) return false
    Part.low = Part.high = high * placeSize
    return true
  }

  /** The segment before whose separator the entry does not stand: where it is, or would be; 0 at least. */
  segmentFor(x: Entry): number {
    const { directory } = this
    if (directory === null) return 0
    return Math.max(0, directory.position(scratch.setEntry(x, true), 0, directory.n) - 1)
  }

  /** Is the very fact here (or its tombstone)? */
  has(x: Entry): boolean {
    const place = this.locate(scratch.setEntry(x, false))
    if (place === this.end) return false
    const y = this.segment(segmentOf(place)).entryAt(rowOf(place))
    return compareEntriesOf[this.order](x, y) === 0
  }

  /** Does all of segment i stand before the bound, as far as the directory can tell? */
  endsBefore(i: number, bound: Bound): boolean {
    const next = this.refs[i + 1]
    return next !== undefined && sideOf[this.order](next.separator, bound) < 0
  }
}

function placeIn(segment: Segment, s: number, bound: Bound): number {
  const row = segment.position(bound, 0, segment.n)
  return row === segment.n ? (s + 1) * placeSize : s * placeSize + row
}

function spansOf({ attributes, codes }: Mixed, n: number): Int32Array {
  const spans = new Int32Array(attributes.length + 1).fill(n)
  for (let i = n - 1; i >= 0; i--) spans[codes.at(i)] = i
  return spans
}

const scratch = new Bound()
