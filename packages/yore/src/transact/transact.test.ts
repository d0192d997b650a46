import { expect, test } from 'vitest'
import {
  after,
  attribute,
  contextOf,
  failureOf,
  freshDb,
  identity,
  noon,
  rowsOf,
  tx,
  uniqueValue,
} from '../../../../test/oracle/tx.ts'
import { readEdn } from '../data/edn/read.ts'
import { fromPublic } from '../data/public.ts'
import { Double, Float, Uuid } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { firstValue, valuesOf } from '../db/read.ts'
import { asOf, filter, history, since } from '../db/views.ts'
import { tempidKey } from './tempids.ts'
import { transact } from './transact.ts'

const user = (n: number): number => 2 ** 44 + n
const base = after(
  freshDb(),
  `[${[
    attribute(':p/name', 'string', identity),
    attribute(':p/n', 'long'),
    attribute(':p/tag', 'string*'),
    attribute(':p/friend', 'ref*'),
    attribute(':p/part', 'ref*', ':db/isComponent true'),
    attribute(':p/badge', 'string', uniqueValue),
    attribute(':p/double', 'double'),
    attribute(':p/uuid', 'uuid', identity),
  ].join(' ')}]`,
)

// ---- order and ids ----

test('the report: instant, data in order with implied retractions, then composites, then markers', () => {
  const db = after(
    base,
    `[{:db/ident :p/n+badge :db/valueType :db.type/tuple :db/cardinality :db.cardinality/one :db/tupleAttrs [:p/n :p/badge]}]`,
    `[{:db/id "a" :p/name "a" :p/n 1 :p/badge "x"}]`,
  )
  const result = tx(
    db,
    `[{:db/id :p/tag :db/noHistory true}
      {:db/ident :p/new :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
      {:p/name "a" :p/n 2 :p/part [{:p/tag ["t" "s" "t"]}] :p/badge "y"}
      [:db/retract [:p/name "a"] :p/badge "x"]]`,
  )
  const a = user(1003)
  const part = user(1005)
  expect(result.txData[0]).toMatchObject({ e: 3 * 2 ** 42 + 1004, a: 50 })
  expect(rowsOf(result)).toEqual([
    [74, ':db/noHistory', true, true],
    [81, ':db/ident', ':p/new', true],
    [81, ':db/valueType', 22, true],
    [81, ':db/cardinality', 35, true],
    [a, ':p/n', 2, true],
    [a, ':p/n', 1, false],
    [a, ':p/part', part, true],
    [part, ':p/tag', 't', true],
    [part, ':p/tag', 's', true],
    [a, ':p/badge', 'y', true],
    [a, ':p/badge', 'x', false],
    [a, ':p/n+badge', [2, 'y'], true],
    [a, ':p/n+badge', [1, 'x'], false],
    [0, ':db.alter/attribute', 74, true],
    [0, ':db.install/attribute', 81, true],
  ])
})

test('an explicit instant stands where the data have it', () => {
  const result = tx(
    base,
    `[{:p/name "a"} [:db/add "datomic.tx" :db/txInstant #inst "2020-01-01T12:00:00.000-00:00"] {:p/name "b"}]`,
  )
  expect(result.txData.map((d) => d.a)).toEqual([72, 50, 72])
  expect(result.instant).toBe(noon)
  expect(result.dbAfter.lastInstant).toBe(result.instant)
})

test('the clock never goes back behind the last transaction', () => {
  const { dbAfter } = tx(base, '[]')
  const earlier = transact(dbAfter, [], { ...contextOf(), now: noon - 1000 })
  expect(earlier.instant).toBe(noon)
})

test('new ids in order of the first place as an entity; lost ones leave no gap at the end', () => {
  const { dbBefore, dbAfter, tempids, t } = tx(
    base,
    `[[:db/add "x" :p/n 1] [:db/add "y" :p/name "new"] [:db/add "z" :p/n 3] [:db/add "x" :p/name "new"]]`,
  )
  expect(t).toBe(1001)
  expect(Object.fromEntries(tempids)).toEqual({ x: user(1003), y: user(1003), z: user(1004) })
  expect(dbBefore).toBe(base)
  expect(dbAfter.nextT).toBe(1005)
  const upserted = tx(dbAfter, `[[:db/add "x" :p/n 9] [:db/add "x" :p/name "new"]]`)
  expect(upserted.dbAfter.nextT).toBe(1006)
})

test('a failed transaction changes nothing and uses nothing up', () => {
  const before = { ...base }
  failureOf(() => tx(base, `[{:p/name "a"} {:p/name "b" :p/n "wrong"}]`))
  failureOf(() => tx(base, `[{:db/ident :x/y :db/valueType :db.type/long} {:p/name "a"}]`))
  expect({ ...base }).toEqual(before)
  expect(tx(base, `[{:db/id "a" :p/name "a"}]`).tempids.get('a')).toBe(user(1002))
})

test('the report says what tempids became: strings, numbers, structural ones; not those that are no entity', () => {
  const { tempids } = tx(
    base,
    `[{:db/id -1 :p/n 1} {:db/id #db/id[:db.part/user -7] :p/n 2} {:db/id "unused"} {:p/n 3}]`,
  )
  expect([...tempids.keys()]).toEqual([-1, tempidKey(4, -7)])
  expect(tempids.get(tempidKey(4, -7))).toBe(user(1003))
})

// ---- functions ----

const functions = {
  ':my/inc': (db: Parameters<typeof valuesOf>[0], [e, a]: readonly Value[]): Value => [
    [
      readEdn(':db/add'),
      e ?? null,
      a ?? null,
      ((firstValue(db, e as number, 73) as number) ?? 0) + 1,
    ],
  ],
  ':my/twice': (_: unknown, args: readonly Value[]): Value => [
    [readEdn(':my/inc'), ...args],
    [readEdn(':my/inc'), ...args],
    [readEdn(':db/add'), args[0] ?? null, readEdn(':p/tag'), 'twice'],
  ],
  ':my/nothing': (): Value => null,
  ':my/forever': (_: unknown, args: readonly Value[]): Value => [[readEdn(':my/forever'), ...args]],
  ':my/throws': (): Value => {
    throw new TypeError('bug')
  },
  ':my/wrong': (): Value => 5,
  'my.ns/by-symbol': (): Value => readEdn(`[{:p/name "by symbol"}]`),
}
const context = contextOf(functions)

test('functions see the database before and splice what they return, in place', () => {
  const db = after(base, `[{:p/name "a" :p/n 1}]`)
  const a = user(1002)
  expect(rowsOf(tx(db, `[{:p/name "z"} [:my/twice ${a} :p/n] [:my/nothing]]`, context))).toEqual([
    [user(1004), ':p/name', 'z', true],
    [a, ':p/n', 2, true],
    [a, ':p/n', 1, false],
    [a, ':p/tag', 'twice', true],
  ])
  expect(rowsOf(tx(base, `[[my.ns/by-symbol]]`, context))).toEqual([
    [a, ':p/name', 'by symbol', true],
  ])
})

test('functions that fail, return no tx-data or never end are refused with their place', () => {
  expect(failureOf(() => tx(base, `[[:my/throws]]`, context))).toMatchObject({
    code: ':yore/function-failed',
    data: { function: ':my/throws', path: [0] },
  })
  expect(failureOf(() => tx(base, `[[:my/wrong]]`, context)).code).toBe(':yore/invalid-argument')
  expect(failureOf(() => tx(base, `[[:my/forever]]`, context)).code).toBe(':yore/limit-exceeded')
  expect(failureOf(() => tx(base, `[[:my/unknown]]`, context)).code).toBe(
    ':db.error/not-a-data-function',
  )
})

test('retractEntity follows long chains of components', () => {
  const length = 3000
  const links = Array.from({ length }, (_, i) => `{:db/id "${i}" :p/n ${i} :p/part "${i + 1}"}`)
  const { dbAfter, tempids } = tx(base, `[${links.join(' ')} {:db/id "${length}" :p/n 0}]`)
  const result = tx(dbAfter, `[[:db/retractEntity ${tempids.get('0')}]]`)
  expect(result.txData).toHaveLength(1 + 2 * length + 1)
})

// ---- predicates ----

test('attribute and entity predicates pass only true, and see what they should', () => {
  const seen: Value[] = []
  const predicates = {
    'my/positive?': ([n]: readonly Value[]): Value => (n as number) > 0,
    'my/truthy?': (): Value => 1,
    'my/ok?': (args: readonly Value[]): Value => {
      seen.push(...args)
      return true
    },
    'my/throws?': (): Value => {
      throw new Error('no')
    },
  }
  const own = contextOf({}, predicates)
  const db = after(
    base,
    `[{:db/id :p/n :db.attr/preds my/positive?}
      {:db/ident :s/ok :db.entity/preds my/ok? :db.entity/attrs [:p/name]}
      {:db/ident :s/truthy :db.entity/preds my/truthy?}
      {:db/ident :s/throws :db.entity/preds my/throws?}
      {:db/ident :s/unknown :db.entity/preds my/unknown?}]`,
  )
  const e = user(1007)
  tx(db, `[{:p/name "a" :p/n 1 :db/ensure :s/ok}]`, own)
  expect(seen[1]).toBe(e)
  expect(seen[0]).toMatchObject({ kind: 'db', value: { basisT: 1006 } })
  const codeOf = (text: string): string => failureOf(() => tx(db, text, own)).code
  expect(codeOf(`[{:p/name "a" :p/n 0}]`)).toBe(':db.error/attr-pred')
  expect(codeOf(`[{:p/n 1 :db/ensure :s/ok}]`)).toBe(':db.error/entity-attr')
  expect(codeOf(`[{:p/n 1 :db/ensure :s/truthy}]`)).toBe(':db.error/entity-pred')
  expect(codeOf(`[{:p/n 1 :db/ensure :s/throws}]`)).toBe(':yore/function-failed')
  expect(codeOf(`[{:p/n 1 :db/ensure :s/unknown}]`)).toBe(':yore/unknown-name')
})

// ---- partitions ----

test('partitions: forced, matched, nested; wide ids for implicit ones', () => {
  const db = after(base, `[{:db/ident :part/x :db.install/_partition :db.part/db}]`)
  const { tempids, dbAfter } = tx(
    db,
    `[{:db/id "a" :p/n 1 :p/part {:db/id "b" :p/n 2}} {:db/id "c" :p/n 3} {:db/id "d" :p/n 4}
      {:db/force-partition {"a" :part/x "d" 2305847407260205056} :db/match-partition {"c" "b"}}]`,
  )
  const part = 80 * 2 ** 42
  expect(tempids.get('a')).toBe(part + 1003)
  expect(tempids.get('b')).toBe(part + 1004)
  expect(tempids.get('c')).toBe(part + 1005)
  const d = tempids.get('d') as number
  expect(valuesOf(dbAfter, d, 73)).toEqual([4])
  expect(rowsOf(tx(dbAfter, `[[:db/add 2305847407260206062 :p/n 5]]`))).toEqual([
    [2305847407260206062n, ':p/n', 5, true],
    [2305847407260206062n, ':p/n', 4, false],
  ])
})

test('a chain of matched partitions may be long', () => {
  const length = 20_000
  const maps = Array.from({ length }, (_, i) => `{:db/id "${i}" :p/n ${i}}`).join(' ')
  const pairs = Array.from({ length: length - 1 }, (_, i) => `"${i}" "${i + 1}"`).join(' ')
  const { tempids } = tx(
    base,
    `[${maps} {:db/match-partition {${pairs}} :db/force-partition {"${length - 1}" 2305843009213693952}}]`,
  )
  expect(tempids.get('0')).toBe(2 ** 53 + 2 * (2 ** 19 * 2 ** 32 + 1002))
})

// ---- views ----

test('with on views: functions and lookup refs read the view, all else the whole database', () => {
  const db = after(base, `[{:p/name "a" :p/n 1}]`, `[{:p/name "a" :p/n 2} {:p/name "b"}]`)
  const a = user(1002)
  const past = asOf(db, 1001)
  const result = tx(past, `[[:db/cas ${a} :p/n 1 5]]`)
  expect(rowsOf(result)).toEqual([
    [a, ':p/n', 5, true],
    [a, ':p/n', 2, false],
  ])
  expect(result.dbBefore).toBe(past)
  expect(result.t).toBe(db.nextT)
  expect(valuesOf(result.dbAfter, a, 73)).toEqual([1])
  expect(valuesOf(asOf(result.dbAfter, result.t), a, 73)).toEqual([5])
  expect(failureOf(() => tx(past, `[[:db/add [:p/name "b"] :p/n 1]]`)).code).toBe(
    ':db.error/not-an-entity',
  )
  expect(tx(past, `[{:p/name "b" :p/n 1}]`).txData).toHaveLength(2)
  expect(tx(since(db, 1001), `[[:db/retract ${a} :p/n]]`).txData).toHaveLength(2)
  expect(failureOf(() => tx(history(db), `[]`)).code).toBe(':yore/history-not-allowed')
  const hidden = filter(db, (_, d) => d.a !== 73)
  expect(tx(hidden, `[[:db/retract ${a} :p/n]]`).txData).toHaveLength(1)
  expect(valuesOf(tx(hidden, `[[:db/add ${a} :p/n 7]]`).dbAfter, a, 73)).toEqual([])
})

// ---- data from programs ----

const js = contextOf({ 'my/f': () => readEdn(`[{:p/name "f"}]`) }, {}, 'js')
const jsTx = (data: unknown, db = base): ReturnType<typeof transact> =>
  transact(db, fromPublic(data), js)

test('data from a program: text for what JavaScript has no type for, whole numbers for doubles', () => {
  const id = '11111111-2222-3333-4444-555555555555'
  const { dbAfter, tempids } = jsTx([
    { ':db/id': 'a', ':p/uuid': id.toUpperCase(), ':p/double': 3, ':p/n': 4n, ':p/friend': ':p/n' },
    [':db/add', 'a', ':p/tag', ':text'],
    ['my/f'],
  ])
  const a = tempids.get('a') as number
  expect(valuesOf(dbAfter, a, 79)).toEqual([new Uuid(id)])
  expect(valuesOf(dbAfter, a, 78)).toEqual([new Double(3)])
  expect(valuesOf(dbAfter, a, 73)).toEqual([4])
  expect(valuesOf(dbAfter, a, 75)).toEqual([73])
  expect(valuesOf(dbAfter, a, 74)).toEqual([':text'])
  const swapped = jsTx([[':db/cas', [':p/uuid', id], ':p/double', 3, 4]], dbAfter)
  expect(valuesOf(swapped.dbAfter, a, 78)).toEqual([new Double(4)])
})

test.each<[unknown, string]>([
  [{ ':p/n': 1.5 }, ':db.error/wrong-type-for-attribute'],
  [{ ':p/n': '1' }, ':db.error/wrong-type-for-attribute'],
  [{ ':p/n': Number.NaN }, ':db.error/wrong-type-for-attribute'],
  [{ ':p/n': 2 ** 53 }, ':db.error/wrong-type-for-attribute'],
  [{ ':p/uuid': 'no uuid' }, ':db.error/wrong-type-for-attribute'],
  [{ ':p/double': '1' }, ':db.error/wrong-type-for-attribute'],
  [{ ':p/double': 5n }, ':db.error/wrong-type-for-attribute'],
  [{ ':p/tag': [null] }, ':db.error/nil-value'],
  [{ 'p/n': 1 }, ':db.error/not-a-keyword'],
  [{ __proto__: null, constructor: 1 }, ':db.error/not-a-keyword'],
  [JSON.parse('{"__proto__": 1}'), ':db.error/not-a-keyword'],
])('what does not fit is refused: $0', (map, code) => {
  expect(failureOf(() => jsTx([map])).code).toBe(code)
})

test('a whole number fits a float of a program, not one of exact data', () => {
  const db = after(base, `[${attribute(':p/float', 'float')}]`)
  const { dbAfter, tempids } = jsTx([{ ':db/id': 'a', ':p/float': 2 }], db)
  expect(valuesOf(dbAfter, tempids.get('a') as number, 80)).toEqual([new Float(2)])
  expect(failureOf(() => tx(db, `[{:p/float 2}]`)).code).toBe(':db.error/wrong-type-for-attribute')
})

// ---- places ----

test('an error says where in the data it arose', () => {
  const place = (text: string): unknown => failureOf(() => tx(base, text)).data['path']
  expect(place(`[{:p/n 1} [:db/add "x" :p/n "y"]]`)).toEqual([1])
  expect(place(`[{:p/part [{:p/n 1} {:p/n 2 :p/part {:p/n "x"}}]}]`)).toEqual([
    0,
    ':p/part',
    1,
    ':p/part',
  ])
  expect(place(`[{:p/badge "x"} {:p/badge "x"}]`)).toEqual([1])
  expect(place(`[{:p/n 1} {:db/ident :x/y :db/valueType :db.type/long}]`)).toEqual([1])
  expect(failureOf(() => tx(base, `[{:p/nmae "x"}]`)).message).toContain('did you mean :p/name?')
  expect(failureOf(() => tx(base, `[{:p/n "x"}]`)).data).toMatchObject({
    attribute: ':p/n',
    value: 'x',
    form: 0,
  })
})
