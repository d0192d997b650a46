/** Queries of the public API: `q`, `query`, `qseq`, `touch`. */

import { raise } from '../base/errors.ts'
import type { Env } from '../base/env.ts'
import { systemEnv } from '../base/env-system.ts'
import type { Limits } from '../base/budget.ts'
import { Budget } from '../base/budget.ts'
import { unreadable } from '../data/public.ts'
import type { Value } from '../data/values.ts'
import { planOf, tallyOf } from '../query/plan/explain.ts'
import { query as runQuery, queryRows } from '../query/query.ts'
import type { QueryAnswer, QueryOptions } from '../query/query.ts'
import { quickAnswer } from '../query/routes/routes.ts'
import { Trace } from '../query/plan/trace.ts'
import type { TraceStep } from '../query/plan/trace.ts'
import type { PeerContext } from './context.ts'
import { accept, contextOf, isDatabase } from './database.ts'
import { checkNumber, checkedReadOptions } from './limits.ts'
import { checkedIoContext, meteredInputs, queryStatsOf, withIoStats } from './stats.ts'
import type { Observed } from './stats.ts'
import type { Keyword, Query } from './types.ts'

/** A query with everything around it. */
export interface QueryMap {
  readonly query: Query
  /** The inputs, in the order of `:in`. */
  readonly args?: readonly unknown[]
  /** Milliseconds after which the query fails with `:yore/timeout`. */
  readonly timeout?: number
  /** Ends the query with `:yore/cancelled` once aborted. Queries are synchronous: it cannot fire while one works, `timeout` can. */
  readonly signal?: AbortSignal
  /** Ends the query with `:yore/limit-exceeded`. */
  readonly limits?: Limits
  /** How many rows at most. */
  readonly limit?: number
  /** How many rows to skip. */
  readonly offset?: number
  /** Gives the answer under `ret`, and under `queryStats` which clauses were run in which order, with how many rows. */
  readonly queryStats?: boolean
  /**
   * A qualified keyword, as a name of the call. Gives the answer under `ret`, and under `ioStats` how many segments of which index were read,
   * and from where.
   */
  readonly ioContext?: Keyword
}

/**
 * Runs a query over its inputs: databases, values, collections, rules, pull patterns.
 *
 * Rows are arrays (objects with `:keys`), without order; `[?x ...]` gives the values, `[?x ?y]` one row and `?x .` one value, null if
 * there is none. The type of the answer can be given: `q<[string, number][]>(...)`.
 *
 * ```ts
 * q('[:find ?id ?count :where [?e :item/id ?id] [?e :item/count ?count]]', db) // [['0042', 999]]
 * q('[:find [?id ...] :in $ ?min :where [?e :item/count ?c] [(> ?c ?min)] [?e :item/id ?id]]', db, 10)
 * q([':find', '?e', ':in', '$', '?name', ':where', ['?e', ':person/name', '?name']], db, 'Ann')
 * ```
 */
export function q<T = unknown[][]>(query: Query, ...inputs: readonly unknown[]): T {
  const exact = quickInputs(inputs)
  const found = exact === null ? undefined : quickAnswer(query, exact, 'js', null)
  if (found !== undefined) return found as T
  return run(partsOf({ query, args: inputs }), undefined, exact !== null).value as T
}

/** Inputs that are databases and plain values, which take nothing to convert; null if there are others. */
function quickInputs(inputs: readonly unknown[]): Value[] | null {
  if (inputs.length > quickInputsMax) return null
  const exact: Value[] = []
  for (const x of inputs) {
    const isPlain = typeof x === 'string' || typeof x === 'number' || typeof x === 'boolean'
    if (!isPlain && !(typeof x === 'object' && x !== null && isDatabase(x))) return null
    exact.push(accept(x))
  }
  return exact
}

/**
 * Runs a query given with its inputs and options in one object.
 *
 * ```ts
 * query({ query: '[:find ?e :where [?e :item/count]]', args: [db], timeout: 1000 })
 * query({ query: '[:find ?e :where [?e :item/count]]', args: [db], ioContext: ':item/counted' }).ioStats?.reads.ocache // segments
 * ```
 */
export function query<T = unknown[][]>(map: QueryMap & { readonly queryStats: true }): Observed<T>
export function query<T = unknown[][]>(map: QueryMap & { readonly ioContext: Keyword }): Observed<T>
export function query<T = unknown[][]>(map: QueryMap): T
export function query<T = unknown[][]>(map: QueryMap): T | Observed<T> {
  const parts = partsOf(map)
  return isObserved(parts)
    ? observed(parts, ':query', ({ value }) => value as T)
    : (run(parts).value as T)
}

/**
 * Runs a query and gives its rows one after another; for relations and collections. An entity is pulled when its row is asked for, so
 * that only a few are held at a time. The rows can be walked once; `return()`, as at the end of a `for` loop, lets go of those left.
 *
 * ```ts
 * const artists = qseq({ query: '[:find (pull ?e [*]) :where [?e :artist/name]]', args: [db] })
 * for (const [artist] of artists) console.log(artist)
 * ```
 */
export function qseq<T = unknown[]>(
  map: QueryMap & { readonly queryStats: true },
): Observed<Iterable<T>>
export function qseq<T = unknown[]>(
  map: QueryMap & { readonly ioContext: Keyword },
): Observed<Iterable<T>>
export function qseq<T = unknown[]>(map: QueryMap): IterableIterator<T>
export function qseq<T = unknown[]>(map: QueryMap): IterableIterator<T> | Observed<Iterable<T>> {
  const parts = partsOf(map)
  if (isObserved(parts)) return observed(parts, ':qseq', (x) => rowsOf<T>(x))
  const { inputs, options } = asked(parts)
  return queryRows(parts.query, inputs, options) as IterableIterator<T>
}

function rowsOf<T>({ value }: QueryAnswer): Iterable<T> {
  if (value === null || !Array.isArray(value)) {
    return value === null
      ? []
      : raise(':yore/invalid-query', 'qseq is for queries that find rows or a collection')
  }
  return value as T[]
}

const isObserved = ({ queryStats, ioContext }: QueryMap): boolean =>
  queryStats === true || ioContext !== undefined

function observed<T>(
  parts: QueryParts,
  api: ':query' | ':qseq',
  answerOf: (answer: QueryAnswer) => T,
): Observed<T> {
  const { ioContext, queryStats = false } = parts
  let step: TraceStep | undefined
  const runTraced = (): T => {
    const trace = new Trace(clockOf(parts))
    const answer = answerOf(run(parts, trace))
    step = trace.query
    return answer
  }
  const stats = (): Pick<Observed<T>, 'queryStats'> =>
    queryStats ? { queryStats: queryStatsOf(parts.query, planOf(step as TraceStep)) } : {}
  if (ioContext === undefined) return { ret: runTraced(), ...stats() }
  const { ret, ioStats } = withIoStats({ ioContext, api }, clockOf(parts), () => ({
    ret: runTraced(),
    tally: tallyOf(step as TraceStep),
  }))
  return { ret, ...stats(), ioStats }
}

/** The clock of the first database among the inputs. */
export function clockOf({ args }: QueryParts): () => number {
  return (args.map(contextOfInput).find((c) => c !== null)?.env ?? systemEnv).monotonicMs
}

/** Runs a query; with a trace, its databases count. `isLong`: it is no matter of a few look-ups. */
export function run(parts: QueryParts, trace?: Trace, isLong = false): QueryAnswer {
  const { inputs, options } = asked(parts, trace)
  // as it is: the engine knows a form that it has seen
  return runQuery(parts.query, inputs, isLong ? { ...options, isLong } : options)
}

/** Inputs and options as the engine takes them. */
function asked(
  parts: QueryParts,
  trace?: Trace,
): { readonly inputs: Value[]; readonly options: QueryOptions } {
  const { args, timeout, limit, offset, signal, limits } = parts
  const context = args.map(contextOfInput).find((c) => c !== null) ?? null
  const env = context?.env ?? systemEnv
  const options: QueryOptions = {
    numbers: 'js',
    functionOf: (name) => context?.functions.inner(name) ?? null,
    monotonicMs: env.monotonicMs,
    heapBytes: env.heapBytes,
    ...(limits !== undefined && { limits }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
    ...(signal !== undefined && { signal }),
    ...(trace !== undefined && { trace }),
  }
  checkSizes(args, limits, env)
  const inputs = args.map(accept)
  return { inputs: trace === undefined ? inputs : meteredInputs(inputs, trace.meter), options }
}

/** A copy is made of every input: not of one that would leave no room. */
function checkSizes(args: readonly unknown[], limits: Limits | undefined, env: Env): void {
  let bytes = 0
  try {
    for (const x of args) if (Array.isArray(x) && x.length >= largeInput) bytes += sizeOf(x)
  } catch {
    // a proxy of the program's own: what is wrong with it is said where it is copied
    return
  }
  if (bytes === 0) return
  const { monotonicMs, heapBytes } = env
  const budget = new Budget({ timeoutMs: 0, monotonicMs, signal: null, limits, heapBytes })
  budget.phase = 'inputs'
  budget.room(bytes)
}

/** A long list as its first item tells. */
function sizeOf(items: readonly unknown[]): number {
  const [first] = items
  const parts = Array.isArray(first) ? tupleBytes + first.length * itemBytes : 0
  return items.length * (itemBytes + parts)
}

function contextOfInput(x: unknown): PeerContext | null {
  return typeof x === 'object' && x !== null && isDatabase(x) ? contextOf(x) : null
}

const notAMap =
  'query takes an object {query, args, ...}; q(query, ...inputs) takes the same one after another'
const quickInputsMax = 16
const argsMax = 10_000
const largeInput = 100_000
const itemBytes = 24
const tupleBytes = 128

/** A query map that was read and checked. */
export type QueryParts = QueryMap & { readonly args: readonly unknown[] }

/** What a query map says, each part of the kind that it must be. */
export function partsOf(map: QueryMap): QueryParts {
  if (typeof map !== 'object' || map === null) refuse(notAMap)
  const read = (): QueryParts => {
    const { query: form, args = [], timeout, limit, offset, signal, limits, queryStats } = map
    const ioContext = checkedIoContext(map.ioContext)
    if (!('query' in map)) refuse(notAMap)
    if (!Array.isArray(args) || args.length > argsMax) refuse('the args of a query are an array')
    checkNumber(limit, 'the limit of a query', -1)
    checkNumber(offset, 'the offset of a query', 0)
    const budget = checkedReadOptions({ timeout, signal, limits }, 'a query')
    if (queryStats !== undefined && typeof queryStats !== 'boolean') {
      refuse('queryStats is true or false')
    }
    return {
      query: form,
      args: Array.from(args as readonly unknown[]),
      ...budget,
      ...(limit !== undefined && { limit }),
      ...(offset !== undefined && { offset }),
      ...(queryStats !== undefined && { queryStats }),
      ...(ioContext !== undefined && { ioContext }),
    }
  }
  try {
    return read()
  } catch (error) {
    return unreadable(error)
  }
}

function refuse(message: string): never {
  return raise(':yore/invalid-argument', message)
}
