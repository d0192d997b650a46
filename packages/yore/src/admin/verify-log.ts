/**
 * Verifies the log of a database in a storage: every list, segment and slot is there, whole, and follows the one before.
 *
 * (1) What is damaged is told and passed over; what comes behind it is read all the same.
 */

import { YoreError } from '../base/errors.ts'
import { unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { Instant } from '../data/values.ts'
import { Chain } from '../db/load.ts'
import type { Place } from '../db/load.ts'
import { readRecords } from '../db/log-record.ts'
import type { Transaction } from '../db/log-record.ts'
import { readSegments } from '../db/root.ts'
import type { LogSegment, Root } from '../db/root.ts'
import { boot } from '../db/schema.ts'
import { never } from '../indexes/facts/fact.ts'
import type { Fact } from '../indexes/facts/fact.ts'
import { firstUserT, tToTx } from '../indexes/facts/ids.ts'
import { needBlob } from './backup-place.ts'
import { restoreAdvice } from './verify-report.ts'
import type { Problem } from './verify-report.ts'
import { DatomSum } from './verify-sums.ts'

/** A stretch of the log, and what is in it. */
export interface LogPart {
  /** The transactions with t <= their t < nextT. */
  readonly t: number
  readonly nextT: number
  /** Null when it could not be read. */
  readonly sum: DatomSum | null
}

export interface LogReport {
  readonly parts: readonly LogPart[]
  /** The transactions of the slots. */
  readonly newest: readonly Transaction[]
  /** Attributes whose past may have been forgotten: they are in no sum. */
  readonly forgotten: ReadonlySet<number>
  readonly transactions: number
  /** The last transaction. */
  readonly t: number
  /** The end of what could be read. */
  readonly nextT: number
  readonly blobs: number
}

export class LogVerifier {
  readonly problems: Problem[] = []
  readonly #root: Root
  readonly #place: Place
  readonly #forgotten: Set<number>
  readonly #parts: LogPart[] = []
  #nextT = firstUserT
  #nextElement = 0
  #instant = -Infinity
  #transactions = 0
  #blobs = 0

  constructor(root: Root, place: Place, forgotten: ReadonlySet<number>) {
    this.#root = root
    this.#place = place
    this.#forgotten = new Set(forgotten)
  }

  /** Yields how much is done, from 0 to 1. */
  async *run(): AsyncGenerator<number, LogReport> {
    const chain = new Chain(this.#root.nextT, this.#root.checksum, this.#place)
    const broken = await chain.read().then(() => null, messageAndSlot)
    this.#forget(chain.transactions)
    const segments = this.#segments()
    for (const [i, segment] of segments.entries()) {
      this.#segment(segment)
      yield i / (segments.length + 1)
    }
    this.#expectBasis()
    this.#slots(chain)
    if (broken !== null) {
      this.#tell(broken.message, chain.nextT, null, { slot: broken.slot ?? chain.nextT })
      this.#parts.push({ t: chain.nextT, nextT: Infinity, sum: null })
    }
    return {
      parts: this.#parts,
      newest: chain.transactions,
      forgotten: this.#forgotten,
      transactions: this.#transactions,
      t: chain.transactions.at(-1)?.t ?? this.#root.basisT,
      nextT: this.#nextT,
      blobs: this.#blobs,
    }
  }

  /** What the newest transactions say of history is not in the index's schema yet. */
  #forget(transactions: readonly Transaction[]): void {
    try {
      for (const { data } of transactions) {
        for (const { e, a, v } of data)
          if (a === boot.noHistory && v === true) this.#forgotten.add(e)
      }
    } catch (error) {
      // told when the transactions are read
      messageOf(error)
    }
  }

  #tell(
    message: string,
    from: number,
    to: number | null,
    where: Pick<Problem, 'blob' | 'slot'>,
  ): void {
    const affected = `the transactions from t ${from}${to === null ? ' on' : ` to before ${to}`}`
    this.problems.push({ in: 'log', message, affected, advice: restoreAdvice, ...where })
  }

  #blob(id: string, kind: 'directory' | 'logSegment'): ByteReader {
    this.#blobs++
    const [bytes] = this.#place.reads.getBlobs([id])
    return new ByteReader(unframe(needBlob(id, bytes, this.#place.name), kind, id).content)
  }

  /** All segments, in order, whether they can be read or not. */
  #segments(): LogSegment[] {
    const out: LogSegment[] = []
    for (const { id, t, nextT } of this.#root.lists) {
      try {
        out.push(...readSegments(this.#blob(id, 'directory')))
      } catch (error) {
        this.#tell(messageOf(error), t, nextT, { blob: id })
        this.#parts.push({ t, nextT, sum: null })
      }
    }
    out.push(...this.#root.segments)
    return out
  }

  #segment({ id, t, nextT, count }: LogSegment): void {
    const where = { blob: id }
    if (t !== this.#nextT && !this.#isPassed(t)) {
      this.#tell(
        `a segment of the log begins at t ${t}, not at ${this.#nextT}`,
        this.#nextT,
        t,
        where,
      )
    }
    try {
      const from = this.#blob(id, 'logSegment')
      const records = from.view(from.left)
      const sum = new DatomSum()
      let n = 0
      this.#nextT = t
      for (const tx of readRecords(records, { t, instant: 0 })) {
        this.#transaction(tx, sum, where)
        n++
      }
      if (n !== count || this.#nextT !== nextT) {
        this.#tell(`it has ${n} transactions, where ${count} are named`, t, nextT, where)
      }
      this.#parts.push({ t, nextT, sum })
    } catch (error) {
      this.#tell(messageOf(error), t, nextT, where)
      this.#parts.push({ t, nextT, sum: null })
    }
    this.#nextT = nextT
  }

  /** Is there a hole before t that was told already? */
  #isPassed(t: number): boolean {
    return this.#parts.some((part) => part.sum === null && part.nextT === t)
  }

  #transaction(tx: Transaction, sum: DatomSum, where: Pick<Problem, 'blob' | 'slot'>): void {
    const { t, instant, nextT, nextElement, data, ended } = tx
    const tell = (message: string): void => this.#tell(message, t, nextT, where)
    if (t !== this.#nextT) tell(`t ${t} comes where ${this.#nextT} is next`)
    if (nextT <= t || nextElement < this.#nextElement) tell('its counters go back')
    if (instant < this.#instant) tell('its instant is before that of the transaction before')
    let isDated = false
    let n = 0
    for (const datom of data) {
      const { e, a, v, added } = datom
      isDated ||= a === boot.txInstant && e === tToTx(t) && v instanceof Instant && v.ms === instant
      const fact: Fact = added ? { ...datom, end: never } : (ended[n++] as Fact)
      if (!this.#forgotten.has(a)) sum.add({ e, a, v: fact.v, t, added })
    }
    if (!isDated) tell('it does not say when it took place')
    this.#transactions++
    this.#nextT = Math.max(nextT, this.#nextT)
    this.#nextElement = nextElement
    this.#instant = instant
  }

  #expectBasis(): void {
    const { nextT, basisT, nextElement, lastInstant } = this.#root
    // what is missing was told already
    if (this.problems.length > 0) {
      this.#nextT = nextT
      return
    }
    const isSame =
      this.#nextT === nextT &&
      basisT < nextT &&
      (this.#transactions === 0 ||
        (this.#nextElement === nextElement && this.#instant === lastInstant))
    if (!isSame) {
      this.problems.push({
        in: 'root',
        message: `the root counts otherwise than the log, which ends before t ${this.#nextT}`,
        affected: `the counters of the database, and transactions before t ${nextT}`,
        advice: restoreAdvice,
      })
    }
    this.#nextT = nextT
  }

  #slots(chain: Chain): void {
    const { nextT } = this.#root
    const sum = new DatomSum()
    try {
      for (const tx of chain.transactions) this.#transaction(tx, sum, { slot: tx.t })
      this.#parts.push({ t: nextT, nextT: chain.nextT, sum })
    } catch (error) {
      this.#tell(messageOf(error), nextT, chain.nextT, {})
      this.#parts.push({ t: nextT, nextT: chain.nextT, sum: null })
    }
    this.#nextT = chain.nextT
  }
}

function messageAndSlot(error: unknown): {
  readonly message: string
  readonly slot: number | null
} {
  const message = messageOf(error)
  const slot = error instanceof YoreError ? error.data['slot'] : null
  return { message, slot: typeof slot === 'number' ? slot : null }
}

/** What is wrong with what was read. A storage that does not answer now is no damage: it ends the work. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError) {
    throw error
  }
  if (error instanceof YoreError && passing.has(error.category)) throw error
  return error.message.replace(/^:\S+ /, '')
}

const passing: ReadonlySet<string> = new Set(['unavailable', 'busy', 'interrupted'])
