/**
 * Clauses from forms: patterns, expressions, not, or, rule calls, and the binding forms.
 *
 * (1) A list may stand for a vector everywhere and the reverse (QR grammar note).
 * (2) Variables that an `or-join`, `not-join` or rule body does not share are renamed here, to names no query can write.
 * (3) Nesting is bounded.
 */

import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import type { Reader } from './form.ts'
import { show } from './form.ts'
import { clauseVariables } from './syntax.ts'
import type { Argument, Binding, Clause, ExpressionClause, OrClause, Term } from './syntax.ts'

const depthMax = 60

const invalid = (form: unknown, why: string): never =>
  raise(':yore/invalid-query', `${why}: ${show(form)}`, { clause: show(form) })

/** What names mean where the parser stands: shared variables keep theirs, private ones have another. */
export interface Scope {
  readonly reader: Reader
  readonly depth: number
  /** The name of a variable here. */
  readonly nameOf: (variable: string) => string
  /** A number that no other scope of this query has. */
  readonly fresh: () => number
}

/** The outermost scope of a query. */
export function topScope(reader: Reader): Scope {
  let n = 0
  return { reader, depth: 0, nameOf: (v) => v, fresh: () => ++n }
}

/** A scope in which only `shared` means what it means outside. */
export function innerScope(scope: Scope, shared: readonly string[]): Scope {
  const keep = new Set(shared)
  const n = scope.fresh()
  return {
    ...scope,
    depth: scope.depth + 1,
    nameOf: (v) => (keep.has(v) ? scope.nameOf(v) : `${v}~${n}`),
  }
}

/** Clauses of a `:where`, a branch or a rule body. */
export function parseClauses(forms: readonly Value[], scope: Scope): Clause[] {
  return forms.map((form) => parseClause(form, scope))
}

export function parseClause(form: Value, scope: Scope): Clause {
  if (scope.depth > depthMax) invalid(form, 'clauses are nested too deeply')
  const { reader } = scope
  const items = reader.list(form) ?? invalid(form, 'a clause is a list')
  const source = reader.source(items[0])
  const rest = source === null ? items : items.slice(1)
  const first = rest[0]
  if (reader.list(first) !== null && source === null) return parseExpression(items, form, scope)
  if (reader.variable(first) === null && !reader.is(first, '_')) {
    switch (reader.nameText(first)) {
      case 'not':
        return parseNot(rest.slice(1), null, source, form, scope)
      case 'not-join':
        return parseNot(rest.slice(2), variableList(rest[1], form, reader), source, form, scope)
      case 'or':
        return parseOr(rest.slice(1), source, form, scope)
      case 'or-join':
        return parseOrJoin(rest.slice(1), source, form, scope)
      case 'and':
        return invalid(form, 'and stands only inside or and or-join')
      default:
    }
  }
  return parsePattern(rest, source, form, scope)
}

function parseTerm(x: Value, form: Value, scope: Scope): Term {
  const { reader } = scope
  if (x === null || x === undefined) {
    raise(':db.error/invalid-clause', `nil cannot stand in a clause: ${show(form)}`, {
      clause: show(form),
    })
  }
  const variable = reader.variable(x)
  if (variable !== null) return { kind: 'variable', name: scope.nameOf(variable) }
  if (reader.is(x, '_')) return { kind: 'blank' }
  return { kind: 'constant', value: reader.constant(x) }
}

function parsePattern(
  items: readonly Value[],
  source: string | null,
  form: Value,
  scope: Scope,
): Clause {
  const { reader } = scope
  const terms = items.map((x) => parseTerm(x, form, scope))
  const pattern = { kind: 'pattern', source, terms, form, loose: reader.js } as const
  const name = terms[0]?.kind === 'constant' ? reader.nameText(items[0]) : null
  if (name === null) return pattern
  return { kind: 'call', source, name, args: terms.slice(1), form, pattern }
}

function variableList(x: Value | undefined, form: Value, reader: Reader): string[] {
  const items = reader.list(x) ?? invalid(form, 'the variables to join are a list')
  return items.map((v) => reader.variable(v) ?? invalid(form, `${show(v)} is no variable`))
}

function distinctVariables(clauses: readonly Clause[]): string[] {
  return [...new Set(clauses.flatMap((c) => clauseVariables(c)))]
}

function parseNot(
  body: readonly Value[],
  shared: readonly string[] | null,
  source: string | null,
  form: Value,
  scope: Scope,
): Clause {
  if (body.length === 0) invalid(form, 'not needs at least one clause')
  if (shared === null) {
    const clauses = parseClauses(body, { ...scope, depth: scope.depth + 1 })
    return { kind: 'not', source, variables: distinctVariables(clauses), clauses, form }
  }
  const clauses = parseClauses(body, innerScope(scope, shared))
  return { kind: 'not', source, variables: shared.map(scope.nameOf), clauses, form }
}

function parseBranch(form: Value, scope: Scope): Clause[] {
  const items = scope.reader.list(form) ?? invalid(form, 'a clause is a list')
  return scope.reader.nameText(items[0]) === 'and'
    ? parseClauses(items.slice(1), { ...scope, depth: scope.depth + 1 })
    : [parseClause(form, { ...scope, depth: scope.depth + 1 })]
}

function parseOr(
  body: readonly Value[],
  source: string | null,
  form: Value,
  scope: Scope,
): OrClause {
  if (body.length === 0) invalid(form, 'or needs at least one branch')
  const branches = body.map((x) => parseBranch(x, scope))
  const variables = distinctVariables(branches[0] ?? [])
  for (const branch of branches) {
    const own = distinctVariables(branch)
    if (own.length !== variables.length || own.some((v) => !variables.includes(v))) {
      invalid(
        form,
        'every branch of or must use the same variables (or-join names the shared ones)',
      )
    }
  }
  return { kind: 'or', source, variables, required: [], branches, form }
}

function parseOrJoin(
  rest: readonly Value[],
  source: string | null,
  form: Value,
  scope: Scope,
): OrClause {
  const { reader } = scope
  const [required, others] = ruleVariables(rest[0], form, reader)
  const shared = [...required, ...others]
  if (shared.length === 0) {
    raise(':db.error/or-binding-empty', `or-join names no variables: ${show(form)}`, {
      clause: show(form),
    })
  }
  if (rest.length < 2) invalid(form, 'or-join needs at least one branch')
  const branches = rest.slice(1).map((x) => parseBranch(x, innerScope(scope, shared)))
  return {
    kind: 'or',
    source,
    variables: [...new Set(shared.map(scope.nameOf))],
    required: required.map(scope.nameOf),
    branches,
    form,
  }
}

/** `[?a ?b]` or `[[?required ...] ?b]`, as or-join and rule heads have it. */
export function ruleVariables(
  x: Value | undefined,
  form: Value,
  reader: Reader,
): [required: string[], others: string[]] {
  const items = reader.list(x) ?? invalid(form, 'the variables to join are a list')
  const bracketed = reader.list(items[0]) !== null
  const required = bracketed ? variableList(items[0], form, reader) : []
  return [required, variableList(items.slice(bracketed ? 1 : 0), form, reader)]
}

function parseExpression(items: readonly Value[], form: Value, scope: Scope): ExpressionClause {
  const { reader } = scope
  const call = reader.list(items[0]) as readonly Value[]
  const name = reader.keywordText(call[0]) ?? reader.nameText(call[0])
  if (name === null || reader.variable(call[0]) !== null || reader.is(call[0], '_')) {
    return invalid(form, 'an expression begins with the name of a function')
  }
  // [[:p/name "Ann"] :p/age ?a], a lookup ref where only an expression can stand, fails here
  const binding = items.length > 1 ? parseBinding(items[1] as Value, scope) : null
  if (items.length > 2) invalid(form, 'nothing may follow the binding of an expression')
  const args = call.slice(1).map((x) => parseArgument(x, form, scope))
  if (name === 'ground' && args.some((a) => a.kind === 'variable')) {
    invalid(form, 'ground takes a constant, not a variable')
  }
  return { kind: 'expression', source: null, name, args, binding, form, loose: reader.js }
}

function parseArgument(x: Value, form: Value, scope: Scope): Argument {
  const { reader } = scope
  const variable = reader.variable(x)
  if (variable !== null) return { kind: 'variable', name: scope.nameOf(variable) }
  const source = reader.source(x)
  if (source !== null) return { kind: 'source', name: source }
  const text = reader.symbolText(x)
  if (text !== null) return { kind: 'function', name: text }
  const items = reader.list(x)
  if (items !== null && reader.is(items[0], 'quote')) {
    return { kind: 'constant', value: reader.constant(items[1] ?? null) }
  }
  if (!reader.js && items !== null && mentionsSymbol(items, reader, 0)) {
    invalid(form, 'calls do not nest, and a list of symbols as an argument must be quoted')
  }
  return { kind: 'constant', value: reader.constant(x) }
}

function mentionsSymbol(items: readonly Value[], reader: Reader, depth: number): boolean {
  return (
    depth < depthMax &&
    items.some((x) => {
      const inner = reader.list(x)
      return inner === null
        ? reader.symbolText(x) !== null
        : mentionsSymbol(inner, reader, depth + 1)
    })
  )
}

/** A binding form: `?x`, `_`, `[?x ...]`, `[?x ?y]`, `[[?x ?y]]`. Constants inside are blanks (findings-time section 6). */
export function parseBinding(form: Value, scope: Scope): Binding {
  const { reader } = scope
  const bad = (): never =>
    raise(':db.error/not-a-binding-form', `${show(form)} is no binding form`, {
      form: show(form),
    })
  const variable = reader.variable(form)
  if (variable !== null) return { kind: 'scalar', variable: scope.nameOf(variable) }
  if (reader.is(form, '_')) return { kind: 'scalar', variable: null }
  const items = reader.list(form) ?? bad()
  const slots = (xs: readonly Value[]): (string | null)[] =>
    xs.map((x) => {
      if (reader.list(x) !== null) return bad()
      const v = reader.variable(x)
      return v === null ? null : scope.nameOf(v)
    })
  const many = items.length === 2 && reader.is(items[1], '...')
  const inner = reader.list(items[0])
  if (inner !== null && (items.length === 1 || many)) {
    return { kind: 'relation', variables: slots(inner) }
  }
  if (items.some((x) => reader.is(x, '...')) && !many) bad()
  return many
    ? { kind: 'collection', variable: slots(items.slice(0, 1))[0] ?? null }
    : { kind: 'tuple', variables: slots(items) }
}
