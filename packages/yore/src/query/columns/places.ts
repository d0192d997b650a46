/**
 * Where the datoms of entities stand in an ascending column, by a table over the ids: rows in whatever sequence find theirs without being
 * sorted, and stay in it.
 *
 * (1) For ids that lie close together only: the table is at most so many times as long as there are rows.
 * (2) The datoms of a row stand together and in the column's sequence; rows come ascending.
 */

import type { Guard } from '../guard.ts'
import { RowList } from './kernels.ts'
import { ascends } from './order.ts'
import { inPortions } from './portions.ts'
import { giveZeros, takeZeros } from './zeros.ts'

/** The table is at most so much longer than the rows are many. */
const spanShare = 16
/** With fewer rows than these, sorting them costs nothing. */
const rowsMin = 64

/** How often rows have found their datoms so, for tests. */
export const placed = { times: 0 }

/** An id that is looked for and not yet found. */
const wanted = -1

export class Places {
  readonly #ids: Float64Array
  readonly #n: number
  readonly #guard: Guard
  readonly #low: number
  /** For each id: 0, or `wanted`, or 1 + the place of its first datom. */
  readonly #table: Int32Array
  readonly #span: number
  /** How many different ids there are. */
  readonly size: number

  private constructor(ids: Float64Array, n: number, low: number, span: number, guard: Guard) {
    this.#ids = ids
    this.#n = n
    this.#guard = guard
    this.#low = low
    const table = takeZeros(span + 1)
    this.#span = span
    let size = 0
    inPortions(n, guard, (from, to) => {
      size += markAll(table, ids, low, from, to)
    })
    this.#table = table
    this.size = size
  }

  /** For these ids; null when they are few, lie too far apart, or are in order already. NaN is no id. */
  static of(ids: Float64Array, n: number, guard: Guard): Places | null {
    if (n < rowsMin) return null
    guard.tick(n >> 3)
    if (ascends(ids, n)) return null
    const { low, high } = extentOf(ids, n)
    const span = high - low
    if (!(span >= 0 && span <= spanShare * n)) return null
    guard.room(span * 4)
    return new Places(ids, n, low, span, guard)
  }

  /** The datoms of all rows, of an ascending column, and the rows they belong to; once. */
  find(e: Float64Array, n: number): { rows: Int32Array; datoms: Int32Array } {
    placed.times++
    const table = this.#table
    const low = this.#low
    inPortions(n, this.#guard, (from, to) => noteFirsts(table, e, low, from, to))
    const rows = new RowList(this.#n)
    const datoms = new RowList(this.#n)
    inPortions(this.#n, this.#guard, (from, to) => {
      this.#collect(e, n, from, to, rows, datoms)
    })
    this.#guard.rows(rows.n)
    giveZeros(table, this.#span + 1)
    return { rows: rows.done(), datoms: datoms.done() }
  }

  #collect(
    e: Float64Array,
    n: number,
    from: number,
    to: number,
    rows: RowList,
    datoms: RowList,
  ): void {
    const ids = this.#ids
    const table = this.#table
    const low = this.#low
    for (let i = from; i < to; i++) {
      const id = ids[i] as number
      if (id !== id) continue
      let k = (table[id - low] as number) - 1
      if (k < 0) continue
      do {
        rows.push(i)
        datoms.push(k++)
      } while (k < n && e[k] === id)
      if ((rows.n & 65535) === 0) this.#guard.rows(rows.n)
    }
  }
}

function extentOf(ids: Float64Array, n: number): { low: number; high: number } {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < n; i++) {
    const x = ids[i] as number
    if (x < low) low = x
    if (x > high) high = x
  }
  return { low, high }
}

/** Marks ids as wanted; gives how many were not yet. */
function markAll(
  table: Int32Array,
  ids: Float64Array,
  low: number,
  from: number,
  to: number,
): number {
  let size = 0
  for (let i = from; i < to; i++) {
    const x = (ids[i] as number) - low
    if (x !== x || table[x] === wanted) continue
    table[x] = wanted
    size++
  }
  return size
}

/** Notes where wanted ids first stand. */
function noteFirsts(
  table: Int32Array,
  e: Float64Array,
  low: number,
  from: number,
  to: number,
): void {
  const { length } = table
  for (let i = from; i < to; i++) {
    const x = (e[i] as number) - low
    if (x >= 0 && x < length && table[x] === wanted) table[x] = i + 1
  }
}
