/**
 * Opening a database of a storage: its root, then the slots after the root's basis.
 *
 * (1) The slots are a chain: each begins where the one before ends and names its checksum. What breaks the chain is an error that says
 *     which slot and what to do.
 * (2) A tail that a crash took is left out: a last slot that is torn, which was never acknowledged; and relaxed slots behind one that is
 *     missing or torn, for which that risk was taken.
 */

import { YoreError, raise } from '../base/errors.ts'
import { createFactIndex } from '../indexes/create.ts'
import { openIndex } from '../indexes/open.ts'
import { SegmentSource } from '../indexes/stored/segment-source.ts'
import { presentView } from '../indexes/fact-index.ts'
import { bootPlacement, emptyDb } from './bootstrap.ts'
import type { Db } from './db.ts'
import type { LoggedTransaction } from './log-record.ts'
import { damagedSlot, decodeSlot, isTorn, transactionsOf } from './log-slot.ts'
import type { Slot } from './log-slot.ts'
import type { LogReads } from './log-stored.ts'
import { replay } from './replay.ts'
import { decodeRoot, rootName } from './root.ts'
import type { Root } from './root.ts'
import { placementOf, schemaOf } from './schema-of.ts'

/** What of a storage loading needs. */
export interface StoredReads {
  readonly name: string
  readonly sync: {
    getBlobs(database: string, ids: readonly string[]): (Uint8Array | null)[]
    readSlots(database: string, range: SlotRange): StoredSlot[]
    readRoot(name: string): Uint8Array | null
  } | null
  readSlots(database: string, range: SlotRange): Promise<StoredSlot[]>
}

interface SlotRange {
  readonly from: number
  readonly limit?: number | undefined
}

interface StoredSlot {
  readonly t: number
  readonly bytes: Uint8Array
}

export interface PlaceOptions {
  readonly storage: StoredReads
  readonly databaseId: string
  /** The database and where it is, for errors: 'inventory in file ./data'. */
  readonly name: string
  /** How many bytes of decoded segments stay in memory; 256 MB. */
  readonly cacheBytes?: number | undefined
  /** The most facts in a segment; undefined for the usual size. */
  readonly segmentSize?: number | undefined
  /** From so many facts on an attribute that becomes indexed waits for an index job. */
  readonly indexLaterFrom?: number | undefined
}

/** Where a database lies. */
export interface Place {
  readonly name: string
  readonly source: SegmentSource
  readonly segmentSize?: number | undefined
  readonly indexLaterFrom: number
  readonly reads: LogReads
  readonly readSlots: (from: number) => Promise<readonly StoredSlot[]>
}

const cacheBytesDefault = 256 * 2 ** 20
/** Fewer are indexed at once: that takes some ten milliseconds. */
const indexLaterFromDefault = 10_000

/** The place of a database in a storage. */
export function placeIn(options: PlaceOptions): Place {
  const { storage, databaseId, name, cacheBytes: bytesMax = cacheBytesDefault } = options
  const { sync } = storage
  if (sync === null) {
    return raise(
      ':db.error/unsupported-protocol',
      `${storage.name} cannot read without waiting, which this version of Yore needs`,
    )
  }
  const reads: LogReads = {
    getBlobs: (ids) => sync.getBlobs(databaseId, ids),
    readSlots: (range) => sync.readSlots(databaseId, range),
    newestRoot: () => {
      const bytes = sync.readRoot(rootName(databaseId))
      return bytes === null ? null : decodeRoot(bytes, databaseId, name)
    },
  }
  return {
    name,
    source: new SegmentSource((ids) => sync.getBlobs(databaseId, ids), { name, bytesMax }),
    segmentSize: options.segmentSize,
    indexLaterFrom: options.indexLaterFrom ?? indexLaterFromDefault,
    reads,
    readSlots: (from) => storage.readSlots(databaseId, { from }),
  }
}

export interface Loaded {
  readonly db: Db
  readonly root: Root
  /** The first t of each slot after the basis. */
  readonly slots: readonly number[]
  /** The checksum of the last slot. */
  readonly checksum: number
  /** From this t on there are slots that count for nothing: a writer deletes them. Null: there are none. */
  readonly tornAt: number | null
}

/** The database of a root, without what its slots add. */
export function baseOf(
  root: Root,
  { source, segmentSize, indexLaterFrom }: Pick<Place, 'source' | 'segmentSize' | 'indexLaterFrom'>,
): Db {
  const options = {
    jobs: 'caller',
    ...(segmentSize !== undefined && { segmentSize }),
  } as const
  if (root.index === null) {
    const empty = emptyDb(root.databaseId, (facts, placement) =>
      createFactIndex(facts, placement, { ...options, source }),
    )
    return { ...empty, indexLaterFrom }
  }
  const facts = openIndex(root.index, source, bootPlacement, options)
  // every job brings into AVET what was pending, so nothing is at a root
  const schema = schemaOf(facts)
  const { databaseId: id, basisT, nextT, nextElement, lastInstant } = root
  return {
    id,
    facts: facts.withPlacement(placementOf(schema)),
    schema,
    basisT,
    nextT,
    nextElement,
    indexLaterFrom,
    lastInstant,
    view: presentView,
    filters: [],
  }
}

/** Reads a database from its root on. */
export async function load(root: Root, place: Place): Promise<Loaded> {
  const chain = new Chain(root.nextT, root.checksum, place)
  await chain.read()
  const db = replay(baseOf(root, place), chain.transactions)
  return { db, root, slots: chain.slots, checksum: chain.checksum, tornAt: chain.tornAt }
}

/** Reads slots one after another and checks how they follow each other. */
export class Chain {
  readonly transactions: LoggedTransaction[] = []
  readonly slots: number[] = []
  checksum: number
  /** Where the next slot begins. */
  nextT: number
  tornAt: number | null = null
  readonly #place: Place

  constructor(nextT: number, checksum: number, place: Place) {
    this.nextT = nextT
    this.checksum = checksum
    this.#place = place
  }

  async read(): Promise<void> {
    for (let from = this.nextT; this.tornAt === null;) {
      const found = await this.#place.readSlots(from)
      const last = found.at(-1)
      if (last === undefined) return
      for (let i = 0; i < found.length && this.tornAt === null; i++) {
        const { t, bytes } = found[i] as { t: number; bytes: Uint8Array }
        if (t !== this.nextT || isTorn(bytes, t)) await this.#tear(t, bytes)
        else this.#add(decodeSlot(bytes, t, this.#nameOf(t)))
      }
      from = last.t + 1
    }
  }

  #nameOf(t: number): string {
    return `slot ${t} of the log of ${this.#place.name}`
  }

  #add(slot: Slot): void {
    const { t } = slot
    if (slot.previous !== this.checksum) {
      throw damagedSlot(this.#nameOf(t), t, 'it does not follow the slot before')
    }
    for (const tx of transactionsOf(slot)) {
      if (tx.t !== this.nextT) throw damagedSlot(this.#nameOf(t), t, 'its transactions have gaps')
      this.nextT = tx.nextT
      this.transactions.push(tx)
    }
    this.slots.push(t)
    this.checksum = slot.checksum
  }

  /** The chain ends before t: by a crash, or by damage? */
  async #tear(t: number, bytes: Uint8Array): Promise<void> {
    const isGap = t !== this.nextT
    let from = isGap ? t : t + 1
    for (;;) {
      const found = await this.#place.readSlots(from)
      const last = found.at(-1)
      if (last === undefined) break
      if (!found.every((slot) => this.#mayBeLost(slot))) {
        throw isGap
          ? damagedSlot(
              this.#nameOf(this.nextT),
              this.nextT,
              `it is missing, but slot ${t} is there`,
            )
          : damagedSlot(this.#nameOf(t), t, `it ends early (${bytes.length} bytes)`)
      }
      from = last.t + 1
    }
    this.tornAt = t
  }

  #mayBeLost({ t, bytes }: { readonly t: number; readonly bytes: Uint8Array }): boolean {
    if (isTorn(bytes, t)) return true
    try {
      return decodeSlot(bytes, t, this.#nameOf(t)).isRelaxed
    } catch (error) {
      if (error instanceof YoreError) return false
      throw error
    }
  }
}
