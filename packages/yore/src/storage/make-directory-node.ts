/**
 * Makes directories, one after another: Node's own way to make those above too does not end where a directory is there that takes
 * none, such as /proc.
 */

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { raise } from '../base/errors.ts'

/** The directory and those above it that are missing; gives the highest that was made, or null. Throws the system's error. */
export function makeDirectory(path: string): string | null {
  const missing: string[] = []
  let at = resolve(path)
  for (; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.push(at)
  for (const directory of missing.toReversed()) makeOne(directory)
  if (missing.length === 0 && !isDirectory(at)) {
    raise(
      ':yore/invalid-argument',
      `${path} is a file: databases lie in a directory, which a URI names before the database, as in yore:file://./data/inventory`,
      { directory: path },
    )
  }
  return missing.at(-1) ?? null
}

function makeOne(directory: string): void {
  try {
    mkdirSync(directory)
  } catch (error) {
    // somebody else may have been faster
    if ((error as { code?: unknown }).code !== 'EEXIST' || !isDirectory(directory)) throw error
  }
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
