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

import type { Shape, Step } from './closure-shape.ts'
import type { Context } from './context.ts'
import { GrowingCoder, GrowingColumn } from './row-set.ts'
import { prepare } from './prepare.ts'
import type { Column } from '../indexes/fact-index.ts'
import type { Conjunction } from './prepared.ts'
import type { Relation } from './relation.ts'
import { checkBindable } from './plan.ts'
import { solveAll } from './run.ts'
import type { Guard } from './guard.ts'
import { groupRows, inPortions } from './kernels.ts'
import { hopsOf, reachedFrom, seedOf } from './hops.ts'
import type { Hops } from './hops.ts'
import { idColumn } from './relation.ts'

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
  #numbers = new Map<number, number>()
  readonly nodes = new GrowingColumn()

  /** The numbers of the nodes in a column; new ones are added. */
  number(c: Column, n: number, guard: Guard): Int32Array {
    const codes = this.#coder.codes(c, n)
    guard.tick(n)
    const out = new Int32Array(n)
    inPortions(n, guard, (from, to) => {
      for (let i = from; i < to; i++) {
        const code = codes[i] as number
        let k = this.#numbers.get(code)
        if (k === undefined) {
          this.#numbers.set(code, (k = this.nodes.n))
          this.nodes.push(c, i)
        }
        out[i] = k
      }
    })
    return out
  }
}

/** What a node takes, and two lists. */
const nodeBytes = 160
const listBytes = 400

interface Edges {
  readonly from: Int32Array[]
  readonly to: Int32Array[]
}

/** Edges by the node they leave. */
interface Adjacency {
  readonly starts: Int32Array
  readonly targets: Int32Array
}

function adjacency(edges: Edges, nodes: number, guard: Guard): Adjacency {
  const n = edges.from.reduce((sum, x) => sum + x.length, 0)
  const from = new Int32Array(n)
  const to = new Int32Array(n)
  let at = 0
  edges.from.forEach((x, k) => {
    from.set(x, at)
    to.set(edges.to[k] as Int32Array, at)
    at += x.length
  })
  const { starts, rows } = groupRows(from, nodes, guard)
  const targets = new Int32Array(n)
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
    sources = new Int32Array(graph.nodes.n)
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
  const step = adjacency(stepEdges, n, context.guard)
  const base = shape.isOne ? step : adjacency(baseEdges, n, context.guard)
  return walk(graph, sources, step, base, stepsFirst, forward, context)
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
  const sources = idColumn(new Float64Array(n).fill(seed))
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
  const lists = addEdges(graph, steps, from, forward, edges, context)
  for (const list of lists) context.guard.tick(list.length)
  return unique(lists)
}

function unique(lists: readonly Int32Array[]): Int32Array {
  const seen = new Set<number>()
  for (const list of lists) for (const x of list) seen.add(x)
  return Int32Array.from(seen)
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
  const seen = new Set<number>(start)
  let frontier = start
  while (frontier.length > 0) {
    context.guard.round()
    const next: number[] = []
    for (const list of addEdges(graph, steps, frontier, forward, edges, context)) {
      for (const x of list) {
        if (seen.has(x)) continue
        seen.add(x)
        next.push(x)
      }
    }
    frontier = Int32Array.from(next)
  }
  return Int32Array.from(seen)
}

/** Pairs found so far. */
class PairList {
  left = new Int32Array(1024)
  right = new Int32Array(1024)
  n = 0
  /** Makes room for so many more. */
  reserve(more: number): void {
    if (this.n + more <= this.left.length) return
    const size = Math.max(this.left.length * 2, this.n + more)
    const left = new Int32Array(size)
    const right = new Int32Array(size)
    left.set(this.left.subarray(0, this.n))
    right.set(this.right.subarray(0, this.n))
    this.left = left
    this.right = right
  }
}

/** Walks from each source. */
function walk(
  graph: Graph,
  sources: Int32Array,
  step: Adjacency,
  base: Adjacency,
  stepsFirst: boolean,
  forward: boolean,
  context: Context,
): Pairs {
  const size = graph.nodes.n
  const visited = new Int32Array(size)
  const given = new Int32Array(size)
  const queue = new Int32Array(size)
  const out = new PairList()
  let stamp = 0
  for (const s of sources) {
    stamp++
    let tail = 0
    if (stepsFirst) queue[tail++] = s
    else {
      for (let i = base.starts[s] as number; i < (base.starts[s + 1] as number); i++) {
        const y = base.targets[i] as number
        if (visited[y] === stamp) continue
        visited[y] = stamp
        queue[tail++] = y
      }
    }
    if (stepsFirst) visited[s] = stamp
    for (let head = 0; head < tail; head++) {
      const x = queue[head] as number
      const end = step.starts[x + 1] as number
      for (let i = step.starts[x] as number; i < end; i++) {
        const y = step.targets[i] as number
        if (visited[y] === stamp) continue
        visited[y] = stamp
        queue[tail++] = y
      }
    }
    context.guard.tick(tail * 2 + 1)
    if (stepsFirst) ends(queue, tail, base, given, stamp, s, out)
    else {
      out.reserve(tail)
      for (let i = 0; i < tail; i++) {
        out.left[out.n] = s
        out.right[out.n++] = queue[i] as number
      }
    }
    context.guard.rows(out.n)
  }
  const left = graph.nodes.take(out.left.subarray(0, out.n))
  context.guard.tick(out.n >> 2)
  const right = graph.nodes.take(out.right.subarray(0, out.n))
  context.guard.tick(out.n >> 2)
  return forward
    ? { sources: left, targets: right, n: out.n }
    : { sources: right, targets: left, n: out.n }
}

/** The targets of the base edges from these nodes. */
function ends(
  nodes: Int32Array,
  n: number,
  base: Adjacency,
  given: Int32Array,
  stamp: number,
  s: number,
  out: PairList,
): void {
  for (let k = 0; k < n; k++) {
    const x = nodes[k] as number
    const from = base.starts[x] as number
    const to = base.starts[x + 1] as number
    out.reserve(to - from)
    for (let i = from; i < to; i++) {
      const y = base.targets[i] as number
      if (given[y] === stamp) continue
      given[y] = stamp
      out.left[out.n] = s
      out.right[out.n++] = y
    }
  }
}
