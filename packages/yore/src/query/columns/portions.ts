/**
 * Work on many rows in portions, between which the guard hears of it.
 *
 * (1) A column as it is stored is read a piece at a time, and never copied as a whole.
 */

import { UncopiedColumn } from '../../indexes/segments/column.ts'
import type { Guard } from '../guard.ts'

export type Cells = Float64Array | UncopiedColumn
export type Told = Guard | null | undefined

/** How many rows a kernel works on between two words to the guard. */
export const portion: number = 1 << 14

/** Works on rows 0 to n in portions, and tells the guard after each. */
export function inPortions(n: number, guard: Told, work: (from: number, to: number) => void): void {
  for (let from = 0; from < n; from += portion) {
    const to = Math.min(n, from + portion)
    work(from, to)
    guard?.tick(to - from)
  }
}

const piece = 4096
const scratch = new Float64Array(piece)

export const cellsOf = (x: Cells): Float64Array => (x instanceof UncopiedColumn ? x.data : x)
export const lengthOf = (x: Cells): number => (x instanceof UncopiedColumn ? x.n : x.length)

/** Works on all cells: cell i of those from `from` to `to` is `data[i + at]`. */
export function inPieces(
  x: Cells,
  guard: Told,
  work: (data: Float64Array, at: number, from: number, to: number) => void,
): void {
  if (!(x instanceof UncopiedColumn) || x.isCopied) {
    const data = cellsOf(x)
    inPortions(data.length, guard, (from, to) => work(data, 0, from, to))
    return
  }
  for (let from = 0; from < x.n; from += piece) {
    const to = Math.min(x.n, from + piece)
    x.copy(from, to, scratch)
    work(scratch, -from, from, to)
    guard?.tick(to - from)
  }
}
