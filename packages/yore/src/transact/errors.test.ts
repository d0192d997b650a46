import { expect, test } from 'vitest'
import {
  after,
  attribute,
  contextOf,
  failureOf,
  freshDb,
  identity,
  tx,
  uniqueValue,
} from '../../../../test/oracle/tx.ts'
import type { ErrorCode } from '../base/errors.ts'
import { readEdn } from '../data/edn/read.ts'
import type { Value } from '../data/values.ts'
import { transact } from './transact.ts'

const db = after(
  freshDb(),
  `[${[
    attribute(':p/name', 'string', identity),
    attribute(':p/n', 'long'),
    attribute(':p/tag', 'string*'),
    attribute(':p/ref', 'ref'),
    attribute(':p/badge', 'string', uniqueValue),
    attribute(':p/tuple', 'tuple', ':db/tupleTypes [:db.type/long :db.type/string]'),
    attribute(':p/pred', 'long', ':db.attr/preds my/false'),
    attribute(':p/a', 'long'),
    attribute(':p/b', 'long'),
    attribute(':p/a+b', 'tuple', ':db/tupleAttrs [:p/a :p/b]'),
    attribute(':p/bytes', 'bytes'),
  ].join(' ')}
    {:db/ident :part/x :db.install/_partition :db.part/db}]`,
  `[{:db/id "a" :p/name "a" :p/n 1 :p/badge "a" :p/tag ["s" "t"]} {:db/id "b" :p/name "b" :p/n 1 :p/badge "b"}
    {:db/ident :spec/attrs :db.entity/attrs [:p/n]} {:db/ident :spec/preds :db.entity/preds my/false}]`,
)
const a = 2 ** 44 + 1002
const earlier = 3 * 2 ** 42 + 1000
const context = contextOf({}, { 'my/false': (): Value => false })

const string = ':db/valueType :db.type/string'
const one = ':db/cardinality :db.cardinality/one'

/** One row or more for each code; the code decides, the rest of the data is there to reach it. */
const rows: readonly [ErrorCode, string][] = [
  // forms
  [':yore/invalid-argument', `5`],
  [':yore/invalid-argument', `{:p/n 1}`],
  [':yore/invalid-argument', `[[]]`],
  [':yore/invalid-argument', `[[:db/add "x" :p/n]]`],
  [':yore/invalid-argument', `[[:db/retract "x"]]`],
  [':db.error/not-transaction-data', `[nil]`],
  [':db.error/not-transaction-data', `["x"]`],
  [':db.error/not-a-data-function', `[[:no/function 1]]`],
  [':db.error/not-a-data-function', `[[nil "x" :p/n 1]]`],
  [':db.error/not-a-data-function', `[[:p/n "x" :p/n 1]]`],
  [':db.error/not-a-data-function', `[[{:p/n 1}]]`],
  [':db.error/not-a-keyword', `[["db/add" "x" :p/n 1]]`],
  [':db.error/invalid-lookup-ref', `[[[:db/add "x" :p/n 1]]]`],
  // entities
  [':db.error/not-an-entity', `[[:db/add nil :p/n 1]]`],
  [':db.error/not-an-entity', `[[:db/add 1.5 :p/n 1]]`],
  [':db.error/not-an-entity', `[[:db/add :no/ident :p/n 1]]`],
  [':db.error/not-an-entity', `[[:db/add [:p/name "none"] :p/n 1]]`],
  [':db.error/not-an-entity', `[{:db/id {:db/id "x"} :p/n 1}]`],
  [':db.error/not-an-entity', `[{:p/name "c" :p/_ref {:p/n 1}}]`],
  [':db.error/invalid-entity-id', `[[:db/add 17592186099999 :p/n 1]]`],
  [':db.error/invalid-entity-id', `[[:db/add 4611681620380999999 :p/n 1]]`],
  [':db.error/lookup-ref-attr-not-unique', `[[:db/add [:p/n 1] :p/n 1]]`],
  [':db.error/tempid-not-an-entity', `[{:p/name "c" :p/ref "nobody"}]`],
  [':db.error/tempid-not-an-entity', `[[:db/retract ${a} :p/ref "nobody"]]`],
  [':db.error/not-a-db-id', `[{:db/id #db/id[:no/part -1] :p/n 1}]`],
  [':db.error/not-a-db-id', `[{:db/id #db/id[:db.part/user -1 2] :p/n 1}]`],
  [':db.error/not-a-db-id', `[{:db/id "x" :p/n 1 :db/force-partition {"x" nil}}]`],
  [':db.error/not-a-partition', `[{:db/id #db/id[:p/n -1] :p/n 1}]`],
  [':db.error/not-a-partition', `[{:db/id "x" :p/n 1 :db/force-partition {"x" :p/n}}]`],
  [':db.error/invalid-force-partition-map', `[{:db/force-partition [["x" :part/x]]}]`],
  [':db.error/invalid-match-partition-map', `[{:db/match-partition nil}]`],
  [':db.error/cycle-in-affinity', `[{:db/id "x" :p/n 1 :db/match-partition {"x" "x"}}]`],
  // attributes and values
  [':db.error/not-an-entity', `[{:no/attribute 1}]`],
  [':db.error/not-an-attribute', `[{:db.part/user 1}]`],
  [':db.error/nil-value', `[{:p/n nil}]`],
  [':db.error/wrong-type-for-attribute', `[{:p/n "1"}]`],
  [':db.error/wrong-type-for-attribute', `[{:p/n 1.0}]`],
  [':db.error/wrong-type-for-attribute', `[{:p/name "c" :p/_n ${a}}]`],
  [':db.error/invalid-tuple-value', `[{:p/tuple [1]}]`],
  [':db.error/invalid-tuple-value', `[{:p/tuple [1 2]}]`],
  [':db.error/invalid-tuple-value', `[{:p/tuple (1 "x")}]`],
  [':db.error/invalid-tuple-value', `[{:p/a+b [1 2 3]}]`],
  [':db.error/invalid-nested-entity', `[{:p/name "c" :p/ref {:p/n 1}}]`],
  [':db.error/attr-pred', `[{:p/pred 1}]`],
  [':db.error/entity-attr', `[{:p/name "c" :db/ensure :spec/attrs}]`],
  [':db.error/entity-pred', `[{:p/name "c" :db/ensure :spec/preds}]`],
  // functions
  [':db.error/cas-failed', `[[:db/cas ${a} :p/n 5 6]]`],
  [':db.error/cas-failed', `[[:db/cas ${a} :p/n nil 6]]`],
  [':db.error/invalid-cas', `[[:db/cas ${a} :p/n 1 nil]]`],
  [':db.error/invalid-cas-many', `[[:db/cas ${a} :p/tag "t" "u"]]`],
  [':db.error/not-a-keyword', `[[:db/cas "new" :p/n nil 1]]`],
  [':yore/invalid-function-call', `[[:db/cas ${a} :p/n 1]]`],
  [':yore/invalid-function-call', `[[:db/retractEntity]]`],
  [':yore/invalid-function-call', `[[:db/retractEntity ${a} ${a}]]`],
  // conflicts
  [':db.error/datoms-conflict', `[[:db/add ${a} :p/n 2] [:db/add ${a} :p/n 3]]`],
  [':db.error/datoms-conflict', `[[:db/add ${a} :p/n 2] [:db/retract ${a} :p/n 2]]`],
  [':db.error/datoms-conflict', `[{:p/badge "c"} {:p/badge "c"}]`],
  [':db.error/unique-conflict', `[{:p/badge "a"}]`],
  [':db.error/unique-conflict', `[[:db/add ${a} :p/name "b"]]`],
  [':db.error/datom-cannot-be-altered', `[[:db/add :db/doc :db/doc "mine"]]`],
  [':db.error/datom-cannot-be-altered', `[[:db/retractEntity :db/ident]]`],
  [':db.error/datom-cannot-be-altered', `[[:db/retract 0 :db.install/partition :part/x]]`],
  // instants
  [':db.error/past-tx-instant', `[[:db/add "datomic.tx" :db/txInstant #inst "1999"]]`],
  [':db.error/future-tx-instant', `[[:db/add "datomic.tx" :db/txInstant #inst "2999"]]`],
  [':db.error/reset-tx-instant', `[[:db/add ${earlier} :db/txInstant #inst "2020"]]`],
  [':db.error/reset-tx-instant', `[[:db/retractEntity ${earlier}]]`],
  [':db.error/reset-tx-instant', `[[:db/retract "datomic.tx" :db/txInstant #inst "2020"]]`],
  // schema
  [':db.error/attribute-ident-missing', `[{${string} ${one}}]`],
  [':db.error/invalid-install-attribute', `[{:db/ident :x/y ${string}}]`],
  [
    ':db.error/invalid-install-attribute',
    `[{:db/ident :x/y ${string} ${one} :db/isComponent true}]`,
  ],
  [
    ':db.error/invalid-install-attribute',
    `[{:db/ident :x/y ${string} ${one} :db/tupleType :db.type/long}]`,
  ],
  [':db.error/invalid-install-attribute', `[${attribute(':x/y', 'tuple')}]`],
  [
    ':db.error/invalid-install-attribute',
    `[${attribute(':x/y', 'tuple', ':db/tupleAttrs [:p/n :p/tag]')}]`,
  ],
  [':db.error/invalid-install-attribute', `[${attribute(':x/y', 'bytes', identity)}]`],
  [':db.error/attr-pred-on-system-attr', `[{:db/id :db/doc :db.attr/preds my/false}]`],
  [':db.error/not-a-value-type', `[{:db/ident :x/y :db/valueType :p/n ${one}}]`],
  [':db.error/not-a-cardinality', `[{:db/ident :x/y ${string} :db/cardinality :p/n}]`],
  [':db.error/not-in-system-partition', `[[:db/add ${a} :db/index true]]`],
  [':db.error/schema-without-install', `[{:db/id #db/id[:db.part/db -1] :p/n 1}]`],
  [':db.error/invalid-element-change', `[{:db/id :p/n :db.install/_partition :db.part/db}]`],
  [
    ':db.error/invalid-element-change',
    `[{:db/ident :x/y ${string} ${one} :db.install/_partition :db.part/db}]`,
  ],
  [':db.error/invalid-datom', `[{:db/ident :x/y :db.install/_partition :db.part/user}]`],
  [':db.error/invalid-datom', `[[:db/add ${a} :db.install/attribute :p/n]]`],
  [':db.error/invalid-value-type', `[{:db/ident :x/y :db.install/_valueType :db.part/db}]`],
  [':db.error/invalid-data-function', `[{:db/ident :x/y :db.install/_function :db.part/db}]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/n ${string}}]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/tag ${one}}]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/n ${identity}}]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/n ${identity} :db/index true}]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/name :db/fulltext true}]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/a :db/cardinality :db.cardinality/many}]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/a+b :db/cardinality :db.cardinality/many}]`],
  [':db.error/invalid-alter-attribute', `[[:db/retract :p/n :db/valueType :db.type/long]]`],
  [':db.error/invalid-alter-attribute', `[{:db/id :p/bytes ${uniqueValue} :db/index true}]`],
]

test.each(rows)('%s: %s', (code, text) => {
  const failure = failureOf(() => tx(db, text, context))
  expect(failure.code).toBe(code)
  expect(failure.message.startsWith(`${code} `)).toBe(true)
})

test('an error of a list form or a map has its place', () => {
  for (const [, text] of rows) {
    if (!text.startsWith('[') || text.includes('txInstant #inst')) continue
    const { data, message } = failureOf(() => tx(db, text, context))
    expect(Array.isArray(data['path']), `${text}: ${message}`).toBe(true)
  }
})

test('limits: nested maps, functions', () => {
  let nested: string = '{:p/n 1}'
  for (let i = 0; i < 450; i++) nested = `{:p/n 1 :db/id "${i}" :p/ref ${nested}}`
  expect(failureOf(() => tx(db, `[${nested}]`)).code).toBe(':yore/limit-exceeded')
  const calls = contextOf({ ':my/f': (_, args) => [[readEdn(':my/f'), ...args]] })
  expect(failureOf(() => tx(db, `[[:my/f 1]]`, calls)).code).toBe(':yore/limit-exceeded')
})

test('a value of any depth and form is refused with a short message', () => {
  let deep: Value = [1]
  for (let i = 0; i < 100_000; i++) deep = [deep]
  const places: Value[] = [
    deep,
    [deep],
    [[':db/add', deep, ':p/n', 1]],
    [[':db/add', 'x', deep, 1]],
  ]
  places.push([[':db/add', 'x', ':p/ref', deep]], [[':db/add', 'x', ':p/tuple', deep]])
  places.push(
    [[':db/add', [[':p/name', deep], 1], ':p/n', 1]],
    [[deep]],
    [[':db/cas', deep, ':p/n', 1, 2]],
  )
  places.push([[':db/cas', a, ':p/n', deep, 2]], [[':db/cas', a, [':p/name', deep], 1, 2]])
  for (const data of places) {
    const { message } = failureOf(() => transact(db, data, context))
    expect(message.length).toBeLessThan(500)
  }
})
