/** Index jobs. */

import { assert } from '../base/assert.ts'
import type { IndexJob, JobOptions } from './durable.ts'
import type { FactIndex } from './fact-index.ts'

export function indexJob(index: FactIndex, _options: JobOptions): IndexJob {
  assert(liveBytesOf(index) < 0, 'not yet')
  return { step: () => true, take: () => [], result: () => assert.prototype }
}

/** About how many bytes of memory the live part takes. */
export function liveBytesOf(_index: FactIndex): number {
  return 0
}

/** The greatest t of any datom in the index. */
export function basisOf(_index: FactIndex): number {
  return 0
}
