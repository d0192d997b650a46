/**
 * Transitive closures without tables: the commonest recursive rule, done on arrays of numbers.
 *
 *     (p ?x ?y) <- B(?x, ?y)          (p ?x ?y) <- S(?x, ?z) (p ?z ?y)     or    (p ?x ?z) S(?z ?y)
 *
 * B and S are any clauses without recursion; p is S* after or before B. Edges are found by the engine, for all nodes at once or for
 * those reached so far; walking them is breadth first, with a mark for each node and source.
 *
 * (1) Gives what tables.ts gives for the same rules.
 * (2) Asked from one side, only edges that can be reached from there are looked up; once, when B and S are the same.
 */

import type { Context } from './context.ts'
import { GrowingCoder, GrowingColumn } from './row-set.ts'
import { prepare } from './prepare.ts'
import type { Column } from '../indexes/fact-index.ts'
import type { Conjunction } from './prepared.ts'
import type { Relation } from './relation.ts'
import { checkBindable } from './plan.ts'
import { freshSuffix, isRecursive, renameClause, renaming } from './rules.ts'
import { solveAll } from './run.ts'
import type { Clause, Rule, RuleSet } from './syntax.ts'
import { clauseVariables } from './syntax.ts'
import { show } from './form.ts'
import type { Value } from '../data/values.ts'
import type { Guard } from './guard.ts'
import { groupRows, inPortions } from './kernels.ts'

/** Clauses between two variables. */
interface Step {
  readonly from: string
  readonly to: string
  readonly clauses: readonly Clause[]
}

/** A rule that is a closure. */
interface Shape {
  /** S comes first, then B (`S(x,z) p(z,y)`); else B first. */
  readonly stepsFirst: boolean
  readonly bases: readonly Step[]
  readonly steps: readonly Step[]
  /** B and S are the same clauses, so that their edges need be found only once. */
  readonly isOne: boolean
}

const shapes = new WeakMap<RuleSet, Map<string, Shape | null>>()

/** The closure that a rule is, or null. */
export function closureOf(rules: RuleSet, name: string): Shape | null {
  let known = shapes.get(rules)
  if (known === undefined) shapes.set(rules, (known = new Map()))
  let shape = known.get(name)
  if (shape === undefined) known.set(name, (shape = findShape(rules, name)))
  return shape
}

function findShape(rules: RuleSet, name: string): Shape | null {
  const bases: Step[] = []
  const steps: Step[] = []
  const firsts = new Set<boolean>()
  for (const rule of rules.get(name) ?? []) {
    const [x, y] = rule.parameters
    if (rule.parameters.length !== 2 || x === undefined || y === undefined) return null
    const calls = rule.body.filter((c) => c.kind === 'call' && c.name === name)
    const others = rule.body.filter((c) => !calls.includes(c))
    if (others.some((c) => mentions(c, rules, name))) return null
    if (calls.length === 0) bases.push({ from: x, to: y, clauses: others })
    else if (calls.length > 1) return null
    else {
      const step = stepOf(rule, calls[0] as Clause, others)
      if (step === null) return null
      firsts.add(step.stepsFirst)
      steps.push(step.step)
    }
  }
  const [stepsFirst] = firsts
  if (firsts.size !== 1 || stepsFirst === undefined || bases.length === 0) return null
  const isOne = textOfAll(bases) === textOfAll(steps)
  return { stepsFirst, bases: bases.map(renamed), steps: steps.map(renamed), isOne }
}

/** Steps as text in which variables are numbered, so that those that say the same are equal. */
function textOfAll(steps: readonly Step[]): string {
  return steps.map(textOf).sort().join('\n')
}

function textOf({ from, to, clauses }: Step): string {
  const names = new Map([
    [from, '?from'],
    [to, '?to'],
  ])
  const numbered = (v: string): string => {
    let name = names.get(v)
    if (name === undefined) names.set(v, (name = `?${names.size}`))
    return name
  }
  const forms = clauses.map((c) => renameClause(c, numbered))
  return JSON.stringify(forms, (key, x: unknown) => (key === 'form' ? undefined : plain(x)))
}

// Values that JSON would not tell apart: by their own text, which is no string beside others.
function plain(x: unknown): unknown {
  if (typeof x === 'number') return Number.isFinite(x) && !Object.is(x, -0) ? x : [show(x)]
  if (typeof x === 'bigint') return [show(x)]
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return x
  const kind = Object.getPrototypeOf(x) as object | null
  return kind === Object.prototype ? x : [show(x as Value)]
}

/** The step with variables that no caller has. */
function renamed({ from, to, clauses }: Step): Step {
  const name = renaming(new Map(), freshSuffix())
  return { from: name(from), to: name(to), clauses: clauses.map((c) => renameClause(c, name)) }
}

/** Does the clause lead back to the rule? */
function mentions(c: Clause, rules: RuleSet, name: string): boolean {
  switch (c.kind) {
    case 'call':
      if (c.name === name) return true
      return rules.has(c.name) && isRecursive(rules, c.name) && reaches(rules, c.name, name)
    case 'not':
      return c.clauses.some((x) => mentions(x, rules, name))
    case 'or':
      return c.branches.some((b) => b.some((x) => mentions(x, rules, name)))
    default:
      return false
  }
}

function reaches(rules: RuleSet, from: string, to: string): boolean {
  return (rules.get(from) ?? []).some((rule) =>
    rule.body.some((c) => c.kind === 'call' && c.name === to),
  )
}

function stepOf(
  rule: Rule,
  call: Clause,
  others: readonly Clause[],
): { step: Step; stepsFirst: boolean } | null {
  if (call.kind !== 'call' || call.args.length < 2 || call.source !== null) return null
  const [x, y] = rule.parameters as [string, string]
  const [a, b] = call.args
  if (a?.kind !== 'variable' || b?.kind !== 'variable') return null
  const used = new Set(others.flatMap((c) => clauseVariables(c)))
  const middle = a.name === x ? b.name : a.name
  if (middle === x || middle === y || !used.has(middle)) return null
  if (b.name === y && a.name === middle && used.has(x) && !used.has(y)) {
    return { step: { from: x, to: middle, clauses: others }, stepsFirst: true }
  }
  if (a.name === x && b.name === middle && used.has(y) && !used.has(x)) {
    return { step: { from: middle, to: y, clauses: others }, stepsFirst: false }
  }
  return null
}

// ---- running ----

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
  seeds: { readonly column: Column; readonly n: number; readonly forward: boolean } | null,
  context: Context,
): Pairs {
  const forward = seeds?.forward ?? true
  const given = seeds === null ? null : forward ? 'from' : 'to'
  const steps = shape.steps.map((s) => ready(s, source, given, context))
  const bases = shape.isOne ? steps : shape.bases.map((s) => ready(s, source, given, context))
  const graph = new Graph()
  // seen from the seeds: are the steps walked before the bases?
  const stepsFirst = shape.stepsFirst === forward
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
