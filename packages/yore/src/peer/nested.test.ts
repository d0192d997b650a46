/**
 * A program's own code that reads in the midst of a read: functions of filters, `:xform`, functions in queries, loops over datoms. What could
 * come out wrong: what the outer read has half found is taken over by the inner one.
 */

import { beforeAll, expect, test } from 'vitest'
import { connect, createDatabase, q } from '../main.ts'
import type { Database, Datom } from '../main.ts'

const byId = '[:find ?t :in $ ?i :where [?e :x/id ?i] [?e :x/tag ?t]]'
const queries = [
  [byId, 7],
  ['[:find ?t ?j :in $ ?i :where [?e :x/id ?i] [?e :x/next ?n] [?n :x/tag ?t] [?n :x/id ?j]]', 7],
  ['[:find ?t (count ?n) :in $ ?i :where [?e :x/id ?i] [?e :x/next ?n] [?n :x/tag ?t]]', 9],
  ['[:find ?t ?added :in $ ?i :where [?e :x/id ?i] [?e :x/tag ?t _ ?added]]', 11],
] as const
const pattern = '[(:x/id :xform my/again) {:x/next 3} :x/tag]'

let db: Database
let nested = 0

/** Reads in every way that might be under way outside. */
function readInside(i: number): void {
  nested++
  expect(q(byId, db, i % 50)).toHaveLength(4)
  db.pull('[*]', [':x/id', (i + 13) % 50])
  expect([...db.datoms('eavt', [':x/id', (i + 5) % 50])]).toHaveLength(7)
}

beforeAll(async () => {
  await createDatabase('yore:mem://nested')
  const functions = {
    'my/again': (x: unknown) => {
      readInside(Number(x))
      return x
    },
  }
  const conn = await connect('yore:mem://nested', { functions })
  const attribute = (name: string, type: string, more: Record<string, string>) => ({
    ':db/ident': name,
    ':db/valueType': type,
    ...more,
  })
  const many = { ':db/cardinality': ':db.cardinality/many' }
  await conn.transact([
    attribute(':x/id', ':db.type/long', {
      ':db/cardinality': ':db.cardinality/one',
      ':db/unique': ':db.unique/identity',
    }),
    attribute(':x/tag', ':db.type/string', many),
    attribute(':x/next', ':db.type/ref', many),
  ])
  await conn.transact(
    Array.from({ length: 50 }, (_, i) => ({
      ':db/id': `t${i}`,
      ':x/id': i,
      ':x/tag': ['a', 'b', 'c', 'd'].map((x) => `${x}${i}`),
      ':x/next': [`t${(i + 1) % 50}`, `t${(i + 2) % 50}`],
    })),
  )
  await conn.requestIndex()
  db = conn.db()
})

test.each(queries)('a filter that reads while %s runs', (query, i) => {
  for (const view of [db, db.history(), db.asOf(db.basisT)]) {
    const before = nested
    const filtered = view.filter((_, datom) => {
      readInside(Number(datom.e))
      return true
    })
    const sorted = (rows: unknown[][]): string[] => rows.map(String).sort()
    expect(sorted(q(query, filtered, i))).toEqual(sorted(q(query, view, i)))
    expect(nested).toBeGreaterThan(before)
  }
})

test('a function of a pull and one of a query that read', () => {
  const before = nested
  expect(db.pull(pattern, [':x/id', 7])).toEqual(
    db.pull('[:x/id {:x/next 3} :x/tag]', [':x/id', 7]),
  )
  const rows = q<number[][]>('[:find ?i ?r :where [?e :x/id ?i] [(my/again ?i) ?r]]', db)
  expect(rows).toHaveLength(50)
  expect(rows.every(([i, r]) => i === r)).toBe(true)
  expect(nested).toBeGreaterThan(before + 50)
})

test('a loop over datoms that reads', () => {
  const textOf = (datom: Datom): string => [...datom].join(' ')
  const all = [...db.datoms('eavt')].map(textOf)
  const seen: string[] = []
  for (const datom of db.datoms('eavt')) {
    seen.push(textOf(datom))
    readInside(7)
  }
  expect(seen).toEqual(all)
})
