/**
 * Counts of what an index was asked and what it read for that: the raw material of plans and statistics (metered.ts fills it).
 *
 * (1) A segment counts once in a tally, however often it is read. What had to be fetched from the storage counts as often as it was.
 * (2) Datoms are those that the index gave out.
 */

import type { TreeName } from './durable.ts'
import type { Order } from './fact.ts'

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
  /** By tree: how many segments were read, and how many of them had to be fetched. */
  readonly segments: Map<TreeName, { read: number; fetched: number }> = new Map()
  readonly #seen: Set<unknown> = new Set()
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
    const isNew = !this.#seen.has(segment)
    if (!isNew && !isFetched) return
    let known = this.segments.get(tree)
    if (known === undefined) this.segments.set(tree, (known = { read: 0, fetched: 0 }))
    if (isNew) {
      this.#seen.add(segment)
      known.read++
    }
    if (isFetched) known.fetched++
  }

  fetched(reads: number, bytes: number, ms: number): void {
    this.reads += reads
    this.bytes += bytes
    this.readMs += ms
  }

  get segmentCount(): number {
    return this.#seen.size
  }

  /** Takes over what another has counted; a segment of both counts once. */
  add(other: Tally): void {
    for (const { order, access, calls, keys, datoms } of other.questions.values()) {
      const known = this.asked(order, access, keys, datoms)
      known.calls += calls - 1
    }
    for (const [tree, { read, fetched }] of other.segments) {
      const known = this.segments.get(tree) ?? { read: 0, fetched: 0 }
      this.segments.set(tree, { read: known.read + read, fetched: known.fetched + fetched })
    }
    for (const x of other.#seen) this.#seen.add(x)
    this.fetched(other.reads, other.bytes, other.readMs)
  }
}
