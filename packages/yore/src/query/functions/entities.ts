/**
 * Entities among the values of a query, made by `(datomic.api/entity $ ?e)`: what `get`, `(:a ?x)`, `contains?`, `count`, `keys` see of one.
 *
 * (1) An entity is `Opaque('entity', Entity)`. Its references are entities again, or the keyword of a target that has an ident; several
 *     values are a set.
 * (2) Two entities are equal when they are the same entity of the same database, whatever the views they read.
 */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Keyword, Opaque, keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { entityGet, entityKeys, isEntity, originOf } from '../../db/entity.ts'
import type { Entity } from '../../db/entity.ts'

/** The entity that a value is, or null. */
export function asEntity(x: Value): Entity | null {
  return x instanceof Opaque && isEntity(x.value) ? x.value : null
}

/** What the entity has under a key, or null. */
export function entityValue(of: Entity, key: Value): Value {
  const name =
    key instanceof Keyword
      ? key
      : typeof key === 'string' && key.startsWith(':')
        ? keyword(key)
        : null
  if (name === null) return null
  const shown = of[name.text as ':a/b']
  if (shown === undefined) return null
  if (isEntity(shown)) return new Opaque('entity', shown)
  const { db, id } = originOf(of)
  const exact = entityGet(db, id, name)
  if (!Array.isArray(shown) || !Array.isArray(exact) || isTuple(of, name)) return exact
  return ValueSet.of(
    shown.map((x, i) => (isEntity(x) ? new Opaque('entity', x) : (exact[i] as Value))),
  )
}

function isTuple(of: Entity, name: Keyword): boolean {
  const { schema } = originOf(of).db
  const attribute = schema.attributes.get(schema.identToId.get(name) ?? -1)
  return attribute !== undefined && !attribute.many
}

/** Its attributes and their values, without `:db/id`. */
export function entityAsMap(of: Entity): ValueMap {
  const { db, id } = originOf(of)
  return ValueMap.of(entityKeys(db, id).map((k) => [k, entityValue(of, k)] as const))
}

export function sameEntity(a: Entity, b: Entity): boolean {
  const x = originOf(a)
  const y = originOf(b)
  return x.id === y.id && x.db.id === y.db.id
}
