/**
 * Bad input of every kind, in a process of its own for each way in: nothing comes out of it but a right answer or a YoreError, soon,
 * and nothing is changed by it. HOSTILE_SEED and HOSTILE_RUNS set the random part.
 */

import { expect, test } from 'vitest'
import { guarded } from './guard.ts'

test.each([
  { suite: 'edn', cases: 2_000 },
  { suite: 'reads', cases: 20_000 },
  { suite: 'transactions', cases: 10_000 },
  { suite: 'queries', cases: 500 },
  { suite: 'functions', cases: 1_500 },
  { suite: 'connections', cases: 3_000 },
])('$suite', { timeout: 400_000 }, async ({ suite, cases }) => {
  const outcome = await guarded(suite)
  expect(outcome.faults.join('\n\n')).toBe('')
  expect(outcome.cases).toBeGreaterThan(cases)
})

test('what does not end, dies or pollutes is noticed', { timeout: 60_000 }, async () => {
  const outcome = await guarded('samples')
  expect(outcome.faults.map((text) => text.split(':')[0])).toEqual([
    'throws a TypeError',
    'rejects with a text',
    'is thrown, not rejected',
    'says too much',
    'is wrong',
    'Object.prototype.polluted has been changed',
  ])
  expect((await guarded('samples-loop', 2_000)).faults.join()).toMatch(/^does not end: 0 for ever/)
  expect((await guarded('samples-death')).faults.join()).toMatch(/^died with 7 in 0 the end/)
})
