/**
 * Sums of datoms: two multisets of datoms are the same when their numbers and two sums of hashes are. What a log and an index are compared
 * by, without holding either in memory.
 */

import { crc32c } from '../data/codec/checksum.ts'
import { writeValue } from '../data/codec/values.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import type { Datom } from '../indexes/fact.ts'

const writer = new ByteWriter()

export class DatomSum {
  n = 0
  #sum = 0
  #mixed = 0

  add({ e, a, v, t, added }: Datom): void {
    writer.reset()
    writer
      .f64(e)
      .f64(a)
      .f64(added ? t : -t)
    writeValue(writer, v)
    const hash = crc32c(writer.peek())
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    this.n++
    this.#sum = (this.#sum + hash) | 0
    this.#mixed = (this.#mixed + (mixed ^ (mixed >>> 12))) | 0
  }

  isSame(other: DatomSum): boolean {
    return this.n === other.n && this.#sum === other.#sum && this.#mixed === other.#mixed
  }
}
