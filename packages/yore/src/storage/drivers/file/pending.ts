/**
 * Relaxed writes that are not on disk yet: reads of this process see them all the same.
 *
 * (1) Handles on one directory share them.
 */

import type { BlobId, Slot, StoredBlob } from '../../storage.ts'

const byOwner = new WeakMap<object, Pending>()

export class Pending {
  readonly #blobs = new Map<string, Map<BlobId, Uint8Array>>()
  readonly #slots = new Map<string, Map<number, Uint8Array>>()
  /** Slots for which a write waits that is not relaxed, with how many. */
  readonly #awaited = new Map<string, number>()

  /** The one of this owner. */
  static of(owner: object): Pending {
    let found = byOwner.get(owner)
    if (found === undefined) byOwner.set(owner, (found = new Pending()))
    return found
  }

  blob(database: string, id: BlobId): Uint8Array | null {
    return this.#blobs.get(database)?.get(id) ?? null
  }

  hasBlobs(database: string): boolean {
    return this.#blobs.has(database)
  }

  /** Adds blobs; the result takes them out again. */
  addBlobs(database: string, blobs: readonly StoredBlob[]): () => void {
    const waiting = getOrMake(this.#blobs, database)
    for (const { id, bytes } of blobs) waiting.set(id, bytes)
    return () => {
      for (const { id, bytes } of blobs) if (waiting.get(id) === bytes) waiting.delete(id)
      if (waiting.size === 0 && this.#blobs.get(database) === waiting) this.#blobs.delete(database)
    }
  }

  slot(database: string, t: number): Uint8Array | null {
    return this.#slots.get(database)?.get(t) ?? null
  }

  addSlot(database: string, t: number, bytes: Uint8Array): () => void {
    const waiting = getOrMake(this.#slots, database)
    waiting.set(t, bytes)
    return () => {
      waiting.delete(t)
      if (waiting.size === 0 && this.#slots.get(database) === waiting) this.#slots.delete(database)
    }
  }

  get hasAwaited(): boolean {
    return this.#awaited.size > 0
  }

  isSlotAwaited(database: string, t: number): boolean {
    return this.#awaited.has(`${database}/${t}`)
  }

  awaitSlot(database: string, t: number): () => void {
    const key = `${database}/${t}`
    this.#awaited.set(key, (this.#awaited.get(key) ?? 0) + 1)
    return () => {
      const n = (this.#awaited.get(key) ?? 1) - 1
      if (n === 0) this.#awaited.delete(key)
      else this.#awaited.set(key, n)
    }
  }

  /** Those that wait, from a t on. */
  slots(database: string, from: number): Slot[] {
    const found: Slot[] = []
    for (const [t, bytes] of this.#slots.get(database) ?? [])
      if (t >= from) found.push({ t, bytes })
    return found
  }
}

/** The slots found on disk together with those that wait, at most `limit`; `isCut`: behind the last found may be more. */
export function mergeSlots(
  found: readonly Slot[],
  waiting: readonly Slot[],
  limit: number,
  isCut: boolean,
): Slot[] {
  if (waiting.length === 0) return [...found]
  const end = isCut ? (found.at(-1)?.t ?? 0) : Infinity
  const all = new Map(found.map((slot) => [slot.t, slot]))
  for (const slot of waiting) if (slot.t < end) all.set(slot.t, slot)
  return [...all.values()].sort((a, b) => a.t - b.t).slice(0, limit)
}

function getOrMake<K, V>(maps: Map<string, Map<K, V>>, name: string): Map<K, V> {
  let found = maps.get(name)
  if (found === undefined) maps.set(name, (found = new Map<K, V>()))
  return found
}
