/**
 * Transaction reports for those who follow them: any number of readers, each with a buffer of its own.
 *
 * (1) A reader gets every report from the moment it was made, in order.
 * (2) A reader that lags by more than its buffer gets what is buffered and then an error, which says from which t on reports were
 *     lost; the log has them. Nobody waits for a slow reader.
 * (3) When the connection is released readers end, after what they still have.
 */

import { YoreError } from '../base/errors.ts'
import type { TxReport } from './types.ts'

/** How far a reader may lag, if it does not say otherwise. */
export const bufferDefault = 1000

export class ReportReader implements AsyncIterableIterator<TxReport> {
  readonly #capacity: number
  readonly #leave: (reader: ReportReader) => void
  readonly #buffer: TxReport[] = []
  #waiting: ((r: IteratorResult<TxReport>) => void)[] = []
  #ended = false
  #overflow: YoreError | null = null

  constructor(capacity: number, leave: (reader: ReportReader) => void) {
    this.#capacity = capacity
    this.#leave = leave
  }

  /** A new report. */
  push(report: TxReport, t: number): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting({ value: report, done: false })
    else if (this.#buffer.length < this.#capacity) this.#buffer.push(report)
    else {
      this.#overflow = new YoreError(
        ':yore/reports-overflow',
        `a reader of transaction reports fell more than ${this.#capacity} behind; read on in the log from t ${t}: conn.log().txRange(${t})`,
        { t, buffer: this.#capacity },
      )
      this.#leave(this)
    }
  }

  /** No more will come. */
  end(): void {
    this.#ended = true
    for (const give of this.#waiting) give({ value: undefined, done: true })
    this.#waiting = []
  }

  next(): Promise<IteratorResult<TxReport>> {
    const report = this.#buffer.shift()
    if (report !== undefined) return Promise.resolve({ value: report, done: false })
    if (this.#overflow !== null) {
      const error = this.#overflow
      this.#overflow = null
      this.#ended = true
      return Promise.reject(error)
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true })
    return new Promise((give) => this.#waiting.push(give))
  }

  /** The reader has had enough. */
  return(): Promise<IteratorResult<TxReport>> {
    this.#leave(this)
    this.#buffer.length = 0
    this.#overflow = null
    this.end()
    return Promise.resolve({ value: undefined, done: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** The readers of one connection. */
export class Reports {
  readonly #readers = new Set<ReportReader>()
  readonly #changed: () => void

  /** `changed` is called when readers come and go. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  reader(capacity: number): ReportReader {
    const reader = new ReportReader(capacity, (gone) => {
      this.#readers.delete(gone)
      this.#changed()
    })
    this.#readers.add(reader)
    this.#changed()
    return reader
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0
  }

  push(report: TxReport, t: number): void {
    for (const reader of this.#readers) reader.push(report, t)
  }

  end(): void {
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
    this.#changed()
  }
}
