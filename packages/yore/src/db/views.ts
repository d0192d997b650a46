/**
 * Views of a database: as-of, since, history, filter, and what a point in time means.
 *
 * (1) Each function sets its own slot and leaves the others (findings-time section 2); basis, schema and counters stay.
 * (2) `view.keep` is remade with every change, so that a filter is always called with the database that has the view's present
 *     bounds and no filters.
 */

import type { Budget } from '../base/budget.ts'
import { raise } from '../base/errors.ts'
import { Double, Float, Instant } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { View } from '../indexes/fact-index.ts'
import { counterOf, fieldOf, partTx } from '../indexes/facts/ids.ts'
import type { Db, DbFilter } from './db.ts'
import { boot } from './schema.ts'

const counterMask = (1n << 42n) - 1n
const counterSize = 2 ** 42

/** What is true as of the point: transactions with t <= point. */
export function asOf(db: Db, point: Value): Db {
  return withView(db, { ...db.view, asOf: pointOf(db, point) }, db.filters)
}

/** What became true after the point: transactions with t > point. */
export function since(db: Db, point: Value): Db {
  return withView(db, { ...db.view, since: pointOf(db, point) }, db.filters)
}

/** All datoms, assertions and retractions. */
export function history(db: Db): Db {
  return withView(db, { ...db.view, history: true }, db.filters)
}

/** The datoms that the predicate accepts, called with the database without filters. */
export function filter(db: Db, f: DbFilter): Db {
  return withView(db, db.view, [...db.filters, f])
}

/** The database with nothing hidden: no bounds, no history, no filters. */
export function withoutView(db: Db): Db {
  return db.view === presentView ? db : { ...db, view: presentView, filters: [] }
}

const presents = new WeakMap<Db, Db>()

/** The same database, without bounds where these hide nothing: for who only asks what it sees. */
export function asPresent(db: Db): Db {
  const { view, basisT } = db
  const { asOf, since, history, keep } = view
  if (view === presentView || history || keep !== null || since >= 0 || asOf < basisT) return db
  let present = presents.get(db)
  if (present === undefined) presents.set(db, (present = { ...db, view: presentView }))
  return present
}

/** The same view of other facts, names and counters: for `with`. */
export function withViewOf(db: Db, like: Db): Db {
  return withView(db, like.view, like.filters)
}

/** A call of a filter is so much work. */
const filterWork = 10

/** The same, whose filters say what they cost: behind a filter much may be read and nothing given. */
export function watchedDb(db: Db, budget: Budget): Db {
  const { keep } = db.view
  if (keep === null) return db
  const counted: View['keep'] = (datom) => {
    budget.tick(filterWork)
    return keep(datom)
  }
  return { ...db, view: { ...db.view, keep: counted } }
}

function withView(db: Db, bounds: View, filters: readonly DbFilter[]): Db {
  if (filters.length === 0) return { ...db, view: { ...bounds, keep: null }, filters }
  const unfiltered: Db = { ...db, view: { ...bounds, keep: null }, filters: [] }
  const keep: View['keep'] = (datom) => filters.every((f) => f(unfiltered, datom))
  return { ...db, view: { ...bounds, keep }, filters }
}

/** The bound of `asOf`, or null. */
export function asOfT(db: Db): number | null {
  return db.view.asOf === Infinity ? null : db.view.asOf
}

/** The bound of `since`, or null. */
export function sinceT(db: Db): number | null {
  return db.view.since === -Infinity ? null : db.view.since
}

export function isHistory(db: Db): boolean {
  return db.view.history
}

export function isFiltered(db: Db): boolean {
  return db.filters.length > 0
}

/**
 * The t that a point of `asOf` and `since` means. A number: its low 42 bits, so a t, a transaction or any entity. An instant: the
 * first transaction that has it; else the t before the first later one; else the next t.
 */
export function pointOf(db: Db, point: Value): number {
  if (!(point instanceof Instant)) return lowBits(point)
  const found = firstTransactionAt(db, point)
  if (found === null) return db.nextT
  return found.instant === point.ms ? found.t : found.t - 1
}

/** The t that a bound of the log or of `entidAt` means: an instant is rounded up to the transaction at or after it. */
export function pointAtOrAfter(db: Db, point: Value): number {
  if (!(point instanceof Instant)) return lowBits(point)
  return firstTransactionAt(db, point)?.t ?? db.nextT
}

function lowBits(point: Value): number {
  if (typeof point === 'bigint') return point < 0n ? Number(point) : Number(point & counterMask)
  const x = point instanceof Double || point instanceof Float ? point.value : point
  if (typeof x !== 'number' || Number.isNaN(x)) {
    raise(':yore/invalid-time-point', 'a point in time is a t, a transaction id or an instant', {
      point,
    })
  }
  const n = Math.trunc(x)
  return n < counterSize ? n : Number.isFinite(n) ? counterOf(n) : counterSize - 1
}

/** The first transaction whose instant is not before this one. */
function firstTransactionAt(db: Db, instant: Instant): { t: number; instant: number } | null {
  const low = { prefix: { a: boot.txInstant, v: instant }, after: false }
  const high = { prefix: { a: boot.txInstant }, after: true }
  const c = db.facts.cursor('avet', { low, high }, presentView)
  while (c.next()) {
    // other entities may have a :db/txInstant too
    if (fieldOf(c.e) === partTx) return { t: counterOf(c.e), instant: (c.v as Instant).ms }
  }
  return null
}
