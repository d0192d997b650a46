/** What programs hand to the functions of care, checked before anything is opened or made: whatever is wrong is told, with what it should be. */

import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import type { TaskOptions } from '../admin/task.ts'
import { Connection } from '../peer/connection.ts'
import { checkedEnv, checkedOptions } from '../peer/context.ts'
import type { OptionNames } from '../peer/context.ts'
import type { Storage } from '../storage/storage.ts'

/** The options of a long work, if they are. `names`: those that it has beside the ones of every such work. */
export function checkedTask<T extends TaskOptions<never> & { readonly env?: Env | undefined }>(
  options: T | undefined,
  names: OptionNames<Omit<T, keyof TaskOptions<never>>>,
): T {
  const all = { onProgress: true, signal: true, ...names } as unknown as OptionNames<T>
  const given = checkedOptions(options, all)
  const { onProgress, signal, env } = given
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    refuse(`onProgress is a function, not ${told(onProgress)}`)
  }
  if (signal !== undefined && !isSignal(signal)) {
    refuse(`signal is an AbortSignal, not ${told(signal)}`)
  }
  if (env !== undefined) checkedEnv(env)
  return given
}

const isSignal = (signal: unknown): boolean =>
  typeof signal === 'object' && signal !== null && typeof property(signal, 'aborted') === 'boolean'

/** True or false; false when it is not given. */
export function checkedFlag(name: string, flag: unknown): boolean {
  if (flag === undefined) return false
  return typeof flag === 'boolean' ? flag : refuse(`${name} is true or false, not ${told(flag)}`)
}

/** The t of a backup, if it is one. */
export function checkedT(t: unknown): number | undefined {
  if (t === undefined) return undefined
  return typeof t === 'number' && Number.isSafeInteger(t) && t >= 0
    ? t
    : refuse(`a backup has a t, a whole number as listBackups tells it, not ${told(t)}`)
}

/** The t's of backups. */
export function checkedTs(ts: unknown): number[] {
  if (!Array.isArray(ts))
    return refuse(`the backups to delete are an array of t's, not ${told(ts)}`)
  return Array.from(ts, (t: unknown) =>
    t === undefined ? refuse('the t of a backup is missing') : (checkedT(t) as number),
  )
}

/** A connection, or a URI. */
export function checkedSource(source: unknown): void {
  if (source instanceof Connection || typeof source === 'string') return
  refuse(`a database is given by a connection or its URI, not by ${told(source)}`)
}

/** A connection. */
export function checkedConnection(connection: unknown): void {
  if (connection instanceof Connection) return
  refuse(`a connection is wanted (await connect(uri)), not ${told(connection)}`)
}

const operations = ['getBlobs', 'putBlobs', 'readRoot', 'replaceRoot', 'listRoots'] as const

/** The path of a directory, or a storage. */
export function checkedTarget(target: unknown): void {
  if (typeof target === 'string') {
    if (target === '' || target.includes('\0')) {
      refuse('the path of the directory with the backups is empty, or has a zero character')
    }
    if (/^yore:[a-z]+:/.test(target)) {
      refuse(
        `backups lie in a directory of their own, './backups/inventory', and not in a database: ${told(target)}`,
      )
    }
    return
  }
  const isStorage =
    typeof target === 'object' &&
    target !== null &&
    operations.every((name) => typeof property(target as Storage, name) === 'function')
  if (!isStorage) {
    refuse(
      `backups lie in a directory, given by its path, or in an open storage, not in ${told(target)}`,
    )
  }
}

/** Lines of text, of which a single text is none. */
export function checkedLines(lines: unknown): void {
  const isIterable =
    typeof lines === 'object' &&
    lines !== null &&
    (typeof property(lines, Symbol.asyncIterator) === 'function' ||
      typeof property(lines, Symbol.iterator) === 'function')
  if (!isIterable) {
    refuse(
      `the lines of a dump are an iterable of texts, as exportLog or readline gives them, not ${told(lines)}`,
    )
  }
}

function property(of: object, name: PropertyKey): unknown {
  try {
    return (of as Record<PropertyKey, unknown>)[name]
  } catch {
    return undefined
  }
}

function refuse(why: string): never {
  return raise(':yore/invalid-argument', why)
}
