/**
 * A query from its form, and rules from theirs: sections, find elements, inputs, return maps.
 *
 * (1) What is wrong with a query whatever its inputs is said here, and in check.ts.
 */

import { raise } from '../../base/errors.ts'
import { readEdn } from '../../data/edn/read.ts'
import type { Value } from '../../data/values.ts'
import { Reader, sectionsOf, show } from './form.ts'
import type { Sections } from './form.ts'
import { innerScope, parseBinding, parseClauses, ruleVariables, topScope } from './parse-clause.ts'
import type { Scope } from './parse-clause.ts'
import { parseCount, parseOrder } from './parse-order.ts'
import { normalized } from './rules.ts'
import type {
  Clause,
  FindElement,
  FindShape,
  Input,
  Query,
  ReturnMap,
  Rule,
  RuleSet,
} from './syntax.ts'
import { bindingVariables, clauseVariables } from './syntax.ts'
import { checkNoSources, checkQuery } from './check.ts'

/** Parses and checks a query of any form. Throws what is wrong with it. */
export function parseQuery(form: unknown): Query {
  const sections = sectionsOf(form)
  const { reader } = sections
  if (sections.find === null || sections.find.length === 0) {
    raise(':yore/invalid-query', 'the query has no :find')
  }
  if (sections.where === null && sections.in === null) {
    raise(':yore/invalid-query', 'the query has neither :in nor :where')
  }
  const listed = (sections.where?.length ?? 0) + (sections.in?.length ?? 0)
  if (listed === 0) raise(':yore/invalid-query', 'the query has neither :in nor :where')
  const scope = topScope(reader)
  const [shape, elements] = findShape(sections.find, reader)
  if (elements.length === 0) raise(':yore/invalid-query', 'the query has no :find')
  const find = elements.map((x) => parseElement(x, reader))
  const kept = sections.with.map((x) => reader.variable(x) ?? notVariable(x, ':with'))
  const inputs = parseInputs(sections.in, scope)
  const where = parseClauses(sections.where ?? [], scope)
  const rowVariables = [...new Set([...find.map((e) => e.variable), ...kept])]
  const query: Query = {
    shape,
    find,
    with: kept,
    inputs,
    where,
    rowVariables,
    used: usedVariables(rowVariables, inputs, where),
    returnMap: parseReturnMap(sections, shape, elements.length),
    timeoutMs: parseTimeout(sections.timeout),
    orderBy: parseOrder(sections.orderBy, find, kept, reader),
    limit: parseCount(sections.limit, ':limit', -1),
    offset: parseCount(sections.offset, ':offset', 0),
  }
  checkQuery(query)
  if (sections.in === null) checkNoSources(query.where)
  return query
}

function usedVariables(
  rowVariables: readonly string[],
  inputs: readonly Input[],
  where: readonly Clause[],
): Set<string> {
  const used = new Set(rowVariables)
  for (const clause of where) for (const v of clauseVariables(clause)) used.add(v)
  const seen = new Set<string>()
  for (const input of inputs) {
    if (input.kind !== 'binding') continue
    for (const v of new Set(bindingVariables(input.binding))) {
      if (seen.has(v)) used.add(v)
      seen.add(v)
    }
  }
  return used
}

const notVariable = (x: unknown, where: string): never =>
  raise(':yore/invalid-query', `${show(x)} in ${where} is not a variable`, { element: show(x) })

function parseTimeout(x: Value): number {
  if (x === null) return 0
  if (typeof x !== 'number' || !(x >= 0)) {
    raise(':yore/invalid-query', `:timeout is a number of milliseconds, not ${show(x)}`)
  }
  return x
}

// (count ?x) is an element, [?x ?y] a tuple; lists and vectors are alike, so the first item decides.
const isCall = (x: Value, reader: Reader): boolean => {
  const items = reader.list(x)
  const name = items === null ? null : reader.nameText(items[0])
  return name !== null && name[0] !== '?' && name !== '...' && name !== '_' && name[0] !== '$'
}

function findShape(
  find: readonly Value[],
  reader: Reader,
): [shape: FindShape, elements: readonly Value[]] {
  const [first] = find
  const spec = find.length === 1 && !isCall(first as Value, reader) ? reader.list(first) : null
  if (spec !== null) {
    return spec.length === 2 && reader.is(spec[1], '...')
      ? ['collection', spec.slice(0, 1)]
      : ['tuple', spec]
  }
  return find.length === 2 && reader.is(find[1], '.')
    ? ['scalar', find.slice(0, 1)]
    : ['relation', find]
}

function parseElement(x: Value, reader: Reader): FindElement {
  const variable = reader.variable(x)
  if (variable !== null) return { kind: 'variable', variable }
  const items = isCall(x, reader) ? reader.list(x) : null
  if (items === null) return notVariable(x, ':find')
  const name = reader.nameText(items[0]) as string
  if (name === 'pull') return parsePull(x, items.slice(1), reader)
  const last = items.length > 1 ? items[items.length - 1] : undefined
  return {
    kind: 'aggregate',
    name,
    constants: items.slice(1, -1).map((c) => reader.constant(c)),
    variable: reader.variable(last) ?? notVariable(last ?? x, ':find'),
  }
}

function parsePull(form: Value, args: readonly Value[], reader: Reader): FindElement {
  const bad = (why: string): never =>
    raise(':db.error/invalid-pull', `${why}: ${show(form)}`, { expression: show(form) })
  const source = reader.source(args[0])
  const rest = source === null ? args : args.slice(1)
  if (rest.length < 2) bad('a pull expression has a variable and a pattern')
  const variable = reader.variable(rest[0]) ?? bad('a pull expression needs a variable')
  const pattern = rest[1] as Value
  const text = typeof pattern === 'string' && !/^\s*[[({]/.test(pattern) ? pattern : null
  const name = reader.js ? text : reader.symbolText(pattern)
  if (name === null) {
    return {
      kind: 'pull',
      source,
      variable,
      pattern: { kind: 'literal', form: reader.constant(pattern) },
    }
  }
  if (!/^[^?$%]/.test(name)) bad(`${name} cannot name a pattern`)
  return { kind: 'pull', source, variable, pattern: { kind: 'input', name } }
}

function parseInputs(forms: readonly Value[] | null, scope: Scope): Input[] {
  if (forms === null) return [{ kind: 'source', name: '$' }]
  const { reader } = scope
  return forms.map((x) => {
    const source = reader.source(x)
    if (source !== null) return { kind: 'source', name: source }
    if (reader.is(x, '%')) return { kind: 'rules' }
    if (reader.variable(x) !== null || reader.is(x, '_') || reader.list(x) !== null) {
      return { kind: 'binding', binding: parseBinding(x, scope) }
    }
    const name = reader.nameText(x)
    if (name === null) {
      raise(':yore/invalid-query', `${show(x)} in :in is neither a source nor a binding`)
    }
    return { kind: 'pattern', name }
  })
}

function parseReturnMap(sections: Sections, shape: FindShape, count: number): ReturnMap | null {
  const given = (['keys', 'strs', 'syms'] as const).filter((k) => sections[k] !== null)
  const [kind] = given
  if (kind === undefined) return null
  const names = sections[kind] ?? []
  if (given.length > 1 || shape !== 'relation' || names.length !== count) {
    raise(
      ':yore/invalid-query',
      `:${kind} needs as many names as :find has elements, and a :find of rows`,
      { names: names.length, elements: count },
    )
  }
  return {
    kind,
    names: names.map(
      (x) =>
        sections.reader.nameText(x) ??
        raise(':yore/invalid-query', `:${kind} takes symbols, not ${show(x)}`),
    ),
  }
}

// ---- rules ----

const invalidRules = (form: unknown, why: string): never =>
  raise(':yore/invalid-rules', `${why}: ${show(form)}`, { rule: show(form) })

/** Rules from data or text; nil and an empty list are no rules. */
export function parseRules(input: unknown): RuleSet {
  const form = typeof input === 'string' ? readEdn(input) : (input as Value)
  const rules = new Map<string, Rule[]>()
  if (form === null) return rules
  if (!Array.isArray(form)) return invalidRules(form, 'rules are a list of rules')
  const reader = new Reader(looksLikeJs(form))
  const scope = topScope(reader)
  for (const item of form as readonly Value[]) {
    const rule = parseRule(item, reader, scope)
    const same = rules.get(rule.name)
    if (same === undefined) rules.set(rule.name, [rule])
    else {
      if (same[0]?.parameters.length !== rule.parameters.length) {
        invalidRules(item, `the rules named ${rule.name} differ in their number of arguments`)
      }
      same.push(rule)
    }
  }
  return normalized(rules)
}

function looksLikeJs(form: readonly unknown[]): boolean {
  const [rule] = form
  const [head] = Array.isArray(rule) ? rule : []
  return Array.isArray(head) && typeof head[0] === 'string'
}

function parseRule(form: Value, reader: Reader, scope: Scope): Rule {
  const items = reader.list(form) ?? invalidRules(form, 'a rule is a list')
  const head =
    reader.list(items[0]) ?? invalidRules(form, 'a rule begins with its head, (name ?x ...)')
  const name =
    reader.nameText(head[0]) ?? invalidRules(form, 'the head of a rule begins with its name')
  if (items.length < 2) invalidRules(form, 'a rule has at least one clause')
  if (head.slice(2).some((x) => reader.list(x) !== null)) {
    invalidRules(form, 'the variables that must be bound come first in the head')
  }
  const [required, others] = ruleVariables(head.slice(1), form, reader)
  const inner = innerScope(scope, [])
  const parameters = [...required, ...others].map(inner.nameOf)
  if (new Set(parameters).size !== parameters.length) {
    invalidRules(form, 'the head of a rule names a variable twice')
  }
  return { name, parameters, required: required.length, body: parseClauses(items.slice(1), inner) }
}
