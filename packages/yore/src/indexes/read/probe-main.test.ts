/**
 * Probes of what refers to entities by one of several attributes: the rows of the others, before and behind, are passed over or searched past.
 * Probes of entities that stand close together once each, and of such that do not. And probes where all is live: keys and entries pass each
 * other.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFactIndex } from '../create.ts'
import { presentView } from '../fact-index.ts'
import type { Placement } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'
import type { Fact, Order } from '../facts/fact.ts'
import { liveProbed } from './probe-current.ts'
import { ascended } from './probe-main.ts'

const placementOf = (): Placement => ({ avet: false, vaet: true, column: 'ref' })

test('they find the same as looking at each fact', () => {
  // of each target so many references by each of three attributes
  const count = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40 }))
  const target = fc.tuple(count, count, count)
  const asked = fc.uniqueArray(fc.nat({ max: 70 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(
      fc.array(target, { minLength: 2, maxLength: 30 }),
      asked,
      fc.constantFrom(16, 4096),
      (targets, some, segmentSize) => {
        const facts = targets.flatMap((counts, v) =>
          counts.flatMap((n, k) =>
            Array.from({ length: n }, (_, e): Fact => ({
              e: 1000 + e,
              a: 70 + k,
              v: 2 * v,
              t: 5,
              end: never,
            })),
          ),
        )
        const index = createFactIndex(facts, placementOf, { segmentSize }).settled()
        const keys = Float64Array.from(some).sort()
        for (const a of [69, 70, 71, 72, 73]) {
          const { n, e, probe } = index.probe('vaet', a, keys, presentView, { e: true })
          const found = Array.from({ length: n }, (_, i) => [keys[probe?.[i] as number], e?.[i]])
          const wanted = [...keys].flatMap((v) =>
            facts.filter((f) => f.a === a && f.v === v).map((f) => [v, f.e]),
          )
          expect(found).toEqual(wanted)
        }
      },
    ),
  )
})

test('entities that stand once each, one after another, are found where their number says', () => {
  // of each entity so many facts; most have one, so that stretches of them ascend and others do not
  const few = fc.constantFrom(1, 1, 1, 1, 1, 1, 0)
  const many = fc.constantFrom(1, 1, 1, 0, 2, 3)
  const counts = fc.oneof(
    fc.array(few, { minLength: 40, maxLength: 200 }),
    fc.array(many, { minLength: 1, maxLength: 200 }),
  )
  let times = 0
  fc.assert(
    fc.property(
      counts,
      fc.uniqueArray(fc.nat({ max: 220 }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(8, 16, 4096),
      (of, some, segmentSize) => {
        const facts = of.flatMap((n, e) =>
          Array.from({ length: n }, (_, v): Fact => ({ e: 1000 + e, a: 70, v, t: 5, end: never })),
        )
        const others = [0, 150, 210].map((e): Fact => ({
          e: 1000 + e,
          a: 71,
          v: 1,
          t: 5,
          end: never,
        }))
        const index = createFactIndex([...facts, ...others], placementOf, { segmentSize }).settled()
        const keys = Float64Array.from(some, (e) => 995 + e).sort()
        const before = ascended.times
        const { n, e, v, probe } = index.probe('aevt', 70, keys, presentView, { e: true, v: true })
        times += ascended.times - before
        const found = Array.from({ length: n }, (_, i) => [
          keys[probe?.[i] as number],
          e?.[i],
          v?.data[i],
        ])
        const wanted = [...keys].flatMap((key) =>
          facts.filter((f) => f.e === key).map((f) => [key, f.e, f.v]),
        )
        expect(found).toEqual(wanted)
      },
    ),
    { numRuns: 300 },
  )
  expect(times).toBeGreaterThan(50)
})

test('keys that are live alone are found by one walk over the live tree', () => {
  const placements = (): Placement => ({ avet: true, vaet: true, column: 'ref' })
  const entity = fc.nat({ max: 60 })
  const fact = fc.tuple(entity, fc.integer({ min: 70, max: 72 }), fc.nat({ max: 30 }))
  const facts = fc.uniqueArray(fact, { minLength: 30, maxLength: 250, selector: String })
  const asked = fc.uniqueArray(entity, { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(facts, asked, fc.array(fc.nat()), fc.boolean(), (all, some, gone, hasMain) => {
      const changes = all.map(([e, a, v]) => ({
        kind: 'assert' as const,
        fact: { e: e + 100, a, v, t: 5, end: never },
      }))
      // what lies in segments is of smaller entities, and refers to greater ones
      const older = hasMain ? [{ e: 1, a: 70, v: 900, t: 1, end: never }] : []
      let index = createFactIndex(older, placements, { liveMax: 1e6, jobs: 'caller' })
        .settled()
        .apply(changes)
      const taken = [...new Set(gone.map((x) => x % changes.length))].slice(0, 20)
      index = index.apply(
        taken.map((i) => ({
          kind: 'retract' as const,
          fact: (changes[i] as (typeof changes)[number]).fact,
          t: 9,
        })),
      )
      const sorted = Float64Array.from(some).sort()
      const entities = sorted.map((e) => e + 100)
      const wanted = { e: true, a: true, v: true, t: true }
      for (const [order, a, keys] of [
        ['aevt', 71, entities],
        ['eavt', undefined, entities],
        ['eavt', 71, entities],
        ['avet', 71, sorted],
        ['vaet', 71, sorted],
      ] as [Order, number | undefined, Float64Array][]) {
        const before = liveProbed.times
        const { n, e, v, probe } = index.probe(order, a, keys, presentView, wanted)
        expect(liveProbed.times, order).toBe(before + 1)
        const found = Array.from({ length: n }, (_, i) => [probe?.[i], e?.[i], v?.data[i]])
        const expected: unknown[] = []
        keys.forEach((key, k) => {
          const by = order === 'avet' || order === 'vaet' ? { v: key } : { e: key }
          const range = rangeOf(a === undefined ? by : { a, ...by })
          const cursor = index.cursor(order, range, presentView)
          while (cursor.next()) expected.push([k, cursor.e, cursor.v])
        })
        expect(found, order).toEqual(expected)
      }
    }),
  )
})
