/** A random source that is the same for the same seed, and what the random tests read from the environment. */

export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0
  }

  /** 0 <= x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }

  int(n: number): number {
    return Math.floor(this.next() * n)
  }

  chance(p: number): boolean {
    return this.next() < p
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T
  }

  /** Up to n of them, in random order. */
  some<T>(items: readonly T[], n: number): T[] {
    const left = [...items]
    const out: T[] = []
    while (out.length < n && left.length > 0) out.push(...left.splice(this.int(left.length), 1))
    return out
  }
}

/** ORACLE_SEED begins at another seed, ORACLE_RUNS sets how many seeds are tried; a day of 60 s stops earlier. */
export function seedsOf(runs: number): { readonly first: number; readonly runs: number } {
  const first = Number(process.env['ORACLE_SEED'] ?? 1)
  return { first, runs: Number(process.env['ORACLE_RUNS'] ?? runs) }
}
