/** Clauses, queries and find elements as short EDN text, for plans. Names that the engine made are given back as they were written. */

import { printStart } from '../../data/edn/print.ts'
import type { Value } from '../../data/values.ts'
import { preparedVariables } from '../prepare/prepared.ts'
import type { Prepared } from '../prepare/prepared.ts'
import type { Argument, Binding, ExpressionClause, FindElement, Query } from '../parse/syntax.ts'

const textMax = 120

/** '?x' of '?x~1!7': variables that are private to a rule or a group have been renamed. */
const written = (variable: string): string => variable.replace(/[~!].*$/, '')

/** How variables are shown. */
export type Names = (variable: string) => string

/** The names of the variables of clauses that hold together: as they were written, those of rules that are named alike as '?x', '?x.2', ... */
export function namesIn(clauses: readonly Prepared[]): Names {
  const names = new Map<string, string>()
  const times = new Map<string, number>()
  const all = clauses.flatMap(preparedVariables)
  // what the query itself names keeps its name
  for (const v of [...all.filter((x) => x === written(x)), ...all]) {
    if (names.has(v)) continue
    const name = written(v)
    const n = (times.get(name) ?? 0) + 1
    times.set(name, n)
    names.set(v, n === 1 ? name : `${name}.${n}`)
  }
  return (v) => names.get(v) ?? written(v)
}

const constant = (v: Value): string => printStart(v, textMax)

function term(t: Argument, names: Names): string {
  switch (t.kind) {
    case 'variable':
      return t.name.startsWith('?_') ? '_' : names(t.name)
    case 'blank':
      return '_'
    case 'constant':
      return constant(t.value)
    default:
      return t.name
  }
}

function binding(b: Binding, names: Names): string {
  const name = (v: string | null): string => (v === null ? '_' : names(v))
  switch (b.kind) {
    case 'scalar':
      return name(b.variable)
    case 'collection':
      return `[${name(b.variable)} ...]`
    case 'tuple':
      return `[${b.variables.map(name).join(' ')}]`
    case 'relation':
      return `[[${b.variables.map(name).join(' ')}]]`
  }
}

const spaced = (words: readonly (string | null)[]): string =>
  words.filter((w) => w !== null).join(' ')

export function expressionText(c: ExpressionClause, names: Names = written): string {
  const call = `(${spaced([c.name, ...c.args.map((x) => term(x, names))])})`
  return `[${spaced([call, c.binding === null ? null : binding(c.binding, names)])}]`
}

/** What stands on a line for the clause; the clauses within a group stand on their own. */
export function clauseText(p: Prepared, names: Names = written): string {
  switch (p.kind) {
    case 'db':
    case 'rows':
      return `[${spaced([p.clause.source, ...p.clause.terms.map((x) => term(x, names))])}]`
    case 'expression':
      return expressionText(p.clause, names)
    case 'not':
    case 'or':
      return constant(p.form)
    case 'call': {
      const args = p.args.map((x) => term(x, names))
      return `(${spaced([p.source === '$' ? null : p.source, p.name, ...args])})`
    }
  }
}

function elementText(e: FindElement): string {
  switch (e.kind) {
    case 'variable':
      return e.variable
    case 'aggregate':
      return `(${spaced([e.name, ...e.constants.map(constant), e.variable])})`
    case 'pull': {
      const pattern = e.pattern.kind === 'input' ? e.pattern.name : constant(e.pattern.form)
      return `(${spaced(['pull', e.source, e.variable, pattern])})`
    }
  }
}

export const pullText = (e: Extract<FindElement, { kind: 'pull' }>): string => elementText(e)

/** ':find ...' as it was asked. */
export function findText(query: Query): string {
  const elements = query.find.map(elementText).join(' ')
  const shapes = {
    relation: elements,
    collection: `[${elements} ...]`,
    tuple: `[${elements}]`,
    scalar: `${elements} .`,
  }
  return `:find ${shapes[query.shape]}${query.with.length > 0 ? ` :with ${query.with.join(' ')}` : ''}`
}
