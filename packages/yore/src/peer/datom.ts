/**
 * The datom of the public API: one fact asserted or retracted by one transaction; and walks that give such.
 *
 * (1) A walk begins when it is asked for its first datom, and each iterator begins anew.
 * (2) Of the present, and of other times where nothing is past, datoms are made of the rows of segments where they stand; in other views
 *     of what a cursor gives. Both are the same.
 */

import type { Budget } from '../base/budget.ts'
import { toPublic } from '../data/public.ts'
import { Stretch, datoms } from '../db/datoms.ts'
import type { Db } from '../db/db.ts'
import { attributeOf } from '../db/lookup.ts'
import { entityRowsIn } from '../indexes/create.ts'
import type { View } from '../indexes/fact-index.ts'
import type { EntityRows } from '../indexes/read/entity-rows.ts'
import type { Datom as InnerDatom } from '../indexes/facts/fact.ts'
import { toPublicId, tToTx } from '../indexes/facts/ids.ts'
import type { Reader } from '../indexes/read/reader.ts'
import type { Segment } from '../indexes/segments/segment.ts'
import { rationed } from './limits.ts'
import type { AttributeValue, EntityId } from './types.ts'

/**
 * One fact: entity, attribute, value, transaction, and whether it was asserted or retracted. Immutable.
 *
 * ```ts
 * for (const { e, v } of db.datoms('aevt', ':artist/name')) console.log(e, v)
 * const [e, a, v, tx, added] = datom
 * ```
 */
export class Datom {
  // declared only: a field that is set twice costs more than the datom
  declare readonly e: EntityId
  /** The id of the attribute; `db.ident(a)` is its name. */
  declare readonly a: EntityId
  declare readonly v: AttributeValue
  /** The id of the transaction. */
  declare readonly tx: number
  /** True for an assertion, false for a retraction. */
  declare readonly added: boolean

  constructor(e: EntityId, a: EntityId, v: AttributeValue, tx: number, added: boolean) {
    this.e = e
    this.a = a
    this.v = v
    this.tx = tx
    this.added = added
    Object.freeze(this)
  }

  /** Its parts in the order e, a, v, tx, added. */
  [Symbol.iterator](): IterableIterator<AttributeValue> {
    const parts: AttributeValue[] = [this.e, this.a, this.v, this.tx, this.added]
    return parts[Symbol.iterator]()
  }
}

/** The public face of a datom. */
export function publicDatom({ e, a, v, t, added }: InnerDatom): Datom {
  return new Datom(toPublicId(e), a, toPublic(v) as AttributeValue, tToTx(t), added)
}

/** How often datoms were read from the rows of segments, for tests. */
export const rowDatoms = { times: 0 }

/** The public faces of datoms, made one at a time; some ahead where they are told to a budget. */
export function publicDatoms(
  all: Iterable<InnerDatom>,
  budget: Budget | undefined,
): Iterable<Datom> {
  const faces = { [Symbol.iterator]: () => datomsIn(all) }
  return budget === undefined ? faces : rationed(faces, budget)
}

function datomsIn(all: Iterable<InnerDatom>): IterableIterator<Datom> {
  const reader = all instanceof Stretch ? all.runs() : null
  if (reader === null) return new PublicDatoms(all[Symbol.iterator]())
  const { view, backwards } = all as Stretch
  return new RowDatoms(null, 0, 0, view, reader, backwards)
}

/** What `datoms` is asked for most often: an entity by its id, and an attribute by its name. */
export class EntityReads {
  readonly db: Db
  // Attributes by their names: the last is remembered, for mostly one is asked of many entities.
  #name = ''
  #a = 0
  #rows: EntityRows | null | undefined

  constructor(db: Db) {
    this.db = db
  }

  /** Null for anything else. */
  of(given: readonly unknown[]): Iterable<Datom> | null {
    const { length } = given
    const index = given[0]
    // of one entity and one attribute both orders have the same
    const isAevt = index === 'aevt' || index === ':aevt'
    if (!isAevt && index !== 'eavt' && index !== ':eavt') return null
    const e = given[isAevt ? 2 : 1]
    if (typeof e !== 'number' || !Number.isSafeInteger(e) || e < 0 || length > 3) return null
    if (length === 2) return new EntityDatoms(this, e, -1)
    const name = given[isAevt ? 1 : 2]
    if (typeof name !== 'string') return null
    if (this.#name !== name) {
      // what is no attribute is for others to refuse
      const isName = name.length > 1 && name.startsWith(':')
      const a = isName ? attributeOf(this.db, name)?.id : undefined
      if (a === undefined) return null
      this.#name = name
      this.#a = a
    }
    return new EntityDatoms(this, e, this.#a)
  }

  walk(e: number, a: number): IterableIterator<Datom> {
    const { db } = this
    const rows = (this.#rows ??= entityRowsIn(db.facts, db.view))
    const segment = rows === null ? null : rows.seek(e)
    if (segment === null) {
      // what is live may go into segments meanwhile
      this.#rows = undefined
      return datomsIn(datoms(db, 'eavt', a < 0 ? [e] : [e, a]))
    }
    if (a >= 0) (rows as EntityRows).narrow(segment, a)
    const { from, to } = rows as EntityRows
    return new RowDatoms(segment, from, to, db.view, null, false)
  }
}

/** The datoms of an entity, or of one attribute of it (-1 for any): looked for when they are walked. */
class EntityDatoms implements Iterable<Datom> {
  readonly #reads: EntityReads
  readonly #e: number
  readonly #a: number

  constructor(reads: EntityReads, e: number, a: number) {
    this.#reads = reads
    this.#e = e
    this.#a = a
  }

  [Symbol.iterator](): IterableIterator<Datom> {
    return this.#reads.walk(this.#e, this.#a)
  }
}

// Iterator objects, not generators: for a look-up of one datom a generator would cost more than the look-up.

/** Of rows [from, to) of a segment, and of the runs that come after them. */
class RowDatoms implements IterableIterator<Datom> {
  #segment: Segment | null
  #from: number
  #to: number
  readonly #since: number
  readonly #asOf: number
  readonly #reader: Reader | null
  readonly #backwards: boolean

  constructor(
    segment: Segment | null,
    from: number,
    to: number,
    { since, asOf }: View,
    reader: Reader | null,
    backwards: boolean,
  ) {
    this.#segment = segment
    this.#from = from
    this.#to = to
    this.#since = since
    this.#asOf = asOf
    this.#reader = reader
    this.#backwards = backwards
    rowDatoms.times++
  }

  next(): IteratorResult<Datom> {
    for (;;) {
      if (this.#from >= this.#to) {
        const reader = this.#reader
        if (reader === null || !reader.next()) return { done: true, value: undefined }
        if (reader.entry !== null) {
          const { e, a, v, t } = reader.entry
          if (!this.#sees(t)) continue
          return { done: false, value: publicDatom({ e, a, v, t, added: true }) }
        }
        this.#segment = reader.segment
        this.#from = reader.from
        this.#to = reader.to
      }
      const row = this.#backwards ? --this.#to : this.#from++
      const segment = this.#segment as Segment
      const t = segment.t.at(row)
      if (!this.#sees(t)) continue
      const e = toPublicId(segment.e.at(row))
      const v = toPublic(segment.valueAt(row)) as AttributeValue
      return { done: false, value: new Datom(e, segment.attributeAt(row), v, tToTx(t), true) }
    }
  }

  #sees(t: number): boolean {
    return t > this.#since && t <= this.#asOf
  }

  [Symbol.iterator](): this {
    return this
  }
}

class PublicDatoms implements IterableIterator<Datom> {
  readonly #inner: Iterator<InnerDatom>

  constructor(inner: Iterator<InnerDatom>) {
    this.#inner = inner
  }

  next(): IteratorResult<Datom> {
    const { done, value } = this.#inner.next()
    return done === true ? { done, value: undefined } : { done: false, value: publicDatom(value) }
  }

  [Symbol.iterator](): this {
    return this
  }
}
