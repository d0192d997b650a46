/**
 * An order failed at half past eleven at night. In the morning the boss changed some of the rules, and now it works. Was that why?
 */

import { connect, createDatabase, q } from 'yore'

await createDatabase('yore:mem://orders')
const conn = await connect('yore:mem://orders')
const one = { ':db/cardinality': ':db.cardinality/one' }
const string = { ':db/valueType': ':db.type/string', ...one }
const at = (iso) => ({ ':db/id': 'datomic.tx', ':db/txInstant': new Date(iso) })

await conn.transact([
  { ':db/ident': ':user/name', ...string, ':db/unique': ':db.unique/identity' },
  { ':db/ident': ':customer/name', ...string },
  { ':db/ident': ':order/zip-code', ...string },
  { ':db/ident': ':order-rule/zip-code', ...string },
  { ':db/ident': ':tx/changed-by', ':db/valueType': ':db.type/ref', ...one },
  at('2019-11-01T00:00:00Z'),
])
const { tempids } = await conn.transact([
  { ':db/id': 'boss', ':user/name': 'The Boss' },
  { ':db/id': 'office', ':customer/name': 'Some Offcie' },
  { ':db/id': 'rule', ':order-rule/zip-code': '0056' },
  { ':db/id': 'order', ':order/zip-code': '0061' },
  at('2019-11-20T10:00:00Z'),
])

// This morning. The only clever thing: every change says who made it.
const byBoss = (iso) => ({ ...at(iso), ':tx/changed-by': [':user/name', 'The Boss'] })
await conn.transact([
  [':db/add', tempids.office, ':customer/name', 'Some Office'],
  byBoss('2019-11-28T07:52:01Z'),
])
await conn.transact([{ ':customer/name': 'Some Flower Shop' }, byBoss('2019-11-28T07:53:58Z')])
await conn.transact([
  [':db/add', tempids.rule, ':order-rule/zip-code', '0061'],
  byBoss('2019-11-28T07:54:28Z'),
])

const db = conn.db()
const txs = q('[:find [?tx ...] :in $ ?who :where [?tx :tx/changed-by ?who]]', db.history(), [
  ':user/name',
  'The Boss',
])
console.log('The last three transactions of the boss, newest first:')
for (const tx of txs.sort((a, b) => b - a).slice(0, 3)) {
  const [{ data }] = conn.log().txRange(tx, tx + 1)
  console.log(db.entity(tx)[':db/txInstant'])
  for (const { e, a, v, added } of data) {
    if (e !== tx) console.log('  ', e, db.ident(a), v, added ? 'added' : 'retracted')
  }
}

const rules = `[:find [?rule ...]
                :in $ ?order
                :where [?order :order/zip-code ?zip] [?rule :order-rule/zip-code ?zip]]`
const lastNight = db.asOf(new Date('2019-11-27T23:30:00Z'))
console.log('Rules for the order now:       ', q(rules, db, tempids.order))
console.log('Rules for the order last night:', q(rules, lastNight, tempids.order))
