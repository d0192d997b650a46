/** Rules that are written out once for a query and its rules: the constants of each call stay its own, limits are counted each time. */

import { beforeAll, expect, test } from 'vitest'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { Opaque } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { query } from '../query.ts'
import { unfoldings } from './unfold.ts'

let db: Db
beforeAll(() => {
  db = after(
    freshDb(),
    `[${attribute(':p/name', 'string')} ${attribute(':p/friend', 'ref*')}]`,
    `[{:db/id "a" :p/name "Ann" :p/friend ["b" "c"]} {:db/id "b" :p/name "Bob" :p/friend "c"}
      {:db/id "c" :p/name "Cid"}]`,
  )
})

function run(text: string, ...inputs: readonly Value[]): string {
  const { value } = query(text, [new Opaque('db', db), ...inputs], {
    numbers: 'exact',
    functionOf: () => null,
  })
  return JSON.stringify((value as unknown[][]).map((r) => JSON.stringify(r)).sort())
}

const rules = `[[(knows ?n ?m) (friend ?a ?b) [?a :p/name ?n] [?b :p/name ?m]]
  [(friend ?a ?b) [?a :p/friend ?b]] [(friend ?a ?b) [?b :p/friend ?a]]]`

test('written out once for the same query and rules', () => {
  const text = '[:find ?m :in $ % ?n :where (knows ?n ?m) (knows "Cid" ?m)]'
  const first = run(text, rules, 'Ann')
  const { made } = unfoldings
  expect(run(text, rules, 'Ann')).toBe(first)
  expect(first).toBe('["[\\"Bob\\"]"]')
  expect(run(text, rules, 'Bob')).toBe('["[\\"Ann\\"]"]')
  expect(unfoldings.made).toBe(made)
})

test('again for other rules, and each query has its own constants', () => {
  const text = '[:find ?m :in $ % :where (knows "Ann" ?m)]'
  expect(run(text, rules)).toBe('["[\\"Bob\\"]","[\\"Cid\\"]"]')
  expect(run(text, '[[(knows ?n ?m) [?a :p/name ?n] [?a :p/name ?m]]]')).toBe('["[\\"Ann\\"]"]')
  expect(run('[:find ?m :in $ % :where (knows "Bob" ?m)]', rules)).toBe(
    '["[\\"Ann\\"]","[\\"Cid\\"]"]',
  )
  expect(run(text, rules)).toBe('["[\\"Bob\\"]","[\\"Cid\\"]"]')
})

test('more calls than are written out are evaluated one by one, each time', () => {
  const wide = Array.from(
    { length: 40 },
    (_, i) =>
      `[(r${i} ?a ?b) ${i === 39 ? '[?a :p/friend ?b]' : `(r${i + 1} ?a ?b) (r${i + 1} ?a ?b)`}]`,
  )
  const text = '[:find ?n ?m :in $ % :where (r28 ?a ?b) [?a :p/name ?n] [?b :p/name ?m]]'
  const first = run(text, `[${wide.join(' ')}]`)
  expect(first).toBe('["[\\"Ann\\",\\"Bob\\"]","[\\"Ann\\",\\"Cid\\"]","[\\"Bob\\",\\"Cid\\"]"]')
  expect(run(text, `[${wide.join(' ')}]`)).toBe(first)
})
