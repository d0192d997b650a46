/**
 * From parsed clauses to prepared ones, at the start of a run (and once for each recursive rule).
 *
 * (1) Calls of rules that are not recursive are replaced by the rules' bodies (unfold.ts), so that the planner sees into them.
 * (2) Functions of constants are run here; their scalar results are constants of the clauses that follow.
 * (3) All errors that do not depend on rows are raised here.
 */

import { raise } from '../../base/errors.ts'
import { equalValues } from '../../data/equal.ts'
import type { Value } from '../../data/values.ts'
import { placesOf, slotsOf, takeTuple } from './bindings.ts'
import type { Context, Env } from '../context.ts'
import { prepareExpression } from './expression.ts'
import type { PreparedExpression } from './expression.ts'
import { nearestWord, show } from '../parse/form.ts'
import { narrow, preparePattern } from './pattern.ts'
import type { DbPattern, Pattern } from './pattern.ts'
import type { CallArgument, Conjunction, Prepared } from './prepared.ts'
import { unfolded } from '../parse/unfold.ts'
import type { Located } from '../parse/unfold.ts'
import type { CallClause, Clause, PatternClause } from '../parse/syntax.ts'
import { bindingVariables } from '../parse/syntax.ts'

/** Clauses that hold together, ready to run. `env` is copied. */
export function prepare(
  clauses: readonly Clause[],
  source: string,
  outer: Env,
  context: Context,
): Conjunction {
  const env: Env = new Map(outer)
  const flat = unfolded(clauses, source, env, context)
  const { rest, impossible } = computeConstants(flat, env, context)
  const domains = new Map<string, string>()
  const patterns = rest.map(({ clause, source: from }): Pattern | null => {
    const pattern = asPattern(clause, context)
    if (pattern === null) return null
    const p = preparePattern(pattern, pattern.source ?? from, env, context)
    if (p.kind === 'db') noteDomain(p, domains)
    return p
  })
  const prepared = rest.map(
    ({ clause, source: from }, i): Prepared =>
      patterns[i] ?? prepareOne(clause, from, env, domains, context),
  )
  narrowRanges(prepared)
  return {
    clauses: prepared,
    env,
    impossible,
    after: orderOf(prepared),
    walk: null,
    steps: null,
  }
}

function noteDomain(p: DbPattern, domains: Map<string, string>): void {
  if (p.v.kind === 'variable' && p.attribute !== null && !domains.has(p.v.name)) {
    domains.set(p.v.name, p.attribute.valueType)
  }
}

function prepareOne(
  clause: Clause,
  source: string,
  env: Env,
  domains: ReadonlyMap<string, string>,
  context: Context,
): Prepared {
  switch (clause.kind) {
    case 'expression':
      return prepareExpression(clause, source, env, domains, context)
    case 'not':
      return {
        kind: 'not',
        form: clause.form,
        variables: unknown(clause.variables, env),
        body: prepare(clause.clauses, clause.source ?? source, env, context),
      }
    case 'or':
      return {
        kind: 'or',
        form: clause.form,
        variables: unknown(clause.variables, env),
        required: unknown(clause.required, env),
        branches: clause.branches.map((b) => prepare(b, clause.source ?? source, env, context)),
      }
    case 'call':
      return {
        kind: 'call',
        form: clause.form,
        name: clause.name,
        source: clause.source ?? source,
        args: callArguments(clause, env, context),
      }
    case 'pattern':
      throw new Error('patterns are prepared apart')
  }
}

const unknown = (variables: readonly string[], env: Env): string[] =>
  variables.filter((v) => !env.has(v))

function callArguments(clause: CallClause, env: Env, context: Context): CallArgument[] {
  const parameters = context.rules.get(clause.name)?.[0]?.parameters.length ?? 0
  return clause.args.slice(0, parameters).map((a): CallArgument => {
    if (a.kind !== 'variable') return a
    const value = env.get(a.name)
    return value === undefined ? a : { kind: 'constant', value }
  })
}

/** The pattern that a clause is, or a call that names no rule is taken for. */
function asPattern(clause: Clause, context: Context): PatternClause | null {
  if (clause.kind === 'pattern') return clause
  if (clause.kind !== 'call' || context.rules.has(clause.name)) return null
  const source = context.sources.get(clause.pattern.source ?? '$')
  if (Array.isArray(source)) return clause.pattern
  const near = nearestWord(clause.name, context.rules.keys())
  return raise(
    ':yore/unknown-name',
    `there is no rule ${clause.name}${near === null ? '' : `; did you mean ${near}?`}: ${show(clause.form)}`,
    { rule: clause.name, clause: show(clause.form) },
  )
}

// ---- constants ----

/** Runs what depends on constants alone, as long as it gives new ones. */
function computeConstants(
  flat: readonly Located[],
  env: Env,
  context: Context,
): { rest: readonly Located[]; impossible: boolean } {
  let rest = flat
  for (let again = flat.some((x) => x.clause.kind === 'expression'); again;) {
    again = false
    const next: Located[] = []
    for (const item of rest) {
      const holds = item.clause.kind === 'expression' ? compute(item, env, context) : null
      if (holds === null) next.push(item)
      else if (holds) again = true
      else return { rest: without(rest, item, env), impossible: true }
    }
    rest = next
  }
  return { rest, impossible: false }
}

/** The clauses but for one that does not hold: what it would have bound counts as bound, as nothing will run. */
function without(rest: readonly Located[], item: Located, env: Env): Located[] {
  const { clause } = item
  if (clause.kind === 'expression' && clause.binding !== null) {
    for (const v of bindingVariables(clause.binding)) if (!env.has(v)) env.set(v, null)
  }
  return rest.filter((x) => x !== item)
}

/** Whether a constant expression holds (and then its results are in `env`); null if it is none. */
function compute(item: Located, env: Env, context: Context): boolean | null {
  const { clause } = item
  if (clause.kind !== 'expression') return null
  if (clause.args.some((a) => a.kind === 'variable' && !env.has(a.name))) return null
  const { binding } = clause
  if (binding !== null && binding.kind !== 'scalar' && binding.kind !== 'tuple') return null
  const p = prepareExpression(clause, item.source, env, new Map(), context)
  const args = p.args.map((a) => (a as { value: Value }).value)
  const result = context.trace === null ? p.call(args) : context.trace.constant(p, args)
  context.guard.tick(64)
  if (binding === null) return result !== null && result !== false
  if (result === null) return false
  const places = placesOf(slotsOf(binding), () => true)
  const values = binding.kind === 'scalar' ? [result] : takeTuple(result, places)
  if (values === null) return false
  return places.variables.every((v, i) => {
    const value = values[i] as Value
    const known = env.get(v)
    if (known !== undefined) return equalValues(known, value)
    env.set(v, value)
    return true
  })
}

// ---- what the order of clauses can mean ----

const comparisons: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '='])
const flips: Readonly<Record<string, string>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
}

/** Comparisons of a pattern's value with a constant become ranges of the index. */
function narrowRanges(prepared: readonly Prepared[]): void {
  for (const p of prepared) {
    if (p.kind !== 'expression' || p.clause.binding !== null || p.args.length !== 2) continue
    if (!comparisons.has(p.clause.name)) continue
    const [x, y] = p.args as [
      PreparedExpression['args'][number],
      PreparedExpression['args'][number],
    ]
    if (x.kind === 'variable' && y.kind === 'constant') {
      narrowAll(prepared, x.name, p.clause.name, y.value, p.loose)
    } else if (x.kind === 'constant' && y.kind === 'variable') {
      narrowAll(prepared, y.name, flips[p.clause.name] as string, x.value, p.loose)
    }
  }
}

function narrowAll(
  prepared: readonly Prepared[],
  variable: string,
  operator: string,
  value: Value,
  loose: boolean,
): void {
  for (const p of prepared) {
    if (p.kind !== 'db' || p.v.kind !== 'variable' || p.v.name !== variable) continue
    // a program's number is rounded to a float before it is compared
    if (loose && p.attribute?.valueType === 'float') continue
    if (operator === '=') {
      narrow(p, '>=', value)
      narrow(p, '<=', value)
    } else narrow(p, operator, value)
  }
}

/**
 * A variable that one clause takes as an entity and another as a keyword or text: which runs first shows in the answer (a keyword
 * found first is resolved as an ident, an id found first is no keyword), so such clauses keep their order (QR-21, QR-22).
 */
function orderOf(prepared: readonly Prepared[]): readonly (readonly number[])[] {
  if (!mayDisagree(prepared)) return noOrder(prepared.length)
  const taken = prepared.map((p) => kindsOf(p))
  return taken.map((own, j) => {
    const out: number[] = []
    for (let i = 0; i < j; i++) {
      if (disagree(own, taken[i] as ReadonlyMap<string, string>)) out.push(i)
    }
    return out
  })
}

/** Is there anything for an order to decide? The full comparison is quadratic, and nearly always for nothing. */
function mayDisagree(prepared: readonly Prepared[]): boolean {
  const entities = new Set<string>()
  const others = new Set<string>()
  for (const p of prepared) {
    if (p.kind === 'rows') return true
    if (p.kind !== 'db') continue
    if (p.e.kind === 'variable') entities.add(p.e.name)
    if (p.v.kind !== 'variable' || p.attribute === null) continue
    const type = p.attribute.valueType
    if (type === 'ref') entities.add(p.v.name)
    else if (type === 'keyword' || type === 'string') {
      // a keyword beside a string is told apart below
      if (others.has(p.v.name)) return true
      others.add(p.v.name)
    }
  }
  for (const v of others) if (entities.has(v)) return true
  return false
}

const noOne: readonly number[] = []
const noOrders: (readonly (readonly number[])[])[] = []

/** So many times no clause before, made once. */
function noOrder(n: number): readonly (readonly number[])[] {
  return (noOrders[n] ??= Array.from({ length: n }, () => noOne))
}

function disagree(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  for (const [v, kind] of a) {
    const other = b.get(v)
    if (other !== undefined && other !== kind && (isName(kind) || isName(other))) return true
  }
  return false
}

const isName = (kind: string): boolean => kind === 'entity' || kind === 'keyword'

function kindsOf(p: Prepared): ReadonlyMap<string, string> {
  const out = new Map<string, string>()
  if (p.kind === 'rows') {
    p.slots.forEach((s, i) => {
      const numbers = p.rows.every((row) => typeof row[i] === 'number')
      if (s.kind === 'variable') out.set(s.name, numbers ? 'entity' : 'rows')
    })
  } else if (p.kind === 'db') {
    if (p.v.kind === 'variable' && p.attribute !== null) {
      const type = p.attribute.valueType
      if (type === 'ref') out.set(p.v.name, 'entity')
      else if (type === 'keyword' || type === 'string') out.set(p.v.name, type)
    }
    if (p.e.kind === 'variable') out.set(p.e.name, 'entity')
  }
  return out
}
