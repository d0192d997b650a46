/**
 * Evaluates clauses: takes them one by one in the planner's order and keeps the rows so far as relations without common variables.
 *
 * (1) Sound: a clause that has no row empties the result, whether or not it shares a variable with the others.
 * (2) Variables that nothing later needs are dropped at once, and rows that become equal thereby are merged where there seem to be many.
 * (3) Relations are multiplied only where a clause or the result needs their combinations.
 */

import { YoreError, raise } from '../../base/errors.ts'
import type { Context } from '../context.ts'
import { show } from '../parse/form.ts'
import { semiJoin } from '../columns/joins.ts'
import type { Guard } from '../guard.ts'
import { RowList, distinct } from '../columns/kernels.ts'
import { joinRelations } from '../columns/join-relations.ts'
import { intersect, meeting } from './intersect.ts'
import type { DbPattern } from '../prepare/pattern.ts'
import { startWithStar } from './star.ts'
import { chooseNext, expected, forced } from '../plan/plan.ts'
import { inPortions } from '../columns/portions.ts'
import { formOf, preparedVariables } from '../prepare/prepared.ts'
import type { Conjunction, Prepared, PreparedNot, PreparedOr } from '../prepare/prepared.ts'
import { cell, columnFor, isAmbiguous, joinKey, pick, union, unit } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { constantsAsColumns, runExpression } from './run-expression.ts'
import { startAlong } from '../routes/run-route.ts'
import { product } from '../columns/product.ts'
import { runPattern } from './run-pattern.ts'
import { seemsToRepeat } from '../columns/repeats.ts'
import { runRows } from './run-rows.ts'
import type { Value } from '../../data/values.ts'

/** Merging equal rows is worth while only from so many rows on. */
const mergeMin = 16

/**
 * The rows for which all clauses hold, joined to the rows given, as relations without common variables that have the variables of
 * `needed` (those with one value excepted). Null when there is none.
 */
export function solve(
  conjunction: Conjunction,
  given: readonly Relation[],
  needed: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const { trace } = context
  if (trace === null) return solved(conjunction, given, needed, context)
  trace.openGroup(conjunction)
  const found = solved(conjunction, given, needed, context)
  trace.closeGroup()
  return found
}

function solved(
  conjunction: Conjunction,
  given: readonly Relation[],
  needed: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const { trace } = context
  if (conjunction.impossible) return null
  let relations = withConstants(given, conjunction, context.guard)
  if (relations === null) return null
  const { guard } = context
  const outer = guard.held
  const made = guard.made
  const waiting = conjunction.clauses.map((_, i) => i)
  if (relations.length === 0 && forced.choose === null) {
    let found = startAlong(conjunction, waiting, context)
    if (found === undefined) found = startWithStar(conjunction, waiting, needed, context)
    if (found === null) {
      guard.settle([], outer, made)
      return null
    }
    if (found !== undefined && found.variables.length > 0) relations = [found]
  }
  const isPlain = trace === null && forced.choose === null && given.length === 0
  const steps = isPlain ? (conjunction.steps?.begin() ?? null) : null
  const thrown = new Set<number>()
  while (waiting.length > 0) {
    guard.hold(relations, outer)
    let k = steps?.next(waiting) ?? -1
    if (k < 0) k = chooseNext(conjunction, waiting, relations, context, thrown)
    if (k < 0) {
      const p = conjunction.clauses[waiting[0] as number] as Prepared
      raise(':db.error/insufficient-binding', `cannot run yet: ${show(formOf(p))}`, {
        clause: show(formOf(p)),
      })
    }
    steps?.note(waiting, k)
    const [i] = waiting.splice(k, 1)
    const met = meeting(conjunction, i as number, waiting, relations)
    for (const j of met) waiting.splice(waiting.indexOf(j), 1)
    const keep = new Set(needed)
    for (const j of waiting) {
      for (const v of preparedVariables(conjunction.clauses[j] as Prepared)) keep.add(v)
    }
    const p = conjunction.clauses[i as number] as Prepared
    guard.clause = formOf(p)
    trace?.openClause(conjunction, i as number, relations, expected(p, relations, context))
    const together = met.map((j) => conjunction.clauses[j] as DbPattern)
    const isTried = isTry(p, i as number, waiting, thrown)
    const next: Relation[] | null | undefined = isTried
      ? tried(p, relations, keep, conjunction, context)
      : met.length === 0
        ? run(conjunction, p, relations, keep, context)
        : runTogether(conjunction, [p as DbPattern, ...together], relations, keep, context)
    if (next === undefined) {
      // what was written before it may keep from it what it throws at
      thrown.add(i as number)
      waiting.splice(k, 0, i as number)
      trace?.leaveClause()
      continue
    }
    relations = next
    trace?.closeClause(conjunction, relations, context)
    trace?.asOne(conjunction, met)
    if (relations === null) {
      steps?.end()
      guard.settle([], outer, made)
      return null
    }
    if (waiting.length > 0) relations = relations.map((r) => merged(r, context))
    relations = relations.filter((r) => r.variables.length > 0)
  }
  steps?.end()
  guard.settle(relations, outer, made)
  return relations
}

/** Is it a function that may throw, run before others which might keep that from it? */
const isTry = (
  p: Prepared,
  i: number,
  waiting: readonly number[],
  thrown: ReadonlySet<number>,
): boolean =>
  p.kind === 'expression' && !p.safe && p.triable && waiting.length > 0 && !thrown.has(i)

/** The relations after the function; undefined when it throws: not for want of time. */
function tried(
  p: Prepared,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  conjunction: Conjunction,
  context: Context,
): Relation[] | null | undefined {
  try {
    return run(conjunction, p, relations, keep, context)
  } catch (error) {
    const isOver = !(error instanceof YoreError) || /^:yore\/(timeout|cancelled)$/.test(error.code)
    if (isOver) throw error
    return undefined
  }
}

/** Patterns that give a variable to the same rows. */
function runTogether(
  conjunction: Conjunction,
  patterns: readonly DbPattern[],
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const found = intersect(patterns, relations, keep, context)
  if (found !== undefined) return found
  let all: Relation[] | null = [...relations]
  const wider = new Set([...keep, ...patterns.flatMap((p) => p.variables)])
  patterns.forEach((p, k) => {
    const kept = k === patterns.length - 1 ? keep : wider
    if (all !== null) all = run(conjunction, p, all, kept, context)
  })
  return all
}

const merged = (r: Relation, context: Context): Relation =>
  r.key === null && r.n > mergeMin && seemsToRepeat(r, context.guard)
    ? distinct(r, context.guard)
    : r

/** All the rows as one relation with exactly these variables, each once. */
export function solveAll(
  conjunction: Conjunction,
  given: readonly Relation[],
  variables: readonly string[],
  context: Context,
): Relation | null {
  const relations = solve(conjunction, given, new Set(variables), context)
  if (relations === null) return null
  return together(relations, variables, conjunction, context)
}

/** One relation of several, with these variables. */
export function together(
  relations: readonly Relation[],
  variables: readonly string[],
  conjunction: Conjunction,
  context: Context,
): Relation {
  const wanted = new Set(variables)
  const parts = relations
    .map((r) => distinct(pick(r, null, wanted), context.guard))
    .filter((r) => r.variables.length > 0)
  const all =
    parts.length === 0
      ? unit
      : parts.length === 1
        ? (parts[0] as Relation)
        : product(parts, context)
  const full = constantsAsColumns(all, variables, conjunction.env)
  return {
    n: full.n,
    variables,
    columns: variables.map((v) => columnFor(full, v)),
    key: full.key,
  }
}

/** Rows given for variables that turned out to have one value: only those that agree. */
function withConstants(
  given: readonly Relation[],
  { env }: Conjunction,
  guard: Guard,
): Relation[] | null {
  const out: Relation[] = []
  for (const r of given) {
    const fixed = r.variables.filter((v) => env.has(v))
    if (fixed.length === 0) {
      if (r.n === 0) return null
      if (r.variables.length > 0) out.push(r)
      continue
    }
    const tests = fixed.map((v): [ReturnType<typeof columnFor>, unknown] => [
      columnFor(r, v),
      joinKey(env.get(v) as Value),
    ])
    const rows = new RowList(r.n)
    inPortions(r.n, guard, (from, to) => {
      for (let i = from; i < to; i++) {
        if (tests.every(([c, key]) => joinKey(cell(c, i)) === key)) rows.push(i)
      }
    })
    if (rows.n === 0) return null
    const rest = new Set(r.variables.filter((v) => !env.has(v)))
    const some = pick(r, rows.done(), rest, true, guard)
    // the dropped columns are constant (if each value has one form), so what they keyed the others key
    const isLost = r.key === null || fixed.some((v) => isAmbiguous(columnFor(r, v)))
    const key = isLost ? null : (r.key ?? []).filter((v) => rest.has(v))
    if (rest.size > 0) out.push({ ...some, key })
  }
  return out
}

function run(
  conjunction: Conjunction,
  p: Prepared,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  switch (p.kind) {
    case 'db':
      return runPattern(p, relations, keep, context)
    case 'rows':
      return runRows(p, relations, keep, context)
    case 'expression':
      return runExpression(p, relations, keep, conjunction.env, context)
    case 'not':
      return runNot(p, relations, keep, context)
    case 'or':
      return runOr(p, relations, keep, context)
    case 'call':
      return context.callRule(p, relations, keep, context)
  }
}

/** The relations that have one of these variables as one relation, and the others. */
export function gatherBases(
  relations: readonly Relation[],
  variables: readonly string[],
  context: Context,
): { base: Relation; rest: Relation[] } {
  const has = (r: Relation): boolean => r.variables.some((v) => variables.includes(v))
  const bases = relations.filter(has)
  const base =
    bases.length === 0
      ? unit
      : bases.length === 1
        ? (bases[0] as Relation)
        : product(bases, context)
  return { base, rest: relations.filter((r) => !has(r)) }
}

function runNot(
  p: PreparedNot,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const { base, rest } = gatherBases(relations, p.variables, context)
  const seeds = distinct(pick(base, null, new Set(p.variables)), context.guard)
  const found = solveAll(p.body, [seeds], p.variables, context)
  if (found === null) return [...rest, ...nonEmpty(pick(base, null, keep))]
  if (p.variables.length === 0) return null
  const columns = (r: Relation): Relation['columns'] => p.variables.map((v) => columnFor(r, v))
  const rows = semiJoin(columns(base), base.n, columns(found), found.n, false, context.guard)
  context.guard.tick(base.n + found.n)
  if (rows.length === 0) return null
  return [...rest, ...nonEmpty(pick(base, rows, keep, true, context.guard))]
}

const nonEmpty = (r: Relation): Relation[] => (r.variables.length > 0 ? [r] : [])

function runOr(
  p: PreparedOr,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const bound = p.variables.filter((v) => relations.some((r) => r.variables.includes(v)))
  const { base, rest } = gatherBases(relations, bound, context)
  const seeds =
    bound.length === 0 ? [] : [distinct(pick(base, null, new Set(bound)), context.guard)]
  const parts: Relation[] = []
  for (const branch of p.branches) {
    const found = solveAll(branch, seeds, p.variables, context)
    if (found !== null && found.n > 0) parts.push(found)
  }
  if (parts.length === 0) return null
  const [only] = parts
  const found = parts.length === 1 ? (only as Relation) : distinct(union(parts), context.guard)
  const useful = new Set(p.variables.filter((v) => keep.has(v) || bound.includes(v)))
  const narrow = distinct(pick(found, null, useful), context.guard)
  if (bound.length === 0) return [...rest, ...nonEmpty(narrow)]
  const joined =
    narrow.variables.length === bound.length
      ? filtered(base, narrow, bound, context)
      : joinRelations(base, narrow, context)
  if (joined.n === 0) return null
  return [...rest, ...nonEmpty(pick(joined, null, keep))]
}

/** The rows of the base that agree with one of the found. */
function filtered(
  base: Relation,
  found: Relation,
  variables: readonly string[],
  context: Context,
): Relation {
  const columns = (r: Relation): Relation['columns'] => variables.map((v) => columnFor(r, v))
  const rows = semiJoin(columns(base), base.n, columns(found), found.n, true, context.guard)
  context.guard.tick(base.n + found.n)
  return rows.length === base.n ? base : pick(base, rows, null, true, context.guard)
}
