/**
 * A storage that fails when it is told to: the nth operation, before or after it was carried out; or that makes operations wait.
 *
 * (1) With no fault planned it behaves as the storage within.
 * (2) A failure is what a real one looks like: `:yore/storage-unavailable`.
 */

import { YoreError } from '../base/errors.ts'
import type { Storage } from '../storage/storage.ts'
import { wrapStorage } from '../storage/wrapping.ts'
import type { Call, Operation } from '../storage/wrapping.ts'

/** Before: nothing was done. After: it was done, but the reply was lost. */
export type FaultMoment = 'before' | 'after'

/**
 * The faults that a storage is to show, and how many operations it has seen.
 *
 *     const faults = new Faults()
 *     const storage = faultyStorage(memoryStorage(), faults)
 *     faults.failAt(3, 'after')    // the third operation from now is carried out, and fails
 */
export class Faults {
  #seen = 0
  #planned = new Map<number, FaultMoment>()
  #always: FaultMoment | null = null
  #only: ReadonlySet<Operation> | null
  #gate: Promise<void> | null = null

  /** Only these operations count and fail; without it, all. */
  constructor(only?: readonly Operation[]) {
    this.#only = only === undefined ? null : new Set(only)
  }

  /** How many operations there were. */
  get seen(): number {
    return this.#seen
  }

  /** Plans that the nth operation from now fails; 1 is the next. */
  failAt(n: number, moment: FaultMoment): void {
    this.#planned.set(this.#seen + n, moment)
  }

  /** Every operation fails from now on, until `heal`. */
  failAll(moment: FaultMoment): void {
    this.#always = moment
  }

  /** Forgets all faults. */
  heal(): void {
    this.#planned.clear()
    this.#always = null
  }

  /** Makes asynchronous operations wait until the result is called. */
  hold(): () => void {
    let release = (): void => {}
    this.#gate = new Promise((resolve) => {
      release = () => {
        this.#gate = null
        resolve()
      }
    })
    return release
  }

  async async<T>(call: Call, run: () => Promise<T>): Promise<T> {
    const fault = this.#next(call)
    if (this.#gate !== null) await this.#gate
    if (fault === 'before') throw failure(call, 'and nothing was done')
    const result = await run()
    if (fault === 'after') throw failure(call, 'and its reply was lost')
    return result
  }

  sync<T>(call: Call, run: () => T): T {
    const fault = this.#next(call)
    if (fault !== null) throw failure(call, 'and nothing was read')
    return run()
  }

  #next({ operation }: Call): FaultMoment | null {
    if (this.#only !== null && !this.#only.has(operation)) return null
    this.#seen++
    const fault = this.#planned.get(this.#seen) ?? this.#always
    this.#planned.delete(this.#seen)
    return fault
  }
}

const failure = ({ operation }: Call, what: string): YoreError =>
  new YoreError(':yore/storage-unavailable', `${operation} was made to fail, ${what}`, {
    operation,
  })

/** The storage with these faults. */
export function faultyStorage(inner: Storage, faults: Faults): Storage {
  return wrapStorage(inner, faults)
}
