/**
 * The facts of a fresh database: the original's 63 named entities with their ids, types and cardinalities, so that the same
 * transactions afterwards give the same ids. The documentation strings are Yore's own.
 *
 * (1) 266 current datoms, 268 in the history; transactions at t 0, 54, 56, 63, 64 and 66, all at 1970-01-01.
 * (2) Names that came into being at t 54 or before are asserted at t 0, later ones with the rest of their entity; documentation at 63.
 * (3) 54 and 55 have an older second name, asserted at t 54 and retracted at t 0: the retraction precedes, so both are current.
 */

import { Instant, keyword } from '../data/values.ts'
import type { Value, ValueType } from '../data/values.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { FactIndex, PlacementOf } from '../indexes/fact-index.ts'
import { never, unasserted } from '../indexes/facts/fact.ts'
import type { Fact } from '../indexes/facts/fact.ts'
import { firstUserElement, firstUserT, tToTx } from '../indexes/facts/ids.ts'
import type { Db } from './db.ts'
import { placementOf, schemaOf } from './schema-of.ts'
import { boot } from './schema.ts'

const docT = 63
const ones = boot.cardinalityOne
const manys = boot.cardinalityMany

/** The ids of the value types. */
export const valueTypeIds: Readonly<Record<ValueType, number>> = {
  ref: 20,
  keyword: 21,
  long: 22,
  string: 23,
  boolean: 24,
  instant: 25,
  fn: 26,
  bytes: 27,
  uuid: 56,
  double: 57,
  float: 58,
  uri: 59,
  bigint: 60,
  bigdec: 61,
  tuple: 63,
  symbol: 64,
}

type AttributeRow = readonly [
  id: number,
  name: string,
  type: ValueType,
  cardinality: number,
  t: number,
  doc?: string,
]
// prettier-ignore
const attributeRows: readonly AttributeRow[] = [
  [7, 'db/system-tx', 'keyword', manys, 0],
  [8, 'db.sys/partiallyIndexed', 'boolean', ones, 0, 'System use: an attribute whose AVET index is being built.'],
  [9, 'db.sys/reId', 'ref', ones, 0, 'System use: the entity that stands for this one now.'],
  [10, 'db/ident', 'keyword', ones, 54, 'The name of an entity, usable wherever its id is.'],
  [11, 'db.install/partition', 'ref', manys, 54, 'On :db.part/db: makes the entity a partition.'],
  [12, 'db.install/valueType', 'ref', manys, 54, 'On :db.part/db: makes the entity a value type.'],
  [13, 'db.install/attribute', 'ref', manys, 54, 'On :db.part/db: makes the entity an attribute.'],
  [14, 'db.install/function', 'ref', manys, 54, 'On :db.part/db: makes the entity a database function.'],
  [15, 'db/excise', 'ref', ones, 0],
  [16, 'db.excise/attrs', 'ref', manys, 0],
  [17, 'db.excise/beforeT', 'long', ones, 0],
  [18, 'db.excise/before', 'instant', ones, 0],
  [19, 'db.alter/attribute', 'ref', manys, 0, 'On :db.part/db: marks that the definition of the attribute changed.'],
  [39, 'fressian/tag', 'keyword', ones, 54, 'How values of a value type are written.'],
  [40, 'db/valueType', 'ref', ones, 54, 'The type of the values of an attribute.'],
  [41, 'db/cardinality', 'ref', ones, 54, 'Whether an entity has one value or a set of values of an attribute.'],
  [42, 'db/unique', 'ref', ones, 54, 'Whether each value of an attribute belongs to one entity only.'],
  [43, 'db/isComponent', 'boolean', ones, 54, 'Whether what an attribute refers to is a part of the referring entity.'],
  [44, 'db/index', 'boolean', ones, 54, 'Whether an attribute is in the AVET index.'],
  [45, 'db/noHistory', 'boolean', ones, 54, 'Whether past values of an attribute may be forgotten.'],
  [46, 'db/lang', 'ref', ones, 54, 'The language in which a database function is written.'],
  [47, 'db/code', 'string', ones, 54, 'The code of a database function.'],
  [50, 'db/txInstant', 'instant', ones, 54, 'When a transaction took place.'],
  [51, 'db/fulltext', 'boolean', ones, 54, 'Whether the text of an attribute can be searched by words.'],
  [52, 'db/fn', 'fn', ones, 54, 'A database function as a value.'],
  [62, 'db/doc', 'string', ones, 56, 'Documentation string for an entity.'],
  [65, 'db/tupleType', 'keyword', ones, 64],
  [66, 'db/tupleTypes', 'tuple', ones, 66],
  [67, 'db/tupleAttrs', 'tuple', ones, 66],
  [68, 'db/ensure', 'ref', manys, 66],
  [69, 'db.entity/attrs', 'keyword', manys, 66],
  [70, 'db.entity/preds', 'symbol', manys, 66],
  [71, 'db.attr/preds', 'symbol', manys, 66],
]

/** Facts that only some attributes have, asserted with their definition. */
const extraRows: readonly (readonly [id: number, attribute: number, v: Value, t: number])[] = [
  [boot.ident, boot.unique, boot.uniqueIdentity, 54],
  [boot.fressianTag, boot.index, true, 54],
  [boot.txInstant, boot.index, true, 54],
  [boot.code, boot.fulltext, true, 54],
  [boot.doc, boot.fulltext, true, 56],
  [boot.tupleTypes, boot.tupleType, keyword('db.type/keyword'), 66],
  [boot.tupleAttrs, boot.tupleType, keyword('db.type/keyword'), 66],
]

/** Value types: how they are written, when they were defined, what they are. */
const typeRows: readonly (readonly [type: ValueType, tag: string, t: number, doc?: string])[] = [
  ['ref', 'ref', 54, 'A reference to an entity.'],
  ['keyword', 'key', 54, 'A keyword.'],
  ['long', 'int', 54, 'A whole number of 64 bits.'],
  ['string', 'string', 54, 'Text.'],
  ['boolean', 'bool', 54, 'True or false.'],
  ['instant', 'inst', 54, 'A point in time, in milliseconds.'],
  ['fn', 'datomic/fn', 54, 'A database function.'],
  ['bytes', 'bytes', 54, 'A short sequence of bytes.'],
  ['uuid', 'uuid', 56, 'A universally unique identifier.'],
  ['double', 'double', 56, 'A floating-point number of 64 bits.'],
  ['float', 'float', 56, 'A floating-point number of 32 bits.'],
  ['uri', 'uri', 56, 'A uniform resource identifier.'],
  ['bigint', 'bigint', 56, 'A whole number of any size.'],
  ['bigdec', 'bigdec', 56, 'A decimal number of any precision.'],
  ['tuple', 'list', 64],
  ['symbol', 'sym', 64],
]

/** Entities that have a name and documentation, no more. All at t 0. */
const nameRows: readonly (readonly [id: number, name: string, doc?: string])[] = [
  [boot.partDb, 'db.part/db', 'The partition of the schema.'],
  [boot.add, 'db/add', 'Asserts a fact: [:db/add entity attribute value].'],
  [boot.retract, 'db/retract', 'Retracts a fact: [:db/retract entity attribute value].'],
  [boot.partTx, 'db.part/tx', 'The partition of the transactions.'],
  [boot.partUser, 'db.part/user', 'The partition of what belongs to no other.'],
  [boot.cardinalityOne, 'db.cardinality/one', 'One value for an entity.'],
  [boot.cardinalityMany, 'db.cardinality/many', 'A set of values for an entity.'],
  [boot.uniqueValue, 'db.unique/value', 'A value may belong to one entity only.'],
  [
    boot.uniqueIdentity,
    'db.unique/identity',
    'A value identifies its entity: asserting it again upserts.',
  ],
  [48, 'db.lang/clojure', 'The language Clojure.'],
  [49, 'db.lang/java', 'The language Java.'],
  [53, 'db.bootstrap/part'],
  [boot.retractEntity, 'db/retractEntity', 'Retracts all facts of an entity and its components.'],
  [boot.cas, 'db/cas', 'Sets a value if the present one is as expected.'],
]

/** The built-in functions: id, second name, its code in words. */
const functionRows: readonly (readonly [id: number, name: string, code: string])[] = [
  [boot.retractEntity, 'db.fn/retractEntity', ';; built in: [:db/retractEntity entity]'],
  [boot.cas, 'db.fn/cas', ';; built in: [:db/cas entity attribute old new]'],
]

const partitionRows: readonly (readonly [id: number, t: number])[] = [
  [boot.partDb, 54],
  [boot.partTx, 0],
  [boot.partUser, 0],
]

/** The t's of the bootstrap transactions. */
const bootTs = [0, 54, 56, 63, 64, 66] as const
const basisT = 66

/** The facts of a fresh database, in no particular order. */
export function bootstrapFacts(): Fact[] {
  const facts: Fact[] = []
  const add = (e: number, a: number, v: Value, t: number): void => {
    facts.push({ e, a, v, t, end: never })
  }
  const name = (e: number, text: string, t: number, doc: string | undefined): void => {
    add(e, boot.ident, keyword(text), t <= 54 ? 0 : t)
    if (doc !== undefined) add(e, boot.doc, doc, docT)
  }
  for (const [id, text, doc] of nameRows) name(id, text, 0, doc)
  for (const [id, t] of partitionRows) add(boot.partDb, boot.installPartition, id, t)
  for (const [type, tag, t, doc] of typeRows) {
    const id = valueTypeIds[type]
    name(id, `db.type/${type}`, t, doc)
    add(id, boot.fressianTag, keyword(tag), t)
    add(boot.partDb, boot.installValueType, id, t)
  }
  for (const [id, text, type, cardinality, t, doc] of attributeRows) {
    name(id, text, t, doc)
    add(id, boot.valueType, valueTypeIds[type], t)
    add(id, boot.cardinality, cardinality, t)
    add(boot.partDb, boot.installAttribute, id, t)
  }
  for (const [id, attribute, v, t] of extraRows) add(id, attribute, v, t)
  for (const [id, text, code] of functionRows) {
    add(id, boot.ident, keyword(text), 54)
    facts.push({ e: id, a: boot.ident, v: keyword(text), t: unasserted, end: 0 })
    add(id, boot.lang, 48, 54)
    add(id, boot.code, code, 54)
    add(boot.partDb, boot.installFunction, id, 54)
  }
  for (const t of bootTs) add(tToTx(t), boot.txInstant, new Instant(0), t)
  return facts
}

// What has to be known of attributes before their schema can be read from an index.
export const bootPlacement: PlacementOf = (a) => {
  const row = attributeRows.find((r) => r[0] === a)
  const avet = a === boot.ident || a === boot.fressianTag || a === boot.txInstant
  if (row === undefined) return { avet, vaet: false, column: 'value' }
  const type = row[2]
  const column = type === 'ref' || type === 'long' || type === 'instant' ? type : 'value'
  return { avet, vaet: type === 'ref', column }
}

/** A database without user data, over an index made by `makeIndex`. */
export function emptyDb(
  id: string,
  makeIndex: (facts: Iterable<Fact>, placementOf: PlacementOf) => FactIndex,
): Db {
  const facts = makeIndex(bootstrapFacts(), bootPlacement)
  const schema = schemaOf(facts)
  return {
    id,
    facts: facts.withPlacement(placementOf(schema)),
    schema,
    basisT,
    nextT: firstUserT,
    nextElement: firstUserElement,
    indexLaterFrom: Infinity,
    lastInstant: 0,
    view: presentView,
    filters: [],
  }
}
