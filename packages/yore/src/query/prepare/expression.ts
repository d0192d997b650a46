/**
 * Predicates and functions made ready for a run: the function found by its name, arguments split into constants and variables.
 *
 * (1) An unknown function is an error before anything runs, as in the original.
 * (2) `safe`: the function cannot throw on what its arguments can be here, so it may run as soon as they are bound, even before a
 *     clause that was written before it (and might protect it).
 */

import { YoreError, raise } from '../../base/errors.ts'
import { Double, Float, keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { builtin } from '../builtins.ts'
import type { Callable, Context, Env } from '../context.ts'
import { show } from '../parse/form.ts'
import { callable, functionValue } from '../functions/callable.ts'
import { libraryFunction } from '../functions/library.ts'
import type { ExpressionClause } from '../parse/syntax.ts'
import { bindingVariables } from '../parse/syntax.ts'

export type ArgumentSlot =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'variable'; readonly name: string }

export interface PreparedExpression {
  readonly kind: 'expression'
  readonly clause: ExpressionClause
  readonly args: readonly ArgumentSlot[]
  /** The variables among the arguments, each once. */
  readonly needs: readonly string[]
  /** What the binding names. */
  readonly gives: readonly string[]
  readonly call: Callable
  /** Compares with `=` or `!=` what a program gave: its 3 equals a double 3.0 too. */
  readonly loose: boolean
  readonly safe: boolean
  /** Of the library: it may be tried, and run again later when it throws. */
  readonly triable: boolean
}

/** What is known of the values of variables: the type of the attribute they are values of. */
export type Domains = ReadonlyMap<string, string>

export function prepareExpression(
  clause: ExpressionClause,
  source: string,
  env: Env,
  domains: Domains,
  context: Context,
): PreparedExpression {
  const args = clause.args.map((a): ArgumentSlot => {
    switch (a.kind) {
      case 'variable': {
        const value = env.get(a.name)
        return value === undefined ? a : { kind: 'constant', value }
      }
      case 'source':
        return { kind: 'constant', value: sourceValue(a.name === '$' ? source : a.name, context) }
      case 'function':
        return { kind: 'constant', value: functionNamed(a.name, clause, context) }
      case 'blank':
        return raise(':yore/invalid-query', `_ cannot be an argument: ${show(clause.form)}`)
      default:
        return a
    }
  })
  const needs = [...new Set(args.flatMap((a) => (a.kind === 'variable' ? [a.name] : [])))]
  const loose = looseArguments(clause, context)
  const call = callableOf(clause, context)
  return {
    kind: 'expression',
    clause,
    args,
    needs,
    gives: clause.binding === null ? [] : [...new Set(bindingVariables(clause.binding))],
    call: loose.length > 0 ? looseCall(call, loose) : call,
    loose: loose.length > 0,
    safe: isSafe(clause.name, args, domains),
    triable: call !== context.nested && context.functionOf(clause.name) === null,
  }
}

export const equalities: ReadonlySet<string> = new Set(['=', '!=', 'not='])

/** The arguments of an equality that may be whole numbers of a program. */
function looseArguments(
  { name, args, loose }: ExpressionClause,
  context: Context,
): readonly number[] {
  if (!equalities.has(name) || context.functionOf(name) !== null) return []
  return args.flatMap((a, i) =>
    (a.kind === 'variable' && context.loose.has(a.name)) || (a.kind === 'constant' && loose)
      ? [i]
      : [],
  )
}

/** The equality, with the program's numbers as doubles or floats beside one of these. */
export function looseCall(equality: Callable, loose: readonly number[]): Callable {
  return (args) => {
    const other = args.find((x) => x instanceof Double || x instanceof Float)
    return other === undefined
      ? equality(args)
      : equality(args.map((x, i) => (loose.includes(i) ? fitted(x, other) : x)))
  }
}

function fitted(x: Value, other: Value): Value {
  if (typeof x !== 'number') return x
  if (other instanceof Float) return new Float(x)
  return Number.isInteger(x) ? new Double(x) : x
}

function sourceValue(name: string, context: Context): Value {
  const v = context.sources.get(name)
  if (v === undefined || v === null) {
    raise(':yore/unknown-name', `the query has no source ${name}`, {
      source: name,
      known: [...context.sources.keys()],
    })
  }
  return v
}

const unknown = (name: string, form: Value): never =>
  raise(':yore/unknown-function', `there is no function ${name}: ${show(form)}`, {
    function: name,
    clause: show(form),
  })

function functionNamed(name: string, clause: ExpressionClause, context: Context): Value {
  const own = context.functionOf(name)
  if (own !== null) return functionValue({ name, run: guarded(name, own) })
  return functionValue(libraryFunction(name) ?? unknown(name, clause.form))
}

function callableOf(clause: ExpressionClause, context: Context): Callable {
  const { name, form } = clause
  if (name === 'q' || name === 'datomic.api/q') return context.nested
  if (name === 'eval' || name === 'clojure.core/eval') {
    raise(':yore/forbidden-function', 'eval may not be called in a query', { function: name })
  }
  if (name[0] === ':') return callable(keyword(name)) ?? unknown(name, form)
  const special = builtin(name)
  if (special !== null) {
    const [min, max] = special.arity
    const n = clause.args.length
    if (n < min || n > max) {
      raise(
        ':yore/invalid-function-call',
        `${name} takes ${min === max ? min : `at least ${min}`} arguments, not ${n}: ${show(form)}`,
        { function: name, arguments: n },
      )
    }
    return special.run
  }
  const own = context.functionOf(name)
  if (own !== null) return guarded(name, own)
  return (libraryFunction(name) ?? unknown(name, form)).run
}

/** A program's function: whatever it throws becomes a YoreError. */
function guarded(name: string, f: Callable): Callable {
  return (args) => {
    try {
      return f(args)
    } catch (cause) {
      if (cause instanceof YoreError) throw cause
      return raise(
        ':yore/function-failed',
        `${name} failed: ${messageOf(cause)}`,
        { function: name },
        { cause },
      )
    }
  }
}

const messageOf = (x: unknown): string => (x instanceof Error ? x.message : 'it threw no error')

// ---- what cannot throw ----

const words = (text: string): string[] => text.split(' ')

const total: ReadonlySet<string> = new Set([
  ...words('= != not= < <= > >= identity not true? false? nil? some? boolean boolean? string?'),
  ...words('number? integer? int? keyword? symbol? map? vector? set? coll? inst? uuid? any?'),
  ...words('ground tuple missing? str double? float? list? seq? sequential? ident?'),
])
const onText: ReadonlySet<string> = new Set([
  ...words('.startsWith .endsWith .contains .toUpperCase .toLowerCase .length .trim'),
  ...words('.equalsIgnoreCase .isEmpty count empty? not-empty'),
  ...words('upper-case lower-case capitalize trim triml trimr reverse blank?').map(
    (x) => `clojure.string/${x}`,
  ),
  ...words('starts-with? ends-with? includes?').map((x) => `clojure.string/${x}`),
])
const onWhole: ReadonlySet<string> = new Set(['even?', 'odd?', 'zero?', 'pos?', 'neg?', '=='])
const onNumbers: ReadonlySet<string> = new Set([
  'zero?',
  'pos?',
  'neg?',
  '==',
  '+',
  '-',
  'inc',
  'dec',
])

function isSafe(name: string, args: readonly ArgumentSlot[], domains: Domains): boolean {
  if (total.has(name)) return args.length === 2 || !['<', '<=', '>', '>='].includes(name)
  const types = args.map((a) =>
    a.kind === 'variable' ? (domains.get(a.name) ?? '') : typeof a.value,
  )
  if (onText.has(name)) return types.every((t) => t === 'string')
  if (onWhole.has(name) && types.every((t) => t === 'long' || t === 'number')) return true
  return onNumbers.has(name) && types.every((t) => t === 'long' || t === 'double' || t === 'number')
}
