/** The table of values.ts, both ways, and what may not come through. */

import { describe, expect, test } from 'vitest'
import vm from 'node:vm'
import { BigDecimal } from './big-decimal.ts'
import { printEdn } from './edn/print.ts'
import { readEdn } from './edn/read.ts'
import { makeId } from './entity-id.ts'
import { ValueMap, ValueSet } from './equal.ts'
import { fromPublic, toPublic } from './public.ts'
import {
  Char,
  Double,
  Float,
  Instant,
  keyword,
  list,
  List,
  Opaque,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from './values.ts'
import type { Value } from './values.ts'

const uuid = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'

describe('outward', () => {
  const table: [Value, unknown][] = [
    [null, null],
    [true, true],
    ['a', 'a'],
    [42, 42],
    [9007199254740993n, 9007199254740993n],
    [5n, 5n],
    [makeId(2 ** 19 + 3, 7), BigInt(2 ** 19 + 3) * 2n ** 42n + 7n],
    [new Double(3), 3],
    [2.5, 2.5],
    [NaN, NaN],
    [Infinity, Infinity],
    [new Float(0.5), 0.5],
    [keyword('a/b'), ':a/b'],
    [symbol('?x'), '?x'],
    [new Uuid(uuid), uuid],
    [new Uri('http://a'), 'http://a'],
    [new Char('x'), 'x'],
    [new Instant(5), new Date(5)],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    [
      [1, list([new Double(2), null])],
      [1, [2, null]],
    ],
    [ValueSet.of([keyword('a'), 1]), [':a', 1]],
    [
      readEdn('{:a/b 1, "s" {:c #{}}, 5 6, [1 :x] nil}'),
      { ':a/b': 1, s: { ':c': [] }, '5': 6, '[1 :x]': null },
    ],
    [new Opaque('object', 7), 7],
  ]
  test.each(table)('%#', (value, out) => {
    expect(toPublic(value)).toStrictEqual(out)
  })
  test('exact things that stay', () => {
    for (const x of [BigDecimal.parse('1.50'), new Tagged(symbol('a'), 1)])
      expect(toPublic(x)).toBe(x)
  })
  test('what comes out is fresh', () => {
    for (const x of [
      new Instant(1),
      Uint8Array.of(1),
      [1],
      ValueSet.of([1]),
      ValueMap.of([['a', 1]]),
    ]) {
      expect(toPublic(x)).not.toBe(toPublic(x))
      expect(toPublic(x)).not.toBe(x)
    }
    expect(toPublic(list([1]))).not.toBeInstanceOf(List)
  })
  test('keys cannot reach prototypes', () => {
    const out = toPublic(
      readEdn('{"__proto__" {"polluted" 1}, "constructor" 2, :__proto__ 3}'),
    ) as object
    expect(Object.getPrototypeOf(out)).toBe(Object.prototype)
    expect(Object.keys(out)).toEqual(['__proto__', 'constructor', ':__proto__'])
    expect(JSON.stringify(out)).toBe('{"__proto__":{"polluted":1},"constructor":2,":__proto__":3}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
  test('too deep is refused', () => {
    const deep = readEdn('['.repeat(5000) + ']'.repeat(5000), { depthMax: 5000 })
    expect(() => toPublic(deep)).toThrow(':yore/limit-exceeded')
  })
})

describe('inward', () => {
  const date = new Date(5)
  const table: [unknown, string][] = [
    [null, 'nil'],
    [3, '3'],
    [-0, '0'],
    [2.5, '2.5'],
    [1e300, '1.0E300'],
    [2 ** 53, '9.007199254740992E15'],
    [NaN, '##NaN'],
    [7n, '7N'],
    [':a', '":a"'],
    [date, '#inst "1970-01-01T00:00:00.005-00:00"'],
    [Uint8Array.of(1), '#bytes "01"'],
    [Buffer.from([255]), '#bytes "ff"'],
    [[1, [2]], '[1 [2]]'],
    [list([1]), '(1)'],
    [{ ':a': 1, b: { c: [null] } }, '{":a" 1, "b" {"c" [nil]}}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a" 1}'],
    [JSON.parse('{"__proto__":{"x":1}}'), '{"__proto__" {"x" 1}}'],
    [vm.runInNewContext('({a: [1]})'), '{"a" [1]}'],
    [new Map<unknown, unknown>([[keyword('a'), new Set([1, 1n, 2])]]), '{:a #{1 2}}'],
    [
      [keyword('a'), symbol('b'), new Double(1), new Float(1), BigDecimal.parse('1.0')],
      '[:a b 1.0 #float 1.0 1.0M]',
    ],
    [
      [new Uuid(uuid), new Char('x'), new Instant(0)],
      `[#uuid "${uuid}" \\x #inst "1970-01-01T00:00:00.000-00:00"]`,
    ],
    [[ValueMap.of([[1, 2]]), ValueSet.of([1]), new Tagged(symbol('a'), 1)], '[{1 2} #{1} #a 1]'],
  ]
  test.each(table)('%#', (x, text) => {
    expect(printEdn(fromPublic(x))).toBe(text)
  })
  test('what goes in is copied', () => {
    const bytes = Uint8Array.of(1)
    const array = [1]
    const inside = fromPublic([bytes, array]) as Value[]
    bytes[0] = 9
    array.push(2)
    expect(printEdn(inside)).toBe('[#bytes "01" [1]]')
    expect((inside[0] as object).constructor).toBe(Uint8Array)
  })
  test('objects of other classes pass as they are', () => {
    class Point {}
    const point = new Point()
    const inside = fromPublic(point) as Opaque
    expect([inside.kind, inside.value]).toEqual(['object', point])
    expect((fromPublic(/a/) as Opaque).kind).toBe('regex')
    for (const x of [
      new Float64Array(1),
      new Error('x'),
      new URL('http://a'),
      Object.create({ x: 1 }),
    ]) {
      expect(fromPublic(x)).toBeInstanceOf(Opaque)
      expect(toPublic(fromPublic(x))).toBe(x)
    }
  })
  test('what is no value is refused, with its place', () => {
    expect(() => fromPublic(undefined)).toThrow(/:yore\/invalid-value undefined is no value/)
    expect(() => fromPublic({ ':a': [1, undefined] })).toThrow(
      /undefined is no value \(at 1\); leave it out/,
    )
    expect(() => fromPublic({ ':a': undefined })).toThrow(/\(at :a\)/)
    expect(() => fromPublic(Array(2))).toThrow(/\(at 0\)/)
    expect(() => fromPublic([() => 1])).toThrow(/a function is no value/)
    expect(() => fromPublic(Symbol('x'))).toThrow(/a symbol is no value/)
    expect(() => fromPublic(new Map([[undefined, 1]]))).toThrow(':yore/invalid-value')
    expect(() => fromPublic(new Set([undefined]))).toThrow(':yore/invalid-value')
    expect(() => fromPublic(new Date(NaN))).toThrow(':yore/invalid-value')
  })
  test('circles and depth are refused', () => {
    const circle: unknown[] = []
    circle.push(circle, circle)
    const loop: Record<string, unknown> = {}
    loop['self'] = { loop }
    const set = new Set<unknown>()
    set.add(set)
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    for (const x of [circle, loop, set, deep])
      expect(() => fromPublic(x)).toThrow(':yore/limit-exceeded')
  })
})
