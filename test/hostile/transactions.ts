/** Hostile transaction data. A transaction that is refused changes nothing and takes no t. */

import fc from 'fast-check'
import { YoreError, tempid } from 'yore'
import type { Database } from 'yore'
import { anything, deep, isHeavy, nasty, shared } from './nasty.ts'
import type { Report } from './report.ts'
import { told } from './report.ts'
import { fingerprint, world } from './world.ts'

type Place = (x: unknown) => unknown

/** Where in tx-data something hostile may stand. */
function places(ann: number): Readonly<Record<string, Place>> {
  const attributes = [
    ':p/name',
    ':p/age',
    ':p/friend',
    ':p/part',
    ':p/key',
    ':p/born',
    ':p/kind',
    ':p/height',
    ':p/ratio',
    ':p/big',
    ':p/price',
    ':p/data',
    ':p/link',
    ':p/sym',
    ':p/ok',
    ':p/pair',
    ':p/name+age',
    ':p/note',
    ':constructor',
    ':toString',
    ':db/ident',
    ':db/doc',
    ':db/txInstant',
    ':db/ensure',
    ':db/valueType',
    ':db/cardinality',
    ':db/unique',
    ':db/index',
    ':db/isComponent',
    ':db/noHistory',
    ':db/fulltext',
    ':db/tupleAttrs',
    ':db/tupleTypes',
    ':db/tupleType',
    ':db.attr/preds',
    ':db.entity/attrs',
    ':db.entity/preds',
    ':db/force-partition',
    ':db/match-partition',
    ':db.install/attribute',
    ':db.install/partition',
    ':db.alter/attribute',
    ':db/fn',
    ':db/code',
    ':fressian/tag',
  ]
  return {
    whole: (x) => x,
    form: (x) => [x],
    'form of two': (x) => [{ ':p/name': 'New' }, x],
    operation: (x) => [[x, ann, ':p/age', 1]],
    'operation alone': (x) => [[x]],
    entity: (x) => [[':db/add', x, ':p/age', 1]],
    attribute: (x) => [[':db/add', ann, x, 1]],
    'retracted attribute': (x) => [[':db/retract', ann, x]],
    'retracted value': (x) => [[':db/retract', ann, ':p/age', x]],
    'retracted entity': (x) => [[':db/retractEntity', x]],
    'cas entity': (x) => [[':db/cas', x, ':p/age', null, 1]],
    'cas attribute': (x) => [[':db/cas', ann, x, null, 1]],
    'cas old': (x) => [[':db/cas', ann, ':p/age', x, 1]],
    'cas new': (x) => [[':db/cas', ann, ':p/age', 31, x]],
    id: (x) => [{ ':db/id': x, ':p/age': 1 }],
    'reverse key': (x) => [{ ':db/id': 't', ':p/_friend': x }],
    'nested map': (x) => [{ ':db/id': ann, ':p/part': { ':p/name': x } }],
    'nested maps': (x) => [{ ':db/id': ann, ':p/part': [{ ':p/age': 1, ':p/part': [x] }] }],
    'tempid in a ref': (x) => [{ ':p/name': 'New', ':p/friend': [x] }],
    'datomic.tx': (x) => [[':db/add', 'datomic.tx', ':db/doc', x]],
    'transaction instant': (x) => [[':db/add', 'datomic.tx', ':db/txInstant', x]],
    partition: (x) => [
      { ':db/id': tempid(':db.part/user', -1), ':p/age': 1 },
      { ':db/force-partition': { '-1': x } },
    ],
    'partition name': (x) => [{ ':db/id': ['t', x], ':p/age': 1 }],
    definition: (x) => [
      {
        ':db/ident': x,
        ':db/valueType': ':db.type/string',
        ':db/cardinality': ':db.cardinality/one',
      },
    ],
    'function argument': (x) => [['my/add', ann, x]],
    'function result': (x) => [['my/id', x]],
    'key of a map': (x) => [Object.fromEntries([[typeof x === 'string' ? x : told(x), 1]])],
    ...Object.fromEntries(
      attributes.flatMap((a) => [
        [`value of ${a}`, (x: unknown) => [[':db/add', ann, a, x]]],
        [`value of ${a} in a map`, (x: unknown) => [{ ':db/id': 'new', [a]: x }]],
      ]),
    ),
  }
}

const takesHeavy = new Set([
  'whole',
  'form',
  'operation',
  'entity',
  'attribute',
  'value of :p/name',
  'value of :p/friend in a map',
  'value of :p/note in a map',
  'value of :p/pair',
  'value of :p/data',
  'id',
  'nested map',
  'function argument',
  'function result',
  'cas old',
])

/** Data that is bad in a way of its own. */
const table: Readonly<Record<string, (db: Database) => unknown>> = {
  'nested 100,000 deep': () => [deep(100_000, (x) => ({ ':p/part': x }), { ':p/age': 1 })],
  'nested 900 deep': () => [deep(900, (x) => ({ ':p/part': [x] }), { ':p/age': 1 })],
  'lists 900 deep': () => [deep(900)],
  'text nested 100,000 deep': () => '[' + '{:p/part '.repeat(100_000),
  'text nested 5,000 deep': () =>
    '[' + '{:p/part '.repeat(5_000) + '{:p/age 1}' + '}'.repeat(5_000) + ']',
  'a tempid chain of 100,000': () =>
    Array.from({ length: 100_000 }, (_, i) => [':db/add', `t${i}`, ':p/friend', `t${i + 1}`]),
  'upserts that unify 3,000': () =>
    Array.from({ length: 3_000 }, (_, i) => [':db/add', `t${i}`, ':p/name', `n${i >> 1}`]),
  'tempids called as prototypes are': () =>
    ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'].map((t) => ({
      ':db/id': t,
      ':p/age': 1,
      ':p/friend': '__proto__',
    })),
  '100,000 values of one attribute': () => [
    { ':p/name': 'Many', ':toString': Array.from({ length: 100_000 }, (_, i) => `v${i}`) },
  ],
  'cyclic component': (db) => [
    [':db/add', db.entid([':p/name', 'Ann']), ':p/part', db.entid([':p/name', 'Ann'])],
    [':db/retractEntity', db.entid([':p/name', 'Ann'])],
  ],
  'functions that call functions 900 deep': () => [
    deep(900, (x) => ['my/id', [x]], [':db/add', 't', ':p/age', 1]),
  ],
  'a function that calls itself for ever': () => [['my/again']],
  'a function that doubles for ever': () => [['my/twice']],
  'arrays that share arrays': () => [shared()],
  'EDN of wrong tags': () => '[{:db/id #db/id[:db.part/user] :p/age #inst "nonsense"}]',
  'EDN of tempids': () => '[[:db/add #db/id[:db.part/nowhere -1] :p/age 1]]',
  'EDN of a tempid in a tempid': () => '[[:db/add #db/id[#db/id[:db.part/user -1] -1] :p/age 1]]',
}

export async function run(report: Report): Promise<void> {
  const conn = await world({
    'my/id': (_: unknown, x: unknown) => x,
    'my/add': (_: unknown, e: unknown, x: unknown) => [[':db/add', e, ':p/age', x]],
    'my/again': () => [['my/again']],
    'my/twice': () => [['my/twice'], ['my/twice']],
  })
  const db = conn.db()
  const before = fingerprint(db)
  const ann = db.entid([':p/name', 'Ann']) as number
  const where = places(ann)
  const attempt = (name: string, make: () => unknown): void => {
    report.call(name, () => (db as { with(x: unknown): unknown }).with(make()))
  }
  for (const [place, put] of Object.entries(where)) {
    for (const [name, make] of Object.entries(nasty)) {
      if (!isHeavy(name) || takesHeavy.has(place)) attempt(`${place} (${name})`, () => put(make()))
    }
  }
  for (const [name, make] of Object.entries(table)) attempt(name, () => make(db))
  const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1e9)
  process.stderr.write(`transactions: HOSTILE_SEED=${seed}\n`)
  const options = { seed, numRuns: Number(process.env['HOSTILE_RUNS'] ?? 1000) }
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(where)), anything, (place, make) => {
      const x = make()
      attempt(`${place} (${told(x)}) seed ${seed}`, () => (where[place] as Place)(x))
    }),
    options,
  )
  if (fingerprint(db) !== before || fingerprint(conn.db()) !== before)
    report.fault('speculation has changed the database')

  // the same in earnest: what is refused leaves no trace, what is not has the next t
  let last = fingerprint(conn.db())
  for (const [place, put] of Object.entries(where)) {
    for (const name of [
      'undefined',
      'NaN',
      'a revoked proxy',
      'cyclic object',
      'a symbol',
      '-1n',
      'object of __proto__',
      'lookup ref of nothing',
    ]) {
      const { nextT } = conn.db()
      const answer = await report.later(`transact ${place} (${name})`, () =>
        (conn as { transact(x: unknown): unknown }).transact(put(nasty[name]?.())),
      )
      const now = fingerprint(conn.db())
      if (answer instanceof YoreError ? now !== last : conn.db().basisT !== nextT)
        report.fault(`${place} (${name}): left a trace`)
      last = now
    }
  }
}
