/**
 * The query engine's door: a query of any form and its inputs in, an answer out.
 *
 * (1) A query is parsed once for each text, and once for each list or map that a program keeps (cache.ts).
 * (2) Nothing of a run outlives it.
 */

import { raise } from '../base/errors.ts'
import { equalValues } from '../data/equal.ts'
import type { Value } from '../data/values.ts'
import { placesOf, slotsOf, takeRows } from './bindings.ts'
import { ParseCache } from './cache.ts'
import { callRule } from './calls.ts'
import { joinRelations } from './combine.ts'
import type { Context, Env } from './context.ts'
import { answer, checkFind, emptyAnswer } from './find.ts'
import { Guard } from './guard.ts'
import { distinct } from './kernels.ts'
import { parseQuery, parseRules } from './parse.ts'
import { checkBindable } from './plan.ts'
import { prepare } from './prepare.ts'
import { fromRows } from './relation.ts'
import type { Relation } from './relation.ts'
import { solve, together } from './run.ts'
import type { FindShape, Query, RuleSet } from './syntax.ts'
import type { Trace } from './trace.ts'

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
  /** How many rows of a relation or collection at most; -1 or undefined for all. */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
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
  const timeoutMs =
    options.timeoutMs !== undefined && options.timeoutMs > 0 ? options.timeoutMs : parsed.timeoutMs
  const guard = new Guard({
    timeoutMs,
    monotonicMs: options.monotonicMs ?? null,
    signal: options.signal ?? null,
  })
  const value = evaluate(parsed, inputs, options, guard, false, 0)
  return { kind: parsed.shape, value }
}

function evaluate(
  parsed: Query,
  inputs: readonly Value[],
  options: QueryOptions,
  guard: Guard,
  exact: boolean,
  depth: number,
): unknown {
  const { trace } = options
  if (trace === undefined) return evaluated(parsed, inputs, options, guard, exact, depth)
  trace.openQuery(parsed)
  const value = evaluated(parsed, inputs, options, guard, exact, depth)
  trace.closeQuery(parsed, value)
  return value
}

function evaluated(
  parsed: Query,
  inputs: readonly Value[],
  options: QueryOptions,
  guard: Guard,
  exact: boolean,
  depth: number,
): unknown {
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
  checkFind(parsed, bound.patterns, options.functionOf)
  const conjunction = prepare(parsed.where, '$', bound.env, context)
  const given = joinInputs(bound.relations, context)
  checkBindable(conjunction, new Set(given.flatMap((r) => r.variables)), context)
  const { rowVariables: variables } = parsed
  const solved = bound.impossible ? null : solve(conjunction, given, new Set(variables), context)
  if (solved === null) return emptyAnswer(parsed)
  const rows = together(solved, variables, conjunction, context)
  if (rows.n === 0) return emptyAnswer(parsed)
  context.trace?.openFind(parsed, rows.n)
  const found = answer(parsed, rows, context, {
    exact,
    offset: Math.max(0, options.offset ?? 0),
    limit: options.limit ?? -1,
    patterns: bound.patterns,
    firstSource: bound.firstSource,
  })
  context.trace?.closeFind(parsed, found)
  return found
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

const noRules: RuleSet = new Map()

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
    rules: noRules,
    firstSource: inputs[0] ?? null,
    impossible: false,
  }
  const { used } = parsed
  parsed.inputs.forEach((input, i) => {
    const value = inputs[i] as Value
    switch (input.kind) {
      case 'source':
        out.sources.set(input.name, value)
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
  const rows = takeRows(value, binding, places)
  guard.tick(rows.length)
  if (binding.kind === 'collection' || binding.kind === 'relation') {
    out.relations.push(distinct(fromRows(places.variables, rows), guard))
    return
  }
  const [row] = rows
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

// ---- parsed once ----

const queries = new ParseCache(parseQuery)
const ruleSets = new ParseCache<RuleSet>(parseRules)

/** The parsed query of a form: from the cache, or parsed now. */
export function parsedQuery(form: unknown): Query {
  return queries.get(form)
}

function parsedRules(form: Value): RuleSet {
  return form === null ? noRules : ruleSets.get(form)
}
