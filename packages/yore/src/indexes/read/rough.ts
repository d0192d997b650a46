/**
 * How many facts stand in a range, about, and without reading what is not in memory: what a planner asks.
 *
 * (1) Exact where both ends of the range lie in segments that are in memory, or between segments; so always in an index without a
 *     storage.
 * (2) Else a guess from the directory. It knows how many facts stand before each segment, and what each begins with.
 */

import { Instant, Double, Float } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { sideOf } from '../facts/bound.ts'
import type { Bound } from '../facts/bound.ts'
import type { Entry } from '../facts/entry.ts'
import type { FactTree } from '../fact-tree.ts'
import type { Part } from '../segments/part.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import { netBefore } from '../live/tree.ts'

/** About how many facts of the tree stand in the range; one and the same bound stands for both sides of it. */
export function roughIn(tree: FactTree, low: Bound | null, high: Bound | null): number {
  const { main, mid, live, order, past } = tree
  let n = roughPart(main.plain, low, high) + roughPart(mid.plain, low, high)
  if (live.root !== null) {
    const before = (bound: Bound, after: boolean): number => {
      const kept = bound.after
      if (low === high) bound.after = after
      const net = netBefore(live.root, bound, sideOf[order], past)
      bound.after = kept
      return net
    }
    n += high === null ? live.root.net : before(high, true)
    if (low !== null) n -= before(low, false)
  }
  return Math.max(0, n)
}

function roughPart(part: Part, low: Bound | null, high: Bound | null): number {
  if (part.n === 0) return 0
  const both = low !== null && low === high
  const to = high === null ? part.end : placeOf(part, high, both || high.after)
  const from = low === null ? 0 : placeOf(part, low, !both && low.after)
  if (from >= 0 && to >= 0) return part.ordinal(to) - part.ordinal(from)
  if (both) return agreeing(part, from, to, low)
  const before = (place: number, bound: Bound | null): number =>
    place >= 0 ? part.ordinal(place) : within(part, -1 - place, bound as Bound)
  return Math.max(0, before(to, high) - before(from, low))
}

// Who has the bound finds it as it was.
function placeOf(part: Part, bound: Bound, after: boolean): number {
  const kept = bound.after
  bound.after = after
  const place = part.peek(bound)
  bound.after = kept
  return place
}

// The net count before a bound that lies in segment s: as far between its neighbours as the values are.
function within(part: Part, s: number, bound: Bound): number {
  const { net, separator } = part.refs[s] as SegmentRef
  const lead = leadOf(part, bound)
  const share = (lead(bound) - lead(separator)) / widthOf(part, s, bound)
  return part.startOf(s) + net * (share >= 0 && share <= 1 ? share : 0.5)
}

// How many rows agree with the bound; where they begin and end the places say, as `peek` gives them.
function agreeing(part: Part, from: number, to: number, bound: Bound): number {
  if (from === to) return agreeingIn(part, -1 - from, bound)
  const end = to >= 0 ? part.ordinal(to) : part.startOf(-1 - to) + agreeingIn(part, -1 - to, bound)
  const start =
    from >= 0 ? part.ordinal(from) : part.startOf(-from) - agreeingIn(part, -1 - from, bound)
  return Math.max(0, end - start)
}

// In segment s. Numbers may lie as close as whole ones; of anything else a segment may hold a few kinds or all different.
function agreeingIn(part: Part, s: number, bound: Bound): number {
  const net = Math.max(0, (part.refs[s] as SegmentRef).net)
  const width = widthOf(part, s, bound)
  return width >= 0 ? Math.max(1, net / (width + 1)) : Math.sqrt(net)
}

// How far what comes after segment s begins from where it does; NaN for nobody knows.
function widthOf(part: Part, s: number, bound: Bound): number {
  const next = part.refs[s + 1]
  const lead = leadOf(part, bound)
  return next === undefined
    ? NaN
    : lead(next.separator) - lead((part.refs[s] as SegmentRef).separator)
}

/** The component that facts are told apart by within a segment, as a number. */
function leadOf({ order }: Part, bound: Bound): (x: Entry | Bound) => number {
  if (order === 'eavt') return (x) => x.e
  if (order === 'vaet') return (x) => numberOf(x.v)
  // segments of another attribute are as far away as can be
  return (x) => (x.a !== bound.a ? NaN : order === 'aevt' ? x.e : numberOf(x.v))
}

function numberOf(v: Value): number {
  if (typeof v === 'number') return v
  if (typeof v === 'bigint') return Number(v)
  if (v instanceof Instant) return v.ms
  return v instanceof Double || v instanceof Float ? v.value : NaN
}
