/**
 * The writes of one directory: they queue, and everything that waits becomes one transaction of LMDB with one synchronisation.
 *
 * (1) Writes happen in the order in which they came.
 * (2) A write is resolved when its transaction is on disk; a relaxed one when it is in the queue.
 * (3) A relaxed write whose transaction failed stays at the head of the queue and is tried again, until it is done or the queue ended.
 * (4) No transaction holds more than `groupBytesMax`, but for a single large write; and when more than `relaxedBytesMax` wait, there is no
 *     relaxing: so memory is bounded and the program that writes is slowed down to the speed of the disk.
 */

import type { YoreError } from '../../../base/errors.ts'

export interface Write {
  readonly bytes: number
  readonly relaxed: boolean
  /** Inside of the transaction; may run again when that failed. */
  apply(): unknown
  resolve(result: unknown): void
  reject(error: YoreError): void
}

export interface Transactions {
  /** Runs the body in one transaction; resolved when that is on disk. */
  run(body: () => void): Promise<void>
  errorOf(error: unknown): Promise<YoreError>
  /** After each transaction that is on disk. */
  written(): void
}

const groupBytesMax = 4 * 2 ** 20
const groupCountMax = 10_000
export const relaxedBytesMax: number = 16 * 2 ** 20
const retryAfterMs = 200

export class WriteQueue {
  readonly #transactions: Transactions
  #waiting: Write[] = []
  #bytes = 0
  /** Relaxed ones that are not on disk yet. */
  #relaxed = 0
  #running: Promise<void> | null = null
  #retry: ReturnType<typeof setTimeout> | null = null

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  /** Bytes that are not on disk yet. */
  get bytes(): number {
    return this.#bytes
  }

  get hasRelaxed(): boolean {
    return this.#relaxed > 0
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running === null
  }

  /** Queues a write; resolved with what it gave when that is on disk. */
  add<T>(bytes: number, apply: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#add({ bytes, relaxed: false, apply, resolve: resolve as (x: unknown) => void, reject })
    })
  }

  /** Queues a relaxed write; `done` is called when it is on disk, or never will be. */
  addRelaxed(bytes: number, apply: () => unknown, done: () => void): void {
    this.#relaxed++
    const end = (): void => {
      this.#relaxed--
      done()
    }
    this.#add({ bytes, relaxed: true, apply, resolve: end, reject: end })
  }

  /** Rejects all that waits. */
  fail(error: YoreError): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const write of waiting) {
      this.#bytes -= write.bytes
      write.reject(error)
    }
  }

  #add(write: Write): void {
    this.#waiting.push(write)
    this.#bytes += write.bytes
    this.#start()
  }

  #start(): void {
    if (this.#running !== null) return
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    // not at once: what the same turn of the program still writes shall share the transaction
    this.#running = Promise.resolve().then(() => this.#run())
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup()
      const results: unknown[] = []
      try {
        await this.#transactions.run(() => {
          results.length = 0
          for (const write of group) results.push(write.apply())
        })
      } catch (cause) {
        if (this.#fail(group, await this.#transactions.errorOf(cause))) break
        continue
      }
      group.forEach((write, i) => {
        this.#bytes -= write.bytes
        write.resolve(results[i])
      })
      this.#transactions.written()
    }
    this.#running = null
    if (this.#waiting.length > 0 && this.#retry === null) {
      this.#retry = setTimeout(() => this.#start(), retryAfterMs)
      this.#retry.unref()
    }
  }

  #takeGroup(): Write[] {
    let bytes = 0
    let n = 0
    while (n < this.#waiting.length && n < groupCountMax) {
      bytes += (this.#waiting[n] as Write).bytes
      if (n > 0 && bytes > groupBytesMax) break
      n++
    }
    return this.#waiting.splice(0, n)
  }

  /** Rejects the writes of a group that failed; relaxed ones stay at the head, and is there one? */
  #fail(group: readonly Write[], error: YoreError): boolean {
    // who may not write any more will not be able to later
    const stays = error.category === 'unavailable' && group.some((write) => write.relaxed)
    // No write may be on disk without the relaxed ones before it: while those wait, nothing behind them succeeds.
    const all = stays ? [...group, ...this.#waiting] : group
    const rejected = all.filter((write) => !write.relaxed)
    if (stays) this.#waiting = all.filter((write) => write.relaxed)
    for (const write of rejected) {
      this.#bytes -= write.bytes
      write.reject(error)
    }
    return stays
  }
}
