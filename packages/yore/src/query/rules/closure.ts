/**
 * Transitive closures without tables: the commonest recursive rule, done on arrays of numbers.
 *
 *     (p ?x ?y) <- B(?x, ?y)          (p ?x ?y) <- S(?x, ?z) (p ?z ?y)     or    (p ?x ?z) S(?z ?y)
 *
 * B and S are any clauses without recursion; p is S* after or before B. Edges are found by the engine, for all nodes at once or for
 * those reached so far; walking them is breadth first, with a mark for each node and source.
 *
 * (1) Gives what tables.ts gives for the same rules.
 * (2) Asked from one entity, along references, it is a walk without plans (hops.ts).
 * (3) Asked from one side, only edges that can be reached from there are looked up; once, when B and S are the same.
 */

import { holding, newBytes, newFloats, newInts } from '../../base/arrays.ts'
import type { Shape, Step } from './closure-shape.ts'
import type { Context } from '../context.ts'
import { GrowingCoder, GrowingColumn } from '../columns/row-set.ts'
import { prepare } from '../prepare/prepare.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Conjunction } from '../prepare/prepared.ts'
import type { Relation } from '../columns/relation.ts'
import { checkBindable } from '../plan/plan.ts'
import { solveAll } from '../clauses/run.ts'
import type { Guard } from '../guard.ts'
import { RowList, groupRows } from '../columns/kernels.ts'
import { walkEach } from './walk-each.ts'
import type { Adjacency } from './walk-each.ts'
import { hopsOf, reachedFrom, seedOf } from './hops.ts'
import type { Hops } from './hops.ts'
import { inPortions } from '../columns/portions.ts'
import { idColumn } from '../columns/relation.ts'

interface ReadyStep {
  readonly from: string
  readonly to: string
  readonly conjunction: Conjunction
}

/** Made ready for a run in which one side, or none, is given. */
function ready(
  step: Step,
  source: string,
  given: 'from' | 'to' | null,
  context: Context,
): ReadyStep {
  const conjunction = prepare(step.clauses, source, new Map(), context)
  checkBindable(conjunction, new Set(given === null ? [] : [step[given]]), context)
  return { from: step.from, to: step.to, conjunction }
}

/** Nodes by number, and edges between them. */
class Graph {
  readonly #coder = new GrowingCoder()
  /** By code 1 + the number. */
  #numbers = newInts(256)
  readonly nodes = new GrowingColumn()

  /** The numbers of the nodes in a column; new ones are added. */
  number(c: Column, n: number, guard: Guard): Int32Array {
    const out = this.#coder.codes(c, n, guard)
    inPortions(n, guard, (from, to) => {
      for (let i = from; i < to; i++) {
        const code = out[i] as number
        while (code >= this.#numbers.length) this.#grow()
        let k = this.#numbers[code] as number
        if (k === 0) {
          this.nodes.push(c, i)
          this.#numbers[code] = k = this.nodes.n
        }
        out[i] = k - 1
      }
    })
    return out
  }

  #grow(): void {
    this.#numbers = holding(newInts(this.#numbers.length * 2), this.#numbers)
  }
}

/** What a node takes, and two lists. */
const nodeBytes = 160
const listBytes = 400

interface Edges {
  readonly from: Int32Array[]
  readonly to: Int32Array[]
}

function adjacencyOf(edges: Edges, nodes: number, guard: Guard): Adjacency {
  const n = edges.from.reduce((sum, x) => sum + x.length, 0)
  const from = newInts(n)
  const to = newInts(n)
  let at = 0
  edges.from.forEach((x, k) => {
    from.set(x, at)
    to.set(edges.to[k] as Int32Array, at)
    at += x.length
  })
  const { starts, rows } = groupRows(from, nodes, guard)
  const targets = newInts(n)
  inPortions(n, guard, (low, high) => {
    for (let i = low; i < high; i++) targets[i] = to[rows[i] as number] as number
  })
  return { starts, targets }
}

/** Where a closure starts: values of its first argument (`forward`) or of its second. */
export interface Seeds {
  readonly column: Column
  readonly n: number
  readonly forward: boolean
}

/** Pairs of source and target, as columns of nodes. */
export interface Pairs {
  readonly sources: Column
  readonly targets: Column
  readonly n: number
}

/**
 * The pairs of the closure. `seeds` are the values of the first argument (`forward`) or of the second; null asks for all pairs.
 */
export function closure(
  shape: Shape,
  source: string,
  seeds: Seeds | null,
  context: Context,
): Pairs {
  const forward = seeds?.forward ?? true
  const given = seeds === null ? null : forward ? 'from' : 'to'
  const steps = shape.steps.map((s) => ready(s, source, given, context))
  const bases = shape.isOne ? steps : shape.bases.map((s) => ready(s, source, given, context))
  // seen from the seeds: are the steps walked before the bases?
  const stepsFirst = shape.stepsFirst === forward
  const alone = seeds === null ? null : ofOne(shape, seeds, steps, bases, stepsFirst, context)
  if (alone !== null) return alone
  const graph = new Graph()
  const stepEdges: Edges = { from: [], to: [] }
  const baseEdges: Edges = shape.isOne ? stepEdges : { from: [], to: [] }
  let sources: Int32Array
  if (seeds === null) {
    addEdges(graph, steps, null, forward, stepEdges, context)
    if (!shape.isOne) addEdges(graph, bases, null, forward, baseEdges, context)
    sources = newInts(graph.nodes.n)
    for (let i = 0; i < sources.length; i++) sources[i] = i
  } else {
    sources = graph.number(seeds.column, seeds.n, context.guard)
    if (shape.isOne) explore(graph, steps, sources, forward, stepEdges, context)
    else if (stepsFirst) {
      const reached = explore(graph, steps, sources, forward, stepEdges, context)
      expand(graph, bases, reached, forward, baseEdges, context)
    } else {
      const start = expand(graph, bases, sources, forward, baseEdges, context)
      explore(graph, steps, start, forward, stepEdges, context)
    }
  }
  const n = graph.nodes.n
  const step = adjacencyOf(stepEdges, n, context.guard)
  const base = shape.isOne ? step : adjacencyOf(baseEdges, n, context.guard)
  // where bases are steps, one of them comes first: the same walk, without a second look at what it found
  const last = stepsFirst && !shape.isOne
  const found = walkEach(n, sources, step, base, last, context.guard)
  const left = found.column(graph.nodes, 'left', context.guard)
  const right = found.column(graph.nodes, 'right', context.guard)
  return forward
    ? { sources: left, targets: right, n: found.n }
    : { sources: right, targets: left, n: found.n }
}

/** The pairs of one entity, where bases and steps are paths along references; null when it is not so. */
function ofOne(
  shape: Shape,
  { column, forward }: Seeds,
  steps: readonly ReadyStep[],
  bases: readonly ReadyStep[],
  stepsFirst: boolean,
  { guard, trace }: Context,
): Pairs | null {
  const seed = seedOf(column)
  if (seed === null || trace !== null) return null
  const stepHops = allHops(steps, forward)
  const baseHops = shape.isOne ? stepHops : allHops(bases, forward)
  if (stepHops === null || baseHops === null) return null
  // the same walk when bases are steps, and one without a second look
  const last = stepsFirst && !shape.isOne
  const targets = idColumn(reachedFrom(seed, stepHops, baseHops, last, guard))
  const n = targets.data.length
  const sources = idColumn(newFloats(n).fill(seed))
  return forward ? { sources, targets, n } : { sources: targets, targets: sources, n }
}

function allHops(steps: readonly ReadyStep[], forward: boolean): readonly Hops[] | null {
  const out: Hops[] = []
  for (const { conjunction, from, to } of steps) {
    const hops = forward ? hopsOf(conjunction, from, to) : hopsOf(conjunction, to, from)
    if (hops === null) return null
    out.push(hops)
  }
  return out
}

/** Finds the edges that leave these nodes (or all); gives the nodes they lead to. */
function addEdges(
  graph: Graph,
  steps: readonly ReadyStep[],
  from: Int32Array | null,
  forward: boolean,
  edges: Edges,
  context: Context,
): Int32Array[] {
  const reached: Int32Array[] = []
  for (const s of steps) {
    const start = forward ? s.from : s.to
    const end = forward ? s.to : s.from
    const given: Relation[] =
      from === null
        ? []
        : [{ n: from.length, variables: [start], columns: [graph.nodes.take(from)], key: [start] }]
    const found = solveAll(s.conjunction, given, [start, end], context)
    if (found === null) continue
    context.guard.tick(found.n * 2)
    const known = graph.nodes.n
    const left = graph.number(found.columns[0] as Column, found.n, context.guard)
    const right = graph.number(found.columns[1] as Column, found.n, context.guard)
    edges.from.push(left)
    edges.to.push(right)
    reached.push(right)
    context.guard.keep(listBytes + found.n * 8 + (graph.nodes.n - known) * nodeBytes)
  }
  return reached
}

function expand(
  graph: Graph,
  steps: readonly ReadyStep[],
  from: Int32Array,
  forward: boolean,
  edges: Edges,
  context: Context,
): Int32Array {
  const seen = new NodeSet()
  for (const list of addEdges(graph, steps, from, forward, edges, context)) {
    seen.add(list, context.guard)
  }
  return seen.all
}

/** Numbers of nodes, each once, in the sequence of their coming. */
class NodeSet {
  #marks = newBytes(256)
  readonly #list = new RowList(64)

  get all(): Int32Array {
    return this.#list.data.subarray(0, this.#list.n)
  }

  /** Adds some; gives those that are new. */
  add(nodes: Int32Array, guard: Guard): Int32Array {
    const list = this.#list
    const before = list.n
    inPortions(nodes.length, guard, (from, to) => {
      for (let i = from; i < to; i++) {
        const x = nodes[i] as number
        while (x >= this.#marks.length) this.#grow()
        if (this.#marks[x] === 1) continue
        this.#marks[x] = 1
        list.push(x)
      }
    })
    return list.data.subarray(before, list.n)
  }

  #grow(): void {
    this.#marks = holding(newBytes(this.#marks.length * 2), this.#marks)
  }
}

/** All nodes that can be reached from these, themselves included; their edges are found on the way. */
function explore(
  graph: Graph,
  steps: readonly ReadyStep[],
  start: Int32Array,
  forward: boolean,
  edges: Edges,
  context: Context,
): Int32Array {
  const { guard } = context
  const seen = new NodeSet()
  let frontier = seen.add(start, guard)
  while (frontier.length > 0) {
    guard.round()
    const before = seen.all.length
    for (const list of addEdges(graph, steps, frontier, forward, edges, context)) {
      seen.add(list, guard)
    }
    frontier = seen.all.subarray(before)
  }
  return seen.all
}
