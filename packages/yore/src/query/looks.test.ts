/**
 * How much kernels do between two words to the budget: counted, not timed. A loop that says nothing makes a pause as long as it has rows.
 * What is counted are the words (`tick`) of a pass over so many rows, and the most that one word tells of.
 */

import { afterEach, expect, test, vi } from 'vitest'
import { after, attribute, failureOf, freshDb } from '../../../../test/oracle/tx.ts'
import { Budget } from '../base/budget.ts'
import { createFactIndex } from '../indexes/create.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { Placement, View, Watch } from '../indexes/fact-index.ts'
import { never, rangeOf } from '../indexes/facts/fact.ts'
import type { Fact } from '../indexes/facts/fact.ts'
import { Weave } from '../indexes/read/weave.ts'
import { Guard } from './guard.ts'
import { portion } from './columns/portions.ts'
import { query } from './query.ts'
import type { QueryOptions } from './query.ts'
import { GrowingCoder, GrowingColumn } from './columns/row-set.ts'
import { walkEach } from './rules/walk-each.ts'
import type { Adjacency } from './rules/walk-each.ts'
import { Opaque } from '../data/values.ts'
import type { Value } from '../data/values.ts'

/** What it was told of at once, at most, and how often. */
class Told implements Watch {
  times = 0
  most = 0
  read(datoms: number): void {
    this.tick(datoms)
  }
  tick(work: number): void {
    this.times++
    if (work > this.most) this.most = work
  }
}

function guardTelling(told: Told): Guard {
  const guard = new Guard({ timeoutMs: 0, monotonicMs: null, signal: null })
  vi.spyOn(guard, 'tick').mockImplementation((work) => told.tick(work))
  return guard
}

afterEach(() => {
  vi.restoreAllMocks()
})

const nodes = 200_000

/** Each node has an edge to the next. */
const chain: Adjacency = {
  starts: Int32Array.from({ length: nodes + 1 }, (_, i) => Math.min(i, nodes - 1)),
  targets: Int32Array.from({ length: nodes - 1 }, (_, i) => i + 1),
}

test.each([true, false])('one long walk, steps first: %s', (stepsFirst) => {
  const told = new Told()
  const pairs = walkEach(nodes, Int32Array.of(0), chain, chain, stepsFirst, guardTelling(told))
  expect(pairs.n).toBe(nodes - 1)
  expect(told.times).toBeGreaterThanOrEqual(Math.floor(nodes / 8192))
  // the pairs of a source come as a whole: copied, which takes no time
  expect(told.most).toBeLessThanOrEqual(nodes + 8192)
})

test('many short walks, and the columns of their pairs', () => {
  const told = new Told()
  const guard = guardTelling(told)
  const sources = Int32Array.from({ length: 2000 }, (_, i) => nodes - 101 + (i % 100))
  const pairs = walkEach(nodes, sources, chain, chain, false, guard)
  expect(pairs.n).toBe(20 * 5050)
  expect(told.times).toBeGreaterThanOrEqual(Math.floor((2 * pairs.n) / 8192) - 1)
  expect(told.most).toBeLessThanOrEqual(2 * 8192)
  const column = new GrowingColumn()
  const ids: { kind: 'number'; type: 'ref'; data: Float64Array } = {
    kind: 'number',
    type: 'ref',
    data: Float64Array.from({ length: nodes }, (_, i) => i),
  }
  for (let i = 0; i < nodes; i++) column.push(ids, i)
  told.most = told.times = 0
  expect(pairs.column(column, 'right', guard).data.length).toBe(pairs.n)
  expect(told.times).toBeGreaterThanOrEqual(pairs.n >> 15)
  told.most = told.times = 0
  new GrowingCoder().codes(ids, nodes, guard)
  expect(told.times).toBe(Math.ceil(nodes / portion))
  expect(told.most).toBe(portion)
})

test('weaving tells of every few thousand rows, for each column', () => {
  const told = new Told()
  const n = 50_000
  const weave = new Weave(n, 0, 2 * n, told)
  for (let i = 0; i < 2 * n; i++) weave.add(i)
  const numbers = new Float64Array(n)
  weave.numbers(numbers, numbers)
  weave.values(
    { kind: 'value', data: Array.from(numbers) },
    { kind: 'value', data: Array.from(numbers) },
  )
  expect(told.times).toBe(2 * Math.ceil((2 * n) / 4096))
})

const a = 70
const placementOf = (): Placement => ({ avet: false, vaet: false, column: 'long' })

test('histories and windows of time tell of every few thousand rows, for each pass over them', () => {
  const facts: Fact[] = []
  for (let e = 0; e < 4000; e++) {
    for (let k = 0; k < 10; k++) {
      facts.push({ e, a, v: 10 * e + k, t: 10 * k, end: k === 9 ? never : 10 * k + 10 })
    }
  }
  const index = createFactIndex(facts, placementOf)
  const wanted = { e: true, a: true, v: true, t: true, added: true }
  const rows = 4000 * 19
  const told = new Told()
  const view: View = { ...presentView, history: true }
  expect(index.columns('aevt', rangeOf({ a }), view, { ...wanted, watch: told }).n).toBe(rows)
  // five columns are made, past and present are read and compared before
  expect(told.times).toBeGreaterThanOrEqual(Math.floor((5 * rows + 3 * facts.length) / 4096))
  expect(told.most).toBeLessThanOrEqual(2 * 4096)
})

test('queries over many rows tell of every portion', () => {
  const n = 150_000
  const rows = Array.from({ length: n }, (_, i): Value => [i, i % 1000, `n${i % 777}`])
  const tick = vi.spyOn(Budget.prototype, 'tick')
  const options = { numbers: 'exact', functionOf: () => null } as const
  for (const [text, passes] of [
    ['[:find ?k ?n :in [[?i ?k ?n]]]', 2],
    ['[:find ?i ?m :in [[?i ?k ?n]] :where [(* ?i 2.5) ?m]]', 2],
    ['[:find ?i ?n :in $r :where [$r ?i 7 ?n]]', 1],
    ['[:find ?i ?k :in $r ?k :where [$r ?i ?k "n7"]]', 1],
  ] as const) {
    tick.mockClear()
    query(text, text.includes('$r ?k ') ? [rows, 7] : [rows], options)
    expect(tick.mock.calls.length, text).toBeGreaterThanOrEqual((passes * n) / portion)
  }
})

test.each([
  ['a match that tries everything', '[(re-pattern "(a|b|ab|.)*z") ?re] [(re-find ?re ?text) ?x]'],
  ['many short matches', '[(re-pattern "(a+)b") ?re] [(re-seq ?re ?long) [?x ...]]'],
  ['a long range', '[(range 900000) ?x]'],
  ['ranges one after another', '[(range 30) [?i ...]] [(+ 30000 ?i) ?n] [(range ?n) [?x ...]]'],
  ['a sort', '[(range 200000) ?r] [(reverse ?r) ?q] [(sort ?q) ?x]'],
  ['counting', '[(range 300000) ?r] [(frequencies ?r) ?x]'],
  ['functions of functions', '[(range 300000) ?r] [(map inc ?r) ?q] [(filter odd? ?q) ?x]'],
])('one call of a function hears of the time: %s', (_, where) => {
  const text = 'ab'.repeat(40)
  const long = 'aab '.repeat(20_000)
  let clock = 0
  // each look takes a millisecond: time is up after so many
  const limited = (timeoutMs: number): QueryOptions => ({
    numbers: 'exact',
    functionOf: () => null,
    timeoutMs,
    monotonicMs: () => (clock += 1),
  })
  const form = `[:find (count ?x) . :in ?text ?long :where ${where}]`
  const failed = failureOf(() => query(form, [text, long], limited(25)))
  expect(failed.code).toBe(':yore/timeout')
})

test('one search hears of the time, and what it has begun leaves nothing behind', () => {
  const words = Array.from({ length: 4000 }, (_, i) => `{:p/text "word${i} some text of ${i * 7}"}`)
  const made = after(
    freshDb(),
    `[${attribute(':p/text', 'string', ':db/fulltext true')}]`,
    `[${words.join(' ')}]`,
  )
  let clock = 0
  const search = (options: Partial<QueryOptions>, text: string): unknown =>
    query(
      '[:find (count ?e) . :in $ ?s :where [(fulltext $ :p/text ?s) [[?e]]]]',
      [new Opaque('db', made), text],
      { numbers: 'exact', functionOf: () => null, ...options },
    ).value
  const limits = { timeoutMs: 20, monotonicMs: () => (clock += 1) }
  for (const text of ['word1~0.2', 'wo?d1*', '[a TO z]']) {
    expect(failureOf(() => search(limits, text)).code).toBe(':yore/timeout')
  }
  expect(search({}, 'some')).toBe(4000)
  expect(failureOf(() => search(limits, 'word1~0.2 OR text OR some OR w*')).code).toBe(
    ':yore/timeout',
  )
})

test('a query within a function of a query has a budget of its own, and leaves the outer one its own', () => {
  let clock = 0
  const inner = { numbers: 'exact', functionOf: () => null } as const
  const outer: QueryOptions = {
    numbers: 'exact',
    functionOf: (name) =>
      name === 'my/inner'
        ? () =>
            query('[:find (count ?x) . :in ?n :where [(range ?n) ?x]]', [100_000], inner)
              .value as Value
        : null,
    timeoutMs: 25,
    monotonicMs: () => (clock += 1),
  }
  const text = '[:find ?n . :in ?k :where [(my/inner ?k) ?n]]'
  expect(query(text, [1], outer).value).toBe(1)
  const long =
    '[:find (count ?x) . :in ?k :where [(my/inner ?k) ?n] [(* ?n 900000) ?m] [(range ?m) ?x]]'
  expect(failureOf(() => query(long, [1], outer)).code).toBe(':yore/timeout')
})
