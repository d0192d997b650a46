/**
 * Probing: for many keys in ascending order, the datoms that have each.
 *
 * (1) Current facts come by tiers (probe-current.ts).
 * (2) Other times come as columns (probe-timed.ts).
 * (3) Other views: one cursor over the whole stretch when the keys lie densely in it, else one cursor for each key.
 */

import { newFloats } from '../../base/arrays.ts'
import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import { columnTypeOf } from './columns.ts'
import { isPresent, isWindow, openCursor, windowOf } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { fits, packedOf } from '../segments/column.ts'
import { compareStored } from '../facts/entry.ts'
import type { Columns, NumberType, PlacementOf, View, Wanted } from '../fact-index.ts'
import type { Order, Prefix, Range } from '../facts/fact.ts'
import { byValue, keyBound, passedPerKey, probeCurrent } from './probe-current.ts'
import type { Keys } from './probe-current.ts'
import type { ProbeTarget } from './probe-main.ts'
import { probeHistory, probeTimed } from './probe-timed.ts'
import { Reader } from './reader.ts'
import { roughIn } from './rough.ts'
import { anyTime } from '../facts/window.ts'

/** To read the history of a key alone costs about as much as to read so many facts as columns. */
const historyPerKey = 250

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
    numbers = newFloats(keys.length)
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
  const numbers = numbersOf(keys, order, type)
  if (present || (isWindow(view) && new Reader(past, low, high, false, windowOf(view)).isEmpty)) {
    const window = present ? anyTime : { since: view.since, asOf: view.asOf, endsAfter: -Infinity }
    const target = { a, keys, numbers, window }
    if (probeCurrent(out, current, target, low, high)) return out.done()
  }
  const passed = roughIn(current, low, high) + (present ? 0 : roughIn(past, low, high))
  if (!present && isWindow(view)) {
    const target = { a, keys, numbers, window: windowOf(view), type, low, high, passed }
    return probeTimed(out, trees, target, wanted)
  }
  if (view.history && view.keep === null && passed <= historyPerKey * keys.length) {
    const asked = { a, keys, numbers, window: anyTime, type, low, high, passed }
    const found = probeHistory(trees, asked, view, wanted)
    if (found !== null) return found
  }
  const target = { a, keys, numbers: null, window: anyTime }
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
