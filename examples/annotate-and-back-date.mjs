/**
 * Seven years of dinners, imported with the dates they had; then a program that notes on every transaction which version of it wrote
 * the facts, and for whom.
 */

import { connect, createDatabase, q, YoreError } from 'yore'

await createDatabase('yore:mem://dinners')
const conn = await connect('yore:mem://dinners')
const one = { ':db/cardinality': ':db.cardinality/one' }
const many = { ':db/cardinality': ':db.cardinality/many' }
const at = (iso) => ({ ':db/id': 'datomic.tx', ':db/txInstant': new Date(iso) })

await conn.transact([
  {
    ':db/ident': ':recipe/name',
    ':db/valueType': ':db.type/string',
    ...one,
    ':db/unique': ':db.unique/identity',
  },
  {
    ':db/ident': ':meal/id',
    ':db/valueType': ':db.type/uuid',
    ...one,
    ':db/unique': ':db.unique/identity',
  },
  { ':db/ident': ':meal/recipes', ':db/valueType': ':db.type/ref', ...many },
  {
    ':db/ident': ':user/name',
    ':db/valueType': ':db.type/string',
    ...one,
    ':db/unique': ':db.unique/identity',
  },
  { ':db/ident': ':tx/app-name', ':db/valueType': ':db.type/string', ...one, ':db/index': true },
  { ':db/ident': ':tx/app-version', ':db/valueType': ':db.type/string', ...one, ':db/index': true },
  { ':db/ident': ':tx/user', ':db/valueType': ':db.type/ref', ...one },
  {
    ':db/ident': ':tx/puppet-master',
    ':db/valueType': ':db.type/ref',
    ...one,
    ':db/doc': 'Admin user working on behalf of another user',
  },
  at('2010-01-01T00:00:00Z'),
])

// The import: oldest first, each with its own time.
await conn.transact([
  { ':recipe/name': 'Lentil soup' },
  { ':recipe/name': 'Fish pie' },
  at('2010-01-02T00:00:00Z'),
])
await conn.transact([
  {
    ':meal/id': '586aa8aa-65df-455d-9e43-409124bbe311',
    ':meal/recipes': [[':recipe/name', 'Fish pie']],
  },
  at('2011-10-03T17:00:00Z'),
])
await conn.transact([
  {
    ':meal/id': '586aa8aa-65df-455d-9e43-409124bbe312',
    ':meal/recipes': [[':recipe/name', 'Lentil soup']],
  },
  at('2014-03-09T17:30:00Z'),
])

// Time cannot run backwards.
try {
  await conn.transact([{ ':recipe/name': 'Too late' }, at('2012-01-01T00:00:00Z')])
} catch (error) {
  if (!(error instanceof YoreError)) throw error
  console.log(error.message)
}

const meals = `[:find ?when ?name :where [?m :meal/recipes ?r ?tx] [?r :recipe/name ?name] [?tx :db/txInstant ?when]]`
console.log(
  'All meals:',
  q(meals, conn.db()).sort((x, y) => x[0] - y[0]),
)
console.log('Known at the end of 2012:', q(meals, conn.db().asOf(new Date('2012-12-31'))))

// In production: one place transacts, and adds what it knows. The rest of the program only makes tx-data.
await conn.transact([{ ':user/name': 'christian' }, { ':user/name': 'support' }])
const transact = (txData, { user, onBehalfOf }) =>
  conn.transact([
    ...txData,
    {
      ':db/id': 'datomic.tx',
      ':tx/app-name': 'dinner-planner',
      ':tx/app-version': '9f2c1e7',
      ':tx/user': [':user/name', onBehalfOf ?? user],
      ...(onBehalfOf && { ':tx/puppet-master': [':user/name', user] }),
    },
  ])
await transact([{ ':recipe/name': 'Ratatouille' }], { user: 'support', onBehalfOf: 'christian' })

console.table(
  q(
    `[:find ?recipe ?user ?version ?helper
      :keys recipe user version helper
      :where [?r :recipe/name ?recipe ?tx] [?tx :tx/app-version ?version]
             [?tx :tx/user ?u] [?u :user/name ?user] [?tx :tx/puppet-master ?h] [?h :user/name ?helper]]`,
    conn.db(),
  ),
)
