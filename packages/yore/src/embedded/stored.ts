/**
 * Databases in a storage: a directory of this machine.
 *
 * (1) Each connection has a handle of its own on the storage, and gives it back when it is released.
 * (2) Deleting is done when the catalog says so; what is left of the data is deleted then, or by the next who writes.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { changeCatalog, readCatalog } from '../db/catalog.ts'
import { encodeRoot, firstRoot, rootName } from '../db/root.ts'
import type { Connection } from '../peer/connection.ts'
import { Follower } from '../peer/follow.ts'
import { newUuid } from '../peer/squuid.ts'
import type { Storage } from '../storage/storage.ts'
import { Transactor } from '../transactor/transactor.ts'
import type { StoredOptions } from '../transactor/transactor.ts'
import { connection, releaseDeletedUnder } from './connections.ts'
import type { Asked } from './connections.ts'
import { wipe } from './wipe.ts'

/** Opens the storage, to read only or not. */
export type OpenStorage = (readOnly: boolean) => Promise<Storage>

/** What a connection to a stored database is made with. */
export type Tuning = Pick<
  StoredOptions,
  | 'relaxed'
  | 'cacheBytes'
  | 'segmentSize'
  | 'memoryIndexThreshold'
  | 'memoryIndexMax'
  | 'indexing'
  | 'compression'
> & { readonly readOnly: boolean }

/** Two of the same storage and database are one connection; the storage's name is one for all handles on it. */
const keyOf = (storage: Storage, databaseId: string, readOnly: boolean): string =>
  `${storage.name}\n${databaseId}\n${readOnly ? 'reads' : 'writes'}`

async function using<T>(storage: Storage, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } finally {
    await storage.close()
  }
}

export async function createStored(open: OpenStorage, name: string, env: Env): Promise<boolean> {
  const storage = await open(false)
  return using(storage, async () => {
    await finishDeletions(storage)
    if ((await readCatalog(storage)).databases.has(name)) return false
    const id = newUuid(env)
    await storage.replaceRoot(rootName(id), null, encodeRoot(firstRoot(id)))
    return changeCatalog(storage, ({ databases, deleted }) =>
      databases.has(name) ? null : { databases: new Map(databases).set(name, id), deleted },
    )
  })
}

export async function deleteStored(open: OpenStorage, name: string): Promise<boolean> {
  const storage = await openExisting(open, false)
  if (storage === null) return false
  return using(storage, async () => {
    let id = ''
    const isDeleted = await changeCatalog(storage, ({ databases, deleted }) => {
      const found = databases.get(name)
      if (found === undefined) return null
      id = found
      const left = new Map(databases)
      left.delete(name)
      return { databases: left, deleted: [...deleted, id] }
    })
    if (!isDeleted) return false
    await releaseDeletedUnder([keyOf(storage, id, false), keyOf(storage, id, true)])
    await wipe(storage, id)
    return true
  })
}

/** Null when there is no such database. */
export async function renameStored(
  open: OpenStorage,
  name: string,
  newName: string,
): Promise<boolean | null> {
  const storage = await openExisting(open, false)
  if (storage === null) return null
  return using(storage, async () => {
    let isThere = false
    const isRenamed = await changeCatalog(storage, ({ databases, deleted }) => {
      const id = databases.get(name)
      isThere = id !== undefined
      if (id === undefined || databases.has(newName)) return null
      const renamed = new Map(databases).set(newName, id)
      renamed.delete(name)
      return { databases: renamed, deleted }
    })
    return isThere ? isRenamed : null
  })
}

export async function namesStored(open: OpenStorage): Promise<string[]> {
  const storage = await openExisting(open, true)
  if (storage === null) return []
  return using(storage, async () => [...(await readCatalog(storage)).databases.keys()])
}

/** Null when there is no such database. */
export async function connectStored(
  open: OpenStorage,
  name: string,
  asked: Asked,
  tuning: Tuning,
): Promise<Connection | null> {
  const { readOnly } = tuning
  const storage = await openExisting(open, readOnly)
  if (storage === null) return null
  let isKept = false
  try {
    if (!readOnly) await finishDeletions(storage)
    const databaseId = (await readCatalog(storage)).databases.get(name)
    if (databaseId === undefined) return null
    const found = await connection(keyOf(storage, databaseId, readOnly), asked, async () => {
      const { env } = asked
      const options = { ...tuning, env, storage, databaseId, name: `${name} in ${storage.name}` }
      const origin = readOnly ? await Follower.open(options) : await Transactor.open(options)
      isKept = true
      const close = (): Promise<void> => origin.close().finally(() => storage.close())
      return { origin, close }
    })
    return found
  } finally {
    if (!isKept) await storage.close()
  }
}

/** The storage, or null where there is none: opening to read only makes nothing, and neither do we. */
async function openExisting(open: OpenStorage, readOnly: boolean): Promise<Storage | null> {
  try {
    const reading = await open(true)
    if (readOnly) return reading
    await reading.close()
    return await open(false)
  } catch (error) {
    if (error instanceof YoreError && error.code === ':yore/storage-not-found') return null
    throw error
  }
}

async function finishDeletions(storage: Storage): Promise<void> {
  for (const id of (await readCatalog(storage)).deleted) await wipe(storage, id)
}

const namesTold = 10

/** The one error of a database that is not there; `names` are those that are. */
export function notFound(uri: string, names: readonly string[]): never {
  const some = names.slice(0, namesTold).map(told).join(', ')
  const others = names.length > namesTold ? `${some} and ${names.length - namesTold} more` : some
  return raise(
    ':db.error/db-not-found',
    names.length === 0
      ? `there is no database ${told(uri)}; createDatabase makes one`
      : `there is no database ${told(uri)}, but ${others}; createDatabase makes one`,
    { uri, names },
  )
}
