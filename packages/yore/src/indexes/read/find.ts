/**
 * The datoms of a view that have an attribute and an entity or a value, up to a number of them: what queries ask that are a few look-ups.
 *
 * (1) They are those of a cursor over the view, in some sequence, or none of them when they are too many.
 * (2) Rows are taken as they stand in main and mid. Where something of the present is live among them, or in mid takes away what is in main,
 *     they are merged, as long as they are few; else it is such a cursor.
 * (3) What is past was so for ever: its tiers have nothing to do with each other.
 */

import type { Value } from '../../data/values.ts'
import { sideOf } from '../facts/bound.ts'
import type { Bound } from '../facts/bound.ts'
import { isPresent, isWindow, openCursor, windowOf } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { noEnd } from '../facts/entry.ts'
import type { Entry } from '../facts/entry.ts'
import type { Cursor, View } from '../fact-index.ts'
import type { FactTree } from '../fact-tree.ts'
import type { Order, Range } from '../facts/fact.ts'
import { rangeOf, unasserted } from '../facts/fact.ts'
import { noneWait, someWith } from './point.ts'
import { Part, rowOf, segmentOf } from '../segments/part.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import type { Segment } from '../segments/segment.ts'
import { isInside } from '../facts/window.ts'
import { before, leafAt, TreeCursor } from '../live/tree.ts'
import type { Node } from '../live/tree.ts'
import { isWithin } from '../live/waiting-entries.ts'

/** What was found: the first `n` of each. Used again by the next who looks. */
export class Found {
  n = 0
  readonly e: number[] = []
  readonly v: Value[] = []
  readonly t: number[] = []
  readonly added: boolean[] = []

  add(e: number, v: Value, t: number, added: boolean): void {
    const i = this.n++
    this.e[i] = e
    this.v[i] = v
    this.t[i] = t
    this.added[i] = added
  }

  /** What a row of a segment asserts. */
  addRow(segment: Segment, row: number): void {
    this.add(segment.e.at(row), segment.valueAt(row), segment.t.at(row), true)
  }
}

/** Everything that agrees with the bound of an order. */
export function rangeOfBound(order: Order, { depth, e, a, v }: Bound): Range {
  if (order === 'aevt' || order === 'eavt') {
    return rangeOf({ e, a: depth > 1 ? a : undefined, v: depth > 2 ? v : undefined })
  }
  return rangeOf({ a, v, e: depth > 2 ? e : undefined })
}

/** Takes what a cursor gives; false when that is more than `most`. */
export function takeAll(cursor: Cursor, most: number, out: Found): boolean {
  out.n = 0
  while (cursor.next()) {
    if (out.n === most) return false
    out.add(cursor.e, cursor.v, cursor.t, cursor.added)
  }
  return true
}

/** How often they were found so without a cursor, beside tiers that had to be looked into, or merged: for tests. */
export const foundBeside = { mid: 0, live: 0, merged: 0, past: 0 }

/**
 * The datoms of the view that agree with the bound (of two components or three), to `out`; false when they are more than `most`, or, where
 * nothing is to be fetched (`near`), some are away.
 */
export function findWith(
  trees: Trees,
  bound: Bound,
  view: View,
  lastT: number,
  finding: Finding,
  out: Found,
): boolean {
  const { current, past } = trees
  out.n = 0
  const present = isPresent(view, lastT)
  if (present || view.keep === null) {
    const kind = present ? 'present' : isWindow(view) ? 'window' : 'history'
    const isOne = finding.one && kind === 'window' && current.order === 'aevt'
    let isPastKnown = false
    if (isOne && bound.depth === 2 && past.mid.n === 0 && past.live.size === 0) {
      const taken = takeVersions(past.main, bound, view, finding, out, true)
      if (taken === false || out.n > 0) return taken === true
      isPastKnown = taken === true
    }
    let found = takeCurrent(current, bound, kind, view, finding, out)
    if (found === null) {
      if (finding.near && !isNear(trees, bound, present)) return false
      found = takeMerged(current, bound, view, finding, out)
    }
    const isKnown = present || isPastKnown || (isOne && out.n > 0)
    if (found === true && !isKnown) found = takePast(past, bound, kind, view, finding, out)
    if (found !== null) return found
  }
  if (finding.near && !isNear(trees, bound, present)) return false
  const range = rangeOfBound(current.order, bound)
  return takeAll(openCursor(trees, range, view, lastT, false), finding.most, out)
}

/** How much may be found. */
export interface Finding {
  readonly most: number
  /** Nothing is to be fetched for it. */
  readonly near: boolean
  /** An entity never has two values at a time: what is found in one tree the other has not. */
  readonly one: boolean
}

/** What rows are taken for. */
type Kind = 'present' | 'window' | 'history'

/** Takes what the tree of current facts has; null where its tiers have to be read past each other. */
function takeCurrent(
  { main, mid, live, order }: FactTree,
  bound: Bound,
  kind: Kind,
  view: View,
  finding: Finding,
  out: Found,
): boolean | null {
  if (live.size > 0) {
    if (hasWithin(live.root, bound, order)) return null
    foundBeside.live++
  }
  if (mid.n > 0) {
    const taken = takePart(mid, bound, kind, view, finding, out, true)
    if (taken !== true) return taken
    foundBeside.mid++
  }
  return takePart(main, bound, kind, view, finding, out, false)
}

/** So few entries are merged. */
const mergedMax = 64

/** The same, entry by entry, where they are few; else null. */
function takeMerged(
  tree: FactTree,
  bound: Bound,
  { since, asOf }: View,
  { most }: Finding,
  out: Found,
): boolean | null {
  out.n = 0
  const entries = someWith(tree, bound, noneWait, mergedMax)
  if (entries === null) return null
  foundBeside.merged++
  for (const { e, v, t } of entries) {
    if (t <= since || t > asOf) continue
    if (out.n === most) return false
    out.add(e, v, t, true)
  }
  return true
}

/** How often versions were found by their time alone: for tests. */
export const foundByTime = { times: 0 }

/** Takes what the tree of past facts has. The version of an entity's value is found by its time. */
function takePast(
  { main, mid, live, order }: FactTree,
  bound: Bound,
  kind: Kind,
  view: View,
  finding: Finding,
  out: Found,
): boolean {
  if (live.size > 0 && !takeLive(live.root, bound, order, kind, view, finding.most, out)) {
    return false
  }
  if (mid.n > 0 && takePart(mid, bound, kind, view, finding, out, false) === false) return false
  if (kind === 'window' && order === 'aevt' && bound.depth === 2) {
    const taken = takeVersions(main, bound, view, finding, out, false)
    if (taken !== null) return taken
  }
  return main.lacks(bound.a) || takePart(main, bound, kind, view, finding, out, false) === true
}

function takeLive(
  root: Node | null,
  bound: Bound,
  order: Order,
  kind: Kind,
  view: View,
  most: number,
  out: Found,
): boolean {
  const { since, asOf } = view
  if (!hasWithin(root, bound, order)) return true
  foundBeside.past++
  const side = sideOf[order]
  const cursor = cursorAt(root, bound, order)
  bound.after = true
  for (let x = cursor.entry; x !== null && side(x, bound) < 0; x = cursor.entry) {
    const { e, v, t, end } = x
    if (kind === 'history') {
      if (!addBoth(e, v, t, end, view, most, out)) return false
    } else if (t > since && t <= asOf && t !== unasserted && end > asOf) {
      if (out.n === most) return false
      out.add(e, v, t, true)
    }
    cursor.forward()
  }
  bound.after = false
  return true
}

// Null, and nothing taken, where that is not the way; or, if they are asked first, not known to be.
function takeVersions(
  main: Part,
  bound: Bound,
  view: View,
  { most, near }: Finding,
  out: Found,
  first: boolean,
): boolean | null {
  const { n } = out
  main.segmentsOf(bound)
  const { low, high } = Part
  for (let s = low; s < high; s++) {
    if (near && main.isAway(s)) return false
    const segment = main.segment(s)
    const row = first && !segment.hasVersions ? -2 : segment.versionAt(bound, view)
    if (row === -1) continue
    if (row < 0) {
      out.n = n
      return null
    }
    if (out.n === most) return false
    out.addRow(segment, row)
  }
  if (low < high) foundByTime.times++
  return true
}

/** Takes what of the part agrees with the bound; null where there may be a tombstone, if it is asked for. */
function takePart(
  part: Part,
  bound: Bound,
  kind: Kind,
  view: View,
  { most, near }: Finding,
  out: Found,
  asksEnds: boolean,
): boolean | null {
  if (part.directory === null) return true
  if (!part.locateBoth(bound, near)) return false
  const { low, high } = Part
  if (low >= high) return true
  for (let s = segmentOf(low); s <= segmentOf(high - 1); s++) {
    const { times } = part.refs[s] as SegmentRef
    if (kind === 'window' && times.minT > view.asOf && !asksEnds) continue
    if (near && part.isAway(s)) return false
    const segment = part.segment(s)
    const from = s === segmentOf(low) ? rowOf(low) : 0
    const to = s === segmentOf(high) ? rowOf(high) : segment.n
    if (asksEnds && hasEnds(segment, from, to)) return null
    const taken =
      kind === 'present' || (kind === 'window' && isInside(times, view))
        ? takeRows(segment, from, to, most, out)
        : kind === 'window'
          ? takeWithin(segment, from, to, view, most, out)
          : takeHistory(segment, from, to, view, most, out)
    if (!taken) return false
  }
  return true
}

function hasEnds({ end }: Segment, from: number, to: number): boolean {
  if (end === null) return false
  for (let i = from; i < to; i++) if (end.at(i) !== noEnd) return true
  return false
}

/** Has the tree anything that agrees with the bound? */
function hasWithin(root: Node | null, bound: Bound, order: Order): boolean {
  if (root === null) return false
  const side = sideOf[order]
  bound.after = false
  const entries = leafAt(root, bound, side)
  const i = before(entries, bound, side)
  if (i < entries.length) return isWithin(entries[i] as Entry, bound, side)
  // what comes next stands in another leaf
  const { entry } = cursorAt(root, bound, order)
  return entry !== null && isWithin(entry, bound, side)
}

function cursorAt(root: Node | null, bound: Bound, order: Order): TreeCursor {
  const cursor = new TreeCursor()
  bound.after = false
  cursor.seek(root, bound, sideOf[order])
  return cursor
}

/** Is all that agrees with the bound in memory, as far as the directories tell? */
function isNear({ current, past }: Trees, bound: Bound, present: boolean): boolean {
  const isIn = (part: Part): boolean => {
    if (part.n === 0) return true
    bound.after = true
    const high = part.segmentBefore(bound)
    bound.after = false
    const low = Math.max(0, part.segmentBefore(bound))
    for (let s = low; s <= high; s++) if (part.isAway(s)) return false
    return true
  }
  if (!isIn(current.main) || !isIn(current.mid)) return false
  return present || (isIn(past.main) && isIn(past.mid))
}

function takeRows(segment: Segment, from: number, to: number, most: number, out: Found): boolean {
  if (to - from > most - out.n) return false
  for (let i = from; i < to; i++) out.addRow(segment, i)
  return true
}

let picked = new Int32Array(64)

// What was true at a time.
function takeWithin(
  segment: Segment,
  from: number,
  to: number,
  view: View,
  most: number,
  out: Found,
): boolean {
  if (picked.length < to - from) picked = new Int32Array(to - from)
  const n = segment.rowsWithin(windowOf(view), from, to, picked)
  if (n > most - out.n) return false
  for (let k = 0; k < n; k++) out.addRow(segment, picked[k] as number)
  return true
}

// Both datoms of each fact, if the view sees them.
function takeHistory(
  segment: Segment,
  from: number,
  to: number,
  view: View,
  most: number,
  out: Found,
): boolean {
  const { end: ends } = segment
  for (let i = from; i < to; i++) {
    const t = segment.t.at(i)
    const end = ends === null ? noEnd : ends.at(i)
    if (!addBoth(segment.e.at(i), segment.valueAt(i), t, end, view, most, out)) return false
  }
  return true
}

// What nobody asserted, and what has not ended, has a negative t.
function addBoth(
  e: number,
  v: Value,
  t: number,
  end: number,
  { since, asOf }: View,
  most: number,
  out: Found,
): boolean {
  if (t >= 0 && t > since && t <= asOf) {
    if (out.n === most) return false
    out.add(e, v, t, true)
  }
  if (end >= 0 && end > since && end <= asOf) {
    if (out.n === most) return false
    out.add(e, v, end, false)
  }
  return true
}
