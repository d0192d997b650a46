/**
 * An index job: what is live in a frozen index goes into segments, tree by tree, in pieces.
 *
 * (1) It reads a frozen index and changes nothing; whoever has that index goes on with it.
 * (2) Blocks are given out as they are made (`take`), and are not kept here.
 * (3) Each tree costs at most about 2·sqrt(M·N) rows beside its M live entries (merge.ts).
 */

import { assert } from '../base/assert.ts'
import type { BlobId, StoredBlob } from '../storage/storage.ts'
import type { BlockTarget } from './block-writer.ts'
import { indexOf, stateOf } from './create.ts'
import type { Trees } from './cursors.ts'
import type { IndexJob, JobOptions, JobResult, TreeWork } from './durable.ts'
import { compareEntriesOf } from './entry.ts'
import type { Entry } from './entry.ts'
import type { FactIndex, PlacementOf } from './fact-index.ts'
import { memoryTarget } from './fact-tree.ts'
import type { FactTree } from './fact-tree.ts'
import { orders } from './fact.ts'
import { mergeParts } from './merge.ts'
import type { Parts } from './merge.ts'
import { Part } from './part.ts'
import { entriesForAvet, mergeSorted } from './reindex.ts'
import { withPlacement } from './state.ts'
import type { AllTrees, State } from './state.ts'
import { TreeCursor } from './tree.ts'

class Job implements IndexJob {
  readonly #state: State
  readonly #options: JobOptions
  readonly #target: BlockTarget
  readonly #steps: Generator<void, AllTrees>
  readonly #work: TreeWork[] = []
  readonly #replaced: BlobId[] = []
  #made: StoredBlob[] = []
  #result: JobResult | null = null

  constructor(state: State, options: JobOptions) {
    this.#state = state
    this.#options = options
    this.#target = { ...memoryTarget(state.treeOptions), drops: droppedBy(state.placementOf) }
    this.#steps = this.#run()
  }

  step(budgetMs: number, now: () => number): boolean {
    const end = now() + budgetMs
    while (this.#result === null) {
      const step = this.#steps.next()
      if (step.done === true) this.#result = this.#resultOf(step.value)
      else if (now() >= end) break
    }
    return this.#result !== null
  }

  take(): StoredBlob[] {
    const made = this.#made
    this.#made = []
    return made
  }

  result(): JobResult {
    assert(this.#result !== null, 'a job gives its result when it is done')
    return this.#result
  }

  #resultOf(trees: AllTrees): JobResult {
    const state = { ...this.#state, trees, liveBytes: 0 }
    return {
      index: indexOf(state),
      roots: { basisT: state.lastT, trees: [], unasserted: [...state.unassertedOf] },
      replaced: this.#replaced,
      work: this.#work,
    }
  }

  *#run(): Generator<void, AllTrees> {
    const { trees } = this.#state
    const out: Partial<Record<(typeof orders)[number], Trees>> = {}
    for (const order of orders) {
      const current = yield* this.#merge(trees[order].current)
      const past = yield* this.#merge(trees[order].past)
      out[order] = { current, past }
    }
    return out as AllTrees
  }

  #without({ order, main, mid }: FactTree, attributes: readonly number[]): Parts {
    const without = (part: Part): Part => {
      const refs = part.refs.filter((ref) => !attributes.includes(ref.a))
      return refs.length === part.refs.length
        ? part
        : new Part(order, refs, this.#state.placementOf)
    }
    return { main: without(main), mid: without(mid) }
  }

  *#merge(tree: FactTree): Generator<void, FactTree> {
    const { order, past } = tree
    const { drops } = this.#target
    const moved = order === 'avet' ? (this.#options.reindex ?? []) : []
    let live: readonly Entry[] = yield* liveEntries(tree)
    if (past && drops !== null) live = live.filter((entry) => !drops(entry.a))
    let from: Parts = tree
    if (moved.length > 0) {
      const { aevt } = this.#state.trees
      from = this.#without(tree, moved)
      const others = live.filter((entry) => !moved.includes(entry.a))
      const facts = yield* entriesForAvet(past ? aevt.past : aevt.current, moved)
      live = yield* mergeSorted(others, facts, compareEntriesOf.avet)
    }
    const merged = yield* mergeParts(from, live, past, 'densest', this.#target)
    this.#work.push({
      order,
      past,
      live: live.length,
      stored: from.main.n + from.mid.n,
      main: merged.mainRows,
      mid: merged.midRows,
      blobs: merged.blocks,
      bytes: 0,
    })
    return { order, past, main: merged.main, mid: merged.mid, live: null }
  }
}

// The attributes whose past is not to be kept; null when a placement says so of none that is asked for.
function droppedBy(placementOf: PlacementOf): (a: number) => boolean {
  return (a) => placementOf(a).noHistory === true
}

function* liveEntries({ live }: FactTree): Generator<void, Entry[]> {
  const out: Entry[] = []
  const cursor = new TreeCursor()
  for (cursor.seek(live, null, () => 0); cursor.entry !== null; cursor.forward()) {
    out.push(cursor.entry)
    if ((out.length & 0x1fff) === 0) yield
  }
  return out
}

export function indexJob(index: FactIndex, options: JobOptions): IndexJob {
  const state = stateOf(index)
  const { placementOf } = options
  return new Job(placementOf === undefined ? state : withPlacement(state, placementOf), options)
}

/** About how many bytes of memory the live part takes. */
export function liveBytesOf(index: FactIndex): number {
  return stateOf(index).liveBytes
}

/** The greatest t of any datom in the index. */
export function basisOf(index: FactIndex): number {
  return stateOf(index).lastT
}
