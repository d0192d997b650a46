/**
 * Lists that V8 notes nothing about, and lists whose length is known.
 *
 * V8 notes for each array literal how long its arrays live. Where many were kept once, by a large transaction, it makes all later ones old
 * from the start; and an old one that nobody has any more still keeps what it refers to alive, until the whole heap is collected. With 100,000
 * small transactions that is most of what they make. A copy of an empty list is not noted.
 *
 * A list that grows cell by cell is copied again and again; one that has its length from the start takes a third of the time to be filled. It is
 * a copy of a list without holes, as `new Array(n)` has them, and whatever reads both kinds is slower.
 */

// of the kind that holds objects
const empty: unknown[] = [{}]
empty.pop()

/** A new list. */
export function newList<T>(): T[] {
  return empty.slice() as T[]
}

/** Of longer lists nothing is kept to be copied: they grow. */
const placesMax = 1 << 16
let places: unknown[] = newList()

/** A list to be filled from its start: of so many places, which hold null, or of none where they are very many. */
export function listOf<T>(n: number): T[] {
  if (n > placesMax) return newList()
  if (n > places.length) {
    const more = newList<unknown>()
    const size = Math.min(placesMax, Math.max(256, n * 2))
    for (let i = 0; i < size; i++) more.push(null)
    places = more
  }
  return places.slice(0, n) as T[]
}
