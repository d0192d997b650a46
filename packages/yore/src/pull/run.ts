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
import { identify } from './identify.ts'
import { Node, contains, prepend } from './node.ts'
import type { Raw } from './node.ts'
import type { Pattern } from './pattern.ts'
import { planOf, wildcardPlan } from './plan.ts'
import type { Plan, Step } from './plan.ts'
import { readNode } from './read.ts'
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

class Run {
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
  #nodes: Node[] = []

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
    const roots = ids.map((id) => this.#root(id))
    this.#nodes = []
    let level: readonly Node[] = roots
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > levelMax) tooDeep()
      for (const node of level) this.#nodes.push(node)
      for (const node of level) {
        this.#take(nodeBytes)
        readNode(this.#db, node, this.#place, this.#took)
      }
      level = this.#children
      this.#children = []
    }
    for (let i = this.#nodes.length - 1; i >= 0; i--) build(this.#nodes[i] as Node, this.#xforms)
    this.#nodes = []
    return roots.map((root) => root.out)
  }
  #children: Node[] = []

  /** So many datoms have been read. */
  readonly #took = (datoms: number): void => {
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

  #root(x: Value): Node {
    const { id, e } = identify(this.#db, x)
    return new Node(this.#plan, id, e, null, this.#plan.depths, null, this.#exact, isName(x))
  }

  /** Gives a step its values; for what is pulled further, makes the children. */
  readonly #place = (node: Node, step: Step, values: readonly Value[]): void => {
    if (step.kind === 'value' || step.kind === 'ref') {
      const raw = step.isOne ? (values[0] as Value) : limited(values, step.limit)
      node.put(step, raw)
    } else if (step.isOne) {
      node.put(step, this.#child(node, step, values[0] as Value))
    } else {
      node.put(step, this.#childrenOf(node, step, values))
    }
  }

  #childrenOf(node: Node, step: Step, values: readonly Value[]): Raw {
    const n = Math.min(values.length, step.limit)
    const out: Node[] = []
    for (let i = 0; i < n; i++) out.push(this.#child(node, step, values[i] as Value))
    return out
  }

  #child(node: Node, step: Step, value: Value): Node {
    const exact = node.exact || step.xform !== null
    if (step.kind === 'component') return this.#component(node, value as number, exact)
    const { id, e } = step.looksUp ? identify(this.#db, value) : { id: value, e: value as number }
    if (step.kind === 'sub') {
      const plan = step.sub as Plan
      return this.#push(new Node(plan, id, e, node.seen, plan.depths, null, exact))
    }
    const { plan, depths } = node
    const left = depths[step.counter] as number
    const named = step.looksUp && isName(value)
    if (left === 0 || node.isSeen()) {
      return closed(new Node(plan, id, e, null, depths, null, exact), plan.showsId)
    }
    const deeper = left === Infinity ? depths : depths.with(step.counter, left - 1)
    return this.#push(new Node(plan, id, e, node.pathOn(), deeper, null, exact, named))
  }

  // A cycle of components would be expanded for ever: what lies on the way from the first owner is shown as an id.
  #component(node: Node, e: number, exact: boolean): Node {
    const plan = wildcardPlan(this.#db.schema)
    const owners = prepend(node.e, node.owners)
    const child = new Node(plan, e, e, null, plan.depths, owners, exact)
    return contains(owners, e) ? closed(child, true) : this.#push(child)
  }

  #push(node: Node): Node {
    if (this.#children.push(node) + this.#nodes.length > this.#nodeMax) {
      tooMuch(this.#nodeMax)
    }
    return node
  }
}

const isName = (x: Value): boolean => typeof x !== 'number' && typeof x !== 'bigint'

function limited(values: readonly Value[], limit: number): readonly Value[] {
  return values.length > limit ? values.slice(0, Math.max(limit, 0)) : values
}

/** A reference that is not followed. */
function closed(node: Node, showsId: boolean): Node {
  if (showsId) node.out = idOnly(node.id, node.exact)
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
