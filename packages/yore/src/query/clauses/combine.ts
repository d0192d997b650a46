/**
 * From the datoms that a pattern's way in found to the relation that it leaves.
 *
 * (1) Everything that the way in did not guarantee is checked here: constants, a variable twice, variables of the same relation.
 * (2) A variable of another relation becomes a join; that relation keeps its form of the value.
 * (3) A variable twice in the pattern must be what was found as it was given: an ident or lookup ref is no id then (as in the
 *     original).
 * (4) The key of the result says what makes its rows distinct: an entity and, where there may be several, the value.
 */

import { newFloats, newInts } from '../../base/arrays.ts'
import { Keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { hasOneValue } from '../../db/single.ts'
import type { Coded, Column, Columns } from '../../indexes/fact-index.ts'
import { txBase } from '../../indexes/facts/ids.ts'
import { entityIds, valuesFor, zeroOf } from '../prepare/coerce.ts'
import type { Context } from '../context.ts'
import type { Guard } from '../guard.ts'
import { joinOn } from '../columns/join-relations.ts'
import { RowList } from '../columns/kernels.ts'
import { fittedTest } from './fitted-test.ts'
import { isRepeated } from '../prepare/pattern.ts'
import type { DbPattern, Slot } from '../prepare/pattern.ts'
import { inPortions } from '../columns/portions.ts'
import {
  cell,
  columnFor,
  domainOf,
  gather,
  idColumn,
  joinKey,
  joins,
  pick,
} from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'

/** What of the pattern is already true of all datoms of a block; and whether they stand by e, ascending. */
export interface Known {
  readonly e: boolean
  readonly a: boolean
  readonly v: boolean
  readonly ordered: boolean
}

/** Datoms found, and the rows of a relation they were found for. */
export interface Block {
  readonly n: number
  readonly e: Float64Array | undefined
  readonly a: Float64Array | undefined
  readonly v: Column | undefined
  readonly t: Float64Array | undefined
  readonly added: Uint8Array | undefined
  /** The relation by which they were asked for, or -1. */
  readonly base: number
  /** For each datom the row of that relation; null when there is none. Equal ones stand together. */
  readonly rows: Int32Array | null
  readonly known: Known
}

/** All of one shape, as they are made and read for each clause of each query. */
export function blockOf(
  { n, e, a, v, t, added }: Columns,
  base: number,
  rows: Int32Array | null,
  known: Known,
): Block {
  return { n, e, a, v, t, added, base, rows, known }
}

type Position = 'e' | 'a' | 'v' | 't' | 'added'
const positions: readonly Position[] = ['e', 'a', 'v', 't', 'added']

/** A column of the block as the variable in that position sees it. */
function columnAt(block: Block, at: Position, guard: Guard): Column {
  switch (at) {
    case 'v':
      return block.v as Column
    case 't': {
      const t = block.t as Float64Array
      const data = newFloats(t.length)
      inPortions(t.length, guard, (from, to) => {
        for (let i = from; i < to; i++) data[i] = (t[i] as number) + txBase
      })
      return idColumn(data)
    }
    case 'added':
      return { kind: 'value', data: truths(block.added as Uint8Array, guard) }
    default:
      return idColumn(block[at] as Float64Array)
  }
}

function truths(added: Uint8Array, guard: Guard): boolean[] {
  const out: boolean[] = []
  inPortions(added.length, guard, (from, to) => {
    for (let i = from; i < to; i++) out.push(added[i] === 1)
  })
  return out
}

/** The relations after the block has been joined to them; null when nothing is left. */
export function combine(
  p: DbPattern,
  block: Block,
  relations: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  if (block.n === 0) return null
  const base = block.base < 0 ? null : (relations[block.base] as Relation)
  const columns = new Map<Position, Column>()
  const column = (at: Position): Column => {
    let c = columns.get(at)
    if (c === undefined) columns.set(at, (c = columnAt(block, at, context.guard)))
    return c
  }
  const selected = select(p, block, base, column, context)
  if (selected !== null && selected.length === 0) return null
  const fresh = newVariables(p, base, keep, relations)
  const made = assemble(p, block, base, selected, fresh, keep, column, relations, context.guard)
  const rest = relations.filter((_, i) => i !== block.base)
  return joinOthers(p, made, rest, keep, context)
}

// ---- which datoms ----

type Test = (i: number) => boolean

function select(
  p: DbPattern,
  block: Block,
  base: Relation | null,
  column: (at: Position) => Column,
  context: Context,
): Int32Array | null {
  const tests = testsOf(p, block, base, column, context)
  if (tests.length === 0) return null
  let out: Int32Array | null = null
  for (const test of tests) {
    const before: Int32Array | null = out
    const n = before === null ? block.n : before.length
    const rows: Int32Array = newInts(n)
    let count = 0
    inPortions(n, context.guard, (from, to) => {
      count = choose(test, before, from, to, rows, count)
    })
    out = rows.subarray(0, count)
  }
  return out !== null && out.length === block.n ? null : out
}

/**
 * Adds those of rows `from` to `to`, or of these places among rows already chosen, for which the test holds, and gives how many there are
 * then. It counts where it could branch: which rows pass nobody can foretell.
 */
function choose(
  test: Test,
  chosen: Int32Array | null,
  from: number,
  to: number,
  out: Int32Array,
  count: number,
): number {
  let n = count
  for (let k = from; k < to; k++) {
    const i = chosen === null ? k : (chosen[k] as number)
    out[n] = i
    n += Number(test(i))
  }
  return n
}

function testsOf(
  p: DbPattern,
  block: Block,
  base: Relation | null,
  column: (at: Position) => Column,
  context: Context,
): Test[] {
  const tests: Test[] = []
  const first = new Map<string, Position>()
  for (const at of positions) {
    const slot: Slot = p[at]
    const known = at === 'e' || at === 'a' || at === 'v' ? block.known[at] : false
    if (slot.kind === 'constant') {
      if (known) continue
      const as = (v: Value): Test => constantTest(at, v, column)
      const isFitted = at === 'v' && p.attribute === null && p.loose
      tests.push(isFitted ? fittedTest(p, slot.value, column('a'), as) : as(slot.value))
      continue
    }
    if (slot.kind !== 'variable') continue
    const earlier = first.get(slot.name)
    first.set(slot.name, earlier ?? at)
    if (earlier !== undefined) {
      tests.push(equalTest(column(earlier), null, column(at)))
      if (base?.variables.includes(slot.name) === true) {
        tests.push(equalTest(columnFor(base, slot.name), block.rows, column(at)))
      }
    } else if (base !== null && base.variables.includes(slot.name) && !known) {
      const given = givenColumn(p, at, columnFor(base, slot.name), slot.name, context)
      tests.push(equalTest(given, block.rows, column(at)))
    }
  }
  return tests
}

/** The values of a variable as this position takes them. */
function givenColumn(
  p: DbPattern,
  at: Position,
  c: Column,
  name: string,
  context: Context,
): Column {
  const loose = context.loose.has(name)
  if (at === 'e' || at === 'a') return idColumn(entityIds(p.db, c, loose))
  if (at === 'v' && p.attribute !== null) {
    return valuesFor(p.db, p.attribute, c, { loose, resolve: p.resolve })
  }
  return c
}

function constantTest(at: Position, value: Value, column: (at: Position) => Column): Test {
  const c = column(at)
  if (at === 't') {
    const data = c.data as Float64Array
    const id = (value as number) + txBase
    return (i) => data[i] === id
  }
  if (c.kind === 'number' && domainOf(c) === 'id' && typeof value === 'number') {
    const { data } = c
    return (i) => data[i] === value
  }
  if (c.kind === 'value' && c.coded !== undefined) {
    const { codes, table } = c.coded
    // strings, interned keywords and booleans; -1 is no code
    const code = table.indexOf(value)
    return (i) => codes[i] === code
  }
  if (c.kind === 'value' && isItself(value)) {
    const { data } = c
    return (i) => data[i] === value
  }
  const zero = zeroOf(value)
  if (zero !== null && c.kind === 'number') {
    const { data } = c
    return (i) => Object.is(data[i], zero)
  }
  const key = joinKey(value)
  return (i) => joinKey(cell(c, i)) === key
}

/** Does the value equal nothing but itself? */
const isItself = (value: Value): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || value instanceof Keyword

function equalTest(given: Column, rows: Int32Array | null, found: Column): Test {
  const domain = domainOf(given)
  if (domain !== 'value' && domain === domainOf(found)) {
    const a = given.data as Float64Array
    const b = found.data as Float64Array
    return rows === null ? (i) => a[i] === b[i] : (i) => a[rows[i] as number] === b[i]
  }
  if (given.kind === 'value' && found.kind === 'value') {
    const [x, y] = [given.coded, found.coded]
    if (x !== undefined && y !== undefined && x.table.length + y.table.length <= translatedMax) {
      return equalCodes(x, rows, y)
    }
    const a = given.data
    const b = found.data
    return (i) => {
      const x = a[rows === null ? i : (rows[i] as number)] ?? null
      const y = b[i] ?? null
      return typeof x === 'string' && typeof y === 'string' ? x === y : joins(x, y)
    }
  }
  return (i) => joins(cell(given, rows === null ? i : (rows[i] as number)), cell(found, i))
}

/** How often values were compared by their codes, for tests. */
export const byCodes = { times: 0 }

/** Of so many values codes are translated at once, without a look at the clock. */
const translatedMax = 1 << 14

/** The codes of two columns: those of one are translated into those of the other. */
function equalCodes(given: Coded, rows: Int32Array | null, found: Coded): Test {
  byCodes.times++
  const places = new Map<Value, number>()
  found.table.forEach((v, k) => places.set(v, k))
  const same = Int32Array.from(given.table, (v) => places.get(v) ?? -1)
  const a = given.codes
  const b = found.codes
  return (i) => same[a[rows === null ? i : (rows[i] as number)] as number] === b[i]
}

// ---- the relation ----

interface Fresh {
  readonly name: string
  readonly at: Position
}

/** The variables that the datoms bring in: those that are kept, or that other relations have. */
function newVariables(
  p: DbPattern,
  base: Relation | null,
  keep: ReadonlySet<string>,
  relations: readonly Relation[],
): Fresh[] {
  const out: Fresh[] = []
  for (const at of positions) {
    const slot: Slot = p[at]
    if (slot.kind !== 'variable' || base?.variables.includes(slot.name) === true) continue
    if (out.some((f) => f.name === slot.name)) continue
    const shared = relations.some((r) => r !== base && r.variables.includes(slot.name))
    if (shared || keep.has(slot.name)) out.push({ name: slot.name, at })
  }
  return out
}

function assemble(
  p: DbPattern,
  block: Block,
  base: Relation | null,
  selected: Int32Array | null,
  fresh: readonly Fresh[],
  keep: ReadonlySet<string>,
  column: (at: Position) => Column,
  relations: readonly Relation[],
  guard: Guard,
): Relation {
  let rows = selected
  let key: readonly string[] | null = keyOf(p, base)
  if (fresh.length === 0 && base !== null) {
    if (!hasOneEach(p, base)) rows = withoutRepeats(block.rows as Int32Array, rows, block.n)
    key = base.key
  } else if (fresh.length === 0) {
    return { n: 1, variables: [], columns: [], key: [] }
  } else if (base === null && fresh.length === 1 && fresh[0]?.at === 'e' && block.known.ordered) {
    rows = withoutRepeats(block.e as Float64Array, rows, block.n)
    key = [fresh[0].name]
  }
  const n = rows === null ? block.n : rows.length
  const variables: string[] = []
  const columns: Column[] = []
  if (base !== null) {
    const places = placesOf(block.rows as Int32Array, rows, base.n)
    for (const v of base.variables) {
      if (!keep.has(v) && !isShared(v, base, relations)) continue
      const c = columnFor(base, v)
      variables.push(v)
      columns.push(places === null ? c : gather(c, places, guard))
    }
  }
  for (const f of fresh) {
    const c = column(f.at)
    variables.push(f.name)
    columns.push(rows === null ? c : gather(c, rows, guard))
  }
  const held = key !== null && key.every((v) => variables.includes(v))
  return { n, variables, columns, key: held ? key : null }
}

const isShared = (v: string, base: Relation, relations: readonly Relation[]): boolean =>
  relations.some((r) => r !== base && r.variables.includes(v))

/** The rows of the base in the order of the datoms chosen; null when they are all of them, in order. */
function placesOf(rows: Int32Array, selected: Int32Array | null, size: number): Int32Array | null {
  const n = selected === null ? rows.length : selected.length
  const out = selected === null ? rows : newInts(n)
  let same = n === size
  for (let i = 0; i < n; i++) {
    const row = selected === null ? (rows[i] as number) : (rows[selected[i] as number] as number)
    if (selected !== null) out[i] = row
    if (row !== i) same = false
  }
  return same ? null : out
}

/** Has each row of the base one datom of the pattern at most? */
const hasOneEach = ({ attribute, db, e }: DbPattern, base: Relation): boolean =>
  attribute !== null &&
  hasOneValue(db, attribute) &&
  e.kind === 'variable' &&
  base.variables.includes(e.name)

/** The first of each run of equal cells. */
function withoutRepeats(
  data: Int32Array | Float64Array,
  selected: Int32Array | null,
  length: number,
): Int32Array | null {
  const n = selected === null ? length : selected.length
  const out = new RowList(n)
  let last = NaN
  for (let k = 0; k < n; k++) {
    const i = selected === null ? k : (selected[k] as number)
    const x = data[i] as number
    if (x !== last) out.push(i)
    last = x
  }
  return out.n === length ? null : out.done()
}

/** What makes a datom of this pattern one of a kind, with what made the base's rows so; null when nothing that has a name does. */
function keyOf(p: DbPattern, base: Relation | null): string[] | null {
  if (base !== null && base.key === null) return null
  const { view } = p.db
  const present =
    !view.history && view.keep === null && view.asOf === Infinity && view.since === -Infinity
  const candidates: Position[][] = []
  const one = p.attribute !== null && hasOneValue(p.db, p.attribute)
  if (one) candidates.push(['e'])
  if (present && p.attribute !== null && p.attribute.unique !== null) candidates.push(['v'])
  if (!view.history && view.keep === null) candidates.push(['e', 'a', 'v'])
  candidates.push(['e', 'a', 'v', 't', 'added'])
  if (base !== null && one && isItsOwn(p, base, base.key as readonly string[])) {
    itsOwn.times++
    return [(p.e as { name: string }).name]
  }
  let best: string[] | null = null
  for (const at of candidates) {
    const names = namesAt(p, at)
    if (names === null) continue
    const added = names.filter((v) => base?.variables.includes(v) !== true)
    if (best === null || added.length < best.length) best = added
  }
  return best === null ? null : [...(base?.key ?? []), ...best]
}

/** How often an entity alone made rows distinct, for tests. */
export const itsOwn = { times: 0 }

/** Does an entity have one value, which tells of which row of the base it is? */
function isItsOwn(p: DbPattern, base: Relation, key: readonly string[]): boolean {
  const { attribute, e, v } = p
  if (attribute?.valueType !== 'ref' || attribute.many) return false
  if (e.kind !== 'variable' || v.kind !== 'variable' || base.variables.includes(e.name))
    return false
  if (!key.every((x) => x === v.name) || !base.variables.includes(v.name)) return false
  return domainOf(columnFor(base, v.name)) === 'id'
}

function namesAt(p: DbPattern, at: readonly Position[]): string[] | null {
  const out: string[] = []
  for (const x of at) {
    const slot: Slot = p[x]
    if (slot.kind === 'variable') out.push(slot.name)
    else if (slot.kind === 'blank' && !(x === 'a' && p.attribute !== null)) return null
  }
  return out
}

// ---- joins with the other relations ----

function joinOthers(
  p: DbPattern,
  made: Relation,
  rest: readonly Relation[],
  keep: ReadonlySet<string>,
  context: Context,
): Relation[] | null {
  let out = made
  const apart: Relation[] = []
  for (const r of rest) {
    const shared = r.variables.filter((v) => out.variables.includes(v) && positionOf(p, v) !== null)
    if (shared.length === 0) {
      apart.push(r)
      continue
    }
    const given = shared.map((v) =>
      isRepeated(p, v)
        ? columnFor(r, v)
        : givenColumn(p, positionOf(p, v) as Position, columnFor(r, v), v, context),
    )
    const found = shared.map((v) => columnFor(out, v))
    out = joinOn(out, r, found, given, shared, context)
    if (out.n === 0) return null
  }
  apart.push(pick(out, null, keep))
  return apart
}

function positionOf(p: DbPattern, v: string): Position | null {
  for (const at of positions) {
    const slot: Slot = p[at]
    if (slot.kind === 'variable' && slot.name === v) return at
  }
  return null
}
