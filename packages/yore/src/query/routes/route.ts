/**
 * Routes: how a query goes from what it is given to a few entities and values, look-up by look-up. For its rules and a schema it is made once:
 * what each pattern asks of an index, and which comes next. run-route.ts goes along it.
 *
 * (1) Only patterns of a known attribute are taken, whose values need no conversion where they are known: a variable keeps what the
 *     index gave. What is left is for the planner; where nothing is, the route is `whole`.
 * (2) A row is a list of *registers*: constants, inputs, what became of these for their places in patterns, variables.
 * (3) Which pattern comes next is said by what is known: an entity, a unique value, an entity's many values, then the value that fewest have.
 * (4) Comparisons are made as soon as both of their sides are known.
 * (5) Nothing here depends on facts, so whatever a fact would have to be asked for (lookup refs) is converted at the start of a run.
 */

import { Keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { attributeOf } from '../../db/lookup.ts'
import type { Attribute } from '../../db/schema.ts'
import { needsEquality } from '../prepare/coerce.ts'
import type { Callable, Context, Env } from '../context.ts'
import { equalities, looseCall } from '../prepare/expression.ts'
import { libraryFunction } from '../functions/library.ts'
import type { LibraryFunction } from '../functions/call.ts'
import type {
  Clause,
  ExpressionClause,
  PatternClause,
  Query,
  RuleSet,
  Term,
} from '../parse/syntax.ts'
import { unfolded } from '../parse/unfold.ts'
import type { Located } from '../parse/unfold.ts'

/** More do not fit the bits of a number. */
const registersMax = 30

/** What a variable's values are: ids, or values of one type. */
type Domain = Attribute['valueType'] | 'id'

/** Types whose values are equal where the index has them in one place, and need no conversion. */
const plainTypes: ReadonlySet<Domain> = new Set<Domain>([
  'id',
  'long',
  'string',
  'keyword',
  'boolean',
  'uuid',
  'instant',
])

/** A pattern: registers for its places, -1 for a blank. */
export interface RoutePattern {
  readonly clause: PatternClause
  readonly attribute: Attribute
  readonly e: number
  readonly v: number
  readonly t: number
  readonly added: number
  /** May its value be looked for when it is known? */
  readonly isPlain: boolean
}

/** A comparison of two registers. */
export interface RouteTest {
  readonly clause: ExpressionClause
  readonly x: number
  readonly y: number
  readonly call: Callable
}

/** What stands in a register at the start. */
export type Origin =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'input'; readonly place: number }
  /** Another register's value as an entity (null), or as a value of an attribute. */
  | {
      readonly kind: 'converted'
      readonly from: number
      readonly attribute: Attribute | null
      readonly loose: boolean
    }

/** One pattern, asked where this much is known. */
export interface Leg {
  readonly pattern: number
  readonly order: 'aevt' | 'avet' | 'vaet'
  readonly a: number
  /** Registers of what is looked for; -1 for none. */
  readonly e: number
  readonly v: number
  /** Registers of what is found, and of what has to agree with it. */
  readonly setE: number
  readonly setV: number
  readonly setT: number
  readonly setAdded: number
  readonly sameT: number
  readonly sameAdded: number
  /** Made when somebody comes by. */
  next: Stop | null
}

/** A place on the way: some patterns are done. Of several legs that is taken whose values fewest have. */
export interface Stop {
  /** A bit for each pattern. */
  readonly done: number
  /** A bit for each register that has a value. */
  readonly known: number
  /** The comparisons that can be made from here on. */
  readonly tests: readonly RouteTest[]
  readonly legs: readonly Leg[]
  /** The same where there are several rows: what has nothing to do with them would only multiply them. */
  readonly joined: readonly Leg[]
}

/** How a pattern is asked; what gives least comes first. */
const byEntity = 0
const byUnique = 1
const byEntityMany = 2
const byValue = 3
const noWay = 4

export class Route {
  /** Nothing is left to others. */
  readonly whole: boolean
  readonly patterns: readonly RoutePattern[]
  readonly tests: readonly RouteTest[]
  readonly origins: readonly Origin[]
  /** Of each register its variable, if it is one that patterns bind. */
  readonly variables: readonly (string | null)[]
  /** Registers of the query's row variables; empty when it is not whole. */
  readonly shown: readonly number[]
  /** The same of each element of `:find`. */
  readonly found: readonly number[]
  readonly start: Stop
  // Bits of registers that are known at the start.
  readonly #given: number

  /** Of so many clauses. */
  constructor(made: Making, query: Query, shown: readonly number[], all: number) {
    const { patterns, tests, origins, variables } = made
    this.patterns = patterns
    this.tests = tests
    this.origins = origins
    this.variables = variables
    this.#given = variables.reduce((bits, name, r) => (name === null ? bits | (1 << r) : bits), 0)
    this.start = this.#stopAt(0, this.#given)
    this.whole = patterns.length + tests.length === all && shown.length > 0 && this.#reachesAll()
    this.shown = shown
    this.found = query.find.map((e) => shown[query.rowVariables.indexOf(e.variable)] ?? -1)
  }

  next(stop: Stop, leg: Leg): Stop {
    return (leg.next ??= this.#stopAt(stop.done | bitOf(leg.pattern), stop.known))
  }

  #reachesAll(): boolean {
    let stop = this.start
    for (let left = this.patterns.length; left > 0; left--) {
      const [leg] = stop.legs
      if (leg === undefined) return false
      stop = this.next(stop, leg)
    }
    return true
  }

  #stopAt(done: number, before: number): Stop {
    let known = this.#given
    this.patterns.forEach((p, i) => {
      if (isIn(done, i)) for (const r of [p.e, p.v, p.t, p.added]) known |= bitOf(r)
    })
    return {
      done,
      known,
      tests: this.tests.filter((t) => areIn(known, t) && !areIn(before, t)),
      legs: this.#legsFrom(done, known, known),
      joined: this.#legsFrom(done, known, known & ~this.#given),
    }
  }

  /** The legs that give least, of the patterns that have one of the `needed` registers. */
  #legsFrom(done: number, known: number, needed: number): Leg[] {
    let best = noWay
    let legs: Leg[] = []
    this.patterns.forEach((p, i) => {
      if (isIn(done, i)) return
      if (![p.e, p.v, p.t, p.added].some((r) => isIn(needed, r))) return
      const way = wayInto(p, known)
      if (way > best || way === noWay || (way === best && way !== byValue)) return
      if (way < best) legs = []
      best = way
      legs.push(legOf(p, i, known))
    })
    return legs
  }
}

const bitOf = (i: number): number => (i < 0 ? 0 : 1 << i)
const isIn = (bits: number, i: number): boolean => (bits & bitOf(i)) !== 0
/** Are both sides of a comparison among these registers? */
export const areIn = (bits: number, { x, y }: RouteTest): boolean => isIn(bits, x) && isIn(bits, y)

function wayInto({ e, v, attribute, isPlain }: RoutePattern, known: number): number {
  const knowsV = isIn(known, v)
  if (knowsV && !isPlain) return noWay
  if (isIn(known, e)) return attribute.many && !knowsV ? byEntityMany : byEntity
  if (!knowsV) return noWay
  if (attribute.unique !== null && attribute.hasAvet) return byUnique
  return attribute.hasAvet || attribute.valueType === 'ref' ? byValue : noWay
}

function legOf(p: RoutePattern, pattern: number, known: number): Leg {
  const { e, v, t, added, attribute } = p
  const knowsE = isIn(known, e)
  const unless = (r: number): number => (isIn(known, r) ? -1 : r)
  const when = (r: number): number => (isIn(known, r) ? r : -1)
  return {
    pattern,
    order: knowsE ? 'aevt' : attribute.hasAvet ? 'avet' : 'vaet',
    a: attribute.id,
    e: when(e),
    v: when(v),
    setE: unless(e),
    setV: unless(v),
    setT: unless(t),
    setAdded: unless(added),
    sameT: when(t),
    sameAdded: when(added),
    next: null,
  }
}

// ---- making one ----

/** What a route is made of while it is made. */
interface Making {
  readonly patterns: RoutePattern[]
  readonly tests: RouteTest[]
  readonly origins: Origin[]
  readonly variables: (string | null)[]
}

/** The route of a query whose only source is `$`; null when it has none, or something about it has to be refused. */
export function routeOf(query: Query, rules: RuleSet, db: Db, loose: boolean): Route | null {
  const inputs = inputsOf(query)
  if (inputs === null) return null
  const env: Env = new Map()
  const context = { rules, unfolded: 0, loose: new Set<string>() }
  try {
    const flat = unfolded(query.where, '$', env, context as unknown as Context)
    const maker = new Maker((name) => {
      const value = env.get(name)
      if (value !== undefined) return { kind: 'constant', value, loose: context.loose.has(name) }
      const place = inputs.get(name)
      return place === undefined
        ? { kind: 'variable', name }
        : { kind: 'input', name, place, loose }
    })
    for (const located of flat) maker.take(located, db)
    for (const { clause } of flat) maker.takeTest(clause)
    return maker.route(query, flat.length)
  } catch {
    return null
  }
}

/** The inputs by their variables; null when one is anything but a value. */
function inputsOf({ inputs }: Query): ReadonlyMap<string, number> | null {
  const out = new Map<string, number>()
  for (const [place, input] of inputs.entries()) {
    if (input.kind === 'source' && input.name !== '$') return null
    if (input.kind !== 'binding') continue
    const { binding } = input
    if (binding.kind !== 'scalar') return null
    if (binding.variable === null) continue
    if (out.has(binding.variable)) return null
    out.set(binding.variable, place)
  }
  return out
}

/** Of any two values. */
const comparisons: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', ...equalities])

/** What a variable stands for. */
type Meaning =
  | { readonly kind: 'constant'; readonly value: Value; readonly loose: boolean }
  | {
      readonly kind: 'input'
      readonly name: string
      readonly place: number
      readonly loose: boolean
    }
  | { readonly kind: 'variable'; readonly name: string }

class Maker implements Making {
  readonly patterns: RoutePattern[] = []
  readonly tests: RouteTest[] = []
  readonly origins: Origin[] = []
  readonly variables: (string | null)[] = []
  readonly #meaningOf: (variable: string) => Meaning
  readonly #registers = new Map<string, number>()
  readonly #domains = new Map<string, Domain>()

  constructor(meaningOf: (variable: string) => Meaning) {
    this.#meaningOf = meaningOf
  }

  route(query: Query, clauses: number): Route | null {
    const shown = query.rowVariables.map((v) => {
      const meaning = this.#meaningOf(v)
      return meaning.kind === 'input' ? this.#input(meaning) : (this.#registers.get(v) ?? -1)
    })
    if (Math.max(this.origins.length, this.patterns.length) > registersMax) return null
    const route = new Route(this, query, shown.includes(-1) ? [] : shown, clauses)
    return route.start.legs.length === 0 ? null : route
  }

  take({ clause, source }: Located, db: Db): void {
    if (clause.kind !== 'pattern' || (clause.source ?? source) !== '$') return
    const { terms, loose } = clause
    const places = terms.map((x) => this.#place(x, loose))
    const [e, of, v, t, added] = places
    const attribute =
      of?.kind === 'constant' && !Array.isArray(of.value) ? attributeOf(db, of.value) : null
    if (attribute === null || terms.length > 5) return
    const names = places.flatMap((x) => (x !== null && x.kind !== 'constant' ? [x.name] : []))
    if (new Set(names).size < names.length) return
    if (v?.kind === 'constant' && needsEquality(attribute, v.value)) return
    const type = attribute.valueType === 'ref' ? 'id' : attribute.valueType
    if (!this.#fits(e, 'id') || !this.#fits(v, type)) return
    if (!this.#isFree(t, 'id') || !this.#isFree(added, 'boolean')) return
    this.patterns.push({
      clause,
      attribute,
      e: this.#register(e, 'id', null),
      v: this.#register(v, type, attribute),
      t: this.#register(t, 'id', null),
      added: this.#register(added, 'boolean', null),
      isPlain: plainTypes.has(type),
    })
  }

  /** A comparison of what patterns give. */
  takeTest(clause: Clause): void {
    if (clause.kind !== 'expression' || clause.binding !== null) return
    const { name, args } = clause
    if (!comparisons.has(name) || args.length !== 2) return
    const sides = args.map((a) =>
      a.kind === 'variable' || a.kind === 'constant' ? this.#place(a, clause.loose) : null,
    )
    const [x, y] = sides.map((s) => {
      if (s?.kind === 'variable') return this.#registers.get(s.name) ?? -1
      return s === null || s === undefined ? -1 : s.kind === 'input' ? this.#input(s) : this.#add(s)
    }) as [number, number]
    if (x < 0 || y < 0 || !sides.some((s) => s?.kind === 'variable')) return
    const { run } = libraryFunction(name) as LibraryFunction
    const loose = sides.flatMap((s, i) => (s?.kind !== 'variable' && s?.loose === true ? [i] : []))
    const call = equalities.has(name) && loose.length > 0 ? looseCall(run, loose) : run
    this.tests.push({ clause, x, y, call })
  }

  #place(term: Term, loose: boolean): Meaning | null {
    if (term.kind === 'blank') return null
    return term.kind === 'constant'
      ? { kind: 'constant', value: term.value, loose }
      : this.#meaningOf(term.name)
  }

  /** Is what a variable holds of the kind that stands here? */
  #fits(x: Meaning | null | undefined, domain: Domain): boolean {
    const known = x?.kind === 'variable' ? this.#domains.get(x.name) : undefined
    return known === undefined || (known === domain && plainTypes.has(domain))
  }

  /** The same where nothing may be given. */
  #isFree(x: Meaning | null | undefined, domain: Domain): boolean {
    return (x ?? null) === null || (x?.kind === 'variable' && this.#fits(x, domain))
  }

  #register(x: Meaning | null | undefined, domain: Domain, attribute: Attribute | null): number {
    if (x === undefined || x === null) return -1
    if (x.kind !== 'variable') {
      const isConstant = x.kind === 'constant'
      const from = isConstant ? this.#add(x) : this.#input(x)
      if (isConstant && isMeant(x.value, attribute)) return from
      return this.#add({ kind: 'converted', from, attribute, loose: x.loose })
    }
    let register = this.#registers.get(x.name)
    if (register === undefined) {
      register = this.#add({ kind: 'constant', value: null }, x.name)
      this.#registers.set(x.name, register)
      this.#domains.set(x.name, domain)
    }
    return register
  }

  #input(x: Extract<Meaning, { kind: 'input' }>): number {
    const register = this.#registers.get(x.name) ?? this.#add(x)
    this.#registers.set(x.name, register)
    return register
  }

  #add(origin: Origin, variable: string | null = null): number {
    this.variables.push(variable)
    return this.origins.push(origin) - 1
  }
}

/** Is the value as it stands what is looked for: an entity's id, or a value of the attribute? */
export function isMeant(x: Value, attribute: Attribute | null): boolean {
  const type = attribute === null ? 'ref' : attribute.valueType
  if (typeof x === 'number') return (type === 'ref' || type === 'long') && Number.isInteger(x)
  return typeof x === 'string' ? type === 'string' : x instanceof Keyword && type === 'keyword'
}
