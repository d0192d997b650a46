/**
 * What transactions leave to be done in the index (indexes/create.ts, `tend`): a share for each of their datoms, done a little at a time by the
 * queue, which has the clock, and not by the transactions themselves, which do not know what else the turn of the event loop has done.
 *
 * (1) The share is more than a transaction leaves, so that what waits does not grow; where little waits nothing is done.
 */

import type { Db } from '../db/db.ts'
import { tend, tendedAtOnce } from '../indexes/create.ts'

/** So many entries are to come into a tree for each datom. */
const entriesEach = 6
const datomsForOnce = tendedAtOnce / entriesEach

export class Tending {
  /** Datoms, of which the share is not done yet. */
  #datoms = 0

  /** So many datoms have been transacted. */
  note(datoms: number): void {
    this.#datoms += datoms
  }

  get isDue(): boolean {
    return this.#datoms >= datomsForOnce
  }

  /** Does a little, when that is due; true when it has. */
  some({ facts }: Db): boolean {
    if (!this.isDue) return false
    const isDone = tend(facts)
    this.#datoms = isDone ? this.#datoms - datomsForOnce : 0
    return isDone
  }
}
