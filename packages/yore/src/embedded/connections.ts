/**
 * The connections of this process: one for each database and way of using it.
 *
 * (1) Who connects while a connection is being made waits for it; who connects while one is released waits for that and makes another.
 */

import type { Env } from '../base/env.ts'
import { closingOf, connectionContext, makeConnection, releaseDeleted } from '../peer/connection.ts'
import type { Connection } from '../peer/connection.ts'
import { makeFunctions } from '../peer/database.ts'
import type { Origin } from '../peer/origin.ts'
import type { FunctionTable } from '../peer/types.ts'

/** What stands behind a connection, and how to give it back. */
export interface Opened {
  readonly origin: Origin
  readonly close: () => Promise<void>
}

export interface Asked {
  readonly env: Env
  readonly functions: FunctionTable
}

const connections = new Map<string, Promise<Connection>>()

/** The connection under this key; made by `open` if there is none. */
export async function connection(
  key: string,
  { env, functions }: Asked,
  open: () => Promise<Opened>,
): Promise<Connection> {
  for (;;) {
    const held = connections.get(key)
    if (held === undefined) break
    const found = await held.catch(() => null)
    const closing = found === null ? null : closingOf(found)
    if (found !== null && closing === null) {
      connectionContext(found).functions.add(functions)
      return found
    }
    await closing?.catch(() => {})
    if (connections.get(key) === held) connections.delete(key)
  }
  const table = makeFunctions(env)
  table.add(functions)
  const making = open().then(({ origin, close }) =>
    makeConnection(origin, { functions: table, env }, async () => {
      await close().finally(() => {
        if (connections.get(key) === making) connections.delete(key)
      })
    }),
  )
  connections.set(key, making)
  making.catch(() => {
    if (connections.get(key) === making) connections.delete(key)
  })
  return making
}

/** Releases the connections under these keys, whose database was deleted. */
export async function releaseDeletedUnder(keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const found = await connections.get(key)?.catch(() => null)
    if (found) await releaseDeleted(found)
  }
}
