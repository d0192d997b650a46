/**
 * Other times than the present, with many versions of each value: columns and probes against the cursor, which goes fact by fact; and that
 * they find the rows by the columns of times.
 */

import { afterEach, expect, test, vi } from 'vitest'
import { BigDecimal } from '../../data/big-decimal.ts'
import type { Value } from '../../data/values.ts'
import { valueAt } from '../segments/column.ts'
import { createFactIndex } from '../create.ts'
import { historyRead } from './history.ts'
import { presentView } from '../fact-index.ts'
import type { Columns, FactIndex, Placement, View } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'
import type { Fact, Order, Prefix } from '../facts/fact.ts'
import { Moments } from '../segments/moments.ts'
import { oneEach } from './probe-timed.ts'
import { Segment } from '../segments/segment.ts'

const [long, many] = [70, 71]
const placementOf = (): Placement => ({ avet: true, vaet: false, column: 'long' })
const wanted = { e: true, a: true, v: true, t: true, added: true }
const entities = 40
const versions = 60

// Each value of an entity ends when the next one begins; of `many` some overlap.
function facts(random: () => number): Fact[] {
  const out: Fact[] = []
  for (let e = 1; e <= entities; e++) {
    for (let n = 0; n < versions; n++) {
      const t = n * 10 + (e % 10)
      const end = n + 1 === versions ? never : t + 10
      out.push({ e, a: long, v: Math.floor(random() * 1000), t, end })
      const later = random() < 0.1 ? never : t + Math.floor(random() * 50) + 1
      out.push({ e, a: many, v: n, t, end: later })
    }
  }
  return out
}

const rowText = (e: number, a: number, v: unknown, t: number): string =>
  `${e} ${a} ${String(v)} ${t}`

function rowsOf({ n, e, a, v, t, added }: Columns): string[] {
  const at = (column: Float64Array | undefined, i: number): number => column?.[i] as number
  return Array.from({ length: n }, (_, i) => {
    expect(added?.[i]).toBe(1)
    return rowText(at(e, i), at(a, i), valueAt(v as NonNullable<typeof v>, i), at(t, i))
  })
}

function walked(index: FactIndex, order: Order, prefix: Prefix, view: View): string[] {
  const out: string[] = []
  const cursor = index.cursor(order, rangeOf(prefix), view)
  while (cursor.next()) out.push(rowText(cursor.e, cursor.a, cursor.v, cursor.t))
  return out
}

function worlds(): { index: FactIndex; random: () => number }[] {
  return [1, 2, 3].flatMap((seed) => {
    let state = seed
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32
    }
    const sizes = [{ segmentSize: 64 }, { segmentSize: 4096 }, { segmentSize: 64, liveMax: 1e6 }]
    return sizes.map((size) => ({
      index: createFactIndex(facts(random), placementOf, size),
      random,
    }))
  })
}

const viewAt = (random: () => number): View => ({
  asOf: Math.floor(random() * versions * 11),
  since: random() < 0.5 ? -Infinity : Math.floor(random() * versions * 5),
  history: false,
  keep: null,
})

afterEach(() => {
  vi.restoreAllMocks()
})

test('columns of another time are what its cursor walks over', () => {
  for (const { index, random } of worlds()) {
    for (let n = 0; n < 8; n++) {
      const view = viewAt(random)
      const e = Math.floor(random() * entities) + 1
      const a = random() < 0.5 ? long : many
      const v = Math.floor(random() * versions)
      const asked: [Order, Prefix][] = [
        ['eavt', {}],
        ['eavt', { e }],
        ['eavt', { e, a }],
        ['aevt', { a }],
        ['aevt', { a, e }],
        ['avet', { a }],
        ['avet', { a, v }],
      ]
      for (const [order, prefix] of asked) {
        const found = rowsOf(index.columns(order, rangeOf(prefix), view, wanted))
        expect(found, `${order} ${JSON.stringify(prefix)}`).toEqual(
          walked(index, order, prefix, view),
        )
      }
    }
  }
})

test('probes of another time, dense and sparse, are what its cursor walks over', () => {
  for (const { index, random } of worlds()) {
    for (let n = 0; n < 8; n++) {
      const view = viewAt(random)
      const a = random() < 0.5 ? long : many
      const share = random() < 0.5 ? 0.1 : 0.9
      const es = Array.from({ length: entities + 3 }, (_, i) => i).filter(() => random() < share)
      const vs = Array.from({ length: versions + 3 }, (_, i) => i).filter(() => random() < share)
      const byEntity = index.probe('aevt', a, Float64Array.from(es), view, wanted)
      expect(rowsOf(byEntity)).toEqual(es.flatMap((e) => walked(index, 'aevt', { a, e }, view)))
      expect([...(byEntity.probe ?? [])].map((k) => es[k])).toEqual([...(byEntity.e ?? [])])
      const byValue = index.probe('avet', a, vs, view, wanted)
      expect(rowsOf(byValue)).toEqual(vs.flatMap((v) => walked(index, 'avet', { a, v }, view)))
      const whole = index.probe('eavt', undefined, Float64Array.from(es), view, wanted)
      expect(rowsOf(whole)).toEqual(es.flatMap((e) => walked(index, 'eavt', { e }, view)))
    }
  }
})

test('the columns of times tell which rows are meant: no fact is looked at alone', () => {
  const index = createFactIndex(facts(Math.random), placementOf, { segmentSize: 256 })
  const within = vi.spyOn(Segment.prototype, 'rowsWithin')
  const values = vi.spyOn(Segment.prototype, 'valueAt')
  const view = { asOf: 301, since: -Infinity, history: false, keep: null }
  const columns = index.columns('aevt', rangeOf({ a: long }), view, { e: true, v: true })
  expect(columns.n).toBe(entities)
  const keys = Float64Array.from({ length: entities }, (_, i) => i + 1)
  expect(index.probe('aevt', long, keys, view, wanted).n).toBe(entities)
  expect(within.mock.calls.length).toBeGreaterThan(1)
  expect(values).not.toHaveBeenCalled()
  // a cursor looks at those facts alone that it gives
  for (const backwards of [false, true]) {
    const cursor = index.cursor('aevt', rangeOf({ a: long }), view, backwards)
    let n = 0
    while (cursor.next()) n++
    expect(n).toBe(entities)
  }
  expect(values.mock.calls.length).toBeLessThanOrEqual(2 * entities)
})

test('who asks for other times often finds what was true then, and looks at little else', () => {
  const moments = vi.spyOn(Moments.prototype, 'rowsWithin')
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  let state = seed
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const index = createFactIndex(facts(random), placementOf, { segmentSize: 4096 })
  const byMoments = (): number =>
    moments.mock.results.filter((x) => (x.value as number) >= 0).length
  // of some seeds the views ask for late times mostly, of which little is past
  for (let n = 0; n < 60 || (n < 2000 && byMoments() <= 20); n++) {
    const view = viewAt(random)
    const a = random() < 0.7 ? long : many
    const order = random() < 0.7 ? 'aevt' : 'avet'
    const found = rowsOf(index.columns(order, rangeOf({ a }), view, wanted))
    expect(found, `seed ${seed} ${JSON.stringify(view)}`).toEqual(walked(index, order, { a }, view))
  }
  expect(byMoments(), `seed ${seed}`).toBeGreaterThan(20)
})

test('history comes as columns, too, where no value has overlapping times', () => {
  const datomsOf = ({ n, e, a, v, t, added }: Columns): string[] =>
    Array.from({ length: n }, (_, i) => {
      const value = valueAt(v as NonNullable<typeof v>, i)
      return `${rowText(Number(e?.[i]), Number(a?.[i]), value, Number(t?.[i]))} ${Number(added?.[i])}`
    })
  const walkedAll = (index: FactIndex, order: Order, prefix: Prefix, view: View): string[] => {
    const out: string[] = []
    const cursor = index.cursor(order, rangeOf(prefix), view)
    while (cursor.next()) {
      out.push(`${rowText(cursor.e, cursor.a, cursor.v, cursor.t)} ${Number(cursor.added)}`)
    }
    return out
  }
  for (const { index, random } of worlds()) {
    for (let n = 0; n < 10; n++) {
      const view = { ...(n === 0 ? presentView : viewAt(random)), history: true }
      const e = Math.floor(random() * entities) + 1
      const a = random() < 0.5 ? long : many
      const asked: [Order, Prefix][] = [
        ['eavt', { e }],
        ['aevt', { a }],
        ['avet', { a }],
        ['avet', { a, v: Math.floor(random() * versions) }],
      ]
      for (const [order, prefix] of asked) {
        const before = historyRead.times
        const found = datomsOf(index.columns(order, rangeOf(prefix), view, wanted))
        expect(found, `${order} ${JSON.stringify(prefix)}`).toEqual(
          walkedAll(index, order, prefix, view),
        )
        // the values of 'many' each come once for an entity; those of 'long' may come again
        expect(historyRead.times - before).toBe(1)
      }
      const es = Array.from({ length: entities + 3 }, (_, i) => i).filter(() => random() < 0.7)
      const before = historyRead.times
      const probed = index.probe('aevt', a, Float64Array.from(es), view, wanted)
      expect(datomsOf(probed)).toEqual(
        es.flatMap((x) => walkedAll(index, 'aevt', { a, e: x }, view)),
      )
      expect([...(probed.probe ?? [])].map((k) => es[k])).toEqual([...(probed.e ?? [])])
      expect(historyRead.times - before).toBeLessThanOrEqual(1)
    }
  }
})

test('a probe of the history reads columns where keys have many datoms, and each alone where they lie far apart', () => {
  const all: Fact[] = []
  // of 400 entities every 40th is asked for; those between have one version or many
  const world = (versionsOf: (e: number) => number): FactIndex => {
    all.length = 0
    for (let e = 0; e < 400; e++) {
      const n = versionsOf(e)
      for (let i = 0; i < n; i++) {
        all.push({ e, a: long, v: i, t: 10 * i, end: i + 1 === n ? never : 10 * i + 10 })
      }
    }
    return createFactIndex(all, placementOf, { segmentSize: 4096 })
  }
  const keys = Float64Array.from({ length: 10 }, (_, i) => 40 * i)
  const view = { ...presentView, history: true }
  for (const [versionsOf, times] of [
    [(e: number) => (e % 40 === 0 ? 100 : 1), 1],
    [() => 20, 0],
  ] as const) {
    const index = world(versionsOf)
    const before = historyRead.times
    const { n, e, probe } = index.probe('aevt', long, keys, view, wanted)
    expect(historyRead.times - before).toBe(times)
    expect(n).toBe(10 * (2 * versionsOf(0) - 1))
    expect(Array.from(probe ?? [], (k) => keys[k])).toEqual([...(e ?? [])])
  }
})

test('values that the order does not tell apart are read one by one where their times overlap', () => {
  const plain = (): Placement => ({ avet: true, vaet: false, column: 'value' })
  const [one, same] = [BigDecimal.parse('1.0'), BigDecimal.parse('1.00')]
  const fact = (v: Value, t: number, end: number): Fact => ({ e: 1, a: many, v, t, end })
  for (const facts of [
    [fact(one, 1, 5), fact(same, 3, 7)],
    [fact(one, 4, never), fact(same, 2, 6)],
    [fact(one, 1, never), fact(same, 2, 6)],
    [fact(one, 1, 3), fact(same, 3, 6), fact(one, 6, never)],
  ]) {
    const index = createFactIndex(facts, plain)
    const view = { ...presentView, history: true }
    const { n, t, added } = index.columns('aevt', rangeOf({ a: many }), view, wanted)
    const cursor = index.cursor('aevt', rangeOf({ a: many }), view)
    for (let i = 0; i < n; i++) {
      expect(cursor.next()).toBe(true)
      expect([t?.[i], added?.[i]]).toEqual([cursor.t, Number(cursor.added)])
    }
    expect(cursor.next()).toBe(false)
  }
})

test('where each key has one row no rows are picked out, and segments that are older than the time are taken whole', () => {
  for (const segmentSize of [16, 4096]) {
    const all: Fact[] = []
    for (let e = 0; e < 60; e++) {
      all.push({ e, a: many, v: e * 3, t: 5, end: never })
      for (let i = 0; i < 20; i++) {
        all.push({ e, a: long, v: e + i, t: 10 * i + 1, end: i === 19 ? never : 10 * i + 11 })
      }
    }
    const index = createFactIndex(all, placementOf, { segmentSize })
    const view: View = { asOf: 45, since: -Infinity, history: false, keep: null }
    const picked = vi.spyOn(Segment.prototype, 'rowsWithin')
    const known = index.columns('aevt', rangeOf({ a: many }), view, wanted)
    expect(rowsOf(known)).toEqual(walked(index, 'aevt', { a: many }, view))
    expect(picked).not.toHaveBeenCalled()
    const before = oneEach.times
    const found = index.probe('aevt', long, known.e as Float64Array, view, wanted)
    expect(oneEach.times - before).toBe(1)
    expect([...(found.probe ?? [])]).toEqual(Array.from({ length: 60 }, (_, i) => i))
    expect(rowsOf(found)).toEqual(walked(index, 'aevt', { a: long }, view))
    // not of all
    const some = index.probe('aevt', long, Float64Array.from([3, 4, 7, 99]), view, wanted)
    expect(oneEach.times - before).toBe(1)
    expect([...(some.e ?? [])]).toEqual([3, 4, 7])
    vi.restoreAllMocks()
  }
})

test('a probe of entities passes over attributes of other types', () => {
  const [ref, text, other] = [80, 81, 82]
  const placements = (a: number): Placement =>
    a === text
      ? { avet: false, vaet: false, column: 'value' }
      : { avet: false, vaet: false, column: 'ref' }
  const all: Fact[] = []
  for (let e = 1; e <= 9; e++) {
    all.push({ e, a: ref, v: 500 + e, t: 10, end: never })
    all.push({ e, a: text, v: `text ${e}`, t: 10, end: e === 5 ? 20 : never })
    all.push({ e, a: other, v: 2 ** 44 + e, t: 10, end: never })
  }
  for (const segmentSize of [4, 4096]) {
    const index = createFactIndex(all, placements, { segmentSize })
    const view: View = { asOf: 15, since: -Infinity, history: false, keep: null }
    const keys = Float64Array.from([1, 2, 5, 9])
    for (const [a, expected] of [
      [other, [1, 2, 5, 9].map((e) => 2 ** 44 + e)],
      [ref, [501, 502, 505, 509]],
      [text, ['text 1', 'text 2', 'text 5', 'text 9']],
    ] as const) {
      const { n, v } = index.probe('eavt', a, keys, view, { v: true })
      expect(Array.from({ length: n }, (_, i) => valueAt(v as NonNullable<typeof v>, i))).toEqual(
        expected,
      )
    }
  }
})
