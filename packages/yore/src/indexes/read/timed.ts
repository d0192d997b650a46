/**
 * The facts of a range in a window of time (as-of, since) as columns: those of the past that had not ended then stand among the current ones.
 *
 * (1) Which rows lie in the window the columns of times tell: a scan of two narrow arrays, however many versions there are.
 * (2) What both trees have is woven together in the order's sequence; where only one has something, it is the answer.
 */

import { newBytes, newInts } from '../../base/arrays.ts'
import type { Bound } from '../facts/bound.ts'
import { valueAt } from '../segments/column.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import type { Trees } from './cursors.ts'
import { compareStored, noEnd, tieOf } from '../facts/entry.ts'
import type { Column, Columns, NumberType, Wanted, Watch } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'
import { Reader } from './reader.ts'
import type { Segment } from '../segments/segment.ts'
import { Weave, inPortions } from './weave.ts'
import { anyTime, isInside } from '../facts/window.ts'
import type { Window } from '../facts/window.ts'

/** With all columns by which facts are compared. */
export interface Full extends Columns {
  readonly e: Float64Array
  readonly a: Float64Array
  readonly v: Column
  readonly t: Float64Array
}

/** Columns that are being made. */
export type Made = { -readonly [K in keyof Columns]: Columns[K] }

/** So many rows there is room for at first, where that many may come. */
const roomMin = 64
const roomMax = 4096

const all: Wanted = { e: true, a: true, v: true, t: true }

/** The facts of the range that lie in the window. */
export function timedColumns(
  { current, past }: Trees,
  low: Bound | null,
  high: Bound | null,
  window: Window,
  wanted: Wanted,
  type: NumberType | 'value',
): Columns {
  const then = new Reader(past, low, high, false, window)
  const now = new Reader(current, low, high, false, window)
  if (then.isEmpty) return gathered(now, window, wanted, type, now.stored)
  // mostly as much was true then as is now
  const about = Math.min(now.between, roomMax)
  const room = Math.min(then.stored, Math.max(about, roomMin))
  const found = gathered(now, window, wanted, type, about)
  if (found.n === 0) return gathered(then, window, wanted, type, room)
  const ended = gathered(then, window, { ...all, watch: wanted.watch }, type, room) as Full
  if (ended.n === 0) return found
  // mostly a fact of the present replaces one of the past: both at once are seldom, or many
  const again = new Reader(current, low, high, false, window)
  const full = gathered(again, window, all, type, found.n) as Full
  return woven(full, ended, placesAmong(current.order, full, ended, wanted.watch), wanted)
}

function gathered(
  reader: Reader,
  window: Window,
  wanted: Wanted,
  type: NumberType | 'value',
  capacity = 1,
): Columns {
  const out = new ColumnsBuilder(wanted, type, Math.max(1, capacity))
  addTimed(out, reader, window)
  return out.done()
}

/** What of the reader's facts lies in the window. */
export function addTimed(out: ColumnsBuilder, reader: Reader, window: Window): void {
  while (reader.next()) {
    const { entry, segment, from, to, times } = reader
    if (window === anyTime) {
      if (entry !== null) out.addEntry(entry)
      else out.addRun(segment as Segment, from, to)
    } else if (entry === null) {
      if (isInside(times, window)) out.addRun(segment as Segment, from, to)
      else out.addTimed(segment as Segment, from, to, window)
    } else if (isWithin(entry.t, entry.end, window)) out.addEntry(entry)
  }
}

const isWithin = (t: number, end: number, { since, asOf, endsAfter }: Window): boolean =>
  t > since && t <= asOf && (end === noEnd || end > endsAfter)

// ---- weaving ----

export function compareCells(x: Column, i: number, y: Column, j: number): number {
  if (x.kind === 'number' && y.kind === 'number' && x.type === y.type) {
    const p = x.data[i] as number
    const q = y.data[j] as number
    if (p < q) return -1
    if (p > q) return 1
    if (p === q) return 0
  }
  return compareStored(valueAt(x, i), valueAt(y, j))
}

function compareRows(order: Order, x: Full, i: number, y: Full, j: number): number {
  const e = (x.e[i] as number) - (y.e[j] as number)
  const a = (x.a[i] as number) - (y.a[j] as number)
  let d = 0
  if (order === 'eavt') d = e || a || compareCells(x.v, i, y.v, j)
  else if (order === 'aevt') d = a || e || compareCells(x.v, i, y.v, j)
  else if (order === 'avet') d = a || compareCells(x.v, i, y.v, j) || e
  else d = compareCells(x.v, i, y.v, j) || a || e
  return d || (y.t[j] as number) - (x.t[i] as number) || tieOf(valueAt(x.v, i), valueAt(y.v, j))
}

/** How many rows of x stand before each of y. */
export function placesAmong(order: Order, x: Full, y: Full, watch: Watch | undefined): Int32Array {
  const out = newInts(y.n)
  let i = 0
  for (let j = 0; j < y.n; j++) {
    if ((j & 4095) === 4095) watch?.tick?.(4096)
    let step = 1
    while (i + step <= x.n && compareRows(order, x, i + step - 1, y, j) < 0) {
      i += step
      step += step
    }
    let high = Math.min(x.n, i + step - 1)
    while (i < high) {
      const middle = (i + high) >>> 1
      if (compareRows(order, x, middle, y, j) < 0) i = middle + 1
      else high = middle
    }
    out[j] = i
  }
  return out
}

function woven(x: Full, y: Full, before: Int32Array, wanted: Wanted): Columns {
  const n = x.n + y.n
  const rows = new Weave(x.n, 0, n, wanted.watch)
  let i = 0
  inPortions(y.n, wanted.watch, (from, to) => {
    for (let j = from; j < to; j++) {
      for (const end = before[j] as number; i < end; i++) rows.add(i)
      rows.add(x.n + j)
    }
  })
  for (; i < x.n; i++) rows.add(i)
  const out: Made = { n }
  if (wanted.e === true) out.e = rows.numbers(x.e, y.e)
  if (wanted.a === true) out.a = rows.numbers(x.a, y.a)
  if (wanted.v === true) out.v = rows.values(x.v, y.v)
  if (wanted.t === true) out.t = rows.numbers(x.t, y.t)
  if (wanted.added === true) out.added = newBytes(n).fill(1)
  return out
}
