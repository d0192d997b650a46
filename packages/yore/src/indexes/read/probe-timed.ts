/**
 * Probing a window of time that some of the past lies in: all facts of the stretch as columns, held against the keys; or, where the keys
 * lie far apart, the facts of each key alone.
 *
 * (1) Only what is wanted is read, and what the keys are held against.
 */

import { newBytes, newFloats, newInts } from '../../base/arrays.ts'
import type { Value } from '../../data/values.ts'
import type { Bound } from '../facts/bound.ts'
import { valueAt } from '../segments/column.ts'
import type { ColumnsBuilder } from './columns-builder.ts'
import type { Trees } from './cursors.ts'
import { compareStored } from '../facts/entry.ts'
import type { Column, Columns, NumberType, View, Wanted } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'
import { historyColumns } from './history.ts'
import { byValue, keyBound } from './probe-current.ts'
import type { Keys } from './probe-current.ts'
import { timedColumns } from './timed.ts'
import type { Window } from '../facts/window.ts'

export interface TimedTarget {
  readonly a: number | undefined
  readonly keys: Keys
  /** The keys as plain numbers, if number columns of the type hold exactly such. */
  readonly numbers: Float64Array | null
  readonly window: Window
  readonly type: NumberType | 'value'
  /** Around all keys, and how many facts lie between. */
  readonly low: Bound
  readonly high: Bound
  readonly passed: number
}

/** To read a key alone costs about as much as to look at the times of so many facts. */
const passedPerKey = 500

/** The facts with these keys that lie in the window. `out` is for those that are read key by key. */
export function probeTimed(
  out: ColumnsBuilder,
  trees: Trees,
  target: TimedTarget,
  wanted: Wanted,
): Columns {
  const { a, keys, window, type, low, high, passed } = target
  const { order } = trees.current
  if (passed <= passedPerKey * keys.length) {
    const found = timedColumns(
      trees,
      low,
      high,
      window,
      askedOf(order, a, wanted),
      typeIn(order, target),
    )
    return taken(found, met(found, order, target), wanted)
  }
  const all = { e: true, a: true, v: true, t: true, watch: wanted.watch }
  for (let k = 0; k < keys.length; k++) {
    const bound = keyBound(order, a, keys[k] as Value, false)
    const { n, e, a: attributes, v, t } = timedColumns(trees, bound, bound, window, all, type)
    const from = out.n
    for (let i = 0; i < n; i++) {
      const value = valueAt(v as Column, i)
      out.add(numberAt(e, i), numberAt(attributes, i), value, numberAt(t, i), true)
    }
    out.answers(k, from)
  }
  return out.done()
}

/** The datoms with these keys that a view of the history sees; null where they have to be read otherwise. */
export function probeHistory(
  trees: Trees,
  target: TimedTarget,
  view: View,
  wanted: Wanted,
): Columns | null {
  const { a, low, high } = target
  const { order } = trees.current
  const found = historyColumns(
    trees,
    low,
    high,
    view,
    askedOf(order, a, wanted),
    typeIn(order, target),
  )
  return found === null ? null : taken(found, met(found, order, target), wanted)
}

// Between the keys there may be other attributes, with values of other types.
const typeIn = (order: Order, { a, type }: TimedTarget): NumberType | 'value' =>
  order === 'eavt' && a !== undefined ? 'value' : type

/** Do other attributes stand between the keys? */
const isMixed = (order: Order, a: number | undefined): boolean =>
  a !== undefined && (order === 'eavt' || order === 'vaet')

/** What is wanted, and what the keys are held against. */
function askedOf(order: Order, a: number | undefined, wanted: Wanted): Wanted {
  const key = byValue(order) ? { v: true } : { e: true }
  return { ...wanted, ...key, a: isMixed(order, a) || wanted.a === true }
}

const numberAt = (column: Float64Array | undefined, i: number): number =>
  (column as Float64Array)[i] as number

interface Met {
  n: number
  /** The rows that have a key, and the position of each one's key. Without `rows` they are all. */
  readonly rows: Int32Array | null
  readonly probe: Int32Array
}

/** How often each row was the next key's, for tests. */
export const oneEach = { times: 0 }

function met(found: Columns, order: Order, { a, keys, numbers }: TimedTarget): Met {
  const values = byValue(order)
  const attributes = isMixed(order, a) ? found.a : undefined
  const { v } = found
  const column = values ? (v?.kind === 'number' ? v.data : null) : (found.e as Float64Array)
  const probe = newInts(found.n)
  if (numbers !== null && column !== null) {
    if (attributes === undefined && isOneEach(column, numbers, probe)) {
      oneEach.times++
      return { n: found.n, rows: null, probe }
    }
    return metNumbers(column, numbers, attributes, a ?? 0, probe)
  }
  const rows = newInts(found.n)
  let n = 0
  let k = 0
  for (let i = 0; i < found.n; i++) {
    if (attributes !== undefined && attributes[i] !== a) continue
    const x = values ? valueAt(v as Column, i) : null
    const e = values ? 0 : numberAt(found.e, i)
    let d = 1
    for (; k < keys.length; k++) {
      d = values ? compareStored(x, keys[k] as Value) : e - (keys[k] as number)
      if (d <= 0) break
    }
    if (k === keys.length) break
    if (d === 0) {
      rows[n] = i
      probe[n++] = k
    }
  }
  return { n, rows, probe }
}

/** Has each row the key in its own place? Then these places are told. */
function isOneEach(column: Float64Array, keys: Float64Array, probe: Int32Array): boolean {
  const n = keys.length
  if (column.length !== n) return false
  for (let i = 0; i < n; i++) {
    if (column[i] !== keys[i]) return false
    probe[i] = i
  }
  return true
}

function metNumbers(
  column: Float64Array,
  keys: Float64Array,
  attributes: Float64Array | undefined,
  a: number,
  probe: Int32Array,
): Met {
  const rows = newInts(column.length)
  const size = keys.length
  let n = 0
  let k = 0
  for (let i = 0; i < column.length && k < size; i++) {
    const x = column[i] as number
    while (k < size && (keys[k] as number) < x) k++
    if (keys[k] !== x || (attributes !== undefined && attributes[i] !== a)) continue
    rows[n] = i
    probe[n++] = k
  }
  return { n, rows, probe }
}

/** Those rows of the columns that are wanted. */
function taken(found: Columns, { n, rows: some, probe }: Met, wanted: Wanted): Columns {
  const isAll = n === found.n
  const rows = some ?? probe
  const take = (x: Float64Array | undefined): Float64Array => {
    const from = x as Float64Array
    if (isAll) return from
    const out = newFloats(n)
    for (let i = 0; i < n; i++) out[i] = from[rows[i] as number] as number
    return out
  }
  return {
    n,
    ...(wanted.e === true && { e: take(found.e) }),
    ...(wanted.a === true && { a: take(found.a) }),
    ...(wanted.v === true && { v: takenValues(found.v as Column, rows, n, isAll, take) }),
    ...(wanted.t === true && { t: take(found.t) }),
    ...(wanted.added === true && { added: takenAdded(found.added, rows, n, isAll) }),
    probe: isAll ? probe : probe.subarray(0, n),
  }
}

function takenAdded(
  added: Uint8Array | undefined,
  rows: Int32Array,
  n: number,
  isAll: boolean,
): Uint8Array {
  const out = newBytes(n).fill(1)
  if (added === undefined) return out
  if (isAll) return added
  for (let i = 0; i < n; i++) out[i] = added[rows[i] as number] as number
  return out
}

function takenValues(
  column: Column,
  rows: Int32Array,
  n: number,
  isAll: boolean,
  take: (x: Float64Array) => Float64Array,
): Column {
  if (isAll) return column
  if (column.kind === 'number') return { ...column, data: take(column.data) }
  const data: Value[] = []
  for (let i = 0; i < n; i++) data.push(column.data[rows[i] as number] as Value)
  return { kind: 'value', data }
}
