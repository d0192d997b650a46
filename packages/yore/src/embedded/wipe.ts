/**
 * Deleting what belongs to a database: slots, blobs, root records. May be done again when it was cut short.
 */

import { changeCatalog } from '../db/catalog.ts'
import { rootName } from '../db/root.ts'
import type { Storage } from '../storage/storage.ts'
import { jobName } from '../transactor/orphans.ts'

const blobsAtOnce = 1000

/** Deletes everything of a database that the catalog has as deleted, and then that it was there. */
export async function wipe(storage: Storage, databaseId: string): Promise<void> {
  await storage.deleteSlots(databaseId, 0, Number.MAX_SAFE_INTEGER)
  for (;;) {
    const ids = await storage.listBlobs(databaseId, { limit: blobsAtOnce })
    if (ids.length === 0) break
    await storage.deleteBlobs(databaseId, ids)
  }
  for (const name of [rootName(databaseId), jobName(databaseId)]) {
    const bytes = await storage.readRoot(name)
    if (bytes !== null) await storage.replaceRoot(name, bytes, null)
  }
  await changeCatalog(storage, ({ databases, deleted }) =>
    deleted.includes(databaseId)
      ? { databases, deleted: deleted.filter((id) => id !== databaseId) }
      : null,
  )
}
