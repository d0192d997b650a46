/**
 * Excision: which facts the requests of a database ask to forget. A request is an entity with `:db/excise`; it is carried out by the index job
 * that takes it up, and stays itself.
 *
 * (1) An entity: everything said of it and every reference to it, and the same of its components, those it has and those it had; but not of
 *     a component that belongs to another entity at the time of the request. With `:db.excise/attrs` only these attributes; a component
 *     referred to by one of them goes wholly.
 * (2) An attribute: everything said with it.
 * (3) Only what was asserted before the request, and before `:db.excise/beforeT` or `before`. A fact goes with its retraction, whenever that was;
 *     a composite tuple goes when a value in it goes.
 * (4) Left alone: the bootstrap, everything in `:db.part/db` (schema), names, requests to excise, the times of transactions.
 * (5) Of attributes without history the index may have forgotten what the log still has: then `scans` says that all of the log is to be
 *     looked through. A composite tuple holds what its attributes held: it goes where the index has forgotten the value in it, too.
 */

import { firstNotBelow } from '../base/search.ts'
import { equalValues } from '../data/equal.ts'
import { Instant } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { factsIn } from '../indexes/facts-in.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { FactIndex } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import type { Fact } from '../indexes/facts/fact.ts'
import { fieldOf, firstUserElement, firstUserT, partDb, partTx } from '../indexes/facts/ids.ts'
import type { Db } from './db.ts'
import type { Transaction } from './log-record.ts'
import { valuesOf } from './read.ts'
import { boot } from './schema.ts'
import type { Schema } from './schema.ts'
import { asOf, pointAtOrAfter } from './views.ts'

/** A request, as it stood in its transaction. */
export interface ExciseRequest {
  /** Its transaction. */
  readonly t: number
  readonly target: number
  /** Of an entity only these attributes; null for all. */
  readonly attributes: readonly number[] | null
  /** Only what was asserted before this t. */
  readonly before: number
}

/** The requests in transactions after that t, whether retracted since or not. */
export function exciseRequests(db: Db, after: number): ExciseRequest[] {
  const view = { ...presentView, history: true, since: after }
  const cursor = db.facts.cursor('aevt', rangeOf({ a: boot.excise }), view)
  const out: ExciseRequest[] = []
  while (cursor.next()) {
    const { e, v, t, added } = cursor
    if (added) out.push(requestOf(db, e, v as number, t))
  }
  return out
}

function requestOf(db: Db, e: number, target: number, t: number): ExciseRequest {
  const then = asOf(db, t)
  const attributes = valuesOf(then, e, boot.exciseAttrs) as number[]
  const bounds = [boot.exciseBeforeT, boot.exciseBefore].flatMap((a) => valuesOf(then, e, a))
  const before = Math.min(t, ...bounds.map((x) => boundOf(db, x)))
  return { t, target, attributes: attributes.length === 0 ? null : attributes, before }
}

const boundOf = (db: Db, x: Value): number =>
  x instanceof Instant || typeof x === 'number' || typeof x === 'bigint'
    ? pointAtOrAfter(db, x)
    : Infinity

const excisionAttributes: ReadonlySet<number> = new Set([
  boot.excise,
  boot.exciseAttrs,
  boot.exciseBeforeT,
  boot.exciseBefore,
])

function isProtected({ e, a, t }: Pick<Fact, 'e' | 'a' | 't'>): boolean {
  return (
    t < firstUserT ||
    fieldOf(e) === partDb ||
    a === boot.ident ||
    excisionAttributes.has(a) ||
    (a === boot.txInstant && fieldOf(e) === partTx)
  )
}

/** What a request reaches, for facts that only the log has. */
interface Scope {
  readonly before: number
  /** Entities of which everything goes. */
  readonly whole: ReadonlySet<number>
  /** An entity of which only some attributes go; -1 for none. */
  readonly entity: number
  readonly attributes: ReadonlySet<number>
}

/** Attributes of which it was said at some time that their past may be forgotten. */
export function forgottenIn(facts: FactIndex): Set<number> {
  const out = new Set<number>()
  for (const { e, v } of factsIn(facts, 'aevt', rangeOf({ a: boot.noHistory }))) {
    if (v === true) out.add(e)
  }
  return out
}

/** What is to go. */
export class Excision {
  readonly facts: readonly Fact[]
  /** All of the log has to be looked through, not only the transactions of `facts`. */
  readonly scans: boolean
  readonly #values = new Map<string, Value[]>()
  readonly #ts = new Set<number>()
  #sorted: number[] | null = null
  readonly #scopes: readonly Scope[]
  readonly #forgotten: ReadonlySet<number>
  /** Of composite tuples whose past may be forgotten, the attributes. */
  readonly #composites: ReadonlyMap<number, readonly number[]>
  /** What goes of an attribute of an entity, whenever it was said; only where there are such tuples. */
  readonly #gone = new Map<string, Value[]>()

  constructor(
    facts: readonly Fact[],
    scopes: readonly Scope[],
    forgotten: ReadonlySet<number>,
    schema: Schema,
  ) {
    this.facts = facts
    this.#scopes = scopes
    this.#forgotten = forgotten
    this.#composites = new Map(
      [...forgotten].flatMap((a) => {
        const of = schema.attributes.get(a)?.tupleAttrs
        return of ? [[a, of]] : []
      }),
    )
    this.scans = scopes.some((scope) => mayHaveForgotten(scope, forgotten, schema))
    for (const { e, a, v, t, end } of facts) {
      this.#ts.add(t)
      if (end !== Infinity) this.#ts.add(end)
      append(this.#values, placeOf(e, a, t), v)
      this.#noteGone(e, a, v)
    }
  }

  #noteGone(e: number, a: number, v: Value): void {
    if (this.#composites.size > 0) append(this.#gone, `${e} ${a}`, v)
  }

  /** Is there anything to do? */
  get isEmpty(): boolean {
    return this.facts.length === 0 && !this.scans
  }

  /** May transactions with t <= their t < nextT have something of it? */
  touches(t: number, nextT: number): boolean {
    if (this.scans) return true
    this.#sorted ??= [...this.#ts].sort((x, y) => x - y)
    const at = firstNotBelow(this.#sorted, t)
    return at < this.#sorted.length && (this.#sorted[at] as number) < nextT
  }

  /** Is the fact one that goes? */
  has({ e, a, v, t }: Pick<Fact, 'e' | 'a' | 'v' | 't'>): boolean {
    const known = this.#values.get(placeOf(e, a, t))
    if (known?.some((x) => equalValues(x, v)) === true) return true
    if (!this.scans || !this.#forgotten.has(a) || isProtected({ e, a, t })) return false
    return this.#scopes.some((scope) => isIn(scope, e, a, v, t)) || this.#holdsGone(e, a, v)
  }

  /** Is it a tuple with a value that goes? */
  #holdsGone(e: number, a: number, v: Value): boolean {
    const attributes = this.#composites.get(a)
    if (attributes === undefined || !Array.isArray(v)) return false
    return attributes.some((of, i) => {
      const slot = (v as readonly Value[])[i] ?? null
      const gone = slot === null ? undefined : this.#gone.get(`${e} ${of}`)
      return gone?.some((x) => equalValues(x, slot)) === true
    })
  }

  /** The transaction without what goes; the very same when it has nothing of it. */
  without(tx: Transaction): Transaction {
    const { t, data, ended } = tx
    if (!this.scans && !this.#ts.has(t)) return tx
    if (this.#composites.size > 0) {
      // the log is read from its beginning, so what a tuple holds was said before it, or in the same transaction
      for (const { e, a, v, added } of data) {
        if (added && this.#forgotten.has(a) && this.has({ e, a, v, t })) this.#noteGone(e, a, v)
      }
    }
    let n = 0
    const kept: Fact[] = []
    const left = data.filter((datom) => {
      if (datom.added) return !this.has(datom)
      const fact = ended[n++] as Fact
      if (this.has(fact)) return false
      kept.push(fact)
      return true
    })
    if (left.length === data.length) return tx
    const { instant, nextT, nextElement } = tx
    return { t, instant, nextT, nextElement, data: left, ended: kept }
  }

  /** Does the transaction end a fact that goes? */
  isEndedBy({ ended }: Transaction): boolean {
    return ended.some((fact) => this.has(fact))
  }
}

const placeOf = (e: number, a: number, t: number): string => `${e} ${a} ${t}`

function append(to: Map<string, Value[]>, key: string, v: Value): void {
  const known = to.get(key)
  if (known === undefined) to.set(key, [v])
  else known.push(v)
}

function mayHaveForgotten(
  scope: Scope,
  forgotten: ReadonlySet<number>,
  { composites }: Schema,
): boolean {
  if (forgotten.size === 0) return false
  if (scope.whole.size > 0) return true
  return [...scope.attributes].some(
    (a) => forgotten.has(a) || composites.get(a)?.some((tuple) => forgotten.has(tuple)) === true,
  )
}

function isIn(scope: Scope, e: number, a: number, v: Value, t: number): boolean {
  if (t >= scope.before) return false
  if (scope.whole.has(e) || (typeof v === 'number' && scope.whole.has(v))) return true
  return scope.attributes.has(a) && (scope.entity < 0 || e === scope.entity || v === scope.entity)
}

/** Finds what the requests ask for, in pieces. */
export function* planExcision(
  db: Db,
  requests: readonly ExciseRequest[],
): Generator<void, Excision> {
  const plan = new Plan(db)
  for (const request of requests) yield* plan.add(request)
  return plan.excision()
}

class Plan {
  readonly #facts: FactIndex
  readonly #schema: Schema
  readonly #found = new Map<string, Fact[]>()
  readonly #scopes: Scope[] = []
  readonly #forgotten: ReadonlySet<number>

  constructor({ facts, schema }: Db) {
    this.#facts = facts
    this.#schema = schema
    this.#forgotten = forgottenIn(facts)
  }

  excision(): Excision {
    const facts = [...this.#found.values()].flat()
    return new Excision(facts, this.#scopes, this.#forgotten, this.#schema)
  }

  *add(request: ExciseRequest): Generator<void> {
    const { target } = request
    if (this.#schema.attributes.has(target)) yield* this.#attribute(request)
    else if (fieldOf(target) !== partDb) yield* this.#entity(request)
    for (const scope of this.#scopes.slice(-1)) yield* this.#forgottenInTuples(scope)
  }

  /** The composite tuples that hold what goes, where the index has forgotten what it was said by. */
  *#forgottenInTuples(scope: Scope): Generator<void> {
    for (const a of this.#forgotten) {
      if (scope.whole.size === 0 && !scope.attributes.has(a)) continue
      const isRef = this.#schema.attributes.get(a)?.valueType === 'ref'
      // of entities that go wholly the tuples went with the rest
      if (!isRef && !scope.attributes.has(a)) continue
      for (const tuple of this.#schema.composites.get(a) ?? []) {
        const slot = this.#schema.attributes.get(tuple)?.tupleAttrs?.indexOf(a) ?? -1
        const tuples =
          isRef || scope.entity < 0
            ? factsIn(this.#facts, 'aevt', rangeOf({ a: tuple }))
            : factsIn(this.#facts, 'eavt', rangeOf({ e: scope.entity, a: tuple }))
        for (const fact of tuples) {
          yield
          const held = (fact.v as readonly Value[])[slot] ?? null
          if (held === null || isProtected(fact)) continue
          if (this.#mayHold(scope, fact, a, held)) this.#note(fact)
        }
      }
    }
  }

  /** Is a value in a tuple one that goes? Where only the log knows when it was said, it is taken for one. */
  #mayHold(scope: Scope, { e, t }: Fact, a: number, held: Value): boolean {
    if (!isIn({ ...scope, before: Infinity }, e, a, held, t) || scope.whole.has(e)) return false
    if (t < scope.before) return true
    for (const _ of factsIn(this.#facts, 'eavt', rangeOf({ e, a, v: held }))) return false
    return true
  }

  /** Everything said with an attribute. */
  *#attribute({ target, before }: ExciseRequest): Generator<void> {
    if (target < firstUserElement) return
    const attributes = new Set([target])
    this.#scopes.push({ before, whole: new Set(), entity: -1, attributes })
    for (const fact of factsIn(this.#facts, 'aevt', rangeOf({ a: target }))) {
      if (this.#take(fact, before)) yield
    }
  }

  *#entity(request: ExciseRequest): Generator<void> {
    const { target, attributes, before } = request
    const whole = new Set<number>()
    const parts = new Set<number>()
    const chosen = new Set(attributes ?? [])
    this.#scopes.push({ before, whole, entity: target, attributes: chosen })
    if (attributes === null) whole.add(target)
    else {
      for (const a of attributes) {
        yield* this.#said(target, a, before, parts)
        yield* this.#references(target, a, before)
      }
    }
    for (let waiting: readonly number[] = [...whole]; waiting.length > 0;) {
      for (const e of waiting) {
        yield* this.#said(e, undefined, before, parts)
        yield* this.#references(e, undefined, before)
      }
      waiting = this.#ownParts(parts, whole, request)
      for (const part of waiting) whole.add(part)
    }
    // of a target whose attributes were named, what goes first are the parts behind them
    if (attributes !== null) yield* this.#partsOf(parts, whole, request)
  }

  *#partsOf(parts: Set<number>, whole: Set<number>, request: ExciseRequest): Generator<void> {
    for (;;) {
      const waiting = this.#ownParts(parts, whole, request)
      if (waiting.length === 0) return
      for (const part of waiting) {
        whole.add(part)
        yield* this.#said(part, undefined, request.before, parts)
        yield* this.#references(part, undefined, request.before)
      }
    }
  }

  /** Those parts that belong to nobody else at the time of the request. */
  #ownParts(
    parts: ReadonlySet<number>,
    whole: ReadonlySet<number>,
    { t, target }: ExciseRequest,
  ): number[] {
    return [...parts].filter((part) => {
      if (whole.has(part) || fieldOf(part) === partDb) return false
      for (const fact of factsIn(this.#facts, 'vaet', rangeOf({ v: part }))) {
        if (fact.t > t || fact.end <= t || fact.e === target || whole.has(fact.e)) continue
        if (this.#schema.attributes.get(fact.a)?.isComponent === true) return false
      }
      return true
    })
  }

  /** What is said of an entity, with one attribute or all. Notes the parts. */
  *#said(e: number, a: number | undefined, before: number, parts: Set<number>): Generator<void> {
    for (const fact of factsIn(this.#facts, 'eavt', rangeOf({ e, a }))) {
      if (!this.#take(fact, before)) continue
      if (this.#schema.attributes.get(fact.a)?.isComponent === true) parts.add(fact.v as number)
      yield
    }
  }

  *#references(e: number, a: number | undefined, before: number): Generator<void> {
    for (const fact of factsIn(this.#facts, 'vaet', rangeOf({ v: e, a }))) {
      if (this.#take(fact, before)) yield
    }
  }

  /** True when the fact goes; with it the composite tuples that hold its value. */
  #take(fact: Fact, before: number): boolean {
    if (fact.t >= before || isProtected(fact)) return false
    if (!this.#note(fact)) return true
    const { e, a, v } = fact
    for (const tuple of this.#schema.composites.get(a) ?? []) {
      const slot = this.#schema.attributes.get(tuple)?.tupleAttrs?.indexOf(a) ?? -1
      for (const other of factsIn(this.#facts, 'eavt', rangeOf({ e, a: tuple }))) {
        const held = (other.v as readonly Value[])[slot]
        if (held !== undefined && equalValues(held, v) && !isProtected(other)) this.#note(other)
      }
    }
    return true
  }

  /** False when it is known already. */
  #note(fact: Fact): boolean {
    const place = placeOf(fact.e, fact.a, fact.t)
    const known = this.#found.get(place)
    if (known === undefined) this.#found.set(place, [fact])
    else if (known.some((x) => equalValues(x.v, fact.v))) return false
    else known.push(fact)
    return true
  }
}
