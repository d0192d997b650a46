/** The real world's turns: each who waits has one of its own, in the order in which they came; and what a turn has worked. */

import { expect, test } from 'vitest'
import { systemEnv } from './env-system.ts'

test('works that go on side by side never have the same turn', async () => {
  let turn = 0
  let isOver = false
  const count = (): void => {
    turn++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const seen: number[] = []
  const work = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      await systemEnv.turn()
      seen.push(turn)
    }
  }
  await Promise.all([work(), work(), work()])
  isOver = true
  expect(seen.length).toBe(60)
  expect(new Set(seen).size).toBe(60)
  expect(seen.at(-1)).toBeLessThan(60 + 10)
})

test('turns come in the order in which they were asked for, and one that is asked for in a turn is a later one', async () => {
  const told: string[] = []
  const first = systemEnv.turn().then(async () => {
    told.push('first')
    await systemEnv.turn()
    told.push('third')
  })
  const second = systemEnv.turn().then(() => told.push('second'))
  await Promise.all([first, second])
  expect(told).toEqual(['first', 'second', 'third'])
})

test('what a turn has worked counts from when it was first asked, and anew in the next one', async () => {
  const spin = (): void => {
    for (const from = performance.now(); performance.now() - from < 2;);
  }
  await systemEnv.turn()
  spin()
  expect(systemEnv.workedMs()).toBe(0)
  spin()
  const worked = systemEnv.workedMs()
  expect(worked).toBeGreaterThanOrEqual(2)
  await Promise.resolve()
  expect(systemEnv.workedMs()).toBeGreaterThanOrEqual(worked)
  // a turn that nobody of these waits for
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  expect(systemEnv.workedMs()).toBe(0)
  // who waits has one that has not worked
  spin()
  await systemEnv.turn()
  expect(systemEnv.workedMs()).toBe(0)
})
