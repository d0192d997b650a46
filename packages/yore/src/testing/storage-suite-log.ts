/** The storage contract: slots of the log, and roots. */

import {
  allSlots,
  bytesOf,
  expectError,
  expectSame,
  readRoot,
  storageTest,
} from './storage-suite-tools.ts'
import type { StorageTest } from './storage-suite-tools.ts'

const db = 'db-1'
const ts = (slots: readonly { t: number }[]): number[] => slots.map((s) => s.t)

const slotTests: readonly StorageTest[] = [
  storageTest('slots: written if absent, and never over', async (storage) => {
    expectSame('first', await storage.writeSlot(db, 1000, bytesOf(10, 1)), true)
    expectSame('second', await storage.writeSlot(db, 1000, bytesOf(10, 2)), false)
    expectSame(
      'relaxed',
      await storage.writeSlot(db, 1000, bytesOf(10, 3), { relaxed: true }),
      false,
    )
    expectSame('same bytes', await storage.writeSlot(db, 1000, bytesOf(10, 1)), false)
    expectSame('slots', await allSlots(storage, db), [{ t: 1000, bytes: bytesOf(10, 1) }])
  }),

  storageTest(
    'slots: read from a t on, in order of number, whatever the order of writing',
    async (storage) => {
      const numbers = [1000, 9, 10, 2 ** 53 - 2, 255, 256, 0, 65_536, 2 ** 32, 2 ** 32 - 1, 99, 100]
      for (const t of numbers) await storage.writeSlot(db, t, bytesOf(t % 50, 1))
      const sorted = [...numbers].sort((a, b) => a - b)
      const slots = await allSlots(storage, db)
      expectSame('all', ts(slots), sorted)
      expectSame('bytes', slots[1]?.bytes, bytesOf(9, 1))
      expectSame('from 10', ts(await allSlots(storage, db, 10)), sorted.slice(2))
      expectSame('from 11', ts(await allSlots(storage, db, 11)), sorted.slice(3))
      expectSame('page by page', ts(await allSlots(storage, db, 0, 5)), sorted)
      expectSame('limit', ts(await storage.readSlots(db, { from: 0, limit: 1 })), [0])
      expectSame('the end', ts(await storage.readSlots(db, { from: 2 ** 53 - 2 })), [2 ** 53 - 2])
      if (storage.sync !== null) {
        expectSame('at once', ts(storage.sync.readSlots(db, { from: 10, limit: 2 })), [10, 99])
      }
    },
  ),

  storageTest('slots: thousands are read whole', async (storage) => {
    const numbers = Array.from({ length: 3000 }, (_, i) => 1000 + 3 * i)
    const written = await Promise.all(numbers.map((t) => storage.writeSlot(db, t, bytesOf(40, t))))
    expectSame('written', new Set(written).size === 1 && written[0], true)
    expectSame(
      'slots',
      await allSlots(storage, db),
      numbers.map((t) => ({ t, bytes: bytesOf(40, t) })),
    )
  }),

  storageTest('slots: absent against empty, and megabytes', async (storage) => {
    expectSame('none', await storage.readSlots(db, { from: 0 }), [])
    await storage.writeSlot(db, 5, new Uint8Array(0))
    await storage.writeSlot(db, 6, bytesOf(3_000_000))
    expectSame('again', await storage.writeSlot(db, 5, bytesOf(1)), false)
    expectSame('slots', await allSlots(storage, db), [
      { t: 5, bytes: new Uint8Array(0) },
      { t: 6, bytes: bytesOf(3_000_000) },
    ])
  }),

  storageTest('slots: deleted from a t to another, and free again', async (storage) => {
    for (let t = 0; t < 20; t++) await storage.writeSlot(db, t, bytesOf(4, t + 1))
    await storage.deleteSlots(db, 5, 10)
    await storage.deleteSlots(db, 15, 15)
    await storage.deleteSlots(db, 12, 3)
    await storage.deleteSlots(db, 18, 1000)
    expectSame(
      'slots',
      ts(await allSlots(storage, db)),
      [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17],
    )
    expectSame('free', await storage.writeSlot(db, 7, bytesOf(4, 99)), true)
    expectSame('slot 7', await storage.readSlots(db, { from: 5, limit: 1 }), [
      { t: 7, bytes: bytesOf(4, 99) },
    ])
  }),

  storageTest('slots: of one database are not those of another', async (storage) => {
    await storage.writeSlot('db', 1, bytesOf(3, 1))
    await storage.writeSlot('db-1', 1, bytesOf(3, 2))
    await storage.writeSlot('db-1', 2, bytesOf(3, 3))
    await storage.deleteSlots('db-1', 0, 2)
    expectSame('db', ts(await allSlots(storage, 'db')), [1])
    expectSame('db-1', ts(await allSlots(storage, 'db-1')), [2])
    expectSame('d', await allSlots(storage, 'd'), [])
  }),

  storageTest('slots: of many writers racing for one, one wins', async (storage, place) => {
    const others = await Promise.all([place.open(), place.open(), place.open()])
    const handles = [storage, ...others]
    for (let t = 0; t < 10; t++) {
      const results = await Promise.all(
        Array.from({ length: 24 }, (_, i) =>
          (handles[i % handles.length] ?? storage).writeSlot(db, t, bytesOf(9, i + 1)),
        ),
      )
      const winners = results.flatMap((won, i) => (won ? [i] : []))
      expectSame(`winners of ${t}`, winners.length, 1)
      const found = await allSlots(storage, db, t)
      expectSame(`slot ${t}`, found, [{ t, bytes: bytesOf(9, (winners[0] ?? 0) + 1) }])
    }
    for (const other of others) {
      expectSame('seen by all', ts(await allSlots(other, db)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      await other.close()
    }
  }),

  storageTest('slots: relaxed ones are read at once, in order with the others', async (storage) => {
    for (let t = 0; t < 50; t++) {
      expectSame(
        'written',
        await storage.writeSlot(db, t, bytesOf(9, t), { relaxed: t % 3 !== 0 }),
        true,
      )
      expectSame('read', await storage.readSlots(db, { from: t }), [{ t, bytes: bytesOf(9, t) }])
    }
    await storage.flush()
    expectSame(
      'slots',
      ts(await allSlots(storage, db, 0, 7)),
      Array.from({ length: 50 }, (_, t) => t),
    )
  }),

  storageTest('slots: what is no t or too large is refused', async (storage) => {
    for (const t of [-1, 1.5, NaN, 2 ** 53, 2 ** 60, Infinity]) {
      await expectError(`t ${t}`, ':yore/invalid-argument', () =>
        storage.writeSlot(db, t, bytesOf(1)),
      )
      await expectError(`from ${t}`, ':yore/invalid-argument', () =>
        storage.readSlots(db, { from: t }),
      )
    }
    await expectError('limit 0', ':yore/invalid-argument', () =>
      storage.readSlots(db, { from: 0, limit: 0 }),
    )
    await expectError('too large', ':yore/limit-exceeded', () =>
      storage.writeSlot(db, 1, new Uint8Array(storage.limits.slotBytesMax + 1)),
    )
    expectSame('slots', await allSlots(storage, db), [])
  }),
]

const rootTests: readonly StorageTest[] = [
  storageTest('roots: made, changed and taken away by compare-and-set', async (storage) => {
    const [one, two] = [bytesOf(500, 1), bytesOf(700, 2)]
    expectSame('absent', await readRoot(storage, 'r'), null)
    expectSame('wrong', await storage.replaceRoot('r', one, two), false)
    expectSame('made', await storage.replaceRoot('r', null, one), true)
    expectSame('made twice', await storage.replaceRoot('r', null, two), false)
    expectSame('read', await readRoot(storage, 'r'), one)
    expectSame('changed', await storage.replaceRoot('r', one, two), true)
    expectSame('stale', await storage.replaceRoot('r', one, bytesOf(1)), false)
    expectSame('read', await readRoot(storage, 'r'), two)
    expectSame('stale', await storage.replaceRoot('r', one, null), false)
    expectSame('gone', await storage.replaceRoot('r', two, null), true)
    expectSame('absent', await readRoot(storage, 'r'), null)
    expectSame('gone twice', await storage.replaceRoot('r', two, null), false)
    expectSame('nothing for nothing', await storage.replaceRoot('r', null, null), true)
  }),

  storageTest('roots: absent against empty, and bytes that nearly agree', async (storage) => {
    const empty = new Uint8Array(0)
    expectSame('empty for absent', await storage.replaceRoot('r', empty, bytesOf(1)), false)
    expectSame('made', await storage.replaceRoot('r', null, empty), true)
    expectSame('read', await readRoot(storage, 'r'), empty)
    expectSame('absent for empty', await storage.replaceRoot('r', null, bytesOf(1)), false)
    expectSame('changed', await storage.replaceRoot('r', empty, bytesOf(9)), true)
    const near = bytesOf(9)
    near[8] = (near[8] ?? 0) ^ 1
    expectSame('last byte differs', await storage.replaceRoot('r', near, empty), false)
    expectSame('shorter', await storage.replaceRoot('r', bytesOf(9).subarray(0, 8), empty), false)
    expectSame('a view', await storage.replaceRoot('r', bytesOf(10).subarray(0, 9), empty), true)
  }),

  storageTest('roots: of many writers with one expectation, one wins', async (storage, place) => {
    const other = await place.open()
    let now: Uint8Array | null = null
    for (let round = 0; round < 10; round++) {
      const expected: Uint8Array | null = now
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          (i % 2 === 0 ? storage : other).replaceRoot(
            'r',
            expected,
            bytesOf(20, round * 100 + i + 1),
          ),
        ),
      )
      const winners = results.flatMap((won, i) => (won ? [i] : []))
      expectSame('winners', winners.length, 1)
      now = await readRoot(other, 'r')
      expectSame('root', now, bytesOf(20, round * 100 + (winners[0] ?? 0) + 1))
    }
    await other.close()
  }),

  storageTest('roots: listed by prefix, in order', async (storage) => {
    const names = [
      'names/b',
      'names/a',
      'names',
      'name',
      'names/Z',
      'names/ä/é',
      'names/日本',
      'x y:z',
    ]
    for (const [i, name] of names.entries())
      await storage.replaceRoot(name, null, bytesOf(3, i + 1))
    expectSame('names/', await storage.listRoots('names/'), [
      'names/Z',
      'names/a',
      'names/b',
      'names/ä/é',
      'names/日本',
    ])
    expectSame('all', await storage.listRoots(''), [...names].sort())
    expectSame('none', await storage.listRoots('nothing'), [])
    for (const [i, name] of names.entries()) {
      expectSame(name, await readRoot(storage, name), bytesOf(3, i + 1))
    }
    await storage.replaceRoot('names/a', bytesOf(3, 2), null)
    expectSame('after', await storage.listRoots('names/a'), [])
  }),

  storageTest('roots: names and bytes that do not fit are refused', async (storage) => {
    for (const name of ['', 'a\u0000b', 'a\nb', '\ud800', 'x'.repeat(201)]) {
      await expectError('set', ':yore/invalid-argument', () =>
        storage.replaceRoot(name, null, bytesOf(1)),
      )
      await expectError('read', ':yore/invalid-argument', () => storage.readRoot(name))
    }
    await expectError('too large', ':yore/limit-exceeded', () =>
      storage.replaceRoot('r', null, new Uint8Array(storage.limits.rootBytesMax + 1)),
    )
    const long = 'é'.repeat(200)
    expectSame('long', await storage.replaceRoot(long, null, bytesOf(2)), true)
    expectSame('read', await readRoot(storage, long), bytesOf(2))
  }),

  storageTest('roots: one of 100 kB', async (storage) => {
    expectSame('made', await storage.replaceRoot('large', null, bytesOf(100_000)), true)
    expectSame(
      'changed',
      await storage.replaceRoot('large', bytesOf(100_000), bytesOf(90_000, 2)),
      true,
    )
    expectSame('read', await readRoot(storage, 'large'), bytesOf(90_000, 2))
  }),
]

export const logTests: readonly StorageTest[] = [...slotTests, ...rootTests]
