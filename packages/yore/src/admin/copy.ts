/**
 * Copying blobs from one storage to another, some at a time.
 *
 * (1) What is damaged is not copied: the copy ends with the error that says which blob it is.
 */

import { telling } from '../data/codec/damage.ts'
import { unframe } from '../data/codec/frame.ts'
import type { Storage, StoredBlob } from '../storage/storage.ts'
import { needBlob } from './backup-place.ts'

export interface CopyProgress {
  /** Blobs that are wanted, as far as known, and how many of them are there or have been copied. */
  readonly blobs: number
  readonly done: number
  /** Bytes that were copied. */
  readonly bytes: number
}

const atOnce = 64
const listAtOnce = 10_000

/** The ids of all blobs of a database. */
export async function blobIdsIn(storage: Storage, databaseId: string): Promise<Set<string>> {
  const all = new Set<string>()
  for (let after: string | undefined; ;) {
    const ids = await storage.listBlobs(databaseId, { after, limit: listAtOnce })
    for (const id of ids) all.add(id)
    after = ids.at(-1)
    if (after === undefined) return all
  }
}

export interface Copy {
  readonly from: Storage
  readonly fromId: string
  readonly to: Storage
  readonly toId: string
  /** Blobs that the target has. Those that are copied are added. */
  readonly there: Set<string>
  readonly step: (progress: CopyProgress) => Promise<void> | null
}

/** Copies those of the blobs that the target lacks; they are durable after the next durable write. */
export async function copyBlobs(
  { from, fromId, to, toId, there, step }: Copy,
  ids: Iterable<string>,
): Promise<CopyProgress> {
  let [blobs, done, bytes] = [0, 0, 0]
  let missing: string[] = []
  const copy = async (): Promise<void> => {
    const found = await from.getBlobs(fromId, missing)
    const copies = missing.map((id, i): StoredBlob => {
      const blob = needBlob(id, found[i], from.name)
      telling(
        () => unframe(blob, null, id),
        () => ({
          what: `the blob ${id} of ${from.name}`,
          affected:
            'Nothing that needs it can be copied: use another backup; verifyDatabase and verifyBackup tell what else is damaged',
          data: { blob: id },
        }),
      )
      bytes += blob.length
      return { id, bytes: blob }
    })
    await to.putBlobs(toId, copies, { relaxed: true })
    for (const id of missing) there.add(id)
    done += missing.length
    missing = []
  }
  for (const id of ids) {
    blobs++
    if (there.has(id)) done++
    else if (missing.push(id) === atOnce) await copy()
    const turn = step({ blobs, done, bytes })
    if (turn !== null) await turn
  }
  if (missing.length > 0) await copy()
  return { blobs, done, bytes }
}
