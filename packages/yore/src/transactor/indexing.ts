/**
 * When index jobs run, and how: the memory index goes into segments, the slots into segments of the log, and a new root says so.
 *
 * (1) A large job runs in a worker where there is one (job-worker.ts), any other in pieces of a few milliseconds between turns of the
 *     event loop (job-run.ts). Both make the same blobs. Reads and commits go on.
 * (2) Blobs come first, then the root by compare-and-set, then the deletion of what the root has replaced. Killed at any point, the old
 *     root or the new one holds, and at most blobs are left over that nobody names.
 * (3) A job notes its id before its first blob; the ids of its blobs begin with it. So whoever opens the database next deletes what an
 *     unfinished job has left.
 * (4) What was transacted meanwhile is applied to the new index again before the database moves over to it (move-over.ts).
 * (5) A job that takes up requests to excise takes those facts out of everything that its root names. It holds transactions up for the moment
 *     in which the root changes, and begins anew when one of them has ended a fact that goes: so no slot has anything of it.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import type { Codec } from '../data/codec/compress.ts'
import type { Db } from '../db/db.ts'
import type { Excision } from '../db/excise.ts'
import type { Transaction } from '../db/log-record.ts'
import { encodeRoot, rootName } from '../db/root.ts'
import { placementOf, withoutPending } from '../db/schema-of.ts'
import type { Root } from '../db/root.ts'
import type { IndexRoots, ReadBlobs } from '../indexes/stored/durable.ts'
import type { FactIndex } from '../indexes/fact-index.ts'
import { bringInUse, inUse } from '../indexes/jobs/in-use.ts'
import type { InUse } from '../indexes/jobs/in-use.ts'
import { liveBytesOf } from '../indexes/jobs/job.ts'
import { reopenIndex } from '../indexes/open.ts'
import { newBlobId } from '../storage/blob-id.ts'
import type { Storage } from '../storage/storage.ts'
import { JobRun } from './job-run.ts'
import { inPieces } from './in-pieces.ts'
import type { JobWorker } from './job-worker.ts'
import { MoveOver, Since } from './move-over.ts'
import type { MoveOptions } from './move-over.ts'
import { noteJob, sweepJob } from './orphans.ts'
import { pressureMs } from './pressure.ts'

export interface IndexingOptions {
  readonly env: Env
  readonly storage: Storage
  readonly databaseId: string
  /** The database and where it is, for errors. */
  readonly name: string
  readonly root: Root
  /** The root as the storage has it: compare-and-set compares bytes. */
  readonly rootBytes: Uint8Array
  /** The slots after the root's basis, each by its first t. */
  readonly slots: readonly number[]
  /** A job starts when the memory index takes more bytes. */
  readonly threshold: number
  /** Nothing is transacted while it takes more. */
  readonly bytesMax: number
  /** The newest durable database. */
  readonly db: () => Db
  /** The slots up to the root's basis are in segments now. */
  readonly moved: (root: Root) => void
  /** What has been run and is not durable yet; and moving over to a database that has the same facts (move-over.ts). */
  readonly ahead: MoveOptions['ahead']
  readonly replace: MoveOptions['replace']
  /** Nothing is transacted from when it resolves until the result is called. */
  readonly hold: () => Promise<() => void>
  readonly getBlobs: ReadBlobs
  readonly segmentSize: number | undefined
  /** How what jobs make is packed. */
  readonly codec: Codec
  /** Null: jobs run on this thread. */
  readonly worker: JobWorker | null
  /** A job on so many bytes of memory index goes to the worker; a smaller one is done sooner than a worker has begun. */
  readonly workerFrom: number
  /** These blobs are not to be kept in memory. */
  readonly forget: (ids: readonly string[]) => void
}

interface Waiter {
  readonly t: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** While much is loaded. */
export interface Loading {
  /** Is an index job due, to be waited for before more is given? */
  isDue(): boolean
  /** Indexes all there is. */
  index(): Promise<void>
  /** The end; when it is `isWhole`, everything is indexed. */
  end(isWhole: boolean): Promise<void>
}

/** So many slots are deleted in one step. */
const slotsAtOnce = 1000
const retryMsMin = 1000
const retryMsMax = 60_000

class Cancelled extends Error {}

export class Indexing {
  readonly #options: IndexingOptions
  #root: Root
  #rootBytes: Uint8Array
  #slots: number[]
  /** Transactions since the basis of the job that runs. */
  #since: Since | null = null
  /** A job goes on in pieces on this thread now. */
  #isInPieces = false
  #running: Promise<void> | null = null
  #waiters: Waiter[] = []
  #failure: YoreError | null = null
  #retryMs = retryMsMin
  #cancelRetry: (() => void) | null = null
  #closed = false
  /** How many load much now. */
  #loads = 0

  constructor(options: IndexingOptions) {
    this.#options = options
    this.#root = options.root
    this.#rootBytes = options.rootBytes
    this.#slots = [...options.slots]
  }

  get root(): Root {
    return this.#root
  }

  /** Does a job go on in pieces on this thread, not in a worker? */
  get isInPieces(): boolean {
    return this.#isInPieces
  }

  /** Slot t is there. */
  wrote(t: number): void {
    this.#slots.push(t)
  }

  /** A transaction is durable. */
  note(tx: () => Transaction): void {
    this.#since?.push(tx())
    if (this.#running === null && this.#cancelRetry === null) this.startIfLarge()
  }

  startIfLarge(): void {
    if (this.#running !== null) return
    const { facts, nextT, schema } = this.#options.db()
    if (nextT === this.#root.nextT) return
    const { threshold, bytesMax } = this.#options
    // who loads waits for the jobs that are due; this is for what others transact meanwhile
    const from = this.#loads > 0 ? Math.max(threshold, bytesMax / 2) : threshold
    if (liveBytesOf(facts) > from || schema.pending.size > 0) this.#start()
  }

  /**
   * Much is loaded from now on, until the end of `load`: jobs are fewer and larger, for then less is rewritten, and on this thread, where all
   * they need is sorted already. Whoever loads waits for those that are due.
   */
  load(): Loading {
    this.#loads++
    return {
      isDue: () => this.#isDue(),
      index: () => this.reach(this.#options.db().basisT),
      end: async (isWhole) => {
        try {
          if (isWhole) await this.reach(this.#options.db().basisT)
        } finally {
          this.#loads--
          this.startIfLarge()
        }
      },
    }
  }

  #isDue(): boolean {
    const { threshold, bytesMax, db } = this.#options
    const from = Math.max(threshold, Math.min(4 * threshold, bytesMax / 4))
    return liveBytesOf(db().facts) > from
  }

  /** How long transactions have to wait now. */
  pressure(head: Db): number {
    const { bytesMax, threshold } = this.#options
    const bytes = liveBytesOf(head.facts)
    if (bytes <= threshold) return 0
    // there is nothing that a job could take away: what fills the memory index is on its way to the log
    if (this.#running === null && this.#options.db().nextT === this.#root.nextT) return 0
    if (bytes >= bytesMax && this.#failure !== null) {
      this.#start()
      raise(
        ':yore/index-behind',
        `the memory index is full (${bytes} bytes) because index jobs fail: ${this.#failure.message}`,
        { bytes, bytesMax },
        { cause: this.#failure },
      )
    }
    return pressureMs(bytes, bytesMax)
  }

  /** Starts a job if there is something to index. False after the end. */
  request(): boolean {
    if (this.#closed) return false
    if (this.#options.db().nextT > this.#root.nextT) this.#start()
    return true
  }

  /** Resolved when the index in the storage holds everything up to t. */
  reach(t: number): Promise<void> {
    if (this.#root.basisT >= t || this.#options.db().nextT <= this.#root.nextT) {
      return Promise.resolve()
    }
    if (this.#closed) return Promise.reject(released())
    return new Promise((resolve, reject) => {
      this.#waiters.push({ t, resolve, reject })
      this.#start()
    })
  }

  /** Changes the root while no job runs; null: leaves it. */
  async exclusively(change: (root: Root) => Promise<Root | null>): Promise<void> {
    while (this.#running !== null) await this.#running
    const changing = change(this.#root).then(async (root) => {
      if (root !== null) await this.#replaceRoot(root)
    })
    this.#running = changing.then(
      () => void (this.#running = null),
      () => void (this.#running = null),
    )
    await changing
  }

  /** Ends the job that runs, unfinished. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry?.()
    await this.#options.worker?.close()
    await this.#running
    const error = released()
    for (const { reject } of this.#waiters) reject(error)
    this.#waiters = []
  }

  #start(): void {
    if (this.#running !== null || this.#closed) return
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#running = this.#options.env
      .turn()
      .then(() => this.#job())
      .then(
        () => this.#finished(),
        (error: unknown) => this.#failed(error),
      )
  }

  #finished(): void {
    this.#running = null
    this.#since = null
    this.#failure = null
    this.#retryMs = retryMsMin
    const { basisT } = this.#root
    const reached = this.#waiters.filter((w) => w.t <= basisT)
    this.#waiters = this.#waiters.filter((w) => w.t > basisT)
    for (const { resolve } of reached) resolve()
    if (this.#waiters.length > 0) this.#start()
    else if (!this.#closed) this.startIfLarge()
  }

  #failed(error: unknown): void {
    this.#running = null
    this.#since = null
    if (error instanceof Cancelled) return
    this.#failure =
      error instanceof YoreError
        ? error
        : new YoreError(
            ':yore/storage-unavailable',
            `an index job failed: ${String(error)}`,
            {},
            { cause: error },
          )
    for (const { reject } of this.#waiters) reject(this.#failure)
    this.#waiters = []
    if (this.#closed) return
    this.#cancelRetry = this.#options.env.after(this.#retryMs, () => this.#retry(), true)
    this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax)
  }

  #retry(): void {
    this.#cancelRetry = null
    this.startIfLarge()
  }

  async #job(): Promise<void> {
    this.#isInPieces = true
    try {
      while (!(await this.#attempt()));
    } finally {
      this.#isInPieces = false
    }
  }

  /** False when it is to begin anew: what it was to excise was ended meanwhile, or the worker that did it has died. */
  async #attempt(): Promise<boolean> {
    const { env, storage, databaseId } = this.#options
    await sweepJob(storage, databaseId, this.#root.job)
    // from here on to `#since` nothing may wait: the job's database and what follows it belong together
    const base = this.#options.db()
    if (base.nextT === this.#root.nextT) return true
    const since = (this.#since = new Since())
    const used = inUse(base.facts)
    const job = newBlobId(env)
    await noteJob(storage, databaseId, job)
    const ids = { made: 0 }
    const run = this.#runOf(job, ids)
    const excision = await run.plan(base)
    const isForWorker = excision === null && this.#isForWorker(base)
    const made = isForWorker
      ? await this.#inWorker(base, job, ids)
      : await here(run, base, excision)
    if (made === null) return false
    const root = await this.#nextRoot(base, made, run)
    if (excision === null) {
      await this.#finish(base, made, root, used, base.schema.pending.size === 0)
      return true
    }
    const goOn = await this.#options.hold()
    try {
      if (since.transactions.some((tx) => excision.isEndedBy(tx))) return false
      await this.#finish(base, made, root, used, false)
      this.#options.forget(made.replaced)
      return true
    } finally {
      goOn()
    }
  }

  #runOf(job: string, ids: { made: number }): JobRun {
    const { env, storage, databaseId, name, getBlobs, codec } = this.#options
    const newId = (): string => `${job}-${(ids.made++).toString(36)}`
    const turn = (): Promise<void> => this.#turn()
    const root = this.#root
    return new JobRun({ env, storage, databaseId, name, getBlobs, root, job, newId, codec, turn })
  }

  #isForWorker({ facts, schema }: Db): boolean {
    const { worker, workerFrom } = this.#options
    if (worker === null || !worker.isThere || this.#loads > 0) return false
    return liveBytesOf(facts) >= workerFrom || schema.pending.size > 0
  }

  /** Null when the worker could not do it. */
  async #inWorker(base: Db, job: string, ids: { made: number }): Promise<Made | null> {
    const { databaseId, name, segmentSize, codec, worker, env } = this.#options
    const { nextT, indexLaterFrom } = base
    const root = this.#rootBytes
    const task = { root, databaseId, name, job, nextT, segmentSize, indexLaterFrom, codec }
    // to start a worker takes some milliseconds
    await this.#turn()
    this.#isInPieces = false
    const report = (await worker?.run({ kind: 'job', ...task })) ?? null
    this.#isInPieces = true
    await this.#turn()
    if (report === null) return null
    ids.made = report.ids
    const placement = placementOf(withoutPending(base.schema))
    const steps = reopenIndex(base.facts, report.roots, placement)
    return { ...report, index: await inPieces(steps, { env, turn: () => this.#turn() }) }
  }

  async #finish(
    base: Db,
    { index }: Made,
    root: Root,
    used: InUse,
    isPlain: boolean,
  ): Promise<void> {
    await this.#replaceRoot(root)
    this.#options.moved(root)
    const { env, ahead, replace } = this.#options
    await inPieces(bringInUse(used, index), { env, turn: () => env.turn() })
    const db = isPlain ? this.#options.db : null
    const moving = new MoveOver(
      { ...base, facts: index, schema: withoutPending(base.schema) },
      { env, turn: () => env.turn(), db, since: this.#since ?? new Since(), ahead, replace },
    )
    await moving.run()
    this.#since = null
    await this.#clean(root)
  }

  async #turn(): Promise<void> {
    if (this.#closed) throw new Cancelled()
    await this.#options.env.turn()
  }

  async #nextRoot(base: Db, made: Made, run: JobRun): Promise<Root> {
    const { roots, lists, segments, checksum, replaced: ids } = made
    const { databaseId, revision, garbage: before } = this.#root
    const garbage = await run.garbage(ids, before)
    const { basisT, nextT, nextElement, lastInstant } = base
    return {
      databaseId,
      revision: revision + 1,
      basisT,
      nextT,
      nextElement,
      lastInstant,
      checksum,
      job: run.job,
      index: roots,
      lists,
      segments,
      garbage,
    }
  }

  async #replaceRoot(root: Root): Promise<void> {
    const { storage, databaseId, name } = this.#options
    const after = encodeRoot(root)
    let replaced: boolean
    try {
      replaced = await storage.replaceRoot(rootName(databaseId), this.#rootBytes, after)
    } catch (error) {
      const found = await storage.readRoot(rootName(databaseId))
      if (!isSame(found, after)) throw error
      replaced = true
    }
    if (!replaced) {
      raise(
        ':yore/writer-replaced',
        `another process has changed the root of ${name}; the index job of this one was for nothing`,
      )
    }
    this.#root = root
    this.#rootBytes = after
  }

  /** What the new root has replaced. If this fails, the next job or start does it. */
  async #clean(root: Root): Promise<void> {
    const { storage, databaseId } = this.#options
    const folded = this.#slots.filter((t) => t < root.nextT)
    this.#slots = this.#slots.filter((t) => t >= root.nextT)
    try {
      for (let i = slotsAtOnce; i < folded.length; i += slotsAtOnce) {
        await storage.deleteSlots(databaseId, 0, folded[i] as number)
      }
      await storage.deleteSlots(databaseId, 0, root.nextT)
      await sweepJob(storage, databaseId, root.job)
    } catch (error) {
      if (!(error instanceof YoreError)) throw error
    }
  }
}

/** What a job has made: the index, and what the next root says. */
interface Made extends Pick<Root, 'lists' | 'segments' | 'checksum'> {
  readonly index: FactIndex
  readonly roots: IndexRoots
  readonly replaced: readonly string[]
}

async function here(run: JobRun, base: Db, excision: Excision | null): Promise<Made> {
  const log = await run.fold(base.nextT, excision)
  const { index, roots, replaced } = await run.index(base, excision)
  return { ...log, index, roots, replaced: [...replaced, ...log.replaced] }
}

const released = (): YoreError =>
  new YoreError(':yore/released', 'the connection was released; connect again')

function isSame(x: Uint8Array | null, y: Uint8Array): boolean {
  return x !== null && x.length === y.length && x.every((b, i) => b === y[i])
}
