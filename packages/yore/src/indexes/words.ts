/**
 * The words of a fulltext attribute as index jobs have kept them, and what is live of the attribute itself: together they are all its words.
 *
 * (1) What is live has not come into the tree of words; a live tombstone takes away what stands there.
 */

import type { Value } from '../data/values.ts'
import { boundOf, sideOf } from './facts/bound.ts'
import { stateIfOurs } from './create.ts'
import type { Entry } from './facts/entry.ts'
import type { FactIndex } from './fact-index.ts'
import { TreeCursor } from './live/tree.ts'
import { Walk } from './read/walk.ts'
import { anyTime } from './facts/window.ts'

/** Walks facts: after `next()` gave true the fields are those of the fact it stands on; `end` is negative where there is none. */
export interface FactCursor {
  next(): boolean
  readonly e: number
  readonly v: Value
  readonly t: number
  readonly end: number
}

export interface StoredWords {
  /** Words as `wordsOf` gave them (fact-index.ts), from `low` up to `high` (null: the last), in order. */
  walk(low: string, high: string | null, past: boolean): FactCursor
  /** Live facts of the attribute: of the present (with an end they are tombstones), or of the past. */
  live(past: boolean): Iterable<Entry>
}

/** Null where words are not kept: the attribute has none, or the index is not one that jobs take care of. */
export function storedWords(index: FactIndex, a: number): StoredWords | null {
  const state = stateIfOurs(index)
  if (state === null || state.treeOptions.jobs === 'self') return null
  if (state.placementOf(a).wordsOf === undefined) return null
  const { words, aevt } = state.trees
  return {
    walk(low, high, past) {
      const from = boundOf('avet', { prefix: { a, v: low }, after: false })
      const prefix = high === null ? { a } : { a, v: high }
      const to = boundOf('avet', { prefix, after: high === null })
      return new Walk(past ? words.past : words.current, from, to, false, anyTime)
    },
    *live(past) {
      const { live } = past ? aevt.past : aevt.current
      const bound = boundOf('aevt', { prefix: { a }, after: false })
      const cursor = new TreeCursor()
      cursor.seek(live.root, bound, sideOf.aevt)
      for (; cursor.entry !== null && cursor.entry.a === a; cursor.forward()) yield cursor.entry
    },
  }
}
