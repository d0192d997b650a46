/**
 * What was transacted while an index job ran is applied to the job's result, and the database moves over to that.
 *
 * (1) In pieces of a few milliseconds, however much there is: transactions go on meanwhile, and what they add is applied too. What has been
 *     run and is not durable yet is applied ahead, so that the moment of moving over has nothing left to do.
 * (2) What was applied ahead and is then taken back counts for nothing.
 * (3) Much that is durable is not applied again: what is live of it is carried over (indexes/jobs/carry.ts), unless the schema may have changed.
 */

import type { Env } from '../base/env.ts'
import type { Db } from '../db/db.ts'
import type { Transaction } from '../db/log-record.ts'
import { mayChangeSchema, replayLater } from '../db/replay.ts'
import { carryOver } from '../indexes/jobs/carry.ts'
import type { TxResult } from '../transact/transact.ts'
import { logged } from './commit.ts'
import { inPieces } from './in-pieces.ts'
import type { Ahead } from './queue.ts'
import { Tending } from './tending.ts'

export interface MoveOptions {
  readonly env: Pick<Env, 'monotonicMs'>
  /** A turn of the event loop; throws when the job is to end. */
  readonly turn: () => Promise<void>
  /** The newest durable database; null when what is live of it is not to be carried over. */
  readonly db: (() => Db) | null
  /** Durable transactions after `base`; more may come at each turn. They are taken out. */
  readonly since: Since
  /** What has been run and is not durable yet. */
  readonly ahead: () => Ahead
  /** The database moves over to this one; `after` gives the database after each result of `ahead`. */
  readonly replace: (db: Db, after: (result: TxResult) => Db) => void
}

/** What a piece takes: more than a slice of transactions (queue.ts), which go on meanwhile, or what they add would never be done. */
const pieceMs = 4
/** So few datoms are applied between two looks at the clock. */
const datomsAtOnce = 256
/** So many are carried over. */
const carriedFrom = 2048

/** Transactions in their order. What has to be known of all of them is looked at as each one comes. */
export class Since {
  readonly transactions: Transaction[] = []
  #mayDefine = false

  push(tx: Transaction): void {
    this.transactions.push(tx)
    this.#mayDefine ||= mayChangeSchema([tx])
  }

  /** Might any that ever came have changed the schema? */
  get mayDefine(): boolean {
    return this.#mayDefine
  }
}

export class MoveOver {
  readonly #options: MoveOptions
  /** After all durable transactions that have been applied. */
  #db: Db
  /** What was applied ahead, in its order, and the database after each. */
  #ahead: { readonly result: TxResult; readonly db: Db }[] = []
  #takenBack: number
  readonly #tending = new Tending()

  constructor(base: Db, options: MoveOptions) {
    this.#db = base
    this.#options = options
    this.#takenBack = options.ahead().takenBack
  }

  async run(): Promise<void> {
    const { env, turn, ahead, replace } = this.#options
    await this.#carry()
    for (;;) {
      const end = env.monotonicMs() + pieceMs
      const { results, takenBack } = ahead()
      if (takenBack !== this.#takenBack) this.#ahead = []
      this.#takenBack = takenBack
      let isDone = false
      do isDone = this.#step(results)
      while (!isDone && env.monotonicMs() < end)
      if (isDone) break
      await turn()
    }
    const after = new Map(this.#ahead.map(({ result, db }) => [result, db]))
    replace(this.#db, (result) => after.get(result) as Db)
  }

  async #carry(): Promise<void> {
    const { env, turn, since, db } = this.#options
    const { transactions, mayDefine } = since
    const n = transactions.length
    if (db === null || mayDefine || countOf(transactions, carriedFrom) === n) return
    const now = db()
    const steps = carryOver(now.facts, this.#db.facts, this.#db.basisT)
    this.#db = { ...now, facts: await inPieces(steps, { env, turn }) }
    transactions.splice(0, n)
  }

  /** Applies a little; true when nothing is left. */
  #step(results: readonly TxResult[]): boolean {
    const since = this.#options.since.transactions
    const [first] = this.#ahead
    if (this.#tending.some(this.#ahead.at(-1)?.db ?? this.#db)) return false
    if (since.length > 0) {
      if (first !== undefined) {
        // it has become durable
        this.#db = first.db
        this.#ahead.shift()
        since.shift()
      } else {
        for (const tx of since.splice(0, countOf(since, datomsAtOnce))) {
          this.#db = replayLater(this.#db, tx, false)
          this.#tending.note(tx.data.length)
        }
      }
      return false
    }
    const result = results[this.#ahead.length]
    if (result === undefined) return true
    const db = replayLater(this.#ahead.at(-1)?.db ?? this.#db, logged(result), false)
    this.#ahead.push({ result, db })
    this.#tending.note(result.txData.length)
    return false
  }
}

/** How many transactions have about so many datoms together; one at least. */
function countOf(transactions: readonly Transaction[], datomsMax: number): number {
  let datoms = 0
  const end = transactions.findIndex((tx) => (datoms += tx.data.length) >= datomsMax)
  return end < 0 ? transactions.length : end + 1
}
