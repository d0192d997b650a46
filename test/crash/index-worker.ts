/** The worker of index jobs for tests: bundled, so that Node runs it; and ones that fail in every way. */

import { pathToFileURL } from 'node:url'
import { bundled } from '../bundled.ts'
import { entry, startIndexWorker } from '../../packages/yore/src/transactor/index-worker-node.ts'
import type { FromWorker } from '../../packages/yore/src/transactor/job-messages.ts'
import type { StartWorker } from '../../packages/yore/src/transactor/job-worker.ts'

/** From now on workers of this process are ours. */
export async function useBundledWorker(): Promise<void> {
  const outfile = await bundled('packages/yore/src/transactor/index-worker-main-node.ts')
  entry.url = pathToFileURL(outfile)
}

/** The runtime's worker, with a count of what it said. */
export class Watched {
  readonly said: Record<string, number> = {}
  started = 0
  /** Called before each message of the worker is heard; true: it is lost, and the worker ends. */
  dies: (message: FromWorker) => boolean = () => false

  readonly start: StartWorker = ({ onMessage, onEnd }) => {
    this.started++
    const handle = startIndexWorker({
      onMessage: (message) => {
        this.said[message.kind] = (this.said[message.kind] ?? 0) + 1
        if (this.dies(message)) void handle?.end()
        else onMessage(message)
      },
      onEnd,
    })
    return handle
  }
}

/** Starts, and never says anything. */
export const silentWorker: StartWorker = () => ({
  post: () => {},
  keepAlive: () => {},
  end: () => Promise.resolve(),
  giveBack: () => Promise.resolve(),
})
