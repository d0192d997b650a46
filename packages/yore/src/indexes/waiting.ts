/**
 * What waits to come into an index: the changes of transactions that are recorded and applied together, when anybody first asks.
 *
 * (1) A list, the newest first: an index that waits knows the one before it by what that waits for, so each is a value.
 * (2) Nothing in it ends a fact that waits too: whoever adds such a transaction has applied what is before it.
 */

import { Entry, noEnd } from './facts/entry.ts'
import type { Began, Datom } from './facts/fact.ts'

/** A transaction as it was recorded: `ended` are the facts that its retractions end, in their order. */
export interface Recorded {
  readonly t: number
  readonly data: readonly Datom[]
  readonly ended: readonly Began[]
}

export interface Waiting {
  readonly before: Waiting | null
  /** Of this transaction: what comes to the trees of current facts, tombstones among it, and of past ones. */
  readonly current: readonly Entry[]
  readonly past: readonly Entry[]
  /** The first t, and how many datoms, of all that waits. */
  readonly firstT: number
  readonly n: number
  /** Of the index with all that waits. */
  readonly lastT: number
  readonly liveBytes: number
}

/** Does the transaction end a fact that waits? */
export function endsWaiting({ ended }: Recorded, { firstT }: Waiting): boolean {
  return ended.some((fact) => fact.t >= firstT)
}

/** The entries of a recorded transaction. */
export function entriesOfRecorded({ t, data, ended }: Recorded): {
  readonly current: Entry[]
  readonly past: Entry[]
} {
  const current: Entry[] = []
  const past: Entry[] = []
  for (const { e, a, v, added } of data) {
    if (added) current.push(new Entry(e, a, v, t, noEnd))
  }
  for (const { e, a, v, t: since } of ended) {
    const entry = new Entry(e, a, v, since, t)
    current.push(entry)
    past.push(entry)
  }
  return { current, past }
}

/** The entries of all that waits, in the sequence of the transactions. */
export function entriesOfAll(waiting: Waiting): { current: Entry[]; past: Entry[] } {
  const list: Waiting[] = []
  for (let at: Waiting | null = waiting; at !== null; at = at.before) list.push(at)
  const current: Entry[] = []
  const past: Entry[] = []
  for (const each of list.reverse()) {
    for (const entry of each.current) current.push(entry)
    for (const entry of each.past) past.push(entry)
  }
  return { current, past }
}
