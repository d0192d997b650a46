/**
 * What long works of care have in common: they tell how far they are, can be cancelled, and let others have their turns.
 */

import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'

export interface TaskOptions<P> {
  /** Called from time to time with how far it is, and at the end. */
  readonly onProgress?: ((progress: P) => void) | undefined
  /** Ends the work with `:yore/cancelled` when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

/** Between two turns of the event loop, milliseconds. */
const sliceMs = 5
/** Between two calls of `onProgress`. */
const tellMs = 100

export class Task<P> {
  readonly #env: Env
  readonly #options: TaskOptions<P>
  readonly #what: string
  #turned: number
  #told: number

  /** `what` is the work, for the error: 'the backup'. */
  constructor(what: string, env: Env, options: TaskOptions<P>) {
    this.#what = what
    this.#env = env
    this.#options = options
    this.#turned = this.#told = env.monotonicMs()
  }

  /** To be called between small pieces: throws when the work was cancelled. Null when there is nothing to wait for. */
  step(progress: () => P): Promise<void> | null {
    this.#checkSignal()
    const now = this.#env.monotonicMs()
    if (now - this.#told >= tellMs) {
      this.#told = now
      this.#options.onProgress?.(progress())
    }
    if (now - this.#turned < sliceMs) return null
    return this.#env.turn().then(() => {
      this.#turned = this.#env.monotonicMs()
      this.#checkSignal()
    })
  }

  end(progress: P): void {
    this.#options.onProgress?.(progress)
  }

  #checkSignal(): void {
    const { signal } = this.#options
    if (signal?.aborted === true) {
      raise(':yore/cancelled', `${this.#what} was cancelled`, {}, { cause: signal.reason })
    }
  }
}
