/** Partitions and fabricated ids: where in EAVT a partition's entities of a time begin. */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import { fieldOfPart, implicitPartId, makeId } from '../indexes/facts/ids.ts'
import type { Db } from './db.ts'
import { entid, shown } from './lookup.ts'
import { pointAtOrAfter } from './views.ts'

/** The smallest id that an entity of the partition, made at or after the point, can have. Not necessarily the id of anything. */
export function entidAt(db: Db, part: Value, point: Value): number {
  const id = entid(db, part)
  if (id === null) {
    return raise(':db.error/not-a-db-id', `${shown(part)} is no partition of this database`, {
      partition: part,
    })
  }
  if (!db.schema.partitions.has(id) && implicitPartId(id) === null) {
    return raise(':db.error/not-a-partition', `${shown(part)} is not a partition`, {
      partition: part,
    })
  }
  return makeId(fieldOfPart(id), Math.max(0, pointAtOrAfter(db, point)))
}
