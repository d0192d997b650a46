/**
 * Which rows of a segment of the past were true at some moments, so that what was true at another is found near the next moment before it:
 * beside many versions of each value, few rows are looked at for the one that was true then.
 *
 * (1) Moments stand so far apart that as many facts began between two of them as were true at the first (32 at least): all lists together
 *     are at most twice as long as the segment.
 * (2) A list holds rows in ascending sequence, `#begun` all rows in the sequence of their assertion.
 */

import { firstPlace } from '../../base/search.ts'
import type { Numbers } from './numbers.ts'
import { byAssertion } from './versions.ts'
import type { Window } from '../facts/window.ts'

/** So many facts begin between two moments, at least. */
const begunMin = 32

export class Moments {
  readonly #t: Numbers
  readonly #end: Numbers
  readonly #begun: Uint16Array
  // Of each moment: its time; how many rows had begun then; where the list of those begins that had not ended; and the end of all lists.
  readonly #times: Float64Array
  readonly #begunAt: Uint16Array
  readonly #starts: Int32Array
  readonly #lists: Uint16Array

  private constructor(t: Numbers, end: Numbers, n: number) {
    this.#t = t
    this.#end = end
    this.#begun = byAssertion(t, n)
    const times: number[] = []
    const begunAt: number[] = []
    const starts: number[] = []
    const lists = new Uint16Array(2 * n)
    let list = lists.subarray(0, 0)
    let to = 0
    let from = 0
    for (let i = begunMin; i < n; i++) {
      if (i - from < Math.max(begunMin, list.length)) continue
      const last = t.at(this.#begun[i - 1] as number)
      if (t.at(this.#begun[i] as number) === last) continue
      times.push(last)
      begunAt.push(i)
      starts.push(to)
      const added = this.#begun.subarray(from, i)
      const start = to
      for (const rows of [list, added]) {
        for (const row of rows) if (end.at(row) > last) lists[to++] = row
      }
      list = lists.subarray(start, to).sort()
      from = i
    }
    starts.push(to)
    this.#times = Float64Array.from(times)
    this.#begunAt = Uint16Array.from(begunAt)
    this.#starts = Int32Array.from(starts)
    this.#lists = lists.slice(0, to)
  }

  /** Of these columns; null where their times are no whole numbers near each other. */
  static of(t: Numbers, end: Numbers, n: number): Moments | null {
    return t.width === 8 ? null : new Moments(t, end, n)
  }

  /** About how many bytes they take. */
  get bytes(): number {
    return this.#begun.byteLength + this.#lists.byteLength + this.#times.length * 14 + 400
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
    const times = this.#times
    const until = Math.min(asOf, endsAfter)
    const at = firstPlace(0, times.length, (k) => (times[k] as number) > until) - 1
    if (at < 0) return -1
    const lists = this.#lists
    const last = this.#starts[at + 1] as number
    const most = (high - low) >> 1
    const first = this.#starts[at] as number
    let i = firstPlace(first, last, (k) => (lists[k] as number) >= low)
    if (i + most < last && (lists[i + most] as number) < high) return -1
    const { data, base } = this.#t
    const { data: ends, base: endBase } = this.#end
    let n = 0
    for (; i < last; i++) {
      const row = lists[i] as number
      if (row >= high) break
      if (endBase + (ends[row] as number) <= endsAfter) continue
      if (base > since || base + (data[row] as number) > since) out[n++] = row
    }
    const listed = n
    const order = this.#begun
    const begun = this.#begunAt[at] as number
    for (let k = begun; k < order.length; k++) {
      const row = order[k] as number
      const t = base + (data[row] as number)
      if (t > asOf) break
      if (k - begun > most) return -1
      if (row >= low && row < high && t > since && endBase + (ends[row] as number) > endsAfter) {
        out[n++] = row
      }
    }
    if (n > listed) sortRows(out, n, low, high)
    return n
  }
}

/** Of fewer rows, for each 32 among which they lie, it takes longer to look at all bits. */
const rowsOfBits = 1 / 8
/** One bit for each row of a segment; all 0. */
const bits = new Int32Array(2 ** 11)

/** Puts the first n rows, all different and within [low, high), in sequence. */
function sortRows(rows: Int32Array, n: number, low: number, high: number): void {
  if (n < ((high - low) >> 5) * rowsOfBits) {
    rows.subarray(0, n).sort()
    return
  }
  for (let i = 0; i < n; i++) {
    const row = rows[i] as number
    bits[row >> 5] = (bits[row >> 5] as number) | (1 << (row & 31))
  }
  let at = 0
  for (let word = low >> 5; at < n; word++) {
    let left = bits[word] as number
    bits[word] = 0
    while (left !== 0) {
      const last = left & -left
      rows[at++] = (word << 5) + 31 - Math.clz32(last)
      left ^= last
    }
  }
}
