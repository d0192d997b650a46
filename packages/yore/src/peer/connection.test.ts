import { afterAll, beforeEach, expect, test } from 'vitest'
import { YoreError } from '../base/errors.ts'
import { systemEnv } from '../base/env-system.ts'
import type { Env } from '../base/env.ts'
import { connect, createDatabase, deleteDatabase } from '../embedded/connect.ts'
import { stateOf } from '../indexes/create.ts'
import { orders } from '../indexes/facts/fact.ts'
import type { Connection } from './connection.ts'
import { originOf } from './connection.ts'
import { Datom } from './datom.ts'
import type { TxReport } from './types.ts'

let clock = 1_700_000_000_000
const env: Env = { ...systemEnv, now: () => clock, monotonicMs: () => clock }
const uri = 'yore:mem://connection-test'
let conn: Connection

const attribute = (name: string, type: string): Record<`:${string}`, string> => ({
  ':db/ident': name,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
})

beforeEach(async () => {
  await deleteDatabase(uri)
  await createDatabase(uri, { env })
  conn = await connect(uri, { env })
  await conn.transact([
    { ...attribute(':p/name', 'string'), ':db/unique': ':db.unique/identity' },
    attribute(':p/n', 'long'),
    attribute(':p/x', 'double'),
  ])
})
afterAll(() => deleteDatabase(uri))

const codeOf = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
  return 'no error'
}

test('a report tells before, after, datoms and tempids', async () => {
  const { dbBefore, dbAfter, txData, tempids } = await conn.transact([
    { ':db/id': 'ann', ':p/name': 'Ann', ':p/n': 1 },
  ])
  expect(dbBefore.basisT).toBe(1000)
  expect(dbAfter.basisT).toBe(1001)
  expect(tempids).toEqual({ ann: 17592186045418 })
  expect(txData.map((d) => [...d])).toEqual([
    [13194139534313, 50, new Date(clock), 13194139534313, true],
    [17592186045418, 72, 'Ann', 13194139534313, true],
    [17592186045418, 73, 1, 13194139534313, true],
  ])
  expect(txData[0]).toBeInstanceOf(Datom)
  expect(dbBefore.entity([':p/name', 'Ann'])).toBeNull()
  expect(dbAfter.entity([':p/name', 'Ann'])?.[':p/n']).toBe(1)
  expect(Object.isFrozen(txData) && Object.isFrozen(txData[1]) && Object.isFrozen(tempids)).toBe(
    true,
  )
})

test('reports share their getters, so that none keeps its databases longer than itself', async () => {
  const [x, y] = [await conn.transact([]), await conn.transact([])]
  expect(Object.getOwnPropertyNames(x)).toEqual(['dbBefore', 'dbAfter'])
  expect(Object.getPrototypeOf(x)).toBe(Object.getPrototypeOf(y))
  expect(x.txData).toBe(x.txData)
  expect(Object.isFrozen(x)).toBe(true)
})

test('a thousand in flight commit in call order', async () => {
  const all = Array.from({ length: 1000 }, (_, n) => conn.transact([{ ':p/name': 'x', ':p/n': n }]))
  const reports = await Promise.all(all)
  const ts = reports.map((r) => r.dbAfter.basisT)
  expect(ts).toEqual([...ts].sort((x, y) => x - y))
  expect(new Set(ts).size).toBe(1000)
  reports.forEach((r, n) => expect(r.dbAfter.entity([':p/name', 'x'])?.[':p/n']).toBe(n))
})

test('a failed one changes nothing and holds up nobody', async () => {
  const before = conn.db()
  const results = await Promise.allSettled([
    conn.transact([{ ':p/name': 'a', ':p/n': 'no number' }]),
    conn.transact([{ ':p/name': 'b' }]),
    conn.transact([[':db/nonsense']] as never),
    conn.transact('[{:p/name "c"'),
    conn.transact(undefined as never),
    conn.transact([{ ':p/name': undefined as never }]),
    conn.transact([{ ':p/name': 'd' }]),
  ])
  expect(results.map((r) => r.status)).toEqual([
    'rejected',
    'fulfilled',
    'rejected',
    'rejected',
    'rejected',
    'rejected',
    'fulfilled',
  ])
  for (const r of results) if (r.status === 'rejected') expect(r.reason).toBeInstanceOf(YoreError)
  expect(conn.db().basisT).toBe(before.basisT + 3)
  expect([...conn.db().datoms('aevt', ':p/name')].map((d) => d.v)).toEqual(['b', 'd'])
})

test('data are taken as they are at the call', async () => {
  const data = [{ ':p/name': 'early', ':p/n': 1 }]
  const report = conn.transact(data)
  data[0] = { ':p/name': 'changed', ':p/n': 2 }
  data.push({ ':p/name': 'more', ':p/n': 3 })
  expect((await report).txData).toHaveLength(3)
  expect(conn.db().entid([':p/name', 'changed'])).toBeNull()
})

test('text is exact, a program’s whole number may be a double', async () => {
  await conn.transact([{ ':p/name': 'js', ':p/x': 3 }])
  expect(conn.db().entity([':p/name', 'js'])?.[':p/x']).toBe(3)
  await conn.transact('[{:p/name "text", :p/x 3.0}]')
  expect(await codeOf(() => conn.transact('[{:p/name "text", :p/x 4}]'))).toBe(
    ':db.error/wrong-type-for-attribute',
  )
  expect(await codeOf(() => conn.transact([{ ':p/name': 'js', ':p/n': 1.5 }]))).toBe(
    ':db.error/wrong-type-for-attribute',
  )
})

test('instants never go back, though the clock may', async () => {
  await conn.transact([])
  clock -= 60_000
  const { txData } = await conn.transact([])
  expect(txData[0]?.v).toEqual(new Date(clock + 60_000))
  clock += 60_000
})

test('sync: what was asked before; a t that is still to come', async () => {
  const pending = conn.transact([{ ':p/name': 'a' }])
  expect((await conn.sync()).entid([':p/name', 'a'])).not.toBeNull()
  await pending
  const { nextT } = conn.db()
  let reached = false
  const later = conn.sync(nextT + 1).then((db) => {
    reached = true
    return db
  })
  await conn.transact([{ ':p/name': 'b' }])
  await Promise.resolve()
  expect(reached).toBe(false)
  await conn.transact([{ ':p/name': 'c' }])
  expect((await later).basisT).toBeGreaterThanOrEqual(nextT + 1)
  expect((await conn.sync(13194139534312)).basisT).toBe(conn.db().basisT)
  expect((await conn.syncSchema(1)).basisT).toBe(conn.db().basisT)
  expect(await codeOf(() => conn.sync(new Date() as never))).toBe(':yore/invalid-time-point')
  expect(await codeOf(() => conn.sync('x' as never))).toBe(':yore/invalid-time-point')
})

test('every reader gets every report, from when it began', async () => {
  await conn.transact([])
  const readers = [conn.txReports(), conn.txReports()]
  const sent: TxReport[] = []
  for (let n = 0; n < 5; n++) sent.push(await conn.transact([{ ':p/name': 'x', ':p/n': n }]))
  for (const reader of readers) {
    const got: number[] = []
    for await (const report of reader) {
      got.push(report.dbAfter.basisT)
      if (got.length === 5) break
    }
    expect(got).toEqual(sent.map((r) => r.dbAfter.basisT))
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  }
})

test('a reader that waits is told; one that has left is forgotten', async () => {
  const reader = conn.txReports()
  const next = reader.next()
  const report = await conn.transact([{ ':p/name': 'x' }])
  expect((await next).value?.dbAfter.basisT).toBe(report.dbAfter.basisT)
  const waiting = reader.next()
  await reader.return?.()
  expect((await waiting).done).toBe(true)
  await conn.transact([])
})

test('a reader that lags gets what is buffered, then a clear error', async () => {
  const reader = conn.txReports({ buffer: 2 })
  for (let n = 0; n < 4; n++) await conn.transact([{ ':p/name': 'x', ':p/n': n }])
  const first = (await reader.next()).value as TxReport
  const second = (await reader.next()).value as TxReport
  const error = await reader.next().then(
    () => null,
    (e: unknown) => e as YoreError,
  )
  expect(error).toMatchObject({ code: ':yore/reports-overflow', category: 'unavailable' })
  const lost = error?.data['t'] as number
  expect(conn.log().txRange(lost)).toHaveLength(2)
  expect(first.dbAfter.basisT < second.dbAfter.basisT && second.dbAfter.basisT < lost).toBe(true)
  expect((await reader.next()).done).toBe(true)
  expect(await codeOf(async () => conn.txReports({ buffer: 0 }))).toBe(':yore/invalid-argument')
})

test('release: what was transacted is committed, then nothing more', async () => {
  const reader = conn.txReports()
  const pending = conn.transact([{ ':p/name': 'last' }])
  const waiting = codeOf(() => conn.sync(99_999))
  const released = conn.release()
  expect(await codeOf(() => conn.transact([]))).toBe(':yore/released')
  await released
  await conn.release()
  expect((await pending).txData).toHaveLength(2)
  expect(await waiting).toBe(':yore/released')
  expect((await reader.next()).done).toBe(false)
  expect((await reader.next()).done).toBe(true)
  for (const use of [
    async () => conn.db(),
    async () => conn.log(),
    async () => conn.txReports(),
    () => conn.sync(),
    () => conn.syncIndex(1),
    () => conn.requestIndex(),
    () => conn.gcStorage(new Date()),
  ]) {
    expect(await codeOf(use)).toBe(':yore/released')
  }
  expect((await connect(uri)).db().entid([':p/name', 'last'])).not.toBeNull()
})

test('await using', async () => {
  {
    await using used = await connect(uri)
    await used.transact([{ ':p/name': 'x' }])
  }
  expect(await codeOf(async () => conn.db())).toBe(':yore/released')
})

test('index and garbage: nothing to do in memory', async () => {
  expect(await conn.requestIndex()).toBe(true)
  expect(await conn.gcStorage(new Date())).toBeUndefined()
  expect(await codeOf(() => conn.gcStorage('x' as never))).toBe(':yore/invalid-argument')
})

test('the log: in order, between bounds, not growing', async () => {
  const log = conn.log()
  const a = await conn.transact([{ ':p/name': 'a' }])
  const b = await conn.transact([{ ':p/name': 'b' }])
  expect(log.txRange().map((x) => x.t)).toEqual([1000])
  const all = conn.log().txRange()
  expect(all.map((x) => x.t)).toEqual([1000, a.dbAfter.basisT, b.dbAfter.basisT])
  expect(all[1]?.data).toEqual(a.txData)
  expect(conn.log().txRange(a.dbAfter.basisT, b.dbAfter.basisT)).toHaveLength(1)
  expect(conn.log().txRange(new Date(clock + 1))).toEqual([])
  expect(await codeOf(async () => log.txRange('x' as never))).toBe(':yore/invalid-time-point')
})

test('a job asked for in memory changes nothing that is seen, and transactions go on after it', async () => {
  await conn.transact([{ ':db/id': 'ann', ':p/name': 'Ann', ':p/n': 1 }])
  const before = conn.db()
  const datoms = (db: typeof before): unknown[] =>
    [...db.history().datoms('eavt')].map((d) => [...d])
  expect(await conn.requestIndex()).toBe(true)
  expect(conn.db().basisT).toBe(before.basisT)
  expect(datoms(conn.db())).toEqual(datoms(before))
  const [, { dbAfter }] = await Promise.all([
    conn.requestIndex(),
    conn.transact([{ ':p/name': 'Bob', ':p/n': 2 }]),
    conn.requestIndex(),
  ])
  expect(dbAfter.entity([':p/name', 'Bob'])?.[':p/n']).toBe(2)
  expect(conn.db().entity([':p/name', 'Ann'])?.[':p/n']).toBe(1)
})

test('syncIndex in memory puts what is live into segments, once', async () => {
  const { dbAfter } = await conn.transact([{ ':p/name': 'Ann', ':p/n': 1 }])
  const live = (): number => {
    const { trees } = stateOf(originOf(conn).db.facts)
    return orders.reduce((n, o) => n + trees[o].current.live.size + trees[o].past.live.size, 0)
  }
  expect(live()).toBeGreaterThan(0)
  const db = await conn.syncIndex(dbAfter.basisT)
  expect(live()).toBe(0)
  expect(db.entity([':p/name', 'Ann'])?.[':p/n']).toBe(1)
  const { facts } = originOf(conn).db
  await conn.syncIndex(dbAfter.basisT)
  expect(originOf(conn).db.facts).toBe(facts)
})

test('sync waits for a transaction that fails, and is none the worse for it', async () => {
  const bad = conn.transact([[':db/add', 'x', ':no/such', 1]])
  const db = await conn.sync()
  expect(await codeOf(() => bad)).toMatch(/^:/)
  expect(db.basisT).toBe(conn.db().basisT)
})
