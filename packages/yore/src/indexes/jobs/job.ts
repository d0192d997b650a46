/**
 * An index job: what is live in a frozen index goes into segments, tree by tree, in pieces.
 *
 * (1) It reads a frozen index and changes nothing; whoever has that index goes on with it.
 * (2) Each tree costs at most about 2·sqrt(M·N) rows beside its M live entries (merge.ts).
 * (3) Of attributes without history what is live in the past is left out, in every order; what is stored stays, so that all orders go on
 *     to hold the same.
 */

import { liveBytesIn, stateOf } from '../create.ts'
import type { Trees } from '../read/cursors.ts'
import { treeNames } from '../stored/durable.ts'
import type { IndexJob, JobOptions, TreeName } from '../stored/durable.ts'
import { compareEntriesOf, Entry } from '../facts/entry.ts'
import type { FactIndex, PlacementOf } from '../fact-index.ts'
import type { FactTree } from '../fact-tree.ts'
import { JobOutput, StepsJob } from './job-output.ts'
import { idsOf, mergeParts } from '../merge/merge.ts'
import type { Parts } from '../merge/merge.ts'
import { Part } from '../segments/part.ts'
import { entriesForAvet, mergeSorted, sortInPieces } from '../reindex.ts'
import { withPlacement } from '../state.ts'
import type { AllTrees, State } from '../state.ts'
import { TreeCursor } from '../live/tree.ts'

// Entries between two yields.
const entriesAtOnce = 2048

function* liveEntries({ live }: FactTree): Generator<void, Entry[]> {
  // as long as it comes to be: a long list that grows is copied all at once
  const out: Entry[] = []
  yield* live.takeInPieces()
  const { root } = live
  out.length = root?.size ?? 0
  let n = 0
  const cursor = new TreeCursor()
  for (cursor.seek(root, null, () => 0); cursor.entry !== null; cursor.forward()) {
    out[n++] = cursor.entry
    if (n % entriesAtOnce === 0) yield
  }
  out.length = n
  return out
}

function* entriesWith(
  entries: readonly Entry[],
  isKept: (a: number) => boolean,
): Generator<void, Entry[]> {
  const out: Entry[] = []
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Entry
    if (isKept(entry.a)) out.push(entry)
    if ((i + 1) % entriesAtOnce === 0) yield
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

// What of AEVT's live part comes into the tree of words, sorted.
function* liveWords(aevt: FactTree, placementOf: PlacementOf): Generator<void, readonly Entry[]> {
  const out: Entry[] = []
  let left = wordsPerPiece
  const entries = yield* liveEntries(aevt)
  for (let i = 0; i < entries.length; i++) {
    if (i % entriesAtOnce === 0) yield
    const { e, a, v, t, end } = entries[i] as Entry
    const { wordsOf } = placementOf(a)
    if (wordsOf === undefined) continue
    for (const word of wordsOf(v)) out.push(new Entry(e, a, word, t, end))
    if (--left > 0) continue
    left = wordsPerPiece
    yield
  }
  return yield* sortInPieces(out, compareEntriesOf.avet)
}

const wordsPerPiece = 500

function* liveOf(tree: FactTree, { trees, placementOf }: State): Generator<void, readonly Entry[]> {
  if (tree.name !== 'words') return yield* liveEntries(tree)
  return yield* liveWords(tree.past ? trees.aevt.past : trees.aevt.current, placementOf)
}

function* mergeTree(
  tree: FactTree,
  state: State,
  reindex: readonly number[],
  output: JobOutput,
): Generator<void, FactTree> {
  const { name, past } = tree
  const { drops } = output.target
  const moved = name === 'avet' ? reindex : []
  let live = yield* liveOf(tree, state)
  if (past && drops !== null) live = yield* entriesWith(live, (a) => !drops(a))
  let from: Parts = tree
  if (moved.length > 0) {
    const { aevt } = state.trees
    const { main, mid } = past ? aevt.past : aevt.current
    const isMoved = ({ a }: { readonly a: number }): boolean => moved.includes(a)
    output.target.expect?.([
      ...idsOf(main.refs.filter(isMoved)),
      ...idsOf(mid.refs.filter(isMoved)),
    ])
    from = withoutAttributes(tree, moved, state.placementOf)
    const others = yield* entriesWith(live, (a) => !moved.includes(a))
    const whole = past ? aevt.past : aevt.current
    const forgets = (a: number): boolean => past && drops?.(a) === true
    const facts = yield* mergeSorted(
      yield* entriesForAvet(
        whole,
        moved.filter((a) => !forgets(a)),
      ),
      yield* entriesForAvet({ ...whole, live: whole.live.of([]) }, moved.filter(forgets)),
      compareEntriesOf.avet,
    )
    live = yield* mergeSorted(others, facts, compareEntriesOf.avet)
  }
  const merged = yield* mergeParts(from, live, past, 'densest', output.target)
  output.note({
    name,
    past,
    live: live.length,
    stored: from.main.n + from.mid.n,
    main: merged.mainRows,
    mid: merged.midRows,
    blobs: merged.blocks,
  })
  const { main, mid } = merged
  yield
  const before = [tree.main, tree.mid]
  return {
    ...tree,
    main: output.own(main, before),
    mid: output.own(mid, before),
    live: tree.live.of([]),
  }
}

function* steps(
  state: State,
  reindex: readonly number[],
  output: JobOutput,
): Generator<void, State> {
  const out: Partial<Record<TreeName, Trees>> = {}
  for (const name of treeNames) {
    const current = yield* mergeTree(state.trees[name].current, state, reindex, output)
    const past = yield* mergeTree(state.trees[name].past, state, reindex, output)
    out[name] = { current, past }
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
  return liveBytesIn(index)
}

/** The greatest t of any datom in the index. */
export function basisOf(index: FactIndex): number {
  return stateOf(index).lastT
}
