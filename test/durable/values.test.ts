/**
 * Values of every type, plain and nasty ones, in a file: written, indexed, read by another opening, they are to the last bit what a
 * database in memory holds, in the same order. What cannot be stored is refused before anything is written, and takes no other
 * transaction with it.
 */

import { afterEach, expect, test } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { BigDecimal } from '../../packages/yore/src/data/big-decimal.ts'
import { writeValue } from '../../packages/yore/src/data/codec/values.ts'
import { ByteWriter } from '../../packages/yore/src/data/codec/writer.ts'
import { ValueMap, ValueSet } from '../../packages/yore/src/data/equal.ts'
import {
  double,
  Float,
  Instant,
  keyword,
  list,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { history } from '../../packages/yore/src/db/views.ts'
import { connect, createDatabase } from '../../packages/yore/src/embedded/connect.ts'
import type { Connection } from '../../packages/yore/src/peer/connection.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { transact } from '../../packages/yore/src/transact/transact.ts'
import type { TxResult } from '../../packages/yore/src/transact/transact.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { makeDirectory } from '../storage/places.ts'
import { create, hastyEnv, open } from '../crash/tools.ts'

const seed = Number(process.env.YORE_SEED ?? Math.floor(Math.random() * 2 ** 31))
let state = seed
const random = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T

const units = (n: number): string =>
  Array.from({ length: random(n) }, () =>
    String.fromCharCode(pick([random(128), random(0x300), 0xd800 + random(0x800), random(65_536)])),
  ).join('')
const texts = ['', '\0', ' ', 'a', 'A', 'é', 'e\u0301', '😀', '\ud800', '\udfff\ud800', '__proto__']
const text = (): string =>
  pick([
    () => pick(texts),
    () => units(12),
    () => `${'same beginning '.repeat(random(40))}${units(6)}`,
    () => 'x'.repeat(random(4) * 30_000) + random(10),
  ])()
const bytes = (): Uint8Array =>
  Uint8Array.from({ length: pick([0, 1, 9, 300, 70_000]) }, () => pick([0, 255, random(256)]))
const bigs = [0n, 1n, -1n, 2n ** 53n, -(2n ** 63n), 2n ** 64n, 10n ** 1000n, -(10n ** 77n)]
const big = (): bigint => pick([pick(bigs), BigInt(random(2 ** 31)) - 2n ** 30n])
const longs = [0, 1, -1, 255, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 1 - 2 ** 53]
const wide = [2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]
const floats = [0, -0, 0.1, -1.5, NaN, Infinity, -Infinity, 5e-324, 1e308, 3, 2 ** 53, 1e-40]
const instants = [0, -1, 8.64e15, -8.64e15, 1_700_000_000_000]
const hex = (n: number): string =>
  random(16 ** n)
    .toString(16)
    .padStart(n, '0')
const uuid = (): Uuid =>
  new Uuid(`${hex(6)}${hex(2)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(6)}${hex(6)}`)
const name = (): string => `n${units(6).replace(/[^a-z]/giu, '')}`

/** A value of each type; entities to refer to are there already. */
const makers: Readonly<Record<string, (known: readonly number[]) => Value>> = {
  string: text,
  long: () => pick<Value>([pick(longs), pick(wide), random(1000)]),
  boolean: () => random(2) === 0,
  keyword: () => pick([keyword(`:${name()}`), keyword(`:${name()}/${name()}`)]),
  symbol: () => pick([symbol(name()), symbol(`${name()}/${name()}`)]),
  instant: () => new Instant(pick([pick(instants), random(2 ** 31)])),
  double: () => double(pick([pick(floats), random(1000) / 8])),
  float: () => new Float(Math.fround(pick([pick(floats), random(1000) / 8]))),
  bigint: big,
  bigdec: () => new BigDecimal(big(), pick([0, 1, 2, 30, -3])),
  uuid,
  uri: () => new Uri(`${pick(['http', 'HTTP', 'urn'])}:${units(8)}`),
  bytes,
  ref: (known) => pick(known),
  fn: () => new Tagged(symbol('db/fn'), pick([anything(0), text()])),
}

/** Anything that EDN can say. */
function anything(depth: number): Value {
  if (depth > 3 || random(3) === 0) return pick<() => Value>([text, big, uuid, bytes, () => null])()
  const some = (): Value[] => Array.from({ length: random(4) }, () => anything(depth + 1))
  return pick<() => Value>([
    some,
    () => list(some()),
    () => ValueSet.of(some()),
    () => ValueMap.of(some().map((x) => [x, anything(depth + 1)])),
  ])()
}

const types = Object.keys(makers)
const isIndexed = (type: string): boolean => type !== 'bytes' && type !== 'fn'
const schema = `[${types
  .flatMap((type) =>
    ['one', 'many'].map(
      (cardinality) =>
        `{:db/ident :${cardinality}/${type} :db/valueType :db.type/${type} :db/index ${isIndexed(type)}
          :db/cardinality :db.cardinality/${cardinality}}`,
    ),
  )
  .join('\n')}
  {:db/ident :one/pair :db/valueType :db.type/tuple :db/tupleTypes [:db.type/string :db.type/double]
   :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :many/row :db/valueType :db.type/tuple :db/tupleType :db.type/bigint
   :db/cardinality :db.cardinality/many}]`

const run = (to: Transactor, data: Value, now: number): Promise<TxResult> =>
  to.transact((db) =>
    transact(db, data, {
      now,
      numbers: 'exact',
      functionOf: () => null,
      predicateOf: () => null,
    }),
  )

/** A value as bytes: two that differ in anything differ. */
function exact(v: Value): string {
  const out = new ByteWriter()
  writeValue(out, v)
  return Buffer.from(out.peek()).toString('base64')
}

const orders = ['eavt', 'aevt', 'avet', 'vaet']
const shown = (db: Db): string[] =>
  orders.flatMap((order) =>
    [db, history(db)].flatMap((view) =>
      Array.from(
        datoms(view, order, []),
        ({ e, a, v, t, added }) => `${order} ${e} ${a} ${exact(v)} ${t} ${added}`,
      ),
    ),
  )
const logged = (from: Transactor): string[] =>
  Array.from(
    from.log.entries(0, from.db.nextT),
    ({ t, instant, data }) =>
      `${t} ${instant} ${data.map((d) => `${d.e} ${d.a} ${exact(d.v)} ${d.added}`).join(' ')}`,
  )

/** Asks for each value by what it is. */
function expectFound(db: Db): void {
  for (const type of types.filter(isIndexed)) {
    const a = keyword(`:many/${type}`)
    for (const { e, v } of datoms(db, 'aevt', [a])) {
      const found = Array.from(datoms(db, 'avet', [a, v]), (d) => d.e)
      expect(found, `${type} ${exact(v)}`).toContain(e)
    }
  }
}

let remove = (): void => {}
afterEach(() => remove())

test('values of every type, in a file and in memory', { timeout: 60_000 }, async () => {
  console.log(`YORE_SEED=${seed}`)
  const directory = makeDirectory()
  remove = () => directory.remove()
  let storage = await openFileStorage({ directory: directory.path })
  await create(storage)
  const options = { segmentSize: 16, cacheBytes: 100_000 }
  let stored = await open(storage, options)
  const memory = Transactor.inMemory(hastyEnv, 'test-db')
  let now = Date.now()
  const both = async (data: Value): Promise<TxResult | null> => {
    now++
    const [one, other] = await Promise.allSettled([run(memory, data, now), run(stored, data, now)])
    expect(other?.status).toBe(one?.status)
    if (one?.status === 'fulfilled') return one.value
    expect(one?.reason).toBeInstanceOf(YoreError)
    expect((other as PromiseRejectedResult).reason).toMatchObject({ code: one?.reason.code })
    return null
  }
  await both(readEdn(schema))
  const known = [...((await both(readEdn('[{:db/id "a" :db/doc "x"}]')))?.tempids.values() ?? [])]
  let taken = 0
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 40; i++) {
      const data: Value[] = []
      for (let k = 0; k < 6; k++) {
        const type = pick(types)
        const v = (makers[type] as (known: readonly number[]) => Value)(known)
        const e = random(3) === 0 ? `new${k}` : pick(known)
        data.push([keyword(':db/add'), e, keyword(`:${pick(['one', 'many'])}/${type}`), v])
      }
      if (random(3) === 0) {
        const pair = pick([0, 1]) ? [text().slice(0, 200), double(pick(floats))] : [null, double(1)]
        data.push([keyword(':db/add'), pick(known), keyword(':one/pair'), pair])
        data.push([keyword(':db/add'), pick(known), keyword(':many/row'), [big(), null, big()]])
      }
      if (random(6) === 0) data.push([keyword(':db/retractEntity'), pick(known)])
      const done = await both(data)
      if (done === null) continue
      known.push(...done.tempids.values())
      taken++
    }
    if (round % 2 === 0) await stored.indexed(stored.db.basisT)
    await stored.close()
    await storage.close()
    storage = await openFileStorage({ directory: directory.path })
    stored = await open(storage, options)
    expect(shown(stored.db)).toEqual(shown(memory.db))
    expect(logged(stored)).toEqual(logged(memory))
    expectFound(stored.db)
  }
  expect(taken).toBeGreaterThan(80)
  await stored.close()
  await storage.close()
})

/** What no log can hold, and a part of what is said of it. */
class Own {
  readonly x = 1
}
const nested = (depth: number): Value => {
  let v: Value = 1
  for (let i = 0; i < depth; i++) v = [v]
  return v
}
const never: readonly [string, () => unknown, string][] = [
  ['a number of a megabyte', () => ({ ':x/big': 10n ** 2_600_000n }), ':x/big'],
  ['an object of a program', () => ({ ':x/fn': new Own() }), ':x/fn'],
  ['a function', () => ({ ':x/fn': () => 1 }), ':x/fn'],
  ['what is nested too deep', () => ({ ':x/fn': new Tagged(symbol('x'), nested(505)) }), ':x/fn'],
]

async function connected(uri: string): Promise<Connection> {
  await createDatabase(uri)
  const conn = await connect(uri)
  const one = { ':db/cardinality': ':db.cardinality/one' }
  await conn.transact([
    { ':db/ident': ':x/big', ':db/valueType': ':db.type/bigint', ...one },
    { ':db/ident': ':x/fn', ':db/valueType': ':db.type/fn', ...one },
    { ':db/ident': ':x/text', ':db/valueType': ':db.type/string', ...one },
  ])
  return conn
}

test.each(['memory', 'file'])('what cannot be stored is refused alone: %s', async (where) => {
  const directory = makeDirectory()
  remove = () => directory.remove()
  const uri = where === 'file' ? `yore:file://${directory.path}/x` : 'yore:mem://values-test'
  const conn = await connected(uri)
  const { basisT } = conn.db()
  const data = [...never].flatMap(([, bad], i) => [{ ':x/text': `before ${i}` }, bad()])
  const results = await Promise.allSettled(data.map((x) => conn.transact([x] as never)))
  results.forEach((result, i) => {
    if (i % 2 === 0) return expect(result.status).toBe('fulfilled')
    const [what, , attribute] = never[(i - 1) / 2] as (typeof never)[number]
    const { reason } = result as PromiseRejectedResult
    expect(reason, what).toBeInstanceOf(YoreError)
    expect((reason as YoreError).category, what).toBe('incorrect')
    expect((reason as YoreError).message, what).toContain(attribute)
  })
  expect(conn.db().basisT - basisT).toBeGreaterThanOrEqual(never.length)
  expect(Array.from(conn.log().txRange(basisT + 1)).length).toBe(never.length)
  await conn.release()
  if (where === 'memory') return
  const again = await connect(uri)
  expect(Array.from(again.log().txRange(basisT + 1)).length).toBe(never.length)
  await again.release()
})

test('large transactions that wait together go into several slots', async () => {
  const store = new MemoryStore()
  await create(memoryStorage(store))
  const slotBytesMax = 10_000
  const inner = memoryStorage(store)
  const small = new Proxy(inner, {
    get(_, key) {
      if (key === 'limits') return { ...inner.limits, slotBytesMax }
      const found: unknown = Reflect.get(inner, key)
      return typeof found === 'function' ? found.bind(inner) : found
    },
  })
  const conn = await open(small)
  const put = (text: string): Promise<TxResult> =>
    run(conn, readEdn(`[{:db/doc "${text}"}]`), Date.now())
  // nothing in them repeats, so packing does not help
  const noise = (n: number): string => Array.from({ length: n }, () => hex(6)).join('')
  const results = await Promise.all(Array.from({ length: 40 }, (_, i) => put(noise(1 + i * 30))))
  const ts = results.map(({ t }) => t)
  expect(ts).toEqual([...ts].sort((x, y) => x - y))
  const slots = await inner.readSlots('test-db', { from: 0 })
  expect(slots.length).toBeGreaterThan(20)
  expect(Math.max(...slots.map(({ bytes: { length } }) => length))).toBeLessThan(slotBytesMax)
  const [before, tooLarge, after] = await Promise.allSettled([
    put('before'),
    put(noise(2000)),
    put('after'),
  ])
  expect([before?.status, after?.status]).toEqual(['fulfilled', 'fulfilled'])
  expect(tooLarge).toMatchObject({
    reason: {
      code: ':yore/limit-exceeded',
      message: expect.stringContaining('divide it') as string,
    },
  })
  await conn.close()
  const again = await open(memoryStorage(store))
  expect(logged(again).length).toBe(42)
})
