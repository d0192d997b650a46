/** The real world: the clock and the random source that every runtime has. */

import type { Env } from './env.ts'

interface Globals {
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
  readonly performance: { now(): number }
}

const globals = globalThis as unknown as Globals

export const systemEnv: Env = {
  now: () => Date.now(),
  monotonicMs: () => globals.performance.now(),
  random: (bytes) => globals.crypto.getRandomValues(bytes),
}
