/**
 * Index jobs in a worker, as the writer of a database sees them: it starts one when there is a job, reads and writes for it, and gives it
 * back when it has had nothing to do for a while.
 *
 * (1) A job gives its report, or null: there is no worker, it has died, or is silent for long. Then the writer does the job itself.
 * (2) An error of the storage is the job's error.
 * (3) Only a job keeps a program alive.
 */

import type { Env } from '../base/env.ts'
import type { Storage } from '../storage/storage.ts'
import { pack, unpack } from './job-messages.ts'
import type { FromWorker, JobReport, JobTask, ToWorker } from './job-messages.ts'

/** A worker that has been started. */
export interface WorkerHandle {
  post(message: ToWorker): void
  /** Does it keep the program alive? Not from the beginning. */
  keepAlive(yes: boolean): void
  end(): Promise<void>
  /** Of one that has no job, nor will get one from here: it may serve somebody else. */
  giveBack(env: Env): Promise<void>
}

/** Starts a worker. Null: there is none on this runtime. `onEnd` is called when it could not begin, has failed or has ended; once or more. */
export type StartWorker = (told: {
  readonly onMessage: (message: FromWorker) => void
  readonly onEnd: () => void
}) => WorkerHandle | null

export interface JobWorkerOptions {
  readonly start: StartWorker
  readonly env: Env
  readonly storage: Storage
  readonly databaseId: string
}

interface Job {
  readonly resolve: (report: JobReport | null) => void
  readonly reject: (error: unknown) => void
}

/** After so long without a sign of life a worker counts as dead. */
const silentMsMax = 30_000
const idleMsMax = 5000
/** After so many deaths no other one is started. */
const deathsMax = 3

export class JobWorker {
  readonly #options: JobWorkerOptions
  #handle: WorkerHandle | null = null
  #job: Job | null = null
  #deaths = 0
  #heardAt = 0
  /** Answers that are under way. */
  #answering = 0
  #cancelWatch: (() => void) | null = null

  constructor(options: JobWorkerOptions) {
    this.#options = options
  }

  /** Could a job be done here? */
  get isThere(): boolean {
    return this.#deaths < deathsMax
  }

  /** Null: nobody has done it. */
  run(task: JobTask): Promise<JobReport | null> {
    const handle = this.#start()
    if (handle === null) return Promise.resolve(null)
    return new Promise<JobReport | null>((resolve, reject) => {
      this.#job = { resolve, reject }
      handle.keepAlive(true)
      handle.post(task)
      this.#heard()
      this.#watch()
    })
  }

  /** Ends the worker; the job that runs gives null. */
  async close(): Promise<void> {
    this.#deaths = deathsMax
    await (this.#job === null ? this.#giveBack() : this.#end())
  }

  #start(): WorkerHandle | null {
    if (this.#handle !== null || !this.isThere) return this.#handle
    let handle: WorkerHandle | null = null
    const isThis = (): boolean => handle !== null && this.#handle === handle
    handle = this.#options.start({
      onMessage: (message) => {
        if (isThis()) this.#told(message)
      },
      onEnd: () => {
        if (isThis()) this.#died()
      },
    })
    if (handle === null) this.#deaths = deathsMax
    this.#handle = handle
    return handle
  }

  #heard(): void {
    this.#heardAt = this.#options.env.monotonicMs()
  }

  #settle(): Job | null {
    const job = this.#job
    this.#job = null
    this.#handle?.keepAlive(false)
    this.#heard()
    return job
  }

  #died(): void {
    this.#deaths++
    void this.#end()
  }

  async #end(): Promise<void> {
    const handle = this.#forget()
    this.#settle()?.resolve(null)
    await handle?.end()
  }

  async #giveBack(): Promise<void> {
    await this.#forget()?.giveBack(this.#options.env)
  }

  #forget(): WorkerHandle | null {
    const handle = this.#handle
    this.#handle = null
    this.#cancelWatch?.()
    this.#cancelWatch = null
    return handle
  }

  #told(message: FromWorker): void {
    this.#heard()
    switch (message.kind) {
      case 'alive':
        return
      case 'done':
        this.#settle()?.resolve(message.report)
        return
      case 'failed':
        // with it goes what was still on the way to it
        this.#died()
        return
      default:
        void this.#answer(message)
    }
  }

  async #answer(
    message: Extract<FromWorker, { readonly kind: 'blobs' | 'slots' | 'put' }>,
  ): Promise<void> {
    const handle = this.#handle
    this.#answering++
    try {
      const answer = await this.#do(message)
      if (this.#handle === handle) handle?.post(answer)
    } catch (error) {
      if (this.#handle !== handle) return
      this.#settle()?.reject(error)
      void this.#end()
    } finally {
      this.#answering--
      this.#heard()
    }
  }

  async #do(
    message: Extract<FromWorker, { readonly kind: 'blobs' | 'slots' | 'put' }>,
  ): Promise<ToWorker> {
    const { storage, databaseId } = this.#options
    if (message.kind === 'blobs') {
      const { ids } = message
      const found =
        storage.sync?.getBlobs(databaseId, ids) ?? (await storage.getBlobs(databaseId, ids))
      return { kind: 'blobs', blobs: pack(found) }
    }
    if (message.kind === 'slots') {
      const found = await storage.readSlots(databaseId, message)
      const slots = pack(found.map(({ bytes }) => bytes))
      return { kind: 'slots', ts: found.map(({ t }) => t), slots }
    }
    const bytes = unpack(message.blobs)
    const blobs = message.ids.map((id, i) => ({ id, bytes: bytes[i] as Uint8Array }))
    // the root that names them is durable, and takes with it what was written before
    await storage.putBlobs(databaseId, blobs, { relaxed: true })
    return { kind: 'put' }
  }

  /** Ends a worker that is silent while it should work, or has nothing to do for long. */
  #watch(): void {
    if (this.#cancelWatch !== null) return
    const { env } = this.#options
    this.#cancelWatch = env.after(
      idleMsMax,
      () => {
        this.#cancelWatch = null
        void this.#look()
      },
      true,
    )
  }

  async #look(): Promise<void> {
    const { env } = this.#options
    const handle = this.#handle
    if (handle === null) return
    const isLate = (): boolean =>
      this.#answering === 0 &&
      env.monotonicMs() - this.#heardAt >= (this.#job === null ? idleMsMax : silentMsMax)
    if (isLate()) {
      // what it said while this thread was busy is heard first
      await env.turn()
      await env.turn()
      if (this.#handle === handle && isLate()) {
        if (this.#job === null) void this.#giveBack()
        else this.#died()
        return
      }
    }
    if (this.#handle === handle) this.#watch()
  }
}
