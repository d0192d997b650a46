/** Values of composite tuples as a program writes them, texts and whole numbers, by every way in; EDN text stays exact. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, createDatabase, deleteDatabase } from '../embedded/connect.ts'
import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import { q } from './query.ts'
import type { EntityId, TxMap } from './types.ts'

const uri = 'yore:mem://composites-test'
const uuid = '678d88b2-87b0-403b-b63d-5da7465aecc3'
const value = ['http://x/4', uuid, ':k/w', 2, -2]
const ref = [':a/comp', value] as const
let conn: Connection
let db: Database
let x: EntityId

const attribute = (name: string, type: string, more: TxMap = {}): TxMap => ({
  ':db/ident': name,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})

beforeAll(async () => {
  await createDatabase(uri)
  conn = await connect(uri)
  const members = ['uri', 'uuid', 'keyword', 'double', 'long']
  await conn.transact(members.map((type) => attribute(`:a/${type}`, type)))
  await conn.transact([
    attribute(':a/note', 'string'),
    attribute(':a/comp', 'tuple', {
      ':db/unique': ':db.unique/identity',
      ':db/tupleAttrs': members.map((type) => `:a/${type}`),
    }),
  ])
  const entity = Object.fromEntries(members.map((type, i) => [`:a/${type}`, value[i]]))
  const report = await conn.transact([{ ':db/id': 'x', ...entity } as TxMap])
  db = report.dbAfter
  x = report.tempids['x'] as EntityId
})

afterAll(async () => {
  await deleteDatabase(uri)
})

test('an input of a query: one, a collection, a relation, a lookup ref', () => {
  expect(q('[:find ?e . :in $ ?v :where [?e :a/comp ?v]]', db, value)).toBe(x)
  expect(q('[:find ?e . :in $ [?v ...] :where [?e :a/comp ?v]]', db, [value])).toBe(x)
  expect(q('[:find ?e . :in $ [[?v]] :where [?e :a/comp ?v]]', db, [[value]])).toBe(x)
  expect(q('[:find ?u . :in $ ?e :where [?e :a/long ?u]]', db, ref)).toBe(-2)
})

test('a constant of a query written as data', () => {
  const found = q({ find: ['?e', '.'], where: [['?e', ':a/comp', value]] } as never, db)
  expect(found).toBe(x)
})

test('lookup refs: entid, entity, pull, transact', async () => {
  expect(db.entid(ref)).toBe(x)
  expect(db.entity(ref)?.[':a/long']).toBe(-2)
  expect(db.pull('[:a/long]', ref)).toEqual({ ':a/long': -2 })
  const { dbAfter: after } = await conn.transact([[':db/add', ref, ':a/note', 'n']])
  expect(after.entity(x)?.[':a/note']).toBe('n')
})

test('datoms, indexRange, indexPull', () => {
  expect([...db.datoms(':avet', ':a/comp', value)].map((d) => d.e)).toEqual([x])
  expect([...db.datoms(':eavt', x, ':a/comp', value)]).toHaveLength(1)
  expect([...db.datoms(':eavt', ref, ':a/long')]).toHaveLength(1)
  const above = [...value.slice(0, 4), -1]
  expect([...db.indexRange(':a/comp', value, above)].map((d) => d.e)).toEqual([x])
  expect([...db.indexRange(':a/comp', above)]).toEqual([])
  const pulled = (start: readonly unknown[]): unknown[] => [
    ...db.indexPull({ index: ':avet', selector: [':a/long'], start: start as never }),
  ]
  expect(pulled([':a/comp', value])).toEqual([{ ':a/long': -2 }])
  expect(pulled([':a/comp', above])).toEqual([])
})

test('EDN text is exact', () => {
  const of = (n: string): string =>
    `[:find ?e . :where [?e :a/double ?d] [(= ?d 2.0)] [?e :a/comp ?v] [(untuple ?v) [_ _ _ ?n]] [(= ?n ${n})]]`
  expect(q(of('2.0'), db)).toBe(x)
  expect(q(of('2'), db)).toBeNull()
  const written = `["http://x/4" "${uuid}" :k/w 2 -2]`
  expect(q(`[:find ?e . :where [?e :a/comp ${written}]]`, db)).toBeNull()
})

test('what does not fit finds nothing; short and long values do no harm', () => {
  for (const v of [[], ['no'], [...value, 1], [null, null], [{}, [], true, 'x', 'y']]) {
    expect(q('[:find ?e . :in $ ?v :where [?e :a/comp ?v]]', db, v)).toBeNull()
  }
})
