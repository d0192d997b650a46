/**
 * Walks the facts of one tree one at a time, those whose time lies in a window. It is the cursor of the present, too.
 *
 * (1) Reading a row makes no object (but where a value is boxed).
 * (2) Which rows lie in a window of time the columns of times tell, many rows at once.
 */

import { newInts } from '../../base/arrays.ts'
import type { Value } from '../../data/values.ts'
import type { Bound } from '../facts/bound.ts'
import { noEnd } from '../facts/entry.ts'
import type { FactTree } from '../fact-tree.ts'
import type { Cursor } from '../fact-index.ts'
import { Reader } from './reader.ts'
import type { Segment } from '../segments/segment.ts'
import { anyTime, isInside } from '../facts/window.ts'
import type { Window } from '../facts/window.ts'

/** So many rows are held against a window at once: little is done in vain by who wants only the first. */
const pickedMax = 512

export class Walk implements Cursor {
  e = 0
  a = 0
  v: Value = null
  t = 0
  end: number = noEnd
  readonly added: true = true
  readonly reader: Reader
  readonly #window: Window
  readonly #step: 1 | -1
  #segment: Segment | null = null
  // What of the run is still to come: rows [from, to).
  #from = 0
  #to = 0
  // Does all of it lie in the window?
  #isAll = false
  // Those of it that are at hand, `#left` of them beside the place: rows themselves, or places among the picked ones.
  #place = 0
  #left = 0
  #rows: Int32Array | null = null
  #picked: Int32Array | null = null

  constructor(
    tree: FactTree,
    low: Bound | null,
    high: Bound | null,
    backwards: boolean,
    window: Window,
  ) {
    this.reader = new Reader(tree, low, high, backwards, window)
    this.#window = window
    this.#step = backwards ? -1 : 1
  }

  next(): boolean {
    for (;;) {
      if (this.#left > 0) {
        this.#left--
        this.#place += this.#step
        const rows = this.#rows
        const row = rows === null ? this.#place : (rows[this.#place] as number)
        this.#load(this.#segment as Segment, row)
        return true
      }
      if (this.#from < this.#to) this.#pick()
      else if (!this.reader.next()) return false
      else if (this.reader.entry !== null) {
        const { e, a, v, t, end } = this.reader.entry
        if (!this.#sees(t, end)) continue
        this.e = e
        this.a = a
        this.v = v
        this.t = t
        this.end = end
        return true
      } else {
        const { segment, from, to, times } = this.reader
        this.#segment = segment
        this.#isAll = this.#window === anyTime || isInside(times, this.#window)
        this.#from = from
        this.#to = to
      }
    }
  }

  // Brings the next rows of the run to hand: all of them at any time, else some of those that lie in the window.
  #pick(): void {
    const isForward = this.#step > 0
    if (this.#isAll) {
      this.#rows = null
      this.#left = this.#to - this.#from
      this.#place = isForward ? this.#from - 1 : this.#to
      this.#from = this.#to
      return
    }
    const low = isForward ? this.#from : Math.max(this.#from, this.#to - pickedMax)
    const high = isForward ? Math.min(this.#to, low + pickedMax) : this.#to
    if (this.#picked === null || this.#picked.length < high - low) {
      this.#picked = newInts(high - low)
    }
    this.#rows = this.#picked
    this.#left = (this.#segment as Segment).rowsWithin(this.#window, low, high, this.#picked)
    this.#place = isForward ? -1 : this.#left
    if (isForward) this.#from = high
    else this.#to = low
  }

  #sees(t: number, end: number): boolean {
    const { since, asOf, endsAfter } = this.#window
    return t > since && t <= asOf && (end === noEnd || end > endsAfter)
  }

  #load(segment: Segment, row: number): void {
    this.t = segment.t.base + (segment.t.data[row] as number)
    this.end = segment.end === null ? noEnd : segment.end.at(row)
    this.e = segment.e.base + (segment.e.data[row] as number)
    this.a = segment.mixed === null ? segment.a : segment.attributeAt(row)
    this.v = segment.valueAt(row)
  }
}
