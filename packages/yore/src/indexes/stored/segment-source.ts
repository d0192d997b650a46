/**
 * Where the segments of an index come from: blobs are read and decoded when they are first asked for, and the least recently used ones
 * dropped when there are too many bytes. One source belongs to one database in one storage.
 *
 * (1) What was dropped is read again; nobody notices but by the time it takes. With a cache of zero every reading reads.
 * (2) A block is in memory once, however many directories name it.
 * (3) It reads synchronously: a blob is read and decoded once however many ask for it, for nobody can ask while that is under way.
 * (4) Nothing is kept of a reading that failed, and of what is dropped nothing counts any more.
 * (5) Recently used: a hand goes round; what was used since it last came by stays for one round more.
 */

import { assert } from '../../base/assert.ts'
import { raise } from '../../base/errors.ts'
import { telling } from '../../data/codec/damage.ts'
import type { Damage } from '../../data/codec/damage.ts'
import type { BlobId } from '../../storage/storage.ts'
import type { ReadBlobs } from './durable.ts'
import type { Segment } from '../segments/segment.ts'
import { MadeValues } from '../segments/made-values.ts'
import type { Keeper } from '../segments/made-values.ts'
import { decodeBlock } from './segment-bytes.ts'
import type { Block, SegmentRef } from '../segments/segment-ref.ts'
import type { HeapHome } from '../segments/value-heap.ts'

export interface SourceOptions {
  /** For messages: the storage and the database. */
  readonly name: string
  /** How many bytes of decoded blobs stay in memory. */
  readonly bytesMax: number
}

export interface SourceCounts {
  readonly blocks: number
  readonly bytes: number
  /** Blobs read since the beginning, and dropped. */
  readonly reads: number
  readonly drops: number
  /** Bytes, among those, of values that were made and are kept. */
  readonly made: number
  /** Bytes of the blobs read. */
  readonly bytesRead: number
}

// Of a segment's objects beside its columns.
const segmentBytes = 1500
// What is fetched at once takes this share of the memory at most; of its bytes come about so many times as many.
const broughtShare = 8
const unpackedShare = 3

// Values made of the bytes of segments take this share of what the segments take, or of the cache where that is small.
const madeShare = 6
const madeLeast = 6 * 2 ** 20
const madeOfCache = 4

/** A block in memory; it knows the source, and nothing of the bytes that it was unpacked from. */
class Resident implements HeapHome {
  readonly block: Block
  segments: readonly Segment[] = []
  bytes = 0
  at: number
  readonly #source: SegmentSource

  constructor(source: SegmentSource, block: Block, at: number) {
    this.#source = source
    this.block = block
    this.at = at
  }

  grown(bytes: number): void {
    this.#source.grow(this, bytes)
  }

  // one that was dropped may still be read by who has it in hand
  admits(keeper: Keeper, bytes: number): boolean {
    const { made } = this.#source
    if (this.at < 0 || !made.admit(keeper, bytes)) return false
    this.grown(bytes)
    return keeper.place >= 0
  }

  kept(keeper: Keeper, bytes: number): void {
    if (keeper.place < 0) return
    this.grown(bytes)
    this.#source.made.grow(keeper, bytes)
  }

  letGo(): void {
    const { made } = this.#source
    for (const { parts } of this.segments) {
      for (const { keeper } of parts) if (keeper !== null) made.drop(keeper)
    }
  }
}

export class SegmentSource {
  readonly name: string
  readonly #read: ReadBlobs
  readonly #bytesMax: number
  readonly #byId = new Map<BlobId, Resident>()
  readonly #ring: Resident[] = []
  #hand = 0
  #bytes = 0
  #reads = 0
  #bytesRead = 0
  #drops = 0
  /** What is kept of values: part of `bytes`. */
  readonly made: MadeValues
  // the reference that has the segment that was loaded last
  #here: SegmentRef | null = null

  constructor(read: ReadBlobs, options: SourceOptions) {
    this.#read = read
    this.#bytesMax = options.bytesMax
    this.name = options.name
    const least = Math.min(madeLeast, this.#bytesMax / madeOfCache)
    this.made = new MadeValues(() => Math.max(least, (this.#bytes - this.made.bytes) / madeShare))
  }

  /** How many blobs have been read. */
  get reads(): number {
    return this.#reads
  }

  /** How many bytes of decoded blobs stay in memory. */
  get bytesMax(): number {
    return this.#bytesMax
  }

  counts(): SourceCounts {
    return {
      blocks: this.#ring.length,
      bytes: this.#bytes,
      reads: this.#reads,
      bytesRead: this.#bytesRead,
      drops: this.#drops,
      made: this.made.bytes,
    }
  }

  /** The reference to use from now on for the segment that `load` gave. */
  get here(): SegmentRef {
    return this.#here as SegmentRef
  }

  #count(bytes: Uint8Array | null): void {
    this.#reads++
    this.#bytesRead += bytes?.length ?? 0
  }

  /** The bytes of a blob that must be there. */
  bytesOf(id: BlobId): Uint8Array {
    const bytes = this.#read([id])[0] ?? null
    this.#count(bytes)
    if (bytes !== null) return bytes
    return raise(
      ':yore/storage-not-found',
      `the blob '${id}' is not in ${this.name}: gcStorage has collected what this database value is made of: take a new one from conn.db(). If that fails too, the storage is not whole, and verifyDatabase tells what is missing`,
      { id, storage: this.name },
    )
  }

  /**
   * Fetches blocks that are not in memory with one reading, from the first on as many as take a small part of it. What cannot be had this
   * way is said by who loads it.
   */
  bring(blocks: readonly Block[]): void {
    const away = new Map<BlobId, Block>()
    let room = this.#bytesMax / broughtShare
    for (const block of blocks) {
      const id = block.id as BlobId
      if (this.#byId.has(id) || away.has(id)) continue
      room -= block.bytes * unpackedShare + block.count * segmentBytes
      if (room < 0) break
      away.set(id, block)
    }
    if (away.size < 2) return
    const ids = [...away.keys()]
    const found = this.#read(ids)
    ids.forEach((id, i) => {
      const bytes = found[i] ?? null
      if (bytes === null) return
      this.#count(bytes)
      try {
        this.#bring(away.get(id) as Block, id, bytes)
      } catch {
        // perhaps nobody comes to it
      }
    })
  }

  /** The segment of a reference that has none. */
  load(ref: SegmentRef): Segment {
    const id = ref.block.id as BlobId
    let resident = this.#byId.get(id)
    if (resident === undefined) resident = this.#bring(ref.block, id, this.bytesOf(id))
    const { refs } = resident.block
    // a directory may know less of a block than another
    const here = refs[ref.slot] ?? (refs[ref.slot] = ref)
    const segment = resident.segments[ref.slot]
    assert(segment !== undefined, 'a block has the segments that its directory names')
    // in a cache of zero it is dropped already
    if (resident.at >= 0) here.segment = segment
    here.used = 1
    this.#here = here
    return segment
  }

  #bring(block: Block, id: BlobId, bytes: Uint8Array): Resident {
    const resident = new Resident(this, block, this.#ring.length)
    this.#ring.push(resident)
    this.#byId.set(id, resident)
    let segments: readonly Segment[]
    try {
      segments = telling(
        () => decodeBlock(bytes, id, resident),
        () => this.#damageOf(block, id),
      )
    } catch (error) {
      this.#drop(resident)
      throw error
    }
    this.grow(resident, segments.length * segmentBytes)
    resident.segments = segments
    block.refs.forEach((ref) => {
      ref.segment = segments[ref.slot] ?? null
      ref.used = 1
    })
    this.#evict()
    return resident
  }

  #damageOf({ n, refs }: Block, id: BlobId): Damage {
    const attributes = [...new Set(refs.flatMap(({ a }) => (a < 0 ? [] : [a])))]
    const of = attributes.length === 1 ? ` of the attribute ${attributes[0]}` : ''
    return {
      what: `the segment ${id} of the index of ${this.name}`,
      affected: `Its ${n} facts${of} cannot be read: restore the database from a backup; verifyDatabase tells what else is damaged`,
      data: { blob: id, facts: n, attributes },
    }
  }

  /** As values are made of its bytes a block comes to take more; one that was dropped may still be read by who has it in hand. */
  grow(resident: Resident, bytes: number): void {
    if (resident.at < 0) return
    resident.bytes += bytes
    this.#bytes += bytes
    // while it is being read it has no segments, and stays
    if (bytes > 0 && resident.segments.length > 0) this.#evict()
  }

  #evict(): void {
    const ring = this.#ring
    while (this.#bytes > this.#bytesMax && ring.length > 0) {
      if (this.#hand >= ring.length) this.#hand = 0
      const resident = ring[this.#hand] as Resident
      if (this.#bytesMax > 0 && wasUsed(resident.block)) this.#hand++
      else this.#drop(resident)
    }
  }

  #drop(resident: Resident): void {
    const last = this.#ring.pop() as Resident
    if (last !== resident) {
      this.#ring[resident.at] = last
      last.at = resident.at
    }
    resident.at = -1
    this.#bytes -= resident.bytes
    this.#drops++
    resident.letGo()
    this.#byId.delete(resident.block.id as BlobId)
    resident.block.refs.forEach((ref) => (ref.segment = null))
  }

  /** Forgets these blobs; without ids all of them. */
  drop(ids: Iterable<BlobId> = [...this.#byId.keys()]): void {
    for (const id of ids) {
      const resident = this.#byId.get(id)
      if (resident !== undefined) this.#drop(resident)
    }
  }
}

// Was any of its segments read since the last time?
function wasUsed({ refs }: Block): boolean {
  let used = false
  refs.forEach((ref) => {
    if (ref.used === 1) used = true
    ref.used = 0
  })
  return used
}
