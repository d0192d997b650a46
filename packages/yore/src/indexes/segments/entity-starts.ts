/**
 * Where the rows of each entity begin, of a segment of EAVT that is often asked for single entities: they are then found without a search,
 * whose jumps nobody can foretell.
 *
 * (1) There is a place for each id from the first to the last, so that it is made only where ids lie close together, as they do where they
 *     were given one after another: two bytes for an id, at most one for a row.
 */

import type { Numbers } from './numbers.ts'

/** There are rows for so many ids, at least. */
const rowsPerId = 2
/** Rows have numbers of two bytes. */
const rowsMax = 0xffff

export class EntityStarts {
  readonly first: number
  /** For each id from the first on its first row, or that of the next entity; and, at last, the number of rows. */
  readonly rows: Uint16Array

  private constructor(first: number, rows: Uint16Array) {
    this.first = first
    this.rows = rows
  }

  /** Of ids that ascend and may repeat; null where they lie too far apart. */
  static of({ base, data, width }: Numbers, n: number): EntityStarts | null {
    if (width === 8 || n === 0 || n > rowsMax) return null
    const first = data[0] as number
    const size = (data[n - 1] as number) - first + 1
    if (size * rowsPerId > n) return null
    const rows = new Uint16Array(size + 1)
    let id = 0
    for (let i = 0; i < n; i++)
      for (const k = (data[i] as number) - first; id <= k; id++) rows[id] = i
    rows[size] = n
    return new EntityStarts(base + first, rows)
  }

  get bytes(): number {
    return this.rows.byteLength + 100
  }
}
