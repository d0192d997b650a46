/**
 * A point of a backup as a place that a database can be read from, like the storage it came from.
 *
 * (1) Everything is read from the target when it is asked for; nothing of it is in memory but what the cache keeps.
 * (2) A slot that is damaged is an error, the last one too, which elsewhere may be what a crash has torn.
 */

import { raise } from '../base/errors.ts'
import { placeIn } from '../db/load.ts'
import type { Place } from '../db/load.ts'
import type { Storage } from '../storage/storage.ts'
import { decodeSlots, isWholeBlob, slotBlob } from './backup-point.ts'
import type { BackupPoint, BackupSlot } from './backup-point.ts'

/** Slots of one reading. */
const slotsPerCall = 500

/** The blob that must be there. */
export function needBlob(
  id: string,
  bytes: Uint8Array | null | undefined,
  where: string,
): Uint8Array {
  return (
    bytes ?? raise(':yore/storage-corrupt', `the blob ${id} is missing in ${where}`, { blob: id })
  )
}

/** The slots of a point, in order. */
export async function slotsOfPoint(target: Storage, point: BackupPoint): Promise<BackupSlot[]> {
  const { slots: id, databaseId } = point
  if (id === null) return []
  const [bytes] = await target.getBlobs(databaseId, [id])
  return decodeSlots(id, needBlob(id, bytes, target.name))
}

/** The bytes of a slot. In a backup none may be torn: all were acknowledged. */
function wholeSlot(
  slot: BackupSlot,
  found: Uint8Array | null | undefined,
  where: string,
): Uint8Array {
  const id = slotBlob(slot)
  const bytes = needBlob(id, found, where)
  if (isWholeBlob(id, bytes)) return bytes
  return raise(':yore/storage-corrupt', `slot ${slot.t} in ${where} is damaged`, {
    blob: id,
    slot: slot.t,
  })
}

export async function placeOfPoint(
  target: Storage,
  point: BackupPoint,
  cacheBytes: number,
): Promise<Place> {
  const { databaseId, t } = point
  const slots = await slotsOfPoint(target, point)
  const name = `the backup at t ${t} in ${target.name}`
  const place = placeIn({ storage: target, databaseId, name, cacheBytes })
  const from = (start: number, limit: number): readonly BackupSlot[] =>
    slots.filter((slot) => slot.t >= start).slice(0, limit)
  const read = (
    found: readonly BackupSlot[],
    blobs: readonly (Uint8Array | null)[],
  ): { readonly t: number; readonly bytes: Uint8Array }[] =>
    found.map((slot, i) => ({ t: slot.t, bytes: wholeSlot(slot, blobs[i], target.name) }))
  return {
    ...place,
    reads: {
      getBlobs: place.reads.getBlobs,
      readSlots: ({ from: start, limit = slotsPerCall }) => {
        const found = from(start, limit)
        return read(found, place.reads.getBlobs(found.map(slotBlob)))
      },
    },
    readSlots: async (start) => {
      const found = from(start, slotsPerCall)
      return read(found, await target.getBlobs(databaseId, found.map(slotBlob)))
    },
  }
}
