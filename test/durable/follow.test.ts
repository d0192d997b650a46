/**
 * Readers in this process beside a writer in another, which indexes and collects garbage without a pause. What is younger than the
 * collections stays whole; older values say that they are gone, and never answer wrongly; connecting works at every moment.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { connect, createDatabase } from '../../packages/yore/src/embedded/connect.ts'
import type { Connection } from '../../packages/yore/src/peer/connection.ts'
import type { Database } from '../../packages/yore/src/peer/database.ts'
import { q } from '../../packages/yore/src/peer/query.ts'
import { bundled } from '../bundled.ts'
import { makeDirectory } from '../storage/places.ts'

let directory = makeDirectory()

beforeEach(() => {
  directory = makeDirectory()
})
afterEach(() => directory.remove())

const accounts = 20
const uriOf = (): string => `yore:file://${directory.path}/followed`

async function prepared(): Promise<string> {
  const uri = uriOf()
  await createDatabase(uri)
  const conn = await connect(uri)
  const one = { ':db/cardinality': ':db.cardinality/one' }
  await conn.transact([
    { ':db/ident': ':f/n', ':db/valueType': ':db.type/long', ':db/unique': ':db.unique/identity', ...one },
    { ':db/ident': ':f/amount', ':db/valueType': ':db.type/long', ':db/index': true, ...one },
    { ':db/ident': ':f/text', ':db/valueType': ':db.type/string', ...one },
  ]) // prettier-ignore
  await conn.transact(
    Array.from({ length: accounts }, (_, n) => ({ ':f/n': n, ':f/amount': 1000 })),
  )
  await conn.release()
  return uri
}

interface Writer {
  /** Ends it; how many index jobs and collections there were. */
  readonly end: () => Promise<readonly number[]>
}

async function started(uri: string, ageMs: number): Promise<Writer> {
  const program = await bundled('test/durable/follow-child.ts')
  const child = spawn(process.execPath, [program, uri, String(ageMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  const end = async (): Promise<readonly number[]> => {
    const exited = once(child, 'exit')
    child.stdin.end()
    const counts = String((await lines.next()).value)
    expect(await exited).toEqual([0, null])
    return counts.split(' ').map(Number)
  }
  return { end }
}

/** Everything that a value says of the accounts, in several ways; throws when they do not agree. */
function look(db: Database): string {
  const sum = q('[:find (sum ?a) . :with ?e :where [?e :f/amount ?a]]', db)
  expect(sum).toBe(accounts * 1000)
  const amounts: unknown[] = []
  for (const { e, v } of db.datoms('avet', ':f/amount')) amounts.push([e, v])
  expect(amounts.length).toBe(accounts)
  const was = q('[:find (count ?tx) . :where [_ :f/text _ ?tx]]', db) ?? 0
  expect(db.basisT === 1001 ? 0 : was).toBeLessThanOrEqual(db.basisT - 1000)
  return JSON.stringify([db.basisT, amounts, was])
}

test('what is younger than the collections stays whole', { timeout: 60_000 }, async () => {
  const uri = await prepared()
  const ageMs = 20_000
  const writer = await started(uri, ageMs)
  const end = Date.now() + 5000
  const kept: [Database, string][] = []
  let opened = 0
  let last = 0
  while (Date.now() < end) {
    const reader = await connect(uri, { readOnly: true, cacheBytes: 30_000 })
    opened++
    const db = reader.db()
    expect(db.basisT).toBeGreaterThanOrEqual(last)
    last = db.basisT
    kept.push([db, look(db)])
    const log = reader.log().txRange(Math.max(1000, last - 20))
    expect(log.at(-1)?.t).toBe(last)
    const again = await reader.sync()
    look(again)
    await reader.release()
  }
  const [jobs = 0] = await writer.end()
  const held = await connect(uri, { readOnly: true, cacheBytes: 30_000 })
  for (const [db, seen] of kept) {
    const [, amounts] = JSON.parse(look(held.db().asOf(db.basisT))) as unknown[]
    expect(amounts).toEqual((JSON.parse(seen) as unknown[])[1])
  }
  await held.release()
  console.log(`${opened} openings, ${jobs} index jobs, up to t ${last}`)
  expect(jobs).toBeGreaterThan(3)
  expect(opened).toBeGreaterThan(3)
})

/** The look, or that what the value is made of has been collected. */
function looked(db: Database): string | null {
  try {
    return look(db)
  } catch (error) {
    if (error instanceof YoreError && error.code === ':yore/storage-not-found') return null
    throw error
  }
}

test(
  'collected at once: never a wrong answer, and the next value is whole',
  { timeout: 60_000 },
  async () => {
    const uri = await prepared()
    const writer = await started(uri, -1000)
    const end = Date.now() + 5000
    const follower: Connection = await connect(uri, { readOnly: true, cacheBytes: 10_000 })
    const old: [Database, string | null][] = []
    let [gone, whole, ts] = [0, 0, 0]
    const reports = follower.txReports({ buffer: 100_000 })
    const following = (async () => {
      let t = 0
      for await (const { dbAfter } of reports) {
        if (t > 0) expect(dbAfter.basisT).toBeGreaterThan(t)
        t = dbAfter.basisT
        ts++
      }
    })()
    while (Date.now() < end) {
      const db = await follower.sync()
      const seen = looked(db)
      if (seen === null) gone++
      else whole++
      old.push([db, seen])
      const [earlier, before] = old[Math.floor(Math.random() * old.length)] as (typeof old)[number]
      const now = looked(earlier)
      // it may be gone by now, but it never says anything else
      if (now !== null && before !== null) expect(now).toBe(before)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const [jobs = 0, collections = 0] = await writer.end()
    // the writer has gone: what there is now is whole
    look(await follower.sync())
    await follower.release()
    await following
    console.log(
      `${whole} looks, ${gone} too late, ${ts} reports, ${jobs} jobs, ${collections} collections`,
    )
    expect(whole).toBeGreaterThan(gone)
    expect(collections).toBeGreaterThan(1)
  },
)
