/**
 * What a database takes in its storage: index, log, garbage, in bytes as they are stored.
 *
 * (1) Nothing is changed, and the database may be in use: when an index job ends meanwhile, the counting begins anew.
 * (2) Segments of the index are not read, their directories know. Of the log and of garbage nobody notes the size: they are read for it, some
 *     blobs at a time, and what a segment of the log takes is remembered for as long as the storage is open, for it never changes.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import { dbStats } from '../db/stats.ts'
import { placeIn } from '../db/load.ts'
import { garbageBlobsOf, logSegmentsOf } from '../db/reach.ts'
import { decodeRoot, rootName } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import { orders } from '../indexes/facts/fact.ts'
import type { Order } from '../indexes/facts/fact.ts'
import { liveBytesOf } from '../indexes/jobs/job.ts'
import { refsOf } from '../indexes/stored/roots.ts'
import type { SegmentRef } from '../indexes/segments/segment-ref.ts'
import { SegmentSource } from '../indexes/stored/segment-source.ts'
import type { Storage } from '../storage/storage.ts'
import type { Stored } from './backup.ts'
import { Task } from './task.ts'
import type { TaskOptions } from './task.ts'

/** What one of the orders takes: current and past facts. */
export interface OrderStats {
  readonly facts: number
  readonly segments: number
  readonly bytes: number
}

/** What a database takes in its storage. Bytes are those of what is stored; the file around it may be larger. */
export interface StorageStats {
  /** The storage: `file ./data`. */
  readonly storage: string
  /** The last transaction. */
  readonly basisT: number
  /** Datoms of the whole history. */
  readonly datoms: number
  /** All bytes together. */
  readonly bytes: number
  readonly index: {
    /** The last transaction that is in segments, null before the first index job. What came after it is read from the slots of the log. */
    readonly basisT: number | null
    readonly segments: number
    /** Directories too. */
    readonly bytes: number
    readonly orders: Readonly<Record<Order | 'fulltext', OrderStats>>
  }
  readonly log: {
    readonly segments: number
    readonly segmentBytes: number
    /** One for each commit since the last index job. */
    readonly slots: number
    readonly slotBytes: number
  }
  /** What index jobs have replaced and `gcStorage` deletes. */
  readonly garbage: { readonly blobs: number; readonly bytes: number }
  /** About how many bytes of memory the transactions since the last index job take. */
  readonly memoryIndexBytes: number
}

/** How far it is: bytes that were counted. */
export interface StorageStatsProgress {
  readonly bytes: number
}

export interface StorageStatsOptions extends TaskOptions<StorageStatsProgress> {
  readonly env: Env
}

/** What segments of the log take, by id: those that were in the log when it was last counted. */
const sizesOfLog = new WeakMap<Storage, ReadonlyMap<string, number>>()

const attempts = 3
const atOnce = 32

/** What the database takes; `db` is its newest value. */
export async function storageStats(
  stored: Stored,
  db: () => Db,
  options: StorageStatsOptions,
): Promise<StorageStats> {
  const { storage, databaseId, name } = stored
  for (let attempt = 1; ; attempt++) {
    const bytes = await storage.readRoot(rootName(databaseId))
    if (bytes === null) {
      return raise(':db.error/db-not-found', `the root record of ${name} is missing`, {
        databaseId,
      })
    }
    const counter = new Counter(stored, decodeRoot(bytes, databaseId, name), options)
    try {
      return await counter.run(db, bytes.length)
    } catch (error) {
      const now = await storage.readRoot(rootName(databaseId))
      const isSame = now?.length === bytes.length && now.every((b, i) => b === bytes[i])
      if (!(error instanceof YoreError) || isSame || attempt === attempts) throw error
    }
  }
}

class Counter {
  readonly #storage: Storage
  readonly #databaseId: string
  readonly #root: Root
  readonly #task: Task<StorageStatsProgress>
  readonly #getBlobs: (ids: readonly string[]) => readonly (Uint8Array | null)[]
  readonly #source: SegmentSource
  // of blobs that were read for what is in them
  #readBytes = 0
  #bytes = 0

  constructor({ storage, databaseId, name }: Stored, root: Root, options: StorageStatsOptions) {
    this.#storage = storage
    this.#databaseId = databaseId
    this.#root = root
    this.#task = new Task('counting', options.env, options)
    const { getBlobs } = placeIn({ storage, databaseId, name }).reads
    this.#getBlobs = (ids) => {
      const found = getBlobs(ids)
      for (const bytes of found) this.#readBytes += bytes?.length ?? 0
      return found
    }
    const read = (ids: readonly string[]): (Uint8Array | null)[] => [...this.#getBlobs(ids)]
    this.#source = new SegmentSource(read, { name, bytesMax: 0 })
  }

  async run(db: () => Db, rootBytes: number): Promise<StorageStats> {
    await this.#step(0)
    const index = this.#index()
    const log = { ...(await this.#logSegments()), ...(await this.#slots()) }
    const garbage = await this.#garbage()
    const { basisT, facts } = db()
    const bytes = rootBytes + index.bytes + log.segmentBytes + log.slotBytes + garbage.bytes
    this.#task.end({ bytes })
    return {
      storage: this.#storage.name,
      basisT,
      datoms: dbStats(db()).datoms,
      bytes,
      index,
      log,
      garbage,
      memoryIndexBytes: liveBytesOf(facts),
    }
  }

  async #step(bytes: number): Promise<void> {
    this.#bytes += bytes
    const turn = this.#task.step(() => ({ bytes: this.#bytes }))
    if (turn !== null) await turn
  }

  /** What reading the blobs for their content came to, since the last time. */
  #takeRead(): number {
    const bytes = this.#readBytes
    this.#readBytes = 0
    return bytes
  }

  #index(): StorageStats['index'] {
    const { index, basisT } = this.#root
    const read = new Map<string, SegmentRef[][]>()
    const names = [...orders, 'fulltext'] as const
    const all = new Map(names.map((name) => [name, { facts: 0, segments: 0, bytes: 0 }]))
    const blocks = new Set<string>()
    let [segments, bytes] = [0, 0]
    for (const { name, main, mid } of index?.trees ?? []) {
      const sum = all.get(name === 'words' ? 'fulltext' : name)
      for (const ref of [main, mid].flatMap((chunks) => refsOf(chunks, this.#source, read))) {
        const { id, bytes: stored } = ref.block
        const isNew = id !== null && !blocks.has(id)
        if (isNew) blocks.add(id)
        segments++
        bytes += isNew ? stored : 0
        if (sum === undefined) continue
        sum.facts += ref.net
        sum.segments++
        sum.bytes += isNew ? stored : 0
      }
    }
    this.#bytes += bytes += this.#takeRead()
    const ordersOf = Object.fromEntries(all) as StorageStats['index']['orders']
    return { basisT: index === null ? null : basisT, segments, bytes, orders: ordersOf }
  }

  async #logSegments(): Promise<Pick<StorageStats['log'], 'segments' | 'segmentBytes'>> {
    const ids = [...logSegmentsOf(this.#root, this.#getBlobs)].map(({ id }) => id)
    const lists = this.#takeRead()
    const known = sizesOfLog.get(this.#storage)
    const sizes = new Map<string, number>()
    await this.#sizesOf(
      ids.filter((id) => known?.has(id) !== true),
      sizes,
    )
    let bytes = 0
    for (const id of ids) {
      const size = known?.get(id)
      if (size !== undefined) sizes.set(id, size)
      bytes += sizes.get(id) ?? 0
    }
    sizesOfLog.set(this.#storage, sizes)
    return { segments: sizes.size, segmentBytes: bytes + lists }
  }

  async #slots(): Promise<Pick<StorageStats['log'], 'slots' | 'slotBytes'>> {
    let [slots, slotBytes] = [0, 0]
    for (let from = this.#root.nextT; ;) {
      const found = await this.#storage.readSlots(this.#databaseId, { from })
      const last = found.at(-1)
      if (last === undefined) return { slots, slotBytes }
      const bytes = found.reduce((sum, slot) => sum + slot.bytes.length, 0)
      slots += found.length
      slotBytes += bytes
      await this.#step(bytes)
      from = last.t + 1
    }
  }

  async #garbage(): Promise<StorageStats['garbage']> {
    const ids = [...garbageBlobsOf(this.#root, this.#getBlobs)]
    this.#takeRead()
    return this.#sizesOf(ids)
  }

  /** Of those that are there. */
  async #sizesOf(
    ids: readonly string[],
    sizes: Map<string, number> = new Map(),
  ): Promise<{ blobs: number; bytes: number }> {
    let [blobs, bytes] = [0, 0]
    for (let i = 0; i < ids.length; i += atOnce) {
      const found = await this.#storage.getBlobs(this.#databaseId, ids.slice(i, i + atOnce))
      let sum = 0
      for (const [k, x] of found.entries()) {
        if (x === null) continue
        sizes.set(ids[i + k] as string, x.length)
        blobs++
        sum += x.length
      }
      bytes += sum
      await this.#step(sum)
    }
    return { blobs, bytes }
  }
}
