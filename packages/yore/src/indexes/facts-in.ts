/** The facts of an index themselves, current and past ones, with their ends. For care: queries read datoms. */

import { stateOf } from './create.ts'
import { boundsOf } from './read/cursors.ts'
import { noEnd } from './facts/entry.ts'
import type { FactIndex } from './fact-index.ts'
import { never } from './facts/fact.ts'
import type { Fact, Order, Range } from './facts/fact.ts'
import { Walk } from './read/walk.ts'
import { anyTime } from './facts/window.ts'

/** All facts of a range: first the current ones in their order, then the past ones. */
export function* factsIn(index: FactIndex, order: Order, range: Range): Generator<Fact> {
  const { current, past } = stateOf(index).trees[order]
  const [low, high] = boundsOf(order, range)
  for (const tree of [current, past]) {
    const walk = new Walk(tree, low, high, false, anyTime)
    while (walk.next()) {
      const { e, a, v, t, end } = walk
      yield { e, a, v, t, end: end === noEnd ? never : end }
    }
  }
}
