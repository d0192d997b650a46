/**
 * The bytes of the journal: a header that says whose it is, then frames, one for each write.
 *
 * (1) A frame is valid with its checksum, the journal's id in it and the number that follows that of the frame before. Numbers never come
 *     back, so what an earlier round has left behind the last frame is not taken for more.
 * (2) A frame is written when the one before is durable. So an invalid one at the end was acknowledged to nobody, or is damaged, which
 *     looks the same; where there is a later one, it was durable, and is damaged.
 * (3) A frame stands behind the one before it, or at the beginning of the file.
 */

import { crc32 } from 'node:zlib'

/** A slot as a frame holds it. */
export interface FrameSlot {
  readonly database: string
  readonly t: number
  readonly bytes: Uint8Array
}

export interface Frame {
  readonly seq: number
  readonly slots: readonly FrameSlot[]
  /** Where the next one begins. */
  readonly end: number
}

/** Where the first frame begins. */
export const framesAt = 64
/** No frame is longer. */
export const frameBytesMax: number = 2 ** 18
const headerMagic = 0x6a65726f
const frameMagic = 0x79724a46
const version = 2
/** In which frames always began at the start of the file. */
const versionBefore = 1
const headBytes = 32
const slotHeadBytes = 16
const headAt = { magic: 0, length: 4, crc: 8, count: 12, seq: 16, id: 24 } as const

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** Up to a multiple of 8: frames begin at such places. */
const aligned = (n: number): number => (n + 7) & ~7

/** How many bytes a slot takes in a frame, at most. */
export const slotBytes = (database: string, bytes: Uint8Array): number =>
  slotHeadBytes + database.length + bytes.length

/** How many bytes a frame takes for slots of so many. */
export const frameBytes = (slots: number): number => aligned(headBytes + slots)

export function encodeHeader(id: number): Uint8Array {
  const out = new Uint8Array(framesAt)
  const view = viewOf(out)
  view.setUint32(0, headerMagic, true)
  view.setUint32(8, version, true)
  view.setFloat64(16, id, true)
  view.setUint32(4, crc32(out.subarray(8)), true)
  return out
}

/** Whose journal it is; null: it is none. */
export function readHeader(bytes: Uint8Array): number | null {
  if (bytes.length < framesAt) return null
  const view = viewOf(bytes)
  const isKnown = [version, versionBefore].includes(view.getUint32(8, true))
  if (view.getUint32(0, true) !== headerMagic || !isKnown) return null
  if (view.getUint32(4, true) !== crc32(bytes.subarray(8, framesAt))) return null
  return view.getFloat64(16, true)
}

export function encodeFrame(id: number, seq: number, slots: readonly FrameSlot[]): Uint8Array {
  let length = headBytes
  for (const { database, bytes } of slots) length += slotBytes(database, bytes)
  const out = new Uint8Array(aligned(length))
  const view = viewOf(out)
  view.setUint32(headAt.magic, frameMagic, true)
  view.setUint32(headAt.length, out.length, true)
  view.setUint32(headAt.count, slots.length, true)
  view.setFloat64(headAt.seq, seq, true)
  view.setFloat64(headAt.id, id, true)
  let at = headBytes
  for (const { database, t, bytes } of slots) {
    view.setFloat64(at, t, true)
    view.setUint32(at + 8, bytes.length, true)
    view.setUint32(at + 12, database.length, true)
    at += slotHeadBytes
    // ids of databases are ASCII
    for (let i = 0; i < database.length; i++) out[at++] = database.charCodeAt(i)
    out.set(bytes, at)
    at += bytes.length
  }
  view.setUint32(headAt.crc, crc32(out.subarray(headAt.count)), true)
  return out
}

/** The number of the frame that seems to begin there, or null. */
export function seqAt(bytes: Uint8Array, at: number, id: number): number | null {
  if (at + headBytes > bytes.length) return null
  const view = viewOf(bytes)
  if (view.getUint32(at, true) !== frameMagic) return null
  return view.getFloat64(at + headAt.id, true) === id
    ? view.getFloat64(at + headAt.seq, true)
    : null
}

/** The length that the frame there says it has. */
export const lengthAt = (bytes: Uint8Array, at: number): number =>
  viewOf(bytes).getUint32(at + headAt.length, true)

/** The frame that begins there, or null: there is no valid one. */
export function frameAt(bytes: Uint8Array, at: number, id: number): Frame | null {
  const seq = seqAt(bytes, at, id)
  if (seq === null) return null
  const view = viewOf(bytes)
  const end = at + view.getUint32(at + headAt.length, true)
  if (end < at + headBytes || end > bytes.length || end % 8 !== at % 8) return null
  if (view.getUint32(at + headAt.crc, true) !== crc32(bytes.subarray(at + headAt.count, end))) {
    return null
  }
  const slots: FrameSlot[] = []
  const count = view.getUint32(at + headAt.count, true)
  for (let from = at + headBytes; slots.length < count;) {
    if (from + slotHeadBytes > end) return null
    const name = from + slotHeadBytes
    const body = name + view.getUint32(from + 12, true)
    const next = body + view.getUint32(from + 8, true)
    if (next > end) return null
    const database = String.fromCharCode(...bytes.subarray(name, body))
    slots.push({ database, t: view.getFloat64(from, true), bytes: bytes.slice(body, next) })
    from = next
  }
  return { seq, slots, end }
}

/** The frames that stand one behind the other, the first with this number. */
export function framesFrom(bytes: Uint8Array, from: number, id: number, seq: number): Frame[] {
  const found: Frame[] = []
  for (let at = from; ;) {
    const frame = frameAt(bytes, at, id)
    if (frame === null || frame.seq !== seq + found.length) return found
    found.push(frame)
    at = frame.end
  }
}

/** The places at which valid frames seem to begin whose numbers are greater, in a file of these bytes. */
function* placesAfter(bytes: Uint8Array, id: number, seq: number): Iterable<[number, number]> {
  const view = viewOf(bytes)
  for (let at = framesAt; at + headBytes <= bytes.length; at += 8) {
    if (view.getUint32(at, true) !== frameMagic) continue
    const found = seqAt(bytes, at, id)
    if (found !== null && found > seq) yield [at, found]
  }
}

/** Where in a file of these bytes the frame with this number begins, or would: behind the one before, or at the beginning. */
export function placeOf(bytes: Uint8Array, id: number, seq: number): number {
  let place = framesAt
  for (const [at, found] of placesAfter(bytes, id, seq - 2)) {
    if (found > seq) continue
    const frame = frameAt(bytes, at, id)
    if (frame?.seq === seq) return at
    if (frame !== null) place = frame.end
  }
  return place
}

/** Has a file of these bytes a valid frame with a greater number? */
export function hasLater(bytes: Uint8Array, id: number, seq: number): boolean {
  for (const [at] of placesAfter(bytes, id, seq)) {
    if (frameAt(bytes, at, id) !== null) return true
  }
  return false
}
