/**
 * Files that are there whole or not at all, and that stay when the power goes.
 *
 * (1) A file is written under another name, brought to the disk, and then given its own: by a rename, which replaces, or by a link, of
 *     which the first one wins.
 * (2) What was written relaxed is noted, and brought to the disk by the next `sync`.
 */

import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { YoreError } from '../../../base/errors.ts'
import { makeDirectory } from '../../make-directory-node.ts'

/** So many files are worked on at a time. */
const atOnce = 16
const temporary = '.new-'
const abandonedMs = 3_600_000

export const codeOf = (error: unknown): string | undefined =>
  (error as { readonly code?: string } | null)?.code

export const isAbsent = (error: unknown): boolean =>
  codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

/** What an error of the file system means. */
export function fileError(error: unknown, name: string): unknown {
  if (error instanceof YoreError) return error
  const code = codeOf(error)
  if (code === undefined) return error
  const isDiskFull = code === 'ENOSPC' || code === 'EDQUOT'
  const { message } = error as Error
  return new YoreError(
    ':yore/storage-unavailable',
    isDiskFull
      ? `${name} cannot be written: the disk is full (${message})`
      : `${name} cannot be read or written now: ${message}`,
    { cause: message, isDiskFull },
    { cause: error },
  )
}

/** Runs for each, some at a time. */
export async function forEach<T>(
  items: readonly T[],
  run: (item: T, i: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++
      await run(items[i] as T, i)
    }
  }
  const workers = await Promise.allSettled(
    Array.from({ length: Math.min(atOnce, items.length) }, work),
  )
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason
}

async function withFile(
  path: string,
  flags: string,
  run: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags)
  try {
    await run(file)
  } finally {
    await file.close()
  }
}

/** Brings the names in a directory to the disk. Some systems cannot, and do it by themselves. */
async function syncDirectory(path: string): Promise<void> {
  try {
    await withFile(path, 'r', (file) => file.sync())
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes(codeOf(error) ?? '')) throw error
  }
}

export class Files {
  readonly #durable: boolean
  /** Written and not brought to the disk yet; and the directories whose names are not. */
  readonly #files = new Set<string>()
  readonly #directories = new Set<string>()
  readonly #made = new Set<string>()

  /** Not durable: `sync` does nothing. */
  constructor(durable: boolean) {
    this.#durable = durable
  }

  /** Makes a directory and those above it. */
  async makeDirectory(path: string): Promise<void> {
    if (this.#made.has(path)) return
    const first = makeDirectory(path)
    // of each that was made, the one above has a new name
    for (let at = resolve(path); first !== null && at.length >= first.length; at = dirname(at)) {
      this.#directories.add(dirname(at))
    }
    this.#made.add(path)
  }

  async #temporary(path: string, bytes: Uint8Array, relaxed: boolean): Promise<string> {
    const directory = dirname(path)
    await this.makeDirectory(directory)
    const name = join(directory, temporary + randomUUID())
    try {
      await withFile(name, 'wx', async (file) => {
        await file.writeFile(bytes)
        if (this.#durable && !relaxed) await file.sync()
      })
    } catch (error) {
      // somebody has taken the directory away
      if (isAbsent(error) && this.#made.delete(directory)) {
        return this.#temporary(path, bytes, relaxed)
      }
      await rm(name, { force: true }).catch(() => {})
      throw error
    }
    return name
  }

  #note(path: string, relaxed: boolean): void {
    if (relaxed) this.#files.add(path)
    this.#directories.add(dirname(path))
  }

  /** Writes a file, in the place of another if there is one. It is on the disk after `sync`. */
  async replace(path: string, bytes: Uint8Array, relaxed: boolean): Promise<void> {
    const name = await this.#temporary(path, bytes, relaxed)
    await rename(name, path)
    this.#note(path, relaxed)
  }

  /** Writes a file if there is none: true. */
  async create(path: string, bytes: Uint8Array, relaxed: boolean): Promise<boolean> {
    const name = await this.#temporary(path, bytes, relaxed)
    try {
      await link(name, path)
      this.#note(path, relaxed)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(name, { force: true })
    }
  }

  /** Takes files away; those that are not there are no error. */
  async remove(paths: readonly string[]): Promise<void> {
    await forEach(paths, async (path) => {
      await rm(path, { force: true })
      this.#files.delete(path)
      this.#directories.add(dirname(path))
    })
  }

  /** Brings everything that was written before to the disk. */
  async sync(): Promise<void> {
    const files = [...this.#files]
    const directories = [...this.#directories]
    this.#files.clear()
    this.#directories.clear()
    if (!this.#durable) return
    try {
      await forEach(files, (path) =>
        ignoreAbsent(() => withFile(path, 'r+', (file) => file.datasync())),
      )
      await forEach(directories, (path) => ignoreAbsent(() => syncDirectory(path)))
    } catch (error) {
      for (const path of files) this.#files.add(path)
      for (const path of directories) this.#directories.add(path)
      throw error
    }
  }
}

async function ignoreAbsent(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

/** The names in a directory, sorted; none when it is not there. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((name) => !name.startsWith('.')).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** Takes away what a process has left that ended in the middle of a write. */
export async function removeAbandoned(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const here = join(path, entry.name)
    if (entry.isDirectory()) await removeAbandoned(here)
    else if (entry.name.startsWith(temporary)) {
      const age = await stat(here).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      )
      if (age > abandonedMs) await rm(here, { force: true })
    }
  }
}
