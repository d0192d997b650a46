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
import type { SegmentValues } from '../indexes/segment-values.ts'
import { identify } from './identify.ts'
import { Node, contains, listFor, prepend } from './node.ts'
import type { Context, Raw } from './node.ts'
import type { Pattern } from './pattern.ts'
import { planOf, wildcardPlan } from './plan.ts'
import type { Plan, Step } from './plan.ts'
import { NodeReader } from './read.ts'
import type { Taker } from './read.ts'
import { build, idOnly, showPlain } from './result.ts'
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
/** So many values are copied, or nodes built, between two looks at a budget; powers of two. */
const copiedAtOnce = 4096
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
    const plan = this.#plan
    const { depths } = plan
    const exact = this.#exact
    const context = { plan, seen: null, depths, owners: null, exact, isClosed: false }
    for (const x of ids) {
      const { id, e } = identify(this.#db, x)
      nodes.push(new Node(context, id, e, isName(x)))
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

  values(node: Node, step: Step, values: readonly Value[]): void {
    if (step.isOne) this.#putOne(node, step, values[0] as Value)
    else {
      const n = Math.max(0, Math.min(step.limit, values.length))
      if (step.kind === 'value' || step.kind === 'ref') {
        this.#put(node, step, values.slice(0, n))
      } else this.#putNodes(node, step, n, (i) => values[i] as Value)
    }
  }

  rows(node: Node, step: Step, values: SegmentValues, from: number, to: number): void {
    if (step.isOne) {
      this.#putOne(node, step, values.at(from))
      return
    }
    const n = Math.max(0, Math.min(step.limit, to - from))
    if (step.kind === 'value' || step.kind === 'ref') {
      this.#put(node, step, this.#copied(values, from, n))
    } else this.#putNodes(node, step, n, (i) => values.at(from + i))
  }

  #copied(values: SegmentValues, from: number, n: number): Value[] {
    const out = listFor<Value>(n) as Value[]
    for (let i = 0; i < n; i += copiedAtOnce) {
      const end = Math.min(n, i + copiedAtOnce)
      if (i > 0) this.#budget?.tick(copiedAtOnce)
      values.copyValues(from + i, from + end, out, i)
    }
    return out
  }

  // What the wildcard shows is shown at once; what has no key of its own waits until all is known.
  #put(node: Node, step: Step, raw: Raw): void {
    const { plan, exact } = node.context
    if (step.slot >= 0 || exact || plan.mayCollide) node.put(step, raw)
    else showPlain(node, step, raw)
  }

  #putOne(node: Node, step: Step, value: Value): void {
    if (step.kind === 'value' || step.kind === 'ref') this.#put(node, step, value)
    else this.#put(node, step, this.#child(this.#contextOf(node, step), step, value))
  }

  /** Gives a step that is followed its nodes, one for each value. */
  #putNodes(node: Node, step: Step, n: number, valueOf: (i: number) => Value): void {
    const context = this.#contextOf(node, step)
    const out = listFor<Node>(n) as Node[]
    for (let i = 0; i < n; i++) {
      if ((i & (copiedAtOnce - 1)) === copiedAtOnce - 1) this.#budget?.tick(copiedAtOnce)
      out[i] = this.#child(context, step, valueOf(i))
    }
    this.#put(node, step, out)
  }

  #contextOf(node: Node, step: Step): Context {
    const { context } = node
    const exact = context.exact || step.xform !== null
    if (step.kind === 'component') {
      const plan = wildcardPlan(this.#db.schema)
      const { depths } = plan
      const owners = prepend(node.e, context.owners)
      return { plan, seen: null, depths, owners, exact, isClosed: false }
    }
    if (step.kind === 'sub') return this.#subContext(context, step, exact)
    const { plan, depths } = context
    const left = depths[step.counter] as number
    if (left === 0 || node.isSeen()) {
      return { plan, seen: null, depths, owners: null, exact, isClosed: true }
    }
    const deeper = left === Infinity ? depths : depths.with(step.counter, left - 1)
    return { plan, seen: node.pathOn(), depths: deeper, owners: null, exact, isClosed: false }
  }

  #subContext(of: Context, step: Step, exact: boolean): Context {
    if (this.#sub !== null && this.#sub.of === of && this.#sub.step === step) {
      return this.#sub.context
    }
    const plan = step.sub as Plan
    const { depths } = plan
    const context = { plan, seen: of.seen, depths, owners: null, exact, isClosed: false }
    this.#sub = { step, of, context }
    return context
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
