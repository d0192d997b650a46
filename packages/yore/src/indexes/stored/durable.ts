/**
 * The durable index, as the parts above see it: roots (plain data that name everything), opening, index jobs, the size of the live part.
 *
 * (1) An index whose main and mid parts lie in a storage reads as one in memory; segments come through its `SegmentSource`.
 * (2) A job never changes an index: it makes a new one and the blobs that it needs. Blobs go into the storage before the roots that name
 *     them. What happened meanwhile is applied to the job's result again.
 */

import type { Codec } from '../../data/codec/compress.ts'
import type { BlobId, StoredBlob } from '../../storage/storage.ts'
import type { FactIndex, PlacementOf } from '../fact-index.ts'
import { orders } from '../facts/fact.ts'
import type { Order } from '../facts/fact.ts'

/** Reads blobs now, in the order of the ids; null where there is none. A storage's `sync.getBlobs` bound to a database. */
export type ReadBlobs = (ids: readonly BlobId[]) => (Uint8Array | null)[]

/** Where a chunk of a directory is: chunks may share a blob. */
export interface ChunkRef {
  readonly blob: BlobId
  readonly slot: number
  /** How many segments it names, and how many facts they hold. */
  readonly segments: number
  readonly facts: number
}

/**
 * The trees: of the four orders, and of words. In that one a fact of a fulltext attribute stands once for each of its words, which is its value,
 * in the order of AVET. Words come into it by jobs only: of what is live, who searches looks at the texts.
 */
export type TreeName = Order | 'words'
export const treeNames: readonly TreeName[] = [...orders, 'words']

/** How a tree is sorted. */
export const orderOf = (name: TreeName): Order => (name === 'words' ? 'avet' : name)

/** One tree: all its facts that are current, or past. */
export interface TreeRoots {
  readonly name: TreeName
  readonly past: boolean
  readonly main: readonly ChunkRef[]
  readonly mid: readonly ChunkRef[]
}

/** Names everything that an index has in the storage. Plain data. */
export interface IndexRoots {
  /** The greatest t of any datom in it. */
  readonly basisT: number
  readonly trees: readonly TreeRoots[]
  /** For each attribute, how many retractions have no assertion. */
  readonly unasserted: readonly (readonly [a: number, count: number])[]
}

/** What an index of a storage is made with. */
export interface DurableOptions {
  /** The most facts in a segment; 8 to 65535. */
  readonly segmentSize?: number | undefined
  /**
   * Who merges the live part into segments: `apply` itself when it has grown, or the caller, by jobs. Default: 'self' in memory, 'caller' with a
   * source.
   */
  readonly jobs?: 'self' | 'caller' | undefined
}

export interface JobOptions {
  /** A new id for a blob. */
  readonly newId: () => BlobId
  /** How blobs are packed; 'lz4' when not given. */
  readonly codec?: Codec | undefined
  /** The placement that holds from now on; without it that of the index. */
  readonly placementOf?: PlacementOf | undefined
  /** Hears which stored blocks are going to be read, and in which order; what it heard before is done with. A hint. */
  readonly expect?: ((ids: readonly BlobId[]) => void) | undefined
  /** Attributes that come into AVET by this job: `placementOf` already says so, the index does not hold them there. */
  readonly reindex?: readonly number[] | undefined
}

/** What a job did to one tree. */
export interface TreeWork {
  readonly name: TreeName
  readonly past: boolean
  /** M: the entries that came from the live part, and N: the facts in mid and main before. */
  readonly live: number
  readonly stored: number
  /** Rows written to mid and to main. */
  readonly mid: number
  readonly main: number
  readonly blobs: number
  readonly bytes: number
}

export interface JobResult {
  /** The index with nothing in its live part; it holds what the job's index held. */
  readonly index: FactIndex
  readonly roots: IndexRoots
  /** What the job's index had in the storage and the result has no more. */
  readonly replaced: readonly BlobId[]
  readonly work: readonly TreeWork[]
}

/**
 * An index job, in pieces:
 *
 *     const job = indexJob(db.facts, { newId })
 *     while (!job.step(5, env.monotonicMs)) await storage.putBlobs(database, job.take())
 *     await storage.putBlobs(database, job.take())
 *     const { index, roots, replaced } = job.result()   // then apply to `index` what was transacted meanwhile
 */
export interface IndexJob {
  /** Works for about so many milliseconds; true when all is done. */
  step(budgetMs: number, now: () => number): boolean
  /** The blobs made since the last take: the caller stores them. */
  take(): StoredBlob[]
  /** After `step` gave true. */
  result(): JobResult
}

// What goes with these:
//   segment-source.ts  class SegmentSource(read: ReadBlobs, { name, bytesMax }): decoded blobs, the least recently used dropped
//   roots.ts           encodeRoots(roots): Uint8Array, decodeRoots(bytes): IndexRoots, blobIdsOf(roots, source): Iterable<BlobId>
//   open.ts            openIndex(roots, source, placementOf, options?): FactIndex
//   create.ts          createFactIndex(facts, placementOf, { jobs: 'caller', source }): a new one for a storage, all live
//   job.ts             indexJob(index, options): IndexJob; liveBytesOf(index): number, basisOf(index): number
