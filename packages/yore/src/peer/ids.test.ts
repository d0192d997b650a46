import { expect, test } from 'vitest'
import { systemEnv } from '../base/env-system.ts'
import { connect, createDatabase, deleteDatabase } from '../embedded/connect.ts'
import { implicitPart, implicitPartId, part, resolveTempid, tempid, tToTx, txToT } from './ids.ts'
import { squuid, squuidTimeMillis } from './squuid.ts'

test('t, transactions, partitions: the original’s numbers', () => {
  expect(tToTx(1000)).toBe(13194139534312)
  expect(tToTx(13194139534312)).toBe(13194139534312)
  expect(txToT(13194139534312)).toBe(1000)
  expect(txToT(1000)).toBe(1000)
  expect(part(17592186045418)).toBe(4)
  expect(part(13194139534312)).toBe(3)
  expect(part(72)).toBe(0)
  expect(implicitPart(0)).toBe(2305843009213693952n)
  expect(implicitPart(1)).toBe(2305847407260205056n)
  expect(part(2305847407260205056n)).toBe(2305847407260205056n)
  expect(implicitPartId(2305847407260205056n)).toBe(1)
  expect(implicitPartId(4)).toBeNull()
  for (const bad of [-1, 1.5, 524288, NaN, 'x' as never]) {
    expect(() => implicitPart(bad)).toThrow(':yore/invalid-argument')
  }
  for (const bad of [-1, 1.5, NaN, 'x' as never, null as never]) {
    expect(() => txToT(bad)).toThrow(':yore/invalid-argument')
  }
})

test('squuids grow with time and tell it', () => {
  const at = (ms: number): string => squuid({ ...systemEnv, now: () => ms })
  const id = at(1_700_000_000_999)
  expect(id).toMatch(/^6553f100-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(squuidTimeMillis(id)).toBe(1_700_000_000_000)
  expect(at(1_700_000_001_000) > id).toBe(true)
  expect(new Set(Array.from({ length: 1000 }, () => squuid())).size).toBe(1000)
  expect(() => squuidTimeMillis('x')).toThrow(':yore/invalid-value')
})

test('structural tempids', async () => {
  const uri = 'yore:mem://ids-test'
  await createDatabase(uri)
  const conn = await connect(uri)
  const [a, b, c] = [tempid(':db.part/user'), tempid(':db.part/user'), tempid(':db.part/user', -1)]
  const { tempids, dbAfter } = await conn.transact([
    [':db/add', a, ':db/doc', 'a'],
    [':db/add', b, ':db/doc', 'b'],
    [':db/add', c, ':db/doc', 'c'],
    [':db/add', 'named', ':db/doc', 'named'],
  ])
  const doc = (id: Parameters<typeof resolveTempid>[2]): unknown =>
    dbAfter.entity(resolveTempid(dbAfter, tempids, id))?.[':db/doc']
  expect([a, b, c, 'named', tempid(4, -1)].map(doc)).toEqual(['a', 'b', 'c', 'named', 'c'])
  expect(resolveTempid(dbAfter, tempids, 'other')).toBeNull()
  expect(resolveTempid(dbAfter, tempids, 'constructor')).toBeNull()
  expect(() => tempid(':db.part/user', 5)).toThrow(':yore/invalid-argument')
  await deleteDatabase(uri)
})
