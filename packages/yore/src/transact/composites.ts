/**
 * Composite tuples follow their members: computed from the state after the transaction, for every entity one of whose members the
 * data mention, redundantly or not.
 *
 * (1) A missing member is nil; a tuple of nils only is no value.
 * (2) The datoms come after those of the data: per entity and composite the new value, then the retraction of the old one.
 */

import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import type { Attribute } from '../db/schema.ts'
import type { Entity } from './entities.ts'
import { factsOf } from './judge.ts'
import type { Gathered } from './judge.ts'
import { located } from './problems.ts'
import { Claim } from './terms.ts'
import type { Effect, Judged, Source } from './terms.ts'
import { sameValue } from './values.ts'

/** Adds what becomes of the composites to the effect. `db` is the database without a view. */
export function addComposites(gathered: Gathered, effect: Effect, db: Db): void {
  const { composites, attributes } = db.schema
  if (composites.size === 0) return
  for (const entity of gathered.entities) {
    const touched = new Map<number, Source>()
    for (const { attribute, source } of entity.claims) {
      for (const id of composites.get(attribute.id) ?? []) {
        if (!touched.has(id)) touched.set(id, source)
      }
    }
    for (const [id, source] of touched) {
      const attribute = attributes.get(id)
      if (attribute === undefined) continue
      try {
        update(entity, attribute, source, gathered, effect, db)
      } catch (error) {
        throw located(error, source, attribute.ident)
      }
    }
  }
}

function update(
  entity: Entity,
  attribute: Attribute,
  source: Source,
  gathered: Gathered,
  effect: Effect,
  db: Db,
): void {
  const { e } = entity
  const present = entity.isNew ? undefined : factsOf(db, e, attribute.id, undefined)[0]
  const value = (attribute.tupleAttrs ?? []).map((member) => memberOf(entity, member, db))
  const empty = value.every((slot) => slot === null)
  if (present === undefined ? empty : !empty && sameValue(present.v, value)) return
  if (!empty) {
    const claim = claimOf(e, attribute, value, true, source)
    if (attribute.unique !== null) gathered.uniques.claim(claim)
    entity.push(claim)
    effect.assert(e, attribute.id, value)
  }
  if (present !== undefined) {
    entity.push(claimOf(e, attribute, present.v, false, source))
    effect.end(present, present.v)
  }
}

/** The value of a member after the transaction. */
function memberOf(entity: Entity, member: number, db: Db): Value {
  let retracted: Value | undefined
  for (const claim of entity.of(member)) {
    if (!claim.told) continue
    if (claim.added) return claim.v
    retracted = claim.v
  }
  const present = entity.isNew ? undefined : factsOf(db, entity.e, member, undefined)[0]
  if (present === undefined) return null
  return retracted !== undefined && sameValue(retracted, present.v) ? null : present.v
}

function claimOf(
  e: number,
  attribute: Attribute,
  v: Value,
  added: boolean,
  source: Source,
): Judged {
  const claim = new Claim(added, e, attribute, v, source) as Judged
  claim.told = true
  return claim
}
