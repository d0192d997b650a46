/**
 * From a database and the transactions that follow in its log to the database after them.
 *
 * (1) The result is the one that the transactions themselves had, whatever index it stands on.
 * (2) Transactions that leave the schema alone are applied together, so a long stretch of the log costs one sort.
 */

import { equalValues } from '../data/equal.ts'
import { applyLater } from '../indexes/create.ts'
import type { Change, FactIndex } from '../indexes/fact-index.ts'
import type { Fact } from '../indexes/facts/fact.ts'
import type { Db } from './db.ts'
import { mayDefine, nextSchema, placementOf } from './schema-of.ts'
import type { Schema } from './schema.ts'
import { changesOf } from './log-record.ts'
import type { Transaction } from './log-record.ts'

/** The database after these transactions. */
export function replay(db: Db, transactions: Iterable<Transaction>): Db {
  let { facts, schema } = db
  let last: Transaction | null = null
  let together: Change[] = []
  let lastInstant = db.lastInstant
  const apply = (): void => {
    facts = facts.apply(withoutInner(together))
    together = []
  }
  for (const tx of transactions) {
    const changes = changesOf(tx)
    if (changes.some(({ fact }) => mayDefine(fact.a))) {
      apply()
      facts = facts.apply(changes)
      const next = nextSchema(schema, tx.data, facts, db.indexLaterFrom)
      if (next !== schema) facts = underSchema(facts, schema, next)
      schema = next
    } else for (const change of changes) together.push(change)
    last = tx
    lastInstant = tx.instant
  }
  if (together.length > 0) apply()
  if (last === null) return db
  const { t, nextT, nextElement } = last
  return { ...db, facts, schema, basisT: t, nextT, nextElement, lastInstant }
}

/** May these transactions have changed the schema? */
export function mayChangeSchema(transactions: readonly Transaction[]): boolean {
  return transactions.some((tx) => tx.data.some(({ a }) => mayDefine(a)))
}

/** The database after the next transaction, which comes into the index when anybody first reads that. `isLoading`: not soon. */
export function replayLater(db: Db, tx: Transaction, isLoading: boolean): Db {
  if (mayChangeSchema([tx])) return replay(db, [tx])
  const facts = applyLater(db.facts, tx, isLoading)
  if (facts === null) return replay(db, [tx])
  const { t, instant, nextT, nextElement } = tx
  return { ...db, facts, basisT: t, nextT, nextElement, lastInstant: instant }
}

/** The index under a new schema: attributes may have entered or left AVET. */
export function underSchema(facts: FactIndex, before: Schema, after: Schema): FactIndex {
  const placement = placementOf(after)
  let out = facts.withPlacement(placement)
  for (const [id, { hasAvet }] of before.attributes) {
    if (after.attributes.get(id)?.hasAvet !== hasAvet) out = out.reindex(id, placement)
  }
  return out
}

/** The changes without those facts that begin and end among them: these are past from the start. */
export function withoutInner(changes: readonly Change[]): readonly Change[] {
  const first = changes.find((c) => c.kind === 'assert')?.fact.t ?? Infinity
  const ended = new Set<number>()
  for (const { kind, fact } of changes) {
    if (kind === 'retract' && fact.t >= first) ended.add(fact.e)
  }
  if (ended.size === 0) return changes
  const places = new Map<number, number[]>()
  const out: Change[] = []
  for (const change of changes) {
    const { kind, fact } = change
    const here = ended.has(fact.e) ? placesOf(places, fact.e) : null
    if (kind === 'retract' && here !== null && fact.t >= first) {
      const at = here.findIndex((i) => isSameFact((out[i] as Change).fact, fact))
      if (at >= 0) {
        const [place] = here.splice(at, 1)
        out[place as number] = { kind: 'past', fact: { ...fact, end: change.t } }
        continue
      }
    }
    if (kind === 'assert') here?.push(out.length)
    out.push(change)
  }
  return out
}

function placesOf(places: Map<number, number[]>, e: number): number[] {
  let here = places.get(e)
  if (here === undefined) places.set(e, (here = []))
  return here
}

const isSameFact = (x: Fact, y: Fact): boolean =>
  x.a === y.a && x.t === y.t && equalValues(x.v, y.v)
