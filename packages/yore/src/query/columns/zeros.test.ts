/** Tables of zeros: each belongs to one, and is all zeros when it is taken. */

import { expect, test } from 'vitest'
import { giveZeros, takeZeros } from './zeros.ts'

const isZero = (x: Int32Array): boolean => x.every((y) => y === 0)

test('a table that was given back is all zeros when it is taken again', () => {
  for (const size of [10, 1 << 14, 50_000, 1 << 18, (1 << 18) + 1]) {
    for (let times = 0; times < 4; times++) {
      const table = takeZeros(size)
      expect(table.length).toBeGreaterThanOrEqual(size)
      expect(isZero(table)).toBe(true)
      table.fill(7, 0, size)
      giveZeros(table, size)
    }
  }
})

test('it is kept, and nobody else has it meanwhile', () => {
  const size = 1 << 17
  const first = takeZeros(size)
  giveZeros(first, size)
  const a = takeZeros(size)
  expect(a).toBe(first)
  const b = takeZeros(size)
  expect(b).not.toBe(a)
  a[0] = 1
  expect(isZero(b)).toBe(true)
})
