/**
 * A transaction as a pure function: a database value and tx-data give a report with the next database value, or an error.
 *
 * The stages, each with its own types (terms.ts): expand forms to statements and resolve these to claims, give tempids their ids,
 * find contradictions, settle what changes, let composite tuples and schema markers follow, check predicates, apply, check the result.
 *
 * (1) The same database, data, instant and functions give the same result: t and ids are the original's.
 * (2) A transaction that fails throws a YoreError and changes nothing.
 * (3) On a view, functions, lookup refs and retractions without a value read the view; all else reads the whole database, to
 *     which the transaction is added; the result has the view again (findings-time section 3).
 */

import { raise } from '../base/errors.ts'
import { Instant } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { boot } from '../db/schema.ts'
import { isHistory, withViewOf, withoutView } from '../db/views.ts'
import { never } from '../indexes/fact.ts'
import { tToTx } from '../indexes/ids.ts'
import { checkIndexIsThere } from './alter.ts'
import { applied, nextTOf } from './apply.ts'
import { addComposites } from './composites.ts'
import { checkAttributePredicates, checkEnsured } from './ensure.ts'
import { Expansion } from './expand.ts'
import { elementsOf } from './form.ts'
import { gather, settle } from './judge.ts'
import { Partitions } from './partitions.ts'
import { Resolver } from './resolve.ts'
import { addMarkers, checkSchema, schemaChangesOf } from './schema-changes.ts'
import { Tempids } from './tempids.ts'
import type { Effect, TxContext, TxResult } from './terms.ts'
import { assignIds, resolvedTempids } from './upsert.ts'

export type { TxContext, TxFunction, TxResult } from './terms.ts'

/**
 * Adds tx-data to a database.
 *
 *     const { dbAfter, tempids } = transact(db, readEdn('[{:db/id "x" :db/doc "a thing"}]'), context)
 */
export function transact(db: Db, data: Value, context: TxContext): TxResult {
  if (isHistory(db)) {
    raise(
      ':yore/history-not-allowed',
      'a history view cannot take a transaction: use the database that it was made of',
    )
  }
  const whole = withoutView(db)
  const t = whole.nextT

  const tempids = new Tempids(db)
  const resolver = new Resolver(db, tempids, context.numbers)
  const partitions = new Partitions(db)
  const expansion = new Expansion(resolver, partitions, context)
  expansion.elements(elementsOf(data), null, 0)
  const { judged, elementEnd } = assignIds(expansion.claims, whole, partitions)

  const gathered = gather(judged, whole)
  const instant = instantOf(gathered.instant, whole, context.now)
  const effect = settle(gathered, whole)
  if (gathered.instant === null) tellInstant(effect, instant, t)
  addComposites(gathered, effect, whole)
  gathered.uniques.check(whole, gathered.entities)
  checkAttributePredicates(judged, context)
  const changes = schemaChangesOf(gathered, whole, elementEnd)
  addMarkers(changes, effect, t)

  checkIndexIsThere(changes.altered, effect.datoms, whole)
  const { facts, schema } = applied(effect, changes, whole)
  const { nextElement } = changes
  const nextT = nextTOf(gathered, t)
  const present: Db = {
    ...whole,
    facts,
    schema,
    basisT: t,
    nextT,
    nextElement,
    lastInstant: instant,
  }
  const dbAfter = db === whole ? present : withViewOf(present, db)
  checkSchema(changes, gathered, whole, dbAfter, elementEnd)
  checkEnsured(gathered.ensures, db, dbAfter, context)
  return {
    dbBefore: db,
    dbAfter,
    txData: effect.datoms,
    changes: effect.changes,
    tempids: resolvedTempids(tempids.keyed),
    t,
    instant,
  }
}

/** The instant: as stated, if it is neither before the last transaction nor after the clock; else the clock's, never going back. */
function instantOf(stated: number | null, db: Db, now: number): number {
  if (stated === null) return Math.max(now, db.lastInstant)
  if (stated < db.lastInstant) {
    raise(
      ':db.error/past-tx-instant',
      `the instant ${timeText(stated)} is before ${timeText(db.lastInstant)}, that of an earlier transaction`,
      { instant: stated, last: db.lastInstant },
    )
  }
  if (stated > now) {
    raise(':db.error/future-tx-instant', `the instant ${timeText(stated)} is in the future`, {
      instant: stated,
      now,
    })
  }
  return stated
}

const timeText = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms)

/** The datom of an instant that the data do not state comes first. */
function tellInstant(effect: Effect, instant: number, t: number): void {
  const e = tToTx(t)
  const v = new Instant(instant)
  effect.datoms.unshift({ e, a: boot.txInstant, v, t, added: true })
  effect.changes.push({ kind: 'assert', fact: { e, a: boot.txInstant, v, t, end: never } })
}
