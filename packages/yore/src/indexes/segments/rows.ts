/**
 * Rows on their way into segments: growing columns of e, a, t, end as doubles and v as exact values. Scratch space of a merge.
 *
 * (1) Rows stand in their order's sequence; who appends sees to it.
 */

import type { Value } from '../../data/values.ts'
import type { Bound } from '../facts/bound.ts'
import { Entry } from '../facts/entry.ts'
import type { Segment } from './segment.ts'

export class Rows {
  n = 0
  e: Float64Array
  a: Float64Array
  t: Float64Array
  end: Float64Array
  v: Value[] = []

  constructor(capacity: number) {
    this.e = new Float64Array(capacity)
    this.a = new Float64Array(capacity)
    this.t = new Float64Array(capacity)
    this.end = new Float64Array(capacity)
  }

  #reserve(more: number): void {
    const needed = this.n + more
    if (needed <= this.e.length) return
    const grown = (old: Float64Array): Float64Array => {
      const out = new Float64Array(Math.max(needed, old.length * 2))
      out.set(old.subarray(0, this.n))
      return out
    }
    this.e = grown(this.e)
    this.a = grown(this.a)
    this.t = grown(this.t)
    this.end = grown(this.end)
  }

  addEntry(x: Entry): void {
    const { n } = this
    if (n === this.e.length) this.#reserve(1)
    this.e[n] = x.e
    this.a[n] = x.a
    this.v[n] = x.v
    this.t[n] = x.t
    this.end[n] = x.end
    this.n = n + 1
  }

  /** Entries [from, to). */
  addEntries(entries: readonly Entry[], from: number, to: number): void {
    if (from >= to) return
    this.#reserve(to - from)
    const { e, a, v, t, end } = this
    let { n } = this
    for (let i = from; i < to; i++, n++) {
      const x = entries[i] as Entry
      e[n] = x.e
      a[n] = x.a
      v[n] = x.v
      t[n] = x.t
      end[n] = x.end
    }
    this.n = n
  }

  /** Rows [low, high) of a segment. */
  addSegment(segment: Segment, low: number, high: number): void {
    if (low >= high) return
    this.#reserve(high - low)
    const { n } = this
    segment.copyE(low, high, this.e, n)
    segment.copyA(low, high, this.a, n)
    segment.copyValues(low, high, this.v, n)
    segment.copyT(low, high, this.t, n)
    segment.copyEnd(low, high, this.end, n)
    this.n = n + high - low
  }

  /** Rows [low, high) of others. */
  addRows(from: Rows, low: number, high: number): void {
    if (low >= high) return
    this.#reserve(high - low)
    const { n } = this
    this.e.set(from.e.subarray(low, high), n)
    this.a.set(from.a.subarray(low, high), n)
    this.t.set(from.t.subarray(low, high), n)
    this.end.set(from.end.subarray(low, high), n)
    for (let i = low; i < high; i++) this.v[n + i - low] = from.v[i] as Value
    this.n = n + high - low
  }

  /** One row of others. */
  addRow(from: Rows, i: number): void {
    const { n } = this
    if (n === this.e.length) this.#reserve(1)
    this.e[n] = from.e[i] as number
    this.a[n] = from.a[i] as number
    this.v[n] = from.v[i] as Value
    this.t[n] = from.t[i] as number
    this.end[n] = from.end[i] as number
    this.n = n + 1
  }

  entryAt(i: number): Entry {
    return new Entry(
      this.e[i] as number,
      this.a[i] as number,
      this.v[i] as Value,
      this.t[i] as number,
      this.end[i] as number,
    )
  }

  /** The bound, set to the place just before a row. */
  boundAt(i: number, out: Bound): Bound {
    const { e, a, v, t } = this
    return out.setFact(e[i] as number, a[i] as number, v[i] as Value, t[i] as number, false)
  }

  /** Without the first `count` rows. */
  shift(count: number): void {
    const { n } = this
    for (const column of [this.e, this.a, this.t, this.end]) column.copyWithin(0, count, n)
    this.v.splice(0, count)
    this.n = n - count
  }

  clear(): void {
    this.v.length = 0
    this.n = 0
  }
}
