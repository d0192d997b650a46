/**
 * What the tests of the commit path share: a transactor over any storage, transactions that can be told apart, and a check that a
 * database and its log are exactly what was acknowledged.
 */

import { expect } from 'vitest'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import type { Env } from '../../packages/yore/src/base/env.ts'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { placeIn } from '../../packages/yore/src/db/load.ts'
import { garbageBlobsOf, liveBlobsOf } from '../../packages/yore/src/db/reach.ts'
import { encodeRoot, firstRoot, rootName } from '../../packages/yore/src/db/root.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import { entid } from '../../packages/yore/src/db/lookup.ts'
import { history } from '../../packages/yore/src/db/views.ts'
import { keyword } from '../../packages/yore/src/data/values.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { transact } from '../../packages/yore/src/transact/transact.ts'
import type { TxResult } from '../../packages/yore/src/transact/transact.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import type { StoredOptions } from '../../packages/yore/src/transactor/transactor.ts'

export const databaseId = 'test-db'

/** Timers that do not wait long, so that tests of retries are fast. */
export const hastyEnv: Env = {
  ...systemEnv,
  after: (ms, run, background) => systemEnv.after(Math.min(ms, 1), run, background),
}

export async function create(storage: Storage): Promise<void> {
  await storage.replaceRoot(rootName(databaseId), null, encodeRoot(firstRoot(databaseId)))
}

export function open(storage: Storage, options: Partial<StoredOptions> = {}): Promise<Transactor> {
  return Transactor.open({ storage, databaseId, env: hastyEnv, name: 'test', ...options })
}

export const schema = `[{:db/ident :x/key :db/valueType :db.type/string :db/cardinality :db.cardinality/one
   :db/unique :db.unique/identity}
  {:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
  {:db/ident :x/ref :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}]`

let clock = 1_700_000_000_000

export function submit(transactor: Transactor, text: string): Promise<TxResult> {
  const data = readEdn(text)
  return transactor.transact((db) =>
    transact(db, data, {
      now: Math.max(++clock, db.lastInstant),
      numbers: 'exact',
      functionOf: () => null,
      predicateOf: () => null,
    }),
  )
}

/** All datoms of the history, as text that can be compared. */
export function historyOf(db: Db): string[] {
  return Array.from(
    datoms(history(db), 'eavt', []),
    ({ e, a, v, t, added }) => `${e} ${a} ${JSON.stringify(v)} ${t} ${added}`,
  )
}

/** Everything that each order holds of the present and of the history, as text: orders may differ, and the value in memory from what is stored. */
export function everyOrder(db: Db): Record<string, string[]> {
  const orders = ['eavt', 'aevt', 'avet', 'vaet'] as const
  const all = (of: Db, order: (typeof orders)[number]): string[] =>
    Array.from(
      datoms(of, order, []),
      ({ e, a, v, t, added }) => `${e} ${a} ${JSON.stringify(v)} ${t} ${added}`,
    )
  return Object.fromEntries(
    orders.flatMap((order) => [
      [order, all(db, order)],
      [`history ${order}`, all(history(db), order)],
    ]),
  )
}

/** The log as text. */
export function logOf(transactor: Transactor): string[] {
  const { nextT } = transactor.db
  return Array.from(
    transactor.log.entries(0, nextT),
    ({ t, instant, data }) =>
      `${t} ${instant}: ${data.map((d) => `${d.e} ${d.a} ${JSON.stringify(d.v)} ${d.added}`).join('; ')}`,
  )
}

/** A database, its log, and the same of the storage opened anew, are one. */
export async function expectSameWhenReopened(
  transactor: Transactor,
  storage: Storage,
): Promise<void> {
  const [datomsNow, logNow] = [everyOrder(transactor.db), logOf(transactor)]
  await transactor.close()
  const again = await open(storage)
  expect(everyOrder(again.db)).toEqual(datomsNow)
  expect(logOf(again)).toEqual(logNow)
  const { basisT, nextT, nextElement, lastInstant } = transactor.db
  expect(again.db).toMatchObject({ basisT, nextT, nextElement, lastInstant })
  await again.close()
}

/** The ids of all blobs that the root of a database reaches. */
export function reachedBlobs(storage: Storage, { root }: Transactor): Set<string> {
  const place = placeIn({ storage, databaseId, name: 'test' })
  const { getBlobs } = place.reads
  if (root === null) throw new Error('it lives in memory')
  return new Set([...liveBlobsOf(root, place.source, getBlobs), ...garbageBlobsOf(root, getBlobs)])
}

/** The values of :x/n of an entity that has this key, now; null when it has none. */
export function numberOf(db: Db, key: string): number | null {
  const e = entid(db, [keyword(':x/key'), key])
  if (e === null) return null
  for (const { v } of datoms(db, 'eavt', [e, keyword(':x/n')])) return v as number
  return null
}
