/**
 * The journal of the storage in a directory: its power taken away at random moments, its disk failing, its directory taken over. What was
 * acknowledged is there; what is damaged is said.
 */

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import type * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { YoreError } from '../../packages/yore/src/base/errors.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { framesAt } from '../../packages/yore/src/storage/drivers/file/frames.ts'
import { readMeta } from '../../packages/yore/src/storage/drivers/file/header.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { allSlots, bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'
import { makeDirectory } from './places.ts'
import { errorOf } from '../error-of.ts'

const db = 'db-1'
let directory = makeDirectory()
beforeEach(() => {
  directory = makeDirectory()
})
afterEach(() => directory.remove())

const at = (...names: string[]): string => join(directory.path, ...names)
const journalBytes = 2 ** 16
const open = (name = '', more: { readOnly?: boolean; lease?: string } = {}) =>
  openFileStorage({ directory: at(name), ...(more.readOnly ? {} : { journalBytes }), ...more })
const ts = async (storage: Storage, from = 0): Promise<number[]> =>
  (await allSlots(storage, db, from)).map(({ t }) => t)

/** The name of the journal in a directory, if there is one. */
const journalIn = (...names: string[]): string | undefined =>
  readdirSync(at(...names)).find((name) => name.startsWith('yore.journal'))

/** Copies what would be there if the power went off now, or null: LMDB has written its meta page meanwhile. */
function image(name: string): boolean {
  const txn = (): number | undefined => {
    const fd = openSync(at('yore.mdb'), 'r')
    const found = readMeta(fd)?.txn
    closeSync(fd)
    return found
  }
  mkdirSync(at(name), { recursive: true })
  const before = txn()
  for (const file of ['yore.mdb', journalIn()]) {
    if (file !== undefined) copyFileSync(at(file), at(name, file))
  }
  return txn() === before
}

const frameEnds = (bytes: Uint8Array): number[] => {
  const ends: number[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let end = framesAt; view.getUint32(end, true) !== 0;) {
    end += view.getUint32(end + 4, true)
    ends.push(end)
  }
  return ends
}

describe('lost power', () => {
  test('the file as it was, with a journal cut in many places', async () => {
    const storage = await open()
    for (let t = 0; t < 8; t++) await storage.writeSlot(db, t, bytesOf(20 + t, t))
    expect(image('whole')).toBe(true)
    await storage.close()
    expect(journalIn()).toBeUndefined()
    const name = journalIn('whole') ?? ''
    const bytes = readFileSync(at('whole', name))
    const ends = frameEnds(bytes)
    expect(ends).toHaveLength(8)
    const last = ends.at(-1) as number
    for (let cut = framesAt; cut <= last; cut += 13) {
      const whole = [0, 1, 2, 3, 4, 5, 6, 7].filter((t) => (ends[t] as number) <= cut)
      copyFileSync(at('whole', 'yore.mdb'), at('yore.mdb'))
      writeFileSync(at(name), bytes.subarray(0, cut))
      const reader = await open('', { readOnly: true })
      expect(await ts(reader), `read, cut at ${cut}`).toEqual(whole)
      expect(reader.sync?.readSlots(db, { from: 2, limit: 1 }).length).toBe(
        whole.length > 2 ? 1 : 0,
      )
      await reader.close()
      const writer = await open()
      expect(await ts(writer), `cut at ${cut}`).toEqual(whole)
      expect(await writer.writeSlot(db, 0, bytesOf(1))).toBe(whole.length === 0)
      await writer.close()
    }
    // damage before what was written later is told to whoever opens, and again
    copyFileSync(at('whole', 'yore.mdb'), at('yore.mdb'))
    const damaged = bytes.slice()
    damaged[(ends[3] as number) - 9] = (damaged[(ends[3] as number) - 9] as number) ^ 1
    writeFileSync(at(name), damaged)
    for (let i = 0; i < 2; i++) {
      expect((await errorOf(() => open())).code).toBe(':yore/storage-corrupt')
      const reader = await open('', { readOnly: true })
      expect((await errorOf(() => ts(reader))).code).toBe(':yore/storage-corrupt')
      await reader.close()
    }
    writeFileSync(at(name), '')
    const writer = await open()
    expect(await ts(writer)).toEqual([])
    await writer.close()
  })

  test('at random moments of a life with everything in it', { timeout: 120_000 }, async () => {
    const seed = Date.now() % 2 ** 31
    process.stdout.write(`seed ${seed}\n`)
    let state = seed
    const random = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * n)
    }
    const storage = await open()
    const acknowledged = new Set<number>()
    const deleted = new Set<number>()
    let [next, low, revision, isOver] = [0, 0, 0, false]
    const write = async (): Promise<void> => {
      while (!isOver) {
        const t = next++
        const size = random(12) === 0 ? 70_000 : 200
        expect(await storage.writeSlot(db, t, bytesOf(size, t))).toBe(true)
        acknowledged.add(t)
      }
    }
    const care = async (): Promise<void> => {
      while (!isOver) {
        await new Promise((resolve) => setTimeout(resolve, random(30)))
        const to = low + random(Math.max(1, acknowledged.size - deleted.size - 50))
        await storage.putBlobs(db, [{ id: `b${revision}`, bytes: bytesOf(500) }])
        await storage.replaceRoot(
          'r',
          revision === 0 ? null : bytesOf(4, revision),
          bytesOf(4, revision + 1),
        )
        revision++
        for (let t = low; t < to; t++) deleted.add(t)
        await storage.deleteSlots(db, low, to)
        low = to
      }
    }
    const running = [write(), write(), write(), care()]
    let images = 0
    for (let i = 0; images < 12 && i < 100; i++) {
      await new Promise((resolve) => setTimeout(resolve, random(60)))
      const before = [...acknowledged].filter((t) => !deleted.has(t))
      const [gone, made] = [low, revision]
      if (!image(`at-${i}`)) continue
      images++
      const reader = await open(`at-${i}`, { readOnly: true })
      const found = await ts(reader)
      await reader.close()
      const writer = await open(`at-${i}`)
      expect(await ts(writer)).toEqual(found)
      const there = new Set(found)
      for (const t of before) expect(there.has(t), `slot ${t} of image ${i}`).toBe(true)
      for (const t of found) expect(t >= gone && t < next, `slot ${t}`).toBe(true)
      for (const { t, bytes } of await allSlots(writer, db)) {
        expect(bytes.length === 200 || bytes.length === 70_000).toBe(true)
        expect(bytes.subarray(0, 200)).toEqual(bytesOf(200, t))
      }
      const root = await writer.readRoot('r')
      expect([null, ...[made, made + 1, made + 2].map((x) => bytesOf(4, x))]).toContainEqual(root)
      await writer.close()
    }
    isOver = true
    await Promise.all(running)
    expect(images).toBeGreaterThan(5)
    await storage.close()
    const again = await open()
    const left = [...acknowledged].filter((t) => !deleted.has(t)).sort((a, b) => a - b)
    expect(await ts(again)).toEqual(left)
    await again.close()
  })

  test('a journal that was closed properly leaves nothing, and one that was not is taken in', async () => {
    const storage = await open()
    await storage.writeSlot(db, 1, bytesOf(1))
    expect(journalIn()).toBeDefined()
    const reader = await open('', { readOnly: true })
    expect(await ts(reader)).toEqual([1])
    await storage.close()
    expect(journalIn()).toBeUndefined()
    expect(await ts(reader)).toEqual([1])
    await reader.close()
  })
})

describe('the slots of the journal', () => {
  test('of many calls for one slot, some small, some large, some relaxed, one wins', async () => {
    const [one, two] = [await open(), await open()]
    for (let t = 0; t < 60; t++) {
      const calls = Array.from({ length: 9 }, (_, i) =>
        (i % 2 === 0 ? one : two).writeSlot(
          db,
          t,
          bytesOf((t + i) % 4 === 0 ? 70_000 : 40, i + 1),
          { relaxed: (t + i) % 5 === 0 },
        ),
      )
      const results = await Promise.all(calls)
      expect(results.filter(Boolean)).toHaveLength(1)
      const winner = results.indexOf(true)
      const [slot] = await two.readSlots(db, { from: t, limit: 1 })
      expect(slot?.bytes.subarray(0, 40)).toEqual(bytesOf(40, winner + 1))
      if (t > 0 && t % 7 === 0) await one.deleteSlots(db, t - 1, t)
    }
    await one.close()
    const found = await ts(two)
    expect(found).toEqual(
      Array.from({ length: 60 }, (_, t) => t).filter((t) => t % 7 !== 6 || t > 55),
    )
    await two.close()
    const again = await open()
    expect(await ts(again)).toEqual(found)
    await again.close()
  })

  test('go round many times, in small files, and none is lost', async () => {
    const storage = await openFileStorage({ directory: at(), journalBytes: 4096 })
    const reader = await open('', { readOnly: true })
    for (let t = 0; t < 500; t++) {
      expect(await storage.writeSlot(db, t, bytesOf(t % 300, t))).toBe(true)
      if (t % 50 === 0) {
        expect(await ts(reader)).toEqual(Array.from({ length: t + 1 }, (_, i) => i))
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
    }
    await storage.close()
    expect(await ts(reader)).toHaveLength(500)
    await reader.close()
  })
})

describe('who writes', () => {
  const fresh = async (): Promise<typeof openFileStorage> => {
    vi.resetModules()
    return (await import('../../packages/yore/src/storage/drivers/file.ts')).openFileStorage
  }

  test('one taken for dead is told so, and what it acknowledged before is there', async () => {
    const openFresh = await fresh()
    const lost = await openFresh({ directory: at(), journalBytes })
    for (let t = 0; t < 5; t++) expect(await lost.writeSlot(db, t, bytesOf(9, t))).toBe(true)
    const then = Date.now() / 1000 - 3600
    utimesSync(at('yore.writer'), then, then)
    const storage = await open()
    expect(await ts(storage)).toEqual([0, 1, 2, 3, 4])
    expect(await storage.writeSlot(db, 5, bytesOf(9, 5))).toBe(true)
    const late = await lost.writeSlot(db, 6, bytesOf(1)).catch((e: unknown) => e)
    expect(late).toMatchObject({ code: ':yore/storage-busy' })
    expect(await ts(lost)).toEqual([0, 1, 2, 3, 4, 5])
    expect(await ts(storage)).toEqual([0, 1, 2, 3, 4, 5])
    await lost.close()
    expect(await storage.writeSlot(db, 7, bytesOf(9, 7))).toBe(true)
    expect(journalIn()).toBeDefined()
    await storage.close()
    const again = await open('', { readOnly: true })
    expect(await ts(again)).toEqual([0, 1, 2, 3, 4, 5, 7])
    await again.close()
  })

  test('a thread with the lease sees what was acknowledged, and the two never both win', async () => {
    const storage = await open()
    for (let t = 0; t < 5; t++) expect(await storage.writeSlot(db, t, bytesOf(9, t))).toBe(true)
    const openFresh = await fresh()
    const racing = Array.from({ length: 40 }, (_, i) => storage.writeSlot(db, 100 + i, bytesOf(5)))
    const thread = await openFresh({ directory: at(), lease: storage.lease ?? '' })
    expect(await Promise.all(racing)).toEqual(racing.map(() => true))
    expect(await thread.writeSlot(db, 4, bytesOf(1))).toBe(false)
    expect(await ts(thread)).toEqual(await ts(storage))
    for (let t = 10; t < 40; t++) {
      const won = await Promise.all([
        storage.writeSlot(db, t, bytesOf(9, 1)),
        thread.writeSlot(db, t, bytesOf(9, 2)),
        thread.writeSlot(db, 101, bytesOf(9, 2)),
      ])
      expect(won.filter(Boolean)).toHaveLength(1)
      const found = await storage.readSlots(db, { from: t, limit: 1 })
      expect(await thread.readSlots(db, { from: t, limit: 1 })).toEqual(found)
      expect(found[0]?.bytes).toEqual(bytesOf(9, won[0] ? 1 : 2))
    }
    await thread.close()
    await storage.close()
    const again = await open()
    expect(await ts(again)).toHaveLength(75)
    await again.close()
  })
})

describe('a disk that fails', () => {
  /** The driver on a `node:fs` whose writes through callbacks, which are the journal's, fail as told. */
  async function failing(): Promise<{ open: typeof openFileStorage; state: { fails: string } }> {
    const state = { fails: '' }
    vi.resetModules()
    vi.doMock('node:fs', async (original) => {
      const real = await original<typeof fs>()
      const write = (...args: unknown[]): void => {
        const done = args.at(-1) as (error: Error | null, n: number) => void
        const error = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
        const { fails } = state
        if (fails === 'before') setImmediate(() => done(error, 0))
        else {
          const end = (e: Error | null, n: number): void => done(fails === 'after' ? error : e, n)
          ;(real.write as (...all: unknown[]) => void)(...args.slice(0, -1), end)
        }
      }
      return { ...real, write, default: real }
    })
    const file = await import('../../packages/yore/src/storage/drivers/file.ts')
    return { open: file.openFileStorage, state }
  }
  afterEach(() => {
    vi.doUnmock('node:fs')
    vi.resetModules()
  })

  test.each(['before', 'after'])(
    '%s a frame is there: the write goes into the file',
    async (how) => {
      const { open: openFailing, state } = await failing()
      const storage = await openFailing({ directory: at(), journalBytes })
      for (let t = 0; t < 3; t++) expect(await storage.writeSlot(db, t, bytesOf(9, t))).toBe(true)
      state.fails = how
      const three = [3, 4, 5].map((t) => storage.writeSlot(db, t, bytesOf(9, t)))
      const again = storage.writeSlot(db, 3, bytesOf(9, 3))
      expect(await Promise.all(three)).toEqual([true, true, true])
      expect(await again).toBe(false)
      expect(await storage.writeSlot(db, 6, bytesOf(9))).toBe(true)
      expect(await ts(storage)).toEqual([0, 1, 2, 3, 4, 5, 6])
      expect(image('image')).toBe(true)
      const reader = await open('image', { readOnly: true })
      expect(await ts(reader)).toEqual([0, 1, 2, 3, 4, 5, 6])
      await reader.close()
      await storage.deleteSlots(db, 4, 6)
      await storage.close()
      const after = await open()
      expect(await ts(after)).toEqual([0, 1, 2, 3, 6])
      await after.close()
    },
  )

  test('and the file cannot be written either: an error, and nobody is told what is not known', async ({
    skip,
  }) => {
    const { open: openFailing, state } = await failing()
    const path = at('small')
    const missing = mountSmallDisk(path, 4_000_000)
    if (missing !== null) return skip(missing)
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const storage = await openFailing({ directory: path, journalBytes: 2 ** 18 })
      const large = (t: number): Uint8Array => bytesOf(60_000, t)
      expect(await storage.writeSlot(db, 0, large(0))).toBe(true)
      const filler = join(path, 'filler')
      const fd = openSync(filler, 'w')
      for (let size = 65_536; size >= 4096;) {
        try {
          if (writeSync(fd, new Uint8Array(size)) < size) size /= 2
        } catch {
          size /= 2
        }
      }
      closeSync(fd)
      // the journal has its room
      expect(await storage.writeSlot(db, 1, large(1))).toBe(true)
      expect(await storage.writeSlot(db, 2, large(2))).toBe(true)
      state.fails = 'after'
      // of a fresh copy of the modules, so no error of ours
      const codeOf = (run: () => Promise<unknown>): Promise<string> =>
        run().then(
          () => 'none',
          (e: unknown) => (e as YoreError).code,
        )
      for (const run of [
        () => storage.writeSlot(db, 3, large(3)),
        () => ts(storage),
        () => storage.readSlots(db, { from: 3 }),
        () => storage.writeSlot(db, 3, large(4)),
      ]) {
        expect(await codeOf(run)).toBe(':yore/storage-unavailable')
      }
      rmSync(filler)
      expect(await storage.writeSlot(db, 4, large(4))).toBe(true)
      expect((await allSlots(storage, db)).map(({ bytes }) => bytes)).toEqual(
        [0, 1, 2, 3, 4].map(large),
      )
      await storage.close()
    } finally {
      noise.mockRestore()
      execFileSync('umount', ['-l', path])
    }
  })
})

/** A small disk of its own, or why there is none. */
function mountSmallDisk(path: string, bytes: number): string | null {
  if (process.platform !== 'linux') return 'not on Linux'
  try {
    mkdirSync(path)
    const options = ['-t', 'tmpfs', '-o', `size=${bytes}`, 'yore-test', path]
    execFileSync('mount', options, { stdio: 'pipe' })
    return null
  } catch (error) {
    return `no disk of ${bytes} bytes can be mounted here: ${String(error).split('\n')[0]}`
  }
}

test('sizes of a journal that are none', async () => {
  for (const bytes of [-1, 1.5, NaN, 2 ** 40]) {
    const error = await errorOf(() => openFileStorage({ directory: at(), journalBytes: bytes }))
    expect(error.code).toBe(':yore/invalid-argument')
  }
  // one that takes nothing
  const storage = await openFileStorage({ directory: at(), journalBytes: 10 })
  expect(await storage.writeSlot(db, 1, bytesOf(5))).toBe(true)
  await storage.close()
})
