/**
 * Records of garbage: which blobs an index job has replaced, and when. Each names the record before it.
 */

import { LogReader, LogWriter } from './log-bytes.ts'
import { kinds, seal, unseal } from './log-pack.ts'

export interface Garbage {
  /** When they became garbage, in milliseconds since 1970. */
  readonly atMs: number
  readonly ids: readonly string[]
  /** The record before, or null. */
  readonly before: string | null
}

export function encodeGarbage({ atMs, ids, before }: Garbage): Uint8Array {
  const out = new LogWriter(ids.length * 40 + 64)
  out.double(atMs)
  out.text(before ?? '')
  out.number(ids.length)
  for (const id of ids) out.text(id)
  return seal(kinds.garbage, out.view())
}

/** Reads a record; `what` says where it is, for errors. */
export function decodeGarbage(bytes: Uint8Array, what: string): Garbage {
  const from = new LogReader(unseal(kinds.garbage, bytes, what))
  const atMs = from.double()
  const before = from.text()
  const ids = Array.from({ length: from.count() }, () => from.text())
  return { atMs, ids, before: before === '' ? null : before }
}
