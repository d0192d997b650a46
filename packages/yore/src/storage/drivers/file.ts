/**
 * The storage in a directory of this machine, on LMDB (the package `lmdb`). Several databases share a directory.
 *
 * (1) One process writes: another that tries gets `:yore/storage-busy`, which names the holder. Any number of processes read at the same time.
 * (2) A write is acknowledged when it is on disk: all writes that wait at a moment share one synchronisation. Small slots go to the
 *     journal first, which takes only one (file/journaling.ts). Relaxed ones are
 *     acknowledged at once, and lost when the process or the machine ends before they are on disk, a few milliseconds later.
 * (3) Everything of one call, and of one synchronisation, is on disk whole or not at all.
 */

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
  WriteOptions,
} from '../storage.ts'
import { acquire, release } from './file/environments.ts'
import type { Environment } from './file/environment.ts'
import type { Table } from './file/lmdb.ts'
import { storageErrorOf } from './file/lmdb.ts'
import { mergeSlots, Pending } from './file/pending.ts'
import { relaxedBytesMax } from './file/writes.ts'
import type { Key } from 'lmdb'

export interface FileOptions {
  /** The directory; it is made when it is not there. */
  readonly directory: string
  /** Only read: another process may write at the same time. */
  readonly readOnly?: boolean | undefined
  /** How long to wait for another process that writes, before it is an error; 0 by default. */
  readonly waitMs?: number | undefined
  /** In a thread of a process that has the directory open for writing: the `lease` of that storage, to write beside it. */
  readonly lease?: string | undefined
  /**
   * How large the journal is, in which small durable writes are collected; 0: none. Without it, it is half a MB, and made when there are writes
   * for which it is worth it; with it, at once.
   */
  readonly journalBytes?: number | undefined
}

export interface FileStorage extends Storage {
  /** What another thread of this process needs to write beside it; null when it only reads. */
  readonly lease: string | null
}

const limits: StorageLimits = {
  blobBytesMax: 2 ** 28,
  slotBytesMax: 2 ** 28,
  rootBytesMax: 2 ** 20,
}
const journalBytesMax = 2 ** 28
const isSize = (n: number): boolean => Number.isInteger(n) && n >= 0 && n <= journalBytesMax
const slotsPerCall = 1000
const slotBytesPerCall = 2 ** 23
const pieceBytes = 2 ** 16
/** A letter behind all that ids may have. */
const last = '~'

/** The value with a copy of its bytes, which LMDB's are only until the next read. */
function get(table: Table, key: Key): Uint8Array | null {
  const found = table.getBinaryFast(key)
  if (found === undefined) return null
  const out = new Uint8Array(found.length)
  out.set(new Uint8Array(found.buffer, found.byteOffset, found.length))
  return out
}

/** Copies many small values into few large pieces of memory. */
class Copies {
  #piece = new Uint8Array(0)
  #at = 0

  /** The value at the key, or null. */
  get(table: Table, key: Key): Uint8Array | null {
    const found = table.getBinaryFast(key)
    if (found === undefined) return null
    const n = found.length
    if (n > this.#piece.length - this.#at) {
      this.#piece = new Uint8Array(Math.max(pieceBytes, n))
      this.#at = 0
    }
    const out = this.#piece.subarray(this.#at, (this.#at += n))
    out.set(new Uint8Array(found.buffer, found.byteOffset, n))
    return out
  }
}

const has = (table: Table, key: Key): boolean => table.getBinaryFast(key) !== undefined

class LmdbStorage implements FileStorage {
  readonly name: string
  readonly limits = limits
  readonly readOnly: boolean
  readonly lease: string | null
  readonly sync = {
    getBlobs: this.#getBlobs.bind(this),
    readSlots: this.#readSlots.bind(this),
    readRoot: this.#readRoot.bind(this),
  }
  readonly #env: Environment
  readonly #pending: Pending
  readonly #watchers = new Set<() => void>()
  #closing: Promise<void> | null = null

  constructor(env: Environment, readOnly: boolean) {
    this.#env = env
    this.#pending = Pending.of(env)
    this.name = env.name
    this.readOnly = readOnly
    this.lease = readOnly ? null : env.token
  }

  readonly watch = (onChange: () => void): (() => void) => {
    this.#check()
    const watcher = (): void => onChange()
    this.#watchers.add(watcher)
    this.#env.watch(watcher)
    return () => {
      this.#watchers.delete(watcher)
      this.#env.unwatch(watcher)
    }
  }

  #check(database?: string): void {
    if (this.#closing !== null) raise(':yore/storage-closed', `${this.name} was closed`)
    if (database !== undefined) checkDatabase(database)
  }

  #checkWrite(database?: string): void {
    this.#check(database)
    if (this.readOnly) {
      raise(':yore/storage-read-only', `${this.name} was opened to read only`, {
        directory: this.#env.directory,
      })
    }
  }

  #read<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw storageErrorOf(error, this.name)
    }
  }

  #write<T>(bytes: number, apply: () => T): Promise<T> {
    return this.#env.queue.add(bytes, apply)
  }

  #mayRelax(options: WriteOptions | undefined): boolean {
    return options?.relaxed === true && this.#env.queue.bytes < relaxedBytesMax
  }

  #getBlobs(database: string, ids: readonly BlobId[]): (Uint8Array | null)[] {
    this.#check(database)
    checkBlobIds(ids)
    return this.#read(() => {
      let isFresh = false
      return ids.map((id) => {
        const found =
          this.#pending.blob(database, id) ?? get(this.#env.tables.blobs, [database, id])
        if (found !== null || isFresh) return found
        // Another process, or thread, may have written it after our view was taken.
        isFresh = true
        return get(this.#env.refresh().blobs, [database, id])
      })
    })
  }

  #readSlots(database: string, range: SlotRange): Slot[] {
    this.#check(database)
    checkSlotRange(range)
    const { from, limit = slotsPerCall } = range
    return this.#read(() => {
      const journaled = this.#env.journaling.view()
      const { slots } = this.#env.tables
      const found: Slot[] = []
      let bytes = 0
      let isCut = false
      // a single slot is not to hold on to more
      const copies = limit === 1 ? null : new Copies()
      const keys = slots.getKeys({ start: [database, from], end: [database, 2 ** 53], limit })
      for (const key of keys) {
        const slot = copies === null ? get(slots, key) : copies.get(slots, key)
        if (slot === null) continue
        found.push({ t: (key as Key[])[1] as number, bytes: slot })
        bytes += slot.length
        isCut = bytes >= slotBytesPerCall
        if (isCut) break
      }
      const waiting = this.#pending.slots(database, from)
      if (journaled !== null) {
        waiting.push(...journaled.journaled.slots(database, from, journaled.upTo))
      }
      return mergeSlots(found, waiting, limit, isCut)
    })
  }

  #readRoot(name: string): Uint8Array | null {
    this.#check()
    checkRootName(name)
    return this.#read(() => get(this.#env.refresh().roots, name))
  }

  async getBlobs(database: string, ids: readonly BlobId[]): Promise<(Uint8Array | null)[]> {
    return this.#getBlobs(database, ids)
  }

  async putBlobs(
    database: string,
    blobs: readonly StoredBlob[],
    options?: WriteOptions,
  ): Promise<void> {
    this.#checkWrite(database)
    checkBlobs(blobs, limits)
    if (blobs.length === 0) return
    const put = (all: readonly StoredBlob[]): void => {
      const table = this.#env.tables.blobs
      for (const { id, bytes } of all) void table.put([database, id], bytes)
    }
    let size = 0
    for (const { bytes } of blobs) size += bytes.length + 100
    if (!this.#mayRelax(options)) return this.#write(size, () => put(blobs))
    const copies = blobs.map(({ id, bytes }) => ({ id, bytes: bytes.slice() }))
    const done = this.#pending.addBlobs(database, copies)
    this.#env.queue.addRelaxed(size, () => put(copies), done)
  }

  async deleteBlobs(database: string, ids: readonly BlobId[]): Promise<void> {
    this.#checkWrite(database)
    checkBlobIds(ids)
    if (ids.length === 0) return
    await this.#write(ids.length * 100, () => {
      const table = this.#env.tables.blobs
      for (const id of ids) void table.remove([database, id])
    })
  }

  async listBlobs(database: string, range: BlobRange): Promise<BlobId[]> {
    this.#check(database)
    checkBlobRange(range)
    const { prefix = '', after = '', limit } = range
    // what is relaxed is listed when it is on disk
    if (this.#pending.hasBlobs(database)) await this.flush()
    return this.#read(() => {
      const { blobs } = this.#env.refresh()
      const start = after >= prefix ? after : prefix
      const keys = blobs.getKeys({ start: [database, start], end: [database, prefix + last] })
      const found: BlobId[] = []
      for (const key of keys) {
        const id = (key as Key[])[1] as string
        if (id === after) continue
        found.push(id)
        if (found.length === limit) break
      }
      return found
    })
  }

  async writeSlot(
    database: string,
    t: number,
    bytes: Uint8Array,
    options?: WriteOptions,
  ): Promise<boolean> {
    this.#checkWrite(database)
    checkT(t)
    checkSize('slot', bytes, limits.slotBytesMax)
    const { journaling, queue } = this.#env
    // another one is deciding about this very slot
    for (let other; (other = journaling.awaited(database, t)) !== undefined;) await other
    this.#checkWrite()
    if (this.#mayRelax(options) && !this.#pending.isSlotAwaited(database, t)) {
      return this.#writeRelaxed(database, t, bytes)
    }
    // what is relaxed and waits has to be there before it; and writes happen in the order in which they came
    const isFirst = options?.relaxed !== true && !queue.hasRelaxed && !this.#pending.hasAwaited
    if (!isFirst || !journaling.takes(database, bytes)) {
      journaling.slotWritten()
      return this.#writeAwaited(database, t, bytes)
    }
    // whether another process has written meanwhile the journal finds out
    if (this.#read(() => journaling.has(database, t) || this.#isInFile(database, t))) return false
    return journaling.append(database, t, bytes, (outcome) =>
      this.#put(database, t, bytes, outcome === 'unsure'),
    )
  }

  /** Is a slot there, on disk or for those who read here? */
  #hasSlot(database: string, t: number): boolean {
    if (this.#pending.slot(database, t) !== null) return true
    const waiting = this.#env.journaling.view()
    if (waiting?.journaled.has(database, t, waiting.upTo) === true) return true
    return this.#isInFile(database, t)
  }

  #isInFile(database: string, t: number): boolean {
    return has(this.#env.tables.slots, [database, t])
  }

  async #writeAwaited(database: string, t: number, bytes: Uint8Array): Promise<boolean> {
    const done = this.#pending.awaitSlot(database, t)
    try {
      const { journaling } = this.#env
      if (!journaling.isIdle) await journaling.idle
      return await this.#put(database, t, bytes, false)
    } finally {
      done()
    }
  }

  /** `mayBeThere`: these very bytes may have been written by the call itself. */
  #put(database: string, t: number, bytes: Uint8Array, mayBeThere: boolean): Promise<boolean> {
    return this.#write(bytes.length + 100, () => {
      const { slots } = this.#env.tables
      const isThere = has(slots, [database, t])
      if (isThere) return mayBeThere && sameBytes(get(slots, [database, t]), bytes)
      void slots.put([database, t], bytes)
      return true
    })
  }

  #writeRelaxed(database: string, t: number, bytes: Uint8Array): boolean {
    if (this.#read(() => this.#hasSlot(database, t))) return false
    const copy = bytes.slice()
    this.#env.queue.addRelaxed(
      bytes.length + 100,
      () => {
        const { slots } = this.#env.tables
        if (!has(slots, [database, t])) void slots.put([database, t], copy)
      },
      this.#pending.addSlot(database, t, copy),
    )
    return true
  }

  async readSlots(database: string, range: SlotRange): Promise<Slot[]> {
    return this.#readSlots(database, range)
  }

  async deleteSlots(database: string, from: number, to: number): Promise<void> {
    this.#checkWrite(database)
    checkBound(from)
    checkBound(to)
    if (to <= from) return
    await this.#write(100, () => {
      const { slots } = this.#env.tables
      const keys = [...slots.getKeys({ start: [database, from], end: [database, to] })]
      for (const key of keys) void slots.remove(key)
    })
  }

  async readRoot(name: string): Promise<Uint8Array | null> {
    return this.#readRoot(name)
  }

  async replaceRoot(
    name: string,
    expected: Uint8Array | null,
    next: Uint8Array | null,
  ): Promise<boolean> {
    this.#checkWrite()
    checkRootName(name)
    if (next !== null) checkSize('root', next, limits.rootBytesMax)
    return this.#write((next?.length ?? 0) + 100, () => {
      const { roots } = this.#env.tables
      if (!sameBytes(get(roots, name), expected)) return false
      if (next !== null) void roots.put(name, next)
      else if (expected !== null) void roots.remove(name)
      return true
    })
  }

  async listRoots(prefix: string): Promise<string[]> {
    this.#check()
    checkRootPrefix(prefix)
    return this.#read(() => {
      const { roots } = this.#env.refresh()
      const found: string[] = []
      for (const key of roots.getKeys(prefix === '' ? {} : { start: prefix })) {
        const name = key as string
        if (!name.startsWith(prefix)) break
        found.push(name)
      }
      return found.sort()
    })
  }

  async flush(): Promise<void> {
    this.#check()
    await this.#ended()
  }

  /** All writes of now are on disk. */
  async #ended(): Promise<void> {
    await this.#env.journaling.idle
    if (!this.#env.queue.isIdle) await this.#write(0, () => null)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const watcher of this.#watchers) this.#env.unwatch(watcher)
    try {
      // Our own writes end before the promise does, though other handles may keep the directory open.
      await this.#ended()
    } finally {
      await release(this.#env, this.readOnly)
    }
  }
}

/**
 * Opens the storage in a directory.
 *
 *     const storage = await openFileStorage({ directory: './data' })
 */
export async function openFileStorage(options: FileOptions): Promise<FileStorage> {
  const { directory, readOnly = false, waitMs = 0, lease = null, journalBytes = null } = options
  if (journalBytes !== null && !isSize(journalBytes)) {
    raise(':yore/invalid-argument', `journalBytes is a whole number from 0 to ${journalBytesMax}`)
  }
  const env = await acquire(directory, { readOnly, lease, waitMs, journalBytes })
  return new LmdbStorage(env, readOnly)
}
