/**
 * Steps along references: for ids, ascending and each once, the other ends of their current facts of one attribute; numbers and nothing else.
 *
 * (1) Only where all of these facts stand in the segments of main, and these are in memory. Otherwise nothing is done.
 * (2) What a key leads to stands in the sequence of the keys, in no order beside that.
 */

import { holding, newFloats } from '../../base/arrays.ts'
import { sideOf } from '../facts/bound.ts'
import type { Bound } from '../facts/bound.ts'
import type { FactTree } from '../fact-tree.ts'
import { pickNumbers } from '../segments/numbers.ts'
import { hasNone, keyBound } from './probe-current.ts'
import { probeInMemory } from './probe-main.ts'
import type { Segment } from '../segments/segment.ts'
import { TreeCursor } from '../live/tree.ts'
import { anyTime } from '../facts/window.ts'

/** How often steps were made so, for tests. */
export const stepped = { times: 0 }

/** Ends that were found; made once for many steps. */
export class EndList {
  n = 0
  #data = newFloats(256)
  #byEntity = false

  /** For new ones: of keys that are entities, or of such that are values. */
  clear(byEntity: boolean): void {
    this.n = 0
    this.#byEntity = byEntity
  }

  /** All of them, until the next are found. */
  get all(): Float64Array {
    return this.#data.subarray(0, this.n)
  }

  addPicked(segment: Segment, rows: Int32Array, count: number): void {
    const { n } = this
    if (n + count > this.#data.length) {
      this.#data = holding(newFloats(Math.max(n + count, n * 2)), this.#data)
    }
    const { values } = segment
    if (!this.#byEntity) pickNumbers(segment.e, rows, count, this.#data, n)
    else if (values?.isNumber === true) values.pickNumbers(rows, count, this.#data, n)
    else {
      for (let i = 0; i < count; i++) {
        this.#data[n + i] = segment.valueAt(rows[i] as number) as number
      }
    }
    this.n = n + count
  }

  answerAll(): void {
    // whose they are nobody asks
  }
}

/** Sets `out` to the ends of the keys, of which there is one at least; false, and nothing is done, where that is not so simple. */
export function endsOf(tree: FactTree, a: number, keys: Float64Array, out: EndList): boolean {
  out.clear(tree.order === 'aevt')
  const { live, mid, main, order } = tree
  if (live.root !== null || mid.n > 0) {
    const low = keyBound(order, a, keys[0] as number, false)
    const high = keyBound(order, a, keys[keys.length - 1] as number, true)
    if (hasLive(tree, low, high) || !hasNone(mid, low, high)) return false
  }
  const target = { a, keys, numbers: keys, window: anyTime }
  if (!probeInMemory(out, main, target)) return false
  stepped.times++
  return true
}

function hasLive({ live, order }: FactTree, low: Bound, high: Bound): boolean {
  if (live.root === null) return false
  const side = sideOf[order]
  const cursor = new TreeCursor()
  cursor.seek(live.root, low, side)
  return cursor.entry !== null && side(cursor.entry, high) < 0
}
