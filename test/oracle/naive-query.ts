/**
 * Queries by nested loops: bindings are maps from variable to value, every clause looks at every datom, rules are computed to a fixed
 * point over nothing. Slow, obvious, and independent of the engine. It knows the part of the language that the generator writes.
 *
 * (1) A clause runs as soon as what it needs is bound, in written order; so the order of clauses cannot matter.
 * (2) The answer is the set of rows of find and `:with` variables; then aggregates.
 */

import { equalValues } from '../../packages/yore/src/data/equal.ts'
import { Keyword, List, Opaque, Sym } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { tToTx } from '../../packages/yore/src/indexes/facts/ids.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { toPublic } from '../../packages/yore/src/data/public.ts'
import type { NaiveDb } from './naive-db.ts'
import { applyAggregate, applyFunction } from './naive-functions.ts'
import { naivePull } from './naive-pull.ts'

export type Env = ReadonlyMap<string, Value>

const isVar = (x: Value): x is Sym => x instanceof Sym && x.text.startsWith('?')
const isBlank = (x: Value): boolean => x instanceof Sym && x.text === '_'
const isSource = (x: Value): x is Sym => x instanceof Sym && x.text.startsWith('$')
const textOf = (x: Value): string => (x instanceof Sym || x instanceof Keyword ? x.text : '')
const items = (x: Value): readonly Value[] => x as readonly Value[]

interface Rule {
  readonly name: string
  readonly head: readonly string[]
  readonly body: readonly Value[]
}

class World {
  readonly sources = new Map<string, NaiveDb>()
  /** Sources that are lists of tuples. */
  readonly rows = new Map<string, readonly (readonly Value[])[]>()
  readonly rules: Rule[] = []
  /** The tuples of each rule on each source, as far as they are known. */
  readonly tables = new Map<string, Value[][]>()
}

/** There are more combinations than anyone wants to wait for. */
export class TooMany extends Error {}

/** An identifier that is given to the query means nothing: the engine may refuse it, or never come to it. */
export class Unresolved extends Error {}

/** Clauses wait for each other, or for what nothing binds. */
export class Unrunnable extends Error {}

const envsMax = 3000

/** The rows of the answer as public data, in no order; every find spec gives rows. */
export function naiveQuery(query: Value, inputs: readonly Value[]): unknown[][] {
  const sections = sectionsOf(items(query))
  const world = new World()
  let envs: Env[] = [new Map()]
  const ins = sections.get(':in') ?? [new List<Value>()]
  const names = sections.has(':in') ? ins : [sourceSym]
  names.forEach((form, i) => {
    envs = bindInput(world, envs, form, inputs[i] as Value)
  })
  const rows = new Solver(world).solve(sections.get(':where') ?? [], envs, '$')
  return findRows(sections, world, rows)
}

const sourceSym = new Sym(null, '$', '$')

function sectionsOf(query: readonly Value[]): Map<string, Value[]> {
  const out = new Map<string, Value[]>()
  let current: Value[] = []
  for (const x of query) {
    if (x instanceof Keyword && /^:(find|in|where|with)$/.test(x.text)) {
      out.set(x.text, (current = []))
    } else current.push(x)
  }
  return out
}

// ---- inputs and bindings ----

function bindInput(world: World, envs: Env[], form: Value, input: Value): Env[] {
  if (isSource(form)) {
    if (Array.isArray(input)) world.rows.set(form.text, input as readonly (readonly Value[])[])
    else world.sources.set(form.text, (input as Opaque).value as NaiveDb)
    return envs
  }
  if (textOf(form) === '%') {
    for (const rule of items(input)) {
      const [head, ...body] = items(rule)
      const [name, ...vars] = items(head as Value)
      world.rules.push({
        name: textOf(name as Value),
        head: vars.flat().map((v) => textOf(v as Value)),
        body,
      })
    }
    return envs
  }
  return envs.flatMap((env) => bind(env, form, input))
}

/** All ways to bind a form to a value: ?x, [?x ?y], [?x ...], [[?x ?y]]. */
function bind(env: Env, form: Value, value: Value): Env[] {
  if (isBlank(form)) return [env]
  if (isVar(form)) {
    const known = env.get(form.text)
    if (known === undefined) return [new Map(env).set(form.text, value)]
    return equalValues(known, value) ? [env] : []
  }
  const parts = items(form)
  if (textOf(parts[1] ?? null) === '...') {
    return items(value).flatMap((x) => bind(env, parts[0] as Value, x))
  }
  if (Array.isArray(parts[0])) return items(value).flatMap((x) => bind(env, parts[0] as Value, x))
  let envs: Env[] = [env]
  parts.forEach((part, i) => {
    envs = envs.flatMap((e) => bind(e, part, items(value)[i] as Value))
  })
  return envs
}

// ---- clauses ----

/** What a clause asks to be bound before it runs, besides what it can bind itself. */
function neededBy(clause: Value, outer: ReadonlySet<string>): string[] {
  const parts = items(clause)
  const [first] = parts
  if (clause instanceof List) {
    const [head, ...rest] = isSource(first as Value) ? parts.slice(1) : parts
    const name = textOf(head as Value)
    if (name === 'not') return [...varsIn(rest)].filter((v) => outer.has(v))
    if (name === 'not-join') return items(rest[0] as Value).map(textOf)
    if (name === 'or-join')
      return items(rest[0] as Value).flatMap((v) => (Array.isArray(v) ? v.map(textOf) : []))
    return []
  }
  if (first instanceof List) return [...varsIn(first.slice(1))]
  return []
}

// A pattern of which neither entity nor attribute is known waits for one that binds them.
function isFullScan(clause: Value, bound: ReadonlySet<string>): boolean {
  const parts = items(clause)
  if (clause instanceof List || parts[0] instanceof List) return false
  const [e, a] = isSource(parts[0] as Value) ? parts.slice(1) : parts
  const isKnown = (x: Value | undefined): boolean =>
    x !== undefined && !isBlank(x) && (!isVar(x) || bound.has(x.text))
  return !isKnown(e) && !isKnown(a)
}

function varsIn(x: Value, into = new Set<string>()): Set<string> {
  if (isVar(x)) into.add(x.text)
  else if (Array.isArray(x)) for (const y of x) varsIn(y as Value, into)
  return into
}

class Solver {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  solve(clauses: readonly Value[], envs: readonly Env[], source: string): Env[] {
    let left = [...clauses]
    let now = [...envs]
    const all = varsIn(clauses as Value)
    for (const env of envs) for (const v of env.keys()) all.add(v)
    while (left.length > 0 && now.length > 0) {
      const bound = new Set(now[0]?.keys())
      const i = left.findIndex(
        (c) => neededBy(c, all).every((v) => bound.has(v)) && !isFullScan(c, bound),
      )
      if (i < 0) throw new Unrunnable()
      const clause = left[i] as Value
      left = left.filter((_, j) => j !== i)
      now = distinct(now.flatMap((env) => this.#run(clause, env, source)))
      if (now.length > envsMax) throw new TooMany()
    }
    return now
  }

  #run(clause: Value, env: Env, source: string): Env[] {
    const parts = items(clause)
    if (!(clause instanceof List)) {
      return parts[0] instanceof List ? this.#call(parts, env) : this.#pattern(parts, env, source)
    }
    const named = isSource(parts[0] as Value)
    const from = named ? textOf(parts[0] as Value) : source
    const [head, ...rest] = named ? parts.slice(1) : parts
    switch (textOf(head as Value)) {
      case 'and':
        return this.solve(rest, [env], from)
      case 'not':
        return this.solve(rest, [env], from).length === 0 ? [env] : []
      case 'not-join':
        return this.solve(rest.slice(1), [only(env, joined(rest[0] as Value))], from).length === 0
          ? [env]
          : []
      case 'or':
        return rest.flatMap((branch) => this.solve([branch], [env], from))
      case 'or-join': {
        const vars = joined(rest[0] as Value)
        const within = only(env, vars)
        return rest
          .slice(1)
          .flatMap((branch) => this.solve([branch], [within], from))
          .map((found) => new Map([...env, ...only(found, vars)]))
      }
      default:
        return this.#rule(textOf(head as Value), rest, env, from)
    }
  }

  #pattern(parts: readonly Value[], env: Env, source: string): Env[] {
    const named = isSource(parts[0] as Value)
    const rows = this.#world.rows.get(textOf(parts[0] as Value))
    if (rows !== undefined) return rows.flatMap((row) => matchRow(env, parts.slice(1), row))
    const db = this.#db(named ? textOf(parts[0] as Value) : source)
    const [e, a, v, tx, op] = named ? parts.slice(1) : parts
    const out: Env[] = []
    const given = a !== undefined && isVar(a) ? env.get(a.text) : a
    const attribute = given === undefined || isBlank(given) ? undefined : db.attribute(given)
    const known = e !== undefined && isVar(e) ? env.get(e.text) : e
    const held =
      typeof known === 'number'
        ? db.ofEntity(known)
        : attribute === undefined
          ? db.seen
          : db.ofAttribute(attribute.id)
    for (const d of held) {
      if (attribute !== undefined && d.a !== attribute.id) continue
      const isRef = db.attributes.get(d.a)?.type === 'ref'
      let found: Env | null = match(db, env, e, d.e, true)
      found &&= match(db, found, a, d.a, true)
      found &&= match(db, found, v, d.v, isRef)
      found &&= match(db, found, tx, tToTx(d.t), false)
      found &&= match(db, found, op, d.added, false)
      if (found !== null) out.push(found)
    }
    return out
  }

  #call(parts: readonly Value[], env: Env): Env[] {
    const [name, ...args] = items(parts[0] as Value)
    const values = args.map((x) => {
      if (isVar(x)) return env.get(x.text) as Value
      return isSource(x) ? new Opaque('db', this.#db(x.text)) : x
    })
    const result = applyFunction(textOf(name as Value), values)
    if (parts.length === 1) return result === false || result === null ? [] : [env]
    return result === null ? [] : bind(env, parts[1] as Value, result)
  }

  #db(source: string): NaiveDb {
    const db = this.#world.sources.get(source)
    if (db === undefined) throw new Error(`no source ${source}`)
    return db
  }

  // Bottom up, from nothing: a rule's table grows until another round adds nothing.
  #rule(name: string, args: readonly Value[], env: Env, source: string): Env[] {
    const key = `${source} ${name}`
    const { tables, rules } = this.#world
    if (!tables.has(key)) {
      for (const rule of rules) tables.set(`${source} ${rule.name}`, [])
      const known = new Set<string>()
      for (let grew = true; grew;) {
        grew = false
        for (const rule of rules) {
          const table = tables.get(`${source} ${rule.name}`) as Value[][]
          for (const found of this.solve(rule.body, [new Map()], source)) {
            const tuple = rule.head.map((v) => found.get(v) as Value)
            const text = tuple.map(textOfValue).join(' ')
            if (known.has(`${rule.name} ${text}`)) continue
            known.add(`${rule.name} ${text}`)
            table.push(tuple)
            grew = true
          }
        }
      }
    }
    const db = this.#db(source)
    return (tables.get(key) as Value[][]).flatMap((tuple) => {
      let found: Env | null = env
      args.forEach((arg, i) => {
        found = found && match(db, found, arg, tuple[i] as Value, true)
      })
      return found === null ? [] : [found]
    })
  }
}

const joined = (vars: Value): string[] =>
  items(vars)
    .flat()
    .map((v) => textOf(v as Value))

function only(env: Env, vars: readonly string[]): Env {
  return new Map([...env].filter(([k]) => vars.includes(k)))
}

// Of a list of tuples nothing is looked up: names are names.
function matchRow(env: Env, terms: readonly Value[], row: readonly Value[]): Env[] {
  let found: Env | null = env
  terms.forEach((term, i) => {
    found = found && match(null, found, term, row[i] as Value, false)
  })
  return found === null ? [] : [found]
}

/** Unifies one position; where an entity stands, names and lookup refs mean their entity. */
function match(
  db: NaiveDb | null,
  env: Env,
  term: Value | undefined,
  value: Value,
  isEntity: boolean,
): Env | null {
  if (term === undefined || isBlank(term)) return env
  const bound = isVar(term) ? env.get(term.text) : term
  if (bound === undefined) return new Map(env).set((term as Sym).text, value)
  const isName = bound instanceof Keyword || Array.isArray(bound)
  if (!isEntity || !isName || db === null) return equalValues(bound, value) ? env : null
  const e = db.entid(bound)
  if (e === null) throw new Unresolved()
  return e === value ? env : null
}

function textOfValue(x: Value): string {
  return typeof x === 'number' ? String(x) : printEdn(x)
}

function distinct(envs: readonly Env[]): Env[] {
  const out = new Map<string, Env>()
  for (const env of envs) {
    const key = [...env.keys()]
      .sort()
      .map((k) => `${k}=${textOfValue(env.get(k) as Value)}`)
      .join(' ')
    if (!out.has(key)) out.set(key, env)
  }
  return [...out.values()]
}

// ---- find ----

/** The elements of any find spec: `?a ?b`, `[?a ?b]`, `[?a ...]`, `?a .` */
export function findElements(find: readonly Value[]): readonly Value[] {
  const [first] = find
  const elements = Array.isArray(first) && !(first instanceof List) ? items(first as Value) : find
  return elements.filter((x) => !['.', '...'].includes(textOf(x)))
}

function findRows(
  sections: ReadonlyMap<string, Value[]>,
  world: World,
  envs: readonly Env[],
): unknown[][] {
  const elements = findElements(sections.get(':find') ?? [])
  const vars = [...varsIn(elements), ...varsIn(sections.get(':with') ?? [])]
  const basis = distinct(envs.map((env) => only(env, vars)))
  const isAggregate = (x: Value): boolean => x instanceof List && textOf(x[0] as Value) !== 'pull'
  const groupVars = [...varsIn(elements.filter((x) => !isAggregate(x)))]
  const hasAggregates = elements.some(isAggregate)
  const groups = new Map<string, Env[]>()
  basis.forEach((env, i) => {
    const key = hasAggregates
      ? groupVars.map((v) => textOfValue(env.get(v) as Value)).join(' ')
      : String(i)
    groups.set(key, [...(groups.get(key) ?? []), env])
  })
  return [...groups.values()].map((group) => elements.map((x) => cell(world, x, group)))
}

function cell(world: World, element: Value, group: readonly Env[]): unknown {
  const [first] = group
  if (isVar(element)) return toPublic(first?.get(element.text) as Value)
  const [name, ...args] = items(element)
  if (textOf(name as Value) === 'pull') {
    const db = world.sources.get('$') as NaiveDb
    return naivePull(db, args[1] as Value, first?.get(textOf(args[0] as Value)) as Value)
  }
  const variable = textOf(args.at(-1) as Value)
  const values = group.map((env) => env.get(variable) as Value)
  return toPublic(applyAggregate(textOf(name as Value), args.slice(0, -1), values))
}
