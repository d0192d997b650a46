/**
 * Walks the facts of one tree one at a time, those whose time lies in a window. It is the cursor of the present, too.
 *
 * (1) Reading a row makes no object (but where a value is boxed).
 */

import type { Value } from '../data/values.ts'
import type { Bound } from './bound.ts'
import { noEnd } from './entry.ts'
import type { FactTree } from './fact-tree.ts'
import type { Cursor } from './fact-index.ts'
import { Reader } from './reader.ts'
import type { Segment } from './segment.ts'
import type { Window } from './window.ts'

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
  #row = 0
  #left = 0

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
        this.#row += this.#step
        if (this.#load(this.#segment as Segment, this.#row)) return true
      } else if (!this.reader.next()) return false
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
        const { segment, from, to } = this.reader
        this.#segment = segment
        this.#left = to - from
        this.#row = this.#step > 0 ? from - 1 : to
      }
    }
  }

  #sees(t: number, end: number): boolean {
    const { since, asOf, endsAfter } = this.#window
    return t > since && t <= asOf && (end === noEnd || end > endsAfter)
  }

  #load(segment: Segment, row: number): boolean {
    const t = segment.t.base + (segment.t.data[row] as number)
    const end = segment.end === null ? noEnd : segment.end.at(row)
    if (!this.#sees(t, end)) return false
    this.t = t
    this.end = end
    this.e = segment.e.base + (segment.e.data[row] as number)
    this.a = segment.mixed === null ? segment.a : segment.attributeAt(row)
    this.v = segment.valueAt(row)
    return true
  }
}
