/** Aggregates: what the original answers, kinds, ties, chance, errors; and the fast form against the plain one. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { call } from '../../../../../test/oracle/call-text.ts'
import { values as anyValues } from '../../../../../test/oracle/arbitrary-values.ts'
import { YoreError } from '../../base/errors.ts'
import { Double, Float, Instant, double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { StoredColumn } from '../../indexes/segments/column.ts'
import type { Column, NumberType } from '../../indexes/fact-index.ts'
import { encodeNumbers } from '../../indexes/segments/numbers.ts'
import { aggregateFunction, aggregates } from './aggregates.ts'
import { prText } from '../functions/text.ts'
import { numericAggregate } from './numeric-aggregates.ts'

/** `(min 2 ?x) of 3 1 2` */
function aggregate(text: string): string {
  const m = /^\((\S+) ?(.*?) ?\?x\) of (.*)$/.exec(text)
  if (m === null) throw new Error(text)
  const f = aggregateFunction(m[1] as string)
  if (f === null) return 'unknown'
  const items = (x: string): Value[] => [...(call(`(quote [${x}])`) as readonly Value[])]
  return prText(f(items(m[2] as string), items(m[3] as string), () => 0.5))
}

const code = (body: () => unknown): string => {
  try {
    body()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
  return 'no error'
}

test.each(aggregates.map((row) => row.example))('%s is %s', (text, wanted) => {
  expect(aggregate(text)).toBe(wanted)
})

// Observed on the original.
test.each([
  ['(sum ?x) of 1 1.5 2.5M', '5.0'],
  ['(sum ?x) of 1.5M 2N', '3.5M'],
  ['(sum ?x) of 1 2N', '3N'],
  ['(sum ?x) of 9223372036854775807 9223372036854775808N', '18446744073709551615N'],
  ['(avg ?x) of 1 2', '1.5'],
  ['(avg ?x) of 1M 1M 2M', '1.3333333333333333'],
  ['(avg ?x) of 10000000000000000000000N', '1.0E22'],
  ['(avg ?x) of 10 15 20 35 75', '31.0'],
  ['(median ?x) of 1 2 3 10', '2'],
  ['(median ?x) of -1 -2', '-1'],
  ['(median ?x) of 1.0 2.0', '1.0'],
  ['(median ?x) of 1.5 2.75', '2.0'],
  ['(median ?x) of 1.5M 2.0M', '1.0M'],
  ['(median ?x) of "b" "a" "c"', '"b"'],
  ['(median ?x) of nil', 'nil'],
  ['(variance ?x) of 1 2.5M', '0.5625'],
  ['(variance ?x) of 5', '0.0'],
  ['(variance ?x) of 0.1 0.2 0.3', '0.006666666666666665'],
  ['(stddev ?x) of 1 2 3 4', '1.118033988749895'],
  ['(min ?x) of 1 1.0 1N 1M', '1M'],
  ['(max ?x) of 1 1.0 1N 1M', '1'],
  ['(min ?x) of 1.0 1', '1'],
  ['(min ?x) of 1 "a" :b', '1'],
  ['(max ?x) of nil 1 "a"', '"a"'],
  ['(min 9 ?x) of "a" :k sym true 5 2.5', '[2.5 5 :k sym true "a"]'],
  ['(min 0 ?x) of 3 1 2', '[]'],
  ['(min -1 ?x) of 3 1 2', '[]'],
  ['(min 1.5 ?x) of 3 1 2', '[1 2]'],
  ['(min 2N ?x) of 3 1 2', '[1 2]'],
  ['(max 3 ?x) of 1 3 3 1', '[3 3 1]'],
  ['(rand 3 ?x) of 3', '[3 3 3]'],
  ['(rand -1 ?x) of 3', '[]'],
  ['(sample 5 ?x) of 3 3', '[3]'],
  ['(sample 0 ?x) of 3', '[]'],
  ['(count-distinct ?x) of 1 1.0 1N 1M 1.0M', '3'],
  ['(distinct ?x) of 1M 1.00M', '#{1M}'],
  ['(count ?x) of nil 1', '2'],
  ['(count-distinct ?x) of nil 1 nil', '2'],
  ['(first ?x) of 3', '3'],
  ['(vec ?x) of 3 4', '[3 4]'],
  ['(set ?x) of 3 3', '#{3}'],
  ['(clojure.core/set ?x) of 3', '#{3}'],
  ['(frequencies ?x) of 1 1', '{1 2}'],
  ['(apply + ?x) of 1 5', '6'],
  ['(reduce + ?x) of 1 5', '6'],
  ['(clojure.string/join "," ?x) of "a" "b"', '"a,b"'],
  ['(clojure.core/max ?x) of 1 2', '[1 2]'],
  ['(nosuch ?x) of 1', 'unknown'],
  ['(.size ?x) of 1', 'unknown'],
  ['(:a ?x) of 1', 'unknown'],
])('%s is %s', (text, wanted) => {
  expect(aggregate(text)).toBe(wanted)
})

test.each([
  ['(sum ?x) of "a"', ':yore/invalid-function-call'],
  ['(sum ?x) of nil', ':yore/invalid-function-call'],
  ['(sum ?x) of 9223372036854775807 1', ':yore/invalid-function-call'],
  ['(avg ?x) of "a"', ':yore/invalid-function-call'],
  ['(median ?x) of "a" "b"', ':yore/invalid-function-call'],
  ['(variance ?x) of "a"', ':yore/invalid-function-call'],
  ['(min "2" ?x) of 1', ':yore/invalid-function-call'],
  ['(min nil ?x) of 1', ':yore/invalid-function-call'],
  ['(min 1 2 ?x) of 1', ':yore/invalid-function-call'],
  ['(count 2 ?x) of 1', ':yore/invalid-function-call'],
  ['(sample ?x) of 1', ':yore/invalid-function-call'],
  ['(sample -1 ?x) of 1', ':yore/invalid-function-call'],
  ['(rand 999999999999 ?x) of 1', ':yore/limit-exceeded'],
  ['(apply nosuch ?x) of 1', ':yore/unknown-function'],
  ['(inc ?x) of 1', ':yore/invalid-function-call'],
  ['(eval ?x) of 1', ':yore/forbidden-function'],
])('%s fails with %s', (text, wanted) => {
  expect(code(() => aggregate(text))).toBe(wanted)
})

test('chance comes from the source that is passed in, and covers everything', () => {
  const items = [1, 2, 3, 4, 5]
  expect(aggregateFunction('rand')?.([], items, () => 0.99999)).toBe(5)
  expect(aggregateFunction('rand')?.([2], items, () => 0)).toEqual([1, 1])
  expect(aggregateFunction('sample')?.([3], items, () => 0)).toEqual([1, 2, 3])
  const seen = new Set<unknown>()
  for (let i = 0; i < 300; i++) seen.add(aggregateFunction('rand')?.([], items))
  expect(seen.size).toBe(5)
  expect(new Set(aggregateFunction('sample')?.([9], items) as number[])).toEqual(new Set(items))
})

test('any values and constants: a value or a YoreError', () => {
  const names = [...aggregates.map((x) => x.name), 'set', 'vec', 'first', 'str', 'apply', 'sort']
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(anyValues, { maxLength: 2 }),
      fc.array(anyValues, { minLength: 1, maxLength: 5 }),
      (name, constants, items) => {
        code(() => aggregateFunction(name)?.(constants, items))
      },
    ),
    { numRuns: 3000 },
  )
})

// ---- the fast form ----

function valueAt(column: Column, i: number): Value {
  if (column.kind === 'value') return column.data[i] as Value
  return boxed(column.data[i] as number, column.type)
}

function boxed(x: number, type: NumberType): Value {
  if (type === 'double') return double(x)
  if (type === 'float') return new Float(x)
  return type === 'instant' ? new Instant(x) : x
}

const samples: Readonly<Record<NumberType, fc.Arbitrary<number>>> = {
  long: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.maxSafeInteger()),
  ref: fc.integer({ min: 0, max: 100 }),
  instant: fc.integer({ min: -1e6, max: 1e6 }),
  double: fc.oneof(
    fc.integer({ min: -5, max: 5 }).map((n) => n / 2),
    fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  ),
  float: fc.float({ noNaN: true, min: -1000, max: 1000 }),
}

describe.each([
  'count',
  'count-distinct',
  'distinct',
  'sum',
  'avg',
  'median',
  'min',
  'max',
  'variance',
  'stddev',
])('numericAggregate %s', (name) => {
  test.each(Object.keys(samples) as NumberType[])('over %s agrees with the plain form', (type) => {
    const rows = fc.array(fc.tuple(samples[type], fc.nat({ max: 3 })), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(rows, (pairs) => {
        // groups are numbered without gaps
        const numbers = [...new Set(pairs.map((p) => p[1]))]
        const groups = Int32Array.from(pairs, (p) => numbers.indexOf(p[1]))
        const data = Float64Array.from(pairs, (p) => p[0])
        const plain = (): string[] =>
          numbers.map((n) => {
            const own = pairs.filter((p) => p[1] === n).map((p) => boxed(p[0], type))
            return prText(aggregateFunction(name)?.([], own) ?? null)
          })
        const fast = (): string[] => {
          const column = numericAggregate(name)?.(data, type, groups, numbers.length) as Column
          return numbers.map((_, g) => prText(valueAt(column, g)))
        }
        const wanted = outcome(plain)
        expect(outcome(fast)).toEqual(wanted)
        const n = data.length
        const stretch = { start: 0, numbers: encodeNumbers(data, 0, n), from: 0, to: n }
        const stored = new StoredColumn(type, n, [stretch])
        const ofStored = (): string[] => {
          const column = numericAggregate(name)?.(stored, type, groups, numbers.length) as Column
          return numbers.map((_, g) => prText(valueAt(column, g)))
        }
        expect(outcome(ofStored)).toEqual(wanted)
      }),
    )
  })
})

function outcome(body: () => string[]): unknown {
  try {
    return body()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
}

test('of many rows and groups, and where doubles do not hold the sums', () => {
  const n = 10_000
  for (const groupCount of [1, 3, 100]) {
    for (const scale of [1, -1, 2 ** 40, -(2 ** 46)]) {
      const groups = Int32Array.from({ length: n }, (_, i) => (i * 7) % groupCount)
      const data = Float64Array.from({ length: n }, (_, i) => ((i * 31) % 17) * scale + 0)
      const totals = Array.from({ length: groupCount }, () => 0n)
      data.forEach((x, i) => {
        totals[groups[i] as number] = (totals[groups[i] as number] as bigint) + BigInt(x)
      })
      const numbers = encodeNumbers(data, 0, n)
      const cut = { start: 0, numbers, from: 0, to: 4500 }
      const rest = { start: 4500, numbers, from: 4500, to: n }
      for (const cells of [data, new StoredColumn('long', n, [cut, rest])]) {
        const of = (name: string): Value[] => {
          const column = numericAggregate(name)?.(cells, 'long', groups, groupCount) as Column
          return totals.map((_, g) => valueAt(column, g))
        }
        expect(of('sum').map((x) => BigInt(x as number))).toEqual(totals)
        const least = Math.min(0, 16 * scale)
        expect(of('min')).toEqual(totals.map(() => least))
        expect(of('max')).toEqual(totals.map(() => least + 16 * Math.abs(scale)))
        expect(of('count').reduce((a: number, b) => a + (b as number), 0)).toBe(n)
      }
    }
  }
})

test('numericAggregate knows NaN and the two zeros', () => {
  const one = (name: string, data: number[]): Value =>
    valueAt(
      numericAggregate(name)?.(
        Float64Array.from(data),
        'double',
        new Int32Array(data.length),
        1,
      ) as Column,
      0,
    )
  expect(one('min', [NaN, 1])).toEqual(new Double(1))
  expect(one('max', [1, NaN])).toBe(NaN)
  expect(one('count-distinct', [0, -0, NaN, NaN, 1])).toBe(3)
  expect(numericAggregate('rand')).toBeNull()
  expect(numericAggregate('constructor')).toBeNull()
})
