/** A tree in memory that is read much loses its live part, and nobody sees it but by the clock; one of jobs does not. */

import { expect, test } from 'vitest'
import { settledByReading, createFactIndex, stateOf } from './create.ts'
import type { Change, FactIndex, Placement } from './fact-index.ts'
import { presentView } from './fact-index.ts'
import { never, rangeOf } from './facts/fact.ts'

const placementOf = (): Placement => ({ avet: true, vaet: false, column: 'long' })
const wanted = { e: true, v: true, t: true }
const a = 70
const history = { ...presentView, history: true }

const asserted = (e: number, v: number, t: number): Change => ({
  kind: 'assert',
  fact: { e, a, v, t, end: never },
})

/** Each of some entities with three values one after the other. */
function filled(jobs: 'self' | 'caller'): FactIndex {
  let index = createFactIndex([], placementOf, { segmentSize: 64, jobs })
  for (let t = 1; t <= 3; t++) {
    const changes: Change[] = []
    for (let e = 1; e <= 300; e++) {
      if (t > 1) {
        const fact = { e, a, v: e * 10 + t - 1, t: t - 1, end: never }
        changes.push({ kind: 'retract', fact, t })
      }
      changes.push(asserted(e, e * 10 + t, t))
    }
    index = index.apply(changes)
  }
  return index
}

const liveOf = (index: FactIndex): number[] =>
  Object.values(stateOf(index).trees).flatMap(({ current, past }) => [
    current.live.size,
    past.live.size,
  ])

function readAll(index: FactIndex): string {
  const rows: unknown[] = []
  for (const view of [presentView, history, { ...presentView, asOf: 2 }]) {
    for (const order of ['aevt', 'avet'] as const) {
      const c = index.columns(order, rangeOf({ a }), view, wanted)
      rows.push([c.n, [...(c.e ?? [])], c.v?.data, [...(c.t ?? [])]])
    }
    const cursor = index.cursor('eavt', {}, view)
    while (cursor.next()) rows.push([cursor.e, cursor.v, cursor.t, cursor.added])
  }
  return JSON.stringify(rows)
}

test('who reads much settles what it reads, once, and finds the same', () => {
  const index = filled('self')
  const before = settledByReading.times
  const first = readAll(index)
  expect(liveOf(index).some((n) => n > 0)).toBe(true)
  for (let i = 0; i < 60; i++) expect(readAll(index)).toBe(first)
  expect(liveOf(index).every((n) => n === 0)).toBe(true)
  // current and past facts of three orders
  expect(settledByReading.times - before).toBe(6)
  const next = index.apply([asserted(1000, 1, 4)])
  expect(readAll(next)).not.toBe(first)
  expect(readAll(index)).toBe(first)
})

test('where jobs merge, reading does not', () => {
  const index = filled('caller')
  const first = readAll(index)
  const before = liveOf(index)
  expect(before.some((n) => n > 0)).toBe(true)
  for (let i = 0; i < 60; i++) expect(readAll(index)).toBe(first)
  expect(liveOf(index)).toEqual(before)
})
