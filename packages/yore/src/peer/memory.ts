/**
 * Databases in memory: the newest value and the log of each, for as long as the process lives.
 *
 * (1) `db` and `entries` change together, in `commit`; entries are only appended, so older log values stay right.
 * (2) A deleted database keeps its last value but takes no more transactions.
 */

import type { Env } from '../base/env.ts'
import type { Db } from '../db/db.ts'
import { emptyDb } from '../db/bootstrap.ts'
import type { LogEntry } from '../db/log.ts'
import { createFactIndex } from '../indexes/create.ts'
import type { TxResult } from '../transact/transact.ts'
import { newUuid } from './squuid.ts'

export class MemoryDatabase {
  db: Db
  readonly entries: LogEntry[] = []
  deleted = false

  constructor(env: Env) {
    this.db = emptyDb(newUuid(env), createFactIndex)
  }

  commit({ dbAfter, t, instant, txData }: TxResult): void {
    this.entries.push({ t, instant, data: txData })
    this.db = dbAfter
  }

  /** Moves what is live in the index into segments. The facts are the same; older values keep their own index. */
  settle(): void {
    this.db = { ...this.db, facts: this.db.facts.settled() }
  }
}
