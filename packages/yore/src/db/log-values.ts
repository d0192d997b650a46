/**
 * A value in the log: one byte that says what it is, then its bytes. Exact: what is read is what was written, for every value that a
 * datom can have.
 *
 * (1) A kind never changes its number: they are on disk for ever.
 */

import { BigDecimal } from '../data/big-decimal.ts'
import {
  Double,
  Float,
  Instant,
  Keyword,
  Sym,
  Uri,
  Uuid,
  keyword,
  list,
  List,
  symbol,
} from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { assert } from '../base/assert.ts'
import { damaged } from './log-bytes.ts'
import type { LogReader, LogWriter } from './log-bytes.ts'

const kind = {
  nil: 0,
  false: 1,
  true: 2,
  /** A whole number, safe. */
  long: 3,
  /** A number that is no safe whole one: a double, or a wide id. */
  number: 4,
  double: 5,
  float: 6,
  bigint: 7,
  bigdec: 8,
  string: 9,
  keyword: 10,
  symbol: 11,
  /** 16 bytes. */
  uuid: 12,
  uri: 13,
  instant: 14,
  bytes: 15,
  vector: 16,
  list: 17,
  /** A uuid whose text is none of the usual form. */
  uuidText: 18,
  /** UTF-16: a string with half of a surrogate pair. */
  units: 19,
} as const

const longMax = 2 ** 52 - 1
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const depthMax = 100

export function writeValue(out: LogWriter, v: Value): void {
  switch (typeof v) {
    case 'number':
      return writeNumber(out, v)
    case 'string':
      return writeString(out, v)
    case 'boolean':
      return out.byte(v ? kind.true : kind.false)
    case 'bigint':
      out.byte(kind.bigint)
      return writeBigint(out, v)
    default:
      return writeObject(out, v)
  }
}

function writeNumber(out: LogWriter, x: number): void {
  if (Number.isInteger(x) && Math.abs(x) <= longMax) {
    out.byte(kind.long)
    out.signed(x)
  } else {
    out.byte(kind.number)
    out.double(x)
  }
}

function writeString(out: LogWriter, x: string): void {
  if (isWellFormed(x)) {
    out.byte(kind.string)
    out.text(x)
    return
  }
  out.byte(kind.units)
  out.number(x.length)
  for (let i = 0; i < x.length; i++) out.number(x.charCodeAt(i))
}

const halfPair = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
const isWellFormed = (x: string): boolean => !halfPair.test(x)

function writeBigint(out: LogWriter, x: bigint): void {
  out.byte(x < 0n ? 1 : 0)
  const hex = (x < 0n ? -x : x).toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  out.sized(hexBytes(even))
}

function hexBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

function writeObject(out: LogWriter, v: Exclude<Value, number | string | boolean | bigint>): void {
  if (v === null) return out.byte(kind.nil)
  if (v instanceof Keyword) return writeText(out, kind.keyword, v.text)
  if (v instanceof Instant) {
    out.byte(kind.instant)
    return out.double(v.ms)
  }
  if (v instanceof Double) {
    out.byte(kind.double)
    return out.double(v.value)
  }
  if (v instanceof Uuid) return writeUuid(out, v.text)
  if (v instanceof Float) {
    out.byte(kind.float)
    return out.double(v.value)
  }
  if (v instanceof BigDecimal) {
    out.byte(kind.bigdec)
    out.signed(v.scale)
    return writeBigint(out, v.unscaled)
  }
  if (v instanceof Uint8Array) {
    out.byte(kind.bytes)
    return out.sized(v)
  }
  if (v instanceof Uri) return writeText(out, kind.uri, v.text)
  if (v instanceof Sym) return writeText(out, kind.symbol, v.text)
  assert(Array.isArray(v), 'a datom has a value that can be stored')
  const items = v as readonly Value[]
  out.byte(v instanceof List ? kind.list : kind.vector)
  out.number(items.length)
  for (const x of items) writeValue(out, x)
}

function writeText(out: LogWriter, tag: number, text: string): void {
  out.byte(tag)
  writeString(out, text)
}

function writeUuid(out: LogWriter, text: string): void {
  if (!uuidPattern.test(text)) return writeText(out, kind.uuidText, text)
  out.byte(kind.uuid)
  out.raw(hexBytes(text.replaceAll('-', '')))
}

// ---- reading ----

export function readValue(from: LogReader, depth = 0): Value {
  switch (from.byte()) {
    case kind.nil:
      return null
    case kind.false:
      return false
    case kind.true:
      return true
    case kind.long:
      return from.signed()
    case kind.number:
      return from.double()
    case kind.double:
      return new Double(from.double())
    case kind.float:
      return new Float(from.double())
    case kind.bigint:
      return readBigint(from)
    case kind.bigdec: {
      const scale = from.signed()
      return new BigDecimal(readBigint(from), scale)
    }
    case kind.string:
      return from.text()
    case kind.keyword:
      return keyword(readText(from))
    case kind.symbol:
      return symbol(readText(from))
    case kind.uuid:
      return new Uuid(readUuid(from))
    case kind.uuidText:
      return new Uuid(readText(from))
    case kind.uri:
      return new Uri(readText(from))
    case kind.instant:
      return new Instant(from.double())
    case kind.bytes:
      return from.sized().slice()
    case kind.vector:
      return readItems(from, depth)
    case kind.list:
      return list(readItems(from, depth))
    case kind.units:
      return readUnits(from)
    default:
      return damaged('a kind of value that nobody knows')
  }
}

function readText(from: LogReader): string {
  const x = readValue(from)
  return typeof x === 'string' ? x : damaged('a name')
}

function readUnits(from: LogReader): string {
  const units = Array.from({ length: from.count() }, () => from.number())
  return units.map((x) => String.fromCharCode(x)).join('')
}

function readBigint(from: LogReader): bigint {
  const isNegative = from.byte() === 1
  const hex = hexText(from.sized())
  const size = BigInt(`0x${hex === '' ? '0' : hex}`)
  return isNegative ? -size : size
}

const hexOf = Array.from({ length: 256 }, (_, b) => b.toString(16).padStart(2, '0'))

function hexText(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) out += hexOf[b] as string
  return out
}

function readUuid(from: LogReader): string {
  let hex = ''
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) hex += '-'
    hex += hexOf[from.byte()] as string
  }
  return hex
}

function readItems(from: LogReader, depth: number): Value[] {
  if (depth >= depthMax) damaged('a value nested too deeply')
  const items: Value[] = []
  for (let n = from.count(); n > 0; n--) items.push(readValue(from, depth + 1))
  return items
}
