/**
 * In which sequence the clauses of a query were run: kept for a database value, of which the planner would say the same again.
 *
 * (1) Only of queries that are given nothing but `$` and rules, for one pair of these; and only for a run that begins with the same clauses
 *     waiting. So each clause that comes next finds bound what it found before.
 * (2) What was chosen in a first run is not kept: much of the database may not have been in memory, and was guessed.
 * (3) What is kept goes when the database value does.
 */

import type { Db } from '../db/db.ts'
import type { Query, RuleSet } from './syntax.ts'

/** How often a clause was next because it had been before, for tests. */
export const remembered = { times: 0 }

/** What is kept of the runs of a query. */
export class Steps {
  readonly rules: RuleSet
  #runs = 0
  #start = ''
  #chosen: readonly number[] = []

  constructor(rules: RuleSet) {
    this.rules = rules
  }

  /** A run begins, with these clauses waiting. */
  begin(waiting: readonly number[]): StepsRun {
    const start = waiting.join(' ')
    this.#runs++
    const isKnown = this.#runs > 2 && start === this.#start
    return new StepsRun(this, start, isKnown ? this.#chosen : none)
  }

  keep(start: string, chosen: readonly number[]): void {
    this.#start = start
    this.#chosen = chosen
  }
}

const none: readonly number[] = []

/** One run; runs of one query may lie within each other. */
export class StepsRun {
  readonly #steps: Steps
  readonly #start: string
  readonly #known: readonly number[]
  readonly #chosen: number[] = []

  constructor(steps: Steps, start: string, known: readonly number[]) {
    this.#steps = steps
    this.#start = start
    this.#known = known
  }

  /** The place in `waiting` of the clause that came next then; -1 where that is to be found out. */
  next(waiting: readonly number[]): number {
    const i = this.#known[this.#chosen.length]
    if (i === undefined) return -1
    remembered.times++
    return waiting.indexOf(i)
  }

  /** This clause comes next. */
  note(i: number): void {
    this.#chosen.push(i)
  }

  /** The run has come to its end. */
  end(): void {
    if (this.#chosen.length > this.#known.length) this.#steps.keep(this.#start, this.#chosen)
  }
}

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
