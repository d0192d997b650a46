/**
 * Changes of the schema: which attributes the transaction installs or alters, the markers that say so, and the checks of what is
 * installed. Alterations are checked in alter.ts.
 *
 * (1) A marker `[0 :db.alter/attribute a]` is added each time a definition changes, and for every retraction of a part of it, true or
 *     not; never for :db/ident and :db/doc. The same marker again is not redundant. Then `[0 :db.install/attribute a]`, by id.
 * (2) Definitions are judged as they are after the transaction; new ones through the view of the database.
 * (3) In the db partition there is nothing but schema and entities with a name.
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { boot } from '../db/schema.ts'
import type { FactIndex } from '../indexes/fact-index.ts'
import { presentView } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import { firstUserElement } from '../indexes/facts/ids.ts'
import { checkAlteration } from './alter.ts'
import { definitionOf, isCardinality, isDefining, isInstalling, nameOf } from './definitions.ts'
import type { Definition } from './definitions.ts'
import type { Entity } from './entities.ts'
import type { Gathered } from './judge.ts'
import { located } from './problems.ts'
import type { Effect, Judged } from './terms.ts'
import { checkTuple } from './tuple-definitions.ts'

const counterSize = 2 ** 42

export interface SchemaChanges {
  readonly altered: readonly number[]
  readonly installed: readonly number[]
  /** Entities made partitions, value types or functions, with the claims that do so. */
  readonly elements: readonly Judged[]
  readonly nextElement: number
}

/** Finds what the transaction does to the schema. */
export function schemaChangesOf(gathered: Gathered, db: Db, elementEnd: number): SchemaChanges {
  if (!touchesSchema(gathered) && elementEnd === db.nextElement) return unchanged(elementEnd)
  const altered: number[] = []
  const installed: number[] = []
  for (const e of gathered.defined.toSorted((x, y) => x - y)) {
    const entity = gathered.entities.get(e) as Entity
    if (!db.schema.attributes.has(e)) installed.push(e)
    else if (entity.claims.some((c) => isDefining(c.attribute.id) && (c.told || !c.added))) {
      altered.push(e)
    }
  }
  const elements = gathered.claims.filter((c) => isInstalling(c.attribute.id) && c.added)
  const nextElement = nextElementOf(gathered, db, elementEnd, installed, elements)
  return { altered, installed, elements, nextElement }
}

/** Most transactions do nothing to the schema: they share one answer. */
function touchesSchema({ defined, claims }: Gathered): boolean {
  if (defined.length > 0) return true
  for (const { attribute } of claims) if (isInstalling(attribute.id)) return true
  return false
}

let nothing: SchemaChanges = { altered: [], installed: [], elements: [], nextElement: 0 }

function unchanged(nextElement: number): SchemaChanges {
  if (nothing.nextElement !== nextElement) nothing = { ...nothing, nextElement }
  return nothing
}

function nextElementOf(
  gathered: Gathered,
  db: Db,
  elementEnd: number,
  installed: readonly number[],
  elements: readonly Judged[],
): number {
  let next = db.nextElement
  for (let id = db.nextElement; id < elementEnd; id++) {
    if (gathered.entities.get(id)?.counts === true) next = id + 1
  }
  for (const id of installed) next = Math.max(next, id + 1)
  for (const { v } of elements) {
    if (typeof v === 'number' && v < counterSize) next = Math.max(next, v + 1)
  }
  return next
}

/** Adds the markers to the effect. */
export function addMarkers({ altered, installed }: SchemaChanges, effect: Effect): void {
  for (const id of altered) effect.assert(boot.partDb, boot.alterAttribute, id)
  for (const id of installed) effect.assert(boot.partDb, boot.installAttribute, id)
}

/** Refuses damaged definitions. `after` has the facts and the schema after the transaction and the view of the database. */
export function checkSchema(
  changes: SchemaChanges,
  gathered: Gathered,
  before: Db,
  after: Db,
  elementEnd: number,
): void {
  for (const id of changes.altered) {
    if (id < firstUserElement) checkPredicates(gathered.entities.get(id) as Entity)
  }
  checkDbPartition(changes, gathered, before, elementEnd)
  for (const claim of changes.elements) {
    try {
      checkElement(claim, changes, before, after)
    } catch (error) {
      throw located(error, claim.source, claim.attribute.ident)
    }
  }
  if (changes.altered.length + changes.installed.length === 0) return
  const defined = [...changes.altered, ...changes.installed]
  const altered = new Set(changes.altered)
  for (const id of defined.sort((x, y) => x - y)) {
    if (id >= counterSize) refuseOutside(gathered.entities.get(id) as Entity)
    at(gathered, id, () =>
      altered.has(id) ? checkAlteration(id, before, after) : checkInstallation(id, after),
    )
  }
}

function refuseOutside({ e, claims }: Entity): never {
  const claim = claims.find((c) => isDefining(c.attribute.id)) as Judged
  const name = claim.attribute.ident.text
  try {
    return raise(
      ':db.error/not-in-system-partition',
      `${name} would make ${e} an attribute, but attributes are in :db.part/db; define a new one with a tempid`,
      { entity: e, attribute: name },
    )
  } catch (error) {
    throw located(error, claim.source)
  }
}

/** Built-in attributes have no predicates. */
function checkPredicates({ claims }: Entity): void {
  const claim = claims.find((c) => c.attribute.id === boot.attrPreds && c.added)
  if (claim === undefined) return
  try {
    raise(
      ':db.error/attr-pred-on-system-attr',
      'built-in attributes cannot have predicates: define an attribute of your own',
      { entity: claim.e, value: claim.v },
    )
  } catch (error) {
    throw located(error, claim.source)
  }
}

/** Runs a check of a definition; its place is the first form that touches the definition. */
function at(gathered: Gathered, id: number, check: () => void): void {
  try {
    check()
  } catch (error) {
    const claim = gathered.entities.get(id)?.claims.find((c) => isDefining(c.attribute.id))
    throw located(error, claim?.source ?? null)
  }
}

function checkDbPartition(
  { installed, elements }: SchemaChanges,
  gathered: Gathered,
  before: Db,
  elementEnd: number,
): void {
  if (elementEnd === before.nextElement) return
  const schema = new Set<Value>(installed)
  for (const { e, v } of elements) if (e === boot.partDb) schema.add(v)
  for (let id = before.nextElement; id < elementEnd; id++) {
    const claims = gathered.entities.get(id)?.claims ?? []
    const named = claims.some((c) => c.attribute.id === boot.ident && c.added)
    const other = claims.find((c) => c.attribute.id !== boot.ensure)
    if (schema.has(id) || named || other === undefined) continue
    try {
      raise(
        ':db.error/schema-without-install',
        'only schema can be in :db.part/db: attributes, partitions, value types, functions, names; leave the partition to Yore',
        { entity: id, attribute: other.attribute.ident.text },
      )
    } catch (error) {
      throw located(error, other.source)
    }
  }
}

/** A partition, value type or function. */
function checkElement(claim: Judged, changes: SchemaChanges, before: Db, after: Db): void {
  const { attribute, e } = claim
  const id = claim.v as number
  const name = attribute.ident.text
  if (e !== boot.partDb) {
    raise(':db.error/invalid-datom', `${name} must be set on :db.part/db, not on ${e}`, {
      entity: e,
      attribute: name,
    })
  }
  if (id >= counterSize) {
    raise(
      ':db.error/not-in-system-partition',
      `the value of ${name} must be in :db.part/db, but ${id} is not; define a new entity with a tempid`,
      { entity: id, attribute: name },
    )
  }
  if (attribute.id === boot.installPartition) {
    if (before.schema.attributes.has(id) || changes.installed.includes(id)) {
      raise(
        ':db.error/invalid-element-change',
        `${nameOf(after.schema, id)} cannot be both an attribute and a partition`,
        { entity: id },
      )
    }
    return
  }
  const definition = definitionOf(after.facts, id, presentView)
  if (attribute.id === boot.installValueType) {
    if (definition.has(boot.ident) && definition.has(boot.fressianTag)) return
    raise(
      ':db.error/invalid-value-type',
      `a value type needs :db/ident and :fressian/tag, but ${nameOf(after.schema, id)} lacks them`,
      { entity: id },
    )
  }
  if (definition.has(boot.ident) && definition.has(boot.lang) && definition.has(boot.code)) return
  raise(
    ':db.error/invalid-data-function',
    `a function needs :db/ident, :db/lang and :db/code, but ${nameOf(after.schema, id)} lacks some of them`,
    { entity: id },
  )
}

/** Refuses a new attribute that is incomplete or contradicts itself. */
function checkInstallation(id: number, after: Db): void {
  if (!definitionOf(after.facts, id, presentView).has(boot.ident)) {
    raise(
      ':db.error/attribute-ident-missing',
      `an attribute needs a name: give the definition of ${id} a :db/ident`,
      { entity: id },
    )
  }
  const name = nameOf(after.schema, id)
  const definition = definitionOf(after.facts, id, after.view)
  const type = definition.get(boot.valueType)
  const cardinality = definition.get(boot.cardinality)
  if (type !== undefined && !isValueType(after.facts, type)) {
    raise(
      ':db.error/not-a-value-type',
      `${nameOf(after.schema, type as number)} is no value type`,
      {
        entity: id,
        value: type,
      },
    )
  }
  if (cardinality !== undefined && !isCardinality(cardinality)) {
    raise(
      ':db.error/not-a-cardinality',
      `${nameOf(after.schema, cardinality as number)} is no cardinality: :db.cardinality/one or :db.cardinality/many is wanted`,
      { entity: id, value: cardinality },
    )
  }
  const valueType = after.schema.attributes.get(id)?.valueType
  if (definition.get(boot.isComponent) === true && type !== boot.typeRef) {
    invalid(id, name, 'components-must-be-refs', ':db/isComponent is for attributes of type ref')
  }
  if (type === undefined || cardinality === undefined) {
    invalid(
      id,
      name,
      'schema-attribute-missing',
      `its definition needs ${type === undefined ? ':db/valueType' : ':db/cardinality'}`,
    )
  }
  if (definition.has(boot.unique) && valueType === 'bytes') {
    invalid(id, name, 'unique-not-allowed', 'bytes cannot be unique')
  }
  checkKinds(id, name, definition, after)
}

function checkKinds(id: number, name: string, definition: Definition, after: Db): void {
  const problem = checkTuple(id, definition, after)
  if (problem !== null) invalid(id, name, problem.reason, problem.text)
  if (after.schema.partitions.has(id)) {
    raise(
      ':db.error/invalid-element-change',
      `${name} cannot be both a partition and an attribute`,
      { entity: id },
    )
  }
}

function invalid(id: number, name: string, reason: string, text: string): never {
  return raise(
    ':db.error/invalid-install-attribute',
    `the attribute ${name} cannot be installed: ${text}`,
    { entity: id, attribute: name, reason: `:db.error/${reason}` },
  )
}

function isValueType(facts: FactIndex, v: Value): boolean {
  const prefix = { e: boot.partDb, a: boot.installValueType, v }
  return facts.cursor('eavt', rangeOf(prefix), presentView).next()
}
