/**
 * The plan of a run as data: what was traced (trace.ts), as a tree of steps with their numbers.
 *
 * (1) Numbers of a step include those of the steps within it; `access` is what it asked the index itself.
 * (2) Clauses stand in the order in which they were run; those that were never reached, because nothing was left, come last.
 */

import { Tally } from '../../indexes/counted/tally.ts'
import { clauseText, namesIn } from './clause-text.ts'
import type { TraceStep } from './trace.ts'

/** How a step asked an index, and what it was given. */
export interface PlanAccess {
  readonly index: ':eavt' | ':aevt' | ':avet' | ':vaet'
  /**
   * `scan`: all of an attribute. `lookup`: what has one entity or value. `range`: between two values. `probe`: many entities or values in
   * one pass. `count`: only how many there are.
   */
  readonly access: 'scan' | 'lookup' | 'range' | 'probe' | 'count'
  /** How often it was asked, and for how many keys altogether. */
  readonly calls: number
  readonly keys: number
  readonly datoms: number
}

/** What was read. */
export interface PlanReads {
  /** Datoms that indexes gave. */
  readonly datoms: number
  /** Segments that were read, each counted once; what is not yet indexed is in none. */
  readonly segments: number
  /** How many reads had to go to the storage, as the cache did not have them, for how many bytes, and how long they took. */
  readonly reads: number
  readonly bytes: number
  readonly readMs: number
  /** Milliseconds, all included. */
  readonly ms: number
}

/** One step of a plan. */
export interface PlanStep extends PlanReads {
  readonly kind:
    | 'constant'
    | 'pattern'
    | 'predicate'
    | 'function'
    | 'not'
    | 'or'
    | 'rule'
    | 'branch'
    | 'query'
    | 'find'
    | 'pull'
  /** The clause, as EDN text. */
  readonly clause: string
  readonly access: readonly PlanAccess[]
  /** How often it was run. 0: nothing was left when its turn would have come. */
  readonly runs: number
  /** It was run as one with the step before it, where its numbers are: patterns that meet in one variable are intersected. */
  readonly asOne: boolean
  /** What the planner expected of `rowsOut`; null where it does not ask. */
  readonly estimatedRows: number | null
  readonly rowsIn: number
  readonly rowsOut: number
  /** The variables that have values before and after it; after it only those that are needed later. */
  readonly bindsIn: readonly string[]
  readonly bindsOut: readonly string[]
  /** Predicates that confined what of the index was read. */
  readonly predicates: readonly string[]
  /** The clause's variables, if none was bound although others were, and no later clause joins them: it multiplies the rows. */
  readonly unbound: readonly string[]
  /** The clauses of a `not`, the branches of an `or`, the bodies of a rule, the steps of a query within the query, pulls. */
  readonly steps: readonly PlanStep[]
}

/** How a query was run. */
export interface QueryPlan extends PlanReads {
  /** What it finds. */
  readonly find: string
  /** Of the answer. */
  readonly rows: number
  readonly steps: readonly PlanStep[]
  /** What choosing the order of the clauses took. */
  readonly planning: PlanReads & { readonly counts: number }
}

/** The plan of a traced query: of the step that its trace has under the root. */
export function planOf(query: TraceStep): QueryPlan {
  const steps = stepsIn(query)
  const planning = new Tally()
  planning.add(query.tally)
  const groups = [...query.children.values()].filter((s) => s.kind === 'group')
  for (const group of groups) planning.add(group.tally)
  let counts = 0
  for (const { access, calls } of planning.questions.values())
    if (access === 'count') counts += calls
  const ms = Math.max(0, query.ms - steps.reduce((sum, s) => sum + s.ms, 0))
  return {
    find: query.text,
    rows: query.rowsOut,
    ...readsOf(tallyOf(query), query.ms),
    steps,
    planning: { counts, ...readsOf(planning, ms) },
  }
}

/** All that a step and those within it counted. */
export function tallyOf(step: TraceStep): Tally {
  const all = new Tally()
  const open = [step]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    all.add(next.tally)
    open.push(...next.children.values())
  }
  return all
}

/** What was read, and how long that took, as a plan tells it. */
export const readsOf = (tally: Tally, ms: number): PlanReads => ({
  datoms: tally.datoms,
  segments: tally.segmentCount,
  reads: tally.reads,
  bytes: tally.bytes,
  readMs: tally.readMs,
  ms,
})

/** Depth is bounded: the parser bounds how deep clauses nest, and the engine how deep queries do. */
function stepsIn(parent: TraceStep): PlanStep[] {
  const out: PlanStep[] = []
  for (const child of parent.children.values()) {
    if (child.kind !== 'group') out.push(stepOf(child))
    else if (parent.kind === 'or' || parent.kind === 'rule') out.push(branchOf(child))
    else out.push(...clausesOf(child))
  }
  return out
}

function clausesOf(group: TraceStep): PlanStep[] {
  const out = stepsIn(group)
  const names = namesIn(group.clauses)
  group.clauses.forEach((p, i) => {
    const clause = clauseText(p, names)
    if (!group.children.has(i)) out.push({ ...notReached, clause, kind: kindOf(p) })
  })
  return out
}

type Clause = TraceStep['clauses'][number]

function kindOf(p: Clause): PlanStep['kind'] {
  if (p.kind === 'db' || p.kind === 'rows') return 'pattern'
  if (p.kind === 'call') return 'rule'
  if (p.kind !== 'expression') return p.kind
  return p.clause.binding === null ? 'predicate' : 'function'
}

const notReached: Omit<PlanStep, 'kind' | 'clause'> = {
  access: [],
  runs: 0,
  asOne: false,
  estimatedRows: null,
  rowsIn: 0,
  rowsOut: 0,
  bindsIn: [],
  bindsOut: [],
  predicates: [],
  unbound: [],
  datoms: 0,
  segments: 0,
  reads: 0,
  bytes: 0,
  readMs: 0,
  ms: 0,
  steps: [],
}

function branchOf(group: TraceStep): PlanStep {
  const steps = clausesOf(group)
  return {
    ...stepOf(group),
    kind: 'branch',
    rowsIn: steps[0]?.rowsIn ?? 0,
    rowsOut: steps.at(-1)?.rowsOut ?? 0,
    access: [],
    steps,
  }
}

function stepOf(step: TraceStep): PlanStep {
  return {
    kind: step.kind === 'group' ? 'branch' : step.kind,
    clause: step.text,
    access: accessOf(step.tally),
    runs: step.runs,
    asOne: step.asOne,
    estimatedRows: step.estimate,
    rowsIn: step.rowsIn,
    rowsOut: step.rowsOut,
    bindsIn: step.bindsIn,
    bindsOut: step.bindsOut,
    predicates: isConfined(step) ? step.predicates : [],
    unbound: step.unbound,
    ...readsOf(tallyOf(step), step.ms),
    steps: step.kind === 'group' ? [] : stepsIn(step),
  }
}

/** Was a stretch of the index of values read, which predicates may have confined? */
const isConfined = ({ tally }: TraceStep): boolean =>
  [...tally.questions.values()].some(
    ({ order, access }) => order === 'avet' && (access === 'range' || access === 'lookup'),
  )

function accessOf(tally: Tally): PlanAccess[] {
  return [...tally.questions.values()].map(({ order, ...rest }) => ({
    index: `:${order}` as const,
    ...rest,
  }))
}
