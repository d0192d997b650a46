/**
 * Entries that wait to come into a live tree, or into all trees of an index, in the sequence in which they came, and how those of an entity
 * or with a value are found among them.
 *
 * (1) It only grows. Who looks says how many of the first entries it means, so one list serves many values (live.ts, ../waiting.ts).
 * (2) It is indexed by the leading component that parts facts, e or v, when somebody first looks: what nobody looks into costs nothing.
 * (3) Only values that a Map can find are indexed. A list that has another one does not answer for values.
 * (4) It may begin with entries that are sorted as the tree they wait for: these are searched.
 */

import { newList } from '../../base/list.ts'
import { Double, Float, Instant, Keyword, Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { sideOf } from '../facts/bound.ts'
import type { Bound } from '../facts/bound.ts'
import type { Entry } from '../facts/entry.ts'
import type { PlacementOf } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'

/** When more have the same key, the tree is the better place to look. */
const passedMax = 256

export type Key = number | string | Keyword

export class WaitingEntries {
  readonly entries: Entry[]
  /** So many of the first are sorted. */
  readonly sorted: number
  // What stands in AVET and VAET, of a list that is for all trees; null where all of it belongs to one.
  readonly #placementOf: PlacementOf | null
  #byEntity: KeyIndex | null = null
  #byValue: KeyIndex | null = null
  #byReference: KeyIndex | null = null

  constructor(entries: Entry[], placementOf: PlacementOf | null = null, sorted = 0) {
    this.entries = entries
    this.#placementOf = placementOf
    this.sorted = sorted
  }

  /** The first n of these. */
  push(entries: readonly Entry[], n: number): void {
    for (let i = 0; i < n; i++) this.entries.push(entries[i] as Entry)
  }

  /** Those of the entries [from, count) that agree with the bound, in their sequence; null: it cannot say. `from`: of those that are sorted. */
  find(order: Order, bound: Bound, count: number, from = 0): readonly Entry[] | null {
    const key = order === 'eavt' ? bound.e : order === 'aevt' ? null : keyOf(bound.v)
    if (key === null || bound.depth < (order === 'avet' ? 2 : 1)) return null
    const found: Entry[] = newList()
    if (this.sorted > from) this.#addSorted(bound, from, sideOf[order], found)
    if (count <= this.sorted) return found
    return this.#addOthers(order, key, bound, count, found) ? found : null
  }

  #addSorted(
    bound: Bound,
    from: number,
    side: (x: Entry, bound: Bound) => number,
    out: Entry[],
  ): void {
    const { entries, sorted } = this
    bound.after = false
    let low = from
    let high = sorted
    while (low < high) {
      const mid = (low + high) >>> 1
      if (side(entries[mid] as Entry, bound) < 0) low = mid + 1
      else high = mid
    }
    for (; low < sorted && isWithin(entries[low] as Entry, bound, side); low++) {
      out.push(entries[low] as Entry)
    }
  }

  // Those that are not sorted; false: it cannot say.
  #addOthers(order: Order, key: Key, bound: Bound, count: number, out: Entry[]): boolean {
    const { sorted } = this
    const index = this.#indexed(order)
    if (index.unkeyed < count) return false
    let i = index.newest.get(key) ?? -1
    if (i < 0) return true
    const from = out.length
    const { before } = index
    const side = sideOf[order]
    for (let n = 0; i >= 0; i = before[i - sorted] as number) {
      if (++n > passedMax) return false
      if (i >= count) continue
      const x = this.entries[i] as Entry
      if (isWithin(x, bound, side)) out.push(x)
    }
    if (from === 0) out.reverse()
    else out.push(...out.splice(from).reverse())
    return true
  }

  #indexed(order: Order): KeyIndex {
    if (order === 'eavt') {
      const index = (this.#byEntity ??= new KeyIndex(this.sorted))
      index.addEntities(this.entries)
      return index
    }
    const index =
      order === 'avet'
        ? (this.#byValue ??= new KeyIndex(this.sorted))
        : (this.#byReference ??= new KeyIndex(this.sorted))
    index.addValues(this.entries, order === 'avet' ? 'avet' : 'vaet', this.#placementOf)
    return index
  }
}

class KeyIndex {
  /** For each key the newest entry that has it; for each entry from `start` on the one before it with its key, or -1. */
  readonly newest: Map<Key, number> = new Map()
  readonly before: number[] = newList()
  /** The first entry that has no key. */
  unkeyed: number = Infinity
  readonly #start: number

  constructor(start: number) {
    this.#start = start
  }

  addEntities(entries: readonly Entry[]): void {
    for (let i = this.#start + this.before.length; i < entries.length; i++) {
      this.#add((entries[i] as Entry).e, i)
    }
  }

  addValues(
    entries: readonly Entry[],
    order: 'avet' | 'vaet',
    placementOf: PlacementOf | null,
  ): void {
    for (let i = this.#start + this.before.length; i < entries.length; i++) {
      const { a, v } = entries[i] as Entry
      const isPlaced = placementOf === null || placementOf(a)[order]
      const key = isPlaced ? keyOf(v) : null
      if (key !== null) {
        this.#add(key, i)
        continue
      }
      if (isPlaced) this.unkeyed = Math.min(this.unkeyed, i)
      this.before.push(-1)
    }
  }

  #add(key: Key, i: number): void {
    this.before.push(this.newest.get(key) ?? -1)
    this.newest.set(key, i)
  }
}

/** Does the entry agree with all that the bound gives? */
export function isWithin(
  x: Entry,
  bound: Bound,
  side: (x: Entry, bound: Bound) => number,
): boolean {
  bound.after = false
  if (side(x, bound) < 0) return false
  bound.after = true
  const isBefore = side(x, bound) < 0
  bound.after = false
  return isBefore
}

/** A key that values share if they are equal in order (others may, too); null for a value that has none. */
export function keyOf(v: Value): Key | null {
  if (typeof v === 'string') return v
  if (typeof v === 'number') return numberKey(v)
  if (v instanceof Keyword) return v
  if (v instanceof Instant) return numberKey(v.ms)
  if (v instanceof Double || v instanceof Float) return numberKey(v.value)
  return v instanceof Uuid ? v.text : null
}

// NaN is not equal to what it is compared with, or to anything: let others decide.
const numberKey = (x: number): number | null => (Number.isNaN(x) ? null : x)
