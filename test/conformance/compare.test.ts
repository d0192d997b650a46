import { expect, test } from 'vitest'
import { BigDecimal } from '../../packages/yore/src/data/big-decimal.ts'
import { ValueSet } from '../../packages/yore/src/data/equal.ts'
import {
  Double,
  Float,
  Tagged,
  keyword,
  list,
  symbol,
} from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { Raw, answerNode, matches, nameText, recordNode } from './compare.ts'
import type { Names } from './compare.ts'

const tag = (name: string, value: Value): Tagged => new Tagged(symbol(name), value)
const idOfA = 2 ** 44 + 1045
const names: Names = {
  ofId: (id) => (id === idOfA ? nameText('$id', 'a') : undefined),
  ofInstant: (ms) => (ms === 5 ? nameText('$inst', keyword(':t1')) : undefined),
}
const same = (record: Value, answer: unknown): boolean =>
  matches(recordNode(record), answerNode(answer, names))

test('numbers: kinds differ, whole doubles do not', () => {
  expect(same(1, 1)).toBe(true)
  expect(same(new Double(3), 3)).toBe(true)
  expect(same(1, 1n)).toBe(false)
  expect(same(1n, 1)).toBe(false)
  expect(same(BigDecimal.parse('1'), 1)).toBe(false)
  expect(same(BigDecimal.parse('1.5'), BigDecimal.parse('1.50'))).toBe(false)
  expect(same(tag('float', 1.5), new Float(1.5))).toBe(true)
  expect(same(tag('float', Math.fround(0.1)), 0.1)).toBe(true)
  expect(same(NaN, NaN)).toBe(true)
  expect(same(-Infinity, Infinity)).toBe(false)
})

test('doubles compare nearly, whole numbers exactly', () => {
  expect(same(0.1 + 0.2, 0.3)).toBe(true)
  expect(same(0.3, 0.3001)).toBe(false)
  expect(same(idOfA + 1, idOfA + 2)).toBe(false)
  expect(same(new Double(3), 3 - 1e-12)).toBe(true)
})

test('text: a keyword is its text, a string is not a boolean or nil', () => {
  expect(same(keyword(':a/b'), ':a/b')).toBe(true)
  expect(same(tag('uri', 'http://x'), 'http://x')).toBe(true)
  expect(same('true', true)).toBe(false)
  expect(same('nil', null)).toBe(false)
  expect(same(null, undefined)).toBe(false)
  expect(same(tag('any', keyword(':string')), 'whatever')).toBe(true)
  expect(same(tag('any', keyword(':string')), 1)).toBe(false)
  expect(same(tag('bytes', '00ff'), Uint8Array.of(0, 255))).toBe(true)
  expect(same('00ff', Uint8Array.of(0, 255))).toBe(false)
})

test('ids and instants go by their names, but not in raw data', () => {
  const a = list<Value>([symbol('$id'), 'a'])
  expect(same(a, idOfA)).toBe(true)
  expect(same(a, idOfA + 1)).toBe(false)
  expect(same(idOfA, idOfA)).toBe(false)
  expect(same(tag('raw', idOfA), new Raw(idOfA))).toBe(true)
  expect(same(list<Value>([symbol('$inst'), keyword(':t1')]), new Date(5))).toBe(true)
  expect(same(list<Value>([symbol('$inst'), keyword(':t1')]), new Date(6))).toBe(false)
})

test('vectors are ordered, sets and bags are not, and bags count', () => {
  expect(same([1, 2], [2, 1])).toBe(false)
  expect(same(ValueSet.of([1, 2]), [2, 1])).toBe(true)
  expect(same(tag('bag', [1, 1, 2]), [2, 1, 1])).toBe(true)
  expect(same(tag('bag', [1, 1, 2]), [2, 2, 1])).toBe(false)
  expect(same(tag('bag', [1, 2]), [1, 2, 2])).toBe(false)
  expect(same(tag('bag', [[ValueSet.of([1, 2]), 'x']]), [[[2, 1], 'x']])).toBe(true)
  expect(same([1, 2], new Set([1, 2]))).toBe(false)
})
