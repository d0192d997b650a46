/** The three forms of value columns: which is chosen, that each is exact, and searching by order where values only compare equal. */

import { expect, test } from 'vitest'
import { BigDecimal } from '../../data/big-decimal.ts'
import { Random } from '../../../../../test/oracle/random.ts'
import type { Value } from '../../data/values.ts'
import { Double, Float, Instant, keyword } from '../../data/values.ts'
import { exactOf, fits, packedOf, valueAt } from './column.ts'
import type { NumberType } from '../fact-index.ts'
import { encodeValues } from './segment-values.ts'

const all = (xs: readonly Value[], type: NumberType | 'value', ascending = false) =>
  encodeValues(xs, 0, xs.length, type, ascending)

const forms: [string, NumberType | 'value', string, Value[]][] = [
  ['longs', 'long', 'long', [3, -1, 2 ** 53 - 1]],
  ['longs with a big one', 'long', 'coded', [3, 3, 3, 2n ** 64n]],
  ['ids', 'ref', 'ref', [2 ** 53 + 2 ** 40, 5]],
  ['doubles', 'double', 'double', [new Double(1), 1.5, new Double(-0), NaN, Infinity]],
  ['a double attribute with a plain whole number', 'double', 'coded', [1.5, 2]],
  ['floats', 'float', 'float', [new Float(0.1), new Float(3)]],
  ['instants', 'instant', 'instant', [new Instant(5), new Instant(-1)]],
  ['few keywords', 'value', 'coded', [keyword('a'), keyword('b'), keyword('a'), keyword('a')]],
  ['distinct strings', 'value', 'plain', Array.from({ length: 400 }, (_, i) => `s${i}`)],
  ['numbers that only look alike', 'value', 'coded', [0, -0, 0, new Double(0), 0n, NaN, NaN]],
]

test.each(forms)('%s', (_, type, form, xs) => {
  for (const ascending of [false, true]) {
    const column = all(xs, type, ascending)
    expect(column.type).toBe(form)
    const out: Value[] = []
    column.copyValues(0, xs.length, out, 0)
    expect(out).toEqual(xs)
    const rows = Int32Array.from(xs, (_, i) => xs.length - 1 - i)
    column.pickValues(rows, xs.length, out, 0)
    expect(out).toEqual(xs.toReversed())
    if (column.isNumber) {
      const data = new Float64Array(xs.length)
      column.copyNumbers(0, xs.length, data, 0)
      const cells = { kind: 'number', type: column.type as NumberType, data } as const
      expect(xs.map((_, i) => valueAt(cells, i))).toEqual(xs)
    }
  }
})

test('a dictionary keeps the very objects, and turns to rows when it does not pay', () => {
  const few = Array.from({ length: 7 }, (_, i) => [i])
  const xs = Array.from({ length: 300 }, (_, i) => few[i % 7] as Value)
  const column = all(xs, 'value')
  expect(column.type).toBe('coded')
  expect(xs.every((x, i) => column.at(i) === x)).toBe(true)
  // distinct at first, then repeated: the sample says no
  const late = [...Array.from({ length: 200 }, (_, i) => `s${i}`), ...Array(2000).fill('x')]
  const rows = all(late, 'value')
  expect(late.every((x, i) => rows.at(i) === x)).toBe(true)
})

test('values that repeat in no order have a dictionary, although few of the first ones repeat', () => {
  const random = new Random(11)
  const some = (many: number): Value[] => Array.from({ length: 4096 }, () => `s${random.int(many)}`)
  for (const many of [2, 200, 500, 1500]) expect(all(some(many), 'value').type).toBe('coded')
  for (const many of [10_000, 2 ** 30]) expect(all(some(many), 'value').type).toBe('plain')
})

test('searching finds what is equal in order, of every form', () => {
  const decimals = ['-1', '1.0', '1.00', '1', '2.5'].map((x) => BigDecimal.parse(x))
  const column = all(decimals, 'value', true)
  expect(column.lower(BigDecimal.parse('1.000'), 0, 5)).toBe(1)
  expect(column.upper(BigDecimal.parse('1.000'), 0, 5)).toBe(4)
  expect(column.lower(1, 0, 5)).toBe(1)
  expect(column.upper('text', 0, 5)).toBe(5)
  const longs = all([1, 2, 2, 9], 'long', true)
  expect([longs.lower(new Double(2), 0, 4), longs.upper(2n, 0, 4)]).toEqual([1, 3])
  expect([longs.lower(BigDecimal.parse('2.0'), 0, 4), longs.lower(2.5, 0, 4)]).toEqual([1, 3])
  // an instant stands after all numbers, a number before all instants
  expect(longs.lower(new Instant(0), 0, 4)).toBe(4)
  const instants = all([new Instant(1), new Instant(5)], 'instant', true)
  expect([instants.lower(5, 0, 2), instants.upper(5, 0, 2)]).toEqual([0, 0])
  expect([instants.lower(new Instant(5), 0, 2), instants.upper(new Instant(5), 0, 2)]).toEqual([
    1, 2,
  ])
})

test('what fits comes back, what does not says so', () => {
  expect(fits('long', 1n)).toBe(false)
  expect(fits('double', 3)).toBe(false)
  expect(fits('instant', 3)).toBe(false)
  expect(fits('float', new Double(3))).toBe(false)
  expect(exactOf('double', packedOf(new Double(-0)))).toEqual(new Double(-0))
})
