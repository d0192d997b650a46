/** Makes a failing case smaller while it still fails, by dropping one thing at a time. */

/** Tries each of the smaller cases, again and again, until none of them fails. Bounded, as cases may be slow. */
export function shrink<T>(
  failing: T,
  smaller: (x: T) => Iterable<T>,
  fails: (x: T) => boolean,
  budget = 600,
): T {
  let best = failing
  let left = budget
  for (let progress = true; progress;) {
    progress = false
    for (const candidate of smaller(best)) {
      if (left-- <= 0) return best
      if (!fails(candidate)) continue
      best = candidate
      progress = true
      break
    }
  }
  return best
}

/** The list without one of its elements, for each that may go. */
export function* without<T>(items: readonly T[], from = 0): Generator<T[]> {
  for (let i = items.length - 1; i >= from; i--) yield items.filter((_, j) => j !== i)
}
