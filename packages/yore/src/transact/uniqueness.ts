/**
 * Uniqueness: no two entities end up with one value of a unique attribute.
 *
 * (1) Within the transaction two entities that claim a value conflict, redundant claims included.
 * (2) Against the database the state after the transaction counts: a value that its holder loses in it, by a retraction or a
 *     replacement, is free.
 */

import { raise } from '../base/errors.ts'
import { newList } from '../base/list.ts'
import type { Db } from '../db/db.ts'
import { factsWithValue } from '../db/single.ts'
import { conflict } from './entities.ts'
import type { Entities, Entity } from './entities.ts'
import { located, shown } from './problems.ts'
import type { Judged } from './terms.ts'
import { orderKey, sameValue } from './values.ts'

export class Uniques {
  #claimed: Map<number, Map<unknown, Judged>> | null = null
  readonly #claims: Judged[] = newList()

  /** Takes an assertion of a unique attribute. */
  claim(claim: Judged): void {
    this.#claimed ??= new Map()
    let table = this.#claimed.get(claim.attribute.id)
    if (table === undefined) {
      table = new Map()
      this.#claimed.set(claim.attribute.id, table)
    }
    const key = orderKey(claim.v)
    const other = table.get(key)
    if (other !== undefined && other.e !== claim.e) conflict(other, claim)
    table.set(key, claim)
    if (!claim.vacant) this.#claims.push(claim)
  }

  /** Refuses what an entity asserts that another one keeps. To be asked when the claims are settled. */
  check(db: Db, entities: Entities): void {
    for (const claim of this.#claims) {
      if (!claim.told) continue
      const { attribute, v, e } = claim
      for (const holder of factsWithValue(db, attribute.id, v)) {
        if (holder.e === e || loses(entities.get(holder.e), attribute.id, claim)) continue
        refuse(claim, holder.e)
      }
    }
  }
}

/** Does the entity lose a value equal to the claimed one? */
function loses(holder: Entity | undefined, a: number, claim: Judged): boolean {
  if (holder === undefined) return false
  for (const c of holder.of(a)) {
    if (!c.told) continue
    if (c.added ? !c.attribute.many && !sameValue(c.v, claim.v) : sameValue(c.v, claim.v)) {
      return true
    }
  }
  return false
}

function refuse(claim: Judged, holder: number): never {
  const { attribute, e, v, source } = claim
  try {
    return raise(
      ':db.error/unique-conflict',
      `${attribute.ident.text} is unique and its value ${shown(v)} belongs to ${holder}, so ${e} cannot have it`,
      { attribute: attribute.ident.text, value: v, holder, entity: e },
    )
  } catch (error) {
    throw located(error, source)
  }
}
