/**
 * A segment: an immutable stretch of one order as columns. A directory is one too, of the first facts of the segments below it.
 *
 *   e, t       numbers
 *   a          one for all rows, or codes into `attributes`
 *   v          `values` row by row; or, where attributes are mixed, one part for each attribute and the row's slot in it
 *   end        numbers in segments of past facts, and in mid parts where there are tombstones; else absent
 *
 * (1) Rows stand in the order's sequence, and `attributes` ascends, so codes ascend with attributes.
 * (2) Slots of an attribute are given in the sequence of rows: rows that stand together and have one attribute have
 *     consecutive slots.
 */

import type { Value } from '../../data/values.ts'
import type { Bound } from '../facts/bound.ts'
import { Entry, noEnd, tieOf } from '../facts/entry.ts'
import type { Order } from '../facts/fact.ts'
import { unasserted } from '../facts/fact.ts'
import { EntityStarts } from './entity-starts.ts'
import { Moments } from './moments.ts'
import type { Narrow, Numbers } from './numbers.ts'
import {
  copyNumbers,
  lowerDescending,
  lowerNumber,
  upperDescending,
  upperNumber,
} from './numbers.ts'
import type { SegmentValues } from './segment-values.ts'
import type { HeapHome } from './value-heap.ts'
import { Versions } from './versions.ts'
import type { Window } from '../facts/window.ts'

/** Attributes of the rows: codes into a list; and where the values are parted by attribute, slots. */
export interface Mixed {
  readonly attributes: readonly number[]
  readonly codes: Numbers
  readonly slots: Uint8Array | Uint16Array | Uint32Array | null
}

export interface SegmentColumns {
  readonly n: number
  readonly e: Numbers
  readonly t: Numbers
  readonly end: Numbers | null
  /** The one attribute; -1 when mixed. */
  readonly a: number
  readonly mixed: Mixed | null
  /** One for all rows, or one for each of `mixed.attributes` when there are slots. */
  readonly parts: readonly SegmentValues[]
  /** Hears when it comes to take more memory. */
  readonly home?: HeapHome | undefined
}

/** So few rows are looked at sooner than found. */
const lookedMax = 256
/** Moments are found when so many rows have been looked at in vain, for each that there is: to find them costs as much. */
const vainMax = 12
/** Versions are put in sequence when they have been asked for once for so many rows: to look at them until then has cost as much. */
const askedShare = 8
/** Where entities begin is noted when one has been asked for so many rows. */
const soughtShare = 32

/** The code of an attribute among those of a segment, or of the first after it. */
export function codeOf(attributes: readonly number[], a: number): number {
  let low = 0
  let high = attributes.length
  while (low < high) {
    const mid = (low + high) >>> 1
    if ((attributes[mid] as number) < a) low = mid + 1
    else high = mid
  }
  return low
}

/** Among fewer rows it is sooner searched for. */
const guessedFrom = 8

// The first of the ascending rows [low, high) whose id is not less than the bound's: found soonest where it is if ids have equal distances.
function lowerGuessed({ data, base }: Numbers, { e }: Bound, low: number, high: number): number {
  const first = base + (data[low] as number)
  const last = base + (data[high - 1] as number)
  if (e <= first) return low
  // NaN is greatest
  if (!(e <= last)) return high
  let place = low + Math.floor(((e - first) / (last - first)) * (high - 1 - low))
  let from = low
  let to = high
  let step = 1
  if (base + (data[place] as number) < e) {
    do {
      from = place + 1
      place += step
      step += step
    } while (place < to && base + (data[place] as number) < e)
    to = Math.min(to, place)
  } else {
    do {
      to = place
      place -= step
      step += step
    } while (place >= from && base + (data[place] as number) >= e)
    from = Math.max(from, place + 1)
  }
  while (from < to) {
    const mid = (from + to) >>> 1
    if (base + (data[mid] as number) < e) from = mid + 1
    else to = mid
  }
  return from
}

// Rows [low, high) with t <= asOf and end > endsAfter. Without jumps, for nobody can foretell them: the versions of a value do not stand in
// the order of time.
function rowsBetween(
  t: Narrow,
  end: Narrow,
  asOf: number,
  endsAfter: number,
  low: number,
  high: number,
  out: Int32Array,
): number {
  let n = 0
  for (let i = low; i < high; i++) {
    out[n] = i
    n += Number((t[i] as number) <= asOf) & Number((end[i] as number) > endsAfter)
  }
  return n
}

/** What the last search found, both ends of it: read it before the next. Not returned, to make no object in hot paths. */
export const found = { low: 0, high: 0 }

export class Segment {
  readonly order: Order
  readonly n: number
  readonly e: Numbers
  readonly t: Numbers
  readonly end: Numbers | null
  readonly a: number
  readonly mixed: Mixed | null
  readonly parts: readonly SegmentValues[]
  /** The values row by row; null where they are parted by attribute. */
  readonly values: SegmentValues | null
  // net counts, made when first asked for
  #nets: Int32Array | null = null
  // What was true when, found when many rows have been looked at in vain; of a segment of the past.
  #moments: Moments | null = null
  #vain = 0
  // The versions of entities' values, put in sequence when they have been asked for often; null where they cannot be.
  #versions: Versions | null | undefined = undefined
  #asked = 0
  // Where entities begin, noted when they have been asked for often; null where that cannot be. Of a segment of EAVT.
  #starts: EntityStarts | null | undefined = undefined
  #sought = 0
  readonly #home: HeapHome | undefined

  constructor(order: Order, columns: SegmentColumns) {
    this.order = order
    this.n = columns.n
    this.e = columns.e
    this.t = columns.t
    this.end = columns.end
    this.a = columns.a
    this.mixed = columns.mixed
    this.parts = columns.parts
    this.#home = columns.home
    this.values = columns.mixed?.slots ? null : (columns.parts[0] as SegmentValues)
  }

  // ---- rows ----

  attributeAt(i: number): number {
    const { mixed } = this
    return mixed === null ? this.a : (mixed.attributes[mixed.codes.data[i] as number] as number)
  }

  /** The part that holds the value of a row. */
  partAt(i: number): SegmentValues {
    return (
      this.values ?? (this.parts[(this.mixed as Mixed).codes.data[i] as number] as SegmentValues)
    )
  }

  /** Where in its part the value of a row is. */
  slotAt(i: number): number {
    const slots = this.mixed?.slots
    return slots ? (slots[i] as number) : i
  }

  valueAt(i: number): Value {
    return this.values === null ? this.partAt(i).at(this.slotAt(i)) : this.values.at(i)
  }

  entryAt(i: number): Entry {
    return new Entry(
      this.e.at(i),
      this.attributeAt(i),
      this.valueAt(i),
      this.t.at(i),
      this.end === null ? noEnd : this.end.at(i),
    )
  }

  /** Facts less tombstones among the rows before i; for segments of current facts. */
  netBefore(i: number): number {
    const { end } = this
    if (end === null) return i
    if (this.#nets === null) {
      const nets = new Int32Array(this.n + 1)
      for (let k = 0; k < this.n; k++) {
        nets[k + 1] = (nets[k] as number) + (end.at(k) === noEnd ? 1 : -1)
      }
      this.#nets = nets
    }
    return this.#nets[i] as number
  }

  /** Which of rows [low, high) lie in the window, to `out`, which has room for all of them; gives how many. */
  rowsWithin(window: Window, low: number, high: number, out: Int32Array): number {
    const { data, base } = this.t
    const since = window.since - base
    const asOf = window.asOf - base
    let n = 0
    if (this.end === null) {
      for (let i = low; i < high; i++) {
        const t = data[i] as number
        if (t > since && t <= asOf) out[n++] = i
      }
      return n
    }
    if (high - low > lookedMax) {
      const known = this.#moments?.rowsWithin(window, low, high, out) ?? -1
      if (known >= 0) return known
    }
    const { data: ends, base: endBase } = this.end
    const endsAfter = window.endsAfter - endBase
    if (base > window.since && endBase > noEnd) {
      n = rowsBetween(data, ends, asOf, endsAfter, low, high, out)
      if (this.#moments === null && high - low > lookedMax) this.#looked(high - low, n)
      return n
    }
    const none = noEnd - endBase
    for (let i = low; i < high; i++) {
      const t = data[i] as number
      const end = ends[i] as number
      if (t > since && t <= asOf && (end > endsAfter || end === none)) out[n++] = i
    }
    return n
  }

  // So many rows were looked at for so many that were meant.
  #looked(rows: number, meant: number): void {
    if (meant > rows >> 3) return
    this.#vain += rows
    if (this.#vain < vainMax * this.n || this.end === null) return
    this.#vain = -Infinity
    this.#moments = Moments.of(this.t, this.end, this.n)
    this.#home?.grown(this.#moments?.bytes ?? 0)
  }

  /**
   * The row of the bound's entity that lies in the window of a view; -1 for none, -2 where that is not known without looking at all its rows.
   * Of a segment of past facts in AEVT. No numbers are handed over: ids would be made objects for it.
   */
  versionAt(
    bound: Bound,
    { since, asOf }: { readonly since: number; readonly asOf: number },
  ): number {
    const versions = this.#versions
    if (versions === undefined) return this.#askedVersion()
    if (versions === null) return -2
    const row = versions.rowAt(bound, asOf)
    if (row < 0) return -1
    const t = this.t.at(row)
    return t > since && t !== unasserted ? row : -1
  }

  get hasVersions(): boolean {
    return (this.#versions ?? null) !== null
  }

  #askedVersion(): number {
    if (++this.#asked > this.n / askedShare) {
      this.#versions = this.end === null ? null : Versions.of(this.e, this.t, this.end, this.n)
      this.#home?.grown(this.#versions?.bytes ?? 0)
    }
    return -2
  }

  // ---- searching ----

  /** The first row of [low, high) that stands after the bound. */
  position(bound: Bound, low: number, high: number): number {
    this.search(bound, low, high)
    return bound.after ? found.high : found.low
  }

  /** As `position`, found soonest when it is near `low`: for bounds, of one component or more, that follow each other. */
  positionNear(bound: Bound, low: number, high: number): number {
    if (this.order !== 'aevt' && this.order !== 'eavt') return this.position(bound, low, high)
    if (this.order === 'aevt' && bound.a !== this.a) return this.position(bound, low, high)
    const { data, base } = this.e
    const { e } = bound
    let step = 1
    while (low + step < high && base + (data[low + step] as number) < e) step += step
    const from = low + (step >> 1)
    while (low + step < high && base + (data[low + step] as number) <= e) step += step
    return this.position(bound, from, Math.min(high, low + step))
  }

  /** Sets `found`: the rows of [low, high) that agree with all components of the bound, or the place for them. */
  search(bound: Bound, low: number, high: number): void {
    found.low = low
    found.high = high
    if (bound.depth === 0 || low >= high) return
    switch (this.order) {
      case 'eavt':
        if (low > 0 || high < this.n || !this.findEntity(bound.e)) this.#narrowE(bound)
        if (bound.depth > 1 && found.low < found.high) this.#narrowA(bound.a)
        if (bound.depth > 2 && found.low < found.high) this.#narrowV(bound.v)
        break
      case 'aevt':
      case 'avet':
        this.#narrowA(bound.a)
        this.searchIn(bound, found.low, found.high)
        return
      case 'vaet':
        this.#narrowV(bound.v)
        if (bound.depth > 1 && found.low < found.high) this.#narrowA(bound.a)
        if (bound.depth > 2 && found.low < found.high) this.#narrowE(bound)
        break
    }
    if (bound.depth > 3 && found.low < found.high) this.#narrowT(bound)
  }

  /** The same where the rows have the bound's attribute, by which they are sorted: in AEVT and AVET. */
  searchIn(bound: Bound, low: number, high: number): void {
    const { depth } = bound
    found.low = low
    found.high = high
    if (this.order === 'aevt') {
      if (depth > 1 && low < high) this.#narrowE(bound)
      if (depth > 2 && found.low < found.high) this.#narrowV(bound.v)
    } else {
      if (depth > 1 && low < high) this.#narrowV(bound.v)
      if (depth > 2 && found.low < found.high) this.#narrowE(bound)
    }
    if (depth > 3 && found.low < found.high) this.#narrowT(bound)
  }

  /** Sets `found` to the rows of an entity, or the place for them; false where that takes a search. Of a segment of EAVT. */
  findEntity(e: number): boolean {
    const starts = this.#starts
    if (starts === undefined) return this.#askedEntity()
    if (starts === null) return false
    const { first, rows } = starts
    const k = e - first
    if (k !== (k | 0) || k < 0 || k >= rows.length - 1) return false
    found.low = rows[k] as number
    found.high = rows[k + 1] as number
    return true
  }

  #askedEntity(): boolean {
    if (++this.#sought > this.n / soughtShare) {
      this.#starts = EntityStarts.of(this.e, this.n)
      this.#home?.grown(this.#starts?.bytes ?? 0)
    }
    return false
  }

  #narrowE(bound: Bound): void {
    const { low, high } = found
    const { e } = bound
    found.low =
      high - low > guessedFrom
        ? lowerGuessed(this.e, bound, low, high)
        : lowerNumber(this.e, e, low, high)
    found.high = upperNumber(this.e, e, found.low, high)
  }

  #narrowA(a: number): void {
    const { mixed } = this
    if (mixed === null) {
      if (a < this.a) found.high = found.low
      else if (a > this.a) found.low = found.high
      return
    }
    const { attributes, codes } = mixed
    const code = codeOf(attributes, a)
    found.low = lowerNumber(codes, code, found.low, found.high)
    found.high =
      attributes[code] === a ? upperNumber(codes, code, found.low, found.high) : found.low
  }

  // Where values are parted, the rows have one attribute here: the orders that search values first have them in one part.
  #narrowV(v: Value): void {
    const part = this.partAt(found.low)
    const slot = this.slotAt(found.low)
    const offset = found.low - slot
    const end = slot + found.high - found.low
    const low = part.lower(v, slot, end)
    found.low = offset + low
    found.high = offset + part.upper(v, low, end)
  }

  #narrowT(bound: Bound): void {
    found.low = lowerDescending(this.t, bound.t, found.low, found.high)
    found.high = upperDescending(this.t, bound.t, found.low, found.high)
    if (bound.depth < 5) return
    while (found.low < found.high && tieOf(this.valueAt(found.low), bound.v) < 0) found.low++
    let high = found.low
    while (high < found.high && tieOf(this.valueAt(high), bound.v) === 0) high++
    found.high = high
  }

  // ---- copying rows [low, high) to out[at...] ----

  copyE(low: number, high: number, out: Float64Array, at: number): void {
    copyNumbers(this.e, low, high, out, at)
  }

  copyA(low: number, high: number, out: Float64Array, at: number): void {
    const { mixed } = this
    if (mixed === null) out.fill(this.a, at, at + high - low)
    else {
      const { attributes, codes } = mixed
      const { data } = codes
      for (let i = low; i < high; i++) out[at++] = attributes[data[i] as number] as number
    }
  }

  copyT(low: number, high: number, out: Float64Array, at: number): void {
    copyNumbers(this.t, low, high, out, at)
  }

  copyEnd(low: number, high: number, out: Float64Array, at: number): void {
    if (this.end === null) out.fill(noEnd, at, at + high - low)
    else copyNumbers(this.end, low, high, out, at)
  }

  copyValues(low: number, high: number, out: Value[], at: number): void {
    if (this.values !== null) this.values.copyValues(low, high, out, at)
    else for (let i = low; i < high; i++) out[at++] = this.partAt(i).at(this.slotAt(i))
  }
}
