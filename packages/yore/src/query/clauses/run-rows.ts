/**
 * Runs a pattern on a collection of tuples: plain comparison by position, nothing is resolved (QR-22).
 */

import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import { fitValue } from '../../db/lookup.ts'
import type { Attribute } from '../../db/schema.ts'
import { joinRelations } from '../columns/join-relations.ts'
import type { Context } from '../context.ts'
import { show } from '../parse/form.ts'
import { distinct } from '../columns/kernels.ts'
import type { RowsPattern } from '../prepare/pattern.ts'
import { inPortions } from '../columns/portions.ts'
import { cell, columnFor, columnOf, joinKey, pick } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'

/** What of the tuples a pattern lets through, and where its values stand: made once for each pattern of a run. */
interface Matched {
  readonly all: Relation
  readonly places: Map<string, ReadonlyMap<unknown, number[]>>
}

const matched = new WeakMap<RowsPattern, Matched>()

/** A relation so much smaller than the tuples is looked up among them, value by value. */
const lookupShare = 8

/** The relations after the pattern; null when nothing is left. */
export function runRows(
  p: RowsPattern,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  let known = matched.get(p)
  if (known === undefined)
    matched.set(p, (known = { all: matching(p, context), places: new Map() }))
  if (known.all.n === 0) return null
  const shared = (r: Relation): string | undefined =>
    r.variables.find((v) => p.variables.includes(v))
  const small = relations.find((r) => shared(r) !== undefined && r.n * lookupShare < known.all.n)
  const useful = new Set([...keep, ...relations.flatMap((r) => r.variables)])
  let out =
    small === undefined
      ? distinct(pick(known.all, null, useful), context.guard)
      : distinct(
          pick(lookUp(known, small, shared(small) as string, context), null, useful),
          context.guard,
        )
  const apart: Relation[] = []
  for (const r of relations) {
    if (r.variables.some((v) => out.variables.includes(v))) {
      out = joinRelations(out, r, context)
      if (out.n === 0) return null
    } else apart.push(r)
  }
  const kept = pick(out, null, keep)
  if (kept.variables.length > 0) apart.push(kept)
  return out.n === 0 ? null : apart
}

/** The tuples that have one of the values that the relation has for the variable. */
function lookUp(
  { all, places }: Matched,
  r: Relation,
  variable: string,
  context: Context,
): Relation {
  let index = places.get(variable)
  if (index === undefined) {
    const made = new Map<unknown, number[]>()
    const c = columnFor(all, variable)
    inPortions(all.n, context.guard, (from, to) => {
      for (let i = from; i < to; i++) {
        const key = joinKey(cell(c, i))
        const rows = made.get(key)
        if (rows === undefined) made.set(key, [i])
        else rows.push(i)
      }
    })
    places.set(variable, (index = made))
  }
  const wanted = new Set<unknown>()
  const c = columnFor(r, variable)
  for (let i = 0; i < r.n; i++) wanted.add(joinKey(cell(c, i)))
  const rows: number[] = []
  for (const key of wanted) for (const i of index.get(key) ?? []) rows.push(i)
  context.guard.tick(r.n + rows.length)
  return pick(all, Int32Array.from(rows), null, true, context.guard)
}

function matching(p: RowsPattern, context: Context): Relation {
  const width = p.slots.length
  const first = new Map<string, number>()
  const constants: [number, unknown][] = []
  const equal: [number, number][] = []
  p.slots.forEach((s, i) => {
    if (s.kind === 'constant') constants.push([i, joinKey(s.value)])
    else if (s.kind === 'variable') {
      const earlier = first.get(s.name)
      if (earlier === undefined) first.set(s.name, i)
      else equal.push([earlier, i])
    }
  })
  const rows: (readonly Value[])[] = []
  const given = p.rows
  for (let i = 0; i < given.length; i++) {
    if ((i & 4095) === 4095) context.guard.tick(4096 * width)
    const row = given[i] as readonly Value[]
    if (row.length < width) {
      raise(
        ':yore/invalid-argument',
        `a tuple of the source is shorter than the clause ${show(p.clause.form)}`,
        { clause: show(p.clause.form), tuple: show(row) },
      )
    }
    if (constants.some(([k, key]) => joinKey(row[k] ?? null) !== key)) continue
    if (equal.some(([k, j]) => joinKey(row[k] ?? null) !== joinKey(row[j] ?? null))) continue
    rows.push(row)
  }
  const variables = [...first.keys()]
  const columns = variables.map((v) => {
    const i = first.get(v) as number
    const of = p.fits.get(v)
    if (of === undefined) return columnOf(rows.map((row) => row[i] ?? null))
    context.guard.tick(rows.length * 4)
    return columnOf(rows.map((row) => fitValue(of.db, of.attribute as Attribute, row[i] ?? null)))
  })
  return distinct({ n: rows.length, variables, columns, key: null }, context.guard)
}
