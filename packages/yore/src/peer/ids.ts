/** Numbers and names of the public API that need no database: t, transactions, partitions, tempids. */

import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { Tagged, keyword, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { fromPublic, unreadable } from '../data/public.ts'
import { entid, shown } from '../db/lookup.ts'
import {
  counterOf,
  fromPublicId,
  implicitPart as implicitPartOf,
  implicitPartId as implicitPartIdOf,
  implicitParts,
  partOf,
  tToTx as txOf,
  toPublicId,
} from '../indexes/facts/ids.ts'
import { tempidKey } from '../transact/tempids.ts'
import { innerDb, isDatabase } from './database.ts'
import type { Database } from './database.ts'
import type { EntityId, Keyword } from './types.ts'

/** The id of the transaction of that t. Arithmetic: whether there is one is not asked. */
export function tToTx(t: EntityId): number {
  return txOf(txToT(t))
}

/** The t of a transaction's id (or the counter in any id). */
export function txToT(tx: EntityId): number {
  return counterOf(checkId(tx))
}

/** The partition of an id: `part(id)` is 4, `:db.part/user`, for most. */
export function part(id: EntityId): EntityId {
  return toPublicId(partOf(checkId(id)))
}

/** The id that stands for implicit partition n, 0 <= n < 524288. */
export function implicitPart(n: number): EntityId {
  if (!Number.isInteger(n) || n < 0 || n >= implicitParts) {
    raise(':yore/invalid-argument', `an implicit partition is a number below ${implicitParts}`, {
      n,
    })
  }
  return toPublicId(implicitPartOf(n))
}

/** The number of an implicit partition, or null if the id is none. */
export function implicitPartId(partition: EntityId): number | null {
  const id = isNumber(partition) ? fromPublicId(partition) : -1
  return id < 0 ? null : implicitPartIdOf(id)
}

const isNumber = (x: unknown): x is EntityId => typeof x === 'number' || typeof x === 'bigint'

function checkId(x: EntityId): number {
  const id = isNumber(x) ? fromPublicId(x) : -1
  return id >= 0 ? id : raise(':yore/invalid-argument', `${told(x)} is no id`, { id: x })
}

/** A tempid with a partition, from `tempid`. Stands for an entity in transaction data. */
export type StructuralTempid = Tagged

const dbId = symbol('db/id')
// Where the numbers of nameless tempids begin; smaller ones are the program's.
const firstOwn = -1_000_001
let nextOwn = firstOwn

/**
 * A tempid in a partition: with a number (below zero) always the same one, without a new one. In most transactions a string is
 * enough: `{':db/id': 'ann', ...}`.
 *
 * ```ts
 * const id = tempid(':db.part/user')
 * const { tempids, dbAfter } = await conn.transact([[':db/add', id, ':person/name', 'Ann']])
 * resolveTempid(dbAfter, tempids, id)
 * ```
 */
export function tempid(partition: Keyword | EntityId, n?: number): StructuralTempid {
  if (n !== undefined && (!Number.isSafeInteger(n) || n >= 0)) {
    raise(':yore/invalid-argument', 'the number of a tempid is below zero', { n })
  }
  const name: Value = typeof partition === 'string' ? keyword(partition) : checkId(partition)
  const number = n ?? nextOwn--
  return new Tagged(dbId, Object.freeze([name, number]))
}

/** What a tempid became, from a report's `tempids`. Null if it is not among them. */
export function resolveTempid(
  db: Database,
  tempids: Readonly<Record<string, EntityId>>,
  id: string | number | StructuralTempid,
): EntityId | null {
  if (typeof tempids !== 'object' || tempids === null) {
    return raise(
      ':yore/invalid-argument',
      "resolveTempid takes the tempids of a transaction's report",
    )
  }
  const name = typeof id === 'string' || isNumber(id) ? String(id) : structuralKey(db, id)
  try {
    return Object.hasOwn(tempids, name) ? (tempids[name] ?? null) : null
  } catch (error) {
    return unreadable(error)
  }
}

function structuralKey(db: Database, id: StructuralTempid): string {
  const tag = fromPublic(id)
  const parts = tag instanceof Tagged && tag.tag === dbId ? tag.value : null
  if (!Array.isArray(parts)) return raise(':yore/invalid-argument', 'this is no tempid', {})
  if (typeof db !== 'object' || db === null || !isDatabase(db)) {
    return raise(':yore/invalid-argument', 'resolveTempid takes a database first')
  }
  const [partition = null, n] = parts as readonly Value[]
  const found = entid(innerDb(db), partition)
  if (found === null) {
    return raise(
      ':db.error/not-a-db-id',
      `${shown(partition)} is no partition of this database`,
      {},
    )
  }
  return String(tempidKey(found, Number(n)))
}
