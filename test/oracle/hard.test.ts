/**
 * Hard queries: the planner's order against all orders that there are, by datoms visited; and the answers of all of them.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=200 npx vitest run test/oracle/hard.test.ts
 */

import { expect, test } from 'vitest'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Opaque } from '../../packages/yore/src/data/values.ts'
import { canonical } from './canonical.ts'
import { forcedAnswer, permutations } from './forced.ts'
import { HardWriter, hardDatabase } from './gen-hard.ts'
import { naiveQuery, TooMany } from './naive-query.ts'
import { NaiveDb } from './naive-db.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import { history } from '../../packages/yore/src/db/views.ts'
import { Random, seedsOf } from './random.ts'

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
    const own = forcedAnswer(dbs, hard, null)
    if (own === null || own.clauses > 6 || own.clauses < 2) continue
    let best = own.datoms
    let of = ''
    // of the 720 orders of six only some
    const all = [...permutations(own.clauses)]
    for (const order of all.length > 120 ? random.some(all, 120) : all) {
      const other = forcedAnswer(dbs, hard, order)
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
    expect(forcedAnswer(dbs, hard, null)?.text, `seed ${seed}: ${hard.text}`).toBe(expected)
  }
}, 300_000)
