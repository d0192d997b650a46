/**
 * Runs a pull: level by level down the references, then upwards to build what is shown (findings-pull, "Pull rules").
 *
 * (1) No function recurs with the depth of the data. What is pulled is a list of nodes, parents before children; read in that
 *     order, built in the reverse.
 * (2) A node's children are made with `seen`, `depths` and `owners` as they are on its own path; they are never changed.
 * (3) Exact nodes (those that an `:xform` will see) are built of exact values, the others of public data.
 * (4) Endless patterns end: at `levelMax` levels and `entitiesMax` nodes with an error, or where memory or a budget does.
 */

import { defaultBytes } from '../base/budget.ts'
import type { Budget } from '../base/budget.ts'
import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import type { SegmentValues } from '../indexes/segments/segment-values.ts'
import { identify } from './identify.ts'
import { Node, contains, listFor, prepend } from './node.ts'
import type { Context, Path, Raw } from './node.ts'
import type { Pattern } from './pattern.ts'
import { planOf, wildcardPlan } from './plan.ts'
import type { Plan, Step } from './plan.ts'
import { NodeReader } from './read.ts'
import type { Taker } from './read.ts'
import { build, idOnly } from './result.ts'
import { xformNamed } from './xform.ts'
import type { FunctionOf, Xform } from './xform.ts'

export interface PullOptions {
  /** The program's functions for `:xform`. */
  readonly functionOf?: FunctionOf | undefined
  /** How many entities one pull may reach; a million when not given. */
  readonly entitiesMax?: number | undefined
  /** What it may cost. Without, only memory is looked after, as `heapBytes` says. */
  readonly budget?: Budget | undefined
  /** How large the heap may be. */
  readonly heapBytes?: (() => number | null) | undefined
}

const levelMax = 10_000
const entitiesMax = 1_000_000
const rootsAtOnce = 1024

/** What a node takes while it is built and as an object, and each value. */
const nodeBytes = 400
const valueBytes = 40
const smallPull = 2 ** 22
/** Work in units of a budget. */
const nodeWork = 12
const buildWork = 4
/** So many values are read, or nodes built, between two looks at a budget; powers of two. */
const readAtOnce = 1024
const builtAtOnce = 1024

/**
 * What the pattern selects of one entity, as public data; null when it matches nothing.
 *
 *     pull(db, parsePattern('[:person/name]'), keyword(':person/ann'))
 */
export function pull(db: Db, pattern: Pattern, id: Value, options: PullOptions = {}): unknown {
  return new Run(db, pattern, options, false).results([id])[0]
}

/** The same for several entities: one result for each, in their order. */
export function pullMany(
  db: Db,
  pattern: Pattern,
  ids: Value,
  options: PullOptions = {},
): unknown[] {
  const run = new Run(db, pattern, options, false)
  if (ids === null) return []
  if (!Array.isArray(ids)) {
    return raise(':yore/invalid-argument', 'the entities to pull are given as a list', { ids })
  }
  const out: unknown[] = []
  if (ids.length <= rootsAtOnce) return run.results(ids as Value[])
  for (let i = 0; i < ids.length; i += rootsAtOnce) {
    for (const x of run.results(ids.slice(i, i + rootsAtOnce) as Value[])) out.push(x)
  }
  return out
}

/** As `pull`, of exact values: what a function inside a query is to see. */
export function pullExact(db: Db, pattern: Pattern, id: Value, options: PullOptions = {}): Value {
  return new Run(db, pattern, options, true).results([id])[0] as Value
}

class Run implements Taker {
  readonly #db: Db
  readonly #plan: Plan
  readonly #exact: boolean
  readonly #nodeMax: number
  readonly #budget: Budget | null
  readonly #heapBytes: PullOptions['heapBytes']
  /** Bytes that may still be taken, where there is no budget: at first what nobody need ask for. */
  #room = smallPull
  #isLarge = false
  readonly #xforms = new Map<string, Xform>()
  readonly #nodes: Node[] = []
  // The last context of a sub-pattern: nodes that stand beside each other share it.
  #sub: { readonly step: Step; readonly of: Context; readonly context: Context } | null = null

  constructor(db: Db, pattern: Pattern, options: PullOptions, exact: boolean) {
    if (db.view.history) {
      raise(
        ':yore/history-not-allowed',
        'a history has no entities to pull from; query it, or pull from the database or an as-of view',
      )
    }
    this.#db = db
    this.#plan = planOf(pattern, db.schema)
    this.#exact = exact
    this.#nodeMax = options.entitiesMax ?? entitiesMax
    this.#budget = options.budget ?? null
    this.#heapBytes = options.heapBytes
    for (const name of this.#plan.xforms) {
      this.#xforms.set(name, xformNamed(name, options.functionOf))
    }
  }

  results(ids: readonly Value[]): unknown[] {
    const nodes = this.#nodes
    const context = contextFor(this.#plan, this.#exact, null)
    for (const x of ids) {
      const { id, e } = identify(this.#db, x)
      nodes.push(new Node(context, id, e, isName(x)))
      if ((nodes.length & (builtAtOnce - 1)) === 0) this.#budget?.tick(builtAtOnce * buildWork)
    }
    const reader = new NodeReader(this.#db, this)
    // a level begins where the one before it ended
    for (let depth = 0, i = 0; i < nodes.length; depth++) {
      if (depth > levelMax) tooDeep()
      for (const end = nodes.length; i < end; i++) {
        this.#take(nodeBytes)
        reader.read(nodes[i] as Node)
      }
    }
    for (let i = nodes.length - 1; i >= 0; i--) {
      if ((i & (builtAtOnce - 1)) === 0) this.#budget?.tick(builtAtOnce * buildWork)
      build(nodes[i] as Node, this.#xforms)
    }
    const out: unknown[] = []
    for (let i = 0; i < ids.length; i++) out.push((nodes[i] as Node).out)
    nodes.length = 0
    return out
  }

  took(datoms: number): void {
    this.#budget?.read(datoms)
    this.#take(datoms * valueBytes)
  }

  #take(bytes: number): void {
    if (this.#budget !== null) {
      this.#budget.keep(bytes)
      this.#budget.tick(nodeWork)
    } else if ((this.#room -= bytes) < 0) this.#grow()
  }

  #grow(): void {
    if (this.#isLarge) tooLarge()
    this.#isLarge = true
    this.#room += Math.max(0, defaultBytes(this.#heapBytes?.() ?? null) - smallPull)
    if (this.#room < 0) tooLarge()
  }

  // ---- what was read, to its place ----

  rows(node: Node, step: Step, values: SegmentValues, from: number, to: number): void {
    if (step.isOne) {
      const v = values.at(from)
      const isShown = step.kind === 'value' || step.kind === 'ref'
      node.put(step, isShown ? v : this.#child(this.#contextOf(node, step), step, v))
      return
    }
    const n = Math.max(0, Math.min(step.limit, to - from))
    const out = listFor<Value | Node>(n)
    const isShown = step.kind === 'value' || step.kind === 'ref'
    const context = isShown ? null : this.#contextOf(node, step)
    for (let i = 0; i < n; i += readAtOnce) {
      const end = Math.min(n, i + readAtOnce)
      if (i > 0) this.#budget?.tick(readAtOnce)
      if (context === null) values.copyValues(from + i, from + end, out as Value[], i)
      else for (let k = i; k < end; k++) out[k] = this.#child(context, step, values.at(from + k))
    }
    node.put(step, out as Raw)
  }

  #contextOf(node: Node, step: Step): Context {
    const { context } = node
    const exact = context.exact || step.xform !== null
    if (step.kind === 'component') {
      const plan = wildcardPlan(this.#db.schema)
      return contextFor(plan, exact, null, plan.depths, prepend(node.e, context.owners))
    }
    if (step.kind === 'sub') return this.#subContext(context, step, exact)
    const { plan, depths } = context
    const left = depths[step.counter] as number
    if (left === 0 || node.isSeen()) return contextFor(plan, exact, null, depths, null, true)
    const deeper = left === Infinity ? depths : depths.with(step.counter, left - 1)
    return contextFor(plan, exact, node.pathOn(), deeper)
  }

  #subContext(of: Context, step: Step, exact: boolean): Context {
    if (this.#sub?.of !== of || this.#sub.step !== step) {
      this.#sub = { step, of, context: contextFor(step.sub as Plan, exact, of.seen) }
    }
    return this.#sub.context
  }

  #child(context: Context, step: Step, value: Value): Node {
    if (step.kind === 'component') return this.#component(context, value as number)
    let id = value
    let e = value as number
    if (step.looksUp) ({ id, e } = identify(this.#db, value))
    if (context.isClosed) return closed(new Node(context, id, e, false), context.plan.showsId)
    const isNamed = step.kind === 'recursion' && step.looksUp && isName(value)
    return this.#push(new Node(context, id, e, isNamed))
  }

  // A cycle of components would be expanded for ever: what lies on the way from the first owner is shown as an id.
  #component(context: Context, e: number): Node {
    const child = new Node(context, e, e, false)
    return contains(context.owners, e) ? closed(child, true) : this.#push(child)
  }

  #push(node: Node): Node {
    if (this.#nodes.push(node) > this.#nodeMax) tooMuch(this.#nodeMax)
    return node
  }
}

function contextFor(
  plan: Plan,
  exact: boolean,
  seen: Path | null,
  depths = plan.depths,
  owners: Path | null = null,
  isClosed = false,
): Context {
  return { plan, seen, depths, owners, exact, isClosed }
}

const isName = (x: Value): boolean => typeof x !== 'number' && typeof x !== 'bigint'

/** A reference that is not followed. */
function closed(node: Node, showsId: boolean): Node {
  if (showsId) node.out = idOnly(node.id, node.context.exact)
  return node
}

function tooDeep(): never {
  raise(
    ':yore/limit-exceeded',
    `a pull goes deeper than ${levelMax} levels; bound its recursion with a number`,
    { levels: levelMax },
  )
}

function tooLarge(): never {
  raise(
    ':yore/limit-exceeded',
    'a pull takes more memory than there is for it; bound its recursion, or ask for less at once',
    { limit: 'bytes' },
  )
}

function tooMuch(nodeMax: number): never {
  raise(
    ':yore/limit-exceeded',
    `a pull reaches more than ${nodeMax} entities; bound its recursion, or ask for less at once`,
    { entities: nodeMax },
  )
}
