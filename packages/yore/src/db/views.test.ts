import { expect, test } from 'vitest'
import { addTx, defining, freshDb } from '../../../../test/oracle/small-db.ts'
import { Double, Instant, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { tToTx } from '../indexes/facts/ids.ts'
import type { Db } from './db.ts'
import { datoms } from './datoms.ts'
import { LogList, txData, txIds, txRange } from './log.ts'
import type { Log } from './log.ts'
import { entidAt } from './partitions.ts'
import { valuesOf } from './read.ts'
import {
  asOf,
  asOfT,
  filter,
  history,
  isFiltered,
  isHistory,
  pointAtOrAfter,
  pointOf,
  since,
  sinceT,
} from './views.ts'

const e = 2 ** 44 + 1002
const at = (ms: number): Instant => new Instant(ms)

const first = addTx(freshDb(), 1000, defining(72, { 'p/n': { type: 'long' } }))
const one = addTx(first, 2000, [[e, 'p/n', 1]])
const two = addTx(one, 2000, [
  [e, 'p/n', 1, false],
  [e, 'p/n', 2],
])
const db = addTx(two, 3000, [
  [e, 'p/n', 2, false],
  [e, 'p/n', 3],
])
const [t1, t2, t3] = [one.basisT, two.basisT, db.basisT]
const seen = (view: Db): Value[] => valuesOf(view, e, 72)

test('a point is a t, a transaction, any id, an instant', () => {
  const points: [Value, number][] = [
    [t2, t2],
    [tToTx(t2), t2],
    [BigInt(tToTx(t2)), t2],
    [e, 1002],
    [new Double(t2), t2],
    [t2 + 0.9, t2],
    [-1, -1],
    [at(2000), t1],
    [at(2001), t3 - 1],
    [at(1999), t1 - 1],
    [at(3001), db.nextT],
    [at(500), 999],
    [at(0), 0],
    [at(-1), -1],
  ]
  for (const [point, t] of points) expect([point, pointOf(db, point)]).toEqual([point, t])
  expect(pointAtOrAfter(db, at(2001))).toBe(t3)
  expect(pointAtOrAfter(db, at(3001))).toBe(db.nextT)
  expect(pointAtOrAfter(db, at(-5))).toBe(0)
  for (const bad of [null, '2015', keyword('now'), true, [1], NaN]) {
    expect(() => asOf(db, bad)).toThrow(':yore/invalid-time-point')
  }
})

test('bounds: the last one wins, they combine in any order, none branches', () => {
  expect(seen(asOf(db, t1))).toEqual([1])
  expect(seen(asOf(asOf(db, t1), t2))).toEqual([2])
  expect(seen(since(db, t2))).toEqual([3])
  expect(seen(since(asOf(db, t2), t1))).toEqual([2])
  expect(seen(asOf(since(db, t1), t2))).toEqual([2])
  expect(seen(since(db, t3))).toEqual([])
  expect(asOfT(asOf(db, 99999))).toBe(99999)
  expect([asOfT(db), sinceT(db), sinceT(since(db, t1))]).toEqual([null, null, t1])
  expect(seen(asOf(db, 99999))).toEqual([3])
  expect(asOf(db, t1).basisT).toBe(t3)
})

test('history shows both kinds, newest first', () => {
  const past = [...datoms(history(db), 'eavt', [e])].map((d) => [d.v, d.t, d.added])
  expect(past).toEqual([
    [1, t2, false],
    [1, t1, true],
    [2, t3, false],
    [2, t2, true],
    [3, t3, true],
  ])
  expect([isHistory(history(db)), isHistory(db)]).toEqual([true, false])
})

test('a filter uncovers what its datoms replaced, and is called without filters but with the bounds', () => {
  const asked: Db[] = []
  const f = filter(db, (unfiltered, d) => {
    asked.push(unfiltered)
    return d.t !== t3
  })
  expect(seen(f)).toEqual([2])
  expect(asked[0]?.filters).toEqual([])
  const bounded = asOf(f, t1)
  expect(seen(bounded)).toEqual([1])
  expect(asOfT(asked.at(-1) as Db)).toBe(t1)
  expect(isFiltered(bounded) && isFiltered(history(bounded)) && !isFiltered(db)).toBe(true)
  expect(seen(filter(f, (_, d) => d.t !== t2))).toEqual([1])
})

test('entidAt', () => {
  expect(entidAt(db, keyword('db.part/user'), t1)).toBe(2 ** 44 + t1)
  expect(entidAt(db, 3, at(2001))).toBe(tToTx(t3))
  expect(entidAt(db, keyword('db.part/user'), at(-1))).toBe(2 ** 44)
  expect(() => entidAt(db, keyword('no/part'), 1)).toThrow(':db.error/not-a-db-id')
  expect(() => entidAt(db, keyword('db/doc'), 1)).toThrow(':db.error/not-a-partition')
})

test('the log between bounds of every kind; a value does not grow', () => {
  const entries = [first, one, two].map(({ basisT: t }) => ({ t, instant: 0, data: [] }))
  const log: Log = { source: new LogList(entries), db: two }
  entries.push({ t: t3, instant: 0, data: [] })
  expect(txIds(log, null, null)).toEqual([1000, t1, t2])
  expect(txIds(log, t1, t2)).toEqual([t1])
  expect(txIds(log, tToTx(t1), null)).toEqual([t1, t2])
  expect(txIds(log, at(1001), at(9999))).toEqual([t1, t2])
  expect(txIds(log, -5, t1)).toEqual([1000])
  expect(txIds(log, t2, t1)).toEqual([])
  expect(txIds(log, t3, null)).toEqual([])
  expect(() => txRange(log, 'x', null)).toThrow(':yore/invalid-time-point')
  expect(txData(log, t1)).toBe(entries[1]?.data)
  expect(txData(log, t1 + 1)).toEqual([])
  expect(txData(log, t3)).toEqual([])
  expect(() => txData(log, at(5))).toThrow(':yore/invalid-time-point')
})
