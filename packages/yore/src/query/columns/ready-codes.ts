/**
 * Codes for columns that say more than their cells: those that have codes already, and whole numbers as they are stored.
 *
 * (1) As all codes they are dense, from 0, in order of first appearance (kernels.ts).
 */

import { newInts } from '../../base/arrays.ts'
import { UncopiedColumn } from '../../indexes/segments/column.ts'
import type { Coded, Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import type { Codes } from './kernels.ts'
import { inPieces, inPortions } from './portions.ts'

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
  const codes = newInts(n)
  const places = newInts(table.length)
  let size = 0
  inPortions(n, guard, (from, to) => {
    size = renumber(known, places, size, codes, from, to)
  })
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
  const places = newInts(high - low + 1)
  const codes = newInts(c.n)
  let size = 0
  inPieces(c, guard, (data, at, from, to) => {
    size = codeWhole(places, size, low, data, at, codes, from, to)
  })
  return { codes, size }
}

function codeWhole(
  places: Int32Array,
  count: number,
  low: number,
  data: Float64Array,
  at: number,
  codes: Int32Array,
  from: number,
  to: number,
): number {
  let size = count
  for (let i = from; i < to; i++) {
    const x = (data[i + at] as number) - low
    let code = places[x] as number
    if (code === 0) places[x] = code = ++size
    codes[i] = code - 1
  }
  return size
}
