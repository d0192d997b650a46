/** The order of values, as the original showed it (findings-schema "Types", findings-time section 4, findings-query "Order"). */

import { describe, expect, test } from 'vitest'
import { BigDecimal } from './big-decimal.ts'
import { compareValues } from './compare.ts'
import { ValueMap, ValueSet } from './equal.ts'
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

/** Rows ascend; what stands in one row is alike. */
function ascends(rows: readonly (readonly Value[])[]): void {
  rows.forEach((row, i) => {
    rows.forEach((other, j) => {
      for (const [n, a] of row.entries()) {
        for (const [m, b] of other.entries()) {
          expect(`${i}.${n} ${j}.${m}: ${Math.sign(compareValues(a, b))}`).toBe(
            `${i}.${n} ${j}.${m}: ${Math.sign(i - j)}`,
          )
        }
      }
    })
  })
}
const decimal = (text: string): BigDecimal => BigDecimal.parse(text)

describe('order', () => {
  test('across kinds', () => {
    ascends([
      [null],
      [1],
      [[1]],
      [ValueMap.of([[1, 1]])],
      [ValueSet.of([1])],
      [Uint8Array.of(1)],
      [keyword('z')],
      [symbol('a')],
      [false],
      [true],
      [new Char('a')],
      ['a'],
      [new Uri('a:a')],
      [new Instant(0)],
      [new Uuid('00000000-0000-0000-0000-000000000000')],
      [new Tagged(symbol('a'), 1)],
      [new Opaque('db', {})],
    ])
  })
  test('numbers by value, whatever their kind; NaN last', () => {
    ascends([
      [-Infinity, new Float(-Infinity)],
      [-(1n << 70n), new BigDecimal(-(1n << 70n), 0)],
      [-1, -1n, double(-1), decimal('-1.0')],
      [0, 0n, new Double(0), new Double(-0), new Float(-0), decimal('0.00')],
      [5e-324],
      [0.1, decimal('0.1')],
      [new Float(0.1)],
      [decimal('0.10000000149011613')],
      [1, 1n, double(1), new Float(1), decimal('1'), decimal('1.00')],
      [1.5, new Float(1.5), decimal('1.50')],
      [9007199254740991],
      [9007199254740992n, new Double(9007199254740992)],
      [9007199254740993n],
      [new Double(1e300), BigInt(1e300), new BigDecimal(BigInt(1e300), 0)],
      [decimal('1e400')],
      [Infinity, new Float(Infinity)],
      [NaN, new Float(NaN)],
    ])
  })
  test('strings by UTF-16 unit', () => {
    ascends([[''], ['A'], ['a'], ['a\0'], ['aa'], ['b'], ['é'], ['\u{1f600}'], ['\uffee']])
  })
  test('keywords and symbols: none, namespace, name', () => {
    for (const make of [keyword, symbol]) {
      ascends([
        [make('a')],
        [make('z')],
        [make('a/b')],
        [make('a/c')],
        [make('a.b/a')],
        [make('b/a')],
      ])
    }
  })
  test('uuids as two signed longs', () => {
    const u = (a: string, b: string): Uuid => new Uuid(`${a}0000000-0000-0000-${b}000-000000000000`)
    ascends([
      [u('8', '0')],
      [u('f', '0')],
      [u('0', '8')],
      [u('0', 'f')],
      [u('0', '0')],
      [u('0', '7')],
      [new Uuid('00000000-0000-0001-8000-000000000000')],
      [u('7', '0')],
    ])
  })
  test('random uuids, alike in the beginning: as their halves, taken as signed numbers', () => {
    const half = (text: string): bigint =>
      BigInt.asIntN(64, BigInt(`0x${text.replaceAll('-', '')}`))
    const order = ({ text }: Uuid): [bigint, bigint] => [
      half(text.slice(0, 18)),
      half(text.slice(19)),
    ]
    const sign = (x: bigint, y: bigint): number => (x < y ? -1 : x > y ? 1 : 0)
    for (let n = 0; n < 2000; n++) {
      const x = crypto.randomUUID()
      const shared = Math.floor(Math.random() * 37)
      const [a, b] = [new Uuid(x), new Uuid(x.slice(0, shared) + crypto.randomUUID().slice(shared))]
      const [[a1, a2], [b1, b2]] = [order(a), order(b)]
      const expected = sign(a1, b1) || sign(a2, b2)
      expect(Math.sign(compareValues(a, b)), `${a.text} ${b.text}`).toBe(expected)
    }
  })
  test('bytes: the shorter first, then as signed bytes', () => {
    ascends([
      [Uint8Array.of()],
      [Uint8Array.of(128)],
      [Uint8Array.of(255)],
      [Uint8Array.of(0)],
      [Uint8Array.of(127)],
      [Uint8Array.of(128, 0)],
      [Uint8Array.of(0, 0)],
    ])
  })
  test('tuples slot by slot, nil lowest, a prefix before what extends it', () => {
    ascends([
      [[], list([])],
      [[null]],
      [[null, 5]],
      [[1], list([1]), [double(1)]],
      [[1, null]],
      [[1, 'a']],
      [[1, 'b']],
      [[2]],
      [[[1]]],
    ])
  })
  test('the order of entries does not matter', () => {
    const a = ValueMap.of([
      ['x', 1],
      ['y', 2],
    ])
    const b = ValueMap.of([
      ['y', 2],
      ['x', 1],
    ])
    ascends([
      [a, b],
      [
        ValueMap.of([
          ['x', 1],
          ['y', 3],
        ]),
      ],
      [ValueSet.of([1, 2]), ValueSet.of([2, 1])],
    ])
  })
})
