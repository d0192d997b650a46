/**
 * Backups of databases of this process: into a directory of plain files, or into any storage.
 *
 * (1) A storage that is opened here is closed here; one that is given stays open.
 */

import { systemEnv } from '../base/env-system.ts'
import type { Env } from '../base/env.ts'
import { YoreError, raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { backup } from '../admin/backup.ts'
import { ownerOf, pointTs, requirePoint } from '../admin/backup-point.ts'
import type { CopyProgress } from '../admin/copy.ts'
import { deletePoints } from '../admin/prune.ts'
import type { PruneProgress } from '../admin/prune.ts'
import { replayPoint } from '../admin/replay-point.ts'
import type { ReplayOptions } from '../admin/replay-point.ts'
import { restore } from '../admin/restore.ts'
import type { TaskOptions } from '../admin/task.ts'
import { Connection, connectionContext, originOf } from '../peer/connection.ts'
import { newUuid } from '../peer/squuid.ts'
import { parseUri } from '../peer/uri.ts'
import { openStorage } from '../storage/open.ts'
import type { Storage } from '../storage/storage.ts'
import {
  checkedFlag,
  checkedSource,
  checkedT,
  checkedTarget,
  checkedTask,
  checkedTs,
} from './care-arguments.ts'
import { connect } from './connect.ts'
import { fillInMemory } from './memory.ts'

export type { CopyProgress } from '../admin/copy.ts'
export type { PruneProgress } from '../admin/prune.ts'

/** Where backups are: the path of a directory, or a storage that is open. */
export type BackupTarget = string | Storage

/** A database as it was at one t, in a backup. */
export interface BackupPoint {
  /** The last transaction that is in it, and when it took place. */
  readonly t: number
  readonly instant: Date
  /** When the backup was made. */
  readonly made: Date
}

/** What a backup has. */
export interface BackupDone {
  /** The last transaction that is in it, and when it took place. */
  readonly t: number
  readonly instant: Date
  /** What was copied: the rest was there. */
  readonly blobs: number
  readonly bytes: number
}

/** How to back up. */
export interface BackupOptions extends TaskOptions<CopyProgress> {
  /**
   * Looks at everything that the target has and copies again what is damaged there. Without it the target is trusted, unless the last
   * backup to it was cut short.
   */
  readonly check?: boolean
}

/**
 * Backs a database up, while it is in use. What earlier backups have copied is not copied again. A directory is made if it is not there;
 * it takes the backups of one database. When it is cancelled or fails, the target has the backups that it had, and the next one goes on.
 *
 * ```ts no-run
 * await backupDatabase(conn, './backups/inventory') // { t: 1042, instant: .., blobs: 7, bytes: 104000 }
 * ```
 */
export async function backupDatabase(
  source: Connection | string,
  target: BackupTarget,
  options: BackupOptions = {},
): Promise<BackupDone> {
  const { check: given, onProgress, signal } = checkedTask(options, { check: true })
  const check = checkedFlag('check', given)
  checkedTarget(target)
  return withConnection(source, async (connection) => {
    const { stored } = originOf(connection)
    if (stored === null) {
      return raise(
        ':yore/invalid-argument',
        'a database in memory cannot be backed up: exportLog writes it to a file',
      )
    }
    const { env } = connectionContext(connection)
    return withTarget(target, false, async (storage) => {
      const done = await backup(stored, storage, { env, check, onProgress, signal })
      return { ...done, instant: new Date(done.instant) }
    })
  })
}

/** The connection, or one that only reads, for as long as it takes. */
export async function withConnection<T>(
  source: Connection | string,
  run: (connection: Connection) => Promise<T>,
): Promise<T> {
  checkedSource(source)
  if (source instanceof Connection) return run(source)
  const connection = await connect(source, { readOnly: true })
  try {
    return await run(connection)
  } finally {
    await connection.release()
  }
}

/** The storage, or one of plain files, for as long as it takes. */
export async function withTarget<T>(
  target: BackupTarget,
  readOnly: boolean,
  run: (storage: Storage) => Promise<T>,
): Promise<T> {
  checkedTarget(target)
  if (typeof target !== 'string') return run(target)
  const storage = await openStorage('directory', target, { readOnly })
  try {
    return await run(storage)
  } finally {
    await storage.close()
  }
}

/**
 * The backups that a target has, the newest first. Each can be restored; one whose record is damaged is left out, and `verifyBackup` with
 * its t tells of it.
 *
 * ```ts no-run
 * await listBackups('./backups/inventory') // [{ t: 1042, instant: .., made: .. }, ..]
 * ```
 */
export async function listBackups(target: BackupTarget): Promise<BackupPoint[]> {
  return withTarget(target, true, async (storage) => {
    await ownerOf(storage)
    const out: BackupPoint[] = []
    for (const t of await pointTs(storage)) {
      try {
        const { instant, atMs } = await requirePoint(storage, t)
        out.push({ t, instant: new Date(instant), made: new Date(atMs) })
      } catch (error) {
        if (!(error instanceof YoreError) || error.category !== 'fault') throw error
      }
    }
    return out
  })
}

/** Which backup to restore, and how. */
export interface RestoreOptions extends TaskOptions<CopyProgress> {
  /** The t of the backup; without it the newest. */
  readonly t?: number
  readonly env?: Env
}

/**
 * Makes a database of a backup: under any name that is free, in a directory or in memory. A database that is there is never written over;
 * when it is cancelled or fails, no database is there.
 *
 * ```ts no-run
 * await restoreDatabase('./backups/inventory', 'yore:file://./data/inventory-as-of-monday', { t: 1042 })
 * ```
 */
export async function restoreDatabase(
  target: BackupTarget,
  uri: string,
  options: RestoreOptions = {},
): Promise<{ readonly t: number }> {
  const { protocol, name, location } = parseUri(uri)
  if (name === '*') raise(':yore/invalid-uri', `${told(uri)} names no database`, { uri })
  const {
    env = systemEnv,
    t: given,
    onProgress,
    signal,
  } = checkedTask(options, { env: true, t: true })
  const t = checkedT(given)
  if (protocol === 'mem') {
    return withTarget(target, true, (from) =>
      restoreInMemory(from, name, { env, t, onProgress, signal }),
    )
  }
  return withTarget(target, true, async (from) => {
    const storage = await openStorage('file', location)
    try {
      const newDatabaseId = (): string => newUuid(env)
      const done = await restore(from, storage, name, { env, t, onProgress, signal, newDatabaseId })
      return { t: done.t }
    } finally {
      await storage.close()
    }
  })
}

async function restoreInMemory(
  from: Storage,
  name: string,
  options: ReplayOptions,
): Promise<{ readonly t: number }> {
  let t = 0
  const isNew = await fillInMemory(name, options.env, async (make) => {
    ;({ t } = await replayPoint(from, make, options))
  })
  if (isNew) return { t }
  return raise(
    ':yore/database-exists',
    `there is a database '${name}' in memory already: restore under another name, or delete it first`,
    { name },
  )
}

/**
 * Deletes backups, and what only they needed; without any t only what no backup needs, as one that was cut short may leave. No backup may
 * be made to the target at the same time.
 *
 * ```ts no-run
 * const old = (await listBackups(target)).slice(10)
 * await deleteBackups(target, old.map(({ t }) => t))
 * ```
 */
export async function deleteBackups(
  target: BackupTarget,
  ts: readonly number[],
  options: TaskOptions<PruneProgress> & { readonly env?: Env } = {},
): Promise<{ readonly blobs: number }> {
  const { env = systemEnv, onProgress, signal } = checkedTask(options, { env: true })
  const given = checkedTs(ts)
  return withTarget(target, false, async (storage) => ({
    blobs: await deletePoints(storage, given, { env, onProgress, signal }),
  }))
}
