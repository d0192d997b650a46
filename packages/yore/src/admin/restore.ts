/**
 * Restore: a point of a backup becomes a database in a storage, under a name that is free there.
 *
 * (1) The database is there when it is whole: its name comes last. When it was cut short, what has been written is taken away again, by
 *     this call or by the next restore into that storage.
 * (2) It keeps its id, and so goes on with its backup, unless the storage has a database of that id: then it is another database from
 *     now on.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import { changeCatalog, readCatalog } from '../db/catalog.ts'
import { decodeSlot } from '../db/log-slot.ts'
import { liveBlobsOf } from '../db/reach.ts'
import { encodeRoot, rootName } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import type { Storage } from '../storage/storage.ts'
import { needBlob, placeOfPoint, slotsOfPoint } from './backup-place.ts'
import { requirePoint, slotBlob } from './backup-point.ts'
import type { BackupPoint } from './backup-point.ts'
import { copyBlobs } from './copy.ts'
import type { CopyProgress } from './copy.ts'
import { Task } from './task.ts'
import type { TaskOptions } from './task.ts'

export interface RestoreOptions extends TaskOptions<CopyProgress> {
  readonly env: Env
  /** The t of the point; without it the newest. */
  readonly t?: number | undefined
  /** A new id for a database. */
  readonly newDatabaseId: () => string
}

export interface RestoreDone {
  readonly t: number
  readonly databaseId: string
}

const notePrefix = 'restore/'
const cacheBytes = 2 ** 20
const slotsAtOnce = 100
const deleteAtOnce = 1000
/** Restores of this process: one storage is written by one process at a time. */
const underWay = new Set<string>()

/** Makes a database of a point. Throws `:yore/database-exists` when the name is taken. */
export async function restore(
  target: Storage,
  storage: Storage,
  name: string,
  options: RestoreOptions,
): Promise<RestoreDone> {
  const point = await requirePoint(target, options.t)
  await removeAbandoned(storage)
  await checkFree(storage, name)
  const databaseId = await freeId(storage, point.databaseId, options.newDatabaseId)
  const note = `${notePrefix}${databaseId}`
  const own = `${storage.name}\n${databaseId}`
  underWay.add(own)
  try {
    await storage.replaceRoot(note, null, new Uint8Array(1))
    await write(target, point, storage, databaseId, options)
    const isNamed = await changeCatalog(storage, ({ databases, deleted }) =>
      databases.has(name) ? null : { databases: new Map(databases).set(name, databaseId), deleted },
    )
    if (!isNamed) taken(storage, name)
  } catch (error) {
    await ifItAnswers(async () => {
      if (!(await isNamedIn(storage, databaseId))) await remove(storage, databaseId)
    })
    throw error
  } finally {
    underWay.delete(own)
  }
  await ifItAnswers(() => storage.replaceRoot(note, new Uint8Array(1), null))
  return { t: point.t, databaseId }
}

/** What a storage that fails now leaves to be done, the next restore does. */
async function ifItAnswers(run: () => Promise<unknown>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof YoreError)) throw error
  }
}

async function isNamedIn(storage: Storage, databaseId: string): Promise<boolean> {
  return [...(await readCatalog(storage)).databases.values()].includes(databaseId)
}

async function checkFree(storage: Storage, name: string): Promise<void> {
  if ((await readCatalog(storage)).databases.has(name)) taken(storage, name)
}

function taken(storage: Storage, name: string): never {
  return raise(
    ':yore/database-exists',
    `there is a database '${name}' in ${storage.name} already: restore under another name, or delete it first`,
    { name },
  )
}

async function freeId(storage: Storage, id: string, newId: () => string): Promise<string> {
  const { databases, deleted } = await readCatalog(storage)
  const isTaken =
    [...databases.values(), ...deleted].includes(id) ||
    (await storage.readRoot(rootName(id))) !== null ||
    (await storage.readRoot(notePrefix + id)) !== null
  return isTaken ? newId() : id
}

async function write(
  target: Storage,
  point: BackupPoint,
  storage: Storage,
  databaseId: string,
  options: RestoreOptions,
): Promise<void> {
  const task = new Task<CopyProgress>('the restore', options.env, options)
  const place = await placeOfPoint(target, point, cacheBytes)
  const copied = await copyBlobs(
    {
      from: target,
      fromId: point.databaseId,
      to: storage,
      toId: databaseId,
      there: new Set(),
      step: (p) => task.step(() => p),
    },
    liveBlobsOf(point.root, place.source, place.reads.getBlobs),
  )
  await writeSlots(target, point, storage, databaseId, () => task.step(() => copied))
  await storage.flush()
  const root: Root = { ...point.root, databaseId, garbage: null }
  await storage.replaceRoot(rootName(databaseId), null, encodeRoot(root))
  task.end(copied)
}

async function writeSlots(
  target: Storage,
  point: BackupPoint,
  storage: Storage,
  databaseId: string,
  step: () => Promise<void> | null,
): Promise<void> {
  const slots = await slotsOfPoint(target, point)
  for (let i = 0; i < slots.length; i += slotsAtOnce) {
    const some = slots.slice(i, i + slotsAtOnce)
    const blobs = await target.getBlobs(point.databaseId, some.map(slotBlob))
    for (const [k, slot] of some.entries()) {
      const bytes = needBlob(slotBlob(slot), blobs[k], target.name)
      decodeSlot(bytes, slot.t, `slot ${slot.t} of the backup in ${target.name}`)
      await storage.writeSlot(databaseId, slot.t, bytes, { relaxed: true })
    }
    await step()
  }
}

/** Takes away what restores have left that did not come to their end. */
async function removeAbandoned(storage: Storage): Promise<void> {
  for (const name of await storage.listRoots(notePrefix)) {
    const id = name.slice(notePrefix.length)
    if (underWay.has(`${storage.name}\n${id}`)) continue
    if (!(await isNamedIn(storage, id))) await remove(storage, id)
    else await storage.replaceRoot(name, await storage.readRoot(name), null)
  }
}

async function remove(storage: Storage, databaseId: string): Promise<void> {
  await storage.deleteSlots(databaseId, 0, Number.MAX_SAFE_INTEGER)
  for (;;) {
    const ids = await storage.listBlobs(databaseId, { limit: deleteAtOnce })
    if (ids.length === 0) break
    await storage.deleteBlobs(databaseId, ids)
  }
  for (const name of [rootName(databaseId), notePrefix + databaseId]) {
    const bytes = await storage.readRoot(name)
    if (bytes !== null) await storage.replaceRoot(name, bytes, null)
  }
}
