/**
 * From facts to a schema: from scratch, and after a transaction.
 *
 * (1) Names come from assertions alone, the last one wins; retractions are ignored. The bootstrap renames nothing: the second names
 *     of 54 and 55 are aliases (findings-schema "Names and time", "Bootstrap").
 * (2) An attribute is what `:db.install/attribute` names; its properties are its current facts, read without any view.
 * (3) `nextSchema` gives what `schemaOf` would, in time proportional to what changed, and the very same object if nothing did.
 */

import { Keyword, Sym, valueTypes } from '../data/values.ts'
import type { Value, ValueType } from '../data/values.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { FactIndex, Placement, PlacementOf, View } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import type { Datom } from '../indexes/facts/fact.ts'
import { firstUserElement, firstUserT } from '../indexes/facts/ids.ts'
import { LayeredMap } from './names.ts'
import { boot } from './schema.ts'
import type { Attribute, Schema } from './schema.ts'
import { wordKeys } from './words.ts'

const historyView: View = { ...presentView, history: true }

/** What of an attribute's facts makes its definition. */
const definingAttributes: ReadonlySet<number> = new Set([
  boot.ident,
  boot.valueType,
  boot.cardinality,
  boot.unique,
  boot.isComponent,
  boot.index,
  boot.noHistory,
  boot.fulltext,
  boot.tupleType,
  boot.tupleTypes,
  boot.tupleAttrs,
  boot.attrPreds,
])

// :fressian/tag of a value type -> what its values are.
const typeOfTag: ReadonlyMap<string, ValueType> = new Map([
  ...valueTypes.map((type) => [type, type] as const),
  ['key', 'keyword'],
  ['int', 'long'],
  ['bool', 'boolean'],
  ['inst', 'instant'],
  ['datomic/fn', 'fn'],
  ['list', 'tuple'],
  ['sym', 'symbol'],
])

/** The schema of these facts. */
export function schemaOf(facts: FactIndex): Schema {
  const named: Datom[] = []
  const names = facts.cursor('aevt', rangeOf({ a: boot.ident }), historyView)
  while (names.next()) if (names.added) named.push(rowOf(names))
  named.sort((x, y) => x.t - y.t)
  const idToIdent = new Map<number, Keyword>()
  const identToId = new Map<Keyword, number>()
  for (const datom of named) addName(datom, idToIdent, identToId)
  const attributes = new Map<number, Attribute>()
  for (const id of installed(facts, boot.installAttribute)) {
    const attribute = attributeFrom(facts, id, idToIdent)
    if (attribute !== null) attributes.set(id, attribute)
  }
  return {
    attributes,
    idToIdent: LayeredMap.of(idToIdent),
    identToId: LayeredMap.of(identToId),
    partitions: new Set(installed(facts, boot.installPartition)),
    composites: compositesOf(attributes),
    pending: nothingPending,
  }
}

/**
 * The schema after a transaction that made `datoms`; `facts` are those after it. An attribute with `laterFrom` facts or more that becomes
 * indexed is pending; not one that becomes unique, for then every transaction needs the index.
 */
export function nextSchema(
  schema: Schema,
  datoms: readonly Datom[],
  facts: FactIndex,
  laterFrom: number,
): Schema {
  if (!datoms.some(isOfDefinition)) return schema
  const named: Datom[] = []
  const changed = new Set<number>()
  let partitions = false
  for (const datom of datoms) {
    if (datom.a === boot.ident && datom.added) named.push(datom)
    if (datom.a === boot.installAttribute) changed.add(datom.v as number)
    else if (datom.a === boot.installPartition) partitions = true
    else if (definingAttributes.has(datom.a) && schema.attributes.has(datom.e)) changed.add(datom.e)
  }
  if (named.length === 0 && changed.size === 0 && !partitions) return schema
  const next = {
    ...schema,
    ...(named.length > 0 && withNames(schema, named)),
    ...(partitions && { partitions: new Set(installed(facts, boot.installPartition)) }),
  }
  return changed.size === 0 ? next : { ...next, ...withAttributes(next, changed, facts, laterFrom) }
}

/** Everything but `:db/txInstant` and `:db/doc` that the bootstrap has may be part of a definition. */
const isOfDefinition = ({ a }: Datom): boolean => mayDefine(a)

export function mayDefine(a: number): boolean {
  return a < firstUserElement && a !== boot.txInstant && a !== boot.doc
}

/** Where the index keeps each attribute of this schema. */
export function placementOf(schema: Schema): PlacementOf {
  let known = placements.get(schema)
  if (known === undefined) {
    const table = new Map<number, Placement>()
    for (const attribute of schema.attributes.values()) table.set(attribute.id, placed(attribute))
    known = (a) => table.get(a) ?? elsewhere
    placements.set(schema, known)
  }
  return known
}

const nothingPending: ReadonlySet<number> = new Set()

const placements = new WeakMap<Schema, PlacementOf>()
const elsewhere: Placement = { avet: false, vaet: false, column: 'value' }

function placed(attribute: Attribute): Placement {
  const { valueType, hasAvet: avet, noHistory, fulltext } = attribute
  const more = { ...(noHistory && { noHistory }), ...(fulltext && { wordsOf: wordKeys }) }
  switch (valueType) {
    case 'ref':
    case 'long':
    case 'instant':
    case 'double':
    case 'float':
      return { avet, vaet: valueType === 'ref', column: valueType, ...more }
    default:
      return { avet, vaet: false, column: 'value', ...more }
  }
}

function rowOf(c: Datom): Datom {
  return { e: c.e, a: c.a, v: c.v, t: c.t, added: c.added }
}

function addName(d: Datom, idToIdent: Map<number, Keyword>, identToId: Map<Keyword, number>): void {
  if (!(d.v instanceof Keyword)) return
  identToId.set(d.v, d.e)
  if (d.t >= firstUserT || !idToIdent.has(d.e)) idToIdent.set(d.e, d.v)
}

function withNames(
  schema: Schema,
  named: readonly Datom[],
): Pick<Schema, 'idToIdent' | 'identToId'> {
  const idToIdent = new Map<number, Keyword>()
  const identToId = new Map<Keyword, number>()
  for (const datom of named) addName(datom, idToIdent, identToId)
  return {
    idToIdent: layered(schema.idToIdent).with(idToIdent),
    identToId: layered(schema.identToId).with(identToId),
  }
}

function layered<K, V>(map: ReadonlyMap<K, V>): LayeredMap<K, V> {
  return map instanceof LayeredMap ? (map as LayeredMap<K, V>) : LayeredMap.of(map)
}

function withAttributes(
  schema: Schema,
  changed: ReadonlySet<number>,
  facts: FactIndex,
  laterFrom: number,
): Pick<Schema, 'attributes' | 'composites' | 'pending'> {
  const attributes = new Map(schema.attributes)
  const pending = new Set(schema.pending)
  for (const id of changed) {
    const attribute = attributeFrom(facts, id, schema.idToIdent)
    if (attribute === null) continue
    const isLater = isPending(schema, attribute, facts, laterFrom)
    attributes.set(id, isLater ? { ...attribute, hasAvet: false } : attribute)
    if (isLater) pending.add(id)
    else pending.delete(id)
  }
  return { attributes, composites: compositesOf(attributes), pending }
}

function isPending(
  { attributes, pending }: Schema,
  { id, indexed, unique }: Attribute,
  facts: FactIndex,
  laterFrom: number,
): boolean {
  if (!indexed || unique !== null) return false
  if (pending.has(id)) return true
  if (attributes.get(id)?.hasAvet !== false) return false
  return facts.count('aevt', rangeOf({ a: id }), historyView) >= laterFrom
}

/** The schema when all that is pending has come into AVET. */
export function withoutPending(schema: Schema): Schema {
  if (schema.pending.size === 0) return schema
  const attributes = new Map(schema.attributes)
  for (const id of schema.pending) {
    const attribute = attributes.get(id)
    if (attribute !== undefined) attributes.set(id, { ...attribute, hasAvet: true })
  }
  return { ...schema, attributes, pending: nothingPending }
}

/** What :db.part/db names under one of the `:db.install/...` attributes, ascending. */
function installed(facts: FactIndex, a: number): number[] {
  const out = new Set<number>()
  const c = facts.cursor('eavt', rangeOf({ e: boot.partDb, a }), presentView)
  while (c.next()) out.add(c.v as number)
  return [...out]
}

function attributeFrom(
  facts: FactIndex,
  id: number,
  idToIdent: ReadonlyMap<number, Keyword>,
): Attribute | null {
  const ident = idToIdent.get(id)
  const found = new Map<number, Value>()
  const preds: Sym[] = []
  let tupleAttrsT = Infinity
  const c = facts.cursor('eavt', rangeOf({ e: id }), presentView)
  while (c.next()) {
    if (c.a === boot.attrPreds) {
      if (c.v instanceof Sym) preds.push(c.v)
    } else if (!found.has(c.a)) found.set(c.a, c.v)
    if (c.a === boot.tupleAttrs) tupleAttrsT = c.t
  }
  const typeId = found.get(boot.valueType)
  if (ident === undefined || typeof typeId !== 'number') return null
  const valueType = baseType(facts, typeId, idToIdent)
  const unique = found.get(boot.unique)
  const indexed = found.get(boot.index) === true
  return {
    id,
    ident,
    valueType,
    typeId,
    many: found.get(boot.cardinality) === boot.cardinalityMany,
    unique:
      unique === boot.uniqueIdentity ? 'identity' : unique === boot.uniqueValue ? 'value' : null,
    indexed,
    hasAvet: indexed || unique !== undefined,
    isComponent: found.get(boot.isComponent) === true,
    noHistory: found.get(boot.noHistory) === true,
    fulltext: found.get(boot.fulltext) === true && valueType === 'string',
    tupleAttrs:
      keywordsOf(found.get(boot.tupleAttrs))?.map((k) => named(facts, k, tupleAttrsT)) ?? null,
    tupleTypes: keywordsOf(found.get(boot.tupleTypes))?.map(typeNamed) ?? null,
    tupleType: keywordsOf([found.get(boot.tupleType) ?? null])?.map(typeNamed)[0] ?? null,
    preds,
  }
}

function keywordsOf(v: Value | undefined): Keyword[] | null {
  if (!Array.isArray(v)) return null
  const keywords = (v as readonly Value[]).filter((x): x is Keyword => x instanceof Keyword)
  return keywords.length > 0 ? keywords : null
}

function typeNamed(k: Keyword): ValueType {
  const type = valueTypes.find((x) => x === k.name)
  return k.ns === 'db.type' && type !== undefined ? type : 'string'
}

/** The built-in type that a value type is, or (of a user's own) that it is written as. */
function baseType(
  facts: FactIndex,
  typeId: number,
  idToIdent: ReadonlyMap<number, Keyword>,
): ValueType {
  const name = idToIdent.get(typeId)
  if (name?.ns === 'db.type') {
    const type = valueTypes.find((x) => x === name.name)
    if (type !== undefined) return type
  }
  const c = facts.cursor('eavt', rangeOf({ e: typeId, a: boot.fressianTag }), presentView)
  const tag = c.next() && c.v instanceof Keyword ? c.v.text.slice(1) : ''
  return typeOfTag.get(tag) ?? 'string'
}

/** The entity that a keyword named as of t: a composite keeps its members when one is renamed and the name given away. */
function named(facts: FactIndex, k: Keyword, t: number): number {
  const c = facts.cursor('avet', rangeOf({ a: boot.ident, v: k }), historyView)
  let best = -1
  let bestT = -1
  while (c.next()) {
    if (c.added && c.t <= t && c.t > bestT) {
      best = c.e
      bestT = c.t
    }
  }
  return best
}

function compositesOf(attributes: ReadonlyMap<number, Attribute>): Map<number, readonly number[]> {
  const out = new Map<number, number[]>()
  for (const { id, tupleAttrs } of attributes.values()) {
    for (const member of new Set(tupleAttrs ?? [])) {
      const list = out.get(member)
      if (list === undefined) out.set(member, [id])
      else list.push(id)
    }
  }
  return out
}
