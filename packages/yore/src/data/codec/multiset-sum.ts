/**
 * Sums of what stands in no order: two multisets are the same when their numbers and two sums of hashes are. What trees and logs are compared
 * by, without holding either in memory.
 *
 * (1) The second sum mixes the bits of the hash, since CRC32C is linear: differences could cancel out in the first.
 */

import { crc32c } from './checksum.ts'

export class MultisetSum {
  n = 0
  #sum = 0
  #mixed = 0

  /** With -1 the bytes are taken away again. */
  add(bytes: Uint8Array, sign: 1 | -1 = 1): void {
    const hash = crc32c(bytes)
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    this.n += sign
    this.#sum = (this.#sum + sign * hash) | 0
    this.#mixed = (this.#mixed + sign * (mixed ^ (mixed >>> 12))) | 0
  }

  isSame(other: MultisetSum): boolean {
    return this.n === other.n && this.#sum === other.#sum && this.#mixed === other.#mixed
  }
}
