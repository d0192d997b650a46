/**
 * Single facts: those of an entity, of an attribute of it, or with a value. This is what transactions ask about every form
 * (`currentWith`), and queries that are a few look-ups (`findWith`).
 *
 * (1) `currentWith` answers as a cursor over the present, in its sequence; but nothing is made that could go on, and what waits to come
 *     into the live tree (live.ts) is left waiting.
 * (2) Tiers are read from the oldest to the newest: an entry with an end takes away what an older tier has.
 * (3) `findWith` gives the datoms of a cursor over the view, in some sequence, or none of them when they are too many. Rows are taken as
 *     they stand in main and mid, unless there is something live among them, or something in mid takes away what is in main: then it is
 *     such a cursor.
 */

import { assert } from '../../base/assert.ts'
import { newList } from '../../base/list.ts'
import type { Value } from '../../data/values.ts'
import { Bound, sideOf } from '../facts/bound.ts'
import { isPresent, isWindow, openCursor, windowOf } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { compareEntriesOf, noEnd } from '../facts/entry.ts'
import type { Entry } from '../facts/entry.ts'
import type { Cursor, View } from '../fact-index.ts'
import type { FactTree } from '../fact-tree.ts'
import type { Order, Range } from '../facts/fact.ts'
import { rangeOf } from '../facts/fact.ts'
import { Part, rowOf, segmentOf } from '../segments/part.ts'
import type { Segment } from '../segments/segment.ts'
import { before, Branch, TreeCursor } from '../live/tree.ts'
import type { Node } from '../live/tree.ts'
import { isWithin } from '../live/waiting-entries.ts'

/** What waits, where nothing does. */
export const noneWait: readonly Entry[] = []

/** The entries of the current facts that agree with the bound, in order; `newest` are those that wait for the tree. */
export function currentWith(
  tree: FactTree,
  bound: Bound,
  newest: readonly Entry[],
): readonly Entry[] {
  const { main, mid, live, order } = tree
  const waiting = live.waitingFor(bound)
  const found: Entry[] = newList()
  readPart(main, bound, found)
  readPart(mid, bound, found)
  const stored = found.length
  if (waiting === null) readTree(live.root, bound, order, found)
  else if (!live.denies(bound)) readTree(live.treeBefore, bound, order, found)
  for (const x of waiting ?? noneWait) found.push(x)
  for (const x of newest) found.push(x)
  // most find nothing, or one fact
  if (found.length === 0) return noneWait
  if (found.length === 1 || (found.length === stored && mid.n === 0)) return found
  return merged(found, order)
}

/** Adds the rows that agree with the bound. */
function readPart(part: Part, bound: Bound, out: Entry[]): void {
  if (part.directory === null) return
  part.locateBoth(bound)
  const { low, high } = Part
  if (low >= high) return
  for (let s = segmentOf(low); s <= segmentOf(high - 1); s++) {
    const segment = part.segment(s)
    const from = s === segmentOf(low) ? rowOf(low) : 0
    const to = s === segmentOf(high) ? rowOf(high) : segment.n
    for (let i = from; i < to; i++) out.push(segment.entryAt(i))
  }
}

function readTree(root: Node | null, bound: Bound, order: FactTree['order'], out: Entry[]): void {
  if (root === null) return
  const side = sideOf[order]
  bound.after = false
  let node = root
  while (node instanceof Branch) {
    node = node.children[Math.max(0, before(node.keys, bound, side) - 1)] as Node
  }
  const { entries } = node
  let i = before(entries, bound, side)
  for (; i < entries.length; i++) {
    const x = entries[i] as Entry
    if (!isWithin(x, bound, side)) return
    out.push(x)
  }
  // what comes next stands in another leaf
  const cursor = new TreeCursor()
  const last = entries[entries.length - 1] as Entry
  cursor.seek(root, after.setEntry(last, true), side)
  for (let x = cursor.entry; x !== null && isWithin(x, bound, side); x = cursor.entry) {
    out.push(x)
    cursor.forward()
  }
}

const after = new Bound()

// A tombstone stands in a newer tier than its fact, so that a stable sort puts it right behind.
function merged(found: Entry[], order: FactTree['order']): readonly Entry[] {
  const compare = compareEntriesOf[order]
  found.sort(compare)
  let n = 0
  for (const x of found) {
    if (x.end === noEnd) found[n++] = x
    else {
      assert(n > 0 && compare(found[n - 1] as Entry, x) === 0, 'what is taken away is there')
      n--
    }
  }
  found.length = n
  return found
}

// ---- of any view, up to a number ----

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

/** How often they were found so without a cursor, beside tiers that had to be looked into: for tests. */
export const foundBeside = { mid: 0, live: 0 }

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
    let found = takeFrom(current, bound, kind, view, finding, out)
    if (found === true && !present) found = takeFrom(past, bound, kind, view, finding, out)
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
}

/** What rows are taken for. */
type Kind = 'present' | 'window' | 'history'

/** Takes what a tree has; null where its tiers have to be read past each other. */
function takeFrom(
  tree: FactTree,
  bound: Bound,
  kind: Kind,
  view: View,
  finding: Finding,
  out: Found,
): boolean | null {
  const { main, mid, live, order, past } = tree
  if (live.size > 0) {
    if (hasWithin(live.root, bound, order)) return null
    foundBeside.live++
  }
  if (mid.n > 0) {
    if (!mid.locateBoth(bound, finding.near)) return false
    if (Part.low < Part.high) {
      const taken = takePart(mid, kind, view, finding, out, !past)
      if (taken !== true) return taken
    }
    foundBeside.mid++
  }
  if (main.directory === null) return true
  if (!main.locateBoth(bound, finding.near)) return false
  return Part.low >= Part.high || takePart(main, kind, view, finding, out, false)
}

/** Takes what stands between `Part.low` and `high`; null where there may be a tombstone, if it is asked for. */
function takePart(
  part: Part,
  kind: Kind,
  view: View,
  { most, near }: Finding,
  out: Found,
  asksEnds: boolean,
): boolean | null {
  const { low, high } = Part
  for (let s = segmentOf(low); s <= segmentOf(high - 1); s++) {
    if (near && part.isAway(s)) return false
    const segment = part.segment(s)
    const from = s === segmentOf(low) ? rowOf(low) : 0
    const to = s === segmentOf(high) ? rowOf(high) : segment.n
    if (asksEnds && hasEnds(segment, from, to)) return null
    const taken =
      kind === 'present'
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
  let node = root
  while (node instanceof Branch) {
    node = node.children[Math.max(0, before(node.keys, bound, side) - 1)] as Node
  }
  const { entries } = node
  const i = before(entries, bound, side)
  if (i < entries.length) return isWithin(entries[i] as Entry, bound, side)
  // what comes next stands in another leaf
  const cursor = new TreeCursor()
  cursor.seek(root, bound, side)
  return cursor.entry !== null && isWithin(cursor.entry, bound, side)
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
  for (let i = from; i < to; i++) {
    out.add(segment.e.at(i), segment.valueAt(i), segment.t.at(i), true)
  }
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
  for (let k = 0; k < n; k++) {
    const i = picked[k] as number
    out.add(segment.e.at(i), segment.valueAt(i), segment.t.at(i), true)
  }
  return true
}

// Both datoms of each fact, if the view sees them: what nobody asserted has a negative t.
function takeHistory(
  segment: Segment,
  from: number,
  to: number,
  { since, asOf }: View,
  most: number,
  out: Found,
): boolean {
  const { end: ends } = segment
  for (let i = from; i < to; i++) {
    if (out.n + 2 > most) return false
    const e = segment.e.at(i)
    const v = segment.valueAt(i)
    const t = segment.t.at(i)
    if (t >= 0 && t > since && t <= asOf) out.add(e, v, t, true)
    const end = ends === null ? noEnd : ends.at(i)
    if (end >= 0 && end > since && end <= asOf) out.add(e, v, end, false)
  }
  return true
}
