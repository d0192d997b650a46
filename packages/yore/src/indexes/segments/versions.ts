/**
 * The rows of a segment of the past, those of each entity in the sequence of their assertion: of the versions of a value, the one that was
 * true at a time is found by one search, however many there are.
 *
 * (1) Of segments of one attribute in AEVT: the rows of an entity stand together there.
 * (2) Only where no two facts of an entity overlap in time. That the columns tell, whatever the schema says: then the last that had begun is
 *     the only one that may not have ended.
 */

import { firstNotBelow } from '../../base/search.ts'
import type { Bound } from '../facts/bound.ts'
import { Numbers } from './numbers.ts'

/** Rows in the sequence of t, those of one t ascending. Sorted as numbers, which is done natively: t is less than 2^32, a row than 2^16. */
export function byAssertion({ data }: Numbers, n: number): Uint16Array {
  const keys = new Float64Array(n)
  for (let i = 0; i < n; i++) keys[i] = (data[i] as number) * 65536 + i
  keys.sort()
  return Uint16Array.from(keys, (key) => key % 65536)
}

export class Versions {
  readonly #end: Numbers
  // The entities, and where the rows of each begin; and the end of all.
  readonly #entities: Float64Array
  readonly #starts: Uint16Array
  // How many entities come to one id.
  readonly #density: number
  // At the places of an entity's rows these rows, in the sequence of time; and their times.
  readonly #rows: Uint16Array
  readonly #times: Numbers

  private constructor(
    end: Numbers,
    entities: Float64Array,
    starts: Uint16Array,
    rows: Uint16Array,
    times: Numbers,
  ) {
    this.#end = end
    this.#entities = entities
    this.#starts = starts
    this.#rows = rows
    this.#times = times
    const n = entities.length
    this.#density = n / ((entities[n - 1] as number) - (entities[0] as number) + 1)
  }

  /** Of these columns; null where facts of an entity overlap, or times are no whole numbers near each other. */
  static of(e: Numbers, t: Numbers, end: Numbers, n: number): Versions | null {
    if (t.width === 8) return null
    // which entity each row has, and how many rows of it have been placed
    const entities: number[] = []
    const starts: number[] = []
    const entityOf = new Uint16Array(n)
    for (let i = 0; i < n; i++) {
      if (i === 0 || e.data[i] !== e.data[i - 1]) {
        entities.push(e.at(i))
        starts.push(i)
      }
      entityOf[i] = starts.length - 1
    }
    const next = Uint16Array.from(starts)
    const rows = new Uint16Array(n)
    const times = t.data.slice(0, n)
    for (const row of byAssertion(t, n)) {
      const k = entityOf[row] as number
      const place = next[k] as number
      next[k] = place + 1
      const isFirst = place === starts[k]
      if (!isFirst && end.at(rows[place - 1] as number) > t.at(row)) return null
      rows[place] = row
      times[place] = t.data[row] as number
    }
    starts.push(n)
    const sorted = new Numbers(t.base, times)
    return new Versions(end, Float64Array.from(entities), Uint16Array.from(starts), rows, sorted)
  }

  get bytes(): number {
    return this.#entities.length * 10 + this.#rows.byteLength + this.#times.data.byteLength + 500
  }

  /** The row of the bound's entity that had begun at a time and had not ended; -1 for none. */
  rowAt(bound: Bound, time: number): number {
    const k = this.#placeOf(bound)
    if (k < 0) return -1
    const { data, base } = this.#times
    const start = this.#starts[k] as number
    let low = start
    let high = this.#starts[k + 1] as number
    while (low < high) {
      const mid = (low + high) >>> 1
      if (base + (data[mid] as number) <= time) low = mid + 1
      else high = mid
    }
    if (low === start) return -1
    const row = this.#rows[low - 1] as number
    return this.#end.at(row) > time ? row : -1
  }

  // Which of the entities it is; -1 for none. First it is looked for where it is if their ids have equal distances.
  #placeOf({ e }: Bound): number {
    const entities = this.#entities
    const last = entities.length - 1
    const guess = Math.floor((e - (entities[0] as number)) * this.#density)
    if (guess < 0) return -1
    const place = Math.min(last, guess)
    if (entities[place] === e) return place
    const low = firstNotBelow(entities, e)
    return entities[low] === e ? low : -1
  }
}
