/**
 * Places for the storage suite: every storage that Yore brings, and every wrapper around one.
 */

import { cachingStorage } from '../../packages/yore/src/storage/caching.ts'
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

export const places: Readonly<Record<string, MakePlace>> = {
  memory: inMemory((storage) => storage),
  'memory, cached': inMemory((storage) => cachingStorage(storage, 100_000)),
  'memory, with a cache of nothing': inMemory((storage) => cachingStorage(storage, 0)),
  'memory, measured': inMemory((storage) => measuringStorage(storage, new StorageMeter())),
  'memory, faulty without faults': inMemory((storage) => faultyStorage(storage, new Faults())),
  'memory, that no crash strikes': crashable,
}
