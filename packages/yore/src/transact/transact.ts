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
import { Kept } from '../base/kept.ts'
import type { Value } from '../data/values.ts'
import { NextDb } from '../db/db.ts'
import type { Db } from '../db/db.ts'
import { isHistory, withViewOf, withoutView } from '../db/views.ts'
import type { Began, Datom } from '../indexes/facts/fact.ts'
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
import type { Effect, Tempid, TxContext, TxResult } from './terms.ts'
import { assignIds, resolvedTempids } from './upsert.ts'

export type { Predicate, TxContext, TxFunction, TxResult, TxStage } from './terms.ts'

/** What the last one was made of. */
const kept = new Kept()

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

  const { stage } = context
  stage?.('expand')
  const tempids = new Tempids(db)
  const resolver = new Resolver(db, tempids, context.numbers)
  const partitions = new Partitions(db)
  const expansion = new Expansion(resolver, partitions, context)
  expansion.elements(elementsOf(data), null, 0)
  stage?.('identify')
  const assigned = assignIds(expansion.claims, whole, partitions)
  const { judged, elementEnd } = assigned

  stage?.('settle')
  const gathered = gather(judged, whole)
  const instant = instantOf(gathered.instant, whole, context.now)
  const settled = settle(gathered, instant, whole)
  const { effect } = settled
  stage?.('composites')
  addComposites(gathered, effect, whole)
  stage?.('uniqueness')
  gathered.uniques.check(whole, gathered.entities)
  stage?.('predicates')
  checkAttributePredicates(judged, context)
  stage?.('schema')
  const changes = schemaChangesOf(gathered, whole, elementEnd)
  addMarkers(changes, effect)

  checkIndexIsThere(changes.altered, effect.data, whole)
  stage?.('apply')
  const after = applied(effect, changes, whole)
  const { facts, schema } = after
  const { nextElement } = changes
  const nextT = nextTOf(gathered, t)
  const present: Db = new NextDb(whole, facts, schema, nextT, nextElement, instant)
  const dbAfter = db === whole ? present : withViewOf(present, db)
  stage?.('check')
  checkSchema(changes, gathered, whole, dbAfter, elementEnd)
  checkEnsured(gathered.ensures, db, dbAfter, context)
  const result = new Result(db, dbAfter, effect, tempids.keyed, instant)
  const all = [context, tempids, expansion, assigned, gathered, settled, changes, after, result]
  kept.keep(all, judged.length)
  return result
}

class Result implements TxResult {
  readonly dbBefore: Db
  readonly dbAfter: Db
  readonly txData: readonly Datom[]
  readonly ended: readonly Began[]
  readonly t: number
  readonly instant: number
  readonly #keyed: readonly Tempid[]

  constructor(
    dbBefore: Db,
    dbAfter: Db,
    { t, data, ended }: Effect,
    keyed: readonly Tempid[],
    instant: number,
  ) {
    this.dbBefore = dbBefore
    this.dbAfter = dbAfter
    this.txData = data
    this.ended = ended
    this.t = t
    this.instant = instant
    this.#keyed = keyed
  }

  get tempids(): ReadonlyMap<string | number, number> {
    return resolvedTempids(this.#keyed)
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
