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

interface Held {
  readonly making: Promise<Connection>
  connection: Connection | null
}

const table = new Map<string, Held>()

/** The connection under this key; made by `open` if there is none. */
export async function connection(
  key: string,
  asked: Asked,
  open: () => Promise<Opened>,
): Promise<Connection> {
  for (let held = table.get(key); held !== undefined; held = table.get(key)) {
    const found = await held.making.catch(() => null)
    const closing = found === null ? null : closingOf(found)
    if (found !== null && closing === null) {
      connectionContext(found).functions.add(asked.functions)
      return found
    }
    await closing?.catch(() => {})
    forget(key, held)
  }
  const held: Held = { making: open().then((opened) => made(opened, held)), connection: null }
  const made = ({ origin, close }: Opened, self: Held): Connection => {
    const functions = makeFunctions(asked.env)
    functions.add(asked.functions)
    self.connection = makeConnection(origin, { functions, env: asked.env }, () =>
      close().finally(() => forget(key, self)),
    )
    return self.connection
  }
  table.set(key, held)
  held.making.catch(() => forget(key, held))
  return held.making
}

function forget(key: string, held: Held): void {
  if (table.get(key) === held) table.delete(key)
}

/** Releases the connections under these keys, whose database was deleted: at once they take nothing more. */
export async function releaseDeletedUnder(keys: readonly string[]): Promise<void> {
  const released = keys.map(async (key) => {
    const held = table.get(key)
    const found = held?.connection ?? (await held?.making.catch(() => null))
    if (found) await releaseDeleted(found)
  })
  await Promise.all(released)
}
