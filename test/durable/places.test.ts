/**
 * Where a database lies, as hostile as it gets: names and paths that are none, directories that cannot be made, the same one by several
 * paths, options that make no sense. One directory is one, however it is called; whatever is wrong is a YoreError; nothing hangs.
 */

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import {
  connect,
  createDatabase,
  deleteDatabase,
  getDatabaseNames,
  renameDatabase,
} from '../../packages/yore/src/embedded/connect.ts'
import type { ConnectOptions } from '../../packages/yore/src/embedded/connect.ts'
import { openDirectoryStorage } from '../../packages/yore/src/storage/drivers/directory.ts'
import { makeDirectory } from '../storage/places.ts'

let directory = makeDirectory()
beforeEach(() => {
  directory = makeDirectory()
})
afterEach(() => directory.remove())

const at = (name: string): string => `yore:file://${directory.path}/data/${name}`

async function errorOf(run: () => Promise<unknown>): Promise<YoreError | null> {
  try {
    await run()
    return null
  } catch (error) {
    if (error instanceof YoreError) return error
    throw error
  }
}

test('names: what one call takes, all take, and what one refuses, all refuse', async () => {
  await createDatabase(at('plain'))
  const good = [
    '.',
    '..',
    'CON',
    'nul',
    'com1.txt',
    'a.',
    '-',
    '__proto__',
    'constructor',
    'A',
    'a',
  ]
  const wide = [
    'ünïcode',
    'u\u0308ni',
    '😀',
    'a\\b',
    'x'.repeat(255),
    '..\\..',
    '~',
    '$HOME',
    'a;b',
  ]
  for (const name of [...good, ...wide]) {
    expect(await createDatabase(at(name)), name).toBe(true)
    expect(await createDatabase(at(name)), name).toBe(false)
    const conn = await connect(at(name))
    await conn.transact(`[{:db/doc "of this one"}]`)
    await conn.release()
    expect(await renameDatabase(at(name), 'moved')).toBe(true)
    expect(await renameDatabase(at('moved'), name)).toBe(true)
  }
  expect((await getDatabaseNames(at('*'))).sort()).toEqual([...good, ...wide, 'plain'].sort())
  const bad = [
    '',
    '*',
    'a*',
    'a b',
    ' a',
    'a\n',
    'a\0b',
    '\x7f',
    '\ud800',
    'a\udfff',
    'x'.repeat(256),
  ]
  for (const name of [...bad, 'x'.repeat(100_000), 'a:b', 'a=b', 'a"b']) {
    const what = JSON.stringify(name.slice(0, 20))
    for (const run of [
      () => createDatabase(at(name)),
      () => connect(at(name)),
      () => deleteDatabase(at(name)),
      () => renameDatabase(at('plain'), name),
    ]) {
      expect((await errorOf(run))?.code, what).toBe(':yore/invalid-uri')
    }
  }
  for (const name of good) expect(await deleteDatabase(at(name)), name).toBe(true)
  expect((await getDatabaseNames(at('*'))).sort()).toEqual([...wide, 'plain'].sort())
  // a name is none of a file
  const files = ['yore.mdb', 'yore.mdb-lock', 'yore.writer', 'yore.writing']
  expect(readdirSync(join(directory.path, 'data')).sort()).toEqual(files)
  expect(readdirSync(directory.path)).toEqual(['data'])
})

test('encoded signs mean what they encode', async () => {
  await createDatabase(at('caf%C3%A9'))
  expect(await getDatabaseNames(at('*'))).toEqual(['café'])
  for (const name of ['%00', 'a%00b', '%', '%zz', '%C3', 'a%2Fb/..%2f', '%20', '%2A']) {
    expect((await errorOf(() => connect(at(name))))?.code, name).toBe(':yore/invalid-uri')
  }
})

test('directories that cannot be: an error, and soon', async () => {
  const { path } = directory
  writeFileSync(join(path, 'file'), '')
  symlinkSync(join(path, 'nowhere'), join(path, 'dangling'))
  symlinkSync(join(path, 'loop'), join(path, 'loop'))
  const places = [
    `${path}/file`,
    `${path}/file/below`,
    `${path}/loop/x`,
    `${path}/${'x'.repeat(300)}`,
  ]
  // where the system says yes and makes nothing
  if (process.platform === 'linux') places.push('/proc/nope/deep/er', '/dev/null', '/sys/nope')
  for (const place of [...places, `${path}/dangling`]) {
    for (const run of [
      () => createDatabase(`yore:file://${place}/a`),
      () => openDirectoryStorage({ directory: place }),
    ]) {
      const error = await errorOf(run)
      const code = error?.code ?? 'none'
      expect([':yore/storage-unavailable', ':yore/invalid-argument'], place).toContain(code)
    }
    const found = await errorOf(() => connect(`yore:file://${place}/a`))
    expect([':db.error/db-not-found', ':yore/storage-unavailable'], place).toContain(found?.code)
  }
})

test('one directory by several paths is one: the connection, the names, what is waited for', async () => {
  const { path } = directory
  mkdirSync(join(path, 'real'))
  symlinkSync(join(path, 'real'), join(path, 'link'))
  const uris = [
    `yore:file://${path}/real/a`,
    `yore:file://${path}/link/a`,
    `yore:file://${path}/link/../link/a`,
    `yore:file://${path}/real//a`,
    `yore:file://${relative(process.cwd(), join(path, 'real'))}/a`,
  ]
  expect(await createDatabase(uris[0] as string)).toBe(true)
  for (const uri of uris) expect(await createDatabase(uri)).toBe(false)
  for (let round = 0; round < 3; round++) {
    const all = await Promise.all([...uris, ...uris].map((uri) => connect(uri)))
    expect(new Set(all).size).toBe(1)
    const readers = await Promise.all(uris.map((uri) => connect(uri, { readOnly: true })))
    expect(new Set(readers).size).toBe(1)
    const [conn, reader] = [all[0], readers[0]]
    const { dbAfter } = (await conn?.transact(`[{:db/doc "round ${round}"}]`)) ?? {}
    expect((await reader?.sync(dbAfter?.basisT as number))?.basisT).toBe(dbAfter?.basisT)
    await Promise.all([conn?.release(), reader?.release()])
  }
  expect(await deleteDatabase(uris[4] as string)).toBe(true)
  expect(await getDatabaseNames(`yore:file://${path}/link/*`)).toEqual([])
})

describe('options', () => {
  const odd = [0, -1, NaN, Infinity, 1e300, 1.5, '64', null, 8n, {}, [], true]

  test('sizes that make no sense are refused', async () => {
    await createDatabase(at('a'))
    const names = ['segmentSize', 'cacheBytes', 'memoryIndexThreshold', 'memoryIndexMax']
    for (const name of names) {
      for (const [i, x] of odd.entries()) {
        if (x === 0 && (name === 'cacheBytes' || name === 'memoryIndexThreshold')) continue
        const error = await errorOf(() => connect(at('a'), { [name]: x } as ConnectOptions))
        expect(error?.code, `${name}: ${i}`).toBe(':yore/invalid-argument')
        expect(error?.message).toContain(name)
      }
    }
    const sizes = { memoryIndexThreshold: 1000, memoryIndexMax: 999 }
    expect((await errorOf(() => connect(at('a'), sizes)))?.code).toBe(':yore/invalid-argument')
    // nobody holds the directory because of it
    const conn = await connect(at('a'))
    await conn.release()
  })

  const extremes: ConnectOptions[] = [
    { memoryIndexMax: 1 },
    { memoryIndexThreshold: 0 },
    { memoryIndexThreshold: 0, memoryIndexMax: 1, cacheBytes: 0, segmentSize: 8 },
    { memoryIndexThreshold: 2 ** 40 },
    { segmentSize: 65_535, cacheBytes: 2 ** 40 },
  ]
  test.each(extremes)('sizes at their bounds work: %j', async (options) => {
    await createDatabase(at('a'))
    const conn = await connect(at('a'), options)
    for (let i = 0; i < 20; i++) await conn.transact(`[{:db/doc "${i}"} {:db/doc "more ${i}"}]`)
    await conn.syncIndex(conn.db().basisT)
    const docs = [...conn.db().datoms('aevt', ':db/doc')]
    expect(docs.filter(({ v }) => /\d$/.test(String(v))).length).toBe(40)
    await conn.release()
  })
})
