/** The real world: the clock, the random source and the timers that every runtime has. */

import type { Env } from './env.ts'

interface Port {
  onmessage: (() => void) | null
  postMessage(message: unknown): void
}

interface Globals {
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
  readonly performance: { now(): number }
  readonly setTimeout: (run: () => void, ms: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
  readonly setImmediate?: (run: () => void) => unknown
  readonly process?: {
    readonly getBuiltinModule?: (name: 'node:v8') => {
      getHeapStatistics(): { readonly heap_size_limit: number }
    }
  }
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port }
}

const globals = globalThis as unknown as Globals

/** Calls back in a later turn of the event loop. */
type Later = (run: () => void) => unknown

/** Browsers stretch timers to milliseconds, but a message to oneself is a turn of its own. */
function laterByMessage(): Later | null {
  const { MessageChannel } = globals
  if (MessageChannel === undefined) return null
  const { port1, port2 } = new MessageChannel()
  return (run) => {
    port1.onmessage = run
    port2.postMessage(null)
  }
}

/**
 * Turns of the event loop: each who waits gets one of its own, so works that go on side by side do not add up to one long turn; and how long
 * the turn at hand has worked, which others than these do, too.
 */
class Turns {
  readonly #later: Later
  readonly #waiting: (() => void)[] = []
  #isAsked = false
  /** When the turn at hand was first noted; null: it was not. */
  #from: number | null = null

  constructor() {
    const { setImmediate, setTimeout } = globals
    this.#later = setImmediate ?? laterByMessage() ?? ((run) => setTimeout(run, 0))
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#ask()
    })
  }

  workedMs(): number {
    const now = globals.performance.now()
    if (this.#from === null) {
      this.#from = now
      this.#ask()
    }
    return now - this.#from
  }

  #ask(): void {
    if (this.#isAsked) return
    this.#isAsked = true
    this.#later(this.#begin)
  }

  readonly #begin = (): void => {
    this.#isAsked = false
    this.#from = null
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) this.#ask()
  }
}

let heap: number | null | undefined

/** Node and what is like it tell how large the heap may grow. */
function heapLimit(): number | null {
  try {
    const v8 = globals.process?.getBuiltinModule?.('node:v8')
    return v8?.getHeapStatistics().heap_size_limit ?? null
  } catch {
    return null
  }
}

// made when it is first needed: a channel that is open keeps some runtimes alive
let turns: Turns | null = null

export const systemEnv: Env = {
  now: () => Date.now(),
  monotonicMs: () => globals.performance.now(),
  random: (bytes) => globals.crypto.getRandomValues(bytes),
  after: (ms, run, background = false) => {
    const timer = globals.setTimeout(run, ms)
    if (background) (timer as { unref?: () => void }).unref?.()
    return () => globals.clearTimeout(timer)
  },
  turn: () => (turns ??= new Turns()).next(),
  workedMs: () => (turns ??= new Turns()).workedMs(),
  heapBytes: () => (heap === undefined ? (heap = heapLimit()) : heap),
}
