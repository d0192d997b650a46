/**
 * Tempids become ids: by a unique identity that an entity or an earlier tempid has, or new.
 *
 * The claims are walked in order (observed, see findings-examples "DM-18 / TX-30 / TX-33"). A claim with a tempid as entity that
 * states a value of an identity attribute turns the tempid into the entity that has the value before the transaction, else into what
 * an earlier tempid with that value was by then; the latest such claim counts. Any other first claim gives the tempid a new id; an id
 * given before the tempid turned into another entity is lost.
 *
 * (1) New entities take t + 1, t + 2, ... whatever their partition; those of the db partition take the next element ids.
 * (2) Contradictions are not judged here: they come out as conflicts between the datoms that follow (judge.ts, uniqueness.ts).
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { factsWithValue } from '../db/single.ts'
import { counterOf, isId, makeId, partDb, partTx, tToTx } from '../indexes/facts/ids.ts'
import { isDefining, isInstalling } from './definitions.ts'
import type { Partitions } from './partitions.ts'
import { located } from './problems.ts'
import { TupleTerm, Tempid, unresolved } from './terms.ts'
import type { Claim, Judged, Term } from './terms.ts'
import { orderKey } from './values.ts'

const counterSize = 2 ** 42

export class Assigned {
  readonly judged: readonly Judged[]
  readonly ids: Ids
  /** For base/kept.ts. */
  readonly identities: Identities

  constructor(judged: readonly Judged[], ids: Ids, identities: Identities) {
    this.judged = judged
    this.ids = ids
    this.identities = identities
  }

  /** The element ids that were given out: from the database's next one to before this one. */
  get elementEnd(): number {
    return this.ids.elementEnd
  }
}

/** Gives every tempid its id. `db` is the database without a view; the transaction takes its next t. */
export function assignIds(claims: readonly Claim[], db: Db, partitions: Partitions): Assigned {
  const values = markEntities(claims)
  const ids = new Ids(db, partitions)
  const identities = new Identities()
  for (const claim of claims) {
    try {
      if (claim.e instanceof Tempid) assign(claim, claim.e, db, identities, ids)
      else checkAllocated(claim.e, db)
    } catch (error) {
      throw located(error, claim.source, claim.attribute.ident)
    }
  }
  if (values) for (const claim of claims) checkValue(claim)
  settleTerms(claims, ids.tx)
  return new Assigned(claims, ids, identities)
}

function assign(claim: Claim, e: Tempid, db: Db, identities: Identities, ids: Ids): void {
  const { attribute, v } = claim
  if (attribute.unique !== 'identity' || v instanceof TupleTerm) {
    if (e.id === unresolved) e.id = ids.next(e)
    return
  }
  if (v instanceof Tempid) return claimIdentity(claim, e, v, identities, ids)
  const holder = holderOf(db, attribute.id, v)
  if (holder !== undefined) {
    e.id = holder
    return
  }
  claim.vacant = true
  claimIdentity(claim, e, v, identities, ids)
}

/** The entity that has the value before the transaction. */
function holderOf(db: Db, a: number, v: Value): number | undefined {
  return factsWithValue(db, a, v)[0]?.e
}

/** What the tempids that claim a value of an identity attribute have become. */
class Identities {
  byAttribute: Map<number, Map<unknown, number>> | null = null
}

function claimIdentity(
  claim: Claim,
  e: Tempid,
  v: Value | Tempid,
  identities: Identities,
  ids: Ids,
): void {
  identities.byAttribute ??= new Map()
  let table = identities.byAttribute.get(claim.attribute.id)
  if (table === undefined) identities.byAttribute.set(claim.attribute.id, (table = new Map()))
  const key = v instanceof Tempid ? v : orderKey(v)
  const earlier = table.get(key)
  if (earlier !== undefined) e.id = earlier
  else {
    if (e.id === unresolved) e.id = ids.next(e)
    table.set(key, e.id)
  }
}

/** Notes which tempids stand as entities and which are schema. Are there tempids as values? */
function markEntities(claims: readonly Claim[]): boolean {
  let values = false
  for (const { e, attribute, v, added } of claims) {
    if (e instanceof Tempid) {
      e.isEntity = true
      if (isDefining(attribute.id)) e.isElement = true
    }
    if (v instanceof TupleTerm) values = true
    else if (v instanceof Tempid) {
      values = true
      if (added && isInstalling(attribute.id)) v.isElement = true
    }
  }
  return values
}

/** Refuses an id that was never given out: its counter decides, whatever its partition. */
function checkAllocated(id: number, { nextT, nextElement }: Db): void {
  if (isId(id) && (counterOf(id) < nextT || (id < counterSize && id < nextElement))) return
  raise(
    ':db.error/invalid-entity-id',
    `${id} is no entity id that this database has given out; for a new entity use a tempid, such as a string`,
    { entity: id },
  )
}

/** Refuses a tempid that is only a value. */
function checkValue({ v, attribute, source }: Claim): void {
  const terms = v instanceof TupleTerm ? v.slots : [v]
  for (const term of terms) {
    if (!(term instanceof Tempid) || term.isEntity || term.isTx) continue
    try {
      raise(
        ':db.error/tempid-not-an-entity',
        `the tempid ${term.label} is only a value here: some form must say something about it`,
        { tempid: term.key ?? term.label, attribute: attribute.ident.text },
      )
    } catch (error) {
      throw located(error, source)
    }
  }
}

/** Puts ids in the place of tempids: from here on the claims are about known entities. */
function settleTerms(claims: readonly Claim[], tx: number): asserts claims is readonly Judged[] {
  for (const claim of claims) {
    const { e, v } = claim
    if (e instanceof Tempid) claim.e = idOf(e, tx)
    if (v instanceof Tempid || v instanceof TupleTerm) claim.v = valueOf(v, tx)
  }
}

function idOf(term: Term, tx: number): number {
  if (typeof term === 'number') return term
  // "datomic.tx" as a value only
  return term.id === unresolved && term.isTx ? tx : term.id
}

function valueOf(v: Tempid | TupleTerm, tx: number): Value {
  if (v instanceof Tempid) return idOf(v, tx)
  return v.slots.map((slot) => (slot instanceof Tempid ? idOf(slot, tx) : slot))
}

/** The counters of a transaction. */
class Ids {
  readonly tx: number
  readonly #partitions: Partitions
  #counter: number
  elementEnd: number

  constructor(db: Db, partitions: Partitions) {
    this.tx = tToTx(db.nextT)
    this.#partitions = partitions
    this.#counter = db.nextT + 1
    this.elementEnd = db.nextElement
  }

  next(tempid: Tempid): number {
    if (tempid.isTx) return this.tx
    const field = this.#partitions.fieldFor(tempid)
    if (field === partTx) return this.tx
    return field === partDb ? this.elementEnd++ : makeId(field, this.#counter++)
  }
}

/** What the report says the tempids became. */
export function resolvedTempids(keyed: readonly Tempid[]): Map<string | number, number> {
  const out = new Map<string | number, number>()
  for (const { key, id, isEntity } of keyed) if (key !== null && isEntity) out.set(key, id)
  return out
}
