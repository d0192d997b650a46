/**
 * What LMDB's file says of the journal: whose it is, up to which frame it has everything, and whether writing to it still counts.
 *
 * (1) It is changed in the same transaction as what it tells of.
 * (2) Without a record there is no journal that counts, whatever file lies there.
 * (3) No two journals have the same file: who has been taken for dead, and goes on, touches nothing of others.
 */

import { join } from 'node:path'
import type { Tables } from './tables.ts'

export interface JournalRecord {
  /** 0: no journal is to be begun, for another thread writes the directory too. */
  readonly id: number
  /** The number of the last frame that is in LMDB's file. */
  readonly upTo: number
  /** False: what is written to it from now on counts for nothing. */
  readonly isOpen: boolean
}

export const journalPrefix: string = 'yore.journal-'
const key = 'journal'
const recordBytes = 17

export const journalPath = (directory: string, id: number): string =>
  join(directory, `${journalPrefix}${id.toString(36)}`)

export function readRecord({ meta }: Tables): JournalRecord | null {
  const bytes = meta.getBinaryFast(key)
  if (bytes === undefined || bytes.length < recordBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, recordBytes)
  return {
    id: view.getFloat64(0, true),
    upTo: view.getFloat64(8, true),
    isOpen: view.getUint8(16) === 1,
  }
}

/** In a transaction. */
export function writeRecord({ meta }: Tables, { id, upTo, isOpen }: JournalRecord): void {
  const bytes = new Uint8Array(recordBytes)
  const view = new DataView(bytes.buffer)
  view.setFloat64(0, id, true)
  view.setFloat64(8, upTo, true)
  view.setUint8(16, isOpen ? 1 : 0)
  void meta.put(key, bytes)
}

/** In a transaction. */
export function removeRecord({ meta }: Tables): void {
  void meta.remove(key)
}
