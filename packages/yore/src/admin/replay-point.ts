/**
 * Restore into a database that lives in memory: the transactions of a point of a backup are applied to it, one after the other.
 *
 * (1) Same t's, instants, ids and datoms as in the point; what was excised before the backup is not there.
 * (2) Of attributes without history the log has what the index may have forgotten: in memory nothing is forgotten.
 */

import type { Env } from '../base/env.ts'
import type { Transaction } from '../db/log-record.ts'
import { StoredLog } from '../db/log-stored.ts'
import { replay } from '../db/replay.ts'
import type { Storage } from '../storage/storage.ts'
import { placeOfPoint, slotsOfPoint } from './backup-place.ts'
import { requirePoint } from './backup-point.ts'
import type { CopyProgress } from './copy.ts'
import type { ImportTarget } from './dump.ts'
import { Task } from './task.ts'
import type { TaskOptions } from './task.ts'

export interface ReplayOptions extends TaskOptions<CopyProgress> {
  readonly env: Env
  /** The t of the point; without it the newest. */
  readonly t?: number | undefined
}

const cacheBytes = 2 ** 20
/** So many transactions are under way. */
const atOnce = 256

/** Applies all transactions of a point to the fresh database that `into` gives for the id of the one that was backed up. */
export async function replayPoint(
  target: Storage,
  into: (databaseId: string) => ImportTarget,
  options: ReplayOptions,
): Promise<{ readonly t: number }> {
  const task = new Task<CopyProgress>('the restore', options.env, options)
  const point = await requirePoint(target, options.t)
  const { t, root, databaseId } = point
  const place = await placeOfPoint(target, point, cacheBytes)
  const slots = await slotsOfPoint(target, point)
  const firsts = slots.map((slot) => slot.t)
  const to = into(databaseId)
  let done = 0
  const progress = (): CopyProgress => ({ blobs: done, done, bytes: 0 })
  const underWay: Promise<unknown>[] = []
  try {
    for (const tx of new StoredLog(place.reads, place.name, root, firsts).entries(0, t + 1)) {
      underWay.push(apply(to, tx))
      done++
      if (underWay.length === atOnce) await Promise.all(underWay.splice(0))
      const turn = task.step(progress)
      if (turn !== null) await turn
    }
    await Promise.all(underWay)
  } finally {
    await Promise.allSettled(underWay)
  }
  task.end(progress())
  return { t }
}

function apply(to: ImportTarget, tx: Transaction): Promise<unknown> {
  const { t, instant, data: txData, ended } = tx
  return to.transact((dbBefore) => {
    const dbAfter = replay(dbBefore, [tx])
    return { dbBefore, dbAfter, txData, ended, tempids: new Map(), t, instant }
  })
}
