/** What the wrappers around storages do beyond the contract: count, fail, crash. */

import { describe, expect, test } from 'vitest'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { blobIdTimeMs, newBlobId } from '../../packages/yore/src/storage/blob-id.ts'
import { memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { measuringStorage, StorageMeter } from '../../packages/yore/src/storage/measuring.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { CrashablePlace } from '../../packages/yore/src/testing/crashable-storage.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import { bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'

const db = 'db-1'

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
  return 'no error'
}

/** Whole numbers below n, always the same for a seed. */
function randomOf(seed: number): (n: number) => number {
  let x = seed * 2_654_435_761 || 1
  return (n) => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((x / 2 ** 32) * n)
  }
}

test('the meter counts calls, things, bytes and failures', async () => {
  let now = 0
  const meter = new StorageMeter(() => (now += 5))
  const faults = new Faults()
  const storage = measuringStorage(faultyStorage(memoryStorage(), faults), meter)
  await storage.putBlobs(db, [
    { id: 'a', bytes: bytesOf(10) },
    { id: 'b', bytes: bytesOf(20) },
  ])
  await storage.getBlobs(db, ['a', 'none', 'b'])
  storage.sync?.getBlobs(db, ['b'])
  await storage.writeSlot(db, 1, bytesOf(7))
  await storage.readSlots(db, { from: 0 })
  faults.failAll('after')
  expect(await codeOf(() => storage.readRoot('r'))).toBe(':yore/storage-unavailable')
  const counts = meter.counts()
  expect(counts.putBlobs).toEqual({
    calls: 1,
    failures: 0,
    items: 2,
    bytesIn: 30,
    bytesOut: 0,
    ms: 5,
  })
  expect(counts.getBlobs).toEqual({
    calls: 2,
    failures: 0,
    items: 4,
    bytesIn: 0,
    bytesOut: 50,
    ms: 10,
  })
  expect(counts.writeSlot).toMatchObject({ calls: 1, bytesIn: 7 })
  expect(counts.readSlots).toMatchObject({ calls: 1, bytesOut: 7 })
  expect(counts.readRoot).toMatchObject({ calls: 1, failures: 1 })
  expect(counts.flush.calls).toBe(0)
})

describe('a faulty storage', () => {
  test('fails at the nth operation, before or after it is done', async () => {
    const faults = new Faults()
    const storage = faultyStorage(memoryStorage(), faults)
    faults.failAt(2, 'before')
    faults.failAt(4, 'after')
    const codes: string[] = []
    for (let t = 1; t <= 5; t++)
      codes.push(await codeOf(() => storage.writeSlot(db, t, bytesOf(1))))
    expect(codes).toEqual([
      'no error',
      ':yore/storage-unavailable',
      'no error',
      ':yore/storage-unavailable',
      'no error',
    ])
    expect((await storage.readSlots(db, { from: 0 })).map((s) => s.t)).toEqual([1, 3, 4, 5])
    expect(faults.seen).toBe(6)
  })

  test('counts only what it is told, fails until it is healed, also at once', async () => {
    const faults = new Faults(['readRoot'])
    const storage = faultyStorage(memoryStorage(), faults)
    faults.failAll('before')
    await storage.replaceRoot('r', null, bytesOf(1))
    expect(await codeOf(() => storage.readRoot('r'))).toBe(':yore/storage-unavailable')
    expect(() => storage.sync?.readRoot('r')).toThrow(':yore/storage-unavailable')
    faults.heal()
    expect(await storage.readRoot('r')).toEqual(bytesOf(1))
  })
})

describe('a crash', () => {
  const orders = ['prefix', 'any'] as const

  test.each(orders)('keeps what was acknowledged (%s)', async (order) => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomOf(seed)
      const place = new CrashablePlace(1 + random(5))
      const storage = place.open()
      const acknowledged: number[] = []
      const relaxed: number[] = []
      const writing: Promise<unknown>[] = []
      const n = random(30)
      for (let t = 0; t < n; t++) {
        const isRelaxed = random(3) === 0
        const done = storage.writeSlot(db, t, bytesOf(20, t), { relaxed: isRelaxed }).then(
          () => (isRelaxed ? relaxed : acknowledged).push(t),
          () => {},
        )
        writing.push(done)
        if (random(2) === 0) await Promise.race([done, Promise.resolve()])
        if (random(4) === 0) await done
      }
      place.crash({ random, order, torn: true })
      await Promise.all(writing)
      expect(await codeOf(() => storage.readSlots(db, { from: 0 }))).toBe(
        ':yore/storage-unavailable',
      )
      const slots = await place.open().readSlots(db, { from: 0 })
      const survivors = new Map(slots.map(({ t, bytes }) => [t, bytes]))
      for (const t of acknowledged) expect(survivors.get(t), `seed ${seed}`).toEqual(bytesOf(20, t))
      if (order === 'prefix')
        expect([...survivors.keys()]).toEqual([...survivors.keys()].map((_, i) => i))
    }
  })

  test.each(orders)(
    'never keeps a root without the relaxed blobs before it (%s)',
    async (order) => {
      let roots = 0
      for (let seed = 1; seed <= 200; seed++) {
        const random = randomOf(seed)
        const place = new CrashablePlace()
        const storage = place.open()
        const ids = Array.from({ length: 5 }, (_, i) => `b${i}`)
        for (const id of ids) {
          await storage.putBlobs(db, [{ id, bytes: bytesOf(9) }], { relaxed: true })
        }
        expect(place.atRisk).toBe(5)
        const replaced = storage.replaceRoot('r', null, bytesOf(4)).catch(() => false)
        for (let i = 0; i < random(4); i++) await Promise.resolve()
        place.crash({ random, order })
        await replaced
        const after = place.open()
        if ((await after.readRoot('r')) === null) continue
        roots++
        expect(await after.getBlobs(db, ids), `seed ${seed}`).toEqual(ids.map(() => bytesOf(9)))
      }
      expect(roots).toBeGreaterThan(0)
    },
  )

  test('tears what was under way, never what stood', async () => {
    let torn = 0
    for (let seed = 1; seed <= 100; seed++) {
      const place = new CrashablePlace()
      const storage: Storage = place.open()
      await storage.putBlobs(db, [{ id: 'old', bytes: bytesOf(50, 1) }])
      void storage.putBlobs(db, [{ id: 'new', bytes: bytesOf(50, 2) }]).catch(() => {})
      await Promise.resolve()
      await Promise.resolve()
      place.crash({ random: randomOf(seed), torn: true })
      const [old, young] = await place.open().getBlobs(db, ['old', 'new'])
      expect(old).toEqual(bytesOf(50, 1))
      if (young && young.join() !== bytesOf(50, 2).join()) torn++
    }
    expect(torn).toBeGreaterThan(0)
  })
})

test('ids of blobs sort by time, and tell it', () => {
  let now = 1_800_000_000_000
  const random = randomOf(3)
  const env = {
    ...systemEnv,
    now: () => now,
    random: (bytes: Uint8Array) => bytes.map(() => random(256)),
  }
  const ids = Array.from({ length: 200 }, () => {
    now += 1 + random(100_000)
    return newBlobId(env)
  })
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(Array.from({ length: 200 }, () => newBlobId(env))).size).toBe(200)
  expect(blobIdTimeMs(ids[199] as string)).toBe(now)
  expect(ids[0]).toMatch(/^[0-9a-z]{26}$/)
  expect(blobIdTimeMs('none')).toBeNull()
})
