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
  const bytes = n * 8
  if (bytes > cutMax) return new Float64Array(n)
  const at = next + bytes > slabBytes ? startSlab() : next
  next = at + bytes
  return new Float64Array(slab, at, n)
}

/** Whole numbers of 32 bits, all 0. */
export function newInts(n: number): Int32Array<ArrayBuffer> {
  const bytes = n * 4
  if (bytes > cutMax) return new Int32Array(n)
  const at = next + bytes > slabBytes ? startSlab() : next
  next = (at + bytes + 7) & -8
  return new Int32Array(slab, at, n)
}

/** Bytes, all 0. */
export function newBytes(n: number): Uint8Array<ArrayBuffer> {
  if (n > cutMax) return new Uint8Array(n)
  const at = next + n > slabBytes ? startSlab() : next
  next = (at + n + 7) & -8
  return new Uint8Array(slab, at, n)
}

function startSlab(): number {
  slab = new ArrayBuffer(slabBytes)
  return 0
}
