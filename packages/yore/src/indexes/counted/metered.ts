/**
 * An index that counts: what it is asked, what it gives, which segments it reads for that, and from where.
 *
 * (1) It answers as the index that it was made of. What changes it gives an index that does not count.
 * (2) Everything is counted where `meter.at` points at that moment.
 * (3) An index that counts already can be made to count a second time, for somebody else.
 */

import type { Bound } from '../facts/bound.ts'
import { assert } from '../../base/assert.ts'
import { SegmentIndex, stateIfOurs } from '../create.ts'
import type { TreeName } from '../stored/durable.ts'
import type {
  Change,
  Columns,
  Cursor,
  FactIndex,
  PlacementOf,
  View,
  Wanted,
} from '../fact-index.ts'
import type { FactTree } from '../fact-tree.ts'
import { componentsOf } from '../facts/fact.ts'
import type { Order, Prefix, Range } from '../facts/fact.ts'
import type { Part, PartMeter } from '../segments/part.ts'
import type { Finding, Found } from '../read/find.ts'
import type { Segment } from '../segments/segment.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import type { SegmentSource } from '../stored/segment-source.ts'
import { treesOf } from '../state.ts'
import type { State } from '../state.ts'
import { Tally } from './tally.ts'
import type { Access, Question } from './tally.ts'
import type { Recorded } from '../waiting.ts'
import type { Value } from '../../data/values.ts'

/** Where is counted just now, and the clock for what is waited for. */
export class IndexMeter {
  at: Tally = new Tally()
  readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }
}

/** The index, counting; one of another engine (tests have one) as it is. */
export function meteredIndex(index: FactIndex, meter: IndexMeter): FactIndex {
  const state = stateIfOurs(index)
  return state === null ? index : new MeteredIndex(index, meteredState(state, meter), meter)
}

/** The index that does not count. */
export function unmetered(index: FactIndex): FactIndex {
  return index instanceof MeteredIndex ? unmetered(index.inner) : index
}

class MeteredIndex extends SegmentIndex {
  readonly inner: FactIndex
  // Of the inner one too, if it counts.
  readonly #meters: readonly IndexMeter[]

  constructor(inner: FactIndex, state: State, meter: IndexMeter) {
    super(state, null, false)
    this.inner = inner
    this.#meters = inner instanceof MeteredIndex ? [...inner.#meters, meter] : [meter]
  }

  #asked(order: Order, access: Access, keys: number, datoms: number): void {
    for (const { at } of this.#meters) at.asked(order, access, keys, datoms)
  }

  override current(): null {
    return null
  }

  override entityRows(): null {
    return null
  }

  override runs(): null {
    return null
  }

  override find(order: Order, bound: Bound, view: View, finding: Finding, out: Found): boolean {
    const found = super.find(order, bound, view, finding, out)
    this.#asked(order, 'lookup', 1, out.n)
    return found
  }

  override cursor(order: Order, range: Range, view: View, backwards = false): Cursor {
    let cursor = super.cursor(order, range, view, backwards)
    for (const meter of this.#meters) {
      const question = meter.at.asked(order, accessOf(order, range), 1, 0)
      cursor = new CountingCursor(cursor, meter, question)
    }
    return cursor
  }

  override count(order: Order, range: Range, view: View): number {
    this.#asked(order, 'count', 1, 0)
    return super.count(order, range, view)
  }

  override roughCount(order: Order, range: Range, view: View): number {
    this.#asked(order, 'count', 1, 0)
    return super.roughCount(order, range, view)
  }

  override columns(order: Order, range: Range, view: View, wanted: Wanted): Columns {
    const found = super.columns(order, range, view, wanted)
    this.#asked(order, accessOf(order, range), 1, found.n)
    return found
  }

  override ends(): boolean {
    return false
  }

  override probe(
    order: Order,
    a: number | undefined,
    keys: Float64Array | readonly Value[],
    view: View,
    wanted: Wanted,
  ): Columns {
    const found = super.probe(order, a, keys, view, wanted)
    this.#asked(order, 'probe', keys.length, found.n)
    return found
  }

  override apply(changes: readonly Change[]): FactIndex {
    return unmetered(this).apply(changes)
  }

  override applyRecorded(tx: Recorded): FactIndex {
    const inner = unmetered(this)
    assert(inner instanceof SegmentIndex, 'what counts is made of an index of this engine')
    return inner.applyRecorded(tx)
  }

  override reindex(a: number, placementOf: PlacementOf): FactIndex {
    return unmetered(this).reindex(a, placementOf)
  }

  override withPlacement(placementOf: PlacementOf): FactIndex {
    return unmetered(this).withPlacement(placementOf)
  }

  override settled(): FactIndex {
    return unmetered(this).settled()
  }
}

/** A cursor may be walked when something else is being counted: its datoms count where it was opened. */
class CountingCursor implements Cursor {
  readonly #cursor: Cursor
  readonly #meter: IndexMeter
  readonly #at: Tally
  readonly #question: Question

  constructor(cursor: Cursor, meter: IndexMeter, question: Question) {
    this.#cursor = cursor
    this.#meter = meter
    this.#at = meter.at
    this.#question = question
  }

  next(): boolean {
    const { at } = this.#meter
    this.#meter.at = this.#at
    try {
      if (!this.#cursor.next()) return false
      this.#at.gave(this.#question, 1)
      return true
    } finally {
      this.#meter.at = at
    }
  }
  get e(): number {
    return this.#cursor.e
  }
  get a(): number {
    return this.#cursor.a
  }
  get v(): Value {
    return this.#cursor.v
  }
  get t(): number {
    return this.#cursor.t
  }
  get added(): boolean {
    return this.#cursor.added
  }
}

// How many leading components both ends agree in says what is asked.
function accessOf(order: Order, { low, high }: Range): Access {
  const [first, last]: Prefix[] = [low?.prefix ?? {}, high?.prefix ?? {}]
  const wanted = order === 'aevt' || order === 'avet' ? 2 : 1
  const components = componentsOf[order].slice(0, wanted)
  if (components.every((c) => first?.[c] !== undefined && first[c] === last?.[c])) return 'lookup'
  return components.every((c) => first?.[c] === last?.[c]) ? 'scan' : 'range'
}

// ---- segments ----

/** Shares everything but the parts, which count. */
function meteredState(state: State, meter: IndexMeter): State {
  const { placementOf } = state
  const trees = treesOf((name) => {
    const both = state.trees[name]
    const metered = (tree: FactTree): FactTree => ({
      ...tree,
      main: tree.main.metered(new Counter(tree.main, name, meter), placementOf),
      mid: tree.mid.metered(new Counter(tree.mid, name, meter), placementOf),
    })
    return { current: metered(both.current), past: metered(both.past) }
  })
  return { ...state, trees }
}

class Counter implements PartMeter {
  readonly #part: Part
  readonly #tree: TreeName
  readonly #meter: IndexMeter
  // Fetched ahead, and not yet read.
  readonly #ahead = new Set<SegmentRef>()

  constructor(part: Part, tree: TreeName, meter: IndexMeter) {
    this.#part = part
    this.#tree = tree
    this.#meter = meter
  }

  segment(i: number): Segment {
    const { at } = this.#meter
    const ref = this.#part.refs[i] as SegmentRef
    const { source, id } = ref.block
    // a segment that was dropped and read again is the same one
    const key = id === null ? ref : `${id} ${ref.slot}`
    const wasAhead = this.#ahead.delete(ref)
    if (ref.segment !== null || source === null) {
      const segment = this.#part.segment(i)
      at.read(this.#tree, key, wasAhead)
      return segment
    }
    const { reads } = source.counts()
    const segment = this.#timed(source, () => this.#part.segment(i))
    at.read(this.#tree, key, source.counts().reads > reads)
    return segment
  }

  bring(segments: readonly number[]): void {
    const refs = segments.map((i) => this.#part.refs[i] as SegmentRef)
    const away = refs.filter((ref) => ref.segment === null)
    const source = away[0]?.block.source ?? null
    if (source === null) return
    this.#timed(source, () => this.#part.bring(segments))
    for (const ref of away) if (ref.segment !== null) this.#ahead.add(ref)
  }

  #timed<T>(source: SegmentSource, run: () => T): T {
    const { at, now } = this.#meter
    const before = source.counts()
    const start = now()
    const result = run()
    const after = source.counts()
    at.fetched(after.reads - before.reads, after.bytesRead - before.bytesRead, now() - start)
    return result
  }
}
