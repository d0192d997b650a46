/**
 * Facts and datoms, the four orders, and places within them.
 *
 * A *fact* is an assertion with its end: what is true now (`end === never`) or was true in the half-open interval [t, end).
 * A *datom* is one event of a fact: its assertion, or its retraction. One fact of the past is two datoms of the history.
 *
 * (1) Orders compare components ascending and then t descending (newest first), whatever the sign; the only tie (same e, a, v, t
 *     with both signs) puts the assertion first.
 * (2) `t` is a transaction's counter here; the transaction entity is `tToTx(t)` (ids.ts), made at the edge.
 * (3) A retraction whose assertion nobody knows (the bootstrap has two) is a fact with `t === unasserted`.
 */

import type { Value } from '../../data/values.ts'

export const never: number = Infinity
export const unasserted = -1

/** A fact, whenever it ends. */
export interface Began {
  readonly e: number
  readonly a: number
  readonly v: Value
  /** The t of its assertion. */
  readonly t: number
}

/** Something that is true, or was true for a time. */
export interface Fact extends Began {
  /** The t of its retraction, or `never`. */
  readonly end: number
}

/** One event: e a v, at t, asserted or retracted. */
export interface Datom {
  readonly e: number
  readonly a: number
  readonly v: Value
  readonly t: number
  readonly added: boolean
}

/** A datom where very many are made: of one class, for the reason that base/list.ts gives. */
export class MadeDatom implements Datom {
  readonly e: number
  readonly a: number
  readonly v: Value
  readonly t: number
  readonly added: boolean

  constructor(e: number, a: number, v: Value, t: number, added: boolean) {
    this.e = e
    this.a = a
    this.v = v
    this.t = t
    this.added = added
  }
}

export type Order = 'eavt' | 'aevt' | 'avet' | 'vaet'
export const orders: readonly Order[] = ['eavt', 'aevt', 'avet', 'vaet']

/** The components of each order, first to last. */
export const componentsOf: Readonly<Record<Order, readonly ('e' | 'a' | 'v' | 't')[]>> = {
  eavt: ['e', 'a', 'v', 't'],
  aevt: ['a', 'e', 'v', 't'],
  avet: ['a', 'v', 'e', 't'],
  vaet: ['v', 'a', 'e', 't'],
}

/** Leading components of an order: what is undefined is not given, nor is anything that stands after it in the order. */
export interface Prefix {
  readonly e?: number | undefined
  readonly a?: number | undefined
  readonly v?: Value | undefined
  readonly t?: number | undefined
}

/** A place between two facts: before everything that has the prefix, or after it. */
export interface Gap {
  readonly prefix: Prefix
  readonly after: boolean
}

/** A stretch of an order. An end that is undefined is open. */
export interface Range {
  readonly low?: Gap | undefined
  readonly high?: Gap | undefined
}

/** Everything with the prefix. */
export function rangeOf(prefix: Prefix): Range {
  return { low: { prefix, after: false }, high: { prefix, after: true } }
}
