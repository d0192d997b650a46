/** Exact values of every kind for property tests, the hostile ones among them. */

import fc from 'fast-check'
import { BigDecimal } from '../../packages/yore/src/data/big-decimal.ts'
import { ValueMap, ValueSet } from '../../packages/yore/src/data/equal.ts'
import {
  Char,
  Float,
  Instant,
  Opaque,
  Tagged,
  Uri,
  Uuid,
  double,
  keyword,
  list,
  symbol,
} from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { functionValue } from '../../packages/yore/src/query/functions/callable.ts'
import { libraryFunction } from '../../packages/yore/src/query/functions/library.ts'

const longs = fc.oneof(
  fc.integer({ min: -5, max: 20 }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.constantFrom<Value>(0, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 400n, 5n),
)
const doubles = fc.double().map(double)
const decimals = fc
  .tuple(fc.bigInt({ min: -1_000_000n, max: 1_000_000n }), fc.integer({ min: -50, max: 50 }))
  .map(([unscaled, scale]) => new BigDecimal(unscaled, scale))
const texts = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '',
    ':a',
    '__proto__',
    '(',
    '[a',
    '*',
    'a b',
    '%d',
    '$1',
    '\\',
    '12',
    '1e9',
    '\ud800',
  ),
)
const names = fc.constantFrom('a', 'a/b', '__proto__', 'constructor', '+', 'x')

const atoms: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(null, true, false, NaN, Infinity, -Infinity),
  longs,
  doubles,
  decimals,
  texts,
  fc.double().map((x) => new Float(x)),
  names.map((x) => keyword(x)),
  names.map((x) => symbol(x)),
  fc.constantFrom('a', '\n', '\ud800').map((x) => new Char(x)),
  fc.oneof(fc.integer(), fc.constantFrom(NaN, 8.64e15 + 1)).map((ms) => new Instant(ms)),
  fc.uuid().map((x) => new Uuid(x)),
  fc.constantFrom('http://a.b/c', '', '::').map((x) => new Uri(x)),
  fc.uint8Array({ maxLength: 4 }),
  fc
    .constantFrom('inc', '+', 'str', 'reverse', 'first')
    .map((name): Value => functionValue(libraryFunction(name) ?? { name, run: () => null })),
  fc
    .constantFrom('a*', '(a)(b)?', '[a-z]+', '')
    .map((source): Value => libraryFunction('re-pattern')?.run([source]) ?? null),
  fc.constantFrom<Value>(
    new Opaque('object', {}),
    new Opaque('db', null),
    new Opaque('x', undefined),
  ),
  texts.map((x) => new Tagged(symbol('my/tag'), x)),
)

/** Any exact value. */
export const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atoms,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 3 }).map((xs) => list(xs)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((xs) => ValueMap.of(xs)),
    fc.array(tie('value'), { maxLength: 3 }).map((xs) => ValueSet.of(xs)),
  ),
})).value

/** Any number. */
export const numbers: fc.Arbitrary<Value> = fc.oneof(longs, doubles, decimals)
