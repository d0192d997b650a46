/**
 * The log as a value: the transactions in the order in which they took place, bootstrap left out.
 *
 * (1) An entry's data stand in the order of the transaction's report.
 * (2) Bounds are a t, a transaction or any other id (its low 42 bits), an instant (rounded up to the transaction at or after it), or
 *     nil for open; a negative one is the start (findings-time section 5).
 * (3) A source may have grown beyond `db`: a log value never shows what was appended after it was taken.
 */

import { firstPlace } from '../base/search.ts'
import { raise } from '../base/errors.ts'
import { Instant } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Datom } from '../indexes/facts/fact.ts'
import type { Db } from './db.ts'
import { pointAtOrAfter } from './views.ts'

export interface LogEntry {
  readonly t: number
  /** The transaction's `:db/txInstant`, ms. */
  readonly instant: number
  readonly data: readonly Datom[]
  /** The same one after another, each made when it is taken; not there where they are a list already. */
  walk?(take: (datom: Datom) => void): void
}

/** Where the transactions of a database are kept: in memory or in a storage. The data of an entry may be made when they are read. */
export interface LogSource {
  /** The transactions with from <= t < to, ascending. */
  entries(from: number, to: number): Iterable<LogEntry>
}

export interface Log {
  readonly source: LogSource
  /** The database as of the log's end: it knows the instants and where the log ends. */
  readonly db: Db
}

/** The transactions from start (inclusive) to end (exclusive), one after another. */
export function txRange(log: Log, start: Value, end: Value): Iterable<LogEntry> {
  const { source, db } = log
  const from = start === null ? 0 : pointAtOrAfter(db, start)
  const to = end === null ? Infinity : pointAtOrAfter(db, end)
  return source.entries(Math.max(from, 0), Math.min(to, db.nextT))
}

/** The t's of the transactions from start to end. */
export function txIds(log: Log, start: Value, end: Value): number[] {
  return Array.from(txRange(log, start, end), (entry) => entry.t)
}

/** The datoms of one transaction, given by t or transaction id; nothing if there is none. */
export function txData(log: Log, point: Value): readonly Datom[] {
  if (point instanceof Instant) {
    raise(':yore/invalid-time-point', 'a transaction is given by its t or its id, not an instant', {
      point,
    })
  }
  const t = pointAtOrAfter(log.db, point)
  if (t < 0 || t >= log.db.nextT) return []
  for (const entry of log.source.entries(t, t + 1)) return entry.data
  return []
}

/** A log that is a list of entries, ascending; it may grow. */
export class LogList implements LogSource {
  readonly #entries: readonly LogEntry[]

  constructor(entries: readonly LogEntry[]) {
    this.#entries = entries
  }

  entries(from: number, to: number): readonly LogEntry[] {
    return this.#entries.slice(firstAt(this.#entries, from), firstAt(this.#entries, to))
  }
}

/** The place of the first transaction at or after t. */
export const firstAt = (entries: readonly { readonly t: number }[], t: number): number =>
  firstPlace(0, entries.length, (i) => (entries[i] as { readonly t: number }).t >= t)
