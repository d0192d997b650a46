/** Kernels against their obvious versions. What could come out wrong: rows lost or doubled, NaN, -0, wide spans, mixed columns. */

import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { keyOf } from '../../data/equal.ts'
import { double, keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { valueAt } from '../../indexes/segments/column.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { aggregateFunction } from '../answer/aggregates.ts'
import { Guard } from '../guard.ts'
import { joinPairs, semiJoin } from './joins.ts'
import { codesOf, distinct, firstRows, groupRows, rowCodes } from './kernels.ts'
import { numericAggregate } from '../answer/numeric-aggregates.ts'
import { orderKeys } from './order.ts'
import { portion } from './portions.ts'
import { cell, columnOf, rowKey } from './relation.ts'
import type { Relation } from './relation.ts'

const ids = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 17592186045417, max: 17592186045457 }),
  fc.integer({ min: 0, max: 2 ** 31 }).map((x) => x * 2 ** 20),
)
const values: fc.Arbitrary<Value> = fc.oneof(
  ids,
  fc.constantFrom<Value>(
    'a',
    'b',
    '\0a',
    '',
    null,
    true,
    double(1),
    double(-0),
    0,
    1.5,
    keyword('a'),
  ),
  fc.constantFrom<Value>([1, 'a'], [1, 'b']),
)
const columns = fc.oneof(fc.array(ids, { maxLength: 200 }), fc.array(values, { maxLength: 60 }))

const unlimited = (): Guard => new Guard({ timeoutMs: 0, monotonicMs: null, signal: null })
const guard = unlimited()

describe('kernels', () => {
  test('codes are equal exactly where values are', () => {
    fc.assert(
      fc.property(columns, (xs) => {
        const { codes, size } = codesOf(columnOf(xs), xs.length, guard)
        const byKey = new Map<unknown, number>()
        xs.forEach((x, i) => {
          const known = byKey.get(keyOf(x))
          if (known === undefined) byKey.set(keyOf(x), codes[i] as number)
          else expect(codes[i]).toBe(known)
        })
        expect(size).toBe(byKey.size)
        expect(new Set(byKey.values()).size).toBe(size)
      }),
    )
  })

  test('orderKeys lists every row under its key, keys ascending and once', () => {
    const keys = fc.array(fc.oneof(ids, fc.constant(NaN), fc.double({ noNaN: true })), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(keys, fc.boolean(), (given, sorted) => {
        const xs = sorted ? [...given].filter((x) => x === x).sort((a, b) => a - b) : given
        const { keys: out, rows, starts } = orderKeys(Float64Array.from(xs), xs.length)
        for (let k = 1; k < out.length; k++) expect(out[k]).toBeGreaterThan(out[k - 1] as number)
        const seen: number[] = []
        const under = (k: number): number[] => {
          if (rows === null) return [k]
          return Array.from(
            starts === null ? rows.subarray(k, k + 1) : rows.subarray(starts[k], starts[k + 1]),
          )
        }
        for (let k = 0; k < (rows === null ? xs.length : out.length); k++) {
          for (const i of under(k)) {
            expect((xs[i] as number) + 0).toBe((out[k] as number) + 0)
            seen.push(i)
          }
        }
        const expected = xs.flatMap((x, i) => (x === x ? [i] : []))
        expect(seen.sort((a, b) => a - b)).toEqual(expected)
      }),
    )
  })

  test('joins and semi-joins pair what is equal', () => {
    fc.assert(
      fc.property(columns, columns, columns, columns, (a1, a2, b1, b2) => {
        const n = Math.min(a1.length, a2.length)
        const m = Math.min(b1.length, b2.length)
        const left = [a1, a2].map((x) => columnOf(x.slice(0, n)))
        const right = [b1, b2].map((x) => columnOf(x.slice(0, m)))
        const key = (xs: typeof left, i: number): string =>
          JSON.stringify(
            xs.map((c) => String(keyOf(cell(c, i)) as string) + typeof keyOf(cell(c, i))),
          )
        const expected: string[] = []
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < m; j++) if (key(left, i) === key(right, j)) expected.push(`${i} ${j}`)
        }
        const pairs = joinPairs(left, n, right, m, guard)
        const found = Array.from(pairs.left, (i, k) => `${i} ${pairs.right[k]}`)
        expect(found.sort()).toEqual(expected.sort())
        const matched = new Set(expected.map((x) => Number(x.split(' ')[0])))
        const has = semiJoin(left, n, right, m, true, guard)
        expect(Array.from(has)).toEqual([...matched].sort((x, y) => x - y))
        expect(has.length + semiJoin(left, n, right, m, false, guard).length).toBe(n)
      }),
    )
  })

  test('distinct keeps the first of equal rows', () => {
    fc.assert(
      fc.property(columns, columns, (a, b) => {
        const n = Math.min(a.length, b.length)
        const relation: Relation = {
          n,
          variables: ['?a', '?b'],
          columns: [columnOf(a.slice(0, n)), columnOf(b.slice(0, n))],
          key: null,
        }
        const out = distinct(relation, guard)
        const seen = new Set<string>()
        const expected: number[] = []
        for (let i = 0; i < n; i++) {
          const key = JSON.stringify(
            [a[i], b[i]].map((x) => [typeof keyOf(x as Value), String(keyOf(x as Value))]),
          )
          if (!seen.has(key)) expected.push(i)
          seen.add(key)
        }
        const codes = rowCodes(relation.columns, n, guard)
        expect(Array.from(firstRows(codes))).toEqual(expected)
        expect(out.n).toBe(expected.length)
        expected.forEach((i, k) => {
          expect(keyOf(cell(out.columns[0] as Relation['columns'][0], k))).toEqual(
            keyOf(a[i] as Value),
          )
        })
      }),
    )
  })

  test('groupRows puts each row in its group once', () => {
    const codes = Int32Array.from([2, 0, 2, 1, 0])
    const { starts, rows } = groupRows(codes, 3)
    expect(Array.from(starts)).toEqual([0, 2, 3, 5])
    expect(Array.from(rows)).toEqual([1, 4, 3, 0, 2])
  })
})

test('a kernel that has many rows tells the guard of each portion', () => {
  const n = 10 * portion
  const spread = (by: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => ((i * 7919) % n) * by)
  const dense = columnOf([...spread(1)])
  const wide = columnOf([...spread(2 ** 20)])
  const texts = columnOf(Array.from({ length: n }, (_, i) => `v${(i * 7919) % n}`))
  const few: Column = { kind: 'number', type: 'long', data: spread(1).map((x) => x % 50) }
  const codes = Int32Array.from(spread(1))
  const kernels: Record<string, (guard: Guard) => unknown> = {
    'codes of numbers that lie close': (guard) => codesOf(dense, n, guard),
    'codes of numbers that do not': (guard) => codesOf(wide, n, guard),
    'codes of texts': (guard) => codesOf(texts, n, guard),
    'codes of rows, dense': (guard) => rowCodes([few, few], n, guard),
    'codes of rows': (guard) => rowCodes([few, dense], n, guard),
    groups: (guard) => groupRows(codes, n, guard),
    'keys, whole': (guard) => orderKeys(spread(1), n, guard),
    'keys, not whole': (guard) => orderKeys(spread(1.5), n, guard),
    pairs: (guard) => joinPairs([wide], n, [wide], n, guard),
    'pairs of two columns': (guard) => joinPairs([few, wide], n, [few, wide], n, guard),
    'rows with a partner': (guard) => semiJoin([wide], n, [wide], n, true, guard),
    'sums of groups': (guard) =>
      numericAggregate('avg')?.(spread(1), 'long', few.data as never, 50, guard),
    medians: (guard) =>
      numericAggregate('median')?.(spread(1), 'long', new Int32Array(n), 1, guard),
    'the least of texts': (guard) =>
      aggregateFunction('min')?.([], texts.data as Value[], undefined, (x) => guard.tick(x)),
    'the different texts': (guard) =>
      aggregateFunction('distinct')?.([], texts.data as Value[], undefined, (x) => guard.tick(x)),
  }
  for (const [name, run] of Object.entries(kernels)) {
    const guard = unlimited()
    const tick = vi.spyOn(guard, 'tick')
    run(guard)
    expect(tick.mock.calls.length, name).toBeGreaterThanOrEqual(10)
  }
})

test('many numbers are sorted in pieces, as typed arrays sort them', () => {
  const special = [0, -0, NaN, Infinity, -Infinity]
  const data = Float64Array.from({ length: 100_000 }, (_, i) =>
    i % 97 === 0 ? (special[i % 5] as number) : (i * 7919) % 4001,
  )
  const sorted = [...data.slice().sort()]
  const median = numericAggregate('median')?.(
    data.subarray(0, 99_999),
    'double',
    new Int32Array(99_999),
    1,
  )
  expect(valueAt(median as Column, 0)).toEqual(
    double(
      [...data.subarray(0, 99_999)].sort((x, y) =>
        x < y ? -1 : x > y ? 1 : Number(x !== x) - Number(y !== y),
      )[49_999] as number,
    ),
  )
  const distinct = new Set(sorted).size
  const counted = numericAggregate('count-distinct')?.(data, 'double', new Int32Array(100_000), 1)
  expect(valueAt(counted as Column, 0)).toBe(distinct)
})

test('few different values, and then many, have the codes of their keys', () => {
  const pool: Value[] = ['a', keyword('b'), true, double(0), double(-0), 0, 1.5, double(NaN), 'c']
  const texts = Array.from({ length: 60 }, (_, i) => `text ${i}`)
  for (const kinds of [1, 3, 8, 9, 40]) {
    const all = [...pool, ...texts].slice(0, kinds)
    const data = Array.from({ length: 70_000 }, (_, i) =>
      i < 40_000 ? (all[(i * 7919) % kinds] as Value) : (texts[i % 60] as Value),
    )
    const { codes, size } = codesOf({ kind: 'value', data }, data.length, guard, rowKey)
    const known = new Map<unknown, number>()
    const expected = data.map((v) => {
      const key = rowKey(v)
      const code = known.get(key) ?? known.size
      known.set(key, code)
      return code
    })
    expect(size).toBe(known.size)
    expect(codes.every((code, i) => code === expected[i])).toBe(true)
  }
})
