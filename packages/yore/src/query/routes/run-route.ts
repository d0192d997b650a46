/**
 * Goes along a route (route.ts): rows of registers, fact by fact, without planning and without columns.
 *
 * (1) The work has an end: where more than a little would be read, what was found so far is for the planner.
 * (2) A pattern is done for all rows or not at all.
 * (3) An answer that is made here is the one that run.ts would give; whatever would be refused is left to it, to say why.
 */

import { toPublic } from '../../data/public.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { isAlwaysOne } from '../../db/single.ts'
import { findDatoms } from '../../indexes/create.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import { txBase } from '../../indexes/facts/ids.ts'
import { Found } from '../../indexes/read/find.ts'
import { entityId, noMatch, valueFor } from '../prepare/coerce.ts'
import type { Context } from '../context.ts'
import type { Guard } from '../guard.ts'
import type { Conjunction, Prepared } from '../prepare/prepared.ts'
import { columnOf, rowKey } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { areIn, isMeant } from './route.ts'
import type { Leg, Origin, Route, RoutePattern, RouteTest, Stop } from './route.ts'
import type { Clause, Query } from '../parse/syntax.ts'

/** How many patterns were asked so, and comparisons made, and how many queries were answered without anything else: for tests. */
export const routed = { legs: 0, checks: 0, answers: 0 }

/** So much work is still little, of a datom 1: columns take longer to begin with, but less for each. */
const workMax = 512
const lookWork = 4
/** So many rows may always go on. */
const rowsFew = 8
/** A pattern by whose value more are found is left. */
const foundMax = 128

type Row = Value[]

/** How far a run has come along a route. */
export interface Walk {
  readonly route: Route
  readonly db: Db
  rows: Row[]
  stop: Stop
  /** What may still be read. */
  left: number
}

/** The start of a run; null when something of it has to be refused, or finds nothing for a reason of its own. */
export function startOf(route: Route, db: Db, inputs: readonly Value[]): Walk | null {
  const row: Row = []
  const { origins } = route
  for (let r = 0; r < origins.length; r++) {
    const origin = origins[r] as Origin
    if (origin.kind === 'constant') row.push(origin.value)
    else if (origin.kind === 'input') {
      const x = inputs[origin.place]
      if (x === undefined || x === null) return null
      row.push(x)
    } else {
      const x = row[origin.from] as Value
      const meant = isMeant(x, origin.attribute) ? x : converted(x, origin, db)
      if (meant === null) return null
      row.push(meant)
    }
  }
  return { route, db, rows: [row], stop: route.start, left: workMax }
}

function converted(
  x: Value,
  { attribute, loose }: Extract<Origin, { kind: 'converted' }>,
  db: Db,
): Value {
  let v: Value
  try {
    v =
      attribute === null
        ? entityId(db, x, loose)
        : valueFor(db, attribute, x, { loose, resolve: true })
  } catch {
    return null
  }
  return v === noMatch || v !== v || v === Infinity ? null : v
}

/** For all runs but those of filters, whose functions may run queries in the midst of one. */
const foundInOne = new Found()

/** Goes as far as it is little work. */
export function walk(w: Walk, guard: Guard | null, on: OnLeg | null = null): void {
  const { route } = w
  while (w.left > 0) {
    const leg = nextOf(w)
    if (leg === undefined) return
    const { clause } = route.patterns[leg.pattern] as RoutePattern
    on?.open(w, clause)
    if (guard !== null) guard.clause = clause.form
    const rows = along(w, leg, guard)
    if (rows === null) {
      on?.leave()
      return
    }
    routed.legs++
    guard?.rows(rows.length, route.origins.length)
    w.rows = rows
    w.stop = route.next(w.stop, leg)
    on?.close(w)
    const { tests } = w.stop
    for (let i = 0; i < tests.length && w.rows.length > 0; i++) check(w, tests[i] as RouteTest, on)
    if (w.rows.length === 0) return
  }
}

// Comparisons keep nothing of what they are given.
const pair: Value[] = [null, null]

/** Keeps the rows for which the comparison holds. */
function check(w: Walk, { clause, x, y, call }: RouteTest, on: OnLeg | null): void {
  routed.checks++
  on?.open(w, clause)
  w.rows = w.rows.filter((row) => {
    pair[0] = row[x] as Value
    pair[1] = row[y] as Value
    return call(pair) === true
  })
  on?.close(w)
}

/** Hears of each leg and comparison. */
export interface OnLeg {
  open(w: Walk, clause: Clause): void
  close(w: Walk): void
  /** It was too much. */
  leave(): void
}

/** The leg to take: of several the one whose values fewest have. */
function nextOf({ stop, rows, db }: Walk): Leg | undefined {
  const legs = rows.length > 1 ? stop.joined : stop.legs
  if (legs.length < 2) return legs[0]
  let best: Leg | undefined
  let least = foundMax + 1
  for (const leg of legs) {
    let n = 0
    for (const row of rows) {
      const prefix = { a: leg.a, v: row[leg.v] as Value }
      n += db.facts.roughCount(leg.order, rangeOf(prefix), db.view)
      if (n >= least) break
    }
    if (n >= least) continue
    least = n
    best = leg
  }
  return best
}

/** Will it come to the end, if each row goes on as one? */
function isWorthwhile({ route, rows, stop, left }: Walk): boolean {
  if (rows.length <= rowsFew) return true
  let done = 0
  for (let bits = stop.done; bits !== 0; bits &= bits - 1) done++
  return (route.patterns.length - done) * rows.length * (lookWork + 1) <= left
}

/** What follows each row; null when it is too much. */
function along(w: Walk, leg: Leg, guard: Guard | null): Row[] | null {
  const { facts, view } = w.db
  const { order, a, e, v, sameT, sameAdded } = leg
  const out: Row[] = []
  const { attribute } = w.route.patterns[leg.pattern] as RoutePattern
  // of the present it is of no use, and is not looked up
  const one = view.asOf !== Infinity && isAlwaysOne(w.db, attribute)
  if (!isWorthwhile(w)) {
    w.left = 0
    return null
  }
  // of a storage many are better fetched at once
  const near = w.rows.length > 1
  const found = view.keep === null ? foundInOne : new Found()
  for (const row of w.rows) {
    const known = e < 0 ? undefined : (row[e] as number)
    const value = v < 0 ? undefined : row[v]
    const most = leg.setE < 0 ? w.left : Math.min(w.left, foundMax)
    if (!findDatoms(facts, order, a, known, value, view, { most, near, one }, found)) {
      w.left = 0
      return null
    }
    const { n } = found
    w.left -= n + lookWork
    guard?.read(n)
    for (let i = 0; i < n; i++) {
      if (sameT >= 0 && row[sameT] !== (found.t[i] as number) + txBase) continue
      if (sameAdded >= 0 && row[sameAdded] !== found.added[i]) continue
      // the last one that is made of it may have the row itself
      const next = i === n - 1 ? row : row.slice()
      if (leg.setE >= 0) next[leg.setE] = found.e[i] as number
      if (leg.setV >= 0) next[leg.setV] = found.v[i] as Value
      if (leg.setT >= 0) next[leg.setT] = (found.t[i] as number) + txBase
      if (leg.setAdded >= 0) next[leg.setAdded] = found.added[i] as boolean
      out.push(next)
    }
    if (w.left <= 0) return null
  }
  return out
}

/** The rows as a relation of the variables that have values so far. */
export function relationOf({ route, rows, stop }: Walk): Relation {
  const bound = new Set<number>()
  route.patterns.forEach((p, i) => {
    if ((stop.done & (1 << i)) === 0) return
    for (const r of [p.e, p.v, p.t, p.added]) if (r >= 0) bound.add(r)
  })
  const registers = [...bound].filter((r) => route.variables[r] !== null)
  const names = registers.map((r) => route.variables[r] as string)
  return relation(rows, registers, names, rows.length === 1)
}

function relation(
  rows: readonly Row[],
  registers: readonly number[],
  variables: readonly string[],
  distinct: boolean,
): Relation {
  const columns = registers.map((r) => columnOf(rows.map((row) => row[r] as Value)))
  return { n: rows.length, variables, columns, key: distinct ? variables : null }
}

/**
 * Goes along the route that the clauses have, and takes those that are done out of `waiting`. Null when there is no row; undefined when
 * there is nothing to begin with.
 */
export function startAlong(
  conjunction: Conjunction,
  waiting: number[],
  context: Context,
): Relation | null | undefined {
  const { clauses, after, env, walk: w } = conjunction
  if (w === null || after.some((before) => before.length > 0)) return undefined
  const { route } = w
  // what is computed of constants is known before
  if (route.variables.some((v) => v !== null && env.has(v))) return undefined
  const placeOf = (clause: Clause): number =>
    clauses.findIndex((p) => (p as Prepared & { clause?: unknown }).clause === clause)
  const { trace, guard } = context
  walk(w, guard, {
    open: (at, clause) => {
      const known = at.stop === route.start ? [] : [relationOf(at)]
      trace?.openClause(conjunction, placeOf(clause), known, -1)
    },
    close: (at) => {
      trace?.closeClause(conjunction, at.rows.length === 0 ? null : [relationOf(at)], context)
    },
    leave: () => trace?.leaveClause(),
  })
  const { done, known } = w.stop
  const past = [
    ...route.patterns.filter((_, k) => (done & (1 << k)) !== 0),
    ...route.tests.filter((t) => areIn(known, t)),
  ]
  for (const { clause } of past) waiting.splice(waiting.indexOf(placeOf(clause)), 1)
  if (w.stop === route.start) return undefined
  return w.rows.length === 0 ? null : relationOf(w)
}

/** Has it come to the end, or to nothing? */
export const isDone = ({ route, rows, stop }: Walk): boolean =>
  rows.length === 0 || (route.whole && stop.legs.length === 0)

/** The distinct rows of a query whose route has been gone to its end. */
export function rowsOf({ rowVariables }: Query, { route, rows }: Walk): Relation | null {
  const { shown } = route
  return rows.length === 0 ? null : relation(distinctOf(rows, shown), shown, rowVariables, true)
}

// ---- answers ----

/** Do the rows of this query need nothing but to be shown? */
export function isPlain({ find, returnMap, with: kept, orderBy, limit, offset }: Query): boolean {
  return (
    returnMap === null &&
    kept.length === 0 &&
    orderBy.length === 0 &&
    limit < 0 &&
    offset === 0 &&
    find.every((e) => e.kind === 'variable')
  )
}

/** The answer of a plain query whose route has been gone to its end. */
export function answerOf({ shape }: Query, { route, rows }: Walk): unknown {
  routed.answers++
  const { found } = route
  switch (shape) {
    case 'scalar':
      return rows.length === 0 ? null : publicOf((rows[0] as Row)[found[0] as number] as Value)
    case 'tuple':
      return rows.length === 0 ? null : publicRow(rows[0] as Row, found)
    case 'collection':
      return distinctOf(rows, route.shown).map((row) => publicOf(row[found[0] as number] as Value))
    case 'relation':
      return distinctOf(rows, route.shown).map((row) => publicRow(row, found))
  }
}

function publicRow(row: Row, shown: readonly number[]): unknown[] {
  const out: unknown[] = []
  for (let i = 0; i < shown.length; i++) out.push(publicOf(row[shown[i] as number] as Value))
  return out
}

const publicOf = (x: Value): unknown => (typeof x === 'string' ? x : toPublic(x))

type Level = Map<unknown, Level>

/** Of rows that agree in all that is shown one. */
function distinctOf(rows: readonly Row[], shown: readonly number[]): readonly Row[] {
  if (rows.length < 2) return rows
  const root: Level = new Map()
  return rows.filter((row) => {
    let level = root
    let isNew = false
    for (let i = 0; i < shown.length; i++) {
      const key = rowKey(row[shown[i] as number] as Value)
      let next = level.get(key)
      if (next === undefined) {
        isNew = true
        level.set(key, (next = new Map()))
      }
      level = next
    }
    return isNew
  })
}
