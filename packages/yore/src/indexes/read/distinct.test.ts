/** The estimate of distinct values: exact on small data, of the right size on large. */

import { expect, test } from 'vitest'
import type { Value } from '../../data/values.ts'
import { createFactIndex } from '../create.ts'
import type { Fact } from '../facts/fact.ts'
import { never } from '../facts/fact.ts'

const placement = { avet: false, vaet: false, column: 'value' } as const
const indexOf = (n: number, valueOf: (i: number) => Value) => {
  const facts: Fact[] = []
  for (let i = 0; i < n; i++) facts.push({ e: i, a: 1, v: valueOf(i), t: 1, end: never })
  return createFactIndex(facts, () => placement)
}

test('small data are counted', () => {
  expect(indexOf(0, () => 'x').distinctValues(1)).toBe(0)
  expect(indexOf(900, (i) => `v${i % 7}`).distinctValues(1)).toBe(7)
  expect(indexOf(900, (i) => `v${i}`).distinctValues(1)).toBe(900)
})

test('large data are estimated', () => {
  expect(indexOf(50_000, (i) => `v${(i * 7919) % 10}`).distinctValues(1)).toBe(10)
  const unique = indexOf(50_000, (i) => `v${i}`).distinctValues(1)
  // the estimator is off by at most the square root of the share that is not looked at
  expect(unique).toBeGreaterThan(50_000 / 6)
  expect(unique).toBeLessThanOrEqual(50_000)
})
