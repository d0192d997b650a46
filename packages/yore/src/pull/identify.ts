/**
 * From what stands for an entity to the id that is shown and the entity that is read (findings-pull, PL-04).
 *
 * (1) A number is shown as it is, used or not; what resolves to nothing is shown as null.
 */

import { raise } from '../base/errors.ts'
import { Keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { entid } from '../db/lookup.ts'
import { fromPublicId } from '../indexes/facts/ids.ts'

export interface Identified {
  readonly id: Value
  readonly e: number
}

const nobody: Identified = { id: null, e: -1 }
const longMax = 0x7fffffffffffffffn

/** The entity that an identifier means. */
export function identify(db: Db, x: Value): Identified {
  if (typeof x === 'number') {
    if (!Number.isInteger(x)) return nobody
    return { id: x, e: x >= 0 ? x : -1 }
  }
  if (typeof x === 'bigint') return identifyBig(x)
  if (typeof x !== 'string' && !(x instanceof Keyword) && !Array.isArray(x)) return nobody
  const e = entid(db, x)
  return e === null ? nobody : { id: e, e }
}

function identifyBig(x: bigint): Identified {
  if (x > longMax || x < -longMax - 1n) {
    raise(':yore/invalid-argument', `${x} is no entity id: it does not fit 64 bits`, { id: x })
  }
  const e = fromPublicId(x)
  return { id: e >= 0 ? e : x, e }
}
