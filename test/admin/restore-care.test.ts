/** Restoring as an operator meets it: onto full disks, into memory, after an excision. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import type { CopyProgress } from '../../packages/yore/src/admin/copy.ts'
import { restore } from '../../packages/yore/src/admin/restore.ts'
import type { YoreError } from '../../packages/yore/src/base/errors.ts'
import { readCatalog } from '../../packages/yore/src/db/catalog.ts'
import {
  backupDatabase,
  connect,
  createDatabase,
  deleteBackups,
  exportLog,
  getDatabaseNames,
  listBackups,
  q,
  restoreDatabase,
  verifyDatabase,
} from '../../packages/yore/src/main.ts'
import { memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { wrapStorage } from '../../packages/yore/src/storage/wrapping.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import { freshDirectories } from '../storage/fresh-directories.ts'
import { contentsOf, hastyEnv as env, openIn } from './world.ts'
import { newDatabaseId, setting, sourceOf } from './backup-tools.ts'
import { errorOf } from '../error-of.ts'

const fresh = freshDirectories()

describe('restoring', () => {
  test('a full disk, from any write on: nothing is listed, and the next one works', async () => {
    const { store, contents } = await setting()
    const target = memoryStorage()
    await backup(sourceOf(memoryStorage(store)), target, { env })
    const writes = [
      'putBlobs',
      'writeSlot',
      'replaceRoot',
      'flush',
      'deleteBlobs',
      'deleteSlots',
    ] as const
    for (let n = 0; ; n += 2) {
      const there = memoryStorage()
      const faults = new Faults(writes)
      const faulty = faultyStorage(there, faults)
      let left = n
      const full = wrapStorage(faulty, {
        async: async (call, run) => {
          if ((writes as readonly string[]).includes(call.operation) && left-- === 0) {
            faults.failAll('before')
          }
          return run()
        },
        sync: (_, run) => run(),
      })
      const error = await restore(target, full, 'a', { env, newDatabaseId }).then(
        () => null,
        (e: unknown) => e as YoreError,
      )
      if (left >= 0) break
      const { databases } = await readCatalog(there)
      if (error !== null) {
        expect(error.category).toBe('unavailable')
        expect(databases.size).toBe(0)
      }
      await restore(target, there, 'b', { env, newDatabaseId })
      const id = (await readCatalog(there)).databases.get('b') as string
      const copy = await openIn(there, { databaseId: id })
      expect(contentsOf(copy), `write ${n}`).toEqual(contents)
      await copy.close()
      // nothing is left of the one that failed
      for (const root of await there.listRoots('db/')) {
        expect([...(await readCatalog(there)).databases.values()]).toContain(root.slice(3))
      }
    }
  })

  test('into memory: answers are the same, also of the past', async () => {
    const [data, backups] = [fresh(), join(fresh(), 'backups')]
    const uri = `yore:file://${data}/a`
    await createDatabase(uri)
    const conn = await connect(uri, { segmentSize: 8 })
    await conn.transact(`[{:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
      {:db/ident :x/text :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/fulltext true}]`)
    for (let i = 0; i < 30; i++) await conn.transact([{ ':x/n': i % 7, ':x/text': `amber ${i}` }])
    const { t: middle } = await backupDatabase(conn, backups)
    await conn.syncIndex(conn.db().basisT)
    for (let i = 0; i < 30; i++) await conn.transact([{ ':x/n': i % 9, ':x/text': `birch ${i}` }])
    await backupDatabase(conn, backups)
    const told: CopyProgress[] = []
    await restoreDatabase(backups, 'yore:mem://care-copy', { onProgress: (p) => told.push(p) })
    await restoreDatabase(backups, 'yore:mem://care-middle', { t: middle })
    expect(told.at(-1)?.done).toBe(61)
    const copy = await connect('yore:mem://care-copy')
    const before = await connect('yore:mem://care-middle')
    expect(copy.log().txRange()).toEqual(conn.log().txRange())
    const all = '[:find ?e ?n ?text ?t :where [?e :x/n ?n] [?e :x/text ?text ?t]]'
    expect(q(all, copy.db())).toEqual(q(all, conn.db()))
    expect(q(all, copy.db().history())).toEqual(q(all, conn.db().history()))
    expect(q(all, before.db())).toEqual(q(all, conn.db().asOf(middle)))
    expect((await verifyDatabase(copy)).problems).toEqual([])
    expect(copy.db().id).toBe(conn.db().id)
    expect(before.db().id).not.toBe(conn.db().id)
    // the same ids go on
    const [one, other] = [
      await conn.transact([{ ':x/n': 100 }]),
      await copy.transact([{ ':x/n': 100 }]),
    ]
    expect(other.txData.map(({ e }) => e)).toEqual(one.txData.map(({ e }) => e))
    const error = await errorOf(() => restoreDatabase(backups, 'yore:mem://care-copy'))
    expect(error.code).toBe(':yore/database-exists')
    expect(error.message).toContain('another name')
    const controller = new AbortController()
    controller.abort()
    const { signal } = controller
    const cancelled = await errorOf(() =>
      restoreDatabase(backups, 'yore:mem://care-no', { signal }),
    )
    expect(cancelled.code).toBe(':yore/cancelled')
    expect(await getDatabaseNames('yore:mem://*')).not.toContain('care-no')
    await conn.release()
  })

  test('an excised database: old backups hold it, new ones do not, and then no byte of the target does', async () => {
    const [data, backups] = [fresh(), join(fresh(), 'backups')]
    const uri = `yore:file://${data}/a`
    await createDatabase(uri)
    const conn = await connect(uri, { segmentSize: 8 })
    await conn.transact(
      `[{:db/ident :x/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}]`,
    )
    await conn.transact([{ ':x/name': 'SECRET-1' }, { ':x/name': 'other' }])
    await backupDatabase(conn, backups)
    const { dbAfter } = await conn.transact([{ ':db/excise': [':x/name', 'SECRET-1'] }])
    await backupDatabase(conn, backups)
    await conn.syncExcise(dbAfter.basisT)
    await backupDatabase(conn, backups)
    const [, oldest] = await listBackups(backups)
    await restoreDatabase(backups, 'yore:mem://has-it', { t: oldest?.t as number })
    const lines: string[] = []
    for await (const line of exportLog(await connect('yore:mem://has-it'))) lines.push(line)
    expect(lines.join()).toContain('SECRET-1')
    const held = (): boolean =>
      readdirSync(backups, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((entry) => entry.isFile())
        .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes('SECRET'))
    expect(held()).toBe(true)
    const [, ...older] = await listBackups(backups)
    await deleteBackups(
      backups,
      older.map(({ t }) => t),
    )
    expect(held()).toBe(false)
    await restoreDatabase(backups, 'yore:mem://has-it-not')
    const copy = await connect('yore:mem://has-it-not')
    expect(q('[:find [?n ...] :where [_ :x/name ?n]]', copy.db().history())).toEqual(['other'])
    expect((await verifyDatabase(copy)).problems).toEqual([])
    await conn.release()
  })
})
