/**
 * What a query reads of a storage when nothing is in memory: planning reads nothing of its own, a look-up one segment for each step of its
 * path, and where many segments are needed they are fetched many at a time.
 *
 * The bounds are numbers of blobs and of calls: who makes one of them larger has to say why.
 */

import { beforeAll, expect, test } from 'vitest'
import { explain, q } from 'yore'
import type { Connection } from 'yore'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { connectStored, createStored } from '../../packages/yore/src/embedded/stored.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { StorageMeter, measuringStorage } from '../../packages/yore/src/storage/measuring.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'

const meter = new StorageMeter()
const store = new MemoryStore()
const open = async (): Promise<Storage> => measuringStorage(memoryStorage(store), meter)

async function connected(): Promise<Connection> {
  const settings = { readOnly: false, relaxed: false, segmentSize: 64 }
  const conn = await connectStored(open, 'people', { env: systemEnv, functions: {} }, settings)
  return conn ?? expect.fail('no such database')
}

const schema = `[
  {:db/ident :p/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :p/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/town :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
  {:db/ident :p/friend :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}]`

const people = Array.from({ length: 4000 }, (_, i) => ({
  ':db/id': `p${i}`,
  ':p/name': `n${i}`,
  ':p/age': i % 400,
  ':p/town': `t${i % 7}`,
  ':p/friend': [`p${(i * 7 + 1) % 4000}`],
}))

const rules = '[[(reach ?a ?b) [?a :p/friend ?b]] [(reach ?a ?b) [?a :p/friend ?c] (reach ?c ?b)]]'

let middle = 0
beforeAll(async () => {
  await createStored(open, 'people', systemEnv)
  const conn = await connected()
  await conn.transact(schema)
  await conn.transact(people)
  const { dbAfter } = await conn.transact([{ ':p/name': 'n2003', ':p/town': 't9' }])
  middle = dbAfter.basisT - 1
  await conn.syncIndex(dbAfter.basisT)
  await conn.release()
})

interface Cost {
  readonly rows: number
  readonly blobs: number
  readonly calls: number
  readonly planning: number
}

async function costOf(text: string, at: number | null, inputs: readonly string[]): Promise<Cost> {
  const conn = await connected()
  const db = at === null ? conn.db() : conn.db().asOf(at)
  meter.reset()
  const { plan } = explain(text, db, ...inputs)
  const { calls, items } = meter.counts().getBlobs
  expect(plan.reads).toBe(items)
  await conn.release()
  const answer = q(text, db, ...inputs)
  // with nothing in memory and with everything the answer is the same
  const other = await connected()
  expect(q(text, at === null ? other.db() : other.db().asOf(at), ...inputs)).toEqual(answer)
  await other.release()
  return { rows: plan.rows, blobs: items, calls, planning: plan.planning.reads }
}

test.each([
  ['a look-up', '[:find ?e :where [?e :p/name "n2003"]]', 1, 1],
  ['an attribute of it', '[:find ?t :where [?e :p/town ?t] [?e :p/name "n2003"]]', 2, 2],
  ['a reference', '[:find ?f :where [?e :p/friend ?f] [?e :p/name "n2003"]]', 2, 2],
  [
    'a star',
    '[:find ?a ?t ?f :where [?e :p/friend ?f] [?e :p/town ?t] [?e :p/age ?a] [?e :p/name "n2003"]]',
    4,
    4,
  ],
  ['a path', '[:find ?n :where [?f :p/name ?n] [?e :p/friend ?f] [?e :p/name "n2003"]]', 3, 3],
  [
    'a path against the references',
    '[:find ?n :where [?e :p/name ?n] [?e :p/friend ?f] [?f :p/name "n2003"]]',
    3,
    3,
  ],
  [
    'a pull',
    '[:find (pull ?e [:p/name :p/age {:p/friend [:p/name]}]) :where [?e :p/name "n2003"]]',
    3,
    3,
  ],
  // ten entities, which lie in as many segments
  ['a value that several have', '[:find ?n :where [?e :p/name ?n] [?e :p/age 7]]', 11, 2],
  ['of these some', '[:find ?n :where [?e :p/town "t3"] [?e :p/name ?n] [?e :p/age 7]]', 12, 3],
  ['a range', '[:find ?n :where [?e :p/age ?a] [?e :p/name ?n] [(<= 100 ?a)] [(< ?a 103)]]', 13, 4],
  // an attribute without an index: all of its 63 segments
  ['a scan', '[:find (count ?e) :where [?e :p/town "t3"]]', 63, 6],
])('%s: %s', async (_, text, blobs, calls) => {
  const cost = await costOf(text, null, [])
  expect(cost.rows).toBeGreaterThan(0)
  expect(cost.planning).toBe(0)
  expect(cost.blobs).toBeLessThanOrEqual(blobs)
  expect(cost.calls).toBeLessThanOrEqual(calls)
})

test('as of another time: what is past besides', async () => {
  const text = '[:find ?t . :where [?e :p/town ?t] [?e :p/name "n2003"]]'
  const { blobs, planning } = await costOf(text, middle, [])
  expect(planning).toBe(0)
  expect(blobs).toBeLessThanOrEqual(3)
})

test('a rule: what it reaches', async () => {
  const text =
    '[:find (count ?n) :in $ % :where [?e :p/name "n2003"] (reach ?e ?f) [?f :p/name ?n]]'
  const { planning, blobs } = await costOf(text, null, [rules])
  expect(planning).toBe(0)
  expect(blobs).toBeLessThanOrEqual(70)
})

test('what was in use before an index job is in memory after it, though the job has made it anew', async () => {
  const conn = await connected()
  const ask = (from: number, to: number): number => {
    const db = conn.db()
    meter.reset()
    for (let i = from; i < to; i++) expect(q(find, db, `n${i}`)).toBe(`n${i}`)
    return meter.counts().getBlobs.items
  }
  const find = '[:find ?n . :in $ ?n :where [?e :p/name ?n]]'
  // names in between: each segment of the names is made anew
  const names = (end: string): { ':p/name': string }[] =>
    Array.from({ length: 4000 }, (_, i) => ({ ':p/name': `n${i}${end}` }))
  await conn.transact(names('a'))
  ask(1000, 2000)
  await conn.syncIndex(conn.db().basisT)
  expect(ask(1000, 2000)).toBe(0)
  await conn.transact(names('b'))
  await conn.syncIndex(conn.db().basisT)
  expect(ask(1000, 2000)).toBe(0)
  expect(conn.db().entity([':p/name', 'n1500b'])).not.toBeNull()
  await conn.release()
})
