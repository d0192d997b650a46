/**
 * Databases in the memory of this process: gone with it.
 */

import type { Env } from '../base/env.ts'
import { newUuid } from '../peer/squuid.ts'
import { Transactor } from '../transactor/transactor.ts'
import { connection, releaseDeletedUnder } from './connections.ts'
import type { Asked } from './connections.ts'
import type { Connection } from '../peer/connection.ts'

const databases = new Map<string, Transactor>()
const keyOf = ({ db }: Transactor): string => `mem ${db.id}`

export function createInMemory(name: string, env: Env): boolean {
  if (databases.has(name)) return false
  databases.set(name, Transactor.inMemory(env, newUuid(env)))
  return true
}

/**
 * Makes a database that `fill` fills, under a name that it gets when that is done. False when the name is taken. It has the id asked for,
 * unless another one has it.
 */
export async function fillInMemory(
  name: string,
  env: Env,
  fill: (make: (id: string) => Transactor) => Promise<void>,
): Promise<boolean> {
  if (databases.has(name)) return false
  let made: Transactor | null = null
  await fill((id) => {
    const isTaken = [...databases.values()].some(({ db }) => db.id === id)
    made = Transactor.inMemory(env, isTaken ? newUuid(env) : id)
    return made
  })
  if (made === null || databases.has(name)) return false
  databases.set(name, made)
  return true
}

export async function deleteInMemory(name: string): Promise<boolean> {
  const transactor = databases.get(name)
  if (transactor === undefined) return false
  databases.delete(name)
  await releaseDeletedUnder([keyOf(transactor)])
  return true
}

/** Null when there is no such database. */
export function renameInMemory(name: string, newName: string): boolean | null {
  const transactor = databases.get(name)
  if (transactor === undefined) return null
  if (databases.has(newName)) return false
  databases.delete(name)
  databases.set(newName, transactor)
  return true
}

export function namesInMemory(): string[] {
  return [...databases.keys()]
}

/** Null when there is no such database. */
export function connectInMemory(name: string, asked: Asked): Promise<Connection> | null {
  const transactor = databases.get(name)
  if (transactor === undefined) return null
  const close = async (): Promise<void> => {
    transactor.onCommit = () => {}
  }
  return connection(keyOf(transactor), asked, async () => ({ origin: transactor, close }))
}
