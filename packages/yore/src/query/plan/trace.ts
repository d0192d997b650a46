/**
 * What is noted of one run of a query while it is explained: a tree of steps, as the engine comes to them.
 *
 * A run that is not explained has no trace (`context.trace` is null), which each clause asks once.
 *
 * (1) Steps that are taken again (the body of a rule, a query within a query) are one step, whose numbers add up.
 * (2) What the index is asked while a step is open, and none within it, counts for that step.
 * (3) Rows are distinct combinations of all relations. Counting them takes no time of any step.
 */

import type { Value } from '../../data/values.ts'
import { IndexMeter } from '../../indexes/counted/metered.ts'
import { Tally } from '../../indexes/counted/tally.ts'
import { clauseText, findText, namesIn, pullText } from './clause-text.ts'
import type { Names } from './clause-text.ts'
import type { Context } from '../context.ts'
import type { PreparedExpression } from '../prepare/expression.ts'
import { distinct } from '../columns/kernels.ts'
import type { DbPattern } from '../prepare/pattern.ts'
import { preparedVariables } from '../prepare/prepared.ts'
import type { Conjunction, Prepared } from '../prepare/prepared.ts'
import type { Relation } from '../columns/relation.ts'
import type { FindElement, Query } from '../parse/syntax.ts'

/** What a step is. 'group': clauses that hold together. */
export type StepKind =
  | 'query'
  | 'group'
  | 'constant'
  | 'pattern'
  | 'predicate'
  | 'function'
  | 'not'
  | 'or'
  | 'rule'
  | 'find'
  | 'pull'

export class TraceStep {
  readonly kind: StepKind
  readonly text: string
  readonly tally: Tally = new Tally()
  /** By what makes a step the same when it is taken again, in the order of the first time. */
  readonly children: Map<unknown, TraceStep> = new Map()
  /** Of a group: its clauses, those that were never run among them. */
  clauses: readonly Prepared[] = []
  runs = 0
  rowsIn = 0
  rowsOut = 0
  /** Of the planner; null where it has none. */
  estimate: number | null = null
  bindsIn: readonly string[] = []
  bindsOut: readonly string[] = []
  /** Predicates that may confine what of the index is read. */
  predicates: readonly string[] = []
  /** It was run as one with the step before it, where its numbers are. */
  asOne = false
  /** None of its variables was bound, although others were, and nothing that was run later joins them. */
  unbound: readonly string[] = []
  /** Of a group that is being run: such clauses, the variables that were bound before them, and theirs. */
  readonly apart: { step: TraceStep; before: readonly string[]; own: readonly string[] }[] = []
  ms = 0
  /** When it was opened last. */
  since = 0

  constructor(kind: StepKind, text: string) {
    this.kind = kind
    this.text = text
  }
}

export class Trace {
  readonly meter: IndexMeter
  readonly root: TraceStep = new TraceStep('group', '')
  readonly #open: TraceStep[] = [this.root]
  // Of the clause that was opened last.
  #rowsIn = 0
  // After the clause that was closed last.
  #rows = 0
  #binds: readonly string[] = []
  readonly #keys = new WeakMap<Conjunction, string>()
  readonly #names = new WeakMap<Conjunction, Names>()

  constructor(now: () => number) {
    this.meter = new IndexMeter(now)
    this.meter.at = this.root.tally
  }

  /** The query, after it was run. */
  get query(): TraceStep | undefined {
    return [...this.root.children.values()].find((s) => s.kind === 'query')
  }

  openQuery(query: Query): void {
    this.#push(query, 'query', () => findText(query))
  }

  closeQuery(query: Query, value: unknown): void {
    this.#pop().rowsOut += rowsOfAnswer(query, value)
  }

  /** Clauses that hold together are about to be run. */
  openGroup(conjunction: Conjunction): void {
    this.#push(this.#keyOf(conjunction), 'group', () => '').clauses = conjunction.clauses
  }

  closeGroup(): void {
    const group = this.#pop()
    for (const x of group.apart.splice(0)) {
      if (areJoined(group.clauses, x.before, x.own)) x.step.unbound = []
    }
  }

  openClause(
    conjunction: Conjunction,
    i: number,
    relations: readonly Relation[],
    estimate: number,
  ): void {
    const p = conjunction.clauses[i] as Prepared
    const step = this.#push(i, kindOf(p), () => clauseText(p, this.#namesOf(conjunction)))
    this.#rowsIn = rowsOf(relations)
    step.rowsIn += this.#rowsIn
    if (estimate >= 0 && estimate < Infinity) step.estimate = (step.estimate ?? 0) + estimate
    const known = boundIn(relations, conjunction, this.#namesOf(conjunction))
    step.bindsIn = merged(step.bindsIn, known)
    if (p.kind === 'db') {
      step.predicates = predicatesOf(p, conjunction, this.#namesOf(conjunction))
      if (relations.length > 0 && isUnbound(p, relations)) {
        step.unbound = p.variables.map(this.#namesOf(conjunction))
        const before = relations.flatMap((r) => r.variables)
        this.#group.apart.push({ step, before, own: p.variables })
      }
    }
  }

  closeClause(
    conjunction: Conjunction,
    relations: readonly Relation[] | null,
    { guard }: Context,
  ): void {
    const step = this.#pop()
    this.#rows = 0
    this.#binds = []
    if (relations === null) return
    const start = this.meter.now()
    const all = relations.map((r) => (r.key === null ? distinct(r, guard) : r))
    this.#rows = all.length === 0 ? 1 : rowsOf(all)
    this.#binds = boundIn(relations, conjunction, this.#namesOf(conjunction))
    step.rowsOut += this.#rows
    step.bindsOut = merged(step.bindsOut, this.#binds)
    const spent = this.meter.now() - start
    for (const open of this.#open) open.since += spent
  }

  /** The clause that is open was given up: what it read was read, but it is still to be run. */
  leaveClause(): void {
    const step = this.#pop()
    step.runs--
    step.rowsIn -= this.#rowsIn
  }

  /** These clauses were run as one with the one that was closed last. */
  asOne(conjunction: Conjunction, places: readonly number[]): void {
    for (const i of places) {
      const p = conjunction.clauses[i] as Prepared
      const step = this.#push(i, kindOf(p), () => clauseText(p, this.#namesOf(conjunction)))
      this.#pop()
      step.asOne = true
      step.rowsIn += this.#rows
      step.rowsOut += this.#rows
      step.bindsIn = merged(step.bindsIn, this.#binds)
      step.bindsOut = merged(step.bindsOut, this.#binds)
    }
  }

  /** A function of constants is run once, before all clauses. */
  constant(p: PreparedExpression, args: readonly Value[]): Value {
    this.#push(p.clause, 'constant', () => clauseText(p))
    const result = p.call(args)
    const step = this.#pop()
    if (result !== null && result !== false) step.rowsOut++
    return result
  }

  /** Some rows in the order of the answer are taken from the index of this pattern. */
  openOrder(p: DbPattern): void {
    this.#push('order', 'pattern', () => `:order-by ${clauseText(p)}`)
  }

  closeOrder(rows: number): void {
    this.#pop().rowsOut += rows
  }

  openFind(query: Query, rows: number): void {
    this.#push('find', 'find', () => findText(query)).rowsIn += rows
  }

  closeFind(query: Query, value: unknown): void {
    this.#pop().rowsOut += rowsOfAnswer(query, value)
  }

  openPull(element: Extract<FindElement, { kind: 'pull' }>, rows: number): void {
    this.#push(element, 'pull', () => pullText(element)).rowsIn += rows
  }

  closePull(rows: number): void {
    this.#pop().rowsOut += rows
  }

  #push(key: unknown, kind: StepKind, text: () => string): TraceStep {
    const { children } = this.#top
    let step = children.get(key)
    if (step === undefined) children.set(key, (step = new TraceStep(kind, text())))
    step.runs++
    this.#open.push(step)
    this.meter.at = step.tally
    step.since = this.meter.now()
    return step
  }

  #pop(): TraceStep {
    const step = this.#open.pop() as TraceStep
    step.ms += this.meter.now() - step.since
    this.meter.at = this.#top.tally
    return step
  }

  get #top(): TraceStep {
    return this.#open[this.#open.length - 1] as TraceStep
  }

  // Of the clause that is open.
  get #group(): TraceStep {
    return this.#open[this.#open.length - 2] as TraceStep
  }

  // Prepared anew for each run of a rule or query, but always the same clauses.
  #keyOf(conjunction: Conjunction): string {
    let key = this.#keys.get(conjunction)
    if (key === undefined) {
      key = conjunction.clauses.map((p) => clauseText(p)).join(' ')
      this.#keys.set(conjunction, key)
    }
    return key
  }

  #namesOf(conjunction: Conjunction): Names {
    let names = this.#names.get(conjunction)
    if (names === undefined) {
      names = namesIn(conjunction.clauses)
      this.#names.set(conjunction, names)
    }
    return names
  }
}

function kindOf(p: Prepared): StepKind {
  switch (p.kind) {
    case 'db':
    case 'rows':
      return 'pattern'
    case 'expression':
      return p.clause.binding === null ? 'predicate' : 'function'
    case 'call':
      return 'rule'
    default:
      return p.kind
  }
}

/** How many combinations; 0 when nothing is bound yet. */
function rowsOf(relations: readonly Relation[]): number {
  if (relations.length === 0) return 0
  let n = 1
  for (const r of relations) n *= r.n
  return n
}

function rowsOfAnswer({ shape }: Query, value: unknown): number {
  if (shape === 'relation' || shape === 'collection') return (value as readonly unknown[]).length
  return value === null ? 0 : 1
}

// Names that the engine made for itself begin with '?_'.
function boundIn(relations: readonly Relation[], { env }: Conjunction, shown: Names): string[] {
  const names = [...relations.flatMap((r) => r.variables), ...env.keys()]
  return names.filter((v) => !v.startsWith('?_')).map(shown)
}

const merged = (a: readonly string[], b: readonly string[]): readonly string[] =>
  a.length === 0 ? [...new Set(b)] : [...new Set([...a, ...b])]

function isUnbound(p: DbPattern, relations: readonly Relation[]): boolean {
  if (p.variables.length === 0 || p.e.kind === 'constant' || p.v.kind === 'constant') return false
  return !relations.some((r) => r.variables.some((v) => p.variables.includes(v)))
}

/** Do clauses lead from some of these variables to some of those? A predicate leads nowhere. */
function areJoined(
  clauses: readonly Prepared[],
  from: readonly string[],
  to: readonly string[],
): boolean {
  const reached = new Set(from)
  const left = new Set(clauses.filter((p) => kindOf(p) !== 'predicate' && p.kind !== 'not'))
  for (let size = -1; size !== left.size;) {
    size = left.size
    for (const p of left) {
      const variables = preparedVariables(p)
      if (!variables.some((v) => reached.has(v))) continue
      for (const v of variables) reached.add(v)
      left.delete(p)
    }
  }
  return to.some((v) => reached.has(v))
}

function predicatesOf({ range, v }: DbPattern, { clauses }: Conjunction, names: Names): string[] {
  if (range === null || v.kind !== 'variable') return []
  return clauses.flatMap((p) =>
    p.kind === 'expression' &&
    p.clause.binding === null &&
    preparedVariables(p).length === 1 &&
    p.needs[0] === v.name
      ? [clauseText(p, names)]
      : [],
  )
}
