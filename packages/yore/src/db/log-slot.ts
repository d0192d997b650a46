/**
 * A slot of the log as bytes: the transactions that were committed together.
 *
 *   frame of: flags, writer, checksum of the slot before, number of transactions, records
 *   length of the frame, end mark
 *
 * (1) The checksum of the slot before makes a chain: a slot that is missing, or of another history, is noticed.
 * (2) The writer is random, so no two processes ever write the same bytes: who finds its own bytes in a slot wrote them.
 * (3) What a crash tore (bytes that end early, or end in zeros) is told apart from what was damaged later. When zeros begin in the end
 *     mark, the frame is there and is right: the slot counts, whether it was acknowledged or not.
 */

import { YoreError } from '../base/errors.ts'
import type { Codec } from '../data/codec/compress.ts'
import { reasonOfDamage } from '../data/codec/damage.ts'
import { contentBytesMax, frame, frameHeaderBytes, unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import { RecordWriter, readRecords } from './log-record.ts'
import type { LoggedTransaction, Transaction } from './log-record.ts'

export interface SlotHead {
  /** The t of its first transaction: the slot's number. */
  readonly t: number
  /** The checksum of the slot before. */
  readonly previous: number
  /** 8 random bytes. */
  readonly writer: Uint8Array
  /** It was acknowledged before it was durable. */
  readonly isRelaxed: boolean
}

export interface WrittenSlot {
  readonly bytes: Uint8Array
  readonly checksum: number
}

export interface Slot extends SlotHead {
  readonly checksum: number
  /** How many transactions it holds. */
  readonly count: number
  /** Their records, as RecordWriter wrote them with the base {t, instant: 0}. */
  readonly records: Uint8Array
}

const endMark = [0xe5, 0x59, 0x4c, 0xe5] as const
const endLength = 8
const writerLength = 8
const relaxedFlag = 1
/** Where a frame has its checksum. */
const checksumAt = 12
/** No more bytes go into a slot. */
export const slotContentMax: number = contentBytesMax
/** Fewer bytes are not worth packing. */
const packMin = 256

/** Room for the content of a slot that is used again and again, but not kept when it has become large. */
let content = new ByteWriter(1024)
const keptMax = 2 ** 20

/** The slot of these transactions. `codec`: how it is packed when that is worth it. */
export function encodeSlot(
  head: SlotHead,
  transactions: readonly Transaction[],
  codec: Codec = 'lz4',
): WrittenSlot {
  try {
    writeContent(head, transactions)
    const packed = content.length >= packMin ? codec : 'none'
    const name = String(head.t)
    const bytes = frame('slot', content.peek(), { codec: packed, name, room: endLength })
    const length = bytes.length - endLength
    const view = viewOf(bytes)
    view.setUint32(length, length, true)
    bytes.set(endMark, length + 4)
    return { bytes, checksum: view.getUint32(checksumAt, true) }
  } finally {
    if (content.length > keptMax) content = new ByteWriter(1024)
  }
}

function writeContent(
  { t, previous, writer, isRelaxed }: SlotHead,
  transactions: readonly Transaction[],
): void {
  content.reset()
  content
    .u8(isRelaxed ? relaxedFlag : 0)
    .raw(writer)
    .u32(previous)
    .varint(transactions.length)
  const records = new RecordWriter({ t, instant: 0 }, content)
  for (const tx of transactions) records.write(tx)
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Is the end as it was written, or has a crash left zeros in nothing but it? */
function isWhole(bytes: Uint8Array, t: number): boolean {
  const length = bytes.length - endLength
  if (length < frameHeaderBytes) return false
  const end = new Uint8Array(endLength)
  viewOf(end).setUint32(0, length, true)
  end.set(endMark, 4)
  const wrong = end.findIndex((b, i) => bytes[length + i] !== b)
  if (wrong < 0) return true
  return bytes.subarray(length + wrong).every((b) => b === 0) && isIntact(bytes, t)
}

/** Was the writing of these bytes cut off by a crash? What is only damaged is not. */
export function isTorn(bytes: Uint8Array, t: number): boolean {
  if (isWhole(bytes, t)) return false
  const last = bytes.length - 1
  // a byte of the end that was changed later: everything before it is there
  return last < endLength || bytes[last] === 0 || !isIntact(bytes, t)
}

function isIntact(bytes: Uint8Array, t: number): boolean {
  try {
    unframe(bytes.subarray(0, bytes.length - endLength), 'slot', String(t))
    return true
  } catch (error) {
    if (error instanceof YoreError) return false
    throw error
  }
}

/** Why a slot cannot be read. `name` says where it is: 'slot 1000 of the log of inventory in file ./data'. */
export function damagedSlot(name: string, t: number, why: string, cause?: unknown): YoreError {
  return new YoreError(
    ':yore/storage-corrupt',
    `${name}: ${why}. The transactions from t ${t} on cannot be read; restore the database from a backup`,
    { slot: t },
    cause === undefined ? {} : { cause },
  )
}

/** Reads a slot; throws when it is damaged. */
export function decodeSlot(bytes: Uint8Array, t: number, name: string): Slot {
  if (!isWhole(bytes, t)) throw damagedSlot(name, t, 'its end is not what was written')
  try {
    const framed = bytes.subarray(0, bytes.length - endLength)
    const from = new ByteReader(unframe(framed, 'slot', String(t)).content)
    const isRelaxed = (from.u8() & relaxedFlag) !== 0
    const writer = from.view(writerLength)
    const previous = from.u32()
    const count = from.varint()
    const records = from.view(from.left)
    const checksum = viewOf(bytes).getUint32(checksumAt, true)
    return { t, previous, writer, isRelaxed, checksum, count, records }
  } catch (error) {
    if (!(error instanceof YoreError)) throw error
    throw error.code === ':yore/storage-corrupt'
      ? damagedSlot(name, t, reasonOfDamage(error), error)
      : error
  }
}

/** The transactions of a slot. */
export function transactionsOf({ t, records }: Slot): Generator<LoggedTransaction> {
  return readRecords(records, { t, instant: 0 })
}
