/**
 * What of an index was in use before a job, and the same of the index that the job has made: that is brought into memory in pieces before
 * the database moves over, since the first transactions after a job would otherwise read it, each as many segments as it looks up values.
 *
 * (1) In use is a segment of current facts that is in memory and was read since the source of segments last looked. What is brought here
 *     counts as read only when somebody has read it.
 * (2) A new segment is brought when the old one at its place was in use. Of what was all live, AVET is: transactions look there.
 * (3) It is for speed alone: it takes a part of the cache at most, and ends without an error where a segment cannot be read.
 */

import { stateOf } from '../create.ts'
import { treeNames } from '../stored/durable.ts'
import type { TreeName } from '../stored/durable.ts'
import type { FactIndex } from '../fact-index.ts'
import type { Part } from '../segments/part.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'

/** For each order the part that is main, and which of its segments were in use. */
export type InUse = ReadonlyMap<TreeName, { readonly main: Part; readonly isUsed: Uint8Array }>

/** So much of the cache, at most, is filled with what is brought. */
const cacheShare = 4

export function inUse(index: FactIndex): InUse {
  const { trees } = stateOf(index)
  return new Map(
    treeNames.map((name) => {
      const { main } = trees[name].current
      const isUsed = Uint8Array.from(main.refs, (x) => (x.segment === null ? 0 : x.used))
      return [name, { main, isUsed }]
    }),
  )
}

/** Yields after each segment that was brought. */
export function* bringInUse(used: InUse, made: FactIndex): Generator<void, void> {
  const { trees, source } = stateOf(made)
  if (source === null) return
  const room = source.counts().bytes + source.bytesMax / cacheShare
  for (const name of treeNames) {
    const { main, mid } = trees[name].current
    for (const part of [mid, main]) {
      for (let i = 0; i < part.refs.length; i++) {
        const ref = part.refs[i] as SegmentRef
        if (ref.segment !== null || !wasUsed(used, name, ref)) continue
        if (source.counts().bytes >= room) return
        try {
          part.segment(i)
        } catch {
          return
        }
        ref.block.refs.forEach((x) => (x.used = 0))
        yield
      }
    }
  }
}

function wasUsed(used: InUse, name: TreeName, { separator }: SegmentRef): boolean {
  const before = used.get(name)
  if (before === undefined) return false
  const { main, isUsed } = before
  return main.n === 0 ? name === 'avet' : isUsed[main.segmentFor(separator)] === 1
}
