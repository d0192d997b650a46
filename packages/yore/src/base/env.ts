/**
 * What the core needs of the world, as a value: clock, random bits, timers. Nothing outside `env-*.ts` and the storage drivers
 * reads them directly, so that a whole system can be run from one seed.
 */

export interface Env {
  /** Milliseconds since 1970, whole. */
  readonly now: () => number
  /** A monotonic clock in milliseconds, for timeouts and measuring. */
  readonly monotonicMs: () => number
  /** Fills the bytes with random bits. */
  readonly random: (bytes: Uint8Array) => Uint8Array
  /**
   * Calls back once, after that many milliseconds; the result prevents it. A timer of the background does not keep the program alive
   * where the runtime can tell.
   */
  readonly after: (ms: number, run: () => void, background?: boolean) => () => void
  /** Resolved in a later turn of the event loop: what waits there has its turn before. */
  readonly turn: () => Promise<void>
  /**
   * How many milliseconds this turn of the event loop has worked: since it was first asked in this turn. Whoever would work for long asks when
   * it begins, and goes on in a turn of its own (`turn`) when there has been much before: so works that are short each do not add up.
   */
  readonly workedMs: () => number
  /** How many bytes the heap may have, where the runtime tells; null where it does not. */
  readonly heapBytes?: () => number | null
}
