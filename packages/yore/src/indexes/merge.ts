/**
 * The index job of one tree: sorted changes go into a main part. Only segments that they touch are written anew.
 *
 * (1) The result reads as main and changes did together; tombstones are gone with what they took away.
 */

import { assert } from '../base/assert.ts'
import { encodeSegments } from './encode.ts'
import { compareEntriesOf, noEnd } from './entry.ts'
import type { CompareEntries, Entry } from './entry.ts'
import type { PlacementOf } from './fact-index.ts'
import { MainPart } from './main-part.ts'
import { Bound } from './bound.ts'
import { Rows } from './rows.ts'
import { found } from './segment.ts'
import type { Segment } from './segment.ts'

export interface MergeOptions {
  readonly segmentSize: number
  readonly placementOf: PlacementOf
  /** Is it a tree of past facts, in which an end is no tombstone? */
  readonly past: boolean
}

/** The first of entries [from, n) that does not stand before x, galloping. */
function lowerEntry(
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

const bound = new Bound()

// The segment with entries [from, to) merged in, appended to rows.
function mergeInto(
  rows: Rows,
  segment: Segment,
  entries: readonly Entry[],
  from: number,
  to: number,
  past: boolean,
): void {
  let row = 0
  for (let i = from; i < to; i++) {
    const entry = entries[i] as Entry
    segment.search(bound.setEntry(entry, false), row, segment.n)
    const { low, high } = found
    rows.addSegment(segment, row, low)
    row = low
    if (past || entry.end === noEnd) rows.addEntry(entry)
    else {
      assert(low < high, 'what is taken away is there')
      row++
    }
  }
  rows.addSegment(segment, row, segment.n)
}

/** The main part with these sorted entries, tombstones among them, merged in. */
export function mergeMain(
  main: MainPart,
  entries: readonly Entry[],
  options: MergeOptions,
): MainPart {
  const { segmentSize, placementOf, past } = options
  const { order, segments } = main
  if (entries.length === 0) return main
  const compare = compareEntriesOf[order]
  const byAttribute = order === 'aevt' || order === 'avet'
  const out: Segment[] = []
  const rows = new Rows(segmentSize * 2)
  const flush = (): void => {
    encodeSegments(order, rows, rows.n, segmentSize, placementOf, out)
    rows.clear()
  }
  let from = 0
  for (let s = 0; s < segments.length; s++) {
    const segment = segments[s] as Segment
    const next = segments[s + 1]
    const to =
      next === undefined ? entries.length : lowerEntry(entries, next.entryAt(0), from, compare)
    // a small remainder takes its neighbour in, so that no row of tiny segments stays behind
    const joins =
      rows.n > 0 &&
      rows.n < segmentSize / 2 &&
      rows.n + segment.n <= segmentSize &&
      (!byAttribute || rows.a[rows.n - 1] === segment.a)
    if (!joins && rows.n >= segmentSize / 2) flush()
    if (from === to && !joins) {
      flush()
      out.push(segment)
    } else mergeInto(rows, segment, entries, from, to, past)
    from = to
  }
  for (; from < entries.length; from++) rows.addEntry(entries[from] as Entry)
  flush()
  return new MainPart(order, out, placementOf)
}
