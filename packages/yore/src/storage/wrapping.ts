/**
 * A storage around another: every operation passes through one function, which may count it, delay it, or make it fail. What
 * measuring.ts and testing/faulty-storage.ts are made of.
 */

import type {
  BlobRange,
  SlotRange,
  Storage,
  StoredBlob,
  SyncReads,
  WriteOptions,
} from './storage.ts'

/** The operations; synchronous reads count as their asynchronous namesakes. */
export const operations = [
  'getBlobs',
  'putBlobs',
  'deleteBlobs',
  'listBlobs',
  'writeSlot',
  'readSlots',
  'deleteSlots',
  'readRoot',
  'replaceRoot',
  'listRoots',
  'flush',
] as const
export type Operation = (typeof operations)[number]

/** One call, as the function around it sees it. */
export interface Call {
  readonly operation: Operation
  /** How many things are asked for or given. */
  readonly items: number
  /** Bytes given. */
  readonly bytes: number
}

export interface Around {
  async<T>(call: Call, run: () => Promise<T>): Promise<T>
  sync<T>(call: Call, run: () => T): T
}

function bytesOf(blobs: readonly StoredBlob[]): number {
  let sum = 0
  for (const { bytes } of blobs) sum += bytes.length
  return sum
}

class WrappedStorage implements Storage {
  readonly name: string
  readonly limits: Storage['limits']
  readonly readOnly: boolean
  readonly sync: SyncReads | null
  readonly watch: Storage['watch']
  readonly #inner: Storage
  readonly #around: Around

  constructor(inner: Storage, around: Around) {
    this.#inner = inner
    this.#around = around
    this.name = inner.name
    this.limits = inner.limits
    this.readOnly = inner.readOnly
    this.watch = inner.watch
    this.sync = inner.sync === null ? null : wrapReads(inner.sync, around)
  }

  #call<T>(operation: Operation, items: number, bytes: number, run: () => Promise<T>): Promise<T> {
    return this.#around.async({ operation, items, bytes }, run)
  }

  getBlobs(database: string, ids: readonly string[]): Promise<(Uint8Array | null)[]> {
    return this.#call('getBlobs', ids.length, 0, () => this.#inner.getBlobs(database, ids))
  }
  putBlobs(database: string, blobs: readonly StoredBlob[], options?: WriteOptions): Promise<void> {
    return this.#call('putBlobs', blobs.length, bytesOf(blobs), () =>
      this.#inner.putBlobs(database, blobs, options),
    )
  }
  deleteBlobs(database: string, ids: readonly string[]): Promise<void> {
    return this.#call('deleteBlobs', ids.length, 0, () => this.#inner.deleteBlobs(database, ids))
  }
  listBlobs(database: string, range: BlobRange): Promise<string[]> {
    return this.#call('listBlobs', 1, 0, () => this.#inner.listBlobs(database, range))
  }
  writeSlot(
    database: string,
    t: number,
    bytes: Uint8Array,
    options?: WriteOptions,
  ): Promise<boolean> {
    return this.#call('writeSlot', 1, bytes.length, () =>
      this.#inner.writeSlot(database, t, bytes, options),
    )
  }
  readSlots(database: string, range: SlotRange): ReturnType<Storage['readSlots']> {
    return this.#call('readSlots', 1, 0, () => this.#inner.readSlots(database, range))
  }
  deleteSlots(database: string, from: number, to: number): Promise<void> {
    return this.#call('deleteSlots', 1, 0, () => this.#inner.deleteSlots(database, from, to))
  }
  readRoot(name: string): Promise<Uint8Array | null> {
    return this.#call('readRoot', 1, 0, () => this.#inner.readRoot(name))
  }
  replaceRoot(
    name: string,
    expected: Uint8Array | null,
    next: Uint8Array | null,
  ): Promise<boolean> {
    return this.#call('replaceRoot', 1, next?.length ?? 0, () =>
      this.#inner.replaceRoot(name, expected, next),
    )
  }
  listRoots(prefix: string): Promise<string[]> {
    return this.#call('listRoots', 1, 0, () => this.#inner.listRoots(prefix))
  }
  flush(): Promise<void> {
    return this.#call('flush', 1, 0, () => this.#inner.flush())
  }
  close(): Promise<void> {
    return this.#inner.close()
  }
}

function wrapReads(reads: SyncReads, around: Around): SyncReads {
  return {
    getBlobs: (database, ids) =>
      around.sync({ operation: 'getBlobs', items: ids.length, bytes: 0 }, () =>
        reads.getBlobs(database, ids),
      ),
    readSlots: (database, range) =>
      around.sync({ operation: 'readSlots', items: 1, bytes: 0 }, () =>
        reads.readSlots(database, range),
      ),
    readRoot: (name) =>
      around.sync({ operation: 'readRoot', items: 1, bytes: 0 }, () => reads.readRoot(name)),
  }
}

/** The storage with every operation but `watch` and `close` handed to `around`. */
export function wrapStorage(inner: Storage, around: Around): Storage {
  return new WrappedStorage(inner, around)
}
