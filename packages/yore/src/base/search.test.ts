/** Searching in sorted numbers against looking at each. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstNotBelow, firstPlace, firstPlaceNear } from './search.ts'

test('the first place where it holds, or the end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 40 })),
      fc.nat(41),
      fc.nat(5),
      (some, x, skip) => {
        const sorted = some.sort((a, b) => a - b)
        const low = Math.min(skip, sorted.length)
        const holds = (i: number): boolean => (sorted[i] as number) >= x
        let expected = low
        while (expected < sorted.length && !holds(expected)) expected++
        expect(firstPlace(low, sorted.length, holds)).toBe(expected)
        expect(firstPlaceNear(low, sorted.length, holds)).toBe(expected)
        expect(firstNotBelow(sorted, x)).toBe(sorted.filter((y) => y < x).length)
      },
    ),
  )
})

test('what is near is found with few looks, however much there is', () => {
  let looks = 0
  const at = firstPlaceNear(1000, 1e9, (i) => {
    looks++
    return i >= 1003
  })
  expect(at).toBe(1003)
  expect(looks).toBeLessThan(8)
})
