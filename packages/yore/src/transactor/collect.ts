/**
 * Collecting garbage: deletes blobs that index jobs replaced before a given time, by the jobs' own records.
 *
 * (1) What is live is never looked at: only what a job has replaced, and only if that was long enough ago, goes.
 * (2) Blobs go before the record of them, so a collection that is cut short can be done again.
 */

import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { telling } from '../data/codec/damage.ts'
import { decodeGarbage, encodeGarbage } from '../db/garbage.ts'
import type { Garbage } from '../db/garbage.ts'
import type { Root } from '../db/root.ts'
import { newBlobId } from '../storage/blob-id.ts'
import type { Storage } from '../storage/storage.ts'

export interface CollectOptions {
  readonly env: Env
  readonly storage: Storage
  readonly databaseId: string
  readonly name: string
}

interface Found extends Garbage {
  readonly id: string
}

const deleteAtOnce = 1000
const affected =
  'Nothing is deleted: what index jobs have replaced stays in the storage. All else is well; a database restored from a backup has no garbage'

/** The root without garbage of before that time, whose blobs are gone; null when there is none. */
export async function collect(
  root: Root,
  olderThanMs: number,
  options: CollectOptions,
): Promise<{ readonly root: Root; readonly records: readonly string[] } | null> {
  const { env, storage, databaseId } = options
  const all = await readAll(root.garbage, options)
  const old = all.filter((record) => record.atMs < olderThanMs)
  if (old.length === 0) return null
  await remove(
    storage,
    databaseId,
    old.flatMap((record) => record.ids),
  )
  let before: string | null = null
  for (const { atMs, ids } of all.filter((record) => record.atMs >= olderThanMs).reverse()) {
    const id = newBlobId(env)
    await storage.putBlobs(databaseId, [{ id, bytes: encodeGarbage(id, { atMs, ids, before }) }])
    before = id
  }
  const records = all.map((record) => record.id)
  return { root: { ...root, revision: root.revision + 1, garbage: before }, records }
}

/** Deletes blobs, some at a time. */
export async function remove(
  storage: Storage,
  databaseId: string,
  ids: readonly string[],
): Promise<void> {
  for (let i = 0; i < ids.length; i += deleteAtOnce) {
    await storage.deleteBlobs(databaseId, ids.slice(i, i + deleteAtOnce))
  }
}

/** All records, the newest first. */
async function readAll(
  newest: string | null,
  { storage, databaseId, name }: CollectOptions,
): Promise<Found[]> {
  const out: Found[] = []
  for (let id = newest; id !== null;) {
    const [bytes] = await storage.getBlobs(databaseId, [id])
    const what = `the record ${id} of garbage of ${name}`
    if (bytes === null || bytes === undefined) {
      return raise(':yore/storage-corrupt', `${what} is missing. ${affected}`, { blob: id })
    }
    const record = telling(
      () => decodeGarbage(id as string, bytes),
      () => ({ what, affected, data: { blob: id } }),
    )
    out.push({ ...record, id })
    id = record.before
  }
  return out
}
