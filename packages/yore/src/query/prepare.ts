/**
 * From parsed clauses to prepared ones, at the start of a run (and once for each recursive rule).
 *
 * (1) Calls of rules that are not recursive are replaced by the rules' bodies, so that the planner sees into them.
 * (2) Functions of constants are run here; their scalar results are constants of the clauses that follow.
 * (3) All errors that do not depend on rows are raised here.
 */

import { raise } from '../base/errors.ts'
import { equalValues } from '../data/equal.ts'
import type { Value } from '../data/values.ts'
import { placesOf, slotsOf, takeTuple } from './bindings.ts'
import type { Context, Env } from './context.ts'
import { prepareExpression } from './expression.ts'
import type { PreparedExpression } from './expression.ts'
import { nearestWord, show } from './form.ts'
import { narrow, preparePattern } from './pattern.ts'
import type { DbPattern, Pattern } from './pattern.ts'
import type { CallArgument, Conjunction, Prepared } from './prepared.ts'
import { checkArity, isRecursive, renameClause, renaming } from './rules.ts'
import type { CallClause, Clause, OrClause, PatternClause } from './syntax.ts'
import { bindingVariables } from './syntax.ts'

/** How many calls of rules are replaced by bodies; beyond that they are evaluated as those of recursive rules. */
const unfoldMax = 500

interface Located {
  readonly clause: Clause
  /** The source of clauses without one. */
  readonly source: string
}

/** Clauses that hold together, ready to run. `env` is copied. */
export function prepare(
  clauses: readonly Clause[],
  source: string,
  outer: Env,
  context: Context,
): Conjunction {
  const env: Env = new Map(outer)
  const flat: Located[] = []
  for (const clause of clauses) unfold({ clause, source }, env, context, flat)
  const { rest, impossible } = computeConstants(flat, env, context)
  const patterns = new Map<Clause, Pattern>()
  const domains = new Map<string, string>()
  for (const { clause, source: from } of rest) {
    const pattern = asPattern(clause, context)
    if (pattern === null) continue
    const p = preparePattern(pattern, pattern.source ?? from, env, context)
    patterns.set(clause, p)
    if (p.kind === 'db') noteDomain(p, domains)
  }
  const prepared = rest.map(({ clause, source: from }): Prepared => {
    const p = patterns.get(clause)
    return p ?? prepareOne(clause, from, env, domains, context)
  })
  narrowRanges(prepared)
  return { clauses: prepared, env, impossible, after: orderOf(prepared) }
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

// ---- rules and groups that can be written out ----

function unfold({ clause, source }: Located, env: Env, context: Context, out: Located[]): void {
  if (clause.kind === 'or' && clause.branches.length === 1 && clause.required.length === 0) {
    for (const c of clause.branches[0] ?? []) {
      unfold({ clause: c, source: clause.source ?? source }, env, context, out)
    }
    return
  }
  const rules = clause.kind === 'call' ? context.rules.get(clause.name) : undefined
  const [first] = rules ?? []
  if (clause.kind !== 'call' || rules === undefined || first === undefined) {
    out.push({ clause, source })
    return
  }
  checkArity(clause, first)
  if (isRecursive(context.rules, clause.name) || context.unfolded >= unfoldMax) {
    out.push({ clause, source })
    return
  }
  context.unfolded++
  const group = asGroup(clause, env, context)
  unfold({ clause: group, source: clause.source ?? source }, env, context, out)
}

/** A call as the alternatives it stands for. */
function asGroup(clause: CallClause, env: Env, context: Context): OrClause {
  const rules = context.rules.get(clause.name) ?? []
  const args = clause.args.slice(0, rules[0]?.parameters.length ?? 0).map((a): string => {
    if (a.kind === 'variable') return a.name
    const name = `?_${++context.counter}`
    if (a.kind === 'constant') {
      env.set(name, a.value)
      if (clause.pattern.loose) context.loose.add(name)
    }
    return name
  })
  const branches = rules.map((rule) => {
    const known = new Map(rule.parameters.map((v, i) => [v, args[i] as string]))
    const to = renaming(known, `!${++context.counter}`)
    return rule.body.map((c) => renameClause(c, to))
  })
  const required = args.slice(0, rules[0]?.required ?? 0)
  return {
    kind: 'or',
    source: clause.source,
    variables: [...new Set(args)],
    required,
    branches,
    form: clause.form,
  }
}

// ---- constants ----

/** Runs what depends on constants alone, as long as it gives new ones. */
function computeConstants(
  flat: readonly Located[],
  env: Env,
  context: Context,
): { rest: Located[]; impossible: boolean } {
  let rest = [...flat]
  for (let again = true; again;) {
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
function orderOf(prepared: readonly Prepared[]): number[][] {
  const taken = prepared.map((p) => kindsOf(p))
  const byValue = prepared.map((p) => byValueOnly(p))
  return taken.map((own, j) => {
    const out: number[] = []
    for (let i = 0; i < j; i++) {
      if (disagree(own, taken[i] as ReadonlyMap<string, string>) || shares(byValue, taken, i, j)) {
        out.push(i)
      }
    }
    return out
  })
}

function disagree(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  for (const [v, kind] of a) {
    const other = b.get(v)
    if (other !== undefined && other !== kind && (isName(kind) || isName(other))) return true
  }
  return false
}

/**
 * A pattern of which only a constant value is known asks the index of refs alone, unless a clause before it binds its entity or
 * attribute (findings-query): the variables by which that shows, or null.
 */
function byValueOnly(p: Prepared): readonly string[] | null {
  if (p.kind !== 'db' || p.e.kind === 'constant' || p.a.kind !== 'variable') return null
  if (p.v.kind !== 'constant') return null
  return p.e.kind === 'variable' ? [p.e.name, p.a.name] : [p.a.name]
}

function shares(
  byValue: readonly (readonly string[] | null)[],
  taken: readonly ReadonlyMap<string, string>[],
  i: number,
  j: number,
): boolean {
  const has = (k: number, v: string): boolean => taken[k]?.has(v) === true
  return byValue[i]?.some((v) => has(j, v)) === true || byValue[j]?.some((v) => has(i, v)) === true
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
