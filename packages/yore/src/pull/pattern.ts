/**
 * What a pull pattern says, parsed and checked, but not yet looked up in a schema.
 *
 * (1) A pattern is a value: never changed after parsing, so that it can be cached and shared.
 * (2) No attribute stands twice in one pattern (`:p/a` and `:p/_a` are two); `:db/id` and `*` are flags.
 * (3) Options are normalised: a limit is a number (Infinity for none), a default or xform of nil is none.
 */

import type { Keyword, Value } from '../data/values.ts'

export interface Pattern {
  /** Was `:db/id` asked for? */
  readonly id: boolean
  readonly wildcard: boolean
  /** The wildcard as a text, whose keys are texts too: specs that are keywords do not stand in its place. */
  readonly textWildcard: boolean
  readonly specs: readonly Spec[]
}

/** One attribute of a pattern with its options. */
export interface Spec {
  /** As written; `:ns/_name` is turned around only where the schema has no attribute of that very name. */
  readonly name: Keyword
  /** Was the name a text? Then so is its key. */
  readonly isText: boolean
  /** What the result's key is: a text, and the exact value that the text stands for. */
  readonly key: Key
  /** How many values at most. */
  readonly limit: number
  /** Null when there is none. */
  readonly default: Value
  /** The default of `(default :a x)`, which takes the place of a false too, as in the original. */
  readonly replacesFalse: boolean
  /** The name of the function that gets the finished value, or null. */
  readonly xform: string | null
  /** The pattern of a map spec. */
  readonly sub: Pattern | null
  /** How many levels a recursive map spec goes: 0 when it is none, Infinity for `...`. */
  readonly recursion: number
}

/** A key of the result, in public data (text) and in exact data (value). */
export interface Key {
  readonly text: string
  readonly value: Value
}

/** Without a limit of its own an attribute gives this many values. */
export const defaultLimit = 1000
