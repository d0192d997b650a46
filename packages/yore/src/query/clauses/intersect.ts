/**
 * A variable that several patterns bind at once: for each row the sorted lists of the index that could hold it are intersected, the
 * shortest walked, the others searched. So a cycle of patterns (a triangle in a graph with hubs) never makes the pairs of rows that
 * joining one pattern after another would make only to drop them (the step of a worst-case optimal join).
 *
 * (1) Each pattern is asked once, for the distinct keys of the rows that are left; a key's entries come sorted, each once. So it
 *     needs a view without history and columns of ids or longs.
 * (2) A pattern with both ends known is a list searched for one member.
 */

import { holding, newFloats, newInts } from '../../base/arrays.ts'
import type { Column, Columns, Wanted } from '../../indexes/fact-index.ts'
import type { Context } from '../context.ts'
import { holder } from '../context.ts'
import type { Guard } from '../guard.ts'
import { RowList, groupStarts } from '../columns/kernels.ts'
import { orderKeys } from '../columns/order.ts'
import type { DbPattern, Slot } from '../prepare/pattern.ts'
import { inPortions } from '../columns/portions.ts'
import type { Conjunction } from '../prepare/prepared.ts'
import { columnFor, domainOf, idColumn, pick } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'

/** With fewer rows than these there is nothing to be saved. */
const rowsMin = 8

/** How often each way has been taken, for tests. */
export const taken = { intersections: 0, verifications: 0 }

/** A pattern as lists: for each value of the known variable the sorted values of the other end. */
interface Arm {
  readonly p: DbPattern
  /** The variable that is known, and where it stands. */
  readonly name: string
  readonly by: 'e' | 'v'
}

const isFree = (s: Slot): boolean => s.kind === 'blank'

function armOf(p: DbPattern, by: 'e' | 'v', relations: readonly Relation[]): Arm | null {
  const { attribute, db } = p
  if (attribute === null || p.never || db.view.history || !isFree(p.t) || !isFree(p.added)) {
    return null
  }
  const known = p[by]
  if (known.kind !== 'variable') return null
  const r = relations[holder(relations, known.name)]
  if (r === undefined || domainOf(columnFor(r, known.name)) !== 'id') return null
  const { valueType } = attribute
  const isList = by === 'e' ? valueType === 'ref' || valueType === 'long' : valueType === 'ref'
  return isList ? { p, name: known.name, by } : null
}

/** Could a key have several entries? */
function isWide({ p, by }: Arm): boolean {
  return by === 'e' ? p.attribute?.many === true : p.attribute?.unique === null
}

/** The arm by which the pattern gives the variable, all else of it known in the relation `at`; null when it does not. */
function armFor(
  p: DbPattern,
  variable: string,
  relations: readonly Relation[],
  at: number,
): Arm | null {
  const by = p.v.kind === 'variable' && p.v.name === variable ? 'e' : 'v'
  const other = by === 'e' ? p.v : p.e
  if (other.kind !== 'variable' || other.name !== variable) return null
  const arm = armOf(p, by, relations)
  return arm !== null && arm.name !== variable && holder(relations, arm.name) === at ? arm : null
}

/** The variable that a pattern would give to the rows of one relation, several values to each; null when that is not what it does. */
function given(p: DbPattern, relations: readonly Relation[]): { name: string; at: number } | null {
  for (const by of ['e', 'v'] as const) {
    const arm = armOf(p, by, relations)
    const other = by === 'e' ? p.v : p.e
    if (arm === null || !isWide(arm) || other.kind !== 'variable') continue
    if (holder(relations, other.name) >= 0 || other.name === arm.name) continue
    const at = holder(relations, arm.name)
    if ((relations[at] as Relation).n >= rowsMin) return { name: other.name, at }
  }
  return null
}

/** The clauses of `waiting` that give the same new variable to the same rows as clause i, and should do so together with it. */
export function meeting(
  { clauses, after }: Conjunction,
  i: number,
  waiting: readonly number[],
  relations: readonly Relation[],
): readonly number[] {
  const p = clauses[i]
  if (p?.kind !== 'db' || waiting.length === 0) return none
  const fresh = given(p, relations)
  if (fresh === null) return none
  return waiting.filter((j) => {
    const other = clauses[j]
    if (other?.kind !== 'db' || (after[j] ?? []).some((x) => waiting.includes(x))) return false
    return armFor(other, fresh.name, relations, fresh.at) !== null
  })
}

const none: readonly number[] = []

// ---- lists ----

/** For each row where its list begins and ends in `data`. */
interface Lists {
  readonly data: Float64Array
  readonly from: Int32Array
  readonly to: Int32Array
}

/** The lists of an arm for these rows, or null when its entries are no plain numbers. */
function listsOf(
  { p, name, by }: Arm,
  r: Relation,
  rows: Int32Array | null,
  context: Context,
): Lists | null {
  const n = rows === null ? r.n : rows.length
  const all = (columnFor(r, name) as { data: Float64Array }).data
  const { guard } = context
  const data = rows === null ? all : chosenNumbers(all, rows)
  const keys = orderKeys(data, n, guard)
  const id = p.attribute?.id as number
  const wanted: Wanted = by === 'e' ? { v: true, watch: guard } : { e: true, watch: guard }
  const c = p.db.facts.probe(by === 'e' ? 'aevt' : 'vaet', id, keys.keys, p.db.view, wanted)
  const entries = entriesOf(c, by)
  if (entries === null) return null
  const probe = c.probe as Int32Array
  const size = keys.keys.length
  const starts = groupStarts(probe, size, guard)
  const from = newInts(n)
  const to = newInts(n)
  inPortions(size, guard, (low, high) => {
    for (let k = low; k < high; k++) {
      const first = keys.starts === null ? k : (keys.starts[k] as number)
      const last = keys.starts === null ? k + 1 : (keys.starts[k + 1] as number)
      for (let j = first; j < last; j++) {
        const row = keys.rows === null ? j : (keys.rows[j] as number)
        from[row] = starts[k] as number
        to[row] = starts[k + 1] as number
      }
    }
  })
  return { data: entries, from, to }
}

function entriesOf(c: Columns, by: 'e' | 'v'): Float64Array | null {
  if (by === 'v') return c.e as Float64Array
  const v = c.v as Column
  return v.kind === 'number' && domainOf(v) === 'id' ? v.data : null
}

/** The place of the first entry from `low` on that is not less; it is looked for near `low` first. */
function seek(data: Float64Array, x: number, low: number, high: number): number {
  let step = 1
  while (low + step < high && (data[low + step] as number) < x) step += step
  let from = low + (step >> 1)
  let to = Math.min(high, low + step + 1)
  while (from < to) {
    const mid = (from + to) >>> 1
    if ((data[mid] as number) < x) from = mid + 1
    else to = mid
  }
  return from
}

// ---- running ----

/** The rows with a new variable that all these patterns give; null for none, undefined when it cannot be done this way. */
export function intersect(
  patterns: readonly DbPattern[],
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null | undefined {
  const fresh = given(patterns[0] as DbPattern, relations)
  if (fresh === null) return undefined
  const r = relations[fresh.at] as Relation
  const arms = patterns.map((p) => armFor(p, fresh.name, relations, fresh.at))
  let rows: Int32Array | null = null
  let lists: Lists[] = []
  for (const arm of arms) {
    const found: Lists | null = arm === null ? null : listsOf(arm, r, rows, context)
    if (found === null) return undefined
    // what has no entry here need not be looked for elsewhere
    const some = nonEmpty(found)
    context.guard.tick(found.from.length)
    lists = [...lists, found].map((x) => (some === null ? x : chosen(x, some)))
    if (some !== null) rows = rows === null ? some : chosenRows(rows, some)
    if (rows?.length === 0) return null
  }
  taken.intersections++
  const { places, values } = meet(lists, keep.has(fresh.name), context)
  if (places.length === 0) return null
  return joined(
    r,
    rows === null ? places : chosenRows(rows, places),
    values,
    fresh,
    keep,
    relations,
    context.guard,
  )
}

function nonEmpty({ from, to }: Lists): Int32Array | null {
  const out = new RowList(from.length)
  for (let i = 0; i < from.length; i++) if ((from[i] as number) < (to[i] as number)) out.push(i)
  return out.n === from.length ? null : out.done()
}

function chosenRows(rows: Int32Array, places: Int32Array): Int32Array {
  const out = newInts(places.length)
  for (let i = 0; i < out.length; i++) out[i] = rows[places[i] as number] as number
  return out
}

function chosenNumbers(from: Float64Array, places: Int32Array): Float64Array {
  const out = newFloats(places.length)
  for (let i = 0; i < out.length; i++) out[i] = from[places[i] as number] as number
  return out
}

const chosen = ({ data, from, to }: Lists, places: Int32Array): Lists => ({
  data,
  from: chosenRows(from, places),
  to: chosenRows(to, places),
})

/** What all lists of a row have, for each row; only the first of it when nobody asks for its value. */
function meet(
  lists: readonly Lists[],
  all: boolean,
  context: Context,
): { places: Int32Array; values: Float64Array } {
  const n = (lists[0] as Lists).from.length
  const places = new RowList(n)
  let values = newFloats(Math.max(16, n))
  const at = newInts(lists.length)
  for (let i = 0; i < n; i++) {
    const shortest = shortestOf(lists, i, at)
    const { data, to } = lists[shortest] as Lists
    const end = to[i] as number
    const first = at[shortest] as number
    context.guard.tick(end - first + 1)
    for (let k = first; k < end; k++) {
      const x = data[k] as number
      const held = hasAll(lists, i, x, at, shortest)
      if (held < 0) break
      if (held === 0) continue
      if (places.n === values.length) values = holding(newFloats(values.length * 2), values)
      values[places.n] = x
      places.push(i)
      if (!all) break
    }
    if ((i & 1023) === 0) context.guard.rows(places.n)
  }
  context.guard.rows(places.n)
  return { places: places.done(), values: values.subarray(0, places.n) }
}

/** Which list of row i is the shortest; `at` is set to where they begin. */
function shortestOf(lists: readonly Lists[], i: number, at: Int32Array): number {
  let best = 0
  let least = Infinity
  for (let k = 0; k < lists.length; k++) {
    const { from, to } = lists[k] as Lists
    const size = (to[i] as number) - (from[i] as number)
    at[k] = from[i] as number
    if (size < least) {
      least = size
      best = k
    }
  }
  return best
}

/** 1 when all lists of row i have x, 0 when one has not, -1 when one has nothing from x on. */
function hasAll(
  lists: readonly Lists[],
  i: number,
  x: number,
  at: Int32Array,
  except: number,
): 1 | 0 | -1 {
  for (let k = 0; k < lists.length; k++) {
    if (k === except) continue
    const { data, to } = lists[k] as Lists
    const end = to[i] as number
    const place = seek(data, x, at[k] as number, end)
    at[k] = place
    if (place === end) return -1
    if (data[place] !== x) return 0
  }
  return 1
}

function joined(
  r: Relation,
  rows: Int32Array,
  values: Float64Array,
  { name, at }: { name: string; at: number },
  keep: ReadonlySet<string>,
  relations: readonly Relation[],
  guard: Guard,
): Relation[] {
  const wanted = keep.has(name)
  const base = pick(r, rows, keep, !wanted, guard)
  const others = relations.filter((_, i) => i !== at)
  if (!wanted) return [...others, base]
  const key = r.key !== null && r.key.every((v) => base.variables.includes(v)) ? r.key : null
  const made: Relation = {
    n: rows.length,
    variables: [...base.variables, name],
    columns: [...base.columns, idColumn(values)],
    key: key === null ? null : [...key, name],
  }
  return [...others, made]
}

// ---- both ends known ----

/**
 * The rows of a relation that has both ends of a pattern, of which each entity may have many values: they are searched for, not
 * joined. Undefined when it cannot be done this way.
 */
export function verify(
  p: DbPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null | undefined {
  if (p.attribute?.many !== true || p.e.kind !== 'variable' || p.v.kind !== 'variable') {
    return undefined
  }
  const at = holder(relations, p.e.name)
  if (at < 0 || at !== holder(relations, p.v.name) || p.e.name === p.v.name) return undefined
  const r = relations[at] as Relation
  if (r.n < rowsMin || domainOf(columnFor(r, p.v.name)) !== 'id') return undefined
  const arm = armOf(p, 'e', relations)
  const lists = arm === null ? null : listsOf(arm, r, null, context)
  if (lists === null) return undefined
  taken.verifications++
  const wanted = (columnFor(r, p.v.name) as { data: Float64Array }).data
  const { data, from, to } = lists
  const rows = new RowList(r.n)
  inPortions(r.n, context.guard, (first, last) => {
    for (let i = first; i < last; i++) {
      const end = to[i] as number
      const place = seek(data, wanted[i] as number, from[i] as number, end)
      if (place < end && data[place] === wanted[i]) rows.push(i)
    }
  })
  if (rows.n === 0) return null
  const others = relations.filter((_, i) => i !== at)
  const left = pick(r, rows.n === r.n ? null : rows.done(), keep, true, context.guard)
  return left.variables.length > 0 ? [...others, left] : others
}
