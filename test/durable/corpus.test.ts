/**
 * The corpus gives the same answers wherever the database lies. Here some of its files for each configuration; `npm run conformance:all`
 * runs them all.
 */

import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configs } from '../conformance/place.ts'
import type { Config } from '../conformance/place.ts'
import { runScenario, stepText } from '../conformance/run.ts'
import { corpusFiles, readScenarios } from '../conformance/scenario.ts'

const chosen = ['transactions.edn', 'time.edn', 'query-rules.edn', 'entity.edn', 'index-pull.edn']
const files = corpusFiles().filter((path) => chosen.includes(basename(path)))
/** Of slow configurations only every nth scenario: a directory is made for each. */
const everyNth = ({ storage, reopen, segment, cache, worker }: Config): number =>
  worker === true
    ? 12
    : storage === 'file'
      ? reopen === true
        ? 16
        : 5
      : segment === 8 || cache === 0
        ? 4
        : 2

describe.each(Object.entries(configs))('%s', (_, config) => {
  test('answers as recorded', async () => {
    let passed = 0
    let n = 0
    for (const path of files) {
      for (const scenario of readScenarios(path)) {
        if (n++ % everyNth(config) !== 0) continue
        for (const o of await runScenario(scenario, config)) {
          const place = `${o.file} ${o.scenario} ${o.step.number}: ${stepText(o.step).slice(0, 300)}`
          expect(['passed', 'skipped'], `${place}\n${o.expected}\n${o.got}`).toContain(o.verdict)
          if (o.verdict === 'passed') passed++
        }
      }
    }
    expect(passed).toBeGreaterThan(100)
  })
})
