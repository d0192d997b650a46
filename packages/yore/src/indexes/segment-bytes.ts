/**
 * Segments as bytes: the format of a stored block.
 *
 *   order · segments, each: n · e · t · flags · end? · a, or attributes with codes and slots? · for each part its type, numbers and values
 *
 * (1) Columns are written as they lie in memory and read as views; the values of dictionaries are made on first use (value-heap.ts).
 * (2) What comes back reads exactly as what went in.
 * (3) Bytes that are not whole are an error, `:yore/storage-corrupt`, that names the blob: nothing is read before the checksum of the
 *     frame was right.
 */

import { encodeValue, frame, unframe } from './codec-stub.ts'
import { assert } from '../base/assert.ts'
import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import type { BlobId } from '../storage/storage.ts'
import { orders } from './fact.ts'
import type { Order } from './fact.ts'
import { LayoutReader, LayoutWriter } from './layout.ts'
import { narrowArray, Numbers } from './numbers.ts'
import type { Narrow } from './numbers.ts'
import { Segment } from './segment.ts'
import type { Mixed } from './segment.ts'
import { SegmentValues } from './segment-values.ts'
import { heapForms, ValueHeap } from './value-heap.ts'
import type { HeapForm } from './value-heap.ts'

const kind = 'segs'
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
  writer.count(table.length)
  if (table.every((x) => typeof x === 'string')) writeStrings(writer, table)
  else writeValues(writer, table)
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
  writer.byte(heapForms.indexOf(form))
  writer.narrow(lengths)
  if (form === 'utf16') {
    const units = new Uint8Array(2 * whole.length)
    for (let i = 0; i < whole.length; i++) {
      const c = whole.charCodeAt(i)
      units[2 * i] = c & 255
      units[2 * i + 1] = c >> 8
    }
    writer.count(units.length)
    writer.bytes(units, 1)
  } else {
    writer.count(bytes)
    writer.utf8(whole, bytes)
  }
}

function writeValues(writer: LayoutWriter, table: readonly Value[]): void {
  const parts = table.map(encodeValue)
  const lengths = lengthsOf(table.length, (i) => (parts[i] as Uint8Array).length)
  writer.byte(heapForms.indexOf('values'))
  writer.narrow(lengths)
  writer.count(parts.reduce((sum, part) => sum + part.length, 0))
  for (const part of parts) writer.bytes(part, 1)
}

function writePart(writer: LayoutWriter, part: SegmentValues): void {
  writer.byte(types.indexOf(part.type))
  if (part.type !== 'plain') {
    writer.count(part.numbers.data.length)
    writer.numbers(part.numbers)
  }
  if (!part.isNumber) writeTable(writer, part.table)
}

function writeSegment(writer: LayoutWriter, segment: Segment): void {
  const { n, e, t, end, a, mixed, parts } = segment
  writer.count(n)
  writer.numbers(e)
  writer.numbers(t)
  const slots = mixed?.slots ?? null
  const flags =
    (end === null ? 0 : hasEnd) | (mixed === null ? 0 : isMixed) | (slots === null ? 0 : hasSlots)
  writer.byte(flags)
  if (end !== null) writer.numbers(end)
  if (mixed === null) writer.double(a)
  else {
    writer.count(mixed.attributes.length)
    for (const attribute of mixed.attributes) writer.double(attribute)
    writer.narrow(mixed.codes.data)
    if (slots !== null) writer.narrow(slots)
  }
  for (const part of parts) writePart(writer, part)
}

/** Segments of one order, as the contents of a frame. */
export function writeSegments(writer: LayoutWriter, segments: readonly Segment[]): void {
  const [first] = segments
  assert(first !== undefined, 'a block has segments')
  writer.byte(orders.indexOf(first.order))
  writer.count(segments.length)
  for (const segment of segments) writeSegment(writer, segment)
}

const scratch = new LayoutWriter()

/** The bytes of a block of segments. */
export function encodeBlock(segments: readonly Segment[]): Uint8Array {
  scratch.clear()
  writeSegments(scratch, segments)
  return frame(kind, scratch.done())
}

// ---- reading ----

type Grown = (bytes: number) => void

function readTable(reader: LayoutReader, grown: Grown): ValueHeap {
  const count = reader.count()
  const form = heapForms[reader.byte()]
  if (form === undefined) throw new RangeError('no form of values')
  const lengths = reader.narrow(count)
  return new ValueHeap(form, reader.bytes(reader.count(), 1), lengths, grown)
}

const none = new Numbers(0, new Uint8Array(0))

function readPart(reader: LayoutReader, grown: Grown): SegmentValues {
  const type = types[reader.byte()]
  if (type === undefined) throw new RangeError('no type of values')
  const numbers = type === 'plain' ? none : reader.numbers(reader.count())
  const isNumber = type !== 'plain' && type !== 'coded'
  return new SegmentValues(type, numbers, [], isNumber ? null : readTable(reader, grown))
}

function readMixed(reader: LayoutReader, n: number, flags: number): Mixed {
  const attributes: number[] = []
  for (let left = reader.countTo(n); left > 0; left--) attributes.push(reader.double())
  const codes = new Numbers(0, reader.narrow(n))
  const slots = (flags & hasSlots) === 0 ? null : reader.narrow(n)
  if (slots instanceof Float64Array) throw new RangeError('no slots')
  return { attributes, codes, slots }
}

function readSegment(reader: LayoutReader, order: Order, grown: Grown): Segment {
  const n = reader.countTo(65535)
  const e = reader.numbers(n)
  const t = reader.numbers(n)
  const flags = reader.byte()
  const end = (flags & hasEnd) === 0 ? null : reader.numbers(n)
  const mixed = (flags & isMixed) === 0 ? null : readMixed(reader, n, flags)
  const a = mixed === null ? reader.double() : -1
  const parts: SegmentValues[] = []
  const count = mixed?.slots ? mixed.attributes.length : 1
  for (let i = 0; i < count; i++) parts.push(readPart(reader, grown))
  return new Segment(order, { n, e, t, end, a, mixed, parts })
}

/** The segments that begin with the order's number. */
export function readSegments(reader: LayoutReader, grown: Grown): Segment[] {
  const order = orders[reader.byte()]
  if (order === undefined) throw new RangeError('no order')
  const out: Segment[] = []
  for (let left = reader.countTo(65535); left > 0; left--) {
    out.push(readSegment(reader, order, grown))
  }
  return out
}

/** What cannot be read as what it should be. */
export function damaged(id: BlobId, what: string, cause: unknown): never {
  return raise(
    ':yore/storage-corrupt',
    `the stored ${what} '${id}' is damaged: restore it from a backup, or rebuild the indexes from the log`,
    { id, what },
    { cause },
  )
}

/** The segments of a stored block. `grown` hears when they come to take more memory. */
export function decodeBlock(bytes: Uint8Array, id: BlobId, grown: Grown): Segment[] {
  try {
    const contents = unframe(kind, bytes)
    grown(contents.length)
    return readSegments(new LayoutReader(contents), grown)
  } catch (cause) {
    return damaged(id, 'segment', cause)
  }
}
