/**
 * Joining columns by value: pairs of rows, and the rows that have a partner or none.
 *
 * (1) Rows belong together where all their columns are equal (kernels.ts says when).
 */

import { newInts } from '../../base/arrays.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import { Coder, RowList, denseCodes, groupRows } from './kernels.ts'
import type { Codes, DenseCodes } from './kernels.ts'
import { NumberCoder } from './number-coder.ts'
import { ascends } from './order.ts'
import { inPortions, portion } from './portions.ts'
import { domainOf } from './relation.ts'
import { meet } from './star-kernels.ts'

/** Pairs of rows, left and right, that belong together. */
export interface Pairs {
  readonly left: Int32Array
  readonly right: Int32Array
}

type Both = { left: Int32Array; right: Int32Array; size: number }

/** One code for the rows of two sides, equal where all their columns are. -1 on the left: no row of the right can be equal. */
export function codesOfBoth(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  guard: Guard,
): Both {
  let out: Both | null = null
  for (let k = 0; k < right.length; k++) {
    const a = left[k] as Column
    const b = right[k] as Column
    const found = codesOfTwo(a, n, b, m, guard)
    out = out === null ? found : combine(out, found, n, m, guard)
  }
  return out ?? { left: newInts(n), right: newInts(m), size: 1 }
}

function codesOfTwo(a: Column, n: number, b: Column, m: number, guard: Guard): Both {
  const isNumeric = a.kind === 'number' && domainOf(a) === domainOf(b)
  const dense = isNumeric ? denseCodes(b.data as Float64Array, m, guard) : null
  if (dense !== null) {
    const left = findDense(dense, a.data as Float64Array, n, guard)
    return { left, right: dense.codes, size: dense.size }
  }
  const coder = new Coder(isNumeric, Math.min(m, 1 << 16), guard)
  const right = coder.codes(b, m)
  return { left: coder.find(a, n), right, size: coder.size }
}

/** The codes of numbers, -1 for what has none. */
function findDense(
  { table, low }: DenseCodes,
  data: Float64Array,
  n: number,
  guard: Guard,
): Int32Array {
  const out = newInts(n)
  inPortions(n, guard, (from, to) => findPlaces(table, low, data, out, from, to))
  return out
}

function findPlaces(
  table: Int32Array,
  low: number,
  data: Float64Array,
  out: Int32Array,
  from: number,
  to: number,
): void {
  const { length } = table
  for (let i = from; i < to; i++) {
    const d = data[i] as number
    const x = d - low
    // a fraction has no place in the table, or, if the difference was rounded, another's
    const k = x >= 0 && x < length ? Math.trunc(x) : -1
    out[i] = k >= 0 && low + k === d ? (table[k] as number) - 1 : -1
  }
}

function combine(a: Both, b: Both, n: number, m: number, guard: Guard): Both {
  const coder = new NumberCoder(Math.min(m, 1 << 16))
  const right = newInts(m)
  inPortions(m, guard, (from, to) => {
    for (let i = from; i < to; i++) {
      right[i] = coder.add((a.right[i] as number) * b.size + (b.right[i] as number))
    }
  })
  const left = newInts(n)
  inPortions(n, guard, (from, to) => {
    for (let i = from; i < to; i++) {
      const x = a.left[i] as number
      const y = b.left[i] as number
      left[i] = x < 0 || y < 0 ? -1 : coder.find(x * b.size + y)
    }
  })
  return { left, right, size: coder.size }
}

/** How often both sides were read in one pass, and how often the right had one row alone: for tests. */
export const merged = { times: 0, withOne: 0 }

/** All pairs of rows whose columns are equal. */
export function joinPairs(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  guard: Guard,
): Pairs {
  const [a, b] = [left[0], right[0]]
  if (left.length === 1 && areIds(a) && areIds(b) && ascends(a.data, n) && ascends(b.data, m)) {
    merged.times++
    guard.rows(Math.min(n, m))
    return meet({ ids: a.data, flags: null }, { ids: b.data, flags: null }, guard)
  }
  if (left.length === 1 && m === 1 && areIds(a) && areIds(b)) {
    merged.withOne++
    const rows = newInts(n)
    const x = b.data[0] as number
    let size = 0
    inPortions(n, guard, (from, to) => {
      size = takeEqual(a.data, x, rows, size, from, to)
    })
    guard.rows(size)
    return { left: rows.subarray(0, size), right: newInts(size) }
  }
  return pairsOf(codesOfBoth(left, n, right, m, guard), guard)
}

function takeEqual(
  data: Float64Array,
  x: number,
  rows: Int32Array,
  size: number,
  from: number,
  to: number,
): number {
  let n = size
  for (let i = from; i < to; i++) {
    rows[n] = i
    n += Number(data[i] === x)
  }
  return n
}

type Numbers = Extract<Column, { kind: 'number' }>

const areIds = (c: Column | undefined): c is Numbers =>
  c !== undefined && c.kind === 'number' && domainOf(c) === 'id'

function pairsOf(codes: Both, guard: Guard): Pairs {
  const n = codes.left.length
  // codes come in order of appearance: where each stands for one row, it is the row
  if (codes.size === codes.right.length) return pairsOfOne(codes.left, guard)
  const { starts, rows } = groupRows(codes.right, codes.size, guard)
  let total = 0
  for (let i = 0; i < n; i++) {
    const c = codes.left[i] as number
    if (c >= 0) total += (starts[c + 1] as number) - (starts[c] as number)
  }
  guard.rows(total)
  const outLeft = newInts(total)
  const outRight = newInts(total)
  let at = 0
  let told = 0
  for (let i = 0; i < n; i++) {
    if ((i & (portion - 1)) === 0) guard.tick(portion >> 4)
    const c = codes.left[i] as number
    if (c < 0) continue
    const end = starts[c + 1] as number
    for (let j = starts[c] as number; j < end; j++) {
      outLeft[at] = i
      outRight[at++] = rows[j] as number
    }
    if (at - told > portion) {
      guard.tick((at - told) >> 2)
      told = at
    }
  }
  return { left: outLeft, right: outRight }
}

/** How often no row of the right was equal to another, for tests. */
export const ofOne = { times: 0 }

/** The pairs where each row of the left belongs to one row of the right at most. */
function pairsOfOne(rows: Int32Array, guard: Guard): Pairs {
  ofOne.times++
  const n = rows.length
  guard.rows(n)
  const left = newInts(n)
  const right = newInts(n)
  let size = 0
  inPortions(n, guard, (from, to) => {
    size = takePairs(rows, left, right, size, from, to)
  })
  return size === n
    ? { left, right }
    : { left: left.subarray(0, size), right: right.subarray(0, size) }
}

function takePairs(
  rows: Int32Array,
  left: Int32Array,
  right: Int32Array,
  size: number,
  from: number,
  to: number,
): number {
  let n = size
  for (let i = from; i < to; i++) {
    const row = rows[i] as number
    left[n] = i
    right[n] = row
    n += Number(row >= 0)
  }
  return n
}

/**
 * As `joinPairs`, by ascending left row; what is looked up in is made of the side with fewer rows. `known` are codes of the left by its
 * only column.
 */
export function pairsByLeft(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  guard: Guard,
  known: Codes | null = null,
): Pairs {
  if (n >= m) return joinPairs(left, n, right, m, guard)
  const coder = known?.coder
  const found =
    known === null || coder === undefined
      ? joinPairs(right, m, left, n, guard)
      : pairsOf(
          { left: coder.find(right[0] as Column, m), right: known.codes, size: known.size },
          guard,
        )
  const { starts, rows } = groupRows(found.right, n, guard)
  const size = rows.length
  const outLeft = newInts(size)
  const outRight = newInts(size)
  for (let i = 0; i < n; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      outLeft[k] = i
      outRight[k] = found.left[rows[k] as number] as number
    }
    if ((i & 1023) === 1023) guard.tick((starts[i + 1] as number) - (starts[i - 1023] as number))
  }
  return { left: outLeft, right: outRight }
}

/** The rows of the left that have (or, with `wanted` false, have no) equal row on the right. */
export function semiJoin(
  left: readonly Column[],
  n: number,
  right: readonly Column[],
  m: number,
  wanted: boolean,
  guard: Guard,
): Int32Array {
  const out = new RowList(n >> 2)
  if (right.length === 0) {
    if (m > 0 === wanted) for (let i = 0; i < n; i++) out.push(i)
    return out.done()
  }
  const codes = codesOfBoth(left, n, right, m, guard)
  inPortions(n, guard, (from, to) => {
    for (let i = from; i < to; i++) if ((codes.left[i] as number) >= 0 === wanted) out.push(i)
  })
  return out.done()
}
