/**
 * Records of garbage: which blobs an index job has replaced, and when. Each names the record before it.
 */

import { frame, unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { ByteWriter } from '../data/codec/writer.ts'

export interface Garbage {
  /** When they became garbage, in milliseconds since 1970. */
  readonly atMs: number
  readonly ids: readonly string[]
  /** The record before, or null. */
  readonly before: string | null
}

/** The record as a blob; `id` is the blob's. */
export function encodeGarbage(id: string, { atMs, ids, before }: Garbage): Uint8Array {
  const out = new ByteWriter(ids.length * 40 + 64)
  out.f64(atMs)
  out.string(before ?? '')
  out.varint(ids.length)
  for (const id of ids) out.string(id)
  return frame('garbage', out.peek(), { codec: 'lz4', name: id })
}

export function decodeGarbage(id: string, bytes: Uint8Array): Garbage {
  const from = new ByteReader(unframe(bytes, 'garbage', id).content)
  const atMs = from.f64()
  const before = from.string()
  const ids = Array.from({ length: from.count() }, () => from.string())
  return { atMs, ids, before: before === '' ? null : before }
}
