/** Collections as inputs: thousands of values become one pass of sorted probes, whatever their type, and find what a filter finds. */

import { beforeAll, expect, test } from 'vitest'
import { databaseOf } from '../../../../test/oracle/bench-sets.ts'
import { countedDb } from '../../../../test/oracle/orders.ts'
import { Random } from '../../../../test/oracle/random.ts'
import { ValueMap, keyOf } from '../data/equal.ts'
import { Float, Instant, Opaque, double, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { query } from './query.ts'

const facts = 12_000
const values = 1000
const types: readonly (readonly [type: string, of: (i: number) => Value])[] = [
  ['long', (i) => i * 3],
  ['string', (i) => `ß${i % 7}-${i}\u{1f600}`],
  ['instant', (i) => new Instant(i * 1000 - 5_000_000)],
  ['keyword', (i) => keyword(`:k${i % 3}/n${i}`)],
  ['double', (i) => double(i / 4 - 100)],
  ['float', (i) => new Float(i / 2)],
  ['bigint', (i) => 12345678901234567890n + BigInt(i)],
]

let db: Db
beforeAll(() => {
  const attributes = types.map(([type]) =>
    ValueMap.of([
      [keyword(':db/ident'), keyword(`:x/${type}`)],
      [keyword(':db/valueType'), keyword(`:db.type/${type}`)],
      [keyword(':db/cardinality'), keyword(':db.cardinality/one')],
      [keyword(':db/index'), true],
    ]),
  )
  const entity = (i: number): Value =>
    ValueMap.of(types.map(([type, of]) => [keyword(`:x/${type}`), of(i)] as const))
  db = databaseOf([attributes, Array.from({ length: facts }, (_, i) => entity(i))])
})

test.each(types)('%s', (type, of) => {
  const random = new Random(3)
  // every other one is not there; some come twice
  const given = Array.from({ length: values }, () => of(random.int(facts * 2)))
  const counted = countedDb(db)
  const { value } = query(
    `[:find (count ?e) . :in $ [?v ...] :where [?e :x/${type} ?v]]`,
    [new Opaque('db', counted.db), given],
    { numbers: 'exact', functionOf: () => null },
  )
  const there = new Set(Array.from({ length: facts }, (_, i) => keyOf(of(i))))
  const found = new Set(given.map((v) => keyOf(v)).filter((k) => there.has(k)))
  expect(found.size).toBeGreaterThan(values / 4)
  expect(value).toBe(found.size)
  // keys and what they find, nothing else
  expect(counted.seen.datoms).toBeLessThanOrEqual(values + found.size)
})

test('entities, and references to them', () => {
  const options = { numbers: 'exact', functionOf: () => null } as const
  const all = query('[:find [?e ...] :where [?e :x/long]]', [new Opaque('db', db)], options)
  const ids = (all.value as number[]).filter((_, i) => i % 17 === 0).reverse()
  const counted = countedDb(db)
  const { value } = query(
    '[:find (count ?v) . :in $ [?e ...] :where [?e :x/long ?v]]',
    [new Opaque('db', counted.db), ids],
    options,
  )
  expect(value).toBe(ids.length)
  expect(counted.seen.datoms).toBeLessThanOrEqual(ids.length * 2)
})
