/**
 * Two sets of rows in one sequence: where each row of it comes from, and the columns that this makes.
 *
 * (1) A place less than `first` is a row of the first set; of the second set row r has the places `first + (r << shift)` and, with a shift,
 *     those up to the next row's: so one row may stand there several times, and the place tells them apart.
 * (2) The watch hears of every portion.
 */

import { newFloats, newInts } from '../../base/arrays.ts'
import { exactOf } from '../segments/column.ts'
import type { Column, Watch } from '../fact-index.ts'
import type { Value } from '../../data/values.ts'

/** So many rows between two words to the watch. */
const portion = 4096

/** Works on rows 0 to n in portions. */
export function inPortions(
  n: number,
  watch: Watch | undefined,
  work: (from: number, to: number) => void,
): void {
  for (let from = 0; from < n; from += portion) {
    const to = Math.min(n, from + portion)
    work(from, to)
    watch?.tick?.((to - from) >> 2)
  }
}

export class Weave {
  n = 0
  readonly first: number
  readonly places: Int32Array
  readonly #shift: number
  readonly #watch: Watch | undefined

  /** Of so many rows of the first set, `most` places in all. */
  constructor(first: number, shift: number, most: number, watch: Watch | undefined) {
    this.first = first
    this.#shift = shift
    this.places = newInts(most)
    this.#watch = watch
  }

  /** The next place. */
  add(place: number): void {
    this.places[this.n++] = place
  }

  numbers(x: Float64Array, y: Float64Array): Float64Array {
    const out = newFloats(this.n)
    const { places, first } = this
    const shift = this.#shift
    this.each((from, to) => {
      for (let i = from; i < to; i++) {
        const k = (places[i] as number) - first
        out[i] = (k < 0 ? x[k + first] : y[k >> shift]) as number
      }
    })
    return out
  }

  values(x: Column, y: Column): Column {
    if (x.kind === 'number' && y.kind === 'number' && x.type === y.type) {
      return { kind: 'number', type: x.type, data: this.numbers(x.data, y.data) }
    }
    const out: Value[] = []
    const { places, first } = this
    const [p, q] = [exact(x), exact(y)]
    const shift = this.#shift
    this.each((from, to) => {
      for (let i = from; i < to; i++) {
        const k = (places[i] as number) - first
        out.push((k < 0 ? p[k + first] : q[k >> shift]) as Value)
      }
    })
    return { kind: 'value', data: out }
  }

  /** Works on all rows in portions. */
  each(work: (from: number, to: number) => void): void {
    inPortions(this.n, this.#watch, work)
  }
}

const exact = (c: Column): readonly Value[] =>
  c.kind === 'value' ? c.data : Array.from(c.data, (x) => exactOf(c.type, x))
