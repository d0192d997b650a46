/**
 * Starts the thread in which index jobs run, on Node. Null, or a worker that ends at once, where that is not possible: in a bundle the
 * file of the worker is missing, and a program may forbid threads.
 *
 * (1) A thread knows nothing of a database between two jobs, so one that is given back serves the next database that has a job.
 * (2) One at most waits for that, not for long, and it keeps no program alive.
 */

import { Worker } from 'node:worker_threads'
import type { Env } from '../base/env.ts'
import type { FromWorker } from './job-messages.ts'
import type { StartWorker, WorkerHandle } from './job-worker.ts'

/** The file of the worker: tests run one that they have bundled. And how many threads have been started. */
export const entry: { url: URL | null; started: number } = { url: null, started: 0 }

type Told = Parameters<StartWorker>[0]

interface Thread {
  readonly url: string
  readonly worker: Worker
  readonly flag: Int32Array
  /** Whom it serves. */
  told: Told | null
}

const waitsMsMax = 5000
let waiting: { readonly thread: Thread; readonly cancel: () => void } | null = null

/** Beside this file, which is compiled or not. */
function entryUrl(): URL {
  const { url } = import.meta
  return new URL(`./index-worker-main-node.${url.endsWith('.ts') ? 'ts' : 'js'}`, url)
}

function start(url: URL): Thread {
  entry.started++
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(url, {
    name: 'yore-index',
    workerData: { yore: 'index', flag },
    // what the program loads before itself is nothing to us
    ...(url.pathname.endsWith('.ts') ? {} : { execArgv: [] }),
  })
  const thread: Thread = { url: url.href, worker, flag, told: null }
  const onEnd = (): void => {
    if (waiting?.thread === thread) takeWaiting()
    thread.told?.onEnd()
  }
  worker.on('message', (message: FromWorker) => thread.told?.onMessage(message))
  worker.on('messageerror', onEnd)
  worker.on('error', onEnd)
  worker.on('exit', onEnd)
  worker.unref()
  return thread
}

function takeWaiting(): Thread | null {
  if (waiting === null) return null
  const { thread, cancel } = waiting
  cancel()
  waiting = null
  return thread
}

async function end(thread: Thread): Promise<void> {
  await thread.worker.terminate()
}

/** Keeps the thread for the next who needs one. */
function keep(thread: Thread, env: Env): void {
  thread.told = null
  thread.worker.unref()
  const giveUp = (): void => {
    const found = takeWaiting()
    if (found !== null) void end(found)
  }
  waiting = { thread, cancel: env.after(waitsMsMax, giveUp, true) }
}

function handleOf(thread: Thread): WorkerHandle {
  const { worker, flag } = thread
  return {
    post: (message) => {
      worker.postMessage(message)
      Atomics.add(flag, 0, 1)
      Atomics.notify(flag, 0)
    },
    keepAlive: (yes) => (yes ? worker.ref() : worker.unref()),
    end: () => end(thread),
    giveBack: (env) => {
      if (waiting !== null) return end(thread)
      keep(thread, env)
      return Promise.resolve()
    },
  }
}

export const startIndexWorker: StartWorker = (told) => {
  try {
    const url = entry.url ?? entryUrl()
    const kept = takeWaiting()
    if (kept !== null && kept.url !== url.href) void end(kept)
    const thread = kept?.url === url.href ? kept : start(url)
    thread.told = told
    return handleOf(thread)
  } catch {
    return null
  }
}
