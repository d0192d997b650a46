/**
 * The one writer of a database: takes transactions, makes them durable, runs index jobs.
 *
 * (1) `db` is the newest durable database; whoever follows is told of each transaction in order, after it is durable.
 * (2) In memory there are no slots and no jobs: the index merges itself, and the log is packed.
 */

import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { letGoOfKept } from '../base/kept.ts'
import { checkCodec } from '../data/codec/compress.ts'
import type { Codec } from '../data/codec/compress.ts'
import { emptyDb } from '../db/bootstrap.ts'
import type { Db } from '../db/db.ts'
import { load, placeIn } from '../db/load.ts'
import type { PlaceOptions } from '../db/load.ts'
import { MemoryLog } from '../db/log-memory.ts'
import type { LoggedTransaction } from '../db/log-record.ts'
import { StoredLog } from '../db/log-stored.ts'
import type { LogSource } from '../db/log.ts'
import { replay } from '../db/replay.ts'
import { decodeRoot, rootName } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import { createFactIndex } from '../indexes/create.ts'
import type { Storage } from '../storage/storage.ts'
import type { TxResult } from '../transact/transact.ts'
import { collect, remove } from './collect.ts'
import { Committer, encoded, groupBytesMax, logged } from './commit.ts'
import { Indexing } from './indexing.ts'
import type { Loading } from './indexing.ts'
import { JobWorker } from './job-worker.ts'
import type { StartWorker } from './job-worker.ts'
import { sweepJob } from './orphans.ts'
import { CommitQueue } from './queue.ts'
import type { Outcome, Run } from './queue.ts'

export interface StoredOptions extends PlaceOptions {
  readonly env: Env
  readonly storage: Storage
  /** Acknowledge before a write is durable. */
  readonly relaxed?: boolean | undefined
  /** An index job starts when the memory index takes more bytes. */
  readonly memoryIndexThreshold?: number | undefined
  /** Transactions slow down from half of this on. */
  readonly memoryIndexMax?: number | undefined
  readonly indexing?: IndexingPlace | undefined
  /** How what is written from now on is packed; 'lz4' when not given. */
  readonly compression?: Codec | undefined
  /** The worker; that of the runtime when not given. */
  readonly startWorker?: StartWorker | undefined
}

/**
 * Where index jobs run: `'auto'`, large ones in a worker thread where there is one, small ones in pieces between other work; `'worker'`, all
 * in the worker; `'pieces'`, none.
 */
export type IndexingPlace = 'auto' | 'worker' | 'pieces'

export const defaults: { readonly memoryIndexThreshold: number; readonly memoryIndexMax: number } =
  {
    memoryIndexThreshold: 32 * 2 ** 20,
    memoryIndexMax: 512 * 2 ** 20,
  }

interface Parts {
  readonly env: Env
  readonly db: Db
  readonly log: LogSource
  /** Null: in memory. */
  readonly storage: Storage | null
  readonly write: ((group: readonly LoggedTransaction[]) => Promise<Outcome>) | null
  readonly committed: (result: TxResult, logged: LoggedTransaction) => void
}

export class Transactor {
  readonly isFollower = false
  readonly log: LogSource
  /** Called with each transaction that has become durable; `dbAfter` of the result stands on the index of its time. */
  onCommit: (result: TxResult) => void = () => {}
  /** Who deletes what is written here releases its connections. */
  onDeleted: () => void = () => {}
  readonly #queue: CommitQueue
  #indexing: Indexing | null = null
  #stored: StoredOptions | null = null

  private constructor({ env, db, log, storage, write, committed }: Parts) {
    this.log = log
    this.#queue = new CommitQueue({
      env,
      db,
      encode: (result) => encoded(result, storage),
      groupBytesMax: groupBytesMax(storage),
      write,
      committed: (result, written) => {
        committed(result, written)
        this.onCommit(result)
      },
      pressure: (head) => this.#indexing?.pressure(head) ?? 0,
      isShared: () => this.#indexing?.isInPieces === true,
    })
  }

  /** A new database that lives in memory, and is gone with the process. */
  static inMemory(env: Env, databaseId: string): Transactor {
    const log = new MemoryLog()
    return new Transactor({
      env,
      db: emptyDb(databaseId, createFactIndex),
      log,
      storage: null,
      write: null,
      committed: (_, written) => log.append(written),
    })
  }

  /** The writer of a database that lies in a storage: reads its root and its slots, cleans up, and is ready. */
  static async open(options: StoredOptions): Promise<Transactor> {
    const { storage, databaseId, name, env, compression: codec = 'lz4' } = options
    checkCodec(codec)
    const bytes = await storage.readRoot(rootName(databaseId))
    if (bytes === null) {
      raise(':db.error/db-not-found', `the root record of ${name} is missing`, { databaseId })
    }
    const root = decodeRoot(bytes, databaseId, name)
    const place = placeIn(options)
    const loaded = await load(root, place)
    await cleanUp(storage, databaseId, root.job, root.nextT, loaded.tornAt)
    const log = new StoredLog(place.reads, name, root, loaded.slots)
    const committer = new Committer({
      storage,
      databaseId,
      env,
      relaxed: options.relaxed ?? false,
      codec,
      checksum: loaded.checksum,
      written: (t) => {
        log.append(t)
        indexing.wrote(t)
      },
    })
    const transactor = new Transactor({
      env,
      db: loaded.db,
      log,
      storage,
      write: (group) => committer.write(group),
      committed: (result) => indexing.note(() => logged(result)),
    })
    const indexing = new Indexing({
      env,
      storage,
      databaseId,
      name,
      root,
      rootBytes: bytes,
      slots: loaded.slots,
      threshold: options.memoryIndexThreshold ?? defaults.memoryIndexThreshold,
      bytesMax: options.memoryIndexMax ?? defaults.memoryIndexMax,
      db: () => transactor.db,
      moved: (next) => log.moveTo(next),
      hold: () => transactor.#queue.hold(),
      getBlobs: (ids) => [...place.reads.getBlobs(ids)],
      forget: (ids) => place.source.drop(ids),
      segmentSize: options.segmentSize,
      codec,
      worker: await workerFor(options),
      workerFrom: options.indexing === 'worker' ? 0 : workerFrom,
      ahead: () => transactor.#queue.ahead,
      replace: (db, after) => transactor.#replace(db, after),
    })
    transactor.#indexing = indexing
    transactor.#stored = options
    indexing.startIfLarge()
    return transactor
  }

  /** The newest durable database. */
  get db(): Db {
    return this.#queue.db
  }

  /** Where it lies; null in memory. */
  get stored(): StoredOptions | null {
    return this.#stored
  }

  /** The root as it is now; null in memory. */
  get root(): Root | null {
    return this.#indexing?.root ?? null
  }

  /** Runs a transaction after all that were given before; resolved when it is durable. */
  transact(run: Run): Promise<TxResult> {
    return this.#queue.submit(run)
  }

  /** Nobody else commits, so `db` is the newest there is. */
  refresh(): Promise<void> {
    return Promise.resolve()
  }

  /** Starts an index job if there is something to index. In memory that means what is live goes into segments, which take less room. */
  requestIndex(): boolean {
    return this.#indexing?.request() ?? this.#settle()
  }

  // In memory, where everything is at hand, the job is done at once.
  #settle(): true {
    const facts = this.db.facts.settled()
    if (facts === this.db.facts) return true
    let after: Db = { ...this.db, facts }
    this.#replace(after, (result) => (after = replay(after, [logged(result)])))
    return true
  }

  // Nothing is to keep the index before.
  #replace(db: Db, rebased: (result: TxResult) => Db): void {
    letGoOfKept()
    this.#queue.replaceDurable(db, rebased)
  }

  /** Resolved when the stored index holds everything up to t; in memory, when nothing is live. */
  async indexed(t: number): Promise<void> {
    if (this.#indexing === null) this.#settle()
    else await this.#indexing.reach(t)
  }

  /** Much is loaded from now on. In memory there are no jobs, and at the end all of it goes into segments. */
  load(): Loading {
    if (this.#indexing !== null) return this.#indexing.load()
    const settle = async (): Promise<void> => void this.#settle()
    return {
      isDue: () => false,
      index: settle,
      end: (isWhole) => (isWhole ? settle() : Promise.resolve()),
    }
  }

  /** Deletes what index jobs replaced before that time. */
  async collectGarbage(olderThanMs: number): Promise<void> {
    const options = this.#stored
    if (options === null || this.#indexing === null) return
    let records: readonly string[] = []
    await this.#indexing.exclusively(async (root) => {
      const collected = await collect(root, olderThanMs, options)
      records = collected?.records ?? []
      return collected?.root ?? null
    })
    await remove(options.storage, options.databaseId, records)
  }

  /** Commits what was given, ends the job that runs, and makes relaxed writes durable. The storage stays open. */
  async close(): Promise<void> {
    await this.#queue.idle()
    await this.#indexing?.close()
    if (this.#queue.lost === null) await this.#stored?.storage.flush()
  }
}

/** From so many bytes on an index job goes to a worker. */
const workerFrom = 4 * 2 ** 20

/** Null where index jobs run in pieces on this thread. */
async function workerFor(options: StoredOptions): Promise<JobWorker | null> {
  const { indexing = 'auto', env, storage, databaseId } = options
  if (indexing === 'pieces' || storage.readOnly) return null
  const start = options.startWorker ?? (await import('#worker/index')).startIndexWorker
  return new JobWorker({ start, env, storage, databaseId })
}

/** Takes away what a crash has left: torn slots, slots that are in segments, blobs of an unfinished job. */
async function cleanUp(
  storage: Storage,
  databaseId: string,
  job: string,
  basis: number,
  tornAt: number | null,
): Promise<void> {
  if (tornAt !== null) await storage.deleteSlots(databaseId, tornAt, Number.MAX_SAFE_INTEGER)
  const [first] = await storage.readSlots(databaseId, { from: 0, limit: 1 })
  if (first !== undefined && first.t < basis) await storage.deleteSlots(databaseId, 0, basis)
  await sweepJob(storage, databaseId, job)
}
