/**
 * Creating, naming, deleting and connecting to databases.
 *
 * (1) The same URI in one process gives the same connection, until it is released; who connects meanwhile waits for that.
 * (2) Deleting a database releases its connection; renaming does not.
 */

import { systemEnv } from '../base/env-system.ts'
import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { checkedEnv, checkedOptions } from './context.ts'
import { closingOf, connectionContext, makeConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { makeFunctions } from './database.ts'
import { MemoryDatabase } from './memory.ts'
import type { FunctionTable } from './types.ts'
import { checkName, parseUri } from './uri.ts'

/** How to connect. */
export interface ConnectOptions {
  /**
   * Functions by qualified name, for transactions, queries, predicates and pulls. A later connect to the same database adds to them.
   *
   * ```ts
   * await connect(uri, {
   *   functions: {
   *     'my.app/increment': (db: Database, id: number, by: number) => [
   *       [':db/add', id, ':item/count', Number(db.entity(id)?.[':item/count']) + by],
   *     ],
   *   },
   * })
   * await conn.transact([[':my.app/increment', id, 1]])
   * ```
   */
  readonly functions?: FunctionTable
  /** The clock and the random source, for tests. */
  readonly env?: Env
}

interface Held {
  readonly memory: MemoryDatabase
  connection: Connection | null
}

const databases = new Map<string, Held>()

/**
 * Makes a new, empty database. False if there is one of that name.
 *
 * ```ts
 * await createDatabase('yore:mem://inventory')
 * ```
 */
export async function createDatabase(
  uri: string,
  options: { readonly env?: Env } = {},
): Promise<boolean> {
  const { name } = named(uri)
  if (databases.has(name)) return false
  const { env = systemEnv } = checkedOptions(options)
  databases.set(name, { memory: new MemoryDatabase(checkedEnv(env)), connection: null })
  return true
}

/** Deletes a database with all its history. False if there is none. Connections to it are released. */
export async function deleteDatabase(uri: string): Promise<boolean> {
  const { name } = named(uri)
  const held = databases.get(name)
  if (held === undefined) return false
  databases.delete(name)
  held.memory.deleted = true
  await held.connection?.release()
  return true
}

/** Gives a database another name. False if that name is taken; connections stay. */
export async function renameDatabase(uri: string, newName: string): Promise<boolean> {
  const { name } = named(uri)
  checkName(newName)
  const held = databases.get(name) ?? notFound(uri)
  if (databases.has(newName)) return false
  databases.delete(name)
  databases.set(newName, held)
  return true
}

/**
 * The names of all databases of a storage.
 *
 * ```ts
 * await getDatabaseNames('yore:mem://*') // ['inventory']
 * ```
 */
export async function getDatabaseNames(uri: string): Promise<string[]> {
  const { name } = parseUri(uri)
  if (name !== '*') {
    raise(':yore/invalid-uri', `a * stands for the name: 'yore:mem://*', not ${told(uri)}`, { uri })
  }
  return [...databases.keys()].sort()
}

/**
 * Connects to a database that exists. The same URI in one process gives the same connection.
 *
 * ```ts
 * const conn = await connect('yore:mem://inventory')
 * ```
 */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<Connection> {
  const { name } = named(uri)
  const { functions: given = {}, env = systemEnv } = checkedOptions(options)
  let held = databases.get(name) ?? notFound(uri)
  while (held.connection !== null) {
    const closing = closingOf(held.connection)
    if (closing === null) {
      connectionContext(held.connection).functions.add(given)
      return held.connection
    }
    await closing
    held = databases.get(name) ?? notFound(uri)
  }
  const functions = makeFunctions(checkedEnv(env))
  functions.add(given)
  const connection = makeConnection(held.memory, { functions, env }, () => {
    held.connection = null
  })
  held.connection = connection
  return connection
}

function named(uri: string): { readonly name: string } {
  const parsed = parseUri(uri)
  if (parsed.name === '*') {
    raise(':yore/invalid-uri', `${told(uri)} names no database`, { uri })
  }
  return parsed
}

function notFound(uri: string): never {
  return raise(
    ':db.error/db-not-found',
    `there is no database ${told(uri)}; createDatabase makes one`,
    {
      uri,
    },
  )
}
