import { afterAll, beforeAll, expect, test } from 'vitest'
import { YoreError } from '../base/errors.ts'
import { connect, createDatabase, deleteDatabase } from '../embedded/connect.ts'
import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import { q, qseq, query } from './query.ts'
import type { TxMap } from './types.ts'

const uri = 'yore:mem://query-test'
const uuid = '678d88b2-87b0-403b-b63d-5da7465aecc3'
let conn: Connection
let db: Database

const attribute = (name: string, type: string, more: TxMap = {}): TxMap => ({
  ':db/ident': name,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})

beforeAll(async () => {
  await createDatabase(uri)
  conn = await connect(uri, {
    functions: {
      'my.app/shout': (x: string) => x.toUpperCase(),
      'my.app/later': (at: Date) => new Date(at.getTime() + 1),
      'my.app/basis': (on: Database) => on.basisT,
      'my.app/longest': (xs: string[]) => xs.reduce((a, b) => (b.length > a.length ? b : a)),
      'my.app/fails': () => {
        throw new TypeError('on purpose')
      },
      'my.app/promises': async () => 1,
    },
  })
  await conn.transact([
    attribute(':p/id', 'uuid', { ':db/unique': ':db.unique/identity' }),
    attribute(':p/name', 'string'),
    attribute(':p/score', 'double'),
    attribute(':p/kind', 'keyword'),
    attribute(':p/born', 'instant'),
    attribute(':p/friend', 'ref', { ':db/cardinality': ':db.cardinality/many' }),
  ])
  db = (
    await conn.transact([
      { ':db/id': 'a', ':p/id': uuid, ':p/name': 'Ann', ':p/score': 3, ':p/kind': ':k/x' },
      { ':db/id': 'b', ':p/name': 'Bobby', ':p/born': new Date(5), ':p/friend': ['a'] },
    ])
  ).dbAfter
})
afterAll(() => deleteDatabase(uri))

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
  return 'no error'
}

test('text and data are the same query', () => {
  const text = '[:find ?n :in $ ?k :where [?e :p/kind ?k] [?e :p/name ?n]]'
  const list = [
    ':find',
    '?n',
    ':in',
    '$',
    '?k',
    ':where',
    ['?e', ':p/kind', '?k'],
    ['?e', ':p/name', '?n'],
  ]
  const map = {
    ':find': ['?n'],
    ':in': ['$', '?k'],
    ':where': [
      ['?e', ':p/kind', '?k'],
      ['?e', ':p/name', '?n'],
    ],
  }
  for (const form of [text, list, map]) expect(q(form, db, ':k/x')).toEqual([['Ann']])
})

test('find specs and return maps', () => {
  expect(q('[:find [?n ...] :where [_ :p/name ?n]]', db)).toHaveLength(2)
  expect(q('[:find ?n . :where [_ :p/born] [?e :p/name ?n] [?e :p/born]]', db)).toBe('Bobby')
  expect(q('[:find [?n ?s] :where [?e :p/score ?s] [?e :p/name ?n]]', db)).toEqual(['Ann', 3])
  expect(q('[:find ?n ?s :keys name score :where [?e :p/score ?s] [?e :p/name ?n]]', db)).toEqual([
    { ':name': 'Ann', ':score': 3 },
  ])
  expect(q('[:find ?n . :where [?e :p/name "Cy"] [?e :p/name ?n]]', db)).toBeNull()
})

test('inputs in their public form: uuids as text, whole doubles, dates, entities, datoms, lookup refs', () => {
  expect(q('[:find ?n . :in $ ?id :where [?e :p/id ?id] [?e :p/name ?n]]', db, uuid)).toBe('Ann')
  expect(q('[:find ?n . :in $ ?s :where [?e :p/score ?s] [?e :p/name ?n]]', db, 3)).toBe('Ann')
  const at = new Date(5)
  expect(q('[:find ?n . :in $ ?t :where [?e :p/born ?t] [?e :p/name ?n]]', db, at)).toBe('Bobby')
  const nameOf = '[:find ?n . :in $ ?e :where [?e :p/name ?n]]'
  expect(q(nameOf, db, [':p/id', uuid])).toBe('Ann')
  expect(q(nameOf, db, db.entity([':p/id', uuid]))).toBe('Ann')
  const names = '[:find [?n ...] :in $ [?e ...] :where [?e :p/name ?n]]'
  expect(q(names, db, [db.entity([':p/id', uuid])])).toEqual(['Ann'])
  const rows = [...db.datoms('aevt', ':p/name')]
  expect(q('[:find [?v ...] :in $ds :where [$ds _ _ ?v]]', rows)).toEqual(['Ann', 'Bobby'])
})

test('databases, logs and history as sources', async () => {
  const { dbAfter } = await conn.transact([[':db/add', [':p/id', uuid], ':p/name', 'Anna']])
  const past = q(
    '[:find ?n ?added :in $ ?id :where [?e :p/id ?id] [?e :p/name ?n _ ?added]]',
    dbAfter.history(),
    uuid,
  )
  expect(past).toHaveLength(3)
  const t = dbAfter.basisT
  const changed =
    '[:find [?v ...] :in $ ?log ?t :where [(tx-data ?log ?t) [[_ ?a ?v]]] [?a :db/ident :p/name]]'
  expect(q<string[]>(changed, dbAfter, conn.log(), t).sort()).toEqual(['Ann', 'Anna'])
  expect(
    q('[:find ?n . :in $ $2 ?id :where [$ ?e :p/id ?id] [$2 ?e :p/name ?n]]', dbAfter, db, uuid),
  ).toBe('Ann')
})

test('the program’s functions, as functions, predicates and aggregates', () => {
  expect(
    q<string[]>('[:find [?s ...] :where [_ :p/name ?n] [(my.app/shout ?n) ?s]]', db).sort(),
  ).toEqual(['ANN', 'BOBBY'])
  expect(q('[:find ?l . :where [_ :p/born ?b] [(my.app/later ?b) ?l]]', db)).toEqual(new Date(6))
  expect(q('[:find ?t . :where [(my.app/basis $) ?t]]', db)).toBe(db.basisT)
  expect(q('[:find (my.app/longest ?n) . :where [_ :p/name ?n]]', db)).toBe('Bobby')
  expect(codeOf(() => q('[:find ?x :where [_ :p/name ?n] [(my.app/fails ?n) ?x]]', db))).toBe(
    ':yore/function-failed',
  )
  expect(codeOf(() => q('[:find ?x :where [_ :p/name ?n] [(my.app/promises ?n) ?x]]', db))).toBe(
    ':yore/function-failed',
  )
  expect(codeOf(() => q('[:find ?x :where [_ :p/name ?n] [(my.app/none ?n) ?x]]', db))).toMatch(
    /^:yore\//,
  )
})

test('rules and pulls', () => {
  const rules = '[[(named ?e ?n) [?e :p/name ?n]]]'
  expect(q('[:find [?n ...] :in $ % :where (named _ ?n)]', db, rules)).toHaveLength(2)
  const js = [
    [
      ['named', '?e', '?n'],
      ['?e', ':p/name', '?n'],
    ],
  ]
  expect(q('[:find [?n ...] :in $ % :where (named _ ?n)]', db, js)).toHaveLength(2)
  expect(
    q('[:find (pull ?e pattern) . :in $ ?id pattern :where [?e :p/id ?id]]', db, uuid, [':p/name']),
  ).toEqual({
    ':p/name': 'Ann',
  })
})

test('query and qseq take one object', () => {
  const names = '[:find ?n :where [_ :p/name ?n]]'
  expect(query({ query: names, args: [db] })).toHaveLength(2)
  expect([...qseq({ query: names, args: [db], limit: 1, offset: 1 })]).toHaveLength(1)
  expect([
    ...qseq({ query: '[:find ?n :where [_ :p/name ?n] [_ :p/name "Cy"]]', args: [db] }),
  ]).toEqual([])
  expect(codeOf(() => query('x' as never))).toBe(':yore/invalid-argument')
  expect(codeOf(() => query({ args: [db] } as never))).toBe(':yore/invalid-argument')
  expect(codeOf(() => q(undefined as never, db))).toMatch(/^:yore\//)
  expect(codeOf(() => q(names, null))).toBe(':db.error/invalid-data-source')
  expect(codeOf(() => q(names))).toBe(':db.error/too-few-inputs')
})
