import { expect, test } from 'vitest'
import { addTx, defining, freshDb } from '../../../../test/oracle/small-db.ts'
import { Double, Instant, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Datom } from '../indexes/facts/fact.ts'
import { tToTx } from '../indexes/facts/ids.ts'
import { datoms, indexRange, rseekDatoms, seekDatoms } from './datoms.ts'
import { asOf, history } from './views.ts'

const a = 2 ** 44 + 1001
const b = 2 ** 44 + 1002

let db = addTx(
  freshDb(),
  1,
  defining(72, {
    'p/id': { type: 'string', unique: 'identity' },
    'p/n': { type: 'long', index: true },
    'p/m': { type: 'long' },
    'p/ref': { type: 'ref' },
  }),
)
db = addTx(db, 2, [
  [a, 'p/id', 'a'],
  [a, 'p/n', 1],
  [a, 'p/m', 1],
  [b, 'p/id', 'b'],
  [b, 'p/n', 1],
  [b, 'p/m', 2],
  [b, 'p/ref', a],
])
db = addTx(db, 3, [
  [a, 'p/m', 1, false],
  [a, 'p/m', 5],
])

const short = (all: Iterable<Datom>): unknown[] => [...all].map((d) => [d.e - 2 ** 44, d.a, d.v])
const take = (n: number, all: Iterable<Datom>): unknown[] => {
  const out: Datom[] = []
  for (const d of all) {
    if (out.length >= n) break
    out.push(d)
  }
  return short(out)
}
const k = keyword

test('components are identifiers where an entity is meant', () => {
  expect(short(datoms(db, 'eavt', [[k('p/id'), 'a'], ':p/n']))).toEqual([[1001, 73, 1]])
  expect(short(datoms(db, 'vaet', [[k('p/id'), 'a'], k('p/ref')]))).toEqual([[1002, 75, a]])
  expect(short(datoms(db, 'eavt', [b, 75, [k('p/id'), 'a']]))).toEqual([[1002, 75, a]])
  expect(short(datoms(db, 'avet', [k('p/n'), new Double(1), b]))).toEqual([[1002, 73, 1]])
  expect(short(datoms(db, 'avet', [k('p/n'), 'x']))).toEqual([])
})

test('the fourth component is a t or a transaction; a fifth is ignored', () => {
  for (const t of [1001, tToTx(1001)]) {
    expect(short(datoms(db, 'eavt', [a, 73, 1, t, 'whatever']))).toEqual([[1001, 73, 1]])
  }
  expect(short(datoms(db, 'eavt', [a, 73, 1, 1000]))).toEqual([])
  expect(() => datoms(db, 'eavt', [a, 73, 1, new Instant(5)])).toThrow(':yore/invalid-time-point')
})

test('what does not resolve finds nothing, or is not given, or is an error', () => {
  const none: [string, Value[]][] = [
    ['eavt', [k('no/such')]],
    ['eavt', [k('no/such'), k('p/n')]],
    ['eavt', [a, k('no/such')]],
    ['aevt', [k('no/such')]],
    ['aevt', [k('p/n'), [k('p/id'), 'zz']]],
    ['avet', [k('no/such')]],
    ['avet', [999]],
    ['eavt', [1.5]],
    ['eavt', [-1]],
  ]
  for (const [order, c] of none) expect([...datoms(db, order, c)], order).toEqual([])
  const errors: [string, Value[], string][] = [
    ['eavt', [a, k('no/such'), 1], ':db.error/not-an-entity'],
    ['eavt', [k('no/such'), k('no/such'), 1], ':db.error/not-an-entity'],
    ['eavt', [a, k('db.part/user'), 1], ':db.error/not-an-attribute'],
    ['eavt', [b, k('p/ref'), k('no/such')], ':db.error/not-an-entity'],
    ['vaet', [k('no/such')], ':db.error/not-an-entity'],
    ['vaet', ['a'], ':db.error/not-a-keyword'],
    ['avet', [k('p/m')], ':db.error/attribute-not-indexed'],
    ['eavt', [[k('p/n'), 1]], ':db.error/lookup-ref-attr-not-unique'],
    ['tave', [], ':yore/invalid-argument'],
    ['__proto__', [], ':yore/invalid-argument'],
  ]
  for (const [order, c, code] of errors) {
    for (const f of [datoms, seekDatoms, rseekDatoms]) {
      expect(() => f(db, order, c), `${order} ${code}`).toThrow(code)
      expect(() => f(history(db), order, c)).toThrow(code)
    }
  }
})

test('nil in the middle: the leading run that fits', () => {
  expect(short(datoms(db, 'eavt', [a, null]))).toHaveLength(3)
  expect(short(datoms(db, 'eavt', [a, null, 'a']))).toEqual([[1001, 72, 'a']])
  expect(short(datoms(db, 'eavt', [a, null, 1]))).toEqual([])
  expect(short(datoms(db, 'aevt', [k('p/n'), null, 1]))).toHaveLength(2)
  expect(short(datoms(db, 'avet', [k('p/n'), null, b]))).toEqual([])
  expect(short(datoms(db, 'eavt', [a, null, null, 1001]))).toHaveLength(2)
})

test('seek and rseek go to the ends of the index', () => {
  expect(take(2, seekDatoms(db, 'eavt', [a, k('p/n'), 1]))).toEqual([
    [1001, 73, 1],
    [1001, 74, 5],
  ])
  expect(take(2, seekDatoms(db, 'eavt', [k('no/such')]))).toEqual(take(2, datoms(db, 'eavt', [])))
  expect(take(1, seekDatoms(db, 'eavt', [a, k('no/such')]))).toEqual([[1001, 72, 'a']])
  expect(take(1, seekDatoms(db, 'aevt', [k('p/m'), b]))).toEqual([[1002, 74, 2]])
  expect(take(3, rseekDatoms(db, 'avet', [k('p/n'), 1]))).toEqual([
    [1002, 73, 1],
    [1001, 73, 1],
    [1002, 72, 'b'],
  ])
  expect(take(1, rseekDatoms(db, 'avet', [k('p/n'), 0]))).toEqual([[1002, 72, 'b']])
  expect(take(1, rseekDatoms(db, 'vaet', [-1]))).toEqual([])
  expect(take(9, seekDatoms(db, 'eavt', [2n ** 63n - 1n]))).toEqual([])
  expect([...rseekDatoms(db, 'eavt', [])].reverse()).toEqual([...datoms(db, 'eavt', [])])
  const past = history(db)
  expect([...rseekDatoms(past, 'aevt', [])].reverse()).toEqual([...datoms(past, 'aevt', [])])
})

test('index-range does not resolve its bounds', () => {
  const n = (start: Value, end: Value): unknown[] => short(indexRange(db, k('p/n'), start, end))
  expect(n(null, null)).toHaveLength(2)
  expect(n(1, 2)).toHaveLength(2)
  expect(n(1, 1)).toEqual([])
  expect(n(2, 1)).toEqual([])
  expect(n('x', null)).toEqual([])
  expect(() => indexRange(db, k('p/none'), null, null)).toThrow(':db.error/not-an-entity')
  expect(() => indexRange(db, null, null, null)).toThrow(':db.error/not-an-entity')
  expect(() => indexRange(db, 9999, null, null)).toThrow(':db.error/attribute-not-indexed')
  expect(() => indexRange(db, 'p/n', null, null)).toThrow(':db.error/not-a-keyword')
  expect(() => indexRange(asOf(db, 1), k('p/m'), 1, 2)).toThrow(':db.error/attribute-not-indexed')
})

test('answers can be walked again and are lazy', () => {
  const all = datoms(db, 'eavt', [])
  expect([...all]).toEqual([...all])
  for (const _ of all) break
  expect([...all].length).toBeGreaterThan(266)
})
