/**
 * What is a few look-ups is answered look-up by look-up, and the answer is what planning gives: random chains of patterns over present, past,
 * live, settled and filtered databases, with rules, constants, inputs of every kind, repeated variables and values that need conversion
 * among them, in every shape of an answer.
 */

import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { fromPublic } from '../../data/public.ts'
import { Instant, Opaque, Uuid, keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { asOf, filter, history, since } from '../../db/views.ts'
import { planOf } from '../plan/explain.ts'
import { forced } from '../plan/plan.ts'
import { Trace } from '../plan/trace.ts'
import type { TraceStep } from '../plan/trace.ts'
import { query } from '../query.ts'
import type { QueryOptions } from '../query.ts'
import { routed } from './run-route.ts'

const nodes = 50
const uuid = (i: number): string => `00000000-0000-4000-8000-0000000000${10 + i}`
let views: Record<string, Db> = {}

beforeAll(() => {
  const data = Array.from(
    { length: nodes },
    (_, i) =>
      `{:db/id "n${i}" :n/id ${i} :n/name "name ${i % 20}" :n/tag :t/k${i % 5} :n/score ${i % 3}.0
        :n/next "n${(i + 1) % nodes}" :n/to ["n${(i * 7) % nodes}" "n${i % 4}"] :n/size ${i % 9}
        :n/gid #uuid "${uuid(i)}" :n/at #inst "2020-01-${10 + (i % 9)}" :n/is ${i % 2 === 0}}`,
  )
  const first = after(
    freshDb(),
    `[${attribute(':n/id', 'long', ':db/unique :db.unique/identity')} ${attribute(':n/name', 'string', ':db/index true')}
      ${attribute(':n/tag', 'keyword')} ${attribute(':n/score', 'double', ':db/index true')}
      ${attribute(':n/gid', 'uuid', ':db/unique :db.unique/value')} ${attribute(':n/at', 'instant', ':db/index true')}
      ${attribute(':n/next', 'ref')} ${attribute(':n/to', 'ref*')} ${attribute(':n/size', 'long')} ${attribute(':n/is', 'boolean', ':db/index true')}]`,
    `[${data.join(' ')}]`,
  )
  const t = first.nextT - 1
  const db = after(
    first,
    '[[:db/add [:n/id 3] :n/name "name 4"] [:db/add [:n/id 5] :n/size 77] [:db/retractEntity [:n/id 20]] [:db/add [:n/id 9] :db/ident :the/nine]]',
    '[[:db/add [:n/id 3] :n/name "name 3"] [:db/retract [:n/id 1] :n/to [:n/id 7]]]',
  )
  const settled = { ...db, facts: db.facts.settled() }
  views = {
    present: db,
    settled,
    'as-of': asOf(db, t),
    'settled as-of': asOf(settled, t),
    since: since(db, t),
    'settled since': since(settled, t),
    history: history(db),
    'settled history': history(settled),
    filtered: filter(db, (_, { e }) => e % 3 !== 0),
  }
})

const starts = [
  '[?a :n/id 7]',
  '[?a :n/id 3]',
  '[?a :n/name "name 3"]',
  '[?a :n/name "none"]',
  '[?a :n/id ?in]',
  '[?a :n/name ?in]',
  '[?a :n/gid ?in]',
  '[?a :n/at ?in]',
  '[?a :n/to ?in]',
  '[?in :n/to ?a]',
  '[?a :n/tag ?in]',
  '[?a :n/score 1.0]',
  '[?a :n/score 0.0]',
  '[?a :n/is true]',
  '[?a :n/to [:n/id 2]]',
  '[[:n/id 11] :n/to ?a]',
  '[[:n/id 99] :n/to ?a]',
  '[[:n/id 12] :n/next ?a ?tx]',
  '[:the/nine :n/next ?a]',
  '(path ?in ?a)',
  '(path [:n/id 4] ?a)',
]
const steps = [
  '[?a :n/next ?b]',
  '[?b :n/next ?a]',
  '[?a :n/to ?b]',
  '[?c :n/to ?a]',
  '[?a :n/name ?n]',
  '[?b :n/name ?n]',
  '[?a :n/tag ?k]',
  '[?c :n/tag ?k]',
  '[?a :n/size ?s]',
  '[?b :n/size ?s ?tx]',
  '[?d :n/id ?s]',
  '[?a :n/score ?f]',
  '[?b :n/score ?f]',
  '[?a :n/at ?when]',
  '[?b :n/at ?when]',
  '[?c :n/gid ?g]',
  '[?a :n/to ?a]',
  '[?a :n/size _ ?tx ?op]',
  '[?b :n/size _ ?tx ?op]',
  '[?b :n/is ?op]',
  '[?tx :db/txInstant ?when]',
  '[?a ?attr ?n]',
  '[(< ?s 5)]',
  '(small ?a)',
  '[(inc ?s) ?t]',
  '[(ground 5) ?s]',
  '(not [?a :n/is true])',
  '(path ?a ?b)',
  '(near ?b ?c)',
  '[?a :n/size 3]',
  '[?a :n/size ?in]',
  '[?a :n/id ?id]',
  '[?a :n/id]',
  '[?z :n/id 30]',
]
const comparisons = [
  '[(<= 3 ?s)]',
  '[(> ?n "name 3")]',
  '[(>= ?k :t/k2)]',
  '[(!= ?k :t/k1)]',
  '[(not= ?b ?a)]',
  '[(= ?n "name 8")]',
  '[(= ?s ?in)]',
  '[(< ?in ?s)]',
  '[(!= ?f ?in)]',
  '[(= ?f ?in)]',
  '[(= ?f 1.0)]',
  '[(<= ?f ?s)]',
  '[(= ?s ?f)]',
  '[(> ?n ?s)]',
  '[(< ?when #inst "2020-01-14")]',
  '[(= ?s 4 ?s)]',
  '[(< ?in 9)]',
  '[(!= ?a ?a)]',
  '[(< ?a ?b)]',
  '[(<= ?a ?in)]',
  '[(> ?b 17592186045430)]',
  '[(!= ?n "name 3")]',
  '[(< ?tx ?in)]',
  '[(= ?g ?in)]',
  '[(= ?op true)]',
]
const rules =
  '[[(small ?x) [?x :n/size ?s] [(< ?s 6)] [(!= ?s 2)]] [(path ?x ?y) [?x :n/next ?z] [?z :n/next ?y]] [(near ?x ?y) [?x :n/next ?y]] [(near ?x ?y) [?y :n/next ?x]]]'

const inputs = fc.oneof(
  fc.integer({ min: 0, max: nodes + 2 }),
  fc.constantFrom<Value>(
    'name 3',
    'name 77',
    uuid(3),
    new Uuid(uuid(5)),
    uuid(3).toUpperCase(),
    keyword(':the/nine'),
    ':the/nine',
    ':no/body',
    keyword(':t/k1'),
    ':t/k1',
    ['n', 1],
    [keyword(':n/id'), 7],
    [':n/id', 8],
    [keyword(':n/id'), 777],
    [keyword(':n/size'), 7],
    new Instant(Date.UTC(2020, 0, 12)),
    2.5,
    -0,
    true,
    null,
    2n,
  ),
)

const finds: readonly ((shown: readonly string[]) => string)[] = [
  (shown) => shown.join(' '),
  (shown) => `${shown.join(' ')} ?in`,
  (shown) => `[${String(shown[0])} ...]`,
  (shown) => `(count ${String(shown[0])}) (count-distinct ${String(shown.at(-1))})`,
  (shown) => `(pull ${String(shown[0])} [:n/id :n/name])`,
]

interface Case {
  readonly text: string
  readonly input: Value
  readonly view: string
  readonly numbers: 'exact' | 'js'
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    start: fc.constantFrom(...starts),
    steps: fc.shuffledSubarray(steps, { maxLength: 5 }),
    compared: fc.shuffledSubarray(comparisons, { maxLength: comparisons.length }),
    order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    shown: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
    find: fc.constantFrom(...finds),
    tail: fc.constantFrom('', '', '', ':limit 2 :order-by'),
    input: inputs,
    view: fc.constantFrom('present', 'settled', 'settled', ...viewNames()),
    numbers: fc.constantFrom('exact' as const, 'js' as const),
  })
  .map(({ start, steps: chosen, compared, order, shown, find, tail, input, view, numbers }) => {
    const bound = `?in ${start} ${chosen.join(' ')}`
    const can = compared.filter((c) => c.match(/\?[a-z]+/g)?.every((v) => bound.includes(v)))
    const clauses = [start, ...chosen, ...can.slice(0, (order[7] as number) % 3)]
    clauses.forEach((_, i) => {
      const k = (order[i] as number) % clauses.length
      const x = clauses[i] as string
      clauses[i] = clauses[k] as string
      clauses[k] = x
    })
    const names = [...new Set(clauses.join(' ').match(/\?[a-z]+/g) ?? [])].filter(
      (v) => v !== '?in',
    )
    const all = names.length === 0 ? ['?in'] : names
    const some = [...new Set(shown.map((k) => all[k % all.length] as string))]
    const what = find(some)
    const isRelation = !what.includes('(') && !what.includes('...')
    const end = tail === '' || !isRelation ? '' : ` ${tail} [${some.join(' ')}]`
    const text = `[:find ${what} :in $ % ?in :where ${clauses.join(' ')}${end}]`
    return { text, input, view, numbers }
  })

function viewNames(): string[] {
  return [
    'as-of',
    'settled as-of',
    'since',
    'settled since',
    'history',
    'settled history',
    'filtered',
  ]
}

function answered({ text, input, view, numbers }: Case, more: Partial<QueryOptions> = {}): string {
  const options = { numbers, functionOf: () => null, ...more } as const
  try {
    const db = new Opaque('db', views[view] as Db)
    const { value } = query(text, [db, rules, input], options)
    if (!Array.isArray(value)) return show(value)
    const rows = value.map(show)
    return (text.includes(':order-by') ? rows : rows.sort()).join('\n')
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === undefined) throw error
    // of several rows that are refused, which one is first is nobody's business
    return `${code} ${message.replace(/'name \d+'/, 'a name')}`
  }
}

const show = (x: unknown): string =>
  JSON.stringify(x, (_, y: unknown) =>
    typeof y === 'bigint' ? `${y}n` : Object.is(y, -0) ? '-0' : y,
  )

function planned(c: Case): string {
  forced.choose = () => -1
  try {
    return answered(c)
  } finally {
    forced.choose = null
  }
}

test('chains of patterns give what planning them gives', () => {
  const before = { ...routed }
  fc.assert(
    fc.property(cases, (c) => {
      expect(answered(c)).toBe(planned(c))
      // along the same way, but counted
      expect(answered(c, { limits: { datoms: 1e6 } })).toBe(planned(c))
    }),
    { numRuns: 1500 },
  )
  expect(routed.legs - before.legs).toBeGreaterThan(1000)
  expect(routed.checks - before.checks).toBeGreaterThan(200)
  expect(routed.answers - before.answers).toBeGreaterThan(100)
})

test.each([
  ['=', '?f', 1, 1],
  ['!=', 1, '?f', 0],
  ['=', '?s', 7, 1],
  ['<', '?f', 7, 1],
])('a comparison with what a program gives: %s %s %s', (name, x, y, n) => {
  const text = [':find', '?a', ':in', '$', '?in', ':where', ['?a', ':n/id', '?in']]
  const all = [...text, ['?a', ':n/score', '?f'], ['?a', ':n/size', '?s'], [[name, x, y]]]
  const asked = (): unknown => {
    const inputs = [new Opaque('db', views['settled'] as Db), 7]
    return query(fromPublic(all), inputs, { numbers: 'js', functionOf: () => null }).value
  }
  const before = routed.answers
  const found = asked()
  expect(found).toHaveLength(n)
  expect(routed.answers - before).toBe(1)
  forced.choose = () => -1
  expect(asked()).toEqual(found)
  forced.choose = null
})

test('comparisons are shown where they are made', () => {
  const text =
    '[:find ?n :in $ ?in :where [(> ?s 3)] [?a :n/id ?in] [?a :n/size ?s] [?a :n/name ?n] [(< ?n ?n)]]'
  const trace = new Trace(() => 0)
  const inputs = [new Opaque('db', views['present'] as Db), 7]
  query(text, inputs, { numbers: 'js', functionOf: () => null, trace })
  const { steps } = planOf(trace.query as TraceStep)
  expect(steps.map((s) => [s.clause, s.rowsIn, s.rowsOut, s.estimatedRows])).toEqual([
    ['[?a :n/id ?in]', 0, 1, null],
    ['[?a :n/size ?s]', 1, 1, null],
    ['[(> ?s 3)]', 1, 1, null],
    ['[?a :n/name ?n]', 1, 1, null],
    ['[(< ?n ?n)]', 1, 0, null],
  ])
})

test.each([
  ['?n .', '', 'name 7'],
  ['[?n ?x]', '', ['name 7', 7]],
  ['?none .', '[?a :db/ident ?none]', null],
])('one row: %s', (find, clause, row) => {
  const text = `[:find ${find} :in $ ?in :where [?a :n/id ?in] [?a :n/name ?n] [?a :n/id ?x] ${clause}]`
  const asked = (): unknown =>
    query(text, [new Opaque('db', views['settled'] as Db), 7], {
      numbers: 'js',
      functionOf: () => null,
    }).value
  const before = routed.answers
  expect(asked()).toEqual(row)
  expect(routed.answers - before).toBe(1)
  forced.choose = () => -1
  expect(asked()).toEqual(row)
  forced.choose = null
})

test.each([
  ['[:find ?n . :in $ % ?in :where [?a :n/id ?in] [?a :n/name ?n]]', 2, 1],
  [
    '[:find ?x ?n :in $ % ?in :where [?b :n/name ?n] [?a :n/id ?in] [?a :n/next ?b] [?b :n/to ?x]]',
    4,
    1,
  ],
  ['[:find ?n :in $ % ?in :where [?a :n/id ?in] (path ?a ?b) [?b :n/name ?n]]', 4, 1],
  ['[:find ?a :in $ % ?in :where [?a :n/name "name 3"]]', 1, 1],
  // comparisons are made on the way
  [
    '[:find ?n . :in $ % ?in :where [?a :n/id ?in] [?a :n/size ?s] [(> ?s 3)] [?a :n/name ?n]]',
    3,
    1,
  ],
  [
    '[:find ?n . :in $ % ?in :where [(> 3 ?s)] [?a :n/id ?in] [?a :n/size ?s] [?a :n/name ?n]]',
    2,
    1,
  ],
  ['[:find ?b :in $ % ?in :where [?a :n/id ?in] [?a :n/to ?b] [(!= ?a ?b)] (small ?b)]', 3, 1],
  ['[:find ?s :in $ % ?in :where [?a :n/id ?in] [?a :n/size ?s] [(= ?s ?in)]]', 2, 1],
  // of anything else and of other functions they are not, nor of what is given alone
  ['[:find ?s :in $ % ?in :where [?a :n/id ?in] [?a :n/size ?s] [(even? ?s)]]', 2, 0],
  ['[:find ?s :in $ % ?in :where [?a :n/id ?in] [?a :n/size ?s] [(= ?s 7 ?s)]]', 2, 0],
  ['[:find ?s :in $ % ?in :where [?a :n/id ?in] [?a :n/size ?s] [(< ?in 9)]]', 2, 0],
  // what is more than shown
  ['[:find (pull ?a [*]) :in $ % ?in :where [?a :n/id ?in]]', 1, 0],
  ['[:find (count ?b) . :in $ % ?in :where [?a :n/id ?in] [?a :n/to ?b]]', 2, 0],
  ['[:find ?b :in $ % ?in :where [?a :n/id ?in] [?a :n/to ?b] (not [?b :n/id 3])]', 2, 0],
  // what needs conversion or comparison is planned, and what has no key
  ['[:find ?a :in $ % ?in :where [?a :n/score 0.0]]', 0, 0],
  ['[:find ?a :in $ % ?in :where [?a :n/tag :t/k1]]', 0, 0],
  ['[:find ?a :in $ % ?in :where [?a :n/to ?a]]', 0, 0],
  ['[:find ?a :in $ % ?in :where [?a :n/score 1.0] [?a :n/id ?in]]', 1, 0],
  // what has nothing to do with several rows would multiply them
  ['[:find ?a ?b :in $ % ?in :where [?a :n/name "name 3"] [?b :n/name "name 4"]]', 1, 0],
])('%s: %d patterns are read so, %d answers', (text, legs, answers) => {
  const asked = { text, input: 7, view: 'present', numbers: 'js' } as const
  answered(asked)
  const before = { ...routed }
  answered(asked)
  expect({ legs: routed.legs - before.legs, answers: routed.answers - before.answers }).toEqual({
    legs,
    answers,
  })
})

test('too much work is left to the planner, with what was found', () => {
  const many = Array.from(
    { length: 300 },
    (_, i) => `{:db/id "m${i}" :n/id ${1000 + i} :n/next "hub"}`,
  )
  const text = '[:find ?id :in $ % ?in :where [?h :n/id ?in] [?a :n/next ?h] [?a :n/id ?id]]'
  views['hub'] = after(views['present'] as Db, `[{:db/id "hub" :n/id 900} ${many.join(' ')}]`)
  const before = { ...routed }
  const asked = { text, input: 900, view: 'hub', numbers: 'js' } as const
  const found = answered(asked)
  expect(found.split('\n')).toHaveLength(300)
  expect(found).toBe(planned(asked))
  expect(routed.answers).toBe(before.answers)
  expect(routed.legs - before.legs).toBeGreaterThan(0)
})

test('budgets hold along a route', () => {
  const text = '[:find ?n :in $ % ?in :where [?a :n/id ?in] [?a :n/next ?b] [?b :n/name ?n]]'
  const asked = { text, input: 7, view: 'settled', numbers: 'js' } as const
  expect(answered(asked, { limits: { datoms: 3 } })).toBe('["name 8"]')
  expect(answered(asked, { limits: { datoms: 2 } })).toContain(':yore/limit-exceeded')
  expect(answered(asked, { signal: AbortSignal.abort() })).toContain(':yore/cancelled')
  expect(answered(asked, { limit: 0 })).toBe('')
  let now = 0
  expect(answered(asked, { timeoutMs: 10, monotonicMs: () => now++ })).toBe('["name 8"]')
})
