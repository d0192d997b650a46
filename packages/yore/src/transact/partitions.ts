/**
 * Which partition a new entity goes to: forced, that of another entity, that of a structural tempid, or the default.
 *
 * (1) In that order of precedence. To match another entity and to stand in its map are the same; the later one counts.
 * (2) Decided from the data alone, before upserts (findings-transactions DM-25, rule 11).
 * (3) To follow an entity of the db or tx partition, or an unknown tempid, is to go to the default partition.
 */

import { raise } from '../base/errors.ts'
import { ValueMap } from '../data/equal.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { entid } from '../db/lookup.ts'
import { fieldOf, implicitPartId, partDb, partTx, partUser } from '../indexes/facts/ids.ts'
import { noEntity, shown } from './problems.ts'
import type { Tempids } from './tempids.ts'
import { Tempid } from './terms.ts'
import type { Term } from './terms.ts'

const fieldCount = 2 ** 20
const implicitField = 2 ** 19

/** The field of a partition given by its entity. A number too large to be one means the default, as it does in the original. */
export function partitionField(db: Db, id: number): number {
  if (db.schema.partitions.has(id)) return id
  if (id >= 0 && implicitPartId(id) !== null) return fieldOf(id)
  if (id >= fieldCount) return partUser
  return raise(':db.error/not-a-partition', `the entity ${id} is not a partition`, { entity: id })
}

export class Partitions {
  readonly #db: Db
  // made when first needed: most transactions need none
  #forced: Map<Tempid, number> | null = null
  /** Whom a tempid follows; null for nobody: its map is nested in itself or in that of an entity of no special partition. */
  #followed: Map<Tempid, Term | null> | null = null
  #found: Map<Tempid, number> | null = null

  constructor(db: Db) {
    this.#db = db
  }

  /** A `:db/force-partition` map: tempid -> partition. */
  force(directive: Value, tempids: Tempids): void {
    if (!(directive instanceof ValueMap)) {
      raise(
        ':db.error/invalid-force-partition-map',
        `the value of :db/force-partition must be a map of tempids to partitions, not ${shown(directive)}`,
        { value: shown(directive) },
      )
    }
    for (const [key, partition] of directive.entries()) {
      const id = partition === null ? null : entid(this.#db, partition)
      if (id === null) {
        raise(':db.error/not-a-db-id', `${shown(partition)} is no partition of this database`, {
          partition: shown(partition),
        })
      }
      // a number beyond all ids is one that is no partition
      const beyond = id < 0 && typeof partition === 'bigint' && partition > 0n
      const field = beyond ? partUser : partitionField(this.#db, id)
      const term = tempids.termOf(key)
      if (term instanceof Tempid) (this.#forced ??= new Map()).set(term, field)
    }
  }

  /** A `:db/match-partition` map: tempid -> the entity or tempid to follow. */
  match(directive: Value, tempids: Tempids, identify: (x: Value) => number | null): void {
    if (!(directive instanceof ValueMap)) {
      raise(
        ':db.error/invalid-match-partition-map',
        `the value of :db/match-partition must be a map of tempids to entities, not ${shown(directive)}`,
        { value: shown(directive) },
      )
    }
    for (const [key, entity] of directive.entries()) {
      const target = tempids.termOf(entity) ?? identify(entity) ?? noEntity(this.#db, entity)
      const term = tempids.termOf(key)
      if (term instanceof Tempid) (this.#followed ??= new Map()).set(term, target)
    }
  }

  /** The entity of a map that is nested in the map of another, or of none that matters. */
  nest(inner: Tempid, outer: Term | null): void {
    const special = outer instanceof Tempid ? !outer.isTx : outer !== null && isSpecial(outer)
    this.#followed ??= new Map()
    this.#followed.set(inner, special ? outer : null)
  }

  /** The field of the partition that a new entity goes to. */
  fieldFor(tempid: Tempid): number {
    return this.#own(tempid) ?? this.#follow(tempid)
  }

  #follow(tempid: Tempid): number {
    const trail = new Set<Tempid>()
    this.#found ??= new Map()
    let at = tempid
    let field = partUser
    for (;;) {
      const known = this.#found.get(at) ?? this.#own(at)
      if (known !== undefined) {
        field = known
        break
      }
      if (trail.has(at)) return cycle(at)
      trail.add(at)
      const next = this.#followed?.get(at) ?? null
      if (typeof next === 'number') field = this.#fieldOfEntity(next)
      if (next === null || typeof next === 'number' || next.isTx) break
      at = next
    }
    for (const t of trail) this.#found.set(t, field)
    return field
  }

  /** What does not depend on another entity. */
  #own(tempid: Tempid): number | undefined {
    if (tempid.isElement) return partDb
    const forced = this.#forced?.get(tempid)
    if (forced !== undefined) return forced
    const followed = this.#followed?.get(tempid)
    if (followed !== undefined && followed !== null) return undefined
    return tempid.field < 0 ? partUser : tempid.field
  }

  #fieldOfEntity(id: number): number {
    const field = fieldOf(id)
    if (isSystem(field)) return partUser
    if (field >= implicitField || this.#db.schema.partitions.has(field)) return field
    return raise(':db.error/not-a-partition', `the entity ${id} is not in a valid partition`, {
      entity: id,
    })
  }
}

const isSpecial = (id: number): boolean => !isSystem(fieldOf(id)) && fieldOf(id) !== partUser

const isSystem = (field: number): boolean => field === partDb || field === partTx

function cycle(tempid: Tempid): never {
  return raise(
    ':db.error/cycle-in-affinity',
    `the partition of ${tempid.label} depends on itself: break the cycle in :db/match-partition`,
    { tempid: tempid.label },
  )
}
