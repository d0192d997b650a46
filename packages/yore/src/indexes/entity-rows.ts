/**
 * Where the current facts of entities stand: for one entity after another its rows in a segment, with nothing made for any of them.
 *
 * (1) The rows are what a cursor over the present finds, all of it and in its sequence. Where an entity has facts in more than one place
 *     (two segments, two tiers, the live tree) the answer is that a cursor has to be asked.
 * (2) Any sequence of entities is right; ascending ones are found soonest.
 * (3) No segment is kept between two questions: what was let go is fetched again.
 */

import { Bound, sideOf } from './bound.ts'
import type { FactTree } from './fact-tree.ts'
import type { Numbers } from './numbers.ts'
import { upperNumber } from './numbers.ts'
import type { Part } from './part.ts'
import { found } from './segment.ts'
import type { Segment } from './segment.ts'
import { TreeCursor } from './tree.ts'

/** How often an entity was found so, for tests. */
export const entityRows = { times: 0 }

const sought = new Bound()
sought.depth = 1

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

  /** The segment that all rows of the entity stand in, `from` and `to` where; null when there are several, or none at all. */
  seek(e: number): Segment | null {
    if (e > this.#low && e < this.#high) {
      const segment = this.#part.segment(this.#at)
      this.#within(segment.e, segment.n, e)
      return segment
    }
    return this.#locate(e)
  }

  #locate(e: number): Segment | null {
    const { directory } = this.#part
    if (directory === null) return null
    sought.e = e
    directory.search(sought, 0, directory.n)
    const { low, high } = found
    const segment = this.#enter(Math.max(0, high - 1))
    this.#within(segment.e, segment.n, e)
    // separators of the entity itself: it may begin in a segment before
    if (low === high || high === 1) return segment
    if (high - low > 1) return null
    const before = this.#part.segment(low - 1)
    if (before.e.at(before.n - 1) !== e) return segment
    if (this.from < this.to) return null
    this.#enter(low - 1)
    this.#within(before.e, before.n, e)
    return before
  }

  #enter(i: number): Segment {
    const segment = this.#part.segment(i)
    this.#at = i
    this.from = this.to = 0
    this.#low = i === 0 ? -Infinity : segment.e.at(0)
    this.#high = i + 1 === this.#part.refs.length ? Infinity : segment.e.at(segment.n - 1)
    return segment
  }

  // Sets `from` and `to`, looking onwards from where the last ones were.
  #within(numbers: Numbers, n: number, e: number): void {
    const { data, base } = numbers
    let low = 0
    let high = this.to
    if (high < n && base + (data[high] as number) <= e) {
      low = high
      let step = 8
      while (low + step < n && base + (data[low + step] as number) < e) {
        low += step
        step += step
      }
      high = Math.min(n, low + step)
    }
    while (low < high) {
      const mid = (low + high) >>> 1
      if (base + (data[mid] as number) < e) low = mid + 1
      else high = mid
    }
    this.from = low
    while (high < n && high < low + 8 && base + (data[high] as number) === e) high++
    this.to = high === low + 8 ? upperNumber(numbers, e, high, n) : high
  }
}
