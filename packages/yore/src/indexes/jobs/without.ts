/**
 * Excision: an index without some facts. Their blocks are written again without them, in every order, tense and tier; everything else
 * stays as it is.
 *
 * (1) It costs the blocks that hold the facts and the directories that name those, whatever the index holds besides.
 * (2) Nothing of the facts is left in what the result's roots reach: values in separators come from facts of their own block, and blobs that
 *     several directories share are written anew.
 */

import { assert } from '../../base/assert.ts'
import { BlockWriter } from '../stored/block-writer.ts'
import { Bound } from '../facts/bound.ts'
import { sortForOrders } from '../merge/bulk.ts'
import { stateOf } from '../create.ts'
import type { Trees } from '../read/cursors.ts'
import { treeNames } from '../stored/durable.ts'
import type { IndexJob, JobOptions, TreeName } from '../stored/durable.ts'
import { compareEntriesOf, Entry, entryOf } from '../facts/entry.ts'
import type { FactIndex } from '../fact-index.ts'
import type { FactTree } from '../fact-tree.ts'
import { unasserted } from '../facts/fact.ts'
import type { Fact } from '../facts/fact.ts'
import { JobOutput, StepsJob } from './job-output.ts'
import { groupsOf } from '../merge/merge.ts'
import type { Group } from '../merge/merge.ts'
import { Part } from '../segments/part.ts'
import { lowerEntry } from '../merge/pending.ts'
import { found } from '../segments/segment.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import type { AllTrees, State } from '../state.ts'

interface Cut {
  readonly part: Part
  readonly rows: number
  readonly blocks: number
}

const bound = new Bound()

/** The rows of a group as they stay; null when none of the entries is among them. */
function rowsLeft(
  part: Part,
  group: Group,
  entries: readonly Entry[],
): readonly (readonly [s: number, from: number, to: number])[] | null {
  const out: [number, number, number][] = []
  const compare = compareEntriesOf[part.order]
  let i = 0
  let gone = 0
  for (let s = group.from; s < group.to; s++) {
    const segment = part.segment(s)
    const next = s + 1 < group.to ? (part.refs[s + 1] as SegmentRef).separator : null
    const end = next === null ? entries.length : lowerEntry(entries, next, i, compare)
    let row = 0
    for (; i < end; i++) {
      segment.search(bound.setEntry(entries[i] as Entry, false), row, segment.n)
      const { low, high } = found
      if (low === high) continue
      out.push([s, row, low])
      row = low + 1
      gone++
    }
    out.push([s, row, segment.n])
  }
  return gone === 0 ? null : out
}

function* cutPart(
  part: Part,
  entries: readonly Entry[],
  past: boolean,
  output: JobOutput,
): Generator<void, Cut> {
  const { order, refs } = part
  const compare = compareEntriesOf[order]
  const writer = new BlockWriter(order, past, output.target)
  const groups = groupsOf(part)
  let i = 0
  for (const [g, group] of groups.entries()) {
    const next = groups[g + 1]
    const upper = next === undefined ? null : (refs[next.from] as SegmentRef).separator
    const to = upper === null ? entries.length : lowerEntry(entries, upper, i, compare)
    const left = i === to ? null : rowsLeft(part, group, entries.slice(i, to))
    i = to
    if (left === null) yield* writer.keep(refs.slice(group.from, group.to), upper)
    else {
      for (const [s, from, end] of left) writer.rows.addSegment(part.segment(s), from, end)
      yield* writer.flush()
    }
  }
  if (writer.blocks === 0 && writer.out.length === refs.length) return { part, rows: 0, blocks: 0 }
  const made = new Part(order, writer.out, output.target.placementOf)
  return { part: made, rows: writer.written, blocks: writer.blocks }
}

function* cutTree(
  tree: FactTree,
  entries: readonly Entry[],
  output: JobOutput,
): Generator<void, FactTree> {
  assert(tree.live.size === 0, 'what is live goes into segments before anything is cut out')
  const { name, past } = tree
  const main = yield* cutPart(tree.main, entries, past, output)
  const mid = yield* cutPart(tree.mid, entries, past, output)
  output.note({
    name,
    past,
    live: 0,
    stored: tree.main.n + tree.mid.n,
    main: main.rows,
    mid: mid.rows,
    blobs: main.blocks + mid.blocks,
  })
  return { ...tree, main: output.unshared(main.part), mid: output.unshared(mid.part) }
}

function* steps(state: State, facts: readonly Fact[], output: JobOutput): Generator<void, State> {
  const sorted = sortForOrders(facts.map(entryOf), state.placementOf)
  const unassertedOf = new Map(state.unassertedOf)
  const { past } = state.trees.eavt
  for (const x of sorted.eavt) {
    if (x.t === unasserted && (past.main.has(x) || past.mid.has(x))) {
      unassertedOf.set(x.a, (unassertedOf.get(x.a) ?? 1) - 1)
    }
  }
  const words = sorted.eavt.flatMap(({ e, a, v, t, end }) =>
    (state.placementOf(a).wordsOf?.(v) ?? []).map((word) => new Entry(e, a, word, t, end)),
  )
  words.sort(compareEntriesOf.avet)
  const out: Partial<Record<TreeName, Trees>> = {}
  for (const name of treeNames) {
    const { current, past: ended } = state.trees[name]
    const entries = name === 'words' ? words : sorted[name]
    out[name] = {
      // a fact of the past may stand among the current ones still, with its tombstone in mid
      current: yield* cutTree(current, entries, output),
      past: yield* cutTree(ended, entries, output),
    }
  }
  const trees = out as AllTrees
  yield* output.writeDirectories(trees, true)
  return { ...state, trees, unassertedOf }
}

/**
 * The job that takes facts out of an index that has nothing live (the result of an index job). They are given as they stand in it,
 * current and past ones; what is not there is passed over.
 */
export function indexWithout(
  index: FactIndex,
  facts: readonly Fact[],
  options: JobOptions,
): IndexJob {
  const state = stateOf(index)
  const output = new JobOutput(state, options)
  return new StepsJob(output, steps(state, facts, output))
}
