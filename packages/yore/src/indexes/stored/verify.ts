/**
 * Verifies the trees of an index as they are stored: every blob is read, whatever the cache holds.
 *
 * (1) Of every segment: its checksum, its layout, the ascending order of its rows, and that the directory says of it what is so.
 * (2) Of all together: every tombstone in mid has its fact in main, and every tree holds the same facts: EAVT and AEVT all, AVET and VAET
 *     those that are placed there, the tree of words their words. Facts are compared by their number and by two sums of hashes.
 * (3) Problems are told and not thrown; what cannot be read is left out of the comparison, which then says so.
 */

import { YoreError } from '../../base/errors.ts'
import { MultisetSum } from '../../data/codec/multiset-sum.ts'
import { writeValue } from '../../data/codec/values.ts'
import { ByteWriter } from '../../data/codec/writer.ts'
import type { BlobId } from '../../storage/storage.ts'
import { orderOf } from './durable.ts'
import type { IndexRoots, TreeName, TreeRoots } from './durable.ts'
import { compareEntriesOf, Entry, noEnd } from '../facts/entry.ts'
import type { PlacementOf } from '../fact-index.ts'
import { Part } from '../segments/part.ts'
import { refsOf } from './roots.ts'
import { decodeBlock } from './segment-bytes.ts'
import type { Segment } from '../segments/segment.ts'
import { summaryOf } from '../segments/segment-ref.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import type { SegmentSource } from './segment-source.ts'

export interface TreeProblem {
  readonly name: TreeName
  readonly past: boolean
  readonly tier: 'main' | 'mid' | null
  readonly blob: BlobId | null
  readonly message: string
}

export interface TreesProgress {
  readonly blobsDone: number
  readonly rowsDone: number
  readonly rowsAll: number
}

export interface TreesReport {
  readonly blobs: number
  readonly facts: number
  readonly problems: readonly TreeProblem[]
}

// ---- sums of facts ----

const writer = new ByteWriter()

function add(to: MultisetSum, { e, a, v, t, end }: Entry, past: boolean): void {
  writer.reset()
  writer.f64(e).f64(a).f64(t)
  if (past) writer.f64(end)
  writeValue(writer, v)
  to.add(writer.peek(), past || end === noEnd ? 1 : -1)
}

/** Sums of what a tree holds: of all, and, in EAVT, of what belongs in AVET, in VAET and in the tree of words. */
interface Sums {
  readonly all: MultisetSum
  readonly avet: MultisetSum
  readonly vaet: MultisetSum
  readonly words: MultisetSum
  /** Could everything be read? */
  isWhole: boolean
}

/** The blob that an error is about. */
function blobIn(error: unknown): BlobId | null {
  const { blob, id } = error instanceof YoreError ? error.data : {}
  const found = blob ?? id
  return typeof found === 'string' ? found : null
}

// ---- one part ----

class Verifier {
  readonly problems: TreeProblem[] = []
  readonly #source: SegmentSource
  readonly #placementOf: PlacementOf
  readonly #blobs = new Set<BlobId>()
  #rows = 0
  readonly #rowsAll: number

  constructor(roots: IndexRoots, source: SegmentSource, placementOf: PlacementOf) {
    this.#source = source
    this.#placementOf = placementOf
    const chunks = roots.trees.flatMap(({ main, mid }) => [...main, ...mid])
    this.#rowsAll = chunks.reduce((sum, chunk) => sum + chunk.facts, 0)
  }

  get progress(): TreesProgress {
    return { blobsDone: this.#blobs.size, rowsDone: this.#rows, rowsAll: this.#rowsAll }
  }

  #tell(tree: TreeRoots, tier: TreeProblem['tier'], blob: BlobId | null, problem: unknown): void {
    const { name, past } = tree
    if (problem instanceof Error && !(problem instanceof YoreError)) throw problem
    const message = problem instanceof Error ? problem.message : String(problem)
    this.problems.push({ name, past, tier, blob, message })
  }

  *tree(tree: TreeRoots): Generator<TreesProgress, Sums> {
    const sums = {
      all: new MultisetSum(),
      avet: new MultisetSum(),
      vaet: new MultisetSum(),
      words: new MultisetSum(),
      isWhole: true,
    }
    const main = yield* this.#part(tree, 'main', sums, null)
    yield* this.#part(tree, 'mid', sums, main)
    return sums
  }

  // `before`: the main part in which tombstones have to find their facts.
  *#part(
    tree: TreeRoots,
    tier: 'main' | 'mid',
    sums: Sums,
    before: Part | null,
  ): Generator<TreesProgress, Part | null> {
    let refs: SegmentRef[] = []
    try {
      refs = refsOf(tree[tier], this.#source, new Map())
    } catch (error) {
      this.#tell(tree, tier, blobIn(error), error)
      sums.isWhole = false
      return null
    }
    for (const { blob } of tree[tier]) this.#blobs.add(blob)
    const facts = tree[tier].reduce((sum, chunk) => sum + chunk.facts, 0)
    if (refs.reduce((sum, ref) => sum + ref.n, 0) !== facts) {
      this.#tell(tree, tier, null, 'the directory counts other facts than the root')
    }
    let last: Entry | null = null
    for (let i = 0; i < refs.length;) {
      const { block } = refs[i] as SegmentRef
      const segments = this.#read(tree, tier, block.id as BlobId)
      if (segments === null) sums.isWhole = false
      for (; i < refs.length && refs[i]?.block === block; i++) {
        const ref = refs[i] as SegmentRef
        this.#rows += ref.n
        const segment = segments?.[ref.slot]
        if (segment === undefined) {
          if (segments !== null)
            this.#tell(tree, tier, block.id, 'a segment is missing in its blob')
          last = null
        } else last = this.#segment(tree, tier, ref, segment, last, sums, before)
      }
      yield this.progress
    }
    return new Part(orderOf(tree.name), refs, this.#placementOf)
  }

  #read(tree: TreeRoots, tier: 'main' | 'mid', id: BlobId): Segment[] | null {
    this.#blobs.add(id)
    try {
      return decodeBlock(this.#source.bytesOf(id), id)
    } catch (error) {
      this.#tell(tree, tier, id, error)
      return null
    }
  }

  // Gives the last row; null where the order is not to be compared with the next segment's.
  #segment(
    tree: TreeRoots,
    tier: 'main' | 'mid',
    ref: SegmentRef,
    segment: Segment,
    before: Entry | null,
    sums: Sums,
    main: Part | null,
  ): Entry | null {
    const { name, past } = tree
    const order = orderOf(name)
    const { id } = ref.block
    const summary = summaryOf(segment, past)
    const says = (x: typeof summary): string =>
      [x.n, x.net, x.a, x.times.minT, x.times.maxT, x.times.maxEnd].join()
    if (segment.order !== order || says(summary) !== says(ref)) {
      this.#tell(tree, tier, id, 'the directory says something else of the segment')
    }
    const compare = compareEntriesOf[order]
    if (before !== null && compare(before, ref.separator) >= 0) {
      this.#tell(tree, tier, id, 'the segment begins before the end of the one before it')
    }
    let last: Entry | null = null
    for (let i = 0; i < segment.n; i++) {
      const x = segment.entryAt(i)
      const d = last === null ? compare(ref.separator, x) - 1 : compare(last, x)
      if (d >= 0) this.#tell(tree, tier, id, `row ${i} is not in its place`)
      last = x
      add(sums.all, x, past)
      if (name === 'eavt') this.#addOthers(sums, x, past)
      if (main !== null && !past && x.end !== noEnd && !this.#has(main, x)) {
        this.#tell(tree, tier, id, `row ${i} takes away what is not there`)
      }
    }
    return last
  }

  #addOthers(sums: Sums, x: Entry, past: boolean): void {
    const { avet, vaet, wordsOf } = this.#placementOf(x.a)
    if (avet) add(sums.avet, x, past)
    if (vaet) add(sums.vaet, x, past)
    if (wordsOf === undefined) return
    for (const word of wordsOf(x.v)) {
      add(sums.words, new Entry(x.e, x.a, word, x.t, x.end), past)
    }
  }

  #has(main: Part, x: Entry): boolean {
    try {
      return main.has(x)
    } catch (error) {
      // told where it is read
      if (error instanceof YoreError) return true
      throw error
    }
  }

  compare(tree: TreeRoots, sums: Sums, all: Sums): void {
    const { name } = tree
    if (!sums.isWhole || !all.isWhole) {
      this.#tell(tree, null, null, 'not compared with the other orders: something was not read')
      return
    }
    const wanted = name === 'eavt' || name === 'aevt' ? all.all : all[name]
    if (sums.all.isSame(wanted)) return
    const message =
      sums.all.n === wanted.n
        ? `holds other facts than EAVT, though as many`
        : `holds ${sums.all.n} facts, where EAVT has ${wanted.n}`
    this.#tell(tree, null, null, message)
  }
}

/**
 * Verifies in pieces: yields how far it is, and gives the report at the end.
 *
 *     const steps = verifyTrees(roots, source, placementOf(schema))
 *     for (let step = steps.next(); !step.done; step = steps.next()) show(step.value)
 */
export function* verifyTrees(
  roots: IndexRoots,
  source: SegmentSource,
  placementOf: PlacementOf,
): Generator<TreesProgress, TreesReport> {
  const verifier = new Verifier(roots, source, placementOf)
  let facts = 0
  for (const past of [false, true]) {
    const trees = roots.trees.filter((tree) => tree.past === past)
    const sums = new Map<TreeRoots, Sums>()
    for (const tree of trees) sums.set(tree, yield* verifier.tree(tree))
    const all = [...sums].find(([{ name }]) => name === 'eavt')?.[1]
    if (all === undefined) continue
    facts += all.all.n
    for (const [tree, sum] of sums) verifier.compare(tree, sum, all)
  }
  return { blobs: verifier.progress.blobsDone, facts, problems: verifier.problems }
}
