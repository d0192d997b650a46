/**
 * Probing a window of time that some of the past lies in: all facts of the stretch as columns, held against the keys; or, where the keys
 * lie far apart, the facts of each key alone.
 */

import type { Value } from '../data/values.ts'
import type { Bound } from './bound.ts'
import { valueAt } from './column.ts'
import type { ColumnsBuilder } from './columns-builder.ts'
import type { Trees } from './cursors.ts'
import { compareStored } from './entry.ts'
import type { NumberType } from './fact-index.ts'
import { byValue, keyBound } from './probe-current.ts'
import type { Keys } from './probe-current.ts'
import { fullColumns } from './timed.ts'
import type { Full } from './timed.ts'
import type { Window } from './window.ts'

export interface TimedTarget {
  readonly a: number | undefined
  readonly keys: Keys
  readonly window: Window
  readonly type: NumberType | 'value'
  /** Around all keys, and how many facts lie between. */
  readonly low: Bound
  readonly high: Bound
  readonly passed: number
}

/** To read a key alone costs about as much as to look at the times of so many facts. */
const passedPerKey = 500

/** The facts with these keys that lie in the window, appended to `out`. */
export function probeTimed(out: ColumnsBuilder, trees: Trees, target: TimedTarget): void {
  const { a, keys, window, type, low, high, passed } = target
  if (passed <= passedPerKey * keys.length) {
    // between the keys of EAVT stand facts of other attributes, whose values may be of any type
    const stretch = trees.current.order === 'eavt' ? 'value' : type
    meet(out, trees, fullColumns(trees, low, high, window, stretch), target)
    return
  }
  for (let k = 0; k < keys.length; k++) {
    const bound = keyBound(trees.current.order, a, keys[k] as Value, false)
    const found = fullColumns(trees, bound, bound, window, type)
    for (let i = 0; i < found.n; i++) add(out, found, i, k)
  }
}

function meet(out: ColumnsBuilder, trees: Trees, found: Full, { a, keys }: TimedTarget): void {
  const values = byValue(trees.current.order)
  let k = 0
  for (let i = 0; i < found.n; i++) {
    if (a !== undefined && found.a[i] !== a) continue
    const v = values ? valueAt(found.v, i) : null
    const e = found.e[i] as number
    const side = (key: Value): number => (values ? compareStored(v, key) : e - (key as number))
    let d = 1
    for (; k < keys.length; k++) {
      d = side(keys[k] as Value)
      if (d <= 0) break
    }
    if (k === keys.length) return
    if (d === 0) add(out, found, i, k)
  }
}

function add(out: ColumnsBuilder, { e, a, v, t }: Full, i: number, k: number): void {
  const from = out.n
  out.add(e[i] as number, a[i] as number, valueAt(v, i), t[i] as number, true)
  out.answers(k, from)
}
