/**
 * Pull by its rules (findings-pull), one recursive function over an array of datoms. For well-formed patterns of keywords, symbols,
 * lists and maps; the answer is public data.
 */

import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import { toPublic } from '../../packages/yore/src/data/public.ts'
import { Keyword, Sym, keyword } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { NaiveAttribute, NaiveDb } from './naive-db.ts'

interface Spec {
  name: string
  key: string
  limit: number
  fallback: Value
  xform: string
  sub: Pattern | null
  levels: number
}

interface Pattern {
  id: boolean
  all: boolean
  specs: Spec[]
}

/** What is known of the path: entities that recursion started from, levels left, owners of expanded components. */
interface Path {
  seen: readonly number[]
  levels: ReadonlyMap<Spec, number>
  owners: readonly number[]
}

const start: Path = { seen: [], levels: new Map(), owners: [] }
const everything: Pattern = { id: true, all: true, specs: [] }

/** The answer would be longer than anyone wants to compare. */
export class TooMuch extends Error {}

const entitiesMax = 5000
let entitiesLeft = 0

/** The pulled entity as public data, or null. */
export function naivePull(db: NaiveDb, pattern: Value, id: Value): unknown {
  entitiesLeft = entitiesMax
  return pullEntity(db, parse(pattern), db.entid(id), start)
}

// ---- patterns ----

function parse(form: Value): Pattern {
  const out: Pattern = { id: false, all: false, specs: [] }
  for (const item of form as readonly Value[]) {
    if (item instanceof ValueMap) {
      for (const [name, value] of item) {
        const spec = parseSpec(name)
        if (Array.isArray(value)) spec.sub = parse(value)
        else spec.levels = typeof value === 'number' ? value : Infinity
        out.specs.push(spec)
      }
    } else if (item instanceof Sym) out.all = true
    else if (item instanceof Keyword && item.text === ':db/id') out.id = true
    else out.specs.push(parseSpec(item))
  }
  out.id ||= out.all
  return out
}

function parseSpec(form: Value): Spec {
  const list = form instanceof Keyword ? [form] : (form as readonly Value[])
  const name = (list[0] as Keyword).text
  const spec: Spec = {
    name,
    key: name,
    limit: 1000,
    fallback: null,
    xform: '',
    sub: null,
    levels: 0,
  }
  for (let i = 1; i < list.length; i += 2) {
    const value = list[i + 1] as Value
    const option = (list[i] as Keyword).text
    if (option === ':as') spec.key = value instanceof Keyword ? value.text : (value as string)
    if (option === ':limit') spec.limit = value === null ? Infinity : (value as number)
    if (option === ':default') spec.fallback = value
    if (option === ':xform') spec.xform = (value as Sym).text
  }
  return spec
}

// ---- entities ----

function pullEntity(db: NaiveDb, pattern: Pattern, e: number | null, path: Path): object | null {
  if (--entitiesLeft < 0) throw new TooMuch()
  const out = new Map<string, unknown>()
  if (pattern.id) out.set(':db/id', e)
  if (pattern.all && e !== null) {
    const named = new Set(pattern.specs.map((s) => s.name))
    for (const a of new Set(db.seen.filter((d) => d.e === e).map((d) => d.a))) {
      const attribute = db.attributes.get(a) as NaiveAttribute
      if (named.has(attribute.ident)) continue
      const value = plainValue(db, attribute, db.valuesOf(e, a).slice(0, 1000), e, path)
      out.set(attribute.ident, value)
    }
  }
  for (const spec of pattern.specs) {
    const found = lookUp(db, spec.name)
    const values = e === null || found === null ? [] : read(db, found, e)
    let value = found === null ? null : specValue(db, pattern, spec, found, values, e, path)
    if (spec.xform !== '') value = transform(spec.xform, value)
    value ??= toPublic(spec.fallback)
    const keepsKey = pattern.all && values.length > 0 && spec.name === found?.attribute.ident
    if ((value !== null || keepsKey) && !out.has(spec.key)) out.set(spec.key, value)
  }
  return out.size === 0 ? null : Object.fromEntries(out)
}

interface Found {
  attribute: NaiveAttribute
  reverse: boolean
}

function lookUp(db: NaiveDb, name: string): Found | null {
  const attribute = db.attribute(keyword(name))
  if (attribute !== undefined) return { attribute, reverse: false }
  const turned = /^(:.*\/|:)_(.+)$/.exec(name)
  const backwards = turned === null ? undefined : db.attribute(keyword(`${turned[1]}${turned[2]}`))
  return backwards?.type === 'ref' ? { attribute: backwards, reverse: true } : null
}

function read(db: NaiveDb, { attribute, reverse }: Found, e: number): Value[] {
  return reverse ? db.referrers(attribute.id, e) : db.valuesOf(e, attribute.id)
}

function plainValue(
  db: NaiveDb,
  attribute: NaiveAttribute,
  values: readonly Value[],
  e: number,
  path: Path,
): unknown {
  const owners = [...path.owners, e]
  const one = (v: Value): unknown => {
    if (attribute.type !== 'ref') return toPublic(v)
    if (!attribute.component || owners.includes(v as number)) return { ':db/id': v }
    return pullEntity(db, everything, v as number, { ...start, owners })
  }
  return attribute.many ? values.map(one) : one(values[0] as Value)
}

function specValue(
  db: NaiveDb,
  pattern: Pattern,
  spec: Spec,
  found: Found,
  values: readonly Value[],
  e: number | null,
  path: Path,
): unknown {
  const { attribute, reverse } = found
  const isOne = reverse ? attribute.component : !attribute.many
  const some = isOne ? values.slice(0, 1) : values.slice(0, Math.max(spec.limit, 0))
  if (some.length === 0 || e === null) return null
  if (spec.sub === null && spec.levels === 0) {
    if (!reverse) return plainValue(db, attribute, some, e, path)
    const ids = some.map((v) => ({ ':db/id': v }))
    return isOne ? ids[0] : ids
  }
  const left = path.levels.get(spec) ?? spec.levels
  const pulled = some
    .map((v) => (attribute.type === 'ref' ? (v as number) : db.entid(v)))
    .map((v) => {
      if (spec.sub !== null)
        return pullEntity(db, spec.sub, v, { ...path, levels: new Map(), owners: [] })
      if (left === 0 || path.seen.includes(e)) return pattern.id ? { ':db/id': v } : null
      const levels = new Map([...path.levels, [spec, left - 1] as const])
      return pullEntity(db, pattern, v, { seen: [...path.seen, e], levels, owners: [] })
    })
    .filter((x) => x !== null)
  if (pulled.length === 0) return null
  return isOne ? pulled[0] : pulled
}

// Of text and numbers only: the generator gives others no function.
function transform(name: string, value: unknown): unknown {
  if (name === 'str') return value === null ? '' : String(value as string | number)
  return typeof value === 'string' ? `:${value}` : null
}
