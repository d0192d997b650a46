/** Backups: every point restores to what was, while the database is in use, whatever fails meanwhile. */

import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import { claimOf, pointTs } from '../../packages/yore/src/admin/backup-point.ts'
import { blobIdsIn } from '../../packages/yore/src/admin/copy.ts'
import { deletePoints } from '../../packages/yore/src/admin/prune.ts'
import { restore } from '../../packages/yore/src/admin/restore.ts'
import type { YoreError } from '../../packages/yore/src/base/errors.ts'
import { readCatalog } from '../../packages/yore/src/db/catalog.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import type { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { Random } from '../oracle/random.ts'
import {
  contentsOf,
  createIn,
  databaseId,
  freshIn,
  grow,
  hastyEnv as env,
  openIn,
  operationsFrom,
  submit,
  worldTransaction,
} from './world.ts'
import { errorOf } from '../error-of.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`backup.test: SEED=${seed}`)

const backUp = (storage: Storage, target: Storage, id = databaseId): ReturnType<typeof backup> =>
  backup({ storage, databaseId: id, name: 'care' }, target, { env })

let ids = 0
const newDatabaseId = (): string => `new-${++ids}`

/** Restores into a storage, and opens what came of it. */
async function restored(
  target: Storage,
  t?: number,
  storage: Storage = memoryStorage(),
  name = 'restored',
): Promise<Transactor> {
  const done = await restore(target, storage, name, { env, t, newDatabaseId })
  expect((await readCatalog(storage)).databases.get(name)).toBe(done.databaseId)
  return openIn(storage, { databaseId: done.databaseId, segmentSize: 8 })
}

const some = async (transactor: Transactor, random: Random, n: number): Promise<void> => {
  for (let i = 0; i < n; i++) {
    await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
  }
}

describe('points', () => {
  test('each restores to the database as it was, and copies only what is new', async () => {
    const [storage, target] = [memoryStorage(), memoryStorage()]
    const transactor = await freshIn(storage)
    const random = new Random(seed)
    await grow(transactor, random, 60)
    const was = new Map<number, unknown>()
    const copied: number[] = []
    for (let i = 0; i < 6; i++) {
      // with slots alone, after a job, and with both
      if (i % 3 > 0) await transactor.indexed(transactor.db.basisT)
      if (i % 3 !== 1) await some(transactor, random, 5)
      const done = await backUp(storage, target)
      expect(done.t).toBe(transactor.db.basisT)
      copied.push(done.blobs)
      was.set(done.t, contentsOf(transactor))
    }
    expect(await pointTs(target)).toEqual([...was.keys()].reverse())
    expect((await backUp(storage, target)).blobs).toBe(0)
    for (const [t, contents] of was) {
      const copy = await restored(target, t)
      expect(contentsOf(copy), `seed ${seed}, t ${t}`).toEqual(contents)
      // and it is a database like others
      await some(copy, random, 3)
      await copy.indexed(copy.db.basisT)
      await copy.close()
    }
    const newest = await restored(target)
    expect(contentsOf(newest)).toEqual([...was.values()].at(-1))
    await transactor.close()
  })

  test('a large database with small changes: most of it is copied once', async () => {
    const [storage, target] = [memoryStorage(), memoryStorage()]
    const transactor = await freshIn(storage)
    await submit(
      transactor,
      `[{:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one}]`,
    )
    const things = (n: number): string =>
      `[${Array.from({ length: n }, (_, i) => `{:x/n ${i}}`).join(' ')}]`
    for (let i = 0; i < 10; i++) await submit(transactor, things(300))
    await transactor.indexed(transactor.db.basisT)
    const first = await backUp(storage, target)
    await submit(transactor, things(3))
    await transactor.indexed(transactor.db.basisT)
    const second = await backUp(storage, target)
    expect(second.blobs).toBeGreaterThan(0)
    expect(second.blobs).toBeLessThan(first.blobs / 5)
    await transactor.close()
  })

  test('a database without transactions', async () => {
    const [storage, target] = [memoryStorage(), memoryStorage()]
    await createIn(storage)
    await backUp(storage, target)
    const copy = await restored(target)
    expect(copy.db.nextT).toBe(1000)
  })

  test('while transactions, jobs and collections go on', async () => {
    const [storage, target] = [memoryStorage(), memoryStorage()]
    const transactor = await freshIn(storage, { segmentSize: 8, memoryIndexThreshold: 20_000 })
    const random = new Random(seed)
    await grow(transactor, random, 40)
    let isDone = false
    const life = (async () => {
      while (!isDone) {
        await some(transactor, random, 3)
        if (random.chance(0.3)) await transactor.indexed(transactor.db.basisT)
        if (random.chance(0.3)) await transactor.collectGarbage(env.now() + 1000)
        await env.turn()
      }
    })()
    const ts: number[] = []
    for (let i = 0; i < 8; i++) ts.push((await backUp(storage, target)).t)
    isDone = true
    await life
    for (const t of ts) {
      const copy = await restored(target, t)
      expect(copy.db.basisT).toBe(t)
      const all = contentsOf(copy) as { readonly log: readonly string[] }
      const log = (contentsOf(transactor) as { readonly log: readonly string[] }).log
      expect(all.log).toEqual(log.slice(0, all.log.length))
      await copy.close()
    }
    await transactor.close()
  })

  test('deleted ones are gone with what only they needed; the others restore', async () => {
    const [storage, target] = [memoryStorage(), memoryStorage()]
    const transactor = await freshIn(storage)
    const random = new Random(seed)
    await grow(transactor, random, 20)
    const was = new Map<number, unknown>()
    for (let i = 0; i < 5; i++) {
      await some(transactor, random, 4)
      if (i % 2 === 0) await transactor.indexed(transactor.db.basisT)
      was.set((await backUp(storage, target)).t, contentsOf(transactor))
    }
    const ts = await pointTs(target)
    const [a, b, c, d, e] = ts as [number, number, number, number, number]
    expect(await deletePoints(target, [a, c, e], { env })).toBeGreaterThan(0)
    expect(await pointTs(target)).toEqual([b, d])
    for (const t of [b, d]) expect(contentsOf(await restored(target, t))).toEqual(was.get(t))
    expect((await errorOf(() => restored(target, a))).code).toBe(':yore/backup-not-found')
    expect((await errorOf(() => deletePoints(target, [a], { env }))).code).toBe(
      ':yore/backup-not-found',
    )
    // and a backup of the newest copies again what is missing
    expect((await backUp(storage, target)).t).toBe(a)
    expect(contentsOf(await restored(target, a))).toEqual(was.get(a))
    await deletePoints(target, await pointTs(target), { env })
    expect([...(await blobIdsIn(target, databaseId))]).toEqual([])
    await transactor.close()
  })
})

describe('refusals', () => {
  test('a target belongs to one database', async () => {
    const [storage, target] = [memoryStorage(), memoryStorage()]
    await createIn(storage)
    await createIn(storage, 'other-db')
    await backUp(storage, target)
    const error = await errorOf(() => backUp(storage, target, 'other-db'))
    expect(error.code).toBe(':backup/claim-failed')
    expect(error.category).toBe('conflict')
    expect(await claimOf(target)).toBe(databaseId)
    expect((await errorOf(() => backUp(storage, target, 'no-db'))).code).toBe(
      ':backup/claim-failed',
    )
    expect((await errorOf(() => backUp(storage, memoryStorage(), 'no-db'))).code).toBe(
      ':db.error/db-not-found',
    )
  })

  test('a database is never written over; beside itself it has another id', async () => {
    const [storage, target] = [memoryStorage(), memoryStorage()]
    const transactor = await freshIn(storage)
    await grow(transactor, new Random(seed), 5)
    await backUp(storage, target)
    const there = memoryStorage()
    const first = await restored(target, undefined, there, 'a')
    expect(first.db.id).toBe(databaseId)
    expect((await errorOf(() => restored(target, undefined, there, 'a'))).code).toBe(
      ':yore/database-exists',
    )
    const second = await restored(target, undefined, there, 'b')
    expect(second.db.id).not.toBe(databaseId)
    await submit(second, '[{:db/doc "only in b"}]')
    expect(contentsOf(first)).toEqual(contentsOf(transactor))
    // the first goes on with its backup, the second may not
    await submit(first, '[{:db/doc "only in a"}]')
    expect((await backUp(there, target)).t).toBe(first.db.basisT)
    expect((await errorOf(() => backUp(there, target, second.db.id))).code).toBe(
      ':backup/claim-failed',
    )
  })

  test('of two restores to one name at a time one wins, and the other leaves nothing', async () => {
    const [storage, target, there] = [memoryStorage(), memoryStorage(), memoryStorage()]
    const transactor = await freshIn(storage)
    await grow(transactor, new Random(seed), 5)
    await backUp(storage, target)
    const options = { env, newDatabaseId }
    const both = await Promise.allSettled([
      restore(target, there, 'a', options),
      restore(target, there, 'a', options),
    ])
    expect(both.map((x) => x.status).sort()).toEqual(['fulfilled', 'rejected'])
    const id = (await readCatalog(there)).databases.get('a') as string
    const other = id === databaseId ? `new-${ids}` : databaseId
    expect([...(await blobIdsIn(there, other))]).toEqual([])
    const copy = await openIn(there, { databaseId: id })
    expect(contentsOf(copy)).toEqual(contentsOf(transactor))
  })

  test('no backup there', async () => {
    expect((await errorOf(() => restored(memoryStorage()))).code).toBe(':yore/backup-not-found')
  })
})

describe('what fails', () => {
  interface Setting {
    readonly store: MemoryStore
    readonly targetStore: MemoryStore
    readonly older: unknown
    readonly olderT: number
    readonly newer: unknown
    readonly newerT: number
  }

  /** A database with an older point in the target, and new things since. */
  async function setting(): Promise<Setting> {
    const [store, targetStore] = [new MemoryStore(), new MemoryStore()]
    const [storage, target] = [memoryStorage(store), memoryStorage(targetStore)]
    const transactor = await freshIn(storage)
    const random = new Random(seed)
    await grow(transactor, random, 12)
    await transactor.indexed(transactor.db.basisT)
    const olderT = (await backUp(storage, target)).t
    const older = contentsOf(transactor)
    await some(transactor, random, 6)
    await transactor.indexed(transactor.db.basisT)
    await some(transactor, random, 3)
    const newer = contentsOf(transactor)
    const newerT = transactor.db.basisT
    await transactor.close()
    return { store, targetStore, older, olderT, newer, newerT }
  }

  test.each(['before', 'after'] as const)(
    'every operation of a backup, %s it was done',
    async (moment) => {
      const { store, targetStore, older, olderT, newer, newerT } = await setting()
      for (const failing of ['source', 'target'] as const) {
        for (const n of operationsFrom(seed, 4)) {
          const [from, to] = [memoryStorage(store.clone()), targetStore.clone()]
          const faults = new Faults()
          faults.failAt(n, moment)
          const faulty = (storage: Storage): Storage => faultyStorage(storage, faults)
          const target = memoryStorage(to)
          const error = await (
            failing === 'source' ? backUp(faulty(from), target) : backUp(from, faulty(target))
          ).then(
            () => null,
            (e: unknown) => e,
          )
          if (error !== null) expect((error as YoreError).code).toBe(':yore/storage-unavailable')
          const note = `${failing}, operation ${n}`
          expect(contentsOf(await restored(target, olderT)), note).toEqual(older)
          if ((await pointTs(target)).includes(newerT)) {
            expect(contentsOf(await restored(target, newerT)), note).toEqual(newer)
          } else expect(error, note).not.toBe(null)
          // and again, without a fault
          await backUp(from, target)
          expect(contentsOf(await restored(target)), note).toEqual(newer)
          if (faults.seen < n) break
        }
      }
    },
  )

  test.each(['before', 'after'] as const)(
    'every operation of a restore, %s it was done',
    async (moment) => {
      const { store, targetStore, newer } = await setting()
      const target = memoryStorage(targetStore)
      await backUp(memoryStorage(store), target)
      for (const n of operationsFrom(seed, 4)) {
        const faults = new Faults()
        const there = memoryStorage()
        faults.failAt(n, moment)
        const error = await restore(target, faultyStorage(there, faults), 'a', {
          env,
          newDatabaseId,
        }).then(
          () => null,
          (e: unknown) => e,
        )
        const { databases } = await readCatalog(there)
        const id = databases.get('a')
        if (id === undefined) {
          expect((error as YoreError).code).toBe(':yore/storage-unavailable')
          expect(contentsOf(await restored(target, undefined, there, 'a'))).toEqual(newer)
        } else expect(contentsOf(await openIn(there, { databaseId: id }))).toEqual(newer)
        // what the failed one has left the next one takes away
        await restore(target, there, 'b', { env, newDatabaseId })
        expect(await there.listRoots('restore/')).toEqual([])
        if (faults.seen < n) break
      }
    },
  )

  test('a byte that changed is not copied, neither there nor back', async () => {
    const { store, targetStore } = await setting()
    const contents = store.of(databaseId)
    const random = new Random(seed)
    const flip = (bytes: Uint8Array): Uint8Array => {
      const at = random.int(bytes.length)
      return bytes.with(at, (bytes[at] as number) ^ (1 << random.int(8)))
    }
    for (const [id, bytes] of random.some([...contents.blobs], 20)) {
      const changed = store.clone()
      changed.of(databaseId).blobs.set(id, flip(bytes))
      const target = memoryStorage(targetStore.clone())
      const error = await backUp(memoryStorage(changed), target).then(
        () => null,
        (e: unknown) => e as YoreError,
      )
      // what the target had and no directory is was not read, nor are records of garbage
      if (error !== null) {
        expect([':yore/storage-corrupt', ':yore/unsupported-format']).toContain(error.code)
      }
      expect(await target.getBlobs(databaseId, [id])).not.toEqual([
        changed.of(databaseId).blobs.get(id),
      ])
    }
    const full = memoryStorage(targetStore)
    await backUp(memoryStorage(store), full)
    let noticed = 0
    for (const [id, bytes] of random.some([...targetStore.of(databaseId).blobs], 30)) {
      const changed = targetStore.clone()
      changed.of(databaseId).blobs.set(id, flip(bytes))
      const there = memoryStorage()
      const error = await restore(memoryStorage(changed), there, 'a', { env, newDatabaseId }).then(
        () => null,
        (e: unknown) => e as YoreError,
      )
      if (error === null) continue
      noticed++
      expect([':yore/storage-corrupt', ':yore/unsupported-format']).toContain(error.code)
      expect((await readCatalog(there)).databases.size).toBe(0)
    }
    expect(noticed).toBeGreaterThan(8)
  })

  test('both can be cancelled', async () => {
    const { store, targetStore, olderT } = await setting()
    const controller = new AbortController()
    controller.abort()
    const { signal } = controller
    const target = memoryStorage(targetStore)
    const source = { storage: memoryStorage(store), databaseId, name: 'care' }
    expect((await errorOf(() => backup(source, target, { env, signal }))).code).toBe(
      ':yore/cancelled',
    )
    expect(await pointTs(target)).toEqual([olderT])
    const there = memoryStorage()
    const error = await errorOf(() => restore(target, there, 'a', { env, signal, newDatabaseId }))
    expect(error.code).toBe(':yore/cancelled')
    expect([...(await blobIdsIn(there, databaseId))]).toEqual([])
    expect(await there.listRoots('')).toEqual([])
  })
})
