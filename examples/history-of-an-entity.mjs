/**
 * An audit log that nobody planned: all changes of an entity, and the entity before and after each of them.
 */

import { connect, createDatabase, q, txToT } from 'yore'

await createDatabase('yore:mem://users')
const conn = await connect('yore:mem://users')
const one = { ':db/cardinality': ':db.cardinality/one' }
await conn.transact([
  { ':db/ident': ':user/email', ':db/valueType': ':db.type/string', ...one },
  { ':db/ident': ':user/password', ':db/valueType': ':db.type/string', ...one },
  { ':db/ident': ':user/subscribed-to-newsletter?', ':db/valueType': ':db.type/boolean', ...one },
])
const { tempids } = await conn.transact([
  { ':db/id': 'user', ':user/email': 'august@augustl.com', ':user/password': 'hash-123-abc' },
])
const user = tempids.user
await conn.transact([[':db/add', user, ':user/subscribed-to-newsletter?', true]])
await conn.transact([[':db/add', user, ':user/email', 'august@kodemaker.no']])
await conn.transact([[':db/retract', user, ':user/password', 'hash-123-abc']])

const db = conn.db()
const emails = '[:find [?email ...] :in $ ?user :where [?user :user/email ?email]]'
console.log('Now: ', q(emails, db, user))
console.log('Ever:', q(emails, db.history(), user))

const changes = q(
  `[:find ?tx ?attribute ?v ?added
    :in $ ?user
    :where [?user ?a ?v ?tx ?added] [?a :db/ident ?attribute]]`,
  db.history(),
  user,
)
const byTx = Map.groupBy ? Map.groupBy(changes, ([tx]) => tx) : group(changes)
for (const tx of [...byTx.keys()].sort((a, b) => a - b)) {
  console.log()
  console.log('At', db.entity(tx)[':db/txInstant'])
  for (const [, attribute, v, added] of byTx.get(tx).sort())
    console.log(added ? '  +' : '  -', attribute, v)
  // The t before this transaction's is the database before it.
  console.log('  before', db.asOf(txToT(tx) - 1).pull('[*]', user))
  console.log('  after ', db.asOf(tx).pull('[*]', user))
}

function group(rows) {
  const out = new Map()
  for (const row of rows) out.set(row[0], [...(out.get(row[0]) ?? []), row])
  return out
}
