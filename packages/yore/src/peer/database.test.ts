import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BigDecimal } from '../data/big-decimal.ts'
import { YoreError } from '../base/errors.ts'
import { connect, createDatabase, deleteDatabase } from '../embedded/connect.ts'
import type { Connection } from './connection.ts'
import { Database } from './database.ts'
import { Datom } from './datom.ts'
import type { EntityId, TxMap } from './types.ts'

const uri = 'yore:mem://database-test'
let conn: Connection
let db: Database
let ids: Readonly<Record<string, EntityId>>
const uuid = '678d88b2-87b0-403b-b63d-5da7465aecc3'

const attribute = (name: string, type: string, more: TxMap = {}): TxMap => ({
  ':db/ident': name,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
const identity = { ':db/unique': ':db.unique/identity' } as const
const many = { ':db/cardinality': ':db.cardinality/many' } as const

beforeAll(async () => {
  await createDatabase(uri)
  conn = await connect(uri, {
    functions: {
      'my.app/increment': (on: Database, e: EntityId, by: number) => [
        [':db/add', e, ':a/long', Number(on.entity(e)?.[':a/long'] ?? 0) + by],
      ],
      'my.app/fails': () => {
        throw new Error('on purpose')
      },
      'my.app/later': async () => [],
      'my.app/shout': (x: string) => x.toUpperCase(),
      'my.app/positive': (x: number) => x > 0,
    },
  })
  await conn.transact([
    attribute(':a/uuid', 'uuid', identity),
    attribute(':a/long', 'long', { ':db/index': true }),
    attribute(':a/double', 'double', identity),
    attribute(':a/keyword', 'keyword', identity),
    attribute(':a/symbol', 'symbol', identity),
    attribute(':a/uri', 'uri', identity),
    attribute(':a/instant', 'instant', identity),
    attribute(':a/bigint', 'bigint', identity),
    attribute(':a/bigdec', 'bigdec', identity),
    attribute(':a/bytes', 'bytes'),
    attribute(':a/boolean', 'boolean'),
    attribute(':a/float', 'float'),
    attribute(':a/string', 'string', identity),
    attribute(':a/ref', 'ref', many),
    attribute(':a/part', 'ref', { ...many, ':db/isComponent': true }),
    attribute(':a/tuple', 'tuple', {
      ...identity,
      ':db/tupleTypes': [':db.type/keyword', ':db.type/double', ':db.type/uuid'],
    }),
  ])
  const report = await conn.transact([
    {
      ':db/id': 'x',
      ':a/uuid': uuid,
      ':a/long': 7,
      ':a/double': 3,
      ':a/keyword': ':k/w',
      ':a/symbol': 'my/sym',
      ':a/uri': 'http://example.com/',
      ':a/instant': new Date(5),
      ':a/bigint': 12345678901234567890n,
      ':a/bigdec': BigDecimal.parse('1.50'),
      ':a/bytes': Uint8Array.of(1, 255),
      ':a/boolean': false,
      ':a/float': 0.5,
      ':a/string': ':looks/like-a-keyword',
      ':a/ref': ['y', ':db.part/user'],
      ':a/tuple': [':k/w', 2, uuid],
      ':a/part': [{ ':a/long': 1 }],
    },
    { ':db/id': 'y', ':a/long': 8 },
  ])
  db = report.dbAfter
  ids = report.tempids
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

test('values come out as the table says', () => {
  const e = db.entity(ids['x'])
  expect({ ...e }).toMatchObject({
    ':a/uuid': uuid,
    ':a/long': 7,
    ':a/double': 3,
    ':a/keyword': ':k/w',
    ':a/symbol': 'my/sym',
    ':a/uri': 'http://example.com/',
    ':a/instant': new Date(5),
    ':a/bigint': 12345678901234567890n,
    ':a/bytes': Uint8Array.of(1, 255),
    ':a/boolean': false,
    ':a/float': 0.5,
    ':a/string': ':looks/like-a-keyword',
    ':a/tuple': [':k/w', 2, uuid],
  })
  expect(JSON.stringify(e?.[':a/bigdec'])).toBe('"1.50"')
  expect(db.pull('[:a/uuid :a/double :a/tuple {:a/part [:a/long]}]', ids['x'])).toEqual({
    ':a/uuid': uuid,
    ':a/double': 3,
    ':a/tuple': [':k/w', 2, uuid],
    ':a/part': [{ ':a/long': 1 }],
  })
})

test('a lookup ref finds by the public form of each type', () => {
  const refs: [`:${string}`, unknown][] = [
    [':a/uuid', uuid],
    [':a/uuid', uuid.toUpperCase()],
    [':a/double', 3],
    [':a/keyword', ':k/w'],
    [':a/symbol', 'my/sym'],
    [':a/uri', 'http://example.com/'],
    [':a/instant', new Date(5)],
    [':a/bigint', 12345678901234567890n],
    [':a/bigdec', BigDecimal.parse('1.5')],
    [':a/string', ':looks/like-a-keyword'],
    [':a/tuple', [':k/w', 2, uuid]],
  ]
  for (const ref of refs) {
    expect([ref, db.entid(ref)]).toEqual([ref, ids['x']])
    expect(db.pull('[:a/long]', ref)).toEqual({ ':a/long': 7 })
    expect([...db.datoms('eavt', ref, ':a/long')].map((d) => d.v)).toEqual([7])
  }
  expect(db.entid([':a/uuid', 'no uuid'])).toBeNull()
})

test('identifiers of every kind, and what is none', () => {
  const x = ids['x'] as number
  expect(db.entid(x)).toBe(x)
  expect(db.entid(':db/ident')).toBe(10)
  expect(db.entid(db.entity(x))).toBe(x)
  expect([db.entid(null), db.entid(undefined), db.entid(':no/such')]).toEqual([null, null, null])
  expect(db.entid(2305843009213693952n)).toBe(2305843009213693952n)
  expect(db.entid(2n ** 63n)).toBeNull()
  expect(codeOf(() => db.entid('x' as never))).toBe(':db.error/not-a-keyword')
  expect(codeOf(() => db.entid((() => 1) as never))).toBe(':yore/invalid-value')
  expect(db.ident(10)).toBe(':db/ident')
  expect(db.ident(':x/y')).toBe(':x/y')
  expect(db.ident(x)).toBeNull()
})

test('attributes', () => {
  expect(db.attribute(':a/uuid')).toEqual({
    id: 72,
    ident: ':a/uuid',
    valueType: ':db.type/uuid',
    cardinality: ':db.cardinality/one',
    unique: ':db.unique/identity',
    indexed: false,
    hasAvet: true,
    isComponent: false,
    noHistory: false,
    fulltext: false,
  })
  expect(db.attribute(':no/such')).toBeNull()
  expect(db.attribute(ids['x'] as number)).toBeNull()
})

test('datoms are plain, in order, and can be walked again', () => {
  const rows = db.datoms('avet', ':a/long')
  expect([...rows].map((d) => d.v)).toEqual([1, 7, 8])
  const [first] = [...rows]
  expect(first).toBeInstanceOf(Datom)
  expect(Object.keys(first as Datom)).toEqual(['e', 'a', 'v', 'tx', 'added'])
  expect([...rows].length).toBe(3)
  expect([...db.datoms(':avet', ':a/uuid', uuid)]).toHaveLength(1)
  expect([...db.datoms('vaet', ids['y'], ':a/ref')].map((d) => d.e)).toEqual([ids['x']])
  expect([...db.datoms('eavt', db.entity(ids['x']), ':a/ref', db.entity(ids['y']))]).toHaveLength(1)
  expect([...db.indexRange(':a/long', 2, 8)].map((d) => d.v)).toEqual([7])
  expect([...db.indexRange(':a/double', 3)].map((d) => d.v)).toEqual([3])
  expect([...db.rseekDatoms('avet', ':a/long')][0]?.v).toBe(8)
  expect([...db.seekDatoms('avet', ':a/long', 8)][0]?.v).toBe(8)
  expect(codeOf(() => db.datoms('nope' as never))).toBe(':yore/invalid-argument')
  expect(codeOf(() => db.datoms(null as never))).toBe(':yore/invalid-argument')
  expect(codeOf(() => db.datoms('__proto__' as never, 1))).toBe(':yore/invalid-argument')
})

test('views compose', () => {
  const x = ids['x'] as number
  expect(db.asOf(1000).entity(x)?.[':a/long']).toBeUndefined()
  expect(db.asOf(db.basisT).since(1000).history().isHistory).toBe(true)
  const view = db.asOf(1000).since(999)
  expect([view.asOfT, view.sinceT, view.basisT, view.isFiltered]).toEqual([1000, 999, 1001, false])
  expect([db.asOfT, db.sinceT]).toEqual([null, null])
  const asked: unknown[] = []
  const noLongs = db.filter((all, datom) => {
    asked.push(all, datom)
    return all.ident(datom.a) !== ':a/long'
  })
  expect(noLongs.entity(x)?.[':a/long']).toBeUndefined()
  expect(noLongs.pull('[:a/keyword]', x)).toEqual({ ':a/keyword': ':k/w' })
  expect(asked[0]).toBeInstanceOf(Database)
  expect((asked[0] as Database).isFiltered).toBe(false)
  expect(asked[1]).toBeInstanceOf(Datom)
  expect(codeOf(() => db.filter('x' as never))).toBe(':yore/invalid-argument')
  expect(codeOf(() => db.asOf('x' as never))).toBe(':yore/invalid-time-point')
  expect(codeOf(() => db.asOf(new Date('x')))).toBe(':yore/invalid-value')
  const broken = db.filter(() => {
    throw new TypeError('oops')
  })
  expect(codeOf(() => [...broken.datoms('eavt')])).toBe(':yore/function-failed')
})

test('with: a report, nothing stored', () => {
  const x = ids['x'] as number
  const { dbAfter, dbBefore, tempids, txData } = db.with([
    [':db/add', x, ':a/long', 9],
    { ':db/id': 'new', ':a/long': 1 },
  ])
  expect(dbAfter.entity(x)?.[':a/long']).toBe(9)
  expect(dbBefore.entity(x)?.[':a/long']).toBe(7)
  expect(txData).toHaveLength(4)
  expect(tempids['new']).toBeDefined()
  const again = dbAfter.with([[':db/add', x, ':a/long', 10]])
  expect(again.dbAfter.entity(x)?.[':a/long']).toBe(10)
  expect(conn.db().basisT).toBe(db.basisT)
  expect(codeOf(() => db.history().with([]))).toBe(':yore/history-not-allowed')
})

test('tempids named like prototype keys', () => {
  const { tempids } = db.with([
    { ':db/id': '__proto__', ':a/long': 1 },
    { ':db/id': 'constructor', ':a/long': 2 },
  ])
  expect(Object.keys(tempids).sort()).toEqual(['__proto__', 'constructor'])
  expect(typeof tempids['constructor']).toBe('number')
})

test('pulls: text, data, many, along an index', () => {
  const x = ids['x'] as number
  const y = ids['y'] as number
  expect(db.pull([':a/long', { ':a/ref': [':db/ident', ':a/long'] }], x)).toEqual({
    ':a/long': 7,
    ':a/ref': [{ ':db/ident': ':db.part/user' }, { ':a/long': 8 }],
  })
  expect(db.pullMany('[:a/long]', new Set([y, x, null]))).toEqual([
    { ':a/long': 8 },
    { ':a/long': 7 },
    null,
  ])
  expect(db.pull('[:a/long]', undefined)).toBeNull()
  expect(db.pull('[(:a/keyword :xform my.app/shout)]', x)).toEqual({ ':a/keyword': ':K/W' })
  const walk = db.indexPull({ index: ':avet', selector: '[:a/long]', start: [':a/long', 2] })
  expect([...walk]).toEqual([{ ':a/long': 7 }, { ':a/long': 8 }])
  const back = db.indexPull({
    index: ':avet',
    selector: [':a/long'],
    start: [':a/long'],
    reverse: true,
  })
  expect([...back].map((r) => r?.[':a/long'])).toEqual([8, 7, 1])
  const byUuid = db.indexPull({ index: ':avet', selector: [':a/long'], start: [':a/uuid', uuid] })
  expect([...byUuid]).toEqual([{ ':a/long': 7 }])
  expect(codeOf(() => db.pull(5 as never, x))).toBe(':yore/invalid-argument')
})

test('transaction functions get a database and public values', () => {
  const y = ids['y'] as number
  for (const name of ['my.app/increment', ':my.app/increment']) {
    const { dbAfter } = db.with([[name, y, 2]])
    expect(dbAfter.entity(y)?.[':a/long']).toBe(10)
  }
  const fromText = db.with(`[[my.app/increment ${y} 3]]`)
  expect(fromText.dbAfter.entity(y)?.[':a/long']).toBe(11)
  expect(codeOf(() => db.with([['my.app/fails']]))).toBe(':yore/function-failed')
  expect(codeOf(() => db.with([['my.app/later']]))).toBe(':yore/function-failed')
  expect(db.invoke(':my.app/increment', db, y, 1)).toEqual([[':db/add', y, ':a/long', 9]])
  expect(codeOf(() => db.invoke('my.app/fails'))).toBe(':yore/function-failed')
})

test('predicates of attributes are the program’s', () => {
  const defined = db.with([{ ':db/id': ':a/long', ':db.attr/preds': 'my.app/positive' }]).dbAfter
  expect(defined.with([{ ':a/long': 1 }]).txData).toHaveLength(2)
  expect(codeOf(() => defined.with([{ ':a/long': -1 }]))).toBe(':db.error/attr-pred')
})

test('numbers about the database', () => {
  expect(db.stats()).toMatchObject({ attrs: { ':a/long': { count: 3 } } })
  expect(db.entidAt(':db.part/user', db.basisT)).toBe(17592186044416 + db.basisT)
  expect(codeOf(() => db.entidAt(':no/part', 1))).toBe(':db.error/not-a-db-id')
  expect([db.basisT, db.nextT]).toEqual([1001, 1005])
})

test('results can be printed and turned into JSON', () => {
  const x = ids['x'] as number
  expect(inspect(db.entity(ids['y']))).toContain("':a/long': 8")
  expect(JSON.parse(JSON.stringify(db.entity(x)))).toMatchObject({
    ':a/bigint': '12345678901234567890',
    ':a/bigdec': '1.50',
  })
  expect(JSON.stringify([...db.datoms('eavt', ids['y'])])).toBe(
    `[{"e":${ids['y']},"a":73,"v":8,"tx":13194139534313,"added":true}]`,
  )
})

test('what comes out cannot change what is inside', () => {
  const x = ids['x'] as number
  const date = db.entity(x)?.[':a/instant'] as Date
  date.setTime(99)
  const bytes = [...db.datoms('eavt', x, ':a/bytes')][0]?.v as Uint8Array
  bytes[0] = 77
  const tuple = [...db.datoms('eavt', x, ':a/tuple')][0]?.v as unknown[]
  tuple[0] = 'changed'
  expect(db.entity(x)?.[':a/instant']).toEqual(new Date(5))
  expect(db.entity(x)?.[':a/bytes']).toEqual(Uint8Array.of(1, 255))
  expect(db.entity(x)?.[':a/tuple']).toEqual([':k/w', 2, uuid])
})
