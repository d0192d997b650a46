/**
 * The routes that queries have, kept with them; and queries that are answered along one, from their text to the answer.
 *
 * (1) A route is kept for the rules and the schema that it was made of, the last two of each query.
 * (2) An answer that `quickAnswer` gives is the one that query.ts gives. It gives none where anything has to be refused, counted or
 *     explained, and where the work is more than a little.
 */

import type { Value } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import type { Schema } from '../../db/schema.ts'
import { dbOf } from '../context.ts'
import type { Guard } from '../guard.ts'
import { parsedQuery, parsedRules } from '../parse/parsed.ts'
import { forced } from '../plan/plan.ts'
import { routeOf } from './route.ts'
import type { Route } from './route.ts'
import { answerOf, isDone, isPlain, startOf, walk } from './run-route.ts'
import type { Walk } from './run-route.ts'
import type { Query, RuleSet } from '../parse/syntax.ts'

/** Values from a program, or from EDN text. */
type Numbers = 'exact' | 'js'

/** What is too much work is tried again after so many times, at most. */
const passedMax = 64

interface Kept {
  readonly rules: RuleSet
  readonly schema: Schema
  readonly numbers: Numbers
  readonly route: Route | null
}

/** Of one query. */
class Routes {
  readonly query: Query
  /** Where the database and the rules are among the inputs; -1 for nowhere. */
  readonly source: number
  readonly rules: number
  /** Its rows need nothing but to be shown. */
  readonly isPlain: boolean
  // How often it was tried in vain, one time after the other, and how often it is not to be tried.
  #failed = 0
  #passing = 0
  #last: Kept | null = null
  #before: Kept | null = null

  constructor(query: Query) {
    this.query = query
    const { inputs } = query
    this.source = inputs.findIndex((x) => x.kind === 'source')
    this.rules = inputs.findIndex((x) => x.kind === 'rules')
    this.isPlain = isPlain(query)
  }

  /** Is it one of the times when it is not tried, as it came to nothing before? */
  isPassed(): boolean {
    if (this.#passing === 0) return false
    this.#passing--
    return true
  }

  /** It was tried: with success, or it was too much work. */
  note(isDone: boolean): void {
    if (isDone) this.#failed = 0
    else this.#passing = Math.min(passedMax, 2 ** this.#failed++)
  }

  for(rules: RuleSet, db: Db, numbers: Numbers): Route | null {
    const { schema } = db
    const last = this.#last
    if (
      last !== null &&
      last.schema === schema &&
      last.rules === rules &&
      last.numbers === numbers
    ) {
      return last.route
    }
    const found = this.#before
    this.#before = last
    if (found?.schema === schema && found.rules === rules && found.numbers === numbers) {
      this.#last = found
      return found.route
    }
    const route = routeOf(this.query, rules, db, numbers === 'js')
    this.#last = { rules, schema, numbers, route }
    return route
  }
}

const known = new WeakMap<Query, Routes>()

function routesOf(query: Query): Routes {
  let routes = known.get(query)
  if (routes === undefined) known.set(query, (routes = new Routes(query)))
  return routes
}

/** The start of a run of this query along its route, if it has one. */
export function walkOf(
  query: Query,
  inputs: readonly Value[],
  rules: RuleSet,
  db: Db,
  numbers: Numbers,
): Walk | null {
  const route = routesOf(query).for(rules, db, numbers)
  return route === null ? null : startOf(route, db, inputs)
}

/**
 * The answer of a query that is a few look-ups; undefined where it has to be found as all others. `guarded` makes what is to hear of the work,
 * if anything is.
 */
export function quickAnswer(
  form: unknown,
  inputs: readonly Value[],
  numbers: Numbers,
  guarded: ((query: Query) => Guard) | null,
): unknown {
  const query = parsedQuery(form)
  const routes = routesOf(query)
  if (query.timeoutMs > 0 && guarded === null) return undefined
  if (!routes.isPlain || inputs.length < query.inputs.length || forced.choose !== null) {
    return undefined
  }
  const db = dbOf(inputs[routes.source])
  if (db === null || db.view.keep !== null) return undefined
  let rules: RuleSet
  try {
    rules = parsedRules(routes.rules < 0 ? null : (inputs[routes.rules] as Value))
  } catch {
    return undefined
  }
  const route = routes.for(rules, db, numbers)
  if (route === null || !route.whole || routes.isPassed()) return undefined
  const guard = guarded === null ? null : guarded(query)
  const w = startOf(route, db, inputs)
  if (w === null) return undefined
  if (guard !== null) guard.phase = 'where'
  walk(w, guard)
  const done = isDone(w)
  routes.note(done)
  return done ? answerOf(query, w) : undefined
}
