/**
 * An event log for a person, without a model for it: the transactions are the events, and each says who did what kind of thing.
 */

import { connect, createDatabase, q } from 'yore'

await createDatabase('yore:mem://events')
const conn = await connect('yore:mem://events')
const one = { ':db/cardinality': ':db.cardinality/one' }
await conn.transact([
  {
    ':db/ident': ':person/id',
    ':db/valueType': ':db.type/uuid',
    ...one,
    ':db/unique': ':db.unique/identity',
  },
  { ':db/ident': ':person/first-name', ':db/valueType': ':db.type/string', ...one },
  { ':db/ident': ':person/last-name', ':db/valueType': ':db.type/string', ...one },
  { ':db/ident': ':person/birth-year', ':db/valueType': ':db.type/long', ...one },
  { ':db/ident': ':audit/user', ':db/valueType': ':db.type/string', ...one },
  { ':db/ident': ':audit/type', ':db/valueType': ':db.type/keyword', ...one },
])

const anna = '431a2745-07b7-4850-80d5-075c78b306d1'
const as = (user, type) => ({ ':db/id': 'datomic.tx', ':audit/user': user, ':audit/type': type })
await conn.transact([
  { ':person/id': anna, ':person/first-name': 'Anna', ':person/last-name': 'Anderss' },
  as('lisa', ':create'),
])
await conn.transact([
  { ':person/id': anna, ':person/last-name': 'Andersson' },
  as('lisa', ':rename'),
])
await conn.transact([{ ':person/id': anna, ':person/birth-year': 1986 }, as('omar', ':update')])
await conn.transact([{ ':person/id': anna, ':person/birth-year': 1987 }, as('omar', ':correct')])
await conn.transact([
  { ':person/id': 'e193ad2b-3095-49ff-a6d8-47147db702fa', ':person/first-name': 'Erik' },
  as('lisa', ':create'),
])

const db = conn.db()
console.log(
  'Anna now:',
  db.pull('[:person/first-name :person/last-name :person/birth-year]', [':person/id', anna]),
)

// Two databases in one query: the history knows the transactions, the present the name of today.
const events = q(
  `[:find ?tx ?when ?user ?type ?name
    :in $history $ ?id
    :where [$history ?e :person/id ?id]
           [$history ?e _ _ ?tx]
           [$ ?tx :audit/user ?user]
           [$ ?tx :audit/type ?type]
           [$ ?tx :db/txInstant ?when]
           [$ ?e :person/first-name ?name]]`,
  db.history(),
  db,
  anna,
)

const verbs = {
  ':create': 'created',
  ':rename': 'renamed',
  ':update': 'updated',
  ':correct': 'corrected',
}
for (const [tx, when, user, type, name] of events.sort((x, y) => x[0] - y[0])) {
  console.log(`${when.toISOString()}  ${user} ${verbs[type]} ${name}`)
  const changes = q(
    `[:find ?attribute ?v ?added
      :in $ $history ?id ?tx
      :where [$ ?e :person/id ?id] [$history ?e ?a ?v ?tx ?added] [$ ?a :db/ident ?attribute]]`,
    db,
    db.history(),
    anna,
    tx,
  )
  for (const [attribute, v, added] of changes.sort())
    console.log(`    ${added ? '+' : '-'} ${attribute} ${v}`)
}
