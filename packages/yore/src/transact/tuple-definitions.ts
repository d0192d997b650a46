/**
 * What makes the definition of a tuple attribute a good one.
 */

import { Keyword } from '../data/values.ts'
import type { Value, ValueType } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { boot } from '../db/schema.ts'
import type { Definition } from './definitions.ts'

export interface TupleProblem {
  readonly reason: string
  readonly text: string
}

/** What a slot can hold. */
const slotTypes: ReadonlySet<ValueType> = new Set<ValueType>([
  'bigdec',
  'bigint',
  'boolean',
  'double',
  'instant',
  'keyword',
  'long',
  'ref',
  'string',
  'symbol',
  'uuid',
  'uri',
])

/** What is wrong with the tuple parts of a definition, or null. `after` is the database after the transaction. */
export function checkTuple(id: number, definition: Definition, after: Db): TupleProblem | null {
  const attrs = definition.get(boot.tupleAttrs)
  const types = definition.get(boot.tupleTypes)
  const type = definition.get(boot.tupleType)
  const kinds = [attrs, types, type].filter((x) => x !== undefined).length
  if (after.schema.attributes.get(id)?.valueType !== 'tuple') {
    return kinds === 0
      ? null
      : { reason: 'invalid-tuple-kind', text: 'tuple properties are for attributes of type tuple' }
  }
  if (kinds !== 1) {
    return {
      reason: 'invalid-tuple-kind',
      text: 'a tuple needs exactly one of :db/tupleAttrs, :db/tupleTypes and :db/tupleType',
    }
  }
  if (type !== undefined) {
    return isSlotType(type)
      ? null
      : { reason: 'invalid-tuple-type', text: `:db/tupleType must be one of ${typeList}` }
  }
  if (types !== undefined) {
    return (types as readonly Value[]).every(isSlotType)
      ? null
      : { reason: 'invalid-tuple-types', text: `:db/tupleTypes must be of ${typeList}` }
  }
  if (!(attrs as readonly Value[]).every((k) => isMember(k, after))) {
    return {
      reason: 'invalid-tuple-attrs',
      text: `:db/tupleAttrs must name attributes of cardinality one and of the types ${typeList}`,
    }
  }
  return definition.get(boot.cardinality) === boot.cardinalityOne
    ? null
    : {
        reason: 'tuple-of-attrs-must-be-card-one',
        text: 'a composite tuple must have cardinality one',
      }
}

const typeList = [...slotTypes].map((t) => `:db.type/${t}`).join(' ')

function isSlotType(k: Value): boolean {
  return k instanceof Keyword && k.ns === 'db.type' && slotTypes.has(k.name as ValueType)
}

function isMember(k: Value, { schema }: Db): boolean {
  if (!(k instanceof Keyword)) return false
  const member = schema.attributes.get(schema.identToId.get(k) ?? -1)
  return member !== undefined && !member.many && slotTypes.has(member.valueType)
}
