/** After a job: what was in use before it is in memory again, the rest is not, and the cache keeps its bounds. */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import { createFactIndex } from '../create.ts'
import { presentView } from '../fact-index.ts'
import type { Change, FactIndex, Placement } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'
import { bringInUse, inUse } from './in-use.ts'
import { indexJob } from './job.ts'
import { openIndex } from '../open.ts'

const placement: Placement = { avet: true, vaet: false, column: 'value' }
const placementOf = (): Placement => placement
const [first, count, a, segmentSize] = [4 * 2 ** 42, 6400, 72, 64]

const key = (n: number): string => `key ${String(n).padStart(6, '0')}`

/** Entities from..to, each with a key. */
const asserted = (from: number, to: number, step: number, t: number): Change[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step).map((n) => ({
    kind: 'assert',
    fact: { e: first + n, a, v: key(n), t, end: never },
  }))

/** Even keys in segments that are not in memory, in a cache of so many bytes. */
function stored(bytesMax: number): { store: BlobStore; before: FactIndex } {
  const store = new BlobStore(bytesMax)
  const options = { jobs: 'caller', source: store.source, segmentSize } as const
  const all = createFactIndex([], placementOf, options).apply(asserted(0, count, 2, 1000))
  const { roots } = store.run(indexJob(all, { newId: store.newId }))
  store.source.drop()
  return { store, before: openIndex(roots, store.source, placementOf, { segmentSize }) }
}

function copied({ blobs }: BlobStore, bytesMax: number): BlobStore {
  const store = new BlobStore(bytesMax)
  for (const [id, bytes] of blobs) store.blobs.set(id, bytes)
  return store
}

/** What a job makes of the index with a key between any two. */
function after(store: BlobStore, before: FactIndex): FactIndex {
  const grown = before.apply(asserted(1, count, 2, 2000))
  const { roots } = store.run(indexJob(grown, { newId: store.newId }))
  return openIndex(roots, store.source, placementOf, { segmentSize })
}

function entityOf(index: FactIndex, n: number): number | null {
  const cursor = index.cursor('avet', rangeOf({ a, v: key(n) }), presentView)
  return cursor.next() ? cursor.e - first : null
}

const bring = (used: ReturnType<typeof inUse>, made: FactIndex): number =>
  [...bringInUse(used, made)].length

test('what was read before a job is here after it, the rest is away', () => {
  const { store, before } = stored(1e9)
  for (let n = 0; n < count / 4; n += 2) expect(entityOf(before, n)).toBe(n)
  const used = inUse(before)
  const made = after(store, before)
  store.source.drop()
  expect(bring(used, made)).toBeGreaterThan(10)
  expect(
    store.reads(() => {
      for (let n = 0; n < count / 4 - segmentSize; n++) expect(entityOf(made, n)).toBe(n)
    }),
  ).toBe(0)
  expect(store.reads(() => expect(entityOf(made, count - 1)).toBe(count - 1))).toBe(1)
})

test('what was brought and is read by nobody is not brought again', () => {
  const { store, before } = stored(1e9)
  for (let n = 0; n < count; n += 2) entityOf(before, n)
  const made = after(store, before)
  const used = inUse(before)
  store.source.drop()
  const n = bring(used, made)
  expect(n).toBeGreaterThan(50)
  const again = inUse(made)
  expect(entityOf(made, 0)).toBe(0)
  const once = inUse(made)
  store.source.drop()
  expect(bring(again, made)).toBe(0)
  expect(bring(once, made)).toBe(1)
})

test('of what was all live AVET is brought', () => {
  const store = new BlobStore(1e9)
  const options = { jobs: 'caller', source: store.source, segmentSize } as const
  const all = createFactIndex([], placementOf, options).apply(asserted(0, count, 1, 1000))
  const { roots } = store.run(indexJob(all, { newId: store.newId }))
  store.source.drop()
  const made = openIndex(roots, store.source, placementOf, { segmentSize })
  bring(inUse(all), made)
  expect(
    store.reads(() => {
      for (let n = 0; n < count; n += 50) expect(entityOf(made, n)).toBe(n)
    }),
  ).toBe(0)
  const of = rangeOf({ e: first })
  expect(store.reads(() => made.cursor('eavt', of, presentView).next())).toBe(1)
})

test('a small cache takes but a part of it, one of zero nothing, and what cannot be read is no error', () => {
  for (const bytesMax of [0, 60_000]) {
    const { store, before } = stored(1e9)
    for (let n = 0; n < count; n += 2) entityOf(before, n)
    const used = inUse(before)
    const grown = before.apply(asserted(1, count, 2, 2000))
    const { roots } = store.run(indexJob(grown, { newId: store.newId }))
    const small = copied(store, bytesMax)
    const made = openIndex(roots, small.source, placementOf, { segmentSize })
    const n = bring(used, made)
    expect(n > 0).toBe(bytesMax > 0)
    expect(small.source.counts().bytes).toBeLessThan(bytesMax / 2 + 1)
    const gone = copied(store, 1e9)
    const unreadable = openIndex(roots, gone.source, placementOf, { segmentSize })
    gone.blobs.clear()
    expect(bring(used, unreadable)).toBe(0)
  }
})
