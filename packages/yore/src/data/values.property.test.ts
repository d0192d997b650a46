/** What holds for values of every kind: text and back, equality and keys, the order, plain JavaScript and back. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BigDecimal } from './big-decimal.ts'
import { compareValues } from './compare.ts'
import { readEdn } from './edn/read.ts'
import { printEdn } from './edn/print.ts'
import { fromPublicId, isWideId, makeId, toPublicId } from './entity-id.ts'
import { equalValues, keyOf, ValueMap, ValueSet } from './equal.ts'
import { fromPublic, toPublic } from './public.ts'
import {
  Char,
  double,
  Double,
  Float,
  Instant,
  keyword,
  list,
  List,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from './values.ts'
import type { Value } from './values.ts'

const odd = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\0s',
  '__proto__',
  'a',
  'b',
  'a/b',
  'nil',
  '1',
  ':a',
  '"',
  '\\',
  '\ud800',
  'é',
)
const text = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ maxLength: 6 }))
const small = fc.integer({ min: -2, max: 2 })
const anyDouble = fc.oneof(fc.double(), small, fc.constantFrom(0.5, -0, NaN, Infinity, -Infinity))
const long = fc.oneof(small, fc.maxSafeInteger())
const big = fc.oneof(
  fc.bigInt({ min: -2n, max: 2n }),
  fc.bigInt({ min: -(1n << 64n), max: 1n << 64n }),
  fc.bigInt(),
)
const instant = fc.oneof(small, fc.integer({ min: -8.64e15, max: 8.64e15 }))

const atom: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(null, true, false),
  long,
  big,
  anyDouble.map(double),
  anyDouble.map((x) => new Float(x)),
  fc.tuple(big, fc.integer({ min: -9, max: 9 })).map(([n, s]) => new BigDecimal(n, s)),
  text,
  text.map(keyword),
  text.map(symbol),
  fc.constantFrom('a', 'b', 'a/a', 'a/b', 'b/a').map(keyword),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map((s) => new Char(s[0] as string)),
  instant.map((ms) => new Instant(ms)),
  fc.uuid().map((u) => new Uuid(u)),
  fc
    .oneof(text, fc.webUrl(), fc.constantFrom('http://A/b', 'HTTP://a/b', 'a:b'))
    .map((u) => new Uri(u)),
  fc.uint8Array({ maxLength: 3 }),
)

const tag = fc.constantFrom('my/tag', 'bag', 'db/id').map(symbol)

const { value } = fc.letrec<{ value: Value; whole: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: atom },
    tie('whole'),
  ),
  whole: fc.oneof(
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((xs) => list(xs)),
    fc.array(tie('value'), { maxLength: 4 }).map((xs) => ValueSet.of(xs)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((xs) => ValueMap.of(xs)),
    fc.tuple(tag, tie('value')).map(([t, x]) => new Tagged(t, x)),
  ),
}))

const runs = { numRuns: 1500 }

/** The same value in every respect that text shows, and the same kinds of objects. */
function same(a: Value, b: Value): void {
  expect(printEdn(a)).toBe(printEdn(b))
  expect(kind(a)).toBe(kind(b))
}
const kind = (x: Value): string =>
  x === null ? 'nil' : typeof x === 'object' ? x.constructor.name : typeof x

// Built anew, so that nothing is one by being the same object.
function rebuilt(x: Value): Value {
  if (x instanceof List) return list(x.map(rebuilt))
  if (Array.isArray(x)) return (x as readonly Value[]).map(rebuilt)
  if (x instanceof ValueMap)
    return ValueMap.of([...x.entries()].reverse().map(([k, v]) => [rebuilt(k), rebuilt(v)]))
  if (x instanceof ValueSet) return ValueSet.of([...x].reverse().map(rebuilt))
  if (x instanceof Tagged) return new Tagged(x.tag, rebuilt(x.value))
  if (x instanceof Double) return new Double(x.value)
  if (x instanceof Float) return new Float(x.value)
  if (x instanceof Instant) return new Instant(x.ms)
  if (x instanceof Uuid) return new Uuid(x.text)
  if (x instanceof Uri) return new Uri(x.text)
  if (x instanceof Char) return new Char(x.text)
  if (x instanceof BigDecimal) return new BigDecimal(x.unscaled, x.scale)
  return x instanceof Uint8Array ? Uint8Array.from(x) : x
}

describe('text', () => {
  test('what is printed reads as the same value', () => {
    fc.assert(
      fc.property(value, (x) => {
        const read = readEdn(printEdn(x))
        same(read, x)
        expect(equalValues(read, x)).toBe(true)
      }),
      runs,
    )
  })
  test('any text reads, or is refused by a YoreError', () => {
    const soup = fc
      .array(
        fc.constantFrom(
          ...'()[]{}#^"\\:/ _;1.-+NMeRx\'@a\n'.split(''),
          '#_',
          '#{',
          '##',
          '#:',
          'nil',
          '\ud800',
        ),
        { maxLength: 12 },
      )
      .map((xs) => xs.join(''))
    fc.assert(
      fc.property(soup, (t) => {
        try {
          const x = readEdn(t)
          same(readEdn(printEdn(x)), x)
        } catch (e) {
          expect((e as { code?: unknown }).code).toBe(':yore/invalid-edn')
        }
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('equality', () => {
  test('a value equals itself built anew, whatever the order of its entries', () => {
    fc.assert(
      fc.property(value, (x) => {
        expect(equalValues(x, rebuilt(x))).toBe(true)
        expect(keyOf(x) === keyOf(rebuilt(x))).toBe(true)
      }),
      runs,
    )
  })
  test('keys agree with equality, and equality with order', () => {
    fc.assert(
      fc.property(value, value, (x, y) => {
        const equal = equalValues(x, y)
        expect(equalValues(y, x)).toBe(equal)
        expect(keyOf(x) === keyOf(y)).toBe(equal)
        if (equal) expect(compareValues(x, y)).toBe(0)
        // as items, where keys are texts in a row
        expect(equalValues([x, 1], [y, 1])).toBe(equal)
        expect(equalValues([[x], y], [[y], x])).toBe(equal)
        // equal values differ in text only by kind of number, of sequence, by sign of zero, and case of URIs
        if (!equal) expect(printEdn(x)).not.toBe(printEdn(y))
      }),
      { numRuns: 6000 },
    )
  })
  test('maps and sets find what they hold', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), value, (xs, y) => {
        const set = ValueSet.of(xs)
        const map = ValueMap.of(xs.map((x, i) => [x, i]))
        const has = xs.some((x) => equalValues(x, y))
        expect(set.has(y)).toBe(has)
        expect(map.has(y)).toBe(has)
        expect(map.get(y)).toBe(has ? xs.findLastIndex((x) => equalValues(x, y)) : undefined)
        expect(set.size).toBe(map.size)
        for (const x of xs) expect(set.has(rebuilt(x))).toBe(true)
      }),
      runs,
    )
  })
})

describe('order', () => {
  const sign = (a: Value, b: Value): number => Math.sign(compareValues(a, b)) + 0
  test('of two: antisymmetric, reflexive, never NaN', () => {
    fc.assert(
      fc.property(value, value, (x, y) => {
        expect(sign(x, y) + sign(y, x)).toBe(0)
        expect(sign(x, rebuilt(x))).toBe(0)
      }),
      { numRuns: 5000 },
    )
  })
  test('of three: transitive, and equal places are alike to all others', () => {
    const close = fc.oneof(
      value,
      anyDouble.map(double),
      long,
      big,
      fc
        .tuple(fc.bigInt({ min: -3n, max: 3n }), fc.integer({ min: -1, max: 1 }))
        .map(([n, s]) => new BigDecimal(n, s)),
    )
    fc.assert(
      fc.property(close, close, close, (a, b, c) => {
        const [x, y, z] = [a, b, c].sort(compareValues) as [Value, Value, Value]
        expect(sign(x, y)).not.toBe(1)
        expect(sign(y, z)).not.toBe(1)
        expect(sign(x, z)).not.toBe(1)
        if (sign(x, y) === 0) expect(sign(x, z)).toBe(sign(y, z))
        if (sign(y, z) === 0) expect(sign(x, y)).toBe(sign(x, z))
      }),
      { numRuns: 6000 },
    )
  })
})

// -0 goes in as 0.
function positiveZeros(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(positiveZeros)
  if (x === null || typeof x !== 'object' || Object.getPrototypeOf(x) !== Object.prototype) {
    return x === 0 ? 0 : x
  }
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, positiveZeros(v)]))
}

describe('plain JavaScript', () => {
  test('JSON comes back as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (x) => {
        const out = toPublic(fromPublic(x))
        // a map keeps neither -0 nor the prototype of fast-check's objects
        expect(JSON.stringify(out)).toBe(JSON.stringify(x))
      }),
      runs,
    )
  })
  test('values keep their meaning as far as plain JavaScript carries it', () => {
    fc.assert(
      fc.property(value, (x) => {
        const out = toPublic(x)
        const again = toPublic(fromPublic(out))
        expect(again).toEqual(positiveZeros(out))
      }),
      runs,
    )
  })
})

test('ids: both ways, in order', () => {
  const id = fc
    .tuple(
      fc.oneof(fc.integer({ min: 0, max: 2047 }), fc.integer({ min: 2048, max: 2 ** 20 - 1 })),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    )
    .map(([field, counter]) => makeId(field, counter))
  fc.assert(
    fc.property(id, id, (a, b) => {
      expect(fromPublicId(toPublicId(a))).toBe(a)
      expect(typeof toPublicId(a)).toBe(isWideId(a) ? 'bigint' : 'number')
      expect(a < b).toBe(toPublicId(a) < toPublicId(b))
      expect(toPublic([a])).toEqual([toPublicId(a)])
      expect(printEdn(a)).toBe(String(toPublicId(a)))
    }),
    runs,
  )
})
