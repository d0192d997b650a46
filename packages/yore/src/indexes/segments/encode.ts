/**
 * From rows to segments, and where to cut rows into blocks of them.
 *
 * (1) A block has at most `segmentSize` rows and, but for a single larger value, about `valueBytesMax` bytes of values; in AEVT and AVET
 *     each of its segments has one attribute, in the other orders it is one segment.
 * (2) What comes out reads exactly as what went in.
 */

import type { Value } from '../../data/values.ts'
import { noEnd } from '../facts/entry.ts'
import type { NumberType, PlacementOf } from '../fact-index.ts'
import type { Order } from '../facts/fact.ts'
import { encodeNumbers, narrowArray, Numbers } from './numbers.ts'
import type { Rows } from './rows.ts'
import { Segment } from './segment.ts'
import type { Mixed } from './segment.ts'
import { encodeValues } from './segment-values.ts'
import type { SegmentValues } from './segment-values.ts'

interface Parted {
  readonly mixed: Mixed
  readonly parts: readonly SegmentValues[]
}

// The codes of attributes, and how many rows have each. One look at a Map for each row: codes are given as attributes
// appear and put in order afterwards.
function codesOf(rows: Rows, low: number, high: number): [number[], Numbers, Int32Array] {
  const first = new Map<number, number>()
  const given = new Uint32Array(high - low)
  const seen: number[] = []
  const counts: number[] = []
  for (let i = low; i < high; i++) {
    const a = rows.a[i] as number
    let code = first.get(a)
    if (code === undefined) {
      code = seen.length
      first.set(a, code)
      seen.push(a)
      counts.push(0)
    }
    given[i - low] = code
    counts[code] = (counts[code] as number) + 1
  }
  const attributes = seen.toSorted((x, y) => x - y)
  const inOrder = new Uint32Array(seen.length)
  for (const [code, a] of attributes.entries()) inOrder[first.get(a) as number] = code
  const data = narrowArray(high - low, attributes.length - 1)
  for (let i = 0; i < data.length; i++) data[i] = inOrder[given[i] as number] as number
  const sizes = Int32Array.from(attributes, (a) => counts[first.get(a) as number] as number)
  return [attributes, new Numbers(0, data), sizes]
}

function encodeParts(rows: Rows, low: number, high: number, placementOf: PlacementOf): Parted {
  const [attributes, codes, sizes] = codesOf(rows, low, high)
  const values: Value[][] = attributes.map(() => [])
  const slots = narrowArray(high - low, Math.max(...sizes) - 1)
  for (let i = low; i < high; i++) {
    const part = values[codes.data[i - low] as number] as Value[]
    slots[i - low] = part.length
    part.push(rows.v[i] as Value)
  }
  const parts = values.map((part, code) =>
    encodeValues(part, 0, part.length, placementOf(attributes[code] as number).column, false),
  )
  return { mixed: { attributes, codes, slots }, parts }
}

function oneAttribute(rows: Rows, low: number, high: number): boolean {
  for (let i = low + 1; i < high; i++) if (rows.a[i] !== rows.a[low]) return false
  return true
}

function hasEnds(end: Float64Array, low: number, high: number): boolean {
  for (let i = low; i < high; i++) if (end[i] !== noEnd) return true
  return false
}

/** Rows [low, high), at least one, as a segment. */
export function encodeSegment(
  order: Order,
  rows: Rows,
  low: number,
  high: number,
  placementOf: PlacementOf,
): Segment {
  const common = {
    n: high - low,
    e: encodeNumbers(rows.e, low, high),
    t: encodeNumbers(rows.t, low, high),
    end: hasEnds(rows.end, low, high) ? encodeNumbers(rows.end, low, high) : null,
  }
  const a = rows.a[low] as number
  const whole = (type: NumberType | 'value', ascending: boolean): SegmentValues[] => [
    encodeValues(rows.v, low, high, type, ascending),
  ]
  if (oneAttribute(rows, low, high)) {
    const parts = whole(placementOf(a).column, order === 'avet' || order === 'vaet')
    return new Segment(order, { ...common, a, mixed: null, parts })
  }
  if (order === 'vaet') {
    const [attributes, codes] = codesOf(rows, low, high)
    const mixed = { attributes, codes, slots: null }
    return new Segment(order, { ...common, a: -1, mixed, parts: whole('ref', true) })
  }
  return new Segment(order, { ...common, a: -1, ...encodeParts(rows, low, high, placementOf) })
}

/** Blocks are cut before their values would take more bytes than this. */
export const valueBytesMax: number = 512 * 1024

// Rows [low, high), cut sooner where their values are large.
function withinBytes(rows: Rows, low: number, high: number): number {
  const { v } = rows
  let bytes = 0
  for (let i = low; i < high; i++) {
    const x = v[i]
    if (typeof x === 'string') bytes += x.length
    else if (typeof x === 'object') bytes += x instanceof Uint8Array ? x.length : 24
    if (bytes > valueBytesMax && i > low) return i
  }
  return high
}

const attributeEnd = ({ a }: Rows, low: number, high: number): number => {
  let end = low + 1
  while (end < high && a[end] === a[low]) end++
  return end
}

/** The ends of the segments of the block that rows [low, high) begin with. */
export function cutBlock(
  order: Order,
  rows: Rows,
  low: number,
  high: number,
  segmentSize: number,
): number[] {
  const byAttribute = order === 'aevt' || order === 'avet'
  const end = byAttribute ? attributeEnd(rows, low, Math.min(high, low + segmentSize * 2)) : high
  const left = end - low
  // the last two share what is left, so that none is tiny
  const size =
    left > segmentSize && left < segmentSize * 1.5 ? left >> 1 : Math.min(left, segmentSize)
  const whole = byAttribute && size === left ? low + segmentSize : low + size
  const max = withinBytes(rows, low, Math.min(high, whole))
  const ends = [Math.min(max, low + size)]
  for (let from = low + size; from < max;) {
    const to = attributeEnd(rows, from, Math.min(high, low + segmentSize + 1))
    if (to > max) break
    ends.push(to)
    from = to
  }
  return ends
}
