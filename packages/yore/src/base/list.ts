/**
 * Lists that live as long as a transaction.
 *
 * V8 notes for each array literal how long its arrays live. Where many were kept once, by a large transaction, it makes all later ones old
 * from the start; and an old one that nobody has any more still keeps what it refers to alive, until the whole heap is collected. With 100,000
 * small transactions that is most of what they make. A copy of an empty list is not noted.
 */

// of the kind that holds objects
const empty: unknown[] = [{}]
empty.pop()

/** A new list. */
export function newList<T>(): T[] {
  return empty.slice() as T[]
}
