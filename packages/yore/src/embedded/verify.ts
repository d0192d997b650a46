/** Verifying databases of this process, and backups. */

import { systemEnv } from '../base/env-system.ts'
import type { Env } from '../base/env.ts'
import type { TaskOptions } from '../admin/task.ts'
import { verifyInMemory, verifyPoint, verifyStored } from '../admin/verify.ts'
import type { VerifyProgress, VerifyReport } from '../admin/verify-report.ts'
import type { Connection } from '../peer/connection.ts'
import { connectionContext, originOf } from '../peer/connection.ts'
import { checkedT, checkedTask } from './care-arguments.ts'
import { withConnection, withTarget } from './backup.ts'
import type { BackupTarget } from './backup.ts'

export type { Problem, VerifyProgress, VerifyReport } from '../admin/verify-report.ts'

/**
 * Reads everything that a database consists of, while it is in use, and tells what is not as it should be: damaged or missing segments and
 * slots, orders that do not hold the same facts, an index and a log that do not agree. Nothing is changed.
 *
 * ```ts
 * const { ok, problems } = await verifyDatabase(conn)
 * for (const { message, affected, advice } of problems) console.log(message, affected, advice)
 * ```
 */
export async function verifyDatabase(
  source: Connection | string,
  options: TaskOptions<VerifyProgress> = {},
): Promise<VerifyReport> {
  const { onProgress, signal } = checkedTask(options, {})
  return withConnection(source, (connection) => {
    const { env } = connectionContext(connection)
    const { stored, db, log } = originOf(connection)
    return stored === null
      ? verifyInMemory(db, log, { env, onProgress, signal })
      : verifyStored(stored, { env, onProgress, signal })
  })
}

/** Which backup to verify, and how. */
export interface VerifyBackupOptions extends TaskOptions<VerifyProgress> {
  /** The t of the backup; without it the newest. */
  readonly t?: number
  readonly env?: Env
}

/**
 * The same for a backup: it can be restored, and what comes of it is whole, when there are no problems.
 *
 * ```ts no-run
 * const { ok } = await verifyBackup('./backups/inventory')
 * ```
 */
export async function verifyBackup(
  target: BackupTarget,
  options: VerifyBackupOptions = {},
): Promise<VerifyReport> {
  const {
    env = systemEnv,
    t: given,
    onProgress,
    signal,
  } = checkedTask(options, { env: true, t: true })
  const t = checkedT(given)
  return withTarget(target, true, (storage) => verifyPoint(storage, t, { env, onProgress, signal }))
}
