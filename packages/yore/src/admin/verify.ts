/**
 * Verifying a database in a storage, or in a backup. Everything that it consists of is read.
 *
 * (1) Log: every slot and segment is there and whole, and the transactions follow each other. Index: every segment is there, whole and in
 *     order, the directories say of it what is so, and every order holds the same facts. Both: the index has the datoms that the log has.
 * (2) Problems are told as data and nothing is changed. What could not be read is left out of the comparisons.
 * (3) Memory is bounded: the log is read a segment at a time, the index a block at a time.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import { baseOf, placeIn } from '../db/load.ts'
import type { Place } from '../db/load.ts'
import type { LogSource } from '../db/log.ts'
import { garbageBlobsOf, liveBlobsOf } from '../db/reach.ts'
import { replay } from '../db/replay.ts'
import { decodeRoot, rootName } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import { placementOf } from '../db/schema-of.ts'
import { verifyTrees } from '../indexes/stored/verify.ts'
import type { Storage } from '../storage/storage.ts'
import type { Stored } from './backup.ts'
import { placeOfPoint } from './backup-place.ts'
import { pointTs, requirePoint } from './backup-point.ts'
import type { BackupPoint } from './backup-point.ts'
import { blobIdsIn } from './copy.ts'
import { Task } from './task.ts'
import type { TaskOptions } from './task.ts'
import { compareWithLog, forgottenIn, verifyMemory } from './verify-facts.ts'
import { LogVerifier, messageOf } from './verify-log.ts'
import type { LogReport } from './verify-log.ts'
import { rebuildAdvice, restoreAdvice } from './verify-report.ts'
import type { Problem, VerifyProgress, VerifyReport } from './verify-report.ts'

export interface VerifyOptions extends TaskOptions<VerifyProgress> {
  readonly env: Env
}

const cacheBytes = 32 * 2 ** 20
const attempts = 5

/** Verifies a database in a storage, which may be in use. */
export async function verifyStored(
  { storage, databaseId, name }: Stored,
  options: VerifyOptions,
): Promise<VerifyReport> {
  let before: ReadonlySet<string> = new Set()
  for (let attempt = 1; ; attempt++) {
    const bytes = await storage.readRoot(rootName(databaseId))
    if (bytes === null) {
      return raise(':db.error/db-not-found', `the root record of ${name} is missing`, {
        databaseId,
      })
    }
    const place = placeIn({ storage, databaseId, name, cacheBytes })
    const report = await verifyBytes(bytes, databaseId, place, options, storage)
    const now = await storage.readRoot(rootName(databaseId))
    const isSame = now?.length === bytes.length && now.every((b, i) => b === bytes[i])
    if (report.ok || isSame || now === null) return report
    // a job that ended meanwhile has folded slots, a collection deleted what was garbage: then it was the wrong root
    const gone = await goneOf(
      report.problems,
      storage,
      databaseId,
      decodeRoot(now, databaseId, name),
    )
    if (gone.size === 0) return report
    if (attempt === attempts) {
      const lasting = report.problems.filter((p) => !gone.has(p) || wasNamed(p, before))
      if (lasting.length > 0) return { ...report, problems: lasting }
      return raise(
        ':yore/storage-busy',
        `what ${name} consists of was collected while it was being verified, ${attempts} times in a row: verify it while gcStorage does not run, or verify a backup of it`,
        { databaseId },
      )
    }
    before = new Set(report.problems.flatMap(({ blob }) => blob ?? []))
  }
}

const wasNamed = ({ blob }: Problem, before: ReadonlySet<string>): boolean =>
  blob !== undefined && before.has(blob)

/** The problems that may come from what was deleted meanwhile. */
async function goneOf(
  problems: readonly Problem[],
  storage: Storage,
  databaseId: string,
  now: Root,
): Promise<Set<Problem>> {
  const ids = [...new Set(problems.flatMap(({ blob }) => blob ?? []))]
  const blobs = ids.length === 0 ? [] : await storage.getBlobs(databaseId, ids)
  const there = new Set(ids.filter((_, i) => blobs[i] !== null))
  const isGone = ({ blob, slot }: Problem): boolean =>
    blob === undefined ? slot === undefined || slot < now.nextT : !there.has(blob)
  // what names nothing is a problem of its own only where everything was read
  const named = problems.filter(({ blob, slot }) => blob !== undefined || slot !== undefined)
  return new Set(named.some(isGone) ? problems.filter(isGone) : [])
}

/** Verifies a point of a backup; without t the newest. */
export async function verifyPoint(
  target: Storage,
  t: number | undefined,
  options: VerifyOptions,
): Promise<VerifyReport> {
  let point: BackupPoint
  try {
    point = await requirePoint(target, t)
  } catch (error) {
    if (!(error instanceof YoreError) || error.category !== 'fault') throw error
    const message = messageOf(error)
    return reportOf({ ...nothing, t: t ?? (await pointTs(target))[0] ?? 0 }, [
      { in: 'root', message, affected: 'the whole backup', advice: againAdvice },
    ])
  }
  const { rootBytes, databaseId } = point
  try {
    const place = await placeOfPoint(target, point, cacheBytes)
    const report = await verifyBytes(rootBytes, databaseId, place, options, null)
    return {
      ...report,
      problems: report.problems.map((problem) => ({ ...problem, advice: againAdvice })),
    }
  } catch (error) {
    const message = messageOf(error)
    return reportOf({ ...nothing, t: point.t }, [
      { in: 'log', message, affected: 'the whole backup', advice: againAdvice },
    ])
  }
}

/** Verifies a database that lives in memory. */
export async function verifyInMemory(
  db: Db,
  log: LogSource,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const task = new Task<VerifyProgress>('verifying', options.env, options)
  const steps = verifyMemory(db, log)
  for (;;) {
    const step = steps.next()
    if (step.done === true) {
      const { problems, datoms, transactions } = step.value
      task.end({ stage: 'facts', done: 1 })
      const ok = problems.length === 0
      return { ok, problems, t: db.basisT, transactions, datoms, blobs: 0, unreached: null }
    }
    const turn = task.step(() => ({ stage: 'facts', done: step.value }))
    if (turn !== null) await turn
  }
}

const againAdvice =
  'make a backup with check: true, which copies again what the database still has; or delete this one and use another'

async function verifyBytes(
  rootBytes: Uint8Array,
  databaseId: string,
  place: Place,
  options: VerifyOptions,
  storage: Storage | null,
): Promise<VerifyReport> {
  let root: Root
  try {
    root = decodeRoot(rootBytes, databaseId, place.name)
  } catch (error) {
    const message = messageOf(error)
    const problem: Problem = {
      in: 'root',
      message,
      affected: 'the whole database',
      advice: restoreAdvice,
    }
    return reportOf(nothing, [problem])
  }
  return new Verifier(root, place, options, storage).run()
}

function reportOf(
  { transactions, t, blobs }: LogReport,
  problems: readonly Problem[],
  more: Partial<VerifyReport> = {},
): VerifyReport {
  return {
    ok: problems.length === 0,
    problems,
    t,
    transactions,
    datoms: 0,
    blobs,
    unreached: null,
    ...more,
  }
}

/** The blob that an error is about. */
function blobOf(error: unknown): string | null {
  const { blob, id } = error instanceof YoreError ? error.data : {}
  const found = blob ?? id
  return typeof found === 'string' ? found : null
}

const unreadable = {
  in: 'index',
  affected: 'all reads of the database',
  advice: rebuildAdvice,
} as const

const nothing: LogReport = {
  parts: [],
  newest: [],
  forgotten: new Set(),
  transactions: 0,
  t: 0,
  nextT: 0,
  blobs: 0,
}

class Verifier {
  readonly #root: Root
  readonly #place: Place
  readonly #storage: Storage | null
  readonly #task: Task<VerifyProgress>
  readonly #problems: Problem[] = []

  constructor(root: Root, place: Place, options: VerifyOptions, storage: Storage | null) {
    this.#root = root
    this.#place = place
    this.#storage = storage
    this.#task = new Task('verifying', options.env, options)
  }

  async #step(stage: VerifyProgress['stage'], done: number): Promise<void> {
    const turn = this.#task.step(() => ({ stage, done }))
    if (turn !== null) await turn
  }

  /** Runs what may find damage, and tells it; null then. */
  #try<T>(what: Omit<Problem, 'message'>, run: () => T): T | null {
    try {
      return run()
    } catch (error) {
      const blob = blobOf(error)
      this.#problems.push({ ...what, message: messageOf(error), ...(blob !== null && { blob }) })
      return null
    }
  }

  async run(): Promise<VerifyReport> {
    const root = this.#root
    const base = this.#try(unreadable, () => baseOf(root, this.#place))
    const log = await this.#log(base)
    const blobs = base === null ? 0 : await this.#trees(base)
    const datoms = base === null ? 0 : await this.#facts(base, log)
    const unreached = await this.#unreached()
    this.#task.end({ stage: 'facts', done: 1 })
    return reportOf({ ...log, blobs: log.blobs + blobs }, this.#problems, { datoms, unreached })
  }

  async #log(base: Db | null): Promise<LogReport> {
    const forgotten = base === null ? null : this.#try(unreadable, () => forgottenIn(base))
    const verifier = new LogVerifier(this.#root, this.#place, forgotten ?? new Set())
    const steps = verifier.run()
    for (;;) {
      const step = await steps.next()
      if (step.done === true) {
        this.#problems.push(...verifier.problems)
        return step.value
      }
      await this.#step('log', step.value)
    }
  }

  /** Gives the number of blobs. */
  async #trees(base: Db): Promise<number> {
    const { index } = this.#root
    if (index === null) return 0
    const steps = verifyTrees(index, this.#place.source, placementOf(base.schema))
    for (;;) {
      const step = steps.next()
      if (step.done === true) {
        for (const { name, past, blob, message } of step.value.problems) {
          this.#problems.push({
            in: 'index',
            message,
            affected: `${past ? 'past' : 'current'} facts in ${name === 'words' ? 'fulltext' : name.toUpperCase()}`,
            advice: rebuildAdvice,
            ...(name !== 'words' && { order: name }),
            ...(blob !== null && { blob }),
          })
        }
        return step.value.blobs
      }
      await this.#step('index', step.value.rowsDone / Math.max(1, step.value.rowsAll))
    }
  }

  /** Compares the index with the log; gives the number of datoms. */
  async #facts(base: Db, log: LogReport): Promise<number> {
    const what = {
      in: 'facts',
      affected: 'the comparison of index and log',
      advice: rebuildAdvice,
    } as const
    const db = this.#try(what, () => replay(base, log.newest))
    if (db === null) return 0
    const steps = compareWithLog(db, log.parts, log.forgotten)
    for (;;) {
      const step = this.#try(what, () => steps.next())
      if (step === null) return 0
      if (step.done === true) {
        this.#problems.push(...step.value.problems)
        return step.value.datoms
      }
      await this.#step('facts', step.value)
    }
  }

  /** How many blobs nothing reaches. Null for a backup, which has no garbage, and when not everything could be read. */
  async #unreached(): Promise<number | null> {
    if (this.#storage === null) return null
    const { getBlobs } = this.#place.reads
    const garbage = this.#try(
      { in: 'garbage', affected: 'space that cannot be given free', advice: restoreAdvice },
      () => [...garbageBlobsOf(this.#root, getBlobs)],
    )
    if (garbage === null || this.#problems.length > 0) return null
    const { databaseId } = this.#root
    const all = await blobIdsIn(this.#storage, databaseId)
    try {
      for (const id of liveBlobsOf(this.#root, this.#place.source, this.#place.reads.getBlobs)) {
        all.delete(id)
      }
    } catch (error) {
      if (error instanceof YoreError) return null
      throw error
    }
    for (const id of garbage) all.delete(id)
    return all.size
  }
}
