/**
 * Probing current facts through the three tiers, in the way that is cheapest for what mid and the live tree hold among the keys.
 *
 * (1) Nothing there: one forward pass over main (probe-main.ts). All there: keys and live entries pass each other.
 * (2) A few keys are known there: these are read one by one, the others by the pass.
 * (3) Many: one walk over the whole stretch, run by run (reader.ts), keys and rows galloping past each other within each run.
 */

import type { Value } from '../../data/values.ts'
import { Bound, sideOf } from '../facts/bound.ts'
import type { ColumnsBuilder } from './columns-builder.ts'
import { compareStored, noEnd } from '../facts/entry.ts'
import type { Entry } from '../facts/entry.ts'
import type { FactTree } from '../fact-tree.ts'
import type { Order } from '../facts/fact.ts'
import { segmentOf } from '../segments/part.ts'
import type { Part } from '../segments/part.ts'
import { keysIn, probeMain, probeRun } from './probe-main.ts'
import type { ProbeTarget } from './probe-main.ts'
import { Reader } from './reader.ts'
import { roughIn } from './rough.ts'
import type { Segment } from '../segments/segment.ts'
import { addTimed } from './timed.ts'
import { TreeCursor } from '../live/tree.ts'

export type Keys = Float64Array | readonly Value[]

/** To read a key alone costs about as much as to pass over so many facts. */
export const passedPerKey = 12
// And as much as so many breaks between runs.
const breaksPerKey = 3

export const byValue = (order: Order): boolean => order === 'avet' || order === 'vaet'

/** The bound of a key; its depth says whether an attribute is given. */
export function keyBound(order: Order, a: number | undefined, key: Value, after: boolean): Bound {
  const out = new Bound()
  out.depth = a === undefined ? 1 : 2
  out.a = a ?? 0
  if (byValue(order)) out.v = key
  else out.e = key as number
  out.after = after
  return out
}

/**
 * The current facts with these keys whose assertion lies in the window, appended to `out`. False, and nothing done, when a walk over all
 * facts in the stretch is better.
 */
export function probeCurrent(
  out: ColumnsBuilder,
  tree: FactTree,
  target: ProbeTarget,
  low: Bound,
  high: Bound,
): boolean {
  const { keys } = target
  if (tree.live.root !== null && isAllLive(tree, low, high)) {
    probeLive(out, tree.live.root, tree.order, target, low, high)
    return true
  }
  const live = liveKeys(tree, target, low, high)
  if (live === null) {
    if (keys.length * passedPerKey > roughIn(tree, low, high)) return false
    for (let k = 0; k < keys.length; k++) readCurrent(out, tree, target, k)
    return true
  }
  const touched = withKeysIn(tree.mid, target, live.keys)
  if (touched.length > 0) {
    const breaks = live.entries + rowsBetween(tree.mid, low, high)
    if (breaks + segmentsBetween(tree.main, low, high) < touched.length * breaksPerKey) {
      probeRuns(out, tree, target, low, high)
      return true
    }
  }
  let from = 0
  for (const k of touched) {
    probeMain(out, tree.main, target, from, k)
    readCurrent(out, tree, target, k)
    from = k + 1
  }
  probeMain(out, tree.main, target, from, keys.length)
  return true
}

/** How often keys were looked for in the live tree alone, for tests. */
export const liveProbed = { times: 0 }

/** Have the segments nothing between the bounds? Only what is in memory is asked. */
const isAllLive = ({ mid, main }: FactTree, low: Bound, high: Bound): boolean =>
  hasNone(main, low, high) && hasNone(mid, low, high)

/** Has the part nothing between the bounds, as far as is known without fetching? */
export function hasNone(part: Part, low: Bound, high: Bound): boolean {
  if (part.n === 0) return true
  const place = part.peek(low)
  return place >= 0 && place === part.peek(high)
}

/** So many entries are passed over, before the one with the next key is searched for. */
const steppedMax = 8

/** The live facts with these keys: keys and entries pass each other. */
function probeLive(
  out: ColumnsBuilder,
  root: NonNullable<FactTree['live']['root']>,
  order: Order,
  { a, keys, window }: ProbeTarget,
  low: Bound,
  high: Bound,
): void {
  liveProbed.times++
  const side = sideOf[order]
  const cursor = new TreeCursor()
  cursor.seek(root, low, side)
  let k = 0
  let stepped = 0
  for (let x = cursor.entry; x !== null && side(x, high) < 0; x = cursor.entry) {
    k = keyFrom(order, keys, k, x)
    if (k === keys.length) return
    const isKey = hasKey(order, x, keys[k])
    if (isKey && (a === undefined || x.a === a)) {
      stepped = 0
      if (x.end === noEnd && x.t > window.since && x.t <= window.asOf) {
        const from = out.n
        out.addEntry(x)
        out.answers(k, from)
      }
      cursor.forward()
    } else if (isKey && x.a > (a as number)) {
      // nothing more of this key
      if (++k === keys.length) return
    } else if (++stepped > steppedMax) {
      stepped = 0
      cursor.seek(root, keyBound(order, a, keys[k] as Value, false), side)
    } else cursor.forward()
  }
}

function rowsBetween(part: Part, low: Bound, high: Bound): number {
  if (part.n === 0) return 0
  return part.rowsBefore(part.locate(high)) - part.rowsBefore(part.locate(low))
}

function segmentsBetween(part: Part, low: Bound, high: Bound): number {
  return part.n === 0 ? 0 : segmentOf(part.locate(high)) - segmentOf(part.locate(low))
}

function probeRuns(
  out: ColumnsBuilder,
  tree: FactTree,
  target: ProbeTarget,
  low: Bound,
  high: Bound,
): void {
  const { a, keys, window } = target
  const { order } = tree
  const reader = new Reader(tree, low, high, false, window)
  let k = 0
  while (k < keys.length && reader.next()) {
    const { entry } = reader
    if (entry === null) {
      k = probeRun(out, reader.segment as Segment, reader.from, reader.to, target, k)
      continue
    }
    k = keyFrom(order, keys, k, entry)
    if (k === keys.length) return
    if ((a !== undefined && entry.a !== a) || !hasKey(order, entry, keys[k])) continue
    if (entry.t <= window.since || entry.t > window.asOf) continue
    const from = out.n
    out.addEntry(entry)
    out.answers(k, from)
  }
}

function readCurrent(out: ColumnsBuilder, tree: FactTree, target: ProbeTarget, k: number): void {
  const bound = keyBound(tree.order, target.a, target.keys[k] as Value, false)
  const from = out.n
  addTimed(out, new Reader(tree, bound, bound, false, target.window), target.window)
  out.answers(k, from)
}

// Those of mid besides.
function withKeysIn(mid: Part, target: ProbeTarget, live: readonly number[]): readonly number[] {
  if (mid.n === 0) return live
  const touched = keysIn(mid, target)
  if (live.length === 0 || touched.length === 0) return live.length === 0 ? touched : live
  return [...new Set([...live, ...touched])].sort((x, y) => x - y)
}

/** The positions of the keys that the live tree has entries for, and how many entries stand there; null for too many. */
function liveKeys(
  { live, order }: FactTree,
  { a, keys }: ProbeTarget,
  low: Bound,
  high: Bound,
): { keys: readonly number[]; entries: number } | null {
  const { root } = live
  if (root === null) return { keys: [], entries: 0 }
  const side = sideOf[order]
  const cursor = new TreeCursor()
  cursor.seek(root, low, side)
  const out: number[] = []
  let k = 0
  const most = 64 + passedPerKey * keys.length
  let passed = 0
  for (let x = cursor.entry; x !== null && side(x, high) < 0; x = cursor.entry) {
    if (++passed > most) return null
    k = keyFrom(order, keys, k, x)
    if (k === keys.length) break
    if ((a === undefined || x.a === a) && out[out.length - 1] !== k && hasKey(order, x, keys[k])) {
      out.push(k)
    }
    cursor.forward()
  }
  return { keys: out, entries: passed }
}

const hasKey = (order: Order, x: Entry, key: Value | undefined): boolean =>
  byValue(order) ? compareStored(x.v, key as Value) === 0 : x.e === key

// The first key from k on that does not stand before the entry's.
function keyFrom(order: Order, keys: Keys, start: number, x: Entry): number {
  const values = byValue(order)
  const isBefore = (k: number): boolean =>
    values ? compareStored(keys[k] as Value, x.v) < 0 : (keys[k] as number) < x.e
  let low = start
  let step = 1
  while (low + step <= keys.length && isBefore(low + step - 1)) {
    low += step
    step += step
  }
  let high = Math.min(keys.length, low + step - 1)
  while (low < high) {
    const mid = (low + high) >>> 1
    if (isBefore(mid)) low = mid + 1
    else high = mid
  }
  return low
}
