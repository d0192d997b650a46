/**
 * The one door to the `lmdb` package: loaded when it is first needed, its errors turned into Yore's.
 */

import { statfsSync } from 'node:fs'
import { raise, YoreError } from '../../../base/errors.ts'
import type * as lmdb from 'lmdb'
import type { Database, Key, RootDatabase } from 'lmdb'

export type Table = Database<Uint8Array, Key>
export type Root = RootDatabase<Uint8Array, Key>

type Lmdb = typeof lmdb
let loading: Promise<Lmdb> | null = null

/** The package, or an error that says how to get it. */
export async function loadLmdb(): Promise<Lmdb> {
  loading ??= import('lmdb')
  try {
    return await loading
  } catch (error) {
    loading = null
    const { code, message = String(error) } = error as { code?: unknown; message?: string }
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND' && /'lmdb'/.test(message)
    return raise(
      ':yore/driver-missing',
      isAbsent
        ? "databases on disk need the package 'lmdb', which is not installed: npm install lmdb"
        : `the package 'lmdb' is installed but cannot be loaded here (${message}): npm install lmdb, on this very machine and without omitting optional packages`,
      { package: 'lmdb' },
      { cause: error },
    )
  }
}

/** Numbers of LMDB and of the system, by what they mean for us. */
const corrupt = new Set([-30797, -30796, -30794, -30793])
const texts =
  /MDB_(?:CORRUPTED|PAGE_NOTFOUND|INVALID|VERSION_MISMATCH|BAD_TXN|PROBLEM)|not an LMDB file/

/** What LMDB's error means. A commit that failed has the cause in a promise. */
export async function storageError(
  error: unknown,
  name: string,
  directory: string,
): Promise<YoreError> {
  if (error instanceof YoreError) return error
  const { commitError } = error as { commitError?: Promise<unknown> }
  let cause = error
  if (commitError !== undefined) {
    const late = new Promise((resolve) => setTimeout(resolve, 50, error))
    cause = await Promise.race([
      commitError.then(
        () => error,
        (e: unknown) => e,
      ),
      late,
    ])
  }
  return storageErrorOf(cause, name, directory)
}

const spaceMin = 2 ** 20

/** Is there no space left on the disk of the directory? A write of which a part failed is not called so by the system. */
function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize < spaceMin
  } catch {
    return false
  }
}

export function storageErrorOf(cause: unknown, name: string, directory?: string): YoreError {
  if (cause instanceof YoreError) return cause
  const { code, message = String(cause) } = cause as { code?: unknown; message?: string }
  if (corrupt.has(Number(code)) || texts.test(message)) {
    return new YoreError(
      ':yore/storage-corrupt',
      `${name} is damaged (${message}): restore it from a backup`,
      { cause: message },
      { cause },
    )
  }
  const isDiskFull = code === 28 || (directory !== undefined && isFull(directory))
  return new YoreError(
    ':yore/storage-unavailable',
    isDiskFull
      ? `${name} cannot be written: the disk is full (${message})`
      : `${name} cannot be read or written now: ${message}`,
    { cause: message, isDiskFull },
    { cause },
  )
}
