/**
 * The checks that every driver makes of what it is given, so that all of them refuse the same.
 */

import { raise } from '../base/errors.ts'
import type { BlobRange, SlotRange, StorageLimits, StoredBlob } from './storage.ts'

const databasePattern = /^[0-9A-Za-z._-]{1,64}$/
const blobIdPattern = /^[0-9A-Za-z_-]{1,64}$/
const rootNameMax = 200
/** Greater limits would make one call hold everything. */
const limitMax = 100_000

const shown = (x: unknown): string => String(x).slice(0, 80)

export function checkDatabase(database: string): void {
  if (!databasePattern.test(database)) {
    raise(
      ':yore/invalid-argument',
      `'${shown(database)}' is no database id: 1 to 64 letters, digits, '.', '-' and '_'`,
      { database: shown(database) },
    )
  }
}

export function checkBlobIds(ids: readonly string[]): void {
  for (const id of ids) {
    if (!blobIdPattern.test(id)) {
      raise(
        ':yore/invalid-argument',
        `'${shown(id)}' is no id of a blob: 1 to 64 letters, digits, '-' and '_'`,
        { id: shown(id) },
      )
    }
  }
}

export function checkSize(what: string, bytes: Uint8Array, bytesMax: number): void {
  if (!(bytes instanceof Uint8Array)) {
    raise(':yore/invalid-argument', `a ${what} is a Uint8Array, not ${shown(bytes)}`)
  }
  if (bytes.length > bytesMax) {
    raise(
      ':yore/limit-exceeded',
      `a ${what} of ${bytes.length} bytes is too large: this storage takes ${bytesMax}`,
      { bytes: bytes.length, bytesMax },
    )
  }
}

export function checkBlobs(blobs: readonly StoredBlob[], limits: StorageLimits): void {
  checkBlobIds(blobs.map((b) => b.id))
  for (const { bytes } of blobs) checkSize('blob', bytes, limits.blobBytesMax)
}

/** The greatest t, so that there is one after it to read on from. */
export const slotTMax: number = Number.MAX_SAFE_INTEGER - 1

export function checkT(t: number, max: number = slotTMax): void {
  if (!Number.isSafeInteger(t) || t < 0 || t > max) {
    raise(':yore/invalid-argument', `${shown(t)} is no number of a slot: a whole number from 0`, {
      t,
    })
  }
}

/** Where a range of slots begins, or ends without it. */
export const checkBound = (t: number): void => checkT(t, slotTMax + 1)

export function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > limitMax) {
    raise(':yore/invalid-argument', `a limit is a whole number from 1 to ${limitMax}`, { limit })
  }
}

export function checkSlotRange(range: SlotRange): void {
  checkBound(range.from)
  if (range.limit !== undefined) checkLimit(range.limit)
}

export function checkBlobRange(range: BlobRange): void {
  const { prefix, after, limit } = range
  if (prefix !== undefined && prefix !== '') checkBlobIds([prefix])
  if (after !== undefined) checkBlobIds([after])
  checkLimit(limit)
}

/** 1 to 200 characters, none of them a control character or half of a surrogate pair. */
export function checkRootName(name: string): void {
  if (typeof name !== 'string' || name.length === 0 || name.length > rootNameMax) {
    raise(':yore/invalid-argument', `the name of a root has 1 to ${rootNameMax} characters`, {
      name: shown(name),
    })
  }
  checkRootPrefix(name)
}

export function checkRootPrefix(prefix: string): void {
  if (/[\p{Cc}\p{Cs}]/u.test(prefix)) {
    raise(':yore/invalid-argument', 'the name of a root has a character that is not allowed', {
      name: shown(prefix),
    })
  }
}

/** Are the two the same bytes? Null is only like null. */
export function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
