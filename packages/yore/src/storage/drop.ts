/** Takes away everything that a database has in a storage. */

import type { Storage } from './storage.ts'

const idsPerCall = 1000

/**
 * Deletes all slots and blobs of a database, the slots first: what is left of an interrupted run is no database any more. Roots are the
 * caller's, who has deleted them before, so that nobody opens what is being taken away. Run again it goes on.
 */
export async function dropDatabase(storage: Storage, database: string): Promise<void> {
  await storage.deleteSlots(database, 0, Number.MAX_SAFE_INTEGER)
  for (;;) {
    const ids = await storage.listBlobs(database, { limit: idsPerCall })
    if (ids.length === 0) return
    await storage.deleteBlobs(database, ids)
  }
}
