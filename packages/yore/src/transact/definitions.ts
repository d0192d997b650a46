/**
 * Which attributes make definitions, and a definition as facts.
 */

import type { Value } from '../data/values.ts'
import { boot } from '../db/schema.ts'
import type { Schema } from '../db/schema.ts'
import type { FactIndex, View } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'

/** What makes its entity an attribute, and whose change is an alteration. */
const defining: ReadonlySet<number> = new Set([
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

// beyond the built-in ids nothing is defining
const bootEnd = 72

export function isDefining(a: number): boolean {
  return a < bootEnd && defining.has(a)
}

/** :db.install/partition, /valueType, /attribute, /function: their values are schema. */
export function isInstalling(a: number): boolean {
  return a >= boot.installPartition && a <= boot.installFunction
}

/** Markers that the data may give, but that the transaction makes itself. */
export function isMarker(a: number): boolean {
  return a === boot.installAttribute || a === boot.alterAttribute
}

/** The first value of each attribute of an entity. */
export type Definition = ReadonlyMap<number, Value>

export function definitionOf(facts: FactIndex, e: number, view: View): Definition {
  const out = new Map<number, Value>()
  const c = facts.cursor('eavt', rangeOf({ e }), view)
  while (c.next()) if (!out.has(c.a)) out.set(c.a, c.v)
  return out
}

/** An entity for a message: its name, else its id. */
export function nameOf(schema: Schema, id: number): string {
  return schema.idToIdent.get(id)?.text ?? String(id)
}

export function isCardinality(v: Value): boolean {
  return v === boot.cardinalityOne || v === boot.cardinalityMany
}
