/**
 * Sorting columns of numbers in place, so that a run out of time is noticed.
 *
 * (1) The order is that of typed arrays: -0 before 0, NaN last.
 */

import { newFloats } from '../../base/arrays.ts'
import { inPortions } from './portions.ts'
import type { Told } from './portions.ts'

/** So many are sorted without a word. */
const sortedAtOnce = 1 << 15

/** Sorts as typed arrays do; many in pieces that are merged, so that a run out of time is noticed. */
export function sortNumbers(values: Float64Array, guard: Told): void {
  const n = values.length
  for (let from = 0; from < n; from += sortedAtOnce) {
    values.subarray(from, from + sortedAtOnce).sort()
    guard?.tick(Math.min(sortedAtOnce, n - from))
  }
  let [source, target] = [values, n > sortedAtOnce ? newFloats(n) : values]
  for (let size = sortedAtOnce; size < n; size *= 2) {
    for (let from = 0; from < n; from += 2 * size) {
      const middle = Math.min(n, from + size)
      mergeSorted(source, from, middle, Math.min(n, middle + size), target, guard)
    }
    ;[source, target] = [target, source]
  }
  if (source !== values) values.set(source)
}

// Before x in the order that typed arrays are sorted in: -0 before 0, NaN last.
const isBefore = (x: number, y: number): boolean =>
  x < y || (x === y ? Object.is(x, -0) && !Object.is(y, -0) : y !== y && x === x)

function mergeSorted(
  source: Float64Array,
  from: number,
  middle: number,
  to: number,
  target: Float64Array,
  guard: Told,
): void {
  let i = from
  let j = middle
  inPortions(to - from, guard, (low, high) => {
    for (let k = from + low; k < from + high; k++) {
      const takesRight =
        i === middle || (j < to && isBefore(source[j] as number, source[i] as number))
      target[k] = source[takesRight ? j++ : i++] as number
    }
  })
}
