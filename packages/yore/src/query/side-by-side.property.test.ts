/**
 * Columns that fit each other without a search: values compared by their codes, attributes whose entities are the rows one for one, joins in
 * which no row of a side is equal to another. They give what the longer ways give.
 */

import { afterEach, beforeAll, expect, test } from 'vitest'
import fc from 'fast-check'
import { after, attribute, freshDb } from '../../../../test/oracle/tx.ts'
import { canonical } from '../../../../test/oracle/canonical.ts'
import { Opaque } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { asOf, filter, history } from '../db/views.ts'
import { codedValues, sideBySide } from './clauses/access.ts'
import { byCodes, itsOwn } from './clauses/combine.ts'
import { ofOne } from './columns/joins.ts'
import { forced } from './plan/plan.ts'
import { query } from './query.ts'
import { stars } from './clauses/star.ts'
import { remembered } from './plan/steps.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
const { valuesMin } = codedValues
const { rowsMin } = stars
const works = 150

let settled: Db
let live: Db
beforeAll(() => {
  const of = (i: number, k: number): number =>
    (Math.imul(i + 1, 2654435761 + k * 40503) >>> 8) % 1000
  const forms = Array.from({ length: works }, (_, i) => {
    const by = of(i, 1) % 60
    return `{:db/id "w${i}" :w/place "place ${of(i, 2) % 7}" :w/kind :k/${['a', 'b', 'c'][of(i, 3) % 3] ?? ''}
      :w/by "p${by}" :w/title "title ${i % 5 === 0 ? by : i}" ${of(i, 4) < 700 ? `:w/from ["w${of(i, 5) % works}" "w${of(i, 6) % works}"]` : ''}
      :w/old ${of(i, 7) % 2 === 0} ${of(i, 8) < 900 ? `:w/note "note ${of(i, 9) % 90}"` : ''}}`
  })
  const people = Array.from(
    { length: 60 },
    (_, i) =>
      `{:db/id "p${i}" :p/home "place ${of(i, 10) % 9}" :p/title "title ${i}" :p/kind :k/${i % 2 ? 'a' : 'd'}}`,
  )
  settled = after(
    freshDb(),
    `[${attribute(':w/title', 'string')} ${attribute(':p/title', 'string')}
      ${attribute(':w/place', 'string')} ${attribute(':w/kind', 'keyword')} ${attribute(':w/by', 'ref')}
      ${attribute(':w/from', 'ref*')} ${attribute(':w/old', 'boolean')} ${attribute(':w/note', 'string')}
      ${attribute(':p/home', 'string')} ${attribute(':p/kind', 'keyword')}]`,
    `[${[...forms, ...people].join('\n')}]`,
  )
  settled = { ...settled, facts: settled.facts.settled() }
  const ids = ask('[:find ?w :where [?w :w/place]]', settled) as number[][]
  live = after(
    settled,
    ...ids
      .slice(0, 20)
      .map(([id], k) =>
        k % 3 === 0
          ? `[[:db/retractEntity ${id}]]`
          : `[{:db/id ${id} :w/place "new ${k % 2}" :w/kind :k/d}]`,
      ),
  )
})
afterEach(() => {
  codedValues.valuesMin = valuesMin
  stars.rowsMin = rowsMin
  forced.choose = null
})

function ask(text: string, db: Db): unknown {
  return query(text, [new Opaque('db', db)], { numbers: 'exact', functionOf: () => null }).value
}

const clauses = [
  '[?w :w/place ?place]',
  '[?w :w/kind ?kind]',
  '[?w :w/by ?p]',
  '[?w :w/from ?x]',
  '[?w :w/old ?old]',
  '[?w :w/note ?note]',
  '[?x :w/place ?place]',
  '[?x :w/kind ?kind]',
  '[?x :w/old ?old]',
  '[?x :w/by ?q]',
  '[?x :w/note ?note2]',
  '[?p :p/home ?place]',
  '[?p :p/home ?home]',
  '[?q :p/home ?home]',
  '[?p :p/kind ?kind]',
  '[?w :w/kind :k/b]',
  '[?x :w/place "place 3"]',
  '[?x :w/old true]',
  '[(!= ?kind :k/a)]',
] as const

/** Clauses that hang together, in any order. */
const texts: fc.Arbitrary<string> = fc
  .shuffledSubarray([...clauses], { minLength: 2, maxLength: 5 })
  .map((chosen) => {
    const text = chosen.join(' ')
    const needs: [string, string][] = [
      ['?x', '[?w :w/from ?x]'],
      ['?p', '[?w :w/by ?p]'],
      ['?q', '[?x :w/by ?q] [?w :w/from ?x]'],
      ['?kind', '[?w :w/kind ?kind]'],
    ]
    const more = needs.filter(([v, by]) => text.includes(v) && !text.includes(by)).map((x) => x[1])
    const where = [...chosen, ...more].join(' ')
    const found = [...new Set(where.match(/\?\w+/g))].slice(0, 4).join(' ')
    return `[:find ${found} :where ${where}]`
  })

const inOrder = (text: string, db: Db): unknown => {
  stars.rowsMin = Infinity
  const value = ask(text, db)
  return (value as unknown[]).map(canonical).sort()
}

test(`with codes and without, in the planner's order and as it stands (SEED=${seed})`, () => {
  const before = [byCodes.times, sideBySide.times, ofOne.times, remembered.times]
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom('settled', 'settled', 'live', 'live', 'early', 'odd', 'history'),
      (text, view) => {
        const views: Record<string, () => Db> = {
          settled: () => settled,
          live: () => live,
          early: () => asOf(live, settled.basisT),
          odd: () => filter(live, (_, d) => d.e % 2 === 1),
          history: () => history(live),
        }
        const db = (views[view] as () => Db)()
        codedValues.valuesMin = 1
        const found = inOrder(text, db)
        for (let i = 0; i < 2; i++) expect(inOrder(text, db)).toEqual(found)
        codedValues.valuesMin = Infinity
        forced.choose = (_, waiting, can) => waiting.findIndex((_x, k) => can(k))
        expect(found).toEqual(inOrder(text, db))
        forced.choose = null
      },
    ),
    { seed, numRuns: 400 },
  )
  expect(byCodes.times - (before[0] as number)).toBeGreaterThan(10)
  expect(sideBySide.times - (before[1] as number)).toBeGreaterThan(10)
  expect(ofOne.times - (before[2] as number)).toBeGreaterThan(10)
  expect(remembered.times - (before[3] as number)).toBeGreaterThan(100)
})

test('values of two readings of an attribute are compared by their codes', () => {
  codedValues.valuesMin = 1
  stars.rowsMin = Infinity
  const text = '[:find ?w ?x :where [?w :w/from ?x] [?w :w/place ?place] [?x :w/place ?place]]'
  const before = byCodes.times
  const found = inOrder(text, settled)
  expect(byCodes.times).toBeGreaterThan(before)
  const later = byCodes.times
  codedValues.valuesMin = Infinity
  expect(inOrder(text, settled)).toEqual(found)
  expect(byCodes.times).toBe(later)
})

test('texts are joined by references where there are some, not by looking for each among the others', () => {
  const waited: number[][] = []
  forced.choose = (_, waiting) => {
    waited.push([...waiting])
    return -1
  }
  const titles = '[:find ?w ?t :where [?w :w/title ?t] [?p :p/title ?t] [?w :w/by ?p]]'
  const found = ask(titles, settled) as unknown[]
  expect(waited.at(-1)).not.toContain(2)
  forced.choose = (_, waiting, can) => waiting.findIndex((_x, k) => can(k))
  expect(found.map(canonical).sort()).toEqual(
    (ask(titles, settled) as unknown[]).map(canonical).sort(),
  )
  expect(found.length).toBeGreaterThan(0)
})

test('entities found by the one value that each has are distinct without a look, however they were found', () => {
  const by = '[?p :p/home "place 3"] [?w :w/by ?p]'
  for (const db of [settled, live, asOf(live, live.basisT - 5), asOf(settled, settled.basisT)]) {
    for (const where of [
      by,
      `${by} [?w :w/old ?old]`,
      `${by} [?w :w/kind ?kind] [?p :p/kind ?kind]`,
    ]) {
      const before = itsOwn.times
      forced.choose = (_, waiting, can) => waiting.findIndex((_x, k) => can(k))
      const found = ask(`[:find ?w :where ${where}]`, db) as number[][]
      expect(itsOwn.times).toBeGreaterThan(before)
      forced.choose = (_, waiting, can) => waiting.findLastIndex((_x, k) => can(k))
      const other = ask(`[:find ?w :where ${where}]`, db) as number[][]
      const sorted = (rows: number[][]): number[] => rows.flat().sort((a, b) => a - b)
      expect(sorted(found)).toEqual(sorted(other))
      expect(new Set(found.flat()).size).toBe(found.length)
    }
  }
})

test('of another time only where an attribute never had several values', () => {
  const changes = [
    `[${attribute(':x/to', 'ref')} ${attribute(':x/name', 'string')}]`,
    '[{:db/id "a" :x/name "a"} {:db/id "b" :x/name "a"} {:db/id "c" :x/to "a"}]',
  ]
  const one = after(freshDb(), ...changes)
  const many = after(one, '[{:db/id :x/to :db/cardinality :db.cardinality/many}]')
  const c = (ask('[:find ?c :where [?c :x/to]]', many) as number[][])[0]?.[0]
  const b = (ask('[:find (max ?b) :where [?b :x/name "a"]]', many) as number[][])[0]?.[0]
  const several = after(many, `[[:db/add ${c} :x/to ${b}]]`)
  const again = after(
    several,
    `[[:db/retract ${c} :x/to ${b}]]`,
    '[{:db/id :x/to :db/cardinality :db.cardinality/one}]',
  )
  const asked = '[:find (count ?c) . :in $ ?n :where [?a :x/name ?n] [?c :x/to ?a]]'
  const times = (db: Db): number => {
    const before = itsOwn.times
    forced.choose = (_, waiting, can) => waiting.findIndex((_x, k) => can(k))
    expect(
      query(asked, [new Opaque('db', db), 'a'], { numbers: 'js', functionOf: () => null }).value,
    ).toBe(1)
    return itsOwn.times - before
  }
  expect(times(asOf(one, one.basisT))).toBe(1)
  expect(times(again)).toBe(1)
  expect(times(asOf(again, several.basisT))).toBe(0)
})

test('a time that hides nothing is read as the present is', () => {
  stars.rowsMin = 1
  forced.choose = null
  const text = '[:find ?w ?place ?kind :where [?w :w/place ?place] [?w :w/kind ?kind]]'
  const times = (db: Db): [number, unknown] => {
    const before = stars.times
    const found = (ask(text, db) as unknown[]).map(canonical).sort()
    return [stars.times - before, found]
  }
  const [n, found] = times(settled)
  expect(n).toBe(1)
  expect(times(asOf(settled, settled.basisT))).toEqual([1, found])
  expect(times(asOf(settled, settled.basisT - 1))).toEqual([0, []])
})
