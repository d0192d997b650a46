/** Makes a failing case smaller while it still fails, by dropping one thing at a time. */

import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Story } from './gen-world.ts'

/** Tries each of the smaller cases, again and again, until none of them fails. Bounded, as cases may be slow. */
export function shrink<T>(
  failing: T,
  smaller: (x: T) => Iterable<T>,
  fails: (x: T) => boolean,
  budget = 3000,
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

/** The story without one transaction, one form of a transaction, or one entry of a form that is a map. */
export function* smallerStories(story: Story): Generator<Story> {
  const { transactions } = story
  for (const rest of without(transactions, 2)) yield { ...story, transactions: rest }
  for (const [i, tx] of transactions.entries()) {
    const forms = tx as readonly Value[]
    const changed = (to: readonly Value[]): Story => ({
      ...story,
      transactions: transactions.with(i, to),
    })
    for (const rest of without(forms)) yield changed(rest)
    for (const [j, form] of forms.entries()) {
      if (!(form instanceof ValueMap)) continue
      for (const rest of without([...form])) yield changed(forms.with(j, ValueMap.of(rest)))
    }
  }
}
