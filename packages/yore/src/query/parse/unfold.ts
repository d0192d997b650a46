/**
 * Rules and groups that can be written out: calls of rules that are not recursive, replaced by the rules' bodies.
 *
 * (1) It depends on the clauses and the rules alone, so it is done once for both and kept with them: variables get names that no
 *     other unfolding has.
 * (2) No more than so many calls in one run are replaced; the others are evaluated as those of recursive rules.
 */

import type { Value } from '../../data/values.ts'
import type { Context, Env } from '../context.ts'
import { checkArity, freshSuffix, isRecursive, renameClause, renaming } from './rules.ts'
import type { CallClause, Clause, OrClause, RuleSet } from './syntax.ts'

const unfoldMax = 500

export interface Located {
  readonly clause: Clause
  /** The source of clauses without one. */
  readonly source: string
}

/** Clauses written out, and the constants that stand for arguments of calls. */
interface Unfolding {
  readonly flat: Located[]
  readonly constants: { readonly name: string; readonly value: Value; readonly loose: boolean }[]
  calls: number
}

interface Run {
  readonly rules: RuleSet
  readonly out: Unfolding
  /** How many calls may still be replaced. */
  left: number
}

type BySource = Map<string, Unfolding>
const known = new WeakMap<readonly Clause[], WeakMap<RuleSet, BySource>>()

/** How often clauses have been written out: what is kept is not done again. */
export const unfoldings = { made: 0 }

/** The clauses with calls of plain rules replaced; arguments that are constants are put into `env`. */
export function unfolded(
  clauses: readonly Clause[],
  source: string,
  env: Env,
  context: Context,
): readonly Located[] {
  const kept = keptFor(clauses, context.rules)
  let u = kept.get(source)
  if (u === undefined || context.unfolded + u.calls > unfoldMax) {
    const left = unfoldMax - context.unfolded
    const run: Run = { rules: context.rules, out: { flat: [], constants: [], calls: 0 }, left }
    for (const clause of clauses) unfold({ clause, source }, run)
    unfoldings.made++
    u = run.out
    if (run.left > 0) kept.set(source, u)
  }
  context.unfolded += u.calls
  for (const { name, value, loose } of u.constants) {
    env.set(name, value)
    if (loose) context.loose.add(name)
  }
  return u.flat
}

function keptFor(clauses: readonly Clause[], rules: RuleSet): BySource {
  let byRules = known.get(clauses)
  if (byRules === undefined) known.set(clauses, (byRules = new WeakMap()))
  let bySource = byRules.get(rules)
  if (bySource === undefined) byRules.set(rules, (bySource = new Map()))
  return bySource
}

function unfold({ clause, source }: Located, run: Run): void {
  const { out, rules } = run
  if (clause.kind === 'or' && clause.branches.length === 1 && clause.required.length === 0) {
    for (const c of clause.branches[0] ?? []) {
      unfold({ clause: c, source: clause.source ?? source }, run)
    }
    return
  }
  const [first] = (clause.kind === 'call' ? rules.get(clause.name) : undefined) ?? []
  if (clause.kind !== 'call' || first === undefined) {
    out.flat.push({ clause, source })
    return
  }
  checkArity(clause, first)
  if (isRecursive(rules, clause.name) || run.left <= 0) {
    out.flat.push({ clause, source })
    return
  }
  run.left--
  out.calls++
  unfold({ clause: asGroup(clause, run), source: clause.source ?? source }, run)
}

/** A call as the alternatives it stands for. */
function asGroup(clause: CallClause, { rules: all, out }: Run): OrClause {
  const rules = all.get(clause.name) ?? []
  const args = clause.args.slice(0, rules[0]?.parameters.length ?? 0).map((a): string => {
    if (a.kind === 'variable') return a.name
    const name = `?_${freshSuffix()}`
    if (a.kind === 'constant') {
      out.constants.push({ name, value: a.value, loose: clause.pattern.loose })
    }
    return name
  })
  const branches = rules.map((rule) => {
    const to = renaming(
      new Map(rule.parameters.map((v, i) => [v, args[i] as string])),
      freshSuffix(),
    )
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
