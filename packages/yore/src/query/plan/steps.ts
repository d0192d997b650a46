/**
 * In which sequence the clauses of a query were run: kept for a database value, of which the planner would say the same again.
 *
 * (1) Only of queries that are given nothing but `$` and rules, for one pair of these; and a step is only taken where the same clauses wait
 *     as then. So each clause that comes next finds bound what it found before, even if a program's function says something else this time.
 * (2) What was chosen in a first run is not kept: much of the database may not have been in memory, and was guessed.
 * (3) What is kept goes when the database value does.
 */

import type { Db } from '../../db/db.ts'
import type { Query, RuleSet } from '../parse/syntax.ts'

/** How often a clause was next because it had been before, for tests. */
export const remembered = { times: 0 }

/** What is kept of the runs of a query. */
export class Steps {
  readonly rules: RuleSet
  #runs = 0
  #chosen: readonly Step[] = []

  constructor(rules: RuleSet) {
    this.rules = rules
  }

  /** A run begins. */
  begin(): StepsRun {
    this.#runs++
    return new StepsRun(this, this.#runs > 2 ? this.#chosen : none)
  }

  keep(chosen: readonly Step[]): void {
    this.#chosen = chosen
  }
}

/** Which clause came next, and which ones waited then, itself among them. */
interface Step {
  readonly i: number
  readonly waiting: readonly number[]
}

const none: readonly Step[] = []

/** One run; runs of one query may lie within each other. */
export class StepsRun {
  readonly #steps: Steps
  readonly #known: readonly Step[]
  readonly #chosen: Step[] = []
  #isNew = false

  constructor(steps: Steps, known: readonly Step[]) {
    this.#steps = steps
    this.#known = known
  }

  /** The place in `waiting` of the clause that came next then; -1 where that is to be found out. */
  next(waiting: readonly number[]): number {
    const step = this.#isNew ? undefined : this.#known[this.#chosen.length]
    if (step === undefined || !isSame(step.waiting, waiting)) {
      this.#isNew = true
      return -1
    }
    remembered.times++
    return waiting.indexOf(step.i)
  }

  /** Of these the clause in this place comes next. */
  note(waiting: readonly number[], place: number): void {
    const known = this.#known[this.#chosen.length]
    const i = waiting[place] as number
    this.#chosen.push(this.#isNew || known === undefined ? { i, waiting: waiting.slice() } : known)
  }

  /** The run has come to its end. */
  end(): void {
    if (this.#isNew) this.#steps.keep(this.#chosen)
  }
}

const isSame = (x: readonly number[], y: readonly number[]): boolean =>
  x.length === y.length && x.every((i, k) => i === y[k])

/** For so many queries of one database value. */
const queriesMax = 256

const known = new WeakMap<Db, Map<Query, Steps>>()

/** The steps of a query for a database; null where they may differ from run to run. */
export function stepsOf(query: Query, rules: RuleSet, db: Db): Steps | null {
  if (query.inputs.some((x) => !(x.kind === 'rules' || (x.kind === 'source' && x.name === '$')))) {
    return null
  }
  let all = known.get(db)
  if (all === undefined) known.set(db, (all = new Map()))
  const found = all.get(query)
  if (found !== undefined && found.rules === rules) return found
  if (all.size >= queriesMax) all.clear()
  const made = new Steps(rules)
  all.set(query, made)
  return made
}
