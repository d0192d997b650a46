import { expect, test } from 'vitest'
import { Budget, defaultBytes } from './budget.ts'
import type { BudgetOptions } from './budget.ts'
import { YoreError } from './errors.ts'

let now = 0
let looks = 0
const clock = (): number => {
  looks++
  return now
}
const budget = (options: Partial<BudgetOptions> = {}): Budget =>
  new Budget({ timeoutMs: 0, monotonicMs: clock, signal: null, ...options })

function failure(run: () => unknown): YoreError {
  try {
    run()
  } catch (error) {
    if (error instanceof YoreError) return error
    throw error
  }
  throw new Error('it did not fail')
}

test('the clock is looked at after some work, the more often the longer that takes', () => {
  const b = budget({ timeoutMs: 1e6 })
  const workUntilLook = (): number => {
    const before = looks
    let n = 0
    while (looks === before) {
      b.tick(1)
      n++
    }
    return n
  }
  expect(workUntilLook()).toBeLessThanOrEqual(32_768)
  // no time passes: it is looked at less often, but never rarely
  for (let i = 0; i < 20; i++) workUntilLook()
  expect(workUntilLook()).toBe(32_768)
  // each stretch takes long: soon it is looked at after a little work
  for (let i = 0; i < 20; i++) {
    now += 10
    workUntilLook()
  }
  now += 10
  expect(workUntilLook()).toBe(64)
})

test('without a time-out the clock is not read while it works', () => {
  const b = budget()
  looks = 0
  for (let i = 0; i < 1000; i++) b.tick(10_000)
  expect(looks).toBe(0)
})

test('time that is paused does not count', () => {
  now = 0
  const b = budget({ timeoutMs: 100 })
  now += 60
  b.pause()
  now += 1000
  b.resume()
  b.tick(1e6)
  now += 60
  const error = failure(() => b.tick(1e6))
  expect(error.code).toBe(':yore/timeout')
  expect(error.data['elapsedMs']).toBe(120)
})

test('bytes: what is held, what is kept, and what is asked for', () => {
  const b = budget({ limits: { bytes: 1000 } })
  b.room(1000)
  b.held = 400
  b.keep(400)
  b.rows(25, 1)
  expect(failure(() => b.rows(26, 1)).data).toMatchObject({ limit: 'bytes', max: 1000, bytes: 800 })
  expect(failure(() => b.keep(300)).code).toBe(':yore/limit-exceeded')
})

test('rows and datoms', () => {
  const b = budget({ limits: { rows: 10, datoms: 20 } })
  b.rows(10)
  expect(failure(() => b.rows(11)).data).toMatchObject({ limit: 'rows', rows: 11 })
  b.read(20)
  expect(failure(() => b.read(1)).data).toMatchObject({ limit: 'datoms', datoms: 21 })
  expect(failure(() => budget().rows(16_000_001)).code).toBe(':yore/limit-exceeded')
})

test('the limit of bytes follows from the heap', () => {
  expect(defaultBytes(null)).toBe(2 ** 29)
  expect(defaultBytes(2 ** 30)).toBe(2 ** 29)
  expect(defaultBytes(2 ** 40)).toBe(2 ** 32)
  const b = budget({ heapBytes: () => 2000 })
  b.room(1000)
  expect(failure(() => b.room(1001)).data).toMatchObject({ max: 1000 })
})

test('a signal counts at the start, while it works, and when it goes on', () => {
  expect(failure(() => budget({ signal: AbortSignal.abort('no') })).code).toBe(':yore/cancelled')
  const controller = new AbortController()
  const b = budget({ signal: controller.signal })
  b.pause()
  controller.abort('enough')
  expect(failure(() => b.resume()).cause).toBe('enough')
  expect(failure(() => b.tick(1e6)).code).toBe(':yore/cancelled')
})
