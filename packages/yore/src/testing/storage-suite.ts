/**
 * The contract of storages as tests, for any test runner: a plain list of names and functions. A driver that passes keeps
 * the promises of storage/storage.ts, as far as tests can show.
 *
 *     for (const { name, run } of storageSuite) test(name, () => run(makePlace))
 *
 * (1) Each test gets a place of its own, and leaves it disposed.
 */

import { blobTests } from './storage-suite-blobs.ts'
import { careTests } from './storage-suite-care.ts'
import { logTests } from './storage-suite-log.ts'
import type { StorageTest } from './storage-suite-tools.ts'

/** Every test of the contract. */
export const storageSuite: readonly StorageTest[] = [...blobTests, ...logTests, ...careTests]
