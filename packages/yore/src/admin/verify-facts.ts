/**
 * Verifies the facts of a database as they are read: the datoms of the index are those of the log, and (in memory, where no trees are stored)
 * every order has the same.
 */

import { firstPlace } from '../base/search.ts'
import { raise } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import type { LogSource } from '../db/log.ts'
import { placementOf } from '../db/schema-of.ts'
import { boot } from '../db/schema.ts'
import { compareStored } from '../indexes/facts/entry.ts'
import { presentView } from '../indexes/fact-index.ts'
import { componentsOf, orders, rangeOf } from '../indexes/facts/fact.ts'
import type { Datom, Order } from '../indexes/facts/fact.ts'
import { firstUserT } from '../indexes/facts/ids.ts'
import { transactionOf } from './dump.ts'
import type { LogPart } from './verify-log.ts'
import { rebuildAdvice } from './verify-report.ts'
import type { Problem } from './verify-report.ts'
import { DatomSum } from './verify-sums.ts'

export interface FactsReport {
  readonly datoms: number
  readonly problems: readonly Problem[]
}

const historyView = { ...presentView, history: true }
/** Datoms between two yields. */
const piece = 4096

/** Attributes of which it was said at some time that their past may be forgotten. */
export function forgottenIn({ facts }: Db): Set<number> {
  const forgotten = new Set<number>()
  const cursor = facts.cursor('aevt', rangeOf({ a: boot.noHistory }), historyView)
  while (cursor.next()) if (cursor.v === true) forgotten.add(cursor.e)
  return forgotten
}

const partAt = (parts: readonly LogPart[], t: number): number =>
  firstPlace(0, parts.length, (i) => (parts[i] as LogPart).nextT > t)

/** Compares the history of the index with what the log has; yields how much is done. */
export function* compareWithLog(
  db: Db,
  given: readonly LogPart[],
  forgotten: ReadonlySet<number>,
): Generator<number, FactsReport> {
  const parts = given.toSorted((x, y) => x.t - y.t)
  const sums = parts.map(() => new DatomSum())
  const beyond = new DatomSum()
  const all = db.facts.stats().datoms
  let datoms = 0
  const cursor = db.facts.cursor('eavt', {}, historyView)
  while (cursor.next()) {
    datoms++
    if (datoms % piece === 0) yield datoms / Math.max(1, all)
    const { e, a, v, t, added } = cursor
    if (t < firstUserT || forgotten.has(a)) continue
    const sum = sums[partAt(parts, t)] ?? beyond
    sum.add({ e, a, v, t, added })
  }
  const problems: Problem[] = []
  const tell = (message: string, affected: string): void => {
    problems.push({ in: 'facts', message, affected, advice: rebuildAdvice })
  }
  for (const [i, { t, nextT, sum }] of parts.entries()) {
    const found = sums[i] as DatomSum
    if (sum === null || sum.isSame(found)) continue
    const counts = sum.n === found.n ? 'but other ones' : `where the log has ${sum.n}`
    tell(
      `the index has ${found.n} datoms of the transactions from t ${t} to before ${nextT}, ${counts}`,
      `facts of the transactions from t ${t} to before ${nextT}`,
    )
  }
  if (beyond.n > 0)
    tell(`the index has ${beyond.n} datoms that are behind the end of the log`, 'these datoms')
  if (datoms !== all && problems.length === 0) {
    tell(`the index counts ${all} datoms, but has ${datoms}`, 'counts and the plans of queries')
  }
  return { datoms, problems }
}

// ---- in memory ----

/** Verifies a database in memory: its orders against each other, and against its log. */
export function* verifyMemory(
  db: Db,
  log: LogSource,
): Generator<number, FactsReport & { readonly transactions: number }> {
  const problems: Problem[] = []
  const placement = placementOf(db.schema)
  const sums = new Map<Order, DatomSum>()
  const wanted = { avet: new DatomSum(), vaet: new DatomSum() }
  for (const order of orders) {
    const sum = new DatomSum()
    sums.set(order, sum)
    const cursor = db.facts.cursor(order, {}, historyView)
    let last: Datom | null = null
    for (let n = 1; cursor.next(); n++) {
      const { e, a, v, t, added } = cursor
      const datom = { e, a, v, t, added }
      if (last !== null && isAfter(order, last, datom)) {
        problems.push({
          in: 'index',
          order,
          message: `a datom of t ${t} is not in its place`,
          affected: `reads of ${order.toUpperCase()}`,
          advice: rebuildAdvice,
        })
      }
      last = datom
      sum.add(datom)
      if (order === 'eavt') {
        const { avet, vaet } = placement(a)
        if (avet) wanted.avet.add(datom)
        if (vaet) wanted.vaet.add(datom)
      }
      if (n % piece === 0) yield 0
    }
  }
  const eavt = sums.get('eavt') ?? raise(':yore/invalid-argument', 'no EAVT')
  for (const [order, sum] of sums) {
    if (sum.isSame(order === 'avet' || order === 'vaet' ? wanted[order] : eavt)) continue
    problems.push({
      in: 'index',
      order,
      message: `${order.toUpperCase()} holds other facts than EAVT`,
      affected: `reads of ${order.toUpperCase()}`,
      advice: rebuildAdvice,
    })
  }
  const part = { t: firstUserT, nextT: db.nextT, sum: new DatomSum() }
  const forgotten = forgottenIn(db)
  let transactions = 0
  for (const entry of log.entries(0, db.nextT)) {
    const { t, data, ended } = transactionOf(entry)
    let n = 0
    for (const { e, a, v, added } of data) {
      const value = added ? v : (ended[n++]?.v ?? v)
      if (!forgotten.has(a)) part.sum.add({ e, a, v: value, t, added })
    }
    if (++transactions % 100 === 0) yield 0.5
  }
  const facts = yield* compareWithLog(db, [part], forgotten)
  return { datoms: facts.datoms, transactions, problems: [...problems, ...facts.problems] }
}

/** Does x stand behind y, or at its place? */
function isAfter(order: Order, x: Datom, y: Datom): boolean {
  for (const c of componentsOf[order]) {
    if (c === 't') return x.t < y.t
    const d = c === 'v' ? compareStored(x.v, y.v) : x[c] - y[c]
    if (d !== 0) return d > 0
  }
  return false
}
