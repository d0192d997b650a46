/**
 * Opens a storage by its protocol. The drivers that only some runtimes have are behind `#storage/...` in package.json, which gives
 * Node the driver and everybody else one that says why not: a browser's bundle has nothing of Node in it.
 */

import { raise } from '../base/errors.ts'
import { memoryStorage } from './drivers/memory.ts'
import type { MemoryStore } from './drivers/memory.ts'
import type { Storage } from './storage.ts'

export interface OpenStorageOptions {
  readonly readOnly?: boolean | undefined
  /** How long to wait for another process that writes. */
  readonly waitMs?: number | undefined
  /** For `mem`: whose contents. */
  readonly store?: MemoryStore | undefined
}

/**
 * The storage of a protocol at a location: `openStorage('file', './data')`. Throws `:db.error/unsupported-protocol` for a protocol
 * that there is no driver for.
 */
export async function openStorage(
  protocol: string,
  location: string,
  options: OpenStorageOptions = {},
): Promise<Storage> {
  const { readOnly, waitMs, store } = options
  switch (protocol) {
    case 'mem':
      return memoryStorage(store)
    case 'file': {
      const { openFileStorage } = await import('#storage/file')
      return openFileStorage({ directory: location, readOnly, waitMs })
    }
    default:
      return raise(
        ':db.error/unsupported-protocol',
        `there is no storage for the protocol '${protocol.slice(0, 40)}'`,
        { protocol },
      )
  }
}
