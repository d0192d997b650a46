/**
 * Runs a pattern on a database against the rows so far: chooses the way in, asks the index once, and joins.
 *
 * Ways in: by entity (AEVT or, of an unknown attribute, EAVT), by value (AVET, VAET, or a scan of the attribute), by attribute
 * (one run for each), or a scan.
 *
 * (1) Each way gives a `Block`: datoms as columns, and for each the row of the relation it belongs to, if it was asked for by one.
 * (2) combine.ts turns a block into a relation; it checks all that the way in did not.
 */

import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import { fitType } from '../../db/lookup.ts'
import type { Attribute } from '../../db/schema.ts'
import type { AllWanted, Watch } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import {
  byConstant,
  byEntity,
  byValue,
  entityKnown,
  inOrder,
  onlyEntity,
  scan,
  wantsCodes,
} from './access.ts'
import { entityIds, mayFit } from '../prepare/coerce.ts'
import { blockOf, combine } from './combine.ts'
import type { Block, Known } from './combine.ts'
import { holder } from '../context.ts'
import type { Context } from '../context.ts'
import { show } from '../parse/form.ts'
import { verify } from './intersect.ts'
import { RowList } from '../columns/kernels.ts'
import { orderKeys } from '../columns/order.ts'
import type { Ordered } from '../columns/order.ts'
import { inPortions } from '../columns/portions.ts'
import { isRepeated, noCounts, withAttribute } from '../prepare/pattern.ts'
import type { DbPattern, Slot } from '../prepare/pattern.ts'
import { asksEach } from '../plan/estimate.ts'
import { product } from '../columns/product.ts'
import { cell, columnFor, columnOf, pick, union } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'

const onlyValue: Known = { e: false, a: false, v: true, ordered: false }

/** The relations after the pattern; null when nothing is left. `keep` names what later clauses and the result need. */
export function runPattern(
  p: DbPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  if (p.never) return null
  if (p.attribute === null && p.v.kind === 'variable' && context.loose.has(p.v.name)) {
    const rv = holder(relations, p.v.name)
    if (rv >= 0) return byForms(p, p.v.name, relations, rv, keep, context)
  }
  const verified = verify(p, relations, keep, context)
  if (verified !== undefined) return verified
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
  watch: Watch,
): AllWanted {
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
    watch,
  }
}

// ---- the attribute is known ----

function closedBlock(
  p: DbPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Block {
  const attribute = p.attribute as Attribute
  const wanted = wantedOf(p, keep, relations, context.guard)
  const re = boundIn(p.e, relations)
  const rv = boundIn(p.v, relations)
  if (p.e.kind === 'constant') {
    const prefix = { a: attribute.id, e: p.e.value as number }
    return scan(p, 'aevt', rangeOf(prefix), { ...wanted, e: false }, entityKnown)
  }
  if (re >= 0 && !prefersValue(p, relations, re, rv)) {
    return byEntity(p, relations, re, attribute.id, wanted, context)
  }
  if (p.v.kind === 'constant') return byConstant(p, attribute, p.v.value, wanted)
  if (rv >= 0) return byValue(p, attribute, relations, rv, wanted, context)
  if (p.range !== null) return scan(p, 'avet', p.range, wanted)
  const asked = { ...wanted, codes: wantsCodes(p) }
  return scan(p, 'aevt', rangeOf({ a: attribute.id }), asked, inOrder)
}

/** For fewer rows nobody asks how many datoms have a value. */
const rowsMin = 16

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
  if (!indexed || n < rowsMin) return false
  if (p.v.kind === 'constant') return roughlyWith(p, p.v.value) < n
  if (rv < 0 || rv === re) return false
  const r = relations[rv] as Relation
  const only = r.n === 1 ? cell(columnFor(r, (p.v as { name: string }).name), 0) : null
  return typeof only === 'number' ? roughlyWith(p, only) < n : r.n * 16 < n
}

/** How many datoms have the value, about. */
function roughlyWith({ db, attribute }: DbPattern, v: Value): number {
  const { id, hasAvet } = attribute as Attribute
  const order = hasAvet ? 'avet' : 'vaet'
  return db.facts.roughCount(order, rangeOf({ a: id, v }), db.view)
}

// ---- the attribute is not known ----

function openBlock(
  p: DbPattern,
  relations: readonly Relation[],
  context: Context,
): Block | 'by-attribute' {
  const wanted = { a: true, v: true, t: true, added: true, watch: context.guard }
  const ra = boundIn(p.a, relations)
  if (p.e.kind === 'constant') {
    const c = p.db.facts.columns('eavt', rangeOf({ e: p.e.value as number }), p.db.view, wanted)
    return blockOf(c, -1, null, onlyEntity)
  }
  const re = boundIn(p.e, relations)
  if (ra >= 0 && (re < 0 || asksEach(p, relations))) return 'by-attribute'
  if (re >= 0) return byEntity(p, relations, re, undefined, wanted, context)
  return byTarget(p, relations, context)
}

/**
 * A program's values, of which attributes of different types may be asked: in all forms that they can take. The variable keeps the value
 * that it was given.
 */
function byForms(
  p: DbPattern,
  name: string,
  relations: readonly Relation[],
  rv: number,
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  const types = new Set<Attribute['valueType']>()
  for (const { valueType } of p.db.schema.attributes.values()) types.add(valueType)
  const r = relations[rv] as Relation
  const given = columnFor(r, name)
  const rows: number[] = []
  const forms: Value[] = []
  inPortions(r.n, context.guard, (from, to) => {
    for (let i = from; i < to; i++) {
      const x = cell(given, i)
      for (const form of new Set([x, ...Array.from(types, (type) => fitType(type, x))])) {
        rows.push(i)
        forms.push(form)
      }
    }
  })
  const form = `${name}~`
  const { n, variables, columns } = pick(r, Int32Array.from(rows), null)
  const all = {
    n,
    variables: [...variables, form],
    columns: [...columns, columnOf(forms)],
    key: null,
  }
  const open = {
    ...p,
    v: { kind: 'variable', name: form },
    variables: [...p.variables, form],
    counts: noCounts(),
  } as const
  return runPattern(open, [...relations.filter((x) => x !== r), all], keep, context)
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
  // each id is asked for once, whatever the rows that have it
  const places = new Map<Value, number[]>()
  if (r === null) places.set((p.v as { value: Value }).value, [0])
  else {
    const c = columnFor(r, (p.v as { name: string }).name)
    for (let i = 0; i < r.n; i++) {
      const v = cell(c, i)
      const rows = places.get(v)
      if (rows === undefined) places.set(v, [i])
      else rows.push(i)
    }
  }
  const e: number[] = []
  const a: number[] = []
  const t: number[] = []
  const added: number[] = []
  const owners = new RowList(places.size)
  const { guard } = context
  for (const [v, rows] of places) {
    if (typeof v !== 'number' || !Number.isInteger(v)) continue
    const c = p.db.facts.columns('vaet', rangeOf({ v }), p.db.view, {
      e: true,
      a: true,
      t: true,
      added: true,
      watch: guard,
    })
    guard.tick(c.n * rows.length + 4)
    guard.rows(owners.n + c.n * rows.length)
    for (const row of rows) {
      for (let k = 0; k < c.n; k++) {
        owners.push(row)
        e.push((c.e as Float64Array)[k] as number)
        a.push((c.a as Float64Array)[k] as number)
        t.push((c.t as Float64Array)[k] as number)
        added.push((c.added as Uint8Array)[k] as number)
      }
    }
  }
  const ids = (x: number[]): Float64Array => Float64Array.from(x)
  const found = { n: owners.n, e: ids(e), a: ids(a), t: ids(t), added: Uint8Array.from(added) }
  return blockOf(found, rv, r === null ? null : owners.done(), onlyValue)
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
  const ordered = orderKeys(ids, r.n, context.guard)
  const others = relations.filter((_, i) => i !== ra)
  const inner = new Set([...keep, ...relations.flatMap((x) => x.variables)])
  const parts: Relation[] = []
  const rv = boundIn(p.v, relations)
  const v = rv < 0 ? null : columnFor(relations[rv] as Relation, (p.v as { name: string }).name)
  ordered.keys.forEach((id, k) => {
    const attribute = p.db.schema.attributes.get(id)
    if (attribute === undefined || (v !== null && !mayFit(attribute, v))) return
    const rows = rowsOfKey(ordered, k)
    const some = pick(r, rows, null)
    const narrowed = withAttribute(p, attribute)
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
