/**
 * A map that is a value and grows a little at a time: what the tables of names are made of, so that one more ident among many thousand
 * does not copy them all.
 *
 * (1) Never changed after it is made; `with` gives a new one that shares the bulk with the old.
 * (2) A small layer of newer entries lies over a big one of older; it is merged when it outgrows about twice the square root of the
 *     big one, so that n additions one by one cost about n·√n copies, and a look-up two probes at most. Where k come at once it may be √k
 *     times as large, so that they do not copy the big one each time.
 */

export class LayeredMap<K, V> implements ReadonlyMap<K, V> {
  readonly #base: ReadonlyMap<K, V>
  readonly #top: ReadonlyMap<K, V>
  readonly size: number

  private constructor(base: ReadonlyMap<K, V>, top: ReadonlyMap<K, V>, size: number) {
    this.#base = base
    this.#top = top
    this.size = size
  }

  static of<K, V>(entries: ReadonlyMap<K, V>): LayeredMap<K, V> {
    return new LayeredMap(entries, new Map<K, V>(), entries.size)
  }

  /** A map with these entries too; the later one wins. */
  with(entries: Iterable<readonly [K, V]>): LayeredMap<K, V> {
    const top = new Map(this.#top)
    let size = this.size
    let n = 0
    for (const [k, v] of entries) {
      n++
      if (!top.has(k) && !this.#base.has(k)) size++
      top.set(k, v)
    }
    if (top.size <= 16 + 2 * Math.sqrt(this.#base.size * n)) {
      return new LayeredMap(this.#base, top, size)
    }
    const merged = new Map(this.#base)
    for (const [k, v] of top) merged.set(k, v)
    return LayeredMap.of(merged)
  }

  get(key: K): V | undefined {
    return this.#top.size > 0 && this.#top.has(key) ? this.#top.get(key) : this.#base.get(key)
  }

  has(key: K): boolean {
    return this.#base.has(key) || this.#top.has(key)
  }

  *entries(): MapIterator<[K, V]> {
    for (const [k, v] of this.#base) yield [k, this.#top.has(k) ? (this.#top.get(k) as V) : v]
    for (const [k, v] of this.#top) if (!this.#base.has(k)) yield [k, v]
  }

  *keys(): MapIterator<K> {
    for (const [k] of this.entries()) yield k
  }

  *values(): MapIterator<V> {
    for (const [, v] of this.entries()) yield v
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(f: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [k, v] of this.entries()) f(v, k, this)
  }
}
