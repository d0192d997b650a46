/**
 * Marking transactions as mistakes, and asking as if they had never been: a filter sees every fact, and can ask the database about it.
 */

import { connect, createDatabase, q, tToTx } from 'yore'

await createDatabase('yore:mem://clean')
const conn = await connect('yore:mem://clean')
const one = { ':db/cardinality': ':db.cardinality/one' }
await conn.transact([
  {
    ':db/ident': ':item/id',
    ':db/valueType': ':db.type/string',
    ...one,
    ':db/unique': ':db.unique/identity',
  },
  { ':db/ident': ':item/price', ':db/valueType': ':db.type/long', ...one },
  { ':db/ident': ':tx/is-mistake', ':db/valueType': ':db.type/boolean', ...one },
])
await conn.transact([{ ':item/id': 'TEA-1', ':item/price': 450 }])
const slip = await conn.transact([{ ':item/id': 'TEA-1', ':item/price': 45_000 }])
await conn.transact([{ ':item/id': 'TEA-1', ':item/price': 475 }])

// Later somebody notices.
await conn.transact([[':db/add', tToTx(slip.dbAfter.basisT), ':tx/is-mistake', true]])

const db = conn.db()
// The simplest filter asks the database about the transaction of each fact.
const clean = db.filter(
  (unfiltered, datom) => unfiltered.entity(datom.tx)?.[':tx/is-mistake'] !== true,
)
const everyPrice = '[:find [?p ...] :where [?e :item/price ?p]]'
const price = '[:find ?p . :where [?e :item/id "TEA-1"] [?e :item/price ?p]]'
console.log('price now:                ', q(price, clean))

// In a view of the past the mark was not made yet, and a history has no entities. There, gather the marks first.
const mistakes = new Set(q('[:find [?tx ...] :where [?tx :tx/is-mistake true]]', db))
const withoutMistakes = (view) => view.filter((_, datom) => !mistakes.has(datom.tx))
const then = db.asOf(slip.dbAfter.basisT)
console.log('as of the slip:           ', q(price, then))
console.log('as of then, mistakes gone:', q(price, withoutMistakes(then)))
console.log('all prices ever:          ', q(everyPrice, db.history()))
console.log('without the mistakes:     ', q(everyPrice, withoutMistakes(db.history())))
