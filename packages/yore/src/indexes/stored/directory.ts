/**
 * Directories as bytes. A directory is cut into chunks; a chunk holds what is known of some hundred segments, and small chunks share a blob.
 *
 *   chunks, each: separators (a segment) · n, net, a, minT, maxT, maxEnd of each segment · blocks: id, bytes, count · block and slot of each segment
 *
 * (1) Chunks of which nothing has changed stay where they are: a job writes those that name new blocks.
 */

import { encodeSegment } from '../segments/encode.ts'
import type { PlacementOf } from '../fact-index.ts'
import type { ChunkRef } from './durable.ts'
import type { Order } from '../facts/fact.ts'
import { frame, unframe } from '../../data/codec/frame.ts'
import { corrupt } from '../../data/codec/reader.ts'
import type { Codec } from '../../data/codec/compress.ts'
import type { BlobId } from '../../storage/storage.ts'
import { LayoutReader, LayoutWriter } from './layout.ts'
import { encodeNumbers } from '../segments/numbers.ts'
import type { Part } from '../segments/part.ts'
import { Rows } from '../segments/rows.ts'
import { readSegments, writeSegments } from './segment-bytes.ts'
import { Block, SegmentRef } from '../segments/segment-ref.ts'
import type { SegmentSource } from './segment-source.ts'

/** Segments of a chunk: at most, and how few are put to their neighbours. */
export const chunkMax = 1024
const chunkMin = 128

/** Segments [from, to) of a part, and where they are stored: null when they have yet to be. */
export interface Chunk {
  readonly from: number
  readonly to: number
  readonly ref: ChunkRef | null
}

const isSame = (x: SegmentRef | undefined, y: SegmentRef | undefined): boolean =>
  x === y ||
  (x !== undefined &&
    y !== undefined &&
    x.block.id !== null &&
    x.block.id === y.block.id &&
    x.slot === y.slot)

/** Cuts a part into chunks; those of the part before it that still hold are taken over. */
export function chunksOf(part: Part, before: Part): readonly Chunk[] {
  const { refs } = part
  const known = new Map<string, Chunk>()
  for (const chunk of before.chunks) {
    const first = before.refs[chunk.from]
    if (chunk.ref !== null && first !== undefined) known.set(nameOf(first), chunk)
  }
  const out: Chunk[] = []
  let start = 0
  const cut = (end: number): void => {
    const n = end - start
    const pieces = Math.ceil(n / chunkMax)
    for (let i = 0; i < pieces; i++) {
      const from = start + Math.floor((n * i) / pieces)
      out.push({ from, to: start + Math.floor((n * (i + 1)) / pieces), ref: null })
    }
    start = end
  }
  for (let i = 0; i < refs.length;) {
    const chunk = known.get(nameOf(refs[i] as SegmentRef))
    const n = chunk === undefined ? 0 : chunk.to - chunk.from
    // a few new ones, or a small chunk, take the next one in
    const isAlone = n < chunkMin || (i > start && i - start < chunkMin)
    if (chunk === undefined || (isAlone && n < refs.length) || !holds(chunk, before, part, i)) {
      i++
      continue
    }
    cut(i)
    out.push({ from: i, to: i + n, ref: chunk.ref })
    i += n
    start = i
  }
  cut(refs.length)
  return out
}

const nameOf = ({ block, slot }: SegmentRef): string => `${block.id} ${slot}`

function holds(chunk: Chunk, before: Part, part: Part, at: number): boolean {
  const n = chunk.to - chunk.from
  for (let i = 0; i < n; i++) {
    if (!isSame(before.refs[chunk.from + i], part.refs[at + i])) return false
  }
  return true
}

function numbersOf(refs: readonly SegmentRef[], of: (ref: SegmentRef) => number, to: LayoutWriter) {
  to.numbers(encodeNumbers(Float64Array.from(refs, of), 0, refs.length))
}

function* writeChunk(
  writer: LayoutWriter,
  { order, refs }: NewChunk,
  placementOf: PlacementOf,
): Generator<void> {
  const rows = new Rows(refs.length)
  const blocks: Block[] = []
  const codes = new Float64Array(refs.length)
  for (const [i, ref] of refs.entries()) {
    rows.addEntry(ref.separator)
    if (blocks.at(-1)?.id !== ref.block.id) blocks.push(ref.block)
    codes[i] = blocks.length - 1
  }
  yield
  writeSegments(writer, [encodeSegment(order, rows, 0, rows.n, placementOf)])
  yield
  numbersOf(refs, (ref) => ref.n, writer)
  numbersOf(refs, (ref) => ref.net, writer)
  numbersOf(refs, (ref) => ref.a, writer)
  numbersOf(refs, (ref) => ref.times.minT, writer)
  numbersOf(refs, (ref) => ref.times.maxT, writer)
  numbersOf(refs, (ref) => ref.times.maxEnd, writer)
  yield
  writer.head.varint(blocks.length)
  for (const block of blocks) {
    writer.head.string(block.id as BlobId)
    writer.head.varint(block.bytes)
    writer.head.varint(block.count)
  }
  writer.numbers(encodeNumbers(codes, 0, codes.length))
  numbersOf(refs, (ref) => ref.slot, writer)
}

/** A chunk that is to be written. */
export interface NewChunk {
  readonly order: Order
  readonly refs: readonly SegmentRef[]
}

/** Chunks that share a blob of that id; a yield after some hundred segments. */
export function* encodeInPieces(
  chunks: readonly NewChunk[],
  placementOf: PlacementOf,
  id: BlobId,
  codec: Codec,
): Generator<void, Uint8Array> {
  const writer = new LayoutWriter()
  writer.head.varint(chunks.length)
  for (const chunk of chunks) {
    yield* writeChunk(writer, chunk, placementOf)
    yield
  }
  return frame('directory', writer.finish(), { codec, name: id })
}

/** The same at once. */
export function encodeChunks(
  chunks: readonly NewChunk[],
  placementOf: PlacementOf,
  id: BlobId,
  codec: Codec,
): Uint8Array {
  const steps = encodeInPieces(chunks, placementOf, id, codec)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

// A block that the chunk before began with is gone on with.
function readChunk(
  reader: LayoutReader,
  source: SegmentSource | null,
  previous: Block | undefined,
): SegmentRef[] {
  const [separators] = readSegments(reader)
  if (separators === undefined) return corrupt('no separators')
  const { n } = separators
  const numbers = Array.from({ length: 6 }, () => reader.numbers(n))
  const [sizes, nets, attributes, minTs, maxTs, maxEnds] = numbers
  const blocks: Block[] = []
  for (let left = reader.countTo(n); left > 0; left--) {
    const block = new Block(
      reader.head.string(),
      source,
      reader.head.varint(),
      reader.head.varint(),
    )
    blocks.push(blocks.length === 0 && previous?.id === block.id ? previous : block)
  }
  const codes = reader.numbers(n)
  const slots = reader.numbers(n)
  const out: SegmentRef[] = []
  for (let i = 0; i < n; i++) {
    const block = blocks[codes.at(i)]
    if (block === undefined) return corrupt('no block')
    const at = (column: typeof sizes): number => column?.at(i) as number
    const times = { minT: at(minTs), maxT: at(maxTs), maxEnd: at(maxEnds) }
    const facts = { n: at(sizes), net: at(nets), a: at(attributes), times }
    const ref = new SegmentRef(block, slots.at(i), facts, separators.entryAt(i), null)
    block.refs[ref.slot] = ref
    out.push(ref)
  }
  return out
}

/** The chunks of a blob. */
export function decodeChunks(
  bytes: Uint8Array,
  id: BlobId,
  source: SegmentSource | null,
): SegmentRef[][] {
  const reader = new LayoutReader(unframe(bytes, 'directory', id).content)
  const out: SegmentRef[][] = []
  for (let left = reader.countTo(65535); left > 0; left--) {
    out.push(readChunk(reader, source, out.at(-1)?.at(-1)?.block))
  }
  return out
}
