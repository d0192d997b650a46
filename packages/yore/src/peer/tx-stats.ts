/**
 * What a transaction read and how long its stages took, for those who ask.
 *
 * (1) A transaction may be run again when one before it was refused by the storage: its last run counts.
 * (2) The databases of the report do not count any more.
 */

import { raise } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import { IndexMeter, unmetered } from '../indexes/counted/metered.ts'
import { Tally } from '../indexes/counted/tally.ts'
import { millis, readsText, table, whole } from '../query/plan/explain-text.ts'
import { readsOf } from '../query/plan/explain.ts'
import type { PlanReads } from '../query/plan/explain.ts'
import type { TxResult, TxStage } from '../transact/transact.ts'
import { checkedIoContext, meteredDb, withIoStats } from './stats.ts'
import type { IoStats } from './stats.ts'
import type { Keyword } from './types.ts'

/** What `transact` and `with` take beside the data. */
export interface TransactOptions {
  /** Gives `txStats` in the report: what each stage of the transaction read, and how long it took. */
  readonly txStats?: boolean
  /** A qualified keyword, as a name of the call. Gives `ioStats` in the report: how many segments were read, and from where. */
  readonly ioContext?: Keyword
}

/** One stage of a transaction. */
export interface TxStageStats extends PlanReads {
  /**
   * `expand`: maps become statements, functions are called, identifiers resolved. `identify`: tempids become ids. `settle`: what is new, what
   * is redundant, what is replaced. Then composite tuples, uniqueness, attribute predicates, changes of the schema; `apply`: the next
   * database; `check`: that of entity specs and the schema.
   */
  readonly stage: TxStage
  /** How often an index was asked. */
  readonly lookups: number
}

/** What a transaction did. `String(stats)` is a table. */
export interface TxStats extends PlanReads {
  /** Datoms that it added. */
  readonly added: number
  readonly stages: readonly TxStageStats[]
  /** Milliseconds before it was its turn, and after it was run until it was durable; `ms` are those between. */
  readonly waitMs: number
  readonly commitMs: number
  toString(): string
}

/** What a report has beside its datoms, if it was asked for. */
export interface ReportStats {
  readonly txStats?: TxStats
  readonly ioStats?: IoStats
}

interface Stage {
  readonly name: TxStage
  readonly tally: Tally
  ms: number
}

/** Watches one transaction, from the call on. */
export class TxObserver {
  readonly #options: TransactOptions
  readonly #now: () => number
  readonly #asked: number
  #stages: Stage[] = []
  #began = 0
  #ended = 0
  #io: IoStats | null = null

  constructor(options: TransactOptions, now: () => number) {
    this.#options = options
    this.#now = now
    this.#asked = now()
  }

  /** An observer, if the options ask for anything. */
  static of(options: TransactOptions | undefined, now: () => number): TxObserver | null {
    if (options === undefined) return null
    const { txStats } = options
    if (txStats !== undefined && typeof txStats !== 'boolean') {
      raise(':yore/invalid-argument', 'txStats is true or false')
    }
    const ioContext = checkedIoContext(options.ioContext)
    if (txStats !== true && ioContext === undefined) return null
    return new TxObserver({ ...options }, now)
  }

  /** Runs the transaction: `transact` on a database that counts, telling of its stages. */
  run(db: Db, transact: (db: Db, stage: (name: TxStage) => void) => TxResult): TxResult {
    const meter = new IndexMeter(this.#now)
    const counting = meteredDb(db, meter)
    this.#stages = []
    this.#began = this.#now()
    let since = this.#began
    const stage = (name: TxStage): void => {
      const now = this.#now()
      const last = this.#stages.at(-1)
      if (last !== undefined) last.ms = now - since
      since = now
      const tally = new Tally()
      this.#stages.push({ name, tally, ms: 0 })
      meter.at = tally
    }
    const { ioContext } = this.#options
    const run = (): { readonly ret: TxResult; readonly tally: Tally } => {
      const ret = transact(counting, stage)
      const last = this.#stages.at(-1)
      if (last !== undefined) last.ms = this.#now() - since
      return { ret, tally: this.#total() }
    }
    let result: TxResult
    if (ioContext === undefined) result = run().ret
    else {
      const { ret, ioStats } = withIoStats({ ioContext, api: ':tx-with' }, this.#now, run)
      this.#io = ioStats
      result = ret
    }
    this.#ended = this.#now()
    const { dbAfter } = result
    const { txData, ended, tempids, t, instant } = result
    const after: Db = { ...dbAfter, facts: unmetered(dbAfter.facts) }
    return { dbBefore: db, dbAfter: after, txData, ended, tempids, t, instant }
  }

  #total(): Tally {
    const all = new Tally()
    for (const { tally } of this.#stages) all.add(tally)
    return all
  }

  /** What to tell of it, now that it is committed. */
  stats(result: TxResult): ReportStats {
    return {
      ...(this.#io !== null && { ioStats: this.#io }),
      ...(this.#options.txStats === true && { txStats: this.#txStats(result) }),
    }
  }

  #txStats(result: TxResult): TxStats {
    const stats = {
      added: result.txData.length,
      stages: this.#stages.map(({ name, tally, ms }) => ({
        stage: name,
        lookups: lookupsOf(tally),
        ...readsOf(tally, ms),
      })),
      ...readsOf(this.#total(), this.#ended - this.#began),
      waitMs: this.#began - this.#asked,
      commitMs: this.#now() - this.#ended,
    }
    return { ...stats, toString: () => statsText(stats) }
  }
}

function lookupsOf({ questions }: Tally): number {
  let n = 0
  for (const { calls } of questions.values()) n += calls
  return n
}

function statsText(stats: Omit<TxStats, 'toString'>): string {
  const rows = [['stage', 'lookups', 'datoms', 'segments', 'from storage', 'ms']]
  const numbers = (x: PlanReads): string[] => [
    whole(x.datoms),
    whole(x.segments),
    whole(x.reads),
    millis(x.ms),
  ]
  rows.push(['wait', '', '', '', '', millis(stats.waitMs)])
  for (const s of stats.stages) rows.push([s.stage, whole(s.lookups), ...numbers(s)])
  rows.push(['commit', '', '', '', '', millis(stats.commitMs)])
  const total = stats.waitMs + stats.ms + stats.commitMs
  return [
    `${whole(stats.added)} datoms in ${millis(total)} ms; ${readsText(stats)}`,
    '',
    table(rows, 1),
    '',
  ].join('\n')
}
