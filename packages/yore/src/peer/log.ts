/** The log of the public API: the transactions, in order. */

import { Budget } from '../base/budget.ts'
import type { BudgetOptions } from '../base/budget.ts'
import type { Env } from '../base/env.ts'
import { fromPublic } from '../data/public.ts'
import type { Value } from '../data/values.ts'
import { txRange } from '../db/log.ts'
import type { Log as InnerLog } from '../db/log.ts'
import type { Datom as InnerDatom } from '../indexes/facts/fact.ts'
import { publicDatom } from './datom.ts'
import type { Datom } from './datom.ts'
import { budgetOf } from './limits.ts'
import type { ReadOptions } from './limits.ts'
import type { TimePoint } from './types.ts'

/** One transaction of the log. */
export interface LogTransaction {
  readonly t: number
  /** Assertions and retractions, in the order of the transaction's report. */
  readonly data: readonly Datom[]
}

// The one door to what a Log holds, for the other files of this folder.
let make: (log: InnerLog, env: Env) => Log
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
  readonly #env: Env

  private constructor(log: InnerLog, env: Env) {
    this.#log = log
    this.#env = env
  }

  static {
    make = (log, env) => new Log(log, env)
    inner = (log) => log.#log
    isInside = (x): x is Log => #log in x
  }

  /**
   * The transactions from start (inclusive) to end (exclusive); what is left out is open. They are given all at once: a stretch that
   * would not fit into memory is refused.
   *
   * ```ts
   * conn.log().txRange(1000, 2000, { timeout: 1000 })
   * ```
   */
  txRange(
    start?: TimePoint | null,
    end?: TimePoint | null,
    options?: ReadOptions,
  ): readonly LogTransaction[] {
    const env = this.#env
    const budget = budgetOf(options, env, 'the log') ?? new Budget(unlimited(env))
    const out: LogTransaction[] = []
    for (const entry of txRange(this.#log, bound(start), bound(end))) {
      budget.keep(transactionBytes)
      const { t } = entry
      const data: Datom[] = []
      const take = (datom: InnerDatom): void => {
        budget.read(1)
        budget.keep(datomBytes)
        data.push(publicDatom(datom))
      }
      if (entry.walk === undefined) entry.data.forEach(take)
      else entry.walk(take)
      budget.rows(out.push(Object.freeze({ t, data: Object.freeze(data) })), 0)
    }
    return out
  }
}

/** What a transaction and a datom take, about. */
const transactionBytes = 200
const datomBytes = 120

/** As much as memory allows. */
const unlimited = ({ monotonicMs, heapBytes }: Env): BudgetOptions => ({
  timeoutMs: 0,
  monotonicMs,
  signal: null,
  heapBytes,
  limits: { rows: Infinity },
  what: 'the log',
})

function bound(x: TimePoint | null | undefined): Value {
  return x === undefined ? null : fromPublic(x)
}

export { inner as innerLog, isInside as isLog, make as makeLog }
