/**
 * Rules as a program: which are recursive, and a rule's body with the arguments of a call in place of its parameters.
 *
 * (1) Each use of a body has variables of its own, and keeps them for as long as its clauses are kept.
 */

import { raise } from '../../base/errors.ts'
import { show } from './form.ts'
import type {
  Argument,
  Binding,
  CallClause,
  Clause,
  OrClause,
  Rule,
  RuleSet,
  Term,
} from './syntax.ts'

/** The names of the rules that a clause calls. */
function calledBy(clause: Clause, rules: RuleSet, out: Set<string>): void {
  if (clause.kind === 'call') {
    if (rules.has(clause.name)) out.add(clause.name)
  } else if (clause.kind === 'not') {
    for (const c of clause.clauses) calledBy(c, rules, out)
  } else if (clause.kind === 'or') {
    for (const branch of clause.branches) for (const c of branch) calledBy(c, rules, out)
  }
}

const reachable = new WeakMap<RuleSet, ReadonlyMap<string, ReadonlySet<string>>>()

/** For each rule all rules that it calls, directly or not; a recursive one is among its own. */
export function callsOf(rules: RuleSet): ReadonlyMap<string, ReadonlySet<string>> {
  const known = reachable.get(rules)
  if (known !== undefined) return known
  const direct = new Map<string, Set<string>>()
  for (const [name, definitions] of rules) {
    const out = new Set<string>()
    for (const rule of definitions) for (const c of rule.body) calledBy(c, rules, out)
    direct.set(name, out)
  }
  const all = new Map<string, Set<string>>()
  for (const name of rules.keys()) {
    const seen = new Set<string>()
    const queue = [...(direct.get(name) ?? [])]
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      queue.push(...(direct.get(next) ?? []))
    }
    all.set(name, seen)
  }
  reachable.set(rules, all)
  return all
}

export function isRecursive(rules: RuleSet, name: string): boolean {
  return callsOf(rules).get(name)?.has(name) === true
}

/** Do two rules call each other? */
export function sameComponent(rules: RuleSet, a: string, b: string): boolean {
  const calls = callsOf(rules)
  return (calls.get(a)?.has(b) === true && calls.get(b)?.has(a) === true) || a === b
}

/** Does the clause, or one within it, call a rule of the component of `name`? */
function leadsBack(clause: Clause, rules: RuleSet, name: string): boolean {
  const called = new Set<string>()
  calledBy(clause, rules, called)
  for (const other of called)
    if (isRecursive(rules, other) && sameComponent(rules, name, other)) return true
  return false
}

/**
 * Rules in which recursive calls stand only at the top of bodies: a recursive `or` becomes a rule of its own. Negation of what is
 * being defined is refused.
 */
export function normalized(given: ReadonlyMap<string, readonly Rule[]>): RuleSet {
  const out = new Map<string, Rule[]>()
  const work: Rule[] = [...given.values()].flat()
  let made = 0
  for (let rule = work.shift(); rule !== undefined; rule = work.shift()) {
    const { name } = rule
    const origin = name.split(' ')[0] as string
    const body = rule.body.map((clause): Clause => {
      if (!isRecursive(given, origin) || !leadsBack(clause, given, origin)) return clause
      if (clause.kind === 'not') {
        return raise(
          ':yore/invalid-rules',
          `the rule ${origin} is defined by what it is not: ${show(clause.form)}`,
          { rule: origin, clause: show(clause.form) },
        )
      }
      return clause.kind === 'or' ? lifted(clause, `${origin} ${++made}`, work) : clause
    })
    const known = out.get(name)
    if (known === undefined) out.set(name, [{ ...rule, body }])
    else known.push({ ...rule, body })
  }
  return out
}

/** An `or` as a call of a rule with its branches, which is added to `work`. */
function lifted(clause: OrClause, name: string, work: Rule[]): CallClause {
  const parameters = [...new Set([...clause.required, ...clause.variables])]
  for (const body of clause.branches) {
    work.push({ name, parameters, required: new Set(clause.required).size, body })
  }
  const args = parameters.map((v): Term => ({ kind: 'variable', name: v }))
  const { source, form } = clause
  const pattern = { kind: 'pattern', source, terms: args, form, loose: false } as const
  return { kind: 'call', source, name, args, form, pattern }
}

/** Refuses a call with another number of arguments than the rule has parameters. */
export function checkArity(call: CallClause, rule: Rule): void {
  if (call.args.length !== rule.parameters.length) {
    raise(
      ':yore/invalid-rules',
      `the rule ${rule.name} takes ${rule.parameters.length} arguments: ${show(call.form)}`,
      { rule: rule.name, clause: show(call.form) },
    )
  }
}

/** Gives variables other names. */
export type Renaming = (variable: string) => string

let used = 0

/** What no other variable's name ends with. */
export function freshSuffix(): string {
  return `!${++used}`
}

/** A renaming that maps some variables as told and all others to fresh names. */
export function renaming(known: ReadonlyMap<string, string>, suffix: string): Renaming {
  return (v) => known.get(v) ?? `${v}${suffix}`
}

export function renameClause(c: Clause, to: Renaming): Clause {
  switch (c.kind) {
    case 'pattern':
      return { ...c, terms: c.terms.map((t) => renameTerm(t, to)) }
    case 'call':
      return {
        ...c,
        args: c.args.map((t) => renameTerm(t, to)),
        pattern: { ...c.pattern, terms: c.pattern.terms.map((t) => renameTerm(t, to)) },
      }
    case 'expression':
      return {
        ...c,
        args: c.args.map((a) => renameArgument(a, to)),
        binding: c.binding === null ? null : renameBinding(c.binding, to),
      }
    case 'not':
      return {
        ...c,
        variables: c.variables.map(to),
        clauses: c.clauses.map((x) => renameClause(x, to)),
      }
    case 'or':
      return {
        ...c,
        variables: c.variables.map(to),
        required: c.required.map(to),
        branches: c.branches.map((b) => b.map((x) => renameClause(x, to))),
      }
  }
}

const renameTerm = (t: Term, to: Renaming): Term =>
  t.kind === 'variable' ? { kind: 'variable', name: to(t.name) } : t

const renameArgument = (a: Argument, to: Renaming): Argument =>
  a.kind === 'variable' ? { kind: 'variable', name: to(a.name) } : a

function renameBinding(b: Binding, to: Renaming): Binding {
  const map = (v: string | null): string | null => (v === null ? null : to(v))
  return b.kind === 'scalar' || b.kind === 'collection'
    ? { kind: b.kind, variable: map(b.variable) }
    : { kind: b.kind, variables: b.variables.map(map) }
}
