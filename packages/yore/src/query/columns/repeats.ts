/**
 * Do the rows of a relation repeat? A guess from a few of them, so that large relations without repeated rows need not be looked through.
 *
 * (1) Of n rows 4·√n are taken by chance: where each row stands there twice, about eight of these meet another of them, however many
 *     rows there are and however they lie.
 * (2) The choice is the same for each n, so that a query runs alike each time. It decides what is done sooner, never what is found.
 */

import { newInts } from '../../base/arrays.ts'
import type { Guard } from '../guard.ts'
import { rowCodes } from './kernels.ts'
import { gather } from './relation.ts'
import type { Relation } from './relation.ts'

/** Of fewer rows than these all are looked at. */
const rowsMin = 1024

/** So many rows of a sample that have another are taken for more than chance: then about a third of all rows is too many. */
const metMin = 3

/** How often rows have been left as they are, for tests. */
export const leftAsTheyAre = { times: 0 }

/** Is it likely that many rows of the relation are there again? */
export function seemsToRepeat(r: Relation, guard: Guard): boolean {
  if (r.n < rowsMin) return true
  const rows = someRows(r.n)
  const columns = r.columns.map((c) => gather(c, rows))
  const met = rows.length - rowCodes(columns, rows.length, guard).size
  if (met >= metMin) return true
  leftAsTheyAre.times++
  return false
}

/** The rows last chosen of so many: relations of one query have the same number again and again, and queries are asked again. */
const chosen = new Map<number, Int32Array>()
const chosenMax = 32

/** Rows by chance, ascending, each once. */
function someRows(n: number): Int32Array {
  const known = chosen.get(n)
  if (known !== undefined) return known
  const rows = rowsByChance(n)
  if (chosen.size >= chosenMax) chosen.clear()
  // of very many rows it is a small part of the work
  if (rows.length <= rowsMin) chosen.set(n, rows)
  return rows
}

function rowsByChance(n: number): Int32Array {
  const rows = newInts(4 * Math.ceil(Math.sqrt(n)))
  let x = 0x9e3779b9
  for (let i = 0; i < rows.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    rows[i] = Math.floor(((x >>> 0) / 4294967296) * n)
  }
  rows.sort()
  let size = 0
  for (const row of rows) if (size === 0 || row !== rows[size - 1]) rows[size++] = row
  return rows.slice(0, size)
}
