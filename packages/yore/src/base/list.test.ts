/** Lists with a length: without holes, and each its own. */

import { expect, test } from 'vitest'
import { listOf } from './list.ts'

test("a list of n places is filled from its start, and is nobody else's", () => {
  for (const n of [0, 1, 3, 255, 256, 257, 65_536, 65_537, 70_000]) {
    const list = listOf<number>(n)
    expect([0, n]).toContain(list.length)
    for (let i = 0; i < n; i++) list[i] = i
    expect(list.length).toBe(n)
    expect(list.every((x, i) => x === i)).toBe(true)
    expect(listOf<number | null>(n).every((x) => x === null)).toBe(true)
  }
})
