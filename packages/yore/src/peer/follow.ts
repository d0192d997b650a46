/**
 * Following a database that another process writes: reads its root and its slots, and then each slot that comes.
 *
 * (1) Transactions are taken up in order, each once; `db` is always the database after one of them.
 * (2) What the writer has folded into segments meanwhile is read from there, so nothing is left out however late this process is.
 * (3) A read that fails is tried again with the next change; when the database was deleted, who waits is told.
 * (4) When what we stand on has been collected meanwhile, we begin anew from the root. What we had not taken up by then is reported with
 *     the new database as of each transaction.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import { exciseRequests } from '../db/excise.ts'
import { Chain, baseOf, load, placeIn } from '../db/load.ts'
import type { Loaded, Place, PlaceOptions } from '../db/load.ts'
import type { LoggedTransaction } from '../db/log-record.ts'
import { StoredLog } from '../db/log-stored.ts'
import { replay } from '../db/replay.ts'
import { decodeRoot, rootName } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import { asOf } from '../db/views.ts'
import type { Storage } from '../storage/storage.ts'
import type { TxResult } from '../transact/transact.ts'
import type { Origin } from './origin.ts'

export interface FollowOptions extends PlaceOptions {
  readonly env: Env
  readonly storage: Storage
}

/** Where a storage does not tell of changes it is asked so often, in milliseconds. */
const askEveryMs = 50
/** So many transactions are taken up before others have their turn. */
const atOnce = 200

/** So often at most a reading is begun again, because a job ended meanwhile. */
const attemptsMax = 50

interface Waiter {
  readonly t: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Follower implements Origin {
  readonly isFollower = true
  readonly log: StoredLog
  onCommit: (result: TxResult) => void = () => {}
  onDeleted: () => void = () => {}
  readonly #options: FollowOptions
  readonly #place: Place
  #db: Db
  #root: Root
  /** The end of what has been read. */
  #nextT: number
  #checksum: number
  #reading: Promise<void> | null = null
  #hasChanged = false
  #waiters: Waiter[] = []
  #unwatch: () => void = () => {}
  #isClosed = false

  private constructor(options: FollowOptions, place: Place, root: Root) {
    this.#options = options
    this.#place = place
    this.#root = root
    this.log = new StoredLog(place.reads, options.name, root, [])
    this.#db = baseOf(root, place)
    this.#nextT = root.nextT
    this.#checksum = root.checksum
  }

  static async open(options: FollowOptions): Promise<Follower> {
    const place = placeIn(options)
    const newest = await loadNewest(options, place)
    const follower = new Follower(options, place, newest.root)
    follower.#standOn(newest)
    follower.#watch()
    return follower
  }

  get db(): Db {
    return this.#db
  }

  get stored(): FollowOptions {
    return this.#options
  }

  transact(): Promise<TxResult> {
    return Promise.reject(readOnlyError(this.#options.name))
  }

  requestIndex(): boolean {
    return false
  }

  collectGarbage(): Promise<void> {
    return Promise.reject(readOnlyError(this.#options.name))
  }

  async indexed(t: number): Promise<void> {
    await this.refresh()
    if (this.#root.basisT >= t) return
    await new Promise<void>((resolve, reject) => this.#waiters.push({ t, resolve, reject }))
  }

  /** Reads what is new. */
  async refresh(): Promise<void> {
    // a reading that is under way may have passed what is new
    if (this.#reading !== null) await this.#reading.catch(() => {})
    this.#reading ??= this.#read().finally(() => (this.#reading = null))
    await this.#reading
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#unwatch()
    await this.#reading?.catch(() => {})
    const error = new YoreError(':yore/released', 'the connection was released; connect again')
    for (const { reject } of this.#waiters) reject(error)
    this.#waiters = []
  }

  #watch(): void {
    const { storage, env } = this.#options
    if (storage.watch !== null) {
      this.#unwatch = storage.watch(() => this.#changed())
      return
    }
    const ask = (): void => {
      this.#unwatch = env.after(
        askEveryMs,
        () => {
          this.#changed()
          if (!this.#isClosed) ask()
        },
        true,
      )
    }
    ask()
  }

  #changed(): void {
    if (this.#isClosed) return
    this.#hasChanged = true
    if (this.#reading !== null) return
    this.#reading = this.#readAll().finally(() => (this.#reading = null))
  }

  async #readAll(): Promise<void> {
    while (this.#hasChanged && !this.#isClosed) {
      this.#hasChanged = false
      try {
        await this.#read()
      } catch (error) {
        if (!(error instanceof YoreError)) throw error
        if (error.code === ':db.error/db-not-found') this.onDeleted()
      }
    }
  }

  async #read(): Promise<void> {
    try {
      await this.#readOn()
    } catch (error) {
      if (!(error instanceof YoreError)) throw error
      const isCollected = error.code === ':yore/storage-not-found'
      const { revision } = await readRoot(this.#options)
      if (!isCollected && revision === this.#root.revision) throw error
      await this.#beginAnew()
    }
  }

  async #beginAnew(): Promise<void> {
    const newest = await loadNewest(this.#options, this.#place)
    let before = this.#db
    const taken = before.nextT
    // what was excised is not to be in memory either
    this.#place.source.drop()
    this.#standOn(newest)
    const { db } = newest
    for (const { t, instant, nextT, data } of this.log.entries(taken, db.nextT)) {
      const after = { ...asOf(db, t), basisT: t, nextT, lastInstant: instant }
      this.onCommit(committed({ t, instant, data }, before, after))
      before = after
    }
  }

  #standOn({ root, db, slots, checksum }: Loaded): void {
    this.#root = root
    this.#db = db
    this.#nextT = db.nextT
    this.#checksum = checksum
    this.log.restart(root, slots)
    this.#tellReached()
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const root = await readRoot(this.#options)
      const isNew = root.revision !== this.#root.revision
      if (isNew) await this.#takeRoot(root)
      const chain = new Chain(this.#nextT, this.#checksum, this.#place)
      try {
        await chain.read()
      } catch (error) {
        if ((await readRoot(this.#options)).revision === root.revision) throw error
        continue
      }
      for (const t of chain.slots) this.log.append(t)
      await this.#take(chain.transactions)
      this.#checksum = chain.checksum
      if (isNew) this.#stand(root)
      if (chain.tornAt === null || (await readRoot(this.#options)).revision === root.revision)
        return
    }
  }

  /** A job has ended: what it folded before we read it comes from its segments. */
  async #takeRoot(root: Root): Promise<void> {
    this.log.moveTo(root)
    if (root.nextT > this.#nextT) {
      await this.#take([...this.log.entries(this.#nextT, root.nextT)])
      this.#nextT = root.nextT
      this.#checksum = root.checksum
    }
  }

  /** Stands on the index of the root from now on. */
  #stand(root: Root): void {
    const { basisT } = this.#root
    this.#root = root
    const base = baseOf(root, this.#place)
    // what the job has excised is not to be in memory either
    if (exciseRequests(base, basisT).length > 0) this.#place.source.drop()
    this.#db = replay(base, this.log.entries(root.nextT, this.#nextT))
    this.#tellReached()
  }

  #tellReached(): void {
    const { basisT } = this.#root
    const reached = this.#waiters.filter((w) => w.t <= basisT)
    this.#waiters = this.#waiters.filter((w) => w.t > basisT)
    for (const { resolve } of reached) resolve()
  }

  async #take(transactions: readonly LoggedTransaction[]): Promise<void> {
    let n = 0
    for (const tx of transactions) {
      const dbBefore = this.#db
      const dbAfter = replay(dbBefore, [tx])
      this.#db = dbAfter
      this.#nextT = tx.nextT
      this.onCommit(committed(tx, dbBefore, dbAfter))
      if (++n % atOnce === 0) await this.#options.env.turn()
    }
  }
}

const committed = (
  { t, instant, data: txData }: Pick<LoggedTransaction, 't' | 'instant' | 'data'>,
  dbBefore: Db,
  dbAfter: Db,
): TxResult => ({ dbBefore, dbAfter, txData, ended: [], tempids: new Map(), t, instant })

/** The database from the newest root on. A job may end while we read: then root and slots do not go together, and we begin again. */
async function loadNewest(options: FollowOptions, place: Place): Promise<Loaded> {
  for (let attempt = 1; ; attempt++) {
    const root = await readRoot(options)
    try {
      const loaded = await load(root, place)
      if ((await readRoot(options)).revision === root.revision) return loaded
    } catch (error) {
      if (attempt === attemptsMax || (await readRoot(options)).revision === root.revision) {
        throw error
      }
    }
  }
}

async function readRoot({ storage, databaseId, name }: FollowOptions): Promise<Root> {
  const bytes = await storage.readRoot(rootName(databaseId))
  if (bytes === null) {
    return raise(':db.error/db-not-found', `${name} has been deleted`, { databaseId })
  }
  return decodeRoot(bytes, databaseId, name)
}

const readOnlyError = (name: string): YoreError =>
  new YoreError(
    ':yore/storage-read-only',
    `this connection only reads ${name}: connect without readOnly to change it`,
  )
