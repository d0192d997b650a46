/** `explain`: how a query is run, and why it takes as long as it does. */

import { planOf } from '../query/plan/explain.ts'
import type { QueryPlan } from '../query/plan/explain.ts'
import { planText } from '../query/plan/explain-text.ts'
import { Trace } from '../query/plan/trace.ts'
import type { TraceStep } from '../query/plan/trace.ts'
import { clockOf, partsOf, run } from './query.ts'
import type { Query } from './types.ts'

/** How a query was run: as data, and as text for a person. */
export interface Explanation {
  readonly plan: QueryPlan
  /** The plan as a table: a line for each clause, in the order in which they were run. */
  toString(): string
}

/**
 * Runs a query, and gives not its answer but how it was run: the clauses in their order, which index each asked and how, the rows expected
 * and found, datoms and segments read, from the cache or from the storage, the time.
 *
 * ```ts
 * const explained = explain('[:find ?id :where [?e :item/id ?id] [?e :item/count 12]]', db)
 * console.log(String(explained)) // a table
 * explained.plan.steps[0]?.rowsOut // 1
 * ```
 */
export function explain(query: Query, ...inputs: readonly unknown[]): Explanation {
  const parts = partsOf({ query, args: inputs })
  const trace = new Trace(clockOf(parts))
  run(parts, trace)
  const plan = planOf(trace.query as TraceStep)
  return { plan, toString: () => planText(plan) }
}
