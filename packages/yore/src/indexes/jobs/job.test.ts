/** What index jobs and opened indexes cost, in blobs and rows; attributes that are indexed later or keep no past; blobs that are not there. */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import type { Value } from '../../data/values.ts'
import { createFactIndex } from '../create.ts'
import type { JobOptions, JobResult } from '../stored/durable.ts'
import type { Change, FactIndex, Placement, PlacementOf, View } from '../fact-index.ts'
import { presentView } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'
import type { Order, Prefix } from '../facts/fact.ts'
import { indexJob } from './job.ts'
import { openIndex } from '../open.ts'
import { blobIdsOf } from '../stored/roots.ts'

const user = 4 * 2 ** 42
const [name, age, friend, other] = [72, 73, 74, 75]
const placements: Record<number, Placement> = {
  [name]: { avet: true, vaet: false, column: 'value' },
  [age]: { avet: false, vaet: false, column: 'long' },
  [friend]: { avet: false, vaet: true, column: 'ref' },
}
const placementOf: PlacementOf = (a) =>
  placements[a] ?? { avet: false, vaet: false, column: 'value' }

class Store extends BlobStore {
  index(index: FactIndex, options: Partial<JobOptions> = {}): JobResult {
    return this.run(indexJob(index, { newId: this.newId, ...options }))
  }
}

const assertion = (e: number, a: number, v: Value, t: number): Change => ({
  kind: 'assert',
  fact: { e: user + e, a, v, t, end: never },
})

function people(from: number, to: number, t: (i: number) => number): Change[] {
  const out: Change[] = []
  for (let i = from; i < to; i++) {
    out.push(
      assertion(i, name, `name ${String(i).padStart(8, '0')}`, t(i)),
      assertion(i, age, i % 90, t(i)),
      assertion(i, friend, user + ((i * 7919) % to), t(i)),
    )
  }
  return out
}

function all(index: FactIndex, order: Order, prefix: Prefix, view: View = presentView): Value[] {
  const cursor = index.cursor(order, rangeOf(prefix), view)
  const out: Value[] = []
  while (cursor.next()) out.push(cursor.v)
  return out
}

test('what is asked of an opened index reads no more blobs than it needs', () => {
  const store = new Store()
  const options = { segmentSize: 200 }
  const empty = createFactIndex([], placementOf, {
    jobs: 'caller',
    source: store.source,
    ...options,
  })
  const { roots } = store.index(empty.apply(people(0, 20_000, (i) => 1000 + i)))
  expect(store.reads(() => openIndex(roots, store.source, placementOf, options))).toBeLessThan(8)
  const index = openIndex(roots, store.source, placementOf, options)
  const e = user + 7777
  expect(store.reads(() => expect(all(index, 'eavt', { e, a: age })).toEqual([7777 % 90]))).toBe(1)
  expect(store.reads(() => expect(all(index, 'eavt', { e })).toHaveLength(3))).toBe(0)
  const v = 'name 00012345'
  expect(store.reads(() => expect(all(index, 'avet', { a: name, v })).toEqual([v]))).toBe(1)
  // the directory knows
  const counted = (): number => index.count('aevt', rangeOf({ a: age }), presentView)
  expect(store.reads(() => expect(counted()).toBe(20_000))).toBe(0)
  expect(store.reads(() => expect(index.stats().datoms).toBe(60_000))).toBe(0)
  // a probe reads the segments of its keys, each once
  store.source.drop()
  const keys = Float64Array.from([5, 6, 9010, 9011, 19_999], (i) => user + i)
  const probe = (): number => index.probe('aevt', age, keys, presentView, { v: true }).n
  expect(store.reads(() => expect(probe()).toBe(5))).toBe(3)
  // of 100 segments those are read that have something of the time
  store.source.drop()
  const early = { ...presentView, asOf: 1000 + 600 }
  const seen = (view: View): number =>
    index.columns('aevt', rangeOf({ a: age }), view, { e: true }).n
  expect(store.reads(() => expect(seen(early)).toBe(601))).toBe(4)
  const late = { ...presentView, since: 1000 + 19_900 }
  expect(store.reads(() => expect(seen(late)).toBe(99))).toBe(1)
  expect(store.reads(() => expect(all(index, 'aevt', { a: age }, early)).toHaveLength(601))).toBe(0)
  // an estimate goes by what is here, and reads nothing
  store.source.drop()
  const estimated = (a: number): readonly number[] => {
    const n: number[] = []
    expect(store.reads(() => n.push(index.distinctValues(a)))).toBe(0)
    return n
  }
  const [names] = estimated(name)
  expect(names).toBeGreaterThan(1000)
  expect(names).toBeLessThanOrEqual(20_000)
  all(index, 'aevt', { a: name })
  all(index, 'aevt', { a: age })
  expect(estimated(name)[0]).toBeGreaterThan(4000)
  expect(estimated(age)).toEqual([90])
})

test('a schema of many small attributes costs few blobs, and reads back', () => {
  const store = new Store()
  const placed: PlacementOf = () => ({ avet: true, vaet: false, column: 'long' })
  const empty = createFactIndex([], placed, { jobs: 'caller', source: store.source })
  const changes: Change[] = []
  for (let a = 100; a < 500; a++)
    for (let e = 0; e < 10; e++) changes.push(assertion(e, a, a + e, 5))
  const { index, roots } = store.index(empty.apply(changes))
  // three orders of 4000 facts; directories of two of them, and of the third
  expect(store.blobs.size).toBe(6)
  expect(new Set(blobIdsOf(roots, store.source))).toEqual(new Set(store.blobs.keys()))
  for (const a of [100, 333, 499]) {
    expect(all(index, 'aevt', { a })).toEqual(Array.from({ length: 10 }, (_, e) => a + e))
    expect(all(index, 'avet', { a, v: a + 3 })).toEqual([a + 3])
  }
  // one more fact of one of them waits in mid: nothing is written again
  const next = store.index(index.apply([assertion(77, 333, 1, 6)]))
  expect(next.replaced).toEqual([])
  expect(all(next.index, 'aevt', { a: 333 })).toHaveLength(11)
})

test('a job rewrites no more than twice the root of M·N, and next to nothing when it only appends', () => {
  const store = new Store()
  const segmentSize = 64
  let index = createFactIndex([], placementOf, {
    jobs: 'caller',
    source: store.source,
    segmentSize,
  })
  let s = 1
  const random = (): number => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32
  let jobs = 0
  for (let job = 0; job < 40; job++) {
    const changes: Change[] = []
    for (let i = 0; i < 500; i++) {
      changes.push(assertion(job * 500 + i, name, `key ${random()}`, job + 1))
    }
    const result = store.index(index.apply(changes))
    index = result.index
    for (const { name: order, live, stored, main, mid } of result.work) {
      if (live === 0) expect([main, mid]).toEqual([0, 0])
      else if (stored > 2000) {
        const rewritten = main + mid - live
        if (order === 'avet') {
          jobs++
          expect(rewritten).toBeLessThanOrEqual(2 * Math.sqrt(live * stored) + 2 * segmentSize)
        } else expect(rewritten, order).toBeLessThanOrEqual(2 * segmentSize)
      }
    }
  }
  expect(jobs).toBeGreaterThan(30)
  expect(all(index, 'avet', { a: name })).toHaveLength(20_000)
  const keys = all(index, 'aevt', { a: name }).map(String)
  expect(all(index, 'avet', { a: name })).toEqual(keys.sort((x, y) => (x < y ? -1 : 1)))
})

test('an attribute comes into AVET by a job, with what came while it ran', () => {
  for (const source of [null, new Store().source]) {
    const store = new Store()
    let index = createFactIndex([], placementOf, {
      jobs: 'caller',
      source: source === null ? null : store.source,
      segmentSize: 32,
    })
    index = store.index(index.apply(people(0, 300, () => 1))).index
    index = index.apply([{ kind: 'retract', fact: fact(3, age, 3, 1), t: 2 }])
    const indexed: PlacementOf = (a) => ({ ...placementOf(a), avet: a === name || a === age })
    // the schema says so already, and facts come and go
    const meanwhile = index
      .withPlacement(indexed)
      .apply([assertion(900, age, 5, 3), { kind: 'retract', fact: fact(4, age, 4, 1), t: 3 }])
    const result = store.index(meanwhile, { placementOf: indexed, reindex: [age] })
    const after = result.index.apply([{ kind: 'retract', fact: fact(5, age, 5, 1), t: 4 }])
    for (const at of [
      presentView,
      { ...presentView, history: true },
      { ...presentView, asOf: 2 },
    ]) {
      const inOrder = all(after, 'aevt', { a: age }, at).sort(
        (x, y) => (x as number) - (y as number),
      )
      expect(all(after, 'avet', { a: age }, at)).toEqual(inOrder)
    }
    expect(all(after, 'avet', { a: age, v: 5 })).toHaveLength(4)
  }
})

const fact = (e: number, a: number, v: Value, t: number) => ({ e: user + e, a, v, t, end: never })

test('a job leaves out what an attribute without history has of the past', () => {
  const store = new Store()
  let index = createFactIndex([], placementOf, {
    jobs: 'caller',
    source: store.source,
    segmentSize: 8,
  })
  const change = (a: number, n: number): void => {
    index = index.apply([assertion(1, a, 0, 1)])
    for (let i = 1; i <= n; i++) {
      const changes = [
        { kind: 'retract', fact: fact(1, a, i - 1, i), t: i + 1 } as const,
        assertion(1, a, i, i + 1),
      ]
      index = index.apply(changes)
    }
  }
  change(age, 50)
  change(other, 50)
  const history = { ...presentView, history: true }
  const counts = (): number[] =>
    [age, other].map((a) => all(index, 'eavt', { e: user + 1, a }, history).length)
  expect(counts()).toEqual([101, 101])
  const forgets: PlacementOf = (a) => ({ ...placementOf(a), noHistory: a === age })
  const forgetful = store.index(index, { placementOf: forgets }).index
  index = store.index(index).index
  expect(counts()).toEqual([101, 101])
  // what has become of the past before stays until it is written again
  index = index
    .withPlacement(forgets)
    .apply([{ kind: 'retract', fact: fact(1, age, 50, 51), t: 60 }, assertion(1, age, 51, 60)])
  expect(counts()).toEqual([103, 101])
  index = store.index(index).index
  expect(counts()).toEqual([101, 101])
  expect(all(index, 'eavt', { e: user + 1, a: age })).toEqual([51])
  index = forgetful
  expect(counts()).toEqual([1, 101])
  expect(index.stats().byAttribute.get(age)).toBe(1)
})

test('blobs that are gone or damaged are an error that names them, and the rest is read', () => {
  const store = new Store(0)
  const empty = createFactIndex([], placementOf, {
    jobs: 'caller',
    source: store.source,
    segmentSize: 256,
  })
  const { index } = store.index(empty.apply(people(0, 2000, () => 5)))
  const whole = all(index, 'aevt', { a: age })
  const read = (): string => {
    try {
      expect(all(index, 'aevt', { a: age })).toEqual(whole)
      return ''
    } catch (error) {
      return `${(error as Error).message}`
    }
  }
  let noticed = 0
  for (const [id, bytes] of Array.from(store.blobs)) {
    store.blobs.delete(id)
    const gone = read()
    const torn = bytes.slice()
    torn[20] = (torn[20] as number) ^ 8
    store.blobs.set(id, torn)
    const damaged = read()
    store.blobs.set(id, bytes)
    expect(gone === '').toBe(damaged === '')
    if (gone === '') continue
    noticed++
    expect(gone).toContain(':yore/storage-not-found')
    expect(damaged).toContain(':yore/storage-corrupt')
    for (const message of [gone, damaged]) expect(message).toContain(id)
    expect(all(index, 'eavt', { e: user + 5 }).length).toBe(3)
  }
  expect(noticed).toBe(8)
  expect(read()).toBe('')
})

test('a piece of a job makes one block at most, however much there is', () => {
  const store = new Store()
  const options = { jobs: 'caller', source: store.source, segmentSize: 100 } as const
  let index = createFactIndex([], placementOf, options).apply(people(0, 3000, (i) => 1000 + i))
  for (const [from, to] of [
    [3000, 4000],
    [4000, 4100],
  ] as const) {
    const job = indexJob(index, { newId: store.newId })
    let pieces = 0
    while (!job.step(0, () => 0)) {
      const blobs = job.take()
      pieces++
      expect(blobs.length).toBeLessThanOrEqual(1)
      store.put(blobs)
    }
    store.put(job.take())
    expect(pieces).toBeGreaterThan(store.blobs.size)
    index = job.result().index.apply(people(from, to, (i) => 9000 + i))
  }
})
