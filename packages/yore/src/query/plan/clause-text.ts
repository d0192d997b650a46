/** Clauses, queries and find elements as short EDN text, for plans. Names that the engine made are given back as they were written. */

import { printStart } from '../../data/edn/print.ts'
import type { Value } from '../../data/values.ts'
import type { Prepared } from '../prepare/prepared.ts'
import type { Argument, Binding, ExpressionClause, FindElement, Query } from '../parse/syntax.ts'

const textMax = 120

/** '?x' of '?x~1!7': variables that are private to a rule or a group have been renamed. */
export const written = (variable: string): string => variable.replace(/[~!].*$/, '')

const constant = (v: Value): string => printStart(v, textMax)

function term(t: Argument): string {
  switch (t.kind) {
    case 'variable':
      return t.name.startsWith('?_') ? '_' : written(t.name)
    case 'blank':
      return '_'
    case 'constant':
      return constant(t.value)
    default:
      return t.name
  }
}

function binding(b: Binding): string {
  const name = (v: string | null): string => (v === null ? '_' : written(v))
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

export function expressionText(c: ExpressionClause): string {
  const call = `(${spaced([c.name, ...c.args.map(term)])})`
  return `[${spaced([call, c.binding === null ? null : binding(c.binding)])}]`
}

/** What stands on a line for the clause; the clauses within a group stand on their own. */
export function clauseText(p: Prepared): string {
  switch (p.kind) {
    case 'db':
    case 'rows':
      return `[${spaced([p.clause.source, ...p.clause.terms.map(term)])}]`
    case 'expression':
      return expressionText(p.clause)
    case 'not':
    case 'or':
      return constant(p.form)
    case 'call': {
      const args = p.args.map(term)
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
