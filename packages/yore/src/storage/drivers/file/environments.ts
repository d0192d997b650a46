/** The directories that are open in this process: one environment for each, which its handles share. */

import { existsSync, realpathSync } from 'node:fs'
import { raise } from '../../../base/errors.ts'
import { makeDirectory } from '../../make-directory-node.ts'
import { Environment } from './environment.ts'
import type { OpenOptions } from './environment.ts'
import { loadLmdb, storageErrorOf } from './lmdb.ts'

const environments = new Map<string, Environment>()
/** Openings and closings of a directory, one after the other. */
const turns = new Map<string, Promise<unknown>>()

async function inTurn<T>(directory: string, run: () => Promise<T>): Promise<T> {
  const before = turns.get(directory) ?? Promise.resolve()
  const now = before.then(run, run)
  const settled = now.catch(() => {})
  turns.set(directory, settled)
  try {
    return await now
  } finally {
    if (turns.get(directory) === settled) turns.delete(directory)
  }
}

/** The environment of a directory, with one handle more. */
export async function acquire(directory: string, options: OpenOptions): Promise<Environment> {
  if (!options.readOnly) {
    // without the package nothing is made
    await loadLmdb()
    try {
      makeDirectory(directory)
    } catch (error) {
      throw storageErrorOf(error, `file ${directory}`)
    }
  }
  if (!existsSync(directory)) {
    raise(':yore/storage-not-found', `there is no directory ${directory}`, { directory })
  }
  const real = realpathSync(directory)
  return inTurn(real, async () => {
    const known = environments.get(real)
    const environment = known ?? new Environment(real, `file ${directory}`)
    await environment.open(options)
    environments.set(real, environment)
    environment.handles++
    if (!options.readOnly) environment.writers++
    return environment
  })
}

/** Gives a handle back. */
export function release(environment: Environment, readOnly: boolean): Promise<void> {
  return inTurn(environment.directory, async () => {
    environment.handles--
    if (!readOnly) environment.writers--
    if (environment.handles === 0) {
      environments.delete(environment.directory)
      await environment.close()
    } else if (environment.writers === 0) await environment.stopWriting()
  })
}
