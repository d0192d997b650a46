/**
 * What transactions do by a short cut, beside the long way: `:db/retractEntity` retracts facts as it finds them, and what a transaction did comes
 * into the index without being looked for again. The naive index of the tests takes neither.
 */

import { expect, test } from 'vitest'
import { NaiveIndex } from '../../../../test/oracle/naive-index.ts'
import { contextOf, freshDb, rowsOf, tx } from '../../../../test/oracle/tx.ts'
import { printEdn } from '../data/edn/print.ts'
import { emptyDb } from '../db/bootstrap.ts'
import type { Db } from '../db/db.ts'
import { asOf } from '../db/views.ts'
import { presentView } from '../indexes/fact-index.ts'
import { orders } from '../indexes/facts/fact.ts'
import { toPublicId } from '../indexes/facts/ids.ts'
import { retractionsKnown } from './functions.ts'

const schema = `[{:db/ident :x/key :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
                 {:db/ident :x/dec :db/valueType :db.type/bigdec :db/cardinality :db.cardinality/one :db/index true}
                 {:db/ident :x/tag :db/valueType :db.type/string :db/cardinality :db.cardinality/many}
                 {:db/ident :x/to :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
                 {:db/ident :x/part :db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}]`

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

function random(start: number): (n: number) => number {
  let state = start
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % n
  }
}

/** Everything there ever was, by all orders. */
function allOf({ facts }: Db): string[] {
  return orders.flatMap((order) => {
    const out: string[] = []
    const c = facts.cursor(order, {}, { ...presentView, history: true })
    while (c.next()) out.push(`${order} ${c.e} ${c.a} ${printEdn(c.v)} ${c.t} ${c.added}`)
    return out
  })
}

/** What `:db/retractEntity` stands for, as retractions one by one. */
function written(db: Db, first: number): string {
  const name = (a: number): string => db.schema.idToIdent.get(a)?.text ?? ''
  const out: string[] = []
  const seen = new Set([first])
  for (const e of seen) {
    const own = db.facts.cursor('eavt', { low: { prefix: { e }, after: false } }, presentView)
    while (own.next() && own.e === e) {
      const isRef = [':x/to', ':x/part'].includes(name(own.a))
      const v = isRef ? String(toPublicId(own.v as number)) : printEdn(own.v)
      out.push(`[:db/retract ${toPublicId(e)} ${name(own.a)} ${v}]`)
      if (name(own.a) === ':x/part') seen.add(own.v as number)
    }
    const c = db.facts.cursor('vaet', { low: { prefix: { v: e }, after: false } }, presentView)
    while (c.next() && c.v === e) {
      out.push(`[:db/retract ${toPublicId(c.e)} ${name(c.a)} ${toPublicId(e)}]`)
    }
  }
  return `[${out.join(' ')}]`
}

function randomTx(next: (n: number) => number): string {
  const entity = (): string => `[:x/key ${next(12)}]`
  const decimal = (): string => ['1.0M', '1.00M', '2.5M'][next(3)] as string
  const forms = Array.from({ length: 1 + next(4) }, () => {
    const key = next(12)
    switch (next(5)) {
      case 0:
        return `{:x/key ${key} :x/dec ${decimal()} :x/tag ["a" "b${next(4)}"]}`
      case 1:
        return `{:x/key ${key} :x/part [{:x/key ${next(12)}}]}`
      case 2:
        return `[:db/add ${entity()} :x/to ${entity()}]`
      case 3:
        return `[:db/retract ${entity()} :x/dec ${decimal()}]`
      default:
        return `[:db/retract ${entity()} :x/tag]`
    }
  })
  return `[${forms.join(' ')}]`
}

test(`retractEntity is the same as its retractions, and the same over the naive index (seed ${seed})`, () => {
  const next = random(seed)
  let known = 0
  for (let round = 0; round < 5; round++) {
    let db = tx(freshDb(), schema).dbAfter
    let naive = tx(
      emptyDb('test', (facts, placementOf) => new NaiveIndex([...facts], placementOf)),
      schema,
    ).dbAfter
    for (let i = 0; i < 40; i++) {
      const holders = db.facts.cursor(
        'aevt',
        { low: { prefix: { a: 72 }, after: false } },
        presentView,
      )
      const es: number[] = []
      while (holders.next() && holders.a === 72) es.push(holders.e)
      const e = es[next(es.length)]
      if (next(3) > 0 || e === undefined) {
        const text = randomTx(next)
        let result
        try {
          result = tx(db, text)
        } catch {
          expect(() => tx(naive, text)).toThrow()
          continue
        }
        const there = tx(naive, text)
        expect(rowsOf(result)).toEqual(rowsOf(there))
        expect(result.ended.length).toBe(result.txData.filter((d) => !d.added).length)
        db = result.dbAfter
        naive = there.dbAfter
        continue
      }
      const before = retractionsKnown.times
      const text = `[[:db/retractEntity ${toPublicId(e)}]]`
      const result = tx(db, text)
      known += retractionsKnown.times - before
      const slow = tx(db, written(db, e))
      expect(rowsOf(result)).toEqual(rowsOf(slow))
      expect(allOf(result.dbAfter)).toEqual(allOf(slow.dbAfter))
      db = result.dbAfter
      naive = tx(naive, text).dbAfter
    }
    expect(allOf(db)).toEqual(allOf(naive))
  }
  expect(known).toBeGreaterThan(30)
})

test('through a view the facts that are found need not be present: they are looked for', () => {
  const old = tx(tx(freshDb(), schema).dbAfter, '[{:x/key 1 :x/dec 1.0M}]')
  const db = tx(old.dbAfter, '[{:x/key 1 :x/dec 2.5M}]').dbAfter
  const before = retractionsKnown.times
  const { txData } = tx(asOf(db, old.t), '[[:db/retractEntity [:x/key 1]]]', contextOf())
  expect(retractionsKnown.times).toBe(before)
  // 1.0M is no longer true, and is not retracted
  expect(txData.filter((d) => !d.added).map((d) => printEdn(d.v))).toEqual(['1'])
})
