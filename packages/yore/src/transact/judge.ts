/**
 * Judging: which claims agree, and what they change.
 *
 * (1) Conflicts come first and do not ask what is true already; then redundant claims leave no datom (findings-transactions rule 4).
 * (2) The report has each datom once: an implied retraction right after its assertion, unless the data give it themselves.
 * (3) Facts of built-in entities are never replaced or retracted; the instant of another transaction is never touched.
 */

import { raise } from '../base/errors.ts'
import { newList } from '../base/list.ts'
import { Instant } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { factsOfEntity } from '../db/single.ts'
import { boot } from '../db/schema.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { Began } from '../indexes/facts/fact.ts'
import { counterOf, fieldOf, firstUserElement, partTx, tToTx } from '../indexes/facts/ids.ts'
import { isDefining, isMarker, nameOf } from './definitions.ts'
import { Entities, Entity } from './entities.ts'
import { located, shown } from './problems.ts'
import { Effect } from './terms.ts'
import type { Judged } from './terms.ts'
import { Uniques } from './uniqueness.ts'
import { isNaNValue, sameValue } from './values.ts'

const counterSize = 2 ** 42

/** The claims of a transaction after the first look. */
export interface Gathered {
  readonly entities: Entities
  /** In order, without repetitions and without what leaves no datom by itself (composites, markers, :db/ensure). */
  readonly claims: readonly Judged[]
  readonly ensures: readonly Judged[]
  /** Entities whose definition as attributes the data touch. */
  readonly defined: readonly number[]
  readonly uniques: Uniques
  /** The `:db/txInstant` that the data state, ms. */
  readonly instant: number | null
}

/** Brings the claims together by entity and refuses contradictions. `db` is the database without a view. */
export function gather(judged: readonly Judged[], db: Db): Gathered {
  return new Gathering(db).run(judged)
}

class Gathering implements Gathered {
  readonly #db: Db
  readonly #t: number
  readonly #tx: number
  readonly entities: Entities = new Entities()
  readonly claims: Judged[] = newList()
  readonly ensures: Judged[] = newList()
  readonly defined: number[] = newList()
  readonly uniques: Uniques = new Uniques()
  instant: number | null = null
  #last: Entity | null = null

  constructor(db: Db) {
    this.#db = db
    this.#t = db.nextT
    this.#tx = tToTx(db.nextT)
  }

  run(judged: readonly Judged[]): Gathered {
    for (const claim of judged) {
      try {
        this.#take(claim)
      } catch (error) {
        throw located(error, claim.source, claim.attribute.ident)
      }
    }
    return this
  }

  #take(claim: Judged): void {
    const { attribute, e, added } = claim
    if (isMarker(attribute.id)) return checkMarker(claim)
    // a composite follows its members, whatever the data say of it
    if (attribute.tupleAttrs !== null) return
    if (e < firstUserElement) this.#checkBuiltIn(claim)
    if (attribute.id === boot.txInstant) this.#checkInstant(claim)
    const entity = this.#entityOf(e)
    if (isDefining(attribute.id)) this.#define(entity)
    if (attribute.id !== boot.ensure) entity.counts = true
    if (!entity.add(claim)) return
    if (attribute.id === boot.ensure) {
      if (added) this.ensures.push(claim)
      return
    }
    if (added && attribute.unique !== null) this.uniques.claim(claim)
    this.claims.push(claim)
  }

  #define(entity: Entity): void {
    if (!entity.isDefined) this.defined.push(entity.e)
    entity.isDefined = true
  }

  /** What a built-in entity has, from the beginning or since, stays as it is. */
  #checkBuiltIn({ e, attribute, added, v }: Judged): void {
    if (!this.#db.schema.idToIdent.has(e)) return
    const present = factsOf(this.#db, e, attribute.id, undefined)
    const [first] = present
    if (first === undefined) return
    if (added && (attribute.many || present.some((f) => sameValue(f.v, v)))) return
    raise(
      ':db.error/datom-cannot-be-altered',
      `${attribute.ident.text} of ${nameOf(this.#db.schema, e)} is ${shown(first.v)}; it belongs to the schema that every database has and cannot be replaced or retracted`,
      { entity: e, attribute: attribute.ident.text, value: first.v },
    )
  }

  #entityOf(e: number): Entity {
    if (this.#last !== null && this.#last.e === e) return this.#last
    let entity = this.entities.get(e)
    if (entity === undefined) {
      entity = new Entity(e, e >= counterSize && counterOf(e) >= this.#t)
      this.entities.add(entity)
    }
    this.#last = entity
    return entity
  }

  #checkInstant({ e, added, v }: Judged): void {
    if (fieldOf(e) !== partTx) return
    if (e !== this.#tx || !added) {
      raise(
        ':db.error/reset-tx-instant',
        ':db/txInstant can be set only on the current transaction, "datomic.tx", and never retracted',
        { entity: e },
      )
    }
    this.instant = (v as Instant).ms
  }
}

function checkMarker({ e, attribute }: Judged): void {
  if (e < counterSize) return
  raise(
    ':db.error/invalid-datom',
    `${attribute.ident.text} must be set on :db.part/db, not on ${e}`,
    {
      entity: e,
      attribute: attribute.ident.text,
    },
  )
}

/** What the claims change, in their order; the instant comes first if the data do not state it. */
export function settle(gathered: Gathered, instant: number, db: Db): Settled {
  const settlement = new Settlement(db, gathered.entities)
  if (gathered.instant === null) settlement.tellInstant(instant)
  for (const claim of gathered.claims) {
    try {
      settlement.take(claim)
    } catch (error) {
      throw located(error, claim.source, claim.attribute.ident)
    }
  }
  return settlement
}

export interface Settled {
  readonly effect: Effect
}

class Settlement implements Settled {
  readonly effect: Effect
  readonly #db: Db
  readonly #entities: Entities

  constructor(db: Db, entities: Entities) {
    this.effect = new Effect(db.nextT)
    this.#db = db
    this.#entities = entities
  }

  tellInstant(instant: number): void {
    this.effect.assert(tToTx(this.effect.t), boot.txInstant, new Instant(instant))
  }

  take(claim: Judged): void {
    const entity = this.#entities.get(claim.e) as Entity
    if (!claim.added) {
      if (!entity.isNew && !claim.told) this.#retract(claim)
      return
    }
    if (entity.isNew) return this.#assert(claim)
    if (claim.attribute.many) {
      const present = factsOf(this.#db, claim.e, claim.attribute.id, claim.v)
      if (!present.some((f) => sameValue(f.v, claim.v))) this.#assert(claim)
      return
    }
    const present = factsOf(this.#db, claim.e, claim.attribute.id, undefined)
    if (present.some((f) => sameValue(f.v, claim.v) || inTheWay(f.v, claim.v))) return
    this.#assert(claim)
    for (const fact of present) this.#imply(fact, entity)
  }

  #assert(claim: Judged): void {
    const { e, attribute, v } = claim
    claim.told = true
    this.effect.assert(e, attribute.id, v)
  }

  #retract(claim: Judged): void {
    const { e, attribute, v } = claim
    const fact = claim.known ?? factsOf(this.#db, e, attribute.id, v).find((f) => sameValue(f.v, v))
    if (fact === undefined) return
    this.effect.end(fact, v)
    claim.told = true
  }

  /** The retraction that the assertion of another value implies. */
  #imply(fact: Began, entity: Entity): void {
    const given = entity.about(fact.a, fact.v)
    if (given !== undefined && !given.added && sameValue(given.v, fact.v)) {
      if (given.told) return
      given.told = true
    }
    this.effect.end(fact, fact.v)
  }
}

/** The present facts of an entity's attribute, with a value equal in order if one is given. */
export function factsOf(db: Db, e: number, a: number, v: Value | undefined): readonly Began[] {
  return factsOfEntity(db.view === presentView ? db : { ...db, view: presentView }, e, a, v)
}

// The original finds NaN equal to any value, so that neither replaces the other.
function inTheWay(present: Value, v: Value): boolean {
  return isNaNValue(present) || isNaNValue(v)
}
