/**
 * Evaluates recursive rules of any shape: one table for each rule, source and set of bound arguments, filled until nothing is new.
 *
 * A table has *seeds* (the bound arguments it was asked for) and *results*. A rule's body is cut at its recursive calls into segments;
 * before each call the rows so far are kept, so that a new result of the called table goes on from there.
 *
 * (1) Semi-naive: each new seed, row before a call and result is worked on once.
 * (2) Only what is asked for is computed: seeds flow from calls to tables (the "magic set" of the bound arguments).
 * (3) Sets of rows only grow, so evaluation ends on cyclic data; there is no recursion of JavaScript however deep the data.
 */

import { raise } from '../../base/errors.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Context } from '../context.ts'
import { RowList } from '../columns/kernels.ts'
import { adornment, checkBindable, runnable } from '../plan/plan.ts'
import { prepare } from '../prepare/prepare.ts'
import { preparedVariables } from '../prepare/prepared.ts'
import type { CallArgument, Conjunction, Prepared, PreparedCall } from '../prepare/prepared.ts'
import { cell, constantColumn, gather, joinKey } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { Chains, RowSet } from '../columns/row-set.ts'
import { freshSuffix, renameClause, renaming, sameComponent } from '../parse/rules.ts'
import { solveAll } from '../clauses/run.ts'
import type { Rule } from '../parse/syntax.ts'
import { weightOfColumn } from '../columns/weights.ts'

/** Clauses up to a recursive call, or to the end of the body. */
interface Segment {
  readonly conjunction: Conjunction
  /** What is kept of the rows after these clauses. */
  readonly variables: readonly string[]
  /** The call that follows; null at the end. */
  readonly call: Barrier | null
}

interface Barrier {
  readonly call: PreparedCall
  readonly table: Table
  /** The rows that wait for results of the call, and where the seed of each stands. */
  readonly rows: RowSet
  readonly bySeed: Chains
  /** Rows handed on so far. */
  readonly next: Task
}

/** A segment with rows that it has yet to work on. */
interface Task {
  readonly table: Table
  readonly segments: readonly Segment[]
  readonly at: number
  pending: Relation[]
}

/** Where a rule's body begins: its seeds are these variables. */
interface Start {
  readonly task: Task
  readonly variables: readonly string[]
}

interface Component {
  readonly tables: Table[]
  readonly tasks: Task[]
}

class Table {
  readonly name: string
  readonly source: string
  readonly bound: string
  readonly component: Component
  readonly seeds: RowSet
  readonly results: RowSet
  /** Results by seed. */
  readonly bySeed: Chains = new Chains()
  readonly subscribers: Barrier[] = []
  readonly starts: Start[] = []

  constructor(name: string, source: string, bound: string, component: Component) {
    this.name = name
    this.source = source
    this.bound = bound
    this.component = component
    this.seeds = new RowSet(positionsOf(bound, 'b').length)
    this.results = new RowSet(bound.length)
  }
}

/** Where the adornment has bound ('b') or free ('f') arguments. */
export const positionsOf = (bound: string, kind: 'b' | 'f'): number[] =>
  Array.from(bound).flatMap((x, i) => (x === kind ? [i] : []))

/** The answer of a call: for each row of the seeds, by number, the rows of results it has. */
export interface Answer {
  readonly seedOf: Int32Array
  readonly bySeed: Chains
  readonly results: RowSet
}

/** Asks for a rule with these bound arguments, and works until all is known. */
export function ask(
  name: string,
  source: string,
  bound: string,
  seeds: readonly Column[],
  n: number,
  context: Context,
): Answer {
  const table = tableOf(name, source, bound, context)
  const seedOf = addSeeds(table, seeds, n, context)
  exhaust(table.component, context)
  return { seedOf, bySeed: table.bySeed, results: table.results }
}

// ---- making tables ----

function tableOf(name: string, source: string, bound: string, context: Context): Table {
  const key = `${name} ${source} ${bound}`
  const known = context.tables.get(key)
  if (known !== undefined) return known as Table
  const component = componentOf(name, source, context)
  const table = new Table(name, source, bound, component)
  context.tables.set(key, table)
  component.tables.push(table)
  for (const rule of context.rules.get(name) ?? []) addRule(table, rule, context)
  return table
}

function componentOf(name: string, source: string, context: Context): Component {
  for (const other of context.rules.keys()) {
    if (!sameComponent(context.rules, name, other)) continue
    const key = `component ${other} ${source}`
    const known = context.tables.get(key)
    if (known !== undefined) return known as Component
    const component: Component = { tables: [], tasks: [] }
    context.tables.set(key, component)
    return component
  }
  return { tables: [], tasks: [] }
}

const renamedRules = new WeakMap<Rule, Rule>()

/** The rule with variables that no caller has. */
function renamed(rule: Rule): Rule {
  let known = renamedRules.get(rule)
  if (known === undefined) {
    const to = renaming(new Map(), freshSuffix())
    const body = rule.body.map((c) => renameClause(c, to))
    known = { ...rule, parameters: rule.parameters.map(to), body }
    renamedRules.set(rule, known)
  }
  return known
}

function addRule(table: Table, rule: Rule, context: Context): void {
  const { parameters, body } = renamed(rule)
  const conjunction = prepare(body, table.source, new Map(), context)
  const given = positionsOf(table.bound, 'b').map((i) => parameters[i] as string)
  const bound = checkBindable(conjunction, new Set(given), context)
  const unbound = parameters.filter((v) => !bound.has(v))
  if (unbound.length > 0) {
    raise(
      ':db.error/insufficient-binding',
      `a body of the rule ${rule.name} does not bind ${unbound.map((v) => v.replace(/[~!].*$/, '')).join(' ')}`,
      { rule: rule.name, variables: unbound },
    )
  }
  const segments: Segment[] = []
  const tasks: Task[] = []
  const cuts = cut(conjunction, given, table, context)
  cuts.forEach((piece, at) => {
    const task: Task = { table, segments, at, pending: [] }
    tasks.push(task)
    table.component.tasks.push(task)
    segments.push({
      conjunction: piece.conjunction,
      variables: piece.call === null ? parameters : neededAfter(cuts, at, parameters),
      call: null,
    })
  })
  cuts.forEach((piece, at) => {
    if (piece.call === null) return
    const segment = segments[at] as Segment
    const has = (v: string): boolean => segment.variables.includes(v) || conjunction.env.has(v)
    const called = tableOf(
      piece.call.name,
      piece.call.source,
      adornment(piece.call.args, has),
      context,
    )
    const barrier: Barrier = {
      call: piece.call,
      table: called,
      rows: new RowSet(segment.variables.length),
      bySeed: new Chains(),
      next: tasks[at + 1] as Task,
    }
    called.subscribers.push(barrier)
    segments[at] = { ...segment, call: barrier }
  })
  table.starts.push({ task: tasks[0] as Task, variables: given })
}

interface Piece {
  readonly conjunction: Conjunction
  readonly call: PreparedCall | null
  /** Variables bound when the piece is done. */
  readonly bound: ReadonlySet<string>
}

/** Something to begin with when nothing is bound: clauses with a constant, not those that read all there is of an attribute. */
function isFew(p: Prepared): boolean {
  if (p.kind === 'db') return p.e.kind === 'constant' || p.v.kind === 'constant'
  return p.kind === 'rows' || p.kind === 'expression'
}

/**
 * Cuts a body at its recursive calls: what is connected runs first, then a call with something bound; when nothing is bound what
 * has a constant, and then the call itself, whose new results go on one by one.
 */
function cut(
  conjunction: Conjunction,
  given: readonly string[],
  table: Table,
  context: Context,
): Piece[] {
  const isCall = (p: Prepared): p is PreparedCall =>
    p.kind === 'call' && sameComponent(context.rules, p.name, table.name)
  const bound = new Set(given)
  let waiting = conjunction.clauses.filter((p) => !isCall(p))
  let calls = conjunction.clauses.filter(isCall)
  const out: Piece[] = []
  let piece: Prepared[] = []
  const finish = (call: PreparedCall | null): void => {
    const clauses = piece
    out.push({
      conjunction: { ...conjunction, clauses, after: clauses.map(() => []) },
      call,
      bound: new Set(bound),
    })
    piece = []
    if (call !== null) for (const v of preparedVariables(call)) bound.add(v)
  }
  const canRunWith = (p: Prepared): boolean => runnable(p, bound, context)
  const take = (p: Prepared): void => {
    piece.push(p)
    waiting = waiting.filter((x) => x !== p)
    for (const v of preparedVariables(p)) bound.add(v)
  }
  for (;;) {
    const connected = waiting.find(
      (p) => preparedVariables(p).some((v) => bound.has(v)) && canRunWith(p),
    )
    if (connected !== undefined) {
      take(connected)
      continue
    }
    const anchored = calls.find((c) => adornment(c.args, (v) => bound.has(v)).includes('b'))
    const few = waiting.find((p) => isFew(p) && canRunWith(p))
    const next = anchored ?? (few === undefined ? calls[0] : undefined)
    if (next !== undefined) {
      finish(next)
      calls = calls.filter((c) => c !== next)
      continue
    }
    const any = few ?? waiting.find(canRunWith)
    if (any === undefined) break
    take(any)
  }
  piece.push(...waiting)
  finish(null)
  return out
}

/** What of the rows is still of use after a piece: the call's arguments, later clauses, the head. */
function neededAfter(cuts: readonly Piece[], at: number, parameters: readonly string[]): string[] {
  const later = new Set(parameters)
  const add = (p: Prepared): void => {
    for (const v of preparedVariables(p)) later.add(v)
  }
  const call = cuts[at]?.call
  if (call !== null && call !== undefined) add(call)
  for (const piece of cuts.slice(at + 1)) {
    for (const p of piece.conjunction.clauses) add(p)
    if (piece.call !== null) add(piece.call)
  }
  const piece = cuts[at] as Piece
  return [...piece.bound].filter((v) => later.has(v) && !piece.conjunction.env.has(v))
}

// ---- working ----

/** What a set of rows takes for each cell: the cell, its code, and where the code is found. */
const keptCell = 48
/** The same for values that are found by a key. */
const keptValue = 160

/** Of these n rows so many are new in a set, which keeps them to the end. */
function keep(columns: readonly Column[], added: number, n: number, { guard }: Context): void {
  let bytes = keptCell
  for (const c of columns) {
    bytes += c.kind === 'number' ? keptCell : keptValue + weightOfColumn(c) / n
  }
  guard.keep(added * bytes)
}

function addSeeds(
  table: Table,
  columns: readonly Column[],
  n: number,
  context: Context,
): Int32Array {
  const before = table.seeds.n
  const out = table.seeds.add(columns, n)
  const added = table.seeds.n - before
  if (added === 0) return out
  keep(columns, added, n, context)
  const fresh = Int32Array.from({ length: added }, (_, i) => before + i)
  const taken = table.seeds.columns.map((c) => c.take(fresh))
  for (const { task, variables } of table.starts) {
    task.pending.push({ n: added, variables, columns: taken, key: variables })
  }
  return out
}

/** Works off what is pending until nothing is. */
function exhaust(component: Component, context: Context): void {
  for (let busy = true; busy;) {
    busy = false
    context.guard.round()
    for (let i = 0; i < component.tasks.length; i++) {
      const task = component.tasks[i] as Task
      if (task.pending.length === 0) continue
      busy = true
      const pending = task.pending
      task.pending = []
      for (const rows of pending) work(task, rows, context)
    }
  }
}

function work(task: Task, rows: Relation, context: Context): void {
  const segment = task.segments[task.at] as Segment
  context.guard.tick(rows.n + 50)
  const found = solveAll(segment.conjunction, [rows], segment.variables, context)
  if (found === null || found.n === 0) return
  if (segment.call === null) addResults(task.table, found, context)
  else beforeCall(segment, segment.call, found, context)
}

/** New rows before a call: they ask the called table, and go on with the results that it has already. */
function beforeCall(segment: Segment, barrier: Barrier, found: Relation, context: Context): void {
  const before = barrier.rows.n
  barrier.rows.add(found.columns, found.n)
  const added = barrier.rows.n - before
  if (added === 0) return
  keep(found.columns, added, found.n, context)
  const fresh = Int32Array.from({ length: added }, (_, i) => before + i)
  const columns = new Map(
    segment.variables.map((v, k) => [
      v,
      (barrier.rows.columns[k] as RowSet['columns'][number]).take(fresh),
    ]),
  )
  const { args } = barrier.call
  const bound = positionsOf(barrier.table.bound, 'b')
  const seeds = bound.map((i) => {
    const a = args[i] as CallArgument
    return a.kind === 'variable'
      ? (columns.get(a.name) as Column)
      : constantColumn(a.kind === 'constant' ? a.value : null, added)
  })
  const seedOf = addSeeds(barrier.table, seeds, added, context)
  const rows = new RowList(added)
  const results = new RowList(added)
  for (let i = 0; i < added; i++) {
    const seed = seedOf[i] as number
    const row = before + i
    barrier.bySeed.add(seed, row)
    for (let r = barrier.table.bySeed.first(seed); r >= 0; r = barrier.table.bySeed.next(r)) {
      rows.push(row)
      results.push(r)
    }
  }
  handOn(segment, barrier, rows, results, context)
}

function addResults(table: Table, found: Relation, context: Context): void {
  const before = table.results.n
  table.results.add(found.columns, found.n)
  const added = table.results.n - before
  if (added === 0) return
  context.guard.rows(table.results.n)
  keep(found.columns, added, found.n, context)
  const fresh = Int32Array.from({ length: added }, (_, i) => before + i)
  const bound = positionsOf(table.bound, 'b')
  const seedOf = table.seeds.add(
    bound.map((i) => (table.results.columns[i] as RowSet['columns'][number]).take(fresh)),
    added,
  )
  for (let i = 0; i < added; i++) table.bySeed.add(seedOf[i] as number, before + i)
  for (const barrier of table.subscribers) {
    const rows = new RowList(added)
    const results = new RowList(added)
    for (let i = 0; i < added; i++) {
      const seed = seedOf[i] as number
      for (let r = barrier.bySeed.first(seed); r >= 0; r = barrier.bySeed.next(r)) {
        rows.push(r)
        results.push(before + i)
      }
    }
    const { segments, at } = barrier.next
    handOn(segments[at - 1] as Segment, barrier, rows, results, context)
  }
}

/** Rows before a call with results of it become rows of the next segment. */
function handOn(
  segment: Segment,
  barrier: Barrier,
  rows: RowList,
  results: RowList,
  context: Context,
): void {
  if (rows.n === 0) return
  context.guard.tick(rows.n)
  const places = rows.done()
  const found = results.done()
  const variables = [...segment.variables]
  const columns = segment.variables.map((_, k) =>
    (barrier.rows.columns[k] as RowSet['columns'][number]).take(places),
  )
  const free = freeColumns(barrier.call.args, barrier.table.bound, (i) =>
    (barrier.table.results.columns[i] as RowSet['columns'][number]).take(found),
  )
  for (const [name, column] of free.columns) {
    variables.push(name)
    columns.push(column)
  }
  let relation: Relation = { n: places.length, variables, columns, key: null }
  if (free.equal.length > 0) relation = onlyEqual(relation, free.equal)
  if (relation.n > 0) barrier.next.pending.push(relation)
}

/** The columns that a call's free arguments get, and pairs of columns that have to be equal as a variable stands twice. */
export function freeColumns(
  args: readonly CallArgument[],
  bound: string,
  column: (position: number) => Column,
): { columns: Map<string, Column>; equal: [Column, Column][] } {
  const columns = new Map<string, Column>()
  const equal: [Column, Column][] = []
  for (const i of positionsOf(bound, 'f')) {
    const a = args[i]
    if (a?.kind !== 'variable') continue
    const known = columns.get(a.name)
    if (known === undefined) columns.set(a.name, column(i))
    else equal.push([known, column(i)])
  }
  return { columns, equal }
}

/** The rows in which these pairs of columns agree. */
export function onlyEqual(r: Relation, equal: readonly (readonly [Column, Column])[]): Relation {
  const rows = new RowList(r.n)
  for (let i = 0; i < r.n; i++) {
    if (equal.every(([a, b]) => joinKey(cell(a, i)) === joinKey(cell(b, i)))) rows.push(i)
  }
  const places = rows.done()
  return {
    n: places.length,
    variables: r.variables,
    columns: r.columns.map((c) => gather(c, places)),
    key: r.key,
  }
}
