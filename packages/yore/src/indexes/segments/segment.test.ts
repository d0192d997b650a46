/** Segments, directories and merges: every layout reads back exactly, and every place is found. */

import { expect, test } from 'vitest'
import type { Value } from '../../data/values.ts'
import { Double, keyword } from '../../data/values.ts'
import { Bound, boundOf, sideOf } from '../facts/bound.ts'
import { sortForOrders } from '../merge/bulk.ts'
import { encodeSegment } from './encode.ts'
import { compareEntriesOf, Entry, noEnd } from '../facts/entry.ts'
import type { Placement } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'
import { orders } from '../facts/fact.ts'
import { Part } from './part.ts'
import { memoryTarget } from '../fact-tree.ts'
import { mergeNow } from '../merge/merge.ts'
import { Rows } from './rows.ts'
import type { Segment } from './segment.ts'

const placementOf = (a: number): Placement => ({
  avet: true,
  vaet: a === 3,
  column: a === 1 ? 'long' : a === 2 ? 'double' : a === 3 ? 'ref' : 'value',
})
const valuesOf: Record<number, Value[]> = {
  1: [5, -1, 70_000],
  2: [new Double(0), 1.5, NaN],
  3: [1, 2, 2 ** 44 + 7],
  4: ['x', 'y', 'zz'],
  5: [keyword('k')],
}
const user = 2 ** 44

// A few hundred entries of all attributes, in no order.
function someEntries(n: number, end = noEnd): Entry[] {
  const out = new Map<string, Entry>()
  let s = 12345
  const random = (k: number): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return Math.floor((s / 2 ** 32) * k)
  }
  while (out.size < n) {
    const a = 1 + random(5)
    const values = valuesOf[a] as Value[]
    const i = random(values.length)
    const x = new Entry(user + random(n), a, values[i] as Value, random(50), end)
    out.set(`${x.e} ${a} ${i} ${x.t}`, x)
  }
  return [...out.values()]
}

const sorted = (entries: Entry[], order: Order): Entry[] => [
  ...sortForOrders(entries, placementOf)[order],
]

const rowsOf = (entries: readonly Entry[]): Rows => {
  const rows = new Rows(4)
  for (const x of entries) rows.addEntry(x)
  return rows
}

test.each(orders)('sorting for %s at once agrees with sorting by its comparison', (order) => {
  const entries = someEntries(400)
  const expected = entries
    .filter((x) => order !== 'vaet' || x.a === 3)
    .sort(compareEntriesOf[order])
  expect(sorted(entries, order)).toEqual(expected)
})

test.each(orders)('a segment of %s reads back, whatever attributes it mixes', (order) => {
  for (const end of [noEnd, 77]) {
    const entries = sorted(someEntries(300, end), order)
    const segment = encodeSegment(order, rowsOf(entries), 0, entries.length, placementOf)
    expect(entries.map((_, i) => segment.entryAt(i))).toEqual(entries)
    const copied = new Rows(0)
    copied.addSegment(segment, 10, 60)
    expect(copied.v.slice(0, 50)).toEqual(entries.slice(10, 60).map((x) => x.v))
    expect(Array.from(copied.end.subarray(0, 50))).toEqual(entries.slice(10, 60).map((x) => x.end))
  }
})

test.each(orders)('a segment of %s finds every gap', (order) => {
  const entries = sorted(someEntries(120), order)
  const segment = encodeSegment(order, rowsOf(entries), 0, entries.length, placementOf)
  const side = sideOf[order]
  for (const { e, a, v, t } of [...entries, new Entry(user - 1, 9, 'none', 3, noEnd)]) {
    for (let depth = 0; depth <= 4; depth++) {
      for (const after of [false, true]) {
        const bound = boundOf(order, { prefix: { e, a, v, t }, after }, depth)
        const expected = entries.filter((x) => side(x, bound) < 0).length
        expect(segment.position(bound, 0, segment.n)).toBe(expected)
        const low = Math.min(expected, 30)
        if (depth > 0) expect(segment.positionNear(bound, low, segment.n)).toBe(expected)
      }
    }
  }
})

const segmentsOf = (part: Part): Segment[] => part.refs.map((_, i) => part.segment(i))

const read = (part: Part): Entry[] =>
  segmentsOf(part).flatMap((segment) =>
    Array.from({ length: segment.n }, (_, i) => segment.entryAt(i)),
  )

// Everything pending goes into main.
function mergeMain(main: Part, live: readonly Entry[], segmentSize = 16): Part {
  const mid = new Part(main.order, [], placementOf)
  const target = memoryTarget({ segmentSize, placementOf })
  const merged = mergeNow({ main, mid }, live, false, 'all', target)
  expect(merged.mid.n).toBe(0)
  return merged.main
}

test.each(orders)('merging into %s agrees with sorting, and shares untouched segments', (order) => {
  const entries = sorted(someEntries(600), order)
  const first = entries.filter((_, i) => i % 3 > 0)
  const main = mergeMain(new Part(order, [], placementOf), first)
  expect(read(main)).toEqual(first)
  expect(segmentsOf(main).every((x) => x.n > 0 && x.n <= 16)).toBe(true)
  expect(main.n).toBe(first.length)
  // the rest comes in, and every fifth of the first goes
  const changes = entries.flatMap((x, i) =>
    i % 3 === 0 ? [x] : i % 5 === 0 ? [new Entry(x.e, x.a, x.v, x.t, 99)] : [],
  )
  const merged = mergeMain(main, changes)
  expect(read(merged)).toEqual(entries.filter((_, i) => i % 3 === 0 || i % 5 !== 0))
  expect(read(main)).toEqual(first)
  const one = mergeMain(main, changes.slice(-1))
  expect(one.refs.filter((x) => main.refs.includes(x)).length).toBeGreaterThan(main.refs.length - 3)
  const side = sideOf[order]
  for (const x of entries) {
    const bound = new Bound().setEntry(x, true)
    const before = read(merged).filter((y) => side(y, bound) < 0).length
    expect(merged.ordinal(merged.locate(bound))).toBe(before)
  }
})

test('everything may go, and segments of many small merges do not stay tiny', () => {
  const entries = sorted(someEntries(300), 'eavt')
  let main = new Part('eavt', [], placementOf)
  for (const x of sorted(someEntries(300), 'aevt')) main = mergeMain(main, [x])
  expect(read(main)).toEqual(entries)
  expect(main.refs.length).toBeLessThan(300 / 4)
  const gone = entries.map((x) => new Entry(x.e, x.a, x.v, x.t, 99))
  const empty = mergeMain(main, gone)
  expect([empty.n, empty.directory]).toEqual([0, null])
  expect(mergeMain(empty, entries).n).toBe(300)
})
