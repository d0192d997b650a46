/**
 * A small program over the whole surface: create, transact, query, pull, entity, as-of. The same text runs on every runtime; it
 * takes the library as an argument and gives back plain data, which must equal `expected`.
 */

export async function program(yore) {
  const uri = 'yore:mem://runtimes'
  const created = await yore.createDatabase(uri)
  const conn = await yore.connect(uri)
  const attribute = (ident, type, more = {}) => ({
    ':db/ident': ident,
    ':db/valueType': `:db.type/${type}`,
    ':db/cardinality': ':db.cardinality/one',
    ...more,
  })
  await conn.transact([
    attribute(':item/id', 'string', { ':db/unique': ':db.unique/identity' }),
    attribute(':item/count', 'long'),
    attribute(':item/box', 'ref'),
  ])
  const first = await conn.transact([
    { ':db/id': 'box', ':item/id': 'B-1' },
    { ':item/id': 'T-1', ':item/count': 999, ':item/box': 'box' },
  ])
  await conn.transact([{ ':item/id': 'T-1', ':item/count': 0 }])
  const db = conn.db()
  const count = '[:find ?n . :where [?e :item/id "T-1"] [?e :item/count ?n]]'
  const error = await conn.transact([{ ':item/count': 'many' }]).catch((e) => e)
  return {
    created,
    now: yore.q(count, db),
    before: yore.q(count, db.asOf(first.dbAfter.basisT)),
    history: yore
      .q('[:find ?n ?added :where [?e :item/count ?n _ ?added]]', db.history())
      .map(String)
      .sort(),
    pulled: db.pull('[:item/id {:item/box [:item/id]}]', [':item/id', 'T-1']),
    box: db.entity([':item/id', 'B-1'])?.[':item/_box']?.[0]?.[':item/id'],
    error: [error instanceof yore.YoreError, error.code],
  }
}

export const expected = {
  created: true,
  now: 0,
  before: 999,
  history: ['0,true', '999,false', '999,true'],
  pulled: { ':item/id': 'T-1', ':item/box': { ':item/id': 'B-1' } },
  box: 'T-1',
  error: [true, ':db.error/wrong-type-for-attribute'],
}
