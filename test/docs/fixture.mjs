/**
 * The world in which the examples of doc comments run: a connection with people, items and artists, and the names that examples use for
 * what they have at hand.
 */

import * as yore from 'yore'
import * as edn from 'yore/edn'

const attribute = (ident, type, more = {}) => ({
  ':db/ident': ident,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
const many = { ':db/cardinality': ':db.cardinality/many' }
const identity = { ':db/unique': ':db.unique/identity' }
const indexed = { ':db/index': true }

const schema = [
  attribute(':person/name', 'string'),
  attribute(':person/email', 'string', identity),
  attribute(':person/friend', 'ref', many),
  attribute(':item/id', 'string', identity),
  attribute(':item/count', 'long'),
  attribute(':user/password', 'string'),
  attribute(':artist/name', 'string', { ...indexed, ':db/fulltext': true }),
  attribute(':artist/gid', 'uuid', identity),
  attribute(':artist/startYear', 'long', indexed),
  attribute(':artist/country', 'ref'),
  attribute(':country/name', 'string', identity),
]

export async function makeWorld(n) {
  const uri = `yore:mem://doc-comments-${n}`
  await yore.createDatabase(uri)
  const functions = {
    ':my.app/increment': (db, e, by) => [
      [':db/add', e, ':item/count', (db.entity(e)?.[':item/count'] ?? 0) + by],
    ],
  }
  const conn = await yore.connect(uri, { functions })
  await conn.transact(schema)
  const report = await conn.transact([
    {
      ':db/id': 'ann',
      ':person/name': 'Ann',
      ':person/email': 'ann@example.com',
      ':person/friend': ['bob'],
    },
    {
      ':db/id': 'bob',
      ':person/name': 'Bob',
      ':person/email': 'bob@example.com',
      ':person/friend': ['ann'],
    },
    { ':db/id': 'item', ':item/id': '0042', ':item/count': 999 },
    {
      ':artist/name': 'Led Zeppelin',
      ':artist/gid': '678d88b2-87b0-403b-b63d-5da7465aecc3',
      ':artist/startYear': 1968,
      ':artist/country': { ':country/name': 'United Kingdom' },
    },
  ])
  const db = report.dbAfter
  const id = report.tempids['item']
  return {
    ...yore,
    ...edn,
    uri,
    conn,
    db,
    report,
    id,
    tx: yore.tToTx(db.basisT),
    ann: report.tempids['ann'],
    datom: report.txData[0],
    entity: db.entity(id),
  }
}
