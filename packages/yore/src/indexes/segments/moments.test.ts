/** Moments against looking at every row, on random intervals, ranges and windows; that they are found and used, and what they take. */

import { afterEach, expect, test, vi } from 'vitest'
import { randomOf } from '../../../../../test/oracle/index-world.ts'
import type { Random } from '../../../../../test/oracle/index-world.ts'
import { Moments } from './moments.ts'
import { encodeNumbers } from './numbers.ts'
import { noHome } from './value-heap.ts'
import { Segment } from './segment.ts'
import { SegmentValues } from './segment-values.ts'
import type { Window } from '../facts/window.ts'

interface Times {
  readonly n: number
  readonly t: Float64Array
  readonly end: Float64Array
}

/** Intervals of some shape: many versions of few values, long ones, all of one transaction, a lone retraction among them. */
function timesOf(random: Random): Times {
  const n = 300 + random(1500)
  const [span, length] = [[1, 40, 1000, 100_000][random(4)], [1, 3, 30, 5000][random(4)]]
  const base = random(2) * 1000
  const t = Float64Array.from({ length: n }, () => base + random(span as number))
  const end = t.map((x) => x + 1 + random(length as number))
  if (random(3) === 0) t[random(n)] = -1
  return { n, t, end }
}

function windowOf(random: Random, { n, t }: Times): Window {
  const asOf = random(10) === 0 ? Infinity : (t[random(n)] as number) + random(3) - 1
  const since = random(2) === 0 ? -1 : asOf === Infinity ? 500 : asOf - random(50)
  return { since, asOf, endsAfter: asOf }
}

const rangeIn = (random: Random, n: number): [number, number] => {
  const low = random(2) === 0 ? 0 : random(n)
  return [low, random(2) === 0 ? n : low + random(n - low + 1)]
}

function lookedAt({ t, end }: Times, window: Window, low: number, high: number): number[] {
  const out: number[] = []
  for (let i = low; i < high; i++) {
    const x = t[i] as number
    if (x > window.since && x <= window.asOf && (end[i] as number) > window.endsAfter) out.push(i)
  }
  return out
}

const encoded = (x: Float64Array) => encodeNumbers(x, 0, x.length)

function segmentOf({ n, t, end }: Times, grown: (bytes: number) => void): Segment {
  const numbers = encoded(new Float64Array(n))
  const parts = [new SegmentValues('long', numbers, [])]
  return new Segment('aevt', {
    n,
    e: numbers,
    t: encoded(t),
    end: encoded(end),
    a: 1,
    mixed: null,
    parts,
    home: { ...noHome, grown },
  })
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('what they find is what looking at every row finds', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  const random = randomOf(seed)
  let found = 0
  for (let round = 0; round < 60; round++) {
    const times = timesOf(random)
    const { n } = times
    const moments = Moments.of(encoded(times.t), encoded(times.end), n)
    expect(moments).not.toBeNull()
    // two bytes a row for their sequence, four for the lists at most
    expect(moments?.bytes).toBeLessThan(9 * n + 300)
    for (let i = 0; i < 40; i++) {
      const window = windowOf(random, times)
      const [low, high] = rangeIn(random, n)
      const out = new Int32Array(high - low)
      const count = moments?.rowsWithin(window, low, high, out) ?? -1
      if (count < 0) continue
      found++
      const note = `seed ${seed} round ${round} ${JSON.stringify(window)} ${low} ${high}`
      expect([...out.subarray(0, count)], note).toEqual(lookedAt(times, window, low, high))
    }
  }
  expect(found, `seed ${seed}`).toBeGreaterThan(100)
})

test('a segment that is asked often looks at few rows, and says what it takes', () => {
  const random = randomOf(7)
  const n = 4000
  const t = Float64Array.from({ length: n }, (_, i) => (i * 7919) % 100)
  const times = { n, t, end: t.map((x) => x + 1) }
  let bytes = 0
  const segment = segmentOf(times, (more) => {
    bytes += more
  })
  const found = vi.spyOn(Moments.prototype, 'rowsWithin')
  const out = new Int32Array(n)
  for (let i = 0; i < 40; i++) {
    const asOf = random(100)
    const window = { since: -1, asOf, endsAfter: asOf }
    const [low, high] = i % 2 === 0 ? [0, n] : [random(1000), 1500 + random(2500)]
    const count = segment.rowsWithin(window, low, high, out)
    expect([...out.subarray(0, count)]).toEqual(lookedAt(times, window, low, high))
  }
  const counts = found.mock.results.map((x) => x.value as number)
  expect(counts.length).toBeGreaterThan(20)
  expect(counts.every((x) => x >= 0)).toBe(true)
  expect(bytes).toBeGreaterThan(2 * n)
  expect(bytes).toBeLessThan(9 * n)
})

test('nothing is found for what is nearly all true, and times that are no whole numbers are looked at', () => {
  const n = 1000
  const t = Float64Array.from({ length: n }, (_, i) => i)
  const out = new Int32Array(n)
  const always = Moments.of(encoded(t), encoded(t.map(() => 5000)), n)
  expect(always?.rowsWithin({ since: -1, asOf: 990, endsAfter: 990 }, 0, n, out)).toBe(-1)
  const wide = t.map((x) => x * 2 ** 33)
  expect(Moments.of(encoded(wide), encoded(wide), n)).toBeNull()
})
