/**
 * The storage in the memory of this process: what tests and `yore:mem` use, and the model of the contract.
 *
 * (1) Handles on one MemoryStore see the same things; closing a handle leaves them there.
 * (2) Bytes are copied when they come in, so nobody can change them afterwards.
 */

import { firstNotBelow } from '../../base/search.ts'
import { raise } from '../../base/errors.ts'
import {
  checkBlobIds,
  checkBlobRange,
  checkBlobs,
  checkBound,
  checkDatabase,
  checkRootName,
  checkRootPrefix,
  checkSize,
  checkSlotRange,
  checkT,
  sameBytes,
} from '../check.ts'
import type {
  BlobId,
  BlobRange,
  Slot,
  SlotRange,
  Storage,
  StorageLimits,
  StoredBlob,
} from '../storage.ts'

const limits: StorageLimits = {
  blobBytesMax: 2 ** 28,
  slotBytesMax: 2 ** 28,
  rootBytesMax: 2 ** 20,
}
const slotsPerCall = 1000

interface DatabaseContents {
  readonly blobs: Map<BlobId, Uint8Array>
  readonly slots: Map<number, Uint8Array>
  /** The numbers of the slots, ascending. */
  readonly ts: number[]
}

/** What several handles share: the contents. */
export class MemoryStore {
  readonly databases: Map<string, DatabaseContents> = new Map()
  readonly roots: Map<string, Uint8Array> = new Map()
  readonly watchers: Set<() => void> = new Set()

  /** The contents of a database, made when they are first asked for. */
  of(database: string): DatabaseContents {
    let found = this.databases.get(database)
    if (found === undefined) {
      found = { blobs: new Map(), slots: new Map(), ts: [] }
      this.databases.set(database, found)
    }
    return found
  }

  putSlot(database: string, t: number, bytes: Uint8Array): boolean {
    const { slots, ts } = this.of(database)
    if (slots.has(t)) return false
    slots.set(t, bytes)
    ts.splice(firstNotBelow(ts, t), 0, t)
    return true
  }

  deleteSlots(database: string, from: number, to: number): void {
    const { slots, ts } = this.of(database)
    const low = firstNotBelow(ts, from)
    const gone = ts.splice(low, Math.max(0, firstNotBelow(ts, to) - low))
    for (const t of gone) slots.delete(t)
  }

  /** Bytes are shared with the copy: they never change. */
  clone(): MemoryStore {
    const copy = new MemoryStore()
    for (const [id, { blobs, slots, ts }] of this.databases) {
      copy.databases.set(id, { blobs: new Map(blobs), slots: new Map(slots), ts: [...ts] })
    }
    for (const [name, bytes] of this.roots) copy.roots.set(name, bytes)
    return copy
  }
}

class MemoryStorage implements Storage {
  readonly name = 'memory'
  readonly limits = limits
  readonly readOnly = false
  readonly sync = {
    getBlobs: this.#getBlobs.bind(this),
    readSlots: this.#readSlots.bind(this),
    readRoot: this.#readRoot.bind(this),
  }
  readonly #store: MemoryStore
  readonly #watches = new Set<() => void>()
  #closed = false

  constructor(store: MemoryStore) {
    this.#store = store
  }

  readonly watch = (onChange: () => void): (() => void) => {
    this.#check()
    // each call has its own, so that one and the same function can watch twice
    const watcher = (): void => {
      if (this.#watches.has(end)) onChange()
    }
    const end = (): void => {
      this.#store.watchers.delete(watcher)
      this.#watches.delete(end)
    }
    this.#store.watchers.add(watcher)
    this.#watches.add(end)
    return end
  }

  #check(database?: string): void {
    if (this.#closed) raise(':yore/storage-closed', 'the storage in memory was closed')
    if (database !== undefined) checkDatabase(database)
  }

  #changed(): void {
    for (const watcher of this.#store.watchers) queueMicrotask(watcher)
  }

  #getBlobs(database: string, ids: readonly BlobId[]): (Uint8Array | null)[] {
    this.#check(database)
    checkBlobIds(ids)
    const { blobs } = this.#store.of(database)
    return ids.map((id) => blobs.get(id) ?? null)
  }

  #readSlots(database: string, range: SlotRange): Slot[] {
    this.#check(database)
    checkSlotRange(range)
    const { slots, ts } = this.#store.of(database)
    const low = firstNotBelow(ts, range.from)
    const found = ts.slice(low, low + (range.limit ?? slotsPerCall))
    return found.map((t) => ({ t, bytes: slots.get(t) as Uint8Array }))
  }

  #readRoot(name: string): Uint8Array | null {
    this.#check()
    checkRootName(name)
    return this.#store.roots.get(name) ?? null
  }

  async getBlobs(database: string, ids: readonly BlobId[]): Promise<(Uint8Array | null)[]> {
    return this.#getBlobs(database, ids)
  }

  async putBlobs(database: string, blobs: readonly StoredBlob[]): Promise<void> {
    this.#check(database)
    checkBlobs(blobs, limits)
    const contents = this.#store.of(database)
    for (const { id, bytes } of blobs) contents.blobs.set(id, bytes.slice())
    this.#changed()
  }

  async deleteBlobs(database: string, ids: readonly BlobId[]): Promise<void> {
    this.#check(database)
    checkBlobIds(ids)
    const { blobs } = this.#store.of(database)
    for (const id of ids) blobs.delete(id)
    this.#changed()
  }

  async listBlobs(database: string, range: BlobRange): Promise<BlobId[]> {
    this.#check(database)
    checkBlobRange(range)
    const { prefix = '', after = '', limit } = range
    const found: BlobId[] = []
    for (const id of this.#store.of(database).blobs.keys()) {
      if (id > after && id.startsWith(prefix)) found.push(id)
    }
    return found.sort().slice(0, limit)
  }

  async writeSlot(database: string, t: number, bytes: Uint8Array): Promise<boolean> {
    this.#check(database)
    checkT(t)
    checkSize('slot', bytes, limits.slotBytesMax)
    const written = this.#store.putSlot(database, t, bytes.slice())
    if (written) this.#changed()
    return written
  }

  async readSlots(database: string, range: SlotRange): Promise<Slot[]> {
    return this.#readSlots(database, range)
  }

  async deleteSlots(database: string, from: number, to: number): Promise<void> {
    this.#check(database)
    checkBound(from)
    checkBound(to)
    this.#store.deleteSlots(database, from, to)
    this.#changed()
  }

  async readRoot(name: string): Promise<Uint8Array | null> {
    return this.#readRoot(name)
  }

  async replaceRoot(
    name: string,
    expected: Uint8Array | null,
    next: Uint8Array | null,
  ): Promise<boolean> {
    this.#check()
    checkRootName(name)
    if (next !== null) checkSize('root', next, limits.rootBytesMax)
    const { roots } = this.#store
    if (!sameBytes(roots.get(name) ?? null, expected)) return false
    if (next === null) roots.delete(name)
    else roots.set(name, next.slice())
    this.#changed()
    return true
  }

  async listRoots(prefix: string): Promise<string[]> {
    this.#check()
    checkRootPrefix(prefix)
    return [...this.#store.roots.keys()].filter((name) => name.startsWith(prefix)).sort()
  }

  async flush(): Promise<void> {
    this.#check()
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const end of this.#watches) end()
  }
}

/**
 * A storage in memory. Several on one store share its contents; without a store it begins empty.
 *
 *     const store = new MemoryStore()
 *     const one = memoryStorage(store)
 *     const other = memoryStorage(store)   // sees what `one` writes
 */
export function memoryStorage(store: MemoryStore = new MemoryStore()): Storage {
  return new MemoryStorage(store)
}
