/** Probes of what refers to entities by one of several attributes: the rows of the others, before and behind, are passed over or searched past. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFactIndex } from './create.ts'
import { presentView } from './fact-index.ts'
import type { Placement } from './fact-index.ts'
import { never } from './fact.ts'
import type { Fact } from './fact.ts'

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
