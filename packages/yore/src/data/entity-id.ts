/**
 * The number that stands for an entity, inside and outside. The layout and its reasons are told in indexes/facts/ids.ts, which builds on
 * this file; here is the part that values need when they leave or enter.
 *
 * (1) `toPublicId` and `fromPublicId` are inverse, and both keep the order.
 * (2) A whole number of 2^53 or more inside Yore is a wide id and nothing else.
 */

/** How many counters a partition has in the original's layout. */
export const counterSize: number = 2 ** 42
/** The first number that stands for a wide id: one whose partition is 2048 or more. */
export const wideBase: number = 2 ** 53
/** How many counters a partition of wide ids has. */
export const wideCounterSize: number = 2 ** 32
const narrowFields = 2048

/** The id with this partition field and counter. */
export function makeId(field: number, counter: number): number {
  return field < narrowFields
    ? field * counterSize + counter
    : wideBase + 2 * (field * wideCounterSize + counter)
}

/** The partition field: for a named partition the id of its entity, for implicit partition n it is 2^19 + n. */
export function fieldOf(id: number): number {
  return id < wideBase
    ? Math.floor(id / counterSize)
    : Math.floor((id - wideBase) / 2 / wideCounterSize)
}

/** The counter: the t, for a transaction. */
export function counterOf(id: number): number {
  return id < wideBase ? id % counterSize : ((id - wideBase) / 2) % wideCounterSize
}

/** Is it a wide id, one that the API shows as a bigint? */
export function isWideId(x: number): boolean {
  return x >= wideBase && x < 2 * wideBase
}

/** The number that the original would show. */
export function toPublicId(id: number): number | bigint {
  return id < wideBase ? id : BigInt(fieldOf(id)) * BigInt(counterSize) + BigInt(counterOf(id))
}

/** The id inside of the original's number; something negative if it is none (negative, or beyond what Yore holds). */
export function fromPublicId(id: number | bigint): number {
  if (typeof id === 'number') return Number.isSafeInteger(id) ? id : -1
  if (id < 0n || id >= 1n << 62n) return -1
  if (id < BigInt(wideBase)) return Number(id)
  const counter = Number(id & (BigInt(counterSize) - 1n))
  return counter < wideCounterSize ? makeId(Number(id >> 42n), counter) : -1
}
