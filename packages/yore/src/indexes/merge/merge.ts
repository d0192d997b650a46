/**
 * Merging one tree: live entries and mid go into main where that is worth its cost, and otherwise into a new mid part.
 *
 * (1) The result reads as main, mid and live entries did together; a tombstone is gone with what it took away.
 * (2) By 'densest', blocks of main are rewritten whose pending rows are more than a quarter of their own, and then those that have the most
 *     pending rows for their size, until no more than D = sqrt(M·N) are left (M live entries, N stored rows). So a merge writes at most
 *     about 2·sqrt(M·N) rows beside the M: every chosen block moves at least D/N of its size (engine.md 3.7). As long as that is
 *     well within this bound, it goes on until there are left only as many as are best left: mid is written anew by each merge, and a block
 *     moves half of what would be there if all were as dense, so that is sqrt(S·N/2), S live entries for blocks that are not so dense.
 * (3) By 'all', every block with anything pending is rewritten, and mid is empty afterwards.
 * (4) It is a generator: it yields so often that no piece takes much more than a millisecond. How large they are makes no difference to
 *     what is written.
 */

import { assert } from '../../base/assert.ts'
import type { BlobId } from '../../storage/storage.ts'
import { Bound, sideOf } from '../facts/bound.ts'
import { BlockWriter } from '../stored/block-writer.ts'
import type { BlockTarget } from '../stored/block-writer.ts'
import { compareEntriesOf, noEnd } from '../facts/entry.ts'
import type { Entry } from '../facts/entry.ts'
import { Part } from '../segments/part.ts'
import { lowerEntry, Pending, searchNear } from './pending.ts'
import { Rows } from '../segments/rows.ts'
import { found } from '../segments/segment.ts'
import type { Segment } from '../segments/segment.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'

export interface Parts {
  readonly main: Part
  readonly mid: Part
}

export interface Merged extends Parts {
  /** Rows and blocks written. */
  readonly mainRows: number
  readonly midRows: number
  readonly blocks: number
}

export type MergePolicy = 'densest' | 'all'

/** How many rows are done between two yields: of those that are copied, and of those that are looked for in a block. */
const piece = 2048
const pieceSought = 512
/** How many groups are counted. */
const groupsAtOnce = 4

/** A block of main: its segments are refs [from, to). */
export interface Group {
  readonly from: number
  readonly to: number
  readonly n: number
  /** Does the directory leave out segments of it? Then it is written again as soon as there is a merge. */
  readonly isPartial: boolean
  /** What waits for it in mid and live, and of that what is live. */
  pending: number
  live: number
}

export function groupsOf({ refs }: Part): Group[] {
  const out: Group[] = []
  let from = 0
  while (from < refs.length) {
    let to = from
    let n = 0
    for (; to < refs.length && refs[to]?.block === refs[from]?.block; to++) {
      n += (refs[to] as SegmentRef).n
    }
    const isPartial = to - from < (refs[from] as SegmentRef).block.count
    out.push({ from, to, n, isPartial, pending: 0, live: 0 })
    from = to
  }
  return out
}

const bound = new Bound()

/** Counts what waits for each group. */
function* count(groups: Group[], { main, mid }: Parts, live: readonly Entry[]): Generator<void> {
  const compare = compareEntriesOf[main.order]
  let before = 0
  let i = 0
  for (const [g, group] of groups.entries()) {
    const next = groups[g + 1]
    const upper = next === undefined ? null : (main.refs[next.from] as SegmentRef).separator
    const rows = upper === null ? mid.n : mid.rowsBefore(mid.locate(bound.setEntry(upper, false)))
    const to = upper === null ? live.length : lowerEntry(live, upper, i, compare)
    group.pending = rows - before + to - i
    group.live = to - i
    before = rows
    i = to
    if (g % groupsAtOnce === 0) yield
  }
}

/** The groups that are to be rewritten: of `live` entries and `stored` rows. */
function choose(
  groups: readonly Group[],
  total: number,
  { live, stored }: { readonly live: number; readonly stored: number },
  policy: MergePolicy,
): Set<Group> {
  const chosen = new Set<Group>()
  let pending = total
  let sparse = live
  const take = (group: Group): void => {
    chosen.add(group)
    pending -= group.pending
    sparse -= group.live
  }
  for (const group of groups) {
    const isDense = group.pending > 0 && (policy === 'all' || group.pending * 4 > group.n)
    if (isDense || group.isPartial) take(group)
  }
  // nothing more has come to what is left, so it may lie
  if (policy === 'all' || sparse <= 0) return chosen
  const most = Math.sqrt(live * stored)
  const best = Math.sqrt((sparse * stored) / 2)
  if (pending <= best) return chosen
  const others = groups.filter((group) => group.pending > 0 && !chosen.has(group))
  others.sort((x, y) => y.pending / y.n - x.pending / x.n)
  // of main so far
  let rows = 0
  for (const { n } of chosen) rows += n
  for (const group of others) {
    if (pending <= best || (pending <= most && rows + group.n + pending > most * 1.6)) break
    take(group)
    rows += group.n
  }
  return chosen
}

/** Walks the rows of a group of main. */
class GroupRows {
  readonly #main: Part
  readonly #to: number
  readonly #sideOf: (separator: Entry, at: Bound) => number
  #s: number
  #row = 0

  constructor(main: Part, from: number, to: number) {
    this.#main = main
    this.#sideOf = sideOf[main.order]
    this.#s = from
    this.#to = to
  }

  /** Copies the rows before the bound, which is a row's own place; `taken`: that takes the next one away. */
  copyBefore(at: Bound, out: Rows, taken: boolean): void {
    for (;;) {
      if (this.#s === this.#to) {
        assert(!taken, 'what is taken away is there')
        return
      }
      const next = this.#s + 1 < this.#to ? (this.#main.refs[this.#s + 1] as SegmentRef) : null
      const segment = this.#main.segment(this.#s)
      if (next !== null && this.#isAtOrBefore(next.separator, at)) {
        out.addSegment(segment, this.#row, segment.n)
        this.#s++
        this.#row = 0
        continue
      }
      this.#copyIn(segment, at, out, taken)
      return
    }
  }

  #isAtOrBefore(separator: Entry, at: Bound): boolean {
    at.after = true
    const side = this.#sideOf(separator, at)
    at.after = false
    return side < 0
  }

  #copyIn(segment: Segment, at: Bound, out: Rows, taken: boolean): void {
    searchNear(segment, at, this.#row, segment.n)
    const { low, high } = found
    out.addSegment(segment, this.#row, low)
    this.#row = low
    if (!taken) return
    assert(low < high, 'what is taken away is there')
    this.#row++
  }

  get isDone(): boolean {
    return this.#s === this.#to
  }

  copyRest(out: Rows): void {
    for (; this.#s < this.#to; this.#s++, this.#row = 0) {
      const segment = this.#main.segment(this.#s)
      out.addSegment(segment, this.#row, segment.n)
    }
  }
}

class Merge {
  readonly #parts: Parts
  readonly #past: boolean
  readonly #pending: Pending
  readonly #toMain: BlockWriter
  readonly #toMid: BlockWriter
  readonly #target: BlockTarget
  readonly #rows = new Rows(pieceSought)

  constructor(parts: Parts, live: readonly Entry[], past: boolean, target: BlockTarget) {
    const { order } = parts.main
    this.#parts = parts
    this.#past = past
    this.#target = target
    this.#pending = new Pending(parts.mid, live, past)
    this.#toMain = new BlockWriter(order, past, target)
    this.#toMid = new BlockWriter(order, past, target)
  }

  /** Everything pending before `upper` into the group, if there is one. */
  *rewrite(group: Group | null, upper: Entry | null): Generator<void> {
    const from = new GroupRows(this.#parts.main, group?.from ?? 0, group?.to ?? 0)
    const { rows: out } = this.#toMain
    const rows = this.#rows
    for (let more = true; more;) {
      if (from.isDone) {
        more = this.#pending.take(upper, out, piece)
        yield
        yield* this.#toMain.spill()
        continue
      }
      rows.clear()
      more = this.#pending.take(upper, rows, pieceSought)
      for (let i = 0; i < rows.n; i++) {
        const taken = !this.#past && rows.end[i] !== noEnd
        from.copyBefore(rows.boundAt(i, bound), out, taken)
        if (!taken) out.addRow(rows, i)
      }
      yield
      if (more) yield* this.#toMain.spill()
    }
    from.copyRest(out)
    yield
    yield* this.#toMain.spill()
  }

  /** Nothing of main is rewritten up to `upper`: what is pending goes to mid. */
  *pass(upper: Entry | null): Generator<void> {
    const { rows } = this.#toMid
    for (let more = true; more;) {
      const whole = this.#pending.wholeBlock(upper)
      // what is taken is not kept, so this number counts
      if (whole === null) more = this.#pending.take(upper, rows, this.#target.segmentSize)
      else yield* this.#keep(whole.from, whole.to, whole.next)
      yield
      yield* this.#toMid.spill()
    }
  }

  // A block of mid as it is, or to the few rows that wait.
  *#keep(from: number, to: number, next: Entry | null): Generator<void> {
    const { mid } = this.#parts
    const refs = mid.refs.slice(from, to)
    const n = refs.reduce((sum, ref) => sum + ref.n, 0)
    if (!this.#toMid.joins(n)) {
      yield* this.#toMid.keep(refs, next)
      return
    }
    for (let i = from; i < to; i++) {
      const segment = mid.segment(i)
      this.#toMid.rows.addSegment(segment, 0, segment.n)
    }
  }

  *run(groups: readonly Group[], chosen: ReadonlySet<Group>): Generator<void> {
    const { refs } = this.#parts.main
    const separator = (g: number): Entry | null => {
      const group = groups[g]
      return group === undefined ? null : (refs[group.from] as SegmentRef).separator
    }
    let passed = false
    for (const [g, group] of groups.entries()) {
      const joins = this.#toMain.joins(group.n)
      if (chosen.has(group) || joins) {
        // what belongs to the blocks that were kept, first
        if (passed) yield* this.pass(separator(g))
        passed = false
        if (!joins && !this.#toMain.isSmall) yield* this.#toMain.flush()
        yield* this.rewrite(group, separator(g + 1))
      } else {
        yield* this.#toMain.keep(refs.slice(group.from, group.to), separator(g + 1))
        passed = true
      }
    }
    if (groups.length === 0) yield* this.rewrite(null, null)
    else if (passed) yield* this.pass(null)
    yield* this.#toMain.flush()
    yield* this.#toMid.flush()
    assert(this.#pending.isDone, 'everything that was pending is somewhere')
  }

  /** How many of the live entries have an end. */
  get ended(): number {
    return this.#pending.ended
  }

  *result(): Generator<void, Merged> {
    const { order } = this.#parts.main
    const { placementOf } = this.#target
    const [main, mid] = [this.#toMain, this.#toMid]
    const mainPart = new Part(order, main.out, placementOf)
    yield
    return {
      main: mainPart,
      mid: new Part(order, mid.out, placementOf),
      mainRows: main.written,
      midRows: mid.written,
      blocks: main.blocks + mid.blocks,
    }
  }
}

/** The blocks of these, each once. */
export function idsOf(refs: readonly (SegmentRef | undefined)[]): BlobId[] {
  const out: BlobId[] = []
  for (const ref of refs) {
    const id = ref?.block.id ?? null
    if (id !== null && out.at(-1) !== id) out.push(id)
  }
  return out
}

/** Merges; `live` is sorted, tombstones among it. */
export function* mergeParts(
  parts: Parts,
  live: readonly Entry[],
  past: boolean,
  policy: MergePolicy,
  target: BlockTarget,
): Generator<void, Merged> {
  const { main, mid } = parts
  const groups = groupsOf(main)
  const isIdle = live.length === 0 && (mid.n === 0 || policy === 'densest')
  const isWhole = ({ isPartial }: Group): boolean => !isPartial
  if (isIdle && groups.every(isWhole) && groupsOf(mid).every(isWhole)) {
    return { main, mid, mainRows: 0, midRows: 0, blocks: 0 }
  }
  target.expect?.(idsOf(mid.refs))
  yield* count(groups, parts, live)
  const merge = new Merge(parts, live, past, target)
  const sizes = { live: live.length, stored: main.n + mid.n }
  const chosen = choose(groups, mid.n + live.length, sizes, policy)
  const rewritten = groups.filter((group) => chosen.has(group))
  target.expect?.([...idsOf(rewritten.map(({ from }) => main.refs[from])), ...idsOf(mid.refs)])
  yield* merge.run(groups, chosen)
  const merged = yield* merge.result()
  if (!past) {
    const before = main.net + mid.net + live.length - 2 * merge.ended
    assert(merged.main.net + merged.mid.net === before, 'a merge keeps the count of facts')
  }
  return merged
}

/** The same at once. */
export function mergeNow(
  parts: Parts,
  live: readonly Entry[],
  past: boolean,
  policy: MergePolicy,
  target: BlockTarget,
): Merged {
  const steps = mergeParts(parts, live, past, policy, target)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
