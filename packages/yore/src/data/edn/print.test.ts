/** What the text of a value is, as Clojure and Java 17 print it, and that it comes back as the same value. */

import { describe, expect, test } from 'vitest'
import { BigDecimal } from '../big-decimal.ts'
import { makeId } from '../entity-id.ts'
import { ValueMap, ValueSet } from '../equal.ts'
import {
  Char,
  double,
  Double,
  Float,
  Instant,
  keyword,
  list,
  Opaque,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from '../values.ts'
import type { Value } from '../values.ts'
import { printDouble, printEdn } from './print.ts'
import { readEdn } from './read.ts'

const table: [Value, string][] = [
  [null, 'nil'],
  [true, 'true'],
  [0, '0'],
  [-5, '-5'],
  [9007199254740991, '9007199254740991'],
  [5n, '5N'],
  [9007199254740992n, '9007199254740992'],
  [-9223372036854775808n, '-9223372036854775808'],
  [9223372036854775808n, '9223372036854775808N'],
  [new Double(1), '1.0'],
  [new Double(-0), '-0.0'],
  [1.5, '1.5'],
  [NaN, '##NaN'],
  [-Infinity, '##-Inf'],
  [new BigDecimal(150n, 2), '1.50M'],
  [new BigDecimal(15n, -2), '1.5E+3M'],
  [new Float(0.1), '#float 0.10000000149011612'],
  ['a"\\\n\t\r\b\f', '"a\\"\\\\\\n\\t\\r\\b\\f"'],
  ['\0\x1f\x7f', '"\\u0000\\u001f\\u007f"'],
  ['é😀\u2028', '"é😀\u2028"'],
  ['\ud800x\udc00', '"\\ud800x\\udc00"'],
  [keyword('a/b'), ':a/b'],
  [keyword('a b'), '#keyword "a b"'],
  [keyword(''), '#keyword ""'],
  [keyword('::a'), '#keyword ":a"'],
  [keyword(':a} 1'), '#keyword "a} 1"'],
  [symbol('a/b'), 'a/b'],
  [symbol('nil'), '#symbol "nil"'],
  [symbol('1'), '#symbol "1"'],
  [symbol('-1'), '#symbol "-1"'],
  [symbol(':a'), '#symbol ":a"'],
  [symbol('#a'), '#symbol "#a"'],
  [symbol(''), '#symbol ""'],
  [symbol('-'), '-'],
  [new Char('a'), '\\a'],
  [new Char('\n'), '\\newline'],
  [new Char('('), '\\('],
  [new Char('\0'), '\\u0000'],
  [new Char('\u00a0'), '\\u00a0'],
  [new Char('\ud800'), '\\ud800'],
  [
    new Uuid('f81d4fae-7dec-11d0-a765-00a0c91e6bf6'),
    '#uuid "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"',
  ],
  [new Uri('http://a"b'), '#uri "http://a\\"b"'],
  [new Instant(0), '#inst "1970-01-01T00:00:00.000-00:00"'],
  [new Instant(253402300800000), '#inst "+010000-01-01T00:00:00.000-00:00"'],
  [new Instant(-62198755200000), '#inst "-000001-01-01T00:00:00.000-00:00"'],
  [Uint8Array.of(0, 15, 255), '#bytes "000fff"'],
  [[], '[]'],
  [list([]), '()'],
  [[1, list([keyword('a'), [null]])], '[1 (:a [nil])]'],
  [
    ValueMap.of([
      [keyword('a'), 1],
      ['b', new ValueMap()],
    ]),
    '{:a 1, "b" {}}',
  ],
  [ValueSet.of([1, [2]]), '#{1 [2]}'],
  [new Tagged(symbol('my/tag'), [new Tagged(symbol('b'), 1), 2]), '#my/tag [#b 1 2]'],
]

describe('printEdn', () => {
  test.each(table)('%#: %s', (value, text) => {
    expect(printEdn(value)).toBe(text)
    expect(printEdn(readEdn(text))).toBe(text)
  })
  test('what is no data has a text, but does not come back', () => {
    expect(printEdn([new Opaque('db', {})])).toBe('[#opaque "db"]')
    expect(printEdn(makeId(2 ** 19 + 1, 5))).toBe('2305847407260205061')
  })
  test('what cannot be written is refused', () => {
    for (const tag of ['1', 'a b', ':a', '_', '']) {
      expect(() => printEdn(new Tagged(symbol(tag), 1))).toThrow(':yore/invalid-value')
    }
    expect(() => printEdn(new Instant(NaN))).toThrow(':yore/invalid-value')
    expect(() => printEdn(new Instant(8.64e15 + 1))).toThrow(':yore/invalid-value')
    expect(() => printEdn(undefined as unknown as Value)).toThrow(':yore/invalid-value')
    expect(() => printEdn({} as unknown as Value)).toThrow(':yore/invalid-value')
  })
})

// as Double.toString of Java 17 says
const doubles: [number, string][] = [
  [1, '1.0'],
  [0.1, '0.1'],
  [0, '0.0'],
  [0.001, '0.001'],
  [0.0009999, '9.999E-4'],
  [1e7, '1.0E7'],
  [9999999, '9999999.0'],
  [1e6, '1000000.0'],
  [12345678.9, '1.23456789E7'],
  [1e21, '1.0E21'],
  [1e22, '1.0E22'],
  [1e-5, '1.0E-5'],
  [1.5e300, '1.5E300'],
  [5e-324, '4.9E-324'],
  [2.2250738585072014e-308, '2.2250738585072014E-308'],
  [1.7976931348623157e308, '1.7976931348623157E308'],
  [123456789012345680, '1.2345678901234568E17'],
  [100 / 3, '33.333333333333336'],
  [-0.002, '-0.002'],
  [9.5367431640625e-7, '9.5367431640625E-7'],
  [9007199254740992, '9.007199254740992E15'],
]

test.each(doubles)('the double %d is %s', (x, text) => {
  expect(printDouble(x)).toBe(text)
  expect(readEdn(text)).toEqual(double(x))
})
