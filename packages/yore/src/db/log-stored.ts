/**
 * The log of a database in a storage: old transactions in segments, those after the index's basis in slots, all read when asked for.
 *
 * (1) An index job moves transactions from slots to segments; who reads meanwhile, in another process too, goes on in either without a
 *     gap.
 * (2) What is missing or damaged is an error that says which segment or slot; nothing is ever left out.
 */

import { firstNotBelow } from '../base/search.ts'
import { YoreError, raise } from '../base/errors.ts'
import { reasonOfDamage } from '../data/codec/damage.ts'
import { unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { readRecords } from './log-record.ts'
import type { LoggedTransaction } from './log-record.ts'
import { damagedSlot, decodeSlot, transactionsOf } from './log-slot.ts'
import type { LogSource } from './log.ts'
import { readSegments } from './root.ts'
import type { LogSegment, Root } from './root.ts'

/** How a log reads: now, without waiting. */
export interface LogReads {
  readonly getBlobs: (ids: readonly string[]) => readonly (Uint8Array | null)[]
  readonly readSlots: (range: {
    readonly from: number
    readonly limit?: number | undefined
  }) => readonly { readonly t: number; readonly bytes: Uint8Array }[]
  /** The root as it is now, where another process may have changed it. */
  readonly newestRoot?: (() => LogRoot | null) | undefined
}

/** Where the log is, for a root. */
export type LogRoot = Pick<Root, 'revision' | 'lists' | 'segments' | 'nextT'>

interface Part {
  readonly transactions: readonly LoggedTransaction[]
  readonly nextT: number
}

/** Parts that were read last, unpacked. */
const heldMax = 8

export class StoredLog implements LogSource {
  readonly #reads: LogReads
  readonly #name: string
  #root: LogRoot
  /** The first t of each slot from the root's nextT on, ascending. */
  #slots: number[]
  readonly #held = new Map<string, readonly LoggedTransaction[]>()

  /** `name` is the database and where it is, for errors. */
  constructor(reads: LogReads, name: string, root: LogRoot, slots: readonly number[]) {
    this.#reads = reads
    this.#name = name
    this.#root = root
    this.#slots = [...slots]
  }

  /** Reads from this root and these slots from now on. */
  restart(root: LogRoot, slots: readonly number[]): void {
    this.#root = root
    this.#held.clear()
    this.#slots = [...slots]
  }

  /** A slot was written. */
  append(t: number): void {
    this.#slots.push(t)
  }

  /** Slots have been folded: the root has a new basis. */
  moveTo(root: LogRoot): void {
    // we may have been ahead of who tells us
    if (root.revision < this.#root.revision) return
    this.#root = root
    this.#slots = this.#slots.slice(firstNotBelow(this.#slots, root.nextT))
    // what was excised is not to be read from here again
    this.#held.clear()
  }

  *entries(from: number, to: number): Generator<LoggedTransaction> {
    let t = from
    while (t < to) {
      const part = this.#partAt(t)
      if (part === null) return
      for (const tx of part.transactions) {
        if (tx.t >= to) return
        if (tx.t < t) continue
        yield tx
        t = tx.t + 1
      }
      t = part.nextT
    }
  }

  /** The segment or slot that may have transactions at t or behind, and where it ends; null when there is none. */
  #partAt(t: number): Part | null {
    for (;;) {
      try {
        return this.#partHere(t)
      } catch (error) {
        // what is not where it was, a job may have folded meanwhile
        const root = error instanceof YoreError ? this.#reads.newestRoot?.() : null
        if (!root || root.revision <= this.#root.revision) throw error
        this.moveTo(root)
      }
    }
  }

  #partHere(t: number): Part | null {
    if (t < this.#root.nextT) {
      const segment = this.#segmentAt(t)
      if (segment !== null) {
        return { transactions: this.#segment(segment), nextT: segment.nextT }
      }
    }
    // a slot ends where the next one begins
    const at = Math.max(0, firstNotBelow(this.#slots, t + 1) - 1)
    const slot = this.#slots[at]
    if (slot === undefined) return null
    return { transactions: this.#slot(slot), nextT: this.#slots[at + 1] ?? Infinity }
  }

  #segmentAt(t: number): LogSegment | null {
    const { lists, segments } = this.#root
    const list = lists.find((x) => t < x.nextT)
    const candidates = list === undefined ? segments : this.#list(list.id)
    return candidates.find((x) => t < x.nextT) ?? null
  }

  #list(id: string): readonly LogSegment[] {
    return readSegments(new ByteReader(this.#blob(id, 'directory', `the list ${id} of segments`)))
  }

  #segment({ id, t }: LogSegment): readonly LoggedTransaction[] {
    return this.#once(id, () => {
      const what = `the segment ${id}, with the transactions from t ${t} on,`
      return [...readRecords(this.#blob(id, 'logSegment', what), { t, instant: 0 })]
    })
  }

  #slot(t: number): readonly LoggedTransaction[] {
    return this.#once(String(t), () => {
      const [slot] = this.#reads.readSlots({ from: t, limit: 1 })
      if (slot?.t !== t) throw damagedSlot(this.#nameOfSlot(t), t, 'it is missing')
      return [...transactionsOf(decodeSlot(slot.bytes, t, this.#nameOfSlot(t)))]
    })
  }

  #nameOfSlot(t: number): string {
    return `slot ${t} of the log of ${this.#name}`
  }

  #blob(id: string, kind: 'directory' | 'logSegment', what: string): Uint8Array {
    const [bytes] = this.#reads.getBlobs([id])
    const where = `${what} of the log of ${this.#name}`
    if (bytes === null || bytes === undefined) {
      return raise(
        ':yore/storage-corrupt',
        `${where} is missing: restore the database from a backup`,
        { blob: id },
      )
    }
    try {
      return unframe(bytes, kind, id).content
    } catch (error) {
      if (!(error instanceof YoreError)) throw error
      return raise(
        error.code,
        `${where}: ${reasonOfDamage(error)}. Its transactions cannot be read; restore the database from a backup`,
        { blob: id },
        { cause: error },
      )
    }
  }

  #once(key: string, read: () => readonly LoggedTransaction[]): readonly LoggedTransaction[] {
    let found = this.#held.get(key)
    if (found === undefined) found = read()
    else this.#held.delete(key)
    this.#held.set(key, found)
    if (this.#held.size > heldMax) {
      for (const oldest of this.#held.keys()) {
        this.#held.delete(oldest)
        break
      }
    }
    return found
  }
}
