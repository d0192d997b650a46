/** Storages opened by their protocol, and databases taken away. */

import { expect, test } from 'vitest'
import { MemoryStore } from '../../packages/yore/src/storage/drivers/memory.ts'
import { openFileStorage as noFileStorage } from '../../packages/yore/src/storage/drivers/no-file.ts'
import { dropDatabase } from '../../packages/yore/src/storage/drop.ts'
import { openStorage } from '../../packages/yore/src/storage/open.ts'
import { bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'
import { makeDirectory } from './places.ts'

test('a storage by its protocol', async () => {
  const store = new MemoryStore()
  const [one, other] = [
    await openStorage('mem', '', { store }),
    await openStorage('mem', '', { store }),
  ]
  await one.writeSlot('db', 1, bytesOf(3))
  expect(await other.readSlots('db', { from: 0 })).toEqual([{ t: 1, bytes: bytesOf(3) }])

  const directory = makeDirectory()
  const file = await openStorage('file', directory.path)
  expect(await file.writeSlot('db', 1, bytesOf(3))).toBe(true)
  const reader = await openStorage('file', directory.path, { readOnly: true })
  expect([file.readOnly, reader.readOnly]).toEqual([false, true])
  await Promise.all([reader.close(), file.close()])
  directory.remove()

  const unsupported = { code: ':db.error/unsupported-protocol' }
  await expect(openStorage('ftp', 'x')).rejects.toMatchObject(unsupported)
  await expect(noFileStorage()).rejects.toMatchObject(unsupported)
})

test('a database is taken away whole, and no other', async () => {
  const storage = await openStorage('mem', '')
  for (const database of ['gone', 'kept']) {
    for (let i = 0; i < 30; i++) {
      const blobs = Array.from({ length: 100 }, (_, k) => ({ id: `b${i}-${k}`, bytes: bytesOf(2) }))
      await storage.putBlobs(database, blobs)
      await storage.writeSlot(database, 1000 + i, bytesOf(2))
    }
  }
  await dropDatabase(storage, 'gone')
  await dropDatabase(storage, 'gone')
  expect(await storage.listBlobs('gone', { limit: 10 })).toEqual([])
  expect(await storage.readSlots('gone', { from: 0 })).toEqual([])
  expect((await storage.listBlobs('kept', { limit: 10_000 })).length).toBe(3000)
  expect((await storage.readSlots('kept', { from: 0 })).length).toBe(30)
})
