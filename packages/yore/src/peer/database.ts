/**
 * The database as a value, from outside: every read takes one.
 *
 * (1) Immutable. Views are new values and share everything with the old.
 * (2) What goes in is public (data/public.ts) and made fit by the schema where only the JavaScript form differs: the text of a uuid
 *     is one where a uuid is meant. What comes out is public too and shares nothing that can be changed.
 */

import type { Budget } from '../base/budget.ts'
import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { fromPublic, toPublic, unreadable } from '../data/public.ts'
import { Opaque } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { datoms, indexRange, rseekDatoms, seekDatoms } from '../db/datoms.ts'
import type { Db } from '../db/db.ts'
import { entity, isEntity, originOf } from '../db/entity.ts'
import type { Entity } from '../db/entity.ts'
import type { Log as InnerLog } from '../db/log.ts'
import { attributeOf, entid, ident } from '../db/lookup.ts'
import { entidAt } from '../db/partitions.ts'
import { dbStats } from '../db/stats.ts'
import { asOf, asOfT, filter, history, isFiltered, isHistory, since, sinceT } from '../db/views.ts'
import type { Datom as InnerDatom } from '../indexes/facts/fact.ts'
import { toPublicId } from '../indexes/facts/ids.ts'
import { indexPull } from '../pull/index-pull.ts'
import { pull, pullMany } from '../pull/run.ts'
import type { PullOptions } from '../pull/run.ts'
import type { TxResult } from '../transact/transact.ts'
import {
  boundOf,
  componentValues,
  datomsAsked,
  identifier,
  identifiers,
  indexPullMap,
  patternOf,
  rangeAsked,
} from './arguments.ts'
import { checkedOptions } from './context.ts'
import type { PeerContext } from './context.ts'
import { Datom, EntityReads, publicDatom, publicDatoms } from './datom.ts'
import { Functions, callWith, guarded, refusePromise } from './functions.ts'
import { budgetOf, within } from './limits.ts'
import type { ReadOptions } from './limits.ts'
import { innerLog, isLog, makeLog } from './log.ts'
import { Report } from './report.ts'
import { observedRead } from './stats.ts'
import type { Observed } from './stats.ts'
import { prepareTxData, runTransaction } from './tx-data.ts'
import { TxObserver } from './tx-stats.ts'
import type { ReportStats, TransactOptions } from './tx-stats.ts'
import type {
  Answer,
  AttributeInfo,
  DatabaseStats,
  DatomsArguments,
  EntityId,
  EntityIdentifier,
  IndexName,
  IndexPullArguments,
  IndexRangeArguments,
  Keyword,
  Locality,
  Pulled,
  PullPattern,
  Rows,
  TimePoint,
  TxData,
  TxReport,
} from './types.ts'

// The one door to what a Database holds, for the other files of this folder.
let make: (db: Db, context: PeerContext) => Database
let dbInside: (database: Database) => Db
let contextInside: (database: Database) => PeerContext
let isInside: (x: object) => x is Database

/**
 * All the facts of one moment, immutable: `conn.db()` gives the newest, a report the one before and the one after.
 *
 * ```ts
 * const db = conn.db()
 * db.entity([':item/id', '0042'])?.[':item/count'] // 999
 * db.asOf(new Date('2024-08-19')).pull('[*]', [':item/id', '0042'])
 * ```
 */
export class Database<L extends Locality = 'local'> {
  readonly #db: Db
  readonly #context: PeerContext
  readonly #reads: EntityReads
  declare protected readonly locality: L

  private constructor(db: Db, context: PeerContext) {
    this.#db = db
    this.#context = context
    this.#reads = new EntityReads(db)
  }

  static {
    make = (db, context) => new Database(db, context)
    dbInside = (database) => database.#db
    contextInside = (database) => database.#context
    isInside = (x): x is Database => #db in x
  }

  // ---- what it is ----

  /** Globally unique; the same for all values of one database. */
  get id(): string {
    return this.#db.id
  }

  /** The t of the last transaction, whatever the view. */
  get basisT(): number {
    return this.#db.basisT
  }

  /** The t that the next transaction will have. */
  get nextT(): number {
    return this.#db.nextT
  }

  /** The t that `asOf` was given, or null. */
  get asOfT(): number | null {
    return asOfT(this.#db)
  }

  /** The t that `since` was given, or null. */
  get sinceT(): number | null {
    return sinceT(this.#db)
  }

  get isHistory(): boolean {
    return isHistory(this.#db)
  }

  get isFiltered(): boolean {
    return isFiltered(this.#db)
  }

  // ---- views ----

  /**
   * The database as it was at that time, that transaction included.
   *
   * ```ts
   * db.asOf(new Date('2024-01-01')).entity(id)
   * db.asOf(report.dbBefore.basisT)
   * ```
   */
  asOf(point: TimePoint): Database<L> {
    return this.#with(asOf(this.#db, fromPublic(point)))
  }

  /** Only what was asserted after that time. */
  since(point: TimePoint): Database<L> {
    return this.#with(since(this.#db, fromPublic(point)))
  }

  /** All that ever was: every assertion and every retraction. For datoms and queries; it has no entities. */
  history(): Database<L> {
    return this.#with(history(this.#db))
  }

  /**
   * Only the datoms that the predicate accepts. It is called with the database without filters.
   *
   * ```ts
   * db.filter((all, datom) => all.ident(datom.a) !== ':user/password')
   * ```
   */
  filter(predicate: (db: Database<L>, datom: Datom) => boolean): Database<L> {
    if (typeof predicate !== 'function') {
      raise(':yore/invalid-argument', 'filter takes a function of (database, datom)', {})
    }
    let last: { readonly db: Db; readonly database: Database<L> } | null = null
    const keep = (db: Db, datom: InnerDatom): boolean => {
      if (last?.db !== db) last = { db, database: this.#with(db) }
      const { database } = last
      return guarded('of a filter', () => refusePromise(predicate(database, publicDatom(datom))))
    }
    return this.#with(filter(this.#db, keep))
  }

  /**
   * What a transaction would give; nothing is stored.
   *
   * ```ts
   * const { dbAfter } = db.with([[':db/add', id, ':item/count', 12]])
   * ```
   */
  with(txData: TxData, options?: TransactOptions): Answer<L, TxReport<L>> {
    const observer = TxObserver.of(checkedOptions(options), this.#context.env.monotonicMs)
    const result = runTransaction(this.#db, prepareTxData(txData), this.#context, observer)
    const stats = observer?.stats(result)
    return publicReport(result, this.#context, stats) as unknown as Answer<L, TxReport<L>>
  }

  #with(db: Db): Database<L> {
    return new Database<L>(db, this.#context)
  }

  // ---- entities ----

  /**
   * The entity as a lazy, read-only object, or null if the identifier does not resolve. Any number resolves, with facts or
   * without.
   *
   * ```ts
   * const ann = db.entity([':person/email', 'ann@example.com'])
   * ann?.[':person/friend'] // entities
   * ann?.[':person/_friend'] // backwards
   * db.entity<{ ':person/name': string }>(id)?.[':person/name']?.length // with a type
   * db.entity(id, { limits: { datoms: 10_000 } }) // for all that is read through it
   * ```
   */
  entity<T extends object = Entity>(
    id: EntityIdentifier | null | undefined,
    options?: ReadOptions,
  ): Answer<L, (T & Pick<Entity, ':db/id'>) | null> {
    const budget = this.#budget(options, 'the entity')
    budget?.pause()
    const found: unknown = entity(within(this.#db, budget), this.#identifier(id), budget)
    return found as Answer<L, (T & Pick<Entity, ':db/id'>) | null>
  }

  /**
   * What the pattern selects of the entity, as plain data; null if it has nothing of it.
   *
   * ```ts
   * db.pull('[:artist/name {:artist/country [:country/name]}]', id)
   * db.pull(['*'], [':artist/gid', '678d88b2-87b0-403b-b63d-5da7465aecc3'])
   * db.pull('[*]', id, { timeout: 100, limits: { datoms: 10_000 } })
   * db.pull('[*]', id, { ioContext: ':item/shown' }).ioStats?.reads // what it read; what was pulled is in `ret`
   * ```
   */
  pull<T extends object = Pulled>(
    pattern: PullPattern,
    id: EntityIdentifier | null | undefined,
    options: ReadOptions & { readonly ioContext: Keyword },
  ): Answer<L, Observed<T | null>>
  pull<T extends object = Pulled>(
    pattern: PullPattern,
    id: EntityIdentifier | null | undefined,
    options?: ReadOptions,
  ): Answer<L, T | null>
  pull(pattern: PullPattern, id: unknown, options?: ReadOptions): unknown {
    const { db, pulls, now } = this.#pulling(options)
    return observedRead(db, { options, api: ':pull' }, now, (on) =>
      pull(on, patternOf(pattern), this.#identifier(id), pulls),
    )
  }

  /** The same of several entities, one result for each in their order. */
  pullMany<T extends object = Pulled>(
    pattern: PullPattern,
    ids: Iterable<EntityIdentifier | null>,
    options: ReadOptions & { readonly ioContext: Keyword },
  ): Answer<L, Observed<(T | null)[]>>
  pullMany<T extends object = Pulled>(
    pattern: PullPattern,
    ids: Iterable<EntityIdentifier | null>,
    options?: ReadOptions,
  ): Answer<L, (T | null)[]>
  pullMany(pattern: PullPattern, ids: Iterable<unknown>, options?: ReadOptions): unknown {
    const { db, pulls, now } = this.#pulling(options)
    const all = identifiers(db, ids, pulls.budget)
    return observedRead(db, { options, api: ':pull-many' }, now, (on) =>
      pullMany(on, patternOf(pattern), all, pulls),
    )
  }

  /**
   * Pulls along an index, lazily, one result for each datom.
   *
   * ```ts
   * db.indexPull({ index: ':avet', selector: '[:artist/name]', start: [':artist/startYear', 1970] })
   * ```
   */
  indexPull<T extends object = Pulled>(args: IndexPullArguments): Rows<L, T | null> {
    const [all, options] = indexPullMap(args)
    const { db, pulls } = this.#pulling(options)
    pulls.budget?.pause()
    const found: unknown = indexPull(db, all, { ...pulls, numbers: 'js' })
    return found as Rows<L, T | null>
  }

  #pulling(options: unknown): {
    readonly db: Db
    readonly pulls: PullOptions
    readonly now: () => number
  } {
    const { functions, env } = this.#context
    const functionOf = (name: string): ReturnType<Functions['inner']> => functions.inner(name)
    const budget = this.#budget(options, 'the pull')
    const pulls = { functionOf, budget, heapBytes: env.heapBytes }
    return { db: within(this.#db, budget), pulls, now: env.monotonicMs }
  }

  #budget(options: unknown, what: string): Budget | undefined {
    return budgetOf(options, this.#context.env, what)
  }

  #identifier(id: unknown): Value {
    return identifier(this.#db, id)
  }

  // ---- names ----

  /** The id that an identifier means, or null. A number is itself. */
  entid(id: EntityIdentifier | null | undefined): Answer<L, EntityId | null> {
    const found = entid(this.#db, this.#identifier(id))
    return (found === null || !Number.isFinite(found) ? null : toPublicId(found)) as Answer<
      L,
      EntityId | null
    >
  }

  /** The name of an entity, or null if it has none. A name is itself. */
  ident(id: EntityId | Keyword): Answer<L, Keyword | null> {
    return toPublic(ident(this.#db, fromPublic(id))) as Answer<L, Keyword | null>
  }

  /** What an attribute is, or null for anything that is none. */
  attribute(id: EntityIdentifier): Answer<L, AttributeInfo | null> {
    const found = attributeOf(this.#db, this.#identifier(id))
    if (found === null) return null as Answer<L, null>
    const info: AttributeInfo = {
      id: toPublicId(found.id),
      ident: found.ident.text as Keyword,
      valueType: (this.#db.schema.idToIdent.get(found.typeId)?.text ??
        `:db.type/${found.valueType}`) as Keyword,
      cardinality: found.many ? ':db.cardinality/many' : ':db.cardinality/one',
      unique: found.unique === null ? null : `:db.unique/${found.unique}`,
      indexed: found.indexed,
      hasAvet: found.hasAvet,
      isComponent: found.isComponent,
      noHistory: found.noHistory,
      fulltext: found.fulltext,
    }
    return Object.freeze(info) as Answer<L, AttributeInfo>
  }

  /** The smallest id that an entity of the partition, made at that time or later, can have: to seek from. */
  entidAt(partition: EntityIdentifier, point: TimePoint): Answer<L, EntityId> {
    const id = entidAt(this.#db, this.#identifier(partition), fromPublic(point))
    return toPublicId(id) as Answer<L, EntityId>
  }

  // ---- indexes ----

  /**
   * The datoms that have these components, in the order of the index.
   *
   * ```ts
   * for (const { e, v } of db.datoms('aevt', ':artist/name')) console.log(e, v)
   * db.datoms({ index: 'aevt', components: [':artist/name'], timeout: 1000 })
   * ```
   */
  datoms(args: DatomsArguments): Rows<L, Datom>
  datoms(index: IndexName | `:${IndexName}`, ...components: readonly unknown[]): Rows<L, Datom>
  datoms(...given: readonly unknown[]): Rows<L, Datom> {
    return (this.#reads.of(given) as Rows<L, Datom> | null) ?? this.#walk(datoms, given)
  }

  /** The datoms from these components on, to the end of the whole index. */
  seekDatoms(args: DatomsArguments): Rows<L, Datom>
  seekDatoms(index: IndexName | `:${IndexName}`, ...components: readonly unknown[]): Rows<L, Datom>
  seekDatoms(...given: readonly unknown[]): Rows<L, Datom> {
    return this.#walk(seekDatoms, given)
  }

  /** The datoms from the last with these components backwards, to the start of the whole index. */
  rseekDatoms(args: DatomsArguments): Rows<L, Datom>
  rseekDatoms(index: IndexName | `:${IndexName}`, ...components: readonly unknown[]): Rows<L, Datom>
  rseekDatoms(...given: readonly unknown[]): Rows<L, Datom> {
    return this.#walk(rseekDatoms, given)
  }

  #walk(walk: typeof datoms, given: readonly unknown[]): Rows<L, Datom> {
    const { order, components, options } = datomsAsked(given)
    const budget = this.#budget(options, 'the walk')
    budget?.pause()
    const values = componentValues(this.#db, order, components)
    return publicDatoms(walk(within(this.#db, budget), order, values), budget) as Rows<L, Datom>
  }

  /**
   * The datoms of an indexed attribute with start <= value < end; what is left out is open.
   *
   * ```ts
   * db.indexRange(':artist/startYear', 1960, 1970)
   * db.indexRange({ attribute: ':artist/startYear', start: 1960, limits: { datoms: 10_000 } })
   * ```
   */
  indexRange(args: IndexRangeArguments): Rows<L, Datom>
  indexRange(attribute: EntityIdentifier, start?: unknown, end?: unknown): Rows<L, Datom>
  indexRange(...given: readonly unknown[]): Rows<L, Datom> {
    const { attribute, start, end, options } = rangeAsked(given)
    const budget = this.#budget(options, 'the walk')
    budget?.pause()
    const a = this.#identifier(attribute)
    const found = attributeOf(this.#db, a)
    const [low, high] = [boundOf(this.#db, found, start), boundOf(this.#db, found, end)]
    const inRange = indexRange(within(this.#db, budget), a, low, high)
    return publicDatoms(inRange, budget) as Rows<L, Datom>
  }

  /** How many datoms there are, in all of history and by attribute. */
  stats(): Answer<L, DatabaseStats> {
    const { datoms: count, attrs: counts } = dbStats(this.#db)
    const entries = [...counts].map(([k, n]) => [k.text, Object.freeze({ count: n })])
    const attrs = Object.freeze(Object.fromEntries(entries))
    return Object.freeze({ datoms: count, attrs }) as unknown as Answer<L, DatabaseStats>
  }

  /**
   * Calls a function that `connect` was given, with these very arguments.
   *
   * ```ts
   * db.invoke(':my.app/increment', db, id, 1)
   * ```
   */
  invoke(name: string, ...args: readonly unknown[]): Answer<L, unknown> {
    const f = this.#context.functions.given(name)
    if (f === null) {
      return raise(
        ':yore/unknown-function',
        `there is no function ${told(name)}: give it to connect(uri, {functions})`,
        { name },
      )
    }
    return guarded(name, () => callWith(f, args)) as Answer<L, unknown>
  }
}

/** The public face of a transaction's result. */
export function publicReport(
  result: TxResult,
  context: PeerContext,
  stats: ReportStats | null = null,
): TxReport {
  return new Report(result, make(result.dbBefore, context), make(result.dbAfter, context), stats)
}

/** A table of the program's functions: databases and logs reach them in their public form. */
export function makeFunctions(env: Env): Functions {
  return new Functions({
    publish: (value, functions) => publish(value, { functions, env }),
    accept,
  })
}

function publish(value: Value, context: PeerContext): unknown {
  if (value instanceof Opaque) {
    if (value.kind === 'db') return make(value.value as Db, context)
    if (value.kind === 'log') return makeLog(value.value as InnerLog, context.env)
  }
  return toPublic(value)
}

/** What a program gives, as an exact value: databases, logs, entities and datoms too. */
export function accept(x: unknown): Value {
  if (typeof x !== 'object' || x === null) return x === undefined ? null : fromPublic(x)
  try {
    return acceptObject(x)
  } catch (error) {
    return unreadable(error)
  }
}

function acceptObject(x: object): Value {
  if (isInside(x)) return new Opaque('db', dbInside(x))
  if (isLog(x)) return new Opaque('log', innerLog(x))
  if (isEntity(x)) return originOf(x).id
  if (x instanceof Datom) return fromPublic([...x])
  return Array.isArray(x) && hasOwnKinds(x) ? x.map(accept) : fromPublic(x)
}

/** Are there datoms or entities among these? A hole ends the search, and fromPublic refuses it. */
function hasOwnKinds(items: readonly unknown[]): boolean {
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    if (item === undefined) return false
    if (typeof item === 'object' && (item instanceof Datom || isEntity(item))) return true
  }
  return false
}

export {
  contextInside as contextOf,
  dbInside as innerDb,
  isInside as isDatabase,
  make as makeDatabase,
}
