/**
 * What is live of an index and came after a job's basis, over what the job has made: the index goes on with the job's segments, and nothing
 * is applied again.
 *
 * (1) The result reads as the index did, and as the job's index with the same changes would.
 * (2) A live fact that came later stays live. One that was live already is in the job's segments now; if it has ended since, the tree of
 *     past facts says so, and its entry there becomes the tombstone. So both trees are walked once, in order, and nothing is searched.
 * (3) It is a generator: it yields every few thousand entries, so that it can be done in pieces.
 * (4) Not for changes that came later and bring facts of the past which began before the basis (`kind: 'past'`), nor when attributes
 *     have entered or left an order since.
 */

import { indexOf, stateOf } from '../create.ts'
import type { Trees } from '../read/cursors.ts'
import { compareEntriesOf, noEnd } from '../facts/entry.ts'
import type { Entry } from '../facts/entry.ts'
import type { FactIndex } from '../fact-index.ts'
import type { FactTree } from '../fact-tree.ts'
import { unasserted } from '../facts/fact.ts'
import { bytesOfOne, treesOf } from '../state.ts'
import type { AllTrees, State } from '../state.ts'
import { TreeCursor } from '../live/tree.ts'

const piece = 512

/** The index after all changes, over what the job made of it as it was at `basisT`. */
export function* carryOver(
  index: FactIndex,
  made: FactIndex,
  basisT: number,
): Generator<void, FactIndex> {
  const now = stateOf(index)
  const segments = stateOf(made).trees
  const trees: Partial<Record<keyof AllTrees, Trees>> = {}
  for (const name of ['eavt', 'aevt', 'avet', 'vaet'] as const) {
    const { current, past } = now.trees[name]
    const ended = yield* entriesOf(past, (x) => x.end > basisT)
    const gone = ended.filter((x) => x.t <= basisT && x.t !== unasserted)
    const began = yield* entriesOf(current, (x) => x.end === noEnd && x.t > basisT)
    const live = yield* merged(began, gone, current)
    trees[name] = {
      current: { ...segments[name].current, live: yield* current.live.ofInPieces(live) },
      past: { ...segments[name].past, live: yield* past.live.ofInPieces(ended) },
    }
    yield
  }
  const all = treesOf((name) => trees[name] ?? segments[name])
  return indexOf({ ...now, trees: all, liveBytes: yield* liveBytes(all, now) })
}

function* entriesOf(
  { live }: FactTree,
  isKept: (x: Entry) => boolean,
): Generator<void, readonly Entry[]> {
  yield* live.takeInPieces()
  const out: Entry[] = []
  const cursor = new TreeCursor()
  let n = 0
  for (cursor.seek(live.root, null, () => 0); cursor.entry !== null; cursor.forward()) {
    if (isKept(cursor.entry)) out.push(cursor.entry)
    if (++n % piece === 0) yield
  }
  return out
}

function* merged(
  began: readonly Entry[],
  gone: readonly Entry[],
  { order }: FactTree,
): Generator<void, readonly Entry[]> {
  if (gone.length === 0) return began
  const compare = compareEntriesOf[order]
  const out: Entry[] = []
  let i = 0
  for (const x of gone) {
    while (i < began.length && compare(began[i] as Entry, x) < 0) out.push(began[i++] as Entry)
    out.push(x)
    if (out.length % piece === 0) yield
  }
  while (i < began.length) {
    out.push(began[i++] as Entry)
    if (out.length % piece === 0) yield
  }
  return out
}

// As if the changes had been applied: a retraction counts, not the tombstone that it leaves.
function* liveBytes({ eavt }: AllTrees, { placementOf }: State): Generator<void, number> {
  let bytes = 0
  let n = 0
  const cursor = new TreeCursor()
  for (const { live, past } of [eavt.current, eavt.past]) {
    for (cursor.seek(live.root, null, () => 0); cursor.entry !== null; cursor.forward()) {
      const x = cursor.entry
      if (past || x.end === noEnd) bytes += bytesOfOne(x.v, past, placementOf(x.a))
      if (++n % piece === 0) yield
    }
  }
  return bytes
}
