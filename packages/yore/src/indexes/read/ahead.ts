/**
 * Fetching several segments of a part with one reading of the storage, where it is known that they will be read: those of a scan that
 * come next, and those of a probe's next keys.
 *
 * (1) Only what is away is fetched, and only when the first of them is just to be read: what is in memory costs nothing here.
 * (2) A scan begins with one segment and fetches twice as many each time, so that who stops soon has read little in vain.
 */

import { firstPlaceNear } from '../../base/search.ts'
import type { Bound } from '../facts/bound.ts'
import type { Part } from '../segments/part.ts'
import { sideOf } from '../facts/bound.ts'
import type { SegmentRef } from '../segments/segment-ref.ts'

/** At most so many segments are fetched at once. */
export const atOnceMax = 32

/** Fetches segment `from` and those after it (or before it, when `to` is less), up to `to`, so many that are not left out. */
export function bringNext(
  part: Part,
  from: number,
  to: number,
  count: number,
  isOutside: (ref: SegmentRef) => boolean,
): void {
  const step = to < from ? -1 : 1
  const some: number[] = []
  for (let i = from; some.length < count; i += step) {
    if (!isOutside(part.refs[i] as SegmentRef)) some.push(i)
    if (i === to) break
  }
  if (some.length > 1) part.bring(some)
}

/** Fetches segment `s` and those that the keys [k, to) lie in, as far as the directory tells; `boundOf` gives the bound before a key. */
export function bringForKeys(
  part: Part,
  s: number,
  k: number,
  to: number,
  boundOf: (k: number) => Bound,
): void {
  const { order, refs } = part
  const side = sideOf[order]
  const some = [s]
  let key = k + 1
  let at = s
  while (some.length < atOnceMax && at + 1 < refs.length) {
    // the first key that is not before the next segment
    const { separator } = refs[at + 1] as SegmentRef
    key = firstPlaceNear(key, to, (i) => side(separator, boundOf(i)) < 0)
    if (key >= to) break
    at = Math.max(at + 1, part.segmentBefore(boundOf(key)))
    if (part.isAway(at)) some.push(at)
  }
  if (some.length > 1) part.bring(some)
}
