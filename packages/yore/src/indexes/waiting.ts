/**
 * What waits to come into an index: the facts of transactions, which come into all of its trees together when anybody first asks for more
 * than single facts of the present, or when they have become many.
 *
 * (1) One list serves many indexes: each knows how many of the first entries it means, and one that is made of the last of them appends to it.
 * (2) An entry with an end takes its fact away, which may wait before it, and is itself a fact of the past.
 * (3) The newest state that any of these indexes was brought to is known to all: a later one begins with that, so that who reads one index
 *     after another of those that were made in a row does not bring in the same facts again each time.
 * (4) Who transacts much brings in some of them now and then (state.ts): then too a later index begins with that.
 */

import { newList } from '../base/list.ts'
import { Entry, noEnd } from './facts/entry.ts'
import type { Began, Datom } from './facts/fact.ts'
import { WaitingEntries } from './live/waiting-entries.ts'
import type { State } from './state.ts'

/** A transaction as it was recorded: `ended` are the facts that its retractions end, in their order. */
export interface Recorded {
  readonly t: number
  readonly data: readonly Datom[]
  readonly ended: readonly Began[]
}

/** Entries that some indexes made of one another share. */
export class WaitingList extends WaitingEntries {
  /** The state without any of them. */
  readonly before: State
  /** The state with the first `takenCount` of them. */
  taken: State
  takenCount = 0

  constructor(state: State, entries: Entry[]) {
    super(entries, state.placementOf)
    this.before = state
    this.taken = state
  }
}

/** What waits for one index: the first `count` of the list. */
export class Waiting {
  readonly list: WaitingList
  readonly count: number
  /** Of the index with all of it. */
  readonly lastT: number
  readonly liveBytes: number

  constructor(list: WaitingList, count: number, lastT: number, liveBytes: number) {
    this.list = list
    this.count = count
    this.lastT = lastT
    this.liveBytes = liveBytes
  }
}

/** Copies of more are not made: the index that another one has been made of before is brought to its state. */
const copiedMax = 256

/**
 * A list that ends with what waits, for who comes first; a new one without what has come in since; for others a copy if it is short; null:
 * bring it in.
 */
export function appendable({ list, count }: Waiting): WaitingList | null {
  const { entries, before, taken, takenCount } = list
  const isFirst = entries.length === count
  if (isFirst && takenCount === 0) return list
  const isBehind = takenCount > count
  const from = isBehind ? 0 : takenCount
  if (!isFirst && count - from > copiedMax) return null
  return new WaitingList(isBehind ? before : taken, entries.slice(from, count))
}

/** Nothing waits yet for an index of this state. */
export function emptyList(state: State): WaitingList {
  return new WaitingList(state, newList())
}

/** Appends the entries of a recorded transaction. */
export function appendRecorded(out: Entry[], { t, data, ended }: Recorded): void {
  let n = 0
  for (const { e, a, v, added } of data) {
    if (added) out.push(new Entry(e, a, v, t, noEnd))
    else out.push(closed(ended[n++] as Began, t))
  }
}

/** A fact that ends. */
export const closed = ({ e, a, v, t }: Began, end: number): Entry => new Entry(e, a, v, t, end)

/** Those of the entries that are facts of the past. */
export function pastOf(entries: readonly Entry[]): Entry[] {
  const past: Entry[] = newList()
  for (const entry of entries) if (entry.end !== noEnd) past.push(entry)
  return past
}
