/**
 * The query engine's door: a query of any form and its inputs in, an answer out.
 *
 * (1) Nothing of a run outlives it.
 * (2) What is a few look-ups, and nothing else is asked of it, is answered by routes.ts.
 */

import { raise } from '../base/errors.ts'
import { watchedBy } from '../base/watch.ts'
import { equalValues } from '../data/equal.ts'
import { Opaque } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { watchedDb } from '../db/views.ts'
import type { Limits } from '../base/budget.ts'
import { placesOf, slotsOf, takeColumns, takeRows } from './prepare/bindings.ts'
import { callRule } from './rules/calls.ts'
import { joinRelations } from './columns/join-relations.ts'
import { countByIndex } from './clauses/count.ts'
import { dbOf } from './context.ts'
import type { Context, Env } from './context.ts'
import { RowSequence, answer, emptyAnswer } from './answer/answer.ts'
import type { AnswerOptions } from './answer/answer.ts'
import { checkFind, findRows, wantedOf } from './answer/find.ts'
import type { Found, Window } from './answer/find.ts'
import { Guard } from './guard.ts'
import { distinct } from './columns/kernels.ts'
import { parsedQuery, parsedRules } from './parse/parsed.ts'
import { checkBindable, forced } from './plan/plan.ts'
import { fitRows } from './prepare/fit-rows.ts'
import { prepare } from './prepare/prepare.ts'
import { inIndexOrder } from './answer/index-order.ts'
import { columnOf } from './columns/relation.ts'
import type { Relation } from './columns/relation.ts'
import { quickAnswer, walkOf } from './routes/routes.ts'
import { isDone, rowsOf as shownRows, walk } from './routes/run-route.ts'
import type { Walk } from './routes/run-route.ts'
import { solve, together } from './clauses/run.ts'
import { stepsOf } from './plan/steps.ts'
import type { FindShape, Query, RuleSet } from './parse/syntax.ts'
import type { Trace } from './plan/trace.ts'

export interface QueryOptions {
  /** 'js': inputs come from a program, where 3 may mean 3.0 and a uuid is a string. */
  readonly numbers: 'exact' | 'js'
  /** The program's functions. */
  readonly functionOf: (name: string) => ((args: readonly Value[]) => Value) | null
  /** 0 or undefined: the query's own `:timeout`, or none. */
  readonly timeoutMs?: number | undefined
  /** A clock, without which there are no timeouts. */
  readonly monotonicMs?: (() => number) | undefined
  readonly signal?: AbortSignal | undefined
  readonly limits?: Limits | undefined
  /** How large the heap may be: the limit of bytes follows from it. */
  readonly heapBytes?: (() => number | null) | undefined
  /** How many rows of a relation or collection at most; -1 or undefined for all. */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  /** It is known that it is not answered by a few look-ups. */
  readonly isLong?: boolean | undefined
  /** Notes what is done; the databases among the inputs count with its meter. */
  readonly trace?: Trace | undefined
}

export interface QueryAnswer {
  /** The shape that the find spec asks for. */
  readonly kind: FindShape
  /** Plain data: rows as arrays (objects with return maps), a list, one row or null, one value or null. */
  readonly value: unknown
}

const nestingMax = 16

/**
 * Answers a query. `form` is EDN text, a list or map of exact values, or JS data; inputs are exact values, databases and logs
 * `Opaque`.
 *
 *     query('[:find ?n :where [_ :person/name ?n]]', [new Opaque('db', db)], options).value   // [['Ann'], ['Bob']]
 */
export function query(form: unknown, inputs: readonly Value[], options: QueryOptions): QueryAnswer {
  const parsed = parsedQuery(form)
  if (isQuick(options)) {
    const guarded = isBounded(parsed, options) ? (q: Query): Guard => guardFor(q, options) : null
    const value = quickAnswer(form, inputs, options.numbers, guarded)
    if (value !== undefined) return { kind: parsed.shape, value }
  }
  const value = evaluate(parsed, inputs, options, guardFor(parsed, options), false, 0)
  return { kind: parsed.shape, value }
}

/** Is there nothing to cut or to tell, and may it be a matter of a few look-ups? */
const isQuick = ({ limit = -1, offset = 0, trace, isLong }: QueryOptions): boolean =>
  isLong !== true && limit < 0 && offset <= 0 && trace === undefined

const isBounded = (query: Query, { timeoutMs = 0, signal, limits }: QueryOptions): boolean =>
  query.timeoutMs > 0 || timeoutMs > 0 || signal !== undefined || limits !== undefined

/**
 * The rows of a relation or collection one after another: what is pulled is pulled as they are asked for.
 *
 *     for (const row of queryRows('[:find (pull ?e [*]) :where [?e :person/name]]', inputs, options)) ...
 */
export function queryRows(
  form: unknown,
  inputs: readonly Value[],
  options: QueryOptions,
): IterableIterator<unknown> {
  const parsed = parsedQuery(form)
  if (parsed.shape !== 'relation' && parsed.shape !== 'collection') {
    raise(':yore/invalid-query', 'qseq is for queries that find rows or a collection')
  }
  const guard = guardFor(parsed, options)
  const { found, context, answerOptions } = watchedBy(guard, () =>
    run(parsed, inputs, options, guard, false, 0),
  )
  guard.held = 0
  guard.kept = 0
  guard.pause()
  return new RowSequence(parsed, found, context, answerOptions)
}

function guardFor(parsed: Query, options: QueryOptions): Guard {
  const { timeoutMs } = options
  return new Guard({
    timeoutMs: timeoutMs !== undefined && timeoutMs > 0 ? timeoutMs : parsed.timeoutMs,
    monotonicMs: options.monotonicMs ?? null,
    signal: options.signal ?? null,
    limits: options.limits,
    heapBytes: options.heapBytes,
  })
}

function evaluate(
  parsed: Query,
  inputs: readonly Value[],
  options: QueryOptions,
  guard: Guard,
  exact: boolean,
  depth: number,
): unknown {
  options.trace?.openQuery(parsed)
  const { found, context, answerOptions } = watchedBy(guard, () =>
    run(parsed, inputs, options, guard, exact, depth),
  )
  const value = found === null ? emptyAnswer(parsed) : answer(parsed, found, context, answerOptions)
  if (found !== null) context.trace?.closeFind(parsed, value)
  options.trace?.closeQuery(parsed, value)
  return value
}

interface Run {
  /** Null when there is no row. */
  readonly found: Found | null
  readonly context: Context
  readonly answerOptions: AnswerOptions
}

function run(
  parsed: Query,
  inputs: readonly Value[],
  options: QueryOptions,
  guard: Guard,
  exact: boolean,
  depth: number,
): Run {
  if (inputs.length < parsed.inputs.length) {
    raise(
      ':db.error/too-few-inputs',
      `the query expects ${parsed.inputs.length} inputs but received ${inputs.length}`,
      { expected: parsed.inputs.length, received: inputs.length },
    )
  }
  const bound = bindInputs(parsed, inputs, options, guard)
  const context: Context = {
    sources: bound.sources,
    rules: bound.rules,
    functionOf: options.functionOf,
    guard,
    numbers: options.numbers,
    loose: bound.loose,
    nested: (args) => nestedQuery(args, options, guard, depth),
    rows: new Map(),
    counter: 0,
    unfolded: 0,
    callDepth: 0,
    callRule,
    tables: new Map(),
    trace: options.trace ?? null,
  }
  const { patterns, firstSource } = bound
  const answerOptions = { exact, patterns, firstSource }
  const window = { offset: Math.max(0, options.offset ?? 0), limit: options.limit ?? -1 }
  const db = dbOf(context.sources.get('$'))
  const w = db === null ? null : walkOf(parsed, inputs, bound.rules, db, options.numbers)
  const rows = rowsOf(parsed, bound, w, db, window, context)
  if (rows === null || rows.n === 0) return { found: null, context, answerOptions }
  context.trace?.openFind(parsed, rows.n)
  if ('counted' in rows) {
    const columns = [columnOf([rows.n])]
    return { found: { n: 1, columns }, context, answerOptions }
  }
  guard.phase = 'find'
  guard.clause = null
  return { found: findRows(parsed, rows, context, window), context, answerOptions }
}

/** So many rows, which nobody needs to see. */
interface Counted {
  readonly n: number
  readonly counted: true
}

/** The rows over the variables of the answer, each once; null when there is none. With a limit perhaps only the first of them. */
function rowsOf(
  parsed: Query,
  bound: Bound,
  w: Walk | null,
  db: Db | null,
  window: Window,
  context: Context,
): Relation | Counted | null {
  checkFind(parsed, bound.patterns, context.functionOf)
  const found = atOnce(parsed, bound, w, context)
  if (found !== undefined) return found
  const given = joinInputs(bound.relations, context)
  const known = new Set(given.flatMap((r) => r.variables))
  const prepared = prepare(parsed.where, '$', bound.env, context)
  const after = context.numbers === 'js' ? fitRows(prepared, known) : prepared.after
  const steps = db === null || given.length > 0 ? null : stepsOf(parsed, bound.rules, db)
  const conjunction = { ...prepared, after, walk: given.length === 0 ? w : null, steps }
  checkBindable(conjunction, known, context)
  if (bound.impossible) return null
  context.guard.phase = 'where'
  if (window.offset === 0 && window.limit < 0) {
    const n = countByIndex(parsed, conjunction, given, context)
    if (n !== null) return { n, counted: true }
  }
  const { rowVariables: variables } = parsed
  const [, last] = wantedOf(parsed, Infinity, window)
  const first = inIndexOrder(parsed, conjunction, given, last, context)
  if (first !== null) return first
  const solved = solve(conjunction, given, new Set(variables), context)
  return solved === null ? null : together(solved, variables, conjunction, context)
}

/** The rows of what is nothing but a few look-ups; undefined where the clauses have to be prepared. */
function atOnce(
  parsed: Query,
  bound: Bound,
  w: Walk | null,
  { guard, trace }: Context,
): Relation | null | undefined {
  const isWhole = w?.route.whole === true && bound.relations.length === 0 && !bound.impossible
  // counts may be known to the index
  const isCount = parsed.where.length === 1 && parsed.find.some((e) => e.kind === 'aggregate')
  if (!isWhole || isCount || trace !== null || forced.choose !== null) return undefined
  guard.phase = 'where'
  walk(w, guard)
  return isDone(w) ? shownRows(parsed, w) : undefined
}

/** `(q query inputs...)` within a query: exact values in and out. */
function nestedQuery(
  args: readonly Value[],
  options: QueryOptions,
  guard: Guard,
  depth: number,
): Value {
  if (depth >= nestingMax) {
    raise(':yore/limit-exceeded', `queries within queries are nested deeper than ${nestingMax}`)
  }
  if (args.length === 0) raise(':yore/invalid-function-call', 'q takes a query and its inputs')
  const inner = { ...options, limit: undefined, offset: undefined }
  return evaluate(parsedQuery(args[0]), args.slice(1), inner, guard, true, depth + 1) as Value
}

// ---- inputs ----

interface Bound {
  readonly sources: Map<string, Value>
  readonly patterns: Map<string, Value>
  readonly env: Env
  readonly relations: Relation[]
  readonly loose: Set<string>
  rules: RuleSet
  /** What a pull without source reads when there is no $. */
  firstSource: Value
  /** Two inputs disagree about a variable. */
  impossible: boolean
}

function bindInputs(
  parsed: Query,
  inputs: readonly Value[],
  options: QueryOptions,
  guard: Guard,
): Bound {
  const out: Bound = {
    sources: new Map(),
    patterns: new Map(),
    env: new Map(),
    relations: [],
    loose: new Set(),
    rules: parsedRules(null),
    firstSource: inputs[0] ?? null,
    impossible: false,
  }
  const { used } = parsed
  parsed.inputs.forEach((input, i) => {
    const value = inputs[i] as Value
    switch (input.kind) {
      case 'source':
        out.sources.set(input.name, watched(value, guard))
        break
      case 'rules':
        out.rules = parsedRules(value)
        break
      case 'pattern':
        out.patterns.set(input.name, value)
        break
      case 'binding':
        bindOne(out, input.binding, value, used, options, guard)
    }
  })
  const first = parsed.inputs.find((x) => x.kind === 'source')
  if (first?.kind === 'source') out.firstSource = out.sources.get(first.name) ?? null
  return out
}

/** A filter says what it costs. */
function watched(value: Value, guard: Guard): Value {
  const db = dbOf(value)
  return db === null || db.view.keep === null ? value : new Opaque('db', watchedDb(db, guard))
}

function bindOne(
  out: Bound,
  binding: Extract<Query['inputs'][number], { kind: 'binding' }>['binding'],
  value: Value,
  used: ReadonlySet<string>,
  options: QueryOptions,
  guard: Guard,
): void {
  const places = placesOf(slotsOf(binding), (v) => used.has(v))
  if (places.variables.length === 0) return
  if (value === null) {
    raise(
      ':yore/invalid-argument',
      `nil was passed for ${places.variables.join(' ')}; a collection may hold nil, an input may not be it`,
      { variables: places.variables },
    )
  }
  if (options.numbers === 'js') for (const v of places.variables) out.loose.add(v)
  if (binding.kind === 'collection' || binding.kind === 'relation') {
    const { n, columns } = takeColumns(value, binding, places, guard)
    const key = n <= 1 ? [] : null
    out.relations.push(distinct({ n, variables: places.variables, columns, key }, guard))
    return
  }
  const [row] = takeRows(value, binding, places)
  if (row === undefined) out.impossible = true
  else {
    places.variables.forEach((v, k) => {
      const x = row[k] as Value
      const known = out.env.get(v)
      if (known === undefined) out.env.set(v, x)
      else if (!equalValues(known, x)) out.impossible = true
    })
  }
}

/** Inputs that name the same variable are joined; the smaller one's form of a value is kept, or the first one's. */
function joinInputs(relations: readonly Relation[], context: Context): Relation[] {
  const out: Relation[] = []
  for (const r of relations) {
    let joined = r
    for (let i = out.length - 1; i >= 0; i--) {
      const other = out[i] as Relation
      if (!other.variables.some((v) => joined.variables.includes(v))) continue
      joined =
        other.n <= joined.n
          ? joinRelations(joined, other, context)
          : joinRelations(other, joined, context)
      out.splice(i, 1)
    }
    out.push(joined)
  }
  return out
}
