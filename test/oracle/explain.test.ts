/**
 * The rows that an explained query tells of are the true ones: after each step as many as the naive evaluator finds for the clauses so far.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=200 npx vitest run test/oracle/explain.test.ts
 */

import { expect, test } from 'vitest'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { List, Opaque, keyword, symbol } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { IndexMeter, meteredIndex } from '../../packages/yore/src/indexes/counted/metered.ts'
import { planOf } from '../../packages/yore/src/query/plan/explain.ts'
import type { PlanStep, QueryPlan } from '../../packages/yore/src/query/plan/explain.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import { Trace } from '../../packages/yore/src/query/plan/trace.ts'
import type { TraceStep } from '../../packages/yore/src/query/plan/trace.ts'
import { tell } from './engine.ts'
import type { Moment } from './engine.ts'
import { QueryWriter, usedVars } from './gen-query.ts'
import { genStory, large, small } from './gen-world.ts'
import type { Size } from './gen-world.ts'
import { TooMany, Unresolved, Unrunnable, naiveQuery } from './naive-query.ts'
import { Random, seedsOf } from './random.ts'

const options = { numbers: 'exact', functionOf: () => null } as const

/** All variables are found, so that no step drops any, and rows are never merged. */
const everything = (where: readonly Value[]): Value => [
  keyword(':find'),
  ...[...usedVars(where)].map((v) => symbol(v)),
  keyword(':where'),
  ...where,
]

/** Patterns, predicates and negations: what stands in a query and binds or drops. */
function isPlain(clause: Value): boolean {
  if (clause instanceof List) return printEdn(clause).startsWith('(not ')
  const items = clause as readonly Value[]
  const [first] = items
  const text = printEdn(clause)
  return !text.includes('$') && (!(first instanceof List) || items.length === 1)
}

function explained({ db }: Moment, form: Value): { plan: QueryPlan; rows: number } | null {
  const trace = new Trace(() => 0)
  const counting = { ...db, facts: meteredIndex(db.facts, trace.meter) }
  try {
    const { value } = query(form, [new Opaque('db', counting)], { ...options, trace })
    return { plan: planOf(trace.query as TraceStep), rows: (value as unknown[]).length }
  } catch {
    return null // what the engine refuses, the other tests compare
  }
}

const clausesOf = (steps: readonly PlanStep[]): PlanStep[] => steps.filter((s) => s.kind !== 'find')

let compared = 0

function compare(moment: Moment, where: readonly Value[], context: string): void {
  const form = everything(where)
  const found = explained(moment, form)
  if (found === null) return
  const { plan, rows } = found
  const told = `${context} ${printEdn(form)}`
  expect(plan.rows, told).toBe(rows)
  const steps = clausesOf(plan.steps)
  const done: Value[] = []
  for (const [i, step] of steps.entries()) {
    if (step.runs === 0) {
      expect(plan.rows, told).toBe(0)
      continue
    }
    if (step.clause.endsWith('...')) return
    expect(step.runs, told).toBe(1)
    done.push(...[step.clause, ...step.predicates].map((text) => readEdn(text)))
    // patterns that were run as one have the rows of all of them
    if (steps[i + 1]?.asOne === true) continue
    let expected: number
    try {
      expected = naiveQuery(everything(done), [new Opaque('db', moment.naive)]).length
    } catch (error) {
      if ([TooMany, Unresolved, Unrunnable].some((c) => error instanceof c)) return
      throw error
    }
    expect(step.rowsOut, `${told}\nafter ${step.clause}`).toBe(expected)
    compared++
  }
  expect(steps.length, told).toBe(where.length)
}

function compareSome(seed: number, size: Size): void {
  const random = new Random(seed)
  const story = genStory(random, 6, size)
  const told = tell(story)
  for (let i = 0; i < 20; i++) {
    const moment = random.pick(told.moments)
    const written = new QueryWriter(random, story.attributes, told.ids, false).write()
    const where = written.where.filter(isPlain)
    if (usedVars(where).size > 0) compare(moment, where, `seed ${seed}:`)
  }
}

const { first, runs } = seedsOf(8)
const last = first + runs - 1

test(`rows of every step are those of the naive evaluator (seeds ${first} to ${last})`, () => {
  for (let seed = first; seed <= last; seed++) compareSome(seed, seed % 8 === 0 ? large : small)
  expect(compared).toBeGreaterThan(runs * 8)
})

test('an index that counts can be made to count for somebody else too', () => {
  const { moments } = tell(genStory(new Random(1), 3))
  const { db } = moments[0] as Moment
  const [outer, inner] = [new IndexMeter(() => 0), new IndexMeter(() => 0)]
  const facts = meteredIndex(meteredIndex(db.facts, inner), outer)
  const n = facts.columns('eavt', {}, db.view, { e: true }).n
  expect([outer.at.datoms, inner.at.datoms]).toEqual([n, n])
})
