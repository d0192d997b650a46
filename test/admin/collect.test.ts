/** Collecting garbage: only what no root younger than that reaches, in whatever way it is cut short. */

import { expect, test } from 'vitest'
import { verifyStored } from '../../packages/yore/src/admin/verify.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import type { Env } from '../../packages/yore/src/base/env.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import { Random } from '../oracle/random.ts'
import {
  contentsOf,
  databaseId,
  datomsIn,
  freshIn,
  grow,
  hastyEnv,
  openIn,
  operationsFrom,
  submit,
  worldTransaction,
} from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`collect.test: SEED=${seed}`)

/** A clock that the test moves. */
function clockOf(): { env: Env; at: number } {
  const clock = { at: 1_800_000_000_000, env: hastyEnv }
  clock.env = { ...hastyEnv, now: () => clock.at }
  return clock
}

test('old database values stay whole as long as nobody collects what they are made of', async () => {
  const store = new MemoryStore()
  const clock = clockOf()
  const transactor = await freshIn(memoryStorage(store), {
    segmentSize: 8,
    env: clock.env,
    cacheBytes: 0,
  })
  const random = new Random(seed)
  await grow(transactor, random, 30)
  const old: { readonly at: number; readonly db: typeof transactor.db; readonly rows: string[] }[] =
    []
  for (let i = 0; i < 6; i++) {
    await transactor.indexed(transactor.db.basisT)
    old.push({ at: clock.at, db: transactor.db, rows: datomsIn(transactor.db, 'aevt') })
    clock.at += 1000
    for (let k = 0; k < 5; k++) {
      await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
    }
  }
  await transactor.indexed(transactor.db.basisT)
  const blobs = (): number => store.of(databaseId).blobs.size
  for (const [i, { at }] of old.entries()) {
    const before = blobs()
    // what was replaced at that moment or later stays
    await transactor.collectGarbage(at)
    for (const { db, rows } of old.slice(i)) expect(datomsIn(db, 'aevt')).toEqual(rows)
    expect(blobs()).toBeLessThanOrEqual(before)
    expect(
      await verifyStored(
        { storage: memoryStorage(store), databaseId, name: 'care' },
        { env: hastyEnv },
      ),
    ).toMatchObject({ ok: true, unreached: 0 })
  }
  const before = blobs()
  await transactor.collectGarbage(clock.at + 1)
  expect(blobs()).toBeLessThan(before)
  // what is gone is an error that says so, never another answer
  for (const { db, rows } of old) {
    try {
      expect(datomsIn(db, 'aevt')).toEqual(rows)
    } catch (error) {
      expect((error as YoreError).code).toBe(':yore/storage-not-found')
    }
  }
  expect(contentsOf(transactor)).toEqual(contentsOf(await openIn(memoryStorage(store))))
  await transactor.close()
})

test.each(['before', 'after'] as const)(
  'every operation fails once, %s it was done',
  async (moment) => {
    const store = new MemoryStore()
    const first = await freshIn(memoryStorage(store))
    const random = new Random(seed)
    await grow(first, random, 15)
    for (let i = 0; i < 4; i++) {
      await first.indexed(first.db.basisT)
      await submit(first, worldTransaction(random, 1000 + i)).catch(() => {})
    }
    await first.indexed(first.db.basisT)
    const contents = contentsOf(first)
    await first.close()
    for (const n of operationsFrom(seed, 9)) {
      const own = store.clone()
      const faults = new Faults()
      const transactor = await openIn(faultyStorage(memoryStorage(own), faults), { segmentSize: 8 })
      faults.failAt(n, moment)
      const seen = faults.seen
      const error = await transactor.collectGarbage(Date.now() + 1e6).then(
        () => null,
        (e: unknown) => e,
      )
      faults.heal()
      if (error !== null) expect(error).toBeInstanceOf(YoreError)
      const note = `operation ${n}: ${String(error)}`
      expect(contentsOf(transactor), note).toEqual(contents)
      await transactor.close()
      const again = await openIn(memoryStorage(own), { segmentSize: 8 })
      expect(contentsOf(again), note).toEqual(contents)
      await again.collectGarbage(Date.now() + 1e6)
      const report = await verifyStored(
        { storage: memoryStorage(own), databaseId, name: 'care' },
        { env: hastyEnv },
      )
      expect(report.problems, note).toEqual([])
      // at most a record of garbage is left over
      expect(report.unreached, note).toBeLessThanOrEqual(6)
      await again.close()
      if (faults.seen - seen < n) break
    }
  },
)
