import { expect, test } from 'vitest'
import { pressureMs } from './pressure.ts'

test('nobody waits below half; then ever longer; at the maximum until there is room', () => {
  const waits = [0, 10, 50, 51, 60, 75, 90, 99, 100, 1000].map((bytes) => pressureMs(bytes, 100))
  expect(waits.slice(0, 3)).toEqual([0, 0, 0])
  for (let i = 3; i < waits.length; i++) {
    expect(waits[i]).toBeGreaterThanOrEqual(waits[i - 1] as number)
  }
  expect(waits[3]).toBeGreaterThan(0)
  expect(waits[7]).toBeLessThanOrEqual(20)
  expect(waits.slice(8)).toEqual([Infinity, Infinity])
})
