/**
 * Hard queries: the planner's order against all orders that there are, by datoms visited; and the answers of all of them.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=200 npx vitest run test/oracle/hard.test.ts
 */

import { expect, test } from 'vitest'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Opaque } from '../../packages/yore/src/data/values.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { forced } from '../../packages/yore/src/query/plan/plan.ts'
import type { Conjunction } from '../../packages/yore/src/query/prepare/prepared.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import { canonical } from './canonical.ts'
import { HardWriter, hardDatabase } from './gen-hard.ts'
import type { HardQuery } from './gen-hard.ts'
import { naiveQuery, TooMany } from './naive-query.ts'
import { NaiveDb } from './naive-db.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import { history } from '../../packages/yore/src/db/views.ts'
import { countedDb } from './orders.ts'
import { Random, seedsOf } from './random.ts'

interface Answer {
  readonly text: string
  readonly datoms: number
  /** How many clauses there are to be put in order. */
  readonly clauses: number
}

/** The answer with the clauses in this order as far as they can run in it; null leaves it to the planner. */
function answerOf(
  [first, second]: readonly [Db, Db],
  { text, inputs }: HardQuery,
  order: readonly number[] | null,
): Answer | null {
  const [a, b] = [countedDb(first), countedDb(second)]
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
    const args = [new Opaque('db', a.db), new Opaque('db', b.db), ...inputs]
    const options = { numbers: 'exact', functionOf: () => null, limits: { rows: 300_000 } } as const
    const { value } = query(readEdn(text), args, options)
    const rows = (value as unknown[]).map(canonical).sort()
    return { text: rows.join('\n'), datoms: a.seen.datoms + b.seen.datoms, clauses }
  } catch (error) {
    if (error instanceof YoreError && error.code === ':yore/limit-exceeded') return null
    throw error
  } finally {
    forced.choose = null
  }
}

function* permutations(n: number): Generator<number[]> {
  if (n === 0) {
    yield []
    return
  }
  for (const p of permutations(n - 1)) {
    for (let i = 0; i < n; i++) yield [...p.slice(0, i), n - 1, ...p.slice(i)]
  }
}

const { first, runs } = seedsOf(30)
const slack = 100

test(`at most twice the datoms of the best order (seeds ${first} to ${first + runs - 1})`, () => {
  const worlds = new Random(5)
  const dbs = [hardDatabase(worlds, 400), hardDatabase(worlds, 40)] as const
  const bad: string[] = []
  let compared = 0
  for (let seed = first; seed < first + runs; seed++) {
    const random = new Random(seed)
    const hard = new HardWriter(random, 400).write(3 + random.int(3))
    const own = answerOf(dbs, hard, null)
    if (own === null || own.clauses > 6 || own.clauses < 2) continue
    let best = own.datoms
    let of = ''
    // of the 720 orders of six only some
    const all = [...permutations(own.clauses)]
    for (const order of all.length > 120 ? random.some(all, 120) : all) {
      const other = answerOf(dbs, hard, order)
      if (other === null) continue
      expect(other.text, `seed ${seed}, order ${order.join(' ')}: ${hard.text}`).toBe(own.text)
      if (other.datoms < best) [best, of] = [other.datoms, order.join(' ')]
    }
    compared++
    if (own.datoms > best * 2 + slack) {
      bad.push(`seed ${seed}: ${own.datoms}, best ${best} by ${of}: ${hard.text}`)
    }
  }
  expect(compared).toBeGreaterThan(runs * 0.6)
  expect(bad.join('\n')).toBe('')
}, 300_000)

test('answers as the naive evaluator gives them', () => {
  const worlds = new Random(6)
  const dbs = [hardDatabase(worlds, 12), hardDatabase(worlds, 6)] as const
  const naive = dbs.map((db) => new Opaque('db', new NaiveDb([...datoms(history(db), 'eavt', [])])))
  for (let seed = first; seed < first + runs; seed++) {
    const random = new Random(seed)
    const hard = new HardWriter(random, 12).write(2 + random.int(4))
    let expected: string
    try {
      const rows = naiveQuery(readEdn(hard.text), [...naive, ...hard.inputs])
      expected = rows.map(canonical).sort().join('\n')
    } catch (error) {
      if (error instanceof TooMany) continue
      throw error
    }
    expect(answerOf(dbs, hard, null)?.text, `seed ${seed}: ${hard.text}`).toBe(expected)
  }
}, 300_000)
