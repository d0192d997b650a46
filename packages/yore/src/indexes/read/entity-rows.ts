/**
 * Where the current facts of entities stand: for one entity after another its rows in a segment, with nothing made for any of them.
 *
 * (1) The rows are what a cursor over the present finds, all of it and in its sequence. Where an entity has facts in more than one place
 *     (two segments, two tiers, the live tree) the answer is that a cursor has to be asked.
 * (2) Any sequence of entities is right.
 * (3) No segment is kept between two questions: what was let go is fetched again.
 */

import { Bound, sideOf } from '../facts/bound.ts'
import type { FactTree } from '../fact-tree.ts'
import { lowerNumber } from '../segments/numbers.ts'
import type { Part } from '../segments/part.ts'
import { found } from '../segments/segment.ts'
import type { Segment } from '../segments/segment.ts'
import { TreeCursor } from '../live/tree.ts'

/** How often an entity was found so, for tests. */
export const entityRows = { times: 0 }

const sought = new Bound()
sought.depth = 1
const within = new Bound()
within.depth = 2
/** So few rows are looked at sooner than searched. */
const lookedMax = 24

export class EntityRows {
  readonly tree: FactTree
  /** After `seek` gave a segment: its rows [from, to); none where the entity has no facts. */
  from = 0
  to = 0
  readonly #main: PartRows
  readonly #mid: PartRows | null
  readonly #live: TreeCursor | null
  // The live tree has nothing of the entities [clearFrom, clearTo).
  #clearFrom = Infinity
  #clearTo = -Infinity

  /** Of a tree of current facts, EAVT. */
  constructor(tree: FactTree) {
    this.tree = tree
    this.#main = new PartRows(tree.main)
    this.#mid = tree.mid.directory === null ? null : new PartRows(tree.mid)
    this.#live = tree.live.size === 0 ? null : new TreeCursor()
  }

  /** The segment of an entity's rows; null where a cursor has to be asked. */
  seek(e: number): Segment | null {
    if (e === Infinity) return null
    if (this.#live !== null && !this.#isClear(this.#live, e)) return null
    let part = this.#main
    let segment = part.seek(e)
    if (segment === null) return null
    const mid = this.#mid
    if (mid !== null) {
      const newer = mid.seek(e)
      if (newer === null) return null
      if (mid.from < mid.to) {
        if (part.from < part.to) return null
        segment = newer
        part = mid
      }
    }
    this.from = part.from
    this.to = part.to
    entityRows.times++
    return segment
  }

  /** Of the rows [from, to) that `seek` gave, sets both to those that have the attribute. */
  narrow(segment: Segment, a: number): void {
    const { from, to } = this
    const { mixed } = segment
    if (mixed === null || to - from > lookedMax) {
      if (from === to) return
      within.e = segment.e.at(from)
      within.a = a
      segment.search(within, from, to)
      this.from = found.low
      this.to = found.high
      return
    }
    const { attributes, codes } = mixed
    const { data } = codes
    let low = from
    while (low < to && (attributes[data[low] as number] as number) < a) low++
    let high = low
    while (high < to && attributes[data[high] as number] === a) high++
    this.from = low
    this.to = high
  }

  // Has the live tree nothing of the entity?
  #isClear(cursor: TreeCursor, e: number): boolean {
    if (e >= this.#clearFrom && e < this.#clearTo) return true
    sought.e = e
    sought.after = false
    cursor.seek(this.tree.live.root, sought, sideOf.eavt)
    this.#clearFrom = e
    this.#clearTo = cursor.entry === null ? Infinity : cursor.entry.e
    return e < this.#clearTo
  }
}

class PartRows {
  from = 0
  to = 0
  readonly #part: Part
  // The segment that was asked last; the entities between low and high have rows nowhere else.
  #at = -1
  #low = Infinity
  #high = -Infinity

  constructor(part: Part) {
    this.#part = part
  }

  /** The segment that all rows of the entity stand in, `from` and `to` where; null when there may be several, or none at all. */
  seek(e: number): Segment | null {
    if (e > this.#low && e < this.#high) {
      const segment = this.#part.segment(this.#at)
      this.#within(segment, e)
      return segment
    }
    return this.#locate(e)
  }

  #locate(e: number): Segment | null {
    const { directory } = this.#part
    if (directory === null) return null
    const separators = directory.e
    const next = Math.max(1, lowerNumber(separators, e, 0, directory.n))
    // where a segment begins with the entity, the one before may end with it
    if (next < directory.n && separators.at(next) === e) return null
    const segment = this.#enter(directory, next - 1)
    this.#within(segment, e)
    return segment
  }

  // What the directory says of a segment: where it begins, and so where the one before it ends.
  #enter({ n, e }: Segment, i: number): Segment {
    const segment = this.#part.segment(i)
    const isLast = i + 1 === n
    const first = e.at(i)
    const next = isLast ? segment.e.at(segment.n - 1) : e.at(i + 1)
    this.#at = i
    this.#low = i === 0 ? -Infinity : first
    this.#high = isLast ? Infinity : next
    return segment
  }

  // Sets `from` and `to`.
  #within(segment: Segment, e: number): void {
    if (!segment.findEntity(e)) {
      sought.e = e
      segment.search(sought, 0, segment.n)
    }
    this.from = found.low
    this.to = found.high
  }
}
