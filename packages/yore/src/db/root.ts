/**
 * The root record of a database: where its index stands, and everything needed to read on from there. It changes by compare-and-set,
 * only when an index job ends.
 *
 * (1) With the root and the slots from its `nextT` on, the whole database is known.
 * (2) `revision` grows with each change, so no two roots of a database are the same bytes.
 */

import { YoreError, raise } from '../base/errors.ts'
import { reasonOfDamage } from '../data/codec/damage.ts'
import { frame, unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import type { IndexRoots } from '../indexes/stored/durable.ts'
import { firstUserElement, firstUserT } from '../indexes/facts/ids.ts'
import { decodeRoots, encodeRoots } from '../indexes/stored/roots.ts'

/** A segment of the log: the transactions with t <= their t < nextT, in one blob. */
export interface LogSegment {
  readonly id: string
  readonly t: number
  readonly nextT: number
  readonly count: number
}

/** A full list of segments, in a blob of its own. */
export interface SegmentList {
  readonly id: string
  readonly t: number
  readonly nextT: number
}

export interface Root {
  readonly databaseId: string
  readonly revision: number
  /** The last transaction in the index, and the counters after it. */
  readonly basisT: number
  readonly nextT: number
  readonly nextElement: number
  readonly lastInstant: number
  /** The checksum of the last slot that the index holds: the first slot after the basis names it. */
  readonly checksum: number
  /** The job that made it; '' for none. */
  readonly job: string
  /** Null while everything is in the slots. */
  readonly index: IndexRoots | null
  readonly lists: readonly SegmentList[]
  readonly segments: readonly LogSegment[]
  /** The newest record of garbage, which names the one before. */
  readonly garbage: string | null
}

/** The name under which a storage has a database's root record. */
export const rootName = (databaseId: string): string => `db/${databaseId}`

/** The root of a database with nothing but the bootstrap in it. */
export function firstRoot(databaseId: string): Root {
  return {
    databaseId,
    revision: 1,
    basisT: firstUserT - 1,
    nextT: firstUserT,
    nextElement: firstUserElement,
    lastInstant: 0,
    checksum: 0,
    job: '',
    index: null,
    lists: [],
    segments: [],
    garbage: null,
  }
}

export function encodeRoot(root: Root): Uint8Array {
  const out = new ByteWriter(1024)
  out.string(root.databaseId)
  out.varint(root.revision)
  out.varint(root.basisT)
  out.varint(root.nextT)
  out.varint(root.nextElement)
  out.f64(root.lastInstant)
  out.varint(root.checksum)
  out.string(root.job)
  out.string(root.garbage ?? '')
  out.varint(root.lists.length)
  for (const { id, t, nextT } of root.lists) {
    out.string(id)
    out.varint(t)
    out.varint(nextT - t)
  }
  writeSegments(out, root.segments)
  out.bytes(root.index === null ? new Uint8Array(0) : encodeRoots(root.index))
  return frame('root', out.peek(), { codec: 'lz4', name: rootName(root.databaseId) })
}

/** Reads a root record; `name` is the database, for errors. */
export function decodeRoot(bytes: Uint8Array, databaseId: string, name: string): Root {
  try {
    const { content } = unframe(bytes, 'root', rootName(databaseId))
    return readRoot(new ByteReader(content))
  } catch (error) {
    if (!(error instanceof YoreError)) throw error
    return raise(
      error.code,
      `the root record of ${name}: ${reasonOfDamage(error)}. Nothing of the database can be read; restore it from a backup`,
      { databaseId },
      { cause: error },
    )
  }
}

function readRoot(from: ByteReader): Root {
  const databaseId = from.string()
  const revision = from.varint()
  const basisT = from.varint()
  const nextT = from.varint()
  const nextElement = from.varint()
  const lastInstant = from.f64()
  const checksum = from.varint()
  const job = from.string()
  const garbage = from.string()
  const lists: SegmentList[] = []
  for (let n = from.count(); n > 0; n--) {
    const id = from.string()
    const t = from.varint()
    lists.push({ id, t, nextT: t + from.varint() })
  }
  const segments = readSegments(from)
  const index = from.bytes()
  return {
    databaseId,
    revision,
    basisT,
    nextT,
    nextElement,
    lastInstant,
    checksum,
    job,
    garbage: garbage === '' ? null : garbage,
    lists,
    segments,
    index: index.length === 0 ? null : decodeRoots(index),
  }
}

export function writeSegments(out: ByteWriter, segments: readonly LogSegment[]): void {
  out.varint(segments.length)
  for (const { id, t, nextT, count } of segments) {
    out.string(id)
    out.varint(t)
    out.varint(nextT - t)
    out.varint(count)
  }
}

export function readSegments(from: ByteReader): LogSegment[] {
  const segments: LogSegment[] = []
  for (let n = from.count(); n > 0; n--) {
    const id = from.string()
    const t = from.varint()
    segments.push({ id, t, nextT: t + from.varint(), count: from.varint() })
  }
  return segments
}
