/** What a database of this process takes in its storage. */

import { raise } from '../base/errors.ts'
import { storageStats as statsOf } from '../admin/storage-stats.ts'
import type { StorageStats, StorageStatsProgress } from '../admin/storage-stats.ts'
import type { TaskOptions } from '../admin/task.ts'
import { connectionContext, originOf } from '../peer/connection.ts'
import type { Connection } from '../peer/connection.ts'
import { withConnection } from './backup.ts'
import { checkedTask } from './care-arguments.ts'

export type { OrderStats, StorageStats, StorageStatsProgress } from '../admin/storage-stats.ts'

/**
 * What a database takes in its storage, while it is in use by whomever: segments of the index and of the log, slots, garbage. Reads the
 * log for its size, 32 segments at a time (each at most about 128 kB), and garbage; of a connection that is asked again only those
 * segments that are new.
 *
 * ```ts no-run
 * const { bytes, datoms, index, log } = await storageStats('yore:file://./data/inventory')
 * console.log(bytes / datoms, index.segments, index.orders.avet.bytes, log.slots)
 * ```
 */
export async function storageStats(
  source: Connection | string,
  options: TaskOptions<StorageStatsProgress> = {},
): Promise<StorageStats> {
  const { onProgress, signal } = checkedTask(options, {})
  return withConnection(source, async (connection) => {
    const origin = originOf(connection)
    if (origin.stored === null) {
      return raise(':yore/invalid-argument', 'a database in memory takes nothing in any storage')
    }
    const { env } = connectionContext(connection)
    return statsOf(origin.stored, () => origin.db, { env, onProgress, signal })
  })
}
