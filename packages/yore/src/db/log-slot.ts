/**
 * A slot of the log as bytes: the transactions that were committed together.
 *
 *   'YL', format, codec, checksum of all that follows but the last byte, length of the slot, flags, writer, checksum of the slot before,
 *   number of transactions, size of the records, records, an end mark
 *
 * (1) The checksum of the slot before makes a chain: a slot that is missing, or of another history, is noticed.
 * (2) The writer is random, so no two processes ever write the same bytes: who finds its own bytes in a slot wrote them.
 * (3) What a crash tore (bytes that end early, or end in zeros) is told apart from what was damaged later.
 */

import { YoreError } from '../base/errors.ts'
import { LogReader, LogWriter } from './log-bytes.ts'
import { RecordWriter, readRecords } from './log-record.ts'
import type { LoggedTransaction, Transaction } from './log-record.ts'
import { checksumOf, kinds, packBody, unpackBody, viewOf } from './log-pack.ts'

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

const magic = [0x59, kinds.slot] as const
const format = 1
const endMark = 0xe5
const headLength = 12
const writerLength = 8
const relaxedFlag = 1

/** The slot of these transactions. */
export function encodeSlot(head: SlotHead, transactions: readonly Transaction[]): WrittenSlot {
  const writer = new RecordWriter({ t: head.t, instant: 0 })
  for (const tx of transactions) writer.write(tx)
  const { codec, bytes: body } = packBody(writer.out.view())
  const out = new LogWriter(body.length + 64)
  out.length = headLength
  out.byte(head.isRelaxed ? relaxedFlag : 0)
  out.raw(head.writer)
  out.reserve(4)
  out.length += 4
  out.number(transactions.length)
  out.number(writer.out.length)
  out.raw(body)
  out.byte(endMark)
  const bytes = out.view()
  const view = viewOf(bytes)
  bytes.set([...magic, format, codec])
  view.setUint32(8, bytes.length, true)
  view.setUint32(headLength + 1 + writerLength, head.previous, true)
  const checksum = checksumOf(bytes, 8, bytes.length - 1)
  view.setUint32(4, checksum, true)
  return { bytes, checksum }
}

/** Was the writing of these bytes cut off by a crash? What is only damaged is not. */
export function isTorn(bytes: Uint8Array): boolean {
  if (bytes.length < headLength) return true
  const view = viewOf(bytes)
  const declared = view.getUint32(8, true)
  if (bytes.length >= headLength && bytes.every((b) => b === 0)) return true
  const isShort = bytes.length < declared || declared === 0
  const endsInZero = bytes[bytes.length - 1] === 0
  return isShort || (endsInZero && !isIntact(bytes))
}

function isIntact(bytes: Uint8Array): boolean {
  return (
    bytes.length > headLength &&
    viewOf(bytes).getUint32(4, true) === checksumOf(bytes, 8, bytes.length - 1)
  )
}

/** Why a slot cannot be read. `name` says where it is: 'slot 1000 of inventory in ./data'. */
export function damagedSlot(name: string, t: number, why: string): YoreError {
  return new YoreError(
    ':yore/storage-corrupt',
    `${name}: ${why}. The transactions from t ${t} on cannot be read; restore the database from a backup`,
    { slot: t },
  )
}

/** Reads a slot; throws when it is damaged. */
export function decodeSlot(bytes: Uint8Array, t: number, name: string): Slot {
  const fail = (why: string): never => {
    throw damagedSlot(name, t, why)
  }
  if (bytes.length <= headLength || bytes[0] !== magic[0] || bytes[1] !== magic[1]) {
    fail('these bytes are no slot of a log')
  }
  if (bytes[2] !== format) fail(`its format is ${bytes[2]}, but this version of Yore reads ${format}`)
  if (!isIntact(bytes)) fail('the checksum does not match, so bytes of it were changed')
  try {
    const from = new LogReader(bytes, headLength, bytes.length - 1)
    const flags = from.byte()
    const writer = from.take(writerLength)
    const previous = from.uint32()
    const count = from.number()
    const size = from.number()
    const records = unpackBody(bytes[3] as number, from.rest(), size)
    const checksum = viewOf(bytes).getUint32(4, true)
    return { t, previous, writer, isRelaxed: (flags & relaxedFlag) !== 0, checksum, count, records }
  } catch (error) {
    return fail(error instanceof YoreError ? error.message : 'it cannot be read')
  }
}

/** The transactions of a slot. */
export function transactionsOf({ t, records }: Slot): Generator<LoggedTransaction> {
  return readRecords(records, { t, instant: 0 })
}
