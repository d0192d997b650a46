/**
 * What one run of a query carries about: sources, rules, functions, limits; and the values of variables that have one value.
 *
 * (1) `Env` holds the variables that are one value for all rows (scalar and tuple inputs, computed constants). They take no column.
 */

import { raise } from '../base/errors.ts'
import { ValueMap, ValueSet } from '../data/equal.ts'
import { fromPublic } from '../data/public.ts'
import { Char, Opaque } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import type { Guard } from './guard.ts'
import type { Relation } from './columns/relation.ts'
import type { PreparedCall } from './prepare/prepared.ts'
import type { RuleSet } from './parse/syntax.ts'
import type { Trace } from './plan/trace.ts'

export type Env = Map<string, Value>

/** A function as the engine calls it: exact values in and out. */
export type Callable = (args: readonly Value[]) => Value

export interface Context {
  /** What `:in` names with a $. */
  readonly sources: ReadonlyMap<string, Value>
  readonly rules: RuleSet
  /** The program's functions. */
  readonly functionOf: (name: string) => Callable | null
  readonly guard: Guard
  /** Values from a program, or from EDN text. */
  readonly numbers: 'exact' | 'js'
  /** Variables bound by a program's values. */
  readonly loose: Set<string>
  /** Runs a query within the query. */
  readonly nested: (args: readonly Value[]) => Value
  readonly rows: Map<Value, readonly (readonly Value[])[]>
  /** For names that no clause has. */
  counter: number
  /** How many calls of rules have been replaced by bodies. */
  unfolded: number
  /** How many calls of rules are under way within each other. */
  callDepth: number
  /** Evaluates calls of recursive rules: rules-run.ts, which itself needs the engine. */
  readonly callRule: CallRule
  /** The tables of recursive rules, made as they are called. */
  readonly tables: Map<string, unknown>
  /** Null but when the run is explained. */
  readonly trace: Trace | null
}

/** The relations after a call of a recursive rule; null when nothing is left. */
export type CallRule = (
  call: PreparedCall,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
) => Relation[] | null

export type Source =
  | { readonly kind: 'db'; readonly db: Db }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly Value[])[] }

/** The database in a value, or null. */
export function dbOf(v: Value | undefined): Db | null {
  return v instanceof Opaque && v.kind === 'db' ? (v.value as Db) : null
}

/** What a pattern of this source reads. */
export function sourceOf(context: Context, name: string, explicit: boolean): Source {
  const v = context.sources.get(name)
  if (v === undefined && explicit) {
    raise(':yore/unknown-name', `the query has no source ${name}`, {
      source: name,
      known: [...context.sources.keys()],
    })
  }
  if (v === undefined || v === null) {
    raise(
      ':db.error/invalid-data-source',
      `${name} is missing or nil: was a database passed as an input?`,
      { source: name },
    )
  }
  const db = dbOf(v)
  if (db !== null) return { kind: 'db', db }
  let rows = context.rows.get(v)
  if (rows === undefined) context.rows.set(v, (rows = rowsOf(v, name)))
  return { kind: 'rows', rows }
}

function rowsOf(v: Value, name: string): readonly (readonly Value[])[] {
  const items = itemsOf(v)
  if (items === null || typeof v === 'string') {
    return raise(
      ':db.error/invalid-data-source',
      `${name} is neither a database nor a collection of tuples`,
      { source: name },
    )
  }
  return items.map((item) => {
    const row = tupleOf(item)
    return (
      row ?? raise(':yore/invalid-argument', `${name} holds what is no tuple`, { source: name })
    )
  })
}

/** The items of anything that is a sequence (a map is one of entries), or null. */
export function itemsOf(v: Value): readonly Value[] | null {
  if (Array.isArray(v)) return v as readonly Value[]
  if (v instanceof ValueSet) return [...v]
  if (v instanceof ValueMap) return [...v.entries()] as Value[]
  if (typeof v === 'string') return characters(v)
  if (v instanceof Opaque && isIterable(v.value)) return Array.from(v.value, fromPublic)
  return null
}

/** A string's characters, UTF-16 units as in the original. */
export function characters(text: string): Value[] {
  return Array.from({ length: text.length }, (_, i) => new Char(text[i] as string))
}

/** A tuple by position, or null. */
export function tupleOf(v: Value): readonly Value[] | null {
  if (Array.isArray(v)) return v as readonly Value[]
  if (v instanceof Opaque && isIterable(v.value)) return Array.from(v.value, fromPublic)
  return null
}

const isIterable = (x: unknown): x is Iterable<unknown> =>
  typeof x === 'object' && x !== null && Symbol.iterator in x

// A database is a value, so its counts hold as long as it does.
const counts = new WeakMap<Db, Map<number, number>>()

/** How many datoms an attribute has, at most. */
export function attributeCount(db: Db, a: number): number {
  let known = counts.get(db)
  if (known === undefined) counts.set(db, (known = new Map()))
  let n = known.get(a)
  if (n === undefined) {
    n = db.facts.count('aevt', rangeOf({ a }), db.view)
    known.set(a, n)
  }
  return n
}

/** The relation that has the variable, or -1. */
export function holder(relations: readonly Relation[], variable: string): number {
  for (let i = 0; i < relations.length; i++) {
    if ((relations[i] as Relation).variables.includes(variable)) return i
  }
  return -1
}
