/**
 * The journal where it is written on the thread of the program, and where much of it goes into LMDB's file: when a write is made so, what a
 * slow one, a failing one and one of a writer that was taken over come to, and that a decision rests on all of the journal.
 */

import { execFileSync } from 'node:child_process'
import { closeSync, openSync, utimesSync } from 'node:fs'
import type * as fs from 'node:fs'
import type * as os from 'node:os'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { readMeta } from '../../packages/yore/src/storage/drivers/file/header.ts'
import { Pace } from '../../packages/yore/src/storage/drivers/file/pace.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { allSlots, bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'
import { makeDirectory } from './places.ts'

const db = 'db-1'
const journalBytes = 2 ** 16
let directory = makeDirectory()
beforeEach(() => {
  directory = makeDirectory()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.doUnmock('node:fs')
  vi.doUnmock('node:os')
  vi.resetModules()
  directory.remove()
})

const isLinux = process.platform === 'linux'
const ts = async (storage: Storage): Promise<number[]> =>
  (await allSlots(storage, db)).map(({ t }) => t)
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

interface Disk {
  readonly open: typeof openFileStorage
  /** The time, as the driver sees it. */
  now: number
  held: number
  async: number
  /** What happens in a write on the thread of the program, before and after its bytes are there. */
  before: () => void
  after: () => void
}

/** The driver with a clock and a `node:fs` of our own; `isFar`: on a machine of which others only see its beats. */
async function onDisk(isFar = false): Promise<Disk> {
  vi.resetModules()
  const disk = { now: 0, held: 0, async: 0, before: () => {}, after: () => {} }
  vi.spyOn(performance, 'now').mockImplementation(() => disk.now)
  vi.doMock('node:fs', async (original) => {
    const real = await original<typeof fs>()
    const writeSync = (fd: number, ...args: unknown[]): number => {
      const run = (): number =>
        (real.writeSync as (...all: unknown[]) => number)(fd, ...args) as number
      // marks of the gate have one byte, and the first lines of files are not the journal's either
      if (args.length < 4 || (args[2] as number) < 32 || (args[3] as number) < 64) return run()
      disk.held++
      disk.before()
      const n = run()
      disk.after()
      return n
    }
    const write = (...args: unknown[]): void => {
      disk.async++
      ;(real.write as (...all: unknown[]) => void)(...args)
    }
    const readFileSync = (path: string, ...args: []): unknown => {
      if (isFar && path.endsWith('boot_id')) throw new Error('not here')
      return real.readFileSync(path, ...args)
    }
    const own = { ...real, write, writeSync, readFileSync }
    return { ...own, default: own }
  })
  vi.doMock('node:os', async (original) => {
    const real = await original<typeof os>()
    return isFar ? { ...real, hostname: () => 'far' } : real
  })
  const file = await import('../../packages/yore/src/storage/drivers/file.ts')
  return Object.assign(disk, { open: file.openFileStorage })
}

describe.runIf(isLinux)('writes on the thread of the program', () => {
  test('one after another, when the disk has been quick; larger ones and several at once are not', async () => {
    const disk = await onDisk()
    const storage = await disk.open({ directory: directory.path, journalBytes })
    for (let t = 0; t < 20; t++) expect(await storage.writeSlot(db, t, bytesOf(90, t))).toBe(true)
    expect([disk.async, disk.held]).toEqual([4, 16])
    expect(await storage.writeSlot(db, 20, bytesOf(5000, 20))).toBe(true)
    await Promise.all([21, 22].map((t) => storage.writeSlot(db, t, bytesOf(90, t))))
    expect([disk.async, disk.held]).toEqual([6, 16])
    expect(await storage.writeSlot(db, 22, bytesOf(90))).toBe(false)
    expect(await ts(storage)).toEqual(upTo(23))
    await storage.close()
    const again = await openFileStorage({ directory: directory.path })
    expect((await allSlots(again, db)).map(({ bytes }) => bytes)).toEqual(
      upTo(23).map((t) => bytesOf(t === 20 ? 5000 : 90, t)),
    )
    await again.close()
  })

  test('a slow one is there, and is the last for long; after the next one for longer', async () => {
    const disk = await onDisk()
    const storage = await disk.open({ directory: directory.path, journalBytes })
    let t = 0
    const some = async (n: number): Promise<number> => {
      const before = disk.held
      for (const end = t + n; t < end; t++) await storage.writeSlot(db, t, bytesOf(9, t))
      return disk.held - before
    }
    expect(await some(10)).toBe(6)
    disk.after = () => (disk.now += 7)
    expect(await some(1)).toBe(1)
    disk.after = () => {}
    disk.now += 240
    expect(await some(10)).toBe(0)
    disk.now += 10
    expect(await some(10)).toBe(10)
    disk.after = () => (disk.now += 7)
    expect(await some(5)).toBe(1)
    disk.now += 480
    expect(await some(10)).toBe(0)
    disk.now += 20
    disk.after = () => {}
    expect(await some(10)).toBe(10)
    expect(await ts(storage)).toEqual(upTo(t))
    await storage.close()
  })

  test('others have their turns between them', async () => {
    const disk = await onDisk()
    const storage = await disk.open({ directory: directory.path, journalBytes })
    for (let t = 0; t < 10; t++) await storage.writeSlot(db, t, bytesOf(9, t))
    disk.after = () => (disk.now += 0.25)
    const most: number[] = []
    for (let t = 10; t < 40;) {
      const before = disk.held
      let isOver = false
      setImmediate(() => (isOver = true))
      for (; !isOver && t < 40; t++) await storage.writeSlot(db, t, bytesOf(9, t))
      most.push(disk.held - before)
    }
    expect(disk.held).toBe(36)
    expect(Math.max(...most)).toBeLessThanOrEqual(10)
    await storage.close()
  })

  test.each(['before', 'after'] as const)(
    'one that fails %s its bytes are there: the slot goes into the file, and so do all later ones',
    async (how) => {
      const disk = await onDisk()
      const storage = await disk.open({ directory: directory.path, journalBytes })
      for (let t = 0; t < 10; t++) await storage.writeSlot(db, t, bytesOf(9, t))
      disk[how] = () => {
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
      }
      const { held } = disk
      expect(await storage.writeSlot(db, 10, bytesOf(9, 10))).toBe(true)
      expect(disk.held).toBe(held + 1)
      disk[how] = () => {}
      expect(await storage.writeSlot(db, 10, bytesOf(9))).toBe(false)
      for (let t = 11; t < 20; t++) await storage.writeSlot(db, t, bytesOf(9, t))
      expect(disk.held).toBe(held + 1)
      await storage.deleteSlots(db, 3, 5)
      const left = upTo(20).filter((t) => t !== 3 && t !== 4)
      expect(await ts(storage)).toEqual(left)
      await storage.close()
      const again = await openFileStorage({ directory: directory.path })
      expect(await ts(again)).toEqual(left)
      await again.close()
    },
  )

  test('of a writer that is taken over meanwhile: it tells nobody what the next one has not read', async () => {
    for (const when of ['before', 'after'] as const) {
      const disk = await onDisk(true)
      const storage = await disk.open({ directory: directory.path, journalBytes })
      const first = (await ts(storage)).length
      for (let t = first; t < first + 10; t++) {
        expect(await storage.writeSlot(db, t, bytesOf(9, t))).toBe(true)
      }
      const { held } = disk
      // another process comes, takes this one for dead, and adds its own slot
      disk[when] = () => {
        const then = Date.now() / 1000 - 3600
        utimesSync(`${directory.path}/yore.writer`, then, then)
        const child = new URL('child.ts', import.meta.url).pathname
        const tools = new URL('../../scripts/ts.mjs', import.meta.url).pathname
        const flags = ['--conditions=yore-source', '--import', tools]
        execFileSync(process.execPath, [...flags, child, directory.path, 'one'], { stdio: 'pipe' })
      }
      const late = await storage.writeSlot(db, first + 10, bytesOf(9, 77)).catch((e: unknown) => e)
      expect(disk.held).toBe(held + 1)
      expect(late).toMatchObject({ code: ':yore/storage-busy' })
      const [slot] = (await allSlots(storage, db)).slice(-1)
      const reader = await openFileStorage({ directory: directory.path, readOnly: true })
      const found = await allSlots(reader, db)
      expect(found.at(-1)).toEqual(slot)
      // written before it was taken over, it was read; written after that, it counts for nothing
      expect(found.map(({ t }) => t)).toEqual(upTo(first + (when === 'after' ? 12 : 11)))
      expect(found.at(-1)?.bytes).toEqual(bytesOf(100, first + (when === 'after' ? 11 : 10)))
      await reader.close()
      // it may be just trying to empty its journal, and hear why it cannot
      await storage.close().catch((e: unknown) => {
        expect(e).toMatchObject({ code: ':yore/storage-busy' })
      })
    }
  })
})

describe('much in the journal', () => {
  const txnOf = (): number => {
    const fd = openSync(`${directory.path}/yore.mdb`, 'r')
    const found = readMeta(fd)?.txn as number
    closeSync(fd)
    return found
  }

  test('goes into the file in several transactions, and what is decided rests on all of it', async () => {
    const disk = await onDisk()
    const storage = await disk.open({ directory: directory.path, journalBytes: 2 ** 19 })
    for (let t = 0; t < 300; t++) await storage.writeSlot(db, t, bytesOf(9, t))
    // each look at the clock takes long
    vi.spyOn(performance, 'now').mockImplementation(() => (disk.now += 0.05))
    const before = txnOf()
    const [, rooted] = await Promise.all([
      storage.deleteSlots(db, 100, 290),
      storage.replaceRoot('r', null, bytesOf(3)),
    ])
    expect(rooted).toBe(true)
    expect(txnOf() - before).toBeGreaterThan(5)
    expect(await ts(storage)).toEqual(upTo(300).filter((t) => t < 100 || t >= 290))
    expect(await storage.writeSlot(db, 5, bytesOf(9))).toBe(false)
    expect(await storage.writeSlot(db, 200, bytesOf(9))).toBe(true)
    // so long that no more than one goes in at a time: it ends all the same
    for (let t = 300; t < 400; t++) await storage.writeSlot(db, t, bytesOf(9, t))
    vi.spyOn(performance, 'now').mockImplementation(() => (disk.now += 5))
    await storage.deleteSlots(db, 0, 390)
    expect(await ts(storage)).toEqual(upTo(400).slice(390))
    await storage.close()
  })

  test('goes into the file while more comes: the journal goes round, and nobody waits for it', async () => {
    const disk = await onDisk()
    const storage = await disk.open({ directory: directory.path, journalBytes: 2 ** 15 })
    const reader = await openFileStorage({ directory: directory.path, readOnly: true })
    for (let t = 0; t < 1500; t++) {
      expect(await storage.writeSlot(db, t, bytesOf(t % 200, t))).toBe(true)
      if (t % 250 === 7) expect(await ts(reader)).toEqual(upTo(t + 1))
    }
    expect(await ts(storage)).toEqual(upTo(1500))
    await reader.close()
    await storage.close()
    const again = await openFileStorage({ directory: directory.path })
    for (const { t, bytes } of await allSlots(again, db)) expect(bytes).toEqual(bytesOf(t % 200, t))
    expect(await ts(again)).toEqual(upTo(1500))
    await again.close()
  })
})

describe('the pace of writes', () => {
  test('slow ones hold up a program for a small part of the time, and less and less', () => {
    const pace = new Pace()
    let [now, heldMs, rounds] = [0, 0, 0]
    const shares: number[] = []
    for (; rounds < 200_000; rounds++) {
      const isHeld = pace.mayHold(now)
      const ms = isHeld && rounds % 7 === 0 ? 4 : 0.1
      now += ms
      if (isHeld && ms > 1) heldMs += ms
      pace.note(now, ms, isHeld)
      if (rounds % 50_000 === 49_999) shares.push(heldMs / now)
    }
    expect(shares[0]).toBeLessThan(0.01)
    expect(shares.at(-1)).toBeLessThan(0.003)
  })

  test('a long one is rare', () => {
    const pace = new Pace()
    for (const [ms, rest] of [
      [2, 20],
      [100, 100_000],
      [5000, 600_000],
    ] as const) {
      pace.note(0, ms, true)
      for (let i = 0; i < 4; i++) pace.note(0, 0.1, false)
      expect([pace.mayHold(rest - 1), pace.mayHold(rest)]).toEqual([false, true])
    }
  })

  test('a disk that is not slow, and not quick, holds up nobody', () => {
    const pace = new Pace()
    for (let i = 0; i < 100; i++) {
      pace.note(i, 0.8, false)
      expect(pace.mayHold(i)).toBe(false)
    }
    for (let i = 0; i < 4; i++) pace.note(100, 0.1, false)
    expect(pace.mayHold(100)).toBe(true)
    pace.note(100, 0.8, true)
    expect(pace.mayHold(100)).toBe(false)
  })

  test('what was slow once is forgotten', () => {
    const pace = new Pace()
    for (let i = 0; i < 4; i++) pace.note(0, 0.1, false)
    expect(pace.mayHold(0)).toBe(true)
    pace.note(10, 10, true)
    for (let i = 0; i < 4; i++) pace.note(509, 0.1, false)
    expect(pace.mayHold(509)).toBe(false)
    expect(pace.mayHold(510)).toBe(true)
    for (let i = 0; i < 500; i++) pace.note(600, 0.1, true)
    pace.note(1000, 10, true)
    for (let i = 0; i < 4; i++) pace.note(1500, 0.1, false)
    expect(pace.mayHold(1500)).toBe(true)
  })
})
