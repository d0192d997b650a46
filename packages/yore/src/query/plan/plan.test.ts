/** The planner: whatever the order of clauses, the same answer and about the same work (rows taken out of the index). */

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { countedDb } from '../../../../../test/oracle/orders.ts'
import { after, attribute, freshDb, identity } from '../../../../../test/oracle/tx.ts'
import { Opaque } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { query } from '../query.ts'
import type { QueryOptions } from '../query.ts'

const options: QueryOptions = { numbers: 'exact', functionOf: () => null }
let db: Db

beforeAll(() => {
  const people = Array.from(
    { length: 400 },
    (_, i) =>
      `{:db/id "p${i}" :p/id ${i} :p/name "name ${i % 40}" :p/age ${i % 50} :p/group ${i % 4} :p/friend ["p${(i * 7) % 400}" "p${(i * 11 + 1) % 400}"]}`,
  )
  db = after(
    freshDb(),
    `[${attribute(':p/id', 'long', identity)} ${attribute(':p/name', 'string', ':db/index true')}
      ${attribute(':p/age', 'long', ':db/index true')} ${attribute(':p/group', 'long')} ${attribute(':p/friend', 'ref*')}]`,
    `[${people.join(' ')}]`,
  )
})

function run(find: string, where: readonly string[]): { rows: string; work: number } {
  const { db: counted, seen } = countedDb(db)
  const answer = query(
    `[:find ${find} :where ${where.join(' ')}]`,
    [new Opaque('db', counted)],
    options,
  )
  const rows = (answer.value as unknown[]).map((r) => JSON.stringify(r)).sort()
  return { rows: rows.join('\n'), work: seen.datoms }
}

const queries: readonly (readonly [find: string, where: readonly string[]])[] = [
  ['?e ?a', ['[?e :p/age ?a]', '[?e :p/name "name 7"]']],
  ['?n', ['[?e :p/id 17]', '[?e :p/friend ?f]', '[?f :p/friend ?g]', '[?g :p/name ?n]']],
  [
    '?n ?m',
    ['[?e :p/name ?n]', '[?e :p/friend ?f]', '[?f :p/name ?m]', '[?f :p/age ?a]', '[(> ?a 47)]'],
  ],
  ['?n', ['[?e :p/name ?n]', '(not [?e :p/group 2])', '[?e :p/age 13]']],
  [
    '?n ?k',
    ['[?e :p/name ?n]', '(or-join [?e ?k] [?e :p/age ?k] [?e :p/group ?k])', '[?e :p/id 5]'],
  ],
  ['?x', ['[?e :p/id 3]', '[?e :p/age ?a]', '[?f :p/age ?a]', '[?f :p/id ?x]', '[(!= ?e ?f)]']],
  [
    '?s',
    [
      '[?e :p/id 21]',
      '[?e :p/name ?n]',
      '[(str ?n "!") ?s]',
      '[?e :p/friend ?f]',
      '[?f :p/group 1]',
    ],
  ],
]

describe('the planner', () => {
  test.each(queries)('any order of the clauses of :find %s', (find, where) => {
    const best = run(find, where)
    fc.assert(
      fc.property(fc.shuffledSubarray([...where], { minLength: where.length }), (shuffled) => {
        const other = run(find, shuffled)
        expect(other.rows).toBe(best.rows)
        expect(other.work).toBeLessThanOrEqual(best.work * 2 + 50)
      }),
      { numRuns: 30 },
    )
  })

  test('the selective clause is the way in', () => {
    expect(run('?n', ['[?e :p/name ?n]', '[?e :p/id 7]']).work).toBeLessThan(10)
    expect(run('?a', ['[?e :p/age ?a]', '[?e :p/friend ?f]', '[?f :p/id 7]']).work).toBeLessThan(30)
  })

  test('comparisons become ranges of the index', () => {
    const { work } = run('?e', ['[?e :p/age ?a]', '[(>= ?a 49)]'])
    expect(work).toBeLessThan(20)
    expect(run('?e', ['[(< 47.5 ?a)]', '[?e :p/age ?a]', '[(<= ?a 48)]']).work).toBeLessThan(20)
  })

  test('a value of another type is no range, but still an order', () => {
    expect(run('(count ?e)', ['[?e :p/age ?a]', '[(< ?a "x")]']).rows).toBe('[400]')
    expect(run('?e', ['[?e :p/age ?a]', '[(> ?a "x")]']).rows).toBe('')
  })

  test('variables that nothing needs do not multiply rows', () => {
    // without projection 400 * 400 / 50 rows at each step
    const where = [
      '[?a :p/age ?x]',
      '[?b :p/age ?x]',
      '[?c :p/age ?x]',
      '[?d :p/age ?x]',
      '[?d :p/group ?g]',
    ]
    expect(run('?g', where).work).toBeLessThan(8000)
  })

  test('fifteen clauses in the worst order do not explode', () => {
    const chain: string[] = []
    for (let i = 0; i < 7; i++) {
      chain.push(`[?v${i} :p/friend ?v${i + 1}]`, `[?v${i} :p/name ?n${i}]`)
    }
    chain.push('[?v0 :p/id 1]')
    const forward = run('(count ?v7)', chain)
    const backward = run('(count ?v7)', [...chain].reverse())
    expect(backward.rows).toBe(forward.rows)
    expect(forward.work).toBeLessThan(6000)
    expect(backward.work).toBeLessThan(6000)
  })

  test('a function that may fail waits for the clause that protects it', () => {
    // the groups are 0 to 3: dividing by them fails unless the comparison comes first
    expect(
      run('?q', ['[?e :p/id 8]', '[?e :p/group ?g]', '[(> ?g 0)]', '[(/ 10 ?g) ?q]']).rows,
    ).toBe('')
    expect(run('?q', ['[?e :p/group ?g]', '[?e :p/id 9]', '[(/ 10 ?g) ?q]']).rows).toBe('[10]')
  })
})
