/**
 * Small databases for unit tests, made without the transactor: each transaction is a list of datoms, taken as they are.
 */

import { compareValues } from '../../packages/yore/src/data/compare.ts'
import { Instant, keyword } from '../../packages/yore/src/data/values.ts'
import type { Value, ValueType } from '../../packages/yore/src/data/values.ts'
import { emptyDb, valueTypeIds } from '../../packages/yore/src/db/bootstrap.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { nextSchema, placementOf } from '../../packages/yore/src/db/schema-of.ts'
import { boot } from '../../packages/yore/src/db/schema.ts'
import type { Change } from '../../packages/yore/src/indexes/fact-index.ts'
import { presentView } from '../../packages/yore/src/indexes/fact-index.ts'
import type { Datom } from '../../packages/yore/src/indexes/facts/fact.ts'
import { rangeOf } from '../../packages/yore/src/indexes/facts/fact.ts'
import { tToTx } from '../../packages/yore/src/indexes/facts/ids.ts'
import { NaiveIndex } from './naive-index.ts'

/** [entity, attribute (name or id), value, added?]. */
export type Row = readonly [e: number, a: string | number, v: Value, added?: boolean]

export function freshDb(id = 'small'): Db {
  return emptyDb(id, (facts, p) => new NaiveIndex([...facts], p))
}

/** The database after one more transaction at `instant`; t is the next one, or the one given. */
export function addTx(db: Db, instant: number, rows: readonly Row[], t = db.nextT): Db {
  const datoms: Datom[] = [
    { e: tToTx(t), a: boot.txInstant, v: new Instant(instant), t, added: true },
    ...rows.map(([e, a, v, added = true]) => {
      const id = typeof a === 'number' ? a : db.schema.identToId.get(keyword(a))
      if (id === undefined) throw new Error(`no attribute ${a}`)
      return { e, a: id, v, t, added }
    }),
  ]
  let facts = db.facts.apply(datoms.map((d): Change => change(db, d)))
  const schema = nextSchema(db.schema, datoms, facts, Infinity)
  if (schema !== db.schema) facts = facts.withPlacement(placementOf(schema))
  const counters = datoms.map((d) => d.e % 2 ** 42).filter((x) => x >= t)
  return {
    ...db,
    facts,
    schema,
    basisT: t,
    nextT: Math.max(...counters) + 1,
    nextElement: Math.max(db.nextElement, ...datoms.map((d) => (d.e < 2 ** 20 ? d.e + 1 : 0))),
    lastInstant: instant,
  }
}

function change(db: Db, d: Datom): Change {
  if (d.added) return { kind: 'assert', fact: { e: d.e, a: d.a, v: d.v, t: d.t, end: Infinity } }
  const c = db.facts.cursor('eavt', rangeOf({ e: d.e, a: d.a }), presentView)
  while (c.next()) {
    if (compareValues(c.v, d.v) === 0) {
      return { kind: 'retract', fact: { e: d.e, a: d.a, v: c.v, t: c.t, end: Infinity }, t: d.t }
    }
  }
  throw new Error('nothing to retract')
}

interface AttributeSpec {
  readonly type: ValueType
  readonly many?: boolean
  readonly unique?: 'identity' | 'value'
  readonly index?: boolean
  readonly component?: boolean
}

/** The datoms that define attributes, with ids from `first` on. */
export function defining(first: number, specs: Readonly<Record<string, AttributeSpec>>): Row[] {
  return Object.entries(specs).flatMap(([name, spec], i): Row[] => {
    const e = first + i
    return [
      [e, boot.ident, keyword(name)],
      [e, boot.valueType, valueTypeIds[spec.type]],
      [e, boot.cardinality, spec.many === true ? boot.cardinalityMany : boot.cardinalityOne],
      ...(spec.unique === undefined
        ? []
        : [
            [
              e,
              boot.unique,
              spec.unique === 'value' ? boot.uniqueValue : boot.uniqueIdentity,
            ] as Row,
          ]),
      ...(spec.index === true ? [[e, boot.index, true] as Row] : []),
      ...(spec.component === true ? [[e, boot.isComponent, true] as Row] : []),
      [boot.partDb, boot.installAttribute, e],
    ]
  })
}
