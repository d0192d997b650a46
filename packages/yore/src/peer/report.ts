/**
 * What a transaction did, as a program gets it.
 *
 * (1) Datoms and tempids are made when they are first asked for, and then stay.
 * (2) A class: getters of an object literal would give every report a hidden class of its own, which the collector of garbage keeps
 *     for long, and with it both databases.
 */

import { Kept } from '../base/kept.ts'
import type { TxResult } from '../transact/transact.ts'
import type { Database } from './database.ts'
import { publicDatom } from './datom.ts'
import type { Datom } from './datom.ts'
import type { IoStats } from './stats.ts'
import { publicTempids } from './tx-data.ts'
import type { ReportStats, TxStats } from './tx-stats.ts'
import type { EntityId, TxReport } from './types.ts'

const kept = new Kept()

export class Report implements TxReport {
  readonly dbBefore: Database
  readonly dbAfter: Database
  declare readonly txStats?: TxStats
  declare readonly ioStats?: IoStats
  readonly #result: TxResult
  #txData: readonly Datom[] | null = null
  #tempids: Readonly<Record<string, EntityId>> | null = null

  constructor(result: TxResult, dbBefore: Database, dbAfter: Database, stats: ReportStats | null) {
    this.#result = result
    this.dbBefore = dbBefore
    this.dbAfter = dbAfter
    if (stats !== null) Object.assign(this, stats)
    Object.freeze(this)
    kept.keep(this, result.txData.length)
  }

  get txData(): readonly Datom[] {
    return (this.#txData ??= Object.freeze(this.#result.txData.map(publicDatom)))
  }

  get tempids(): Readonly<Record<string, EntityId>> {
    return (this.#tempids ??= Object.freeze(publicTempids(this.#result)))
  }
}
