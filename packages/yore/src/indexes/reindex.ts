/**
 * Attributes that come into AVET, or leave it.
 *
 * (1) What AVET held of an attribute that comes in counts for nothing: its facts come anew out of AEVT, which has them all.
 * (2) In pieces where a job does it: it yields every few thousand facts.
 */

import { boundOf } from './facts/bound.ts'
import { byValue, sortForOrders } from './merge/bulk.ts'
import { countIn } from './read/columns.ts'
import { boundsOf } from './read/cursors.ts'
import { compareEntriesOf, Entry } from './facts/entry.ts'
import type { CompareEntries } from './facts/entry.ts'
import { mergeAll, withoutAttribute } from './fact-tree.ts'
import type { FactTree, TreeOptions } from './fact-tree.ts'
import { rangeOf } from './facts/fact.ts'
import { Walk } from './read/walk.ts'
import { anyTime } from './facts/window.ts'

// Facts between two yields.
const piece = 1024

/** All facts of an attribute, out of AEVT. */
function* factsOf(aevt: FactTree, a: number): Generator<void, Entry[]> {
  const bound = boundOf('aevt', { prefix: { a }, after: false })
  const walk = new Walk(aevt, bound, bound, false, anyTime)
  const out: Entry[] = []
  while (walk.next()) {
    out.push(new Entry(walk.e, a, walk.v, walk.t, walk.end))
    if (out.length % piece === 0) yield
  }
  return out
}

/** Sorts, stably: runs first, then merged two by two. */
export function* sortInPieces(
  entries: readonly Entry[],
  compare: CompareEntries,
): Generator<void, readonly Entry[]> {
  let runs: (readonly Entry[])[] = []
  for (let i = 0; i < entries.length; i += piece) {
    runs.push(entries.slice(i, i + piece).sort(compare))
    yield
  }
  while (runs.length > 1) {
    const above: (readonly Entry[])[] = []
    for (let i = 0; i < runs.length; i += 2) {
      const [x, y] = [runs[i] ?? [], runs[i + 1] ?? []]
      above.push(y.length === 0 ? x : yield* mergeSorted(x, y, compare))
    }
    runs = above
  }
  return runs[0] ?? []
}

/** Two sorted lists as one. */
export function* mergeSorted(
  x: readonly Entry[],
  y: readonly Entry[],
  compare: CompareEntries,
): Generator<void, readonly Entry[]> {
  if (x.length === 0) return y
  if (y.length === 0) return x
  const out: Entry[] = []
  let i = 0
  let j = 0
  while (i < x.length || j < y.length) {
    const [p, q] = [x[i], y[j]]
    if (q === undefined || (p !== undefined && compare(p, q) <= 0)) {
      out.push(p as Entry)
      i++
    } else {
      out.push(q)
      j++
    }
    if (out.length % piece === 0) yield
  }
  return out
}

/** What comes into AVET of these attributes, sorted. */
export function* entriesForAvet(
  aevt: FactTree,
  attributes: readonly number[],
): Generator<void, readonly Entry[]> {
  let out: readonly Entry[] = []
  for (const a of attributes) {
    const entries = yield* factsOf(aevt, a)
    const sorted = yield* sortInPieces(entries, byValue)
    out = yield* mergeSorted(out, sorted, compareEntriesOf.avet)
  }
  return out
}

/** The AVET tree with the attribute's facts, or without them; at once. */
export function moveAttribute(
  a: number,
  from: FactTree,
  to: FactTree,
  into: boolean,
  options: TreeOptions,
): FactTree {
  const there = countIn(to, ...boundsOf('avet', rangeOf({ a })))
  if (!into) return there === 0 ? to : withoutAttribute(to, a, options)
  if (there > 0) return to
  const steps = factsOf(from, a)
  for (;;) {
    const step = steps.next()
    if (step.done !== true) continue
    return mergeAll(to, sortForOrders(step.value, options.placementOf).avet, options)
  }
}
