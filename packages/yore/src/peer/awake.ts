/**
 * Keeps the program alive while somebody waits for what another process will do: a promise alone does not.
 */

import type { Env } from '../base/env.ts'

const everyMs = 1000

export class Awake {
  readonly #env: Env
  #cancel: (() => void) | null = null

  constructor(env: Env) {
    this.#env = env
  }

  /** Keeps it alive from now on, or no more. */
  set(isWaiting: boolean): void {
    if (isWaiting) this.#cancel ??= this.#wait()
    else {
      this.#cancel?.()
      this.#cancel = null
    }
  }

  #wait(): () => void {
    return this.#env.after(everyMs, () => {
      this.#cancel = this.#wait()
    })
  }
}
