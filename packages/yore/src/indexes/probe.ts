/**
 * Probing: for many keys in ascending order, the datoms that have each.
 *
 * (1) Current facts come by one forward pass over main's segments (probe-main.ts); keys that the live tree also knows are read one by one.
 * (2) Other times and views: one cursor over the whole stretch when the keys lie densely in it, else one cursor for each key.
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import { Bound, sideOf } from './bound.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import { columnTypeOf, countIn } from './columns.ts'
import { isPresent, isWindow, openCursor, windowOf } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { fits, packedOf } from './column.ts'
import { compareStored } from './entry.ts'
import type { Entry } from './entry.ts'
import type { FactTree } from './fact-tree.ts'
import type { Columns, NumberType, PlacementOf, View, Wanted } from './fact-index.ts'
import type { Order, Prefix, Range } from './fact.ts'
import { keysIn, probeMain } from './probe-main.ts'
import type { ProbeTarget } from './probe-main.ts'
import { Reader } from './reader.ts'
import { anyTime } from './window.ts'
import { TreeCursor } from './tree.ts'

export type Keys = Float64Array | readonly Value[]

// To read a key alone costs about as much as to pass over so many facts.
const passedPerKey = 12

const byValue = (order: Order): boolean => order === 'avet' || order === 'vaet'

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

function prefixOf(order: Order, a: number | undefined, key: Value): Prefix {
  return byValue(order) ? { a, v: key } : { a, e: key as number }
}

// The keys as plain numbers, if number columns of that type hold exactly such.
function numbersOf(keys: Keys, order: Order, type: NumberType | 'value'): Float64Array | null {
  const ids = !byValue(order) || order === 'vaet'
  if (!ids && type === 'value') return null
  let numbers: Float64Array
  if (keys instanceof Float64Array) {
    if (!ids && type === 'instant') return null
    numbers = keys
  } else {
    numbers = new Float64Array(keys.length)
    for (const [i, key] of keys.entries()) {
      if (!fits(ids ? 'ref' : (type as NumberType), key)) return null
      numbers[i] = packedOf(key)
    }
  }
  return Number.isNaN(numbers[numbers.length - 1]) ? null : numbers
}

export function probeTrees(
  trees: Trees,
  a: number | undefined,
  keys: Keys,
  view: View,
  lastT: number,
  wanted: Wanted,
  placementOf: PlacementOf,
): Columns {
  const { current, past } = trees
  const { order } = current
  if (a === undefined && (order === 'aevt' || order === 'avet')) {
    raise(':yore/invalid-argument', `probing ${order} needs an attribute`, { order })
  }
  const type = columnTypeOf(order, a, placementOf)
  const out = new ColumnsBuilder(wanted, type, keys.length, true)
  if (keys.length === 0) return out.done()
  const low = keyBound(order, a, keys[0] as Value, false)
  const high = keyBound(order, a, keys[keys.length - 1] as Value, true)
  const present = isPresent(view, lastT)
  if (present || (isWindow(view) && new Reader(past, low, high, false, windowOf(view)).isEmpty)) {
    const window = present ? anyTime : { since: view.since, asOf: view.asOf, endsAfter: -Infinity }
    const target = { a, keys, numbers: numbersOf(keys, order, type), window }
    const live = withKeysIn(current, target, liveKeys(current, target, low, high))
    const alone = live === null ? keys.length : live.length
    if (alone * passedPerKey <= countIn(current, low, high)) {
      probeCurrent(out, current, target, live)
      return out.done()
    }
  }
  const target = { a, keys, numbers: null, window: anyTime }
  const passed = countIn(current, low, high) + (present ? 0 : countIn(past, low, high))
  if (passed <= passedPerKey * keys.length) sweep(out, trees, target, view, lastT)
  else for (let k = 0; k < keys.length; k++) readKey(out, trees, target, k, view, lastT)
  return out.done()
}

// One cursor from the first key to the last; what has none of the keys is passed over.
function sweep(
  out: ColumnsBuilder,
  trees: Trees,
  { a, keys }: ProbeTarget,
  view: View,
  lastT: number,
): void {
  const { order } = trees.current
  const range: Range = {
    low: { prefix: prefixOf(order, a, keys[0] as Value), after: false },
    high: { prefix: prefixOf(order, a, keys[keys.length - 1] as Value), after: true },
  }
  const cursor = openCursor(trees, range, view, lastT, false)
  const values = byValue(order)
  let k = 0
  while (cursor.next()) {
    if (a !== undefined && cursor.a !== a) continue
    let d = 1
    for (; k < keys.length; k++) {
      const key = keys[k] as Value
      d = values ? compareStored(cursor.v, key) : cursor.e - (key as number)
      if (d <= 0) break
    }
    if (k === keys.length) return
    if (d < 0) continue
    const from = out.n
    out.add(cursor.e, cursor.a, cursor.v, cursor.t, cursor.added)
    out.answers(k, from)
  }
}

function readKey(
  out: ColumnsBuilder,
  trees: Trees,
  { a, keys }: ProbeTarget,
  k: number,
  view: View,
  lastT: number,
): void {
  const prefix = prefixOf(trees.current.order, a, keys[k] as Value)
  const range: Range = { low: { prefix, after: false }, high: { prefix, after: true } }
  const cursor = openCursor(trees, range, view, lastT, false)
  const from = out.n
  while (cursor.next()) out.add(cursor.e, cursor.a, cursor.v, cursor.t, cursor.added)
  out.answers(k, from)
}

// Current facts whose assertion lies in the window. `live`: the keys that the live tree knows, null for any.
function probeCurrent(
  out: ColumnsBuilder,
  tree: FactTree,
  target: ProbeTarget,
  live: readonly number[] | null,
): void {
  const { keys } = target
  let from = 0
  if (live !== null) {
    for (const k of live) {
      probeMain(out, tree.main, target, from, k)
      readCurrent(out, tree, target, k)
      from = k + 1
    }
    probeMain(out, tree.main, target, from, keys.length)
  } else for (let k = 0; k < keys.length; k++) readCurrent(out, tree, target, k)
}

function readCurrent(out: ColumnsBuilder, tree: FactTree, target: ProbeTarget, k: number): void {
  const bound = keyBound(tree.order, target.a, target.keys[k] as Value, false)
  const { since, asOf } = target.window
  const reader = new Reader(tree, bound, bound, false, target.window)
  const from = out.n
  while (reader.next()) {
    const { entry, segment } = reader
    if (entry !== null) {
      if (entry.t > since && entry.t <= asOf) out.addEntry(entry)
    } else if (segment !== null) out.addTimed(segment, reader.from, reader.to, since, asOf)
  }
  out.answers(k, from)
}

// Those of mid besides.
function withKeysIn(
  { mid }: FactTree,
  target: ProbeTarget,
  live: readonly number[] | null,
): readonly number[] | null {
  if (live === null || mid.n === 0) return live
  const touched = keysIn(mid, target)
  if (live.length === 0 || touched.length === 0) return live.length === 0 ? touched : live
  return [...new Set([...live, ...touched])].sort((x, y) => x - y)
}

/** The positions of the keys that the live tree has entries for; null when there are too many entries to look at. */
function liveKeys(
  { live, order }: FactTree,
  { a, keys }: ProbeTarget,
  low: Bound,
  high: Bound,
): readonly number[] | null {
  if (live === null) return []
  const side = sideOf[order]
  const cursor = new TreeCursor()
  cursor.seek(live, low, side)
  const out: number[] = []
  let k = 0
  let passed = 64 + passedPerKey * keys.length
  for (let x = cursor.entry; x !== null && side(x, high) < 0; x = cursor.entry) {
    if (--passed < 0) return null
    k = keyFrom(order, keys, k, x)
    if (k === keys.length) break
    if ((a === undefined || x.a === a) && out[out.length - 1] !== k && hasKey(order, x, keys[k])) {
      out.push(k)
    }
    cursor.forward()
  }
  return out
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
