import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BigDecimal } from '../data/big-decimal.ts'
import { compareValues } from '../data/compare.ts'
import { Double, Float, Instant, Uri, Uuid, double, keyword, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { orderKey, sameValue } from './values.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

const number = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, Number.NaN, Infinity, -Infinity),
  fc.double(),
)
const decimal = fc
  .tuple(fc.constantFrom(0n, 1n, -1n, 10n, 100n, 12n, 120n), fc.integer({ min: -3, max: 3 }))
  .map(([unscaled, scale]) => new BigDecimal(unscaled, scale))
const hex = fc.constantFrom('0', '1', '8', 'f')
const scalars: readonly (readonly [string, fc.Arbitrary<Value>])[] = [
  [
    'long',
    fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom<Value>(2n ** 60n, 2n ** 60n + 1n)),
  ],
  ['bigint', fc.bigInt({ min: -3n, max: 3n })],
  ['string', fc.oneof(fc.constantFrom('', 'a', 'A', 'a\0b', '_', 's1:a'), fc.string())],
  ['double', number.map((x) => double(x))],
  ['float', number.map((x) => new Float(x))],
  ['bigdec', decimal],
  ['keyword', fc.constantFrom('a', 'a/b', 'b/a', 'ab').map((x) => keyword(x))],
  ['symbol', fc.constantFrom('a', 'a/b', 'b/a').map((x) => symbol(x))],
  ['instant', fc.integer({ min: -2, max: 2 }).map((ms) => new Instant(ms))],
  ['uuid', hex.map((h) => new Uuid(`${h}0000000-0000-0000-${h}000-000000000000`))],
  [
    'uri',
    fc
      .constantFrom(
        'http://a/b',
        'HTTP://A/b',
        'http://a/B',
        'urn:x',
        'URN:x',
        'urn:X',
        'x',
        '//a',
        '//A',
        '',
      )
      .map((x) => new Uri(x)),
  ],
  ['bytes', fc.uint8Array({ maxLength: 2 })],
  ['boolean', fc.boolean()],
]
const tuples = scalars.map(
  ([name, v]) =>
    [`tuple of ${name}`, fc.array(fc.option(v), { minLength: 2, maxLength: 3 })] as const,
)

test.each([...scalars, ...tuples])(
  `one key exactly for what is equal in order: %s (seed ${seed})`,
  (_, v) => {
    fc.assert(
      fc.property(v, v, (x, y) => {
        const equal = compareValues(x, y) === 0
        expect(new Set([orderKey(x), orderKey(y)]).size === 1).toBe(equal)
        if (!equal) expect(sameValue(x, y)).toBe(false)
        expect(sameValue(x, x)).toBe(true)
      }),
      { seed, numRuns: 300 },
    )
  },
)

test('the scale of a decimal counts for redundancy, but not within a tuple', () => {
  const [x, y] = [BigDecimal.parse('1.0'), BigDecimal.parse('1.00')]
  expect(sameValue(x, y)).toBe(false)
  expect(sameValue([x, 1], [y, 1])).toBe(true)
  expect(sameValue(new Double(0), new Double(-0))).toBe(true)
})
