/** Look-ups of every view against its cursor, on random versions of values; that versions are found by their time, and few things merged. */

import { afterEach, expect, test, vi } from 'vitest'
import type { Value } from '../../data/values.ts'
import { createFactIndex, findDatoms, indexOf, stateOf } from '../create.ts'
import { presentView } from '../fact-index.ts'
import type { Change, FactIndex, Placement, View } from '../fact-index.ts'
import { Found, foundBeside, foundByTime } from './find.ts'
import { never, rangeOf } from '../facts/fact.ts'
import type { Fact, Prefix } from '../facts/fact.ts'
import { Part } from '../segments/part.ts'

const [one, many] = [70, 71]
const placementOf = (): Placement => ({ avet: true, vaet: false, column: 'long' })
const entities = 30
const versions = 40
const end = versions * 10

function randomOf(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

// Ids that stand near each other, and far apart.
const idOf = (i: number): number => (i % 3 === 0 ? 2 ** 44 + i * i * 7 : 1000 + i)

/** Values of one follow each other, mostly at once; those of many overlap. The last ones are current. */
function factsOf(random: (n: number) => number): Fact[] {
  const out: Fact[] = []
  for (let i = 0; i < entities; i++) {
    const e = idOf(i)
    for (let n = 0; n < versions; n++) {
      const t = n * 10 + random(5)
      const isLast = n + 1 === versions
      out.push({ e, a: one, v: random(500), t, end: isLast ? never : t + 1 + random(5) })
      out.push({ e, a: many, v: n, t, end: random(8) === 0 ? never : t + 1 + random(60) })
    }
  }
  return out
}

/** The same, but that nobody who reads it settles it. */
function unsettled(index: FactIndex): FactIndex {
  const state = stateOf(index)
  return indexOf({ ...state, treeOptions: { ...state.treeOptions, jobs: 'caller' } })
}

/** Some entities' values are replaced once more, or only taken away. */
function changed(index: FactIndex, facts: Fact[], random: (n: number) => number): FactIndex {
  let now = index
  for (let t = end + 100; t < end + 130; t++) {
    const changes: Change[] = []
    for (let k = 0; k < 4; k++) {
      const i = random(facts.length)
      const fact = facts[i] as Fact
      if (fact.end !== never || fact.t === t) continue
      facts[i] = { ...fact, end: t }
      changes.push({ kind: 'retract', fact, t })
      if (fact.a !== one || random(3) === 0) continue
      const next = { ...fact, v: 1000 + random(500), t }
      facts.push(next)
      changes.push({ kind: 'assert', fact: next })
    }
    now = now.apply(changes)
  }
  return now
}

function viewOf(random: (n: number) => number): View {
  if (random(6) === 0) return presentView
  const asOf = random(10) === 0 ? Infinity : random(end + 140)
  const since = random(3) === 0 ? random(end) : -Infinity
  return { asOf, since, history: random(4) === 0, keep: null }
}

type Row = readonly [number, Value, number, boolean]
const sorted = (rows: Row[]): string[] => rows.map(String).sort()

function walked(index: FactIndex, order: 'aevt' | 'avet', prefix: Prefix, view: View): string[] {
  const rows: Row[] = []
  const cursor = index.cursor(order, rangeOf(prefix), view)
  while (cursor.next()) rows.push([cursor.e, cursor.v, cursor.t, cursor.added])
  return sorted(rows)
}

const found = new Found()

function lookedUp(
  index: FactIndex,
  order: 'aevt' | 'avet',
  { a, e, v }: Prefix,
  view: View,
): string[] {
  const finding = { most: 1000, near: false, one: a === one }
  expect(findDatoms(index, order, a as number, e, v, view, finding, found)).toBe(true)
  return sorted(
    Array.from({ length: found.n }, (_, i) => [
      Number(found.e[i]),
      found.v[i] as Value,
      Number(found.t[i]),
      found.added[i] === true,
    ]),
  )
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('look-ups give what the cursor of the view gives', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  const before = { ...foundBeside, times: foundByTime.times }
  for (const [n, segmentSize] of [64, 4096, 64, 4096].entries()) {
    const random = randomOf(seed + n)
    const facts = factsOf(random)
    const settled = createFactIndex(facts, placementOf, { segmentSize })
    const index = changed(n < 2 ? settled : unsettled(settled), facts, random)
    for (let k = 0; k < 6000; k++) {
      const view = viewOf(random)
      const a = random(3) > 0 ? one : many
      const e = idOf(random(entities + 2))
      const v = random(a === one ? 1500 : versions)
      const [order, prefix] = (
        [
          ['aevt', { a, e }],
          ['aevt', { a, e }],
          ['aevt', { a, e, v }],
          ['avet', { a, v }],
        ] as const
      )[random(4)] as ['aevt' | 'avet', Prefix]
      const what = `seed ${seed + n} ${order} ${JSON.stringify(prefix)} ${JSON.stringify(view)}`
      expect(lookedUp(index, order, prefix, view), what).toEqual(walked(index, order, prefix, view))
    }
  }
  expect(foundByTime.times - before.times, `seed ${seed}`).toBeGreaterThan(500)
  expect(foundBeside.merged - before.merged, `seed ${seed}`).toBeGreaterThan(100)
  expect(foundBeside.past - before.past, `seed ${seed}`).toBeGreaterThan(100)
})

test('no more are found than are asked for, wherever they stand', () => {
  const random = randomOf(7)
  const facts = factsOf(random)
  const settled = createFactIndex(facts, placementOf)
  for (const index of [settled, changed(unsettled(settled), facts, random)]) {
    for (let k = 0; k < 300; k++) {
      const [view, a, e] = [viewOf(random), random(2) === 0 ? one : many, idOf(random(entities))]
      const n = walked(index, 'aevt', { a, e }, view).length
      const most = random(4)
      const finding = { most, near: random(2) === 0, one: a === one }
      const isFound = findDatoms(index, 'aevt', a, e, undefined, view, finding, found)
      if (most < n) expect(isFound).toBe(false)
      if (most >= n) expect([isFound, found.n]).toEqual([true, n])
    }
  }
})

test('where an entity has one value at a time, what was found in one tree is not looked for in the other', () => {
  const facts: Fact[] = []
  for (let e = 1; e <= 20; e++) {
    for (let n = 0; n < 50; n++) {
      facts.push({ e, a: one, v: n, t: 10 * n, end: n === 49 ? never : 10 * n + 10 })
    }
  }
  // something is newer than all times that are asked for
  facts.push({ e: 99, a: many, v: 1, t: 999, end: never })
  const index = createFactIndex(facts, placementOf)
  const located = vi.spyOn(Part.prototype, 'locateBoth')
  const asked = (asOf: number): [unknown, number, number] => {
    const [calls, times] = [located.mock.calls.length, foundByTime.times]
    const view = { ...presentView, asOf }
    const finding = { most: 9, near: false, one: true }
    expect(findDatoms(index, 'aevt', one, 7, undefined, view, finding, found)).toBe(true)
    return [found.v[0], located.mock.calls.length - calls, foundByTime.times - times]
  }
  expect(asked(105)).toEqual([10, 2, 0])
  expect(asked(495)).toEqual([49, 1, 0])
  for (let k = 0; k < 400; k++) asked(105)
  expect(asked(105)).toEqual([10, 0, 1])
  // known to be none of the past
  expect(asked(495)).toEqual([49, 1, 1])
})
