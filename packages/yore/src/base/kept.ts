/**
 * What V8 is not to forget.
 *
 * When V8 collects the whole heap to save memory, as it does when a program has been idle for some seconds, or was asked to (`gc()`), it forgets
 * the shapes of which no object is left, and with each all compiled code that knows it. What a transaction makes for itself and drops is such:
 * the next thousand transactions then take two to three times as long, until their code is compiled again. As long as one object has it,
 * a shape stays; so the last ones that came and went with a small transaction are kept.
 *
 * (1) They keep nothing large alive that nobody uses: who releases a connection, or replaces an index, lets go of all (`letGoOfKept`).
 * (2) What a `with` was made of stays until the next one, too: one database value at most.
 */

const all: Kept[] = []
/** What is larger takes memory. */
const datomsMax = 64

/** The last of what is made again and again in one place. */
export class Kept {
  last: object | null = null

  constructor() {
    all.push(this)
  }

  /** Keeps an object and what it refers to, which is as large as a transaction of so many datoms. */
  keep(x: object, datoms: number): void {
    if (datoms <= datomsMax) this.last = x
  }
}

export function letGoOfKept(): void {
  for (const kept of all) kept.last = null
}
