/**
 * Yore answers the corpus as recorded, but for the listed steps, and the list is what docs/differences.md says.
 */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configs } from './place.ts'
import type { Config } from './place.ts'
import { runScenario, stepText } from './run.ts'
import type { Outcome } from './run.ts'
import { corpusFiles, readScenarios } from './scenario.ts'
import { skips } from './skips.ts'

const files = corpusFiles().map((path) => ({ name: basename(path), path }))
const seen = new Map<string, Outcome>()
const placeOf = (file: string, scenario: string, step: number): string =>
  `${file} ${scenario} ${step}`

function told(o: Outcome): string {
  const cut = (text: string): string => text.slice(0, 400)
  return [
    `${placeOf(o.file, o.scenario, o.step.number)} ${o.verdict}`,
    `  step     ${cut(stepText(o.step))}`,
    `  expected ${cut(o.expected)}`,
    `  got      ${cut(o.got)}`,
  ].join('\n')
}

describe('the corpus', () => {
  test.each(files)('$name', async ({ path }) => {
    const outcomes: Outcome[] = []
    for (const scenario of readScenarios(path)) outcomes.push(...(await runScenario(scenario)))
    for (const o of outcomes) seen.set(placeOf(o.file, o.scenario, o.step.number), o)
    const bad = outcomes.filter((o) => o.verdict === 'failed' || o.verdict === 'stale')
    const shown = bad.slice(0, 5).map(told).join('\n')
    expect(bad.length, `${bad.length} of ${outcomes.length} steps; the first:\n${shown}`).toBe(0)
  })
})

/** Two of the places of `npm run conformance:all`, which takes all files to all of them. */
describe.each([
  ['memory, index job in a worker after every transaction', files],
  [
    'segments of 8 datoms, cache of zero',
    files.filter(({ name }) => /^(?:random|schema|time)/.test(name)),
  ],
] as const)('the corpus elsewhere: %s', (place, some) => {
  test.each(some)('$name', async ({ path }) => {
    const outcomes: Outcome[] = []
    for (const scenario of readScenarios(path)) {
      outcomes.push(...(await runScenario(scenario, configs[place] as Config)))
    }
    const bad = outcomes.filter((o) => o.verdict === 'failed' || o.verdict === 'stale')
    const shown = bad.slice(0, 5).map(told).join('\n')
    expect(bad.length, `${bad.length} of ${outcomes.length} steps; the first:\n${shown}`).toBe(0)
  })
})

describe('the list of differences', () => {
  test('is short, and each of its steps exists and differs', () => {
    for (const { file, scenario, step } of skips) {
      const place = placeOf(file, scenario, step)
      expect(seen.get(place)?.verdict, place).toBe('skipped')
    }
    expect(skips.length).toBeLessThan(seen.size / 100)
  })

  test('is what docs/differences.md tells', () => {
    const page = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([\w.-]+)` \| `([^`]+)` \| (\d+) \| (\w+) \|/gm)]
    const told = rows.map((m) => `${placeOf(m[1] as string, m[2] as string, Number(m[3]))} ${m[4]}`)
    const listed = skips.map((s) => `${placeOf(s.file, s.scenario, s.step)} ${s.kind}`)
    expect(told.sort()).toEqual(listed.sort())
  })
})
