/**
 * Steve has entered 999 Tribbles, and the CEO does not deal in Tribbles. "Quick, delete the last entry!" We find what he did, correct
 * it, say why, and can still tell what was believed in between.
 */

import { connect, createDatabase, q, tToTx } from 'yore'

await createDatabase('yore:mem://acme')
const conn = await connect('yore:mem://acme')
const one = { ':db/cardinality': ':db.cardinality/one' }
await conn.transact([
  {
    ':db/ident': ':item/id',
    ':db/valueType': ':db.type/string',
    ...one,
    ':db/unique': ':db.unique/identity',
  },
  { ':db/ident': ':item/description', ':db/valueType': ':db.type/string', ...one },
  { ':db/ident': ':item/count', ':db/valueType': ':db.type/long', ...one },
])
const { dbAfter: withTribbles } = await conn.transact([
  {
    ':item/id': '0042-TRBL',
    ':item/description': 'Tribble: a low maintenance pet.',
    ':item/count': 999,
  },
])
const tribble = [':item/id', '0042-TRBL']

console.log('The entity says what, but not when or why:')
console.log({ ...conn.db().entity(tribble) })

console.log('Every fact about it, with its transaction:')
console.table(
  q(
    `[:find ?attribute ?v ?tx ?added
      :in $ ?e
      :where [?e ?a ?v ?tx ?added] [?a :db/ident ?attribute]]`,
    conn.db(),
    tribble,
  ),
)

console.log('The whole transaction, from the log:')
console.table(
  q(
    `[:find ?e ?attribute ?v ?added
      :in $ ?log ?tx
      :where [(tx-data ?log ?tx) [[?e ?a ?v _ ?added]]] [?a :db/ident ?attribute]]`,
    conn.db(),
    conn.log(),
    tToTx(withTribbles.basisT),
  ),
)

// Two corrections: first only the count is refuted, then the whole item, each with its reason.
await conn.transact([
  [':db/add', tribble, ':item/count', 0],
  [':db/add', 'datomic.tx', ':db/doc', 'Error correction entry. We do not sell Tribbles.'],
])
await conn.transact([
  [':db/retractEntity', tribble],
  [':db/add', 'datomic.tx', ':db/doc', 'We never had Tribbles.'],
])

console.log('Now:', q('[:find ?e :where [?e :item/id]]', conn.db()))
console.log('As of the mistake:', withTribbles.pull('[:item/id :item/count]', tribble))
console.log('All that was ever said of the count, and why it changed:')
console.table(
  q(
    `[:find ?t ?n ?added ?why
      :where [?e :item/id "0042-TRBL" _ true] [?e :item/count ?n ?tx ?added]
             [?tx :db/txInstant ?t] [(get-else $ ?tx :db/doc "") ?why]]`,
    conn.db().history(),
  ).sort((x, y) => x[0] - y[0]),
)
