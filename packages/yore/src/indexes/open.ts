/**
 * Opens an index that lies in a storage: its directories are read at once, segments when they are asked for.
 */

import type { BlobId } from '../storage/storage.ts'
import { assert } from '../base/assert.ts'
import { indexOf, stateOf } from './create.ts'
import { treeNames } from './stored/durable.ts'
import type { ChunkRef, DurableOptions, IndexRoots, TreeName } from './stored/durable.ts'
import type { Chunk } from './stored/directory.ts'
import type { FactIndex, PlacementOf } from './fact-index.ts'
import type { Trees } from './read/cursors.ts'
import type { FactTree } from './fact-tree.ts'
import { Part } from './segments/part.ts'
import { refsOf } from './stored/roots.ts'
import type { SegmentRef } from './segments/segment-ref.ts'
import type { SegmentSource } from './stored/segment-source.ts'
import { emptyState, treesOf, withPlacement } from './state.ts'
import type { AllTrees } from './state.ts'

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

// The segments of chunks; those of chunks that were there before are taken over, with what of them is in memory.
function* reopenPart(
  before: Part,
  chunks: readonly ChunkRef[],
  source: SegmentSource,
  placementOf: PlacementOf,
  read: Read,
): Generator<void, Part> {
  const known = new Map<string, Chunk>()
  for (const chunk of before.chunks) {
    if (chunk.ref !== null) known.set(`${chunk.ref.blob} ${chunk.ref.slot}`, chunk)
  }
  const isKnown = (x: ChunkRef): Chunk | undefined => known.get(`${x.blob} ${x.slot}`)
  // a part with rows and no chunks is stored nowhere: the schema has changed it
  const isStored = before.chunks.length > 0 || before.n === 0
  const isSame =
    chunks.length === before.chunks.length && chunks.every((x) => isKnown(x) !== undefined)
  if (isStored && isSame) return before
  const refs: SegmentRef[] = []
  const placed: Chunk[] = []
  for (const ref of chunks) {
    const old = isKnown(ref)
    const found =
      old === undefined ? refsOf([ref], source, read) : before.refs.slice(old.from, old.to)
    placed.push({ from: refs.length, to: refs.length + found.length, ref })
    for (const x of found) refs.push(x)
    yield
  }
  const part = new Part(before.order, refs, placementOf)
  part.chunks = placed
  yield
  return part
}

/**
 * The index that the roots name, made of one that a job began with: what both have in common is shared. In pieces.
 */
export function* reopenIndex(
  before: FactIndex,
  roots: IndexRoots,
  placementOf: PlacementOf,
): Generator<void, FactIndex> {
  const state = withPlacement(stateOf(before), placementOf)
  const { source } = state
  assert(source !== null, 'an index in a storage')
  const read: Read = new Map()
  const reopened = function* (tree: FactTree): Generator<void, FactTree> {
    const { name, past } = tree
    const found = roots.trees.find((x) => x.name === name && x.past === past)
    const main = yield* reopenPart(tree.main, found?.main ?? [], source, state.placementOf, read)
    const mid = yield* reopenPart(tree.mid, found?.mid ?? [], source, state.placementOf, read)
    return { ...tree, main, mid, live: tree.live.of([]) }
  }
  const out: Partial<Record<TreeName, Trees>> = {}
  for (const name of treeNames) {
    const { current, past } = state.trees[name]
    out[name] = { current: yield* reopened(current), past: yield* reopened(past) }
  }
  return indexOf({
    ...state,
    trees: out as AllTrees,
    liveBytes: 0,
    lastT: roots.basisT,
    unassertedOf: new Map(roots.unasserted),
  })
}
