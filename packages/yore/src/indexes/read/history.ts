/**
 * The history of a range as columns: a fact of the present is one datom, a fact of the past two, and both trees are woven together.
 *
 * (1) The facts of a value follow each other, newest first, so their datoms come in the order's sequence without being sorted.
 * (2) A past fact has two places in the weave: first its end, then its beginning.
 * (3) Where facts do not follow each other - values that the order does not tell apart had overlapping times, or the range ends within a group - it gives
 *     nothing, and the cursor of the view is the way.
 */

import { holding, newBytes, newFloats } from '../../base/arrays.ts'
import type { Bound } from '../facts/bound.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import type { Trees } from './cursors.ts'
import type { Columns, NumberType, View, Wanted, Watch } from '../fact-index.ts'
import { Reader } from './reader.ts'
import type { Segment } from '../segments/segment.ts'
import { addTimed, compareCells, placesAmong } from './timed.ts'
import type { Full, Made } from './timed.ts'
import { Weave, inPortions } from './weave.ts'
import { anyTime } from '../facts/window.ts'

/** So many rows between two words to the watch. */
const portion = 4096
const last = portion - 1

/** How often a history was read so, for tests. */
export const historyRead = { times: 0 }

interface Past extends Full {
  readonly end: Float64Array
}

/** The datoms of the range that a view of the history sees; null where they have to be read one by one. */
export function historyColumns(
  trees: Trees,
  low: Bound | null,
  high: Bound | null,
  { since, asOf }: View,
  wanted: Wanted,
  type: NumberType | 'value',
): Columns | null {
  if ((low?.depth ?? 0) > 3 || (high?.depth ?? 0) > 3) return null
  const past = pastOf(new Reader(trees.past, low, high, false, anyTime), wanted, type)
  if (!isInSequence(past, wanted.watch)) return null
  const reader = new Reader(trees.current, low, high, false, anyTime)
  const now = gathered(reader, { ...all, watch: wanted.watch }, type)
  const places = placesAmong(trees.current.order, now, past, wanted.watch)
  if (!endBefore(past, now, places, wanted.watch)) return null
  historyRead.times++
  const rows = new Weave(now.n, 1, now.n + 2 * past.n, wanted.watch)
  const begun = Math.max(since, -1)
  let i = 0
  inPortions(past.n, wanted.watch, (from, to) => {
    i = addSeen(rows, now, past, places, i, from, to, begun, asOf)
  })
  const left = i
  inPortions(now.n - left, wanted.watch, (from, to) => {
    addNow(rows, now, left + from, left + to, begun, asOf)
  })
  return expanded(now, past, rows, wanted)
}

/** Adds what is seen of past facts `from` to `to`, before each the current ones from i on that stand there; gives the next of these. */
function addSeen(
  rows: Weave,
  now: Full,
  past: Past,
  places: Int32Array,
  start: number,
  from: number,
  to: number,
  since: number,
  asOf: number,
): number {
  let i = start
  for (let j = from; j < to; j++) {
    const place = places[j] as number
    if (i < place) {
      addNow(rows, now, i, place, since, asOf)
      i = place
    }
    const end = past.end[j] as number
    const t = past.t[j] as number
    if (end > since && end <= asOf) rows.add(now.n + 2 * j)
    if (t > since && t <= asOf) rows.add(now.n + 2 * j + 1)
  }
  return i
}

function addNow(
  rows: Weave,
  now: Full,
  from: number,
  to: number,
  since: number,
  asOf: number,
): void {
  for (let i = from; i < to; i++) {
    const t = now.t[i] as number
    if (t > since && t <= asOf) rows.add(i)
  }
}

const all: Wanted = { e: true, a: true, v: true, t: true }

function gathered(reader: Reader, wanted: Wanted, type: NumberType | 'value'): Full {
  const out = new ColumnsBuilder(wanted, type, Math.max(16, reader.stored))
  addTimed(out, reader, anyTime)
  return out.done() as Full
}

function pastOf(reader: Reader, { watch }: Wanted, type: NumberType | 'value'): Past {
  const out = new ColumnsBuilder({ ...all, watch }, type, Math.max(16, reader.stored))
  let end = newFloats(Math.max(16, reader.stored))
  while (reader.next()) {
    const { n } = out
    if (reader.entry !== null) out.addEntry(reader.entry)
    else out.addRun(reader.segment as Segment, reader.from, reader.to)
    if (out.n > end.length) {
      end = holding(newFloats(Math.max(out.n, 2 * end.length)), end)
    }
    if (reader.entry !== null) end[n] = reader.entry.end
    else reader.segment?.copyEnd(reader.from, reader.to, end, n)
  }
  return { ...(out.done() as Full), end }
}

/** Has each value ended before it began anew? */
function isInSequence({ n, e, a, v, t, end }: Past, watch: Watch | undefined): boolean {
  for (let i = 1; i < n; i++) {
    if ((i & last) === last) watch?.tick?.(portion)
    if ((end[i] as number) <= (t[i - 1] as number)) continue
    if (e[i] !== e[i - 1] || a[i] !== a[i - 1] || compareCells(v, i - 1, v, i) !== 0) continue
    return false
  }
  return true
}

/** Has each value of the past ended before it began to be what it is? */
function endBefore(past: Past, now: Full, places: Int32Array, watch: Watch | undefined): boolean {
  const isSame = (j: number, i: number): boolean =>
    i >= 0 &&
    i < now.n &&
    past.e[j] === now.e[i] &&
    past.a[j] === now.a[i] &&
    compareCells(past.v, j, now.v, i) === 0
  for (let j = 0; j < past.n; j++) {
    if ((j & last) === last) watch?.tick?.(portion)
    const i = places[j] as number
    if (isSame(j, i)) return false
    if (i > 0 && (past.end[j] as number) > (now.t[i - 1] as number) && isSame(j, i - 1))
      return false
  }
  return true
}

function expanded(now: Full, past: Past, rows: Weave, wanted: Wanted): Columns {
  const { n, first, places } = rows
  const out: Made = { n }
  if (wanted.e === true) out.e = rows.numbers(now.e, past.e)
  if (wanted.a === true) out.a = rows.numbers(now.a, past.a)
  if (wanted.v === true) out.v = rows.values(now.v, past.v)
  if (wanted.t === true) {
    const t = newFloats(n)
    rows.each((from, to) => {
      for (let i = from; i < to; i++) {
        const k = (places[i] as number) - first
        const times = (k & 1) === 0 ? past.end : past.t
        t[i] = (k < 0 ? now.t[k + first] : times[k >> 1]) as number
      }
    })
    out.t = t
  }
  if (wanted.added === true) {
    const added = newBytes(n)
    rows.each((from, to) => {
      for (let i = from; i < to; i++) {
        const k = (places[i] as number) - first
        added[i] = k < 0 ? 1 : k & 1
      }
    })
    out.added = added
  }
  return out
}
