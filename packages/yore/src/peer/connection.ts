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
import { fromPublic } from '../data/public.ts'
import { Instant } from '../data/values.ts'
import { pointOf } from '../db/views.ts'
import { checkedOptions } from './context.ts'
import type { PeerContext } from './context.ts'
import { makeDatabase, publicReport } from './database.ts'
import type { Database } from './database.ts'
import { makeLog } from './log.ts'
import type { Log } from './log.ts'
import type { MemoryDatabase } from './memory.ts'
import { Reports, bufferDefault } from './reports.ts'
import { prepareTxData, runTransaction } from './tx-data.ts'
import type { PreparedTxData } from './tx-data.ts'
import type { Locality, TxData, TxReport } from './types.ts'

// The one door to a connection's inside, for connect.ts.
let make: (memory: MemoryDatabase, context: PeerContext, released: () => void) => Connection
let contextInside: (connection: Connection) => PeerContext
let closingInside: (connection: Connection) => Promise<void> | null

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
  readonly #memory: MemoryDatabase
  readonly #context: PeerContext
  readonly #onRelease: () => void
  readonly #reports = new Reports()
  #waiters: Waiter[] = []
  #last: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null
  declare protected readonly locality: L

  private constructor(memory: MemoryDatabase, context: PeerContext, onRelease: () => void) {
    this.#memory = memory
    this.#context = context
    this.#onRelease = onRelease
  }

  static {
    make = (memory, context, released) => new Connection(memory, context, released)
    contextInside = (connection) => connection.#context
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
   * ```
   */
  transact(txData: TxData): Promise<TxReport<L>> {
    let prepared: PreparedTxData
    try {
      this.#checkOpen()
      prepared = prepareTxData(txData)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    const committed = this.#last.then(() => this.#commit(prepared))
    this.#last = committed.then(
      ({ report, t }) => this.#reports.push(report, t),
      () => {},
    )
    return committed.then(({ report }) => report as TxReport<L>)
  }

  #commit(prepared: PreparedTxData): { readonly report: TxReport; readonly t: number } {
    if (this.#memory.deleted) this.#refuse()
    const result = runTransaction(this.#memory.db, prepared, this.#context)
    this.#memory.commit(result)
    this.#wake(result.t)
    return { report: publicReport(result, this.#context), t: result.t }
  }

  /** The newest database value. Never waits. */
  db(): Database<L> {
    this.#checkOpen()
    return makeDatabase(this.#memory.db, this.#context) as unknown as Database<L>
  }

  /** The log, as recent as `db()`. */
  log(): Log {
    this.#checkOpen()
    const { entries, db } = this.#memory
    return makeLog({ entries, length: entries.length, db })
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
    if (t === undefined) await this.#last
    else await this.#reach(this.#tOf(t))
    return this.db()
  }

  /** A database value whose index holds everything up to t. In memory the index is never behind. */
  syncIndex(t: number | bigint): Promise<Database<L>> {
    return this.sync(t)
  }

  /** A database value that has all changes of the schema up to t, indexes of altered attributes among them. */
  syncSchema(t: number | bigint): Promise<Database<L>> {
    return this.sync(t)
  }

  /** A database value from which everything has been excised that was to be up to t. */
  syncExcise(t: number | bigint): Promise<Database<L>> {
    return this.sync(t)
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
   * Asks for an index job; true if it was scheduled. In memory it is done at once: what is live goes into segments, which take
   * less memory. Worth it after a large import.
   */
  async requestIndex(): Promise<boolean> {
    await this.#done(undefined)
    this.#memory.settle()
    return true
  }

  /** Asks to reclaim storage that has been garbage since before that time. In memory there is none. */
  async gcStorage(olderThan: Date): Promise<void> {
    if (!(fromPublic(olderThan) instanceof Instant)) {
      raise(':yore/invalid-argument', 'gcStorage takes a Date: older than when?')
    }
    return this.#done(undefined)
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
    await this.#last
    this.#reports.end()
    for (const { fail } of this.#waiters) fail(this.#releasedError())
    this.#waiters = []
    this.#onRelease()
  }

  async #done<T>(x: T): Promise<T> {
    this.#checkOpen()
    return x
  }

  #tOf(t: number | bigint): number {
    const point = fromPublic(t)
    if (point instanceof Instant) {
      return raise(':yore/invalid-time-point', 'sync waits for a t or a transaction id', { t })
    }
    return pointOf(this.#memory.db, point)
  }

  #reach(t: number): Promise<void> {
    if (this.#memory.db.basisT >= t) return Promise.resolve()
    return new Promise((reached, fail) => this.#waiters.push({ t, reached, fail }))
  }

  #wake(t: number): void {
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter((w) => w.t <= t)
    this.#waiters = this.#waiters.filter((w) => w.t > t)
    for (const { reached } of ready) reached()
  }

  #checkOpen(): void {
    if (this.#closing !== null || this.#memory.deleted) this.#refuse()
  }

  #refuse(): never {
    throw this.#releasedError()
  }

  #releasedError(): YoreError {
    const why = this.#memory.deleted
      ? 'the database was deleted'
      : 'the connection was released; connect again'
    return new YoreError(':yore/released', why, {})
  }
}

export { closingInside as closingOf, contextInside as connectionContext, make as makeConnection }
