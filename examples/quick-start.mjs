/** The shortest way from nothing to a question about the past. */

import { connect, createDatabase, q } from 'yore'

await createDatabase('yore:mem://quick-start')
const conn = await connect('yore:mem://quick-start')

await conn.transact([
  {
    ':db/ident': ':city/name',
    ':db/valueType': ':db.type/string',
    ':db/cardinality': ':db.cardinality/one',
    ':db/unique': ':db.unique/identity',
  },
  {
    ':db/ident': ':city/people',
    ':db/valueType': ':db.type/long',
    ':db/cardinality': ':db.cardinality/one',
  },
])
const { dbAfter: then } = await conn.transact([
  { ':city/name': 'Oslo', ':city/people': 580_000 },
  { ':city/name': 'Bergen', ':city/people': 250_000 },
])
await conn.transact([{ ':city/name': 'Oslo', ':city/people': 709_000 }])

const large =
  '[:find ?name ?n :in $ ?min :where [?c :city/name ?name] [?c :city/people ?n] [(> ?n ?min)]]'
console.log('then', q(large, then, 300_000))
console.log('now ', q(large, conn.db(), 300_000))
