/** Excision: what was to be forgotten is nowhere, what is protected stays, and it costs what it takes away. */

import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import { exportLines } from '../../packages/yore/src/admin/dump.ts'
import { unframe } from '../../packages/yore/src/data/codec/frame.ts'
import { orders } from '../../packages/yore/src/indexes/facts/fact.ts'
import { Follower } from '../../packages/yore/src/peer/follow.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import {
  annOf,
  excise,
  expectWhole,
  forget,
  people,
  person,
  placesOf,
  schema,
} from './excise-tools.ts'
import {
  contentsOf,
  databaseId,
  datomsIn,
  freshIn,
  hastyEnv as env,
  logIn,
  submit,
} from './world.ts'

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
  await transactor.close()
})

describe('secrets', () => {
  test.each(['lz4', 'deflate-raw', 'none'] as const)(
    'an entity: nowhere in any stored byte, nor in backups and dumps made afterwards: %s',
    async (compression) => {
      const store = new MemoryStore()
      const storage = memoryStorage(store)
      const transactor = await people(storage, { segmentSize: 8, compression })
      const ann = annOf(transactor.db)
      expect(placesOf(store, 'SECRET-').length).toBeGreaterThan(10)
      // a word by which it is found
      expect(placesOf(store, 'zyzzyva').length).toBeGreaterThan(0)
      const { t } = await submit(transactor, excise(ann))
      // a request alone changes nothing
      expect(datomsIn(transactor.db, 'eavt').some((row) => row.includes('SECRET-'))).toBe(true)
      await transactor.indexed(t)
      for (const order of orders) {
        expect(datomsIn(transactor.db, order).filter((row) => row.includes('SECRET-'))).toEqual([])
      }
      expect(logIn(transactor).filter((row) => row.includes('SECRET-'))).toEqual([])
      // nothing refers to her but the request, and its transaction has been told
      const rows = datomsIn(transactor.db, 'eavt').filter((row) =>
        row.split(' ').includes(`${ann}`),
      )
      expect(rows).toEqual([expect.stringContaining(` 15 ${ann} ${t} true`)])
      // blobs that were replaced stay until they are collected, as those of every job
      expect(placesOf(store, 'SECRET-').length).toBeGreaterThan(0)
      await transactor.collectGarbage(forget())
      expect(placesOf(store, 'SECRET-')).toEqual([])
      expect(placesOf(store, 'person-ann@')).toEqual([])
      expect(placesOf(store, 'zyzzyva')).toEqual([])
      expect(placesOf(store, 'Zyzzyva')).toEqual([])
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
    },
  )

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
