/**
 * Starts the thread in which index jobs run, on Node. Null, or a worker that ends at once, where that is not possible: in a bundle the
 * file of the worker is missing, and a program may forbid threads.
 */

import { Worker } from 'node:worker_threads'
import type { FromWorker } from './job-messages.ts'
import type { StartWorker } from './job-worker.ts'

/** The file of the worker. Tests run one that they have bundled. */
export const entry: { url: URL | null } = { url: null }

/** Beside this file, which is compiled or not. */
function entryUrl(): URL {
  const { url } = import.meta
  return new URL(`./index-worker-main-node.${url.endsWith('.ts') ? 'ts' : 'js'}`, url)
}

export const startIndexWorker: StartWorker = ({ onMessage, onEnd }) => {
  try {
    const url = entry.url ?? entryUrl()
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(url, {
      name: 'yore-index',
      workerData: { yore: 'index', flag },
      // what the program loads before itself is nothing to us
      ...(url.pathname.endsWith('.ts') ? {} : { execArgv: [] }),
    })
    worker.on('message', (message: FromWorker) => onMessage(message))
    worker.on('messageerror', onEnd)
    worker.on('error', onEnd)
    worker.on('exit', onEnd)
    worker.unref()
    return {
      post: (message, transfer) => {
        worker.postMessage(message, transfer)
        Atomics.add(flag, 0, 1)
        Atomics.notify(flag, 0)
      },
      keepAlive: (yes) => (yes ? worker.ref() : worker.unref()),
      end: async () => {
        await worker.terminate()
      },
    }
  } catch {
    return null
  }
}
