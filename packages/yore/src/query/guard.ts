/**
 * The limits of one run of a query: its time, its signal, the size of what it builds in between.
 *
 * (1) Every loop of a kernel says how much it has done; the clock is read only now and then, about each 10 ms of work.
 */

import { raise } from '../base/errors.ts'

/** Units of work (about one row through one kernel) between two looks at the clock. */
const patience = 200_000
const rowsMax = 16_000_000
const roundsMax = 1_000_000

export interface GuardOptions {
  readonly timeoutMs: number
  readonly monotonicMs: (() => number) | null
  readonly signal: AbortSignal | null
}

export class Guard {
  readonly #deadline: number
  readonly #now: (() => number) | null
  readonly #signal: AbortSignal | null
  readonly #timeoutMs: number
  #left = patience
  #rounds = 0

  constructor(options: GuardOptions) {
    this.#now = options.timeoutMs > 0 ? options.monotonicMs : null
    this.#deadline = this.#now === null ? Infinity : this.#now() + options.timeoutMs
    this.#timeoutMs = options.timeoutMs
    this.#signal = options.signal
    if (this.#signal !== null) this.#look()
  }

  /** So much work has been done. Throws when time is up or the caller has given up. */
  tick(work: number): void {
    this.#left -= work
    if (this.#left <= 0) {
      this.#left = patience
      this.#look()
    }
  }

  /** Throws when an intermediate result would be larger than memory is meant to hold. */
  rows(n: number): void {
    if (n > rowsMax) {
      raise(
        ':yore/limit-exceeded',
        `an intermediate result of the query has more than ${rowsMax} rows; join its clauses by a common variable`,
        { rows: n },
      )
    }
  }

  /** One more round of recursion. Throws when there seems to be no end of them, as of a rule that counts. */
  round(): void {
    if (++this.#rounds > roundsMax) {
      raise(
        ':yore/limit-exceeded',
        `the recursive rules of the query come to no end in ${roundsMax} rounds`,
      )
    }
  }

  #look(): void {
    if (this.#signal?.aborted === true) {
      raise(':yore/cancelled', 'the query was cancelled', {}, { cause: this.#signal.reason })
    }
    if (this.#now !== null && this.#now() >= this.#deadline) {
      raise(':yore/timeout', `the query took longer than its ${this.#timeoutMs} ms`, {
        timeoutMs: this.#timeoutMs,
      })
    }
  }
}
