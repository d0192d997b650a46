/**
 * Which recursive rules are transitive closures, and of what: `closure.ts` runs these.
 *
 * (1) Found once for a set of rules, by the text of their clauses alone.
 */

import { show } from '../parse/form.ts'
import { freshSuffix, isRecursive, renameClause, renaming } from '../parse/rules.ts'
import type { Clause, Rule, RuleSet } from '../parse/syntax.ts'
import { clauseVariables } from '../parse/syntax.ts'
import type { Value } from '../../data/values.ts'

/** Clauses between two variables. */
export interface Step {
  readonly from: string
  readonly to: string
  readonly clauses: readonly Clause[]
}

/** A rule that is a closure. */
export interface Shape {
  /** S comes first, then B (`S(x,z) p(z,y)`); else B first. */
  readonly stepsFirst: boolean
  readonly bases: readonly Step[]
  readonly steps: readonly Step[]
  /** B and S are the same clauses, so that their edges need be found only once. */
  readonly isOne: boolean
}

const shapes = new WeakMap<RuleSet, Map<string, Shape | null>>()

/** The closure that a rule is, or null. */
export function closureOf(rules: RuleSet, name: string): Shape | null {
  let known = shapes.get(rules)
  if (known === undefined) shapes.set(rules, (known = new Map()))
  let shape = known.get(name)
  if (shape === undefined) known.set(name, (shape = findShape(rules, name)))
  return shape
}

function findShape(rules: RuleSet, name: string): Shape | null {
  const bases: Step[] = []
  const steps: Step[] = []
  const firsts = new Set<boolean>()
  for (const rule of rules.get(name) ?? []) {
    const [x, y] = rule.parameters
    if (rule.parameters.length !== 2 || x === undefined || y === undefined) return null
    const calls = rule.body.filter((c) => c.kind === 'call' && c.name === name)
    const others = rule.body.filter((c) => !calls.includes(c))
    if (others.some((c) => mentions(c, rules, name))) return null
    if (calls.length === 0) bases.push({ from: x, to: y, clauses: others })
    else if (calls.length > 1) return null
    else {
      const step = stepOf(rule, calls[0] as Clause, others)
      if (step === null) return null
      firsts.add(step.stepsFirst)
      steps.push(step.step)
    }
  }
  const [stepsFirst] = firsts
  if (firsts.size !== 1 || stepsFirst === undefined || bases.length === 0) return null
  const isOne = textOfAll(bases) === textOfAll(steps)
  return { stepsFirst, bases: bases.map(renamed), steps: steps.map(renamed), isOne }
}

/** Steps as text in which variables are numbered, so that those that say the same are equal. */
function textOfAll(steps: readonly Step[]): string {
  return steps.map(textOf).sort().join('\n')
}

function textOf({ from, to, clauses }: Step): string {
  const names = new Map([
    [from, '?from'],
    [to, '?to'],
  ])
  const numbered = (v: string): string => {
    let name = names.get(v)
    if (name === undefined) names.set(v, (name = `?${names.size}`))
    return name
  }
  const forms = clauses.map((c) => renameClause(c, numbered))
  return JSON.stringify(forms, (key, x: unknown) => (key === 'form' ? undefined : plain(x)))
}

// Values that JSON would not tell apart: by their own text, which is no string beside others.
function plain(x: unknown): unknown {
  if (typeof x === 'number') return Number.isFinite(x) && !Object.is(x, -0) ? x : [show(x)]
  if (typeof x === 'bigint') return [show(x)]
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return x
  const kind = Object.getPrototypeOf(x) as object | null
  return kind === Object.prototype ? x : [show(x as Value)]
}

/** The step with variables that no caller has. */
function renamed({ from, to, clauses }: Step): Step {
  const name = renaming(new Map(), freshSuffix())
  return { from: name(from), to: name(to), clauses: clauses.map((c) => renameClause(c, name)) }
}

/** Does the clause lead back to the rule? */
function mentions(c: Clause, rules: RuleSet, name: string): boolean {
  switch (c.kind) {
    case 'call':
      if (c.name === name) return true
      return rules.has(c.name) && isRecursive(rules, c.name) && reaches(rules, c.name, name)
    case 'not':
      return c.clauses.some((x) => mentions(x, rules, name))
    case 'or':
      return c.branches.some((b) => b.some((x) => mentions(x, rules, name)))
    default:
      return false
  }
}

function reaches(rules: RuleSet, from: string, to: string): boolean {
  return (rules.get(from) ?? []).some((rule) =>
    rule.body.some((c) => c.kind === 'call' && c.name === to),
  )
}

function stepOf(
  rule: Rule,
  call: Clause,
  others: readonly Clause[],
): { step: Step; stepsFirst: boolean } | null {
  if (call.kind !== 'call' || call.args.length < 2 || call.source !== null) return null
  const [x, y] = rule.parameters as [string, string]
  const [a, b] = call.args
  if (a?.kind !== 'variable' || b?.kind !== 'variable') return null
  const used = new Set(others.flatMap((c) => clauseVariables(c)))
  const middle = a.name === x ? b.name : a.name
  if (middle === x || middle === y || !used.has(middle)) return null
  if (b.name === y && a.name === middle && used.has(x) && !used.has(y)) {
    return { step: { from: x, to: middle, clauses: others }, stepsFirst: true }
  }
  if (a.name === x && b.name === middle && used.has(y) && !used.has(x)) {
    return { step: { from: middle, to: y, clauses: others }, stepsFirst: false }
  }
  return null
}
