/** The real world's turns: each who waits has one of its own, in the order in which they came. */

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
