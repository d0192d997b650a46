/**
 * Random queries over random databases through random views, against the naive evaluator. A failing case is made small and shown.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=2000 npx vitest run test/oracle/query.test.ts
 */

import { expect, test } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { List } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import { canonical } from './canonical.ts'
import { genLooks, look, tell } from './engine.ts'
import type { Look, Moment, Told } from './engine.ts'
import { QueryWriter, inputsOf, queryForm, usedVars } from './gen-query.ts'
import type { GenQuery } from './gen-query.ts'
import { genStory, large, small } from './gen-world.ts'
import type { Size, Story } from './gen-world.ts'
import { TooMuch } from './naive-pull.ts'
import { TooMany, Unresolved, Unrunnable, findElements, naiveQuery } from './naive-query.ts'
import { Random, seedsOf } from './random.ts'
import { shrink, smallerStories, without } from './shrink.ts'

interface Case {
  readonly story: Story
  readonly moment: number
  readonly looks: readonly Look[]
  readonly query: GenQuery
  /** The other database: the last moment's, through these. */
  readonly old: readonly Look[]
}

// Rows in one order; the set of a `distinct` has none of its own.
function table(rows: readonly unknown[], find: readonly Value[]): string {
  const elements = findElements(find)
  const isSet = elements.map((x) => x instanceof List && printEdn(x[0] as Value) === 'distinct')
  const line = (row: unknown): string =>
    canonical(
      (row as readonly unknown[]).map((x, i) =>
        isSet[i] === true ? (x as readonly unknown[]).map(canonical).sort() : x,
      ),
    )
  return rows.map(line).sort().join('\n')
}

/** The answer as rows, whatever the find spec. */
function rowsOf(value: unknown, find: readonly Value[]): readonly unknown[] {
  const last = find.at(-1) as Value
  if (printEdn(last) === '.') return value === null ? [] : [[value]]
  if (!Array.isArray(last) || last instanceof List) return value as readonly unknown[]
  if (printEdn(last.at(-1) as Value) === '...') return (value as readonly unknown[]).map((x) => [x])
  return value === null ? [] : [value]
}

function answers(c: Case, told: Told): readonly [string, string] | null {
  const at = told.moments[Math.min(c.moment, told.moments.length - 1)]
  if (at === undefined) return null
  const { db, naive } = look(at, c.looks)
  const old = look(told.moments.at(-1) as Moment, c.old)
  const form = queryForm(c.query)
  let expected: string
  try {
    expected = table(naiveQuery(form, inputsOf(c.query, naive, old.naive)), c.query.find)
  } catch (error) {
    if ([TooMany, TooMuch, Unresolved, Unrunnable].some((c) => error instanceof c)) return null
    throw error
  }
  try {
    const answer = query(form, inputsOf(c.query, db, old.db), {
      numbers: 'exact',
      functionOf: () => null,
    })
    const value = (answer as unknown as { value: unknown }).value
    return [expected, table(rowsOf(value, c.query.find), c.query.find)]
  } catch (error) {
    const given = printEdn([form, ...c.query.inputs.map(([, value]) => value)])
    const named = /\?named|:id\/n/.test(given)
    if (named && error instanceof YoreError && error.code === ':db.error/not-an-entity') return null
    return [expected, String(error)]
  }
}

function fails(c: Case, told: Told = tell(c.story)): boolean {
  const both = answers(c, told)
  return both !== null && both[0] !== both[1]
}

function* smaller(c: Case): Generator<Case> {
  for (const where of without(c.query.where)) {
    const bound = usedVars(where)
    for (const [form] of c.query.inputs) usedVars(form, bound)
    if (
      where.length === 0 ||
      ![...usedVars([...c.query.find, ...c.query.with])].every((v) => bound.has(v))
    )
      continue
    yield { ...c, query: { ...c.query, where } }
  }
  for (const find of without(c.query.find)) {
    if (find.length > 0) yield { ...c, query: { ...c.query, find } }
  }
  for (const extra of without(c.query.with)) yield { ...c, query: { ...c.query, with: extra } }
  for (const inputs of without(c.query.inputs)) yield { ...c, query: { ...c.query, inputs } }
  for (const looks of without(c.looks)) yield { ...c, looks }
  for (const old of without(c.old)) yield { ...c, old }
  for (const story of smallerStories(c.story)) yield { ...c, story }
}

// The same fault, not another one: an error stays an error.
function failsLike(isError: boolean): (c: Case) => boolean {
  return (c) => {
    try {
      const both = answers(c, tell(c.story))
      return both !== null && both[0] !== both[1] && /^\w*Error/.test(both[1]) === isError
    } catch {
      return false
    }
  }
}

function report(c: Case, seed: number): string {
  const isError = /^\w*Error/.test(answers(c, tell(c.story))?.[1] ?? '')
  const small = shrink<Case>(c, smaller, failsLike(isError))
  const [expected, actual] = answers(small, tell(small.story)) ?? ['?', '?']
  return [
    `seed ${seed}: query differs`,
    ...small.story.transactions.map((tx) => `  [:tx ${printEdn(tx)}]`),
    `  after transaction ${small.moment + 2}, through ${JSON.stringify(small.looks)}`,
    `  $old through ${JSON.stringify(small.old)}`,
    `  [:q ${printEdn(queryForm(small.query))} ${small.query.inputs.map(([, v]) => printEdn(v)).join(' ')}]`,
    `  naive:\n${expected}`,
    `  engine:\n${actual}`,
  ].join('\n')
}

function compareSome(seed: number, steps: number, size: Size, queries: number): void {
  const random = new Random(seed)
  const story = genStory(random, steps, size)
  const told = tell(story)
  for (let i = 0; i < queries; i++) {
    const moment = random.int(told.moments.length)
    const looks = genLooks(random, told.moments[moment] as Moment, true)
    const old = genLooks(random, told.moments.at(-1) as Moment, true)
    const isHistory = looks.some((l) => l.kind === 'history')
    const writer = new QueryWriter(random, story.attributes, told.ids, isHistory)
    const c: Case = { story, moment, looks, query: writer.write(), old }
    if (fails(c, told)) expect.fail(report(c, seed))
  }
}

const { first, runs } = seedsOf(12)
const last = first + runs - 1

test(`queries answer as the naive evaluator does (seeds ${first} to ${last})`, () => {
  for (let seed = first; seed <= last; seed++) compareSome(seed, 8, small, 20)
})

test(`over more entities too (a tenth of the seeds)`, () => {
  for (let seed = first; seed <= last; seed += 10) compareSome(seed, 12, large, 20)
})
