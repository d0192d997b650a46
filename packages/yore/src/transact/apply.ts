/**
 * Applying: the effect of a transaction becomes the facts, the schema and the counters of a new database.
 *
 * (1) The database that is given stays as it is, whatever happens.
 */

import type { Db } from '../db/db.ts'
import { changesOf } from '../db/log-record.ts'
import { nextSchema, placementOf } from '../db/schema-of.ts'
import type { Schema } from '../db/schema.ts'
import { applyFound } from '../indexes/create.ts'
import type { FactIndex } from '../indexes/fact-index.ts'
import { counterOf } from '../indexes/facts/ids.ts'
import type { Gathered } from './judge.ts'
import type { SchemaChanges } from './schema-changes.ts'
import type { Effect } from './terms.ts'

/** The facts and the schema after the transaction. */
export function applied(
  effect: Effect,
  changes: SchemaChanges,
  db: Db,
): { readonly facts: FactIndex; readonly schema: Schema } {
  const facts = factsAfter(effect, db)
  const schema = nextSchema(db.schema, effect.data, facts, db.indexLaterFrom)
  return new Applied(
    // names alone move nothing
    schema.attributes === db.schema.attributes ? facts : placed(facts, changes, db.schema, schema),
    schema,
  )
}

class Applied {
  readonly facts: FactIndex
  readonly schema: Schema

  constructor(facts: FactIndex, schema: Schema) {
    this.facts = facts
    this.schema = schema
  }
}

function factsAfter(effect: Effect, { facts }: Db): FactIndex {
  return applyFound(facts, effect) ?? facts.apply(changesOf(effect))
}

/** The index under a new schema: altered attributes may have entered or left AVET. */
function placed(
  facts: FactIndex,
  { altered }: SchemaChanges,
  before: Schema,
  after: Schema,
): FactIndex {
  const placement = placementOf(after)
  let out = facts.withPlacement(placement)
  for (const id of altered) {
    if (before.attributes.get(id)?.hasAvet !== after.attributes.get(id)?.hasAvet) {
      out = out.reindex(id, placement)
    }
  }
  return out
}

/** The t of the next transaction: after this one's and after the new entities that got a claim. */
export function nextTOf(gathered: Gathered, t: number): number {
  let last = t
  for (const { e, isNew, counts } of gathered.entities) {
    if (isNew && counts) {
      const counter = counterOf(e)
      if (counter > last) last = counter
    }
  }
  return last + 1
}
