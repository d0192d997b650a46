/**
 * Backup: a database goes into a target, while it is in use; only what the target lacks is copied.
 *
 * (1) A backup is the database at one t. When it is acknowledged, it can be restored; when it was cut short, the target has at most blobs
 *     too many, which the next one uses.
 * (2) What an index job replaces meanwhile stays until it is collected. When it was collected before it was copied, or the slots were
 *     folded, the backup begins again with the new root.
 * (3) What a backup has left that was cut short is looked at before it is used: where the power went, files may be there in part only.
 */

import type { Env } from '../base/env.ts'
import { YoreError } from '../base/errors.ts'
import { Chain, placeIn } from '../db/load.ts'
import { decodeSlot } from '../db/log-slot.ts'
import { liveBlobsOf } from '../db/reach.ts'
import { decodeRoot, rootName } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import { newBlobId } from '../storage/blob-id.ts'
import type { Storage } from '../storage/storage.ts'
import { slotsOfPoint } from './backup-place.ts'
import {
  claim,
  encodePoint,
  encodeSlots,
  isWholeBlob,
  pointName,
  readPoint,
  slotBlob,
  unfinishedName,
} from './backup-point.ts'
import type { BackupPoint, BackupSlot } from './backup-point.ts'
import { blobIdsIn, copyBlobs } from './copy.ts'
import type { CopyProgress } from './copy.ts'
import { Task } from './task.ts'
import type { TaskOptions } from './task.ts'

export interface BackupProgress extends CopyProgress {}

/** Where a database lies. */
export interface Stored {
  readonly storage: Storage
  readonly databaseId: string
  /** The database and where it is, for errors. */
  readonly name: string
}

export interface BackupOptions extends TaskOptions<BackupProgress> {
  readonly env: Env
  /** Looks at everything that the target has, and copies again what is damaged. */
  readonly check?: boolean | undefined
}

export interface BackupDone {
  /** The last transaction that is in it, and when it took place. */
  readonly t: number
  readonly instant: number
  /** What was copied. */
  readonly blobs: number
  readonly bytes: number
}

const attempts = 10
/** Directories are read once each; of segments only the bytes. */
const cacheBytes = 2 ** 20
const slotsAtOnce = 100
const checkedAtOnce = 64

/** Backs a database up. */
export async function backup(
  source: Stored,
  target: Storage,
  options: BackupOptions,
): Promise<BackupDone> {
  const { storage, databaseId, name } = source
  await claim(target, databaseId, name)
  const work = new Backup(source, target, options)
  for (let attempt = 1; ; attempt++) {
    const bytes = await storage.readRoot(rootName(databaseId))
    if (bytes === null) {
      throw new YoreError(':db.error/db-not-found', `${name} is not there any more`, { databaseId })
    }
    try {
      return await work.run(decodeRoot(bytes, databaseId, name), bytes)
    } catch (error) {
      // what was there a moment ago may have been folded or collected: then there is a new root
      const now = await storage.readRoot(rootName(databaseId))
      const hasMoved =
        now === null || now.length !== bytes.length || now.some((b, i) => b !== bytes[i])
      if (!(error instanceof YoreError) || !hasMoved || attempt === attempts) throw error
      if (error.category === 'interrupted') throw error
    }
  }
}

class Backup {
  readonly #source: Stored
  readonly #target: Storage
  readonly #env: Env
  readonly #task: Task<BackupProgress>
  readonly #checks: boolean
  #there: Set<string> | null = null
  /** The note that a backup is being made. */
  #note: Uint8Array | null = null
  #bytes = 0
  #copied = 0

  constructor(source: Stored, target: Storage, options: BackupOptions) {
    this.#source = source
    this.#target = target
    this.#env = options.env
    this.#checks = options.check === true
    this.#task = new Task('the backup', options.env, options)
  }

  async run(root: Root, rootBytes: Uint8Array): Promise<BackupDone> {
    const { storage, databaseId, name } = this.#source
    // what was acknowledged before its write was durable is to be durable here first
    if (!storage.readOnly) await storage.flush()
    const place = placeIn({ storage, databaseId, name, cacheBytes })
    const chain = new Chain(root.nextT, root.checksum, place)
    await chain.read()
    const last = chain.transactions.at(-1)
    const t = last?.t ?? root.basisT
    const known = await readPoint(this.#target, t)
    const instant = last?.instant ?? root.lastInstant
    const isThere = known !== null && (await this.#isSame(known.point, root, chain))
    if (isThere && !this.#checks) return { t, instant, blobs: 0, bytes: 0 }
    const there = (this.#there ??= await this.#begin())
    const before = there.size
    const slots = await this.#copySlots(chain, there)
    const progress = await copyBlobs(
      {
        from: storage,
        fromId: databaseId,
        to: this.#target,
        toId: databaseId,
        there,
        step: (p) => this.#task.step(() => p),
      },
      liveBlobsOf(root, place.source, place.reads.getBlobs),
    )
    this.#bytes += progress.bytes
    this.#copied += there.size - before
    if (!isThere || this.#copied > 0) {
      const list = await this.#putSlots(slots)
      const point = { databaseId, t, instant, atMs: this.#env.now(), rootBytes, slots: list }
      await this.#putPoint(point, known?.bytes ?? null)
    }
    await this.#target.replaceRoot(unfinishedName, this.#note, null)
    this.#task.end(progress)
    return { t, instant, blobs: this.#copied, bytes: this.#bytes }
  }

  /** Notes that a backup is being made; gives the blobs that are there and can be used. */
  async #begin(): Promise<Set<string>> {
    const target = this.#target
    const found = await target.readRoot(unfinishedName)
    this.#note = new TextEncoder().encode(newBlobId(this.#env))
    await target.replaceRoot(unfinishedName, found, this.#note)
    const there = await blobIdsIn(target, this.#source.databaseId)
    if (found !== null || this.#checks) await this.#dropDamaged(there)
    return there
  }

  /** Takes away from the target what is not what it was. */
  async #dropDamaged(there: Set<string>): Promise<void> {
    const { databaseId } = this.#source
    const all = [...there]
    for (let i = 0; i < all.length; i += checkedAtOnce) {
      const ids = all.slice(i, i + checkedAtOnce)
      const blobs = await this.#target.getBlobs(databaseId, ids)
      const damaged = ids.filter((id, k) => {
        const bytes = blobs[k] ?? null
        return bytes === null || !isWholeBlob(id, bytes)
      })
      if (damaged.length > 0) await this.#target.deleteBlobs(databaseId, damaged)
      for (const id of damaged) there.delete(id)
      await this.#task.step(() => ({ blobs: all.length, done: i, bytes: 0 }))
    }
  }

  /** Is the point the same to the last bit of what it would hold? A damaged one is not. */
  async #isSame(read: () => BackupPoint, root: Root, chain: Chain): Promise<boolean> {
    let point: BackupPoint
    try {
      point = read()
    } catch (error) {
      if (error instanceof YoreError && error.category === 'fault') return false
      throw error
    }
    if (point.root.revision !== root.revision) return false
    if (point.slots === null) return chain.slots.length === 0
    const slots = await this.#slotsOf(point)
    return slots?.length === chain.slots.length && slots.at(-1)?.checksum === chain.checksum
  }

  async #slotsOf(point: BackupPoint): Promise<BackupSlot[] | null> {
    try {
      return await slotsOfPoint(this.#target, point)
    } catch (error) {
      // damaged in the target: it is made again
      if (error instanceof YoreError && error.code === ':yore/storage-corrupt') return null
      throw error
    }
  }

  /** Copies the slots of the chain that the target lacks. */
  async #copySlots(chain: Chain, there: Set<string>): Promise<BackupSlot[]> {
    const { storage, databaseId, name } = this.#source
    const out: BackupSlot[] = []
    const wanted = new Set(chain.slots)
    for (let from = chain.slots[0]; from !== undefined;) {
      const slots = await storage.readSlots(databaseId, { from, limit: slotsAtOnce })
      const blobs = []
      for (const { t, bytes } of slots) {
        if (!wanted.has(t)) continue
        const { checksum } = decodeSlot(bytes, t, `slot ${t} of the log of ${name}`)
        const id = slotBlob({ t, checksum })
        out.push({ t, checksum })
        if (!there.has(id)) blobs.push({ id, bytes })
      }
      if (blobs.length > 0) {
        await this.#target.putBlobs(databaseId, blobs, { relaxed: true })
        for (const { id, bytes } of blobs) {
          there.add(id)
          this.#bytes += bytes.length
        }
      }
      const last = slots.at(-1)?.t
      from = last === undefined || last >= (chain.slots.at(-1) as number) ? undefined : last + 1
      const turn = this.#task.step(() => ({
        blobs: wanted.size,
        done: out.length,
        bytes: this.#bytes,
      }))
      if (turn !== null) await turn
    }
    if (out.length !== wanted.size || (out.at(-1)?.checksum ?? chain.checksum) !== chain.checksum) {
      throw new YoreError(':yore/storage-unavailable', `slots of ${name} were folded meanwhile`)
    }
    return out
  }

  async #putSlots(slots: readonly BackupSlot[]): Promise<string | null> {
    if (slots.length === 0) return null
    const id = `slots-${newBlobId(this.#env)}`
    await this.#target.putBlobs(this.#source.databaseId, [{ id, bytes: encodeSlots(id, slots) }], {
      relaxed: true,
    })
    return id
  }

  async #putPoint(point: Omit<BackupPoint, 'root'>, before: Uint8Array | null): Promise<void> {
    const target = this.#target
    await target.flush()
    const bytes = encodePoint(point)
    if (await target.replaceRoot(pointName(point.t), before, bytes)) return
    throw new YoreError(
      ':yore/storage-busy',
      `another backup to ${target.name} has written the backup at t ${point.t} just now: there it is`,
      { t: point.t },
    )
  }
}
