/**
 * The segment cache: decoded blobs by id, the least recently used dropped first when there are too many bytes.
 *
 * (1) A blob is fetched and decoded once however many ask for it at the same time.
 * (2) Nothing is kept of a fetch that failed, of a blob that is absent, or of one that was dropped while it was under way.
 * (3) All segments together stay within `bytesMax`, unless the pinned ones alone are more: those stay.
 */

import type { BlobId, Storage, StoredBlob, SyncReads, WriteOptions } from './storage.ts'

export interface CacheOptions<T> {
  readonly storage: Storage
  readonly bytesMax: number
  /** What stands behind the bytes; throws when they are damaged. */
  decode(bytes: Uint8Array, id: BlobId): T
  /** How many bytes of memory a segment holds. */
  bytesOf(segment: T): number
}

export interface CacheCounts {
  readonly segments: number
  readonly bytes: number
  readonly hits: number
  readonly misses: number
  readonly evictions: number
}

interface Entry<T> {
  readonly database: string
  readonly id: BlobId
  readonly segment: T
  readonly bytes: number
  pins: number
  // the neighbours in the order of use; null when pinned
  older: Entry<T> | null
  newer: Entry<T> | null
}

interface Fetch<T> {
  readonly result: Promise<T | null>
  dropped: boolean
}

export class SegmentCache<T> {
  readonly #options: CacheOptions<T>
  readonly #entries = new Map<string, Map<BlobId, Entry<T>>>()
  readonly #fetches = new Map<string, Map<BlobId, Fetch<T>>>()
  #oldest: Entry<T> | null = null
  #newest: Entry<T> | null = null
  #bytes = 0
  #segments = 0
  #hits = 0
  #misses = 0
  #evictions = 0

  constructor(options: CacheOptions<T>) {
    this.#options = options
  }

  counts(): CacheCounts {
    return {
      segments: this.#segments,
      bytes: this.#bytes,
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
    }
  }

  /** The segment if it is here. */
  peek(database: string, id: BlobId): T | undefined {
    const entry = this.#entries.get(database)?.get(id)
    if (entry === undefined) {
      this.#misses++
      return undefined
    }
    this.#hits++
    this.#touch(entry)
    return entry.segment
  }

  /** The segments in the order of the ids, null where there is none. Absent ones are fetched in one call. */
  async getMany(database: string, ids: readonly BlobId[]): Promise<(T | null)[]> {
    const found: (T | null)[] = []
    const missing = new Set<BlobId>()
    for (const id of ids) {
      const segment = this.peek(database, id)
      if (segment === undefined && !this.#fetches.get(database)?.has(id)) missing.add(id)
      found.push(segment ?? null)
    }
    if (missing.size > 0) this.#load(database, [...missing])
    const fetches = ids.map((id, i) =>
      found[i] === null ? this.#fetches.get(database)?.get(id) : undefined,
    )
    for (let i = 0; i < ids.length; i++) {
      const fetch = fetches[i]
      if (fetch !== undefined) found[i] = await fetch.result
    }
    return found
  }

  /** The same without waiting; only where the storage has synchronous reads. */
  getManySync(database: string, ids: readonly BlobId[], reads: SyncReads): (T | null)[] {
    const out: (T | null)[] = []
    const missing: BlobId[] = []
    const places: number[] = []
    for (const id of ids) {
      const segment = this.peek(database, id)
      if (segment === undefined) {
        missing.push(id)
        places.push(out.length)
      }
      out.push(segment ?? null)
    }
    if (missing.length === 0) return out
    const blobs = reads.getBlobs(database, missing)
    for (let i = 0; i < missing.length; i++) {
      const bytes = blobs[i] ?? null
      if (bytes === null) continue
      const id = missing[i] as BlobId
      const segment = this.#options.decode(bytes, id)
      out[places[i] as number] = segment
      this.add(database, id, segment)
    }
    return out
  }

  /** Puts in a segment that was just made, so that it need not be fetched. */
  add(database: string, id: BlobId, segment: T): void {
    this.#remove(database, id)
    let ofDatabase = this.#entries.get(database)
    if (ofDatabase === undefined) this.#entries.set(database, (ofDatabase = new Map()))
    const bytes = this.#options.bytesOf(segment)
    const entry: Entry<T> = { database, id, segment, bytes, pins: 0, older: null, newer: null }
    ofDatabase.set(id, entry)
    this.#segments++
    this.#bytes += bytes
    this.#link(entry)
    this.#evict()
  }

  /** Keeps the segments that are here until as many `unpin`s; gives the ids that are here. */
  pin(database: string, ids: readonly BlobId[]): BlobId[] {
    const ofDatabase = this.#entries.get(database)
    return ids.filter((id) => {
      const entry = ofDatabase?.get(id)
      if (entry === undefined) return false
      if (entry.pins === 0) this.#unlink(entry)
      entry.pins++
      return true
    })
  }

  unpin(database: string, ids: readonly BlobId[]): void {
    const ofDatabase = this.#entries.get(database)
    for (const id of ids) {
      const entry = ofDatabase?.get(id)
      if (entry === undefined || entry.pins === 0) continue
      entry.pins--
      if (entry.pins === 0) this.#link(entry)
    }
    this.#evict()
  }

  /** Forgets these segments, pinned or not, also those under way; without ids all of the database. */
  drop(database: string, ids?: readonly BlobId[]): void {
    const fetches = this.#fetches.get(database)
    const gone = ids ?? [...(this.#entries.get(database)?.keys() ?? []), ...(fetches?.keys() ?? [])]
    for (const id of gone) {
      this.#remove(database, id)
      const fetch = fetches?.get(id)
      if (fetch === undefined) continue
      fetch.dropped = true
      fetches?.delete(id)
    }
  }

  /** Forgets everything. */
  clear(): void {
    const databases = new Set([...this.#entries.keys(), ...this.#fetches.keys()])
    for (const database of databases) this.drop(database)
  }

  /** One call to the storage; each id gets a promise of its own. */
  #load(database: string, ids: readonly BlobId[]): void {
    let fetches = this.#fetches.get(database)
    if (fetches === undefined) this.#fetches.set(database, (fetches = new Map()))
    const blobs = this.#options.storage.getBlobs(database, ids)
    const here = fetches
    ids.forEach((id, i) => {
      const fetch: Fetch<T> = {
        dropped: false,
        result: blobs.then((found) => {
          const bytes = found[i] ?? null
          const segment = bytes === null ? null : this.#options.decode(bytes, id)
          if (segment !== null && !fetch.dropped) this.add(database, id, segment)
          return segment
        }),
      }
      here.set(id, fetch)
      const end = (): void => {
        if (here.get(id) === fetch) here.delete(id)
      }
      fetch.result.then(end, end)
    })
  }

  #remove(database: string, id: BlobId): void {
    const ofDatabase = this.#entries.get(database)
    const entry = ofDatabase?.get(id)
    if (ofDatabase === undefined || entry === undefined) return
    ofDatabase.delete(id)
    if (ofDatabase.size === 0) this.#entries.delete(database)
    if (entry.pins === 0) this.#unlink(entry)
    this.#segments--
    this.#bytes -= entry.bytes
  }

  #touch(entry: Entry<T>): void {
    if (entry.pins > 0 || entry === this.#newest) return
    this.#unlink(entry)
    this.#link(entry)
  }

  #link(entry: Entry<T>): void {
    entry.older = this.#newest
    entry.newer = null
    if (this.#newest === null) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink(entry: Entry<T>): void {
    if (entry.older === null) this.#oldest = entry.newer
    else entry.older.newer = entry.newer
    if (entry.newer === null) this.#newest = entry.older
    else entry.newer.older = entry.older
    entry.older = null
    entry.newer = null
  }

  #evict(): void {
    while (this.#bytes > this.#options.bytesMax && this.#oldest !== null) {
      this.#remove(this.#oldest.database, this.#oldest.id)
      this.#evictions++
    }
  }
}

/** A storage whose blobs are kept in a cache as they are; slots and roots pass through. For storages that are far away. */
export function cachingStorage(storage: Storage, bytesMax: number): Storage {
  const cache = new SegmentCache<Uint8Array>({
    storage,
    bytesMax,
    decode: (bytes) => bytes,
    bytesOf: (bytes) => bytes.length + 100,
  })
  const { sync } = storage
  return {
    name: storage.name,
    limits: storage.limits,
    readOnly: storage.readOnly,
    watch: storage.watch,
    sync: sync && {
      getBlobs: (database, ids) => cache.getManySync(database, ids, sync),
      readSlots: (database, range) => sync.readSlots(database, range),
      readRoot: (name) => sync.readRoot(name),
    },
    getBlobs: (database, ids) => cache.getMany(database, ids),
    async putBlobs(database: string, blobs: readonly StoredBlob[], options?: WriteOptions) {
      const ids = blobs.map((b) => b.id)
      cache.drop(database, ids)
      await storage.putBlobs(database, blobs, options)
      // what was fetched meanwhile may be what was there before
      cache.drop(database, ids)
    },
    async deleteBlobs(database: string, ids: readonly BlobId[]) {
      cache.drop(database, ids)
      await storage.deleteBlobs(database, ids)
      cache.drop(database, ids)
    },
    listBlobs: (database, range) => storage.listBlobs(database, range),
    writeSlot: (database, t, bytes, options) => storage.writeSlot(database, t, bytes, options),
    readSlots: (database, range) => storage.readSlots(database, range),
    deleteSlots: (database, from, to) => storage.deleteSlots(database, from, to),
    readRoot: (name) => storage.readRoot(name),
    replaceRoot: (name, expected, next) => storage.replaceRoot(name, expected, next),
    listRoots: (prefix) => storage.listRoots(prefix),
    flush: () => storage.flush(),
    close: () => {
      cache.clear()
      return storage.close()
    },
  }
}
