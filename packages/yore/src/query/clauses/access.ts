/**
 * The ways into the index for a pattern: a scan, by a constant value, by the entities or the values of a relation's column.
 *
 * (1) Each asks the index once or twice, in ascending order, and gives a `Block`: datoms as columns with the rows they belong to.
 * (2) The datoms of one key stand together, and so do those of one row.
 */

import { newFloats, newInts } from '../../base/arrays.ts'
import { compareValues } from '../../data/compare.ts'
import { Instant } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Attribute } from '../../db/schema.ts'
import { CodeTable } from '../../indexes/segments/codes.ts'
import { CodedColumn } from '../../indexes/segments/column.ts'
import type { AllWanted, Column, Columns, Wanted } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import type { Range } from '../../indexes/facts/fact.ts'
import { entityIds, needsEquality, noMatch, valuesFor } from '../prepare/coerce.ts'
import { blockOf } from './combine.ts'
import type { Block, Known } from './combine.ts'
import { attributeCount } from '../context.ts'
import type { Context } from '../context.ts'
import type { Guard } from '../guard.ts'
import { pairsByLeft } from '../columns/joins.ts'
import { codesOf, firstRows, groupStarts } from '../columns/kernels.ts'
import type { Codes } from '../columns/kernels.ts'
import { allRows, ascends, orderKeys } from '../columns/order.ts'
import type { Ordered } from '../columns/order.ts'
import { isCodable, isRepeated } from '../prepare/pattern.ts'
import type { DbPattern } from '../prepare/pattern.ts'
import { Places } from '../columns/places.ts'
import { inPortions } from '../columns/portions.ts'
import { cell, columnFor, domainOf, gather, idColumn } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { sortedTexts } from '../columns/sort.ts'

/** A probe costs as much as so many rows of a scan. */
const probeCost = 4

/** What a way in makes sure of. */
const nothingKnown: Known = { e: false, a: true, v: false, ordered: false }
export const inOrder: Known = { e: false, a: true, v: false, ordered: true }
export const entityKnown: Known = { e: true, a: true, v: false, ordered: false }
const valueInOrder: Known = { e: false, a: true, v: true, ordered: true }
const valueKnown: Known = { e: false, a: true, v: true, ordered: false }
const bothKnown: Known = { e: true, a: true, v: true, ordered: false }
export const onlyEntity: Known = { e: true, a: false, v: false, ordered: false }

/** The datoms of a range. */
export function scan(
  p: DbPattern,
  order: 'aevt' | 'avet' | 'vaet' | 'eavt',
  range: Parameters<typeof p.db.facts.columns>[1],
  wanted: Wanted,
  known: Known = nothingKnown,
): Block {
  const c = p.db.facts.columns(order, range, p.db.view, wanted)
  return blockOf(c, -1, null, known)
}

/** The datoms that have a constant value. */
export function byConstant(p: DbPattern, attribute: Attribute, v: Value, wanted: AllWanted): Block {
  const { valueType, hasAvet, id } = attribute
  if (hasAvet) {
    const exact = needsEquality(attribute, v)
    return scan(
      p,
      'avet',
      rangeOf({ a: id, v }),
      { ...wanted, v: exact },
      exact ? inOrder : valueInOrder,
    )
  }
  if (valueType === 'ref') {
    return scan(p, 'vaet', rangeOf({ v, a: id }), { ...wanted, v: false }, valueInOrder)
  }
  return scan(p, 'aevt', rangeOf({ a: id }), { ...wanted, v: true, codes: wantsCodes(p) }, inOrder)
}

/** The datoms of the entities in a relation's column: probes, or one pass over the attribute. */
export function byEntity(
  p: DbPattern,
  relations: readonly Relation[],
  re: number,
  a: number | undefined,
  wanted: Wanted,
  context: Context,
): Block {
  const r = relations[re] as Relation
  const name = (p.e as { name: string }).name
  const column = columnFor(r, name)
  if (a !== undefined && !isKeyOf(r, name) && areFew(column, r.n)) {
    const coded = codesOf(column, r.n, context.guard)
    if (coded.size * rowsOfEach <= r.n) {
      return byFewEntities(p, r, re, column, coded, a, wanted, context)
    }
  }
  const ids = entityIds(p.db, column, context.loose.has(name))
  const asked = { ...wanted, e: isRepeated(p, name) }
  context.guard.tick(r.n * 2)
  const { db } = p
  let read: Read | null = null
  if (a !== undefined) {
    // perhaps row for row the same entities
    if (r.n === attributeCount(db, a)) read = allOf(p, a, asked)
    if (read !== null && areSame(read.all, ids, r.n, context.guard)) {
      return blockOf(withE(read.all, asked.e), re, allRows(r.n), read.known)
    }
    const block = byPlaces(p, re, ids, r.n, a, asked, read, context)
    if (block !== null) return block
  }
  const ordered = orderKeys(ids, r.n, context.guard)
  if (a !== undefined && ordered.keys.length === 1 && ordered.starts === null) {
    const e = ordered.keys[0] as number
    const c = db.facts.columns('aevt', rangeOf({ a, e }), db.view, asked)
    return spread(c, newInts(c.n), ordered, re, entityKnown, context)
  }
  if (a !== undefined && ordered.keys.length * probeCost > attributeCount(db, a)) {
    const { all, known } = read ?? allOf(p, a, asked)
    const matched = merge(all.e as Float64Array, all.n, ordered.keys)
    context.guard.tick(all.n >> 2)
    const c = takeRows(withE(all, asked.e), matched.datoms, context.guard)
    return spread(c, matched.ranks, ordered, re, known, context)
  }
  const order = a === undefined ? 'eavt' : 'aevt'
  const c = db.facts.probe(order, a, ordered.keys, db.view, asked)
  const known = a === undefined ? onlyEntity : entityKnown
  return spread(c, c.probe as Int32Array, ordered, re, known, context)
}

interface Read {
  readonly all: Columns
  readonly known: Known
}

/** Codes save nothing for fewer, and of more are not made without a look at the clock. */
const codesMin = 256
const codesMax = 2 ** 17
/** Of how many values at least, for tests. */
export const codedValues: { valuesMin: number } = { valuesMin: codesMin }

/** Are values wanted as codes, where all of the attribute is read? */
export function wantsCodes(p: DbPattern): boolean {
  if (!isCodable(p)) return false
  const n = attributeCount(p.db, (p.attribute as Attribute).id)
  return n >= codedValues.valuesMin && n <= codesMax
}

/** All datoms that the pattern could be about, by entity, ascending. */
function allOf(p: DbPattern, a: number, asked: Wanted): Read {
  const { db } = p
  const indexed = constantRange(p)
  if (indexed === null) {
    const all = db.facts.columns('aevt', rangeOf({ a }), db.view, {
      ...asked,
      e: true,
      codes: wantsCodes(p),
    })
    return { all, known: entityKnown }
  }
  const { order, range } = indexed
  const all = db.facts.columns(order, range, db.view, { ...asked, v: false, e: true })
  return { all, known: bothKnown }
}

function withE(c: Columns, wanted: boolean): Columns {
  if (wanted) return c
  const { e: _, ...others } = c
  return others
}

/** Many rows whose entities lie close together find their datoms by a table, and stay in their sequence; null when that is not so. */
function byPlaces(
  p: DbPattern,
  re: number,
  ids: Float64Array,
  n: number,
  a: number,
  asked: Wanted & { readonly e: boolean },
  read: Read | null,
  context: Context,
): Block | null {
  const { db } = p
  const { guard } = context
  const count = attributeCount(db, a)
  if (n * probeCost <= count) return null
  const places = Places.of(ids, n, guard)
  if (places === null || places.size * probeCost <= count) return null
  const { all, known } = read ?? allOf(p, a, asked)
  const found = places.find(all.e as Float64Array, all.n)
  guard.tick(all.n >> 2)
  const c = takeRows(withE(all, asked.e), found.datoms, guard)
  return blockOf(c, re, found.rows, known)
}

/** Entities that stand in so many rows each are asked for once. */
const rowsOfEach = 8
const sampled = 64

/** How often entities were asked for once for many rows, for tests; and of how many rows at least. */
export const repeated: { times: number; rowsMin: number } = { times: 0, rowsMin: 1024 }

/** Has each row another value of the variable? */
const isKeyOf = ({ key }: Relation, name: string): boolean => key?.length === 1 && key[0] === name

/** Does the column seem to hold few different ids? */
function areFew(c: Column, n: number): boolean {
  if (n < repeated.rowsMin || domainOf(c) !== 'id') return false
  const seen = new Set<number>()
  const data = c.data as Float64Array
  const step = Math.max(1, Math.floor(n / sampled))
  for (let i = 0; i < n; i += step) seen.add(data[i] as number)
  return seen.size * 2 <= sampled
}

/** The datoms of entities that stand in many rows each: rows keep their order. */
function byFewEntities(
  p: DbPattern,
  r: Relation,
  base: number,
  column: Column,
  coded: Codes,
  a: number,
  wanted: Wanted,
  context: Context,
): Block {
  repeated.times++
  const { guard } = context
  const name = (p.e as { name: string }).name
  const data = column.data as Float64Array
  const ids = Float64Array.from(firstRows(coded), (i) => data[i] as number)
  const keys = ids.slice().sort()
  const c = p.db.facts.probe('aevt', a, keys, p.db.view, { ...wanted, e: isRepeated(p, name) })
  // where the datoms of each code begin
  const ranks = new Map<number, number>()
  keys.forEach((id, k) => ranks.set(id, k))
  const begins = groupStarts(c.probe as Int32Array, keys.length, guard)
  const rankOf = Int32Array.from(ids, (id) => ranks.get(id) as number)
  let total = 0
  inPortions(r.n, guard, (from, to) => {
    for (let i = from; i < to; i++) {
      const k = rankOf[coded.codes[i] as number] as number
      total += (begins[k + 1] as number) - (begins[k] as number)
    }
  })
  guard.rows(total)
  const rows = newInts(total)
  const datoms = newInts(total)
  let at = 0
  inPortions(r.n, guard, (from, to) => {
    for (let i = from; i < to; i++) {
      const k = rankOf[coded.codes[i] as number] as number
      const end = begins[k + 1] as number
      for (let d = begins[k] as number; d < end; d++) {
        rows[at] = i
        datoms[at++] = d
      }
    }
  })
  const { v } = c
  const found = takeRows(
    v?.kind === 'value' && isCodable(p) ? { ...c, v: codedOf(v.data) } : c,
    datoms,
    guard,
  )
  return blockOf(found, base, rows, entityKnown)
}

/** With codes, so that few values stay few. */
function codedOf(values: readonly Value[]): Column {
  const codes = new CodeTable()
  const all = Int32Array.from(values, (v) => codes.codeOf(v))
  return new CodedColumn(all, codes.table, true)
}

/** Where the index lists the entities that have the pattern's constant value, ascending; null when it does not. */
function constantRange(p: DbPattern): { order: 'avet' | 'vaet'; range: Range } | null {
  const { attribute, v } = p
  if (attribute === null || v.kind !== 'constant' || p.db.view.history) return null
  const { id, hasAvet, valueType } = attribute
  if (needsEquality(attribute, v.value)) return null
  if (hasAvet) return { order: 'avet', range: rangeOf({ a: id, v: v.value }) }
  return valueType === 'ref' ? { order: 'vaet', range: rangeOf({ v: v.value, a: id }) } : null
}

/** How often the datoms of an attribute were those of the rows, one for one: for tests. */
export const sideBySide = { times: 0 }

/** Are these ids those of the datoms, ascending, each once? */
function areSame({ n, e }: Columns, ids: Float64Array, size: number, guard: Guard): boolean {
  if (n !== size) return false
  guard.tick(n >> 3)
  const found = e as Float64Array
  for (let i = 0; i < n; i++) if (found[i] !== ids[i]) return false
  if (!ascends(found, n)) return false
  sideBySide.times++
  return true
}

/** Two ascending columns: which datoms have a key, and which. */
function merge(
  e: Float64Array,
  n: number,
  keys: Float64Array,
): { ranks: Int32Array; datoms: Int32Array | null } {
  const size = keys.length
  const ranks = newInts(n)
  const datoms = newInts(n)
  let found = 0
  let k = 0
  for (let i = 0; i < n && k < size; i++) {
    const x = e[i] as number
    while (k < size && (keys[k] as number) < x) k++
    if (keys[k] === x) {
      ranks[found] = k
      datoms[found++] = i
    }
  }
  if (found === n) return { ranks, datoms: null }
  return { ranks: ranks.subarray(0, found), datoms: datoms.subarray(0, found) }
}

function takeRows(c: Columns, rows: Int32Array | null, guard: Guard): Columns {
  if (rows === null) return c
  const take = (x: Float64Array): Float64Array =>
    (gather(idColumn(x), rows, guard) as { data: Float64Array }).data
  return {
    n: rows.length,
    ...(c.e !== undefined && { e: take(c.e) }),
    ...(c.a !== undefined && { a: take(c.a) }),
    ...(c.v !== undefined && { v: gather(c.v, rows, guard) }),
    ...(c.t !== undefined && { t: take(c.t) }),
    ...(c.added !== undefined && {
      added: Uint8Array.from(rows, (i) => (c.added as Uint8Array)[i] as number),
    }),
  }
}

/** From datoms by rank of key to datoms by row: a key may stand in several rows. */
function spread(
  c: Columns,
  ranks: Int32Array,
  ordered: Ordered,
  base: number,
  known: Known,
  context: Context,
): Block {
  const { rows, starts } = ordered
  if (rows === null) return blockOf(c, base, ranks, known)
  const n = ranks.length
  if (starts === null) {
    const out = newInts(n)
    for (let i = 0; i < n; i++) out[i] = rows[ranks[i] as number] as number
    return blockOf(c, base, out, known)
  }
  let total = 0
  for (let i = 0; i < n; i++) {
    const k = ranks[i] as number
    total += (starts[k + 1] as number) - (starts[k] as number)
  }
  context.guard.rows(total)
  const out = newInts(total)
  const datoms = newInts(total)
  let at = 0
  // the datoms of one key stand together; so shall those of one row
  for (let i = 0; i < n;) {
    const k = ranks[i] as number
    let next = i + 1
    while (next < n && ranks[next] === k) next++
    const end = starts[k + 1] as number
    for (let j = starts[k] as number; j < end; j++) {
      for (let d = i; d < next; d++) {
        out[at] = rows[j] as number
        datoms[at++] = d
      }
    }
    i = next
  }
  return blockOf(takeRows(c, datoms, context.guard), base, out, known)
}

/** The datoms that have a value of a relation's column. */
export function byValue(
  p: DbPattern,
  attribute: Attribute,
  relations: readonly Relation[],
  rv: number,
  wanted: AllWanted,
  context: Context,
): Block {
  const r = relations[rv] as Relation
  const name = (p.v as { name: string }).name
  const column = valuesFor(p.db, attribute, columnFor(r, name), {
    loose: context.loose.has(name),
    resolve: p.resolve,
  })
  context.guard.tick(r.n * 2)
  const { db } = p
  const { id, valueType, hasAvet } = attribute
  const known = valueKnown
  let coded: Codes | null = null
  const exact = needsEquality(attribute) ? nothingKnown : known
  if (valueType === 'ref') {
    const ordered = orderKeys((column as { data: Float64Array }).data, r.n, context.guard)
    if (ordered.keys.length * probeCost <= attributeCount(db, id)) {
      const asked = { ...wanted, v: isRepeated(p, name) }
      if (ordered.keys.length === 1 && ordered.starts === null) {
        const range = rangeOf({ a: id, v: ordered.keys[0] as number })
        const c = db.facts.columns('vaet', range, db.view, asked)
        return spread(c, newInts(c.n), ordered, rv, known, context)
      }
      const c = db.facts.probe('vaet', id, ordered.keys, db.view, asked)
      return spread(c, c.probe as Int32Array, ordered, rv, known, context)
    }
  } else if (hasAvet) {
    // floats are looked for as values
    const isPlain = column.kind === 'number' && column.type !== 'float'
    coded = isPlain ? null : codesOf(column, r.n, context.guard)
    if ((coded?.size ?? 0) * probeCost <= attributeCount(db, id)) {
      const { keys, ordered } = orderValues(column, r.n, coded, context.guard)
      if (keys.length * probeCost <= attributeCount(db, id)) {
        const c = db.facts.probe('avet', id, keys, db.view, {
          ...wanted,
          v: !exact.v || isRepeated(p, name),
        })
        return spread(c, c.probe as Int32Array, ordered, rv, exact, context)
      }
    }
  }
  const c = db.facts.columns('aevt', rangeOf({ a: id }), db.view, { ...wanted, v: true })
  const pairs = pairsByLeft([column], r.n, [c.v as Column], c.n, context.guard, coded)
  context.guard.tick(c.n + pairs.left.length)
  return blockOf(takeRows(c, pairs.right, context.guard), rv, pairs.left, known)
}

interface OrderedValues {
  readonly keys: Float64Array | readonly Value[]
  readonly ordered: Ordered
}

/** Strings are sorted by the engine's own means, which is faster than by comparing with a function. */
function orderTexts(
  values: readonly string[],
  { codes }: Codes,
  n: number,
  guard: Guard,
): OrderedValues {
  const keys = sortedTexts(values, guard)
  const places = new Map<string, number>()
  for (let k = 0; k < keys.length; k++) places.set(keys[k] as string, k)
  const ranks = Float64Array.from(values, (v) => places.get(v) as number)
  const byRow = newFloats(n)
  for (let i = 0; i < n; i++) byRow[i] = ranks[codes[i] as number] as number
  return { keys, ordered: orderKeys(byRow, n, guard) }
}

/** The distinct values of a column in their order, and where they stand; what cannot match is left out. */
function orderValues(c: Column, n: number, coded: Codes | null, guard: Guard): OrderedValues {
  if (coded === null) {
    const ordered = orderKeys(c.data as Float64Array, n, guard)
    const isInstant = c.kind === 'number' && c.type === 'instant'
    const keys = isInstant ? Array.from(ordered.keys, (ms) => new Instant(ms)) : ordered.keys
    return { keys, ordered }
  }
  const firsts = firstRows(coded)
  const values = Array.from(firsts, (i) => cell(c, i))
  if (values.every((v) => typeof v === 'string')) return orderTexts(values, coded, n, guard)
  const places = Array.from(firsts, (_, k) => k).filter((k) => values[k] !== noMatch)
  places.sort((x, y) => compareValues(values[x] as Value, values[y] as Value))
  // values that the order does not tell apart (1.0M and 1.00M) share a key
  const ranks = newFloats(firsts.length).fill(NaN)
  const keys: Value[] = []
  for (const k of places) {
    const v = values[k] as Value
    if (keys.length === 0 || compareValues(keys[keys.length - 1] as Value, v) !== 0) keys.push(v)
    ranks[k] = keys.length - 1
  }
  const byRow = newFloats(n)
  for (let i = 0; i < n; i++) byRow[i] = ranks[coded.codes[i] as number] as number
  return { keys, ordered: orderKeys(byRow, n, guard) }
}
