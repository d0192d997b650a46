/** Runs of a query with its clauses in a sequence that a test says, and the work that they take. */

import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Opaque } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { forced } from '../../packages/yore/src/query/plan/plan.ts'
import type { Conjunction } from '../../packages/yore/src/query/prepare/prepared.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import { canonical } from './canonical.ts'
import type { HardQuery } from './gen-hard.ts'
import { countedDb } from './orders.ts'

export interface ForcedAnswer {
  readonly text: string
  readonly datoms: number
  /** How many clauses there are to be put in order. */
  readonly clauses: number
}

/** The answer with the clauses in this order as far as they can run in it; null leaves it to the planner. Null when it is too large. */
export function forcedAnswer(
  [first, second]: readonly [Db, Db],
  { text, inputs }: HardQuery,
  order: readonly number[] | null,
): ForcedAnswer | null {
  let top: Conjunction | null = null
  let clauses = 0
  forced.choose = (conjunction, waiting, canRun) => {
    top ??= conjunction
    if (conjunction !== top) return -1
    clauses = conjunction.clauses.length
    if (order === null) return -1
    for (const i of order) {
      const k = waiting.indexOf(i)
      if (k >= 0 && canRun(k)) return k
    }
    return -1
  }
  try {
    const found = countedAnswer([first, second], readEdn(text), inputs)
    return found === null ? null : { ...found, clauses }
  } finally {
    forced.choose = null
  }
}

/** The answer and the datoms that were visited for it; null when it is too large. */
export function countedAnswer(
  [first, second]: readonly [Db, Db],
  form: Value,
  inputs: readonly Value[],
): { readonly text: string; readonly datoms: number } | null {
  const [a, b] = [countedDb(first), countedDb(second)]
  try {
    const args = [new Opaque('db', a.db), new Opaque('db', b.db), ...inputs]
    const options = { numbers: 'exact', functionOf: () => null, limits: { rows: 300_000 } } as const
    const { value } = query(form, args, options)
    const rows = (value as unknown[]).map(canonical).sort()
    return { text: rows.join('\n'), datoms: a.seen.datoms + b.seen.datoms }
  } catch (error) {
    if (error instanceof YoreError && error.code === ':yore/limit-exceeded') return null
    throw error
  }
}

export function* permutations(n: number): Generator<number[]> {
  if (n === 0) {
    yield []
    return
  }
  for (const p of permutations(n - 1)) {
    for (let i = 0; i < n; i++) yield [...p.slice(0, i), n - 1, ...p.slice(i)]
  }
}
