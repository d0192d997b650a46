/** Number columns: exactness at the edges of every width, and searching against a filtered array. */

import { expect, test } from 'vitest'
import {
  copyNumbers,
  encodeNumbers,
  lowerDescending,
  lowerNumber,
  pickNumbers,
  upperDescending,
  upperNumber,
} from './numbers.ts'

const columns: [string, number, number[]][] = [
  ['one value', 1, [7, 7, 7]],
  ['one byte', 1, [-3, 0, 252]],
  ['two bytes', 2, [-3, 0, 253, 65_532]],
  ['four bytes', 4, [17_592_186_044_416, 17_592_186_044_416 + 2 ** 32 - 1]],
  ['beyond four bytes', 8, [0, 2 ** 32]],
  ['ids beyond 2^53', 4, [2 ** 53 + 2, 2 ** 53 + 4, 2 ** 53 + 2 ** 32]],
  ['fractions', 8, [-0.5, 0, 1e-300]],
  ['negative zero', 8, [-0, -0]],
  ['infinities and NaN', 8, [-Infinity, 1, Infinity, NaN]],
  ['huge whole numbers', 8, [-1e300, 1e300]],
  ['nothing', 1, []],
]

test.each(columns)('%s comes back exactly', (_, width, xs) => {
  const column = encodeNumbers(Float64Array.from([99, ...xs, 98]), 1, xs.length + 1)
  expect(column.width).toBe(width)
  expect(xs.map((_, i) => column.at(i))).toEqual(xs)
  const out = new Float64Array(xs.length + 2)
  copyNumbers(column, 0, xs.length, out, 1)
  expect(Array.from(out.subarray(1, -1))).toEqual(xs)
  const rows = Int32Array.from(xs, (_, i) => xs.length - 1 - i)
  pickNumbers(column, rows, xs.length, out, 1)
  expect(Array.from(out.subarray(1, -1))).toEqual(xs.toReversed())
})

const sorted: [string, number[]][] = [
  ['bytes', [-5, -5, 0, 1, 1, 1, 90]],
  ['doubles', [-Infinity, -0.5, -0, 0, 1e-10, 3, 3, 1e300]],
  ['with NaN', [-1.5, 2, Infinity, NaN, NaN]],
  ['a base that would round', [-(2 ** 31), 0, 5]],
]

test.each(sorted)('searching %s', (_, xs) => {
  const column = encodeNumbers(Float64Array.from(xs), 0, xs.length)
  const less = (a: number, b: number): boolean => a < b || (b !== b && a === a)
  for (const x of [...xs, -7, 1e-10, 0.5, 2, 4, 1e301, -Infinity, NaN]) {
    for (let low = 0; low <= xs.length; low++) {
      const before = xs.filter((y, i) => i < low || less(y, x)).length
      const upTo = xs.filter((y, i) => i < low || !less(x, y)).length
      expect(lowerNumber(column, x, low, xs.length)).toBe(Math.max(low, before))
      expect(upperNumber(column, x, low, xs.length)).toBe(Math.max(low, upTo))
    }
  }
})

test('searching downwards', () => {
  const xs = [90, 7, 7, 7, 3, 0]
  const column = encodeNumbers(Float64Array.from(xs), 0, xs.length)
  for (const x of [100, 90, 8, 7, 5, 3, 0, -1]) {
    expect(lowerDescending(column, x, 0, xs.length)).toBe(xs.filter((y) => y > x).length)
    expect(upperDescending(column, x, 0, xs.length)).toBe(xs.filter((y) => y >= x).length)
  }
})
