/**
 * What a storage is: the contract that every driver keeps, small enough for any key-value store. `testing/storage-suite.ts` tests it.
 *
 * A storage holds three kinds of things. Blobs: bytes under an id, never changed. Slots: the log of a database, numbered by t, each
 * written at most once. Roots: small records under names, changed by compare-and-set. Blobs and slots belong to a database, named
 * by its id; roots belong to all, so that their names can say which databases there are.
 *
 * (1) What a call promised is there for every later read, of any handle on the same storage; a slot, a root, each blob is there whole
 *     or not at all. Several blobs of one call are not one step: some may be there when the call fails.
 * (2) Of several writers of one slot, or of one root with the same expectation, exactly one is told true.
 * (3) A resolved write is durable, unless it was relaxed. A durable write takes with it all relaxed ones made before it through the
 *     same handle: it is never there without them.
 * (4) A failed write may have happened (its reply was lost): whoever needs to know reads.
 * (5) Nothing is made up: what is absent is null, and damage that the storage notices is an error, never absence. Other damage is
 *     noticed by the frame around all bytes (data/codec/frame.ts).
 * (6) Bytes given are the caller's again when the promise is resolved; bytes received are never changed by anybody.
 * (7) Errors are YoreErrors: `:yore/storage-unavailable` (disk full, input or output failed: try again later),
 *     `:yore/storage-busy` (another process writes), `:yore/storage-read-only`, `:yore/storage-closed`, `:yore/storage-not-found`,
 *     `:yore/storage-corrupt`, `:yore/limit-exceeded`, `:yore/invalid-argument`. Losing a race is no error: it is false.
 */

/** 1 to 64 letters, digits, `-` and `_`; made by `newBlobId` (blob-id.ts). */
export type BlobId = string

export interface StoredBlob {
  readonly id: BlobId
  readonly bytes: Uint8Array
}

export interface Slot {
  readonly t: number
  readonly bytes: Uint8Array
}

export interface WriteOptions {
  /** Acknowledge before the write is durable: a crash may take the last of them, in the order of writing from the end. */
  readonly relaxed?: boolean | undefined
}

/** Which slots; a call may give fewer than there are, but at least one if there is one. */
export interface SlotRange {
  /** The first t. */
  readonly from: number
  /** At most so many. */
  readonly limit?: number | undefined
}

/** Which ids: those after `after` that begin with `prefix`, at most `limit`. */
export interface BlobRange {
  readonly prefix?: string | undefined
  readonly after?: BlobId | undefined
  readonly limit: number
}

/** The greatest sizes that a driver takes, in bytes. */
export interface StorageLimits {
  readonly blobBytesMax: number
  readonly slotBytesMax: number
  readonly rootBytesMax: number
}

/** Reads without waiting, where the driver can. They answer as their asynchronous namesakes do. */
export interface SyncReads {
  getBlobs(database: string, ids: readonly BlobId[]): (Uint8Array | null)[]
  readSlots(database: string, range: SlotRange): Slot[]
  readRoot(name: string): Uint8Array | null
}

/**
 * A place where bytes live.
 *
 *     const storage = memoryStorage()
 *     await storage.putBlobs('db-1', [{ id: 'a', bytes }])
 *     await storage.replaceRoot('names/inventory', null, root)   // true: it was absent, now it is there
 */
export interface Storage {
  /** What it is and where, for messages: `memory`, `file ./data`. */
  readonly name: string
  readonly limits: StorageLimits
  readonly readOnly: boolean
  readonly sync: SyncReads | null

  /** The blobs in the order of the ids, null where there is none. */
  getBlobs(database: string, ids: readonly BlobId[]): Promise<(Uint8Array | null)[]>
  /** An id that is there keeps its bytes or gets the new ones; nobody writes other bytes under an old id. */
  putBlobs(database: string, blobs: readonly StoredBlob[], options?: WriteOptions): Promise<void>
  /** Ids that are not there are no error. */
  deleteBlobs(database: string, ids: readonly BlobId[]): Promise<void>
  /** Ids in ascending order. For care and repair: a remote storage may be slow at it. */
  listBlobs(database: string, range: BlobRange): Promise<BlobId[]>

  /** Writes slot t if it is absent: true. False when there is one: somebody else wrote it. */
  writeSlot(
    database: string,
    t: number,
    bytes: Uint8Array,
    options?: WriteOptions,
  ): Promise<boolean>
  /** Slots from a t on, ascending. Ask again from the last t + 1 until none comes. */
  readSlots(database: string, range: SlotRange): Promise<Slot[]>
  /** Deletes the slots with from <= t < to. */
  deleteSlots(database: string, from: number, to: number): Promise<void>

  readRoot(name: string): Promise<Uint8Array | null>
  /**
   * Puts `next` (null: nothing) in the place of `expected` (null: absent): true. False when something else is there. Bytes are
   * compared as a whole, so roots that follow each other must differ: they carry a revision.
   */
  replaceRoot(name: string, expected: Uint8Array | null, next: Uint8Array | null): Promise<boolean>
  /** The names that begin with `prefix`, in ascending order. */
  listRoots(prefix: string): Promise<string[]>

  /** Resolved when everything written before, relaxed too, is durable. */
  flush(): Promise<void>
  /**
   * Calls back after something was written, by anybody who uses the storage, within 100 ms. It may call too often. The result ends it.
   * Null where the storage cannot tell: then ask from time to time.
   */
  readonly watch: ((onChange: () => void) => () => void) | null
  /** Ends what is under way and gives the place free. Everything after it is an error, but for another close. */
  close(): Promise<void>
}
