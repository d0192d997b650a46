import { expect, test } from 'vitest'
import { addTx, defining, freshDb } from '../../../../test/oracle/small-db.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { Double, Float, Uuid, keyword, list, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import {
  attributeOf,
  entid,
  fitIdentifier,
  fitValue,
  ident,
  nearestName,
  requireAttribute,
} from './lookup.ts'
import type { Attribute } from './schema.ts'
import { asOf, history, since } from './views.ts'

const a = 2 ** 44 + 1001
const b = 2 ** 44 + 1002
const unique = { unique: 'identity' } as const

const base = addTx(
  freshDb(),
  1,
  defining(72, {
    'u/long': { type: 'long', ...unique },
    'u/double': { type: 'double', ...unique },
    'u/float': { type: 'float', ...unique },
    'u/bigint': { type: 'bigint', ...unique },
    'u/bigdec': { type: 'bigdec', ...unique },
    'u/kw': { type: 'keyword', ...unique },
    'u/ref': { type: 'ref', ...unique },
    'u/tup': { type: 'tuple', ...unique },
    'u/uuid': { type: 'uuid', ...unique },
    'p/n': { type: 'long', index: true },
  }),
)
const uuid = new Uuid('11111111-2222-3333-4444-555555555555')
const db = addTx(base, 2, [
  [a, 'u/long', 5],
  [a, 'u/double', new Double(5)],
  [a, 'u/float', new Float(0.1)],
  [a, 'u/bigint', 5n],
  [a, 'u/bigdec', BigDecimal.parse('1.0')],
  [a, 'u/kw', keyword('a/b')],
  [a, 'u/ref', b],
  [a, 'u/tup', [5, 0.5]],
  [a, 'u/uuid', uuid],
])

const k = keyword

test('every entity identifier', () => {
  const cases: [Value, number | null][] = [
    [10, 10],
    [-1, -1],
    [123456789, 123456789],
    [k('db/ident'), 10],
    [':db/ident', 10],
    [symbol('db/ident'), 10],
    [k('no/such'), null],
    [1.5, null],
    [new Double(10), null],
    [true, null],
    [null, null],
    [2305843009213693952n, 2 ** 53 + 2 * 2 ** 19 * 2 ** 32],
    [[k('u/long'), 5], a],
    [list([k('u/long'), 5]), a],
    [[':u/long', 5], a],
    [[72, 5], a],
    [[[k('db/ident'), k('u/long')], 5], a],
    [[k('u/long'), null], null],
    [[k('db/ident'), ':db/doc'], 62],
    [[k('db/ident'), symbol('db/doc')], 62],
  ]
  for (const [x, id] of cases) expect([x, entid(db, x)]).toEqual([x, id])
})

test('the value of a lookup ref is of the attribute’s kind, scale and exactness aside', () => {
  const found: [string, Value][] = [
    ['u/long', 5n],
    ['u/double', new Float(5)],
    ['u/float', new Float(0.1)],
    ['u/bigint', 5],
    ['u/bigdec', BigDecimal.parse('1.000')],
    ['u/tup', list([5n, 0.5])],
    ['u/ref', b],
  ]
  for (const [name, v] of found) expect([name, entid(db, [k(name), v])]).toEqual([name, a])
  const missed: [string, Value][] = [
    ['u/long', new Double(5)],
    ['u/long', BigDecimal.of(5)],
    ['u/double', 5],
    ['u/float', 0.1],
    ['u/bigint', BigDecimal.of(5)],
    ['u/bigdec', 1],
    ['u/kw', ':a/b'],
    ['u/tup', [5, 0.25]],
    ['u/ref', k('db/ident')],
    ['u/uuid', uuid.text],
  ]
  for (const [name, v] of missed) expect([name, entid(db, [k(name), v])]).toEqual([name, null])
})

test('what a program writes is made fit for the attribute', () => {
  const same: Value[] = [
    [':u/double', 5],
    [':u/float', 0.1],
    [':u/kw', ':a/b'],
    [':u/uuid', uuid.text.toUpperCase()],
  ]
  for (const x of same) expect([x, entid(db, fitIdentifier(db, x))]).toEqual([x, a])
  const odd: Value[] = [
    'x',
    ['x', 5],
    [':u/long'],
    [':no/such', 5],
    [5],
    [':u/uuid', 'no uuid'],
    null,
  ]
  for (const x of odd)
    expect(fitIdentifier(db, x)).toEqual(Array.isArray(x) ? expect.anything() : x)
  const tuple = {
    ...(attributeOf(db, k('u/tup')) as Attribute),
    tupleTypes: ['long', 'double'],
  } as Attribute
  expect(fitValue(db, tuple, [1, 2])).toEqual([1, new Double(2)])
})

test('malformed identifiers are errors', () => {
  const cases: [Value, string][] = [
    ['a', ':db.error/not-a-keyword'],
    ['', ':db.error/not-a-keyword'],
    [':', ':db.error/not-a-keyword'],
    [[], ':db.error/invalid-lookup-ref'],
    [[k('u/long')], ':db.error/invalid-lookup-ref'],
    [[k('u/long'), 1, 2], ':db.error/invalid-lookup-ref'],
    [[k('p/n'), 1], ':db.error/lookup-ref-attr-not-unique'],
    [[k('no/such'), 1], ':db.error/not-an-entity'],
    [[null, 1], ':db.error/not-an-entity'],
    [['x', 1], ':db.error/not-a-keyword'],
    [[k('db.part/user'), 1], ':db.error/not-an-attribute'],
    [[k('db/ident'), 'x'], ':db.error/not-a-keyword'],
  ]
  for (const [x, code] of cases) expect(() => entid(db, x), JSON.stringify(x)).toThrow(code)
})

test('lookup refs within lookup refs are bounded', () => {
  let deep: Value = k('u/long')
  for (let i = 0; i < 50_000; i++) deep = [deep, 1]
  expect(() => entid(db, deep)).toThrow(/:db.error|:yore/)
})

test('lookup refs see the view; names do not', () => {
  const ref = [k('u/long'), 5]
  expect(entid(asOf(db, 1000), ref)).toBeNull()
  expect(entid(since(db, 1001), ref)).toBeNull()
  expect(entid(since(db, 1001), [k('db/ident'), k('u/long')])).toBe(72)
  const moved = addTx(db, 3, [
    [a, 'u/long', 5, false],
    [b, 'u/long', 5],
  ])
  expect(entid(moved, ref)).toBe(b)
  expect(entid(asOf(moved, 1001), ref)).toBe(a)
  expect(entid(history(moved), ref)).toBe(a)
})

test('ident, attribute, and the nearest name', () => {
  expect(ident(db, 72)).toBe(k('u/long'))
  expect(ident(db, 1.5)).toBeNull()
  expect(ident(db, 'x')).toBe('x')
  expect(attributeOf(db, [k('u/kw'), k('a/b')])).toBeNull()
  expect(attributeOf(db, null)).toBeNull()
  expect(() => attributeOf(db, 'x')).toThrow(':db.error/not-a-keyword')
  expect(nearestName(db, k('u/lnog'))).toBe(k('u/long'))
  expect(nearestName(db, k('completely/different'))).toBeNull()
  expect(nearestName(db, k(`x/${'y'.repeat(100_000)}`))).toBeNull()
  expect(() => requireAttribute(db, k('u/lnog'))).toThrow('did you mean :u/long?')
})
