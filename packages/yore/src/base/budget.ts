/**
 * What one read may cost: time, a signal, and how many rows, datoms and bytes. Whoever reads says how much it has done or is about to
 * hold; past a limit the budget throws, with how far the read has come.
 *
 * (1) Memory is told before it is taken: `rows` stands in front of every allocation that grows with data.
 * (2) Bytes are an estimate, of columns, rows and long values: enough to fail before the process does.
 * (3) The clock is read every few milliseconds of work: how often it is asked for follows what the work has taken so far.
 * (4) A budget has no effect on anything but by throwing: what has thrown leaves nothing behind.
 */

import { raise } from './errors.ts'
import type { ErrorCode } from './errors.ts'

/** Limits of one read. What is left out has its default. */
export interface Limits {
  /** How many rows a result, or one on the way to it, may have; 16,000,000 when not given. */
  readonly rows?: number | undefined
  /** How many datoms may be read from the indexes; any number when not given. */
  readonly datoms?: number | undefined
  /** How many bytes results may take, those on the way included, by estimate; half of the heap when not given. */
  readonly bytes?: number | undefined
}

export interface BudgetOptions {
  /** 0: no limit of time. */
  readonly timeoutMs: number
  /** A clock, without which there are no time-outs. */
  readonly monotonicMs: (() => number) | null
  readonly signal: AbortSignal | null
  readonly limits?: Limits | undefined
  /** How large the heap may be, for the limit of bytes when none is given. */
  readonly heapBytes?: (() => number | null) | undefined
  /** How messages call it: 'the query'. */
  readonly what?: string | undefined
}

/** Where a runtime does not say how large its heap may be. */
const bytesFallback = 2 ** 29
const bytesCeiling = 2 ** 32
const rowsDefault = 16_000_000

/** Units of work (of about 50 ns) between two looks at the clock: at first, at least, at most. */
const patienceFirst = 4096
const patienceMin = 64
const patienceMax = 32_768
/** Looks further apart than this are made more often. */
const lookMs = 3

/** A column's cell, and what a row of an answer takes besides its cells. */
const cellBytes = 8

/** How many bytes a read may hold when nobody says, given how large the heap may be: half of it. */
export function defaultBytes(heap: number | null): number {
  return heap === null ? bytesFallback : Math.min(bytesCeiling, Math.floor(heap / 2))
}

const clamp = (patience: number): number => Math.max(patienceMin, Math.min(patienceMax, patience))

export class Budget {
  /** What is being done, for messages. */
  phase: string | null = null
  /** Bytes of what is held now, and goes when something else takes its place. */
  held = 0
  /** Rows of the same. */
  heldRows = 0
  readonly #what: string
  readonly #now: (() => number) | null
  readonly #signal: AbortSignal | null
  readonly #timeoutMs: number
  readonly #rowsMax: number
  readonly #datomsMax: number
  readonly #bytesMax: number
  #started: number
  #looked: number
  #left = patienceFirst
  #patience = patienceFirst
  #datoms = 0
  /** Bytes of what stays to the end. */
  kept = 0
  #paused = false

  constructor(options: BudgetOptions) {
    const { limits } = options
    this.#what = options.what ?? 'the query'
    this.#now = options.monotonicMs
    this.#timeoutMs = options.timeoutMs > 0 ? options.timeoutMs : Infinity
    this.#signal = options.signal
    this.#rowsMax = limits?.rows ?? rowsDefault
    this.#datomsMax = limits?.datoms ?? Infinity
    this.#bytesMax = limits?.bytes ?? defaultBytes(options.heapBytes?.() ?? null)
    this.#started = this.#looked = this.#now === null ? 0 : this.#now()
    if (this.#signal !== null) this.#checkSignal()
  }

  /** So much work has been done, in units of about 50 ns. Throws when time is up or the caller has given up. */
  tick(work: number): void {
    this.#left -= work
    if (this.#left <= 0) this.#look()
  }

  /** So many datoms have been read. */
  read(n: number): void {
    this.#datoms += n
    if (this.#datoms > this.#datomsMax) this.#exceeded('datoms', this.#datomsMax)
    this.tick(n)
  }

  /** A result of so many rows and columns is about to be made. */
  rows(n: number, width = 3): void {
    if (n > this.#rowsMax) {
      this.heldRows = n
      this.#exceeded('rows', this.#rowsMax)
    }
    this.room(n * width * cellBytes)
  }

  /** So many bytes are about to be taken. */
  room(bytes: number): void {
    if (bytes + this.held + this.kept > this.#bytesMax) {
      this.#exceeded('bytes', this.#bytesMax, bytes + this.held + this.kept)
    }
  }

  /** So many bytes have been taken that stay to the end. */
  keep(bytes: number): void {
    this.kept += bytes
    if (this.kept + this.held > this.#bytesMax) this.room(0)
  }

  /** The work stops for a while; that time does not count. */
  pause(): void {
    if (this.#now === null || this.#paused) return
    this.#paused = true
    this.#looked = this.#now()
  }

  /** It goes on. Throws when the caller has given up meanwhile. */
  resume(): void {
    if (this.#signal !== null) this.#checkSignal()
    if (this.#now === null || !this.#paused) return
    this.#paused = false
    const now = this.#now()
    this.#started += now - this.#looked
    this.#looked = now
  }

  /** How far it has come. */
  progress(): Record<string, unknown> {
    return {
      rows: this.heldRows,
      datoms: this.#datoms,
      bytes: Math.round(this.held + this.kept),
      elapsedMs: this.#now === null ? null : Math.round((this.#now() - this.#started) * 10) / 10,
      phase: this.phase,
    }
  }

  #look(): void {
    this.#left = this.#patience
    if (this.#signal !== null) this.#checkSignal()
    if (this.#now === null || this.#timeoutMs === Infinity) return
    const now = this.#now()
    if (now - this.#looked > lookMs) this.#patience = clamp(this.#patience / 2)
    else if (now - this.#looked < lookMs / 4) this.#patience = clamp(this.#patience * 2)
    this.#looked = now
    this.#left = this.#patience
    if (now - this.#started >= this.#timeoutMs) {
      this.fail(':yore/timeout', `${this.#what} took longer than its ${this.#timeoutMs} ms`, {
        timeoutMs: this.#timeoutMs,
      })
    }
  }

  #checkSignal(): void {
    if (this.#signal?.aborted !== true) return
    this.fail(':yore/cancelled', `${this.#what} was cancelled`, {}, this.#signal.reason)
  }

  #exceeded(limit: keyof typeof advice, max: number, asked?: number): never {
    const most = `${max}${limit === 'bytes' ? ' (estimated)' : ''} ${limit}`
    return this.fail(
      ':yore/limit-exceeded',
      `${this.#what} needs more than ${most}; ${advice[limit]}`,
      { limit, max, ...(asked !== undefined && { asked: Math.round(asked) }) },
    )
  }

  /** Ends the read: with how far it has come. */
  protected fail(
    code: ErrorCode,
    message: string,
    data: Readonly<Record<string, unknown>>,
    cause?: unknown,
  ): never {
    return raise(
      code,
      message,
      { ...data, ...this.progress() },
      cause === undefined ? {} : { cause },
    )
  }
}

const advice = {
  rows: 'join its clauses by a common variable, ask for less, or raise limits.rows',
  datoms: 'ask for less, or raise limits.datoms',
  bytes: 'ask for less, or raise limits.bytes if the heap has room',
}
