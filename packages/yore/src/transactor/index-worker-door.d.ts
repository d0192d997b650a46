/**
 * What stands behind `#worker/index` (package.json): a worker thread on Node, none elsewhere. The core is compiled without Node's types, so
 * it sees this declaration.
 */

import type { StartWorker } from './job-worker.ts'

export declare const startIndexWorker: StartWorker
