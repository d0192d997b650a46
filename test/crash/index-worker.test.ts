/** Index jobs in a worker: the same bytes as in pieces; and whatever becomes of the worker, the job is done and nothing is lost. */

import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Env } from '../../packages/yore/src/base/env.ts'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { keyword } from '../../packages/yore/src/data/values.ts'
import { entid } from '../../packages/yore/src/db/lookup.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import { entry, startIndexWorker } from '../../packages/yore/src/transactor/index-worker-node.ts'
import type { StoredOptions, Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { silentWorker, useBundledWorker, Watched } from './index-worker.ts'
import {
  create,
  databaseId,
  everyOrder,
  expectSameWhenReopened,
  historyOf,
  logOf,
  open,
  schema,
  submit,
} from './tools.ts'

beforeAll(useBundledWorker)
afterAll(() => void (entry.url = null))

const opened: Transactor[] = []
afterAll(async () => {
  for (const transactor of opened) await transactor.close()
})

const base = { memoryIndexThreshold: 2 ** 30, indexing: 'worker' } as const

/** A clock and a random source that say the same in every run. */
function repeatedEnv(seed: number): Env {
  let state = seed
  let ms = 1_700_000_000_000
  return {
    ...systemEnv,
    now: () => ms++,
    random: (bytes) => bytes.map(() => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0)),
  }
}

async function opening(
  store: MemoryStore,
  options: Partial<StoredOptions>,
  faults?: Faults,
): Promise<Transactor> {
  if (!store.roots.has(`db/${databaseId}`)) await create(memoryStorage(store))
  const storage = memoryStorage(store)
  const place = faults === undefined ? storage : faultyStorage(storage, faults)
  const transactor = await open(place, { ...base, ...options })
  opened.push(transactor)
  return transactor
}

const texts = `[{:db/ident :t/text :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/fulltext true}
  {:db/ident :t/gone :db/valueType :db.type/double :db/cardinality :db.cardinality/many :db/noHistory true}]`

/** Values of several types, new and changed, some retracted; every now and then a definition changes. */
async function work(transactor: Transactor, from: number, n: number): Promise<void> {
  for (let i = from; i < from + n; i++) {
    await submit(
      transactor,
      `[{:x/key "k${i % 90}" :x/n ${i} :t/text "some words ${i} and ${i % 7}" :t/gone [${i}.5 ${i % 3}.0]}]`,
    )
    if (i % 6 === 0) await submit(transactor, `[[:db/retractEntity [:x/key "k${(i * 7) % 90}"]]]`)
    if (i % 40 === 0) await submit(transactor, '[{:db/ident :x/n :db/index true}]')
    if (i % 40 === 20) await submit(transactor, '[[:db/retract :x/n :db/index true]]')
  }
}

function contents(store: MemoryStore): Record<string, string> {
  const { blobs } = store.of(databaseId)
  const texts = [...blobs, ...store.roots].map(
    ([id, bytes]) => [id, Buffer.from(bytes).toString('base64')] as const,
  )
  return Object.fromEntries(texts.sort(([x], [y]) => (x < y ? -1 : 1)))
}

test.each([
  [8, 'lz4'],
  [64, 'deflate-raw'],
  [64, 'none'],
  [undefined, 'lz4'],
] as const)('the same blobs and roots, segments of %s, %s', async (segmentSize, compression) => {
  const options = { segmentSize, compression, indexLaterFrom: 60 }
  const store = new MemoryStore()
  const watched = new Watched()
  for (let round = 0; round < 5; round++) {
    const transactor = await opening(store, options)
    if (round === 0) await submit(transactor, schema)
    if (round === 0) await submit(transactor, texts)
    await work(transactor, round * 100, 100)
    await transactor.close()
    const made: Record<string, string>[] = []
    for (const [place, more] of [
      [store.clone(), { startWorker: watched.start }],
      [store, { indexing: 'pieces' }],
    ] as const) {
      const each = await opening(place, { ...options, env: repeatedEnv(7 + round), ...more })
      await each.indexed(each.db.basisT)
      const before = [everyOrder(each.db), logOf(each)]
      await each.close()
      made.push(contents(place))
      const again = await opening(place, options)
      expect([everyOrder(again.db), logOf(again)]).toEqual(before)
      await again.close()
    }
    expect(made[0]).toEqual(made[1])
    expect(watched.said).toMatchObject({ done: round + 1 })
  }
})

test('no buffer is handed over: from the first one on V8 slows down every loop over typed arrays of the program', async () => {
  const posted = vi.spyOn(Worker.prototype, 'postMessage')
  try {
    const watched = new Watched()
    const transactor = await opening(new MemoryStore(), { startWorker: watched.start })
    await submit(transactor, schema)
    await submit(transactor, texts)
    for (let round = 1; round <= 2; round++) {
      await work(transactor, 0, 40)
      await transactor.indexed(transactor.db.basisT)
    }
    expect(watched.said).toMatchObject({ done: 2 })
    const kinds = new Set(posted.mock.calls.map(([message]) => (message as { kind: string }).kind))
    expect([...kinds].sort()).toEqual(['blobs', 'job', 'put', 'slots'])
    for (const [, transfer] of posted.mock.calls) expect(transfer).toBeUndefined()
  } finally {
    posted.mockRestore()
  }
})

test('databases that are closed leave their thread to the next; one that failed, or a second one, ends', async () => {
  const store = new MemoryStore()
  const watched = new Watched()
  const options = { startWorker: watched.start, env: systemEnv }
  const job = async (transactor: Transactor): Promise<void> => {
    await work(transactor, 0, 20)
    await transactor.indexed(transactor.db.basisT)
  }
  const first = await opening(store, options)
  await submit(first, schema)
  await submit(first, texts)
  await job(first)
  await first.close()
  const threads = entry.started
  for (let round = 0; round < 3; round++) {
    const place = store.clone()
    const next = await opening(place, options)
    await job(next)
    await expectSameWhenReopened(next, memoryStorage(place))
  }
  expect(entry.started).toBe(threads)
  // two at once need two threads, of which one is kept
  const pair = [await opening(store.clone(), options), await opening(store.clone(), options)]
  await Promise.all(pair.map(job))
  expect(entry.started).toBe(threads + 1)
  for (const each of pair) await each.close()
  watched.dies = ({ kind }) => kind === 'done'
  const failing = await opening(store.clone(), options)
  await job(failing)
  await failing.close()
  watched.dies = () => false
  const afterDeaths = entry.started
  const last = await opening(store.clone(), options)
  await job(last)
  await last.close()
  expect(entry.started).toBe(afterDeaths + 1)
  // with a clock that hurries nobody comes in time
  for (let round = 1; round <= 2; round++) {
    const hasty = await opening(store.clone(), { startWorker: watched.start })
    await job(hasty)
    await hasty.close()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(entry.started).toBe(afterDeaths + round)
  }
})

test.each([
  ['worker', undefined],
  ['worker', 8],
  ['pieces', undefined],
] as const)(
  'what is no longer indexed is gone from the value in memory too: %s, segments of %s',
  async (indexing, segmentSize) => {
    const transactor = await opening(new MemoryStore(), { indexing, segmentSize })
    await submit(transactor, schema)
    for (let round = 0; round < 4; round++) {
      await submit(transactor, '[{:db/ident :x/n :db/index true}]')
      for (let i = round * 20; i < round * 21 + 12; i++) {
        await submit(transactor, `[{:x/key "k${i}" :x/n ${i}} {:x/key "k${i >> 1}x" :x/n 5}]`)
        await transactor.indexed(transactor.db.basisT)
      }
      await submit(transactor, '[[:db/retract :x/n :db/index true]]')
      await transactor.indexed(transactor.db.basisT)
      const { avet, 'history avet': past } = everyOrder(transactor.db)
      expect(new Set(avet).size).toBe(avet?.length)
      expect(new Set(past).size).toBe(past?.length)
    }
    await transactor.close()
  },
)

/** The history, without what has none. */
function kept({ db }: Transactor): string[] {
  const gone = entid(db, keyword(':t/gone'))
  return historyOf(db).filter((line) => !line.includes(` ${gone} `))
}

/** A database with an index and something after it. */
async function prepared(): Promise<MemoryStore> {
  const store = new MemoryStore()
  const transactor = await opening(store, { indexing: 'pieces', segmentSize: 8 })
  await submit(transactor, schema)
  await submit(transactor, texts)
  await work(transactor, 0, 60)
  await transactor.indexed(transactor.db.basisT)
  await work(transactor, 60, 30)
  await transactor.close()
  return store
}

const small = { segmentSize: 8, cacheBytes: 0 }

test('killed at any moment, the job is done all the same', async () => {
  const store = await prepared()
  for (let nth = 1; ; nth += Math.ceil(nth / 2)) {
    const copy = store.clone()
    const watched = new Watched()
    let n = 0
    watched.dies = () => ++n === nth
    const transactor = await opening(copy, { ...small, startWorker: watched.start })
    const before = [kept(transactor), logOf(transactor)]
    const indexed = transactor.indexed(transactor.db.basisT)
    await submit(transactor, `[{:x/key "meanwhile" :x/n ${nth}}]`)
    await indexed
    expect(transactor.root?.basisT).toBeGreaterThanOrEqual(transactor.db.basisT - 1)
    expect(kept(transactor)).toEqual(expect.arrayContaining(before[0] as string[]))
    expect(logOf(transactor).slice(0, -1)).toEqual(before[1])
    await expectSameWhenReopened(transactor, memoryStorage(copy))
    if (n < nth) return
  }
})

describe('no worker', () => {
  test.each([
    ['there is none', (): null => null],
    [
      'its file is missing',
      (told: Parameters<typeof startIndexWorker>[0]) => {
        const { url } = entry
        entry.url = new URL('file:///nowhere/yore.mjs')
        const handle = startIndexWorker(told)
        entry.url = url
        return handle
      },
    ],
  ] as const)('%s', async (_, startWorker) => {
    const store = await prepared()
    const transactor = await opening(store, { ...small, startWorker })
    for (let i = 0; i < 5; i++) {
      await submit(transactor, `[{:x/key "more" :x/n ${i}}]`)
      await transactor.indexed(transactor.db.basisT)
      expect(transactor.root?.basisT).toBe(transactor.db.basisT)
    }
    await expectSameWhenReopened(transactor, memoryStorage(store))
  })

  test('it is silent', async () => {
    const store = await prepared()
    let late = 0
    const env = {
      ...systemEnv,
      monotonicMs: () => systemEnv.monotonicMs() + late,
      after: (ms: number, run: () => void, background?: boolean) =>
        systemEnv.after(Math.min(ms, 1), run, background),
    }
    const transactor = await opening(store, { ...small, env, startWorker: silentWorker })
    const ages = setInterval(() => (late += 60_000), 20)
    await transactor.indexed(transactor.db.basisT)
    clearInterval(ages)
    expect(transactor.root?.basisT).toBe(transactor.db.basisT)
    await expectSameWhenReopened(transactor, memoryStorage(store))
  })
})

test('an error of the storage is the error of the job, which is tried again', async () => {
  const store = await prepared()
  for (const operation of ['getBlobs', 'readSlots', 'putBlobs'] as const) {
    const copy = store.clone()
    const faults = new Faults([operation])
    const watched = new Watched()
    const transactor = await opening(copy, { ...small, startWorker: watched.start }, faults)
    watched.dies = () => {
      faults.failAt(1, 'before')
      watched.dies = () => false
      return false
    }
    const { basisT } = transactor.db
    await expect(transactor.indexed(basisT), operation).rejects.toMatchObject({
      code: ':yore/storage-unavailable',
    })
    faults.heal()
    await transactor.indexed(basisT)
    expect(transactor.root?.basisT).toBe(basisT)
    expect(watched.said).toMatchObject({ done: 1 })
    await expectSameWhenReopened(transactor, memoryStorage(copy))
  }
})

test('released during a job: the worker ends, and the next one who opens has everything', async () => {
  const store = await prepared()
  const watched = new Watched()
  const transactor = await opening(store, { ...small, startWorker: watched.start })
  const before = historyOf(transactor.db)
  const indexed = transactor.indexed(transactor.db.basisT)
  const refused = expect(indexed).rejects.toMatchObject({ code: ':yore/released' })
  await new Promise<void>((resolve) => {
    watched.dies = () => {
      resolve()
      return false
    }
  })
  await transactor.close()
  await refused
  expect(watched.said['done']).toBeUndefined()
  const again = await opening(store, small)
  expect(historyOf(again.db)).toEqual(before)
})

test('excision is done without the worker', async () => {
  const store = await prepared()
  const watched = new Watched()
  const transactor = await opening(store, { ...small, startWorker: watched.start })
  await submit(transactor, '[{:db/excise [:x/key "k1"]}]')
  await transactor.indexed(transactor.db.basisT)
  expect(watched.started).toBe(0)
  expect(historyOf(transactor.db).filter((line) => line.includes('"k1"'))).toEqual([])
})
