/**
 * Which rows of a segment of the past were true at some moments, so that what was true at another is found near the next moment before it:
 * beside many versions of each value, few rows are looked at for the one that was true then.
 *
 * (1) Moments stand so far apart that as many facts began between two of them as were true at the first (64 at least): all lists together
 *     are at most twice as long as the segment.
 * (2) A list holds rows in ascending sequence, `#begun` all rows in the sequence of their assertion.
 */

import { firstNotBelow, firstPlace } from '../../base/search.ts'
import type { Numbers } from './numbers.ts'
import { byAssertion } from './versions.ts'
import type { Window } from '../facts/window.ts'

/** So many facts begin between two moments, at least. */
const begunMin = 64

// One moment: its time, how many rows had begun then, and which of them had not ended.
interface Moment {
  readonly t: number
  readonly begun: number
  readonly rows: Uint16Array
}

export class Moments {
  readonly #t: Numbers
  readonly #end: Numbers
  readonly #begun: Uint16Array
  readonly #moments: Moment[] = []

  private constructor(t: Numbers, end: Numbers, n: number) {
    this.#t = t
    this.#end = end
    this.#begun = byAssertion(t, n)
    let rows: Uint16Array = new Uint16Array(0)
    let from = 0
    for (let i = begunMin; i < n; i++) {
      if (i - from < Math.max(begunMin, rows.length)) continue
      const last = t.at(this.#begun[i - 1] as number)
      if (t.at(this.#begun[i] as number) === last) continue
      rows = this.#trueAt(last, rows, from, i)
      from = i
      this.#moments.push({ t: last, begun: i, rows })
    }
  }

  /** Of these columns; null where their times are no whole numbers near each other. */
  static of(t: Numbers, end: Numbers, n: number): Moments | null {
    return t.width === 8 ? null : new Moments(t, end, n)
  }

  /** About how many bytes they take. */
  get bytes(): number {
    let bytes = this.#begun.byteLength + 100
    for (const { rows } of this.#moments) bytes += rows.byteLength + 150
    return bytes
  }

  // Those of the older rows, and of what has begun since, that have not ended.
  #trueAt(t: number, older: Uint16Array, from: number, to: number): Uint16Array {
    const all = new Uint16Array(older.length + to - from)
    let n = 0
    const add = (row: number): void => {
      if (this.#end.at(row) > t) all[n++] = row
    }
    older.forEach(add)
    this.#begun.subarray(from, to).forEach(add)
    return all.slice(0, n).sort()
  }

  // The last moment that is not after t; -1 for none.
  #before(t: number): number {
    const all = this.#moments
    return firstPlace(0, all.length, (i) => (all[i] as Moment).t > t) - 1
  }

  /**
   * Which of rows [low, high) lie in the window, ascending, to `out`, which has room for all of them; gives how many, or -1 where it would
   * not look at much fewer than all.
   */
  rowsWithin(
    { since, asOf, endsAfter }: Window,
    low: number,
    high: number,
    out: Int32Array,
  ): number {
    const at = this.#before(Math.min(asOf, endsAfter))
    if (at < 0) return -1
    const { rows, begun } = this.#moments[at] as Moment
    const most = (high - low) >> 1
    let i = firstNotBelow(rows, low)
    if (i + most < rows.length && (rows[i + most] as number) < high) return -1
    const { data, base } = this.#t
    const { data: ends, base: endBase } = this.#end
    let n = 0
    for (; i < rows.length; i++) {
      const row = rows[i] as number
      if (row >= high) break
      out[n] = row
      n +=
        Number(endBase + (ends[row] as number) > endsAfter) &
        Number(base + (data[row] as number) > since)
    }
    const listed = n
    const order = this.#begun
    for (let k = begun; k < order.length; k++) {
      const row = order[k] as number
      const t = base + (data[row] as number)
      if (t > asOf) break
      if (k - begun > most) return -1
      if (row >= low && row < high && t > since && endBase + (ends[row] as number) > endsAfter) {
        out[n++] = row
      }
    }
    if (n > listed && n > 1) out.subarray(0, n).sort()
    return n
  }
}
