/**
 * What jobs on a stored index give out: blocks, directories, roots, and the job itself as something that works in pieces.
 *
 * (1) Blobs are given out as they are made (`take`), and are not kept here.
 * (2) The index that a job began with keeps its own parts and directories: a job may come to nothing.
 */

import { assert } from '../../base/assert.ts'
import type { BlobId, StoredBlob } from '../../storage/storage.ts'
import type { BlockTarget } from '../stored/block-writer.ts'
import { indexOf } from '../create.ts'
import { treeNames } from '../stored/durable.ts'
import type {
  ChunkRef,
  IndexJob,
  IndexRoots,
  JobOptions,
  JobResult,
  TreeRoots,
  TreeWork,
} from '../stored/durable.ts'
import type { Codec } from '../../data/codec/compress.ts'
import { chunksOf, encodeInPieces } from '../stored/directory.ts'
import type { Chunk, NewChunk } from '../stored/directory.ts'
import { memoryTarget } from '../fact-tree.ts'
import type { FactTree } from '../fact-tree.ts'
import { Part } from '../segments/part.ts'
import { Block } from '../segments/segment-ref.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import type { Segment } from '../segments/segment.ts'
import { encodeBlock } from '../stored/segment-bytes.ts'
import type { AllTrees, State } from '../state.ts'

// Chunks of fewer segments share a blob.
const smallChunk = 256

function chunkRef(blob: BlobId, slot: number, { refs }: NewChunk): ChunkRef {
  const facts = refs.reduce((sum, ref) => sum + ref.n, 0)
  return { blob, slot, segments: refs.length, facts }
}

function partsOf(trees: AllTrees): Part[] {
  return treeNames.flatMap((name) => {
    const { current, past } = trees[name]
    return [current.main, current.mid, past.main, past.mid]
  })
}

// The blobs of segments and of directories.
function* idsOf(trees: AllTrees): Generator<void, Set<BlobId>> {
  const out = new Set<BlobId>()
  for (const { refs, chunks } of partsOf(trees)) {
    for (let i = 0; i < refs.length; i++) {
      const { id } = (refs[i] as SegmentRef).block
      if (id !== null) out.add(id)
      if ((i & 0xfff) === 0xfff) yield
    }
    for (const { ref } of chunks) if (ref !== null) out.add(ref.blob)
    yield
  }
  return out
}

/** The roots of an index whose parts are stored; of one in memory they name nothing. */
function rootsOf({ trees, lastT, unassertedOf }: State): IndexRoots {
  const chunks = (part: Part): ChunkRef[] =>
    part.chunks.flatMap(({ ref }) => (ref === null ? [] : [ref]))
  const rootsOfTree = ({ name, past, main, mid }: FactTree): TreeRoots => ({
    name,
    past,
    main: chunks(main),
    mid: chunks(mid),
  })
  return {
    basisT: lastT,
    trees: treeNames.flatMap((name) => [
      rootsOfTree(trees[name].current),
      rootsOfTree(trees[name].past),
    ]),
    unasserted: [...unassertedOf],
  }
}

export class JobOutput {
  readonly target: BlockTarget
  readonly work: TreeWork[] = []
  readonly #state: State
  readonly #options: JobOptions
  #made: StoredBlob[] = []
  #bytes = 0

  constructor(state: State, options: JobOptions) {
    this.#state = state
    this.#options = options
    const { placementOf } = state
    const memory = {
      ...memoryTarget(state.treeOptions),
      drops: (a: number) => placementOf(a).noHistory === true,
    }
    const blockOf = (segments: readonly Segment[]): Block => this.#blockOf(segments)
    const { expect } = options
    this.target = state.source === null ? memory : { ...memory, holds: false, blockOf, expect }
  }

  get #codec(): Codec {
    return this.#options.codec ?? 'lz4'
  }

  #blockOf(segments: readonly Segment[]): Block {
    const id = this.#options.newId()
    const bytes = encodeBlock(segments, id, this.#codec)
    this.#give({ id, bytes })
    return new Block(id, this.#state.source, bytes.length, segments.length)
  }

  #give(blob: StoredBlob): void {
    this.#made.push(blob)
    this.#bytes += blob.bytes.length
  }

  // A blob of directories; gives its id.
  *#giveChunks(chunks: readonly NewChunk[]): Generator<void, BlobId> {
    const id = this.#options.newId()
    const bytes = yield* encodeInPieces(chunks, this.#state.placementOf, id, this.#codec)
    this.#give({ id, bytes })
    return id
  }

  take(): StoredBlob[] {
    const made = this.#made
    this.#made = []
    return made
  }

  /** What was done to a tree; the bytes are those since the last. */
  note(work: Omit<TreeWork, 'bytes'>): void {
    this.work.push({ ...work, bytes: this.#bytes })
    this.#bytes = 0
  }

  /** A part to which the place of its directory may be written: not one that the job began with (`before`). */
  own(part: Part, before: readonly Part[]): Part {
    const isOwn = this.#state.source === null || part.chunks.length > 0 || part.n === 0
    return isOwn || !before.includes(part)
      ? part
      : new Part(part.order, part.refs, this.#state.placementOf)
  }

  /** The same, if its directory shares a blob with others: in that may be more than what is named now. */
  unshared(part: Part): Part {
    const isShared = part.chunks.some(({ from, to }) => to - from < smallChunk)
    return isShared
      ? new Part(part.order, part.refs, this.#state.placementOf)
      : this.own(part, [part])
  }

  /**
   * Directories of trees that were made: large chunks into blobs of their own, small ones of all trees together into one. `unshared`: the small
   * ones anew, also those that are as they were.
   */
  *writeDirectories(merged: AllTrees, unshared = false): Generator<void> {
    if (this.#state.source === null) return
    const { trees } = this.#state
    const small: { chunk: NewChunk; place: (ref: ChunkRef) => void }[] = []
    for (const name of treeNames) {
      for (const tense of ['current', 'past'] as const) {
        for (const tier of ['main', 'mid'] as const) {
          const part = merged[name][tense][tier]
          if (part.chunks.length > 0 || part.n === 0) continue
          const chunks = chunksOf(part, trees[name][tense][tier]).map((chunk): Chunk =>
            unshared && chunk.to - chunk.from < smallChunk ? { ...chunk, ref: null } : chunk,
          )
          part.chunks = chunks
          for (const [i, { from, to, ref }] of chunks.entries()) {
            if (ref !== null) continue
            const chunk = { order: part.order, refs: part.refs.slice(from, to) }
            const place = (placed: ChunkRef): void => {
              chunks[i] = { from, to, ref: placed }
            }
            if (to - from < smallChunk) small.push({ chunk, place })
            else {
              place(chunkRef(yield* this.#giveChunks([chunk]), 0, chunk))
            }
          }
          yield
        }
      }
    }
    if (small.length === 0) return
    const id = yield* this.#giveChunks(small.map(({ chunk }) => chunk))
    for (const [slot, { chunk, place }] of small.entries()) place(chunkRef(id, slot, chunk))
  }

  /** The result, with these trees in the place of the state's. */
  *resultOf(state: State): Generator<void, JobResult> {
    const before = yield* idsOf(this.#state.trees)
    const after = yield* idsOf(state.trees)
    return {
      index: indexOf(state),
      roots: rootsOf(state),
      replaced: [...before].filter((id) => !after.has(id)),
      work: this.work,
    }
  }
}

function* allSteps(output: JobOutput, steps: Generator<void, State>): Generator<void, JobResult> {
  return yield* output.resultOf(yield* steps)
}

/** A job out of its steps. */
export class StepsJob implements IndexJob {
  readonly #output: JobOutput
  readonly #steps: Generator<void, JobResult>
  #result: JobResult | null = null

  constructor(output: JobOutput, steps: Generator<void, State>) {
    this.#output = output
    this.#steps = allSteps(output, steps)
  }

  step(budgetMs: number, now: () => number): boolean {
    const end = now() + budgetMs
    while (this.#result === null) {
      const step = this.#steps.next()
      if (step.done === true) this.#result = step.value
      else if (now() >= end) break
    }
    return this.#result !== null
  }

  take(): StoredBlob[] {
    return this.#output.take()
  }

  result(): JobResult {
    assert(this.#result !== null, 'a job gives its result when it is done')
    return this.#result
  }
}
