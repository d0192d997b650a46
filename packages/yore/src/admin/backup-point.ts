/**
 * What a backup consists of: a claim, which says whose it is, and points, each of which is a whole database at a t.
 *
 *   backup/claim       the id of the database
 *   backup/t/T         a point: when, the root record as it was, and which slots follow it (in a blob of their own)
 *   backup/unfinished  there while a backup is made: when it is there before, one was cut short
 *   blobs              those of the index and the log as they are in the database; a slot is the blob slot-T-CHECKSUM
 *
 * (1) A point is written when everything that it names is in the target; so every point that is there can be restored.
 * (2) A target belongs to one database: the claim is made once and never changed.
 */

import { YoreError, raise } from '../base/errors.ts'
import { telling } from '../data/codec/damage.ts'
import { frame, unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import { decodeSlot } from '../db/log-slot.ts'
import { decodeRoot } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import type { Storage } from '../storage/storage.ts'

export interface BackupSlot {
  readonly t: number
  readonly checksum: number
}

export interface BackupPoint {
  readonly databaseId: string
  /** The last transaction, and when it took place. */
  readonly t: number
  readonly instant: number
  /** When the backup was made. */
  readonly atMs: number
  readonly root: Root
  readonly rootBytes: Uint8Array
  /** The blob with the list of slots, or null when there are none. */
  readonly slots: string | null
}

const claimName = 'backup/claim'
const pointPrefix = 'backup/t/'
const digits = 16

/** The name of the root that is there while a backup is made. */
export const unfinishedName = 'backup/unfinished'

export const pointName = (t: number): string => pointPrefix + String(t).padStart(digits, '0')

/** The blob of a slot: another history has another checksum. */
export const slotBlob = ({ t, checksum }: BackupSlot): string =>
  `slot-${t}-${checksum.toString(16).padStart(8, '0')}`

// ---- the claim ----

/** Whose backup it is; null when the target is empty. */
export async function claimOf(target: Storage): Promise<string | null> {
  const bytes = await target.readRoot(claimName)
  return bytes === null ? null : claimIn(bytes)
}

const claimIn = (bytes: Uint8Array): string =>
  new ByteReader(unframe(bytes, 'name', claimName).content).string()

/** Makes the target this database's, or throws `:backup/claim-failed` when it is another's. */
export async function claim(target: Storage, databaseId: string, name: string): Promise<void> {
  const bytes = frame('name', new ByteWriter().string(databaseId).peek(), { name: claimName })
  let found = await target.readRoot(claimName)
  if (found === null) {
    if (await target.replaceRoot(claimName, null, bytes)) return
    found = await target.readRoot(claimName)
  }
  const owner = found === null ? '' : claimIn(found)
  if (owner !== databaseId) {
    raise(
      ':backup/claim-failed',
      `${target.name} has the backup of another database than ${name}: each wants a place of its own`,
      { databaseId, owner },
    )
  }
}

/** The database whose backup it is; throws when there is none. */
export async function ownerOf(target: Storage): Promise<string> {
  return (await claimOf(target)) ?? noBackup(target, 'there is no backup')
}

function noBackup(target: Storage, why: string): never {
  return raise(':yore/backup-not-found', `${why} in ${target.name}`, { target: target.name })
}

// ---- points ----

export function encodePoint(point: Omit<BackupPoint, 'root'>): Uint8Array {
  const { databaseId, t, instant, atMs, rootBytes, slots } = point
  const out = new ByteWriter(rootBytes.length + 100)
  out.string(databaseId).varint(t).f64(instant).f64(atMs)
  out.bytes(rootBytes).string(slots ?? '')
  return frame('backup', out.peek(), { name: pointName(t) })
}

export function decodePoint(bytes: Uint8Array, name: string, where: string): BackupPoint {
  const from = new ByteReader(unframe(bytes, 'backup', name).content)
  const databaseId = from.string()
  const [t, instant, atMs] = [from.varint(), from.f64(), from.f64()]
  const rootBytes = from.bytes().slice()
  const slots = from.string()
  const root = decodeRoot(rootBytes, databaseId, `the backup at t ${t} in ${where}`)
  return { databaseId, t, instant, atMs, root, rootBytes, slots: slots === '' ? null : slots }
}

/** The t's of the points, the newest first. */
export async function pointTs(target: Storage): Promise<number[]> {
  const names = await target.listRoots(pointPrefix)
  return names
    .map((name) => Number(name.slice(pointPrefix.length)))
    .filter((t) => Number.isSafeInteger(t))
    .reverse()
}

/** A point as it is in the target, and its bytes; null when there is none at t. */
export async function readPoint(
  target: Storage,
  t: number,
): Promise<{ readonly point: () => BackupPoint; readonly bytes: Uint8Array } | null> {
  const name = pointName(t)
  const bytes = await target.readRoot(name)
  return bytes === null ? null : { point: () => decodePoint(bytes, name, target.name), bytes }
}

/** The point at t, or without t the newest. */
export async function requirePoint(target: Storage, t?: number): Promise<BackupPoint> {
  const ts = await pointTs(target)
  const wanted = t ?? ts[0]
  if (wanted === undefined) return noBackup(target, 'there is no backup')
  const found = Number.isSafeInteger(wanted) && wanted >= 0 ? await readPoint(target, wanted) : null
  const known = ts.slice(0, 10).join(', ')
  if (found !== null) {
    return whole(
      found.point,
      `the backup at t ${wanted} in ${target.name} is damaged: use another one (there is at ${known}), or delete it`,
    )
  }
  return noPoint(target, wanted, ts)
}

/** There is no point at this t, but at others. */
export function noPoint(target: Storage, t: number, known: readonly number[]): never {
  const others = known.slice(0, 10).join(', ')
  return noBackup(target, `there is no backup at t ${t} (there is at ${others || 'none'})`)
}

/** What is read; when it is damaged, an error that says what to do. */
export function whole<T>(read: () => T, advice: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof YoreError) || error.category !== 'fault') throw error
    const why = error.message.replace(/^:\S+ /, '')
    return raise(':yore/storage-corrupt', `${advice} (${why})`, error.data, { cause: error })
  }
}

/** Is a blob of a target what it was when it was copied? */
export function isWholeBlob(id: string, bytes: Uint8Array): boolean {
  try {
    const slot = /^slot-(\d+)-([0-9a-f]{8})$/.exec(id)
    if (slot === null) unframe(bytes, null, id)
    else {
      const { checksum } = decodeSlot(bytes, Number(slot[1]), id)
      return checksum === Number.parseInt(slot[2] as string, 16)
    }
    return true
  } catch (error) {
    if (error instanceof YoreError && error.category === 'fault') return false
    throw error
  }
}

// ---- the list of slots ----

export function encodeSlots(id: string, slots: readonly BackupSlot[]): Uint8Array {
  const out = new ByteWriter(slots.length * 8 + 16).varint(slots.length)
  let last = 0
  for (const { t, checksum } of slots) {
    out.varint(t - last).u32(checksum)
    last = t
  }
  return frame('backup', out.peek(), { codec: 'lz4', name: id })
}

export function decodeSlots(id: string, bytes: Uint8Array): BackupSlot[] {
  return telling(
    () => {
      const from = new ByteReader(unframe(bytes, 'backup', id).content)
      let t = 0
      return Array.from({ length: from.count(5) }, () => {
        t += from.varint()
        return { t, checksum: from.u32() }
      })
    },
    () => ({
      what: `the list ${id} of the slots of a backup`,
      affected: 'That backup cannot be restored: use another one',
      data: { blob: id },
    }),
  )
}
