/** Every single storage operation of a transaction is made to fail, before or after it was carried out: the state is old or new. */

import { describe, expect, test } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import type { FaultMoment } from '../../packages/yore/src/testing/faulty-storage.ts'
import type { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import {
  create,
  expectSameWhenReopened,
  historyOf,
  logOf,
  numberOf,
  open,
  schema,
  submit,
} from './tools.ts'

async function world(): Promise<{ store: MemoryStore; faults: Faults; transactor: Transactor }> {
  const store = new MemoryStore()
  await create(memoryStorage(store))
  const faults = new Faults()
  const transactor = await open(faultyStorage(memoryStorage(store), faults))
  await submit(transactor, schema)
  return { store, faults, transactor }
}

const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5))
const put = (key: string, n: number): string => `[{:x/key "${key}" :x/n ${n}}]`

describe('one operation fails', () => {
  test.each(['before', 'after'] as const)('%s it was carried out', async (moment: FaultMoment) => {
    for (let nth = 1; ; nth++) {
      const { store, faults, transactor } = await world()
      faults.failAt(nth, moment)
      const before = faults.seen
      const results: (number | null)[] = []
      for (let i = 0; i < 3; i++) {
        // two wait together, so that the second is of the same group or runs on top of it
        const both = await Promise.allSettled([
          submit(transactor, put('a', i)),
          submit(transactor, put('b', i)),
        ])
        for (const result of both) {
          results.push(result.status === 'fulfilled' ? result.value.t : null)
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(YoreError)
        }
      }
      const seen = faults.seen - before
      faults.heal()
      results.push((await submit(transactor, put('a', 4))).t)
      const acknowledged = results.filter((t) => t !== null)
      expect(Array.from(transactor.log.entries(1001, Infinity), (x) => x.t)).toEqual(acknowledged)
      expect(acknowledged.length).toBeGreaterThanOrEqual(4)
      expect(numberOf(transactor.db, 'a')).toBe(4)
      await expectSameWhenReopened(transactor, memoryStorage(store))
      if (seen < nth) return
    }
  })
})

test('a reply that was lost is no failure', async () => {
  const { faults, transactor } = await world()
  faults.failAt(1, 'after')
  const { t } = await submit(transactor, put('a', 1))
  expect(transactor.db.basisT).toBe(t)
})

test('while the storage does not answer nobody knows; then all go on from what is there', async () => {
  for (const moment of ['before', 'after'] as const) {
    const { store, faults, transactor } = await world()
    const [, { nextT }] = [0, transactor.db]
    faults.failAll(moment)
    const failed = await Promise.allSettled([
      submit(transactor, put('a', 1)),
      submit(transactor, put('b', 1)),
    ])
    for (const result of failed) {
      expect(result.status).toBe('rejected')
      const error = (result as PromiseRejectedResult).reason as YoreError
      expect(error).toMatchObject({ code: ':yore/storage-unavailable', category: 'unavailable' })
    }
    expect(failed[0]).toMatchObject({ reason: { data: { outcome: 'unknown' } } })
    await expect(submit(transactor, put('c', 1))).rejects.toMatchObject({
      code: ':yore/storage-unavailable',
    })
    expect(transactor.db.nextT).toBe(nextT)
    faults.heal()
    await submit(transactor, put('d', 1))
    // `after`: the write of the first group did take place
    expect(numberOf(transactor.db, 'a')).toBe(moment === 'after' ? 1 : null)
    expect(numberOf(transactor.db, 'c')).toBe(null)
    expect(numberOf(transactor.db, 'd')).toBe(1)
    await expectSameWhenReopened(transactor, memoryStorage(store))
  }
})

test('the disk is full: reads go on, and when there is space again, transactions do', async () => {
  const { store, transactor } = await world()
  const faults = new Faults(['writeSlot'])
  const full = await open(faultyStorage(memoryStorage(store), faults))
  await transactor.close()
  faults.failAll('before')
  for (let i = 0; i < 3; i++) {
    await expect(submit(full, put('a', i))).rejects.toMatchObject({ category: 'unavailable' })
    expect(numberOf(full.db, 'a')).toBeNull()
  }
  faults.heal()
  await submit(full, put('a', 5))
  expect(numberOf(full.db, 'a')).toBe(5)
  await expectSameWhenReopened(full, memoryStorage(store))
})

test('what ran on top of a group that was not written runs again', async () => {
  const { store, faults, transactor } = await world()
  faults.failAt(1, 'before')
  const release = faults.hold()
  const first = submit(transactor, put('a', 1))
  await pause()
  // these have been run while the first is being written, and the second rests on it
  const second = submit(transactor, '[[:db/add [:x/key "a"] :x/n 2]]')
  const third = submit(transactor, put('b', 3))
  await pause()
  release()
  const results = await Promise.allSettled([first, second, third])
  expect(results.map((r) => r.status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(results[0]).toMatchObject({ reason: { code: ':yore/storage-unavailable' } })
  expect(results[1]).toMatchObject({ reason: { code: ':db.error/not-an-entity' } })
  expect(numberOf(transactor.db, 'a')).toBeNull()
  await expectSameWhenReopened(transactor, memoryStorage(store))
})

test('refusals wait for what they rest on, and come in order', async () => {
  const { faults, transactor } = await world()
  const release = faults.hold()
  const order: string[] = []
  const note = (name: string) => (): void => void order.push(name)
  const all = [
    submit(transactor, put('a', 1)).then(note('a')),
    submit(transactor, '[[:db/add [:x/key "nobody"] :x/n 1]]').catch(note('refused')),
    submit(transactor, put('b', 1)).then(note('b')),
  ]
  await pause()
  expect(order).toEqual([])
  release()
  await Promise.all(all)
  expect(order).toEqual(['a', 'refused', 'b'])
})

test('of two writers one is faster, and the other finds out before it acknowledges anything', async () => {
  for (let round = 0; round < 20; round++) {
    const store = new MemoryStore()
    await create(memoryStorage(store))
    const first = await open(memoryStorage(store))
    const second = await open(memoryStorage(store))
    const acknowledged: number[] = []
    let lost = 0
    const work = async (transactor: Transactor, name: string): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        for (let k = 0; k < (round * 7 + i) % 5; k++) await Promise.resolve()
        await Promise.all(
          [0, 1].map((j) =>
            submit(transactor, `[[:db/add "x" :db/doc "${name} ${i} ${j}"]]`).then(
              ({ t }) => acknowledged.push(t),
              (error: unknown) => {
                lost++
                expect(error).toMatchObject({ code: ':yore/writer-replaced' })
              },
            ),
          ),
        )
      }
    }
    await Promise.all([work(first, 'first'), work(second, 'second')])
    expect(lost).toBe(10)
    expect(new Set(acknowledged).size).toBe(10)
    const again = await open(memoryStorage(store))
    expect(Array.from(again.log.entries(0, Infinity), (x) => x.t)).toEqual(
      acknowledged.sort((x, y) => x - y),
    )
  }
})

test('the same transactions give the same database, in memory and from its log', async () => {
  const { store, transactor } = await world()
  for (let i = 0; i < 30; i++) {
    await submit(transactor, put(`k${i % 7}`, i))
    if (i % 5 === 0) await submit(transactor, `[[:db/retractEntity [:x/key "k${i % 7}"]]]`)
    await submit(
      transactor,
      `[{:x/key "r" :x/ref [{:db/id "new" :x/n ${i}} {:x/key "k${i % 3}"}]}]`,
    )
  }
  const again = await open(memoryStorage(store))
  expect(historyOf(again.db)).toEqual(historyOf(transactor.db))
  expect(logOf(again)).toEqual(logOf(transactor))
})

test('relaxed: what could not be made durable at the end is told, and the place is free again', async () => {
  const { store, transactor } = await world()
  await transactor.close()
  const faults = new Faults(['flush'])
  const relaxed = await open(faultyStorage(memoryStorage(store), faults), { relaxed: true })
  await submit(relaxed, put('a', 1))
  for (const moment of ['before', 'after'] as const) {
    faults.failAll(moment)
    await expect(relaxed.close()).rejects.toMatchObject({
      code: ':yore/storage-unavailable',
      category: 'unavailable',
    })
  }
  faults.heal()
  await expectSameWhenReopened(relaxed, memoryStorage(store))
})

test('relaxed: every operation fails once; what is there is a beginning of what was told', async () => {
  for (const moment of ['before', 'after'] as const) {
    for (let nth = 1; ; nth++) {
      const { store, transactor } = await world()
      await transactor.close()
      const faults = new Faults()
      const relaxed = await open(faultyStorage(memoryStorage(store), faults), { relaxed: true })
      const before = faults.seen
      faults.failAt(nth, moment)
      const told: number[] = []
      for (let i = 0; i < 4; i++) {
        const done = submit(relaxed, put('a', i)).then(({ t }) => told.push(t))
        await done.catch((error: unknown) => expect(error).toBeInstanceOf(YoreError))
      }
      const error = await relaxed.close().catch((e: unknown) => e)
      const note = `operation ${nth} ${moment}: ${String(error)}`
      const seen = faults.seen - before
      const again = await open(memoryStorage(store))
      const there = Array.from(again.log.entries(1001, Infinity), (x) => x.t)
      expect(there, note).toEqual(told)
      if (seen < nth) break
    }
  }
})
