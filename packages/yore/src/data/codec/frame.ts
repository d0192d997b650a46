/**
 * The frame around every stored thing: what it is, how it is packed, and a checksum.
 *
 *     0  magic `YORE`       8  length of the content, unpacked, u32
 *     4  format, u8        12  CRC32C of bytes 0 to 11, of the packed content, and of the name, u32
 *     5  kind, u8          16  the content, packed
 *     6  codec, u8
 *     7  0
 *
 * (1) A frame of which any byte was changed, or that was cut or put under another name, does not open: `:yore/storage-corrupt`.
 * (2) The content begins at a multiple of eight, so that arrays of any numbers can be read in place where it is not packed.
 * (3) Content that does not shrink by an eighth is not packed.
 */

import { raise } from '../../base/errors.ts'
import { crc32c } from './checksum.ts'
import { codecOf, codecs, compress, decompress } from './compress.ts'
import type { Codec } from './compress.ts'
import { formatNow, formats, kinds } from './format.ts'
import type { Kind } from './format.ts'
import { corrupt } from './reader.ts'

export const frameHeaderBytes = 16
const magic = 0x45524f59
export const contentBytesMax: number = 2 ** 28
const encoder = new TextEncoder()

export interface FrameOptions {
  readonly codec?: Codec | undefined
  /** Under what it is stored (the id of a blob, the t of a slot): part of the checksum, not of the bytes. */
  readonly name?: string | undefined
  /** So many bytes follow it in the array, zeros, for who has to add something. */
  readonly room?: number | undefined
}

export interface Frame {
  readonly kind: Kind
  readonly format: number
  /** The content, unpacked. A view of the frame's bytes when it was not packed. */
  readonly content: Uint8Array
}

const kindNames = new Map<number, Kind>(
  (Object.keys(kinds) as Kind[]).map((kind) => [kinds[kind], kind]),
)

function checksumOf(frame: Uint8Array, name: string, end: number = frame.length): number {
  let crc = crc32c(frame, 0, 12)
  crc = crc32c(frame, frameHeaderBytes, end, crc)
  return name === '' ? crc : crc32c(encoder.encode(name), 0, undefined, crc)
}

function close(
  kind: Kind,
  content: Uint8Array,
  packed: Uint8Array,
  { codec = 'none', name = '', room = 0 }: FrameOptions,
): Uint8Array {
  const isPacked = codec !== 'none' && packed.length <= content.length - (content.length >>> 3)
  const body = isPacked ? packed : content
  const frame = new Uint8Array(frameHeaderBytes + body.length + room)
  const view = new DataView(frame.buffer)
  view.setUint32(0, magic, true)
  frame[4] = formatNow
  frame[5] = kinds[kind]
  frame[6] = isPacked ? codecs[codec] : codecs.none
  view.setUint32(8, content.length, true)
  frame.set(body, frameHeaderBytes)
  view.setUint32(12, checksumOf(frame, name, frame.length - room), true)
  return frame
}

function checkLength(content: Uint8Array): void {
  if (content.length > contentBytesMax) {
    raise(':yore/limit-exceeded', `a stored thing has at most ${contentBytesMax} bytes`, {
      bytes: content.length,
    })
  }
}

/** Puts content into a frame. `unframe(frame('segment', content), 'segment').content` is the content. */
export function frame(kind: Kind, content: Uint8Array, options: FrameOptions = {}): Uint8Array {
  checkLength(content)
  return close(kind, content, compress(options.codec ?? 'none', content), options)
}

interface Opened {
  readonly kind: Kind
  readonly format: number
  readonly codec: Codec
  readonly length: number
  readonly packed: Uint8Array
}

function open(bytes: Uint8Array, wanted: Kind | null, name: string): Opened {
  const what = name === '' ? 'a stored thing' : `what is stored as ${name}`
  const data = { name, kind: wanted }
  if (bytes.length < frameHeaderBytes) return corrupt(`${what} is too short`, data)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== magic) return corrupt(`${what} is nothing of ours`, data)
  if (view.getUint32(12, true) !== checksumOf(bytes, name)) {
    return corrupt(`the checksum of ${what} is wrong`, data)
  }
  // Behind the checksum nothing is damaged: what does not fit was written by another version, or read for the wrong thing.
  const format = bytes[4] as number
  const codec = codecOf(bytes[6] as number)
  const kind = kindNames.get(bytes[5] as number)
  if (!(formats as readonly number[]).includes(format) || codec === null || kind === undefined) {
    return raise(
      ':yore/unsupported-format',
      `${what} has format ${format}, which this version cannot read: use a newer one`,
      { ...data, format },
    )
  }
  if (wanted !== null && kind !== wanted) {
    return corrupt(`${what} is a ${kind}, not a ${wanted}`, data)
  }
  const length = view.getUint32(8, true)
  if (length > contentBytesMax) return corrupt(`${what} has ${length} bytes`, data)
  return { kind, format, codec, length, packed: bytes.subarray(frameHeaderBytes) }
}

/** Opens a frame, of the kind that is wanted; null takes any. */
export function unframe(bytes: Uint8Array, wanted: Kind | null, name: string = ''): Frame {
  const { kind, format, codec, length, packed } = open(bytes, wanted, name)
  return { kind, format, content: decompress(codec, packed, length) }
}
