/**
 * Random worlds for the fact index: attributes of every column form, transactions, ranges and views; and checks that an index answers as
 * the naive one does.
 */

import { expect } from 'vitest'
import type { NaiveIndex } from './naive-index.ts'
import { BigDecimal } from '../../packages/yore/src/data/big-decimal.ts'
import { compareValues } from '../../packages/yore/src/data/compare.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import {
  Double,
  Float,
  Instant,
  Keyword,
  keyword,
  Uuid,
} from '../../packages/yore/src/data/values.ts'
import { valueAt } from '../../packages/yore/src/indexes/segments/column.ts'
import {
  currentOf,
  currentReferring,
  currentWithValue,
  entityRowsIn,
  findDatoms,
} from '../../packages/yore/src/indexes/create.ts'
import type {
  Change,
  Columns,
  FactIndex,
  Placement,
  View,
  Wanted,
} from '../../packages/yore/src/indexes/fact-index.ts'
import { presentView } from '../../packages/yore/src/indexes/fact-index.ts'
import type {
  Datom,
  Fact,
  Gap,
  Order,
  Prefix,
  Range,
} from '../../packages/yore/src/indexes/facts/fact.ts'
import {
  componentsOf,
  never,
  orders,
  unasserted,
} from '../../packages/yore/src/indexes/facts/fact.ts'
import { Found } from '../../packages/yore/src/indexes/read/find.ts'

// A generator of random numbers that a seed repeats.
export function randomOf(seed: number): (n: number) => number {
  let s = seed >>> 0
  return (n) => {
    s = (s + 0x6d2b79f5) >>> 0
    let x = Math.imul(s ^ (s >>> 15), s | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) % n
  }
}
export type Random = (n: number) => number
export const pick = <T>(random: Random, xs: readonly T[]): T => xs[random(xs.length)] as T

export const user = 4 * 2 ** 42
export const ids = [
  1,
  2,
  50,
  900,
  user + 1,
  user + 2,
  user + 3,
  user + 400,
  user + 70_000,
  2 ** 53 + 2 ** 40,
]

export interface Kind {
  readonly placement: Placement
  readonly values: readonly Value[]
}
export const place = (column: Placement['column'], avet = true, vaet = false): Placement => ({
  avet,
  vaet,
  column,
})
export const kinds: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [1, { placement: place('long'), values: [0, 1, 2, -5, 300, 70_000, 2 ** 40, 2 ** 53 - 1] }],
  [2, { placement: place('value'), values: ['a', 'b', 'B', 'ab', '', 'é', 'zz'] }],
  [3, { placement: place('ref', false, true), values: ids }],
  [
    4,
    {
      placement: place('double'),
      values: [new Double(0), new Double(-0), 0.5, -1.5, new Double(3), NaN, Infinity, 1e-10],
    },
  ],
  [5, { placement: place('value', false), values: ['a', 'b/c', 'b/d'].map(keyword) }],
  [6, { placement: place('instant'), values: [0, 5, 1e12, -7].map((ms) => new Instant(ms)) }],
  [
    7,
    {
      placement: place('value'),
      values: ['1.0', '1.00', '2', '-3.5'].map((x) => BigDecimal.parse(x)),
    },
  ],
  [8, { placement: place('long'), values: [1, 2, 2n ** 60n, -(2n ** 70n), 3] }],
  [9, { placement: place('ref', true, true), values: ids }],
  [10, { placement: place('float', false), values: [0, 0.5, 3, -2].map((x) => new Float(x)) }],
  [11, { placement: place('value'), values: [[1, 'a'], [1], [2, null], [null, 'b']] }],
  [
    12,
    {
      placement: place('value'),
      values: ['8', '7', '0'].map((c) => new Uuid(`${c}0000000-0000-4000-8000-000000000000`)),
    },
  ],
])
// equal e, a, v accumulate under this one
export const accumulating = 13
export const attributes = [...kinds.keys(), accumulating]
export const placementOf = (a: number): Placement => kinds.get(a)?.placement ?? place('ref', false)
export const valuesOf = (a: number): readonly Value[] => kinds.get(a)?.values ?? [1, 2, 3]

/** Every value as a text that tells apart what is not the same. */
export function show(v: Value): string {
  if (typeof v === 'number') return Object.is(v, -0) ? '-0' : `${v}`
  if (typeof v === 'bigint') return `${v}n`
  if (v instanceof Double) return `D${show(v.value)}`
  if (v instanceof Float) return `F${show(v.value)}`
  if (v instanceof Instant) return `I${v.ms}`
  if (v instanceof BigDecimal) return `M${v.unscaled}/${v.scale}`
  if (v instanceof Keyword || v instanceof Uuid) return v.text
  return JSON.stringify(v)
}
export const showDatom = (d: Datom): string => `${d.e} ${d.a} ${show(d.v)} ${d.t} ${d.added}`

export function cursorRows(
  index: Pick<FactIndex, 'cursor'>,
  order: Order,
  range: Range,
  view: View,
  back: boolean,
) {
  const cursor = index.cursor(order, range, view, back)
  const out: string[] = []
  while (cursor.next()) out.push(showDatom(cursor))
  return out
}

export function columnRows(columns: Columns): string[] {
  const out: string[] = []
  const e = columns.e ?? (columns.ids?.data as Float64Array | undefined)
  for (const column of [e, columns.a, columns.t, columns.added, columns.probe]) {
    if (column !== undefined) expect(column.length).toBe(columns.n)
  }
  if (columns.v !== undefined) expect(columns.v.data.length).toBe(columns.n)
  for (let i = 0; i < columns.n; i++) {
    const v = columns.v === undefined ? '' : show(valueAt(columns.v, i))
    out.push(
      [e?.[i], columns.a?.[i], v, columns.t?.[i], columns.added?.[i], columns.probe?.[i]].join(' '),
    )
  }
  return out
}

export interface World {
  index: FactIndex
  naive: Pick<FactIndex, 'cursor' | 'columns' | 'probe'> & { readonly facts: readonly Fact[] }
  t: number
}

/** The changes of one random transaction. */
export function transaction(
  random: Random,
  naive: NaiveIndex,
  t: number,
  size: number,
  entities: readonly number[] = ids,
): Change[] {
  const changes: Change[] = []
  const touched = new Set<string>()
  const current = naive.facts.filter((f) => f.end === never)
  for (let i = 0; i < size; i++) {
    const retracts = random(5) < 2 && current.length > 0
    const fact: Fact = retracts
      ? pick(random, current)
      : (() => {
          const a = pick(random, attributes)
          return { e: pick(random, entities), a, v: pick(random, valuesOf(a)), t, end: never }
        })()
    const group = naive.facts.filter(
      (f) => f.e === fact.e && f.a === fact.a && compareValues(f.v, fact.v) === 0,
    )
    const key = `${fact.e} ${fact.a} ${group[0] === undefined ? show(fact.v) : show(group[0].v)}`
    if (touched.has(key)) continue
    const standing = group.find((f) => f.end === never)
    if (fact.a === accumulating) {
      if (!retracts) changes.push({ kind: 'assert', fact })
    } else if (retracts) {
      changes.push({ kind: 'retract', fact, t })
      // another scale in its place
      if (fact.a === 7 && random(2) === 0) {
        const v = pick(
          random,
          valuesOf(7).filter((x) => compareValues(x, fact.v) === 0),
        )
        changes.push({ kind: 'assert', fact: { ...fact, v, t, end: never } })
      }
    } else if (standing === undefined) {
      const lone = group.length === 0 && random(12) === 0
      changes.push(
        lone
          ? { kind: 'past', fact: { ...fact, t: unasserted, end: t } }
          : { kind: 'assert', fact },
      )
    } else continue
    touched.add(key)
    // values equal in order count as one
    for (const v of valuesOf(fact.a)) {
      if (compareValues(v, fact.v) === 0) touched.add(`${fact.e} ${fact.a} ${show(v)}`)
    }
  }
  return changes
}

export function randomPrefix(random: Random, facts: readonly Fact[], order: Order): Prefix {
  const fact = facts.length > 0 && random(4) > 0 ? pick(random, facts) : null
  const a = fact?.a ?? pick(random, attributes)
  const all: Prefix = {
    e: fact !== null && random(5) > 0 ? fact.e : pick(random, ids) + random(2),
    a: random(8) === 0 ? a + 1 : a,
    v: fact !== null && random(5) > 0 ? fact.v : pick(random, valuesOf(pick(random, [a, a, a, 4]))),
    t:
      fact !== null && random(3) > 0
        ? random(2) === 0
          ? fact.t
          : Math.min(fact.end, 99)
        : random(30),
  }
  const depth = random(5)
  return Object.fromEntries(componentsOf[order].slice(0, depth).map((c) => [c, all[c]]))
}

export function randomRange(random: Random, facts: readonly Fact[], order: Order): Range {
  const prefix = randomPrefix(random, facts, order)
  const gap = (): Gap => ({ prefix: randomPrefix(random, facts, order), after: random(2) === 0 })
  switch (random(4)) {
    case 0:
      return { low: random(3) > 0 ? gap() : undefined, high: random(3) > 0 ? gap() : undefined }
    case 1:
      // within one attribute, as index-range does
      if (order === 'avet' && prefix.a !== undefined) {
        const { a } = prefix
        const [v, w] = [pick(random, valuesOf(a)), pick(random, valuesOf(a))]
        return {
          low: { prefix: { a, v }, after: false },
          high: { prefix: { a, v: w }, after: false },
        }
      }
      return { low: { prefix, after: false }, high: { prefix, after: true } }
    default:
      return { low: { prefix, after: false }, high: { prefix, after: true } }
  }
}

export function randomView(random: Random, t: number): View {
  const some = (d: Datom): boolean => (d.t * 31 + (d.e % 97) * 7 + d.a + Number(d.added)) % 3 !== 0
  return {
    asOf: random(2) === 0 ? Infinity : random(t + 2),
    since: random(3) > 0 ? -Infinity : random(t + 2),
    history: random(3) === 0,
    keep: random(3) === 0 ? some : null,
  }
}

export function randomWanted(random: Random): Wanted {
  const yes = (): boolean => random(3) > 0
  return { e: yes(), a: yes(), v: yes(), t: yes(), added: yes(), stored: !yes() }
}

// Strings and keywords may come as codes.
const codable: ReadonlySet<number | undefined> = new Set([2, 5])

function mayHaveCodes(order: Order, { low, high }: Range): boolean {
  // from one entity to another there are other attributes, too
  const isOfOne = order !== 'eavt' || low?.prefix.e === high?.prefix.e
  const a = low?.prefix.a
  return isOfOne && a !== undefined && codable.has(a) && high?.prefix.a === a
}

export function checkRange(random: Random, { index, naive, t }: World, note: string): void {
  const order = pick(random, orders)
  const range = randomRange(random, naive.facts, order)
  const view = random(3) === 0 ? presentView : randomView(random, t)
  const says = `${note} ${order} ${JSON.stringify([range, view], (_, x) => (typeof x === 'number' || typeof x === 'bigint' ? `${x}` : x))}`
  const expected = cursorRows(naive, order, range, view, false)
  expect(cursorRows(index, order, range, view, false), says).toEqual(expected)
  expect(cursorRows(index, order, range, view, true), says).toEqual(expected.toReversed())
  const count = index.count(order, range, view)
  if (view === presentView) expect(count, says).toBe(expected.length)
  else expect(count, says).toBeGreaterThanOrEqual(expected.length)
  const codes = mayHaveCodes(order, range) && random(2) === 0
  const wanted = { ...randomWanted(random), codes }
  expect(columnRows(index.columns(order, range, view, wanted)), says).toEqual(
    columnRows(naive.columns(order, range, view, wanted)),
  )
}

/** Single facts of the present (point.ts), which leave waiting what waits. */
export function checkSingle(random: Random, { index, naive }: World, note: string): void {
  if (naive.facts.length === 0) return
  const fact = pick(random, naive.facts)
  const a = random(4) === 0 ? pick(random, attributes) : fact.a
  const v = random(3) === 0 ? pick(random, valuesOf(a)) : fact.v
  const depth = 1 + random(3)
  const asked: readonly [Order, Prefix, readonly Fact[] | null][] = [
    [
      'eavt',
      { e: fact.e, a: depth > 1 ? a : undefined, v: depth > 2 ? v : undefined },
      currentOf(index, fact.e, depth > 1 ? a : undefined, depth > 2 ? v : undefined),
    ],
    ['avet', { a, v }, currentWithValue(index, a, v)],
    ['vaet', { v: fact.e }, currentReferring(index, fact.e)],
  ]
  for (const [order, prefix, found] of asked) {
    const says = `${note} single ${order} ${JSON.stringify(prefix, (_, x) => (typeof x === 'number' || typeof x === 'bigint' ? `${x}` : x))}`
    const range = { low: { prefix, after: false }, high: { prefix, after: true } }
    const expected = cursorRows(naive, order, range, presentView, false)
    expect(
      found?.map(({ e, a: of, v: x, t }) => `${e} ${of} ${show(x)} ${t} true`),
      says,
    ).toEqual(expected)
  }
}

/** Where entities' rows stand, if the index says so. */
export function checkRows(
  random: Random,
  { index, naive }: World,
  note: string,
  asked: readonly number[] = ids,
): void {
  const rows = entityRowsIn(index, presentView)
  if (rows === null) return
  for (let i = 0; i < 8; i++) {
    const e = pick(random, asked) + (random(6) === 0 ? 1 : 0)
    const segment = rows.seek(e)
    if (segment === null) continue
    const found: string[] = []
    for (let row = rows.from; row < rows.to; row++) {
      const x = segment.entryAt(row)
      found.push(`${x.e} ${x.a} ${show(x.v)} ${x.t} true`)
    }
    const prefix = { e }
    const range = { low: { prefix, after: false }, high: { prefix, after: true } }
    expect(found, `${note} rows of ${e}`).toEqual(
      cursorRows(naive, 'eavt', range, presentView, false),
    )
  }
}

/** Few facts of any view: in some sequence, or none when there are more than asked for. */
export function checkFind(random: Random, { index, naive, t }: World, note: string): void {
  if (naive.facts.length === 0) return
  const fact = pick(random, naive.facts)
  const order = pick(random, ['aevt', 'avet', 'vaet'] as const)
  const a = random(4) === 0 ? pick(random, attributes) : fact.a
  const v = random(3) === 0 ? pick(random, valuesOf(a)) : fact.v
  const prefix: Prefix =
    order === 'aevt' ? { a, e: fact.e, v: random(2) === 0 ? undefined : v } : { a, v }
  const view = random(3) === 0 ? presentView : randomView(random, t)
  const most = random(2) === 0 ? 1000 : random(4)
  const near = random(2) === 0
  const out = new Found()
  const all = findDatoms(index, order, a, prefix.e, prefix.v, view, { most, near, one: false }, out)
  const found: string[] = []
  for (let i = 0; i < out.n; i++) {
    found.push(`${out.e[i]} ${a} ${show(out.v[i] as Value)} ${out.t[i]} ${out.added[i]}`)
  }
  const says = `${note} find ${order} ${JSON.stringify([prefix, view], (_, x) => (typeof x === 'number' || typeof x === 'bigint' ? `${x}` : x))} ${most}`
  const range = { low: { prefix, after: false }, high: { prefix, after: true } }
  const expected = cursorRows(naive, order, range, view, false)
  if (all) expect(found.sort(), says).toEqual(expected.toSorted())
  // what another time sees may be counted with what it does not
  else expect(near || most < 1000, says).toBe(true)
}

export function checkProbe(random: Random, { index, naive, t }: World, note: string): void {
  const order = pick(random, orders)
  const view = random(2) === 0 ? presentView : randomView(random, t)
  const some = <T>(xs: readonly T[]): T[] => xs.filter(() => random(3) > 0)
  const a = pick(random, attributes)
  const attribute = (order === 'eavt' || order === 'vaet') && random(2) === 0 ? undefined : a
  let keys: Float64Array | Value[]
  if (order === 'avet') {
    const values = some([...valuesOf(a), ...valuesOf(pick(random, [a, 4]))]).sort(compareValues)
    const distinct = values.filter(
      (v, i) => i === 0 || compareValues(values[i - 1] as Value, v) < 0,
    )
    const plain = distinct.every((v) => typeof v === 'number') && random(2) === 0
    keys = plain ? Float64Array.from(distinct as number[]) : distinct
  } else {
    const sorted = some([...ids, 7, user + 5]).sort((x, y) => x - y)
    keys = random(4) === 0 ? sorted : Float64Array.from(sorted)
  }
  const wanted = { ...randomWanted(random), stored: false }
  const says = `${note} probe ${order} ${attribute} ${Array.from(keys, show).join()} ${JSON.stringify(view)}`
  expect(columnRows(index.probe(order, attribute, keys, view, wanted)), says).toEqual(
    columnRows(naive.probe(order, attribute, keys, view, wanted)),
  )
}

export const oracleOf = (index: FactIndex): Pick<FactIndex, 'cursor' | 'columns' | 'probe'> => ({
  cursor: (...args) => index.cursor(...args),
  columns: (...args) => index.columns(...args),
  probe: (...args) => index.probe(...args),
})
