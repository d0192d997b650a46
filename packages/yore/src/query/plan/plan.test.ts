/** The planner: whatever the order of clauses, the same answer and about the same work (rows taken out of the index). */

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { countedDb } from '../../../../../test/oracle/orders.ts'
import { canonical } from '../../../../../test/oracle/canonical.ts'
import { after, attribute, failureOf, freshDb, identity } from '../../../../../test/oracle/tx.ts'
import { Opaque, keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { query } from '../query.ts'
import type { QueryOptions } from '../query.ts'
import { planOf } from './explain.ts'
import { Trace } from './trace.ts'
import type { TraceStep } from './trace.ts'

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

  test('a function that may throw is tried before what was written before it: it has few rows to make', () => {
    const input = '[[?g ?x]]'
    const rows = [
      [0, 3],
      [1, 5],
    ]
    const where = ['[?e :p/name ?n]', '[?e :p/age ?a]', '[?f :p/group ?g]', '[(* ?x 7) ?a]']
    const ask = (clauses: readonly string[]): { answer: string; work: number } => {
      const { db: counted, seen } = countedDb(db)
      const text = `[:find ?n ?g ?f :in $ ${input} :where ${clauses.join(' ')}]`
      const { value } = query(text, [new Opaque('db', counted), rows], options)
      return { answer: canonical((value as unknown[]).map(canonical).sort()), work: seen.datoms }
    }
    const first = ask(where)
    expect(first.answer.length).toBeGreaterThan(10)
    for (let i = 1; i < where.length; i++) {
      const turned = [...where.slice(i), ...where.slice(0, i)]
      expect(ask(turned)).toEqual(first)
    }
  })

  test('a function that throws when it is tried waits, each time', () => {
    const text =
      '[:find ?q :in $ [[?g ?y]] :where [?e :p/group ?g] [(> ?g 0)] [?e :p/age ?a] [?e :p/id 9] [(/ ?y ?g) ?q]]'
    const rows = [
      [0, 8],
      [1, 8],
    ]
    for (let i = 0; i < 4; i++) {
      expect(query(text, [new Opaque('db', db), rows], options).value).toEqual([[8]])
    }
  })

  test('what is tried does not outlive a time-out', () => {
    let clock = 0
    const slow = { ...options, timeoutMs: 20, monotonicMs: () => (clock += 1) }
    const text = '[:find ?q :where [?e :p/id ?a] [?f :p/id ?b] [(* ?a ?b) ?q] [?h :p/age ?q]]'
    const error = failureOf(() => query(text, [new Opaque('db', db)], slow))
    expect([error.code, error.data['clause']]).toEqual([':yore/timeout', '[(* ?a ?b) ?q]'])
  })

  test('what shares no variable with the rows so far waits for what does', () => {
    // four clauses of a cycle: joined along it, none of them for itself
    const where = [
      '[?a :p/friend ?x]',
      '[?b :p/friend ?x]',
      '[?b :p/friend ?y]',
      '[?a :p/friend ?y]',
      '[(< ?a ?b)]',
      '[(< ?x ?y)]',
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(where, { minLength: where.length }), (shuffled) => {
        const explained = new Trace(() => 0)
        query(`[:find ?a ?b ?x ?y :where ${shuffled.join(' ')}]`, [new Opaque('db', db)], {
          ...options,
          trace: explained,
        })
        const { steps } = planOf(explained.query as TraceStep)
        for (const step of steps) expect(step.unbound, step.clause).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('of an unknown attribute and entity, what else binds these comes first', () => {
    const people = '[?e :p/name ?n]'
    for (const value of ['7', '"name 7"']) {
      for (const [open, find] of [
        [`[?e ?a ${value}]`, '?e ?a'],
        [`[?e _ ${value}]`, '?e'],
      ] as const) {
        const found = run(find, [people, open])
        expect(found.rows).not.toBe('')
        expect(run(find, [open, people]).rows).toBe(found.rows)
        expect(run('?e', [`(or-join [?e] ${open} [?e :p/id 3])`, people]).rows).toBe(
          run('?e', [people, `(or-join [?e] ${open} [?e :p/id 3])`]).rows,
        )
      }
    }
    // as an attribute's name stands behind it
    const named = run('?e ?i', ['[?e ?a "name 7"]', '[?a :db/ident ?i]'])
    expect(named.rows.split('\n').length).toBe(10)
    // alone, it finds what refers to the value
    expect(run('?e ?a', ['[?e ?a "name 7"]']).rows).toBe('')
  })

  test.each([
    ['keywords', [keyword(':p/age'), keyword(':p/name')]],
    ['texts', [':p/age', ':p/name']],
    ['lookup refs', [[keyword(':db/ident'), keyword(':p/age')]]],
  ] as const)('attributes given as %s are asked about few entities', (_, attributes) => {
    for (const where of ['[?e :p/id 7] [?e ?a ?v]', '[?e ?a ?v] [?e :p/id 7]']) {
      for (const numbers of ['js', 'exact'] as const) {
        const { db: counted, seen } = countedDb(db)
        const text = `[:find ?v :in $ [?a ...] :where ${where}]`
        const inputs = [new Opaque('db', counted), attributes as unknown as Value]
        const { value } = query(text, inputs, { ...options, numbers })
        expect(value).toHaveLength(attributes.length)
        expect(seen.datoms).toBeLessThan(10)
      }
    }
  })

  test('of many attributes and few entities all is read that is known of these', () => {
    const { rows, work } = run('?i ?v', [
      '[?a :db/ident ?i]',
      '[?e ?a ?v]',
      '[?e :p/name "name 7"]',
    ])
    expect(rows.split('\n').length).toBeGreaterThan(30)
    // some seventy idents, ten entities, their datoms
    expect(work).toBeLessThan(200)
  })
})
