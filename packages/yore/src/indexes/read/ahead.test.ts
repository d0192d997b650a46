/** What is fetched ahead: never what lies outside of what is asked, little for who stops soon, nothing that memory has no room for. */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import { createFactIndex } from '../create.ts'
import type { Change, FactIndex, PlacementOf } from '../fact-index.ts'
import { presentView } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'
import { indexJob } from '../jobs/job.ts'
import { openIndex } from '../open.ts'
import { SegmentSource } from '../stored/segment-source.ts'

const user = 4 * 2 ** 42
const age = 73
const placementOf: PlacementOf = () => ({ avet: false, vaet: false, column: 'long' })
const segmentSize = 100
const store = new BlobStore()
const changes = Array.from({ length: 20_000 }, (_, i): Change => {
  return { kind: 'assert', fact: { e: user + i, a: age, v: i % 90, t: 5, end: never } }
})
const options = { segmentSize, jobs: 'caller', source: store.source } as const
const { roots } = store.run(
  indexJob(createFactIndex([], placementOf, options).apply(changes), { newId: store.newId }),
)

/** The index with nothing in memory, and the blobs of each reading. */
function cold(bytesMax = 1e9, damaged: (id: string) => boolean = () => false) {
  const calls: string[][] = []
  const read = (ids: readonly string[]): (Uint8Array | null)[] => {
    calls.push([...ids])
    return ids.map((id) => (damaged(id) ? new Uint8Array(9) : (store.blobs.get(id) ?? null)))
  }
  const source = new SegmentSource(read, { name: 'a test', bytesMax })
  const index = openIndex(roots, source, placementOf, { segmentSize })
  calls.length = 0
  return { index, calls, blobs: () => calls.flat().length }
}

const from = (low: number, high: number) => ({
  low: { prefix: { a: age, e: user + low }, after: false },
  high: { prefix: { a: age, e: user + high }, after: false },
})
const columns = (index: FactIndex, low: number, high: number): number =>
  index.columns('aevt', from(low, high), presentView, { e: true }).n

test('a scan fetches twice as many each time, and none beyond its ends', () => {
  const { index, calls, blobs } = cold()
  expect(columns(index, 0, 20_000)).toBe(20_000)
  expect(blobs()).toBe(200)
  expect(new Set(calls.flat()).size).toBe(200)
  expect(calls.length).toBeLessThanOrEqual(14)
  expect(Math.max(...calls.map((ids) => ids.length))).toBeLessThanOrEqual(32)
  const some = cold()
  expect(columns(some.index, 5050, 6050)).toBe(1000)
  expect(some.blobs()).toBe(11)
})

test.each([false, true])('a cursor that stops soon has fetched little (backwards: %s)', (back) => {
  const { index, blobs } = cold()
  const cursor = index.cursor('aevt', rangeOf({ a: age }), presentView, back)
  for (let i = 1; i <= 2000; i++) {
    expect(cursor.next()).toBe(true)
    expect(cursor.e).toBe(user + (back ? 20_000 - i : i - 1))
    expect(blobs()).toBeLessThanOrEqual(Math.ceil(i / segmentSize) * 2)
  }
})

test('a probe fetches the segments of its keys, each once', () => {
  const { index, calls, blobs } = cold()
  const keys = Float64Array.from([5, 6, 150, 9010, 9011, 9950, 15_050, 19_990], (i) => user + i)
  expect(index.probe('aevt', age, keys, presentView, { v: true }).n).toBe(8)
  expect(blobs()).toBe(6)
  expect(calls).toHaveLength(1)
  const dense = cold()
  const all = Float64Array.from({ length: 10_000 }, (_, i) => user + 2 * i)
  expect(dense.index.probe('aevt', age, all, presentView, { v: true }).n).toBe(10_000)
  expect(dense.blobs()).toBe(200)
  expect(dense.calls.length).toBeLessThanOrEqual(7)
})

test('keys that are nowhere, before, between and behind what is there', () => {
  const { index, blobs } = cold()
  const keys = Float64Array.from([-7, 100.5, 19_999.5, 50_000], (i) => user + i)
  expect(index.probe('aevt', age, keys, presentView, { v: true }).n).toBe(0)
  expect(blobs()).toBeLessThanOrEqual(4)
})

test('nothing is fetched that would drive out what is needed', () => {
  for (const bytesMax of [0, 5000, 60_000]) {
    const { index, blobs } = cold(bytesMax)
    expect(columns(index, 0, 20_000)).toBe(20_000)
    // the segments at the ends are read for each question
    expect(blobs()).toBeLessThanOrEqual(210)
  }
})

test('damage is an error for who comes to it, not for who stops before', () => {
  const order = cold()
  columns(order.index, 0, 20_000)
  const bad = order.calls.flat()[6] as string
  const { index, calls } = cold(1e9, (id) => id === bad)
  const cursor = index.cursor('aevt', rangeOf({ a: age }), presentView)
  while (!calls.flat().includes(bad)) expect(cursor.next()).toBe(true)
  for (let i = 0; i < segmentSize; i++) expect(cursor.next()).toBe(true)
  expect(() => columns(index, 0, 20_000)).toThrow(/storage-corrupt/)
})
