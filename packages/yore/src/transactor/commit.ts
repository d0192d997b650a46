/**
 * The commit: one conditional write of the next slot, which holds all transactions of a group.
 *
 * (1) A group is there whole or not at all, and nobody hears of it before it is durable (or, relaxed, taken over by the storage).
 * (2) A write that failed may have happened: the slot itself says what became of it. So a group is acknowledged, has failed, or is
 *     unknown as long as the storage does not answer; never between.
 * (3) A slot that somebody else wrote ends this writer.
 * (4) Whether a transaction can be written at all is known before: its values and its size are looked at when it has been run.
 */

import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import type { Codec } from '../data/codec/compress.ts'
import { writeValue } from '../data/codec/values.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import type { Value } from '../data/values.ts'
import { encodeTransaction } from '../db/log-record.ts'
import type { LoggedTransaction, Transaction } from '../db/log-record.ts'
import { encodeSlot, slotContentMax } from '../db/log-slot.ts'
import type { Storage } from '../storage/storage.ts'
import type { TxResult } from '../transact/transact.ts'
import { lostError } from './queue.ts'
import type { Outcome } from './queue.ts'

export interface CommitOptions {
  readonly storage: Storage
  readonly databaseId: string
  readonly env: Env
  /** Acknowledge before the write is durable. */
  readonly relaxed: boolean
  /** How slots are packed. */
  readonly codec: Codec
  /** The checksum of the last slot. */
  readonly checksum: number
  /** Slot t is there. */
  readonly written: (t: number) => void
}

/** How often the storage is asked what became of a write, and how long to wait in between, milliseconds. */
const askTimes = 3
const askEveryMs = 100
/** What stands in a slot before and behind the bodies of transactions, and more. */
const headMax = 512

export class Committer {
  readonly #options: CommitOptions
  readonly #writer: Uint8Array
  #checksum: number

  constructor(options: CommitOptions) {
    this.#options = options
    this.#writer = options.env.random(new Uint8Array(8))
    this.#checksum = options.checksum
  }

  /** The checksum of the last slot that is there. */
  get checksum(): number {
    return this.#checksum
  }

  async write(group: readonly LoggedTransaction[]): Promise<Outcome> {
    const { storage, databaseId, codec, relaxed: isRelaxed } = this.#options
    const { t } = group[0] as LoggedTransaction
    try {
      const head = { t, previous: this.#checksum, writer: this.#writer, isRelaxed }
      const { bytes, checksum } = encodeSlot(head, group, codec)
      const own: Own = { t, bytes, checksum }
      try {
        const written = await storage.writeSlot(databaseId, t, bytes, { relaxed: isRelaxed })
        return written ? this.#done(own) : await this.#find(own, null)
      } catch (error) {
        return await this.#find(own, errorOf(error))
      }
    } catch (error) {
      return { kind: 'failed', error: errorOf(error) }
    }
  }

  #done({ t, checksum }: Own): Outcome {
    this.#checksum = checksum
    this.#options.written(t)
    return { kind: 'written' }
  }

  /** Finds out what became of a write: of one that failed, or that was told that the slot is there. */
  async #find(own: Own, error: YoreError | null): Promise<Outcome> {
    for (let n = 1; ; n++) {
      try {
        const found = await this.#read(own)
        if (found === 'own') return this.#done(own)
        if (found === 'other') return { kind: 'lost', error: lostError(own.t, error ?? undefined) }
        return { kind: 'failed', error: error ?? notThere(own.t) }
      } catch (reason) {
        if (n === askTimes) return this.#unknown(own, error ?? errorOf(reason))
      }
      await new Promise<void>((resolve) => this.#options.env.after(askEveryMs, resolve))
    }
  }

  #unknown(own: Own, cause: YoreError): Outcome {
    const error = new YoreError(
      ':yore/storage-unavailable',
      `whether transaction ${own.t} was committed is not known, for the storage does not answer; look for it later: ${cause.message}`,
      { t: own.t, outcome: 'unknown' },
      { cause },
    )
    return { kind: 'unknown', error, settle: () => this.#find(own, cause) }
  }

  async #read({ t, bytes }: Own): Promise<'own' | 'other' | 'none'> {
    const { storage, databaseId } = this.#options
    const [slot] = await storage.readSlots(databaseId, { from: t, limit: 1 })
    if (slot === undefined || slot.t !== t) return 'none'
    return isSame(slot.bytes, bytes) ? 'own' : 'other'
  }
}

interface Own {
  readonly t: number
  readonly bytes: Uint8Array
  readonly checksum: number
}

/** A transaction as the log keeps it. */
export function logged(result: TxResult): Transaction {
  const { t, instant, txData: data, ended, dbAfter } = result
  const { nextT, nextElement } = dbAfter
  return { t, instant, data, ended, nextT, nextElement }
}

/** How many bytes of transactions go into one slot of a storage; null: in memory. */
export function groupBytesMax(storage: Storage | null): number {
  return Math.min(slotContentMax, storage?.limits.slotBytesMax ?? Infinity) - headMax
}

/** A transaction as it is written; throws when it cannot be. */
export function encoded(result: TxResult, storage: Storage | null): LoggedTransaction {
  let out: LoggedTransaction
  try {
    out = encodeTransaction(logged(result))
  } catch (error) {
    throw error instanceof YoreError ? notStored(result, error) : error
  }
  const bytesMax = groupBytesMax(storage) - headMax
  const bytes = out.body.length
  if (bytes > bytesMax) {
    raise(
      ':yore/limit-exceeded',
      `a transaction of ${bytes} bytes is too large, ${bytesMax} go into one: divide it, or keep large things elsewhere`,
      { bytes, bytesMax },
    )
  }
  return out
}

/** The error of a value that is not stored, with the attribute whose it is. */
function notStored({ txData, dbAfter }: TxResult, error: YoreError): YoreError {
  const found = txData.find(({ v }) => !isStored(v))
  if (found === undefined) return error
  const attribute = dbAfter.schema.attributes.get(found.a)?.ident.text ?? String(found.a)
  const message = error.message.slice(error.code.length + 1)
  return new YoreError(
    error.code,
    `a value of ${attribute} cannot be stored: ${message}`,
    { ...error.data, attribute },
    { cause: error },
  )
}

function isStored(v: Value): boolean {
  try {
    writeValue(new ByteWriter(), v)
    return true
  } catch (error) {
    if (error instanceof YoreError) return false
    throw error
  }
}

function errorOf(error: unknown): YoreError {
  if (error instanceof YoreError) return error
  return new YoreError(
    ':yore/storage-unavailable',
    `the storage failed: ${error instanceof Error ? error.message : String(error)}`,
    {},
    { cause: error },
  )
}

const notThere = (t: number): YoreError =>
  new YoreError(':yore/storage-unavailable', `the storage did not take slot ${t}`, { t })

function isSame(x: Uint8Array, y: Uint8Array): boolean {
  return x.length === y.length && x.every((b, i) => b === y[i])
}
