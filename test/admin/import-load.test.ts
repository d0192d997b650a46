/** Imports load many transactions at once: the database is the same as if each had come alone, at every moment, and all of it is indexed. */

import { describe, expect, test } from 'vitest'
import { exportLines, importLines } from '../../packages/yore/src/admin/dump.ts'
import { verifyStored } from '../../packages/yore/src/admin/verify.ts'
import { systemEnv as env } from '../../packages/yore/src/base/env-system.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import type { Transaction } from '../../packages/yore/src/db/log-record.ts'
import { emptyDb } from '../../packages/yore/src/db/bootstrap.ts'
import { replay, replayLater } from '../../packages/yore/src/db/replay.ts'
import { createFactIndex } from '../../packages/yore/src/indexes/create.ts'
import { liveBytesOf } from '../../packages/yore/src/indexes/jobs/job.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { Random } from '../oracle/random.ts'
import { contentsOf, databaseId, freshIn, grow, openIn, submit } from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`import-load.test: SEED=${seed}`)

async function linesOf(transactor: Transactor): Promise<string[]> {
  const out: string[] = []
  const range = { from: 0, to: Infinity }
  const format = seed % 2 === 0 ? 'edn' : 'json'
  for await (const line of exportLines(transactor.db, transactor.log, { env, format, ...range })) {
    out.push(line)
  }
  return out
}

/** A database, its log left out. */
const seen = (db: Db): unknown => contentsOf({ db, log: { entries: () => [] } } as never)

test('what waits for its place in the index is seen by whoever reads, in whatever order', async () => {
  const random = new Random(seed)
  const from = Transactor.inMemory(env, 'source')
  await grow(from, random, 120)
  const log = [...from.log.entries(0, from.db.nextT)] as Transaction[]
  for (const jobs of ['self', 'caller'] as const) {
    const empty = emptyDb('source', (facts, placement) =>
      createFactIndex(facts, placement, { jobs, segmentSize: 8, liveMax: 64 }),
    )
    const [each, later]: Db[][] = [[], []]
    let [one, other] = [empty, empty]
    for (const tx of log) {
      one = replay(one, [tx])
      // some are read while others come
      other = replayLater(other, tx, random.int(2) === 0)
      if (random.int(10) === 0) expect(seen(other)).toEqual(seen(one))
      expect(liveBytesOf(other.facts)).toBeGreaterThanOrEqual(0)
      each?.push(one)
      later?.push(other)
    }
    const places = each?.map((_, i) => i) ?? []
    for (let n = 0; n < 40; n++) {
      const [i] = places.splice(random.int(places.length), 1)
      if (i === undefined) break
      expect(seen(later?.[i] as Db), `seed ${seed}, transaction ${i}`).toEqual(
        seen(each?.[i] as Db),
      )
    }
    expect(seen(other)).toEqual(seen(from.db))
  }
})

/** Many small transactions, a third of which end what an earlier one has asserted. */
async function many(transactions: number): Promise<Transactor> {
  const from = Transactor.inMemory(env, 'source')
  await submit(
    from,
    `[{:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
      {:db/ident :x/s :db/valueType :db.type/string :db/cardinality :db.cardinality/many :db/fulltext true}]`,
  )
  const random = new Random(seed)
  const { tempids } = await submit(
    from,
    `[${Array.from({ length: 40 }, (_, i) => `{:db/id "e${i}" :x/n ${i}}`).join(' ')}]`,
  )
  const ids = [...tempids.values()]
  for (let n = 0; n < transactions; n++) {
    const e = random.int(3) === 0 ? `${ids[random.int(40)]}` : '"new"'
    await submit(from, `[{:db/id ${e} :x/n ${random.int(1000)} :x/s "word${random.int(90)} more"}]`)
  }
  return from
}

describe('index jobs', () => {
  test.each(['auto', 'pieces'] as const)(
    'run while it imports, and at the end nothing is live (%s)',
    async (indexing) => {
      const from = await many(1600)
      const store = new MemoryStore()
      const options = {
        segmentSize: 32,
        memoryIndexThreshold: 20_000,
        memoryIndexMax: 1e6,
        indexing,
      }
      const to = await freshIn(memoryStorage(store), options)
      const revisions = new Set<number>()
      await importLines(to, await linesOf(from), {
        env,
        onProgress: () => revisions.add(to.root?.revision ?? 0),
      })
      expect(to.root?.nextT).toBe(to.db.nextT)
      expect(to.root?.revision).toBeGreaterThan(2)
      expect(liveBytesOf(to.db.facts)).toBe(0)
      expect(contentsOf(to)).toEqual(contentsOf(from))
      // as before: jobs start by themselves again
      const { revision } = to.root ?? { revision: 0 }
      for (let i = 0; i < 200; i++) await submit(to, `[{:x/s "later ${i}"} {:x/s "and ${i}"}]`)
      await to.indexed(to.db.basisT)
      expect(to.root?.revision).toBeGreaterThan(revision)
      await to.close()
      const report = await verifyStored(
        { storage: memoryStorage(store), databaseId, name: 'care' },
        { env },
      )
      expect(report.problems).toEqual([])
    },
  )

  test('a database that is closed meanwhile: the import ends all the same', async () => {
    const from = await many(1600)
    const lines = await linesOf(from)
    for (let i = 0; i < 4; i++) {
      const options = { segmentSize: 32, memoryIndexThreshold: 20_000, memoryIndexMax: 1e6 }
      const store = new MemoryStore()
      const to = await freshIn(memoryStorage(store), options)
      const importing = importLines(to, lines, { env }).then(
        ({ t }) => t,
        (error: unknown) => {
          if (!(error instanceof YoreError)) throw error
          return 0
        },
      )
      for (let n = 0; n < 5 * i * i; n++) await env.turn()
      await to.close()
      const t = await importing
      if (t > 0) expect(t).toBe(from.db.basisT)
      const again = await openIn(memoryStorage(store))
      expect(again.db.basisT).toBe(to.db.basisT)
      await again.close()
    }
  })

  test('that fail do not make the import fail', async () => {
    const from = await many(700)
    const store = new MemoryStore()
    const failing = Object.assign(memoryStorage(store), {
      putBlobs: () => Promise.reject(new YoreError(':yore/storage-unavailable', 'no blobs today')),
    })
    const to = await freshIn(failing, { segmentSize: 32, memoryIndexThreshold: 20_000 })
    await importLines(to, await linesOf(from), { env })
    expect(contentsOf(to)).toEqual(contentsOf(from))
    await to.close()
    const again = await openIn(memoryStorage(store))
    expect(contentsOf(again)).toEqual(contentsOf(from))
    await again.close()
  })
})
