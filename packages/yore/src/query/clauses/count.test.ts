/** Counts that the index knows are taken from it, and are what counting the rows gives. */

import { beforeAll, expect, test } from 'vitest'
import { countedDb } from '../../../../../test/oracle/orders.ts'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { Opaque } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { asOf, filter, history } from '../../db/views.ts'
import { counted } from './count.ts'
import { query } from '../query.ts'

let db: Db
beforeAll(() => {
  const nodes = Array.from(
    { length: 60 },
    (_, i) =>
      `{:db/id "n${i}" :n/id ${i} :n/name "name ${i % 7}" :n/tag "tag ${i % 5}" :n/score ${i % 3}.0 :n/to ["n${(i * 7) % 60}" "n${i % 4}"]}`,
  )
  db = after(
    freshDb(),
    `[${attribute(':n/id', 'long', ':db/unique :db.unique/identity')} ${attribute(':n/name', 'string', ':db/index true')}
      ${attribute(':n/tag', 'string')} ${attribute(':n/score', 'double', ':db/index true')} ${attribute(':n/to', 'ref*')}]`,
    `[${nodes.join(' ')}]`,
    '[[:db/add [:n/id 3] :n/name "name 4"] [:db/retractEntity [:n/id 20]]]',
  )
})

const wheres: readonly (readonly [where: string, byIndex: boolean])[] = [
  ['[?e :n/id]', true],
  ['[?e :n/name _]', true],
  ['[?e :n/tag ?t]', true],
  ['[?e :n/name "name 4"]', true],
  ['[?e :n/name "nobody"]', true],
  ['[?e :n/to [:n/id 1]]', true],
  ['[?e :n/score 1.0]', true],
  // 0.0 and -0.0 stand together in the index
  ['[?e :n/score 0.0]', false],
  ['[?e :n/tag "tag 2"]', false],
  ['[?e :n/to ?e]', false],
  ['[?e :n/to]', false],
  ['[?e :db/ident]', false],
  ['[?e :n/id ?i] [(< ?i 30)]', false],
  ['[?e :n/name "name 4" ?tx]', false],
  ['[?e :n/id] [?e :n/tag "tag 1"]', false],
]

function run(
  db: Db,
  text: string,
  ...inputs: readonly Value[]
): { value: unknown; datoms: number } {
  const { db: watched, seen } = countedDb(db)
  const options = { numbers: 'exact', functionOf: () => null } as const
  const { value } = query(text, [new Opaque('db', watched), ...inputs], options)
  return { value, datoms: seen.datoms }
}

test.each(wheres)('%s', (where, byIndex) => {
  const rows = run(db, `[:find ?e :where ${where}]`).value as unknown[]
  const before = counted.times
  const answer = run(db, `[:find (count ?e) . :where ${where}]`)
  expect(answer.value).toBe(rows.length === 0 ? null : rows.length)
  expect(counted.times - before).toBe(byIndex ? 1 : 0)
  // a lookup ref is looked up
  if (byIndex) expect(answer.datoms).toBeLessThanOrEqual(where.includes('[:n/id 1]') ? 2 : 0)
  const table = run(db, `[:find (count ?e) :where ${where}]`).value
  expect(table).toEqual(rows.length === 0 ? [] : [[rows.length]])
  const named = run(db, `[:find (count ?e) :keys n :where ${where}]`).value
  expect(named).toEqual(rows.length === 0 ? [] : [{ ':n': rows.length }])
})

test('other views are counted by their rows', () => {
  const before = counted.times
  for (const view of [
    asOf(db, db.basisT - 1),
    history(db),
    filter(db, (_, d) => d.v !== 'name 4' && d.v !== 30),
  ]) {
    for (const [where] of wheres) {
      const rows = run(view, `[:find ?e :where ${where}]`).value as unknown[]
      const { value } = run(view, `[:find (count ?e) . :where ${where}]`)
      expect(value, where).toBe(rows.length === 0 ? null : rows.length)
    }
  }
  expect(counted.times).toBe(before)
})

test('so are counts with inputs, other variables, limits', () => {
  const before = counted.times
  expect(
    run(db, '[:find (count ?e) . :in $ [?n ...] :where [?e :n/name ?n]]', ['name 4']).value,
  ).toBe(9)
  expect(run(db, '[:find (count ?t) . :where [?e :n/tag ?t]]').value).toBe(5)
  expect(run(db, '[:find (count ?t) . :with ?e :where [?e :n/tag ?t]]').value).toBe(59)
  expect(run(db, '[:find (count ?e) :limit 0 :where [?e :n/tag]]').value).toEqual([])
  expect(counted.times).toBe(before)
  expect(run(db, '[:find (count ?e) . :in $ ?n :where [?e :n/name ?n]]', 'name 4').value).toBe(9)
  expect(counted.times).toBe(before + 1)
})
