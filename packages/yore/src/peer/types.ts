/**
 * The shapes of what goes in and comes out of the public API. Types only.
 *
 * (1) What a program may give is wide (anything that has a meaning), what it gets is narrow.
 */

import type { BigDecimal } from '../data/big-decimal.ts'
import type { Entity } from '../db/entity.ts'
import type { Database } from './database.ts'
import type { Datom } from './datom.ts'
import type { ReadOptions } from './limits.ts'
import type { IoStats } from './stats.ts'
import type { TxStats } from './tx-stats.ts'

/** A keyword, written as text: `':artist/name'`. */
export type Keyword = `:${string}`

/** The id of an entity: a number, or a bigint in implicit partitions, whose ids are beyond 2^53. */
export type EntityId = number | bigint

/** An entity by the value of a unique attribute: `[':artist/gid', '678d88b2-87b0-403b-b63d-5da7465aecc3']`. */
export type LookupRef = readonly [attribute: Keyword | EntityId, value: unknown]

/** What names an entity: its id, its ident, a lookup ref, or the entity itself. */
export type EntityIdentifier = EntityId | Keyword | LookupRef | Entity

/** A point in time: a t, the id of a transaction, or an instant. */
export type TimePoint = number | bigint | Date

/** One of the four indexes, by the order of its components. */
export type IndexName = 'eavt' | 'aevt' | 'avet' | 'vaet'

/** One value of an attribute, no tuple. */
export type Scalar = string | number | bigint | boolean | Date | Uint8Array | BigDecimal

/** A value of an attribute. A tuple is an array, null in its empty slots. */
export type AttributeValue = Scalar | readonly (Scalar | null)[]

/** A value in transaction data: of an attribute, or a nested map, or several. */
export type TxValue =
  | Scalar
  | null
  | TxMap
  | readonly TxValue[]
  | ReadonlySet<TxValue>
  | ReadonlyMap<string, TxValue>

/** An entity in transaction data: `{':db/id': 'ann', ':person/name': 'Ann', ':person/friend': ['bob']}`. */
export interface TxMap {
  readonly [attribute: Keyword]: TxValue
}

/** An operation in transaction data: `[':db/add', 'ann', ':person/name', 'Ann']`, or a call of a transaction function. */
export type TxOperation = readonly [operation: string, ...args: unknown[]]

/** What can be transacted: EDN text, or a list of maps and operations. */
export type TxData = string | readonly (TxMap | TxOperation)[]

/** What a transaction did. */
export interface TxReport<L extends Locality = 'local'> {
  /** The database just before. */
  readonly dbBefore: Database<L>
  /** The database just after, whatever came later. */
  readonly dbAfter: Database<L>
  /** The datoms that were added, assertions and retractions, `:db/txInstant` among them. */
  readonly txData: readonly Datom[]
  /** What the tempids of the transaction data became. */
  readonly tempids: Readonly<Record<string, EntityId>>
  /** What its stages read and how long they took, if `transact` was asked for it. */
  readonly txStats?: TxStats
  /** What it read, if `transact` had an `ioContext`. */
  readonly ioStats?: IoStats
}

/** A pull pattern: EDN text, or data: `['*', {':track/artists': [':artist/name']}]`. */
export type PullPattern = string | readonly unknown[]

/** An entity as a pull gives it, without a type of its own: `db.pull<Artist>(...)` gives it one. */
export interface Pulled {
  readonly [key: string]: PulledValue
}

/** A value of a pulled entity. */
export type PulledValue = Scalar | null | Pulled | readonly PulledValue[]

/** What `db.indexPull` is asked. */
export interface IndexPullArguments extends ReadOptions {
  /** `':avet'` walks an indexed attribute by value, `':aevt'` one of several references by entity. */
  readonly index: ':avet' | ':aevt'
  readonly selector: PullPattern
  /** The attribute, then where to start: `[':artist/name', 'M']`. */
  readonly start: readonly unknown[]
  /** Walk backwards. */
  readonly reverse?: boolean
}

/** What `db.datoms`, `db.seekDatoms` and `db.rseekDatoms` are asked, as one object. */
export interface DatomsArguments extends ReadOptions {
  readonly index: IndexName | `:${IndexName}`
  /** In the order of the index. */
  readonly components?: readonly unknown[]
}

/** What `db.indexRange` is asked, as one object. */
export interface IndexRangeArguments extends ReadOptions {
  readonly attribute: EntityIdentifier
  /** Inclusive. */
  readonly start?: unknown
  /** Exclusive. */
  readonly end?: unknown
}

/** A query: EDN text, or data: an array `[':find', '?e', ':where', ['?e', ':artist/name']]` or an object. */
export type Query = string | readonly unknown[] | { readonly [section: string]: unknown }

/** What an attribute is. */
export interface AttributeInfo {
  readonly id: EntityId
  readonly ident: Keyword
  readonly valueType: Keyword
  readonly cardinality: ':db.cardinality/one' | ':db.cardinality/many'
  readonly unique: ':db.unique/identity' | ':db.unique/value' | null
  /** `:db/index true`. */
  readonly indexed: boolean
  /** In the AVET index: indexed or unique. */
  readonly hasAvet: boolean
  readonly isComponent: boolean
  readonly noHistory: boolean
  readonly fulltext: boolean
}

/** How many datoms there are. */
export interface DatabaseStats {
  /** In the whole history. */
  readonly datoms: number
  /** The same by attribute. */
  readonly attrs: Readonly<Record<Keyword, { readonly count: number }>>
}

/** A function of the program that a database calls: in transactions, queries, predicates, pulls. It must be pure and synchronous. */
export type DatabaseFunction = (...args: never[]) => unknown

/** Functions by their qualified names: `{'my.app/increment': (db, id, by) => [...]}`. */
export type FunctionTable = Readonly<Record<string, DatabaseFunction>>

/** Where the data is: at hand, so that reads are synchronous, or beyond a network, so that they are promises. */
export type Locality = 'local' | 'remote'

/** The answer of a read: itself where the data is at hand, a promise of it elsewhere. `await` is right on both. */
export type Answer<L extends Locality, T> = L extends 'local' ? T : Promise<T>

/** The rows of a read, one after another. */
export type Rows<L extends Locality, T> = L extends 'local' ? Iterable<T> : AsyncIterable<T>
