/**
 * What a transaction is made of while it is worked on. Each stage gives a narrower type to the next:
 *
 *   Form       an element of the tx-data (form.ts)
 *   Statement  asserts or retracts; its attribute is known, its entity and value are as given (expand.ts, functions.ts)
 *   Claim      entity and value are resolved and of the right type, but for tempids (resolve.ts)
 *   Judged     the same claim when every tempid has become an id (upsert.ts); later stages note on it what came of it
 *   Effect     datoms, and the facts that those among them end which retract (judge.ts, composites.ts, markers.ts)
 *
 * (1) Every statement knows the form it came from, so that any refusal can say where in the data it arose.
 * (2) What each transaction makes are instances of classes: V8 makes objects of a literal old from the start where a large transaction has
 *     kept many, and what such an object refers to then outlives it.
 */

import { newList } from '../base/list.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import type { Attribute } from '../db/schema.ts'
import type { Keyword, Sym } from '../data/values.ts'
import { MadeDatom } from '../indexes/facts/fact.ts'
import type { Began, Datom } from '../indexes/facts/fact.ts'
import type { Recorded } from '../indexes/waiting.ts'

/** A program's transaction function: the database before the transaction and the arguments -> tx-data. */
export type TxFunction = (db: Db, args: readonly Value[]) => Value

/** A predicate of an attribute (called with the value) or of an entity spec (called with the database after, and the entity). */
export type Predicate = (args: readonly Value[]) => Value

/** What a transaction needs to know of the world. */
/** What a transaction does, one after another. */
export type TxStage =
  | 'expand'
  | 'identify'
  | 'settle'
  | 'composites'
  | 'uniqueness'
  | 'predicates'
  | 'schema'
  | 'apply'
  | 'check'

export interface TxContext {
  /** The clock, ms since 1970. */
  readonly now: number
  /**
   * 'exact': the value types of the data are as strict as the original's. 'js': the data come from a program, whose numbers cannot
   * tell 3 from 3.0 and whose uuids, uris, keywords and symbols are strings; what can only mean the attribute's type is taken so.
   */
  readonly numbers: 'exact' | 'js'
  functionOf(name: Keyword | Sym): TxFunction | null
  predicateOf(name: Sym): Predicate | null
  /** Told of each stage when it begins: for statistics. */
  readonly stage?: (stage: TxStage) => void
}

/** What a transaction gives. */
export interface TxResult {
  readonly dbBefore: Db
  readonly dbAfter: Db
  /** In order: the instant, the data's datoms as the data have them, composite tuples, schema markers. */
  readonly txData: readonly Datom[]
  /** The facts that the retractions end, in the order of `txData`. */
  readonly ended: readonly Began[]
  /** By name: a string, a negative number, or `tempidKey` of a structural tempid. Only what stood as an entity. */
  readonly tempids: ReadonlyMap<string | number, number>
  readonly t: number
  /** The transaction's `:db/txInstant`, ms. */
  readonly instant: number
}

/** Where a form stands: a chain up to the element of the tx-data. */
export class Source {
  readonly parent: Source | null
  /** An index, or the attribute under which a nested map stands, or the name of a function. */
  readonly step: number | string

  constructor(parent: Source | null, step: number | string) {
    this.parent = parent
    this.step = step
  }
}

export const unresolved = -1

/** An entity that has no id yet. Filled in by the stages. */
export class Tempid {
  /** Its key in the report; null for an anonymous map. */
  readonly key: string | number | null
  /** Its name for a message. */
  readonly label: string
  /** The current transaction itself. */
  readonly isTx: boolean
  /** The partition field that a structural tempid asks for, or -1. */
  readonly field: number
  /** It stands in entity position somewhere. */
  isEntity = false
  /** It is defined as an attribute, partition, value type or function: it gets an id of the db partition. */
  isElement = false
  id: number = unresolved

  constructor(key: string | number | null, label: string, field = -1, isTx = false) {
    this.key = key
    this.label = label
    this.field = field
    this.isTx = isTx
  }
}

/** An entity: its id, or a tempid. */
export type Term = number | Tempid

/** A tuple with tempids among its slots. */
export class TupleTerm {
  readonly slots: readonly (Value | Tempid)[]
  constructor(slots: readonly (Value | Tempid)[]) {
    this.slots = slots
  }
}

export class Statement {
  readonly added: boolean
  /** As given; a map's own entity is already a term. */
  readonly e: Value | Tempid
  readonly attribute: Attribute
  readonly v: Value | Tempid
  readonly source: Source

  constructor(
    added: boolean,
    e: Value | Tempid,
    attribute: Attribute,
    v: Value | Tempid,
    source: Source,
  ) {
    this.added = added
    this.e = e
    this.attribute = attribute
    this.v = v
    this.source = source
  }
}

/** What a statement says, with what the stages find out about it. */
export class Claim {
  readonly added: boolean
  e: Term
  readonly attribute: Attribute
  v: Value | Tempid | TupleTerm
  readonly source: Source
  /** The present fact that it retracts, where that is known already. */
  readonly known: Began | null
  /** The value is unique and nobody had it before the transaction. */
  vacant = false
  /** Its datom is in the report. */
  told = false

  constructor(
    added: boolean,
    e: Term,
    attribute: Attribute,
    v: Value | Tempid | TupleTerm,
    source: Source,
    known: Began | null = null,
  ) {
    this.added = added
    this.e = e
    this.attribute = attribute
    this.v = v
    this.source = source
    this.known = known
  }
}

/** A claim about known entities: what a claim has become when its tempids have their ids. */
export interface Judged extends Claim {
  e: number
  v: Value
}

const nothingEnded: readonly Began[] = []

/** What a transaction does: the datoms in order, and the facts that its retractions end, in their order. */
export class Effect implements Recorded {
  readonly t: number
  readonly data: Datom[] = newList()
  #ended: Began[] | null = null

  constructor(t: number) {
    this.t = t
  }

  get ended(): readonly Began[] {
    return this.#ended ?? nothingEnded
  }

  assert(e: number, a: number, v: Value): void {
    this.data.push(new MadeDatom(e, a, v, this.t, true))
  }

  /** The retraction of a present fact, whose value the data may give in another form. */
  end(fact: Began, v: Value): void {
    this.data.push(new MadeDatom(fact.e, fact.a, v, this.t, false))
    this.#ended ??= newList()
    this.#ended.push(fact)
  }
}
