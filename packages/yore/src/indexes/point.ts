/**
 * Single facts: those of an entity, of an attribute of it, or with a value. This is what transactions ask about every form
 * (`currentWith`), and queries that are a few look-ups (`findWith`).
 *
 * (1) `currentWith` answers as a cursor over the present, in its sequence; but nothing is made that could go on, and what waits to come
 *     into the live tree (live.ts) is left waiting.
 * (2) Tiers are read from the oldest to the newest: an entry with an end takes away what an older tier has.
 * (3) `findWith` gives the datoms of a cursor over the view, in some sequence, or none of them when they are too many. Where all is in
 *     main, rows are taken as they stand there; else it is such a cursor.
 */

import { assert } from '../base/assert.ts'
import { newList } from '../base/list.ts'
import type { Value } from '../data/values.ts'
import { Bound, sideOf } from './bound.ts'
import { isPresent, isWindow, openCursor, windowOf } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { compareEntriesOf, noEnd } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Cursor, View } from './fact-index.ts'
import type { FactTree } from './fact-tree.ts'
import type { Order, Range } from './fact.ts'
import { rangeOf } from './fact.ts'
import { Part, rowOf, segmentOf } from './part.ts'
import type { Segment } from './segment.ts'
import { before, Branch, TreeCursor } from './tree.ts'
import type { Node } from './tree.ts'
import { isWithin } from './waiting-entries.ts'

const none: readonly Entry[] = []

/** The entries of the current facts that agree with the bound, in order. */
export function currentWith(tree: FactTree, bound: Bound): readonly Entry[] {
  const { main, mid, live, order } = tree
  const waiting = live.waitingFor(bound)
  const found: Entry[] = newList()
  readPart(main, bound, found)
  readPart(mid, bound, found)
  const stored = found.length
  if (waiting === null) readTree(live.root, bound, order, found)
  else if (!live.denies(bound)) readTree(live.treeBefore, bound, order, found)
  for (const x of waiting ?? none) found.push(x)
  // most find nothing, or one fact
  if (found.length === 0) return none
  if (found.length === 1 || (found.length === stored && mid.n === 0)) return found
  return merged(found, order)
}

type TakeRun = (segment: Segment, from: number, to: number) => boolean

/** The rows that agree with the bound, segment by segment, until one is not taken. */
function eachRun(part: Part, bound: Bound, take: TakeRun): boolean {
  if (part.directory === null) return true
  part.locateBoth(bound)
  const { low, high } = Part
  if (low >= high) return true
  for (let s = segmentOf(low); s <= segmentOf(high - 1); s++) {
    const segment = part.segment(s)
    const from = s === segmentOf(low) ? rowOf(low) : 0
    const to = s === segmentOf(high) ? rowOf(high) : segment.n
    if (!take(segment, from, to)) return false
  }
  return true
}

function readPart(part: Part, bound: Bound, out: Entry[]): void {
  eachRun(part, bound, (segment, from, to) => {
    for (let i = from; i < to; i++) out.push(segment.entryAt(i))
    return true
  })
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

/** The datoms of the view that agree with the bound (of two components or three), to `out`; false when they are more than `most`. */
export function findWith(
  trees: Trees,
  bound: Bound,
  view: View,
  lastT: number,
  most: number,
  out: Found,
): boolean {
  const { current, past } = trees
  out.n = 0
  if (isPresent(view, lastT)) {
    if (isSettled(current)) {
      return eachRun(current.main, bound, (x, from, to) => takeRows(x, from, to, most, out))
    }
  } else if (view.keep === null && isSettled(current) && isSettled(past)) {
    const take = isWindow(view) ? takeWithin : takeHistory
    const takeRun: TakeRun = (x, from, to) => take(x, from, to, view, most, out)
    return eachRun(current.main, bound, takeRun) && eachRun(past.main, bound, takeRun)
  }
  const range = rangeOfBound(current.order, bound)
  return takeAll(openCursor(trees, range, view, lastT, false), most, out)
}

/** Is all that agrees with the bound in memory, as far as the directories tell? */
export function isNear({ current, past }: Trees, bound: Bound, view: View, lastT: number): boolean {
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
  return isPresent(view, lastT) || (isIn(past.main) && isIn(past.mid))
}

const isSettled = ({ mid, live }: FactTree): boolean => mid.n === 0 && live.size === 0

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
