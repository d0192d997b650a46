/**
 * Room for a few entries that is used again and again, so that nobody makes lists that are read once.
 *
 * (1) What is no longer in it is not kept by it.
 */

import { Entry, noEnd } from './entry.ts'

const nothing = new Entry(0, 0, null, 0, noEnd)
/** Of larger ones the room is given back. */
const roomMax = 4096

export class EntryBuffer {
  /** The first `n` of them count. */
  items: Entry[] = []
  n = 0

  push(entry: Entry): void {
    if (this.n < this.items.length) this.items[this.n] = entry
    else this.items.push(entry)
    this.n++
  }

  clear(): void {
    if (this.n === 0) return
    if (this.n > roomMax) this.items = []
    else this.items.fill(nothing, 0, this.n)
    this.n = 0
  }
}
