/**
 * Which blobs a root reaches: of its index, its log, and its records of garbage.
 */

import { raise } from '../base/errors.ts'
import { unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { blobIdsOf } from '../indexes/stored/roots.ts'
import type { SegmentSource } from '../indexes/stored/segment-source.ts'
import { decodeGarbage } from './garbage.ts'
import { readSegments } from './root.ts'
import type { LogSegment, Root } from './root.ts'

type GetBlobs = (ids: readonly string[]) => readonly (Uint8Array | null)[]

/** All segments of the log, in order. */
export function* logSegmentsOf(
  { lists, segments }: Pick<Root, 'lists' | 'segments'>,
  getBlobs: GetBlobs,
): Generator<LogSegment> {
  for (const { id } of lists) {
    const { content } = unframe(blob(id, getBlobs), 'directory', id)
    yield* readSegments(new ByteReader(content))
  }
  yield* segments
}

/** The ids of the blobs that make up the database: index and log. Each once. */
export function* liveBlobsOf(
  root: Root,
  source: SegmentSource,
  getBlobs: GetBlobs,
): Generator<string> {
  if (root.index !== null) yield* blobIdsOf(root.index, source)
  for (const { id } of root.lists) yield id
  for (const { id } of logSegmentsOf(root, getBlobs)) yield id
}

/** The ids of what waits to be collected, and of the records that say so. */
export function* garbageBlobsOf(root: Root, getBlobs: GetBlobs): Generator<string> {
  for (let id = root.garbage; id !== null;) {
    yield id
    const { ids, before } = decodeGarbage(id, blob(id, getBlobs))
    yield* ids
    id = before
  }
}

function blob(id: string, getBlobs: GetBlobs): Uint8Array {
  const [bytes] = getBlobs([id])
  return (
    bytes ??
    raise(
      ':yore/storage-corrupt',
      `the blob ${id} is missing: restore the database from a backup`,
      {
        blob: id,
      },
    )
  )
}
