/** Blobs as a storage keeps them, in a map, with a source that reads them: what tests of stored indexes run jobs on. */

import type { IndexJob, JobResult } from '../../packages/yore/src/indexes/stored/durable.ts'
import { SegmentSource } from '../../packages/yore/src/indexes/stored/segment-source.ts'
import type { StoredBlob } from '../../packages/yore/src/storage/storage.ts'

export class BlobStore {
  readonly blobs: Map<string, Uint8Array> = new Map()
  readonly source: SegmentSource
  #names = 0

  constructor(bytesMax = 1e9) {
    this.source = new SegmentSource((ids) => ids.map((id) => this.blobs.get(id) ?? null), {
      name: 'a test',
      bytesMax,
    })
  }

  readonly newId = (): string => `b${String(++this.#names).padStart(6, '0')}`

  put(blobs: readonly StoredBlob[]): void {
    for (const { id, bytes } of blobs) this.blobs.set(id, bytes)
  }

  /** To the end, in the smallest pieces; what was replaced is deleted. */
  run(job: IndexJob): JobResult {
    while (!job.step(0, () => 0)) this.put(job.take())
    this.put(job.take())
    const result = job.result()
    for (const id of result.replaced) this.blobs.delete(id)
    return result
  }

  /** How many blobs are read by it. */
  reads(run: () => void): number {
    const { reads } = this.source.counts()
    run()
    return this.source.counts().reads - reads
  }
}
