/**
 * How many distinct values an attribute has, about: what a planner wants to know of a join on values.
 *
 * (1) An estimate from a sample of at most `sampleMax` facts: values seen once stand for more unseen ones (the GEE estimator:
 *     sqrt(N / n) for each). Exact while the attribute has no more facts than that and all of them are in memory.
 * (2) Nothing is fetched: of a segment that is away, only the fact that the directory knows it by is in the sample.
 * (3) Remembered for as long as the segments stand, so it costs nothing after most transactions; but looked at again when twice as many
 *     of them have come into memory.
 */

import type { Value } from '../../data/values.ts'
import { boundOf } from '../facts/bound.ts'
import type { Bound } from '../facts/bound.ts'
import { keyOf } from '../../data/equal.ts'
import type { FactTree } from '../fact-tree.ts'
import { Part, segmentOf } from '../segments/part.ts'
import { Reader } from './reader.ts'
import type { Segment } from '../segments/segment.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'
import { anyTime } from '../facts/window.ts'

const sampleMax = 2048
// Of a stored attribute with more segments only so many are read.
const segmentsMax = 32

interface Sample {
  readonly seen: Map<unknown, number>
  /** Rows in the sample. */
  n: number
}

function see({ seen }: Sample, v: Value): void {
  const key = keyOf(v)
  seen.set(key, (seen.get(key) ?? 0) + 1)
}

/** The segments of an attribute: in main [from, to), of which some are looked at, and those of mid. */
interface Chosen {
  readonly from: number
  readonly to: number
  readonly main: readonly number[]
  readonly mid: readonly number[]
}

function chosenFrom({ main, mid }: FactTree, bound: Bound): Chosen {
  mid.locateBoth(bound)
  const first = segmentOf(Part.low)
  const ofMid = Array.from({ length: segmentOf(Part.high) - first }, (_, i) => first + i)
  main.locateBoth(bound)
  const [from, to] = [segmentOf(Part.low), segmentOf(Part.high)]
  const step = Math.max(1, Math.floor((to - from) / segmentsMax))
  const ofMain: number[] = []
  for (let k = 0; from + k * step < to && k < segmentsMax; k++) {
    ofMain.push(Math.min(to - 1, from + somewhere(k, step)))
  }
  return { from, to, main: ofMain, mid: ofMid }
}

// How many of them need not be fetched.
function hereOf({ main, mid }: FactTree, chosen: Chosen): number {
  let n = 0
  for (const i of chosen.main) if (!main.isAway(i)) n++
  for (const i of chosen.mid) if (!mid.isAway(i)) n++
  return n
}

const sizeOf = ({ main, mid }: Chosen): number => main.length + mid.length

// Of everything, where that is in memory: in an index without a storage, or where the attribute is small.
function sampled(tree: FactTree, a: number, total: number, chosen: Chosen): Sample {
  const { main } = tree
  const sample: Sample = { seen: new Map(), n: 0 }
  const bound = boundOf('aevt', { prefix: { a }, after: false })
  const { from, to } = chosen
  const isFree = to - from <= segmentsMax || main.refs[from]?.block.source === null
  if (isFree && hereOf(tree, chosen) === sizeOf(chosen)) sampleAll(tree, bound, total, sample)
  else sampleSegments(main, chosen, sample)
  return sample
}

// One fact in each step of so many. AEVT is sorted by entity, so that the rows are spread over them.
function sampleAll(tree: FactTree, bound: Bound, total: number, sample: Sample): void {
  const step = Math.max(1, Math.ceil(total / sampleMax))
  const reader = new Reader(tree, bound, bound, false, anyTime)
  let passed = 0
  let wanted = somewhere(0, step)
  while (reader.next()) {
    const { entry, segment, from, to } = reader
    const n = entry === null ? to - from : 1
    for (; wanted < passed + n; wanted = somewhere(sample.n, step)) {
      see(sample, entry === null ? (segment as Segment).valueAt(from + wanted - passed) : entry.v)
      sample.n++
    }
    passed += n
  }
}

// Of a few segments of main as many rows, and what the directory knows the others by: mid and what is live are small beside it.
function sampleSegments(main: Part, chosen: Chosen, sample: Sample): void {
  const { from, to } = chosen
  const step = Math.ceil((to - from) / sampleMax)
  for (let s = from; s < to; s += step) {
    if (!main.isAway(s)) continue
    const { v } = (main.refs[s] as SegmentRef).separator
    // it may be only a part of the value
    if (v === '') continue
    see(sample, v)
    sample.n++
  }
  for (const s of chosen.main) {
    if (main.isAway(s)) continue
    const segment = main.segment(s)
    const rows = Math.max(1, Math.floor((segment.n * chosen.main.length) / sampleMax))
    for (let i = 0; i * rows < segment.n; i++) {
      see(sample, segment.valueAt(Math.min(segment.n - 1, somewhere(i, rows))))
      sample.n++
    }
  }
}

// A place within the k-th step; not the same in each, for data may repeat as regularly.
const somewhere = (k: number, step: number): number =>
  k * step + ((Math.imul(k + 1, 0x9e3779b1) >>> 8) % step)

function estimate({ seen, n }: Sample, total: number): number {
  // of nothing known: neither all alike nor all different
  if (n === 0) return Math.round(Math.sqrt(total))
  let once = 0
  for (const count of seen.values()) if (count === 1) once++
  return Math.min(total, Math.round(seen.size - once + Math.sqrt(total / n) * once))
}

interface Known {
  readonly total: number
  readonly distinct: number
  /** How many of the chosen segments were in memory, when so many blobs had been read. */
  readonly here: number
  reads: number
}

const known = new WeakMap<readonly SegmentRef[], Map<number, Known>>()

/** Of an AEVT tree of current facts; `total` facts has the attribute now. */
export function distinctIn(tree: FactTree, a: number, total: number): number {
  const { refs } = tree.main
  let ofMain = known.get(refs)
  if (ofMain === undefined) known.set(refs, (ofMain = new Map()))
  const before = ofMain.get(a)
  const reads = refs[0]?.block.source?.reads ?? 0
  // as long as the count is about the same
  const isSame = before !== undefined && Math.abs(before.total - total) * 8 <= total
  if (isSame && (before.here === Infinity || before.reads === reads)) {
    return Math.min(total, before.distinct)
  }
  const plain = { ...tree, main: tree.main.plain, mid: tree.mid.plain }
  const chosen = chosenFrom(plain, boundOf('aevt', { prefix: { a }, after: false }))
  const here = hereOf(plain, chosen)
  const isAllHere = here === sizeOf(chosen)
  if (isSame && !isAllHere && here <= before.here * 2) {
    before.reads = reads
    return Math.min(total, before.distinct)
  }
  const distinct = estimate(sampled(plain, a, total, chosen), total)
  ofMain.set(a, { total, distinct, here: isAllHere ? Infinity : here, reads })
  return distinct
}
