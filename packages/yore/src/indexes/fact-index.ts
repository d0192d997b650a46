/**
 * What an index of facts can be asked: the one door between the storage of facts and everything above it.
 *
 * Implementations: `indexes/` proper (live tree over columns), and the naive oracle of the tests (an array, filtered and sorted).
 *
 * (1) An index is a value: `apply` and `reindex` give a new one, the old one answers as before for ever.
 * (2) Current facts and past facts are kept apart; reading the present never visits the past.
 * (3) All reading goes through a view: the same view over the same index gives the same answer always.
 */

import type { Value } from '../data/values.ts'
import type { Datom, Fact, Order, Range } from './facts/fact.ts'

/**
 * What of the facts is seen: datoms with since < t <= asOf that pass `keep`. When `history`, all of them; else the assertions that
 * no newer one of those datoms retracts (findings-time section 2).
 */
export interface View {
  /** Infinity for no bound. */
  readonly asOf: number
  /** -Infinity for no bound. */
  readonly since: number
  readonly history: boolean
  /** The filters, as one predicate over datoms, or null. */
  readonly keep: ((datom: Datom) => boolean) | null
}

export const presentView: View = { asOf: Infinity, since: -Infinity, history: false, keep: null }

/** Walks datoms one at a time. After `next()` gave true the fields are those of the datom it stands on. */
export interface Cursor {
  next(): boolean
  readonly e: number
  readonly a: number
  readonly v: Value
  readonly t: number
  readonly added: boolean
}

/**
 * A column of values. 'number' columns hold whole longs, ids, instants (ms), doubles or floats as plain numbers, and `type` says which;
 * everything else, and longs beyond 2^53, stands in a 'value' column of exact values.
 */
export type Column =
  | { readonly kind: 'number'; readonly type: NumberType; readonly data: Float64Array }
  | {
      readonly kind: 'value'
      /** Of a column with codes made when it is first asked for: who can do with the codes does not ask. */
      readonly data: readonly Value[]
      readonly coded?: Coded
    }

/** The cells of a column as codes: cell i is `table[codes[i]]`. Equal cells have equal codes, and no others. */
export interface Coded {
  readonly codes: Int32Array
  readonly table: readonly Value[]
  /** The codes are in order of first appearance, each of them appears. */
  readonly isOrdered: boolean
}

export type NumberType = 'long' | 'ref' | 'instant' | 'double' | 'float'

/** Datoms as columns, in index order; only the columns that were asked for are there. All have length n. */
export interface Columns {
  readonly n: number
  readonly e?: Float64Array
  readonly a?: Float64Array
  readonly v?: Column
  readonly t?: Float64Array
  /** 1 for an assertion, 0 for a retraction. */
  readonly added?: Uint8Array
  /** In the place of `e`, where columns are wanted as they are stored. */
  readonly ids?: Column
  /** For `probe`: the position of the key that each row answers; ascending. */
  readonly probe?: Int32Array
}

export interface Wanted {
  readonly e?: boolean
  readonly a?: boolean
  readonly v?: boolean
  readonly t?: boolean
  readonly added?: boolean
  /** With `v`: a column of strings, keywords or booleans that repeat may come with codes. */
  readonly codes?: boolean
  /** Numbers may come as they are stored, and are copied when they are asked for (column.ts). */
  readonly stored?: boolean
  /** Is told while it is read how many datoms more have been: it may throw to end it. */
  readonly watch?: Watch | undefined
}

/** Whoever counts what is read. */
export interface Watch {
  read(datoms: number): void
  /** Hears of work that gives nothing, in units of about 50 ns. */
  tick?(work: number): void
}

/** What is wanted of every column. */
export type AllWanted = Required<Omit<Wanted, 'watch' | 'codes' | 'stored'>> &
  Pick<Wanted, 'watch' | 'codes' | 'stored'>

export type Change =
  /** A fact that becomes true at fact.t. */
  | { readonly kind: 'assert'; readonly fact: Fact }
  /** A current fact (exactly as it stands in the index) that ceases to be true at t. */
  | { readonly kind: 'retract'; readonly fact: Fact; readonly t: number }
  /** A fact of the past as it is: a closed interval, or a lone retraction (`fact.t === unasserted`). Bootstrap and import only. */
  | { readonly kind: 'past'; readonly fact: Fact }

/** Which orders beside EAVT and AEVT hold an attribute, and what type its values have. */
export interface Placement {
  readonly avet: boolean
  readonly vaet: boolean
  /** A number type when every value fits a 'number' column, else 'value'. */
  readonly column: NumberType | 'value'
  /** Its past facts are not to be kept: an index job leaves them out. */
  readonly noHistory?: boolean
  /** For a fulltext attribute: what is kept of a value to find it by its words, as strings in whatever form. */
  readonly wordsOf?: (v: Value) => readonly string[]
}
export type PlacementOf = (a: number) => Placement

export interface FactIndex {
  /** The datoms of a range in the order's sequence, or backwards (then t also runs backwards: oldest first). */
  cursor(order: Order, range: Range, view: View, backwards?: boolean): Cursor

  /** The current facts of a range, counted in O(log n); for another view than the present an upper bound (current + past). */
  count(order: Order, range: Range, view: View): number

  /**
   * About the same, in no time: it reads no segment that is not in memory. As `count` where that would read none; else a guess from what
   * stands between segments.
   */
  roughCount(order: Order, range: Range, view: View): number

  /** The datoms of a range as columns. One attribute's range gives a typed `v` column. */
  columns(order: Order, range: Range, view: View, wanted: Wanted): Columns

  /**
   * For each key, in ascending order and without repetition, the datoms that have it: one forward pass.
   * Keys are entity ids under `a` for 'aevt' and (a undefined) 'eavt'; values under `a` for 'avet'; target ids under `a` for 'vaet'.
   */
  probe(
    order: Order,
    a: number | undefined,
    keys: Float64Array | readonly Value[],
    view: View,
    wanted: Wanted,
  ): Columns

  /** A new index with these changes; they belong to one transaction. */
  apply(changes: readonly Change[]): FactIndex

  /** A new index in which this attribute, so far not in AVET, is (or the reverse); `placementOf` already gives the new state. */
  reindex(a: number, placementOf: PlacementOf): FactIndex

  /** A new index that asks this function from now on: the schema has changed. */
  withPlacement(placementOf: PlacementOf): FactIndex

  /**
   * About how many distinct values the attribute's current facts have, from a sample of what is in memory; the same index may answer
   * differently later.
   */
  distinctValues(a: number): number

  /** The same index with nothing live: everything in segments, which take less memory. Costs what was live and what it touches. */
  settled(): FactIndex

  /** All datoms of the history, and how many of each attribute: O(attributes). */
  stats(): { readonly datoms: number; readonly byAttribute: ReadonlyMap<number, number> }
}
