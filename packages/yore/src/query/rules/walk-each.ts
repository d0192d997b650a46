/**
 * Walks over numbered nodes from each of many sources, breadth first, with a mark for each node and source; and the pairs that this finds.
 *
 * (1) A pair is found once. The pairs of a source stand together.
 * (2) The guard hears of every few thousand nodes and edges, also within one walk.
 * (3) Pairs are kept in pieces, so that their growing copies nothing.
 */

import { newInts } from '../../base/arrays.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import type { GrowingColumn } from '../columns/row-set.ts'

/** Edges by the node they leave. */
export interface Adjacency {
  readonly starts: Int32Array
  readonly targets: Int32Array
}

/** So many nodes and edges between two words to the guard. */
const portion = 1 << 13

/** Fewer are copied one by one. */
const fewTargets = 64

/** Pairs in a piece. */
const firstPiece = 1 << 8
const pieceSize = 1 << 15

/** Pairs found so far. */
export class PairList {
  n = 0
  readonly #left: Int32Array[] = []
  readonly #right: Int32Array[] = []
  #used = 0
  #lefts = new Int32Array(0)
  #rights = new Int32Array(0)

  /** Adds the pairs of one source, whose targets are the first n of these. */
  add(source: number, targets: Int32Array, n: number): void {
    let from = 0
    while (from < n) {
      if (this.#used === this.#lefts.length) this.#more()
      const at = this.#used
      const size = Math.min(n - from, this.#lefts.length - at)
      if (size < fewTargets) {
        for (let i = 0; i < size; i++) {
          this.#lefts[at + i] = source
          this.#rights[at + i] = targets[from + i] as number
        }
      } else {
        this.#lefts.fill(source, at, at + size)
        this.#rights.set(targets.subarray(from, from + size), at)
      }
      this.#used += size
      from += size
    }
    this.n += n
  }

  #more(): void {
    // most walks find little
    const size = this.n === 0 ? firstPiece : pieceSize
    this.#lefts = newInts(size)
    this.#rights = newInts(size)
    this.#used = 0
    this.#left.push(this.#lefts)
    this.#right.push(this.#rights)
  }

  /** The nodes on one side. */
  column(nodes: GrowingColumn, side: 'left' | 'right', guard: Guard): Column {
    const pieces = side === 'left' ? this.#left : this.#right
    const cut = pieces.map((x, i) => (i === pieces.length - 1 ? x.subarray(0, this.#used) : x))
    return nodes.takeAll(cut, this.n, guard)
  }
}

/** Walks one after another over the same nodes. */
class Walker {
  readonly #step: Adjacency
  readonly #base: Adjacency
  readonly #guard: Guard
  /** The last walk that came by; and of ends of base edges that lie behind the steps, the last that found them. */
  readonly #visited: Int32Array
  readonly #found: Int32Array
  readonly #queue: Int32Array
  readonly #ends: Int32Array
  #walk = 0
  #work = 0

  constructor(nodes: number, step: Adjacency, base: Adjacency, guard: Guard) {
    this.#step = step
    this.#base = base
    this.#guard = guard
    this.#visited = newInts(nodes)
    this.#found = newInts(nodes)
    this.#queue = newInts(nodes)
    this.#ends = newInts(nodes)
  }

  /** By steps, as many as one likes, and then a base. */
  stepsFirst(source: number, out: PairList): void {
    const walk = ++this.#walk
    this.#visited[source] = walk
    this.#queue[0] = source
    const tail = this.#spread(1)
    const ends = this.#ends
    let n = 0
    for (let k = 0; k < tail; k++) {
      n = this.#follow(this.#base, this.#queue[k] as number, this.#found, ends, n)
    }
    this.#add(source, ends, n, out)
  }

  /** By a base and then steps. */
  baseFirst(source: number, out: PairList): void {
    this.#walk++
    const queue = this.#queue
    const n = this.#spread(this.#follow(this.#base, source, this.#visited, queue, 0))
    this.#add(source, queue, n, out)
  }

  #add(source: number, targets: Int32Array, n: number, out: PairList): void {
    out.add(source, targets, n)
    this.#work += n + 1
    if (this.#work < portion) return
    this.#tell()
    this.#guard.rows(out.n)
  }

  #tell(): void {
    this.#guard.tick(this.#work)
    this.#work = 0
  }

  /** Walks on from the first of the queue; gives how many are there then. */
  #spread(size: number): number {
    const queue = this.#queue
    let tail = size
    for (let head = 0; head < tail; head++) {
      tail = this.#follow(this.#step, queue[head] as number, this.#visited, queue, tail)
    }
    return tail
  }

  /** Adds the other ends of a node's edges that this walk has not marked; gives how many there are then. */
  #follow(
    { starts, targets }: Adjacency,
    x: number,
    marks: Int32Array,
    list: Int32Array,
    size: number,
  ): number {
    const walk = this.#walk
    const from = starts[x] as number
    const end = starts[x + 1] as number
    let n = size
    for (let i = from; i < end; i++) {
      const y = targets[i] as number
      if (marks[y] === walk) continue
      marks[y] = walk
      list[n++] = y
    }
    this.#work += end - from
    if (this.#work > portion) this.#tell()
    return n
  }
}

/** What each source reaches: by steps and then a base (`stepsFirst`), or by a base and then steps. */
export function walkEach(
  nodes: number,
  sources: Int32Array,
  step: Adjacency,
  base: Adjacency,
  stepsFirst: boolean,
  guard: Guard,
): PairList {
  const walker = new Walker(nodes, step, base, guard)
  const out = new PairList()
  for (const source of sources) {
    if (stepsFirst) walker.stepsFirst(source, out)
    else walker.baseFirst(source, out)
  }
  guard.rows(out.n)
  return out
}
