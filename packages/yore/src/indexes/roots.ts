/**
 * The roots of an index: as bytes, and what they reach.
 */

import { frame, unframe } from './codec-stub.ts'
import type { ChunkRef, IndexRoots, TreeRoots } from './durable.ts'
import { decodeChunks } from './directory.ts'
import { orders } from './fact.ts'
import { LayoutReader, LayoutWriter } from './layout.ts'
import { damaged } from './segment-bytes.ts'
import type { SegmentRef } from './segment-ref.ts'
import type { SegmentSource } from './segment-source.ts'
import type { BlobId } from '../storage/storage.ts'

const kind = 'root'

function writeChunks(writer: LayoutWriter, chunks: readonly ChunkRef[]): void {
  writer.count(chunks.length)
  for (const { blob, slot, segments, facts } of chunks) {
    writer.text(blob)
    writer.count(slot)
    writer.count(segments)
    writer.count(facts)
  }
}

/** The roots as bytes: some tens of them for each tree, and as many again for each thousand segments. */
export function encodeRoots(roots: IndexRoots): Uint8Array {
  const writer = new LayoutWriter()
  writer.double(roots.basisT)
  writer.count(roots.trees.length)
  for (const { order, past, main, mid } of roots.trees) {
    writer.byte(orders.indexOf(order))
    writer.byte(past ? 1 : 0)
    writeChunks(writer, main)
    writeChunks(writer, mid)
  }
  writer.count(roots.unasserted.length)
  for (const [a, count] of roots.unasserted) {
    writer.double(a)
    writer.count(count)
  }
  return frame(kind, writer.done())
}

function readChunks(reader: LayoutReader): ChunkRef[] {
  const out: ChunkRef[] = []
  for (let left = reader.countTo(2 ** 24); left > 0; left--) {
    const blob = reader.text()
    out.push({ blob, slot: reader.count(), segments: reader.count(), facts: reader.count() })
  }
  return out
}

function readTree(reader: LayoutReader): TreeRoots {
  const order = orders[reader.byte()]
  if (order === undefined) throw new RangeError('no order')
  const past = reader.byte() === 1
  return { order, past, main: readChunks(reader), mid: readChunks(reader) }
}

/** The roots that `encodeRoots` wrote; `:yore/storage-corrupt` for other bytes. */
export function decodeRoots(bytes: Uint8Array): IndexRoots {
  try {
    const reader = new LayoutReader(unframe(kind, bytes))
    const basisT = reader.double()
    const trees: TreeRoots[] = []
    for (let left = reader.countTo(64); left > 0; left--) trees.push(readTree(reader))
    const unasserted: [number, number][] = []
    for (let left = reader.countTo(2 ** 24); left > 0; left--) {
      unasserted.push([reader.double(), reader.count()])
    }
    return { basisT, trees, unasserted }
  } catch (cause) {
    return damaged('root', 'index root', cause)
  }
}

/** The segments that a list of chunks names, in their sequence. `read`: blobs that are known already. */
export function refsOf(
  chunks: readonly ChunkRef[],
  source: SegmentSource,
  read: Map<BlobId, SegmentRef[][]>,
): SegmentRef[] {
  const out: SegmentRef[] = []
  for (const { blob, slot, segments } of chunks) {
    let decoded = read.get(blob)
    if (decoded === undefined) {
      decoded = decodeChunks(source.bytesOf(blob), blob, source)
      read.set(blob, decoded)
    }
    const refs = decoded[slot]
    if (refs === undefined || refs.length !== segments) {
      damaged(blob, 'directory', new RangeError('another directory than the root names'))
    }
    for (const ref of refs) out.push(ref)
  }
  return out
}

/** The id of every blob that the roots reach, each once: directories, and then the segments that they name. */
export function* blobIdsOf(roots: IndexRoots, source: SegmentSource): Iterable<BlobId> {
  const seen = new Set<BlobId>()
  for (const { main, mid } of roots.trees) {
    for (const chunks of [main, mid]) {
      for (const { blob } of chunks) {
        if (seen.has(blob)) continue
        seen.add(blob)
        yield blob
      }
      for (const { block } of refsOf(chunks, source, new Map())) {
        if (block.id === null || seen.has(block.id)) continue
        seen.add(block.id)
        yield block.id
      }
    }
  }
}
