/** What the tests of backups share: a database to back up, a clock that is in a hurry, storages that abort. */

import type { Stored } from '../../packages/yore/src/admin/backup.ts'
import type { Env } from '../../packages/yore/src/base/env.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { wrapStorage } from '../../packages/yore/src/storage/wrapping.ts'
import { Random } from '../oracle/random.ts'
import {
  contentsOf,
  databaseId,
  freshIn,
  grow,
  hastyEnv as env,
  submit,
  worldTransaction,
} from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)

let ids = 0
export const newDatabaseId = (): string => `new-${++ids}`
export const sourceOf = (storage: Storage): Stored => ({
  storage,
  databaseId,
  name: 'care',
})

/** A database with segments and slots, and what it has. */
export async function setting(): Promise<{ store: MemoryStore; contents: unknown; t: number }> {
  const store = new MemoryStore()
  const transactor = await freshIn(memoryStorage(store))
  const random = new Random(seed)
  await grow(transactor, random, 15)
  await transactor.indexed(transactor.db.basisT)
  for (let i = 0; i < 4; i++) {
    await submit(transactor, worldTransaction(random, 100 + i)).catch(() => {})
  }
  const contents = contentsOf(transactor)
  const t = transactor.db.basisT
  await transactor.close()
  return { store, contents, t }
}

/** A clock that says at every look that it is time to let others have their turn, and to tell. */
export function restless(): Env {
  let ms = 0
  return { ...env, monotonicMs: () => (ms += 200) }
}

/** The storage, and a signal that is aborted at its nth operation. */
export function abortingAt(
  storage: Storage,
  n: number,
): { storage: Storage; signal: AbortSignal; seen: () => number } {
  const controller = new AbortController()
  let seen = 0
  const count = (): void => {
    if (++seen === n) controller.abort()
  }
  const wrapped = wrapStorage(storage, {
    async: async (_, run) => {
      count()
      return run()
    },
    sync: (_, run) => {
      count()
      return run()
    },
  })
  return { storage: wrapped, signal: controller.signal, seen: () => seen }
}
