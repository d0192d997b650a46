/** What transactions look up leaves waiting what waits to come into the live trees; whoever reads otherwise takes it in. */

import { expect, test } from 'vitest'
import { freshDb, tx } from '../../../../test/oracle/tx.ts'
import type { Db } from '../db/db.ts'
import { stateOf } from '../indexes/create.ts'
import { presentView } from '../indexes/fact-index.ts'
import { orders } from '../indexes/facts/fact.ts'

const schema = `[{:db/ident :x/key :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
                 {:db/ident :x/mail :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/value}
                 {:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
                 {:db/ident :x/to :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}]`

const treesOf = ({ facts }: Db): unknown[] => {
  const { trees } = stateOf(facts)
  return orders.flatMap((o) => [trees[o].current.live.treeBefore, trees[o].past.live.treeBefore])
}

const isSame = (x: readonly unknown[], y: readonly unknown[]): boolean =>
  x.every((tree, i) => tree === y[i])

function readAll({ facts }: Db): void {
  for (const order of orders) {
    for (const history of [false, true]) {
      facts.cursor(order, {}, { ...presentView, history }).next()
    }
  }
}

test('upserts, replacements, retractions, uniqueness, lookup refs and cas leave the live trees as they are', () => {
  let db = tx(freshDb(), schema).dbAfter
  db = tx(db, '[{:x/key "a" :x/n 1 :x/mail "a@x"} {:x/key "b" :x/n 2 :x/mail "b@x"}]').dbAfter
  readAll(db)
  const before = treesOf(db)
  for (let i = 0; i < 40; i++) {
    const key = `k${i % 9}`
    db = tx(db, `[{:x/key "${key}" :x/n ${i} :x/mail "${i}@x"}]`).dbAfter
    db = tx(
      db,
      `[[:db/add [:x/key "a"] :x/to [:x/key "${key}"]] [:db/cas [:x/key "${key}"] :x/n ${i} ${i + 100}]]`,
    ).dbAfter
    db = tx(db, `[{:x/key "b" :x/n ${i}} [:db/retract [:x/key "${key}"] :x/mail "${i}@x"]]`).dbAfter
    if (i % 4 === 3) db = tx(db, `[[:db/retractEntity [:x/key "${key}"]]]`).dbAfter
    expect(() => tx(db, '[{:x/key "new" :x/mail "a@x"}]')).toThrow(/unique/)
  }
  expect(isSame(treesOf(db), before)).toBe(true)
  readAll(db)
  expect(isSame(treesOf(db), before)).toBe(false)
})
