/**
 * Slots that stand in the journal and not yet in LMDB's file.
 *
 * (1) They are known by the number of their frame; LMDB's file says up to which number it has them, and only later ones count.
 * (2) A slot of which it is not known whether it is durable (the write of its frame failed) is neither there nor not: asking is an error.
 */

import { YoreError } from '../../../base/errors.ts'
import type { Slot } from '../../storage.ts'
import type { FrameSlot } from './frames.ts'

export interface JournaledSlot extends FrameSlot {
  readonly seq: number
  /** Nobody knows whether it is durable. */
  readonly isUnsure: boolean
}

export class Journaled {
  #inOrder: JournaledSlot[] = []
  readonly #byDatabase = new Map<string, Map<number, JournaledSlot>>()

  get count(): number {
    return this.#inOrder.length
  }

  add(seq: number, slots: readonly FrameSlot[], isUnsure = false): void {
    for (const { database, t, bytes } of slots) {
      const slot = { seq, database, t, bytes, isUnsure }
      this.#inOrder.push(slot)
      let ofDatabase = this.#byDatabase.get(database)
      if (ofDatabase === undefined) this.#byDatabase.set(database, (ofDatabase = new Map()))
      ofDatabase.set(t, slot)
    }
  }

  /** Forgets those that LMDB's file has. */
  dropUpTo(seq: number): void {
    const { length } = this.#inOrder
    let n = 0
    while (n < length && (this.#inOrder[n] as JournaledSlot).seq <= seq) n++
    for (const slot of this.#inOrder.splice(0, n)) {
      const ofDatabase = this.#byDatabase.get(slot.database)
      if (ofDatabase?.get(slot.t) !== slot) continue
      ofDatabase.delete(slot.t)
      if (ofDatabase.size === 0) this.#byDatabase.delete(slot.database)
    }
  }

  clear(): void {
    this.dropUpTo(Infinity)
  }

  *after(seq: number): Iterable<JournaledSlot> {
    for (const slot of this.#inOrder) if (slot.seq > seq) yield slot
  }

  has(database: string, t: number, upTo: number): boolean {
    const slot = this.#byDatabase.get(database)?.get(t)
    if (slot === undefined || slot.seq <= upTo) return false
    if (slot.isUnsure) throw unsure(t)
    return true
  }

  /** The slots from a t on that are not in LMDB's file, which has those up to a number. */
  slots(database: string, from: number, upTo: number): Slot[] {
    const found: Slot[] = []
    const ofDatabase = this.#byDatabase.get(database)
    if (ofDatabase === undefined) return found
    for (const { t, bytes, seq, isUnsure } of ofDatabase.values()) {
      if (t < from || seq <= upTo) continue
      if (isUnsure) throw unsure(t)
      found.push({ t, bytes })
    }
    return found
  }
}

const unsure = (t: number): YoreError =>
  new YoreError(
    ':yore/storage-unavailable',
    `whether slot ${t} was written is not known: the disk failed while it was; it is asked again, or open the storage anew`,
    { t },
  )
