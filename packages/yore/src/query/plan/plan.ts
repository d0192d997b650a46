/**
 * Which clause next: the one that leaves the fewest rows and looks at the fewest datoms, by counts of the index and of the rows so far.
 *
 * (1) The order in which clauses were written decides only between equals, between clauses that take a variable's value in different
 *     ways (`after`), and for functions that throw: those wait for what was written before them and could run.
 * (2) A clause runs only when what it needs is bound; `checkBindable` says before the run whether all of them ever can.
 */

import { raise } from '../../base/errors.ts'
import type { Context } from '../context.ts'
import { holder } from '../context.ts'
import { show } from '../parse/form.ts'
import { costOf, estimate, refersToFew } from './estimate.ts'
import type { PreparedExpression } from '../prepare/expression.ts'
import { canRun } from '../prepare/pattern.ts'
import type { DbPattern, Slot } from '../prepare/pattern.ts'
import type { CallArgument, Conjunction, Prepared, PreparedCall } from '../prepare/prepared.ts'
import { formOf, preparedVariables } from '../prepare/prepared.ts'
import type { Relation } from '../columns/relation.ts'

type Bound = (variable: string) => boolean

// ---- what can ever run ----

/**
 * The variables that the clauses bind, given these. Throws `:db.error/insufficient-binding` for the first clause that can never run.
 */
export function checkBindable(
  conjunction: Conjunction,
  given: ReadonlySet<string>,
  context: Context,
): Set<string> {
  const { bound, stuck } = simulate(conjunction, given, context)
  if (stuck !== null) explain(stuck, bound, context)
  return bound
}

function simulate(
  conjunction: Conjunction,
  given: ReadonlySet<string>,
  context: Context,
): { bound: Set<string>; stuck: Prepared | null } {
  const bound = new Set(given)
  for (const v of conjunction.env.keys()) bound.add(v)
  let waiting = [...conjunction.clauses]
  for (let n = -1; n !== waiting.length;) {
    n = waiting.length
    waiting = waiting.filter((p) => {
      if (!runnable(p, bound, context)) return true
      for (const v of preparedVariables(p)) bound.add(v)
      return false
    })
  }
  return { bound, stuck: waiting[0] ?? null }
}

/** Could the clause run with these variables bound, all within it too? */
export function runnable(p: Prepared, bound: ReadonlySet<string>, context: Context): boolean {
  const has: Bound = (v) => bound.has(v)
  switch (p.kind) {
    case 'db':
    case 'rows':
      return canRun(p, has)
    case 'expression':
      return p.needs.every(has)
    case 'not':
      return p.variables.every(has) && simulate(p.body, bound, context).stuck === null
    case 'or':
      return (
        p.required.every(has) &&
        p.branches.every((branch) => {
          const after = simulate(branch, bound, context)
          return after.stuck === null && p.variables.every((v) => after.bound.has(v))
        })
      )
    case 'call':
      return callIsRunnable(p, has, context)
  }
}

/** The arguments that have a value, as 'b', the others as 'f'. */
export function adornment(args: readonly CallArgument[], has: Bound): string {
  return args
    .map((a) => (a.kind === 'constant' || (a.kind === 'variable' && has(a.name)) ? 'b' : 'f'))
    .join('')
}

function callIsRunnable(p: PreparedCall, has: Bound, context: Context): boolean {
  const required = context.rules.get(p.name)?.[0]?.required ?? 0
  return !adornment(p.args.slice(0, required), has).includes('f')
}

function explain(p: Prepared, bound: ReadonlySet<string>, context: Context): never {
  const missing = (variables: readonly string[]): string =>
    variables
      .filter((v) => !bound.has(v))
      .map((v) => v.replace(/[~!].*$/, ''))
      .join(' ')
  const stop = (what: string, variables: readonly string[]): never =>
    raise(
      ':db.error/insufficient-binding',
      `[${missing(variables)}] not bound in ${what}: ${show(formOf(p))}`,
      { variables: variables.filter((v) => !bound.has(v)), clause: show(formOf(p)) },
    )
  switch (p.kind) {
    case 'db':
    case 'rows':
      return raise(
        ':db.error/insufficient-binding',
        `nothing is known in ${show(formOf(p))}: it would read the whole database`,
        { clause: show(formOf(p)) },
      )
    case 'expression':
      return stop('expression clause', p.needs)
    case 'call': {
      const required = context.rules.get(p.name)?.[0]?.required ?? 0
      return stop(
        'clause',
        p.args.slice(0, required).flatMap((a) => (a.kind === 'variable' ? [a.name] : [])),
      )
    }
    case 'not':
      if (p.variables.every((v) => bound.has(v))) checkBindable(p.body, bound, context)
      return stop('not clause', p.variables)
    case 'or':
      if (p.required.every((v) => bound.has(v))) {
        for (const branch of p.branches) checkBindable(branch, bound, context)
        return stop('every branch', p.variables)
      }
      return stop('clause', p.required)
  }
}

// ---- which is next ----

const never = Infinity
/** A call of a recursive rule with nothing bound, and the rows that a bound one finds for each. */
const freeCall = 1e7
const callFan = 10

type Choose = (
  conjunction: Conjunction,
  waiting: readonly number[],
  canRunNext: (place: number) => boolean,
) => number

/** For tests, which try all orders: the place in `waiting` of the clause to run next, or -1 to leave it to the planner. */
export const forced: { choose: Choose | null } = { choose: null }

const none: ReadonlySet<number> = new Set()

/** The place in `waiting` of the clause to run next, or -1 when none can. `thrown`: those that were tried, and threw. */
export function chooseNext(
  conjunction: Conjunction,
  waiting: readonly number[],
  relations: readonly Relation[],
  context: Context,
  thrown: ReadonlySet<number> = none,
): number {
  if (forced.choose !== null) {
    const can = (k: number): boolean =>
      score(conjunction.clauses[waiting[k] as number] as Prepared, relations, context) < lastResort
    const k = forced.choose(conjunction, waiting, can)
    if (k >= 0) return k
  }
  const only = waiting.length === 1 ? 0 : pickBest(conjunction, waiting, relations, context, thrown)
  if (only >= 0 && !knowsValueOnly(conjunction, waiting[only] as number, relations)) return only
  return pickBest(conjunction, waiting, relations, context, null)
}

function knowsValueOnly(
  { clauses }: Conjunction,
  i: number,
  relations: readonly Relation[],
): boolean {
  const p = clauses[i] as Prepared
  return p.kind === 'db' && isOpen(p, (v) => holder(relations, v) >= 0)
}

/** Without `thrown` the order in which clauses were written counts for nothing. */
function pickBest(
  conjunction: Conjunction,
  waiting: readonly number[],
  relations: readonly Relation[],
  context: Context,
  thrown: ReadonlySet<number> | null,
): number {
  let best = -1
  let least = never
  let earlier = false
  const wanted = wantedBySieves(conjunction, waiting)
  for (let k = 0; k < waiting.length; k++) {
    const i = waiting[k] as number
    const p = conjunction.clauses[i] as Prepared
    const { after } = conjunction
    if (thrown !== null && (after[i] as readonly number[]).some((j) => waiting.includes(j)))
      continue
    let n = score(p, relations, context)
    if (n === never) continue
    if (wanted !== null && helps(p, wanted, relations)) n *= sieveShare
    if (narrows(p, conjunction, waiting, relations)) n *= narrowShare
    if (p.kind === 'db') n *= apartShare(p, relations)
    const waits =
      earlier && thrown !== null && p.kind === 'expression' && mayThrow(p, thrown.has(i))
    if (p.kind !== 'expression' || p.clause.binding !== null) earlier = true
    if (waits || n >= least) continue
    best = k
    least = n
  }
  return best
}

const mayThrow = (p: PreparedExpression, threw: boolean): boolean =>
  !p.safe && p.needs.length > 0 && (threw || !p.triable)

/**
 * What all of an attribute costs more that has nothing to do with the rows so far, as they multiply and are joined only later: much where
 * these are few. (What has one value is few itself, and what is found from both ends is less than what is found from one.)
 */
function apartShare(p: DbPattern, relations: readonly Relation[]): number {
  if (p.e.kind !== 'variable' || p.v.kind === 'constant' || p.range !== null) return 1
  // attributes alone lead to all that they have
  const of = p.a.kind === 'variable' ? p.a.name : null
  let most = 0
  for (const r of relations) {
    if (r.variables.some((v) => v !== of && p.variables.includes(v))) return 1
    most = Math.max(most, r.n)
  }
  if (most === 0) return 1
  return estimate(p, relations) > most * fewShare ? apartFromFew : apartFromMany
}

const fewShare = 4
const apartFromFew = 4
const apartFromMany = 1.05

/** What a clause that lets a predicate run is worth. */
const sieveShare = 0.8

/** The variables that expressions and `not` still wait for; null when there are none of these. */
function wantedBySieves(
  { clauses }: Conjunction,
  waiting: readonly number[],
): ReadonlySet<string> | null {
  let out: Set<string> | null = null
  for (const i of waiting) {
    const p = clauses[i] as Prepared
    if (p.kind !== 'expression' && p.kind !== 'not') continue
    out ??= new Set()
    for (const v of p.kind === 'not' ? p.variables : p.needs) out.add(v)
  }
  return out
}

function helps(p: Prepared, wanted: ReadonlySet<string>, relations: readonly Relation[]): boolean {
  return p.kind === 'db' && p.variables.some((v) => wanted.has(v) && holder(relations, v) < 0)
}

/** What a clause is worth after which few entities are left for others to be asked about. */
const narrowShare = 0.9

/** Does the pattern refer to few entities that other clauses want to know of? */
function narrows(
  p: Prepared,
  { clauses }: Conjunction,
  waiting: readonly number[],
  relations: readonly Relation[],
): boolean {
  if (p.kind !== 'db' || p.v.kind !== 'variable' || waiting.length < 2) return false
  const { name } = p.v
  if (holder(relations, name) >= 0 || !refersToFew(p)) return false
  return waiting.some((i) => {
    const other = clauses[i] as Prepared
    return other !== p && preparedVariables(other).includes(name)
  })
}

/** About how many rows there are after the clause; Infinity when it cannot run yet, negative when it should at once. */
export function expected(p: Prepared, relations: readonly Relation[], context: Context): number {
  const has: Bound = (v) => holder(relations, v) >= 0
  switch (p.kind) {
    case 'db':
    case 'rows':
      return canRun(p, has) ? estimate(p, relations) : never
    case 'expression': {
      if (!p.needs.every(has)) return never
      const n = rowsOf(p.needs, relations)
      const single = new Set(p.needs.map((v) => holder(relations, v))).size <= 1
      if (p.clause.binding === null) return single ? -1 : n
      if (single && p.gives.length > 0 && p.gives.every(has)) return Math.min(n, 1)
      const kind = p.clause.binding.kind
      return kind === 'scalar' || kind === 'tuple' ? n : n * 4
    }
    case 'not':
      return p.variables.every(has) ? rowsOf(p.variables, relations) : never
    case 'or':
      return expectedOr(p, relations, has, context)
    case 'call': {
      if (!callIsRunnable(p, has, context)) return never
      const names = p.args.flatMap((a) => (a.kind === 'variable' && has(a.name) ? [a.name] : []))
      const anchored = names.length > 0 || p.args.some((a) => a.kind === 'constant')
      return anchored ? rowsOf(names, relations) * callFan : freeCall
    }
  }
}

/** What the choice goes by: rows, and of patterns what has to be looked at to make them. */
function score(p: Prepared, relations: readonly Relation[], context: Context): number {
  if (p.kind !== 'db') return expected(p, relations, context)
  const has: Bound = (v) => holder(relations, v) >= 0
  if (!canRun(p, has)) return never
  return isOpen(p, has) ? lastResort : costOf(p, relations)
}

/**
 * What a pattern costs of which nothing but the value is known: of that only references can be found, so whatever can bind its entity or
 * attribute runs before it, wherever it was written.
 */
const lastResort = 1e300

const isOpen = (p: DbPattern, has: Bound): boolean =>
  p.attribute === null && p.e.kind === 'variable' && !has(p.e.name) && !isKnown(p.a, has)

const isKnown = (s: Slot, has: Bound): boolean =>
  s.kind === 'constant' || (s.kind === 'variable' && has(s.name))

/** The rows of the relations that have these variables, multiplied. */
function rowsOf(variables: readonly string[], relations: readonly Relation[]): number {
  let n = 1
  for (const i of new Set(variables.map((v) => holder(relations, v)))) {
    if (i >= 0) n *= (relations[i] as Relation).n
  }
  return n
}

function expectedOr(
  p: Extract<Prepared, { kind: 'or' }>,
  relations: readonly Relation[],
  has: Bound,
  context: Context,
): number {
  if (!p.required.every(has)) return never
  const bound = new Set(relations.flatMap((r) => r.variables))
  if (!runnable(p, bound, context)) return never
  let sum = 0
  for (const branch of p.branches) {
    let least = Infinity
    for (const c of branch.clauses) {
      const n = c.kind === 'expression' ? never : score(c, relations, context)
      if (n < least) least = n
    }
    sum += least === Infinity ? rowsOf(p.variables.filter(has), relations) : least
  }
  return sum
}
