/**
 * Sorting many entries for all four orders at once: those of each attribute by themselves, and the other orders as stable rearrangements
 * of what they give.
 *
 * (1) Each list is sorted as `compareEntriesOf` says and holds the entries whose attributes are placed in that order.
 */

import { newList } from '../../base/list.ts'
import { compareEntriesOf, compareStored, noEnd } from '../facts/entry.ts'
import type { CompareEntries, Entry } from '../facts/entry.ts'
import type { PlacementOf } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'
import { sortedByEntity, sortedByValue } from './stable.ts'

type Sorted = Readonly<Record<Order, Entry[]>>

/** By the value alone. */
export const byValue: CompareEntries = (x, y) => compareStored(x.v, y.v)

/** Are those of one attribute? */
function areSorted(entries: readonly Entry[]): boolean {
  const compare = compareEntriesOf.aevt
  for (let i = 1; i < entries.length; i++) {
    const [x, y] = [entries[i - 1] as Entry, entries[i] as Entry]
    if (x.e >= y.e && compare(x, y) > 0) return false
  }
  return true
}

/** Those of one attribute, by entity, value and time. */
function sortedFacts(entries: Entry[]): Entry[] {
  if (areSorted(entries)) return entries
  const compare = compareEntriesOf.aevt
  const out = sortedByEntity(entries)
  // each entity's own
  for (let from = 0; from < out.length;) {
    let to = from + 1
    const { e } = out[from] as Entry
    while (to < out.length && (out[to] as Entry).e === e) to++
    if (to - from > 1) {
      const some = out.slice(from, to).sort(compare)
      for (let i = from; i < to; i++) out[i] = some[i - from] as Entry
    }
    from = to
  }
  return out
}

/** Without facts that are taken away by a tombstone beside them: of one attribute. */
function withoutPairs(entries: Entry[]): Entry[] {
  if (!entries.some((x) => x.end !== noEnd)) return entries
  const out: Entry[] = newList()
  for (const x of entries) {
    const last = out[out.length - 1]
    const isTaken = x.end !== noEnd && last !== undefined && last.end === noEnd
    if (isTaken && compareEntriesOf.aevt(last, x) === 0) out.pop()
    else out.push(x)
  }
  return out
}

function byAttribute(entries: readonly Entry[]): Map<number, Entry[]> {
  const buckets = new Map<number, Entry[]>()
  let last: Entry[] = newList()
  let lastA = NaN
  for (const x of entries) {
    if (x.a !== lastA) {
      lastA = x.a
      const bucket = buckets.get(lastA)
      last = bucket ?? newList()
      if (bucket === undefined) buckets.set(lastA, last)
    }
    last.push(x)
  }
  return buckets
}

/** The entries, sorted for each order. `current`: a fact may be followed by its tombstone; then both are left out. */
export function sortForOrders(
  entries: readonly Entry[],
  placementOf: PlacementOf,
  current = false,
): Sorted {
  const buckets = byAttribute(entries)
  const aevt: Entry[][] = newList()
  const avet: Entry[][] = newList()
  const refs: Entry[][] = newList()
  for (const a of [...buckets.keys()].sort((x, y) => x - y)) {
    const facts = sortedFacts(buckets.get(a) as Entry[])
    const bucket = current ? withoutPairs(facts) : facts
    const placement = placementOf(a)
    aevt.push(bucket)
    // sorted by e, v, t: a stable sort by v leaves v, e, t
    if (placement.avet) avet.push(sortedByValue(bucket))
    if (placement.vaet) refs.push(bucket)
  }
  const all = joined(aevt)
  // sorted by a, e, v, t: a stable sort by e leaves e, a, v, t
  return {
    eavt: sortedByEntity(all),
    aevt: all,
    avet: joined(avet),
    vaet: sortedByValue(joined(refs)),
  }
}

/** So many lists are copied in one go. */
const joinedAtOnce = 256

function joined(lists: readonly Entry[][]): Entry[] {
  let out: Entry[] = newList()
  for (let i = 0; i < lists.length; i += joinedAtOnce) {
    out = out.concat(...lists.slice(i, i + joinedAtOnce))
  }
  return out
}
