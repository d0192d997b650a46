/** What a database takes in its storage: every byte that lies there is counted once, whatever state it is in. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blobIdsIn } from '../../packages/yore/src/admin/copy.ts'
import { storageStats as statsOf } from '../../packages/yore/src/admin/storage-stats.ts'
import type { StorageStats } from '../../packages/yore/src/admin/storage-stats.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { rootName } from '../../packages/yore/src/db/root.ts'
import { connect, createDatabase, storageStats } from '../../packages/yore/src/main.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import type { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { Random } from '../oracle/random.ts'
import { databaseId, freshIn, grow, hastyEnv as env, submit, worldTransaction } from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`storage-stats.test: SEED=${seed}`)

const take = (storage: Storage, transactor: Transactor): Promise<StorageStats> =>
  statsOf({ storage, databaseId, name: 'care' }, () => transactor.db, { env })

/** All bytes of the database, found by looking at everything. */
async function bytesIn(storage: Storage): Promise<{ blobs: number; slots: number; root: number }> {
  const ids = [...(await blobIdsIn(storage, databaseId))]
  const blobs = await storage.getBlobs(databaseId, ids)
  const slots = await storage.readSlots(databaseId, { from: 0, limit: 1e5 })
  const root = await storage.readRoot(rootName(databaseId))
  return {
    blobs: blobs.reduce((sum, x) => sum + (x?.length ?? 0), 0),
    slots: slots.reduce((sum, x) => sum + x.bytes.length, 0),
    root: root?.length ?? 0,
  }
}

test('every byte is counted once, through jobs and collections of garbage', async () => {
  const storage = memoryStorage(new MemoryStore())
  const transactor = await freshIn(storage)
  const random = new Random(seed)
  const check = async (): Promise<StorageStats> => {
    const stats = await take(storage, transactor)
    const { blobs, slots, root } = await bytesIn(storage)
    const { index, log, garbage } = stats
    expect(log.slotBytes).toBe(slots)
    expect(index.bytes + log.segmentBytes + garbage.bytes).toBe(blobs)
    expect(stats.bytes).toBe(blobs + slots + root)
    expect(stats.basisT).toBe(transactor.db.basisT)
    expect(stats.datoms).toBe(transactor.db.facts.stats().datoms)
    const { eavt, aevt } = index.orders
    expect(aevt.facts).toBe(eavt.facts)
    const segments = Object.values(index.orders).reduce((sum, order) => sum + order.segments, 0)
    expect(index.segments).toBe(segments)
    return stats
  }
  const fresh = await check()
  expect([fresh.index.basisT, fresh.log.slots, fresh.bytes > 0]).toEqual([null, 0, true])
  await grow(transactor, random, 20)
  const live = await check()
  expect([live.index.segments, live.index.basisT]).toEqual([0, null])
  expect(live.log.slots).toBeGreaterThan(0)
  expect(live.memoryIndexBytes).toBeGreaterThan(0)
  for (let i = 0; i < 4; i++) {
    await transactor.indexed(transactor.db.basisT)
    const indexed = await check()
    expect([indexed.log.slots, indexed.memoryIndexBytes]).toEqual([0, 0])
    expect(indexed.index.basisT).toBe(transactor.db.basisT)
    for (let k = 0; k < 5; k++) {
      await submit(transactor, worldTransaction(random, 100 + 10 * i + k)).catch(() => {})
    }
  }
  const before = await check()
  expect(before.garbage.blobs).toBeGreaterThan(0)
  await transactor.collectGarbage(Infinity)
  const after = await check()
  expect(after.garbage).toEqual({ blobs: 0, bytes: 0 })
  await transactor.close()
})

test('in use, by uri and by connection; not of a database in memory', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yore-stats-'))
  try {
    const uri = `yore:file://${folder}/a`
    await createDatabase(uri)
    const conn = await connect(uri)
    await conn.transact([{ ':db/doc': 'x' }])
    const told: number[] = []
    const stats = await storageStats(conn, { onProgress: ({ bytes }) => told.push(bytes) })
    expect(stats).toMatchObject({ basisT: 1000, log: { slots: 1, segments: 0 } })
    expect(stats.storage).toContain(folder)
    expect(told.at(-1)).toBe(stats.bytes)
    const jobs = conn.syncIndex(1000)
    expect((await storageStats(uri)).datoms).toBe(stats.datoms)
    await jobs
    expect((await storageStats(uri)).index.basisT).toBe(1000)
    const signal = AbortSignal.abort()
    await expect(storageStats(conn, { signal })).rejects.toMatchObject({ code: ':yore/cancelled' })
    await conn.release()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  await createDatabase('yore:mem://stats')
  await expect(storageStats('yore:mem://stats')).rejects.toThrow(YoreError)
  for (const options of [null, 5, { onProgress: 5 }, { signal: 5 }]) {
    await expect(storageStats('yore:mem://stats', options as never)).rejects.toMatchObject({
      code: ':yore/invalid-argument',
    })
  }
  for (const source of [null, 5, {}, undefined]) {
    await expect(storageStats(source as never)).rejects.toThrow(YoreError)
  }
})

test('segments of the log are read for their size once', async () => {
  const storage = memoryStorage(new MemoryStore())
  const transactor = await freshIn(storage)
  const random = new Random(seed)
  let read = 0
  const counting: Storage = {
    ...storage,
    name: storage.name,
    getBlobs: async (id, ids) => {
      read += ids.length
      return storage.getBlobs(id, ids)
    },
    readRoot: (name) => storage.readRoot(name),
    readSlots: (id, range) => storage.readSlots(id, range),
  }
  await grow(transactor, random, 20)
  await transactor.indexed(transactor.db.basisT)
  const first = await take(counting, transactor)
  expect(read).toBe(first.log.segments + first.garbage.blobs)
  read = 0
  expect(await take(counting, transactor)).toEqual(first)
  expect(read).toBe(first.garbage.blobs)
  await grow(transactor, random, 5)
  await transactor.indexed(transactor.db.basisT)
  read = 0
  const more = await take(counting, transactor)
  expect(more).toEqual(await take(storage, transactor))
  expect(read).toBeLessThan(more.log.segments + more.garbage.blobs)
  await transactor.close()
})
