/**
 * Runs a pattern on a database against the rows so far: chooses the way in, asks the index once, and joins.
 *
 * Ways in: by entity (AEVT or, of an unknown attribute, EAVT), by value (AVET, VAET, or a scan of the attribute), by attribute
 * (one run for each), or a scan.
 *
 * (1) Each way gives a `Block`: datoms as columns, and for each the row of the relation it belongs to, if it was asked for by one.
 * (2) combine.ts turns a block into a relation; it checks all that the way in did not.
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import type { Attribute } from '../db/schema.ts'
import type { Column, Columns, Wanted } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/fact.ts'
import type { Range } from '../indexes/fact.ts'
import { compareValues } from '../data/compare.ts'
import { entityIds, noMatch, valueFor, valuesFor } from './coerce.ts'
import { combine } from './combine.ts'
import type { Block } from './combine.ts'
import { attributeCount, holder } from './context.ts'
import type { Context } from './context.ts'
import { show } from './form.ts'
import { RowList, codesOf, firstRows, joinPairs } from './kernels.ts'
import { orderKeys } from './order.ts'
import type { Ordered } from './order.ts'
import { product } from './product.ts'
import type { DbPattern, Slot } from './pattern.ts'
import { cell, columnFor, gather, idColumn, pick, union } from './relation.ts'
import type { Relation } from './relation.ts'

/** A probe costs as much as so many rows of a scan. */
const probeCost = 4
const attributesMax = 64

/** The relations after the pattern; null when nothing is left. `keep` names what later clauses and the result need. */
export function runPattern(
  p: DbPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  if (p.never) return null
  const block =
    p.attribute === null
      ? openBlock(p, relations, context)
      : closedBlock(p, relations, keep, context)
  if (block === 'by-attribute') return byAttribute(p, relations, keep, context)
  context.guard.tick(block.n)
  return combine(p, block, relations, keep, context)
}

const boundIn = (s: Slot, relations: readonly Relation[]): number =>
  s.kind === 'variable' ? holder(relations, s.name) : -1

/** The columns that the pattern has a use for. */
export function wantedOf(
  p: DbPattern,
  keep: ReadonlySet<string>,
  relations: readonly Relation[],
): Required<Wanted> {
  const useful = (s: Slot): boolean =>
    s.kind === 'constant' ||
    (s.kind === 'variable' &&
      (keep.has(s.name) || holder(relations, s.name) >= 0 || isRepeated(p, s.name)))
  return {
    e: useful(p.e),
    a: p.attribute === null && useful(p.a),
    v: useful(p.v),
    t: useful(p.t),
    added: useful(p.added),
  }
}

function isRepeated(p: DbPattern, name: string): boolean {
  let n = 0
  for (const s of [p.e, p.a, p.v, p.t, p.added]) if (s.kind === 'variable' && s.name === name) n++
  return n > 1
}

// ---- the attribute is known ----

function closedBlock(
  p: DbPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Block {
  const attribute = p.attribute as Attribute
  const wanted = wantedOf(p, keep, relations)
  const re = boundIn(p.e, relations)
  const rv = boundIn(p.v, relations)
  if (p.e.kind === 'constant') {
    const prefix = { a: attribute.id, e: p.e.value as number }
    return scan(p, 'aevt', rangeOf(prefix), { ...wanted, e: false }, { e: true })
  }
  if (re >= 0 && !prefersValue(p, relations, re, rv)) {
    return byEntity(p, relations, re, attribute.id, wanted, context)
  }
  if (p.v.kind === 'constant') return byConstant(p, attribute, p.v.value, wanted)
  if (rv >= 0) return byValue(p, attribute, relations, rv, wanted, context)
  if (p.range !== null) return scan(p, 'avet', p.range, wanted, {})
  return scan(p, 'aevt', rangeOf({ a: attribute.id }), wanted, { ordered: true })
}

/** Both entity and value are given: is the value the better way in? */
function prefersValue(
  p: DbPattern,
  relations: readonly Relation[],
  re: number,
  rv: number,
): boolean {
  const attribute = p.attribute as Attribute
  const indexed = attribute.hasAvet || attribute.valueType === 'ref'
  const n = (relations[re] as Relation).n
  if (!indexed || n < 64) return false
  if (p.v.kind === 'constant') {
    const range = attribute.hasAvet
      ? p.db.facts.count('avet', rangeOf({ a: attribute.id, v: p.v.value }), p.db.view)
      : p.db.facts.count('vaet', rangeOf({ v: p.v.value, a: attribute.id }), p.db.view)
    return range < n
  }
  return rv >= 0 && rv !== re && (relations[rv] as Relation).n * 16 < n
}

type Known = { readonly e?: boolean; readonly v?: boolean; readonly ordered?: boolean }

function scan(
  p: DbPattern,
  order: 'aevt' | 'avet' | 'vaet' | 'eavt',
  range: Parameters<typeof p.db.facts.columns>[1],
  wanted: Wanted,
  known: Known,
): Block {
  const c = p.db.facts.columns(order, range, p.db.view, wanted)
  return {
    ...c,
    base: -1,
    rows: null,
    known: { e: known.e ?? false, a: true, v: known.v ?? false },
    ordered: known.ordered ?? false,
  }
}

function byConstant(p: DbPattern, attribute: Attribute, v: Value, wanted: Required<Wanted>): Block {
  const { valueType, hasAvet, id } = attribute
  if (hasAvet) {
    const exact = valueType === 'bigdec' || valueType === 'tuple'
    return scan(
      p,
      'avet',
      rangeOf({ a: id, v }),
      { ...wanted, v: exact },
      { v: !exact, ordered: true },
    )
  }
  if (valueType === 'ref') {
    return scan(
      p,
      'vaet',
      rangeOf({ v, a: id }),
      { ...wanted, v: false },
      { v: true, ordered: true },
    )
  }
  return scan(p, 'aevt', rangeOf({ a: id }), { ...wanted, v: true }, { ordered: true })
}

/** The datoms of the entities in a relation's column: probes, or one pass over the attribute. */
function byEntity(
  p: DbPattern,
  relations: readonly Relation[],
  re: number,
  a: number | undefined,
  wanted: Wanted,
  context: Context,
): Block {
  const r = relations[re] as Relation
  const name = (p.e as { name: string }).name
  const ids = entityIds(p.db, columnFor(r, name), context.loose.has(name))
  const ordered = orderKeys(ids, r.n)
  context.guard.tick(r.n * 2)
  const { db } = p
  const known = { e: true, a: a !== undefined, v: false }
  const asked = { ...wanted, e: isRepeated(p, name) }
  if (a !== undefined && ordered.keys.length === 1 && ordered.starts === null) {
    const e = ordered.keys[0] as number
    const c = db.facts.columns('aevt', rangeOf({ a, e }), db.view, asked)
    return spread(c, new Int32Array(c.n), ordered, re, known, context)
  }
  if (a !== undefined && ordered.keys.length * probeCost > attributeCount(db, a)) {
    const indexed = constantRange(p)
    const all =
      indexed === null
        ? db.facts.columns('aevt', rangeOf({ a }), db.view, { ...asked, e: true })
        : db.facts.columns(indexed.order, indexed.range, db.view, { ...asked, v: false, e: true })
    if (indexed !== null) known.v = true
    const matched = merge(all.e as Float64Array, all.n, ordered.keys)
    const { e: _, ...others } = all
    const c = takeRows(asked.e ? all : others, matched.datoms)
    return spread(c, matched.ranks, ordered, re, known, context)
  }
  const order = a === undefined ? 'eavt' : 'aevt'
  const c = db.facts.probe(order, a, ordered.keys, db.view, asked)
  return spread(c, c.probe as Int32Array, ordered, re, known, context)
}

/** Where the index lists the entities that have the pattern's constant value, ascending; null when it does not. */
function constantRange(p: DbPattern): { order: 'avet' | 'vaet'; range: Range } | null {
  const { attribute, v } = p
  if (attribute === null || v.kind !== 'constant' || p.db.view.history) return null
  const { id, hasAvet, valueType } = attribute
  if (valueType === 'bigdec' || valueType === 'tuple') return null
  if (hasAvet) return { order: 'avet', range: rangeOf({ a: id, v: v.value }) }
  return valueType === 'ref' ? { order: 'vaet', range: rangeOf({ v: v.value, a: id }) } : null
}

/** Two ascending columns: which datoms have a key, and which. */
function merge(
  e: Float64Array,
  n: number,
  keys: Float64Array,
): { ranks: Int32Array; datoms: Int32Array | null } {
  const size = keys.length
  const ranks = new Int32Array(n)
  const datoms = new Int32Array(n)
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

function takeRows(c: Columns, rows: Int32Array | null): Columns {
  if (rows === null) return c
  const take = (x: Float64Array): Float64Array =>
    (gather(idColumn(x), rows) as { data: Float64Array }).data
  return {
    n: rows.length,
    ...(c.e !== undefined && { e: take(c.e) }),
    ...(c.a !== undefined && { a: take(c.a) }),
    ...(c.v !== undefined && { v: gather(c.v, rows) }),
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
  known: Block['known'],
  context: Context,
): Block {
  const { rows, starts } = ordered
  const block = { base, known, ordered: false }
  if (rows === null) return { ...c, ...block, rows: ranks }
  const n = ranks.length
  if (starts === null) {
    const out = new Int32Array(n)
    for (let i = 0; i < n; i++) out[i] = rows[ranks[i] as number] as number
    return { ...c, ...block, rows: out }
  }
  let total = 0
  for (let i = 0; i < n; i++) {
    const k = ranks[i] as number
    total += (starts[k + 1] as number) - (starts[k] as number)
  }
  context.guard.rows(total)
  const out = new Int32Array(total)
  const datoms = new Int32Array(total)
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
  return { ...takeRows(c, datoms), ...block, rows: out }
}

/** The datoms that have a value of a relation's column. */
function byValue(
  p: DbPattern,
  attribute: Attribute,
  relations: readonly Relation[],
  rv: number,
  wanted: Required<Wanted>,
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
  const known = { e: false, a: true, v: true }
  const exact = { ...known, v: valueType !== 'bigdec' && valueType !== 'tuple' }
  if (valueType === 'ref') {
    const ordered = orderKeys((column as { data: Float64Array }).data, r.n)
    if (ordered.keys.length * probeCost <= attributeCount(db, id)) {
      const c = db.facts.probe('vaet', id, ordered.keys, db.view, {
        ...wanted,
        v: isRepeated(p, name),
      })
      return spread(c, c.probe as Int32Array, ordered, rv, known, context)
    }
  } else if (hasAvet) {
    const { keys, ordered } = orderValues(column, r.n)
    if (keys.length * probeCost <= attributeCount(db, id)) {
      const c = db.facts.probe('avet', id, keys, db.view, {
        ...wanted,
        v: !exact.v || isRepeated(p, name),
      })
      return spread(c, c.probe as Int32Array, ordered, rv, exact, context)
    }
  }
  const c = db.facts.columns('aevt', rangeOf({ a: id }), db.view, { ...wanted, v: true })
  const pairs = joinPairs([column], r.n, [c.v as Column], c.n, (n) => context.guard.rows(n))
  context.guard.tick(c.n + pairs.left.length)
  return { ...takeRows(c, pairs.right), base: rv, rows: pairs.left, known, ordered: false }
}

/** The distinct values of a column in their order, and where they stand; what cannot match is left out. */
function orderValues(
  c: Column,
  n: number,
): { keys: Float64Array | readonly Value[]; ordered: Ordered } {
  if (c.kind === 'number' && c.type !== 'instant' && c.type !== 'float') {
    const ordered = orderKeys(c.data, n)
    return { keys: ordered.keys, ordered }
  }
  const coded = codesOf(c, n)
  const firsts = firstRows(coded)
  const values = Array.from(firsts, (i) => cell(c, i))
  const places = Array.from(firsts, (_, k) => k).filter((k) => values[k] !== noMatch)
  places.sort((x, y) => compareValues(values[x] as Value, values[y] as Value))
  // values that the order does not tell apart (1.0M and 1.00M) share a key
  const ranks = new Float64Array(firsts.length).fill(NaN)
  const keys: Value[] = []
  for (const k of places) {
    const v = values[k] as Value
    if (keys.length === 0 || compareValues(keys[keys.length - 1] as Value, v) !== 0) keys.push(v)
    ranks[k] = keys.length - 1
  }
  const byRow = new Float64Array(n)
  for (let i = 0; i < n; i++) byRow[i] = ranks[coded.codes[i] as number] as number
  return { keys, ordered: orderKeys(byRow, n) }
}

// ---- the attribute is not known ----

function openBlock(
  p: DbPattern,
  relations: readonly Relation[],
  context: Context,
): Block | 'by-attribute' {
  const wanted = { a: true, v: true, t: true, added: true }
  const known = { e: true, a: false, v: false }
  const ra = boundIn(p.a, relations)
  if (p.e.kind === 'constant') {
    const c = p.db.facts.columns('eavt', rangeOf({ e: p.e.value as number }), p.db.view, wanted)
    return { ...c, base: -1, rows: null, known, ordered: false }
  }
  const re = boundIn(p.e, relations)
  if (ra >= 0) {
    const column = columnFor(relations[ra] as Relation, (p.a as { name: string }).name)
    const few = codesOf(column, (relations[ra] as Relation).n).size <= attributesMax
    if (re < 0 || few) return 'by-attribute'
  }
  if (re >= 0) return byEntity(p, relations, re, undefined, wanted, context)
  return byTarget(p, relations, context)
}

/** Only the value is known: what refers to it. Other values than ids find nothing (findings-query). */
function byTarget(p: DbPattern, relations: readonly Relation[], context: Context): Block {
  const rv = boundIn(p.v, relations)
  if (p.v.kind !== 'constant' && rv < 0) {
    raise(
      ':db.error/insufficient-binding',
      `nothing is known in ${show(p.clause.form)}: it would read the whole database`,
      { clause: show(p.clause.form) },
    )
  }
  const r = rv < 0 ? null : (relations[rv] as Relation)
  const values: Value[] = []
  const rows: number[] = []
  if (r === null) values.push((p.v as { value: Value }).value)
  else {
    const c = columnFor(r, (p.v as { name: string }).name)
    for (let i = 0; i < r.n; i++) {
      values.push(cell(c, i))
      rows.push(i)
    }
  }
  const parts: Columns[] = []
  const owners = new RowList(values.length)
  values.forEach((v, i) => {
    if (typeof v !== 'number' || !Number.isInteger(v)) return
    const c = p.db.facts.columns('vaet', rangeOf({ v }), p.db.view, {
      e: true,
      a: true,
      t: true,
      added: true,
    })
    parts.push(c)
    for (let k = 0; k < c.n; k++) owners.push(rows[i] ?? 0)
    context.guard.tick(c.n + 4)
  })
  const all = (get: (c: Columns) => Float64Array | Uint8Array | undefined): Float64Array =>
    Float64Array.from(parts.flatMap((c) => Array.from(get(c) ?? [])))
  return {
    n: owners.n,
    e: all((c) => c.e),
    a: all((c) => c.a),
    t: all((c) => c.t),
    added: Uint8Array.from(all((c) => c.added)),
    base: rv,
    rows: r === null ? null : owners.done(),
    known: { e: false, a: false, v: true },
    ordered: false,
  }
}

/** One run for each attribute that the variable stands for. */
function byAttribute(
  p: DbPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const name = (p.a as { name: string }).name
  const ra = holder(relations, name)
  const r = relations[ra] as Relation
  const column = columnFor(r, name)
  const ids = entityIds(p.db, column, context.loose.has(name))
  const ordered = orderKeys(ids, r.n)
  const others = relations.filter((_, i) => i !== ra)
  const inner = new Set([...keep, ...relations.flatMap((x) => x.variables)])
  const parts: Relation[] = []
  ordered.keys.forEach((id, k) => {
    const attribute = p.db.schema.attributes.get(id)
    if (attribute === undefined) return
    const rows = rowsOfKey(ordered, k)
    const some = pick(r, rows, null)
    const narrowed = plain(p, attribute)
    if (narrowed === null) return
    const out = runPattern(narrowed, [some, ...others], inner, context)
    if (out === null) return
    const merged = out.length === 1 ? out[0] : product(out, context)
    if (merged !== undefined && merged.n > 0) parts.push(merged)
  })
  if (parts.length === 0) return null
  const all = union(parts)
  return [pick(all, null, new Set(all.variables.filter((v) => keep.has(v))))]
}

function rowsOfKey({ rows, starts }: Ordered, k: number): Int32Array {
  if (rows === null) return Int32Array.of(k)
  return starts === null
    ? rows.subarray(k, k + 1)
    : rows.subarray(starts[k] as number, starts[k + 1] as number)
}

/** The pattern with this attribute; the value is compared as it is (QR-21). */
function plain(p: DbPattern, attribute: Attribute): DbPattern | null {
  let v = p.v
  if (v.kind === 'constant') {
    const value = valueFor(p.db, attribute, v.value, { loose: p.clause.loose, resolve: false })
    if (value === noMatch) return null
    v = { kind: 'constant', value }
  }
  return { ...p, attribute, v, a: { kind: 'blank' }, resolve: false, range: null }
}
