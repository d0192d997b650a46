/** Backups as an operator meets them: cancelled at any moment, two at once, damaged targets, progress, full disks, into memory. */

import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import { pointName, pointTs } from '../../packages/yore/src/admin/backup-point.ts'
import type { CopyProgress } from '../../packages/yore/src/admin/copy.ts'
import { deletePoints } from '../../packages/yore/src/admin/prune.ts'
import { restore } from '../../packages/yore/src/admin/restore.ts'
import { verifyPoint, verifyStored } from '../../packages/yore/src/admin/verify.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { readCatalog } from '../../packages/yore/src/db/catalog.ts'
import {
  backupDatabase,
  connect,
  createDatabase,
  deleteBackups,
  getDatabaseNames,
  listBackups,
  restoreDatabase,
  verifyBackup,
} from '../../packages/yore/src/main.ts'
import type { Connection } from '../../packages/yore/src/main.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Random } from '../oracle/random.ts'
import { freshDirectories } from '../storage/fresh-directories.ts'
import { contentsOf, databaseId, freshIn, hastyEnv as env, openIn, submit } from './world.ts'
import { abortingAt, newDatabaseId, restless, setting, sourceOf } from './backup-tools.ts'
import { errorOf } from '../error-of.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`backup-care.test: SEED=${seed}`)

const fresh = freshDirectories()

describe('cancelled at any moment', () => {
  test.each(['source', 'target'] as const)(
    'a backup, at each operation of the %s: what there was is there, and the next one goes on',
    async (where) => {
      const { store, contents, t } = await setting()
      for (let n = 1; ; n += 3) {
        const target = memoryStorage()
        const from = memoryStorage(store.clone())
        const aborting = abortingAt(where === 'source' ? from : target, n)
        const run = (signal?: AbortSignal): Promise<unknown> =>
          where === 'source'
            ? backup(sourceOf(aborting.storage), target, { env: restless(), signal })
            : backup(sourceOf(from), aborting.storage, { env: restless(), signal })
        const error = await run(aborting.signal).then(
          () => null,
          (e: unknown) => e as YoreError,
        )
        if (error !== null) {
          expect(error.code).toBe(':yore/cancelled')
          expect(await pointTs(target)).toEqual([])
        }
        await backup(sourceOf(from), target, { env })
        expect(await pointTs(target)).toEqual([t])
        expect((await verifyPoint(target, undefined, { env })).problems).toEqual([])
        await restore(target, from, 'again', { env, newDatabaseId })
        const { databases } = await readCatalog(from)
        const copy = await openIn(from, { databaseId: databases.get('again') as string })
        expect(contentsOf(copy), `operation ${n}`).toEqual(contents)
        await copy.close()
        if (aborting.seen() < n) break
      }
    },
  )

  test('a restore: nothing is there, not even in part', async () => {
    const { store, contents } = await setting()
    const target = memoryStorage()
    await backup(sourceOf(memoryStorage(store)), target, { env })
    for (let n = 1; ; n += 2) {
      const there = memoryStorage()
      const aborting = abortingAt(there, n)
      const options = { env: restless(), newDatabaseId, signal: aborting.signal }
      const error = await restore(target, aborting.storage, 'a', options).then(
        () => null,
        (e: unknown) => e as YoreError,
      )
      const { databases } = await readCatalog(there)
      if (error === null) {
        const copy = await openIn(there, { databaseId: databases.get('a') as string })
        expect(contentsOf(copy)).toEqual(contents)
        if (aborting.seen() < n) break
      } else {
        expect(error.code).toBe(':yore/cancelled')
        expect(databases.size).toBe(0)
        expect(await there.listRoots('')).toEqual([])
        expect(await there.listBlobs(databaseId, { limit: 10 })).toEqual([])
        expect(await there.readSlots(databaseId, { from: 0 })).toEqual([])
      }
    }
  })

  test('the deletion of backups: what was to stay can be restored, and the next deletion takes the rest', async () => {
    const { store, t } = await setting()
    const storage = memoryStorage(store)
    const targetStore = new MemoryStore()
    await backup(sourceOf(storage), memoryStorage(targetStore), { env })
    const transactor = await openIn(storage, { segmentSize: 8 })
    await submit(transactor, '[{:db/doc "more"}]')
    await transactor.indexed(transactor.db.basisT)
    const newest = transactor.db.basisT
    await transactor.close()
    await backup(sourceOf(storage), memoryStorage(targetStore), { env })
    for (let n = 1; ; n += 5) {
      const target = memoryStorage(targetStore.clone())
      const aborting = abortingAt(target, n)
      const { signal } = aborting
      await deletePoints(aborting.storage, [t], { env: restless(), signal }).catch(() => {})
      expect((await verifyPoint(target, newest, { env })).problems).toEqual([])
      if ((await pointTs(target)).includes(t)) await deletePoints(target, [t], { env })
      await deletePoints(target, [], { env })
      expect(await pointTs(target)).toEqual([newest])
      expect(await deletePoints(target, [], { env })).toBe(0)
      if (aborting.seen() < n) break
    }
  })
})

test('progress: told from time to time, never back, and at the end', async () => {
  const { store } = await setting()
  const [target, there] = [memoryStorage(), memoryStorage()]
  for (const run of [
    (onProgress: (p: CopyProgress) => void) =>
      backup(sourceOf(memoryStorage(store)), target, { env: restless(), onProgress }),
    (onProgress: (p: CopyProgress) => void) =>
      restore(target, there, 'a', { env: restless(), newDatabaseId, onProgress }),
  ]) {
    const told: CopyProgress[] = []
    await run((p) => told.push(p))
    expect(told.length).toBeGreaterThan(3)
    const last = told.at(-1) as CopyProgress
    expect(last.done).toBe(last.blobs)
    expect(last.bytes).toBeGreaterThan(1000)
    for (const { blobs, done } of told) expect(done).toBeLessThanOrEqual(blobs)
  }
  const error = await errorOf(() =>
    backup(sourceOf(memoryStorage(store)), memoryStorage(), {
      env: restless(),
      onProgress: () => {
        throw new YoreError(':yore/invalid-argument', 'the program has thrown')
      },
    }),
  )
  expect(error.message).toContain('the program has thrown')
})

describe('two at once', () => {
  test('backups to one target: each is there or says why not, and what is there is whole', async () => {
    for (let round = 0; round < 6; round++) {
      const { store } = await setting()
      const storage = memoryStorage(store)
      const target = memoryStorage()
      const transactor = await openIn(storage, { segmentSize: 8 })
      const random = new Random(seed + round)
      const all: Promise<YoreError | null>[] = []
      for (let i = 0; i < 4; i++) {
        const own = round % 2 === 0 ? env : restless()
        all.push(
          backup(sourceOf(storage), target, { env: own }).then(
            () => null,
            (e: unknown) => e as YoreError,
          ),
        )
        for (let k = random.int(4); k > 0; k--) await env.turn()
        if (random.chance(0.5)) await submit(transactor, `[{:db/doc "doc ${i}"}]`)
        if (random.chance(0.3)) await transactor.indexed(transactor.db.basisT)
      }
      for (const error of await Promise.all(all)) {
        if (error !== null) expect(error.code).toBe(':yore/storage-busy')
      }
      const ts = await pointTs(target)
      expect(ts.length).toBeGreaterThan(0)
      for (const t of ts) {
        expect((await verifyPoint(target, t, { env })).problems, `round ${round}`).toEqual([])
      }
      await transactor.close()
    }
  })

  test('in directories, by the public functions', async () => {
    const [data, backups] = [fresh(), join(fresh(), 'backups')]
    const uri = `yore:file://${data}/a`
    await createDatabase(uri)
    const conn = await connect(uri)
    await conn.transact([{ ':db/doc': 'one' }])
    const all = await Promise.allSettled([1, 2, 3].map(() => backupDatabase(conn, backups)))
    expect(all.some((x) => x.status === 'fulfilled')).toBe(true)
    expect(await listBackups(backups)).toHaveLength(1)
    expect((await verifyBackup(backups)).problems).toEqual([])
    await conn.release()
  })
})

describe('a damaged target', () => {
  /** All files of the blobs, and the records, of a target in a directory. */
  const filesIn = (directory: string): string[] =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(directory, name))
      .filter((path) => /\/blobs\/[^/]+\/[^/]+$/.test(path))

  async function inDirectory(): Promise<{ conn: Connection; backups: string; uri: string }> {
    const [data, backups] = [fresh(), join(fresh(), 'backups')]
    const uri = `yore:file://${data}/a`
    await createDatabase(uri)
    const conn = await connect(uri, { segmentSize: 8 })
    await conn.transact([
      {
        ':db/ident': ':x/name',
        ':db/valueType': ':db.type/string',
        ':db/cardinality': ':db.cardinality/one',
      },
    ])
    for (let i = 0; i < 10; i++) await conn.transact([{ ':x/name': `name ${i}` }])
    await conn.syncIndex(conn.db().basisT)
    await conn.transact([{ ':x/name': 'in a slot' }])
    return { conn, backups, uri }
  }

  test('files that were cut off by a crash are not trusted by the next backup', async () => {
    const { conn, backups } = await inDirectory()
    // cut short after the last copy, as if the power had gone: names are there, contents not
    const controller = new AbortController()
    const cut = await backupDatabase(conn, backups, {
      onProgress: () => controller.abort(),
      signal: controller.signal,
    }).catch((e: unknown) => e)
    const random = new Random(seed)
    if (cut instanceof YoreError) expect(await listBackups(backups)).toEqual([])
    else {
      // it was too fast to be cancelled: then the note is put back by hand
      await deleteBackups(
        backups,
        (await listBackups(backups)).map(({ t }) => t),
      )
    }
    const note = join(backups, 'roots/backup+/unfinished')
    expect([existsSync(note), readdirSync(backups)]).toBeTruthy()
    for (const path of random.some(filesIn(backups), 5)) {
      truncateSync(path, random.int(readFileSync(path).length))
    }
    await backupDatabase(conn, backups)
    expect((await verifyBackup(backups)).problems).toEqual([])
    await conn.release()
  })

  test('with check, what is damaged is copied again; without it, verifying tells', async () => {
    const { conn, backups } = await inDirectory()
    await backupDatabase(conn, backups)
    const random = new Random(seed)
    // the list of slots is written anew with each record
    const files = filesIn(backups).filter((path) => !path.includes('/slots-'))
    const slots = files.filter((path) => path.includes('/slot-'))
    for (const path of [...random.some(files, 5), ...random.some(slots, 1)]) {
      const whole = readFileSync(path)
      if (random.chance(0.5)) writeFileSync(path, whole.subarray(0, random.int(whole.length)))
      else {
        const at = random.int(whole.length)
        writeFileSync(path, whole.with(at, (whole[at] as number) ^ 4))
      }
      const report = await verifyBackup(backups)
      expect([path, report.ok]).toEqual([path, false])
      expect(report.problems[0]?.advice).toContain('check: true')
      expect((await backupDatabase(conn, backups)).blobs).toBe(0)
      expect((await backupDatabase(conn, backups, { check: true })).blobs).toBeGreaterThan(0)
      expect((await verifyBackup(backups)).problems).toEqual([])
    }
    expect((await backupDatabase(conn, backups, { check: true })).blobs).toBe(0)
    await conn.release()
  })

  test('a record that is damaged hides no other, and can be deleted', async () => {
    const { conn, backups } = await inDirectory()
    const first = await backupDatabase(conn, backups)
    await conn.transact([{ ':x/name': 'more' }])
    const second = await backupDatabase(conn, backups)
    // the files of its record: the name's pieces are folders
    const versions = readdirSync(join(backups, 'roots'), { recursive: true, encoding: 'utf8' })
      .map((name) => join(backups, 'roots', name))
      .find((path) => path.endsWith(String(second.t))) as string
    expect(versions).toContain(pointName(second.t).slice(-16))
    for (const name of readdirSync(versions)) {
      const path = join(versions, name)
      const whole = readFileSync(path)
      writeFileSync(path, whole.subarray(0, whole.length - 5))
    }
    expect((await listBackups(backups)).map(({ t }) => t)).toEqual([first.t])
    const error = await errorOf(() => restoreDatabase(backups, 'yore:mem://damaged'))
    expect(error.code).toBe(':yore/storage-corrupt')
    expect(error.message).toContain(`t ${second.t}`)
    expect(error.message).toContain(`${first.t}`)
    expect(await getDatabaseNames('yore:mem://*')).not.toContain('damaged')
    expect((await verifyBackup(backups)).ok).toBe(false)
    expect((await verifyBackup(backups, { t: first.t })).ok).toBe(true)
    // others cannot be thinned out while nobody knows what it needs
    expect((await errorOf(() => deleteBackups(backups, []))).message).toContain('delete it too')
    await deleteBackups(backups, [second.t])
    await restoreDatabase(backups, 'yore:mem://damaged', { t: first.t })
    // a backup at the same t again, in the place of one that is damaged
    const again = await backupDatabase(conn, backups)
    expect(again.t).toBe(second.t)
    expect((await verifyBackup(backups)).problems).toEqual([])
    await conn.release()
  })
})

test('what is verified while it changes as fast as it can is never called damaged', async () => {
  const storage = memoryStorage()
  const transactor = await freshIn(storage, { segmentSize: 64 })
  let isDone = false
  const life = (async () => {
    for (let i = 0; !isDone; i++) {
      await submit(transactor, `[{:db/doc "doc ${i}"}]`)
      await transactor.indexed(transactor.db.basisT)
      await transactor.collectGarbage(env.now() + 1e6)
    }
  })()
  const outcomes: unknown[] = []
  for (let i = 0; i < 2; i++) {
    outcomes.push(
      await verifyStored(sourceOf(storage), { env: restless() }).then(
        ({ problems }) => problems,
        (e: unknown) => (e as YoreError).code,
      ),
    )
  }
  isDone = true
  await life
  for (const outcome of outcomes) expect([':yore/storage-busy', []]).toContainEqual(outcome)
  await transactor.close()
})
