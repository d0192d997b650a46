/**
 * Codes for columns that say more than their cells: those that have codes already, and whole numbers as they are stored.
 *
 * (1) As all codes they are dense, from 0, in order of first appearance (kernels.ts).
 */

import { UncopiedColumn } from '../indexes/column.ts'
import type { Coded, Column } from '../indexes/fact-index.ts'
import type { Guard } from './guard.ts'

export interface Codes {
  readonly codes: Int32Array
  readonly size: number
}

/** Cells that are looked at between two words to the guard. */
const piece = 4096
const scratch = new Float64Array(piece)
/** Numbers that lie so close are told apart by a table of all that might be. */
const spanMax = 4096

/** The codes, or null where they have to be found by the cells. */
export function codesReady(c: Column, n: number, guard: Guard): Codes | null {
  if (c.kind === 'value') return c.coded === undefined ? null : codesAnew(c.coded, n, guard)
  if (!(c instanceof UncopiedColumn) || c.n !== n || (c.type !== 'long' && c.type !== 'ref'))
    return null
  const { low, high } = c.bounds()
  return high - low < spanMax ? codesOfStored(c, low, high, guard) : null
}

function codesAnew({ codes: known, table, isOrdered }: Coded, n: number, guard: Guard): Codes {
  if (isOrdered && known.length === n) return { codes: known, size: table.length }
  const codes = new Int32Array(n)
  const places = new Int32Array(table.length)
  let size = 0
  for (let from = 0; from < n; from += piece) {
    const to = Math.min(n, from + piece)
    size = renumber(known, places, size, codes, from, to)
    guard.tick(to - from)
  }
  return { codes, size }
}

function renumber(
  known: Int32Array,
  places: Int32Array,
  count: number,
  codes: Int32Array,
  from: number,
  to: number,
): number {
  let size = count
  for (let i = from; i < to; i++) {
    const x = known[i] as number
    let code = places[x] as number
    if (code === 0) places[x] = code = ++size
    codes[i] = code - 1
  }
  return size
}

function codesOfStored(c: UncopiedColumn, low: number, high: number, guard: Guard): Codes {
  const places = new Int32Array(high - low + 1)
  const codes = new Int32Array(c.n)
  let size = 0
  for (let from = 0; from < c.n; from += piece) {
    const to = Math.min(c.n, from + piece)
    c.copy(from, to, scratch)
    size = codeWhole(places, size, low, codes, from, to)
    guard.tick(to - from)
  }
  return { codes, size }
}

function codeWhole(
  places: Int32Array,
  count: number,
  low: number,
  codes: Int32Array,
  from: number,
  to: number,
): number {
  let size = count
  for (let i = from; i < to; i++) {
    const x = (scratch[i - from] as number) - low
    let code = places[x] as number
    if (code === 0) places[x] = code = ++size
    codes[i] = code - 1
  }
  return size
}
