/** Texts that are sorted in pieces stand as those sorted at once, and the guard hears of each piece; so it does of rows that are put in order. */

import { expect, test, vi } from 'vitest'
import { Budget } from '../../base/budget.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { Guard } from '../guard.ts'
import { query } from '../query.ts'
import { gather } from './relation.ts'
import { sortedTexts } from './sort.ts'

function told(): { guard: Guard; words: number[] } {
  const guard = new Guard({ timeoutMs: 0, monotonicMs: null, signal: null })
  const words: number[] = []
  vi.spyOn(guard, 'tick').mockImplementation((work) => void words.push(work))
  return { guard, words }
}

test('texts in pieces', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  let state = seed
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  for (const n of [0, 1, 7, 4095, 4096, 4097, 8192, 8193, 20_000, 33_000]) {
    const span = 1 + random(2 * n + 1)
    const texts = Array.from({ length: n }, () => `${'éaB\u{1f600}'[random(4)]}${random(span)}`)
    const before = [...texts]
    const { guard, words } = told()
    expect(sortedTexts(texts, guard), `seed ${seed}, ${n} texts`).toEqual([...texts].sort())
    expect(texts).toEqual(before)
    expect(words.length).toBeGreaterThanOrEqual(Math.ceil(n / 4096))
    if (n > 4096) expect(words.length).toBeGreaterThanOrEqual(2 * Math.ceil(n / 4096))
    expect(Math.max(0, ...words)).toBeLessThanOrEqual(4 * 4096)
  }
})

test('rows that are gathered are told of, as many as there are', () => {
  const n = 100_000
  const columns: Column[] = [
    { kind: 'number', type: 'long', data: new Float64Array(n) },
    { kind: 'value', data: Array.from({ length: n }, () => 'x') },
  ]
  for (const c of columns) {
    for (const size of [5, n]) {
      const { guard, words } = told()
      gather(c, new Int32Array(size), guard)
      expect(words.length).toBe(Math.ceil(size / 2 ** 15))
      expect(words.reduce((x, y) => x + y, 0)).toBe(c.kind === 'number' ? size : 2 * size)
    }
  }
})

test('and so is an answer in another order', () => {
  const n = 70_000
  const rows = Array.from({ length: n }, (_, i): Value => [i, (i * 7919) % n])
  const tick = vi.spyOn(Budget.prototype, 'tick')
  const options = { numbers: 'exact', functionOf: () => null } as const
  const text = '[:find ?i ?k :in [[?i ?k]] :order-by [?k]]'
  const { value } = query(text, [rows], options) as unknown as { value: number[][] }
  expect(value.map((x) => x[1])).toEqual(Array.from({ length: n }, (_, i) => i))
  // two columns
  expect(tick.mock.calls.filter(([work]) => work === 2 ** 15).length).toBeGreaterThanOrEqual(4)
  tick.mockRestore()
})
