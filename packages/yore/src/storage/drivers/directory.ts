/**
 * The storage in plain files: one for each blob, slot and root. For backups, which any tool can then copy, compare and keep; slow where
 * many small transactions are committed (for that there is the file storage).
 *
 *   yore-directory.txt            what this is, and its format
 *   blobs/DATABASE/ID             slots/DATABASE/T            roots/NAME/VERSION
 *
 * (1) A file is there whole or not at all; what was acknowledged, and not relaxed, stays when the power goes.
 * (2) A root's versions are files with ascending numbers, of which the greatest counts. A version is made only if it is not there, so of
 *     several writers with one expectation one wins, in whatever process.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
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
import { Files, fileError, forEach, isAbsent, namesIn, removeAbandoned } from './directory/files.ts'
import { makeDirectory } from '../make-directory-node.ts'
import { fileNameOf, nameOfFile, nameOfPath, pathOf } from './directory/names.ts'

export interface DirectoryOptions {
  /** Made when it is not there, unless it is only read. */
  readonly directory: string
  readonly readOnly?: boolean | undefined
  /** False: leaves it to the system when files come to the disk. Faster, and for what may be lost. */
  readonly durable?: boolean | undefined
}

const limits: StorageLimits = {
  blobBytesMax: 2 ** 28,
  slotBytesMax: 2 ** 28,
  rootBytesMax: 2 ** 24,
}
const slotsPerCall = 1000
const slotBytesPerCall = 2 ** 23
const slotDigits = 16
const versionDigits = 12
const label = 'yore-directory.txt'
const labelText = `yore-directory 1

Stored things of Yore, each in a file of its own: blobs/DATABASE/ID, slots/DATABASE/T, roots/NAME/VERSION.
Of a root the greatest version counts. Every file has a checksum inside. Copy the directory as a whole.
`

/** The first byte of a version: is there a root? */
const absent = 0
const present = 1
/** So many older versions stay, so that a process that is slow does not make one of them again. */
const versionsKept = 3

/** A root as it stands: the number of its greatest version, and what is in it. */
interface Version {
  readonly n: number
  readonly bytes: Uint8Array | null
}

class DirectoryStorage implements Storage {
  readonly name: string
  readonly limits = limits
  readonly readOnly: boolean
  readonly watch = null
  readonly sync = {
    getBlobs: this.#getBlobsNow.bind(this),
    readSlots: this.#readSlotsNow.bind(this),
    readRoot: this.#readRootNow.bind(this),
  }
  readonly #path: string
  readonly #files: Files
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  constructor(path: string, readOnly: boolean, durable: boolean) {
    this.#path = path
    this.#files = new Files(durable)
    this.readOnly = readOnly
    this.name = `directory ${path}`
  }

  // ---- the one way in ----

  #check(database?: string): void {
    if (this.#closing !== null) raise(':yore/storage-closed', `${this.name} was closed`)
    if (database !== undefined) checkDatabase(database)
  }

  async #run<T>(run: () => Promise<T>): Promise<T> {
    const running = run().catch((error: unknown) => {
      throw fileError(error, this.name)
    })
    this.#underWay.add(running)
    try {
      return await running
    } finally {
      this.#underWay.delete(running)
    }
  }

  #write<T>(run: () => Promise<T>, options?: WriteOptions): Promise<T> {
    if (this.readOnly) {
      return raise(':yore/storage-read-only', `${this.name} was opened to read only`)
    }
    return this.#run(async () => {
      const result = await run()
      if (options?.relaxed !== true) await this.#files.sync()
      return result
    })
  }

  #now<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw fileError(error, this.name)
    }
  }

  // ---- blobs ----

  #blobPath(database: string, id: BlobId): string {
    return join(this.#path, 'blobs', fileNameOf(database), fileNameOf(id))
  }

  #getBlobsNow(database: string, ids: readonly BlobId[]): (Uint8Array | null)[] {
    this.#check(database)
    checkBlobIds(ids)
    return this.#now(() => ids.map((id) => readNow(this.#blobPath(database, id))))
  }

  async getBlobs(database: string, ids: readonly BlobId[]): Promise<(Uint8Array | null)[]> {
    this.#check(database)
    checkBlobIds(ids)
    return this.#run(async () => {
      const out: (Uint8Array | null)[] = []
      await forEach(ids, async (id, i) => {
        out[i] = await read(this.#blobPath(database, id))
      })
      return out
    })
  }

  async putBlobs(
    database: string,
    blobs: readonly StoredBlob[],
    options?: WriteOptions,
  ): Promise<void> {
    this.#check(database)
    checkBlobs(blobs, limits)
    const relaxed = options?.relaxed === true
    await this.#write(
      () =>
        forEach(blobs, ({ id, bytes }) =>
          this.#files.replace(this.#blobPath(database, id), bytes, relaxed),
        ),
      options,
    )
  }

  async deleteBlobs(database: string, ids: readonly BlobId[]): Promise<void> {
    this.#check(database)
    checkBlobIds(ids)
    await this.#write(() => this.#files.remove(ids.map((id) => this.#blobPath(database, id))))
  }

  async listBlobs(database: string, range: BlobRange): Promise<BlobId[]> {
    this.#check(database)
    checkBlobRange(range)
    const { prefix = '', after = '', limit } = range
    return this.#run(async () => {
      const names = await namesIn(join(this.#path, 'blobs', fileNameOf(database)))
      const ids = names.map(nameOfFile).filter((id) => id !== null)
      return ids
        .filter((id) => id > after && id.startsWith(prefix))
        .sort()
        .slice(0, limit)
    })
  }

  // ---- slots ----

  #slotPath(database: string, t?: number): string {
    const directory = join(this.#path, 'slots', fileNameOf(database))
    return t === undefined ? directory : join(directory, String(t).padStart(slotDigits, '0'))
  }

  async writeSlot(
    database: string,
    t: number,
    bytes: Uint8Array,
    options?: WriteOptions,
  ): Promise<boolean> {
    this.#check(database)
    checkT(t)
    checkSize('slot', bytes, limits.slotBytesMax)
    const path = this.#slotPath(database, t)
    return this.#write(() => this.#files.create(path, bytes, options?.relaxed === true), options)
  }

  #readSlotsNow(database: string, range: SlotRange): Slot[] {
    this.#check(database)
    checkSlotRange(range)
    return this.#now(() => {
      const names = namesNow(this.#slotPath(database))
      const out: Slot[] = []
      let sum = 0
      for (const t of tsFrom(names, range)) {
        const bytes = readNow(this.#slotPath(database, t))
        if (bytes === null) continue
        out.push({ t, bytes })
        sum += bytes.length
        if (sum >= slotBytesPerCall) break
      }
      return out
    })
  }

  async readSlots(database: string, range: SlotRange): Promise<Slot[]> {
    return this.#readSlotsNow(database, range)
  }

  async deleteSlots(database: string, from: number, to: number): Promise<void> {
    this.#check(database)
    checkBound(from)
    checkBound(to)
    await this.#write(async () => {
      const names = await namesIn(this.#slotPath(database))
      const ts = tsFrom(names, { from, limit: Infinity }).filter((t) => t < to)
      await this.#files.remove(ts.map((t) => this.#slotPath(database, t)))
    })
  }

  // ---- roots ----

  #rootPath(name: string): string {
    return join(this.#path, 'roots', ...pathOf(name))
  }

  #readRootNow(name: string): Uint8Array | null {
    this.#check()
    checkRootName(name)
    return this.#now(() => versionIn(this.#rootPath(name)).bytes)
  }

  async readRoot(name: string): Promise<Uint8Array | null> {
    return this.#readRootNow(name)
  }

  async replaceRoot(
    name: string,
    expected: Uint8Array | null,
    next: Uint8Array | null,
  ): Promise<boolean> {
    this.#check()
    checkRootName(name)
    if (next !== null) checkSize('root', next, limits.rootBytesMax)
    const path = this.#rootPath(name)
    // the caller may change its bytes while we wait for others
    const [before, after] = [expected?.slice() ?? null, next?.slice() ?? null]
    return this.#write(() => inTurn(path, () => this.#replace(path, before, after)))
  }

  async #replace(
    path: string,
    before: Uint8Array | null,
    after: Uint8Array | null,
  ): Promise<boolean> {
    const { n, bytes } = versionIn(path)
    if (!sameBytes(bytes, before)) return false
    if (before === null && after === null) return true
    // what the root may name is on the disk before it
    await this.#files.sync()
    const own = join(path, versionName(n + 1))
    if (!(await this.#files.create(own, versionBytes(after), false))) return false
    if (versionIn(path).n > n + 1) {
      // another process was far ahead: ours comes too late and counts for nothing
      await this.#files.remove([own])
      return false
    }
    await this.#files.sync()
    const old = versionNames(path).filter(
      (name) => Number(name) < (after === null ? n + 1 : n + 1 - versionsKept),
    )
    await this.#files.remove(old.map((name) => join(path, name)))
    return true
  }

  async listRoots(prefix: string): Promise<string[]> {
    this.#check()
    checkRootPrefix(prefix)
    return this.#run(async () => {
      const found: string[] = []
      await this.#listRoots(join(this.#path, 'roots'), [], found)
      return found.filter((name) => name.startsWith(prefix)).sort()
    })
  }

  async #listRoots(path: string, above: readonly string[], found: string[]): Promise<void> {
    for (const piece of await namesIn(path)) {
      const here = join(path, piece)
      if (piece.endsWith('+')) await this.#listRoots(here, [...above, piece], found)
      else {
        const name = nameOfPath([...above, piece])
        if (name !== null && versionIn(here).bytes !== null) found.push(name)
      }
    }
  }

  // ---- the rest ----

  async flush(): Promise<void> {
    this.#check()
    await this.#run(() => this.#files.sync())
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    try {
      await this.#files.sync()
    } catch (error) {
      throw fileError(error, this.name)
    }
  }
}

async function read(path: string): Promise<Uint8Array | null> {
  try {
    return bytesOf(await readFile(path))
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

function readNow(path: string): Uint8Array | null {
  try {
    return bytesOf(readFileSync(path))
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

// Small files share a buffer with others, in which they begin anywhere.
const bytesOf = (found: Uint8Array): Uint8Array => Uint8Array.from(found)

function namesNow(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

function tsFrom(names: readonly string[], range: SlotRange): number[] {
  const { from, limit = slotsPerCall } = range
  const ts = names.filter((name) => /^\d{16}$/.test(name)).map(Number)
  return ts
    .filter((t) => t >= from)
    .sort((x, y) => x - y)
    .slice(0, limit)
}

// ---- versions of a root ----

const versionName = (n: number): string => String(n).padStart(versionDigits, '0')

const versionNames = (path: string): string[] =>
  namesNow(path)
    .filter((name) => /^\d{12}$/.test(name))
    .sort()

/** The version that counts. It may be taken away while we look: then there is a newer one. */
function versionIn(path: string): Version {
  for (;;) {
    const last = versionNames(path).at(-1)
    if (last === undefined) return { n: 0, bytes: null }
    const file = readNow(join(path, last))
    if (file !== null) return { n: Number(last), bytes: file[0] === present ? file.slice(1) : null }
  }
}

/** A byte that says whether there is a root, and the root. */
function versionBytes(root: Uint8Array | null): Uint8Array {
  if (root === null) return Uint8Array.of(absent)
  const out = new Uint8Array(root.length + 1)
  out[0] = present
  out.set(root, 1)
  return out
}

const turns = new Map<string, Promise<unknown>>()

/** Runs after what was given before for the same path, in this process. */
async function inTurn<T>(path: string, run: () => Promise<T>): Promise<T> {
  const before = turns.get(path)
  const own = (async () => {
    await before?.catch(() => {})
    return run()
  })()
  turns.set(path, own)
  try {
    return await own
  } finally {
    if (turns.get(path) === own) turns.delete(path)
  }
}

/**
 * Opens the storage of plain files in a directory.
 *
 *     const target = await openDirectoryStorage({ directory: './backups/inventory' })
 */
export async function openDirectoryStorage(options: DirectoryOptions): Promise<Storage> {
  const { directory, readOnly = false, durable = true } = options
  const path = resolve(directory)
  const storage = new DirectoryStorage(path, readOnly, durable)
  try {
    checkLabel(path, readOnly)
    if (!readOnly) await removeAbandoned(path)
  } catch (error) {
    throw fileError(error, storage.name)
  }
  return storage
}

function checkLabel(path: string, readOnly: boolean): void {
  const file = join(path, label)
  const found = readNow(file)
  const text = found === null ? '' : new TextDecoder().decode(found)
  // a full disk or a crash may have left a part of it, and then nothing else is there
  if (text.length < labelText.length && labelText.startsWith(text)) {
    if (readOnly) raise(':yore/storage-not-found', `there is no storage in ${path}`, { path })
    makeDirectory(path)
    if (found === null && readdirSync(path).length > 0 && readNow(file) === null) {
      raise(
        ':yore/invalid-argument',
        `${path} holds other things: a storage of plain files wants a directory of its own`,
        { path },
      )
    }
    writeFileSync(file, labelText)
    return
  }
  const first = text.split('\n')[0] as string
  if (first !== labelText.split('\n')[0]) {
    raise(
      ':yore/unsupported-format',
      `${file} says '${first.slice(0, 80)}', which this version of Yore cannot read`,
      { path },
    )
  }
}
