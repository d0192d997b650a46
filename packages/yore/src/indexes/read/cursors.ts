/**
 * The cursors of every view.
 *
 * (1) The present is a walk over current facts and nothing else.
 * (2) As-of and since: current facts of that time and past ones that had not ended, two walks merged.
 * (3) History and filters: facts are taken by groups of equal e, a, v, made into datoms, filtered, and (unless history) those
 *     assertions are left out that a newer datom of the group retracts.
 * (4) Backwards is the reverse.
 */

import type { Value } from '../../data/values.ts'
import { Bound, boundOf, sideOf } from '../facts/bound.ts'
import { compareStored, tieOf } from '../facts/entry.ts'
import type { Cursor, View } from '../fact-index.ts'
import type { FactTree } from '../fact-tree.ts'
import type { Datom, Order, Range } from '../facts/fact.ts'
import type { Window } from '../facts/window.ts'
import { Walk } from './walk.ts'
import { anyTime } from '../facts/window.ts'

export interface Trees {
  readonly current: FactTree
  readonly past: FactTree
}

/** Does the view see exactly the current facts, given that nothing is newer than `lastT`? */
export function isPresent(view: View, lastT: number): boolean {
  return !view.history && view.keep === null && view.since < 0 && view.asOf >= lastT
}

/** Is it neither history nor filtered: one interval test decides about each fact. */
export const isWindow = (view: View): boolean => !view.history && view.keep === null

/** What such a view sees: what was asserted and had not ended. What nobody asserted (t -1) is never seen. */
export function windowOf({ since, asOf }: View): Window {
  return { since: Math.max(since, -1), asOf, endsAfter: asOf }
}

/** The bounds of a range; one and the same object when they are the two sides of one prefix. */
export function boundsOf(
  order: Order,
  { low, high }: Range,
  depth = 4,
): [Bound | null, Bound | null] {
  const first = low === undefined ? null : boundOf(order, low, depth)
  if (low !== undefined && high !== undefined && low.prefix === high.prefix) {
    if (!low.after && high.after) return [first, first]
  }
  return [first, high === undefined ? null : boundOf(order, high, depth)]
}

export function openCursor(
  { current, past }: Trees,
  range: Range,
  view: View,
  lastT: number,
  backwards: boolean,
): Cursor {
  const { order } = current
  if (isPresent(view, lastT)) {
    const [low, high] = boundsOf(order, range)
    return new Walk(current, low, high, backwards, anyTime)
  }
  if (!isWindow(view)) return new GroupCursor({ current, past }, range, view, backwards)
  return windowCursor({ current, past }, range, view, backwards)
}

export function windowCursor(
  { current, past }: Trees,
  range: Range,
  view: View,
  backwards: boolean,
): Cursor {
  const { order } = current
  const window = windowOf(view)
  const [low, high] = boundsOf(order, range)
  const now = new Walk(current, low, high, backwards, window)
  const then = new Walk(past, low, high, backwards, window)
  return then.reader.isEmpty ? now : new WindowCursor(order, now, then, backwards)
}

function compareGroups(order: Order, x: Walk, y: Walk): number {
  const e = x.e < y.e ? -1 : x.e > y.e ? 1 : 0
  const a = x.a < y.a ? -1 : x.a > y.a ? 1 : 0
  switch (order) {
    case 'eavt':
      return e || a || compareStored(x.v, y.v)
    case 'aevt':
      return a || e || compareStored(x.v, y.v)
    case 'avet':
      return a || compareStored(x.v, y.v) || e
    case 'vaet':
      return compareStored(x.v, y.v) || a || e
  }
}

const sameGroup = (walk: Walk, e: number, a: number, v: Value): boolean =>
  walk.e === e && walk.a === a && (walk.v === v || compareStored(walk.v, v) === 0)

class WindowCursor implements Cursor {
  e = 0
  a = 0
  v: Value = null
  t = 0
  readonly added: true = true
  readonly #order: Order
  readonly #sign: 1 | -1
  readonly #now: Walk
  readonly #then: Walk
  #hasNow: boolean
  #hasThen: boolean
  #last: Walk | null = null

  constructor(order: Order, now: Walk, then: Walk, backwards: boolean) {
    this.#order = order
    this.#sign = backwards ? -1 : 1
    this.#now = now
    this.#then = then
    this.#hasNow = now.next()
    this.#hasThen = then.next()
  }

  next(): boolean {
    if (this.#last === this.#now) this.#hasNow = this.#now.next()
    else if (this.#last === this.#then) this.#hasThen = this.#then.next()
    if (!this.#hasNow && !this.#hasThen) {
      this.#last = null
      return false
    }
    const from = this.#nowIsFirst() ? this.#now : this.#then
    this.#last = from
    this.e = from.e
    this.a = from.a
    this.v = from.v
    this.t = from.t
    return true
  }

  #nowIsFirst(): boolean {
    if (!this.#hasNow || !this.#hasThen) return this.#hasNow
    const [x, y] = [this.#now, this.#then]
    const d = compareGroups(this.#order, x, y) || y.t - x.t || tieOf(x.v, y.v) || -1
    return d * this.#sign < 0
  }
}

const after = (bound: Bound): Bound => {
  const out = Object.assign(new Bound(), bound)
  out.after = true
  return out
}

// The bound, taken outwards to the edge of the group when it stands within one.
function ofGroup(bound: Bound | null, isHigh: boolean): Bound | null {
  if (bound === null || bound.depth !== 4) return bound
  const out = Object.assign(new Bound(), bound)
  out.depth = 3
  out.after = isHigh
  return out
}

class GroupCursor implements Cursor {
  e = 0
  a = 0
  v: Value = null
  t = 0
  added = true
  readonly #order: Order
  readonly #view: View
  readonly #backwards: boolean
  readonly #now: Walk
  readonly #then: Walk
  #hasNow: boolean
  #hasThen: boolean
  // Where the range itself ends within a group: a prefix with t.
  readonly #low: Bound | null
  readonly #high: Bound | null
  #group: Datom[] = []
  #at = 0

  constructor({ current, past }: Trees, range: Range, view: View, backwards: boolean) {
    const { order } = current
    this.#order = order
    this.#view = view
    this.#backwards = backwards
    const [low, high] = boundsOf(order, range)
    this.#low = low !== null && low.depth === 4 ? low : null
    this.#high = high !== null && high.depth === 4 ? (low === high ? after(high) : high) : null
    const [first, last] =
      low === high && low?.depth !== 4 ? [low, high] : [ofGroup(low, false), ofGroup(high, true)]
    this.#now = new Walk(current, first, last, backwards, anyTime)
    this.#then = new Walk(past, first, last, backwards, anyTime)
    this.#hasNow = this.#now.next()
    this.#hasThen = this.#then.next()
  }

  next(): boolean {
    for (;;) {
      if (this.#at < this.#group.length) {
        const d = this.#group[this.#at++] as Datom
        return this.#stand(d.e, d.a, d.v, d.t, d.added)
      }
      const [now, then] = [this.#now, this.#then]
      if (!this.#hasNow) {
        if (!this.#hasThen) return false
        if (this.#nextGroup(1)) return true
      } else if (!this.#hasThen) {
        if (this.#nextGroup(-1)) return true
      } else {
        const d = compareGroups(this.#order, now, then)
        if (this.#nextGroup(this.#backwards ? -d : d)) return true
      }
    }
  }

  #stand(e: number, a: number, v: Value, t: number, added: boolean): true {
    this.e = e
    this.a = a
    this.v = v
    this.t = t
    this.added = added
    return true
  }

  // Takes the group of the current walk (d < 0), of the past one, or of both. True when it already stands on a datom: mostly a group is
  // one fact, and no list of it is made.
  #nextGroup(d: number): boolean {
    const [now, then] = [this.#now, this.#then]
    const out: Datom[] = []
    if (d === 0) {
      const { e, a, v } = now
      this.#hasNow = this.#take(now, e, a, v, out)
      this.#hasThen = this.#take(then, e, a, v, out)
    } else {
      const walk = d < 0 ? now : then
      const { e, a, v, t, end } = walk
      let more = walk.next()
      const alone = !more || !sameGroup(walk, e, a, v)
      if (!alone) {
        this.#see({ e, a, v, t: end, added: false }, out)
        this.#see({ e, a, v, t, added: true }, out)
        more = this.#take(walk, e, a, v, out)
      }
      if (d < 0) this.#hasNow = more
      else this.#hasThen = more
      if (alone) return this.#standOnFact(e, a, v, t, end)
    }
    this.#group = this.#finish(out)
    this.#at = 0
    return false
  }

  // The datoms of a group of one fact.
  #standOnFact(e: number, a: number, v: Value, t: number, end: number): boolean {
    const asserted = this.#sees(e, a, v, t, true)
    const retracted = this.#sees(e, a, v, end, false)
    if (!this.#view.history) {
      return (
        asserted && !retracted && this.#within(e, a, v, t, true) && this.#stand(e, a, v, t, true)
      )
    }
    const shown = asserted && this.#within(e, a, v, t, true)
    if (!retracted || !this.#within(e, a, v, end, false))
      return shown && this.#stand(e, a, v, t, true)
    if (!shown) return this.#stand(e, a, v, end, false)
    // two datoms: one now, one when asked again
    this.#group = [{ e, a, v, t: this.#backwards ? end : t, added: !this.#backwards }]
    this.#at = 0
    return this.#stand(e, a, v, this.#backwards ? t : end, this.#backwards)
  }

  // The walk's facts of the group as datoms that the view sees.
  #take(walk: Walk, e: number, a: number, v: Value, out: Datom[]): boolean {
    let more = true
    while (more && sameGroup(walk, e, a, v)) {
      this.#see({ e, a, v: walk.v, t: walk.end, added: false }, out)
      this.#see({ e, a, v: walk.v, t: walk.t, added: true }, out)
      more = walk.next()
    }
    return more
  }

  #see(datom: Datom, out: Datom[]): void {
    const { e, a, v, t, added } = datom
    if (this.#sees(e, a, v, t, added)) out.push(datom)
  }

  // What has no end, or no assertion, has a negative t there.
  #sees(e: number, a: number, v: Value, t: number, added: boolean): boolean {
    const { since, asOf, keep } = this.#view
    if (t < 0 || t <= since || t > asOf) return false
    return keep === null || keep({ e, a, v, t, added })
  }

  #finish(seen: Datom[]): Datom[] {
    const later = (x: Datom, y: Datom): number =>
      y.t - x.t || Number(y.added) - Number(x.added) || tieOf(x.v, y.v)
    for (let i = 1; i < seen.length; i++) {
      if (later(seen[i - 1] as Datom, seen[i] as Datom) > 0) {
        seen.sort(later)
        break
      }
    }
    let out = seen
    if (!this.#view.history) {
      let retracted = false
      out = seen.filter((d) => {
        if (!d.added) retracted = true
        return !retracted
      })
    }
    if (this.#low !== null || this.#high !== null) {
      out = out.filter(({ e, a, v, t, added }) => this.#within(e, a, v, t, added))
    }
    return this.#backwards ? out.reverse() : out
  }

  // Is it in the range, if that ends within a group?
  #within(e: number, a: number, v: Value, t: number, added: boolean): boolean {
    if (this.#low === null && this.#high === null) return true
    const side = sideOf[this.#order]
    const d = { e, a, v, t, added }
    return (
      (this.#low === null || side(d, this.#low) > 0) &&
      (this.#high === null || side(d, this.#high) < 0)
    )
  }
}
