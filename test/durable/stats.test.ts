/**
 * What is told of reads is what the storage saw: each blob that a query, a pull or a transaction fetched, and its bytes; and nothing where
 * the cache has all.
 */

import { beforeAll, describe, expect, test } from 'vitest'
import { explain, query } from 'yore'
import type { Connection } from 'yore'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { connectStored, createStored } from '../../packages/yore/src/embedded/stored.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { StorageMeter, measuringStorage } from '../../packages/yore/src/storage/measuring.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'

const meter = new StorageMeter()
const store = new MemoryStore()
const open = async (): Promise<Storage> => measuringStorage(memoryStorage(store), meter)

async function connected(cacheBytes?: number): Promise<Connection> {
  const conn = await connectStored(
    open,
    'people',
    { env: systemEnv, functions: {} },
    {
      readOnly: false,
      relaxed: false,
      segmentSize: 64,
      ...(cacheBytes !== undefined && { cacheBytes }),
    },
  )
  expect(conn).not.toBeNull()
  return conn as Connection
}

const schema = `[
  {:db/ident :p/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :p/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/town :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
  {:db/ident :p/friend :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}]`

const people = Array.from({ length: 1000 }, (_, i) => ({
  ':db/id': `p${i}`,
  ':p/name': `n${i}`,
  ':p/age': i % 90,
  ':p/town': `t${i % 7}`,
  ':p/friend': [`p${(i * 7 + 1) % 1000}`],
}))

const rules = '[[(reach ?a ?b) [?a :p/friend ?b]] [(reach ?a ?b) [?a :p/friend ?c] (reach ?c ?b)]]'
const queries: readonly (readonly [query: string, ...rules: string[]])[] = [
  ['[:find ?n :where [?e :p/age 7] [?e :p/name ?n]]'],
  ['[:find ?n ?a :where [?e :p/name ?n] [?e :p/age ?a] [(> ?a 80)] [?e :p/town "t3"]]'],
  ['[:find ?n :in $ % :where [?e :p/name "n3"] (reach ?e ?f) [?f :p/name ?n]]', rules],
  ['[:find (pull ?e [* {:p/friend [:p/name]}]) :where [?e :p/age 5]]'],
  ['[:find ?n :where [?e :p/name ?n] (not [?e :p/town "t1"]) (or [?e :p/age 1] [?e :p/age 2])]'],
]

beforeAll(async () => {
  await createStored(open, 'people', systemEnv)
  const conn = await connected()
  await conn.transact(schema)
  const { dbAfter } = await conn.transact(people)
  await conn.syncIndex(dbAfter.basisT)
  await conn.release()
})

const blobs = (): readonly [number, number] => {
  const { items, bytesOut } = meter.counts().getBlobs
  return [items, bytesOut]
}

describe.each([
  ['a cache for everything', undefined],
  ['a cache for little', 20_000],
  ['no cache', 0],
])('with %s', (_, cacheBytes) => {
  test.each(queries)('%s', async (text, ...inputs) => {
    const conn = await connected(cacheBytes)
    const db = conn.db()
    meter.reset()
    const { plan } = explain(text, db, ...inputs)
    expect([plan.reads, plan.bytes]).toEqual(blobs())
    expect(plan.reads).toBeGreaterThan(0)
    expect(plan.segments).toBeGreaterThan(0)
    const inSteps = plan.steps.reduce((n, s) => n + s.reads, plan.planning.reads)
    expect(inSteps).toBe(plan.reads)
    meter.reset()
    const again = explain(text, db, ...inputs).plan
    expect([again.reads, again.bytes]).toEqual(blobs())
    if (cacheBytes === undefined) expect(again.reads).toBe(0)
    expect([again.rows, again.segments, again.datoms]).toEqual([
      plan.rows,
      plan.segments,
      plan.datoms,
    ])
    await conn.release()
  })

  test('a transaction', async () => {
    const conn = await connected(cacheBytes)
    meter.reset()
    const { txStats, ioStats, dbAfter } = await conn.transact(
      people.map((p, i) => ({ ':p/name': p[':p/name'], ':p/age': (i * 11) % 90 })),
      { txStats: true, ioContext: ':test/ages' },
    )
    // what is read after the transaction is not its own, so before it is asked
    expect(txStats?.reads).toBe(blobs()[0])
    expect(txStats?.bytes).toBe(blobs()[1])
    expect(ioStats?.reads.storage).toBe(txStats?.reads)
    expect(ioStats?.reads.avet).toBeGreaterThan(0)
    const sum = txStats?.stages.reduce((n, s) => n + s.reads, 0)
    expect(sum).toBe(txStats?.reads)
    meter.reset()
    // the databases of a report do not count any more, and read as ever
    expect(dbAfter.pull('[:p/age]', [':p/name', 'n1'])).toEqual({ ':p/age': 11 })
    await conn.release()
  })
})

test('io-stats: reads by index, and those that had to be fetched', async () => {
  const conn = await connected()
  const db = conn.db()
  const map = {
    query: '[:find [?n ...] :where [?e :p/town "t3"] [?e :p/name ?n]]',
    args: [db],
    ioContext: ':people/by-town',
  } as const
  const first = query<string[]>(map)
  expect(first.ret).toHaveLength(143)
  const { reads, api, ioContext } = first.ioStats ?? expect.fail('no io-stats')
  expect([api, ioContext]).toEqual([':query', ':people/by-town'])
  expect(reads.aevt).toBe(reads.ocache)
  expect(reads.aevtLoad).toBeGreaterThan(0)
  expect(reads.storageBytes).toBeGreaterThan(0)
  const second = query<string[]>(map).ioStats
  expect(second?.reads).toEqual({ ocache: reads.ocache, aevt: reads.aevt })
  await conn.release()
})

// Bounds, not exact numbers: who makes one of them smaller lowers it, who makes it larger has to say why.
describe('what work costs, in counts', () => {
  test.each([
    ['[:find ?n :where [?e :p/name ?n] [?e :p/age 7]]', 24, 13],
    ['[:find ?t :where [?e :p/town ?t] [?e :p/name "n3"]]', 2, 2],
    ['[:find ?n :where [?e :p/name ?n] [?e :p/age ?a] [(> ?a 87)]]', 48, 26],
    ['[:find ?f :where [?e :p/friend ?f] [?e :p/name "n3"]]', 2, 2],
    ['[:find ?m :where [?f :p/name ?m] [?e :p/friend ?f] [?e :p/name "n3"]]', 3, 3],
    ['[:find (count ?e) :where [?e :p/town "t3"]]', 1000, 16],
  ])('%s: at most %i datoms, %i segments', async (text, datoms, segments) => {
    const conn = await connected()
    const { plan } = explain(text, conn.db())
    expect(plan.datoms).toBeLessThanOrEqual(datoms)
    expect(plan.steps.reduce((n, s) => n + s.segments, 0)).toBeLessThanOrEqual(segments)
    expect([plan.planning.reads, plan.planning.segments]).toEqual([0, 0])
    await conn.release()
  })

  test('a transaction of five datoms: one slot, 250 bytes, a lookup for each of its identifiers and values', async () => {
    const conn = await connected()
    meter.reset()
    const { txStats } = await conn.transact(
      [{ ':p/name': 'new', ':p/age': 1, ':p/town': 't1', ':p/friend': [[':p/name', 'n1']] }],
      { txStats: true },
    )
    const { writeSlot, putBlobs, replaceRoot } = meter.counts()
    expect([writeSlot.calls, putBlobs.calls, replaceRoot.calls]).toEqual([1, 0, 0])
    expect(writeSlot.bytesIn).toBeLessThanOrEqual(250)
    expect(txStats?.added).toBe(5)
    const lookups = txStats?.stages.reduce((n, s) => n + s.lookups, 0)
    expect(lookups).toBeLessThanOrEqual(8)
    expect(txStats?.datoms).toBeLessThanOrEqual(8)
    await conn.release()
  })

  test('an index job writes what changed, not what is there', async () => {
    const conn = await connected()
    await conn.syncIndex(conn.db().basisT)
    meter.reset()
    const { dbAfter } = await conn.transact([{ ':p/name': 'n7', ':p/town': 't9' }])
    await conn.syncIndex(dbAfter.basisT)
    const { putBlobs } = meter.counts()
    expect(putBlobs.bytesIn).toBeLessThanOrEqual(16_000)
    await conn.release()
  })
})
