/** A query that is asked again of the same database goes the way it went, and finds the same; whatever else is new is planned. */

import { beforeAll, expect, test } from 'vitest'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { canonical } from '../../../../../test/oracle/canonical.ts'
import { Opaque } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { history } from '../../db/views.ts'
import { query } from '../query.ts'
import type { QueryOptions } from '../query.ts'
import { Steps, remembered } from './steps.ts'

let db: Db
beforeAll(() => {
  const forms = Array.from(
    { length: 200 },
    (_, i) => `{:db/id "e${i}" :e/n ${i % 40} :e/k :k/k${i % 3} :e/to ["e${(i * 7) % 200}"]}`,
  )
  db = after(
    freshDb(),
    `[${attribute(':e/n', 'long', ':db/index true')} ${attribute(':e/k', 'keyword')} ${attribute(':e/to', 'ref*')}]`,
    `[${forms.join(' ')}]`,
  )
})

const options: QueryOptions = { numbers: 'exact', functionOf: () => null }

function ask(text: string, of: Db, more: readonly Value[] = [], how = options): string[] {
  const { value } = query(text, [new Opaque('db', of), ...more], how)
  return (value as unknown[]).map(canonical).sort()
}

/** What was remembered while this ran. */
function times(run: () => unknown): number {
  const before = remembered.times
  run()
  return remembered.times - before
}

const where = '[?e :e/n ?n] [(< ?n 20)] [?e :e/to ?x] [?x :e/n ?m] [(> ?m 3)] [?x :e/k ?k]'

test('from the third time on', () => {
  const text = `[:find ?e ?k :where ${where}]`
  const first = ask(text, db)
  expect(times(() => expect(ask(text, db)).toEqual(first))).toBe(0)
  for (let i = 0; i < 3; i++) {
    expect(times(() => expect(ask(text, db)).toEqual(first))).toBeGreaterThan(2)
  }
  expect(times(() => ask(text, history(db)))).toBe(0)
  const later = after(db, '[{:e/n 1 :e/k :k/k9 :e/to "x"} {:db/id "x" :e/n 5 :e/k :k/k8}]')
  expect(times(() => expect(ask(text, later).length).toBe(first.length + 1))).toBe(0)
})

test('not of what is given values, and for other rules anew', () => {
  const given = `[:find ?e :in $ ?top :where [?e :e/n ?n] [(< ?n ?top)] [?e :e/to ?x] [?x :e/k ?k] [(!= ?k :k/k1)]]`
  expect(times(() => [5, 5, 5, 20].map((x) => ask(given, db, [x])))).toBe(0)
  const called = '[:find ?e :in $ % :where [?e :e/n ?n] (r ?e ?x) [?x :e/k ?k] [?x :e/n ?n]]'
  const forth = '[[(r ?a ?b) [?a :e/to ?b]]]'
  const back = '[[(r ?a ?b) [?b :e/to ?a]]]'
  const found = ask(called, db, [forth])
  expect(
    times(() => {
      for (let i = 0; i < 4; i++) expect(ask(called, db, [forth])).toEqual(found)
    }),
  ).toBeGreaterThan(0)
  expect(times(() => ask(called, db, [back]))).toBe(0)
})

test('a run within a run of the same query, and one that fails within it, leave it alone', () => {
  const text = `[:find ?e ?k :where ${where} [(user/inner ?e)]]`
  let depth = 0
  let isFailing = false
  const nesting: QueryOptions = {
    numbers: 'exact',
    functionOf: (name) =>
      name === 'user/inner'
        ? () => {
            if (depth === 1 && isFailing) throw new Error('within')
            if (depth > 0) return true
            depth++
            try {
              ask(text, db, [], nesting)
            } catch {
              // as the program likes
            } finally {
              depth--
            }
            return true
          }
        : null,
  }
  const plain = ask(`[:find ?e ?k :where ${where}]`, db)
  for (let i = 0; i < 4; i++) {
    isFailing = i % 2 === 1
    expect(ask(text, db, [], nesting)).toEqual(plain)
  }
})

test('where other clauses wait nothing is known, from there on', () => {
  const steps = new Steps(new Map())
  for (let i = 0; i < 2; i++) {
    const run = steps.begin()
    for (const [waiting, place] of [
      [[0, 1, 2, 3], 2],
      [[0, 1, 3], 0],
      [[1, 3], 1],
      [[1], 0],
    ] as const) {
      expect(run.next(waiting)).toBe(-1)
      run.note(waiting, place)
    }
    run.end()
  }
  expect(steps.begin().next([0, 2])).toBe(-1)
  const run = steps.begin()
  expect(run.next([0, 1, 2, 3])).toBe(2)
  run.note([0, 1, 2, 3], 2)
  // a clause was run along with it this time
  expect(run.next([0, 1])).toBe(-1)
  run.note([0, 1], 1)
  expect(run.next([0])).toBe(-1)
  run.note([0], 0)
  run.end()
  const next = steps.begin()
  expect(next.next([0, 1, 2, 3])).toBe(2)
  next.note([0, 1, 2, 3], 2)
  expect(next.next([0, 1])).toBe(1)
})

test('a function that says something else each time changes nothing but its own answers', () => {
  const text = `[:find ?e ?k :where [?e :e/n ?n] [(user/some ?n)] [?e :e/to ?x] [?x :e/k ?k] [(user/some ?e)]]`
  for (let round = 0; round < 12; round++) {
    // in some rounds nothing is left, in some one row, in some all
    const keeps = (x: Value): boolean => round % 3 === 0 || (round % 3 === 1 && Number(x) % 7 === 0)
    const some: QueryOptions = {
      numbers: 'exact',
      functionOf: (name) => (name === 'user/some' ? keeps : null),
    }
    const all = ask('[:find ?e ?n ?k :where [?e :e/n ?n] [?e :e/to ?x] [?x :e/k ?k]]', db).length
    const found = ask(text, db, [], some)
    if (round % 3 === 0) expect(found.length).toBeGreaterThan(0)
    if (round % 3 === 2) expect(found).toEqual([])
    expect(found.length).toBeLessThanOrEqual(all)
  }
})
