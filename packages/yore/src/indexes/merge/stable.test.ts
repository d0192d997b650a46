/** The stable sorts beside the sort of the language with a function that compares. */

import { expect, test } from 'vitest'
import { BigDecimal } from '../../data/big-decimal.ts'
import { Instant, keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { compareEntriesOf, compareStored, Entry, noEnd } from '../facts/entry.ts'
import { sortForOrders } from './bulk.ts'
import { sortedBy, sortedByEntity, sortedByValue } from './stable.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

function random(start: number): (n: number) => number {
  let state = start
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % n
  }
}

const kinds: Record<string, (n: number) => Value> = {
  numbers: (n) => n - 40,
  fractions: (n) => (n % 3 === 0 ? -0 : n / 7),
  texts: (n) => ['', 'a', 'B', 'ä', '😀', '\uffff', `${n}`][n % 7] as string,
  keywords: (n) => keyword(n % 2 === 0 ? `k${n}` : `ns${n % 5}/k${n}`),
  instants: (n) => new Instant(n * 1000),
  decimals: (n) => new BigDecimal(BigInt(n), n % 3),
  mixed: (n) => (n % 2 === 0 ? n : BigInt(n) * 2n ** 60n),
}

const compareValue = (x: Entry, y: Entry): number => compareStored(x.v, y.v)

test.each(Object.keys(kinds))(`%s are sorted as by comparing (seed ${seed})`, (kind) => {
  const next = random(seed)
  for (const n of [0, 1, 2, 10, 500]) {
    const entries = Array.from(
      { length: n },
      (_, i) => new Entry(next(50), 1, (kinds[kind] as (n: number) => Value)(next(80)), i, noEnd),
    )
    expect(sortedByValue(entries.slice())).toEqual(entries.toSorted(compareValue))
    expect(sortedByEntity(entries.slice())).toEqual(entries.toSorted((x, y) => x.e - y.e))
  }
})

test('numbers and names are sorted without comparing one with another by a function', () => {
  const before = { ...sortedBy }
  const of = (v: Value): Entry => new Entry(1, 1, v, 1, noEnd)
  sortedByValue([of(3), of(2)])
  sortedByValue([of('b'), of('a')])
  sortedByValue([of(keyword('b')), of(keyword('a'))])
  expect(sortedBy).toEqual({ ...before, numbers: before.numbers + 1, names: before.names + 2 })
  sortedByValue([of('b'), of(2)])
  sortedByValue([of(new BigDecimal(2n, 0)), of(new BigDecimal(1n, 0))])
  expect(sortedBy.comparing).toBe(before.comparing + 2)
})

test(`all orders at once, facts beside what takes them away (seed ${seed})`, () => {
  const next = random(seed)
  for (let round = 0; round < 30; round++) {
    const entries: Entry[] = []
    const left: Entry[] = []
    for (let t = 0; t < 200; t++) {
      const fact = new Entry(next(30), 10 + next(3), next(9), t, noEnd)
      entries.push(fact)
      if (next(4) > 0) left.push(fact)
      else entries.push(new Entry(fact.e, fact.a, fact.v, fact.t, t + 1))
      // a fact that is not among them
      if (next(9) === 0) {
        const gone = new Entry(next(30), 10 + next(3), next(9), -1 - t, t)
        entries.push(gone)
        left.push(gone)
      }
    }
    const placed = { avet: true, vaet: true, column: 'ref' } as const
    const sorted = sortForOrders(entries, () => placed, true)
    for (const order of ['eavt', 'aevt', 'avet', 'vaet'] as const) {
      expect(sorted[order]).toEqual(left.toSorted(compareEntriesOf[order]))
    }
  }
})
