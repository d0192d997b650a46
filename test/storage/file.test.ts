/** What the storage in a directory does beyond the contract: handles, holders, damage, threads, a full disk. */

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { YoreError } from '../../packages/yore/src/base/errors.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import {
  beatAgeMaxMs,
  isAlive,
  observe,
} from '../../packages/yore/src/storage/drivers/file/holder.ts'
import type { Holder, Observer } from '../../packages/yore/src/storage/drivers/file/holder.ts'
import {
  allSlots,
  bytesOf,
  expectSame,
} from '../../packages/yore/src/testing/storage-suite-tools.ts'
import { makeDirectory } from './places.ts'
import { errorOf } from '../error-of.ts'

const db = 'db-1'
let directory = makeDirectory()
beforeEach(() => {
  directory = makeDirectory()
})
afterEach(() => directory.remove())

const open = (more: { readOnly?: boolean; lease?: string } = {}) =>
  openFileStorage({ directory: directory.path, ...more })

describe('handles of one process', () => {
  test('share a directory; the last that writes lets others write, the last closes', async () => {
    const reader0 = await errorOf(() => open({ readOnly: true }))
    expect(reader0.code).toBe(':yore/storage-not-found')
    const one = await open()
    const two = await open()
    const reader = await open({ readOnly: true })
    expect(reader.readOnly).toBe(true)
    expect(one.lease).toBe(two.lease)
    expect(reader.lease).toBeNull()
    await one.writeSlot(db, 1, bytesOf(3))
    await one.close()
    expect(await two.writeSlot(db, 2, bytesOf(3))).toBe(true)
    await two.close()
    expect((await allSlots(reader, db)).length).toBe(2)
    for (const write of [
      () => reader.writeSlot(db, 3, bytesOf(1)),
      () => reader.putBlobs(db, [{ id: 'a', bytes: bytesOf(1) }]),
      () => reader.deleteBlobs(db, ['a']),
      () => reader.deleteSlots(db, 0, 9),
      () => reader.replaceRoot('r', null, bytesOf(1)),
    ]) {
      expect((await errorOf(write)).code).toBe(':yore/storage-read-only')
    }
    // a reader stays one while another handle begins to write again
    const three = await open()
    expect(three.lease).not.toBe(one.lease)
    expect(await three.writeSlot(db, 3, bytesOf(3))).toBe(true)
    expect(reader.sync?.readSlots(db, { from: 3 })).toEqual([{ t: 3, bytes: bytesOf(3) }])
    await Promise.all([three.close(), reader.close()])
  })

  test('opened and closed at the same time, many times', async () => {
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const storage = await open({ readOnly: false })
        expect(await storage.writeSlot(db, i, bytesOf(i))).toBe(true)
        await storage.close()
      }),
    )
    const storage = await open()
    expect((await allSlots(storage, db)).length).toBe(12)
    await storage.close()
  })

  test('relaxed writes are seen by other handles, and refused where a slot is', async () => {
    const [one, two] = [await open(), await open()]
    await one.writeSlot(db, 5, bytesOf(5), { relaxed: true })
    expect(await two.writeSlot(db, 5, bytesOf(6), { relaxed: true })).toBe(false)
    expect(await two.writeSlot(db, 5, bytesOf(6))).toBe(false)
    const racing = two.writeSlot(db, 6, bytesOf(6))
    expect(await one.writeSlot(db, 6, bytesOf(7), { relaxed: true })).toBe(false)
    expect(await racing).toBe(true)
    await one.putBlobs(db, [{ id: 'a', bytes: bytesOf(9) }], { relaxed: true })
    expect(two.sync?.getBlobs(db, ['a'])).toEqual([bytesOf(9)])
    expect(await two.listBlobs(db, { limit: 9 })).toEqual(['a'])
    await one.close()
    await two.close()
  })

  test('more relaxed writes than fit wait for the disk', async () => {
    const storage = await open()
    for (let i = 0; i < 40; i++) {
      const blob = { id: `b${i}`, bytes: bytesOf(1_000_000, i + 1) }
      await storage.putBlobs(db, [blob], { relaxed: true })
    }
    const found = await storage.getBlobs(db, ['b0', 'b39'])
    expectSame('blobs', found, [bytesOf(1_000_000, 1), bytesOf(1_000_000, 40)])
    await storage.close()
  }, 120_000)
})

describe('damage', () => {
  test('a file that is no database is an error, as is a directory that cannot be made', async () => {
    writeFileSync(join(directory.path, 'yore.mdb'), bytesOf(100_000))
    expect((await errorOf(() => open())).code).toBe(':yore/storage-corrupt')
    expect((await errorOf(() => open({ readOnly: true }))).code).toBe(':yore/storage-corrupt')
    writeFileSync(join(directory.path, 'file'), '')
    const below = join(directory.path, 'file', 'below')
    expect((await errorOf(() => openFileStorage({ directory: below }))).code).toBe(
      ':yore/storage-unavailable',
    )
  })

  test('a file whose end is cut off is an error, and no crash', async () => {
    const storage = await open()
    const blobs = Array.from({ length: 400 }, (_, i) => ({ id: `b${i}`, bytes: bytesOf(900, i) }))
    await storage.putBlobs(db, blobs)
    await storage.close()
    const path = join(directory.path, 'yore.mdb')
    truncateSync(path, 20 * 4096)
    for (const readOnly of [false, true]) {
      const code = await open({ readOnly }).then(
        async (damaged) => {
          const error = await damaged
            .getBlobs(
              db,
              blobs.map(({ id }) => id),
            )
            .catch((e: unknown) => e as YoreError)
          await damaged.close()
          return 'code' in error ? error.code : 'no error'
        },
        (e: unknown) => (e as YoreError).code,
      )
      expect(code).toBe(':yore/storage-corrupt')
    }
  })

  test('a record of a holder that says nothing, or of one long gone, is passed over', async () => {
    const storage = await open()
    await storage.close()
    const files = ['yore.mdb', 'yore.mdb-lock', 'yore.writer', 'yore.writing']
    expect(readdirSync(directory.path).sort()).toEqual(files)
    rmSync(join(directory.path, 'yore.mdb-lock'))
    rmSync(join(directory.path, 'yore.writer'))
    rmSync(join(directory.path, 'yore.writing'))
    const again = await open()
    await again.close()
  })
})

test('a place that can be no directory is told', async () => {
  const file = join(directory.path, 'file')
  writeFileSync(file, '')
  const codeOf = async (path: string): Promise<string> => {
    const error: unknown = await openFileStorage({ directory: path }).catch((e: unknown) => e)
    return (error as YoreError).code
  }
  expect(await codeOf(file)).toBe(':yore/invalid-argument')
  expect(await codeOf(join(file, 'below'))).toBe(':yore/storage-unavailable')
  if (existsSync('/proc')) {
    expect(await codeOf('/proc/yore/below')).toBe(':yore/storage-unavailable')
  }
  const deep = join(directory.path, 'a/b/c')
  const storage = await openFileStorage({ directory: deep })
  await storage.close()
  expect(existsSync(join(deep, 'yore.mdb'))).toBe(true)
})

test('without the package there is a word on how to get it', async () => {
  vi.resetModules()
  vi.doMock('lmdb', () => {
    throw new Error("Cannot find package 'lmdb'")
  })
  const fresh = await import('../../packages/yore/src/storage/drivers/file.ts')
  const error = await fresh
    .openFileStorage({ directory: directory.path })
    .catch((e: unknown) => e as YoreError)
  expect(error).toMatchObject({ code: ':yore/driver-missing', category: 'unsupported' })
  expect((error as Error).message).toContain('npm install lmdb')
  vi.doUnmock('lmdb')
  vi.resetModules()
})

describe('is the holder alive?', () => {
  const me: Observer = {
    pid: 10,
    host: 'here',
    boot: 'boot-1',
    space: 'space-1',
    startOf: (pid) => (pid === 10 ? '500' : pid === 20 ? '600' : null),
    exists: (pid) => pid === 10 || pid === 20 || pid === 30,
    hasEnded: (token) => token === 'ended',
  }
  const holder: Holder = {
    token: 't',
    pid: 20,
    host: 'here',
    since: 0,
    start: '600',
    boot: 'boot-1',
    space: 'space-1',
  }
  const fresh = 100
  const old = beatAgeMaxMs + 1

  test.each<[string, Partial<Holder>, number | null, boolean]>([
    ['a living process, however long it did not beat', {}, old, true],
    ['its id, but another process', { start: '599' }, fresh, false],
    ['no such process', { pid: 40, start: '700' }, fresh, false],
    ['a process that the system hides, with a beat', { pid: 30, start: '700' }, fresh, true],
    ['a process that the system hides, without', { pid: 30, start: '700' }, old, false],
    ['before the machine was started anew', { boot: 'boot-0' }, fresh, false],
    ['another machine, beating', { boot: 'boot-9', host: 'there' }, fresh, true],
    ['another machine, silent', { boot: 'boot-9', host: 'there' }, old, false],
    ['another container, beating', { space: 'space-2' }, fresh, true],
    ['another container, silent', { space: 'space-2', pid: 10, start: '500' }, old, false],
    ['another thread of ours', { pid: 10, start: '500' }, fresh, true],
    ['a thread of ours that died', { pid: 10, start: '500' }, null, false],
    ['an opening of ours that ended', { token: 'ended', pid: 10, start: '500' }, fresh, false],
  ])('%s', (_, more, beatAge, expected) => {
    expect(isAlive({ ...holder, ...more }, me, beatAge)).toBe(expected)
  })

  test.each<[string, Partial<Holder>, number | null, boolean]>([
    ['a process that beats', {}, fresh, true],
    ['its id, used again', {}, old, false],
    ['no such process', { pid: 40 }, fresh, false],
    ['another machine, beating', { host: 'there', pid: 40 }, fresh, true],
    ['another machine, silent', { host: 'there' }, null, false],
  ])('where the system tells nothing: %s', (_, more, beatAge, expected) => {
    const blind: Observer = { ...me, boot: null, space: null, startOf: () => null }
    const unknown = { ...holder, boot: null, space: null, start: null }
    expect(isAlive({ ...unknown, ...more }, blind, beatAge)).toBe(expected)
  })

  test('this process is alive for itself', () => {
    const self = observe()
    expect(self.exists(self.pid)).toBe(true)
    if (process.platform === 'linux') expect(self.startOf(self.pid)).toMatch(/^\d+$/)
    expect(self.startOf(2 ** 30)).toBeNull()
  })
})

describe('a thread of the process that writes', () => {
  test('writes beside it with its lease, and no longer when that has ended', async () => {
    const storage = await open()
    const { lease } = storage
    if (lease === null) throw new Error('no lease')
    // a fresh copy of the modules is to LMDB what a thread is: another opening in the same process
    vi.resetModules()
    const { openFileStorage: openFresh } =
      await import('../../packages/yore/src/storage/drivers/file.ts')
    const busy = await openFresh({ directory: directory.path }).catch((e: unknown) => e)
    expect(busy).toMatchObject({ code: ':yore/storage-busy' })
    const thread = await openFresh({ directory: directory.path, lease })
    await thread.putBlobs(db, [{ id: 'a', bytes: bytesOf(5000) }])
    expect(storage.sync?.getBlobs(db, ['a'])).toEqual([bytesOf(5000)])
    expect(await storage.writeSlot(db, 1, bytesOf(1))).toBe(true)
    expect(await thread.writeSlot(db, 1, bytesOf(2))).toBe(false)
    await storage.close()
    const late = await thread.writeSlot(db, 2, bytesOf(2)).catch((e: unknown) => e)
    expect(late).toMatchObject({ code: ':yore/storage-busy' })
    await thread.close()
    const wrong = await errorOf(() => open({ lease: 'no such lease' }))
    expect(wrong.code).toBe(':yore/storage-busy')
  })

  test('a thread that died is known by its silence', async () => {
    vi.resetModules()
    const { openFileStorage: openFresh } =
      await import('../../packages/yore/src/storage/drivers/file.ts')
    const lost = await openFresh({ directory: directory.path })
    expect((await errorOf(() => open())).code).toBe(':yore/storage-busy')
    const then = Date.now() / 1000 - 3600
    utimesSync(join(directory.path, 'yore.writer'), then, then)
    const storage = await open()
    expect(await storage.writeSlot(db, 1, bytesOf(1))).toBe(true)
    // the one taken for dead finds out before it writes anything
    const late = await lost.writeSlot(db, 2, bytesOf(1)).catch((e: unknown) => e)
    expect(late).toMatchObject({ code: ':yore/storage-busy' })
    expect((await allSlots(storage, db)).length).toBe(1)
    await storage.close()
    await lost.close()
  })
})

/** A small disk of its own, where the system lets us have one. */
function mountSmallDisk(path: string, bytes: number): string | null {
  try {
    mkdirSync(path)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'yore-test', path], {
      stdio: 'pipe',
    })
    return null
  } catch (error) {
    return `no disk of ${bytes} bytes can be mounted here: ${String(error).split('\n')[0]}`
  }
}

test('a full disk: writes fail, reads go on, and it recovers when there is space', async ({
  skip,
}) => {
  const path = join(directory.path, 'small')
  const missing = process.platform === 'linux' ? mountSmallDisk(path, 4_000_000) : 'not on Linux'
  if (missing !== null) {
    process.stderr.write(`skipped: ${missing}\n`)
    return skip(missing)
  }
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    const filler = join(path, 'filler')
    writeFileSync(filler, bytesOf(2_000_000))
    const storage = await openFileStorage({ directory: path })
    await storage.writeSlot(db, 0, bytesOf(100))
    let failure: YoreError | null = null
    let written = 0
    while (failure === null && written < 100) {
      const blob = { id: `b${written}`, bytes: bytesOf(100_000, written + 1) }
      failure = await storage.putBlobs(db, [blob]).then(
        () => null,
        (e: unknown) => e as YoreError,
      )
      if (failure === null) written++
    }
    expect(failure).toMatchObject({
      code: ':yore/storage-unavailable',
      category: 'unavailable',
      data: { isDiskFull: true },
    })
    expect(failure?.message).toContain('the disk is full')
    expect(written).toBeGreaterThan(5)
    for (let i = 0; i < 3; i++) {
      const large = bytesOf(1_500_000, i)
      expect((await errorOf(() => storage.writeSlot(db, 100 + i, large))).code).toBe(
        ':yore/storage-unavailable',
      )
    }
    expectSame('b0', await storage.getBlobs(db, ['b0']), [bytesOf(100_000, 1)])
    expect((await allSlots(storage, db)).map(({ t }) => t)).toEqual([0])
    // what is relaxed now waits; what is not, behind it, fails
    await storage.putBlobs(db, [{ id: 'late', bytes: bytesOf(1_500_000, 5) }], { relaxed: true })
    expect((await errorOf(() => storage.replaceRoot('r', null, bytesOf(9)))).code).toBe(
      ':yore/storage-unavailable',
    )
    expect(await storage.readRoot('r')).toBeNull()
    rmSync(filler)
    expect(await storage.replaceRoot('r', null, bytesOf(9))).toBe(true)
    expect(await storage.writeSlot(db, 1, bytesOf(100))).toBe(true)
    await storage.close()
    const again = await openFileStorage({ directory: path })
    expectSame('blobs', await again.getBlobs(db, ['late', `b${written - 1}`]), [
      bytesOf(1_500_000, 5),
      bytesOf(100_000, written),
    ])
    expect((await allSlots(again, db)).map(({ t }) => t)).toEqual([0, 1])
    await again.close()
  } finally {
    noise.mockRestore()
    if (existsSync(path)) execFileSync('umount', [path])
  }
})
