/** Rough counts: they read nothing, are exact where they can be, and are never further off than the segments at a range's ends. */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import {
  pick,
  placementOf,
  randomOf,
  randomRange,
  randomView,
  transaction,
  user,
} from '../../../../../test/oracle/index-world.ts'
import { NaiveIndex } from '../../../../../test/oracle/naive-index.ts'
import { createFactIndex } from '../create.ts'
import type { Change, FactIndex } from '../fact-index.ts'
import { presentView } from '../fact-index.ts'
import { never, orders, rangeOf } from '../facts/fact.ts'
import { indexJob } from '../jobs/job.ts'

const segmentSize = 20
const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
const entities = Array.from({ length: 150 }, (_, i) => user + 2 + 3 * i)

/** An index whose current facts are in main, in mid and live. */
function worldOf(random: (n: number) => number): { store: BlobStore; index: FactIndex; n: number } {
  const store = new BlobStore()
  const options = { segmentSize, jobs: 'caller', source: store.source } as const
  let index = createFactIndex([], placementOf, options)
  let naive = new NaiveIndex([], placementOf)
  for (const [t, size] of [800, 30, 100, 20].entries()) {
    const changes = transaction(random, naive, t + 2, size, entities)
    naive = naive.apply(changes) as NaiveIndex
    index = index.apply(changes)
    if (t < 3) ({ index } = store.run(indexJob(index, { newId: store.newId })))
  }
  return { store, index, n: naive.facts.length }
}

test(`they read nothing, and are off by no more than the segments at the ends (SEED=${seed})`, () => {
  const random = randomOf(seed)
  const { store, index, n } = worldOf(random)
  const { facts } = worldFacts(index)
  let exact = 0
  for (let i = 0; i < 2000; i++) {
    if (i % 50 === 0) store.source.drop()
    const order = pick(random, orders)
    const range = randomRange(random, facts, order)
    const view = random(2) === 0 ? presentView : randomView(random, 6)
    let rough = NaN
    const ask = (): number => (rough = index.roughCount(order, range, view))
    expect(store.reads(ask)).toBe(0)
    const note = `${i}: ${order} ${JSON.stringify([range, view], (_, x) => (typeof x === 'number' || typeof x === 'bigint' ? `${x}` : x))}`
    expect(rough, note).toBeGreaterThanOrEqual(0)
    expect(rough, note).toBeLessThanOrEqual(2 * n)
    const cold = rough
    if (random(3) === 0) continue
    const count = index.count(order, range, view)
    // two ends in main and mid, of what is current and, in another view, of what is past
    const ends = 2 * 2 * segmentSize * 1.5 * (view === presentView ? 1 : 3)
    expect(Math.abs(cold - count), note).toBeLessThanOrEqual(ends)
    // what was read to count is in memory
    ask()
    expect(rough, note).toBe(count)
    if (cold === count) exact++
  }
  expect(exact).toBeGreaterThan(200)
})

function worldFacts(index: FactIndex): NaiveIndex {
  const cursor = index.cursor('eavt', {}, presentView)
  const changes: Change[] = []
  while (cursor.next()) {
    const { e, a, v, t } = cursor
    changes.push({ kind: 'assert', fact: { e, a, v, t, end: never } })
  }
  return new NaiveIndex([], placementOf).apply(changes) as NaiveIndex
}

test('in memory they are exact', () => {
  const random = randomOf(seed)
  const naive = new NaiveIndex([], placementOf)
  const changes = transaction(random, naive, 2, 500, entities)
  const index = createFactIndex([], placementOf, { segmentSize }).apply(changes).settled()
  for (let i = 0; i < 300; i++) {
    const order = pick(random, orders)
    const range = randomRange(random, worldFacts(index).facts, order)
    expect(index.roughCount(order, range, presentView)).toBe(index.count(order, range, presentView))
  }
})

test('what is not in memory is guessed by what lies beside it', () => {
  const store = new BlobStore()
  const options = { segmentSize: 1000, jobs: 'caller', source: store.source } as const
  const [age, name] = [1, 2]
  const changes = Array.from({ length: 20_000 }, (_, i): Change[] => [
    { kind: 'assert', fact: { e: user + i, a: age, v: i % 100, t: 5, end: never } },
    { kind: 'assert', fact: { e: user + i, a: name, v: `name ${i % 5000}`, t: 5, end: never } },
  ]).flat()
  const empty = createFactIndex([], placementOf, options)
  const { index } = store.run(indexJob(empty.apply(changes), { newId: store.newId }))
  store.source.drop()
  const rough = (a: number, low: number | string, high = low): number => {
    const range = {
      low: { prefix: { a, v: low }, after: false },
      high: { prefix: { a, v: high }, after: true },
    }
    return index.roughCount('avet', low === high ? rangeOf({ a, v: low }) : range, presentView)
  }
  const reads = store.reads(() => {
    // of 200 each; 5 ages in a segment
    expect(rough(age, 42)).toBeGreaterThan(100)
    expect(rough(age, 42)).toBeLessThan(400)
    expect(rough(age, 20, 39)).toBeGreaterThan(3000)
    expect(rough(age, 20, 39)).toBeLessThan(5000)
    expect(rough(age, 200)).toBeLessThan(40)
    // of 4 each
    expect(rough(name, 'name 77')).toBeLessThan(100)
    expect(rough(name, 'name 1', 'name 3')).toBeGreaterThan(5000)
    expect(rough(name, 'name 1', 'name 3')).toBeLessThan(12_000)
  })
  expect(reads).toBe(0)
})
