/**
 * What a query is after parsing: typed clauses, find elements, bindings. Made by parse*.ts, read by everything after it.
 *
 * (1) A variable is its name, '?x'. Variables private to a `not-join`, `or-join` or rule body have been renamed ('?x~1'), so that one
 *     name means one variable in the whole query.
 * (2) `form` is what the user wrote, for messages; nothing is computed from it.
 * (3) Nothing here depends on inputs: a parsed query is cached and used again.
 */

import type { Value } from '../../data/values.ts'

export type Term =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'blank' }
  | { readonly kind: 'constant'; readonly value: Value }

/** An argument of a function: a term, a source ($x) or the name of a function as a value (`(apply + ?xs)`). */
export type Argument =
  | Term
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }

/** How a value is taken apart; null stands for a blank. */
export type Binding =
  | { readonly kind: 'scalar'; readonly variable: string | null }
  | { readonly kind: 'collection'; readonly variable: string | null }
  | { readonly kind: 'tuple'; readonly variables: readonly (string | null)[] }
  | { readonly kind: 'relation'; readonly variables: readonly (string | null)[] }

export interface PatternClause {
  readonly kind: 'pattern'
  /** The source written in front; null means the source of the surrounding clause, in the end `$`. */
  readonly source: string | null
  readonly terms: readonly Term[]
  readonly form: Value
  /** Constants come from a program's data, where 3 may mean 3.0. */
  readonly loose: boolean
}

/** A rule call; a pattern whose first position is a symbol, when no rule has that name. */
export interface CallClause {
  readonly kind: 'call'
  readonly source: string | null
  readonly name: string
  readonly args: readonly Term[]
  readonly form: Value
  readonly pattern: PatternClause
}

/** A predicate (no binding) or a function. */
export interface ExpressionClause {
  readonly kind: 'expression'
  readonly source: string | null
  readonly name: string
  readonly args: readonly Argument[]
  readonly binding: Binding | null
  readonly form: Value
  /** Its constants come from a program, where 3 may mean 3.0. */
  readonly loose: boolean
}

export interface NotClause {
  readonly kind: 'not'
  readonly source: string | null
  /** All of them have to be bound before. */
  readonly variables: readonly string[]
  readonly clauses: readonly Clause[]
  readonly form: Value
}

export interface OrClause {
  readonly kind: 'or'
  readonly source: string | null
  /** What it shares with its surroundings. */
  readonly variables: readonly string[]
  /** Those of them that have to be bound before. */
  readonly required: readonly string[]
  readonly branches: readonly (readonly Clause[])[]
  readonly form: Value
}

export type Clause = PatternClause | CallClause | ExpressionClause | NotClause | OrClause

export type FindElement =
  | { readonly kind: 'variable'; readonly variable: string }
  | {
      readonly kind: 'aggregate'
      readonly name: string
      readonly constants: readonly Value[]
      readonly variable: string
    }
  | {
      readonly kind: 'pull'
      readonly source: string | null
      readonly variable: string
      readonly pattern:
        | { readonly kind: 'literal'; readonly form: Value }
        | { readonly kind: 'input'; readonly name: string }
    }

export type FindShape = 'relation' | 'collection' | 'tuple' | 'scalar'

export interface ReturnMap {
  readonly kind: 'keys' | 'strs' | 'syms'
  readonly names: readonly string[]
}

/** What rows are ordered by. */
export interface OrderTerm {
  /** The place of an element of `:find`, or the variable of `:with`. */
  readonly by: number | string
  readonly descending: boolean
}

export type Input =
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'rules' }
  | { readonly kind: 'pattern'; readonly name: string }
  | { readonly kind: 'binding'; readonly binding: Binding }

export interface Query {
  readonly shape: FindShape
  readonly find: readonly FindElement[]
  readonly with: readonly string[]
  readonly inputs: readonly Input[]
  readonly where: readonly Clause[]
  readonly returnMap: ReturnMap | null
  /** 0: none. */
  readonly timeoutMs: number
  /** Empty: in no order. */
  readonly orderBy: readonly OrderTerm[]
  /** -1: all rows. */
  readonly limit: number
  readonly offset: number
  /** The variables that the answer is made of, each once. */
  readonly rowVariables: readonly string[]
  /** Variables that something besides one input mentions. */
  readonly used: ReadonlySet<string>
}

export interface Rule {
  readonly name: string
  readonly parameters: readonly string[]
  /** How many of the parameters, from the first, have to be bound before. */
  readonly required: number
  readonly body: readonly Clause[]
}

/** The rules of one name, all with as many parameters. */
export type RuleSet = ReadonlyMap<string, readonly Rule[]>

/** The variables that a binding names, in order. */
export function bindingVariables(binding: Binding): string[] {
  const all =
    binding.kind === 'scalar' || binding.kind === 'collection'
      ? [binding.variable]
      : binding.variables
  return all.filter((v) => v !== null)
}

/** The variables that a clause shares with its surroundings, each once. */
export function clauseVariables(clause: Clause): readonly string[] {
  switch (clause.kind) {
    case 'pattern':
      return variablesOf(clause.terms)
    case 'call':
      return variablesOf(clause.args)
    case 'expression': {
      const out = new Set(variablesOf(clause.args))
      if (clause.binding !== null) for (const v of bindingVariables(clause.binding)) out.add(v)
      return [...out]
    }
    case 'not':
    case 'or':
      return clause.variables
  }
}

/** The variables among terms or arguments, each once. */
export function variablesOf(terms: readonly Argument[]): string[] {
  const out = new Set<string>()
  for (const t of terms) if (t.kind === 'variable') out.add(t.name)
  return [...out]
}
