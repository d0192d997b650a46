/** Which way a pattern is entered whose entity and value are both known: by the one of which there are fewer, and with the same answer. */

import { beforeAll, expect, test } from 'vitest'
import { connect, createDatabase, explain, q } from '../../main.ts'
import type { Database } from '../../main.ts'

const kinds = 3
const places = 40
const all = 4000

let db: Database

beforeAll(async () => {
  await createDatabase('yore:mem://ways')
  const conn = await connect('yore:mem://ways')
  await conn.transact(`[
    {:db/ident :k/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
    {:db/ident :p/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/index true}
    {:db/ident :x/kind :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
    {:db/ident :x/place :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}]`)
  const named = (n: number, a: string) =>
    Array.from({ length: n }, (_, i) => ({ ':db/id': `${a.slice(1)}${i}`, [a]: `${i}` }))
  // of the first kind there are more than in any place, of the last one fewer
  const things = Array.from({ length: all }, (_, i) => ({
    ':x/kind': `k/name${i % 100 === 7 ? 2 : i % 2}`,
    ':x/place': `p/name${(i * i) % places}`,
  }))
  await conn.transact([...named(kinds, ':k/name'), ...named(places, ':p/name'), ...things])
  await conn.requestIndex()
  db = conn.db()
})

const text = `[:find ?x :in $ ?p ?k
               :where [?a :p/name ?p] [?b :k/name ?k] [?x :x/place ?a] [?x :x/kind ?b]]`

test('by the entities, where more have the value', () => {
  expect(String(explain(text, db, '0', '0'))).toMatch(/:x\/kind \?b\] +AEVT probe of/)
})

test('by the value, where fewer have it', () => {
  expect(String(explain(text, db, '0', '2'))).toMatch(/:x\/kind \?b\] +VAET lookup/)
})

test('the answer is that of looking at each', () => {
  const each = q(
    '[:find ?x ?p ?k :where [?x :x/place ?a] [?a :p/name ?p] [?x :x/kind ?b] [?b :k/name ?k]]',
    db,
  )
  for (let p = 0; p < places; p++) {
    for (let k = 0; k < kinds; k++) {
      const wanted = (each as [number, string, string][]).filter(
        (row) => row[1] === `${p}` && row[2] === `${k}`,
      )
      const found = (q(text, db, `${p}`, `${k}`) as [number][]).map(([x]) => x)
      expect(new Set(found)).toEqual(new Set(wanted.map(([x]) => x)))
      expect(found).toHaveLength(wanted.length)
    }
  }
})
