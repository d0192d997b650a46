/**
 * What a call of `q` costs when there is next to nothing to find: parsing, planning, asking the index, making rows.
 *
 *   node --conditions=yore-source --import ./scripts/ts.mjs bench/micro/calls.mjs [part of a name]
 */

import { connect, createDatabase, q, query } from '../../packages/yore/src/main.ts'

const [part = ''] = process.argv.slice(2)
const uri = 'yore:mem://calls'
await createDatabase(uri)
const conn = await connect(uri)
const attribute = (name, type, more = {}) => ({
  ':db/ident': `:a/${name}`,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
await conn.transact([
  attribute('id', 'long', { ':db/unique': ':db.unique/identity' }),
  attribute('name', 'string', { ':db/index': true }),
  attribute('x', 'long'),
  attribute('ref', 'ref'),
])
const size = 10_000
const { tempids } = await conn.transact(
  Array.from({ length: size }, (_, i) => ({
    ':db/id': `t${i}`,
    ':a/id': i,
    ':a/x': i * 3,
    ':a/name': `n${i % 2000}`,
    ':a/ref': `t${(i * 7) % size}`,
  })),
)
await conn.requestIndex()
const db = conn.db()
const ids = Object.values(tempids)
await conn.transact(Array.from({ length: 1000 }, (_, i) => [':db/add', ids[i * 7], ':a/x', -i]))
const live = conn.db()
const point = '[:find ?v :in $ ?id :where [?e :a/id ?id] [?e :a/x ?v]]'
const asOf = db.asOf(db.basisT)
const liveAsOf = live.asOf(db.basisT)
const rules = '[[(p ?x ?y) [?x :a/ref ?z] (k ?z ?y)] [(k ?u ?w) [?w :a/ref ?u]]]'

const cases = {
  'a value of an entity': (i) => q('[:find ?v . :in $ ?e :where [?e :a/x ?v]]', db, ids[i % size]),
  'the same as JS data': (i) =>
    q([':find', '?v', '.', ':in', '$', '?e', ':where', ['?e', ':a/x', '?v']], db, ids[i % size]),
  'by a unique value': (i) =>
    q('[:find ?v :in $ ?id :where [?e :a/id ?id] [?e :a/x ?v]]', db, i % size),
  'the same with a time-out': (i) => query({ query: point, args: [db, i % size], timeout: 1000 }),
  'the same through query()': (i) => query({ query: point, args: [db, i % size] }),
  'the same where some facts are live': (i) => q(point, live, i % size),
  'the same as of before': (i) => q(point, asOf, i % size),
  'the same as of before, facts are live': (i) => q(point, liveAsOf, i % size),
  'a pull by a unique value': (i) =>
    q('[:find (pull ?e [:a/id :a/name]) . :in $ ?id :where [?e :a/id ?id]]', db, i % size),
  'a count of the few with a value': (i) =>
    q('[:find (count ?e) . :in $ ?n :where [?e :a/name ?n] [?e :a/x ?x]]', db, `n${i % 2000}`),
  'few, and a predicate': (i) =>
    q('[:find ?x :in $ ?n :where [?e :a/name ?n] [?e :a/x ?x] [(< ?x 9000)]]', db, `n${i % 2000}`),
  'a star with nothing at its centre': (i) =>
    q(
      '[:find ?e ?n ?x ?i ?r :in $ ?n ?x :where [?e :a/name ?n] [?e :a/x ?x] [?e :a/id ?i] [?e :a/ref ?r] [?r :a/name ?m]]',
      db,
      'none',
      i,
    ),
  'a path to five': (i) =>
    q(
      '[:find ?n ?x :in $ ?m :where [?a :a/name ?m] [?r :a/ref ?a] [?r :a/name ?n] [?r :a/x ?x]]',
      db,
      `n${i % 2000}`,
    ),
  'two calls of plain rules': (i) =>
    q(
      '[:find ?n :in $ % ?m :where [?a :a/name ?m] (p ?a ?b) (p ?b ?c) [?c :a/name ?n]]',
      db,
      rules,
      `n${i % 2000}`,
    ),
}

const calls = 500
for (const [name, run] of Object.entries(cases)) {
  if (!name.includes(part)) continue
  let best = Infinity
  for (let round = 0; round < 60; round++) {
    const start = performance.now()
    for (let i = 0; i < calls; i++) run(i + round * calls)
    best = Math.min(best, ((performance.now() - start) / calls) * 1000)
  }
  console.log(`${name.padEnd(36)} ${best.toFixed(2)} us`)
}
