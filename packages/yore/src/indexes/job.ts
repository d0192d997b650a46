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
import type {
  ChunkRef,
  IndexJob,
  IndexRoots,
  JobOptions,
  JobResult,
  TreeRoots,
  TreeWork,
} from './durable.ts'
import type { Codec } from '../data/codec/compress.ts'
import { chunksOf, encodeChunks } from './directory.ts'
import type { Chunk, NewChunk } from './directory.ts'
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
import { Block } from './segment-ref.ts'
import type { Segment } from './segment.ts'
import { encodeBlock } from './segment-bytes.ts'
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
  #bytes = 0
  #result: JobResult | null = null

  constructor(state: State, options: JobOptions) {
    this.#state = state
    this.#options = options
    const drops = droppedBy(state.placementOf)
    this.#target = { ...memoryTarget(state.treeOptions), drops }
    if (state.source !== null) {
      const blockOf = (segments: readonly Segment[]): Block => this.#blockOf(segments)
      this.#target = { ...this.#target, holds: false, blockOf }
    }
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

  #blockOf(segments: readonly Segment[]): Block {
    const id = this.#options.newId()
    const bytes = encodeBlock(segments, id, this.#codec)
    this.#give({ id, bytes })
    return new Block(id, this.#state.source, bytes.length)
  }

  #give(blob: StoredBlob): void {
    this.#made.push(blob)
    this.#bytes += blob.bytes.length
  }

  // A blob of directories; gives its id.
  #giveChunks(chunks: readonly NewChunk[]): BlobId {
    const id = this.#options.newId()
    const bytes = encodeChunks(chunks, this.#state.placementOf, id, this.#codec)
    this.#give({ id, bytes })
    return id
  }

  get #codec(): Codec {
    return this.#options.codec ?? 'lz4'
  }

  #resultOf(trees: AllTrees): JobResult {
    const before = this.#state.trees
    const state = { ...this.#state, trees, liveBytes: 0 }
    const after = idsOf(trees)
    return {
      index: indexOf(state),
      roots: rootsOf(state),
      replaced: [...idsOf(before)].filter((id) => !after.has(id)),
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
    const merged = out as AllTrees
    if (this.#state.source !== null) yield* this.#writeDirectories(merged)
    return merged
  }

  // Large chunks into blobs of their own, small ones of all trees together into one.
  *#writeDirectories(merged: AllTrees): Generator<void> {
    const { trees } = this.#state
    const small: { chunk: NewChunk; place: (ref: ChunkRef) => void }[] = []
    for (const order of orders) {
      for (const tense of ['current', 'past'] as const) {
        for (const tier of ['main', 'mid'] as const) {
          const part = merged[order][tense][tier]
          if (part.chunks.length > 0 || part.n === 0) continue
          const chunks: Chunk[] = [...chunksOf(part, trees[order][tense][tier])]
          part.chunks = chunks
          for (const [i, { from, to, ref }] of chunks.entries()) {
            if (ref !== null) continue
            const chunk = { order, refs: part.refs.slice(from, to) }
            const place = (placed: ChunkRef): void => {
              chunks[i] = { from, to, ref: placed }
            }
            if (to - from < smallChunk) small.push({ chunk, place })
            else {
              place(chunkRef(this.#giveChunks([chunk]), 0, chunk))
              yield
            }
          }
        }
      }
    }
    if (small.length === 0) return
    const id = this.#giveChunks(small.map(({ chunk }) => chunk))
    for (const [slot, { chunk, place }] of small.entries()) place(chunkRef(id, slot, chunk))
  }

  // A part to which chunks may be written: the frozen index keeps its own as it is, for this job may come to nothing.
  #own(part: Part): Part {
    return this.#state.source === null || part.chunks.length > 0 || part.n === 0
      ? part
      : new Part(part.order, part.refs, this.#state.placementOf)
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
    const bytes = this.#bytes
    this.#bytes = 0
    this.#work.push({
      order,
      past,
      live: live.length,
      stored: from.main.n + from.mid.n,
      main: merged.mainRows,
      mid: merged.midRows,
      blobs: merged.blocks,
      bytes,
    })
    const { main, mid } = merged
    return { order, past, main: this.#own(main), mid: this.#own(mid), live: null }
  }
}

// Chunks of fewer segments share a blob.
const smallChunk = 256

function chunkRef(blob: BlobId, slot: number, { refs }: NewChunk): ChunkRef {
  const facts = refs.reduce((sum, ref) => sum + ref.n, 0)
  return { blob, slot, segments: refs.length, facts }
}

function partsOf(trees: AllTrees): Part[] {
  return orders.flatMap((order) => {
    const { current, past } = trees[order]
    return [current.main, current.mid, past.main, past.mid]
  })
}

// The blobs of segments and of directories.
function idsOf(trees: AllTrees): Set<BlobId> {
  const out = new Set<BlobId>()
  for (const { refs, chunks } of partsOf(trees)) {
    for (const { block } of refs) if (block.id !== null) out.add(block.id)
    for (const { ref } of chunks) if (ref !== null) out.add(ref.blob)
  }
  return out
}

/** The roots of an index whose parts are stored; of one in memory they name nothing. */
function rootsOf({ trees, lastT, unassertedOf }: State): IndexRoots {
  const chunks = (part: Part): ChunkRef[] =>
    part.chunks.flatMap(({ ref }) => (ref === null ? [] : [ref]))
  const rootsOfTree = ({ order, past, main, mid }: FactTree): TreeRoots => ({
    order,
    past,
    main: chunks(main),
    mid: chunks(mid),
  })
  return {
    basisT: lastT,
    trees: orders.flatMap((order) => [
      rootsOfTree(trees[order].current),
      rootsOfTree(trees[order].past),
    ]),
    unasserted: [...unassertedOf],
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
