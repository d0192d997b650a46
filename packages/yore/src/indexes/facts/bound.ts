/**
 * A gap in the form that searching wants: how many components are given, and each in a field.
 *
 * (1) `depth` counts the leading components of the order that are given; 5 means all four and the exact value besides (entry.ts, 2).
 * (2) Nothing stands in a gap: `sideOf` is never 0.
 */

import type { Value } from '../../data/values.ts'
import { compareStored, tieOf } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Datom, Gap, Order, Range } from './fact.ts'
import { componentsOf } from './fact.ts'

export class Bound {
  depth = 0
  e = 0
  a = 0
  v: Value = null
  t = 0
  after = false

  /** The place just before the entry, or just after it. */
  setEntry({ e, a, v, t }: Entry, after: boolean): this {
    return this.setFact(e, a, v, t, after)
  }

  /** The same of an entry that is not made. */
  setFact(e: number, a: number, v: Value, t: number, after: boolean): this {
    this.depth = 5
    this.e = e
    this.a = a
    this.v = v
    this.t = t
    this.after = after
    return this
  }
}

function depthOf(order: Order, { prefix }: Gap, depthMax: number): number {
  const components = componentsOf[order]
  let depth = 0
  while (depth < depthMax && prefix[components[depth] as 'e' | 'a' | 'v' | 't'] !== undefined) {
    depth++
  }
  return depth
}

/** The bound of a gap, of its first `depthMax` components. */
export function boundOf(order: Order, gap: Gap, depthMax = 4): Bound {
  const { e, a, v, t } = gap.prefix
  const out = new Bound()
  out.depth = depthOf(order, gap, depthMax)
  out.e = e ?? 0
  out.a = a ?? 0
  out.v = v ?? null
  out.t = t ?? 0
  out.after = gap.after
  return out
}

/** The attribute that everything in the range has, or -1. */
export function attributeOf(order: Order, { low, high }: Range): number {
  const a = low?.prefix.a
  if (a === undefined || a !== high?.prefix.a || low === undefined || high === undefined) return -1
  const depth = order === 'eavt' || order === 'vaet' ? 2 : 1
  if (depthOf(order, low, 2) < depth || depthOf(order, high, 2) < depth) return -1
  if (depth === 1) return a
  const [x, y] = [low.prefix, high.prefix]
  const sameLead = order === 'eavt' ? x.e === y.e : compareStored(x.v ?? null, y.v ?? null) === 0
  return sameLead ? a : -1
}

type Placed = Entry | Datom
type SideOf = (x: Placed, bound: Bound) => number

const compareIds = (x: number, y: number): number => (x < y ? -1 : x > y ? 1 : 0)

// After e, a, v in whatever sequence: t, then the exact value.
function sideOfTail(x: Placed, b: Bound): number {
  if (b.depth > 3) {
    if (x.t !== b.t) return b.t - x.t
    if (b.depth > 4) {
      const d = tieOf(x.v, b.v)
      if (d !== 0) return d
    }
  }
  return b.after ? -1 : 1
}

function sideEavt(x: Placed, b: Bound): number {
  if (b.depth > 0) {
    if (x.e !== b.e) return compareIds(x.e, b.e)
    if (b.depth > 1) {
      if (x.a !== b.a) return compareIds(x.a, b.a)
      if (b.depth > 2) {
        const d = compareStored(x.v, b.v)
        if (d !== 0) return d
      }
    }
  }
  return sideOfTail(x, b)
}

function sideAevt(x: Placed, b: Bound): number {
  if (b.depth > 0) {
    if (x.a !== b.a) return compareIds(x.a, b.a)
    if (b.depth > 1) {
      if (x.e !== b.e) return compareIds(x.e, b.e)
      if (b.depth > 2) {
        const d = compareStored(x.v, b.v)
        if (d !== 0) return d
      }
    }
  }
  return sideOfTail(x, b)
}

function sideAvet(x: Placed, b: Bound): number {
  if (b.depth > 0) {
    if (x.a !== b.a) return compareIds(x.a, b.a)
    if (b.depth > 1) {
      const d = compareStored(x.v, b.v)
      if (d !== 0) return d
      if (b.depth > 2 && x.e !== b.e) return compareIds(x.e, b.e)
    }
  }
  return sideOfTail(x, b)
}

function sideVaet(x: Placed, b: Bound): number {
  if (b.depth > 0) {
    const d = compareStored(x.v, b.v)
    if (d !== 0) return d
    if (b.depth > 1) {
      if (x.a !== b.a) return compareIds(x.a, b.a)
      if (b.depth > 2 && x.e !== b.e) return compareIds(x.e, b.e)
    }
  }
  return sideOfTail(x, b)
}

/** Where a fact or datom stands against a bound: negative before it, positive after it. */
export const sideOf: Readonly<Record<Order, SideOf>> = {
  eavt: sideEavt,
  aevt: sideAevt,
  avet: sideAvet,
  vaet: sideVaet,
}
