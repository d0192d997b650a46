/** Ends of references are what a probe finds, in whatever tier facts stand; where they are settled no probe is needed. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFactIndex, findEnds } from '../create.ts'
import { EndList, stepped } from './ends.ts'
import { presentView } from '../fact-index.ts'
import type { Column, FactIndex, Placement } from '../fact-index.ts'
import { never } from '../facts/fact.ts'
import type { Fact } from '../facts/fact.ts'

const placementOf = (): Placement => ({ avet: false, vaet: true, column: 'ref' })

type Triple = readonly [number, number, number]
const entity = fc.nat({ max: 40 })
const triple = fc.tuple(entity, fc.integer({ min: 70, max: 72 }), entity)
const facts = fc.uniqueArray(triple, { maxLength: 200, selector: String })
const factOf = ([e, a, v]: Triple): Fact => ({ e, a, v, t: 5, end: never })

function probed(index: FactIndex, order: 'aevt' | 'vaet', a: number, keys: Float64Array): number[] {
  const c = index.probe(order, a, keys, presentView, { e: true, v: true })
  return [...(order === 'aevt' ? ((c.v as Column).data as Float64Array) : (c.e as Float64Array))]
}

test('ends are what a probe finds', () => {
  const before = stepped.times
  let denied = 0
  fc.assert(
    fc.property(
      facts,
      facts,
      fc.uniqueArray(entity, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(16, 4096),
      (stored, live, some, segmentSize) => {
        const settled = createFactIndex(stored.map(factOf), placementOf, { segmentSize }).settled()
        const known = new Set(stored.map(String))
        const changes = live
          .filter((x) => !known.has(String(x)))
          .map((x) => ({ kind: 'assert' as const, fact: { ...factOf(x), t: 6 } }))
        const keys = Float64Array.from(some).sort()
        const list = new EndList()
        for (const index of [settled, settled.apply(changes)]) {
          for (const order of ['aevt', 'vaet'] as const) {
            for (const a of [69, 70, 71, 72, 73]) {
              const isFound = findEnds(index, order, a, keys, presentView, list)
              if (isFound) expect([...list.all]).toEqual(probed(index, order, a, keys))
              else denied++
              if (index === settled) expect(isFound).toBe(true)
            }
          }
        }
      },
    ),
  )
  expect(stepped.times - before).toBeGreaterThan(500)
  expect(denied).toBeGreaterThan(50)
})

test('other views are asked by probes', () => {
  const index = createFactIndex([factOf([1, 70, 2])], placementOf).settled()
  const keys = Float64Array.of(1)
  const list = new EndList()
  expect(findEnds(index, 'aevt', 70, keys, presentView, list)).toBe(true)
  expect([...list.all]).toEqual([2])
  for (const view of [
    { ...presentView, asOf: 4 },
    { ...presentView, since: 5 },
    { ...presentView, history: true },
    { ...presentView, keep: () => true },
  ]) {
    expect(findEnds(index, 'aevt', 70, keys, view, list)).toBe(false)
  }
})
