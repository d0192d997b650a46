/**
 * Searching what is sorted. The kernels of `indexes/` and `query/` that run once for each row have loops of their own: a call for each
 * comparison is what they cannot afford.
 */

/** The first place of [low, high) where it holds, or high; it holds at all places after. */
export function firstPlace(low: number, high: number, holds: (i: number) => boolean): number {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >>> 1
    if (holds(middle)) to = middle
    else from = middle + 1
  }
  return from
}

/** As `firstPlace`; the nearer to low the place is, the sooner it is found. */
export function firstPlaceNear(low: number, high: number, holds: (i: number) => boolean): number {
  let from = low
  let step = 1
  while (from + step <= high && !holds(from + step - 1)) {
    from += step
    step += step
  }
  return firstPlace(from, Math.min(high, from + step - 1), holds)
}

/** The place of the first number that is not below x, among ascending ones. */
export const firstNotBelow = (ascending: ArrayLike<number>, x: number): number =>
  firstPlace(0, ascending.length, (i) => (ascending[i] as number) >= x)
