/** What runs in the thread of index jobs, on Node: takes jobs, one at a time, and waits for answers without a turn of its event loop. */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { systemEnv } from '../base/env-system.ts'
import type { JobTask, ToWorker } from './job-messages.ts'
import { serveJob } from './job-server.ts'

interface Given {
  readonly yore: 'index'
  readonly flag: Int32Array
}

const given = workerData as Given | null
if (parentPort !== null && given?.yore === 'index') {
  const port = parentPort
  const { flag } = given
  const receive = (): ToWorker => {
    for (;;) {
      const seen = Atomics.load(flag, 0)
      const found = receiveMessageOnPort(port)
      if (found !== undefined) return found.message as ToWorker
      Atomics.wait(flag, 0, seen)
    }
  }
  port.on('message', (task: JobTask) =>
    serveJob(
      task,
      { post: (message) => port.postMessage(message), receive },
      systemEnv.monotonicMs,
    ),
  )
}
