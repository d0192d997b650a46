/**
 * Stable sorts of many entries by one component, without a function that is called for each comparison.
 *
 * (1) Each gives what `entries.toSorted(compare)` gives.
 * (2) By numbers: runs that are in order already are merged, so that what comes together of a few sorted lists takes a few steps.
 * (3) By values: numbers as such; strings and keywords as the values that there are, each sorted once, whoever has it; others by comparing.
 */

import { newList } from '../../base/list.ts'
import { compareNames } from '../../data/compare.ts'
import { Instant, Keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { compareStored } from '../facts/entry.ts'
import type { CompareEntries, Entry } from '../facts/entry.ts'

/** How often a list was sorted so, for tests. */
export const sortedBy = { numbers: 0, names: 0, comparing: 0 }

const byStored: CompareEntries = (x, y) => compareStored(x.v, y.v)

/** Sorted by entity alone. */
export function sortedByEntity(entries: Entry[]): Entry[] {
  const n = entries.length
  const keys = new Float64Array(n)
  for (let i = 0; i < n; i++) keys[i] = (entries[i] as Entry).e
  return sortedByKeys(entries, keys)
}

/** Sorted by value alone. */
export function sortedByValue(entries: Entry[]): Entry[] {
  const first = entries[0]
  if (first === undefined) return entries
  if (typeof first.v === 'number' || first.v instanceof Instant) {
    const keys = numbersOf(entries)
    if (keys !== null) return sortedByKeys(entries, keys)
  } else if (typeof first.v === 'string' || first.v instanceof Keyword) {
    const sorted = sortedByName(entries)
    if (sorted !== null) return sorted
  }
  sortedBy.comparing++
  return entries.toSorted(byStored)
}

// Null where a value is no number, or not a number at all. Instants are not mixed with longs.
function numbersOf(entries: readonly Entry[]): Float64Array | null {
  const keys = new Float64Array(entries.length)
  const isTime = (entries[0] as Entry).v instanceof Instant
  for (let i = 0; i < keys.length; i++) {
    const { v } = entries[i] as Entry
    const key = isTime ? (v instanceof Instant ? v.ms : NaN) : typeof v === 'number' ? v : NaN
    if (Number.isNaN(key)) return null
    keys[i] = key
  }
  return keys
}

// ---- numbers ----

function sortedByKeys(entries: Entry[], keys: Float64Array): Entry[] {
  const starts = runsOf(keys)
  if (starts.length <= 1) return entries
  sortedBy.numbers++
  const n = keys.length
  const order = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  const sorted = mergeRuns({ keys, order }, starts)
  const out: Entry[] = newList()
  for (let i = 0; i < n; i++) out.push(entries[sorted[i] as number] as Entry)
  return out
}

/** Where each run that does not descend begins. */
function runsOf(keys: Float64Array): number[] {
  const starts: number[] = newList()
  for (let i = 0; i < keys.length; i++) {
    if (i === 0 || (keys[i - 1] as number) > (keys[i] as number)) starts.push(i)
  }
  return starts
}

interface Keyed {
  readonly keys: Float64Array
  readonly order: Uint32Array
}

function mergeRuns(unsorted: Keyed, runs: number[]): Uint32Array {
  const n = unsorted.keys.length
  let from = unsorted
  let to: Keyed = { keys: new Float64Array(n), order: new Uint32Array(n) }
  for (let starts = runs; starts.length > 1;) {
    const next: number[] = newList()
    for (let i = 0; i < starts.length; i += 2) {
      const low = starts[i] as number
      const mid = starts[i + 1] ?? n
      mergeTwo(from, to, low, mid, starts[i + 2] ?? n)
      next.push(low)
    }
    ;[from, to] = [to, from]
    starts = next
  }
  return from.order
}

// The runs [low, mid) and [mid, high) of one become one of the other.
function mergeTwo(from: Keyed, to: Keyed, low: number, mid: number, high: number): void {
  const { keys, order } = from
  const { keys: keysOut, order: out } = to
  let i = low
  let j = mid
  for (let at = low; at < high; at++) {
    const k = j >= high || (i < mid && (keys[i] as number) <= (keys[j] as number)) ? i++ : j++
    keysOut[at] = keys[k] as number
    out[at] = order[k] as number
  }
}

// ---- names ----

// Null where a value is of another kind than the first.
function sortedByName(entries: Entry[]): Entry[] | null {
  const isText = typeof (entries[0] as Entry).v === 'string'
  const numberOf = new Map<Value, number>()
  const names: Value[] = newList()
  const has = new Uint32Array(entries.length)
  for (let i = 0; i < has.length; i++) {
    const { v } = entries[i] as Entry
    if (isText ? typeof v !== 'string' : !(v instanceof Keyword)) return null
    let number = numberOf.get(v)
    if (number === undefined) {
      number = names.length
      numberOf.set(v, number)
      names.push(v)
    }
    has[i] = number
  }
  sortedBy.names++
  // without a function: as strings, by their units
  const sorted: readonly Value[] = isText
    ? (names as string[]).toSorted()
    : (names as Keyword[]).toSorted(compareNames)
  return inOrder(
    entries,
    has,
    Uint32Array.from(sorted, (name) => numberOf.get(name) as number),
  )
}

// Those that have the first name of these, then those that have the second, and so on.
function inOrder(entries: readonly Entry[], has: Uint32Array, names: Uint32Array): Entry[] {
  const next = new Uint32Array(names.length)
  for (const name of has) next[name] = (next[name] as number) + 1
  let at = 0
  for (const name of names) {
    const n = next[name] as number
    next[name] = at
    at += n
  }
  const order = new Uint32Array(has.length)
  for (let i = 0; i < has.length; i++) {
    const name = has[i] as number
    const place = next[name] as number
    order[place] = i
    next[name] = place + 1
  }
  const out: Entry[] = newList()
  for (const i of order) out.push(entries[i] as Entry)
  return out
}
