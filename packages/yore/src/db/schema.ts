/**
 * The schema: what the idents name and how each attribute behaves, as of a database's basis. A value; a transaction that touches
 * schema facts makes a new one (schema-of.ts derives it from the facts).
 *
 * (1) Names never go away: keyword -> the entity it was last asserted of, entity -> the keyword last asserted of it; retractions are
 *     ignored (findings-schema "Names and time").
 * (2) Every view of a database uses the schema of its basis.
 */

import type { Keyword, Sym, ValueType } from '../data/values.ts'

export interface Attribute {
  readonly id: number
  readonly ident: Keyword
  readonly valueType: ValueType
  /** The entity of the value type; `valueType` is what it is made of, if a user defined it. */
  readonly typeId: number
  readonly many: boolean
  readonly unique: 'identity' | 'value' | null
  /** `:db/index true`. */
  readonly indexed: boolean
  /** In AVET: indexed or unique, and not among the schema's `pending`. */
  readonly hasAvet: boolean
  readonly isComponent: boolean
  readonly noHistory: boolean
  readonly fulltext: boolean
  /** `:db/tupleAttrs`: the members' ids, of a composite tuple. */
  readonly tupleAttrs: readonly number[] | null
  /** `:db/tupleTypes`: of a heterogeneous tuple. */
  readonly tupleTypes: readonly ValueType[] | null
  /** `:db/tupleType`: of a homogeneous tuple. */
  readonly tupleType: ValueType | null
  /** `:db.attr/preds`. */
  readonly preds: readonly Sym[]
}

export interface Schema {
  readonly attributes: ReadonlyMap<number, Attribute>
  readonly idToIdent: ReadonlyMap<number, Keyword>
  readonly identToId: ReadonlyMap<Keyword, number>
  /** Entities installed as partitions: their ids. */
  readonly partitions: ReadonlySet<number>
  /** The composite tuples that an attribute is a member of: member id -> composites' ids. */
  readonly composites: ReadonlyMap<number, readonly number[]>
  /** Attributes that became indexed when they had many facts: the next index job brings these into AVET. */
  readonly pending: ReadonlySet<number>
}

/** Ids of the bootstrap that code refers to. */
export const boot = {
  partDb: 0,
  add: 1,
  retract: 2,
  partTx: 3,
  partUser: 4,
  ident: 10,
  installPartition: 11,
  installValueType: 12,
  installAttribute: 13,
  installFunction: 14,
  excise: 15,
  exciseAttrs: 16,
  exciseBeforeT: 17,
  exciseBefore: 18,
  alterAttribute: 19,
  typeRef: 20,
  cardinalityOne: 35,
  cardinalityMany: 36,
  uniqueValue: 37,
  uniqueIdentity: 38,
  fressianTag: 39,
  valueType: 40,
  cardinality: 41,
  unique: 42,
  isComponent: 43,
  index: 44,
  noHistory: 45,
  lang: 46,
  code: 47,
  txInstant: 50,
  fulltext: 51,
  fn: 52,
  retractEntity: 54,
  cas: 55,
  doc: 62,
  tupleType: 65,
  tupleTypes: 66,
  tupleAttrs: 67,
  ensure: 68,
  entityAttrs: 69,
  entityPreds: 70,
  attrPreds: 71,
} as const
