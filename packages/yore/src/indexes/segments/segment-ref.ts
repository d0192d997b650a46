/**
 * What a directory knows of a segment without reading it; and blocks, which are what is written and read as one: a segment, or
 * several small neighbours of different attributes.
 *
 * (1) In memory alone a segment is held for ever: its block has no source. Otherwise it comes and goes: `segment` is null while it is
 *     not in memory, and who has it in hand keeps it.
 * (2) `separator` stands after all facts before the segment and not after its first. It is the first fact, but for its value, which
 *     may be a shorter one.
 */

import type { BlobId } from '../../storage/storage.ts'
import type { Entry } from '../facts/entry.ts'
import { noEnd } from '../facts/entry.ts'
import type { Segment } from './segment.ts'
import type { SegmentSource } from '../stored/segment-source.ts'
import type { Times } from '../facts/window.ts'

export class SegmentRef {
  segment: Segment | null
  /** Was it asked for since the source last looked? A number: it is written at every read. */
  used = 1
  readonly block: Block
  /** Which one of its block it is. */
  readonly slot: number
  readonly n: number
  /** Rows that are facts less those that are tombstones. */
  readonly net: number
  /** The one attribute of its rows, or -1. */
  readonly a: number
  readonly times: Times
  readonly separator: Entry

  constructor(
    block: Block,
    slot: number,
    facts: { readonly n: number; readonly net: number; readonly a: number; readonly times: Times },
    separator: Entry,
    segment: Segment | null,
  ) {
    this.segment = segment
    this.block = block
    this.slot = slot
    this.n = facts.n
    this.net = facts.net
    this.a = facts.a
    this.times = facts.times
    this.separator = separator
  }
}

export class Block {
  /** Null while it is in memory alone. */
  readonly id: BlobId | null
  readonly source: SegmentSource | null
  /** Stored bytes, and how many segments they hold: `refs` may be fewer, by slot. */
  readonly bytes: number
  readonly count: number
  readonly refs: SegmentRef[] = []

  constructor(id: BlobId | null, source: SegmentSource | null, bytes: number, count: number) {
    this.id = id
    this.source = source
    this.bytes = bytes
    this.count = count
  }

  /** How many rows all its segments have. */
  get n(): number {
    let n = 0
    for (const ref of this.refs) n += ref.n
    return n
  }
}

/** What a directory says of a segment. */
export function summaryOf(
  segment: Segment,
  past: boolean,
): { n: number; net: number; a: number; times: Times } {
  const { n, t, end } = segment
  let minT = Infinity
  let maxT = -Infinity
  for (let i = 0; i < n; i++) {
    const x = t.at(i)
    if (x < minT) minT = x
    if (x > maxT) maxT = x
  }
  let maxEnd = noEnd
  let taken = 0
  if (end !== null) {
    for (let i = 0; i < n; i++) {
      const x = end.at(i)
      if (x > maxEnd) maxEnd = x
      if (x !== noEnd) taken++
    }
  }
  const net = past ? n : n - 2 * taken
  return { n, net, a: segment.a, times: { minT, maxT, maxEnd } }
}
