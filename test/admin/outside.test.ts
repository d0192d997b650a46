/** Care of databases in directories, by the public functions: backups, several databases in one directory, names. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unframe } from '../../packages/yore/src/data/codec/frame.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import {
  backupDatabase,
  connect,
  createDatabase,
  deleteBackups,
  deleteDatabase,
  exportLog,
  getDatabaseNames,
  importLog,
  listBackups,
  renameDatabase,
  restoreDatabase,
  verifyDatabase,
  YoreError,
} from '../../packages/yore/src/main.ts'
import type { Connection } from '../../packages/yore/src/main.ts'
import { freshDirectories } from '../storage/fresh-directories.ts'

const fresh = freshDirectories()

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
  return 'no error'
}

const attribute = {
  ':db/ident': ':x/name',
  ':db/valueType': ':db.type/string',
  ':db/cardinality': ':db.cardinality/one',
  ':db/unique': ':db.unique/identity',
}

async function named(uri: string, ...names: string[]): Promise<Connection> {
  expect(await createDatabase(uri)).toBe(true)
  const conn = await connect(uri)
  await conn.transact([attribute])
  for (const name of names) await conn.transact([{ ':x/name': name }])
  return conn
}

const namesIn = (conn: Connection): string[] =>
  [...conn.db().datoms('avet', ':x/name')].map(({ v }) => v as string)

test('backups in a directory of plain files', async () => {
  const [data, backups] = [fresh(), join(fresh(), 'backups')]
  const uri = `yore:file://${data}/inventory`
  const conn = await named(uri, 'a', 'b')
  const first = await backupDatabase(conn, backups)
  expect(first.t).toBe(conn.db().basisT)
  expect(existsSync(join(backups, 'yore-directory.txt'))).toBe(true)
  await conn.transact([{ ':x/name': 'c' }])
  await conn.syncIndex(conn.db().basisT)
  const second = await backupDatabase(conn, backups)
  const points = await listBackups(backups)
  expect(points.map(({ t }) => t)).toEqual([second.t, first.t])
  expect(points[0]?.instant).toBeInstanceOf(Date)
  expect(points[0]?.made.getTime()).toBeGreaterThanOrEqual(points[1]?.made.getTime() as number)

  // beside itself, elsewhere, as it was before
  await restoreDatabase(backups, `yore:file://${data}/before`, { t: first.t })
  const before = await connect(`yore:file://${data}/before`)
  expect(namesIn(before)).toEqual(['a', 'b'])
  await before.transact([{ ':x/name': 'z' }])
  expect(namesIn(conn)).toEqual(['a', 'b', 'c'])
  const elsewhere = `yore:file://${join(fresh(), 'new')}/inventory`
  await restoreDatabase(backups, elsewhere)
  const there = await connect(elsewhere)
  expect(namesIn(there)).toEqual(['a', 'b', 'c'])
  expect(await codeOf(() => restoreDatabase(backups, uri))).toBe(':yore/database-exists')
  expect(await codeOf(() => restoreDatabase(backups, elsewhere, { t: 5 }))).toBe(
    ':yore/backup-not-found',
  )
  expect(await codeOf(() => restoreDatabase(fresh(), elsewhere))).toBe(':yore/storage-not-found')
  expect(await codeOf(() => restoreDatabase(backups, 'yore:mem://*'))).toBe(':yore/invalid-uri')
  expect(await codeOf(() => backupDatabase(before, backups))).toBe(':backup/claim-failed')

  // by uri, while nobody is connected
  await Promise.all([conn.release(), before.release(), there.release()])
  expect((await backupDatabase(uri, backups)).t).toBe(second.t)
  await deleteBackups(backups, [first.t])
  expect((await listBackups(backups)).map(({ t }) => t)).toEqual([second.t])
  await createDatabase('yore:mem://care')
  expect(await codeOf(() => backupDatabase('yore:mem://care', backups))).toBe(
    ':yore/invalid-argument',
  )
})

test('excision in a directory, with a process that reads', async () => {
  const data = fresh()
  const uri = `yore:file://${data}/people`
  const conn = await named(uri, 'SECRET-name', 'other')
  await conn.syncIndex(conn.db().basisT)
  const reader = await connect(uri, { readOnly: true })
  const { dbAfter } = await conn.transact([{ ':db/excise': [':x/name', 'SECRET-name'] }])
  expect(namesIn(conn)).toEqual(['SECRET-name', 'other'])
  const { basisT } = dbAfter
  const db = await conn.syncExcise(basisT)
  expect([...db.history().datoms('avet', ':x/name')].map(({ v }) => v)).toEqual(['other'])
  expect(namesIn(conn)).toEqual(['other'])
  await conn.gcStorage(new Date(Date.now() + 1000))
  expect([...(await reader.syncExcise(basisT)).history().datoms('avet', ':x/name')]).toHaveLength(1)
  expect(JSON.stringify(reader.log().txRange())).not.toContain('SECRET')
  expect(await verifyDatabase(reader)).toMatchObject({ ok: true, unreached: 0 })
  await Promise.all([conn.release(), reader.release()])
  expect(await verifyDatabase(uri)).toMatchObject({ ok: true, t: basisT })
  const storage = await openFileStorage({ directory: data, readOnly: true })
  const [root] = await storage.listRoots('db/')
  const id = root?.slice(3) as string
  const ids = await storage.listBlobs(id, { limit: 1000 })
  expect(ids.length).toBeGreaterThan(3)
  for (const [i, bytes] of (await storage.getBlobs(id, ids)).entries()) {
    const { content } = unframe(bytes as Uint8Array, null, ids[i])
    expect(Buffer.from(content).includes('SECRET')).toBe(false)
  }
  expect(await storage.readSlots(id, { from: 0 })).toEqual([])
  await storage.close()
})

test('several databases in one directory: names, deletion, dumps', async () => {
  const data = fresh()
  const at = (name: string): string => `yore:file://${data}/${name}`
  const [a, b] = [await named(at('a'), 'one'), await named(at('b'), 'two')]
  expect(await getDatabaseNames(at('*'))).toEqual(['a', 'b'])
  await importLog(at('c'), exportLog(a))
  const c = await connect(at('c'))
  expect(namesIn(c)).toEqual(['one'])

  // a new name, for the connections that there are too
  expect(await renameDatabase(at('b'), 'a')).toBe(false)
  expect(await renameDatabase(at('b'), 'd')).toBe(true)
  expect(await connect(at('d'))).toBe(b)
  await b.transact([{ ':x/name': 'three' }])
  expect(await codeOf(() => connect(at('b')))).toBe(':db.error/db-not-found')
  expect(await codeOf(() => renameDatabase(at('b'), 'x'))).toBe(':db.error/db-not-found')

  // deleting one leaves the others, also under its old name
  const db = a.db()
  expect(await deleteDatabase(at('a'))).toBe(true)
  expect(await deleteDatabase(at('a'))).toBe(false)
  expect(await codeOf(() => a.transact([{ ':x/name': 'late' }]))).toBe(':yore/released')
  expect(db.basisT).toBeGreaterThan(1000)
  const again = await named(at('a'), 'new')
  expect(namesIn(again)).toEqual(['new'])
  await Promise.all([b.release(), c.release(), again.release()])
  expect(await getDatabaseNames(at('*'))).toEqual(['a', 'c', 'd'])
  for (const [name, names] of [
    ['a', ['new']],
    ['c', ['one']],
    ['d', ['three', 'two']],
  ] as const) {
    const conn = await connect(at(name))
    expect(namesIn(conn)).toEqual(names)
    await conn.release()
  }
  // nothing but the storage's own files
  expect(readdirSync(data).every((name) => name.startsWith('yore.'))).toBe(true)
})
