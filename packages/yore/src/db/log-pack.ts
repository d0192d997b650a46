/**
 * What stands around all that the log and the roots keep as bytes: a kind, a format number, compression, a checksum.
 *
 *   'Y', kind, format, codec, checksum of what follows, size of the body, the body
 *
 * (1) Bytes that were changed, cut, or are of another kind are an error that says so.
 */

import { raise } from '../base/errors.ts'
import { LogReader, LogWriter, damaged } from './log-bytes.ts'

export const kinds = {
  root: 0x72,
  segment: 0x73,
  list: 0x6c,
  garbage: 0x67,
  catalog: 0x63,
  slot: 0x4c,
} as const
export type Kind = (typeof kinds)[keyof typeof kinds]

const magic = 0x59
const format = 1
const headLength = 8
const codecNone = 0

const table = new Int32Array(256)
for (let i = 0; i < 256; i++) {
  let c = i
  for (let k = 0; k < 8; k++) c = (c & 1) !== 0 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
  table[i] = c
}

/** CRC32C of bytes[from..to). */
export function checksumOf(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let c = -1
  for (let i = from; i < to; i++) {
    c = (table[(c ^ (bytes[i] as number)) & 255] as number) ^ (c >>> 8)
  }
  return ~c >>> 0
}

export interface Packed {
  readonly codec: number
  readonly bytes: Uint8Array
}

/** The shorter of the bytes and the bytes compressed. */
export function packBody(bytes: Uint8Array): Packed {
  return { codec: codecNone, bytes }
}

/** What was packed; `size` is how long it was. */
export function unpackBody(codec: number, bytes: Uint8Array, size: number): Uint8Array {
  if (codec !== codecNone) damaged('a compression that nobody knows')
  return bytes.length === size ? bytes : damaged('a body of another length')
}

/** The body with everything around it. */
export function seal(kind: Kind, body: Uint8Array): Uint8Array {
  const { codec, bytes } = packBody(body)
  const out = new LogWriter(bytes.length + 16)
  out.length = headLength
  out.number(body.length)
  out.raw(bytes)
  const sealed = out.view().slice()
  sealed.set([magic, kind, format, codec])
  viewOf(sealed).setUint32(4, checksumOf(sealed, headLength), true)
  return sealed
}

/** The body; `what` says what it is and where, for the error: 'the root of inventory in file ./data'. */
export function unseal(kind: Kind, bytes: Uint8Array, what: string): Uint8Array {
  const fail = (why: string): never =>
    raise(':yore/storage-corrupt', `${what} ${why}: restore the database from a backup`)
  if (bytes.length <= headLength || bytes[0] !== magic || bytes[1] !== kind) {
    fail('is something else, or damaged')
  }
  if (bytes[2] !== format) fail(`has format ${bytes[2]}, but this version of Yore reads ${format}`)
  if (viewOf(bytes).getUint32(4, true) !== checksumOf(bytes, headLength)) {
    fail('does not match its checksum, so bytes of it were changed')
  }
  const from = new LogReader(bytes, headLength)
  const size = from.number()
  return unpackBody(bytes[3] as number, from.rest(), size)
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
