/** Index jobs, on this thread and in a worker: nothing changes but where things lie; and every storage operation of a job is made to fail in turn. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyword } from '../../packages/yore/src/data/values.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import { attributeOf } from '../../packages/yore/src/db/lookup.ts'
import type { Attribute } from '../../packages/yore/src/db/schema.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import { liveBytesOf } from '../../packages/yore/src/indexes/jobs/job.ts'
import { entry } from '../../packages/yore/src/transactor/index-worker-node.ts'
import type { StoredOptions, Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { useBundledWorker } from './index-worker.ts'
import {
  create,
  databaseId,
  expectSameWhenReopened,
  historyOf,
  logOf,
  numberOf,
  open as openPlain,
  reachedBlobs,
  schema,
  submit,
} from './tools.ts'

beforeAll(useBundledWorker)
afterAll(() => void (entry.url = null))

let indexing: 'pieces' | 'worker' = 'pieces'
const open = (storage: Storage, options: Partial<StoredOptions> = {}): Promise<Transactor> =>
  openPlain(storage, { indexing, ...options })

const small = { segmentSize: 8, cacheBytes: 0 }
const put = (key: string, n: number): string => `[{:x/key "${key}" :x/n ${n}}]`

/** Transactions of all kinds: new entities, new values, retractions, references. */
async function someTransactions(transactor: Transactor, from: number, n: number): Promise<void> {
  for (let i = from; i < from + n; i++) {
    await submit(transactor, put(`k${i % 17}`, i))
    if (i % 5 === 0) await submit(transactor, `[[:db/retractEntity [:x/key "k${i % 17}"]]]`)
    await submit(
      transactor,
      `[{:x/key "r" :x/ref ["new" {:x/key "k${i % 3}"}]} {:db/id "new" :x/n ${i}}]`,
    )
    if (i % 7 === 0) await submit(transactor, `[{:db/ident :name/n${i} :db/doc "doc ${i}"}]`)
  }
}

/** The same transactions, in a storage without jobs and with them. */
async function pair(): Promise<{ plain: Transactor; store: MemoryStore }> {
  const store = new MemoryStore()
  await create(memoryStorage(store))
  const other = new MemoryStore()
  await create(memoryStorage(other))
  return { plain: await open(memoryStorage(other)), store }
}

/** Every blob is named by the root or a record of garbage. */
async function expectNoOrphans(store: MemoryStore, transactor: Transactor): Promise<void> {
  const reached = reachedBlobs(memoryStorage(store), transactor)
  const there = await memoryStorage(store).listBlobs(databaseId, { limit: 10_000 })
  expect(there.filter((id) => !reached.has(id))).toEqual([])
  expect([...reached].filter((id) => !there.includes(id))).toEqual([])
}

describe.each(['pieces', 'worker'] as const)('%s', (mode) => {
  beforeAll(() => void (indexing = mode))

  test('a job changes where things lie, and nothing else', async () => {
    const { store } = await pair()
    const storage = memoryStorage(store)
    let transactor = await open(storage, small)
    await submit(transactor, schema)
    for (let round = 0; round < 6; round++) {
      await someTransactions(transactor, round * 20, 20)
      const [datoms, log] = [historyOf(transactor.db), logOf(transactor)]
      const before = transactor.db
      await transactor.indexed(transactor.db.basisT)
      expect(historyOf(transactor.db)).toEqual(datoms)
      expect(historyOf(before)).toEqual(datoms)
      expect(logOf(transactor)).toEqual(log)
      expect(liveBytesOf(transactor.db.facts)).toBe(0)
      expect(await storage.readSlots(databaseId, { from: 0 })).toEqual([])
      expect(await storage.readRoot(`job/${databaseId}`)).toBeNull()
      await expectSameWhenReopened(transactor, storage)
      transactor = await open(storage, small)
      expect(historyOf(transactor.db)).toEqual(datoms)
    }
  })

  test('what is transacted during a job is there after it', async () => {
    const { store } = await pair()
    const storage = memoryStorage(store)
    const transactor = await open(storage, { ...small, memoryIndexThreshold: 20_000 })
    await submit(transactor, schema)
    let jobs = 0
    const names = new Set<string>()
    let results: Promise<unknown>[] = []
    let last = 0
    // a worker takes a while to begin
    for (let i = 0; i < 600 || (jobs <= 3 && i < 60_000); i++) {
      if (i % 40 === 39) last = i
      results.push(submit(transactor, put(`k${i % 40}`, i)))
      if (i % 50 === 0) {
        results.push(
          submit(
            transactor,
            `[{:db/ident :y/a${i} :db/valueType :db.type/long :db/cardinality :db.cardinality/one}]`,
          ),
        )
      }
      if (i % 50 === 25) results.push(submit(transactor, `[{:x/key "k1" :y/a${i - 25} ${i}}]`))
      if (i % 50 === 35) {
        results.push(submit(transactor, `[{:db/ident :y/a${i - 35} :db/index true}]`))
      }
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
      if (i % 30 === 0) {
        await Promise.all(results)
        results = []
      }
      const { job } = transactor.root as { job: string }
      if (!names.has(job)) jobs++
      names.add(job)
    }
    await Promise.all(results)
    expect(jobs).toBeGreaterThan(3)
    await transactor.indexed(transactor.db.basisT)
    expect(numberOf(transactor.db, 'k39')).toBe(last)
    await expectSameWhenReopened(transactor, storage)
  })

  describe('one operation of a job fails', { timeout: 240_000 }, () => {
    test.each(['before', 'after'] as const)('%s it was carried out', async (moment) => {
      for (let nth = 1; ; nth += mode === 'worker' ? 3 : 1) {
        const { store } = await pair()
        const faults = new Faults()
        const options = { ...small, memoryIndexThreshold: 2 ** 30 }
        const transactor = await open(faultyStorage(memoryStorage(store), faults), options)
        await submit(transactor, schema)
        await someTransactions(transactor, 0, 5)
        await transactor.indexed(transactor.db.basisT)
        await someTransactions(transactor, 5, 10)
        const [datoms, log] = [historyOf(transactor.db), logOf(transactor)]
        const seen = faults.seen
        faults.failAt(nth, moment)
        const result = await transactor.indexed(transactor.db.basisT).then(
          () => 'done',
          () => 'failed',
        )
        const operations = faults.seen - seen
        faults.heal()
        expect(historyOf(transactor.db)).toEqual(datoms)
        expect(logOf(transactor)).toEqual(log)
        const copy = store.clone()
        const killed = await open(memoryStorage(copy), options)
        expect(historyOf(killed.db), `${nth} ${result}`).toEqual(datoms)
        expect(logOf(killed)).toEqual(log)
        await expectNoOrphans(copy, killed)
        // and it goes on where it failed
        await someTransactions(transactor, 15, 3)
        await transactor.indexed(transactor.db.basisT)
        await expectSameWhenReopened(transactor, memoryStorage(store))
        if (operations < nth) return
      }
    })
  })

  test('killed at any moment of a job', async () => {
    const { store } = await pair()
    const transactor = await open(memoryStorage(store), { ...small, memoryIndexThreshold: 2 ** 30 })
    await submit(transactor, schema)
    await someTransactions(transactor, 0, 12)
    await transactor.indexed(transactor.db.basisT)
    await someTransactions(transactor, 12, 12)
    const copies: MemoryStore[] = []
    const watching = memoryStorage(store)
    const unwatch = watching.watch?.(() => copies.push(store.clone()))
    await transactor.indexed(transactor.db.basisT)
    unwatch?.()
    expect(copies.length).toBeGreaterThan(5)
    const datoms = historyOf(transactor.db)
    const log = logOf(transactor)
    for (const copy of copies) {
      const killed = await open(memoryStorage(copy), small)
      expect(historyOf(killed.db)).toEqual(datoms)
      expect(logOf(killed)).toEqual(log)
      await expectNoOrphans(copy, killed)
      await killed.close()
    }
  })

  test('an attribute with many values comes into AVET by a job', async () => {
    const { store } = await pair()
    const storage = memoryStorage(store)
    const options = { ...small, indexLaterFrom: 20, memoryIndexThreshold: 2 ** 30 }
    let transactor = await open(storage, options)
    const attribute = (): Attribute => attributeOf(transactor.db, keyword(':x/n')) as Attribute
    const values = (): unknown[] =>
      Array.from(datoms(transactor.db, 'avet', [keyword(':x/n')]), ({ v }) => v)
    await submit(transactor, schema)
    for (let i = 0; i < 15; i++) await submit(transactor, put(`k${i}`, i % 7))
    await submit(transactor, '[{:db/ident :x/n :db/index true}]')
    // there are few: at once
    expect(attribute()).toMatchObject({ indexed: true, hasAvet: true })
    await submit(transactor, '[[:db/retract :x/n :db/index true]]')
    for (let i = 0; i < 30; i++) await submit(transactor, put(`k${i}`, 100 - i))
    const faults = new Faults()
    await transactor.close()
    transactor = await open(faultyStorage(storage, faults), options)
    const go = faults.hold()
    const altered = submit(transactor, '[{:db/ident :x/n :db/index true}]')
    setTimeout(go, 5)
    await altered
    expect(attribute()).toMatchObject({ indexed: true, hasAvet: false })
    expect(values).toThrow(':db.error/attribute-not-indexed')
    // meanwhile transactions go on, and may touch the definition
    for (let i = 0; i < 10; i++) await submit(transactor, put(`m${i}`, 200 + i))
    await submit(transactor, '[{:db/ident :x/n :db/doc "a number"}]')
    const killed = await open(memoryStorage(store.clone()), options)
    expect([...killed.db.schema.pending]).toEqual([...transactor.db.schema.pending])
    // whoever opens it next goes on with it, unasked
    while (killed.db.schema.pending.size > 0) await new Promise((done) => setTimeout(done, 2))
    expect([...datoms(killed.db, 'avet', [keyword(':x/n')])]).toHaveLength(40)
    await killed.close()
    await transactor.indexed(transactor.db.basisT)
    await transactor.indexed(transactor.db.basisT)
    expect(attribute()).toMatchObject({ indexed: true, hasAvet: true })
    expect(values()).toHaveLength(40)
    expect(transactor.db.schema.pending.size).toBe(0)
    await submit(transactor, put('later', -1))
    expect(values()[0]).toBe(-1)
    // of many values only an index can say whether they are distinct: first that, then uniqueness
    await submit(transactor, '[[:db/retract :x/n :db/index true]]')
    const withoutIndex = { data: { reason: ':db.error/unique-without-index' } }
    const both = '[{:db/ident :x/n :db/unique :db.unique/value :db/index true}]'
    await expect(submit(transactor, both)).rejects.toMatchObject(withoutIndex)
    expect(attribute()).toMatchObject({ unique: null, hasAvet: false })
    const unique = '[{:db/ident :x/n :db/unique :db.unique/value}]'
    const go2 = faults.hold()
    const indexedAgain = submit(transactor, '[{:db/ident :x/n :db/index true}]')
    setTimeout(go2, 5)
    await indexedAgain
    await expect(submit(transactor, unique)).rejects.toMatchObject(withoutIndex)
    await transactor.indexed(transactor.db.basisT)
    // who makes it unique is told of two that are equal, and nothing has changed
    await submit(transactor, put('twice', -1))
    await expect(submit(transactor, unique)).rejects.toMatchObject({
      code: ':db.error/invalid-alter-attribute',
      data: { reason: ':db.error/unique-violation', value: -1 },
    })
    expect(attribute()).toMatchObject({ unique: null, hasAvet: true })
    await submit(transactor, put('twice', -2))
    await submit(transactor, unique)
    expect(attribute()).toMatchObject({ unique: 'value', hasAvet: true })
    await expect(submit(transactor, put('twice', -1))).rejects.toMatchObject({
      code: ':db.error/unique-conflict',
    })
    await expectSameWhenReopened(transactor, storage)
  })

  test('garbage is collected by age, and nothing that is reached goes', async () => {
    const { store } = await pair()
    const storage = memoryStorage(store)
    const transactor = await open(storage, small)
    await submit(transactor, schema)
    for (let i = 0; i < 4; i++) {
      await someTransactions(transactor, i * 6, 6)
      await transactor.indexed(transactor.db.basisT)
    }
    const all = (await storage.listBlobs(databaseId, { limit: 10_000 })).length
    await transactor.collectGarbage(0)
    expect((await storage.listBlobs(databaseId, { limit: 10_000 })).length).toBe(all)
    await transactor.collectGarbage(Date.now() + 1000)
    expect((await storage.listBlobs(databaseId, { limit: 10_000 })).length).toBeLessThan(all)
    await expectNoOrphans(store, transactor)
    await expectSameWhenReopened(transactor, storage)
  })

  test('transactions wait when the memory index is full, and are refused when jobs fail', async () => {
    const { store } = await pair()
    const faults = new Faults(['putBlobs'])
    const transactor = await open(faultyStorage(memoryStorage(store), faults), {
      memoryIndexThreshold: 10_000,
      memoryIndexMax: 200_000,
    })
    await submit(transactor, schema)
    faults.failAll('before')
    const refused: unknown[] = []
    for (let i = 0; i < 5000 && refused.length === 0; i++) {
      await submit(transactor, put(`k${i}`, i)).catch((error: unknown) => refused.push(error))
    }
    expect(refused[0]).toMatchObject({ code: ':yore/index-behind', category: 'busy' })
    expect(liveBytesOf(transactor.db.facts)).toBeLessThan(500_000)
    faults.heal()
    for (let i = 0; ; i++) {
      const done = await submit(transactor, put(`again`, i)).then(
        () => true,
        () => false,
      )
      if (done) break
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await Promise.all(Array.from({ length: 3000 }, (_, i) => submit(transactor, put(`m${i}`, i))))
    expect(liveBytesOf(transactor.db.facts)).toBeLessThan(500_000)
    await expectSameWhenReopened(transactor, memoryStorage(store))
  })
})
