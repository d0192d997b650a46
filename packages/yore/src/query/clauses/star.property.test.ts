/** Stars at random: what is read from end to end and laid side by side is what clause after clause finds. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import fc from 'fast-check'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { Opaque } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { asOf, filter, history, since } from '../../db/views.ts'
import { canonical } from '../../../../../test/oracle/canonical.ts'
import { repeated } from './access.ts'
import { query } from '../query.ts'
import { stars } from './star.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
const { rowsMin } = stars
const { rowsMin: repeatedMin } = repeated
const entities = 400

let settled: Db
let live: Db
beforeAll(() => {
  const kinds = ['a', 'b', 'c']
  const of = (i: number, k: number): number =>
    (Math.imul(i + 1, 2654435761 + k * 40503) >>> 8) % 1000
  const people = Array.from({ length: entities }, (_, i) => {
    const has = (k: number, share: number): boolean => of(i, k) < share
    return `{:db/id "e${i}" :p/n ${of(i, 1) % 50} :p/kind :k/${kinds[of(i, 2) % 3] ?? ''}
      ${has(3, 900) ? `:p/name "n${of(i, 4) % 20}"` : ''} ${has(5, 900) ? `:p/x ${(of(i, 6) % 9) - 4}.${of(i, 7) % 2 === 0 ? '0' : '5'}` : ''}
      ${has(8, 800) ? `:p/flag ${of(i, 9) % 2 === 0}` : ''} ${has(10, 950) ? `:p/to "e${of(i, 11) % 12}"` : ''}
      ${has(12, 500) ? `:p/tags [${of(i, 13) % 5} ${of(i, 14) % 7}]` : ''} ${has(16, 600) ? `:p/friends ["e${of(i, 17) % entities}" "e${of(i, 18) % entities}"]` : ''} :p/own "own ${i}" :p/at #inst "20${10 + (of(i, 15) % 9)}-01-01"}`
  })
  settled = after(
    freshDb(),
    `[${attribute(':p/n', 'long', ':db/index true')} ${attribute(':p/kind', 'keyword')} ${attribute(':p/name', 'string', ':db/index true')}
      ${attribute(':p/x', 'double', ':db/index true')} ${attribute(':p/flag', 'boolean')} ${attribute(':p/to', 'ref')}
      ${attribute(':p/tags', 'long*')} ${attribute(':p/friends', 'ref*')} ${attribute(':p/own', 'string')} ${attribute(':p/at', 'instant')}]`,
    `[${people.join('\n')}]`,
  )
  settled = { ...settled, facts: settled.facts.settled() }
  live = after(
    settled,
    ...Array.from({ length: 30 }, (_, k) => {
      const e = `[?e :p/own "own ${(k * 37) % entities}"]`
      const id = ask(`[:find ?e . :where ${e}]`, settled) as number
      return k % 3 === 0
        ? `[[:db/retractEntity ${id}]]`
        : `[{:db/id ${id} :p/n ${60 + k} :p/name "new ${k % 2}" :p/kind :k/d :p/x -0.0} {:p/n 3 :p/kind :k/a :p/own "more ${k}"}]`
    }),
  )
})
afterAll(() => {
  stars.rowsMin = rowsMin
  repeated.rowsMin = repeatedMin
})

function ask(text: string, db: Db): unknown {
  return query(text, [new Opaque('db', db)], { numbers: 'exact', functionOf: () => null }).value
}

/** What the query gives, or how it fails. */
function asked(text: string, db: Db, least: number): unknown {
  stars.rowsMin = least
  repeated.rowsMin = least
  try {
    const value = ask(text, db)
    return Array.isArray(value) ? value.map(canonical).sort() : value
  } catch (error) {
    return (error as Error).message.slice(0, 40)
  } finally {
    stars.rowsMin = rowsMin
    repeated.rowsMin = repeatedMin
  }
}

const arms = [
  '[?e :p/n ?n]',
  '[?e :p/kind ?k]',
  '[?e :p/name ?s]',
  '[?e :p/x ?x]',
  '[?e :p/flag ?f]',
  '[?e :p/to ?to]',
  '[?e :p/at ?at]',
  '[?e :p/own ?own]',
  '[?e :p/kind :k/a]',
  '[?e :p/name "n3"]',
  '[?e :p/flag true]',
  '[?e :p/x 0.0]',
  '[?e :p/x 1.5]',
  '[?e :p/n _]',
  '[?e :p/own]',
  '[?e :p/tags ?tag]',
  '[?to :p/name ?toname]',
  '[?to :p/n ?n]',
] as const
const sieves = [
  '[(> ?n 25)]',
  '[(<= 10 ?n)]',
  '[(< ?n 10.5)]',
  '[(!= ?n 3)]',
  '[(= ?s "n3")]',
  '[(< ?s "n2")]',
  '[(!= ?k :k/a)]',
  '[(< ?k 3)]',
  '[(>= ?x 0)]',
  '[(= ?x 0.0)]',
  '[(!= ?x 0.5)]',
  '[(< ?at #inst "2014")]',
  '[(= ?f true)]',
  '[(clojure.string/starts-with? ?s "n1")]',
  '(not [?e :p/kind :k/b])',
  '(not [?e :p/tags 3])',
  '(not [?e :p/tags])',
  '(not [?e :p/name ?any])',
  '(not [?e :p/name ?s])',
  '(not [?e :p/x 0.0])',
  '(not [_ :p/to ?e])',
  '(not [?other :p/friends ?e])',
  '(not [?e :p/to ?to] [?e :p/flag true])',
] as const
const finds = [
  '?e',
  '?n ?k',
  '?k (count ?e)',
  '?k ?f (sum ?n) (count ?e)',
  '?s (avg ?x) (min ?n) (max ?n) (count ?e)',
  '(avg ?n) (count ?e)',
  '?s ?k (min ?at) (count ?to) (max ?own)',
  '?toname (count ?e) (median ?n)',
  '?n (count ?k)',
  '?f (sum ?x) (avg ?x) (median ?n) (count-distinct ?s)',
  '?to (max ?x) (min ?x)',
] as const

const variables = (text: string): string[] => text.match(/\?\w+/g) ?? []

const texts: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...finds),
    fc.subarray([...arms], { minLength: 1, maxLength: 4 }),
    fc.subarray([...sieves], { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([find, chosen, sieved, withE]) => {
    const known = new Set(variables(chosen.join(' ')))
    for (const v of [...variables(find), ...variables(sieved.join(' '))]) {
      const arm = arms.find((x) => variables(x).includes(v))
      if (arm !== undefined && !known.has(v)) {
        chosen.push(arm)
        known.add(v)
      }
    }
    return `[:find ${find} ${withE && !find.includes('?e') ? ':with ?e' : ''} :where ${[...chosen, ...sieved].join(' ')}]`
  })

test(`stars find what clause after clause finds (SEED=${seed})`, () => {
  const before = stars.times
  const askedOnce = repeated.times
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom(
        'settled',
        'settled',
        'settled',
        'live',
        'live',
        'live',
        'early',
        'since',
        'odd',
        'history',
      ),
      (text, view) => {
        const views: Record<string, () => Db> = {
          settled: () => settled,
          live: () => live,
          early: () => asOf(live, settled.basisT),
          since: () => since(live, settled.basisT),
          odd: () => filter(live, (_, d) => d.e % 2 === 1),
          history: () => history(live),
        }
        const db = (views[view] as () => Db)()
        expect(asked(text, db, 1)).toEqual(asked(text, db, Infinity))
      },
    ),
    { seed, numRuns: 500 },
  )
  expect(stars.times - before).toBeGreaterThan(30)
  expect(repeated.times - askedOnce).toBeGreaterThan(1)
})

test('what is about most entities is read so, what is about few is not', () => {
  const times = (text: string, db: Db = live): number => {
    const before = stars.times
    ask(text, db)
    return stars.times - before
  }
  expect(times('[:find ?k (count ?e) :where [?e :p/kind ?k] [?e :p/n ?n]]')).toBe(1)
  expect(times('[:find ?e ?n :where [?e :p/n ?n] (not [?e :p/kind :k/a])]')).toBe(1)
  expect(times('[:find ?e ?n :where [?e :p/n ?n] [?e :p/own "own 5"]]')).toBe(0)
  expect(times('[:find ?e ?k :where [?e :p/n 7] [?e :p/kind ?k]]')).toBe(0)
  expect(times('[:find ?e ?k :where [?e :p/tags ?n] [?e :p/kind ?k]]')).toBe(0)
  const two = '[:find ?e ?k :where [?e :p/n ?n] [?e :p/kind ?k]]'
  expect(times(two, history(live))).toBe(0)
  expect(times(two, asOf(live, settled.basisT))).toBe(0)
  expect(
    times(
      two,
      filter(live, () => true),
    ),
  ).toBe(0)
})

test('what others refer to is taken away by one look at the references', () => {
  const text = '[:find ?e ?n :where [?e :p/n ?n] (not [_ :p/friends ?e])]'
  for (const db of [settled, live]) {
    const before = stars.referred
    const found = asked(text, db, 1)
    expect(stars.referred - before).toBe(1)
    expect(found).toEqual(asked(text, db, Infinity))
    expect((found as unknown[]).length).toBeGreaterThan(10)
    expect((found as unknown[]).length).toBeLessThan(entities - 10)
    expect(stars.referred - before).toBe(1)
  }
})

test('entities that stand in many rows are asked for once', () => {
  const text = '[:find ?toname (count ?e) :where [?e :p/to ?to] [?e :p/n ?n] [?to :p/name ?toname]]'
  const before = repeated.times
  expect(asked(text, live, 1)).toEqual(asked(text, live, Infinity))
  expect(repeated.times - before).toBe(1)
  const many = '[:find ?tag (count ?e) :where [?e :p/to ?to] [?e :p/n ?n] [?to :p/tags ?tag]]'
  expect(asked(many, live, 1)).toEqual(asked(many, live, Infinity))
  expect(repeated.times - before).toBe(2)
})
