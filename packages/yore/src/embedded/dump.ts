/** The dump of a database of this process, and its import. */

import { YoreError, raise } from '../base/errors.ts'
import { fromPublic } from '../data/public.ts'
import { pointAtOrAfter } from '../db/views.ts'
import type { Db } from '../db/db.ts'
import { exportLines, importLines } from '../admin/dump.ts'
import type { DumpProgress } from '../admin/dump.ts'
import type { DumpFormat } from '../admin/dump-lines.ts'
import type { TaskOptions } from '../admin/task.ts'
import { Connection, connectionContext, originOf } from '../peer/connection.ts'
import type { TimePoint } from '../peer/types.ts'
import {
  checkedConnection,
  checkedFlag,
  checkedLines,
  checkedSource,
  checkedTask,
} from './care-arguments.ts'
import { connect, createDatabase, deleteDatabase } from './connect.ts'

export type { DumpProgress } from '../admin/dump.ts'

/** What to export, and how. */
export interface ExportLogOptions extends TaskOptions<DumpProgress> {
  /** `'edn'` (usual) or `'json'`: one form a line. */
  readonly format?: DumpFormat
  /** The first transaction; without it the first of all. Only a dump from the first on can be imported. */
  readonly from?: TimePoint | null
  /** The transaction before which the dump ends; without it everything there is now is in it. */
  readonly to?: TimePoint | null
}

const exportOptions = { format: true, from: true, to: true } as const

/**
 * The whole log as lines of text, made while they are read: a head, a line for each transaction, an end. Values are exact.
 *
 * ```ts
 * for await (const line of exportLog(conn, { format: 'json' })) console.log(line)
 * ```
 */
export function exportLog(
  connection: Connection,
  options: ExportLogOptions = {},
): AsyncIterableIterator<string> {
  checkedConnection(connection)
  const { format = 'edn', from, to, onProgress, signal } = checkedTask(options, exportOptions)
  if (format !== 'edn' && format !== 'json') {
    raise(':yore/invalid-argument', `the format of a dump is 'edn' or 'json'`, { format })
  }
  const { db, log } = originOf(connection)
  const { env } = connectionContext(connection)
  const range = { from: pointIn(db, from) ?? 0, to: pointIn(db, to) ?? Infinity }
  return exportLines(db, log, { env, format, onProgress, signal, ...range })
}

function pointIn(db: Db, point: TimePoint | null | undefined): number | null {
  if (point === undefined || point === null) return null
  if (typeof point === 'number' && (!Number.isSafeInteger(point) || point < 0)) {
    raise(':yore/invalid-time-point', `${point} is no t, no transaction id and no Date`, { point })
  }
  return pointAtOrAfter(db, fromPublic(point))
}

/** How to import. */
export interface ImportLogOptions extends TaskOptions<DumpProgress> {
  /**
   * Goes on with an import of the same dump that was cut short, whether the process was killed or it failed: what the database has is compared
   * with the beginning of the dump, and what follows is imported. Nothing is deleted when it fails again.
   */
  readonly resume?: boolean
}

/**
 * Reads a dump: into a database that is made for it, or into one that is fresh. Every transaction comes back as it was, with its t, its
 * instant, its ids. A line that cannot be imported is named by the error, and nothing of it is imported; a database that was made for the
 * import is then deleted again. Transactions come into the index many at once, by steps in which this process does nothing else for some tenths of a
 * second, and at the end all of them are indexed.
 *
 * ```ts
 * await importLog('yore:mem://copy', exportLog(conn))
 * await importLog('yore:mem://copy', exportLog(conn), { resume: true }) // if it may have been cut short
 * ```
 */
export async function importLog(
  target: string | Connection,
  lines: AsyncIterable<string> | Iterable<string>,
  options: ImportLogOptions = {},
): Promise<DumpProgress> {
  const { resume: asked, ...task } = checkedTask(options, { resume: true })
  const resume = checkedFlag('resume', asked)
  checkedLines(lines)
  checkedSource(target)
  if (target instanceof Connection) return importTo(target, lines, { ...task, resume })
  // readline gives up lines as soon as it is made: who asks for them later has lost some
  const begun = Symbol.asyncIterator in lines ? beginning(lines) : lines
  if (!(await createDatabase(target)) && !resume) {
    raise(
      ':yore/database-exists',
      `there is a database '${target}' already: a dump goes into a new one (with resume: true an import that was cut short goes on)`,
      {
        uri: target,
      },
    )
  }
  try {
    const connection = await connect(target)
    try {
      return await importTo(connection, begun, { ...task, resume })
    } finally {
      await connection.release()
    }
  } catch (error) {
    if (resume) throw error
    await deleteDatabase(target).catch((other: unknown) => {
      if (!(other instanceof YoreError)) throw other
    })
    throw error
  }
}

/** The same lines, their iterator made now. */
function beginning(lines: AsyncIterable<string>): AsyncIterable<string> {
  const iterator = lines[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => iterator }
}

function importTo(
  connection: Connection,
  lines: AsyncIterable<string> | Iterable<string>,
  { onProgress, signal, resume }: ImportLogOptions,
): Promise<DumpProgress> {
  const { env } = connectionContext(connection)
  return importLines(originOf(connection), lines, { env, onProgress, signal, resume })
}
