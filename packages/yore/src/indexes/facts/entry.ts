/**
 * Facts as the live tree holds them, and the order of facts: one comparison for each of the four orders.
 *
 * (1) All entries have one hidden class and small integers in `t` and `end`, because comparing them is what `apply` spends its time on.
 * (2) The order is total over all facts of one tense: e, a, v, t, and where the values are equal in order but not the same (1.0M and
 *     1.00M) `tieOf` decides. Two entries that compare as 0 are the same fact.
 * (3) In the tree of current facts an entry with an end is a *tombstone*: it takes away the equal fact of the main part. It is
 *     the same object that the tree of past facts holds as a fact.
 */

import { BigDecimal } from '../../data/big-decimal.ts'
import { compareNames, compareUuids, compareValues } from '../../data/compare.ts'
import type { Value } from '../../data/values.ts'
import { Double, Float, Instant, Keyword, Uuid } from '../../data/values.ts'
import type { Fact, Order } from './fact.ts'
import { never } from './fact.ts'

/** The `end` of what has none, in an entry and in a segment's column. */
export const noEnd = -1

export class Entry {
  readonly e: number
  readonly a: number
  readonly v: Value
  readonly t: number
  /** The t of the retraction, or `noEnd`. */
  readonly end: number

  constructor(e: number, a: number, v: Value, t: number, end: number) {
    this.e = e
    this.a = a
    this.v = v
    this.t = t
    this.end = end
  }
}

/** The entry of a fact. */
export function entryOf(fact: Fact): Entry {
  return new Entry(fact.e, fact.a, fact.v, fact.t, fact.end === never ? noEnd : fact.end)
}

/** `compareValues`, with short cuts for what indexes mostly hold. */
export function compareStored(x: Value, y: Value): number {
  if (x === y) return 0
  if (typeof x === 'string') {
    if (typeof y === 'string') return x < y ? -1 : 1
  } else if (typeof x === 'number') {
    if (typeof y === 'number') {
      if (x < y) return -1
      if (x > y) return 1
    }
  } else if (x instanceof Keyword) {
    if (y instanceof Keyword) return compareNames(x, y)
  } else if (x instanceof Instant) {
    if (y instanceof Instant) return x.ms < y.ms ? -1 : x.ms > y.ms ? 1 : 0
  } else if (x instanceof Uuid) {
    if (y instanceof Uuid) return compareUuids(x, y)
  }
  return compareValues(x, y)
}

const rankOf = (v: Value): number =>
  typeof v === 'number'
    ? 0
    : typeof v === 'bigint'
      ? 1
      : v instanceof Double
        ? 2
        : v instanceof Float
          ? 3
          : v instanceof BigDecimal
            ? 4
            : 5

/** Parts values that are equal in order but not the same. 0 for the same. */
export function tieOf(x: Value, y: Value): number {
  if (x === y) return 0
  const rank = rankOf(x) - rankOf(y)
  if (rank !== 0) return rank
  if (x instanceof BigDecimal && y instanceof BigDecimal) return x.scale - y.scale
  if (Array.isArray(x) && Array.isArray(y)) {
    for (let i = 0; i < x.length; i++) {
      const d = tieOf(x[i] as Value, y[i] as Value)
      if (d !== 0) return d
    }
    return 0
  }
  if (x instanceof Double || x instanceof Float) {
    return signOf(x.value) - signOf((y as Double | Float).value)
  }
  return 0
}

const signOf = (x: number): number => (Object.is(x, -0) ? 0 : 1)

export type CompareEntries = (x: Entry, y: Entry) => number

function compareEavt(x: Entry, y: Entry): number {
  if (x.e !== y.e) return x.e < y.e ? -1 : 1
  if (x.a !== y.a) return x.a < y.a ? -1 : 1
  const d = compareStored(x.v, y.v)
  if (d !== 0) return d
  return x.t !== y.t ? y.t - x.t : tieOf(x.v, y.v)
}

function compareAevt(x: Entry, y: Entry): number {
  if (x.a !== y.a) return x.a < y.a ? -1 : 1
  if (x.e !== y.e) return x.e < y.e ? -1 : 1
  const d = compareStored(x.v, y.v)
  if (d !== 0) return d
  return x.t !== y.t ? y.t - x.t : tieOf(x.v, y.v)
}

function compareAvet(x: Entry, y: Entry): number {
  if (x.a !== y.a) return x.a < y.a ? -1 : 1
  const d = compareStored(x.v, y.v)
  if (d !== 0) return d
  if (x.e !== y.e) return x.e < y.e ? -1 : 1
  return x.t !== y.t ? y.t - x.t : tieOf(x.v, y.v)
}

function compareVaet(x: Entry, y: Entry): number {
  const d = compareStored(x.v, y.v)
  if (d !== 0) return d
  if (x.a !== y.a) return x.a < y.a ? -1 : 1
  if (x.e !== y.e) return x.e < y.e ? -1 : 1
  return x.t !== y.t ? y.t - x.t : tieOf(x.v, y.v)
}

export const compareEntriesOf: Readonly<Record<Order, CompareEntries>> = {
  eavt: compareEavt,
  aevt: compareAevt,
  avet: compareAvet,
  vaet: compareVaet,
}
