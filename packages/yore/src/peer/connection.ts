/**
 * A connection: the newest value of a database, and the way to change it.
 *
 * (1) Transactions commit one after another, in the order of the calls; a failed one changes nothing and does not hold up the next.
 * (2) A report's `dbAfter` is the database just after that transaction, also if more have been committed since.
 * (3) After `release` (or after the database was deleted) nothing can be asked of the connection; database values live on. What was
 *     transacted before is still committed.
 */

// `AsyncDisposable` for programs whose own `lib` does not have it.
/// <reference lib="esnext.disposable" preserve="true" />

import { YoreError, raise } from '../base/errors.ts'
import { letGoOfKept } from '../base/kept.ts'
import { fromPublic } from '../data/public.ts'
import { Instant } from '../data/values.ts'
import { pointOf } from '../db/views.ts'
import { Awake } from './awake.ts'
import { checkedOptions } from './context.ts'
import type { PeerContext } from './context.ts'
import { makeDatabase, publicReport } from './database.ts'
import type { Database } from './database.ts'
import { makeLog } from './log.ts'
import type { Log } from './log.ts'
import type { Origin } from './origin.ts'
import { Reports, bufferDefault } from './reports.ts'
import type { TxResult } from '../transact/transact.ts'
import { prepareTxData, runTransaction } from './tx-data.ts'
import type { PreparedTxData } from './tx-data.ts'
import { TxObserver } from './tx-stats.ts'
import type { TransactOptions } from './tx-stats.ts'
import type { Locality, TxData, TxReport } from './types.ts'

// The one door to a connection's inside, for those who make connections.
let make: (origin: Origin, context: PeerContext, released: () => Promise<void>) => Connection
let contextInside: (connection: Connection) => PeerContext
let closingInside: (connection: Connection) => Promise<void> | null
let deleteInside: (connection: Connection) => Promise<void>
let originInside: (connection: Connection) => Origin

const nothing = (): void => {}
const done = Promise.resolve()

interface Waiter {
  readonly t: number
  readonly reached: () => void
  readonly fail: (error: unknown) => void
}

/**
 * A connection to a database, from `connect(uri)`. One for each database and process; share it.
 *
 * ```ts
 * const conn = await connect(uri)
 * const { dbAfter, tempids } = await conn.transact([{ ':db/id': 'new', ':item/count': 999 }])
 * dbAfter.entity(tempids.new)?.[':item/count'] // 999
 * ```
 */
export class Connection<L extends Locality = 'local'> {
  readonly #origin: Origin
  readonly #context: PeerContext
  readonly #onRelease: () => Promise<void>
  readonly #reports = new Reports(() => this.#stayAwake())
  readonly #awake: Awake
  #waiters: Waiter[] = []
  /** The last transaction, if it is not committed yet. */
  #last: Promise<unknown> = done
  #closing: Promise<void> | null = null
  #isDeleted = false
  declare protected readonly locality: L

  private constructor(origin: Origin, context: PeerContext, onRelease: () => Promise<void>) {
    this.#origin = origin
    this.#context = context
    this.#onRelease = onRelease
    this.#awake = new Awake(context.env)
    origin.onCommit = (result) => this.#committed(result)
    origin.onDeleted = () => {
      this.#isDeleted = true
      this.release().catch(nothing)
    }
  }

  static {
    make = (origin, context, released) => new Connection(origin, context, released)
    deleteInside = (connection) => {
      connection.#isDeleted = true
      return connection.release()
    }
    contextInside = (connection) => connection.#context
    originInside = (connection) => {
      connection.#checkOpen()
      return connection.#origin
    }
    closingInside = (connection) => connection.#closing
  }

  /**
   * Transacts data: EDN text, or an array of maps and operations. The promise is rejected with a YoreError, and nothing has changed,
   * if the data are not right. Many transactions may be under way; they commit in the order of the calls.
   *
   * ```ts
   * await conn.transact([
   *   { ':db/id': 'ann', ':person/name': 'Ann' },
   *   [':db/add', 'ann', ':person/friend', [':person/email', 'bob@example.com']],
   *   { ':db/id': 'datomic.tx', ':db/doc': 'said by Bob' },
   * ])
   * await conn.transact('[{:person/name "Bob"}]')
   * const { txStats } = await conn.transact([{ ':person/name': 'Dee' }], { txStats: true })
   * console.log(String(txStats)) // what each stage read, and how long it took
   * ```
   */
  transact(txData: TxData, options?: TransactOptions): Promise<TxReport<L>> {
    let prepared: PreparedTxData
    let observer: TxObserver | null
    try {
      this.#checkOpen()
      observer = TxObserver.of(checkedOptions(options), this.#context.env.monotonicMs)
      prepared = prepareTxData(txData)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    let committed: Promise<TxResult>
    try {
      committed = this.#origin.transact((db) => {
        if (this.#isDeleted) this.#refuse()
        return runTransaction(db, prepared, this.#context, observer)
      })
    } catch (error) {
      // it was not taken, and is none that others wait for
      return Promise.reject(error as Error)
    }
    this.#last = committed
    return committed.then((result) => {
      // whoever waits for it does so already, and nobody else keeps both databases
      if (this.#last === committed) this.#last = done
      return publicReport(result, this.#context, observer?.stats(result)) as TxReport<L>
    })
  }

  /** Resolved when all that was transacted before is committed, or has failed. */
  #settled(): Promise<void> {
    return this.#last.then(nothing, nothing)
  }

  /** A transaction is in `db`: whoever made it. */
  #committed(result: TxResult): void {
    this.#wake(result.t)
    if (this.#reports.hasReaders) {
      this.#reports.push(publicReport(result, this.#context), result.t)
    }
  }

  /** The newest database value. Never waits. */
  db(): Database<L> {
    this.#checkOpen()
    return makeDatabase(this.#origin.db, this.#context) as unknown as Database<L>
  }

  /** The log, as recent as `db()`. */
  log(): Log {
    this.#checkOpen()
    const { log: source, db } = this.#origin
    return makeLog({ source, db }, this.#context.env)
  }

  /**
   * A database value that has everything that was transacted before the call, or (given a t or a transaction's id) at least that
   * transaction, for which it waits.
   *
   * ```ts
   * const db = await conn.sync()
   * ```
   */
  async sync(t?: number | bigint): Promise<Database<L>> {
    this.#checkOpen()
    if (t === undefined) {
      await this.#settled()
      await this.#origin.refresh()
    } else await this.#reach(this.#tOf(t))
    return this.db()
  }

  /**
   * A database value whose index in the storage holds everything up to t; a job is started if it does not. In memory the index is never
   * behind, and `syncIndex` does what `requestIndex` does: what was transacted last takes less memory from then on.
   */
  async syncIndex(t: number | bigint): Promise<Database<L>> {
    this.#checkOpen()
    const point = this.#tOf(t)
    await this.#reach(point)
    await this.#origin.indexed(point)
    return this.db()
  }

  /** A database value that has all changes of the schema up to t, indexes of altered attributes among them. */
  async syncSchema(t: number | bigint): Promise<Database<L>> {
    await this.sync(t)
    // an attribute with many values comes into its index by a job
    const { schema, basisT } = this.#origin.db
    if (schema.pending.size > 0) await this.#origin.indexed(basisT)
    return this.db()
  }

  /**
   * A database value from which everything has been excised that was to be up to t. In memory nothing is ever excised, and there is nothing
   * to wait for.
   */
  syncExcise(t: number | bigint): Promise<Database<L>> {
    return this.syncIndex(t)
  }

  /**
   * The reports of all transactions from now on. Any number of readers may follow; one that lags by more than `buffer` reports
   * (1000) fails with `:yore/reports-overflow`.
   *
   * ```ts
   * const reports = conn.txReports()
   * await conn.transact([{ ':person/name': 'Cy' }])
   * for await (const { dbAfter, txData } of reports) {
   *   console.log(dbAfter.basisT, txData.length)
   *   break // or go on for ever
   * }
   * ```
   */
  txReports(
    options: { readonly buffer?: number } = {},
  ): AsyncIterableIterator<TxReport<L>> & AsyncDisposable {
    this.#checkOpen()
    const { buffer = bufferDefault } = checkedOptions(options)
    if (!Number.isInteger(buffer) || buffer < 1) {
      raise(':yore/invalid-argument', 'the buffer of txReports is a whole number from 1 on', {
        buffer,
      })
    }
    return this.#reports.reader(buffer) as AsyncIterableIterator<TxReport<L>> & AsyncDisposable
  }

  /**
   * Asks for an index job; true if it was scheduled, or if there is nothing to index. `syncIndex` waits for it. In memory it is done at once:
   * what was transacted last takes less memory from then on.
   */
  async requestIndex(): Promise<boolean> {
    this.#checkOpen()
    await this.#settled()
    return this.#origin.requestIndex()
  }

  /** Deletes from the storage what has been garbage since before that time: only values of databases from before may still need it. */
  async gcStorage(olderThan: Date): Promise<void> {
    const time = fromPublic(olderThan)
    if (!(time instanceof Instant)) {
      raise(':yore/invalid-argument', 'gcStorage takes a Date: older than when?')
    }
    this.#checkOpen()
    await this.#origin.collectGarbage(time.ms)
  }

  /**
   * Frees the connection, once what was transacted is committed. Also at the end of `await using conn = await connect(uri)`.
   */
  release(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #close(): Promise<void> {
    await this.#settled()
    this.#reports.end()
    for (const { fail } of this.#waiters) fail(this.#releasedError())
    this.#waiters = []
    this.#stayAwake()
    letGoOfKept()
    await this.#onRelease()
  }

  #tOf(t: number | bigint): number {
    const point = fromPublic(t)
    if (point instanceof Instant) {
      return raise(':yore/invalid-time-point', 'sync waits for a t or a transaction id', { t })
    }
    return pointOf(this.#origin.db, point)
  }

  #reach(t: number): Promise<void> {
    if (this.#origin.db.basisT >= t) return Promise.resolve()
    return new Promise((reached, fail) => {
      this.#waiters.push({ t, reached, fail })
      this.#stayAwake()
    })
  }

  #stayAwake(): void {
    if (!this.#origin.isFollower) return
    this.#awake.set(this.#reports.hasReaders || this.#waiters.length > 0)
  }

  #wake(t: number): void {
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter((w) => w.t <= t)
    this.#waiters = this.#waiters.filter((w) => w.t > t)
    for (const { reached } of ready) reached()
    this.#stayAwake()
  }

  #checkOpen(): void {
    if (this.#closing !== null || this.#isDeleted) this.#refuse()
  }

  #refuse(): never {
    throw this.#releasedError()
  }

  #releasedError(): YoreError {
    const why = this.#isDeleted
      ? 'the database was deleted'
      : 'the connection was released; connect again'
    return new YoreError(':yore/released', why, {})
  }
}

export {
  closingInside as closingOf,
  contextInside as connectionContext,
  deleteInside as releaseDeleted,
  make as makeConnection,
  originInside as originOf,
}
