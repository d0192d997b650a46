/**
 * The tree is what ARCHITECTURE.md and CONTRIBUTING.md say. The rules stand in scripts/tidy/; each proves itself on files that break it.
 */

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { copyOf, entries, surfaceOf } from '../scripts/tidy/api.ts'
import { rules } from '../scripts/tidy/rules.ts'
import { readTree } from '../scripts/tidy/tree.ts'

const files = readTree()

describe.each(rules)('$name', (rule) => {
  test('holds', () => {
    const problems = rule.check(files).map(({ path, message }) => `${path}: ${message}`)
    expect(problems.join('\n')).toBe('')
  })
  test.each(rule.samples.map((sample, i) => ({ n: i + 1, sample })))(
    'sees violation $n',
    ({ sample }) => {
      expect(rule.check(sample).length).toBeGreaterThan(0)
    },
  )
})

test.each(entries)('the public surface of %s is the committed one (npm run api)', (entry) => {
  const surface = surfaceOf(entry)
  expect(surface, 'not built: npm run build').not.toBeNull()
  expect(existsSync(copyOf(entry)), `docs/api/${entry}.d.ts is missing: npm run api`).toBe(true)
  expect(surface).toBe(readFileSync(copyOf(entry), 'utf8'))
  expect(surface).not.toContain('was not found')
})
