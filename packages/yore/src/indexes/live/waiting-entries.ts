/**
 * Entries that wait to come into a live tree, in the sequence in which they came, and how those of an entity or with a value are found
 * among them.
 *
 * (1) It only grows. Who looks says how many of the first entries it means, so one list serves many values (live.ts).
 * (2) It is indexed by the leading component that parts facts, e or v, when somebody first looks: what nobody looks into costs nothing.
 * (3) Only values that a Map can find are indexed. A list that has another one does not answer for values.
 */

import { newList } from '../../base/list.ts'
import { Double, Float, Instant, Keyword, Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { sideOf } from '../facts/bound.ts'
import type { Bound } from '../facts/bound.ts'
import type { Entry } from '../facts/entry.ts'
import type { Order } from '../facts/fact.ts'

const none: readonly Entry[] = []
/** When more have the same key, the tree is the better place to look. */
const passedMax = 256

export type Key = number | string | Keyword

export class WaitingEntries {
  readonly entries: Entry[]
  // For each key the newest entry that has it; for each entry the one before it with its key, or -1.
  #newest: Map<Key, number> | null = null
  #before: number[] = newList()
  // The first entry that has no key.
  #unkeyed = Infinity

  constructor(entries: Entry[]) {
    this.entries = entries
  }

  /** The first n of these. */
  push(entries: readonly Entry[], n: number): void {
    for (let i = 0; i < n; i++) this.entries.push(entries[i] as Entry)
  }

  /** Those of the first `count` entries that agree with the bound, in their sequence; null: it cannot say. */
  find(order: Order, bound: Bound, count: number): readonly Entry[] | null {
    const key = order === 'eavt' ? bound.e : order === 'aevt' ? null : keyOf(bound.v)
    if (key === null || bound.depth < (order === 'avet' ? 2 : 1)) return null
    const newest = this.#indexed(order)
    if (this.#unkeyed < count) return null
    let i = newest.get(key) ?? -1
    if (i < 0) return none
    const found: Entry[] = newList()
    const before = this.#before
    const side = sideOf[order]
    for (let n = 0; i >= 0; i = before[i] as number) {
      if (++n > passedMax) return null
      if (i >= count) continue
      const x = this.entries[i] as Entry
      if (isWithin(x, bound, side)) found.push(x)
    }
    return found.reverse()
  }

  #indexed(order: Order): Map<Key, number> {
    const newest = (this.#newest ??= new Map())
    const { entries } = this
    const before = this.#before
    for (let i = before.length; i < entries.length; i++) {
      const { e, v } = entries[i] as Entry
      const key = order === 'eavt' ? e : keyOf(v)
      if (key === null) {
        this.#unkeyed = Math.min(this.#unkeyed, i)
        before.push(-1)
        continue
      }
      before.push(newest.get(key) ?? -1)
      newest.set(key, i)
    }
    return newest
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
