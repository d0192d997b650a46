/**
 * Places for the storage suite: every storage that Yore brings, and every wrapper around one.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { openDirectoryStorage } from '../../packages/yore/src/storage/drivers/directory.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { measuringStorage, StorageMeter } from '../../packages/yore/src/storage/measuring.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { CrashablePlace } from '../../packages/yore/src/testing/crashable-storage.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import type { MakePlace } from '../../packages/yore/src/testing/storage-suite-tools.ts'

/** A place in memory, with something around each handle. */
const inMemory =
  (wrap: (storage: Storage) => Storage): MakePlace =>
  () => {
    const store = new MemoryStore()
    return Promise.resolve({
      persistent: true,
      open: () => Promise.resolve(wrap(memoryStorage(store))),
      dispose: () => Promise.resolve(),
    })
  }

const crashable: MakePlace = () => {
  const place = new CrashablePlace()
  return Promise.resolve({
    persistent: true,
    open: () => Promise.resolve(place.open()),
    dispose: () => Promise.resolve(),
  })
}

/** A directory of its own, taken away with everything in it. */
export function makeDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'yore-storage-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

const inDirectory =
  (journalBytes?: number): MakePlace =>
  () => {
    const directory = makeDirectory()
    return Promise.resolve({
      persistent: true,
      open: () => openFileStorage({ directory: directory.path, journalBytes }),
      dispose: () => Promise.resolve(directory.remove()),
    })
  }

const inPlainFiles: MakePlace = () => {
  const directory = makeDirectory()
  return Promise.resolve({
    persistent: true,
    open: () => openDirectoryStorage({ directory: directory.path, durable: false }),
    dispose: () => Promise.resolve(directory.remove()),
  })
}

export const places: Readonly<Record<string, MakePlace>> = {
  memory: inMemory((storage) => storage),
  'memory, measured': inMemory((storage) => measuringStorage(storage, new StorageMeter())),
  'memory, faulty without faults': inMemory((storage) => faultyStorage(storage, new Faults())),
  'memory, that no crash strikes': crashable,
  'plain files': inPlainFiles,
  file: inDirectory(),
  'file, with a journal from the beginning': inDirectory(2 ** 18),
  'file, without a journal': inDirectory(0),
}
