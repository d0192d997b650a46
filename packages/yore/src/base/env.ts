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
}
