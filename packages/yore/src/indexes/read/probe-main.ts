/**
 * The forward pass of a probe over a main part: keys and rows gallop past each other; matching rows are gathered for each segment and
 * then copied column by column.
 *
 * (1) Keys ascend without repetition. What is found for each key is all that main has of it.
 */

import type { Value } from '../../data/values.ts'
import { bringForKeys } from './ahead.ts'
import { Bound } from '../facts/bound.ts'
import type { SegmentValues } from '../segments/segment-values.ts'
import type { ColumnsBuilder } from './columns-builder.ts'
import type { Order } from '../facts/fact.ts'
import type { Part } from '../segments/part.ts'
import { placeSize, rowOf, segmentOf } from '../segments/part.ts'
import type { Narrow, Numbers } from '../segments/numbers.ts'
import { codeOf, found } from '../segments/segment.ts'
import type { Mixed, Segment } from '../segments/segment.ts'
import type { Window } from '../facts/window.ts'

export interface ProbeTarget {
  readonly a: number | undefined
  readonly keys: Float64Array | readonly Value[]
  /** The keys as numbers that may be held against number columns as they are, or null. None is NaN. */
  readonly numbers: Float64Array | null
  readonly window: Window
}

// Matches of the segment at hand: rows, and the position of the key that each answers.
let rows: Int32Array = new Int32Array(4096)
let answers: Int32Array = new Int32Array(4096)
let matches = 0

function reserve(n: number): void {
  if (rows.length >= n) return
  rows = new Int32Array(n)
  answers = new Int32Array(n)
}

/** What takes in the facts that are found. */
interface Taking {
  readonly n: number
  addPicked(segment: Segment, rows: Int32Array, count: number): void
  answerAll(keys: Int32Array, count: number, from: number): void
}

// Without `out` only `touched` is added to: the keys that have rows.
function flush(
  out: Taking | null,
  segment: Segment,
  { since, asOf }: Window,
  touched: number[],
): void {
  let n = matches
  matches = 0
  if (n === 0) return
  if (out === null) {
    for (let i = 0; i < n; i++) {
      const k = answers[i] as number
      if (touched[touched.length - 1] !== k) touched.push(k)
    }
    return
  }
  if (since !== -Infinity || asOf !== Infinity) {
    let kept = 0
    for (let i = 0; i < n; i++) {
      const t = segment.t.at(rows[i] as number)
      if (t > since && t <= asOf) {
        rows[kept] = rows[i] as number
        answers[kept++] = answers[i] as number
      }
    }
    n = kept
  }
  const from = out.n
  out.addPicked(segment, rows, n)
  out.answerAll(answers, n, from)
}

/** The first row behind `row`, which is less than the key, that is not less; near it is found soonest. */
function gallop(data: Narrow, base: number, row: number, n: number, key: number): number {
  let low = row
  let step = 1
  while (low + step < n && base + (data[low + step] as number) < key) {
    low += step
    step += step
  }
  let high = Math.min(n, low + step)
  low++
  while (low < high) {
    const mid = (low + high) >>> 1
    if (base + (data[mid] as number) < key) low = mid + 1
    else high = mid
  }
  return low
}

/**
 * Numbers against a column of numbers, ascending both. Gathers the rows from `row` on that equal one of keys [k, end). Gives the first
 * key that this segment does not settle: one greater than all its rows, or equal to the last (more may follow).
 */
function meet(
  data: Narrow,
  base: number,
  n: number,
  start: number,
  keys: Float64Array,
  first: number,
  end: number,
): number {
  // what stands in the module would be read and written anew for each row
  const [intoRows, intoAnswers] = [rows, answers]
  let at = matches
  let row = start
  let k = first
  while (k < end) {
    const key = keys[k] as number
    if (base + (data[row] as number) < key) {
      row = gallop(data, base, row, n, key)
      if (row >= n) break
    }
    while (row < n && base + (data[row] as number) === key) {
      intoRows[at] = row++
      intoAnswers[at++] = k
    }
    if (row >= n) break
    k++
    // keys that fall between two rows
    const next = base + (data[row] as number)
    while (k < end && (keys[k] as number) < next) k++
  }
  matches = at
  return k
}

/** Rows are asked whether they ascend when there is a key for so many of them, and they stand for one of so many numbers. */
const rowsPerKey = 32
const denseMost = 2

/** How often rows that ascend were met, for tests. */
export const ascended = { times: 0 }

/**
 * As `meet`, for whole numbers that stand in the rows once each. Where all numbers between two rows stand, as of entities that were made one
 * after another, a key stands as many rows ahead as it is greater.
 */
function meetOnce(
  data: Narrow,
  base: number,
  n: number,
  start: number,
  keys: Float64Array,
  first: number,
  end: number,
): number {
  ascended.times++
  const [intoRows, intoAnswers] = [rows, answers]
  let at = matches
  let row = start
  let x = base + (data[row] as number)
  // how far row and number are apart; it stays as it is, so that no key waits for what was found for the one before
  let shift = row - x
  const last = base + (data[n - 1] as number)
  let k = first
  for (; k < end; k++) {
    const key = keys[k] as number
    if (key >= last) break
    const guess = key + shift
    if (guess >= row && guess < n && base + (data[guess] as number) === key) {
      row = guess
      x = key
    } else {
      if (key > x) {
        row = gallop(data, base, row, n, key)
        x = base + (data[row] as number)
        shift = row - x
      }
      if (key !== x) continue
    }
    intoRows[at] = row
    intoAnswers[at++] = k
  }
  if (k < end && keys[k] === last) {
    intoRows[at] = n - 1
    intoAnswers[at++] = k
  }
  matches = at
  return k
}

/** So many rows of a key are passed over for their attribute, before the one that is meant is searched for. */
const passedMax = 8

/**
 * As `meet`, for references of several attributes: what refers to a key by others stands before and behind. Only rows of the attribute are
 * gathered.
 */
function meetMixed(
  segment: Segment,
  { attributes, codes }: Mixed,
  { data, base }: Numbers,
  n: number,
  start: number,
  target: ProbeTarget,
  first: number,
  end: number,
): number {
  const keys = target.numbers as Float64Array
  const code = codeOf(attributes, target.a as number)
  const wanted = attributes[code] === target.a ? code : -1
  const of = codes.data
  const [intoRows, intoAnswers] = [rows, answers]
  let at = matches
  let row = start
  let k = first
  for (; k < end; k++) {
    const key = keys[k] as number
    if (base + (data[row] as number) < key) {
      row = gallop(data, base, row, n, key)
      if (row >= n) break
    }
    for (
      let i = 0;
      row < n && (of[row] as number) < code && base + (data[row] as number) === key;
      i++
    ) {
      if (i < passedMax) row++
      else {
        segment.search(setKey(segment.order, target, k), row, n)
        row = found.low
      }
    }
    while (row < n && of[row] === wanted && base + (data[row] as number) === key) {
      intoRows[at] = row++
      intoAnswers[at++] = k
    }
    if (row >= n) break
  }
  matches = at
  return k
}

/** As `meet`, for values of any kind. */
function meetValues(
  values: SegmentValues,
  n: number,
  start: number,
  keys: readonly Value[] | Float64Array,
  first: number,
  end: number,
): number {
  let row = start
  for (let k = first; k < end; k++) {
    const key = keys[k] as Value
    let d = values.compare(row, key)
    if (d < 0) {
      let step = 1
      while (row + step < n && values.compare(row + step, key) < 0) {
        row += step
        step += step
      }
      row = values.lower(key, row + 1, Math.min(n, row + step))
      if (row === n) return k
      d = values.compare(row, key)
    }
    while (d === 0) {
      rows[matches] = row++
      answers[matches++] = k
      if (row === n) return k
      d = values.compare(row, key)
    }
  }
  return end
}

const bound = new Bound()

function setKey(order: Order, { a, keys }: ProbeTarget, k: number): Bound {
  bound.depth = a === undefined ? 1 : 2
  bound.a = a ?? 0
  bound.after = false
  if (order === 'avet' || order === 'vaet') bound.v = keys[k] as Value
  else bound.e = keys[k] as number
  return bound
}

// The column that the keys can be held against row by row, or null.
function leadOf(segment: Segment, order: Order, a: number | undefined): Numbers | null {
  if (order === 'aevt' || (order === 'eavt' && a === undefined)) return segment.e
  if (order === 'eavt' || (order === 'vaet' && a !== undefined && segment.a !== a)) return null
  const { values } = segment
  return values?.isNumber === true ? values.numbers : null
}

// Key by key: where attributes have to be told apart.
function search(
  segment: Segment,
  start: number,
  n: number,
  target: ProbeTarget,
  first: number,
  end: number,
): number {
  let row = start
  for (let k = first; k < end; k++) {
    segment.search(setKey(segment.order, target, k), row, n)
    for (let i = found.low; i < found.high; i++) {
      rows[matches] = i
      answers[matches++] = k
    }
    row = found.high
    if (row === n) return k
  }
  return end
}

// Keys [k, to) against the rows [row, n) of a segment; gives the first key that these rows do not settle.
function meetRows(
  segment: Segment,
  row: number,
  n: number,
  target: ProbeTarget,
  k: number,
  to: number,
): number {
  const { order } = segment
  const { numbers } = target
  reserve(n)
  const lead = numbers === null ? null : leadOf(segment, order, target.a)
  if (lead !== null && numbers !== null) {
    const { data, base } = lead
    const isDense = (data[n - 1] as number) - (data[row] as number) <= (n - row) * denseMost
    const isOnce = lead === segment.e && isDense && (to - k) * rowsPerKey >= n && lead.ascends
    return (isOnce ? meetOnce : meet)(data, base, n, row, numbers, k, to)
  }
  const { mixed, values } = segment
  if (order === 'vaet' && numbers !== null && mixed !== null && values?.isNumber === true) {
    return meetMixed(segment, mixed, values.numbers, n, row, target, k, to)
  }
  if (order === 'avet' && values !== null) {
    return meetValues(values, n, row, target.keys, k, to)
  }
  return search(segment, row, n, target, k, to)
}

/** The facts of rows [from, n) of a segment with keys from k on; gives the first key that may have more behind them. */
export function probeRun(
  out: ColumnsBuilder,
  segment: Segment,
  from: number,
  n: number,
  target: ProbeTarget,
  k: number,
): number {
  const next = meetRows(segment, from, n, target, k, target.keys.length)
  flush(out, segment, target.window, [])
  return next
}

/** The facts of main with keys [from, to). */
export function probeMain(
  out: ColumnsBuilder,
  main: Part,
  target: ProbeTarget,
  from: number,
  to: number,
): void {
  probePart(out, main, target, from, to, [])
}

/** The positions of the keys that have rows in the part. */
export function keysIn(part: Part, target: ProbeTarget): readonly number[] {
  const touched: number[] = []
  if (part.n > 0) probePart(null, part, target, 0, target.keys.length, touched)
  return touched
}

// The place before key k, not before `next`; where a segment is away, those of the keys that follow are fetched with it.
function placeOf(part: Part, target: ProbeTarget, k: number, to: number, next: number): number {
  const { order } = part
  const bring = (s: number): void => {
    if (k + 1 < to) bringForKeys(part, s, k, to, (i) => setKey(order, target, i))
  }
  let place = part.peek(setKey(order, target, k))
  if (place < 0) {
    bring(-1 - place)
    place = part.locate(setKey(order, target, k))
  }
  place = Math.max(place, next)
  // at the end of a segment it is the start of the following one
  if (place < part.end && part.isAway(segmentOf(place))) bring(segmentOf(place))
  return place
}

function probePart(
  out: ColumnsBuilder | null,
  part: Part,
  target: ProbeTarget,
  from: number,
  to: number,
  touched: number[],
): void {
  const { order, refs } = part
  const { a, window } = target
  const oneAttribute = order === 'aevt' || order === 'avet'
  let k = from
  let next = 0
  while (k < to) {
    // a key whose rows went on to the end of a segment may have more in the following one
    const place = placeOf(part, target, k, to, next)
    const s = segmentOf(place)
    const ref = refs[s]
    if (ref === undefined || (oneAttribute && ref.a !== a)) return
    const segment = part.segment(s)
    k = meetRows(segment, rowOf(place), segment.n, target, k, to)
    flush(out, segment, window, touched)
    next = (s + 1) * placeSize
  }
}

/** The facts of main with these keys, as far as their segments are in memory: false when one is not. For 'aevt' and 'vaet'. */
export function probeInMemory(out: Taking, part: Part, target: ProbeTarget): boolean {
  const { order, refs } = part
  const { a, keys, window } = target
  const byEntity = order === 'aevt'
  const n = keys.length
  let k = 0
  let next = 0
  while (k < n) {
    let s = Math.max(next, part.segmentBefore(setKey(order, target, k)))
    let ref = refs[s]
    // the last segment of the attribute before
    if (byEntity && ref !== undefined && ref.a < (a as number)) ref = refs[++s]
    if (ref === undefined || (byEntity && ref.a !== a)) return true
    if (part.isAway(s)) return false
    const segment = part.segment(s)
    k = meetRows(segment, 0, segment.n, target, k, n)
    flush(out, segment, window, [])
    next = s + 1
  }
  return true
}
