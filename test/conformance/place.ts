/**
 * Where a scenario's database lies, when it is not just a value: in a storage, under a transactor, in one of several configurations.
 *
 * (1) Every configuration gives the same answers.
 * (2) A database value stays readable when the storage was closed and opened again: old values read through the newest handle.
 */

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import type { LogSource } from '../../packages/yore/src/db/log.ts'
import { encodeRoot, firstRoot, rootName } from '../../packages/yore/src/db/root.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { wrapStorage } from '../../packages/yore/src/storage/wrapping.ts'
import type { TxResult } from '../../packages/yore/src/transact/transact.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { useBundledWorker } from '../crash/index-worker.ts'

export interface Config {
  /** 'value': no storage at all. */
  readonly storage: 'value' | 'memory' | 'file'
  /** Close it and open it again after every step. */
  readonly reopen?: boolean
  /** An index job after every transaction. */
  readonly indexEach?: boolean
  /** In a worker. */
  readonly worker?: boolean
  /** The most datoms in a segment. */
  readonly segment?: number
  /** Bytes of segments that stay in memory. */
  readonly cache?: number
}

/** The configurations in which the corpus is run. */
export const configs: Readonly<Record<string, Config>> = {
  'memory, all live': { storage: 'memory' },
  'memory, index job after every transaction': { storage: 'memory', indexEach: true },
  file: { storage: 'file' },
  'file, reopened after every step': { storage: 'file', reopen: true },
  'file, index job and reopened': { storage: 'file', reopen: true, indexEach: true },
  'segments of 8 datoms': { storage: 'memory', indexEach: true, segment: 8 },
  'cache of zero': { storage: 'memory', indexEach: true, cache: 0 },
  'segments of 8 datoms, cache of zero': {
    storage: 'memory',
    indexEach: true,
    segment: 8,
    cache: 0,
  },
  // the last: a job in a worker takes longest
  'memory, index job in a worker after every transaction': {
    storage: 'memory',
    indexEach: true,
    worker: true,
  },
}

let hasWorker = false

const databaseId = 'conformance'

/** The contents of a storage that is closed. */
type Contents = MemoryStore | string

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'yore-conformance-'))
  folders.push(folder)
  return folder
}

function forget(contents: Contents): void {
  if (typeof contents !== 'string') return
  rmSync(contents, { recursive: true, force: true })
  folders.splice(folders.indexOf(contents), 1)
}

const openContents = async (contents: Contents): Promise<Storage> =>
  typeof contents === 'string' ? openFileStorage({ directory: contents }) : memoryStorage(contents)

export class Place {
  readonly #config: Config
  readonly #contents: Contents
  #handle: Storage
  /** What transactors and database values see: the newest handle. */
  readonly #storage: Storage
  #transactor!: Transactor

  private constructor(config: Config, contents: Contents, handle: Storage) {
    this.#config = config
    this.#contents = contents
    this.#handle = handle
    const newest = (): Storage => this.#handle
    this.#storage = new Proxy(
      wrapStorage(handle, { async: (_, run) => run(), sync: (_, run) => run() }),
      {
        get(_, name) {
          const found: unknown = Reflect.get(newest(), name)
          if (name === 'sync') {
            return {
              getBlobs: (...args: [string, readonly string[]]) => newest().sync?.getBlobs(...args),
              readSlots: (...args: [string, { from: number }]) => newest().sync?.readSlots(...args),
              readRoot: (root: string) => newest().sync?.readRoot(root),
            }
          }
          return typeof found === 'function' ? found.bind(newest()) : found
        },
      },
    )
  }

  /** A new database, or one that begins with what another place held. */
  static async open(config: Config, from?: Contents): Promise<Place> {
    let contents: Contents
    if (config.storage === 'memory') {
      contents = from instanceof MemoryStore ? from.clone() : new MemoryStore()
    } else {
      contents = newFolder()
      if (typeof from === 'string') cpSync(from, contents, { recursive: true })
    }
    const handle = await openContents(contents)
    if (from === undefined) {
      await handle.replaceRoot(rootName(databaseId), null, encodeRoot(firstRoot(databaseId)))
    }
    if (config.worker === true && !hasWorker) await useBundledWorker()
    hasWorker ||= config.worker === true
    const place = new Place(config, contents, handle)
    await place.#start()
    return place
  }

  async #start(): Promise<void> {
    const { segment, cache, worker } = this.#config
    this.#transactor = await Transactor.open({
      env: systemEnv,
      storage: this.#storage,
      databaseId,
      name: 'conformance',
      segmentSize: segment,
      cacheBytes: cache,
      indexing: worker === true ? 'worker' : 'pieces',
    })
  }

  get db(): Db {
    return this.#transactor.db
  }

  get log(): LogSource {
    return this.#transactor.log
  }

  async transact(run: (db: Db) => TxResult): Promise<TxResult> {
    const result = await this.#transactor.transact(run)
    if (this.#config.indexEach === true) await this.index()
    return result
  }

  /** Runs an index job. */
  async index(): Promise<void> {
    await this.#transactor.indexed(this.#transactor.db.basisT)
  }

  /** What the configuration wants after every step. */
  async step(): Promise<void> {
    if (this.#config.reopen === true) await this.reopen()
  }

  async reopen(): Promise<void> {
    await this.#transactor.close()
    await this.#handle.close()
    this.#handle = await openContents(this.#contents)
    await this.#start()
  }

  /** A copy of what it holds, to begin others with. */
  async copy(): Promise<Contents> {
    if (this.#contents instanceof MemoryStore) return this.#contents.clone()
    await this.#transactor.close()
    await this.#handle.close()
    const folder = newFolder()
    cpSync(this.#contents, folder, { recursive: true })
    this.#handle = await openContents(this.#contents)
    await this.#start()
    return folder
  }

  async close(): Promise<void> {
    await this.#transactor.close()
    await this.#handle.close()
    forget(this.#contents)
  }
}

export type { Contents }
