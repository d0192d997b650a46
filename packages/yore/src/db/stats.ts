/** How many datoms a database has, all and by attribute: of its whole history, whatever the view. */

import type { Keyword } from '../data/values.ts'
import type { Db } from './db.ts'

export interface DbStats {
  readonly datoms: number
  /** By present ident. */
  readonly attrs: ReadonlyMap<Keyword, number>
}

export function dbStats(db: Db): DbStats {
  const { datoms, byAttribute } = db.facts.stats()
  const attrs = new Map<Keyword, number>()
  for (const [a, count] of byAttribute) {
    const ident = db.schema.idToIdent.get(a)
    if (ident !== undefined && count > 0) attrs.set(ident, count)
  }
  return { datoms, attrs }
}
