/** What a power failure leaves, and what damage does: acknowledged transactions are there, and damage is told, never passed over. */

import { describe, expect, test } from 'vitest'
import { verifyStored } from '../../packages/yore/src/admin/verify.ts'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import { rootName } from '../../packages/yore/src/db/root.ts'
import { history } from '../../packages/yore/src/db/views.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { CrashablePlace } from '../../packages/yore/src/testing/crashable-storage.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { create, databaseId, historyOf, logOf, numberOf, open, schema, submit } from './tools.ts'

/** A random source that can be repeated. */
function randomOf(seed: number): (n: number) => number {
  let state = seed * 7919 + 17
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * n)
  }
}

const put = (key: string, n: number): string => `[{:x/key "${key}" :x/n ${n}}]`

interface Told {
  readonly t: number
  readonly key: string
  readonly n: number
}

/** Transacts until the machine dies; gives what was acknowledged, in the order of acknowledgement. */
async function workUntilDeath(
  transactor: Transactor,
  round: number,
  random: (n: number) => number,
): Promise<Told[]> {
  const told: Told[] = []
  const worker = async (name: string): Promise<void> => {
    for (let n = 0; n < 40; n++) {
      const key = `${name}${random(5)}`
      const number = round * 1000 + n
      try {
        const { t } = await submit(transactor, put(key, number))
        told.push({ t, key, n: number })
      } catch {
        return
      }
      for (let k = random(4); k > 0; k--) await Promise.resolve()
    }
  }
  await Promise.all([worker('a'), worker('b'), worker('c')])
  return told
}

const modes = [
  { relaxed: false, order: 'prefix' },
  { relaxed: false, order: 'any' },
  { relaxed: true, order: 'prefix' },
  { relaxed: true, order: 'any' },
] as const

describe.each(modes)('power fails, relaxed: $relaxed, order: $order', ({ relaxed, order }) => {
  test('again and again', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = randomOf(seed)
      const place = new CrashablePlace(1 + (seed % 4))
      await create(place.open())
      const options = { relaxed, segmentSize: 8, memoryIndexThreshold: 100_000 }
      const first = await open(place.open(), options)
      await submit(first, schema)
      await first.close()
      for (let round = 0; round < 5; round++) {
        const transactor = await open(place.open(), options)
        const { basisT } = transactor.db
        const working = workUntilDeath(transactor, round, random)
        for (let k = random(400); k > 0; k--) await Promise.resolve()
        if (random(3) === 0) await new Promise((resolve) => setImmediate(resolve))
        place.crash({ random, order, torn: true })
        const told = await working
        const again = await open(place.open(), options)
        const there = Array.from(again.log.entries(basisT + 1, Infinity), (x) => x.t)
        const note = `seed ${seed} round ${round}`
        expect(new Set(there).size, note).toBe(there.length)
        if (relaxed) {
          // what is there is a beginning of what was told, or goes beyond it
          const kept = told.filter(({ t }) => there.includes(t)).length
          expect(
            told.slice(kept).every(({ t }) => !there.includes(t)),
            note,
          ).toBe(true)
        } else {
          expect(
            told.filter(({ t }) => !there.includes(t)),
            note,
          ).toEqual([])
        }
        const last = new Map<string, number>()
        for (const { t, key, n } of told) if (there.includes(t)) last.set(key, n)
        if (there.length === told.length) {
          for (const [key, n] of last) expect(numberOf(again.db, key), note).toBe(n)
        }
        await again.close()
      }
    }
  })
})

async function filled(): Promise<MemoryStore> {
  const store = new MemoryStore()
  await create(memoryStorage(store))
  const transactor = await open(memoryStorage(store), { segmentSize: 8 })
  await submit(transactor, schema)
  for (let i = 0; i < 6; i++) await submit(transactor, put(`k${i}`, i))
  await transactor.indexed(transactor.db.basisT)
  for (let i = 6; i < 12; i++) await submit(transactor, put(`k${i}`, i))
  await transactor.close()
  return store
}

test('the last slot may be torn: then it counts for nothing, and its place is taken again', async () => {
  const whole = await filled()
  const { slots, ts } = whole.of(databaseId)
  const t = ts.at(-1) as number
  const bytes = slots.get(t) as Uint8Array
  for (const torn of [
    bytes.slice(0, 0),
    bytes.slice(0, 5),
    bytes.slice(0, 30),
    bytes.slice(0, -1),
    new Uint8Array(bytes.length),
    new Uint8Array(bytes.length).fill(0).map((_, i) => (i < 40 ? (bytes[i] as number) : 0)),
  ]) {
    const store = whole.clone()
    store.of(databaseId).slots.set(t, torn)
    const transactor = await open(memoryStorage(store))
    expect(numberOf(transactor.db, 'k10')).toBe(10)
    expect(numberOf(transactor.db, 'k11')).toBeNull()
    expect(transactor.db.nextT).toBe(t)
    expect((await submit(transactor, put('new', 1))).t).toBe(t)
    await transactor.close()
    const again = await open(memoryStorage(store))
    expect(numberOf(again.db, 'new')).toBe(1)
  }
})

test('no byte of the last slot that is changed takes its transaction away', async () => {
  const whole = await filled()
  const { slots, ts } = whole.of(databaseId)
  const t = ts.at(-1) as number
  const bytes = slots.get(t) as Uint8Array
  let noticed = 0
  for (let at = 0; at < bytes.length; at++) {
    const was = bytes[at] as number
    for (const is of new Set([0, was ^ 1, was ^ 128, 255])) {
      if (is === was) continue
      const store = whole.clone()
      const bad = bytes.slice()
      bad[at] = is
      store.of(databaseId).slots.set(t, bad)
      const opened = await open(memoryStorage(store)).catch((error: unknown) => error)
      if (opened instanceof Transactor) expect(numberOf(opened.db, 'k11'), `byte ${at}`).toBe(11)
      else {
        noticed++
        expect(opened, `byte ${at}`).toMatchObject({ code: ':yore/storage-corrupt' })
      }
    }
  }
  expect(noticed).toBeGreaterThan(3 * (bytes.length - 1))
})

test('of the last slot the end mark may be torn: all that it says is there', async () => {
  const whole = await filled()
  const { slots, ts } = whole.of(databaseId)
  const t = ts.at(-1) as number
  const bytes = slots.get(t) as Uint8Array
  for (let kept = bytes.length - 8; kept < bytes.length; kept++) {
    const store = whole.clone()
    store.of(databaseId).slots.set(
      t,
      bytes.map((b, i) => (i < kept ? b : 0)),
    )
    const transactor = await open(memoryStorage(store))
    expect(numberOf(transactor.db, 'k11')).toBe(11)
    await submit(transactor, put('new', 1))
    await transactor.close()
    const again = await open(memoryStorage(store))
    expect([numberOf(again.db, 'k11'), numberOf(again.db, 'new')]).toEqual([11, 1])
  }
})

const damaged = async (store: MemoryStore): Promise<YoreError> => {
  try {
    const transactor = await open(memoryStorage(store))
    historyOf(transactor.db)
    for (const order of ['aevt', 'avet', 'vaet']) {
      Array.from(datoms(history(transactor.db), order, []))
    }
    logOf(transactor)
    // and records of garbage, which are read by those who collect it
    await transactor.collectGarbage(1)
    // and the trees that only some questions read
    const stored = { storage: memoryStorage(store), databaseId, name: 'test' }
    const { problems } = await verifyStored(stored, { env: systemEnv })
    if (problems.length > 0) throw new YoreError(':yore/storage-corrupt', JSON.stringify(problems))
  } catch (error) {
    expect(error).toBeInstanceOf(YoreError)
    return error as YoreError
  }
  throw new Error('nobody noticed')
}

test('a slot that is torn, but has others behind it, is damage', async () => {
  const store = await filled()
  const { slots, ts } = store.of(databaseId)
  const t = ts.at(-3) as number
  slots.set(t, (slots.get(t) as Uint8Array).slice(0, 20))
  const error = await damaged(store)
  expect(error.code).toBe(':yore/storage-corrupt')
  expect(error.message).toContain(`slot ${t}`)
  expect(error.message).toContain('restore')
})

test('a slot that is missing is damage, but for the last', async () => {
  const whole = await filled()
  for (const place of [0, 1, -2]) {
    const store = whole.clone()
    const { slots, ts } = store.of(databaseId)
    const [t] = ts.splice(place, 1)
    slots.delete(t as number)
    const error = await damaged(store)
    expect(error.code).toBe(':yore/storage-corrupt')
    expect(error.message).toContain(`slot ${t}`)
  }
})

test('slots of another history are damage', async () => {
  const [store, other] = [await filled(), await filled()]
  const t = store.of(databaseId).ts[1] as number
  store.of(databaseId).slots.set(t, other.of(databaseId).slots.get(t) as Uint8Array)
  expect((await damaged(store)).message).toContain('does not follow')
})

test('any byte that is changed, anywhere, is noticed when it is read', async () => {
  const whole = await filled()
  const random = randomOf(3)
  const contents = whole.of(databaseId)
  const things: [string, (store: MemoryStore, bytes: Uint8Array) => void, Uint8Array][] = []
  for (const [id, bytes] of contents.blobs) {
    things.push([`blob ${id}`, (store, bad) => store.of(databaseId).blobs.set(id, bad), bytes])
  }
  for (const [t, bytes] of contents.slots) {
    things.push([`slot ${t}`, (store, bad) => store.of(databaseId).slots.set(t, bad), bytes])
  }
  const root = rootName(databaseId)
  things.push([
    'root',
    (store, bad) => store.roots.set(root, bad),
    whole.roots.get(root) as Uint8Array,
  ])
  for (const [name, set, bytes] of things) {
    for (let k = 0; k < 3; k++) {
      const bad = bytes.slice()
      const at = random(bad.length)
      bad[at] = (bad[at] as number) ^ (1 + random(255))
      const store = whole.clone()
      set(store, bad)
      try {
        const error = await damaged(store)
        expect(error.message, `${name} byte ${at}`).toMatch(
          /:yore\/(storage-corrupt|unsupported-format)/,
        )
      } catch (error) {
        if (String(error).includes('nobody noticed'))
          throw new Error(`${name} of kind ${bytes[5]}, byte ${at} of ${bytes.length}`)
        throw error
      }
    }
  }
})
