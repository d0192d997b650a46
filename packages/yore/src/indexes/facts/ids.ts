/**
 * Entity ids. The original's id is 64 bits: 20 of partition, 42 of counter. Inside Yore an id is always a double:
 *
 * - partition below 2048 (every named partition in practice): the original's number itself, below 2^53;
 * - beyond (implicit partitions, field 2^19 + n): 2^53 + 2·(field·2^32 + counter), exact and in the same order. Such an id is a
 *   bigint at the API. Its counter has 32 bits.
 *
 * (1) `toPublicId` and `fromPublicId` are inverse, and both keep the order.
 * (2) A whole number of 2^53 or more inside Yore is such an id and nothing else (longs of that size are bigints).
 * (3) `t` is the counter of a transaction's id. Nothing but this file and data/entity-id.ts knows the layout.
 */

import { counterOf, counterSize, fieldOf, makeId, wideBase } from '../../data/entity-id.ts'

export { counterOf, fieldOf, fromPublicId, makeId, toPublicId } from '../../data/entity-id.ts'

const implicitField = 2 ** 19

export const partDb = 0
export const partTx = 3
export const partUser = 4

/** The first id of a partition of that field. */
export const txBase: number = partTx * counterSize
export const firstUserT = 1000
export const firstUserElement = 72
export const implicitParts: number = 2 ** 19

/** The transaction entity of t. */
export function tToTx(t: number): number {
  return txBase + t
}

/** The partition *entity* of an id: a named partition's id, or the id that stands for an implicit partition. */
export function partOf(id: number): number {
  const field = fieldOf(id)
  return field < implicitField ? field : makeId(field, 0)
}

/** The partition entity of implicit partition n, 0 <= n < 2^19. */
export function implicitPart(n: number): number {
  return makeId(implicitField + n, 0)
}

/** The number n of an implicit partition's entity, or null. */
export function implicitPartId(part: number): number | null {
  return fieldOf(part) >= implicitField && counterOf(part) === 0
    ? fieldOf(part) - implicitField
    : null
}

/** The field that ids of this partition entity have. */
export function fieldOfPart(part: number): number {
  return part < wideBase ? part : fieldOf(part)
}

/** Is it an id, of any form? */
export function isId(x: unknown): x is number {
  return typeof x === 'number' && Number.isInteger(x) && x >= 0 && x < 2 * wideBase
}
