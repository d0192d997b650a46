/** Excision: what was to be forgotten is nowhere, everything else is as it was, and it costs what it takes away. */

import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import { exportLines, transactionOf } from '../../packages/yore/src/admin/dump.ts'
import { verifyStored } from '../../packages/yore/src/admin/verify.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { frameHeaderBytes, unframe } from '../../packages/yore/src/data/codec/frame.ts'
import { equalValues } from '../../packages/yore/src/data/equal.ts'
import { keyword } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { entid } from '../../packages/yore/src/db/lookup.ts'
import { decodeSlot } from '../../packages/yore/src/db/log-slot.ts'
import { factsIn } from '../../packages/yore/src/indexes/facts-in.ts'
import { orders } from '../../packages/yore/src/indexes/fact.ts'
import type { Fact } from '../../packages/yore/src/indexes/fact.ts'
import { fieldOf, toPublicId } from '../../packages/yore/src/indexes/ids.ts'
import { Follower } from '../../packages/yore/src/peer/follow.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { CrashablePlace } from '../../packages/yore/src/testing/crashable-storage.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import type { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { Random } from '../oracle/random.ts'
import {
  contentsOf,
  databaseId,
  datomsIn,
  freshIn,
  grow,
  hastyEnv as env,
  logIn,
  openIn,
  shown,
  submit,
  worldTransaction,
} from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`excise.test: SEED=${seed}`)

async function expectWhole(storage: Storage, note = ''): Promise<void> {
  const report = await verifyStored({ storage, databaseId, name: 'care' }, { env })
  expect(report.problems, note).toEqual([])
}

// ---- searching stored bytes ----

/** Every stored byte of a store, packed and unpacked. */
function* everyByte(store: MemoryStore): Generator<readonly [string, Uint8Array]> {
  for (const [name, bytes] of store.roots) yield [`root ${name}`, bytes]
  for (const { blobs, slots } of store.databases.values()) {
    for (const [id, bytes] of blobs) {
      yield [`blob ${id}`, bytes]
      try {
        yield [`contents of blob ${id}`, unframe(bytes, null, id).content]
      } catch (error) {
        // the slot of a backup
        if (!(error instanceof YoreError)) throw error
        const t = Number(id.split('-')[1])
        yield [`contents of blob ${id}`, decodeSlot(bytes, t, id).records]
      }
    }
    for (const [t, bytes] of slots) {
      yield [`slot ${t}`, bytes]
      yield [`contents of slot ${t}`, decodeSlot(bytes, t, '').records]
    }
  }
}

const has = (bytes: Uint8Array, text: string): boolean => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.includes(text, 0, 'utf8') || buffer.includes(text, 0, 'utf16le')
}

function placesOf(store: MemoryStore, text: string): string[] {
  return [...everyByte(store)].filter(([, bytes]) => has(bytes, text)).map(([name]) => name)
}

test('the search finds what is there', async () => {
  const store = new MemoryStore()
  const transactor = await freshIn(memoryStorage(store))
  await submit(transactor, '[{:db/doc "HAYSTACK-needle"} {:db/doc "größe-needle"}]')
  expect(placesOf(store, 'HAYSTACK-needle').length).toBeGreaterThan(0)
  await transactor.indexed(transactor.db.basisT)
  expect(
    placesOf(store, 'HAYSTACK-needle').filter((name) => name.includes('blob')).length,
  ).toBeGreaterThan(3)
  expect(placesOf(store, 'größe-needle').length).toBeGreaterThan(3)
  expect(placesOf(store, 'no needle')).toEqual([])
  expect(frameHeaderBytes).toBe(16)
  await transactor.close()
})

// ---- a naive oracle ----

interface Asked {
  readonly t: number
  readonly target: number
  readonly attributes: readonly number[]
  readonly before: number
}

/** All facts, out of the log: the index may have forgotten some. */
function everyFact({ db, log }: Transactor): Fact[] {
  const facts = new Map<string, Fact>()
  const keyOfFact = ({ e, a, v, t }: Fact): string => `${e} ${a} ${shown(v)} ${t}`
  for (const fact of factsIn(db.facts, 'eavt', {}))
    if (fact.t < 1000) facts.set(keyOfFact(fact), fact)
  for (const entry of log.entries(0, db.nextT)) {
    const { t, data, ended } = transactionOf(entry)
    for (const { e, a, v, added } of data) {
      if (!added) continue
      const fact = { e, a, v, t, end: Infinity }
      facts.set(keyOfFact(fact), fact)
    }
    for (const fact of ended) {
      const key = keyOfFact(fact)
      facts.set(key, { ...(facts.get(key) as Fact), end: t })
    }
  }
  return [...facts.values()]
}

/** Which facts go, by trying all of them again and again until nothing changes. */
function naive(db: Db, all: readonly Fact[], { t, target, attributes, before }: Asked): Set<Fact> {
  const { schema } = db
  const out = new Set<Fact>()
  const isSafe = ({ e, a, t: own }: Fact): boolean =>
    own < 1000 ||
    fieldOf(e) === 0 ||
    a === 10 ||
    (a >= 15 && a <= 18) ||
    (a === 50 && fieldOf(e) === 3)
  const isComponent = (a: number): boolean => schema.attributes.get(a)?.isComponent === true
  if (schema.attributes.has(target)) {
    if (target >= 72)
      for (const f of all) if (f.a === target && f.t < before && !isSafe(f)) out.add(f)
  } else if (fieldOf(target) !== 0) {
    const whole = new Set<number>(attributes.length === 0 ? [target] : [])
    for (let n = -1; n !== out.size + whole.size;) {
      n = out.size + whole.size
      for (const f of all) {
        if (f.t >= before || isSafe(f)) continue
        const isNamed = attributes.includes(f.a) && (f.e === target || f.v === target)
        const isWhole =
          whole.has(f.e) ||
          (schema.attributes.get(f.a)?.valueType === 'ref' && whole.has(f.v as number))
        if (isNamed || isWhole) out.add(f)
      }
      const parts = [...out].filter((f) => isComponent(f.a) && (whole.has(f.e) || f.e === target))
      for (const { v } of parts) {
        const others = all.filter(
          (f) =>
            f.v === v &&
            isComponent(f.a) &&
            f.t <= t &&
            f.end > t &&
            f.e !== target &&
            !whole.has(f.e),
        )
        if (others.length === 0 && fieldOf(v as number) !== 0) whole.add(v as number)
      }
    }
  }
  for (const f of out) {
    for (const tuple of schema.composites.get(f.a) ?? []) {
      const slot = schema.attributes.get(tuple)?.tupleAttrs?.indexOf(f.a) as number
      for (const other of all) {
        if (other.e !== f.e || other.a !== tuple) continue
        if (equalValues((other.v as readonly Value[])[slot] ?? null, f.v)) out.add(other)
      }
    }
  }
  return out
}

/** What `contentsOf` gives when these facts are gone. */
function contentsWithout(transactor: Transactor, gone: ReadonlySet<Fact>): unknown {
  const texts = new Set<string>()
  for (const { e, a, v, t, end } of gone) {
    texts.add(`${e} ${a} ${shown(v)} ${t} true`)
    if (end !== Infinity) texts.add(`${e} ${a} ${shown(v)} ${end} false`)
  }
  const contents = contentsOf(transactor) as Record<string, unknown>
  const left = (rows: unknown): string[] => (rows as string[]).filter((row) => !texts.has(row))
  return {
    ...contents,
    ...Object.fromEntries(orders.map((order) => [order, left(contents[order])])),
    present: left(contents['present']),
    log: (contents['log'] as string[]).map((line) => {
      const [head, tail] = [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]
      return `${head}: ${left(tail.split('; ')).join('; ')}`
    }),
  }
}

const excise = (target: number | string, more = ''): string =>
  `[{:db/id "x" :db/excise ${target} ${more}}]`

describe('random histories', () => {
  test.each([0, 1, 2, 3, 4, 5])('round %i', async (round) => {
    const random = new Random(seed + round)
    const note = `seed ${seed + round}`
    const store = new MemoryStore()
    const storage = memoryStorage(store)
    const transactor = await freshIn(storage, { segmentSize: random.pick([8, 30]) })
    await grow(transactor, random, 30, async (n) => {
      if (n % 9 === 8) await transactor.indexed(transactor.db.basisT)
    })
    for (let k = 0; k < 4; k++) {
      for (let i = 0; i < 6; i++) {
        await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
      }
      const { db } = transactor
      const all = everyFact(transactor)
      const gone = new Set<Fact>()
      const attributes = [...db.schema.attributes.keys()]
      const requests: [Asked, string][] = Array.from({ length: 1 + random.int(2) }, () => {
        const fact = random.pick(all)
        const target = random.chance(0.15) ? random.pick(attributes) : fact.e
        const named = random.chance(0.3)
          ? random.some([...new Set([fact.a, random.pick(attributes)])], 2)
          : []
        const bound = random.pick([Infinity, Infinity, fact.t, fact.t + 3])
        const text = [
          named.length > 0 ? `:db.excise/attrs [${named.join(' ')}]` : '',
          bound < Infinity ? `:db.excise/beforeT ${bound}` : '',
        ]
        return [{ t: 0, target, attributes: named, before: bound }, text.join(' ')]
      })
      const asked: Asked[] = []
      for (const [request, text] of requests) {
        const { t } = await submit(transactor, excise(`${toPublicId(request.target)}`, text))
        asked.push({ ...request, t, before: Math.min(t, request.before) })
      }
      const before = everyFact(transactor)
      for (const request of asked)
        for (const f of naive(transactor.db, before, request)) gone.add(f)
      const expected = contentsWithout(transactor, gone)
      if (random.chance(0.5)) {
        await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
        await transactor.indexed(transactor.db.basisT)
      } else {
        await transactor.indexed(transactor.db.basisT)
        expect(contentsOf(transactor), `${note}: ${JSON.stringify(requests)}`).toEqual(expected)
      }
      await expectWhole(storage, note)
      const again = await openIn(storage)
      expect(contentsOf(again), note).toEqual(contentsOf(transactor))
      await again.close()
    }
    await transactor.close()
  })
})

// ---- a small world with secrets ----

const one = (name: string, type: string, more = ''): string =>
  `{:db/ident :p/${name} :db/valueType :db.type/${type} :db/cardinality :db.cardinality/one ${more}}`
const schema = `[
  ${one('email', 'string', ':db/unique :db.unique/identity')} ${one('name', 'string', ':db/index true')}
  ${one('mood', 'string', ':db/noHistory true')} ${one('about', 'string', ':db/fulltext true')}
  ${one('tag', 'keyword')} ${one('key', 'bytes')} ${one('friend', 'ref')} ${one('room', 'string')} ${one('seat', 'long')}
  ${one('place', 'tuple', ':db/tupleAttrs [:p/room :p/seat]')}
  {:db/ident :p/addresses :db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}]`

const person = (n: number | string): string => `[:p/email "person-${n}@example.com"]`

/** Ann, with secrets of every kind, among others. */
async function people(storage: Storage, options = { segmentSize: 8 }): Promise<Transactor> {
  const transactor = await freshIn(storage, options)
  await submit(transactor, schema)
  const others = (from: number): string =>
    Array.from(
      { length: 25 },
      (_, i) =>
        `{:p/email "person-${from + i}@example.com" :p/name "name ${from + i}" :p/about "plain words"}`,
    ).join(' ')
  await submit(transactor, `[${others(0)}]`)
  await submit(
    transactor,
    `[{:db/id "ann" :p/email "person-ann@example.com" :p/name "SECRET-old-name" :p/mood "SECRET-old-mood"
       :p/about "SECRET-about and words" :p/tag :SECRET-tag/SECRET-keyword :p/key #bytes "5345435245542d6279746573"
       :p/room "SECRET-room" :p/seat 1
       :p/addresses [{:p/name "SECRET-street" :p/addresses [{:p/about "SECRET-inner"}]}]}
      {:db/id "datomic.tx" :db/doc "said by person-ann"}]`,
  )
  await transactor.indexed(transactor.db.basisT)
  await submit(
    transactor,
    `[{:p/email "person-ann@example.com" :p/name "SECRET-new-name" :p/mood "SECRET-new-mood" :p/seat 2}]`,
  )
  await submit(transactor, `[{:p/email "person-3@example.com" :p/friend ${person('ann')}}]`)
  await transactor.indexed(transactor.db.basisT)
  await submit(transactor, `[${others(25)}]`)
  await submit(transactor, `[{:p/email "person-ann@example.com" :p/name "SECRET-third-name"}]`)
  return transactor
}

const annOf = (db: Db): number =>
  entid(db, [keyword('p/email'), 'person-ann@example.com']) as number
const forget = (): number => env.now() + 60_000

describe('secrets', () => {
  test('an entity: nowhere in any stored byte, nor in backups and dumps made afterwards', async () => {
    const store = new MemoryStore()
    const storage = memoryStorage(store)
    const transactor = await people(storage)
    const ann = annOf(transactor.db)
    expect(placesOf(store, 'SECRET-').length).toBeGreaterThan(10)
    const { t } = await submit(transactor, excise(ann))
    // a request alone changes nothing
    expect(datomsIn(transactor.db, 'eavt').some((row) => row.includes('SECRET-'))).toBe(true)
    await transactor.indexed(t)
    for (const order of orders) {
      expect(datomsIn(transactor.db, order).filter((row) => row.includes('SECRET-'))).toEqual([])
    }
    expect(logIn(transactor).filter((row) => row.includes('SECRET-'))).toEqual([])
    // nothing refers to her but the request, and its transaction has been told
    const rows = datomsIn(transactor.db, 'eavt').filter((row) => row.split(' ').includes(`${ann}`))
    expect(rows).toEqual([expect.stringContaining(` 15 ${ann} ${t} true`)])
    // blobs that were replaced stay until they are collected, as those of every job
    expect(placesOf(store, 'SECRET-').length).toBeGreaterThan(0)
    await transactor.collectGarbage(forget())
    expect(placesOf(store, 'SECRET-')).toEqual([])
    expect(placesOf(store, 'person-ann@')).toEqual([])
    await expectWhole(storage)
    const target = new MemoryStore()
    await backup({ storage, databaseId, name: 'care' }, memoryStorage(target), { env })
    expect(placesOf(target, 'SECRET-')).toEqual([])
    const range = { format: 'edn', from: 0, to: Infinity } as const
    for await (const line of exportLines(transactor.db, transactor.log, { env, ...range })) {
      expect(line).not.toContain('SECRET-')
    }
    // the address may be given to somebody else
    await submit(transactor, '[{:p/email "person-ann@example.com" :p/name "another"}]')
    await transactor.close()
  })

  test('only some attributes, with the tuples made of them', async () => {
    const store = new MemoryStore()
    const storage = memoryStorage(store)
    const transactor = await people(storage)
    const ann = annOf(transactor.db)
    const attributes = ':db.excise/attrs [:p/name :p/mood :p/room :p/addresses]'
    await transactor.indexed((await submit(transactor, excise(ann, attributes))).t)
    await transactor.collectGarbage(forget())
    for (const gone of [
      'SECRET-old',
      'SECRET-new',
      'SECRET-third',
      'SECRET-room',
      'SECRET-street',
      'SECRET-inner',
    ]) {
      expect([gone, placesOf(store, gone)]).toEqual([gone, []])
    }
    for (const kept of ['SECRET-about', 'SECRET-tag', 'SECRET-bytes']) {
      expect(placesOf(store, kept).length).toBeGreaterThan(0)
    }
    expect(annOf(transactor.db)).toBe(ann)
    await expectWhole(storage)
    await transactor.close()
  })

  test('what was said before a moment, or a t', async () => {
    for (const bound of ['t', 'tx', 'instant'] as const) {
      const store = new MemoryStore()
      const storage = memoryStorage(store)
      const transactor = await people(storage)
      const { db, log } = transactor
      const ann = annOf(db)
      const named = [...log.entries(0, db.nextT)].filter(({ data }) =>
        data.some((d) => d.e === ann),
      )
      const second = named[1] as { readonly t: number; readonly instant: number }
      const text = {
        t: `:db.excise/beforeT ${second.t}`,
        tx: `:db.excise/beforeT ${3 * 2 ** 42 + second.t}`,
        instant: `:db.excise/before #inst "${new Date(second.instant).toISOString()}"`,
      }[bound]
      await transactor.indexed((await submit(transactor, excise(ann, text))).t)
      await transactor.collectGarbage(forget())
      for (const gone of ['SECRET-old', 'SECRET-about', 'SECRET-street', 'SECRET-tag']) {
        expect([gone, placesOf(store, gone)]).toEqual([gone, []])
      }
      // the name it had then is history, the present one is there
      expect(placesOf(store, 'SECRET-new-name').length).toBeGreaterThan(0)
      expect(
        datomsIn(transactor.db, 'eavt', false).some((row) => row.includes('SECRET-third-name')),
      ).toBe(true)
      await expectWhole(storage)
      await transactor.close()
    }
  })

  test('an attribute', async () => {
    const store = new MemoryStore()
    const storage = memoryStorage(store)
    const transactor = await people(storage)
    await transactor.indexed((await submit(transactor, excise(':p/name'))).t)
    await transactor.collectGarbage(forget())
    for (const gone of ['SECRET-old-name', 'SECRET-street', 'name 7'])
      expect(placesOf(store, gone)).toEqual([])
    expect(placesOf(store, 'SECRET-about').length).toBeGreaterThan(0)
    await submit(transactor, `[{:p/email "person-1@example.com" :p/name "again"}]`)
    expect(datomsIn(transactor.db, 'avet').some((row) => row.includes('"again"'))).toBe(true)
    await expectWhole(storage)
    await transactor.close()
  })

  test('parts: those it had go too; what is another’s by now, and what was attached later, stays', async () => {
    const store = new MemoryStore()
    const storage = memoryStorage(store)
    const transactor = await freshIn(storage)
    await submit(transactor, schema)
    const { tempids } = await submit(
      transactor,
      `[{:db/id "a" :p/email "a" :p/addresses [{:db/id "had" :p/name "HAD"} {:db/id "moved" :p/name "MOVED"}]} {:db/id "b" :p/email "b"}]`,
    )
    const id = (name: string): number => tempids.get(name) as number
    await submit(transactor, `[[:db/retract ${id('a')} :p/addresses ${id('had')}]]`)
    await submit(
      transactor,
      `[[:db/retract ${id('a')} :p/addresses ${id('moved')}] [:db/add ${id('b')} :p/addresses ${id('moved')}]]`,
    )
    await submit(transactor, `[[:db/retractEntity ${id('a')}]]`)
    const { t } = await submit(transactor, excise(id('a')))
    await submit(transactor, `[{:db/id ${id('a')} :p/addresses [{:p/name "LATER"}]}]`)
    await transactor.indexed(t)
    await transactor.collectGarbage(forget())
    expect(placesOf(store, 'HAD')).toEqual([])
    expect(placesOf(store, 'MOVED').length).toBeGreaterThan(0)
    expect(placesOf(store, 'LATER').length).toBeGreaterThan(0)
    await expectWhole(storage)
    await transactor.close()
  })

  test('what is protected stays: schema, names, the bootstrap, requests, times', async () => {
    const storage = memoryStorage()
    const transactor = await people(storage)
    await submit(transactor, '[{:db/ident :role/admin}]')
    const { tempids } = await submit(transactor, excise(':role/admin'))
    const before = contentsOf(transactor)
    const request = tempids.get('x') as number
    const tx = 3 * 2 ** 42 + 1000
    const targets = [
      ':db/ident',
      ':p/name :db.excise/beforeT 5',
      ':db.part/db',
      ':db.type/string',
      request,
      tx,
      ':db.cardinality/one',
      17592186099999,
    ]
    for (const target of targets) {
      const left = contentsOf(transactor) as { readonly eavt: readonly string[] }
      await transactor.indexed((await submit(transactor, excise(target))).t)
      const now = contentsOf(transactor) as { readonly eavt: readonly string[] }
      expect(now.eavt).toEqual(expect.arrayContaining([...left.eavt]))
    }
    expect((before as { readonly names: unknown }).names).toEqual(
      (contentsOf(transactor) as { readonly names: unknown }).names,
    )
    await expectWhole(storage)
    await transactor.close()
  })

  test('a request that was retracted is carried out all the same', async () => {
    const store = new MemoryStore()
    const transactor = await people(memoryStorage(store))
    const ann = annOf(transactor.db)
    const { tempids } = await submit(transactor, excise(ann))
    await submit(transactor, `[[:db/retractEntity ${tempids.get('x')}]]`)
    await transactor.indexed(transactor.db.basisT)
    await transactor.collectGarbage(forget())
    expect(placesOf(store, 'SECRET-')).toEqual([])
    await transactor.close()
  })

  test('who only reads sees it too, and has nothing of it in memory', async () => {
    const store = new MemoryStore()
    const storage = memoryStorage(store)
    const transactor = await people(storage)
    const options = { storage: memoryStorage(store), databaseId, env, name: 'care' }
    const follower = await Follower.open(options)
    expect(datomsIn(follower.db, 'eavt').some((row) => row.includes('SECRET-'))).toBe(true)
    await transactor.indexed((await submit(transactor, excise(annOf(transactor.db)))).t)
    await follower.indexed(transactor.db.basisT)
    expect(datomsIn(follower.db, 'eavt').filter((row) => row.includes('SECRET-'))).toEqual([])
    expect(logIn(follower).filter((row) => row.includes('SECRET-'))).toEqual([])
    await follower.close()
    await transactor.close()
  })
})

describe('meanwhile', () => {
  test('transactions that end what is being excised', async () => {
    for (let round = 0; round < 15; round++) {
      const random = new Random(seed + round)
      const store = new MemoryStore()
      const storage = memoryStorage(store)
      const transactor = await people(storage)
      const ann = annOf(transactor.db)
      const { t } = await submit(transactor, excise(ann))
      const done = transactor.indexed(t)
      for (let i = random.int(20); i > 0; i--) await env.turn()
      const others: Promise<unknown>[] = [
        submit(transactor, `[{:p/email "person-ann@example.com" :p/name "new here"}]`),
        submit(transactor, `[[:db/retract ${ann} :p/about]]`),
        submit(transactor, `[{:p/email "person-2@example.com" :p/name "other"}]`),
        submit(transactor, `[[:db/retractEntity ${ann}]]`),
      ]
      await Promise.allSettled(others)
      await done
      const note = `seed ${seed + round}`
      expect(
        logIn(transactor).filter((row) => row.includes('SECRET-')),
        note,
      ).toEqual([])
      expect(
        datomsIn(transactor.db, 'aevt').filter((row) => row.includes('SECRET-')),
        note,
      ).toEqual([])
      const again = await openIn(storage)
      expect(contentsOf(again), note).toEqual(contentsOf(transactor))
      await again.close()
      await transactor.collectGarbage(forget())
      expect(placesOf(store, 'SECRET-'), note).toEqual([])
      await expectWhole(storage, note)
      await transactor.close()
    }
  })

  test.each(['before', 'after'] as const)(
    'every operation fails once, %s it was done: all or nothing',
    async (moment) => {
      const store = new MemoryStore()
      const first = await people(memoryStorage(store))
      const { t } = await submit(first, excise(annOf(first.db)))
      const before = contentsOf(first)
      await first.close()
      const reference = await openIn(memoryStorage(store.clone()))
      await reference.indexed(t)
      const after = contentsOf(reference)
      await reference.close()
      for (let n = 1; ; n++) {
        const own = store.clone()
        const faults = new Faults()
        const transactor = await openIn(faultyStorage(memoryStorage(own), faults), {
          segmentSize: 8,
        })
        faults.failAt(n, moment)
        const seen = faults.seen
        const error = await transactor.indexed(t).then(
          () => null,
          (e: unknown) => e,
        )
        faults.heal()
        const note = `operation ${n}: ${String(error)}`
        expect([before, after], note).toContainEqual(contentsOf(transactor))
        await transactor.close()
        const again = await openIn(memoryStorage(own), { segmentSize: 8 })
        expect([before, after], note).toContainEqual(contentsOf(again))
        await expectWhole(memoryStorage(own), note)
        await again.indexed(t)
        expect(contentsOf(again), note).toEqual(after)
        await again.collectGarbage(forget())
        expect(placesOf(own, 'SECRET-'), note).toEqual([])
        await again.close()
        if (faults.seen - seen < n) break
      }
    },
  )

  test('the machine loses its power', async () => {
    for (let round = 0; round < 20; round++) {
      const random = new Random(seed + round)
      const place = new CrashablePlace()
      const first = await people(place.open())
      const { t } = await submit(first, excise(annOf(first.db)))
      const done = first.indexed(t).catch(() => {})
      for (let i = random.int(60); i > 0; i--) await env.turn()
      place.crash({
        random: (n) => random.int(n),
        torn: true,
        order: random.pick(['prefix', 'any']),
      })
      await done
      await first.close().catch(() => {})
      const storage = place.open()
      const again = await openIn(storage, { segmentSize: 8 })
      const note = `seed ${seed + round}`
      await expectWhole(storage, note)
      await again.indexed(t)
      expect(
        logIn(again).filter((row) => row.includes('SECRET-')),
        note,
      ).toEqual([])
      expect(
        datomsIn(again.db, 'aevt').filter((row) => row.includes('SECRET-')),
        note,
      ).toEqual([])
      await expectWhole(storage, note)
      await again.close()
    }
  })
})

test('it costs what it takes away, not what there is', async () => {
  const written: { readonly size: number; readonly segments: number; readonly share: number }[] = []
  for (const size of [2000, 16_000]) {
    const store = new MemoryStore()
    const transactor = await freshIn(memoryStorage(store), { segmentSize: 64 })
    await submit(transactor, schema)
    for (let from = 0; from < size; from += 500) {
      const all = Array.from(
        { length: 500 },
        (_, i) =>
          `{:p/email "person-${from + i}@example.com" :p/name "name ${((from + i) * 7919) % size}"}`,
      )
      await submit(transactor, `[${all.join(' ')}]`)
      if (from % 2000 === 0) await transactor.indexed(transactor.db.basisT)
    }
    await transactor.indexed(transactor.db.basisT)
    // what waits in the mid tier goes to main by a small job, whatever it is for
    await transactor.indexed((await submit(transactor, '[{:db/doc "small"}]')).t)
    const { t } = await submit(transactor, excise(person(77)))
    const known = new Set(store.of(databaseId).blobs.keys())
    await transactor.indexed(t)
    let [segments, bytes, all] = [0, 0, 0]
    for (const [id, blob] of store.of(databaseId).blobs) {
      all += blob.length
      if (known.has(id)) continue
      bytes += blob.length
      if (unframe(blob, null, id).kind === 'segment') segments++
    }
    written.push({ size, segments, share: bytes / all })
    await transactor.close()
  }
  console.log(`excising one person writes: ${JSON.stringify(written)}`)
  const [small, large] = written as [(typeof written)[0], (typeof written)[0]]
  expect(large.segments).toBeLessThan(small.segments * 1.5 + 5)
  expect(large.share).toBeLessThan(small.share / 2)
})
