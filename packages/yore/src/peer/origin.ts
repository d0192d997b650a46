/**
 * What a connection stands on: the newest database, its log, and whoever takes transactions. A transactor in this process, or a follower
 * of one in another.
 */

import type { Db } from '../db/db.ts'
import type { LogSource } from '../db/log.ts'
import type { Storage } from '../storage/storage.ts'
import type { TxResult } from '../transact/transact.ts'

/** Where a database lies. */
export interface StoredAt {
  readonly storage: Storage
  readonly databaseId: string
  /** The database and where it is, for errors. */
  readonly name: string
}

export interface Origin {
  /** Do transactions come from another process? */
  readonly isFollower: boolean
  /** Where it lies; null in memory. */
  readonly stored: StoredAt | null
  /** The newest database known here. */
  readonly db: Db
  readonly log: LogSource
  /** Called with each transaction, in order, after it is in `db`. */
  onCommit: (result: TxResult) => void
  /** Called when the database turns out to be deleted, by another process. */
  onDeleted: () => void
  /** Runs a transaction after all that were given before; resolved when it is in `db`. */
  transact(run: (db: Db) => TxResult): Promise<TxResult>
  /** Resolved when `db` has what anybody had committed before the call. */
  refresh(): Promise<void>
  /** Starts an index job if there is something to index; false where that is not possible. */
  requestIndex(): boolean
  /** Resolved when the index in the storage holds everything up to t. */
  indexed(t: number): Promise<void>
  /** Deletes from the storage what index jobs replaced before that time. */
  collectGarbage(olderThanMs: number): Promise<void>
  /** Whoever loads much, and waits for the index jobs that are due (admin/dump.ts), says so. */
  load?(): {
    isDue(): boolean
    index(): Promise<void>
    end(isWhole: boolean): Promise<void>
  } | null
  close(): Promise<void>
}
