/**
 * The log as a value: the transactions in the order in which they took place, bootstrap left out.
 *
 * (1) An entry's data stand in the order of the transaction's report.
 * (2) Bounds are a t, a transaction or any other id (its low 42 bits), an instant (rounded up to the transaction at or after it), or
 *     nil for open; a negative one is the start (findings-time section 5).
 * (3) `entries` may have grown beyond `length`: a log value never shows what was appended after it was taken.
 */

import { raise } from '../base/errors.ts'
import { Instant } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Datom } from '../indexes/fact.ts'
import type { Db } from './db.ts'
import { pointAtOrAfter } from './views.ts'

export interface LogEntry {
  readonly t: number
  /** The transaction's `:db/txInstant`, ms. */
  readonly instant: number
  readonly data: readonly Datom[]
}

export interface Log {
  readonly entries: readonly LogEntry[]
  readonly length: number
  /** The database as of the log's end: it knows the instants. */
  readonly db: Db
}

/** The transactions from start (inclusive) to end (exclusive). */
export function txRange(log: Log, start: Value, end: Value): LogEntry[] {
  const from = start === null ? 0 : firstAt(log, pointAtOrAfter(log.db, start))
  const to = end === null ? log.length : firstAt(log, pointAtOrAfter(log.db, end))
  return log.entries.slice(from, Math.max(from, to))
}

/** The t's of the transactions from start to end. */
export function txIds(log: Log, start: Value, end: Value): number[] {
  return txRange(log, start, end).map((entry) => entry.t)
}

/** The datoms of one transaction, given by t or transaction id; nothing if there is none. */
export function txData(log: Log, point: Value): readonly Datom[] {
  if (point instanceof Instant) {
    raise(':yore/invalid-time-point', 'a transaction is given by its t or its id, not an instant', {
      point,
    })
  }
  const t = pointAtOrAfter(log.db, point)
  const i = firstAt(log, t)
  const entry = i < log.length ? log.entries[i] : undefined
  return entry?.t === t ? entry.data : []
}

/** The place of the first transaction at or after t. */
function firstAt(log: Log, t: number): number {
  let low = 0
  let high = log.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((log.entries[middle] as LogEntry).t < t) low = middle + 1
    else high = middle
  }
  return low
}
