import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { YoreError } from '../base/errors.ts'
import type { Connection } from '../peer/connection.ts'
import type { TxReport } from '../peer/types.ts'
import {
  connect,
  createDatabase,
  deleteDatabase,
  getDatabaseNames,
  renameDatabase,
} from './connect.ts'
import type { ConnectOptions } from './connect.ts'

let directory = ''
const open: Connection[] = []
const uriOf = (name: string): string => `yore:file://${directory}/${name}`

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'yore-file-')), 'data')
})
afterEach(async () => {
  for (const conn of open.splice(0)) await conn.release()
  rmSync(join(directory, '..'), { recursive: true, force: true })
})

async function connected(name: string, options?: ConnectOptions): Promise<Connection> {
  const conn = await connect(uriOf(name), options)
  open.push(conn)
  return conn
}

const errorOf = async (run: () => Promise<unknown>): Promise<YoreError> => {
  try {
    await run()
  } catch (error) {
    if (error instanceof YoreError) return error
    throw error
  }
  throw new Error('no error')
}

const attribute = [
  {
    ':db/ident': ':p/name',
    ':db/valueType': ':db.type/string',
    ':db/cardinality': ':db.cardinality/one',
    ':db/unique': ':db.unique/identity',
  },
] as const

test('databases of a directory: made, named, renamed, deleted', async () => {
  expect(await getDatabaseNames(uriOf('*'))).toEqual([])
  expect(existsSync(directory)).toBe(false)
  expect((await errorOf(() => connect(uriOf('a')))).code).toBe(':db.error/db-not-found')
  expect(await deleteDatabase(uriOf('a'))).toBe(false)
  expect(await createDatabase(uriOf('a'))).toBe(true)
  expect(await createDatabase(uriOf('a'))).toBe(false)
  expect(await createDatabase(uriOf('b'))).toBe(true)
  expect(await getDatabaseNames(uriOf('*'))).toEqual(['a', 'b'])
  const a = await connected('a')
  const b = await connected('b')
  await a.transact([...attribute, { ':db/doc': 'of a' }])
  expect(b.db().basisT).toBe(66)
  expect(a.db().id).not.toBe(b.db().id)
  expect(await renameDatabase(uriOf('a'), 'b')).toBe(false)
  expect(await renameDatabase(uriOf('a'), 'c')).toBe(true)
  expect(await connect(uriOf('c'))).toBe(a)
  expect((await errorOf(() => renameDatabase(uriOf('a'), 'x'))).code).toBe(':db.error/db-not-found')
  expect(await deleteDatabase(uriOf('b'))).toBe(true)
  expect((await errorOf(() => b.transact([]))).code).toBe(':yore/released')
  expect(await getDatabaseNames(uriOf('*'))).toEqual(['c'])
  expect(a.db().basisT).toBe(1000)
  expect(await createDatabase(uriOf('b'))).toBe(true)
  expect((await connected('b')).db().basisT).toBe(66)
})

test('one uri, one connection, however the directory is written', async () => {
  await createDatabase(uriOf('a'))
  const [one, other] = await Promise.all([connected('a'), connected('a')])
  expect(other).toBe(one)
  expect(await connect(`yore:file://${directory}/../data/a`)).toBe(one)
  const releasing = one.release()
  const next = await connected('a')
  expect(next).not.toBe(one)
  await releasing
})

test('what was transacted is there after a release, with its log, and jobs change nothing', async () => {
  await createDatabase(uriOf('a'))
  let conn = await connected('a', { segmentSize: 16 })
  const { id } = conn.db()
  await conn.transact([...attribute])
  const reports: TxReport[] = []
  for (let i = 0; i < 50; i++) reports.push(await conn.transact([{ ':p/name': `n${i % 20}` }]))
  const log = conn.log().txRange()
  expect(log).toHaveLength(51)
  for (let round = 0; round < 3; round++) {
    const { basisT } = conn.db()
    if (round > 0) {
      expect(await conn.requestIndex()).toBe(true)
      expect((await conn.syncIndex(basisT)).basisT).toBe(basisT)
    }
    const before = conn.db()
    await conn.release()
    conn = await connected('a', { segmentSize: 16, cacheBytes: 0 })
    expect(conn.db()).toMatchObject({ basisT, id, nextT: before.nextT })
    expect(conn.log().txRange()).toEqual(log)
    expect([...conn.db().datoms('avet', ':p/name')]).toHaveLength(20)
    expect(conn.log().txRange(1010, 1013)).toEqual(log.filter((x) => x.t >= 1010 && x.t < 1013))
  }
  await conn.gcStorage(new Date(Date.now() + 1000))
  expect([...conn.db().datoms('avet', ':p/name')]).toHaveLength(20)
  expect(reports[0]?.dbAfter.entity([':p/name', 'n0'])).not.toBeNull()
})

test('a reader sees what is transacted, with reports, and cannot write', async () => {
  await createDatabase(uriOf('a'))
  const conn = await connected('a', { segmentSize: 16 })
  await conn.transact([...attribute])
  const reader = await connected('a', { readOnly: true })
  expect(reader).not.toBe(conn)
  expect(reader.db().basisT).toBe(1000)
  const reports = reader.txReports()
  for (const round of [0, 1, 2]) {
    const { dbAfter } = await conn.transact([{ ':p/name': `n${round}` }])
    const started = performance.now()
    const db = await reader.sync(dbAfter.basisT)
    expect(performance.now() - started).toBeLessThan(1000)
    expect(db.entity([':p/name', `n${round}`])).not.toBeNull()
    const report = (await reports.next()).value as TxReport
    expect(report.dbAfter.basisT).toBe(dbAfter.basisT)
    expect(report.dbBefore.entity([':p/name', `n${round}`])).toBeNull()
    expect(report.txData.map((d) => [...d])).toEqual(
      [...(conn.log().txRange(dbAfter.basisT)[0]?.data ?? [])].map((d) => [...d]),
    )
    await conn.syncIndex(dbAfter.basisT)
    await reader.syncIndex(dbAfter.basisT)
  }
  expect((await errorOf(() => reader.transact([]))).code).toBe(':yore/storage-read-only')
  expect((await errorOf(() => reader.gcStorage(new Date()))).code).toBe(':yore/storage-read-only')
  expect(await reader.requestIndex()).toBe(false)
  expect(reader.log().txRange()).toEqual(conn.log().txRange())
  expect((await reader.sync()).basisT).toBe(conn.db().basisT)
})

test('options that mean nothing are refused', async () => {
  await createDatabase(uriOf('a'))
  for (const options of [
    { durability: 'often' },
    { readOnly: 1 },
    { cacheBytes: -1 },
    { segmentSize: 1 },
    { memoryIndexThreshold: 1.5 },
    { memoryIndexMax: Infinity },
  ]) {
    const error = await errorOf(() => connect(uriOf('a'), options as never))
    expect(error.code, JSON.stringify(options)).toBe(':yore/invalid-argument')
  }
})

test('relaxed: acknowledged at once, on disk after the release', async () => {
  await createDatabase(uriOf('a'))
  const conn = await connected('a', { durability: 'relaxed' })
  await conn.transact([...attribute])
  await Promise.all(Array.from({ length: 200 }, (_, i) => conn.transact([{ ':p/name': `n${i}` }])))
  await conn.release()
  expect([...(await connected('a')).db().datoms('avet', ':p/name')]).toHaveLength(200)
})

/** Another process, which runs this program with `connect` and `uri` at hand, and says things on its output. */
function other(program: string): { lines: AsyncIterator<string>; kill: () => void } {
  const root = new URL('../../../../', import.meta.url)
  const text = `import { connect } from 'yore'
const uri = ${JSON.stringify(uriOf('a'))}
const say = (x) => process.stdout.write(JSON.stringify(x) + '\\n')
${program}`
  const args = ['--conditions=yore-source', '--import', './scripts/ts.mjs', '--input-type=module']
  const child = spawn(process.execPath, [...args, '-e', text], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return { lines, kill: () => child.kill('SIGKILL') }
}

const said = async (lines: AsyncIterator<string>): Promise<unknown> =>
  JSON.parse((await lines.next()).value as string)

test(
  'of two processes one writes; readers in others see it within a moment',
  { timeout: 60_000 },
  async () => {
    await createDatabase(uriOf('a'))
    const conn = await connected('a')
    await conn.transact([...attribute])
    const second = other(`
try { await connect(uri); say('connected') } catch (e) { say([e.code, e.message]) }
const reader = await connect(uri, { readOnly: true })
say(reader.db().basisT)
for await (const { dbAfter } of reader.txReports()) say([dbAfter.basisT, Date.now()])
`)
    const [code, message] = (await said(second.lines)) as [string, string]
    expect(code).toBe(':yore/storage-busy')
    expect(message).toContain(`process ${process.pid}`)
    expect(await said(second.lines)).toBe(1000)
    const delays: number[] = []
    for (let i = 0; i < 10; i++) {
      const { dbAfter } = await conn.transact([{ ':p/name': `n${i}` }])
      const at = Date.now()
      const [t, seenAt] = (await said(second.lines)) as [number, number]
      expect(t).toBe(dbAfter.basisT)
      delays.push(seenAt - at)
    }
    // usually within 50 ms; a busy machine may take longer now and then
    expect(delays.sort((x, y) => x - y)[4]).toBeLessThan(100)
    second.kill()
  },
)

test('a writer that was killed stands in nobody’s way', { timeout: 60_000 }, async () => {
  await createDatabase(uriOf('a'))
  const writer = other(`
const conn = await connect(uri)
say((await conn.transact([{ ':db/doc': 'x' }])).dbAfter.basisT)
setInterval(() => {}, 1000)
`)
  expect(await said(writer.lines)).toBe(1000)
  expect((await errorOf(() => connect(uriOf('a')))).code).toBe(':yore/storage-busy')
  writer.kill()
  for (;;) {
    const conn = await connect(uriOf('a')).catch(() => null)
    if (conn === null) continue
    open.push(conn)
    expect(conn.db().basisT).toBe(1000)
    break
  }
})
