/**
 * Rows in the order of some columns: all of them, or the first so many through a heap that holds no more.
 *
 * (1) Order is `compareValues`, whatever the kinds; rows that agree in the order's columns stand in the order of the others that are
 *     given, so that pages of an answer never overlap; rows that agree in all stand as they came.
 */

import { newInts } from '../../base/arrays.ts'
import { compareValues } from '../../data/compare.ts'
import { YoreError } from '../../base/errors.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import { cell } from './relation.ts'

export interface SortKey {
  readonly column: Column
  readonly descending: boolean
}

type Compare = (i: number, j: number) => number

/** A heap costs less than to sort all while it holds at most this share of the rows. */
const heapShare = 4

/** Rows [from, to) of n rows in order. */
export function sortedRows(
  keys: readonly SortKey[],
  others: readonly Column[],
  n: number,
  from: number,
  to: number,
  guard: Guard,
): Int32Array {
  const compare = guarded(comparison(keys, others), guard)
  guard.rows(Math.min(n, to), 1)
  if (to * heapShare <= n) return firstRows(compare, n, to).subarray(from)
  const rows = newInts(n)
  for (let i = 0; i < n; i++) rows[i] = i
  return rows.sort(compare).subarray(from, to)
}

/** So many texts are sorted without a word. */
const textsAtOnce = 4096

/** Texts in their order; many in pieces that are merged, so that a run out of time is noticed. */
export function sortedTexts(values: readonly string[], guard: Guard): readonly string[] {
  const n = values.length
  let source: string[] = []
  for (let from = 0; from < n; from += textsAtOnce) {
    const run = values.slice(from, from + textsAtOnce).sort()
    if (n <= textsAtOnce) source = run
    else for (const x of run) source.push(x)
    guard.tick(run.length * 4)
  }
  for (let size = textsAtOnce; size < n; size *= 2) {
    const target: string[] = []
    for (let from = 0; from < n; from += 2 * size) {
      mergeTexts(
        source,
        from,
        Math.min(n, from + size),
        Math.min(n, from + 2 * size),
        target,
        guard,
      )
    }
    source = target
  }
  return source
}

// Of two ascending pieces, [low, middle) and [middle, high), one, behind what `out` has.
function mergeTexts(
  texts: readonly string[],
  low: number,
  middle: number,
  high: number,
  out: string[],
  guard: Guard,
): void {
  let i = low
  let j = middle
  while (i < middle || j < high) {
    const end = Math.min(high, out.length + textsAtOnce)
    while (out.length < end) {
      const first = i < middle && (j >= high || (texts[i] as string) <= (texts[j] as string))
      out.push(texts[first ? i++ : j++] as string)
    }
    guard.tick(textsAtOnce)
  }
}

function comparison(keys: readonly SortKey[], others: readonly Column[]): Compare {
  const all = [
    ...keys.map(({ column, descending }) => {
      const compare = byColumn(column)
      return descending ? (i: number, j: number) => compare(j, i) : compare
    }),
    ...others.map((c) => lenient(byColumn(c))),
  ]
  const [first, ...rest] = all
  if (first === undefined) return (i, j) => i - j
  return (i, j) => {
    const d = first(i, j)
    if (d !== 0) return d
    for (const compare of rest) {
      const x = compare(i, j)
      if (x !== 0) return x
    }
    return i - j
  }
}

function byColumn(c: Column): Compare {
  if (c.kind === 'number') {
    const { data } = c
    return (i, j) => {
      const x = data[i] as number
      const y = data[j] as number
      if (x < y) return -1
      if (x > y) return 1
      return x === y ? 0 : Number(x !== x) - Number(y !== y)
    }
  }
  return (i, j) => compareValues(cell(c, i) as never, cell(c, j) as never)
}

/** What has no order (a database among the values) is left as it came where nobody asked for its order. */
function lenient(compare: Compare): Compare {
  return (i, j) => {
    try {
      return compare(i, j)
    } catch (error) {
      if (error instanceof YoreError) return 0
      throw error
    }
  }
}

function guarded(compare: Compare, guard: Guard): Compare {
  let calls = 0
  return (i, j) => {
    if ((++calls & 255) === 0) guard.tick(1024)
    return compare(i, j)
  }
}

/** The first k of n rows: a heap whose top is the last of those found so far. */
function firstRows(compare: Compare, n: number, k: number): Int32Array {
  const heap = newInts(k)
  let size = 0
  for (let i = 0; i < n; i++) {
    if (size < k) up(heap, size++, i, compare)
    else if (k > 0 && compare(i, heap[0] as number) < 0) down(heap, size, i, compare)
  }
  return heap.sort(compare)
}

function up(heap: Int32Array, at: number, row: number, compare: Compare): void {
  let i = at
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (compare(row, heap[parent] as number) <= 0) break
    heap[i] = heap[parent] as number
    i = parent
  }
  heap[i] = row
}

/** Puts the row in place of the top. */
function down(heap: Int32Array, size: number, row: number, compare: Compare): void {
  let i = 0
  for (;;) {
    let child = i * 2 + 1
    if (child >= size) break
    if (child + 1 < size && compare(heap[child + 1] as number, heap[child] as number) > 0) child++
    if (compare(heap[child] as number, row) <= 0) break
    heap[i] = heap[child] as number
    i = child
  }
  heap[i] = row
}
