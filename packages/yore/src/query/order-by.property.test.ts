/** Answers in order: against sorting and cutting all rows by a naive comparison, over random data, orders and windows. */

import { beforeAll, expect, test } from 'vitest'
import fc from 'fast-check'
import { after, attribute, freshDb } from '../../../../test/oracle/tx.ts'
import { compareValues } from '../data/compare.ts'
import { fromPublic } from '../data/public.ts'
import { Opaque } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { asOf, filter } from '../db/views.ts'
import { meteredIndex } from '../indexes/counted/metered.ts'
import { planOf } from './plan/explain.ts'
import { Trace } from './plan/trace.ts'
import type { TraceStep } from './plan/trace.ts'
import { query } from './query.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
const entities = 3000
let db: Db
let early: number

const valueOf = (i: number, spread: number): number => (i * 7919) % spread

beforeAll(() => {
  const people = Array.from(
    { length: entities },
    (_, i) =>
      `{:p/id ${i} :p/rank ${valueOf(i, 400)} :p/name "n${valueOf(i, 997)}" :p/group ${i % 7}
        :p/price ${(valueOf(i, 50) / 4 - 3).toFixed(2)} :p/kind :k/${'abc'[i % 3] ?? ''} :p/tags [${i % 5} ${i % 11}]}`,
  )
  db = after(
    freshDb(),
    `[${attribute(':p/id', 'long', ':db/index true')} ${attribute(':p/rank', 'long', ':db/index true')}
      ${attribute(':p/name', 'string', ':db/index true')} ${attribute(':p/group', 'long')}
      ${attribute(':p/price', 'double', ':db/index true')} ${attribute(':p/kind', 'keyword', ':db/index true')}
      ${attribute(':p/tags', 'long*', ':db/index true')}]`,
    `[${people.slice(0, entities / 2).join('\n')}]`,
    `[${people.slice(entities / 2).join('\n')}]`,
  )
  early = db.basisT - 1
})

const ask = (text: string, on: Db = db, inputs: readonly unknown[] = []): unknown[][] =>
  query(text, [new Opaque('db', on), ...inputs.map(fromPublic)], {
    numbers: 'exact',
    functionOf: () => null,
  }).value as unknown[][]

interface Shape {
  readonly find: readonly string[]
  readonly where: string
  /** In the text of an order by place, so that aggregates can be told too. */
  readonly elements: readonly string[]
}

const plain = (find: readonly string[], where: string): Shape => ({ find, where, elements: find })

const shapes: readonly Shape[] = [
  plain(['?r', '?e'], '[?e :p/rank ?r]'),
  plain(['?n', '?g'], '[?e :p/name ?n] [?e :p/group ?g]'),
  plain(['?e', '?n', '?k'], '[?e :p/kind ?k] [?e :p/name ?n] [?e :p/group 3]'),
  plain(['?p', '?r'], '[?e :p/price ?p] [?e :p/rank ?r] [(< ?r 300)]'),
  plain(['?t', '?r', '?e'], '[?e :p/tags ?t] [?e :p/rank ?r] [(> ?t 2)]'),
  plain(['?r'], '[?e :p/rank ?r] (not [?e :p/group 2])'),
  plain(['?x', '?k'], '[?e :p/kind ?k] [?e :p/rank ?r] [(ground [1 "a" :b 2.5 nil]) [?x ...]]'),
  {
    find: ['?g', '(count ?e)', '(max ?r)'],
    elements: ['?g', '(count ?e)', '(max ?r)'],
    where: '[?e :p/group ?g] [?e :p/rank ?r]',
  },
]

/** As the documentation says it: by the order, and where that does not tell by the columns from the left. */
function naive(
  rows: readonly unknown[][],
  order: readonly (readonly [number, boolean])[],
): unknown[][] {
  const exact = (x: unknown): Value => fromPublic(x)
  return [...rows].sort((a, b) => {
    for (const [k, descending] of order) {
      const d = compareValues(exact(a[k]), exact(b[k]))
      if (d !== 0) return descending ? -d : d
    }
    for (let k = 0; k < a.length; k++) {
      const d = compareValues(exact(a[k]), exact(b[k]))
      if (d !== 0) return d
    }
    return 0
  })
}

test(`order, offset and limit at random are those of all rows, sorted and cut (SEED=${seed})`, () => {
  const complete = new Map<string, unknown[][]>()
  const views: Record<string, () => Db> = {
    now: () => db,
    early: () => asOf(db, early),
    odd: () => filter(db, (_, d) => d.e % 2 === 1),
  }
  fc.assert(
    fc.property(
      fc.nat(shapes.length - 1),
      fc.constantFrom('now', 'now', 'early', 'odd'),
      fc.array(fc.tuple(fc.nat(2), fc.boolean()), { minLength: 1, maxLength: 3 }),
      fc.oneof(fc.constant(null), fc.nat(40), fc.nat(4000)),
      fc.oneof(fc.constant(null), fc.nat(20), fc.nat(4000)),
      (at, viewName, terms, limit, offset) => {
        const shape = shapes[at] as Shape
        const view = (views[viewName] as () => Db)()
        const order = terms.map(([k, d]) => [k % shape.find.length, d] as const)
        const text = `[:find ${shape.find.join(' ')} :where ${shape.where}`
        const key = `${viewName} ${text}`
        const all = complete.get(key) ?? ask(`${text}]`, view)
        complete.set(key, all)
        const by = order.map(([k, d]) => `${shape.elements[k] ?? ''}${d ? ' :desc' : ''}`).join(' ')
        const cut = `${limit === null ? '' : ` :limit ${limit}`}${offset === null ? '' : ` :offset ${offset}`}`
        const got = ask(`${text} :order-by [${by}]${cut}]`, view)
        const from = offset ?? 0
        const wanted = naive(all, order).slice(from, limit === null ? undefined : from + limit)
        expect(got).toEqual(wanted)
      },
    ),
    { seed, numRuns: 250 },
  )
})

test('the index gives the first rows without the others being read', () => {
  const few = { datoms: entities / 2 }
  const run = (text: string, limits: typeof few | undefined = few): unknown =>
    query(text, [new Opaque('db', db)], { numbers: 'exact', functionOf: () => null, limits }).value
  const first = '[:find ?i ?n :where [?e :p/id ?i] [?e :p/name ?n] [?e :p/group ?g] :order-by [?i'
  expect(run(`${first}] :limit 2]`)).toEqual([
    [0, 'n0'],
    [1, 'n940'],
  ])
  expect(run(`${first} :desc] :limit 1 :offset 2]`)).toEqual([
    [entities - 3, ask(`[:find ?n . :where [?e :p/id ${entities - 3}] [?e :p/name ?n]]`)],
  ])
  expect(run('[:find ?i . :where [?e :p/id ?i] [?e :p/group 5] :order-by [?i :desc]]')).toBe(2994)
  expect(() => run(`${first}]]`)).toThrow(':yore/limit-exceeded')
  // what is rare is found in another way: the walk is given up
  const rare = '[:find ?i :where [?e :p/id ?i] [?e :p/name "n3"] :order-by [?i] :limit 2]'
  expect(run(rare)).toHaveLength(2)
})

test('a plan says that the index was walked in the order of the answer', () => {
  const trace = new Trace(() => 0)
  const text = '[:find ?i ?n :where [?e :p/id ?i] [?e :p/name ?n] :order-by [[?i :desc]] :limit 3]'
  query(text, [new Opaque('db', { ...db, facts: meteredIndex(db.facts, trace.meter) })], {
    numbers: 'exact',
    functionOf: () => null,
    trace,
  })
  const { steps, planning } = planOf(trace.query as TraceStep)
  expect(steps[0]?.clause).toBe(':order-by [?e :p/id ?i]')
  expect(steps[0]?.access.map((x) => [x.index, x.access])).toEqual([[':avet', 'scan']])
  expect(steps[0]?.rowsOut).toBeGreaterThanOrEqual(3)
  expect(steps[0]?.datoms).toBeGreaterThanOrEqual(3)
  expect(planning.datoms).toBe(0)
})
