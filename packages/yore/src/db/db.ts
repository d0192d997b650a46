/**
 * The database as a value: facts, the schema of their basis, the counters, and the view through which all is read.
 *
 * (1) A Db is immutable; so is everything that can be reached from it.
 * (2) `basisT`, `nextT`, names and schema are those of the whole database, whatever the view (findings-time section 2).
 * (3) View functions set a slot each: the last as-of and the last since win, filters add up, their order does not matter.
 */

import type { FactIndex, View } from '../indexes/fact-index.ts'
import type { Datom } from '../indexes/facts/fact.ts'
import type { Schema } from './schema.ts'

export interface Db {
  /** Globally unique, the same for all values of one database. */
  readonly id: string
  readonly facts: FactIndex
  readonly schema: Schema
  /** The t of the last transaction. */
  readonly basisT: number
  /** The t that the next transaction would take. */
  readonly nextT: number
  /** The id that the next attribute or partition would take. */
  readonly nextElement: number
  /** From so many facts on an attribute that becomes indexed waits for an index job; Infinity where there are none. */
  readonly indexLaterFrom: number
  /** The greatest `:db/txInstant` so far, ms. */
  readonly lastInstant: number
  readonly view: View
  /** The filters, each called with (db without filters but with this view's bounds, datom). `view.keep` is made of them. */
  readonly filters: readonly DbFilter[]
}

/** The database after a transaction: one for each, so a class (as in transact/terms.ts). */
export class NextDb implements Db {
  readonly id: string
  readonly facts: FactIndex
  readonly schema: Schema
  readonly basisT: number
  readonly nextT: number
  readonly nextElement: number
  readonly indexLaterFrom: number
  readonly lastInstant: number
  readonly view: View
  readonly filters: readonly DbFilter[]

  constructor(
    before: Db,
    facts: FactIndex,
    schema: Schema,
    nextT: number,
    nextElement: number,
    lastInstant: number,
  ) {
    this.id = before.id
    this.facts = facts
    this.schema = schema
    this.basisT = before.nextT
    this.nextT = nextT
    this.nextElement = nextElement
    this.indexLaterFrom = before.indexLaterFrom
    this.lastInstant = lastInstant
    this.view = before.view
    this.filters = before.filters
  }
}

export type DbFilter = (db: Db, datom: Datom) => boolean
