/**
 * An index job on this thread, in pieces between turns of the event loop: slots into segments of the log, live facts into segments, and
 * what is to be excised out of both.
 *
 * (1) Blobs go into the storage as they are made. Nothing names them yet.
 */

import type { Env } from '../base/env.ts'
import type { Codec } from '../data/codec/compress.ts'
import type { Db } from '../db/db.ts'
import { exciseRequests, planExcision } from '../db/excise.ts'
import type { Excision } from '../db/excise.ts'
import { encodeGarbage } from '../db/garbage.ts'
import { exciseLog } from '../db/log-excise.ts'
import type { ExcisedLog } from '../db/log-excise.ts'
import { LogFold } from '../db/log-fold.ts'
import { decodeSlot } from '../db/log-slot.ts'
import type { Root } from '../db/root.ts'
import { placementOf, withoutPending } from '../db/schema-of.ts'
import type { IndexJob, JobResult, ReadBlobs } from '../indexes/stored/durable.ts'
import { indexJob } from '../indexes/jobs/job.ts'
import { indexWithout } from '../indexes/jobs/without.ts'
import type { Storage, StoredBlob } from '../storage/storage.ts'
import { remove } from './collect.ts'
import { inPieces, pieceMs } from './in-pieces.ts'

export interface JobRunOptions {
  readonly env: Env
  readonly storage: Storage
  readonly databaseId: string
  readonly name: string
  readonly getBlobs: ReadBlobs
  /** The root that the job begins from, and the job's id. */
  readonly root: Root
  readonly job: string
  readonly newId: () => string
  /** How blobs are packed. */
  readonly codec: Codec
  /** A turn of the event loop; throws when the job is to end. */
  readonly turn: () => Promise<void>
}

/** What a job has made of the log. */
export type FoldedLog = Pick<Root, 'lists' | 'segments' | 'checksum'> & {
  readonly replaced: readonly string[]
}

/** So many slots are read at once; fewer when they are large. */
const slotsMax = 64
const slotBytes = 256 * 1024

export class JobRun {
  readonly #options: JobRunOptions

  constructor(options: JobRunOptions) {
    this.#options = options
  }

  get job(): string {
    return this.#options.job
  }

  /** What is to be excised; null when nothing is. */
  async plan(base: Db): Promise<Excision | null> {
    const { root, env, turn } = this.#options
    const requests = exciseRequests(base, root.basisT)
    if (requests.length === 0) return null
    const excision = await inPieces(planExcision(base, requests), { env, turn })
    return excision.isEmpty ? null : excision
  }

  /** The index of `base` in segments. */
  async index(base: Db, excision: Excision | null): Promise<JobResult> {
    const { newId, codec } = this.#options
    const indexed = await this.#run(
      indexJob(base.facts, {
        newId,
        codec,
        placementOf: placementOf(withoutPending(base.schema)),
        reindex: [...base.schema.pending],
      }),
    )
    return excision === null ? indexed : this.#excise(indexed, excision)
  }

  /** The index without what goes. What the job itself has made with it in it is deleted before any root could name it. */
  async #excise({ index, replaced: before }: JobResult, { facts }: Excision): Promise<JobResult> {
    const { storage, databaseId, job, newId, codec } = this.#options
    const result = await this.#run(indexWithout(index, facts, { newId, codec }))
    const isOwn = (id: string): boolean => id.startsWith(`${job}-`)
    await remove(storage, databaseId, result.replaced.filter(isOwn))
    return { ...result, replaced: [...before, ...result.replaced.filter((id) => !isOwn(id))] }
  }

  /** Runs a job to its end. */
  async #run(job: IndexJob): Promise<JobResult> {
    const { env, turn } = this.#options
    for (;;) {
      const isDone = job.step(pieceMs, env.monotonicMs)
      await this.put(job.take())
      await turn()
      if (isDone) return job.result()
    }
  }

  async put(blobs: readonly StoredBlob[]): Promise<void> {
    const { storage, databaseId } = this.#options
    // the root that names them is durable, and takes with it what was written before
    if (blobs.length > 0) await storage.putBlobs(databaseId, blobs, { relaxed: true })
  }

  /** A record of what the job has replaced; the newest record, then. */
  async garbage(ids: readonly string[], before: string | null): Promise<string | null> {
    if (ids.length === 0) return before
    const { env, newId } = this.#options
    const id = newId()
    await this.put([{ id, bytes: encodeGarbage(id, { atMs: env.now(), ids, before }) }])
    return id
  }

  /** The slots before t go into segments of the log. */
  async fold(nextT: number, excision: Excision | null): Promise<FoldedLog> {
    const { storage, databaseId, name, root, newId, codec, turn, env } = this.#options
    const before = excision === null ? { ...root, replaced: [] } : await this.#exciseLog(excision)
    const instead = excision?.without.bind(excision)
    const fold = new LogFold(before, { newId, codec, instead })
    let { checksum } = root
    let limit = 1
    for (let from = root.nextT; from < nextT;) {
      const slots = await storage.readSlots(databaseId, { from, limit })
      let bytesRead = 0
      let end = env.monotonicMs() + pieceMs
      for (const { t, bytes } of slots) {
        if (t >= nextT) break
        bytesRead += bytes.length
        const slot = decodeSlot(bytes, t, `slot ${t} of the log of ${name}`)
        fold.add(slot)
        checksum = slot.checksum
        if (env.monotonicMs() < end) continue
        await this.put(fold.take())
        await turn()
        end = env.monotonicMs() + pieceMs
      }
      const last = slots.at(-1)
      if (last === undefined) break
      from = last.t + 1
      limit = nextLimit(limit, bytesRead)
      await this.put(fold.take())
      await turn()
    }
    const ends = fold.end()
    await this.put(fold.take())
    return { ...ends, checksum, replaced: before.replaced }
  }

  async #exciseLog(excision: Excision): Promise<ExcisedLog> {
    const { name, getBlobs, root, newId, codec, turn } = this.#options
    const steps = exciseLog(root, excision, { newId, codec, name, getBlobs })
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      await this.put(step.value)
      await turn()
    }
  }
}

/** How many slots to read next, when so many had so many bytes. */
export function nextLimit(limit: number, bytes: number): number {
  if (bytes > slotBytes) return Math.max(1, limit >> 1)
  return bytes * 2 < slotBytes ? Math.min(slotsMax, limit * 2) : limit
}
