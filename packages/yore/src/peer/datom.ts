/** The datom of the public API: one fact asserted or retracted by one transaction. */

import { toPublic } from '../data/public.ts'
import type { Datom as InnerDatom } from '../indexes/fact.ts'
import { toPublicId, tToTx } from '../indexes/ids.ts'
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
  readonly e: EntityId
  /** The id of the attribute; `db.ident(a)` is its name. */
  readonly a: EntityId
  readonly v: AttributeValue
  /** The id of the transaction. */
  readonly tx: number
  /** True for an assertion, false for a retraction. */
  readonly added: boolean

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

/** The public faces of datoms, made one at a time. */
export function publicDatoms(all: Iterable<InnerDatom>): Iterable<Datom> {
  return { [Symbol.iterator]: () => new PublicDatoms(all[Symbol.iterator]()) }
}

// An iterator object, not a generator: for a look-up of one datom a generator would cost more than the look-up.
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
