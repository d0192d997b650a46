/** Queries of the public API: `q`, `query`, `qseq`, `touch`. */

import { raise } from '../base/errors.ts'
import { systemEnv } from '../base/env-system.ts'
import { unreadable } from '../data/public.ts'
import { query as runQuery } from '../query/query.ts'
import type { QueryAnswer, QueryOptions } from '../query/query.ts'
import type { PeerContext } from './context.ts'
import { accept, contextOf, isDatabase } from './database.ts'
import type { Query } from './types.ts'

/** A query with everything around it. */
export interface QueryMap {
  readonly query: Query
  /** The inputs, in the order of `:in`. */
  readonly args?: readonly unknown[]
  /** Milliseconds after which the query fails with `:yore/timeout`. */
  readonly timeout?: number
  /** Stops the query when it is aborted. */
  readonly signal?: AbortSignal
  /** How many rows at most. */
  readonly limit?: number
  /** How many rows to skip. */
  readonly offset?: number
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
  return run({ query, args: inputs }).value as T
}

/**
 * Runs a query given with its inputs and options in one object.
 *
 * ```ts
 * query({ query: '[:find ?e :where [?e :item/count]]', args: [db], timeout: 1000 })
 * ```
 */
export function query<T = unknown[][]>(map: QueryMap): T {
  return run(map).value as T
}

/**
 * Runs a query and gives its rows one after another, pulls and all; for relations and collections.
 *
 * ```ts
 * const artists = qseq({ query: '[:find (pull ?e [*]) :where [?e :artist/name]]', args: [db] })
 * for (const [artist] of artists) console.log(artist)
 * ```
 */
export function qseq<T = unknown[]>(map: QueryMap): Iterable<T> {
  const { value } = run(map)
  if (value === null || !Array.isArray(value)) {
    return value === null
      ? []
      : raise(':yore/invalid-query', 'qseq is for queries that find rows or a collection')
  }
  return value as T[]
}

function run(map: QueryMap): QueryAnswer {
  const { query: form, args, timeout, limit, offset, signal } = partsOf(map)
  const context = args.map(contextOfInput).find((c) => c !== null) ?? null
  const env = context?.env ?? systemEnv
  const options: QueryOptions = {
    numbers: 'js',
    functionOf: (name) => context?.functions.inner(name) ?? null,
    monotonicMs: env.monotonicMs,
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
    ...(signal !== undefined && { signal }),
  }
  // as it is: the engine knows a form that it has seen
  return runQuery(form, args.map(accept), options)
}

function contextOfInput(x: unknown): PeerContext | null {
  return typeof x === 'object' && x !== null && isDatabase(x) ? contextOf(x) : null
}

const argsMax = 10_000

/** What a query map says, each part of the kind that it must be. */
function partsOf(map: QueryMap): QueryMap & { readonly args: readonly unknown[] } {
  if (typeof map !== 'object' || map === null) refuse('query takes an object {query, args, ...}')
  const read = (): QueryMap & { readonly args: readonly unknown[] } => {
    const { query: form, args = [], timeout, limit, offset, signal } = map
    if (!('query' in map)) refuse('query takes an object {query, args, ...}')
    if (!Array.isArray(args) || args.length > argsMax) refuse('the args of a query are an array')
    whole('timeout', timeout, 0)
    whole('limit', limit, -1)
    whole('offset', offset, 0)
    if (signal !== undefined && typeof signal?.aborted !== 'boolean') {
      refuse('the signal of a query is an AbortSignal')
    }
    return {
      query: form,
      args: Array.from(args as readonly unknown[]),
      ...(timeout !== undefined && { timeout }),
      ...(limit !== undefined && { limit }),
      ...(offset !== undefined && { offset }),
      ...(signal !== undefined && { signal }),
    }
  }
  try {
    return read()
  } catch (error) {
    return unreadable(error)
  }
}

function whole(name: string, x: unknown, min: number): void {
  if (x === undefined || (typeof x === 'number' && x >= min)) return
  refuse(`the ${name} of a query is a number from ${min} on`)
}

function refuse(message: string): never {
  return raise(':yore/invalid-argument', message)
}
