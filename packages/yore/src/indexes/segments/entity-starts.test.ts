/** Entities found by where they begin, against looking at every row: ids with gaps, and what is no id of the segment. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bound } from '../facts/bound.ts'
import { Entry, noEnd } from '../facts/entry.ts'
import type { Placement } from '../fact-index.ts'
import { encodeSegment } from './encode.ts'
import { EntityStarts } from './entity-starts.ts'
import { encodeNumbers } from './numbers.ts'
import { Rows } from './rows.ts'
import { found } from './segment.ts'
import type { Segment } from './segment.ts'

const placementOf = (): Placement => ({ avet: false, vaet: false, column: 'long' })

function segmentOf(ids: readonly number[]): Segment {
  const rows = new Rows(4)
  ids.forEach((e, i) => rows.addEntry(new Entry(e, 70, i, 5, noEnd)))
  return encodeSegment('eavt', rows, 0, rows.n, placementOf)
}

const first = fc.constantFrom(0, 5, 2 ** 44)
const counts = fc.array(fc.constantFrom(0, 1, 2, 3, 8), { minLength: 1, maxLength: 60 })

test('whatever is asked for, the rows are those with the id, or none', () => {
  let times = 0
  fc.assert(
    fc.property(first, counts, fc.array(fc.nat()), (begin, of, asked) => {
      const ids = of.flatMap((n, k) => Array<number>(n).fill(begin + k))
      fc.pre(ids.length > 0)
      const segment = segmentOf(ids)
      const bound = new Bound()
      bound.depth = 1
      const near = of.map((_, k) => begin + k)
      const others = [begin - 1, begin + of.length, begin + 0.5, NaN, 2 ** 53, -1]
      // the first questions are answered by a search
      const sought = [...near, ...asked.map((x) => begin + (x % of.length)), ...near, ...near]
      for (const e of [...sought, ...others]) {
        bound.e = e
        segment.search(bound, 0, segment.n)
        if (ids.includes(e)) {
          expect([found.low, found.high]).toEqual([ids.indexOf(e), ids.lastIndexOf(e) + 1])
        } else expect(found.low).toBe(found.high)
      }
      for (const e of near) {
        if (!segment.findEntity(e)) continue
        times++
        const below = ids.filter((x) => x < e).length
        expect([found.low, found.high]).toEqual([below, below + ids.filter((x) => x === e).length])
      }
      for (const e of others) expect(segment.findEntity(e)).toBe(false)
    }),
  )
  expect(times).toBeGreaterThan(100)
})

test('ids that lie far apart have none', () => {
  const of = (ids: number[]) =>
    EntityStarts.of(encodeNumbers(Float64Array.from(ids), 0, ids.length), ids.length)
  expect(of([1, 1, 2, 2, 3, 3])?.rows).toEqual(Uint16Array.of(0, 2, 4, 6))
  expect(of([1, 1, 2, 2, 3])).toBeNull()
  expect(of([1, 1, 1, 1, 2 ** 40])).toBeNull()
  expect(of([])).toBeNull()
})
