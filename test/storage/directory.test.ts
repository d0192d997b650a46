/** The storage of plain files: names, versions of roots, what a killed process leaves, what it is not opened on. */

import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openDirectoryStorage } from '../../packages/yore/src/storage/drivers/directory.ts'
import {
  fileNameOf,
  nameOfFile,
  nameOfPath,
  pathOf,
} from '../../packages/yore/src/storage/drivers/directory/names.ts'
import { bytesOf, expectError } from '../../packages/yore/src/testing/storage-suite-tools.ts'
import { freshDirectories } from './fresh-directories.ts'

const fresh = freshDirectories()

test('every name has a file name of its own, and no two that differ in case are alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
      expect(nameOfPath(pathOf(name))).toBe(name)
      expect(nameOfFile(fileNameOf(name))).toBe(name)
      expect(fileNameOf(name)).toMatch(/^[a-z0-9%_-]*$/)
      for (const piece of pathOf(name)) expect(piece.length).toBeLessThan(200)
    }),
  )
  for (const no of ['A', '%', '%2', 'a b', '%ff', 'é', '.']) expect(nameOfFile(no)).toBe(null)
})

test('durable writes, of every kind', async () => {
  const directory = fresh()
  const storage = await openDirectoryStorage({ directory })
  await storage.putBlobs('db', [{ id: 'r', bytes: bytesOf(3) }], { relaxed: true })
  await storage.putBlobs('db', [{ id: 'a', bytes: bytesOf(5) }])
  expect(await storage.writeSlot('db', 7, bytesOf(6))).toBe(true)
  for (let i = 0; i < 6; i++) {
    const before = i === 0 ? null : bytesOf(4, i)
    expect(await storage.replaceRoot('name/a', before, bytesOf(4, i + 1))).toBe(true)
  }
  await storage.deleteBlobs('db', ['r'])
  await storage.close()
  const reader = await openDirectoryStorage({ directory, readOnly: true })
  expect(await reader.getBlobs('db', ['a', 'r'])).toEqual([bytesOf(5), null])
  expect(await reader.readRoot('name/a')).toEqual(bytesOf(4, 6))
  await expectError('a write', ':yore/storage-read-only', () => reader.deleteSlots('db', 0, 9))
  // of a root a few versions stay
  expect(readdirSync(join(directory, 'roots', 'name%2fa')).length).toBe(4)
  // and none of one that was taken away but that it was
  const writer = await openDirectoryStorage({ directory })
  expect(await writer.replaceRoot('name/a', bytesOf(4, 6), null)).toBe(true)
  expect(readdirSync(join(directory, 'roots', 'name%2fa'))).toEqual(['000000000007'])
  expect(await writer.listRoots('')).toEqual([])
  expect(await writer.replaceRoot('name/a', null, bytesOf(1))).toBe(true)
})

test('of several handles that replace a root, one wins each time', async () => {
  const directory = fresh()
  const handles = await Promise.all(
    Array.from({ length: 5 }, () => openDirectoryStorage({ directory, durable: false })),
  )
  let now: Uint8Array | null = null
  for (let round = 0; round < 20; round++) {
    const before: Uint8Array | null = now
    const won = await Promise.all(
      handles.map((h, i) => h.replaceRoot('r', before, bytesOf(9, round * 10 + i + 1))),
    )
    expect(won.filter((x) => x)).toHaveLength(1)
    now = bytesOf(9, round * 10 + won.indexOf(true) + 1)
    for (const h of handles) expect(await h.readRoot('r')).toEqual(now)
  }
})

test('what a killed process left is taken away, but not what another is writing', async () => {
  const directory = fresh()
  const storage = await openDirectoryStorage({ directory })
  await storage.putBlobs('db', [{ id: 'a', bytes: bytesOf(5) }])
  const blobs = join(directory, 'blobs', 'db')
  writeFileSync(join(blobs, '.new-old'), 'half')
  utimesSync(join(blobs, '.new-old'), 1, 1)
  writeFileSync(join(blobs, '.new-now'), 'half')
  writeFileSync(join(blobs, 'Thumbs.db'), 'not ours')
  const again = await openDirectoryStorage({ directory })
  expect(readdirSync(blobs).sort()).toEqual(['.new-now', 'Thumbs.db', 'a'])
  expect(await again.listBlobs('db', { limit: 10 })).toEqual(['a'])
})

test('it is not opened on what is something else', async () => {
  const directory = fresh()
  await expectError('none', ':yore/storage-not-found', () =>
    openDirectoryStorage({ directory: join(directory, 'none'), readOnly: true }),
  )
  writeFileSync(join(directory, 'mine.txt'), 'precious')
  await expectError('other things', ':yore/invalid-argument', () =>
    openDirectoryStorage({ directory }),
  )
  expect(readFileSync(join(directory, 'mine.txt'), 'utf8')).toBe('precious')
  const future = join(directory, 'future')
  mkdirSync(future)
  writeFileSync(join(future, 'yore-directory.txt'), 'yore-directory 2\n')
  await expectError('a later format', ':yore/unsupported-format', () =>
    openDirectoryStorage({ directory: future }),
  )
  await expectError('a file', ':yore/storage-unavailable', () =>
    openDirectoryStorage({ directory: join(directory, 'mine.txt', 'x') }),
  )
})
