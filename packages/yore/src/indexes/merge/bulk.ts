/**
 * Sorting many entries for all four orders at once. Only the first order costs a full sort: the others are stable rearrangements of it.
 *
 * (1) Each list is sorted as `compareEntriesOf` says and holds the entries whose attributes are placed in that order.
 */

import { compareEntriesOf, compareStored, noEnd } from '../facts/entry.ts'
import type { CompareEntries, Entry } from '../facts/entry.ts'
import type { PlacementOf } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'

type Sorted = Readonly<Record<Order, readonly Entry[]>>

/** By the value alone. */
export const byValue: CompareEntries = (x, y) => compareStored(x.v, y.v)

function isSorted(entries: readonly Entry[], compare: CompareEntries): boolean {
  for (let i = 1; i < entries.length; i++) {
    if (compare(entries[i - 1] as Entry, entries[i] as Entry) > 0) return false
  }
  return true
}

// Entries equal in `compare` keep their sequence.
function stableSorted(entries: Entry[], compare: CompareEntries): readonly Entry[] {
  return isSorted(entries, compare) ? entries : entries.slice().sort(compare)
}

// Without facts that are taken away by a tombstone beside them.
function withoutPairs(entries: readonly Entry[]): readonly Entry[] {
  const isPair = (i: number): boolean => {
    const [x, y] = [entries[i], entries[i + 1]]
    if (x === undefined || y === undefined || x.end !== noEnd || y.end === noEnd) return false
    return compareEntriesOf.eavt(x, y) === 0
  }
  const out: Entry[] = []
  let known = 0
  for (let i = 0; i < entries.length; i++) {
    if (!isPair(i)) continue
    append(out, entries.slice(known, i))
    known = i + 2
    i++
  }
  if (known === 0) return entries
  append(out, entries.slice(known))
  return out
}

/** The entries, sorted for each order. `current`: a fact may be followed by its tombstone; then both are left out. */
export function sortForOrders(entries: Entry[], placementOf: PlacementOf, current = false): Sorted {
  const all = stableSorted(entries, compareEntriesOf.eavt)
  const eavt = current ? withoutPairs(all) : all
  const buckets = new Map<number, Entry[]>()
  for (const x of eavt) {
    const bucket = buckets.get(x.a)
    if (bucket === undefined) buckets.set(x.a, [x])
    else bucket.push(x)
  }
  const attributes = [...buckets.keys()].sort((x, y) => x - y)
  const aevt: Entry[] = []
  const avet: Entry[] = []
  const refs: Entry[] = []
  for (const a of attributes) {
    const bucket = buckets.get(a) as Entry[]
    const placement = placementOf(a)
    append(aevt, bucket)
    // sorted by e, v, t: a stable sort by v leaves v, e, t
    if (placement.avet) append(avet, stableSorted(bucket, byValue))
    if (placement.vaet) append(refs, bucket)
  }
  return { eavt, aevt, avet, vaet: stableSorted(refs, byValue) }
}

function append(out: Entry[], entries: readonly Entry[]): void {
  for (const x of entries) out.push(x)
}
