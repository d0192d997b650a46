/**
 * The root record of a database: where its index stands, and everything needed to read on from there. It changes by compare-and-set,
 * only when an index job ends.
 *
 * (1) With the root and the slots from its `nextT` on, the whole database is known.
 * (2) `revision` grows with each change, so no two roots of a database are the same bytes.
 */

import type { IndexRoots } from '../indexes/durable.ts'
import { firstUserElement, firstUserT } from '../indexes/ids.ts'
import { decodeRoots, encodeRoots } from '../indexes/roots.ts'
import { LogReader, LogWriter } from './log-bytes.ts'
import { kinds, seal, unseal } from './log-pack.ts'

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
  const out = new LogWriter(1024)
  out.text(root.databaseId)
  out.number(root.revision)
  out.number(root.basisT)
  out.number(root.nextT)
  out.number(root.nextElement)
  out.double(root.lastInstant)
  out.number(root.checksum)
  out.text(root.job)
  out.text(root.garbage ?? '')
  out.number(root.lists.length)
  for (const { id, t, nextT } of root.lists) {
    out.text(id)
    out.number(t)
    out.number(nextT - t)
  }
  writeSegments(out, root.segments)
  out.sized(root.index === null ? new Uint8Array(0) : encodeRoots(root.index))
  return seal(kinds.root, out.view())
}

/** Reads a root record; `name` is the database, for errors. */
export function decodeRoot(bytes: Uint8Array, name: string): Root {
  const from = new LogReader(unseal(kinds.root, bytes, `the root record of ${name}`))
  const databaseId = from.text()
  const revision = from.number()
  const basisT = from.number()
  const nextT = from.number()
  const nextElement = from.number()
  const lastInstant = from.double()
  const checksum = from.number()
  const job = from.text()
  const garbage = from.text()
  const lists: SegmentList[] = []
  for (let n = from.count(); n > 0; n--) {
    const id = from.text()
    const t = from.number()
    lists.push({ id, t, nextT: t + from.number() })
  }
  const segments = readSegments(from)
  const index = from.sized()
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

export function writeSegments(out: LogWriter, segments: readonly LogSegment[]): void {
  out.number(segments.length)
  for (const { id, t, nextT, count } of segments) {
    out.text(id)
    out.number(t)
    out.number(nextT - t)
    out.number(count)
  }
}

export function readSegments(from: LogReader): LogSegment[] {
  const segments: LogSegment[] = []
  for (let n = from.count(); n > 0; n--) {
    const id = from.text()
    const t = from.number()
    segments.push({ id, t, nextT: t + from.number(), count: from.number() })
  }
  return segments
}
