/** The storage contract: opening and closing, several handles, watching, mixed work. */

import {
  allSlots,
  bytesOf,
  expectError,
  expectSame,
  getBlobs,
  readRoot,
  storageTest,
} from './storage-suite-tools.ts'
import type { StorageTest } from './storage-suite-tools.ts'
import type { Storage } from '../storage/storage.ts'

const db = 'db-1'

/** One of everything. */
async function fill(storage: Storage): Promise<void> {
  await storage.putBlobs(db, [{ id: 'a', bytes: bytesOf(5000, 1) }])
  await storage.writeSlot(db, 1000, bytesOf(300, 2))
  await storage.replaceRoot('root', null, bytesOf(400, 3))
}

async function expectFilled(storage: Storage): Promise<void> {
  expectSame('the blob', await getBlobs(storage, db, ['a']), [bytesOf(5000, 1)])
  expectSame('the slots', await allSlots(storage, db), [{ t: 1000, bytes: bytesOf(300, 2) }])
  expectSame('the root', await readRoot(storage, 'root'), bytesOf(400, 3))
}

/** Turns of the queue of microtasks, for what needs no clock; callers bound it. */
async function turns(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await Promise.resolve()
}

export const careTests: readonly StorageTest[] = [
  storageTest('close and open again: everything is there', async (storage, place) => {
    await fill(storage)
    const kept = place.persistent ? null : await place.open()
    await storage.close()
    const again = await place.open()
    await expectFilled(again)
    expectSame('the fence', await again.writeSlot(db, 1000, bytesOf(1)), false)
    await again.putBlobs(db, [{ id: 'b', bytes: bytesOf(10) }])
    await again.close()
    await kept?.close()
  }),

  storageTest('close: relaxed writes are there after it', async (storage, place) => {
    const kept = place.persistent ? null : await place.open()
    for (let t = 0; t < 20; t++) await storage.writeSlot(db, t, bytesOf(100, t), { relaxed: true })
    await storage.putBlobs(db, [{ id: 'a', bytes: bytesOf(9) }], { relaxed: true })
    await storage.close()
    const again = await place.open()
    expectSame('slots', (await allSlots(again, db)).length, 20)
    expectSame('blobs', await getBlobs(again, db, ['a']), [bytesOf(9)])
    await again.close()
    await kept?.close()
  }),

  storageTest('close: what is under way ends well', async (storage, place) => {
    const kept = place.persistent ? null : await place.open()
    const writes = Array.from({ length: 30 }, (_, t) => storage.writeSlot(db, t, bytesOf(50, t)))
    const root = storage.replaceRoot('root', null, bytesOf(5))
    await storage.close()
    expectSame('written', new Set(await Promise.all(writes)).has(false), false)
    expectSame('root', await root, true)
    const again = await place.open()
    expectSame('slots', (await allSlots(again, db)).length, 30)
    await again.close()
    await kept?.close()
  }),

  storageTest('close: everything after it is an error, but for another close', async (storage) => {
    await fill(storage)
    await storage.close()
    await storage.close()
    const closed = ':yore/storage-closed'
    await expectError('getBlobs', closed, () => storage.getBlobs(db, ['a']))
    await expectError('putBlobs', closed, () =>
      storage.putBlobs(db, [{ id: 'b', bytes: bytesOf(1) }]),
    )
    await expectError('deleteBlobs', closed, () => storage.deleteBlobs(db, ['a']))
    await expectError('listBlobs', closed, () => storage.listBlobs(db, { limit: 1 }))
    await expectError('writeSlot', closed, () => storage.writeSlot(db, 1, bytesOf(1)))
    await expectError('readSlots', closed, () => storage.readSlots(db, { from: 0 }))
    await expectError('deleteSlots', closed, () => storage.deleteSlots(db, 0, 1))
    await expectError('readRoot', closed, () => storage.readRoot('root'))
    await expectError('replaceRoot', closed, () => storage.replaceRoot('x', null, bytesOf(1)))
    await expectError('listRoots', closed, () => storage.listRoots(''))
    await expectError('flush', closed, () => storage.flush())
    const { sync } = storage
    if (sync !== null) {
      await expectError('sync.getBlobs', closed, async () => sync.getBlobs(db, ['a']))
      await expectError('sync.readSlots', closed, async () => sync.readSlots(db, { from: 0 }))
      await expectError('sync.readRoot', closed, async () => sync.readRoot('root'))
    }
  }),

  storageTest('handles: what one has written every other reads', async (storage, place) => {
    const other = await place.open()
    await fill(storage)
    await expectFilled(other)
    await other.deleteBlobs(db, ['a'])
    await other.deleteSlots(db, 0, 2000)
    await other.replaceRoot('root', bytesOf(400, 3), bytesOf(1, 4))
    expectSame('the slots', await allSlots(storage, db), [])
    expectSame('the root', await readRoot(storage, 'root'), bytesOf(1, 4))
    // the blob may still be in a cache of the first handle: ids are not used again
    await other.close()
    expectSame('the root', await readRoot(storage, 'root'), bytesOf(1, 4))
  }),

  storageTest('watch: tells of a slot, until it is ended', async (storage, place) => {
    if (storage.watch === null) return
    const other = await place.open()
    let heard = 0
    let hear = (): void => {}
    const first = new Promise<void>((resolve) => (hear = resolve))
    const end = storage.watch(() => {
      heard++
      hear()
    })
    await other.writeSlot(db, 1, bytesOf(5))
    await first
    end()
    end()
    const before = heard
    await other.writeSlot(db, 2, bytesOf(5))
    await turns(50)
    expectSame('heard after the end', heard, before)
    await other.close()
  }),

  storageTest('a long mixed life answers as a model does', async (storage) => {
    const blobs = new Map<string, Uint8Array>()
    const slots = new Map<number, Uint8Array>()
    let root: Uint8Array | null = null
    const random = bytesOf(3 * 400, 4711)
    for (let i = 0; i < 400; i++) {
      const [what = 0, which = 0, size = 0] = random.subarray(3 * i, 3 * i + 3)
      const relaxed = size % 2 === 0
      const bytes = bytesOf(size * (which % 20), i + 1)
      if (what < 80) {
        await storage.putBlobs(db, [{ id: `b${i}`, bytes }], { relaxed })
        blobs.set(`b${i}`, bytes)
      } else if (what < 110) {
        const id = `b${Math.floor((i * which) / 256)}`
        await storage.deleteBlobs(db, [id])
        blobs.delete(id)
      } else if (what < 190) {
        const t = which % 64
        expectSame('written', await storage.writeSlot(db, t, bytes, { relaxed }), !slots.has(t))
        if (!slots.has(t)) slots.set(t, bytes)
      } else if (what < 205) {
        const from = which % 64
        await storage.deleteSlots(db, from, from + 5)
        for (let t = from; t < from + 5; t++) slots.delete(t)
      } else {
        const wrong = size % 3 === 0
        const expected: Uint8Array | null = wrong ? bytesOf(77, i) : root
        const next = which % 5 === 0 ? null : bytesOf(which + 1, i + 1)
        expectSame('replaced', await storage.replaceRoot('root', expected, next), !wrong)
        if (!wrong) root = next
      }
      if (i % 20 === 0) {
        const ids = [...blobs.keys(), 'none']
        expectSame('blobs', await getBlobs(storage, db, ids), [...blobs.values(), null])
        expectSame('ids', await storage.listBlobs(db, { limit: 999 }), [...blobs.keys()].sort())
        const sorted = [...slots].sort(([a], [b]) => a - b).map(([t, b]) => ({ t, bytes: b }))
        expectSame('slots', await allSlots(storage, db, 0, 9), sorted)
        expectSame('root', await readRoot(storage, 'root'), root)
      }
    }
  }),
]
