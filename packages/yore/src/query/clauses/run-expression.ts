/**
 * Runs predicates and functions over the rows so far.
 *
 * (1) A predicate drops a row for nil and false only; a function's nil drops the row, whatever the binding (QR-40).
 * (2) A result bound to a variable that has a value must equal it.
 * (3) Arguments of several relations are combined in portions, so that what a predicate drops is never held at once.
 */

import { compareValues } from '../../data/compare.ts'
import { Instant, Keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { placesOf, slotsOf, takeRows } from '../prepare/bindings.ts'
import { joinRelations } from '../columns/join-relations.ts'
import type { Context, Env } from '../context.ts'
import { holder } from '../context.ts'
import type { PreparedExpression } from '../prepare/expression.ts'
import type { Guard } from '../guard.ts'
import { RowList, distinct } from '../columns/kernels.ts'
import { inPortions } from '../columns/portions.ts'
import {
  cell,
  columnFor,
  columnOf,
  constantColumn,
  domainOf,
  joinKey,
  pick,
  union,
  unit,
} from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { product } from '../columns/product.ts'
import type { Binding } from '../parse/syntax.ts'
import { bytesOf } from '../columns/weights.ts'

const portion = 200_000
/** A call of a function is so much work. */
const callWork = 10

/** The relations after the expression; null when nothing is left. */
export function runExpression(
  p: PreparedExpression,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  env: Env,
  context: Context,
): Relation[] | null {
  const touched = new Set(p.needs.map((v) => holder(relations, v)))
  const bases = [...touched].map((i) => relations[i] as Relation)
  const rest = relations.filter((_, i) => !touched.has(i))
  const step = (r: Relation): Relation =>
    p.clause.binding === null
      ? filterRows(p, r, context)
      : bind(p, p.clause.binding, r, rest, keep, env, context)
  let out = bases.length > 1 ? byPortions(bases, step, context) : step(bases[0] ?? unit)
  if (out.n === 0) return null
  const apart: Relation[] = []
  for (const r of rest) {
    if (r.variables.some((v) => out.variables.includes(v))) {
      out = joinRelations(out, r, context)
      if (out.n === 0) return null
    } else apart.push(r)
  }
  const kept = pick(out, null, keep)
  if (kept.variables.length > 0) apart.push(kept)
  return apart
}

/** All combinations of the rows, some at a time, each time through `step`. */
function byPortions(
  bases: readonly Relation[],
  step: (r: Relation) => Relation,
  context: Context,
): Relation {
  const [first, ...others] = bases as [Relation, ...Relation[]]
  const size = others.reduce((n, r) => n * r.n, 1)
  const rows = Math.max(1, Math.floor(portion / Math.max(1, size)))
  if (rows >= first.n) return step(product(bases, context))
  const parts: Relation[] = []
  let n = 0
  for (let from = 0; from < first.n; from += rows) {
    const to = Math.min(first.n, from + rows)
    const some = pick(
      first,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
      null,
    )
    const out = step(product([some, ...others], context))
    n += out.n
    context.guard.rows(n)
    if (out.n > 0 || from === 0) parts.push(out)
  }
  const all = union(parts)
  const key = parts.every((x) => x.key !== null) ? (parts[0] as Relation).key : null
  return { ...all, key }
}

// ---- predicates ----

type Test = (i: number) => boolean

function filterRows(p: PreparedExpression, r: Relation, context: Context): Relation {
  const quick = comparison(p, r)
  const test = quick ?? general(p, r)
  const work = 64 * (quick === null ? callWork : 1)
  const out = new RowList(r.n >> 2)
  for (let i = 0; i < r.n; i++) {
    if (test(i)) out.push(i)
    if ((i & 63) === 63) context.guard.tick(work)
  }
  return out.n === r.n ? r : pick(r, out.done(), null, true, context.guard)
}

/** Which rows a predicate holds for, as a test. */
export function testOf(p: PreparedExpression, r: Relation): Test {
  return comparison(p, r) ?? general(p, r)
}

/** What of a column of numbers passes: what is less than y, equal to it, more; 1 or 0 each. */
export interface Compared {
  readonly y: number
  readonly less: number
  readonly equal: number
  readonly more: number
}

/** A predicate over one column of numbers as a comparison with a number; null when it is none. */
export function comparedNumber(p: PreparedExpression, c: Column): Compared | null {
  const [a, b] = p.args
  const name = operators[p.clause.name]
  if (p.args.length !== 2 || a === undefined || b === undefined || name === undefined) return null
  const [constant, operator] = a.kind === 'constant' ? [a, flipped(name)] : [b, name]
  // of NaN all but this is false
  if (c.kind !== 'number' || constant.kind !== 'constant' || operator === '!=') return null
  const y = numberIn(c, constant.value, operator !== '=', p.loose)
  if (y === null || y !== y) return null
  return {
    y,
    less: Number(operator === '<' || operator === '<='),
    equal: Number(operator !== '<' && operator !== '>'),
    more: Number(operator === '>' || operator === '>='),
  }
}

function general(p: PreparedExpression, r: Relation): Test {
  const row = rowReader(p, r)
  return (i) => {
    const x = p.call(row(i))
    return x !== null && x !== false
  }
}

/** Reads the arguments of a row. */
function rowReader(p: PreparedExpression, r: Relation): (i: number) => Value[] {
  const columns = p.args.map((a) => (a.kind === 'variable' ? columnFor(r, a.name) : null))
  const constants = p.args.map((a) => (a.kind === 'constant' ? a.value : null))
  return (i) => columns.map((c, k) => (c === null ? (constants[k] as Value) : cell(c, i)))
}

/** A test over columns for the comparisons that need no call: numbers, strings, keywords. */
function comparison(p: PreparedExpression, r: Relation): Test | null {
  const [x, y] = p.args
  if (p.args.length !== 2 || x === undefined || y === undefined) return null
  const operator = operators[p.clause.name]
  if (operator === undefined) return null
  if (x.kind === 'constant') {
    return y.kind === 'constant'
      ? null
      : against(columnFor(r, y.name), x.value, flipped(operator), p.loose)
  }
  if (y.kind === 'constant') return against(columnFor(r, x.name), y.value, operator, p.loose)
  return between(columnFor(r, x.name), columnFor(r, y.name), operator)
}

type Operator = '<' | '<=' | '>' | '>=' | '=' | '!='
const operators: Readonly<Record<string, Operator | undefined>> = Object.assign(
  Object.create(null) as object,
  { '<': '<', '<=': '<=', '>': '>', '>=': '>=', '=': '=', '!=': '!=', 'not=': '!=' } as const,
)

const flips = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '!=': '!=' } as const
const flipped = (operator: Operator): Operator => flips[operator]

/** The number that a value is in a column of this domain, or null when they are not of one kind. */
function numberIn(c: Column, v: Value, ordered: boolean, loose: boolean): number | null {
  const domain = domainOf(c)
  if (domain === 'instant') return v instanceof Instant ? v.ms : null
  const isWhole = typeof v === 'number' && Number.isInteger(v)
  if (domain === 'id') return isWhole || (ordered && typeof v === 'number') ? (v as number) : null
  if (domain === 'double') return (ordered || loose) && typeof v === 'number' ? v : null
  return null
}

function against(c: Column, v: Value, operator: Operator, loose: boolean): Test | null {
  const ordered = operator !== '=' && operator !== '!='
  if (c.kind === 'number') {
    const y = numberIn(c, v, ordered, loose)
    return y === null || y !== y ? null : numberTest(c.data, y, operator)
  }
  const { data } = c
  if (ordered) return typeof v === 'string' ? textTest(data, v, operator) : null
  if (typeof v !== 'string' && !(v instanceof Keyword)) return null
  return operator === '=' ? (i) => data[i] === v : (i) => data[i] !== v
}

function numberTest(data: Float64Array, y: number, operator: Operator): Test {
  switch (operator) {
    case '<':
      return (i) => (data[i] as number) < y
    case '<=':
      return (i) => (data[i] as number) <= y
    case '>':
      return (i) => (data[i] as number) > y
    case '>=':
      return (i) => (data[i] as number) >= y
    case '=':
      return (i) => data[i] === y
    case '!=':
      return (i) => data[i] !== y
  }
}

const holds = (n: number, operator: Operator): boolean => {
  switch (operator) {
    case '<':
      return n < 0
    case '<=':
      return n <= 0
    case '>':
      return n > 0
    case '>=':
      return n >= 0
    case '=':
      return n === 0
    case '!=':
      return n !== 0
  }
}

function textTest(data: readonly Value[], v: string, operator: Operator): Test {
  return (i) => {
    const x = data[i] as Value
    const n = typeof x === 'string' ? (x < v ? -1 : x > v ? 1 : 0) : compareValues(x, v)
    return holds(n, operator)
  }
}

function between(a: Column, b: Column, operator: Operator): Test | null {
  const ordered = operator !== '=' && operator !== '!='
  const domain = domainOf(a)
  if (domain === 'value' || domain !== domainOf(b) || domain === 'double' || domain === 'float') {
    if (!ordered && a.kind === 'value' && b.kind === 'value') return sameText(a, b, operator)
    return null
  }
  const x = a.data as Float64Array
  const y = b.data as Float64Array
  switch (operator) {
    case '<':
      return (i) => (x[i] as number) < (y[i] as number)
    case '<=':
      return (i) => (x[i] as number) <= (y[i] as number)
    case '>':
      return (i) => (x[i] as number) > (y[i] as number)
    case '>=':
      return (i) => (x[i] as number) >= (y[i] as number)
    case '=':
      return (i) => x[i] === y[i]
    case '!=':
      return (i) => x[i] !== y[i]
  }
}

/** For two columns of strings. */
function sameText(
  a: { readonly data: readonly Value[] },
  b: { readonly data: readonly Value[] },
  operator: Operator,
): Test | null {
  if (!a.data.every((v) => typeof v === 'string') || !b.data.every((v) => typeof v === 'string')) {
    return null
  }
  return operator === '=' ? (i) => a.data[i] === b.data[i] : (i) => a.data[i] !== b.data[i]
}

// ---- functions ----

/** Functions that give what is there already. */
const sharing: ReadonlySet<string> = new Set([
  'ground',
  'get-else',
  'get-some',
  'identity',
  'tuple',
  'untuple',
  'fulltext',
  'tx-data',
  'tx-ids',
  'q',
])

function bind(
  p: PreparedExpression,
  binding: Binding,
  r: Relation,
  rest: readonly Relation[],
  keep: ReadonlySet<string>,
  env: Env,
  context: Context,
): Relation {
  const row = rowReader(p, r)
  const used = (v: string): boolean =>
    keep.has(v) ||
    env.has(v) ||
    r.variables.includes(v) ||
    rest.some((x) => x.variables.includes(v))
  const places = placesOf(slotsOf(binding), used)
  const { guard } = context
  const rows = new RowList(r.n)
  const values: Value[][] = places.variables.map(() => [])
  const width = r.columns.length + values.length + 1
  const counts = !sharing.has(p.clause.name)
  let bytes = 0
  let last: Value = null
  for (let i = 0; i < r.n; i++) {
    if ((i & 31) === 31) guard.tick(32 * callWork)
    const result = p.call(row(i))
    if (result === null) continue
    for (const items of takeRows(result, binding, places)) {
      rows.push(i)
      for (let k = 0; k < values.length; k++) {
        const v = items[k] as Value
        ;(values[k] as Value[]).push(v)
        if (!counts || v === last) continue
        bytes += bytesOf(v)
        last = v
      }
    }
    guard.values(bytes, rows.n, width)
  }
  guard.made += bytes
  const made = attach(r, rows.done(), places.variables, values, env, binding, guard)
  return made.key === null && p.clause.binding?.kind !== 'scalar'
    ? distinct(made, context.guard)
    : made
}

/** The rows with the new columns; those of variables that already have a value are compared instead. */
function attach(
  r: Relation,
  rows: Int32Array,
  variables: readonly string[],
  values: readonly Value[][],
  env: Env,
  binding: Binding,
  guard: Guard,
): Relation {
  const selected = new RowList(0)
  const tests: ((k: number) => boolean)[] = []
  const fresh: number[] = []
  variables.forEach((v, x) => {
    const column = values[x] as Value[]
    const constant = env.get(v)
    if (constant !== undefined) {
      const key = joinKey(constant)
      tests.push((k) => joinKey(column[k] as Value) === key)
    } else if (r.variables.includes(v)) {
      const own = columnFor(r, v)
      tests.push((k) => joinKey(cell(own, rows[k] as number)) === joinKey(column[k] as Value))
    } else fresh.push(x)
  })
  if (tests.length > 0) {
    inPortions(rows.length, guard, (from, to) => {
      for (let k = from; k < to; k++) if (tests.every((t) => t(k))) selected.push(k)
    })
  }
  const chosen = selected.done()
  const all = tests.length === 0 || chosen.length === rows.length
  const places = all ? rows : Int32Array.from(chosen, (k) => rows[k] as number)
  const single = binding.kind === 'scalar' || binding.kind === 'tuple'
  const base = pick(r, places, null, single, guard)
  const columns = fresh.map((x) => {
    const column = values[x] as Value[]
    return columnOf(all ? column : Array.from(chosen, (k) => column[k] as Value))
  })
  return {
    n: places.length,
    variables: [...base.variables, ...fresh.map((x) => variables[x] as string)],
    columns: [...base.columns, ...columns],
    key: base.key,
  }
}

/** The relation of what has one value only, as columns. */
export function constantsAsColumns(r: Relation, variables: readonly string[], env: Env): Relation {
  const missing = variables.filter((v) => !r.variables.includes(v) && env.has(v))
  if (missing.length === 0) return r
  return {
    n: r.n,
    variables: [...r.variables, ...missing],
    columns: [...r.columns, ...missing.map((v) => constantColumn(env.get(v) as Value, r.n))],
    key: r.key,
  }
}
