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

/** Each who waits gets a turn of its own: works that go on side by side do not add up to one long turn. */
function oneByOne(later: Later): () => Promise<void> {
  const waiting: (() => void)[] = []
  const next = (): void => {
    waiting.shift()?.()
    if (waiting.length > 0) later(next)
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length === 1) later(next)
    })
}

function makeTurn(): () => Promise<void> {
  const { setImmediate, setTimeout } = globals
  return oneByOne(setImmediate ?? laterByMessage() ?? ((run) => setTimeout(run, 0)))
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
let turn: (() => Promise<void>) | null = null

export const systemEnv: Env = {
  now: () => Date.now(),
  monotonicMs: () => globals.performance.now(),
  random: (bytes) => globals.crypto.getRandomValues(bytes),
  after: (ms, run, background = false) => {
    const timer = globals.setTimeout(run, ms)
    if (background) (timer as { unref?: () => void }).unref?.()
    return () => globals.clearTimeout(timer)
  },
  turn: () => (turn ??= makeTurn())(),
  heapBytes: () => (heap === undefined ? (heap = heapLimit()) : heap),
}
