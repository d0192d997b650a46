/** Columns that are not copied: numbers as they are stored, strings as codes; and what they turn into where that cannot be. */

import { expect, test } from 'vitest'
import { placementOf, user } from '../../../../../test/oracle/index-world.ts'
import type { Value } from '../../data/values.ts'
import { CodedColumn, PickedColumn, StoredColumn } from '../segments/column.ts'
import { createFactIndex } from '../create.ts'
import type { Columns, FactIndex } from '../fact-index.ts'
import { presentView } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'

// Attribute 1 holds longs, 2 strings (test/oracle/index-world.ts).
const n = 1000
const valueOf = (a: number, i: number): Value => (a === 2 ? `v${i % 7}` : (i * 37) % 500)
const indexOf = (attributes: readonly number[], value = valueOf): FactIndex =>
  createFactIndex(
    attributes.flatMap((a) =>
      Array.from({ length: n }, (_, i) => ({ e: user + i, a, v: value(a, i), t: 1, end: never })),
    ),
    placementOf,
    { segmentSize: 64, jobs: 'self', liveMax: 8, liveShare: 1000 },
  )
const read = (index: FactIndex, a: number): Columns =>
  index.columns('aevt', rangeOf({ a }), presentView, {
    e: true,
    v: true,
    stored: true,
    codes: true,
  })

test('numbers stand as they are stored, and read as they are', () => {
  const { ids, v, e } = read(indexOf([1]), 1)
  expect(e).toBeUndefined()
  const [x, y] = [ids, v] as [StoredColumn, StoredColumn]
  expect(x).toBeInstanceOf(StoredColumn)
  expect(y).toBeInstanceOf(StoredColumn)
  const wanted = Array.from({ length: n }, (_, i) => valueOf(1, i) as number)
  for (const [from, to] of [
    [0, n],
    [0, 1],
    [63, 65],
    [100, 900],
    [n - 1, n],
  ] as const) {
    const out = new Float64Array(to - from)
    y.copy(from, to, out)
    expect([...out]).toEqual(wanted.slice(from, to))
  }
  const rows = Int32Array.from({ length: n }, (_, i) => i).filter(
    (i) => i % 5 === 2 && (i < 128 || i > 400),
  )
  const picked = new PickedColumn(y, rows)
  const some = new Float64Array(40)
  picked.copy(20, 60, some)
  expect([...some]).toEqual([...rows.subarray(20, 60)].map((i) => wanted[i]))
  expect(picked.isCopied).toBe(false)
  expect([...picked.data]).toEqual([...rows].map((i) => wanted[i]))
  expect([...new PickedColumn(y, Int32Array.of()).data]).toEqual([])
  expect(y.isCopied).toBe(false)
  const { low, high } = y.bounds()
  expect(low).toBeLessThanOrEqual(0)
  expect(high).toBeGreaterThanOrEqual(499)
  expect([...y.data]).toEqual(wanted)
  expect([...x.data]).toEqual(wanted.map((_, i) => user + i))
})

test('attributes of the same entities are known to be so', () => {
  const index = indexOf([1, 2])
  const [a, b] = [read(index, 1), read(index, 2)].map((c) => c.ids as StoredColumn) as [
    StoredColumn,
    StoredColumn,
  ]
  expect(a.equals(b)).toBe(true)
  expect(a.isCopied || b.isCopied).toBe(false)
  const fact = { e: user + 5, a: 1, v: valueOf(1, 5), t: 1, end: never }
  const less = index.apply([{ kind: 'retract', fact, t: 2 }]).settled()
  const c = read(less, 1).ids as StoredColumn
  expect(c.n).toBe(n - 1)
  expect(c.equals(b)).toBe(false)
  expect(b.equals(c)).toBe(false)
})

test('values that repeat come as codes, in order of appearance', () => {
  const v = read(indexOf([2]), 2).v as CodedColumn
  expect(v).toBeInstanceOf(CodedColumn)
  expect(v.coded.table).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6'])
  expect([...v.coded.codes]).toEqual(Array.from({ length: n }, (_, i) => i % 7))
  expect(v.data).toEqual(Array.from({ length: n }, (_, i) => `v${i % 7}`))
})

test('values that do not repeat come as they are, and so do those with a long that is none', () => {
  const own = read(
    indexOf([2], (_, i) => `own ${i}`),
    2,
  ).v
  expect(own?.kind === 'value' && own.coded).toBeUndefined()
  expect(own?.data[999]).toBe('own 999')
  // some repeat at first, then none does
  const late = read(
    indexOf([2], (_, i) => (i < 200 ? 'same' : `own ${i}`)),
    2,
  ).v
  expect(late?.data[0]).toBe('same')
  expect(late?.data[999]).toBe('own 999')
  const wide = read(
    indexOf([1], (_, i) => (i === 700 ? 2n ** 60n : i)),
    1,
  )
  expect(wide.v?.kind).toBe('value')
  expect(wide.v?.data[700]).toBe(2n ** 60n)
  expect(wide.v?.data[3]).toBe(3)
  expect((wide.ids?.data ?? wide.e)?.[999]).toBe(user + 999)
})

test('live facts among them are copied in', () => {
  const index = indexOf([1, 2]).apply([
    { kind: 'assert', fact: { e: user + 2000, a: 1, v: 7, t: 2, end: never } },
    { kind: 'assert', fact: { e: user - 1, a: 2, v: 'new', t: 2, end: never } },
  ])
  const numbers = read(index, 1)
  expect((numbers.ids?.data ?? numbers.e)?.[n]).toBe(user + 2000)
  expect(numbers.v?.data[n]).toBe(7)
  const texts = read(index, 2)
  expect(texts.v?.data.slice(0, 3)).toEqual(['new', 'v0', 'v1'])
  expect((texts.ids?.data ?? texts.e)?.[0]).toBe(user - 1)
})
