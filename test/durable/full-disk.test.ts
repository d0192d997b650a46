/**
 * A full disk: transactions and index jobs fail with `unavailable`, reads go on, and everything goes on when there is space again. On a
 * small file system of its own, which needs a privileged process on Linux; elsewhere it is skipped.
 */

import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import {
  backupDatabase,
  listBackups,
  restoreDatabase,
} from '../../packages/yore/src/embedded/backup.ts'
import {
  connect,
  createDatabase,
  getDatabaseNames,
} from '../../packages/yore/src/embedded/connect.ts'
import type { ConnectOptions } from '../../packages/yore/src/embedded/connect.ts'
import { exportLog, importLog } from '../../packages/yore/src/embedded/dump.ts'
import { verifyBackup, verifyDatabase } from '../../packages/yore/src/embedded/verify.ts'
import type { Connection } from '../../packages/yore/src/peer/connection.ts'
import { q } from '../../packages/yore/src/peer/query.ts'

const mounts: string[] = []
const folders: string[] = []

/** A file system of so many bytes, or null where we may not make one. */
function smallDisk(bytes: number): string | null {
  const path = mkdtempSync(join(tmpdir(), 'yore-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'yore-test', path], {
      stdio: 'ignore',
    })
  } catch {
    rmSync(path, { recursive: true, force: true })
    console.log('skipped: no file system can be folders here')
    return null
  }
  mounts.push(path)
  return path
}

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
  for (const path of mounts.splice(0)) {
    execFileSync('umount', ['-l', path], { stdio: 'ignore' })
    rmSync(path, { recursive: true, force: true })
  }
})

/** Takes all the space that is left; gives a function that gives it back. */
function fill(disk: string): () => void {
  const path = join(disk, 'filler')
  const fd = openSync(path, 'w')
  for (let size = 65_536; size >= 512;) {
    try {
      if (writeSync(fd, new Uint8Array(size)) < size) size = size >>> 1
    } catch {
      size = size >>> 1
    }
  }
  closeSync(fd)
  return () => rmSync(path)
}

const schema = `[{:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :x/text :db/valueType :db.type/string :db/cardinality :db.cardinality/one}]`
const tuning: ConnectOptions = { segmentSize: 64, memoryIndexThreshold: 60_000, cacheBytes: 50_000 }

class World {
  readonly uri: string
  conn!: Connection
  n = 0
  readonly acknowledged: number[] = []
  readonly unknown: number[] = []
  refused = 0

  constructor(disk: string) {
    this.uri = `yore:file://${disk}/data/x`
  }

  async open(): Promise<void> {
    await createDatabase(this.uri)
    this.conn = await connect(this.uri, tuning)
    await this.conn.transact(schema)
  }

  /** Transacts some, several at a time; counts what becomes of each. */
  async write(count: number): Promise<void> {
    const text = Array.from({ length: 150 }, () => Math.random().toString(36)).join('')
    const one = async (n: number): Promise<void> => {
      try {
        await this.conn.transact([{ ':x/n': n, ':x/text': `${n} ${text}` }])
        this.acknowledged.push(n)
      } catch (error) {
        expect(error).toBeInstanceOf(YoreError)
        const { category, code, data } = error as YoreError
        expect([category, code]).toEqual(['unavailable', ':yore/storage-unavailable'])
        if (data.outcome === 'unknown') this.unknown.push(n)
        this.refused++
      }
    }
    for (let i = 0; i < count; i += 4) {
      await Promise.all([0, 1, 2, 3].map(() => one(this.n++)))
    }
  }

  /** Everything that was acknowledged is there, and nothing else, but what nobody knows. */
  check(conn: Connection = this.conn): void {
    const there = q('[:find [?n ...] :where [?e :x/n ?n] [?e :x/text]]', conn.db()) as number[]
    const known = there.filter((n) => !this.unknown.includes(n)).sort((x, y) => x - y)
    expect(known).toEqual(
      this.acknowledged.filter((n) => !this.unknown.includes(n)).sort((x, y) => x - y),
    )
    const [some] = this.acknowledged
    expect(conn.db().pull('[:x/text]', [':x/n', some as number])).toHaveProperty(':x/text')
  }
}

test('transactions fail as unavailable, reads go on, and it recovers when there is space', async ({
  skip,
}) => {
  const disk = smallDisk(12 * 2 ** 20)
  if (disk === null) return skip()
  const world = new World(disk)
  await world.open()
  await world.write(60)
  expect(world.refused).toBe(0)
  for (let round = 0; round < 3; round++) {
    const giveBack = fill(disk)
    const before = world.acknowledged.length
    const refused = world.refused
    // free pages in the file take some more
    for (let i = 0; i < 400 && world.refused < refused + 20; i++) await world.write(4)
    expect(world.refused).toBeGreaterThanOrEqual(refused + 20)
    world.check()
    // what is small may find room for some time yet, in the journal
    const small = async (): Promise<void> => {
      for (let i = 0; i < 10_000; i++) await world.conn.transact('[{:db/doc "still full"}]')
    }
    await expect(small()).rejects.toMatchObject({
      category: 'unavailable',
      message: expect.stringContaining('full') as string,
    })
    await expect(world.conn.syncIndex(world.conn.db().basisT)).rejects.toMatchObject({
      category: 'unavailable',
    })
    world.check()
    giveBack()
    await world.write(20)
    expect(world.acknowledged.length).toBeGreaterThanOrEqual(before + 20)
    world.check()
    await world.conn.syncIndex(world.conn.db().basisT)
    world.check()
    await world.conn.gcStorage(new Date(Date.now() + 1000))
    world.check()
  }
  await world.conn.release()
  world.conn = await connect(world.uri, tuning)
  world.check()
  await world.conn.release()
})

test('a connection ends on a full disk, others read, and the next one finds everything', async ({
  skip,
}) => {
  const disk = smallDisk(12 * 2 ** 20)
  if (disk === null) return skip()
  const world = new World(disk)
  await world.open()
  await world.write(40)
  const giveBack = fill(disk)
  for (let i = 0; i < 400 && world.refused < 20; i++) await world.write(4)
  expect(world.refused).toBeGreaterThanOrEqual(20)
  // what an index job could not write is told, though nothing of it was promised to anybody
  await world.conn.release().catch((error: unknown) => {
    expect(error).toMatchObject({ category: 'unavailable' })
  })
  const reader = await connect(world.uri, { readOnly: true })
  world.check(reader)
  await reader.release()
  giveBack()
  world.conn = await connect(world.uri, tuning)
  world.check()
  await world.write(20)
  await world.conn.syncIndex(world.conn.db().basisT)
  world.check()
  await world.conn.release()
})

test('a restore, a backup and an import onto a disk that gets full: nothing is listed there, and with space they work', async ({
  skip,
}) => {
  const disk = smallDisk(2_000_000)
  if (disk === null) return skip()
  const data = mkdtempSync(join(tmpdir(), 'yore-full-from-'))
  folders.push(data)
  const uri = `yore:file://${data}/x`
  const all = '[:find [?n ...] :where [_ :x/n ?n]]'
  await createDatabase(uri)
  const conn = await connect(uri, { memoryIndexThreshold: 500_000 })
  await conn.transact(schema)
  for (let i = 0; i < 60; i++) {
    const text = (): string => Array.from({ length: 40 }, () => Math.random().toString(36)).join('')
    await conn.transact(
      Array.from({ length: 100 }, (_, k) => ({ ':x/n': 100 * i + k, ':x/text': text() })),
    )
  }
  await conn.syncIndex(conn.db().basisT)
  const backups = join(data, 'backups')
  await backupDatabase(conn, backups)
  const isFull = { category: 'unavailable', code: ':yore/storage-unavailable' }
  await expect(restoreDatabase(backups, `yore:file://${disk}/data/x`)).rejects.toMatchObject(isFull)
  expect(await getDatabaseNames(`yore:file://${disk}/data/*`)).toEqual([])
  await expect(importLog(`yore:file://${disk}/data/y`, exportLog(conn))).rejects.toMatchObject(
    isFull,
  )
  await expect(backupDatabase(conn, join(disk, 'backups'))).rejects.toMatchObject(isFull)
  const listed = listBackups(join(disk, 'backups')).catch((error: unknown) => {
    // not even the directory is there
    expect((error as YoreError).code).toMatch(/^:yore\/(storage|backup)-not-found$/)
    return []
  })
  expect(await listed).toEqual([])
  // more space
  execFileSync('mount', ['-o', 'remount,size=200000000', disk], { stdio: 'ignore' })
  await restoreDatabase(backups, `yore:file://${disk}/data/x`)
  await backupDatabase(conn, join(disk, 'backups'))
  expect((await verifyBackup(join(disk, 'backups'))).problems).toEqual([])
  const copy = await connect(`yore:file://${disk}/data/x`)
  expect(q(all, copy.db())).toHaveLength(6000)
  expect((await verifyDatabase(copy)).problems).toEqual([])
  await Promise.all([conn.release(), copy.release()])
})
