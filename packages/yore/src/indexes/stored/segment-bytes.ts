/**
 * Segments as bytes: the format of a stored block.
 *
 *   order · segments, each: n · e · t · flags · end? · a, or attributes with codes and slots? · for each part its type, numbers and values
 *
 * (1) Columns are written as they lie in memory and read as views; the values of dictionaries are made on first use (value-heap.ts).
 * (2) What comes back reads exactly as what went in.
 * (3) Bytes that are not whole are an error, `:yore/storage-corrupt`, that names the blob (frame.ts): nothing is read before the
 *     checksum was right.
 */

import { assert } from '../../base/assert.ts'
import { frame, unframe } from '../../data/codec/frame.ts'
import { corrupt } from '../../data/codec/reader.ts'
import { writeValue } from '../../data/codec/values.ts'
import { ByteWriter } from '../../data/codec/writer.ts'
import { Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Codec } from '../../data/codec/compress.ts'
import type { BlobId } from '../../storage/storage.ts'
import { orders } from '../facts/fact.ts'
import type { Order } from '../facts/fact.ts'
import { LayoutReader, LayoutWriter } from './layout.ts'
import { narrowArray, Numbers } from '../segments/numbers.ts'
import type { Narrow } from '../segments/numbers.ts'
import { Segment } from '../segments/segment.ts'
import type { Mixed } from '../segments/segment.ts'
import { SegmentValues } from '../segments/segment-values.ts'
import { bytesOfUuid, heapForms, noHome, ValueHeap } from '../segments/value-heap.ts'
import type { HeapForm, HeapHome } from '../segments/value-heap.ts'

const encoder = new TextEncoder()
const types: readonly SegmentValues['type'][] = [
  'long',
  'ref',
  'instant',
  'double',
  'float',
  'coded',
  'plain',
]
const hasEnd = 1
const isMixed = 2
const hasSlots = 4

// ---- writing ----

function utf8Length(x: string): number {
  let n = x.length
  for (let i = 0; i < x.length; i++) {
    const c = x.charCodeAt(i)
    // a pair is two units and four bytes
    if (c >= 0x80) n += c < 0x800 || (c & 0xf800) === 0xd800 ? 1 : 2
  }
  return n
}

function lengthsOf(count: number, lengthOf: (i: number) => number): Narrow {
  const lengths = new Uint32Array(count)
  let max = 0
  for (let i = 0; i < count; i++) {
    const n = lengthOf(i)
    lengths[i] = n
    if (n > max) max = n
  }
  const out = narrowArray(count, max)
  out.set(lengths)
  return out
}

function writeTable(writer: LayoutWriter, table: readonly Value[]): void {
  writer.head.varint(table.length)
  if (table.every((x) => typeof x === 'string')) writeStrings(writer, table)
  else if (table.every((x) => x instanceof Uuid && bytesOfUuid(x) !== null)) {
    writeUuids(writer, table as readonly Uuid[])
  } else writeValues(writer, table)
}

function writeStrings(writer: LayoutWriter, table: readonly string[]): void {
  const whole = table.join('')
  const bytes = utf8Length(whole)
  const form: HeapForm =
    bytes === whole.length
      ? 'ascii'
      : table.some((x) => /\p{Surrogate}/u.test(x))
        ? 'utf16'
        : 'utf8'
  const lengths = lengthsOf(table.length, (i) => {
    const x = table[i] as string
    return form === 'ascii' ? x.length : form === 'utf8' ? utf8Length(x) : 2 * x.length
  })
  writer.head.u8(heapForms.indexOf(form))
  writer.narrow(lengths)
  writer.bytes(form === 'utf16' ? unitsOf(whole) : encoder.encode(whole))
}

function unitsOf(text: string): Uint8Array {
  const units = new Uint8Array(2 * text.length)
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    units[2 * i] = c & 255
    units[2 * i + 1] = c >> 8
  }
  return units
}

function writeUuids(writer: LayoutWriter, table: readonly Uuid[]): void {
  values.reset()
  for (const x of table) values.raw(bytesOfUuid(x) as Uint8Array)
  writer.head.u8(heapForms.indexOf('uuids'))
  writer.bytes(values.peek())
}

const values = new ByteWriter()

function writeValues(writer: LayoutWriter, table: readonly Value[]): void {
  values.reset()
  const lengths = lengthsOf(table.length, (i) => {
    const before = values.length
    writeValue(values, table[i] as Value)
    return values.length - before
  })
  writer.head.u8(heapForms.indexOf('values'))
  writer.narrow(lengths)
  writer.bytes(values.peek())
}

function writePart(writer: LayoutWriter, part: SegmentValues): void {
  writer.head.u8(types.indexOf(part.type))
  if (part.type !== 'plain') {
    writer.head.varint(part.numbers.data.length)
    writer.numbers(part.numbers)
  }
  if (!part.isNumber) writeTable(writer, part.table)
}

function writeSegment(writer: LayoutWriter, segment: Segment): void {
  const { n, e, t, end, a, mixed, parts } = segment
  writer.head.varint(n)
  writer.numbers(e)
  writer.numbers(t)
  const slots = mixed?.slots ?? null
  const flags =
    (end === null ? 0 : hasEnd) | (mixed === null ? 0 : isMixed) | (slots === null ? 0 : hasSlots)
  writer.head.u8(flags)
  if (end !== null) writer.numbers(end)
  if (mixed === null) writer.head.f64(a)
  else {
    writer.head.varint(mixed.attributes.length)
    for (const attribute of mixed.attributes) writer.head.f64(attribute)
    writer.narrow(mixed.codes.data)
    if (slots !== null) writer.narrow(slots)
  }
  for (const part of parts) writePart(writer, part)
}

/** Segments of one order, as the contents of a frame. */
export function writeSegments(writer: LayoutWriter, segments: readonly Segment[]): void {
  const [first] = segments
  assert(first !== undefined, 'a block has segments')
  writer.head.u8(orders.indexOf(first.order))
  writer.head.varint(segments.length)
  for (const segment of segments) writeSegment(writer, segment)
}

const scratch = new LayoutWriter()

/** The bytes of a block of segments, to be stored under that id. */
export function encodeBlock(segments: readonly Segment[], id: BlobId, codec: Codec): Uint8Array {
  scratch.reset()
  writeSegments(scratch, segments)
  return frame('segment', scratch.finish(), { codec, name: id })
}

// ---- reading ----

function readTable(reader: LayoutReader, home: HeapHome, isDictionary: boolean): ValueHeap {
  const count = reader.head.varint()
  const form = heapForms[reader.head.u8()]
  if (form === undefined) return corrupt('no form of values')
  const lengths = form === 'uuids' ? null : reader.narrow(count)
  return new ValueHeap(form, reader.bytes(), lengths, home, isDictionary)
}

const none = new Numbers(0, new Uint8Array(0))

function readPart(reader: LayoutReader, home: HeapHome): SegmentValues {
  const type = types[reader.head.u8()]
  if (type === undefined) return corrupt('no type of values')
  const numbers = type === 'plain' ? none : reader.numbers(reader.head.varint())
  const isNumber = type !== 'plain' && type !== 'coded'
  const heap = isNumber ? null : readTable(reader, home, type === 'coded')
  return new SegmentValues(type, numbers, [], heap)
}

function readMixed(reader: LayoutReader, n: number, flags: number): Mixed {
  const attributes: number[] = []
  for (let left = reader.countTo(n); left > 0; left--) attributes.push(reader.head.f64())
  const codes = new Numbers(0, reader.narrow(n))
  const slots = (flags & hasSlots) === 0 ? null : reader.narrow(n)
  if (slots instanceof Float64Array) return corrupt('no slots')
  return { attributes, codes, slots }
}

function readSegment(reader: LayoutReader, order: Order, home: HeapHome): Segment {
  const n = reader.countTo(65535)
  const e = reader.numbers(n)
  const t = reader.numbers(n)
  const flags = reader.head.u8()
  const end = (flags & hasEnd) === 0 ? null : reader.numbers(n)
  const mixed = (flags & isMixed) === 0 ? null : readMixed(reader, n, flags)
  const a = mixed === null ? reader.head.f64() : -1
  const parts: SegmentValues[] = []
  const count = mixed?.slots ? mixed.attributes.length : 1
  for (let i = 0; i < count; i++) parts.push(readPart(reader, home))
  return new Segment(order, { n, e, t, end, a, mixed, parts, home })
}

/** The segments that begin with the order's number. */
export function readSegments(reader: LayoutReader, home: HeapHome = noHome): Segment[] {
  const order = orders[reader.head.u8()]
  if (order === undefined) return corrupt('no order')
  const out: Segment[] = []
  for (let left = reader.countTo(65535); left > 0; left--) {
    out.push(readSegment(reader, order, home))
  }
  return out
}

/** The segments of a stored block. Its home hears when they come to take more memory, and decides what they keep. */
export function decodeBlock(bytes: Uint8Array, id: BlobId, home: HeapHome = noHome): Segment[] {
  const { content } = unframe(bytes, 'segment', id)
  home.grown(content.length)
  return readSegments(new LayoutReader(content), home)
}
