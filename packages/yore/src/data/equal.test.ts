/** When two values are one (findings-query "Equality", findings-schema "Types"), and the collections that rest on it. */

import { describe, expect, test } from 'vitest'
import { BigDecimal } from './big-decimal.ts'
import { compareValues } from './compare.ts'
import { equalValues, keyOf, ValueMap, ValueSet } from './equal.ts'
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
} from './values.ts'
import type { Value } from './values.ts'

const uuid = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'
const one = {}

// Every row is one value, and no two rows are.
const rows: readonly (readonly Value[])[] = [
  [null],
  [true],
  [false],
  [1, 1n],
  [double(1), new Double(1)],
  [new Float(1), new Float(1)],
  [new BigDecimal(1n, 0), BigDecimal.of(1)],
  [new BigDecimal(10n, 1)],
  ['1'],
  [new Char('1')],
  [keyword('1')],
  [symbol('1')],
  [0, 0n, -0],
  [new Double(0), new Double(-0)],
  [new Float(0), new Float(-0)],
  [NaN],
  [new Float(NaN)],
  [1.5],
  [new Float(1.5)],
  [9007199254740992n],
  [9007199254740992], // an entity id, not that bigint
  ['\0'],
  ['\0\0'],
  ['\0s'],
  ['\0s\0'],
  ['\0n9007199254740992'],
  ['\0dNaN'],
  ['\0[]'],
  ['\0i0'],
  [''],
  [new Instant(0), new Instant(0)],
  [new Uuid(uuid), new Uuid(uuid)],
  [uuid],
  [new Uri('http://a/b'), new Uri('HTTP://A/b')],
  [new Uri('http://a/B')],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
  [Uint8Array.of(12)],
  [[], list([])],
  [[null]],
  [[1, [2]], list<Value>([1n, list([2])])],
  [[1, 2]],
  [['1 2']],
  [['1', '2']],
  [['s1:a', 'b']],
  [['a s1:b']],
  [[keyword('a')]],
  [[':a']],
  [[symbol('a')]],
  [[symbol('a b'), 1]],
  [[true]],
  [[[]]],
  [[NaN], [NaN]],
  [new ValueMap(), new ValueMap()],
  [new ValueSet(), new ValueSet()],
  [
    ValueMap.of([
      [1, 'a'],
      [[2], 'b'],
    ]),
    ValueMap.of([
      [list([2]), 'b'],
      [1n, 'a'],
    ]),
  ],
  [
    ValueMap.of([
      [1, 'b'],
      [[2], 'a'],
    ]),
  ],
  [ValueSet.of([1, [2]]), ValueSet.of([[2], 1n])],
  [ValueSet.of([[1, [2]]])],
  [new Tagged(symbol('a'), 1), new Tagged(symbol('a'), 1n)],
  [new Tagged(symbol('a'), '1')],
  [new Tagged(symbol('a 1:'), 1)],
  [new Opaque('x', one), new Opaque('x', one)],
  [new Opaque('x', {})],
  [new Opaque('x', 1)],
  [new Opaque('x', '1')],
  [new Opaque('x', null)],
]

describe('equality', () => {
  test('holds within rows and nowhere else, for equalValues, keys, and as items', () => {
    rows.forEach((row, i) => {
      rows.forEach((other, j) => {
        for (const a of row) {
          for (const b of other) {
            const seen = [
              equalValues(a, b),
              keyOf(a) === keyOf(b),
              equalValues([a], [b]),
              ValueSet.of([a]).has(b),
              equalValues(new Tagged(symbol('t'), a), new Tagged(symbol('t'), b)),
            ]
            expect([i, j, ...seen]).toEqual([i, j, ...seen.map(() => i === j)])
          }
        }
      })
    })
  })
})

describe('collections', () => {
  test('a map keeps the place of a key that is set again, and shows the newer one', () => {
    const map = ValueMap.of([
      [1, 'a'],
      [2, 'b'],
    ]).set(1n, 'c')
    expect([...map]).toEqual([
      [1n, 'c'],
      [2, 'b'],
    ])
    expect([...map.keys()]).toEqual([1n, 2])
    expect([...map.values()]).toEqual(['c', 'b'])
    expect([map.size, map.get(1), map.get(3), map.has(2), map.has(3)]).toEqual([
      2,
      'c',
      undefined,
      true,
      false,
    ])
  })
  test('a set keeps the first of equal values', () => {
    expect([...ValueSet.of([[1], list([1]), 2, 2n])]).toEqual([[1], 2])
  })
  test('names of prototypes are keys like others', () => {
    const map = ValueMap.of([['__proto__', 1]])
    expect([map.get('__proto__'), map.get('constructor'), map.get('toString')]).toEqual([
      1,
      undefined,
      undefined,
    ])
  })
})

test('depth ends in a YoreError, not in the engine', () => {
  for (const wrap of [
    (x: Value): Value => [x],
    (x: Value): Value => new Tagged(symbol('t'), x),
    (x: Value): Value => new ValueMap().set(1, x),
  ]) {
    let [a, b]: [Value, Value] = [1, 1]
    for (let i = 0; i < 50_000; i++) [a, b] = [wrap(a), wrap(b)]
    expect(() => equalValues(a, b)).toThrow(':yore/limit-exceeded')
    expect(() => compareValues(a, b)).toThrow(':yore/limit-exceeded')
    expect(() => ValueSet.of([a])).toThrow(':yore/limit-exceeded')
  }
})
