/** The cache of segments: what it holds stays within its bytes, what is used stays, and nothing is read twice that is here. */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import { Random } from '../../../../../test/oracle/random.ts'
import { createFactIndex } from '../create.ts'
import { presentView } from '../fact-index.ts'
import type { Change, FactIndex, Placement } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'
import { indexJob } from '../jobs/job.ts'
import { openIndex } from '../open.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`segment-source: SEED=${seed}`)
const placement: Placement = { avet: false, vaet: false, column: 'value' }
const placementOf = (): Placement => placement
const segmentSize = 64
const [first, count, a] = [4 * 2 ** 42, 6400, 72]

/** 100 segments of strings in a cache of so many bytes, with nothing read yet. */
function made(bytesMax: number): { store: BlobStore; open: () => FactIndex } {
  const store = new BlobStore(bytesMax)
  const options = { jobs: 'caller', source: store.source, segmentSize } as const
  const facts = Array.from({ length: count }, (_, i) => ({
    e: first + i,
    a,
    v: `value ${i} ${'x'.repeat(i % 40)}`,
    t: 1000,
    end: never,
  }))
  const changes = facts.map((fact): Change => ({ kind: 'assert', fact }))
  const { roots } = store.run(
    indexJob(createFactIndex([], placementOf, options).apply(changes), { newId: store.newId }),
  )
  store.source.drop()
  return { store, open: () => openIndex(roots, store.source, placementOf, { segmentSize }) }
}

/** Reads the value of the nth entity. */
function value(index: FactIndex, n: number): unknown {
  const cursor = index.cursor('eavt', rangeOf({ e: first + n }), presentView)
  return cursor.next() ? cursor.v : null
}

const isRight = (index: FactIndex, n: number): void =>
  expect(value(index, n)).toBe(`value ${n} ${'x'.repeat(n % 40)}`)

test('what is here is not read again, by whatever index it is asked for', () => {
  const { store, open } = made(1e9)
  const [one, other] = [open(), open()]
  expect(store.reads(() => isRight(one, 100))).toBe(1)
  for (let n = 64; n < 256; n++) isRight(one, n)
  expect(
    store.reads(() => {
      for (let n = 64; n < 256; n++) isRight(n % 3 === 0 ? one : other, n)
    }),
  ).toBe(0)
  const { blocks } = store.source.counts()
  store.source.drop()
  expect(store.source.counts()).toMatchObject({ blocks: 0, bytes: 0, drops: expect.any(Number) })
  expect(blocks).toBeGreaterThan(0)
  expect(store.reads(() => isRight(other, 100))).toBe(1)
})

test('what is used stays, and what is not makes room', () => {
  const { store, open } = made(100_000)
  const index = open()
  let again = 0
  for (let n = 0; n < count; n += segmentSize) {
    isRight(index, n)
    again += store.reads(() => isRight(index, 5))
  }
  const { bytes, drops, blocks } = store.source.counts()
  expect(bytes).toBeLessThanOrEqual(100_000)
  expect(drops).toBeGreaterThan(50)
  expect(blocks).toBeGreaterThan(5)
  expect(again).toBeLessThanOrEqual(2)
})

test('of a reading that failed nothing stays', () => {
  const { store, open } = made(1e9)
  const index = open()
  const all = new Map(store.blobs)
  isRight(index, 0)
  store.blobs.clear()
  const before = store.source.counts()
  for (let i = 0; i < 3; i++) expect(() => value(index, 3000)).toThrow(':yore/storage-not-found')
  for (const [id, bytes] of all)
    store.blobs.set(
      id,
      bytes.map((b, i) => (i === 40 ? b ^ 1 : b)),
    )
  expect(() => value(index, 3000)).toThrow(':yore/storage-corrupt')
  const { blocks, bytes } = store.source.counts()
  expect([blocks, bytes]).toEqual([before.blocks, before.bytes])
  for (const [id, bytesThere] of all) store.blobs.set(id, bytesThere)
  isRight(index, 3000)
})

test.each([0, 20_000, 150_000])('random reading keeps the books right in %i bytes', (bytesMax) => {
  const { store, open } = made(bytesMax)
  const indexes = [open(), open(), open()]
  const random = new Random(seed)
  for (let i = 0; i < 2000; i++) {
    isRight(indexes[random.int(3)] as FactIndex, random.int(count))
    if (random.int(50) === 0) {
      store.source.drop([...store.blobs.keys()].filter(() => random.int(3) === 0))
    }
    const { bytes, blocks } = store.source.counts()
    expect(bytes, `seed ${seed}`).toBeLessThanOrEqual(bytesMax)
    expect(blocks === 0).toBe(bytes === 0)
  }
  store.source.drop()
  expect(store.source.counts()).toMatchObject({ blocks: 0, bytes: 0 })
})

test('values that were made are let go: they stay within their share, and what is read once is not kept', () => {
  const bytesMax = 1_600_000
  const { store, open } = made(bytesMax)
  const index = open()
  const all = (): number => index.columns('aevt', rangeOf({ a }), presentView, { v: true }).n
  expect(all()).toBe(count)
  expect(store.source.counts().made).toBe(0)
  const before = store.source.counts().bytes
  for (let i = 0; i < 5; i++) {
    all()
    for (let n = 0; n < count; n += 3) isRight(index, n)
    const { bytes, made: kept } = store.source.counts()
    expect(kept).toBeGreaterThan(bytesMax / 16)
    expect(kept).toBeLessThanOrEqual(bytesMax / 4)
    expect(bytes - kept).toBeGreaterThanOrEqual(before)
    expect(bytes).toBeLessThanOrEqual(bytesMax)
  }
  store.source.drop()
  expect(store.source.counts()).toMatchObject({ bytes: 0, made: 0 })
  isRight(index, 77)
})
