/**
 * Values as bytes, and back exactly: what the log, directories, and messages are made of. Segments hold values in columns instead.
 *
 * (1) readValue(writeValue(v)) is the same value of the same kind: 1 and 1.0, a list and a vector, 1.0M and 1.00M, -0 and 0 differ.
 * (2) Bytes that nobody vouches for give a value or a YoreError; nesting is bounded in both directions.
 * (3) Opaque values (a program's own objects) are not data, and are refused.
 */

import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../big-decimal.ts'
import { ValueMap, ValueSet } from '../equal.ts'
import {
  Char,
  Double,
  Float,
  Instant,
  Keyword,
  keyword,
  List,
  Sym,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from '../values.ts'
import type { Value } from '../values.ts'
import { corrupt } from './reader.ts'
import type { ByteReader } from './reader.ts'
import type { ByteWriter } from './writer.ts'

const tags = {
  nil: 0,
  false: 1,
  true: 2,
  /** A whole number from 0, as a varint. */
  long: 3,
  /** -1 and below: -1 - x as a varint. */
  negative: 4,
  /** A number that is no safe whole one. */
  number: 5,
  double: 6,
  float: 7,
  bigint: 8,
  bigdec: 9,
  string: 10,
  keyword: 11,
  symbol: 12,
  uuid: 13,
  /** A uuid whose text is not the canonical one. */
  uuidText: 14,
  uri: 15,
  char: 16,
  /** Milliseconds from 0, as a varint; before 1970; any other number. */
  instant: 17,
  instantBefore: 18,
  instantNumber: 19,
  bytes: 20,
  array: 21,
  list: 22,
  map: 23,
  set: 24,
  tagged: 25,
} as const

const depthMax = 500
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Writes a value. */
export function writeValue(out: ByteWriter, v: Value): void {
  write(out, v, 0)
}

function write(out: ByteWriter, v: Value, depth: number): void {
  switch (typeof v) {
    case 'string':
      out.u8(tags.string).string(v)
      return
    case 'number':
      writeNumber(out, v, tags.long, tags.negative, tags.number)
      return
    case 'boolean':
      out.u8(v ? tags.true : tags.false)
      return
    case 'bigint':
      out.u8(tags.bigint).bigint(v)
      return
    default:
  }
  if (v === null) out.u8(tags.nil)
  else if (v instanceof Keyword) out.u8(tags.keyword).string(v.text.slice(1))
  else if (v instanceof Instant) {
    writeNumber(out, v.ms, tags.instant, tags.instantBefore, tags.instantNumber)
  } else if (v instanceof Uuid) writeUuid(out, v.text)
  else if (v instanceof Double) out.u8(tags.double).f64(v.value)
  else if (v instanceof Float) out.u8(tags.float).f32(v.value)
  else if (v instanceof Uint8Array) out.u8(tags.bytes).bytes(v)
  else if (v instanceof BigDecimal) {
    out.u8(tags.bigdec).zigzag(v.scale).bigint(v.unscaled)
  } else if (v instanceof Sym) out.u8(tags.symbol).string(v.text)
  else if (v instanceof Uri) out.u8(tags.uri).string(v.text)
  else if (v instanceof Char) out.u8(tags.char).u16(v.text.charCodeAt(0))
  else writeCollection(out, v, depth)
}

function writeNumber(
  out: ByteWriter,
  x: number,
  positive: number,
  negative: number,
  other: number,
): void {
  if (!Number.isSafeInteger(x) || Object.is(x, -0)) out.u8(other).f64(x)
  else if (x >= 0) out.u8(positive).varint(x)
  else out.u8(negative).varint(-1 - x)
}

function writeUuid(out: ByteWriter, text: string): void {
  if (!uuidPattern.test(text)) {
    out.u8(tags.uuidText).string(text)
    return
  }
  out.u8(tags.uuid)
  for (let i = 0; i < 36; i++) {
    const high = text.charCodeAt(i)
    if (high === dash) continue
    out.u8((nibbleOf(high) << 4) | nibbleOf(text.charCodeAt(++i)))
  }
}

const dash = 45
// of a digit, or of a lower letter
const nibbleOf = (c: number): number => (c < 58 ? c - 48 : c - 87)

function writeCollection(out: ByteWriter, v: Value, depth: number): void {
  if (depth >= depthMax) {
    raise(':yore/limit-exceeded', `a value that is stored is nested at most ${depthMax} deep`)
  }
  const below = depth + 1
  if (Array.isArray(v)) {
    const items = v as readonly Value[]
    out.u8(v instanceof List ? tags.list : tags.array).varint(items.length)
    for (const item of items) write(out, item, below)
  } else if (v instanceof ValueMap) {
    out.u8(tags.map).varint(v.size)
    for (const [key, value] of v) {
      write(out, key, below)
      write(out, value, below)
    }
  } else if (v instanceof ValueSet) {
    out.u8(tags.set).varint(v.size)
    for (const item of v) write(out, item, below)
  } else if (v instanceof Tagged) {
    out.u8(tags.tagged).string(v.tag.text)
    write(out, v.value, below)
  } else {
    const kind = (v as { kind?: unknown } | undefined)?.kind
    raise(':yore/invalid-value', `a value of kind '${String(kind)}' is no data, and is not stored`)
  }
}

/** Reads a value. */
export function readValue(from: ByteReader): Value {
  return read(from, 0)
}

function read(from: ByteReader, depth: number): Value {
  const tag = from.u8()
  switch (tag) {
    case tags.nil:
      return null
    case tags.false:
      return false
    case tags.true:
      return true
    case tags.long:
      return from.varint()
    case tags.negative:
      return -1 - from.varint()
    case tags.number:
      return from.f64()
    case tags.double:
      return new Double(from.f64())
    case tags.float:
      return new Float(from.f32())
    case tags.bigint:
      return from.bigint()
    case tags.bigdec: {
      const scale = from.zigzag()
      return new BigDecimal(from.bigint(), scale)
    }
    case tags.string:
      return from.string()
    case tags.keyword:
      return keyword(`:${from.string()}`)
    case tags.symbol:
      return symbol(from.string())
    case tags.uuid:
      return new Uuid(uuidText(from.view(16)))
    case tags.uuidText:
      return new Uuid(from.string())
    case tags.uri:
      return new Uri(from.string())
    case tags.char:
      return new Char(String.fromCharCode(from.u16()))
    case tags.instant:
      return new Instant(from.varint())
    case tags.instantBefore:
      return new Instant(-1 - from.varint())
    case tags.instantNumber:
      return new Instant(from.f64())
    case tags.bytes:
      return from.bytes()
    default:
      return readCollection(from, tag, depth)
  }
}

function readCollection(from: ByteReader, tag: number, depth: number): Value {
  if (depth >= depthMax) return corrupt(`a value is nested more than ${depthMax} deep`)
  const below = depth + 1
  switch (tag) {
    case tags.array:
    case tags.list: {
      const items: Value[] = tag === tags.list ? new List<Value>() : []
      for (let n = from.count(); n > 0; n--) items.push(read(from, below))
      return items
    }
    case tags.map: {
      const map = new ValueMap()
      for (let n = from.count(2); n > 0; n--) {
        const key = read(from, below)
        map.set(key, read(from, below))
      }
      return map
    }
    case tags.set: {
      const set = new ValueSet()
      for (let n = from.count(); n > 0; n--) set.add(read(from, below))
      return set
    }
    case tags.tagged: {
      const name = symbol(from.string())
      return new Tagged(name, read(from, below))
    }
    default:
      return corrupt(`there is no value with the tag ${tag}`)
  }
}

const digits = new TextEncoder().encode('0123456789abcdef')
// with the dashes in their places
const uuidUnits = new TextEncoder().encode('00000000-0000-0000-0000-000000000000')
const ascii = new TextDecoder()

/** The canonical text of 16 bytes. Not put together of pieces: such a string keeps them all, ten times as much. */
export function uuidText(bytes: Uint8Array): string {
  for (let i = 0, at = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at++
    const byte = bytes[i] as number
    uuidUnits[at++] = digits[byte >> 4] as number
    uuidUnits[at++] = digits[byte & 15] as number
  }
  return ascii.decode(uuidUnits)
}
