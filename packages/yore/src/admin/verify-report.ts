/** What verifying tells. */

import type { Order } from '../indexes/facts/fact.ts'

export interface VerifyProgress {
  /** What is being read. */
  readonly stage: 'log' | 'index' | 'facts'
  /** How much of the stage is done, from 0 to 1. */
  readonly done: number
}

/** Something that is not as it should be. */
export interface Problem {
  /** What kind of thing it is about. */
  readonly in: 'root' | 'log' | 'index' | 'facts' | 'garbage'
  /** What is wrong. */
  readonly message: string
  /** What it means for the database. */
  readonly affected: string
  /** What to do. */
  readonly advice: string
  /** The blob, or the slot of the log, where it was found. */
  readonly blob?: string
  readonly slot?: number
  /** The order of the index. */
  readonly order?: Order
}

export interface VerifyReport {
  /** There are no problems. */
  readonly ok: boolean
  readonly problems: readonly Problem[]
  /** The last transaction. */
  readonly t: number
  readonly transactions: number
  /** Datoms of the history, as the index has them. */
  readonly datoms: number
  /** Blobs that were read. */
  readonly blobs: number
  /** Blobs in the storage that nothing reaches: space, no danger. Null when that was not looked at. */
  readonly unreached: number | null
}

export const restoreAdvice = 'restore the database from a backup'
export const rebuildAdvice =
  'the log is whole: export it and import it into a new database, or restore a backup'
