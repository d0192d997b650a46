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
import type { Narrow, Numbers } from './numbers.ts'
import { lowerNumber, upperNumber } from './numbers.ts'
import type { Part } from './part.ts'
import { found } from './segment.ts'
import type { Segment } from './segment.ts'
import { TreeCursor } from './tree.ts'

/** How often an entity was found so, for tests. */
export const entityRows = { times: 0 }

const sought = new Bound()
sought.depth = 1
const within = new Bound()
within.depth = 2
/** So few rows are looked at sooner than searched. */
const lookedMax = 24
/** From a place so many rows away a guess is as near. */
const farRows = 64

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
  // Its first entity, and how many rows come to one id.
  #first = 0
  #density = 0

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
    // separators before the entity, and whether the next ones are of the entity itself
    const { data, base } = directory.e
    const low = lowerNumber(directory.e, e, 0, directory.n)
    let high = low
    while (high < directory.n && base + (data[high] as number) === e) high++
    const segment = this.#enter(directory, Math.max(0, high - 1))
    this.#within(segment.e, segment.n, e)
    // it may begin in a segment before
    if (low === high || high === 1) return segment
    if (high - low > 1) return null
    const before = this.#part.segment(low - 1)
    if (before.e.at(before.n - 1) !== e) return segment
    if (this.from < this.to) return null
    this.#enter(directory, low - 1)
    this.#within(before.e, before.n, e)
    return before
  }

  // What the directory says of a segment: where it begins, and so where the one before it ends.
  #enter({ n, e }: Segment, i: number): Segment {
    const segment = this.#part.segment(i)
    const isLast = i + 1 === n
    const first = e.at(i)
    const next = isLast ? segment.e.at(segment.n - 1) : e.at(i + 1)
    this.#at = i
    this.from = this.to = 0
    this.#first = first
    this.#density = next > first ? segment.n / (next - first) : 0
    this.#low = i === 0 ? -Infinity : first
    this.#high = isLast ? Infinity : next
    return segment
  }

  // Sets `from` and `to`, looking onwards from where the last ones were, or from where ids that are dense would be.
  #within(numbers: Numbers, n: number, e: number): void {
    const { data, base } = numbers
    let low = this.to
    let high = n
    if (low >= n || base + (data[low] as number) > e || this.#isFar(e, low)) {
      low = this.#guess(data, base, n, e)
    }
    let step = 4
    if (base + (data[low] as number) < e) {
      while (low + step < n && base + (data[low + step] as number) < e) {
        low += step
        step += step
      }
      high = Math.min(n, low + step)
    } else {
      high = low
      while (high >= step && base + (data[high - step] as number) >= e) {
        high -= step
        step += step
      }
      low = Math.max(0, high - step)
    }
    while (low < high) {
      const mid = (low + high) >>> 1
      if (base + (data[mid] as number) < e) low = mid + 1
      else high = mid
    }
    this.from = low
    while (high < n && high < low + 16 && base + (data[high] as number) === e) high++
    this.to = high === low + 16 ? upperNumber(numbers, e, high, n) : high
  }

  // Is the entity's place so far from a row that a guess is nearer?
  #isFar(e: number, row: number): boolean {
    return (e - this.#first) * this.#density - row > farRows
  }

  // Where the entity's rows would be if all had as many, looked at twice.
  #guess(data: Narrow, base: number, n: number, e: number): number {
    const density = this.#density
    let row = Math.max(0, Math.min(n - 1, Math.floor((e - this.#first) * density)))
    row += Math.floor((e - base - (data[row] as number)) * density)
    return Math.max(0, Math.min(n - 1, row))
  }
}
