/** What the wrappers around storages do beyond the contract: cache, count, fail, crash. */

import { describe, expect, test } from 'vitest'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { blobIdTimeMs, newBlobId } from '../../packages/yore/src/storage/blob-id.ts'
import { cachingStorage, SegmentCache } from '../../packages/yore/src/storage/caching.ts'
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

describe('the segment cache', () => {
  interface Text {
    readonly text: string
  }

  async function made(bytesMax: number, ids: readonly string[]) {
    const meter = new StorageMeter()
    const faults = new Faults()
    const storage = measuringStorage(faultyStorage(memoryStorage(), faults), meter)
    const encoder = new TextEncoder()
    await storage.putBlobs(
      db,
      ids.map((id) => ({ id, bytes: encoder.encode(`text of ${id}`) })),
    )
    meter.reset()
    const cache = new SegmentCache<Text>({
      storage,
      bytesMax,
      decode(bytes) {
        const text = new TextDecoder().decode(bytes)
        if (text.includes('bad')) throw new Error(`cannot decode ${text}`)
        return { text }
      },
      bytesOf: () => 100,
    })
    return { cache, storage, meter, faults }
  }

  test('fetches what is missing in one call, and once', async () => {
    const { cache, meter } = await made(1000, ['a', 'b', 'c'])
    const all = await Promise.all([
      cache.getMany(db, ['a', 'b', 'a']),
      cache.getMany(db, ['b', 'c', 'none']),
      cache.getMany(db, ['c']),
    ])
    expect(all.map((xs) => xs.map((x) => x?.text ?? null))).toEqual([
      ['text of a', 'text of b', 'text of a'],
      ['text of b', 'text of c', null],
      ['text of c'],
    ])
    expect(all[0][0]).toBe(all[0][2])
    expect(all[0][1]).toBe(all[1][0])
    expect(meter.counts().getBlobs).toMatchObject({ calls: 2, items: 4 })
    await cache.getMany(db, ['a', 'b', 'c'])
    expect(meter.counts().getBlobs.calls).toBe(2)
    await cache.getMany(db, ['none'])
    expect(meter.counts().getBlobs.calls).toBe(3)
  })

  test('drops the least recently used, never a pinned one', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    const { cache } = await made(300, ids)
    const here = (): string[] => ids.filter((id) => cache.peek(db, id) !== undefined)
    await cache.getMany(db, ['a', 'b', 'c'])
    cache.peek(db, 'a')
    await cache.getMany(db, ['d'])
    expect(here()).toEqual(['a', 'c', 'd'])
    expect(cache.pin(db, ['a', 'none'])).toEqual(['a'])
    expect(cache.pin(db, ['a'])).toEqual(['a'])
    await cache.getMany(db, ['e', 'f', 'b'])
    expect(here()).toEqual(['a', 'b', 'f'])
    cache.unpin(db, ['a'])
    await cache.getMany(db, ['c', 'd', 'e'])
    expect(here()).toEqual(['a', 'd', 'e'])
    cache.unpin(db, ['a', 'none'])
    await cache.getMany(db, ['b', 'c', 'f'])
    expect(here()).toEqual(['b', 'c', 'f'])
    expect(cache.counts()).toMatchObject({ segments: 3, bytes: 300 })
  })

  test('more pinned than it may hold stay, and nothing else', async () => {
    const { cache } = await made(200, ['a', 'b', 'c'])
    await cache.getMany(db, ['a', 'b'])
    cache.pin(db, ['a', 'b'])
    expect((await cache.getMany(db, ['c']))[0]?.text).toBe('text of c')
    expect(cache.counts()).toMatchObject({ segments: 2, bytes: 200, evictions: 1 })
    cache.unpin(db, ['a', 'b'])
    await cache.getMany(db, ['c'])
    expect(cache.counts()).toMatchObject({ segments: 2, bytes: 200, evictions: 2 })
    expect(cache.peek(db, 'a')).toBeUndefined()
  })

  test('a cache of nothing still answers', async () => {
    const { cache, storage } = await made(0, ['a'])
    expect((await cache.getMany(db, ['a']))[0]?.text).toBe('text of a')
    if (storage.sync === null) throw new Error('memory reads at once')
    expect(cache.getManySync(db, ['a', 'x', 'a'], storage.sync).map((x) => x?.text)).toEqual([
      'text of a',
      undefined,
      'text of a',
    ])
    expect(cache.counts()).toMatchObject({ segments: 0, bytes: 0 })
  })

  test('a fetch that failed is tried again; all who waited are told', async () => {
    const { cache, faults } = await made(1000, ['a', 'bad'])
    faults.failAt(1, 'before')
    const codes = await Promise.all([
      codeOf(() => cache.getMany(db, ['a'])),
      codeOf(() => cache.getMany(db, ['a'])),
    ])
    expect(codes).toEqual([':yore/storage-unavailable', ':yore/storage-unavailable'])
    expect((await cache.getMany(db, ['a']))[0]?.text).toBe('text of a')
    await expect(cache.getMany(db, ['a', 'bad'])).rejects.toThrow('cannot decode')
    await expect(cache.getMany(db, ['bad'])).rejects.toThrow('cannot decode')
  })

  test('what is dropped while it is fetched is not kept', async () => {
    const { cache, faults } = await made(1000, ['a', 'b'])
    const release = faults.hold()
    const fetched = cache.getMany(db, ['a', 'b'])
    cache.drop(db, ['a'])
    release()
    expect((await fetched).map((x) => x?.text)).toEqual(['text of a', 'text of b'])
    expect(cache.peek(db, 'a')).toBeUndefined()
    expect(cache.peek(db, 'b')).toBeDefined()
    cache.pin(db, ['b'])
    cache.drop(db)
    expect(cache.counts()).toMatchObject({ segments: 0, bytes: 0 })
    cache.unpin(db, ['b'])
  })

  test('random work keeps the books right', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `id-${i}`)
    const { cache } = await made(1000, ids)
    const random = randomOf(7)
    const pinned: string[] = []
    for (let i = 0; i < 3000; i++) {
      const id = ids[random(ids.length)] as string
      const what = random(10)
      if (what < 6) await cache.getMany(db, [id])
      else if (what < 7) pinned.push(...cache.pin(db, [id]))
      else if (what < 9) cache.unpin(db, pinned.splice(random(pinned.length + 1), 1))
      else if (pinned.includes(id)) continue
      else cache.drop(db, [id])
      const { segments, bytes } = cache.counts()
      expect(bytes).toBe(segments * 100)
      expect(bytes).toBeLessThanOrEqual(Math.max(1000, new Set(pinned).size * 100))
      for (const p of pinned) expect(cache.peek(db, p)).toBeDefined()
    }
  })

  test('a cached storage forgets what is deleted', async () => {
    const storage = cachingStorage(memoryStorage(), 1e6)
    await storage.putBlobs(db, [{ id: 'a', bytes: bytesOf(10) }])
    expect((await storage.getBlobs(db, ['a']))[0]).toEqual(bytesOf(10))
    await storage.deleteBlobs(db, ['a'])
    expect(await storage.getBlobs(db, ['a'])).toEqual([null])
    expect(storage.sync?.getBlobs(db, ['a'])).toEqual([null])
  })
})

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
