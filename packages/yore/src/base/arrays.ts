/**
 * Small typed arrays, cut from larger ones.
 *
 * To make a typed array of more than 64 bytes, V8 asks the system for memory of its own, which takes as long as to fill it with some
 * hundred numbers; a view of memory that is there takes a thirtieth. A query makes dozens of them.
 *
 * (1) An array is all zeros, as a new one is, and nobody else's: memory is given out once, and freed when no array of it is left.
 * (2) A small array that is kept keeps a whole slab: what outlives a query, a transaction or a job is made anew.
 */

/** Bytes; what is larger than `cutMax` has memory of its own. */
const slabBytes = 1 << 16
const cutMax = slabBytes >> 3

let slab = new ArrayBuffer(slabBytes)
/** Where the next array begins; a multiple of eight. */
let next = 0

/** Numbers, all 0. */
export function newFloats(n: number): Float64Array<ArrayBuffer> {
  if (n * 8 > cutMax) return new Float64Array(n)
  const at = placeFor(n * 8)
  return new Float64Array(slab, at, n)
}

/** Whole numbers of 32 bits, all 0. */
export function newInts(n: number): Int32Array<ArrayBuffer> {
  if (n * 4 > cutMax) return new Int32Array(n)
  const at = placeFor(n * 4)
  return new Int32Array(slab, at, n)
}

/** Bytes, all 0. */
export function newBytes(n: number): Uint8Array<ArrayBuffer> {
  if (n > cutMax) return new Uint8Array(n)
  const at = placeFor(n)
  return new Uint8Array(slab, at, n)
}

/** Where in the slab so many bytes are nobody's; a new slab where this one has no room. */
function placeFor(bytes: number): number {
  if (next + bytes > slabBytes) {
    slab = new ArrayBuffer(slabBytes)
    next = 0
  }
  const at = next
  next = (at + bytes + 7) & -8
  return at
}

/** The larger array with the first n numbers of one that has become too small. */
export function holding<T extends Float64Array | Int32Array | Uint8Array>(
  larger: T,
  old: T,
  n: number = old.length,
): T {
  if (n > 0) larger.set(n === old.length ? old : old.subarray(0, n))
  return larger
}
