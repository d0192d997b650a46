/**
 * A range as columns. The present and other times come by runs, copied column by column (timed.ts), and so does history (history.ts);
 * whatever else goes through the cursor of its view.
 */

import type { Bound } from '../facts/bound.ts'
import { attributeOf } from '../facts/bound.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import { boundsOf, isPresent, isWindow, openCursor, windowOf } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { countBefore, sizeOf } from '../fact-tree.ts'
import type { FactTree } from '../fact-tree.ts'
import type { Columns, NumberType, PlacementOf, View, Wanted } from '../fact-index.ts'
import type { Order, Range } from '../facts/fact.ts'
import { historyColumns } from './history.ts'
import { Reader } from './reader.ts'
import { addTimed, timedColumns } from './timed.ts'
import { anyTime } from '../facts/window.ts'

/** The type of the `v` column of a range. */
export function columnTypeOf(
  order: Order,
  a: number | undefined,
  placementOf: PlacementOf,
): NumberType | 'value' {
  if (order === 'vaet') return 'ref'
  return a === undefined || a < 0 ? 'value' : placementOf(a).column
}

/** How many facts of the tree stand in the range. */
export function countIn(tree: FactTree, low: Bound | null, high: Bound | null): number {
  if (low === null || low !== high) {
    const to = high === null ? sizeOf(tree) : countBefore(tree, high)
    return Math.max(0, to - (low === null ? 0 : countBefore(tree, low)))
  }
  // one bound stands for both sides; readers that have it expect it as it was
  const { after } = low
  low.after = true
  const to = countBefore(tree, low)
  low.after = false
  const from = countBefore(tree, low)
  low.after = after
  return Math.max(0, to - from)
}

// To count exactly costs as much as to read a few facts; to grow, as much as to read many.
const fewRows = 64

function capacityFor(
  { stored }: Reader,
  tree: FactTree,
  low: Bound | null,
  high: Bound | null,
): number {
  return stored > fewRows ? countIn(tree, low, high) : Math.max(1, stored)
}

export function columnsOf(
  trees: Trees,
  range: Range,
  view: View,
  lastT: number,
  wanted: Wanted,
  placementOf: PlacementOf,
): Columns {
  const { current } = trees
  const { order } = current
  const type = columnTypeOf(order, attributeOf(order, range), placementOf)
  const [low, high] = boundsOf(order, range)
  if (isPresent(view, lastT)) {
    const reader = new Reader(current, low, high, false, anyTime)
    const out = new ColumnsBuilder(wanted, type, capacityFor(reader, current, low, high))
    addTimed(out, reader, anyTime)
    return out.done()
  }
  // what is woven is copied
  const copied = { ...wanted, codes: false, stored: false }
  if (isWindow(view)) return timedColumns(trees, low, high, windowOf(view), copied, type)
  if (view.history && view.keep === null) {
    const found = historyColumns(trees, low, high, view, copied, type)
    if (found !== null) return found
  }
  const out = new ColumnsBuilder(copied, type, 16)
  const cursor = openCursor(trees, range, view, lastT, false)
  while (cursor.next()) out.add(cursor.e, cursor.a, cursor.v, cursor.t, cursor.added)
  return out.done()
}
