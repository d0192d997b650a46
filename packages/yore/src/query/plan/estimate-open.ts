/**
 * What to expect of a pattern that does not say which attribute: of an entity all that is known of it, of attributes found before what each
 * of them would give.
 *
 * (1) Of many entities and attributes a few are asked about; what they say is kept with the pattern for as long as its relations are
 *     the same.
 */

import { Keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { entid } from '../../db/lookup.ts'
import type { Attribute } from '../../db/schema.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import { cell, columnFor } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { meanOf } from './samples.ts'
import { mayFit } from '../prepare/coerce.ts'
import { withAttribute } from '../prepare/pattern.ts'
import type { DbPattern, Expected, Slot } from '../prepare/pattern.ts'

type Base = Relation | null

/** The same of a pattern that has its attribute. */
type Closed = (p: DbPattern, re: Base, rv: Base) => Omit<Expected, 'byAttribute'>

const rowsAsked = 64
const attributesAsked = 8
const datomsGuess = 8
const attributeGuess = 1000
/** Of what is known of an entity this share has one of the values that are looked for. */
const valueShare = 0.1

export function expectedOpen(p: DbPattern, re: Base, ra: Base, rv: Base, closed: Closed): Expected {
  const hasE = re !== null || p.e.kind === 'constant'
  const each = ra === null ? null : ofAttributes(p, re, ra, rv, closed)
  if (!hasE) {
    const targets = (rv?.n ?? 1) * datomsGuess
    return each ?? { rows: targets, visits: targets, byAttribute: false }
  }
  const entities = re?.n ?? 1
  const all = entities * perEntity(p, re)
  const visits = all + (re === null ? 0 : entities)
  if (each !== null && each.visits <= visits) return each
  let rows = all
  if (each !== null) rows = Math.min(all, each.rows)
  else if (p.v.kind === 'constant') rows = Math.min(entities, all * valueShare)
  else if (rv === re) rows *= valueShare
  else if (rv !== null) rows *= Math.min(1, rv.n * valueShare)
  return { rows, visits, byAttribute: false }
}

/** About how many datoms an entity has. */
function perEntity({ e, db }: DbPattern, re: Base): number {
  const countOf = (id: Value): number =>
    typeof id === 'number' ? db.facts.roughCount('eavt', rangeOf({ e: id }), db.view) : datomsGuess
  return re === null ? countOf((e as { value: Value }).value) : meanOf(re, nameOf(e), 0, countOf)
}

const nameOf = (s: Slot): string => (s as { name: string }).name

/** What the attributes that the variable stands for would give, each as a constant with the rows that have it. */
function ofAttributes(p: DbPattern, re: Base, ra: Relation, rv: Base, closed: Closed): Expected {
  const { schema } = p.db
  const ids = new Set<number>()
  // what has to be looked up first
  let others = 0
  const c = columnFor(ra, nameOf(p.a))
  const step = Math.max(1, Math.floor(ra.n / rowsAsked))
  for (let i = 0; i < ra.n; i += step) {
    const x = cell(c, i)
    const isName = x instanceof Keyword || (typeof x === 'string' && x.startsWith(':'))
    const id = isName ? entid(p.db, x) : x
    if (typeof id === 'number') ids.add(id)
    else others++
  }
  const attributes = Math.max(1, ids.size + others)
  const rowsOfEach = Math.ceil(ra.n / attributes)
  const some = { ...ra, n: rowsOfEach }
  const times = ra === re || ra === rv ? 1 : rowsOfEach
  let rows = 0
  let visits = 0
  let asked = 0
  const v = rv === null ? null : columnFor(rv, nameOf(p.v))
  const known = [...ids].flatMap((id) => {
    const attribute = schema.attributes.get(id)
    return attribute === undefined || (v !== null && !mayFit(attribute, v)) ? [] : attribute
  })
  const stride = Math.max(1, Math.floor(known.length / attributesAsked))
  for (let i = 0; i < known.length; i += stride) {
    asked++
    const narrowed = withAttribute(p, known[i] as Attribute)
    if (narrowed === null) continue
    const each = closed(narrowed, ra === re ? some : re, ra === rv ? some : rv)
    rows += each.rows * times
    visits += each.visits
  }
  const share = known.length / Math.max(1, asked)
  const unknown = others * (re?.n ?? attributeGuess)
  return { rows: rows * share + unknown, visits: visits * share + unknown, byAttribute: true }
}
