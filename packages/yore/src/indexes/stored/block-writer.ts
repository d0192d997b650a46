/**
 * Collects rows in their order's sequence and makes blocks of them, beside blocks that are kept as they are. What a merge writes with.
 *
 * (1) The references come out in the order's sequence, each with a separator (segment-ref.ts).
 * (2) A block that is made has at least half of `segmentSize` rows where its neighbours allow it.
 * (3) What makes blocks does so in pieces: nobody adds rows while it is under way.
 */

import type { BlobId } from '../../storage/storage.ts'
import { compareStored, Entry, noEnd } from '../facts/entry.ts'
import { cutBlock, encodeSegment } from '../segments/encode.ts'
import type { PlacementOf } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'
import { Rows } from '../segments/rows.ts'
import type { Segment } from '../segments/segment.ts'
import { summaryOf, SegmentRef } from '../segments/segment-ref.ts'
import type { Block } from '../segments/segment-ref.ts'

/** Where new blocks go. */
export interface BlockTarget {
  readonly segmentSize: number
  readonly placementOf: PlacementOf
  /** A block for these segments: in memory, or with the id under which they are to be stored. */
  blockOf(segments: readonly Segment[]): Block
  /** Do its segments stay in memory from the beginning? */
  readonly holds: boolean
  /** Hears which blocks a merge is going to read (durable.ts). */
  readonly expect?: ((ids: readonly BlobId[]) => void) | undefined
  /** Attributes whose past facts are not to be kept, or null. */
  readonly drops: ((a: number) => boolean) | null
}

// Values longer than this are shortened in separators.
const longValue = 48

function sharedLength(x: string, y: string): number {
  const n = Math.min(x.length, y.length)
  let i = 0
  while (i < n && x.charCodeAt(i) === y.charCodeAt(i)) i++
  return i
}

// Do they agree in what stands before the value?
function sameLead(order: Order, x: Entry, y: Entry): boolean {
  switch (order) {
    case 'eavt':
    case 'aevt':
      return x.e === y.e && x.a === y.a
    case 'avet':
      return x.a === y.a
    case 'vaet':
      return true
  }
}

/** A separator before `first`; everything before it stands before `below`, or is `below` (null: there is nothing). */
export function separatorOf(order: Order, first: Entry, below: Entry | null): Entry {
  const { e, a, v, t } = first
  if (typeof v !== 'string' || v.length <= longValue) {
    return first.end === noEnd ? first : new Entry(e, a, v, t, noEnd)
  }
  if (below === null || !sameLead(order, first, below)) return new Entry(e, a, '', t, noEnd)
  const before = typeof below.v === 'string' ? below.v : ''
  if (compareStored(before, v) === 0) return new Entry(e, a, v, t, noEnd)
  let end = sharedLength(before, v) + 1
  // not between the halves of a pair
  if ((v.charCodeAt(end - 1) & 0xfc00) === 0xd800) end++
  return new Entry(e, a, v.slice(0, end), t, noEnd)
}

export class BlockWriter {
  readonly rows: Rows
  readonly out: SegmentRef[] = []
  /** Rows and blocks made. */
  written = 0
  blocks = 0
  readonly #order: Order
  readonly #past: boolean
  readonly #target: BlockTarget
  // What stands before the next row, or is at least not after it.
  #below: Entry | null = null

  constructor(order: Order, past: boolean, target: BlockTarget) {
    this.#order = order
    this.#past = past
    this.#target = target
    this.rows = new Rows(Math.min(target.segmentSize * 2, 4096) + 64)
  }

  /** Do too few rows wait to make a block of? */
  get isSmall(): boolean {
    return this.rows.n < this.#target.segmentSize / 2
  }

  /** Would a block of that many rows go well together with what waits? */
  joins(n: number): boolean {
    const waiting = this.rows.n
    return waiting > 0 && this.isSmall && waiting + n <= this.#target.segmentSize
  }

  /** A block that stays as it is. `next`: a separator between it and what follows. */
  *keep(refs: readonly SegmentRef[], next: Entry | null): Generator<void> {
    yield* this.flush()
    for (const ref of refs) this.out.push(ref)
    this.#below = next
  }

  /** Makes blocks of what has come while there is much more than one of it. */
  *spill(): Generator<void> {
    const least = this.#target.segmentSize * 2
    if (this.rows.n >= least) yield* this.#write(least)
  }

  /** Makes blocks of everything. */
  *flush(): Generator<void> {
    yield* this.#write(1)
  }

  *#write(least: number): Generator<void> {
    const { rows } = this
    let low = 0
    while (rows.n - low >= least) low = yield* this.#writeBlock(low)
    if (low > 0) rows.shift(low)
  }

  // In two pieces: its segments, and their bytes.
  *#writeBlock(start: number): Generator<void, number> {
    const { rows } = this
    const { segmentSize, placementOf } = this.#target
    const segments: Segment[] = []
    const separators: Entry[] = []
    let low = start
    for (const end of cutBlock(this.#order, rows, low, rows.n, segmentSize)) {
      segments.push(encodeSegment(this.#order, rows, low, end, placementOf))
      separators.push(separatorOf(this.#order, rows.entryAt(low), this.#below))
      this.#below = rows.entryAt(end - 1)
      low = end
    }
    yield
    const block = this.#target.blockOf(segments)
    for (const [slot, segment] of segments.entries()) {
      const facts = summaryOf(segment, this.#past)
      const held = this.#target.holds ? segment : null
      const ref = new SegmentRef(block, slot, facts, separators[slot] as Entry, held)
      block.refs.push(ref)
      this.out.push(ref)
    }
    this.written += low - start
    this.blocks++
    yield
    return low
  }
}
