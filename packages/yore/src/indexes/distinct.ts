/**
 * How many distinct values an attribute has, about: what a planner wants to know of a join on values.
 *
 * (1) An estimate from a sample of at most `sampleMax` facts: values seen once stand for more unseen ones (the GEE estimator:
 *     sqrt(N / n) for each). Exact while the attribute has no more facts than that.
 * (2) Remembered for as long as the segments stand, so it costs nothing after most transactions.
 */

import type { Value } from '../data/values.ts'
import { boundOf } from './bound.ts'
import type { Bound } from './bound.ts'
import { keyOf } from '../data/equal.ts'
import type { FactTree } from './fact-tree.ts'
import { Part, segmentOf } from './part.ts'
import { Reader } from './reader.ts'
import type { Segment } from './segment.ts'
import { anyTime } from './window.ts'

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

// One fact in each step of so many. AEVT is sorted by entity, so that the rows are spread over them.
function sampled(tree: FactTree, a: number, total: number): Sample {
  const sample: Sample = { seen: new Map(), n: 0 }
  const bound = boundOf('aevt', { prefix: { a }, after: false })
  const step = Math.max(1, Math.ceil(total / sampleMax))
  if (segmentsOf(tree, bound) > segmentsMax) {
    sampleSegments(tree.main, bound, sample)
    return sample
  }
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
  return sample
}

// How many segments would have to be read; those that are in memory for ever count for nothing.
function segmentsOf({ main, mid }: FactTree, bound: Bound): number {
  let n = 0
  for (const part of [main, mid]) {
    part.locateBoth(bound)
    const [from, to] = [segmentOf(Part.low), segmentOf(Part.high)]
    if ((part.refs[from]?.block.source ?? null) !== null) n += to - from
  }
  return n
}

// Of a few segments of main as many rows: mid and what is live are small beside it.
function sampleSegments(main: Part, bound: Bound, sample: Sample): void {
  main.locateBoth(bound)
  const [first, end] = [segmentOf(Part.low), segmentOf(Part.high)]
  const step = Math.max(1, Math.floor((end - first) / segmentsMax))
  for (let k = 0; first + k * step < end && k < segmentsMax; k++) {
    const segment = main.segment(Math.min(end - 1, first + somewhere(k, step)))
    const rows = Math.max(1, Math.floor((segment.n * segmentsMax) / sampleMax))
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
  if (n === 0) return 0
  let once = 0
  for (const count of seen.values()) if (count === 1) once++
  return Math.min(total, Math.round(seen.size - once + Math.sqrt(total / n) * once))
}

const known = new WeakMap<Part, Map<number, readonly [total: number, distinct: number]>>()

/** Of an AEVT tree of current facts; `total` facts has the attribute now. */
export function distinctIn(tree: FactTree, a: number, total: number): number {
  let ofMain = known.get(tree.main)
  if (ofMain === undefined) known.set(tree.main, (ofMain = new Map()))
  const before = ofMain.get(a)
  // as long as the count is about the same
  if (before !== undefined && Math.abs(before[0] - total) * 8 <= total) {
    return Math.min(total, before[1])
  }
  const distinct = estimate(sampled(tree, a, total), total)
  ofMain.set(a, [total, distinct])
  return distinct
}
