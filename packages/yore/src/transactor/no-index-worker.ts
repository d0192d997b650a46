/** In the place of the worker thread where there is none: index jobs run in pieces. */

import type { StartWorker } from './job-worker.ts'

export const startIndexWorker: StartWorker = () => null
