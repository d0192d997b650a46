/**
 * Clauses made ready for one run: sources found, constants resolved, calls of plain rules replaced by their bodies.
 *
 * (1) Made by prepare.ts; read by plan.ts, run.ts and rules-run.ts.
 */

import type { Value } from '../../data/values.ts'
import type { Env } from '../context.ts'
import type { PreparedExpression } from './expression.ts'
import type { Pattern } from './pattern.ts'
import type { Steps } from '../plan/steps.ts'
import type { Walk } from '../routes/run-route.ts'

/** Clauses that all have to hold, with the variables that have one value. */
export interface Conjunction {
  readonly clauses: readonly Prepared[]
  readonly env: Env
  /** Something constant is false: there is no row. */
  readonly impossible: boolean
  /** For each clause those that have to run before it, because they take the value of a variable in another way. */
  readonly after: readonly (readonly number[])[]
  /** How it may begin, look-up by look-up, if nothing is given; of a query's own clauses. */
  readonly walk: Walk | null
  /** In which sequence they were run before; of a query's own clauses. */
  readonly steps: Steps | null
}

export interface PreparedNot {
  readonly kind: 'not'
  readonly form: Value
  /** What has to be bound before (one-valued variables left out). */
  readonly variables: readonly string[]
  readonly body: Conjunction
}

export interface PreparedOr {
  readonly kind: 'or'
  readonly form: Value
  /** What is shared with the surroundings (one-valued variables left out). */
  readonly variables: readonly string[]
  readonly required: readonly string[]
  readonly branches: readonly Conjunction[]
}

export type CallArgument =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'blank' }

/** A call of a recursive rule. */
export interface PreparedCall {
  readonly kind: 'call'
  readonly form: Value
  readonly name: string
  readonly source: string
  readonly args: readonly CallArgument[]
}

export type Prepared = Pattern | PreparedExpression | PreparedNot | PreparedOr | PreparedCall

/** The variables that a clause shares with the others of its conjunction. */
export function preparedVariables(p: Prepared): readonly string[] {
  switch (p.kind) {
    case 'db':
    case 'rows':
    case 'not':
    case 'or':
      return p.variables
    case 'expression':
      return [...p.needs, ...p.gives]
    case 'call':
      return p.args.flatMap((a) => (a.kind === 'variable' ? [a.name] : []))
  }
}

/** The clause as it was written. */
export function formOf(p: Prepared): Value {
  return p.kind === 'db' || p.kind === 'rows' || p.kind === 'expression' ? p.clause.form : p.form
}
