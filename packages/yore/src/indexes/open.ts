/**
 * Opens an index that lies in a storage: its directories are read at once, segments when they are asked for.
 */

import type { BlobId } from '../storage/storage.ts'
import { indexOf } from './create.ts'
import type { ChunkRef, DurableOptions, IndexRoots } from './durable.ts'
import type { Chunk } from './directory.ts'
import type { FactIndex, PlacementOf } from './fact-index.ts'
import type { FactTree } from './fact-tree.ts'
import { Part } from './part.ts'
import { refsOf } from './roots.ts'
import type { SegmentRef } from './segment-ref.ts'
import type { SegmentSource } from './segment-source.ts'
import { emptyState, treesOf } from './state.ts'

type Read = Map<BlobId, SegmentRef[][]>

function openPart(
  order: FactTree['order'],
  chunks: readonly ChunkRef[],
  source: SegmentSource,
  placementOf: PlacementOf,
  read: Read,
): Part {
  const part = new Part(order, refsOf(chunks, source, read), placementOf)
  let from = 0
  part.chunks = chunks.map((ref): Chunk => {
    const to = from + ref.segments
    const chunk = { from, to, ref }
    from = to
    return chunk
  })
  return part
}

/**
 * The index that the roots name.
 *
 *     const index = openIndex(decodeRoots(bytes), source, placementOf(schema))
 */
export function openIndex(
  roots: IndexRoots,
  source: SegmentSource,
  placementOf: PlacementOf,
  options: DurableOptions = {},
): FactIndex {
  const { segmentSize = 4096, jobs = 'caller' } = options
  const state = emptyState(placementOf, { segmentSize, jobs, source })
  const read: Read = new Map()
  const opened = (tree: FactTree): FactTree => {
    const { name, order, past } = tree
    const found = roots.trees.find((x) => x.name === name && x.past === past)
    if (found === undefined) return tree
    const part = (chunks: readonly ChunkRef[]): Part =>
      openPart(order, chunks, source, state.placementOf, read)
    return { ...tree, main: part(found.main), mid: part(found.mid) }
  }
  const trees = treesOf((name) => {
    const { current, past } = state.trees[name]
    return { current: opened(current), past: opened(past) }
  })
  return indexOf({ ...state, trees, lastT: roots.basisT, unassertedOf: new Map(roots.unasserted) })
}
