/**
 * Random pulls of random databases through random views, against the naive pull. A failing case is made small and shown as EDN.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=2000 npx vitest run test/oracle/pull.test.ts
 */

import { expect, test } from 'vitest'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { entityRows } from '../../packages/yore/src/indexes/read/entity-rows.ts'
import { parsePattern } from '../../packages/yore/src/pull/parse.ts'
import { pull, pullMany } from '../../packages/yore/src/pull/run.ts'
import { canonical } from './canonical.ts'
import { genLooks, look, tell as tellWith, tinySegments } from './engine.ts'
import type { Look, Told } from './engine.ts'
import { genPattern } from './gen-pull.ts'
import { asForm, genStory } from './gen-world.ts'
import type { Story } from './gen-world.ts'
import { TooMuch, naivePull } from './naive-pull.ts'
import { Random, seedsOf } from './random.ts'
import { shrink, smallerStories, without } from './shrink.ts'

interface Case {
  readonly story: Story
  readonly moment: number
  readonly looks: readonly Look[]
  readonly pattern: readonly Value[]
  readonly entity: number
}

const pullsPerStory = 25

// rows of segments are read in another way than what is live
const tell = (story: Story): Told => tellWith(story, tinySegments)

/** The two answers, or null when there is nothing to compare. */
function answers(c: Case, told: Told): readonly [string, string] | null {
  const at = told.moments[Math.min(c.moment, told.moments.length - 1)]
  if (at === undefined) return null
  const { db, naive } = look(at, c.looks)
  const id = told.ids[c.entity] as number
  let expected: string
  try {
    expected = canonical(naivePull(naive, c.pattern, id))
  } catch (error) {
    if (error instanceof TooMuch) return null
    throw error
  }
  let actual: string
  try {
    const pattern = parsePattern(c.pattern)
    actual = canonical(pull(db, pattern, id))
    const [again] = pullMany(db, pattern, [id, id])
    if (canonical(again) !== actual) actual = `pull-many differs: ${canonical(again)}`
  } catch (error) {
    actual = String(error)
  }
  return [expected, actual]
}

function fails(c: Case, told: Told = tell(c.story)): boolean {
  const both = answers(c, told)
  return both !== null && both[0] !== both[1]
}

function* smaller(c: Case): Generator<Case> {
  for (const looks of without(c.looks)) yield { ...c, looks }
  for (const pattern of smallerPatterns(c.pattern)) yield { ...c, pattern }
  for (const story of smallerStories(c.story)) yield { ...c, story }
}

function* smallerPatterns(pattern: readonly Value[]): Generator<readonly Value[]> {
  yield* without(pattern)
  for (let i = 0; i < pattern.length; i++) {
    const item = pattern[i] as Value
    if (!(item instanceof ValueMap)) continue
    const [[name, value]] = [...item] as [readonly [Value, Value]]
    if (!Array.isArray(value)) continue
    for (const nested of smallerPatterns(value as readonly Value[])) {
      yield pattern.with(i, new ValueMap().set(name, nested))
    }
  }
}

function report(c: Case, seed: number): string {
  const small = shrink<Case>(c, smaller, (x) => {
    try {
      return fails(x)
    } catch {
      return false
    }
  })
  const [expected, actual] = answers(small, tell(small.story)) ?? ['?', '?']
  return [
    `seed ${seed}: pull differs`,
    ...small.story.transactions.map((tx) => `  [:tx ${printEdn(tx)}]`),
    `  after transaction ${small.moment + 2}, through ${JSON.stringify(small.looks)}`,
    `  [:pull ${printEdn(small.pattern)} e${small.entity}]`,
    `  naive:  ${expected}`,
    `  engine: ${actual}`,
  ].join('\n')
}

const { first, runs } = seedsOf(20)

test(`pull answers as the naive pull does (seeds ${first} to ${first + runs - 1})`, () => {
  const before = entityRows.times
  for (let seed = first; seed < first + runs; seed++) {
    const random = new Random(seed)
    const story = genStory(random, 8)
    const told = tell(story)
    expect(told.moments.length, `${seed}: ${printEdn(asForm(story))}`).toBeGreaterThan(0)
    for (let i = 0; i < pullsPerStory; i++) {
      const moment = random.int(told.moments.length)
      const c: Case = {
        story,
        moment,
        looks: genLooks(random, told.moments[moment] as Told['moments'][number], false),
        pattern: genPattern(random, story.attributes),
        entity: random.int(told.ids.length),
      }
      if (fails(c, told)) expect.fail(report(c, seed))
    }
  }
  expect(entityRows.times - before).toBeGreaterThan(runs * pullsPerStory)
})
