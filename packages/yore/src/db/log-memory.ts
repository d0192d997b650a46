/**
 * The log of a database that lives in memory: packed, but for the newest transactions.
 *
 * (1) It only grows, so log values that were taken before stay right.
 * (2) A datom takes about 15 bytes, or less, instead of an object of 70 to 100.
 */

import { compress, decompress } from '../data/codec/lz4.ts'
import { LoggedTransaction, RecordWriter, readRecords } from './log-record.ts'
import type { Transaction } from './log-record.ts'
import { firstAt } from './log.ts'
import type { LogSource } from './log.ts'

interface Chunk {
  /** The first transaction's. */
  readonly t: number
  /** How long its records are, and the records packed. */
  readonly size: number
  readonly packed: Uint8Array
}

/** So many bytes of transactions are packed together: some two thousand datoms. */
const chunkBytes = 20_000
/** What stands beside the data of each. */
const headBytes = 8
/** What a datom takes, about. */
const datomBytes = 10

export class MemoryLog implements LogSource {
  readonly #chunks: Chunk[] = []
  #newest: Transaction[] = []
  #bytes = 0

  /** The data of one that is written already are left unread. */
  append(tx: Transaction): void {
    this.#newest.push(tx)
    const bytes = tx instanceof LoggedTransaction ? tx.body.length : tx.data.length * datomBytes
    this.#bytes += bytes + headBytes
    if (this.#bytes >= chunkBytes) this.#pack()
  }

  #pack(): void {
    const { t } = this.#newest[0] as Transaction
    const writer = new RecordWriter({ t, instant: 0 })
    for (const tx of this.#newest) writer.write(tx)
    const records = writer.out.peek()
    this.#chunks.push({ t, size: records.length, packed: compress(records) })
    this.#newest = []
    this.#bytes = 0
  }

  *entries(from: number, to: number): Generator<Transaction> {
    // what is appended while somebody reads lies behind `to`
    const [chunks, newest] = [this.#chunks.length, this.#newest]
    const n = newest.length
    for (let i = Math.max(0, firstAt(this.#chunks, from + 1) - 1); i < chunks; i++) {
      const chunk = this.#chunks[i] as Chunk
      if (chunk.t >= to) return
      for (const tx of transactionsIn(chunk)) {
        if (tx.t >= to) return
        if (tx.t >= from) yield tx
      }
    }
    for (let i = firstAt(newest, from); i < n; i++) {
      const tx = newest[i] as Transaction
      if (tx.t >= to) return
      yield tx
    }
  }
}

function transactionsIn({ t, size, packed }: Chunk): Generator<LoggedTransaction> {
  return readRecords(decompress(packed, size), { t, instant: 0 })
}
