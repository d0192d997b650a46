/**
 * An index job: what is live in a frozen index goes into segments, tree by tree, in pieces.
 *
 * (1) It reads a frozen index and changes nothing; whoever has that index goes on with it.
 * (2) Each tree costs at most about 2·sqrt(M·N) rows beside its M live entries (merge.ts).
 */

import { stateOf } from './create.ts'
import type { Trees } from './cursors.ts'
import type { IndexJob, JobOptions } from './durable.ts'
import { compareEntriesOf } from './entry.ts'
import type { Entry } from './entry.ts'
import type { FactIndex, PlacementOf } from './fact-index.ts'
import type { FactTree } from './fact-tree.ts'
import { orders } from './fact.ts'
import { JobOutput, StepsJob } from './job-output.ts'
import { mergeParts } from './merge.ts'
import type { Parts } from './merge.ts'
import { Part } from './part.ts'
import { entriesForAvet, mergeSorted } from './reindex.ts'
import { withPlacement } from './state.ts'
import type { AllTrees, State } from './state.ts'
import { TreeCursor } from './tree.ts'

function* liveEntries({ live }: FactTree): Generator<void, Entry[]> {
  const out: Entry[] = []
  const cursor = new TreeCursor()
  for (cursor.seek(live, null, () => 0); cursor.entry !== null; cursor.forward()) {
    out.push(cursor.entry)
    if ((out.length & 0x1fff) === 0) yield
  }
  return out
}

function withoutAttributes(
  { order, main, mid }: FactTree,
  attributes: readonly number[],
  placementOf: PlacementOf,
): Parts {
  const without = (part: Part): Part => {
    const refs = part.refs.filter((ref) => !attributes.includes(ref.a))
    return refs.length === part.refs.length ? part : new Part(order, refs, placementOf)
  }
  return { main: without(main), mid: without(mid) }
}

function* mergeTree(
  tree: FactTree,
  state: State,
  reindex: readonly number[],
  output: JobOutput,
): Generator<void, FactTree> {
  const { order, past } = tree
  const { drops } = output.target
  const moved = order === 'avet' ? reindex : []
  let live: readonly Entry[] = yield* liveEntries(tree)
  if (past && drops !== null) live = live.filter((entry) => !drops(entry.a))
  let from: Parts = tree
  if (moved.length > 0) {
    const { aevt } = state.trees
    from = withoutAttributes(tree, moved, state.placementOf)
    const others = live.filter((entry) => !moved.includes(entry.a))
    const facts = yield* entriesForAvet(past ? aevt.past : aevt.current, moved)
    live = yield* mergeSorted(others, facts, compareEntriesOf.avet)
  }
  const merged = yield* mergeParts(from, live, past, 'densest', output.target)
  output.note({
    order,
    past,
    live: live.length,
    stored: from.main.n + from.mid.n,
    main: merged.mainRows,
    mid: merged.midRows,
    blobs: merged.blocks,
  })
  const { main, mid } = merged
  return { order, past, main: output.own(main), mid: output.own(mid), live: null }
}

function* steps(
  state: State,
  reindex: readonly number[],
  output: JobOutput,
): Generator<void, State> {
  const out: Partial<Record<(typeof orders)[number], Trees>> = {}
  for (const order of orders) {
    const current = yield* mergeTree(state.trees[order].current, state, reindex, output)
    const past = yield* mergeTree(state.trees[order].past, state, reindex, output)
    out[order] = { current, past }
  }
  const trees = out as AllTrees
  yield* output.writeDirectories(trees)
  return { ...state, trees, liveBytes: 0 }
}

/** The job that brings the live part of an index into segments (durable.ts). */
export function indexJob(index: FactIndex, options: JobOptions): IndexJob {
  const { placementOf, reindex = [] } = options
  const before = stateOf(index)
  const state = placementOf === undefined ? before : withPlacement(before, placementOf)
  const output = new JobOutput(state, options)
  return new StepsJob(output, steps(state, reindex, output))
}

/** About how many bytes of memory the live part takes. */
export function liveBytesOf(index: FactIndex): number {
  return stateOf(index).liveBytes
}

/** The greatest t of any datom in the index. */
export function basisOf(index: FactIndex): number {
  return stateOf(index).lastT
}
