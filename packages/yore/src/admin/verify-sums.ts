/** Sums of datoms, by which the log and the index are compared. */

import { MultisetSum } from '../data/codec/multiset-sum.ts'
import { writeValue } from '../data/codec/values.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import type { Datom } from '../indexes/facts/fact.ts'

const writer = new ByteWriter()

export class DatomSum {
  readonly #sum = new MultisetSum()

  get n(): number {
    return this.#sum.n
  }

  add({ e, a, v, t, added }: Datom): void {
    writer.reset()
    writer
      .f64(e)
      .f64(a)
      .f64(added ? t : -t)
    writeValue(writer, v)
    this.#sum.add(writer.peek())
  }

  isSame(other: DatomSum): boolean {
    return this.#sum.isSame(other.#sum)
  }
}
