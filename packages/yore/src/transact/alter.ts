/**
 * The checks of an altered attribute: what may never change, and what the data after the transaction must fulfil.
 *
 * (1) Each refusal is `:db.error/invalid-alter-attribute` with the reason in its data.
 * (2) Whether values are distinct is found out by the transaction that makes an attribute unique, never later: its caller has the error.
 */

import { raise } from '../base/errors.ts'
import { compareValues } from '../data/compare.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { boot } from '../db/schema.ts'
import type { Attribute } from '../db/schema.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { View } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import type { Datom } from '../indexes/facts/fact.ts'
import { definitionOf, isCardinality, nameOf } from './definitions.ts'
import type { Definition } from './definitions.ts'
import { shown } from './problems.ts'
import { sameValue } from './values.ts'

/** Parts of a definition that stay as they are for ever. */
const fixed: readonly number[] = [boot.valueType, boot.tupleAttrs, boot.tupleTypes, boot.tupleType]

const historyView: View = { ...presentView, history: true }

/**
 * Refuses, before anything is applied, to make an attribute unique that has many values and no index: bringing them into one is the work of an
 * index job, and a transaction is not held up by it.
 */
export function checkIndexIsThere(
  altered: readonly number[],
  datoms: readonly Datom[],
  { schema, facts, indexLaterFrom }: Db,
): void {
  for (const id of altered) {
    if (schema.attributes.get(id)?.hasAvet !== false) continue
    if (!datoms.some((d) => d.added && d.a === boot.unique && d.e === id)) continue
    const isPending = schema.pending.has(id)
    if (!isPending && facts.count('aevt', rangeOf({ a: id }), historyView) < indexLaterFrom) {
      continue
    }
    refuse(
      nameOf(schema, id),
      'unique-without-index',
      isPending
        ? 'an index job is bringing its values into the index: wait for syncSchema, then make it unique'
        : 'it has many values and no index: give it :db/index true, wait for syncSchema, then make it unique',
    )
  }
}

/** Refuses an alteration that is not allowed. `after` has the facts and the schema after the transaction. */
export function checkAlteration(id: number, before: Db, after: Db): void {
  const old = before.schema.attributes.get(id) as Attribute
  const was = definitionOf(before.facts, id, presentView)
  const is = definitionOf(after.facts, id, presentView)
  const name = nameOf(after.schema, id)
  checkFixed(name, was, is, after)
  const many = is.get(boot.cardinality) === boot.cardinalityMany
  if (many && old.tupleAttrs !== null) {
    refuse(name, 'tuple-of-attrs-must-be-card-one', 'a composite tuple must have cardinality one')
  }
  if (many && before.schema.composites.has(id)) {
    refuse(
      name,
      'constituent-of-a-composite-must-be-card-one',
      'the members of a composite tuple must have cardinality one',
    )
  }
  if (is.has(boot.unique) && !was.has(boot.unique)) checkUnique(id, name, old, is, after)
  if (!many && old.many) checkOneValue(id, name, after)
}

function checkFixed(name: string, was: Definition, is: Definition, after: Db): void {
  for (const a of fixed) {
    const x = was.get(a)
    const y = is.get(a)
    if (x === undefined ? y !== undefined : y === undefined || !sameValue(x, y)) {
      unsupported(name, a, x, y, after)
    }
  }
  const cardinality = is.get(boot.cardinality)
  if (cardinality === undefined || !isCardinality(cardinality)) {
    unsupported(name, boot.cardinality, was.get(boot.cardinality), cardinality, after)
  }
  const unique = is.get(boot.unique)
  const valid =
    unique === undefined || unique === boot.uniqueValue || unique === boot.uniqueIdentity
  if (!valid && unique !== was.get(boot.unique)) {
    unsupported(name, boot.unique, was.get(boot.unique), unique, after)
  }
  if ((was.get(boot.fulltext) === true) !== (is.get(boot.fulltext) === true)) {
    unsupported(name, boot.fulltext, was.get(boot.fulltext), is.get(boot.fulltext), after)
  }
}

function checkUnique(id: number, name: string, old: Attribute, is: Definition, after: Db): void {
  if (old.valueType === 'bytes') refuse(name, 'unique-not-allowed', 'bytes cannot be unique')
  const data = after.facts.cursor('aevt', rangeOf({ a: id }), presentView)
  if (!data.next()) return
  if (!old.hasAvet && is.get(boot.index) !== true) {
    refuse(
      name,
      'unique-without-index',
      'it has data but no index: give it :db/index true too, in this transaction or before',
    )
  }
  const c = after.facts.cursor('avet', rangeOf({ a: id }), presentView)
  let holder = -1
  let value: Value = null
  while (c.next()) {
    if (holder !== -1 && holder !== c.e && compareValues(value, c.v) === 0) {
      refuse(name, 'unique-violation', `${holder} and ${c.e} have the same value ${shown(c.v)}`, {
        value: c.v,
        entities: [holder, c.e],
      })
    }
    holder = c.e
    value = c.v
  }
}

function checkOneValue(id: number, name: string, after: Db): void {
  const c = after.facts.cursor('aevt', rangeOf({ a: id }), presentView)
  let last = -1
  while (c.next()) {
    if (c.e === last) {
      refuse(name, 'cardinality-violation', `the entity ${c.e} has more than one value`, {
        entities: [c.e],
      })
    }
    last = c.e
  }
}

function unsupported(
  name: string,
  a: number,
  from: Value | undefined,
  to: Value | undefined,
  after: Db,
): never {
  const part = nameOf(after.schema, a)
  const text = (v: Value | undefined): string =>
    v === undefined ? 'none' : typeof v === 'number' ? nameOf(after.schema, v) : shown(v)
  return refuse(
    name,
    'unsupported-alter-schema',
    `${part} cannot change from ${text(from)} to ${text(to)}`,
    { part, from: text(from), to: text(to) },
  )
}

function refuse(
  name: string,
  reason: string,
  text: string,
  data: Readonly<Record<string, unknown>> = {},
): never {
  return raise(
    ':db.error/invalid-alter-attribute',
    `the attribute ${name} cannot be altered so: ${text}`,
    { attribute: name, reason: `:db.error/${reason}`, ...data },
  )
}
