/**
 * Patterns that do not say which attribute: the planner's order against all orders that there are, and the orders in which the clauses can
 * be written against each other, by datoms visited; and the answers of all of them.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=200 npx vitest run test/oracle/open.test.ts
 */

import { expect, test } from 'vitest'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Opaque } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { history } from '../../packages/yore/src/db/views.ts'
import { canonical } from './canonical.ts'
import { countedAnswer, forcedAnswer, permutations } from './forced.ts'
import { OpenWriter, openDatabase } from './gen-open.ts'
import type { HardQuery } from './gen-hard.ts'
import { naiveQuery, TooMany, Unresolved, Unrunnable } from './naive-query.ts'
import { NaiveDb } from './naive-db.ts'
import { inOtherOrder } from './orders.ts'
import { Random, seedsOf } from './random.ts'

const { first, runs } = seedsOf(60)
const slack = 100
const written = 24

// A text where an entity is needed, or a pattern that nothing binds: in this order, or in any.
const refusals = /^:db\.error\/(not-a-keyword|not-an-entity|insufficient-binding)$/

function unlessRefused<T>(f: () => T): T | null {
  try {
    return f()
  } catch (error) {
    if (error instanceof YoreError && refusals.test(error.code)) return null
    throw error
  }
}

/** The fewest and most datoms of the query written in several ways. */
function ofWritten(
  dbs: readonly [Db, Db],
  { text, inputs }: HardQuery,
  answer: string,
  random: Random,
): [number, number] {
  const form = readEdn(text)
  let [few, most] = [Infinity, 0]
  for (let i = 0; i < written; i++) {
    // inputs are counted as without the second database
    const asked = { name: text, query: form, inputs: [null, ...inputs] as Value[] }
    const other = inOtherOrder(asked, random)
    const found = unlessRefused(() => countedAnswer(dbs, other.query, other.inputs.slice(1)))
    if (found === null) continue
    expect(found.text, text).toBe(answer)
    few = Math.min(few, found.datoms)
    most = Math.max(most, found.datoms)
  }
  return [few, most]
}

test(`at most twice the datoms of the best order (seeds ${first} to ${first + runs - 1})`, () => {
  const worlds = new Random(5)
  const [one, two] = [openDatabase(worlds, 400, 20), openDatabase(worlds, 40, 10)]
  const bad: string[] = []
  let compared = 0
  for (let seed = first; seed < first + runs; seed++) {
    const random = new Random(seed)
    const open = new OpenWriter(random, 400).write(3 + random.int(4))
    const dbs = [random.chance(0.2) ? history(one) : one, two] as const
    const own = unlessRefused(() => forcedAnswer(dbs, open, null))
    if (own === null || own.clauses > 7 || own.clauses < 2) continue
    let best = own.datoms
    let of = ''
    const all = [...permutations(own.clauses)]
    for (const order of all.length > 60 ? random.some(all, 60) : all) {
      const other = unlessRefused(() => forcedAnswer(dbs, open, order))
      if (other === null) continue
      expect(other.text, `seed ${seed}, order ${order.join(' ')}: ${open.text}`).toBe(own.text)
      if (other.datoms < best) [best, of] = [other.datoms, order.join(' ')]
    }
    const [few, most] = ofWritten(dbs, open, own.text, random)
    compared++
    if (own.datoms > best * 2 + slack || most > few * 2 + 10) {
      const ways = `written ${few} to ${most}`
      bad.push(`seed ${seed}: ${own.datoms}, best ${best} by ${of}, ${ways}: ${open.text}`)
    }
  }
  expect(compared).toBeGreaterThan(runs * 0.6)
  expect(bad.join('\n')).toBe('')
}, 300_000)

test('answers as the naive evaluator gives them', () => {
  const worlds = new Random(6)
  const dbs = [openDatabase(worlds, 12, 4), openDatabase(worlds, 6, 2)] as const
  const naive = dbs.map((db) => new Opaque('db', new NaiveDb([...datoms(history(db), 'eavt', [])])))
  let compared = 0
  for (let seed = first; seed < first + runs * 2; seed++) {
    const random = new Random(seed)
    const open = new OpenWriter(random, 12).write(2 + random.int(4))
    const found = unlessRefused(() => forcedAnswer(dbs, open, null))
    if (found === null) continue
    try {
      const rows = naiveQuery(readEdn(open.text), [...naive, ...open.inputs])
      const expected = rows.map(canonical).sort().join('\n')
      expect(found.text, `seed ${seed}: ${open.text}`).toBe(expected)
      compared++
    } catch (error) {
      const isGivenUp =
        error instanceof TooMany || error instanceof Unresolved || error instanceof Unrunnable
      if (!isGivenUp) throw error
    }
  }
  expect(compared).toBeGreaterThan(runs * 0.6)
}, 300_000)
