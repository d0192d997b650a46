/**
 * A range as columns. The present comes by runs, copied column by column; so does another time while nothing in the range has ended;
 * whatever else goes through the cursor of its view.
 */

import type { Bound } from './bound.ts'
import { attributeOf } from './bound.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import { boundsOf, isPresent, isWindow, openCursor, windowOf } from './cursors.ts'
import type { Trees } from './cursors.ts'
import { countBefore, sizeOf } from './fact-tree.ts'
import type { FactTree } from './fact-tree.ts'
import type { Columns, NumberType, PlacementOf, View, Wanted } from './fact-index.ts'
import type { Order, Range } from './fact.ts'
import { Reader } from './reader.ts'
import type { Segment } from './segment.ts'
import { anyTime } from './window.ts'

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
  if (low !== null && low === high) low.after = true
  const to = high === null ? sizeOf(tree) : countBefore(tree, high)
  if (low !== null && low === high) low.after = false
  return Math.max(0, to - (low === null ? 0 : countBefore(tree, low)))
}

export function columnsOf(
  trees: Trees,
  range: Range,
  view: View,
  lastT: number,
  wanted: Wanted,
  placementOf: PlacementOf,
): Columns {
  const { current, past } = trees
  const { order } = current
  const type = columnTypeOf(order, attributeOf(order, range), placementOf)
  const [low, high] = boundsOf(order, range)
  const present = isPresent(view, lastT)
  const window = windowOf(view)
  if (present || (isWindow(view) && new Reader(past, low, high, false, window).isEmpty)) {
    const out = new ColumnsBuilder(wanted, type, countIn(current, low, high))
    addRuns(
      out,
      new Reader(current, low, high, false, present ? anyTime : window),
      present ? null : view,
    )
    return out.done()
  }
  const out = new ColumnsBuilder(wanted, type, 16)
  const cursor = openCursor(trees, range, view, lastT, false)
  while (cursor.next()) out.add(cursor.e, cursor.a, cursor.v, cursor.t, cursor.added)
  return out.done()
}

function addRuns(out: ColumnsBuilder, reader: Reader, view: View | null): void {
  while (reader.next()) {
    const { entry, segment, from, to } = reader
    if (entry !== null) {
      if (view === null || (entry.t > view.since && entry.t <= view.asOf)) out.addEntry(entry)
    } else if (view === null) out.addRun(segment as Segment, from, to)
    else out.addTimed(segment as Segment, from, to, view.since, view.asOf)
  }
}
