/**
 * A dump: the whole log as lines of text, and the way back into a fresh database. An exit and an entrance that need no other tool.
 *
 * (1) Lines are made when they are asked for, one transaction at a time: memory is bounded by the largest transaction.
 * (2) An import replays what was recorded: same t's, ids, instants and datoms. Nothing is resolved or checked against rules again, but
 *     every line is checked against the database that it comes to, so no dump can make one that breaks what the index relies on.
 * (3) A dump that was cut off is noticed by its missing end.
 * (4) Transactions come into the index many at a time, and index jobs are few and large: at the end everything is indexed.
 * (5) An import that was cut short can go on: what the database has is compared with the dump, transaction by transaction.
 */

import { assert } from '../base/assert.ts'
import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import type { LogEntry, LogSource } from '../db/log.ts'
import type { Transaction } from '../db/log-record.ts'
import { replayLater } from '../db/replay.ts'
import type { Began, Datom } from '../indexes/facts/fact.ts'
import { firstUserT } from '../indexes/facts/ids.ts'
import { checkTransaction } from './dump-check.ts'
import {
  bootstrapVersion,
  dumpVersion,
  formatOf,
  readLine,
  writeEnd,
  writeHead,
  writeTransaction,
} from './dump-lines.ts'
import type { DumpEnd, DumpFormat, DumpHead, DumpTransaction } from './dump-lines.ts'
import { Task } from './task.ts'
import type { TaskOptions } from './task.ts'

export interface DumpProgress {
  readonly transactions: number
  readonly datoms: number
  /** The t of the last transaction that was done. */
  readonly t: number
}

export interface ExportOptions extends TaskOptions<DumpProgress> {
  readonly env: Env
  readonly format: DumpFormat
  /** The first t. */
  readonly from: number
  /** The t before which it ends. */
  readonly to: number
}

/** The lines of a dump of the transactions with from <= t < to. */
export async function* exportLines(
  db: Db,
  log: LogSource,
  options: ExportOptions,
): AsyncGenerator<string, void, undefined> {
  const { format, env, from, to } = options
  const task = new Task<DumpProgress>('the export', env, options)
  const head = { version: dumpVersion, database: db.id, bootstrap: bootstrapVersion, from }
  yield writeHead({ kind: 'head', ...head }, format)
  let [transactions, datoms, nextT, t] = [0, 0, Math.min(from, db.nextT), 0]
  const progress = (): DumpProgress => ({ transactions, datoms, t })
  for (const entry of log.entries(from, Math.min(to, db.nextT))) {
    const tx = transactionOf(entry)
    yield writeTransaction(tx, format)
    transactions++
    datoms += tx.data.length
    ;({ t, nextT } = tx)
    const turn = task.step(progress)
    if (turn !== null) await turn
  }
  yield writeEnd({ kind: 'end', transactions, datoms, nextT }, format)
  task.end(progress())
}

/** The logs of databases give transactions with all that belongs to them. */
export function transactionOf(entry: object): Transaction {
  assert('ended' in entry, 'the log has whole transactions')
  return entry as Transaction
}

// ---- import ----

/** What a transaction of a dump does to a database. */
export interface Replayed {
  readonly dbBefore: Db
  readonly dbAfter: Db
  readonly txData: readonly Datom[]
  readonly ended: readonly Began[]
  readonly tempids: ReadonlyMap<string | number, number>
  readonly t: number
  readonly instant: number
}

/** Where an import goes: a database that takes transactions. */
export interface ImportTarget {
  readonly db: Db
  readonly log: LogSource
  transact(run: (db: Db) => Replayed): Promise<unknown>
  /** Said before much is given. */
  load?(): Loading | null
}

/** What a target does while much is loaded into it. */
export interface Loading {
  /** Is an index job due, to be waited for before more is given? */
  isDue(): boolean
  /** Indexes all there is. */
  index(): Promise<void>
  /** The end; when it is `isWhole`, everything is indexed. */
  end(isWhole: boolean): Promise<void>
}

export interface ImportOptions extends TaskOptions<DumpProgress> {
  readonly env: Env
  /** Goes on with an import that was cut short: the database has the beginning of the dump. */
  readonly resume?: boolean | undefined
}

/** So many transactions and datoms may be under way. */
const underWayMax = 512
const datomsUnderWayMax = 20_000

/** Reads a dump into a database that has nothing but its bootstrap, or the beginning of the same dump. */
export async function importLines(
  target: ImportTarget,
  lines: AsyncIterable<string> | Iterable<string>,
  options: ImportOptions,
): Promise<DumpProgress> {
  if (target.db.nextT !== firstUserT && options.resume !== true) {
    raise(
      ':yore/database-exists',
      'a dump is imported into a fresh database only: this one has transactions (with resume: true an import that was cut short goes on)',
      {
        basisT: target.db.basisT,
      },
    )
  }
  const loading = target.load?.() ?? null
  const work = new Import(target, loading, options)
  let isWhole = false
  try {
    for await (const line of lines) {
      const turn = work.line(line)
      if (turn !== null) await turn
    }
    const done = await work.end()
    isWhole = true
    return done
  } catch (error) {
    await work.settle()
    throw error
  } finally {
    if (loading !== null) await indexed(loading.end(isWhole))
  }
}

/** An index job that fails is done later: what was imported is in the log. */
async function indexed(job: Promise<void>): Promise<void> {
  try {
    await job
  } catch (error) {
    if (!(error instanceof YoreError)) throw error
  }
}

class Import {
  readonly #target: ImportTarget
  readonly #loading: Loading | null
  readonly #task: Task<DumpProgress>
  #format: DumpFormat = 'edn'
  #number = 0
  #head: DumpHead | null = null
  #end: DumpEnd | null = null
  #given: DumpProgress = { transactions: 0, datoms: 0, t: 0 }
  #nextT = firstUserT
  #underWay: { readonly done: Promise<unknown>; readonly datoms: number }[] = []
  #datoms = 0
  #error: unknown = null
  /** What the database had before. */
  readonly #known: Iterator<LogEntry>
  readonly #knownNextT: number

  constructor(target: ImportTarget, loading: Loading | null, options: ImportOptions) {
    this.#target = target
    this.#loading = loading
    this.#knownNextT = target.db.nextT
    this.#known = target.log.entries(0, target.db.nextT)[Symbol.iterator]()
    this.#task = new Task('the import', options.env, options)
  }

  /** Takes a line; a promise when there is something to wait for. */
  line(text: string): Promise<void> | null {
    this.#number++
    if (this.#error !== null) throw this.#error
    if (typeof text !== 'string') bad(`line ${this.#number} is no text`)
    if (text.trim() === '') return null
    if (this.#head === null) this.#format = formatOf(text)
    const line = readLine(text, this.#format, this.#number)
    if (this.#end !== null) bad(`line ${this.#number} stands behind the end`)
    if (line.kind === 'head') this.#begin(line)
    else if (this.#head === null) bad('it does not begin with the line that says what it is')
    else if (line.kind === 'end') this.#end = line
    else return this.#transaction(line)
    return null
  }

  #begin(head: DumpHead): void {
    if (this.#head !== null) bad(`line ${this.#number} begins another dump`)
    if (head.version !== dumpVersion || head.bootstrap !== bootstrapVersion) {
      bad(
        `it has version ${head.version} and bootstrap ${head.bootstrap}, but this Yore reads ${dumpVersion} and ${bootstrapVersion}`,
      )
    }
    if (head.from > firstUserT) bad(`it begins at t ${head.from}: what was before is missing`)
    this.#head = head
  }

  #transaction(tx: DumpTransaction): Promise<void> | null {
    const number = this.#number
    const datoms = tx.data.length
    if (tx.t < this.#knownNextT) this.#expectKnown(tx)
    else {
      const done = this.#target
        .transact((db) => replayed(db, tx, number))
        .catch((error: unknown) => {
          this.#error ??= error
        })
      this.#underWay.push({ done, datoms })
      this.#datoms += datoms
    }
    const { transactions: n, datoms: sum } = this.#given
    this.#given = { transactions: n + 1, datoms: sum + datoms, t: tx.t }
    this.#nextT = tx.nextT
    const isFull = this.#underWay.length >= underWayMax || this.#datoms >= datomsUnderWayMax
    return isFull ? this.#rest() : this.#task.step(() => this.#given)
  }

  /** The database has this transaction, to the last bit. */
  #expectKnown(tx: DumpTransaction): void {
    const { value, done } = this.#known.next()
    const isSame =
      done !== true && writeTransaction(transactionOf(value), 'edn') === writeTransaction(tx, 'edn')
    if (isSame) return
    bad(
      `line ${this.#number} is another transaction than the database has at t ${tx.t}: it has not the beginning of this dump`,
    )
  }

  /** Until half of what is under way is done. */
  async #rest(): Promise<void> {
    const n = Math.ceil(this.#underWay.length / 2)
    for (const { done, datoms } of this.#underWay.splice(0, n)) {
      await done
      this.#datoms -= datoms
    }
    if (this.#loading?.isDue() === true) await this.#index(this.#loading)
    await this.#task.step(() => this.#given)
    if (this.#error !== null) throw this.#error
  }

  /** With nothing under way: what is transacted while a job runs is applied twice. */
  async #index(loading: Loading): Promise<void> {
    await this.settle()
    await indexed(loading.index())
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay.map(({ done }) => done))
    this.#underWay = []
    this.#datoms = 0
  }

  async end(): Promise<DumpProgress> {
    await this.settle()
    if (this.#error !== null) throw this.#error
    const end = this.#end
    const { transactions, datoms } = this.#given
    if (this.#head === null) return bad('it is empty')
    if (end === null) return bad(`it ends after ${transactions} transactions without its last line`)
    if (this.#nextT < this.#knownNextT) {
      return bad('the database has transactions that come after the end of the dump')
    }
    if (
      end.transactions !== transactions ||
      end.datoms !== datoms ||
      (transactions > 0 && end.nextT !== this.#nextT)
    ) {
      return bad(
        `it has ${transactions} transactions with ${datoms} datoms, but its end says something else`,
      )
    }
    this.#task.end(this.#given)
    return this.#given
  }
}

const noTempids: ReadonlyMap<string | number, number> = new Map()

function replayed(db: Db, tx: DumpTransaction, line: number): Replayed {
  checkTransaction(db, tx, line)
  const { t, instant, data } = tx
  return {
    dbBefore: db,
    dbAfter: replayLater(db, tx, true),
    txData: data,
    ended: tx.ended,
    tempids: noTempids,
    t,
    instant,
  }
}

function bad(why: string): never {
  return raise(':yore/invalid-dump', `the dump cannot be imported: ${why}`)
}
