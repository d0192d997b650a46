/**
 * Counts of what an index was asked and what it read for that: the raw material of plans and statistics (metered.ts fills it).
 *
 * (1) A segment counts once in a tally, however often it is read. What had to be fetched from the storage counts as often as it was.
 * (2) Datoms are those that the index gave out.
 */

import type { TreeName } from '../stored/durable.ts'
import type { Order } from '../facts/fact.ts'

/** How an index is asked: all of an attribute (or of everything), one prefix, a stretch between two bounds, many keys in one pass. */
export type Access = 'scan' | 'lookup' | 'range' | 'probe' | 'count'

/** Questions of one kind. */
export interface Question {
  readonly order: Order
  readonly access: Access
  /** How often it was asked. */
  calls: number
  /** How many keys: of a probe those it was given, else one a call. */
  keys: number
  datoms: number
}

export class Tally {
  readonly questions: Map<string, Question> = new Map()
  // The segments that were read, each with its tree; and by tree how often one had to be fetched.
  readonly #seen = new Map<unknown, TreeName>()
  readonly #fetched = new Map<TreeName, number>()
  datoms = 0
  /** Blobs read from the storage, their bytes, and the milliseconds waited for them. */
  reads = 0
  bytes = 0
  readMs = 0

  asked(order: Order, access: Access, keys: number, datoms: number): Question {
    const key = `${order} ${access}`
    let known = this.questions.get(key)
    if (known === undefined) {
      known = { order, access, calls: 0, keys: 0, datoms: 0 }
      this.questions.set(key, known)
    }
    known.calls++
    known.keys += keys
    this.gave(known, datoms)
    return known
  }

  gave(question: Question, datoms: number): void {
    question.datoms += datoms
    this.datoms += datoms
  }

  /** `segment` stands for itself. */
  read(tree: TreeName, segment: unknown, isFetched: boolean): void {
    this.#seen.set(segment, tree)
    if (isFetched) this.#fetched.set(tree, (this.#fetched.get(tree) ?? 0) + 1)
  }

  fetched(reads: number, bytes: number, ms: number): void {
    this.reads += reads
    this.bytes += bytes
    this.readMs += ms
  }

  get segmentCount(): number {
    return this.#seen.size
  }

  /** By tree: how many segments were read, and how often one had to be fetched. */
  segments(): Map<TreeName, { read: number; fetched: number }> {
    const out = new Map<TreeName, { read: number; fetched: number }>()
    for (const tree of this.#seen.values()) {
      const known = out.get(tree)
      if (known === undefined) out.set(tree, { read: 1, fetched: this.#fetched.get(tree) ?? 0 })
      else known.read++
    }
    return out
  }

  /** Takes over what another has counted; a segment of both counts once. */
  add(other: Tally): void {
    for (const { order, access, calls, keys, datoms } of other.questions.values()) {
      const known = this.asked(order, access, keys, datoms)
      known.calls += calls - 1
    }
    for (const [x, tree] of other.#seen) this.#seen.set(x, tree)
    for (const [tree, n] of other.#fetched) {
      this.#fetched.set(tree, (this.#fetched.get(tree) ?? 0) + n)
    }
    this.fetched(other.reads, other.bytes, other.readMs)
  }
}
