/**
 * An index job in a worker: reads the database from its root and its log as whoever opens it does, and makes of it what the writer itself
 * would have made, blob for blob, with the same ids.
 *
 * (1) It reads and writes through the writer alone; it opens nothing. So it may be killed at any moment.
 * (2) What it reads with the next question it tells beforehand, so that one question brings several blobs.
 */

import { assert } from '../base/assert.ts'
import { baseOf } from '../db/load.ts'
import { LogFold } from '../db/log-fold.ts'
import type { LoggedTransaction } from '../db/log-record.ts'
import { decodeSlot, transactionsOf } from '../db/log-slot.ts'
import { replay } from '../db/replay.ts'
import { decodeRoot } from '../db/root.ts'
import type { Root } from '../db/root.ts'
import { placementOf, withoutPending } from '../db/schema-of.ts'
import { indexJob } from '../indexes/jobs/job.ts'
import { SegmentSource } from '../indexes/stored/segment-source.ts'
import type { StoredBlob } from '../storage/storage.ts'
import { pack, unpack } from './job-messages.ts'
import type { FromWorker, JobReport, JobTask, ToWorker } from './job-messages.ts'
import { nextLimit } from './job-run.ts'

/** The worker's end of the line. */
export interface JobPort {
  post(message: FromWorker): void
  /** The next message, waited for. */
  receive(): ToWorker
}

const cacheBytes = 32 * 2 ** 20
const stepMs = 20
/** So many bytes go over together. */
const putBytes = 512 * 1024
const aliveEveryMs = 1000
/** So many blobs that are going to be read come with one that is. */
const aheadMax = 12

class Line {
  readonly #port: JobPort
  readonly #monotonicMs: () => number
  #unacknowledged = 0
  #postedAt = 0
  #blobs: StoredBlob[] = []
  #bytes = 0
  /** What is going to be read, and where in which list. */
  #expected: readonly string[] = []
  readonly #placeOf = new Map<string, number>()
  readonly #held = new Map<string, Uint8Array | null>()

  constructor(port: JobPort, monotonicMs: () => number) {
    this.#port = port
    this.#monotonicMs = monotonicMs
  }

  #post(message: FromWorker): void {
    this.#port.post(message)
    this.#postedAt = this.#monotonicMs()
  }

  #receive(): ToWorker {
    for (;;) {
      const message = this.#port.receive()
      if (message.kind !== 'put') return message
      this.#unacknowledged--
    }
  }

  /** These are going to be read, in this order. */
  expect(ids: readonly string[]): void {
    this.#expected = ids
    this.#placeOf.clear()
    for (const [i, id] of ids.entries()) this.#placeOf.set(id, i)
    this.#held.clear()
  }

  blobs(ids: readonly string[]): (Uint8Array | null)[] {
    const missing = ids.filter((id) => !this.#held.has(id))
    const [first] = missing
    if (first !== undefined) {
      const place = this.#placeOf.get(first)
      const next = place === undefined ? [] : this.#expected.slice(place + 1, place + 1 + aheadMax)
      const asked = [...missing, ...next.filter((id) => !this.#held.has(id))]
      this.#post({ kind: 'blobs', ids: asked })
      const answer = this.#receive()
      assert(answer.kind === 'blobs', 'a question for blobs is answered with blobs')
      const found = unpack(answer.blobs)
      for (const [i, id] of asked.entries()) this.#held.set(id, found[i] ?? null)
    }
    return ids.map((id) => {
      const bytes = this.#held.get(id) ?? null
      this.#held.delete(id)
      return bytes
    })
  }

  slots(from: number, limit: number): { readonly t: number; readonly bytes: Uint8Array }[] {
    this.#post({ kind: 'slots', from, limit })
    const answer = this.#receive()
    assert(answer.kind === 'slots', 'a question for slots is answered with slots')
    const found = unpack(answer.slots)
    return answer.ts.map((t, i) => ({ t, bytes: found[i] as Uint8Array }))
  }

  put(blobs: readonly StoredBlob[]): void {
    for (const blob of blobs) {
      this.#blobs.push(blob)
      this.#bytes += blob.bytes.length
    }
    if (this.#bytes >= putBytes) this.flush()
    else if (this.#monotonicMs() - this.#postedAt > aliveEveryMs) this.#post({ kind: 'alive' })
  }

  flush(): void {
    if (this.#blobs.length === 0) return
    // one is under way, no more
    this.settle()
    const packed = pack(this.#blobs.map(({ bytes }) => bytes))
    const ids = this.#blobs.map(({ id }) => id)
    this.#post({ kind: 'put', ids, blobs: packed })
    this.#unacknowledged++
    this.#blobs = []
    this.#bytes = 0
  }

  /** Waits until everything that was put is stored. */
  settle(): void {
    while (this.#unacknowledged > 0) {
      const { kind } = this.#port.receive()
      assert(kind === 'put', 'what was put is acknowledged')
      this.#unacknowledged--
    }
  }

  done(report: JobReport): void {
    this.#post({ kind: 'done', report })
  }
}

/** Slots into segments of the log; gives their transactions. */
function fold(
  line: Line,
  { root, task, newId }: { root: Root; task: JobTask; newId: () => string },
): Pick<JobReport, 'lists' | 'segments' | 'checksum'> & {
  readonly transactions: LoggedTransaction[]
} {
  const fold = new LogFold(root, { newId, codec: task.codec })
  const transactions: LoggedTransaction[] = []
  let { checksum } = root
  let limit = 1
  for (let from = root.nextT; from < task.nextT;) {
    const slots = line.slots(from, limit)
    let bytesRead = 0
    for (const { t, bytes } of slots) {
      if (t >= task.nextT) break
      bytesRead += bytes.length
      const slot = decodeSlot(bytes, t, `slot ${t} of the log of ${task.name}`)
      fold.add(slot)
      transactions.push(...transactionsOf(slot))
      checksum = slot.checksum
    }
    const last = slots.at(-1)
    if (last === undefined) break
    from = last.t + 1
    limit = nextLimit(limit, bytesRead)
    line.put(fold.take())
  }
  const ends = fold.end()
  line.put(fold.take())
  return { ...ends, checksum, transactions }
}

function run(task: JobTask, line: Line, monotonicMs: () => number): JobReport {
  const { databaseId, name, segmentSize, indexLaterFrom, codec } = task
  const root = decodeRoot(task.root, databaseId, name)
  let ids = 0
  const newId = (): string => `${task.job}-${(ids++).toString(36)}`
  const { transactions, ...log } = fold(line, { root, task, newId })
  const source = new SegmentSource((wanted) => line.blobs(wanted), { name, bytesMax: cacheBytes })
  const base = replay(baseOf(root, { source, segmentSize, indexLaterFrom }), transactions)
  assert(base.nextT === task.nextT, 'the log holds what the writer has acknowledged')
  transactions.length = 0
  const job = indexJob(base.facts, {
    newId,
    codec,
    placementOf: placementOf(withoutPending(base.schema)),
    reindex: [...base.schema.pending],
    expect: (wanted) => line.expect(wanted),
  })
  for (let isDone = false; !isDone;) {
    isDone = job.step(stepMs, monotonicMs)
    line.put(job.take())
  }
  line.flush()
  line.settle()
  const { roots, replaced } = job.result()
  return { ...log, roots, replaced, ids }
}

/** Does a job, and says what came of it. */
export function serveJob(task: JobTask, port: JobPort, monotonicMs: () => number): void {
  const line = new Line(port, monotonicMs)
  try {
    line.done(run(task, line, monotonicMs))
  } catch (error) {
    // the writer does it itself, and finds out
    port.post({ kind: 'failed', message: String(error) })
  }
}
