/**
 * Large tables of zeros for the time of a loop. To have a new one cleared by the system takes ten times as long as to clear an old one.
 *
 * (1) A table belongs to whoever took it until it is given back; one that is not is lost to the pool, and nothing else.
 * (2) What is kept is all zeros, and no more than one table of bounded size.
 */

/** Smaller ones are made as quickly. */
const sizeMin = 1 << 14
const sizeMax = 1 << 18

let kept: Int32Array | null = null

/** A table of at least so many zeros; behind them are zeros too. */
export function takeZeros(size: number): Int32Array {
  if (size < sizeMin || size > sizeMax) return new Int32Array(size)
  const table = kept
  kept = null
  if (table !== null && table.length >= size) return table
  return new Int32Array(Math.min(sizeMax, size + (size >> 1)))
}

/** Gives back a table in which only the first `used` numbers may be others than zero. */
export function giveZeros(table: Int32Array, used: number): void {
  if (table.length < sizeMin || table.length > sizeMax) return
  table.fill(0, 0, used)
  kept = table
}
