/**
 * Decoded blobs of one storage: read when they are first asked for, the least recently used dropped when there are too many bytes.
 */

import type { ReadBlobs } from './durable.ts'

export interface SourceOptions {
  /** For messages: the storage and the database. */
  readonly name: string
  /** How many bytes of decoded blobs stay in memory. */
  readonly bytesMax: number
}

export class SegmentSource {
  readonly read: ReadBlobs
  readonly options: SourceOptions

  constructor(read: ReadBlobs, options: SourceOptions) {
    this.read = read
    this.options = options
  }
}
