/** The log of the public API: the transactions, in order. */

import { fromPublic } from '../data/public.ts'
import type { Value } from '../data/values.ts'
import { txRange } from '../db/log.ts'
import type { Log as InnerLog } from '../db/log.ts'
import { publicDatom } from './datom.ts'
import type { Datom } from './datom.ts'
import type { TimePoint } from './types.ts'

/** One transaction of the log. */
export interface LogTransaction {
  readonly t: number
  /** Assertions and retractions, in the order of the transaction's report. */
  readonly data: readonly Datom[]
}

// The one door to what a Log holds, for the other files of this folder.
let make: (log: InnerLog) => Log
let inner: (log: Log) => InnerLog
let isInside: (x: object) => x is Log

/**
 * The transactions of a database up to when the log was taken; the bootstrap is not among them. Immutable.
 *
 * ```ts
 * for (const { t, data } of conn.log().txRange(new Date('2024-01-01'))) console.log(t, data.length)
 * q('[:find ?e :in ?log ?tx :where [(tx-data ?log ?tx) [[?e]]]]', conn.log(), tx)
 * ```
 */
export class Log {
  readonly #log: InnerLog

  private constructor(log: InnerLog) {
    this.#log = log
  }

  static {
    make = (log) => new Log(log)
    inner = (log) => log.#log
    isInside = (x): x is Log => #log in x
  }

  /** The transactions from start (inclusive) to end (exclusive); what is left out is open. */
  txRange(start?: TimePoint | null, end?: TimePoint | null): readonly LogTransaction[] {
    const entries = txRange(this.#log, bound(start), bound(end))
    return Array.from(entries, ({ t, data }) =>
      Object.freeze({ t, data: Object.freeze(data.map(publicDatom)) }),
    )
  }
}

function bound(x: TimePoint | null | undefined): Value {
  return x === undefined ? null : fromPublic(x)
}

export { inner as innerLog, isInside as isLog, make as makeLog }
