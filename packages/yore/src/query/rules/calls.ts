/**
 * Runs calls of recursive rules against the rows so far: as a closure where the rule is one, else by tables.
 */

import { newInts } from '../../base/arrays.ts'
import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { closureOf } from './closure-shape.ts'
import { closure } from './closure.ts'
import type { Seeds } from './closure.ts'
import { joinRelations } from '../columns/join-relations.ts'
import type { Context } from '../context.ts'
import { show } from '../parse/form.ts'
import { RowList, distinct } from '../columns/kernels.ts'
import { adornment } from '../plan/plan.ts'
import type { PreparedCall } from '../prepare/prepared.ts'
import { columnFor, constantColumn, domainOf, pick } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import type { RowSet } from '../columns/row-set.ts'
import { callsOf, sameComponent } from '../parse/rules.ts'
import { gatherBases } from '../clauses/run.ts'
import { ask, freeColumns, onlyEqual, positionsOf } from './tables.ts'

/** A chain of calls takes JavaScript's stack. */
const callDepthMax = 250

/** The relations after the call; null when nothing is left. */
export function callRule(
  p: PreparedCall,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const names = p.args.flatMap((a) => (a.kind === 'variable' ? [a.name] : []))
  const { base, rest } = gatherBases(relations, names, context)
  const bound = adornment(p.args, (v) => base.variables.includes(v))
  if (!bound.includes('b')) refuseBare(p, context)
  if (++context.callDepth > callDepthMax) {
    raise(
      ':yore/limit-exceeded',
      `rules call each other in a chain of more than ${callDepthMax}: ${show(p.form)}`,
    )
  }
  const joined = byClosure(p, base, bound, context) ?? byTables(p, base, bound, context)
  context.callDepth--
  if (joined.n === 0) return null
  const kept = pick(joined, null, keep)
  return kept.variables.length > 0 ? [...rest, kept] : rest
}

/** A body that is nothing but recursive calls cannot begin anywhere when nothing is bound; the original refuses it. */
function refuseBare(p: PreparedCall, context: Context): void {
  const { rules } = context
  const component = [p.name, ...(callsOf(rules).get(p.name) ?? [])].filter((n) =>
    sameComponent(rules, p.name, n),
  )
  for (const name of component) {
    for (const rule of rules.get(name) ?? []) {
      if (rule.body.every((c) => c.kind === 'call' && c.name === name)) {
        raise(
          ':db.error/insufficient-binding',
          `a body of the rule ${name} only calls ${name} again: ${show(rule.body[0]?.form)}`,
          { rule: name, clause: show(p.form) },
        )
      }
    }
  }
}

// ---- closures ----

function byClosure(
  p: PreparedCall,
  base: Relation,
  bound: string,
  context: Context,
): Relation | null {
  const shape = closureOf(context.rules, p.name)
  const [x, y] = p.args
  if (shape === null || x === undefined || y === undefined) return null
  const seeds = seedsOf(x, y, bound, base, context)
  if (seeds === 'unsure') return null
  const forward = seeds?.forward ?? true
  const pairs = closure(shape, p.source, seeds, context)
  let found: Relation = {
    n: pairs.n,
    variables: ['x', 'y'],
    columns: [pairs.sources, pairs.targets],
    key: ['x', 'y'],
  }
  // a constant on the other side, or one variable on both
  const names = [x, y].map((a) => (a.kind === 'variable' ? a.name : null))
  if (names[0] !== null && names[0] === names[1]) {
    found = onlyEqual(found, [[pairs.sources, pairs.targets]])
    names[1] = null
  }
  const other = forward ? y : x
  if (seeds !== null && other.kind === 'constant') {
    const place = forward ? 1 : 0
    const wanted = constantColumn(other.value, found.n)
    found = onlyEqual(found, [[found.columns[place] as Column, wanted]])
  }
  const result = named(found, names, context)
  const shared = result.variables.filter((v) => base.variables.includes(v))
  if (shared.length === 0) return times(base, result)
  const start = forward ? x : y
  const fromBase = start.kind === 'variable' && start.name === shared[0]
  if (
    shared.length === base.variables.length &&
    base.n === (seeds?.n ?? -1) &&
    shared.length === 1 &&
    fromBase
  ) {
    return result
  }
  // all that was found belongs to the only row
  if (base.n === 1 && shared.length === 1 && fromBase) return besides(base, result, context)
  return joinRelations(base, result, context)
}

/** A result with what the only row of the base has besides. */
function besides(base: Relation, result: Relation, context: Context): Relation {
  const own = new Set(base.variables.filter((v) => !result.variables.includes(v)))
  const row = pick(base, newInts(result.n), own, false, context.guard)
  return {
    n: result.n,
    variables: [...row.variables, ...result.variables],
    columns: [...row.columns, ...result.columns],
    key: result.key,
  }
}

/**
 * The side to start from. What is compared at the other side must be in the form that the walk finds, so lookup refs and idents
 * have to be where it starts; else the side with fewer values.
 */
function seedsOf(
  x: PreparedCall['args'][number],
  y: PreparedCall['args'][number],
  bound: string,
  base: Relation,
  context: Context,
): Seeds | null | 'unsure' {
  const side = (a: PreparedCall['args'][number], forward: boolean): Seeds => {
    const column =
      a.kind === 'variable'
        ? distinctColumn(columnFor(base, a.name), base.n, context)
        : constantColumn(constantOf(a), 1)
    return { column, n: column.data.length, forward }
  }
  if (bound === 'ff') return null
  if (bound === 'bf') return side(x, true)
  if (bound === 'fb') return side(y, false)
  const first = side(x, true)
  const second = side(y, false)
  const plain = [first, second].map((s) => domainOf(s.column) === 'id')
  if (plain[0] === true && plain[1] === true) return first.n <= second.n ? first : second
  if (plain[0] === true) return second
  return plain[1] === true ? first : 'unsure'
}

function distinctColumn(c: Column, n: number, context: Context): Column {
  const r: Relation = { n, variables: ['x'], columns: [c], key: null }
  return distinct(r, context.guard).columns[0] as Column
}

/** The columns that have a name; what lost one may repeat. */
function named(r: Relation, names: readonly (string | null)[], context: Context): Relation {
  const variables: string[] = []
  const columns: Column[] = []
  names.forEach((name, i) => {
    if (name === null) return
    variables.push(name)
    columns.push(r.columns[i] as Column)
  })
  if (variables.length === 0) return { n: Math.min(1, r.n), variables, columns, key: [] }
  return variables.length === 2
    ? { n: r.n, variables, columns, key: variables }
    : distinct({ n: r.n, variables, columns, key: null }, context.guard)
}

/** A base without rows in common: it is the unit, or the result has no variables. */
function times(base: Relation, result: Relation): Relation {
  if (base.variables.length === 0) return result
  return result.n > 0 ? base : result
}

// ---- tables ----

function byTables(p: PreparedCall, base: Relation, bound: string, context: Context): Relation {
  const places = positionsOf(bound, 'b')
  const names = [...new Set(places.flatMap((i) => nameAt(p, i)))]
  const seeds = distinct(pick(base, null, new Set(names)), context.guard)
  const columns = places.map((i) => {
    const a = p.args[i] as PreparedCall['args'][number]
    return a.kind === 'variable' ? columnFor(seeds, a.name) : constantColumn(constantOf(a), seeds.n)
  })
  const answer = ask(p.name, p.source, bound, columns, seeds.n, context)
  const rows = new RowList(seeds.n)
  const results = new RowList(seeds.n)
  for (let i = 0; i < seeds.n; i++) {
    const seed = answer.seedOf[i] as number
    for (let r = answer.bySeed.first(seed); r >= 0; r = answer.bySeed.next(r)) {
      rows.push(i)
      results.push(r)
      if ((rows.n & 8191) === 0) context.guard.tick(8192)
    }
  }
  const taken = rows.done()
  const found = results.done()
  const own = pick(seeds, taken, null, false, context.guard)
  const free = freeColumns(p.args, bound, (i) =>
    (answer.results.columns[i] as RowSet['columns'][number]).take(found),
  )
  let out: Relation = {
    n: taken.length,
    variables: [...own.variables, ...free.columns.keys()],
    columns: [...own.columns, ...free.columns.values()],
    key: null,
  }
  if (free.equal.length > 0) out = onlyEqual(out, free.equal)
  if (out.variables.length === 0) return out.n > 0 ? base : { ...base, n: 0 }
  out = distinct(out, context.guard)
  if (base.variables.length === 0) return out
  if (base.variables.length === names.length && base.n === seeds.n && base.key !== null) return out
  return joinRelations(base, out, context)
}

const nameAt = (p: PreparedCall, i: number): string[] => {
  const a = p.args[i]
  return a?.kind === 'variable' ? [a.name] : []
}

const constantOf = (a: PreparedCall['args'][number]): Value =>
  a.kind === 'constant' ? a.value : null
