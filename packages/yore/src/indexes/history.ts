/**
 * The history of a range as columns: a fact of the present is one datom, a fact of the past two, and both trees are woven together.
 *
 * (1) The facts of a value follow each other, newest first, so their datoms come in the order's sequence without being sorted.
 * (2) Where that is not so - values that the order does not tell apart had overlapping times, or the range ends within a group - it gives
 *     nothing, and the cursor of the view is the way.
 */

import type { Value } from '../data/values.ts'
import type { Bound } from './bound.ts'
import { valueAt } from './column.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import type { Trees } from './cursors.ts'
import type { Column, Columns, NumberType, View, Wanted, Watch } from './fact-index.ts'
import { Reader } from './reader.ts'
import type { Segment } from './segment.ts'
import { addTimed, compareCells, placesAmong } from './timed.ts'
import type { Full, Made } from './timed.ts'
import { anyTime } from './window.ts'

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
  const rows = new Rows(now.n + 2 * past.n)
  const places = placesAmong(trees.current.order, now, past, wanted.watch)
  if (!endBefore(past, now, places, wanted.watch)) return null
  historyRead.times++
  const sees = (t: number): boolean => t > since && t <= asOf && t >= 0
  let i = 0
  for (let j = 0; j < past.n; j++) {
    if ((j & last) === last) wanted.watch?.tick?.(portion)
    for (const end = places[j] as number; i < end; i++) {
      if (sees(now.t[i] as number)) rows.add(i)
    }
    if (sees(past.end[j] as number)) rows.add(now.n + 2 * j)
    if (sees(past.t[j] as number)) rows.add(now.n + 2 * j + 1)
  }
  for (; i < now.n; i++) if (sees(now.t[i] as number)) rows.add(i)
  return expanded(now, past, rows, wanted)
}

const all: Wanted = { e: true, a: true, v: true, t: true }

function gathered(reader: Reader, wanted: Wanted, type: NumberType | 'value'): Full {
  const out = new ColumnsBuilder(wanted, type, Math.max(16, reader.stored))
  addTimed(out, reader, anyTime)
  return out.done() as Full
}

function pastOf(reader: Reader, { watch }: Wanted, type: NumberType | 'value'): Past {
  const out = new ColumnsBuilder({ ...all, watch }, type, Math.max(16, reader.stored))
  let end = new Float64Array(Math.max(16, reader.stored))
  while (reader.next()) {
    const { n } = out
    if (reader.entry !== null) out.addEntry(reader.entry)
    else out.addRun(reader.segment as Segment, reader.from, reader.to)
    if (out.n > end.length) {
      const more = new Float64Array(Math.max(out.n, 2 * end.length))
      more.set(end)
      end = more
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

/** Places of datoms: that of a current fact, or 2j and 2j + 1 after all of them for the end and the beginning of a past one. */
class Rows {
  n = 0
  readonly places: Int32Array
  constructor(most: number) {
    this.places = new Int32Array(most)
  }
  add(place: number): void {
    this.places[this.n++] = place
  }
}

function expanded(now: Full, past: Past, { n, places }: Rows, wanted: Wanted): Columns {
  const out: Made = { n }
  const numbers = (x: Float64Array, y: Float64Array): Float64Array => {
    wanted.watch?.tick?.(n >> 3)
    const made = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      const k = (places[i] as number) - now.n
      made[i] = (k < 0 ? x[k + now.n] : y[k >> 1]) as number
    }
    return made
  }
  if (wanted.e === true) out.e = numbers(now.e, past.e)
  if (wanted.a === true) out.a = numbers(now.a, past.a)
  if (wanted.v === true) out.v = expandedValues(now, past, places, n, numbers)
  if (wanted.t === true) {
    const t = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      const k = (places[i] as number) - now.n
      t[i] = (
        k < 0 ? now.t[k + now.n] : (k & 1) === 0 ? past.end[k >> 1] : past.t[k >> 1]
      ) as number
    }
    out.t = t
  }
  if (wanted.added === true) {
    const added = new Uint8Array(n)
    for (let i = 0; i < n; i++) {
      const k = (places[i] as number) - now.n
      added[i] = k < 0 ? 1 : k & 1
    }
    out.added = added
  }
  return out
}

function expandedValues(
  now: Full,
  past: Past,
  places: Int32Array,
  n: number,
  numbers: (x: Float64Array, y: Float64Array) => Float64Array,
): Column {
  const [x, y] = [now.v, past.v]
  if (x.kind === 'number' && y.kind === 'number' && x.type === y.type) {
    return { kind: 'number', type: x.type, data: numbers(x.data, y.data) }
  }
  const data: Value[] = []
  for (let i = 0; i < n; i++) {
    const k = (places[i] as number) - now.n
    data.push(k < 0 ? valueAt(x, k + now.n) : valueAt(y, k >> 1))
  }
  return { kind: 'value', data }
}
