/** A transaction on its way through the queue: asked for, then run. Classes, for the reason that transact/terms.ts gives. */

import { Kept } from '../base/kept.ts'
import type { Db } from '../db/db.ts'
import type { LoggedTransaction } from '../db/log-record.ts'
import type { TxResult } from '../transact/transact.ts'

/** A transaction as the queue runs it: pure, and may be run again against another database. */
export type Run = (db: Db) => TxResult

/** The last one that was told. */
const kept = new Kept()

export class Request {
  readonly run: Run
  readonly reject: (error: unknown) => void
  readonly #resolve: (result: TxResult) => void

  constructor(run: Run, resolve: (result: TxResult) => void, reject: (error: unknown) => void) {
    this.run = run
    this.#resolve = resolve
    this.reject = reject
  }

  /** Tells whoever asked what came of it; `ran`: where it was not told at once. */
  settle(result: TxResult, ran: Ran | null = null): void {
    kept.keep(ran ?? this, result.txData.length)
    this.#resolve(result)
  }
}

export class Done {
  readonly result: TxResult
  readonly logged: LoggedTransaction

  constructor(result: TxResult, logged: LoggedTransaction) {
    this.result = result
    this.logged = logged
  }
}

/** A request that has been run. */
export class Ran {
  readonly request: Request
  /** Null when it was refused, with the error. */
  readonly done: Done | null
  readonly error: unknown
  /** The database after it, with the index as it is now. */
  after: Db

  constructor(request: Request, done: Done | null, error: unknown, after: Db) {
    this.request = request
    this.done = done
    this.error = error
    this.after = after
  }
}
