/**
 * Deleting points of a backup, and with them what no other point needs.
 *
 * (1) The point goes first: what a deletion that was cut short has left over, the next one takes away.
 * (2) No backup goes into the target meanwhile: what it has copied, and not named yet, would be taken away with the rest.
 */

import type { Env } from '../base/env.ts'
import { liveBlobsOf } from '../db/reach.ts'
import type { Storage } from '../storage/storage.ts'
import { placeOfPoint, slotsOfPoint } from './backup-place.ts'
import { noPoint, ownerOf, pointName, pointTs, readPoint, slotBlob, whole } from './backup-point.ts'
import type { BackupPoint } from './backup-point.ts'
import { blobIdsIn } from './copy.ts'
import { Task } from './task.ts'
import type { TaskOptions } from './task.ts'

export interface PruneProgress {
  /** Points that were looked at, and blobs that were deleted. */
  readonly points: number
  readonly deleted: number
}

const cacheBytes = 2 ** 20
const deleteAtOnce = 1000

/** Deletes the points at these t's, whole or damaged; then everything that no point reaches. Gives the number of blobs deleted. */
export async function deletePoints(
  target: Storage,
  ts: readonly number[],
  options: TaskOptions<PruneProgress> & { readonly env: Env },
): Promise<number> {
  const databaseId = await ownerOf(target)
  const known = new Set(await pointTs(target))
  for (const t of ts) if (!known.has(t)) noPoint(target, t, [...known])
  for (const t of ts) {
    const name = pointName(t)
    await target.replaceRoot(name, await target.readRoot(name), null)
  }
  const task = new Task<PruneProgress>('deleting a backup', options.env, options)
  const reached = new Set<string>()
  let points = 0
  for (const t of await pointTs(target)) {
    const found = await readPoint(target, t)
    if (found === null) continue
    const advice = `the backup at t ${t} in ${target.name} is damaged: delete it too; until then, nothing that it may need is deleted`
    const ids = blobsOfPoint(target, whole(found.point, advice))
    for (;;) {
      const next = await ids.next().catch((error: unknown) => whole(() => fail(error), advice))
      if (next.done === true) break
      reached.add(next.value)
      const turn = task.step(() => ({ points, deleted: 0 }))
      if (turn !== null) await turn
    }
    points++
  }
  const garbage = [...(await blobIdsIn(target, databaseId))].filter((id) => !reached.has(id))
  for (let i = 0; i < garbage.length; i += deleteAtOnce) {
    await target.deleteBlobs(databaseId, garbage.slice(i, i + deleteAtOnce))
    await task.step(() => ({ points, deleted: i }))
  }
  task.end({ points, deleted: garbage.length })
  return garbage.length
}

function fail(error: unknown): never {
  throw error
}

/** Every blob that a point needs. */
async function* blobsOfPoint(target: Storage, point: BackupPoint): AsyncGenerator<string> {
  const place = await placeOfPoint(target, point, cacheBytes)
  yield* liveBlobsOf(point.root, place.source, place.reads.getBlobs)
  if (point.slots !== null) yield point.slots
  for (const slot of await slotsOfPoint(target, point)) yield slotBlob(slot)
}
