/**
 * The roots of an index: as bytes, and what they reach.
 */

import { frame, unframe } from '../../data/codec/frame.ts'
import { ByteReader, corrupt } from '../../data/codec/reader.ts'
import { ByteWriter } from '../../data/codec/writer.ts'
import { treeNames } from './durable.ts'
import type { ChunkRef, IndexRoots, TreeRoots } from './durable.ts'
import { telling } from '../../data/codec/damage.ts'
import { decodeChunks } from './directory.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import type { SegmentSource } from './segment-source.ts'
import type { BlobId } from '../../storage/storage.ts'

const name = 'index'

function writeChunks(writer: ByteWriter, chunks: readonly ChunkRef[]): void {
  writer.varint(chunks.length)
  for (const { blob, slot, segments, facts } of chunks) {
    writer.string(blob)
    writer.varint(slot)
    writer.varint(segments)
    writer.varint(facts)
  }
}

/** The roots as bytes: some tens of them for each tree, and as many again for each thousand segments. */
export function encodeRoots(roots: IndexRoots): Uint8Array {
  const writer = new ByteWriter()
  writer.f64(roots.basisT)
  writer.varint(roots.trees.length)
  for (const { name: tree, past, main, mid } of roots.trees) {
    writer.u8(treeNames.indexOf(tree))
    writer.u8(past ? 1 : 0)
    writeChunks(writer, main)
    writeChunks(writer, mid)
  }
  writer.varint(roots.unasserted.length)
  for (const [a, count] of roots.unasserted) {
    writer.f64(a)
    writer.varint(count)
  }
  return frame('root', writer.finish(), { codec: 'lz4', name })
}

function readChunks(reader: ByteReader): ChunkRef[] {
  const out: ChunkRef[] = []
  for (let left = reader.count(); left > 0; left--) {
    const blob = reader.string()
    out.push({ blob, slot: reader.varint(), segments: reader.varint(), facts: reader.varint() })
  }
  return out
}

function readTree(reader: ByteReader): TreeRoots {
  const tree = treeNames[reader.u8()]
  if (tree === undefined) return corrupt('no tree')
  const past = reader.u8() === 1
  return { name: tree, past, main: readChunks(reader), mid: readChunks(reader) }
}

/** The roots that `encodeRoots` wrote; `:yore/storage-corrupt` for other bytes. */
export function decodeRoots(bytes: Uint8Array): IndexRoots {
  const reader = new ByteReader(unframe(bytes, 'root', name).content)
  const basisT = reader.f64()
  const trees: TreeRoots[] = []
  for (let left = reader.count(); left > 0; left--) trees.push(readTree(reader))
  const unasserted: [number, number][] = []
  for (let left = reader.count(); left > 0; left--) {
    unasserted.push([reader.f64(), reader.varint()])
  }
  return { basisT, trees, unasserted }
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
      const bytes = source.bytesOf(blob)
      decoded = telling(
        () => decodeChunks(bytes, blob, source),
        () => ({
          what: `the directory ${blob} of the index of ${source.name}`,
          affected:
            'Without it nothing of the database can be read: restore the database from a backup',
          data: { blob },
        }),
      )
      read.set(blob, decoded)
    }
    const refs = decoded[slot]
    if (refs === undefined || refs.length !== segments) {
      return corrupt(`the directory ${blob} is not the one that the root names`, { name: blob })
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
