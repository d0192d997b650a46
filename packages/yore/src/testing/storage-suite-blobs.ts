/** The storage contract: blobs. */

import { bytesOf, expectError, expectSame, getBlobs, storageTest } from './storage-suite-tools.ts'
import type { StorageTest } from './storage-suite-tools.ts'

const db = 'db-1'

export const blobTests: readonly StorageTest[] = [
  storageTest('blobs: what was put is read, in the order asked for', async (storage) => {
    const [a, b, c] = [bytesOf(10, 1), bytesOf(20, 2), bytesOf(30, 3)]
    await storage.putBlobs(db, [
      { id: 'a', bytes: a },
      { id: 'b', bytes: b },
      { id: 'c', bytes: c },
    ])
    expectSame('blobs', await getBlobs(storage, db, ['c', 'a', 'b', 'a']), [c, a, b, a])
    expectSame('no ids', await getBlobs(storage, db, []), [])
  }),

  storageTest('blobs: absent is null, empty is empty', async (storage) => {
    await storage.putBlobs(db, [{ id: 'empty', bytes: new Uint8Array(0) }])
    await storage.putBlobs(db, [])
    expectSame('blobs', await getBlobs(storage, db, ['none', 'empty', 'empt', 'empty1']), [
      null,
      new Uint8Array(0),
      null,
      null,
    ])
  }),

  storageTest('blobs: sizes from nothing to megabytes come back whole', async (storage) => {
    const sizes = [0, 1, 7, 255, 256, 2000, 4096, 4097, 32_768, 65_536, 1_000_003, 5_000_000]
    const blobs = sizes.map((n) => ({ id: `size-${n}`, bytes: bytesOf(n, n + 1) }))
    await storage.putBlobs(db, blobs)
    const ids = blobs.map((b) => b.id)
    const found = await getBlobs(storage, db, ids)
    blobs.forEach((b, i) => expectSame(b.id, found[i], b.bytes))
  }),

  storageTest('blobs: thousands in one call', async (storage) => {
    const blobs = Array.from({ length: 3000 }, (_, i) => ({
      id: `many-${i}`,
      bytes: bytesOf(i % 90, i),
    }))
    await storage.putBlobs(db, blobs)
    const found = await getBlobs(storage, db, blobs.map((b) => b.id).reverse())
    expectSame('blobs', found, blobs.map((b) => b.bytes).reverse())
  }),

  storageTest('blobs: ids of every allowed character and length', async (storage) => {
    const ids = ['0', 'A', 'a', 'Aa', 'aA', '_', '-', '-a', 'a-', 'x'.repeat(64), '9'.repeat(63)]
    const blobs = ids.map((id, i) => ({ id, bytes: bytesOf(8, i + 1) }))
    await storage.putBlobs(db, blobs)
    expectSame(
      'blobs',
      await getBlobs(storage, db, ids),
      blobs.map((b) => b.bytes),
    )
    expectSame('ids', await storage.listBlobs(db, { limit: 100 }), [...ids].sort())
  }),

  storageTest('blobs: bytes given are the caller’s again afterwards', async (storage) => {
    const bytes = bytesOf(5000)
    const before = bytes.slice()
    await storage.putBlobs(db, [{ id: 'mine', bytes: bytes.subarray(1000, 3000) }])
    bytes.fill(0)
    expectSame('the blob', await getBlobs(storage, db, ['mine']), [before.subarray(1000, 3000)])
  }),

  storageTest('blobs: bytes received stay as they are', async (storage) => {
    await storage.putBlobs(db, [
      { id: 'a', bytes: bytesOf(3000, 1) },
      { id: 'b', bytes: bytesOf(3000, 2) },
    ])
    const [a] = await storage.getBlobs(db, ['a'])
    await getBlobs(storage, db, ['b', 'a', 'b'])
    await storage.deleteBlobs(db, ['a'])
    for (let i = 0; i < 20; i++) {
      await storage.putBlobs(db, [{ id: `after-${i}`, bytes: bytesOf(3000, 9 + i) }])
    }
    expectSame('the blob', a, bytesOf(3000, 1))
  }),

  storageTest('blobs: deleted ones are absent, others stay', async (storage) => {
    const blobs = ['a', 'b', 'c'].map((id, i) => ({ id, bytes: bytesOf(100, i + 1) }))
    await storage.putBlobs(db, blobs)
    await storage.deleteBlobs(db, ['b', 'none', 'b'])
    await storage.deleteBlobs(db, [])
    expectSame('blobs', await getBlobs(storage, db, ['a', 'b', 'c']), [
      bytesOf(100, 1),
      null,
      bytesOf(100, 3),
    ])
    await storage.putBlobs(db, [{ id: 'b', bytes: bytesOf(100, 2) }])
    expectSame('put again', await getBlobs(storage, db, ['b']), [bytesOf(100, 2)])
  }),

  storageTest('blobs: put again with the same bytes is no error', async (storage) => {
    const blob = { id: 'a', bytes: bytesOf(100) }
    await storage.putBlobs(db, [blob])
    await Promise.all([storage.putBlobs(db, [blob]), storage.putBlobs(db, [blob, blob])])
    expectSame('blobs', await getBlobs(storage, db, ['a']), [bytesOf(100)])
  }),

  storageTest('blobs: listed in order, by prefix, page by page', async (storage) => {
    const ids = Array.from({ length: 250 }, (_, i) => `${i % 2 === 0 ? 'even' : 'odd'}-${i}`)
    await storage.putBlobs(
      db,
      ids.map((id) => ({ id, bytes: bytesOf(3) })),
    )
    const even = ids.filter((id) => id.startsWith('even-')).sort()
    const found: string[] = []
    for (;;) {
      const after = found[found.length - 1]
      const page = await storage.listBlobs(db, { prefix: 'even-', after, limit: 40 })
      if (page.length === 0) break
      found.push(...page)
    }
    expectSame('ids', found, even)
    expectSame('all', await storage.listBlobs(db, { limit: 1000 }), [...ids].sort())
    expectSame('after', await storage.listBlobs(db, { after: 'odd', limit: 2 }), [
      'odd-1',
      'odd-101',
    ])
    expectSame('none', await storage.listBlobs(db, { prefix: 'evenx', limit: 10 }), [])
  }),

  storageTest('blobs: of one database are not those of another', async (storage) => {
    await storage.putBlobs('db', [{ id: 'a', bytes: bytesOf(5, 1) }])
    await storage.putBlobs('db-1', [{ id: 'a', bytes: bytesOf(5, 2) }])
    await storage.putBlobs('db.1', [{ id: 'b', bytes: bytesOf(5, 3) }])
    await storage.deleteBlobs('db', ['b'])
    expectSame('db', await getBlobs(storage, 'db', ['a', 'b']), [bytesOf(5, 1), null])
    expectSame('db-1', await getBlobs(storage, 'db-1', ['a', 'b']), [bytesOf(5, 2), null])
    expectSame('db.1', await storage.listBlobs('db.1', { limit: 10 }), ['b'])
    expectSame('d', await storage.listBlobs('d', { limit: 10 }), [])
  }),

  storageTest(
    'blobs: relaxed ones are read at once, and are there after a flush',
    async (storage) => {
      const blobs = Array.from({ length: 200 }, (_, i) => ({
        id: `r-${i}`,
        bytes: bytesOf(1000, i + 1),
      }))
      for (const blob of blobs) {
        await storage.putBlobs(db, [blob], { relaxed: true })
        expectSame('the blob', await getBlobs(storage, db, [blob.id]), [blob.bytes])
      }
      await storage.deleteBlobs(db, ['r-7'])
      await storage.flush()
      const found = await getBlobs(
        storage,
        db,
        blobs.map((b) => b.id),
      )
      expectSame(
        'blobs',
        found,
        blobs.map((b) => (b.id === 'r-7' ? null : b.bytes)),
      )
    },
  ),

  storageTest('blobs: what is no id, no limit or no bytes is refused', async (storage) => {
    const bytes = bytesOf(1)
    const bad = ['', 'a b', 'a/b', 'ä', 'a\u0000', 'x'.repeat(65), '..', '__proto__\n']
    for (const id of bad) {
      await expectError(`put '${id}'`, ':yore/invalid-argument', () =>
        storage.putBlobs(db, [{ id, bytes }]),
      )
      await expectError(`get '${id}'`, ':yore/invalid-argument', () => storage.getBlobs(db, [id]))
      await expectError(`database '${id}'`, ':yore/invalid-argument', () =>
        storage.putBlobs(id === '..' ? '' : id, [{ id: 'a', bytes }]),
      )
    }
    for (const limit of [0, -1, 1.5, NaN, Infinity]) {
      await expectError(`limit ${limit}`, ':yore/invalid-argument', () =>
        storage.listBlobs(db, { limit }),
      )
    }
    await storage.putBlobs(db, [{ id: '__proto__', bytes }])
    expectSame('__proto__', await getBlobs(storage, db, ['__proto__', 'constructor']), [
      bytes,
      null,
    ])
  }),

  storageTest(
    'blobs: one that is too large is refused, and nothing is written',
    async (storage) => {
      const { blobBytesMax } = storage.limits
      // a view of the size without the memory, where the engine gives pages when they are touched
      const large = new Uint8Array(blobBytesMax + 1)
      await expectError('too large', ':yore/limit-exceeded', () =>
        storage.putBlobs(db, [
          { id: 'small', bytes: bytesOf(1) },
          { id: 'large', bytes: large },
        ]),
      )
      expectSame('blobs', await getBlobs(storage, db, ['large', 'small']), [null, null])
    },
  ),
]
