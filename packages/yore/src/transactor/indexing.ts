/**
 * When index jobs run, and how: the memory index goes into segments, the slots into segments of the log, and a new root says so.
 *
 * (1) A job works in pieces of a few milliseconds between turns of the event loop; reads and commits go on.
 * (2) Blobs come first, then the root by compare-and-set, then the deletion of what the root has replaced. Killed at any point, the old
 *     root or the new one holds, and at most blobs are left over that nobody names.
 * (3) A job notes its id before its first blob; the ids of its blobs begin with it. So whoever opens the database next deletes what an
 *     unfinished job has left.
 * (4) What was transacted meanwhile is applied to the new index again before the database moves over to it.
 * (5) A job that takes up requests to excise takes those facts out of everything that its root names. It holds transactions up for the moment
 *     in which the root changes, and begins anew when one of them has ended a fact that goes: so no slot has anything of it.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import { exciseRequests, planExcision } from '../db/excise.ts'
import type { Excision } from '../db/excise.ts'
import { encodeGarbage } from '../db/garbage.ts'
import { exciseLog } from '../db/log-excise.ts'
import type { ExcisedLog } from '../db/log-excise.ts'
import { LogFold } from '../db/log-fold.ts'
import type { Transaction } from '../db/log-record.ts'
import { decodeSlot } from '../db/log-slot.ts'
import { replay } from '../db/replay.ts'
import { encodeRoot, rootName } from '../db/root.ts'
import { placementOf, withoutPending } from '../db/schema-of.ts'
import type { Root } from '../db/root.ts'
import { indexJob, liveBytesOf } from '../indexes/job.ts'
import { indexWithout } from '../indexes/without.ts'
import type { IndexJob, JobResult, ReadBlobs } from '../indexes/durable.ts'
import { newBlobId } from '../storage/blob-id.ts'
import type { Storage, StoredBlob } from '../storage/storage.ts'
import { remove } from './collect.ts'
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
  /** A job starts when the memory index takes more bytes. */
  readonly threshold: number
  /** Nothing is transacted while it takes more. */
  readonly bytesMax: number
  /** The newest durable database. */
  readonly db: () => Db
  /** The slots up to the root's basis are in segments now. */
  readonly moved: (root: Root) => void
  /** The database moves over to this one, which has the same facts. */
  readonly replace: (db: Db) => void
  /** Nothing is transacted from when it resolves until the result is called. */
  readonly hold: () => Promise<() => void>
  readonly getBlobs: ReadBlobs
  /** These blobs are not to be kept in memory. */
  readonly forget: (ids: readonly string[]) => void
}

interface Waiter {
  readonly t: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const stepMs = 4
/** So many datoms are applied again in one piece. */
const againMax = 2000
const retryMsMin = 1000
const retryMsMax = 60_000

class Cancelled extends Error {}

export class Indexing {
  readonly #options: IndexingOptions
  #root: Root
  #rootBytes: Uint8Array
  /** Transactions since the basis of the job that runs. */
  #since: Transaction[] | null = null
  #running: Promise<void> | null = null
  #waiters: Waiter[] = []
  #failure: YoreError | null = null
  #retryMs = retryMsMin
  #cancelRetry: (() => void) | null = null
  #closed = false

  constructor(options: IndexingOptions) {
    this.#options = options
    this.#root = options.root
    this.#rootBytes = options.rootBytes
  }

  get root(): Root {
    return this.#root
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
    if (liveBytesOf(facts) > this.#options.threshold || schema.pending.size > 0) this.#start()
  }

  /** How long transactions have to wait now. */
  pressure(head: Db): number {
    const { bytesMax, threshold } = this.#options
    const bytes = liveBytesOf(head.facts)
    if (bytes <= threshold) return 0
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
    await this.#running
    const error = new YoreError(':yore/released', 'the connection was released; connect again')
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
    while (!(await this.#attempt()));
  }

  /** False when it is to begin anew: what it was to excise was ended meanwhile. */
  async #attempt(): Promise<boolean> {
    const { env, storage, databaseId } = this.#options
    await sweepJob(storage, databaseId, this.#root.job)
    // from here on to `#since` nothing may wait: the job's database and what follows it belong together
    const base = this.#options.db()
    if (base.nextT === this.#root.nextT) return true
    this.#since = []
    const job = newBlobId(env)
    await noteJob(storage, databaseId, job)
    let n = 0
    const newId = (): string => `${job}-${(n++).toString(36)}`
    const excision = await this.#plan(base)
    const indexed = await this.#run(
      indexJob(base.facts, {
        newId,
        placementOf: placementOf(withoutPending(base.schema)),
        reindex: [...base.schema.pending],
      }),
    )
    const result = excision === null ? indexed : await this.#excise(indexed, excision, job, newId)
    const root = await this.#nextRoot(base, result, job, newId, excision)
    if (excision === null) {
      await this.#finish(base, result, root)
      return true
    }
    const goOn = await this.#options.hold()
    try {
      if (this.#since.some((tx) => excision.isEndedBy(tx))) return false
      await this.#finish(base, result, root)
      this.#options.forget(result.replaced)
      return true
    } finally {
      goOn()
    }
  }

  async #finish(base: Db, result: JobResult, root: Root): Promise<void> {
    await this.#replaceRoot(root)
    const since = this.#since ?? []
    this.#options.moved(root)
    await this.#moveOver(
      { ...base, facts: result.index, schema: withoutPending(base.schema) },
      since,
    )
    await this.#clean(root)
  }

  /** What is to be excised; null when nothing is. */
  async #plan(base: Db): Promise<Excision | null> {
    const requests = exciseRequests(base, this.#root.basisT)
    if (requests.length === 0) return null
    const steps = planExcision(base, requests)
    const { monotonicMs } = this.#options.env
    for (let end = monotonicMs() + stepMs; ;) {
      const step = steps.next()
      if (step.done === true) return step.value.isEmpty ? null : step.value
      if (monotonicMs() < end) continue
      await this.#turn()
      end = monotonicMs() + stepMs
    }
  }

  /** The index without what goes. What the job itself has made with it in it is deleted before any root could name it. */
  async #excise(
    { index, replaced: before }: JobResult,
    { facts }: Excision,
    job: string,
    newId: () => string,
  ): Promise<JobResult> {
    const result = await this.#run(indexWithout(index, facts, { newId }))
    const isOwn = (id: string): boolean => id.startsWith(`${job}-`)
    const { storage, databaseId } = this.#options
    await remove(storage, databaseId, result.replaced.filter(isOwn))
    return { ...result, replaced: [...before, ...result.replaced.filter((id) => !isOwn(id))] }
  }

  /** Runs a job to its end. */
  async #run(job: IndexJob): Promise<JobResult> {
    const { monotonicMs } = this.#options.env
    for (;;) {
      const isDone = job.step(stepMs, monotonicMs)
      await this.#put(job.take())
      await this.#turn()
      if (isDone) return job.result()
    }
  }

  async #put(blobs: readonly StoredBlob[]): Promise<void> {
    const { storage, databaseId } = this.#options
    // the root that names them is durable, and takes with it what was written before
    if (blobs.length > 0) await storage.putBlobs(databaseId, blobs, { relaxed: true })
  }

  async #turn(): Promise<void> {
    if (this.#closed) throw new Cancelled()
    await this.#options.env.turn()
  }

  async #nextRoot(
    base: Db,
    result: JobResult,
    job: string,
    newId: () => string,
    excision: Excision | null,
  ): Promise<Root> {
    const { lists, segments, checksum, replaced } = await this.#fold(base.nextT, newId, excision)
    const garbage = newId()
    const ids = [...result.replaced, ...replaced]
    const atMs = this.#options.env.now()
    const bytes = encodeGarbage(garbage, { atMs, ids, before: this.#root.garbage })
    if (ids.length > 0) await this.#put([{ id: garbage, bytes }])
    return {
      databaseId: this.#root.databaseId,
      revision: this.#root.revision + 1,
      basisT: base.basisT,
      nextT: base.nextT,
      nextElement: base.nextElement,
      lastInstant: base.lastInstant,
      checksum,
      job,
      index: result.roots,
      lists,
      segments,
      garbage: ids.length > 0 ? garbage : this.#root.garbage,
    }
  }

  /** The slots before t go into segments of the log. */
  async #fold(
    nextT: number,
    newId: () => string,
    excision: Excision | null,
  ): Promise<
    Pick<Root, 'lists' | 'segments' | 'checksum'> & { readonly replaced: readonly string[] }
  > {
    const { storage, databaseId, name } = this.#options
    const before =
      excision === null ? { ...this.#root, replaced: [] } : await this.#exciseLog(excision, newId)
    const fold = new LogFold(before, { newId, instead: excision?.without.bind(excision) })
    let { checksum } = this.#root
    for (let from = this.#root.nextT; from < nextT;) {
      const slots = await storage.readSlots(databaseId, { from, limit: 100 })
      for (const { t, bytes } of slots) {
        if (t >= nextT) break
        const slot = decodeSlot(bytes, t, `slot ${t} of the log of ${name}`)
        fold.add(slot)
        checksum = slot.checksum
      }
      const last = slots.at(-1)
      if (last === undefined) break
      from = last.t + 1
      await this.#put(fold.take())
      await this.#turn()
    }
    const ends = fold.end()
    await this.#put(fold.take())
    return { ...ends, checksum, replaced: before.replaced }
  }

  async #exciseLog(excision: Excision, newId: () => string): Promise<ExcisedLog> {
    const { name, getBlobs } = this.#options
    const steps = exciseLog(this.#root, excision, { newId, name, getBlobs })
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      await this.#put(step.value)
      await this.#turn()
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

  /** Applies to the new index what was transacted meanwhile, in pieces, and puts it in the place of the old one. */
  async #moveOver(base: Db, since: Transaction[]): Promise<void> {
    let db = base
    for (;;) {
      const piece = firstOf(since, againMax)
      if (piece.length === since.length) break
      since.splice(0, piece.length)
      db = replay(db, piece)
      await this.#options.env.turn()
    }
    this.#options.replace(replay(db, since))
    this.#since = null
  }

  /** What the new root has replaced. If this fails, the next job or start does it. */
  async #clean(root: Root): Promise<void> {
    const { storage, databaseId } = this.#options
    try {
      await storage.deleteSlots(databaseId, 0, root.nextT)
      await sweepJob(storage, databaseId, root.job)
    } catch (error) {
      if (!(error instanceof YoreError)) throw error
    }
  }
}

/** The first transactions, with about so many datoms. */
function firstOf(transactions: readonly Transaction[], datomsMax: number): Transaction[] {
  let datoms = 0
  const end = transactions.findIndex((tx) => (datoms += tx.data.length) >= datomsMax)
  return transactions.slice(0, end < 0 ? transactions.length : end + 1)
}

function isSame(x: Uint8Array | null, y: Uint8Array): boolean {
  return x !== null && x.length === y.length && x.every((b, i) => b === y[i])
}
