/**
 * Statistics of calls, as the original gives them: query-stats (which clauses were run in which order, with how many rows) and io-stats
 * (how many segments of which index were read, and from where).
 *
 * (1) Nothing is counted unless it is asked for.
 * (2) Calls within a call (of a program's functions) that have an io-context of their own are in `nested` of the call around them, added up
 *     by context. Their reads are in those of the call around them too.
 */

import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { unreadable } from '../data/public.ts'
import { Opaque } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { IndexMeter, meteredIndex } from '../indexes/counted/metered.ts'
import { Tally } from '../indexes/counted/tally.ts'
import type { PlanStep, QueryPlan } from '../query/plan/explain.ts'
import type { Keyword, Query } from './types.ts'

/** An answer with its statistics. */
export interface Observed<T> {
  readonly ret: T
  /** If a query asked for it. */
  readonly queryStats?: QueryStats
  /** If the call had an `ioContext`. */
  readonly ioStats?: IoStats
}

// ---- query-stats ----

/** What one clause did. */
export interface ClauseStats {
  readonly clause: string
  readonly rowsIn: number
  readonly rowsOut: number
  readonly bindsIn: readonly string[]
  readonly bindsOut: readonly string[]
  /** Predicates that confined what the clause read. */
  readonly preds?: readonly string[]
  /** `rowsOut - rowsIn` of the three clauses where it is greatest. */
  readonly expansion?: number
  readonly warnings?: { readonly unboundVars: readonly string[] }
}

/** Clauses that were run together: of the query itself, of a branch, of a rule, of a query within the query. */
export interface QueryPhase {
  /** The clauses in the order in which they were run. */
  readonly sched: readonly string[]
  readonly clauses: readonly ClauseStats[]
}

/** How the clauses of a query were run. `explain` says more. */
export interface QueryStats {
  readonly query: Query
  readonly phases: readonly QueryPhase[]
}

const expansions = 3

export function queryStatsOf(query: Query, plan: QueryPlan): QueryStats {
  const phases: PlanStep[][] = []
  const open: (readonly PlanStep[])[] = [plan.steps]
  for (let steps = open.shift(); steps !== undefined; steps = open.shift()) {
    const clauses = steps.filter((s) => isClause(s) && s.runs > 0)
    if (clauses.length > 0) phases.push(clauses)
    for (const s of steps) open.push(s.steps)
  }
  const grown = phases.flat().filter((s) => s.rowsOut > s.rowsIn)
  grown.sort((a, b) => b.rowsOut - b.rowsIn - (a.rowsOut - a.rowsIn))
  const top = new Set(grown.slice(0, expansions))
  return {
    query,
    phases: phases.map((steps) => ({
      sched: steps.map((s) => s.clause),
      clauses: steps.map((s) => clauseStats(s, top.has(s))),
    })),
  }
}

const isClause = ({ kind }: PlanStep): boolean =>
  kind !== 'branch' && kind !== 'query' && kind !== 'find' && kind !== 'pull'

function clauseStats(s: PlanStep, isTop: boolean): ClauseStats {
  const { clause, rowsIn, rowsOut, bindsIn, bindsOut } = s
  return {
    clause,
    rowsIn,
    rowsOut,
    bindsIn,
    bindsOut,
    ...(s.predicates.length > 0 && { preds: s.predicates }),
    ...(isTop && { expansion: rowsOut - rowsIn }),
    ...(s.unbound.length > 0 && { warnings: { unboundVars: s.unbound } }),
  }
}

// ---- io-stats ----

/** How many segments were read. Absent: none. */
export interface IoReads {
  /** Segments asked for, each counted once: what the cache had, and what it had to fetch. */
  readonly ocache?: number
  /** Reads of the storage, the milliseconds they took, their bytes. */
  readonly storage?: number
  readonly storageMs?: number
  readonly storageBytes?: number
  /** By index: segments asked for, and those that had to be fetched. */
  readonly eavt?: number
  readonly eavtLoad?: number
  readonly aevt?: number
  readonly aevtLoad?: number
  readonly avet?: number
  readonly avetLoad?: number
  readonly vaet?: number
  readonly vaetLoad?: number
  /** The index of words, of fulltext attributes. */
  readonly words?: number
  readonly wordsLoad?: number
}

/** What a call read. */
export interface IoStats {
  /** The name that the caller gave the call. */
  readonly ioContext: Keyword
  readonly api: ':query' | ':qseq' | ':pull' | ':pull-many' | ':tx-with'
  /** Milliseconds. */
  readonly apiMs: number
  readonly reads: IoReads
  /** The same of calls within the call, by their contexts, if they had one. */
  readonly nested?: Readonly<Record<Keyword, IoStats>>
}

interface Run {
  readonly nested: Map<Keyword, { stats: IoStats; tally: Tally }>
}

// Calls nest as those of JavaScript do: none of them waits for anything.
let around: Run | null = null

/** Runs a call that is to tell what it reads: `run` makes its databases count with the meter, and says where all was counted in the end. */
export function withIoStats<T>(
  call: { readonly ioContext: Keyword; readonly api: IoStats['api'] },
  now: () => number,
  run: () => { readonly ret: T; readonly tally: Tally },
): { readonly ret: T; readonly ioStats: IoStats } {
  const outer = around
  const own: Run = { nested: new Map() }
  around = own
  const start = now()
  try {
    const { ret, tally } = run()
    const apiMs = now() - start
    const ioStats = ioStatsOf(call, apiMs, tally, own)
    if (outer !== null) addNested(outer, ioStats, tally)
    return { ret, ioStats }
  } finally {
    around = outer
  }
}

/** Runs a read on the database; if it has an io-context, on one that counts, and tells what it read. */
export function observedRead<T>(
  db: Db,
  call: { readonly options: unknown; readonly api: IoStats['api'] },
  now: () => number,
  read: (db: Db) => T,
): T | Observed<T> {
  const { options, api } = call
  const ioContext = ioContextIn(options)
  if (ioContext === undefined) return read(db)
  return withIoStats({ ioContext, api }, now, () => {
    const meter = new IndexMeter(now)
    return { ret: read(meteredDb(db, meter)), tally: meter.at }
  })
}

function ioStatsOf(
  { ioContext, api }: { readonly ioContext: Keyword; readonly api: IoStats['api'] },
  apiMs: number,
  tally: Tally,
  { nested }: Run,
): IoStats {
  const stats = { ioContext, api, apiMs, reads: readsOf(tally) }
  if (nested.size === 0) return stats
  return { ...stats, nested: Object.fromEntries([...nested].map(([k, x]) => [k, x.stats])) }
}

function addNested({ nested }: Run, stats: IoStats, tally: Tally): void {
  const known = nested.get(stats.ioContext)
  if (known === undefined) {
    nested.set(stats.ioContext, { stats, tally })
    return
  }
  const both = new Tally()
  both.add(known.tally)
  both.add(tally)
  known.tally = both
  known.stats = {
    ...known.stats,
    apiMs: known.stats.apiMs + stats.apiMs,
    reads: readsOf(both),
  }
}

function readsOf(tally: Tally): IoReads {
  const out: Record<string, number> = {}
  if (tally.segmentCount > 0) out['ocache'] = tally.segmentCount
  if (tally.reads > 0) {
    out['storage'] = tally.reads
    out['storageMs'] = tally.readMs
    out['storageBytes'] = tally.bytes
  }
  for (const [tree, { read, fetched }] of tally.segments()) {
    out[tree] = read
    if (fetched > 0) out[`${tree}Load`] = fetched
  }
  return out
}

/** An io-context as it must be, or undefined. */
export function checkedIoContext(x: unknown): Keyword | undefined {
  if (x === undefined) return undefined
  if (typeof x === 'string' && /^:[^/\s]+\/[^/\s]+$/.test(x)) return x as Keyword
  return raise(
    ':yore/invalid-argument',
    `an ioContext is a qualified keyword, such as ':artist/by-name', not ${told(x)}`,
  )
}

function ioContextIn(options: unknown): Keyword | undefined {
  try {
    return checkedIoContext((options as { ioContext?: unknown } | undefined)?.ioContext)
  } catch (error) {
    return unreadable(error)
  }
}

// ---- databases that count ----

/** The database, counting with the meter. */
export const meteredDb = (db: Db, meter: IndexMeter): Db => ({
  ...db,
  facts: meteredIndex(db.facts, meter),
})

/** The inputs of a query with its databases counting; one that is given twice stays one. */
export function meteredInputs(inputs: readonly Value[], meter: IndexMeter): Value[] {
  const known = new Map<Db, Opaque>()
  return inputs.map((x) => {
    if (!(x instanceof Opaque) || x.kind !== 'db') return x
    const db = x.value as Db
    let counting = known.get(db)
    if (counting === undefined) {
      known.set(db, (counting = new Opaque('db', meteredDb(db, meter))))
    }
    return counting
  })
}
