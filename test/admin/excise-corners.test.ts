/**
 * Excision where facts hide: in composite tuples whose values the index has forgotten, in tuples without history, in what is asked for
 * where it may not be, in database values from before, and in what is made of the database afterwards.
 */

import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import { deletePoints } from '../../packages/yore/src/admin/prune.ts'
import { pointTs } from '../../packages/yore/src/admin/backup-point.ts'
import { exportLines, importLines } from '../../packages/yore/src/admin/dump.ts'
import { replayPoint } from '../../packages/yore/src/admin/replay-point.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { annOf, excise, expectWhole, forget, people, placesOf } from './excise-tools.ts'
import {
  contentsOf,
  databaseId,
  datomsIn,
  freshIn,
  hastyEnv as env,
  logIn,
  openIn,
  submit,
} from './world.ts'

const one = (name: string, type: string, more = ''): string =>
  `{:db/ident :q/${name} :db/valueType :db.type/${type} :db/cardinality :db.cardinality/one ${more}}`
const tuple = (name: string, of: string, more = ''): string =>
  one(name, 'tuple', `:db/tupleAttrs [${of}] ${more}`)

/** Moods without history in tuples with and without one; a room with history in tuples without one. */
async function moods(storage: Storage): Promise<{ transactor: Transactor; e: number; t: number }> {
  const transactor = await freshIn(storage)
  await submit(
    transactor,
    `[${one('key', 'string', ':db/unique :db.unique/identity')} ${one('mood', 'string', ':db/noHistory true')}
      ${one('room', 'string')} ${one('seat', 'long')} ${one('friend', 'ref', ':db/noHistory true')}
      ${tuple('mood+seat', ':q/mood :q/seat', ':db/index true')} ${tuple('mood+room', ':q/mood :q/room', ':db/noHistory true')}
      ${tuple('room+seat', ':q/room :q/seat', ':db/noHistory true')} ${tuple('friend+seat', ':q/friend :q/seat')}]`,
  )
  const { tempids, t } = await submit(
    transactor,
    '[{:db/id "e" :q/key "e" :q/mood "SECRET-1" :q/room "SECRET-room-1" :q/seat 1} {:db/id "o" :q/key "o" :q/mood "other" :q/seat 5}]',
  )
  const e = tempids.get('e') as number
  await submit(transactor, `[{:db/id ${e} :q/seat 2 :q/room "SECRET-room-2"}]`)
  await submit(transactor, `[{:db/id ${e} :q/mood "SECRET-2"} {:q/key "o" :q/friend ${e}}]`)
  await transactor.indexed(transactor.db.basisT)
  await submit(
    transactor,
    `[{:db/id ${e} :q/mood "MOOD-3" :q/room "ROOM-3"} {:q/key "o" :q/seat 6}]`,
  )
  await submit(transactor, `[[:db/retract [:q/key "o"] :q/friend ${e}]]`)
  await transactor.indexed(transactor.db.basisT)
  return { transactor, e, t }
}

async function excised(transactor: Transactor, store: MemoryStore, request: string): Promise<void> {
  await transactor.indexed((await submit(transactor, request)).t)
  await transactor.collectGarbage(forget())
  await expectWhole(memoryStorage(store), request)
  const again = await openIn(memoryStorage(store))
  expect(contentsOf(again)).toEqual(contentsOf(transactor))
  await again.close()
}

describe('composite tuples', () => {
  test.each([
    ['of an entity', (e: number) => excise(e, ':db.excise/attrs [:q/mood]')],
    ['of all entities', () => excise(':q/mood')],
    ['wholly', (e: number) => excise(e)],
  ])('of which the index has forgotten the values: %s', async (_, request) => {
    const store = new MemoryStore()
    const { transactor, e } = await moods(memoryStorage(store))
    expect(placesOf(store, 'SECRET-1').length).toBeGreaterThan(1)
    await excised(transactor, store, request(e))
    for (const gone of ['SECRET-1', 'SECRET-2', 'MOOD-3']) {
      expect([gone, placesOf(store, gone)]).toEqual([gone, []])
    }
    await transactor.close()
  })

  test('with a bound: what was said before it, and nothing else', async () => {
    const store = new MemoryStore()
    const { transactor, e, t } = await moods(memoryStorage(store))
    const bound = `:db.excise/attrs [:q/mood] :db.excise/beforeT ${t + 1}`
    await excised(transactor, store, excise(e, bound))
    expect(placesOf(store, 'SECRET-1')).toEqual([])
    expect(placesOf(store, 'MOOD-3').length).toBeGreaterThan(1)
    expect(logIn(transactor).some((row) => row.includes('"SECRET-2"'))).toBe(true)
    await transactor.close()
  })

  test('that have no history themselves, of values that have', async () => {
    const store = new MemoryStore()
    const { transactor, e } = await moods(memoryStorage(store))
    await excised(transactor, store, excise(e, ':db.excise/attrs [:q/room]'))
    expect(placesOf(store, 'SECRET-room')).toEqual([])
    expect(placesOf(store, 'ROOM-3')).toEqual([])
    expect(placesOf(store, 'MOOD-3').length).toBeGreaterThan(1)
    await transactor.close()
  })

  test('that refer to the entity', async () => {
    const store = new MemoryStore()
    const { transactor, e } = await moods(memoryStorage(store))
    const refers = (): string[] =>
      [...logIn(transactor), ...datomsIn(transactor.db, 'eavt')].filter((row) =>
        row.includes(`[${e} `),
      )
    expect(refers().length).toBeGreaterThan(1)
    await excised(transactor, store, excise(e))
    expect(refers()).toEqual([])
    await transactor.close()
  })
})

describe('what may not be forgotten', () => {
  test.each([
    ['an attribute of the bootstrap', ':db/doc'],
    ['a value type', ':db.type/string'],
    ['a partition', ':db.part/user'],
    ['the request that is made', '"x"'],
  ])('%s: the request is recorded, and nothing goes', async (_, target) => {
    const store = new MemoryStore()
    const transactor = await people(memoryStorage(store))
    const { t } = await submit(transactor, excise(target))
    const before = contentsOf(transactor)
    await transactor.indexed(t)
    expect(contentsOf(transactor)).toEqual(before)
    await expectWhole(memoryStorage(store))
    await transactor.close()
  })

  test('of a transaction only what was said of it; the schema of an attribute stays', async () => {
    const storage = memoryStorage()
    const transactor = await people(storage)
    const before = [...transactor.db.schema.attributes.keys()]
    const said = logIn(transactor).find((row) => row.includes('said by person-ann')) as string
    const t = Number(said.slice(0, said.indexOf(' ')))
    await submit(transactor, excise(3 * 2 ** 42 + t))
    await transactor.indexed((await submit(transactor, excise(':p/name'))).t)
    expect(logIn(transactor).join()).not.toContain('said by person-ann')
    expect([...transactor.db.schema.attributes.keys()]).toEqual(before)
    expect(logIn(transactor).every((row) => row.includes(' 50 I'))).toBe(true)
    await expectWhole(storage)
    await transactor.close()
  })

  test.each([
    ['an entity that is none', '-5'],
    ['a name that nobody has', ':nobody/knows'],
    ['a lookup that finds nothing', '[:p/email "nobody"]'],
    ['text', '"text" :db/doc "x"'],
  ])('%s: refused, or without effect', async (_, target) => {
    const storage = memoryStorage()
    const transactor = await people(storage)
    const outcome = await submit(transactor, excise(target)).then(
      ({ t }) => transactor.indexed(t).then(() => 'done'),
      (error: { code?: string }) => String(error.code),
    )
    expect(outcome).toMatch(/^(done|:db.error\/|:yore\/)/)
    expect(datomsIn(transactor.db, 'eavt').some((row) => row.includes('SECRET-'))).toBe(true)
    await expectWhole(storage)
    await transactor.close()
  })
})

test.each([
  ':db.excise/beforeT -1',
  ':db.excise/beforeT 999999',
  ':db.excise/beforeT 0',
  ':db.excise/beforeT 9223372036854775807',
  ':db.excise/beforeT -9223372036854775808',
  ':db.excise/beforeT 17592186045418',
  ':db.excise/before #inst "-271820-01-01"',
  ':db.excise/before #inst "+275759-01-01"',
  ':db.excise/before #inst "1970-01-01" :db.excise/beforeT 1005',
  ':db.excise/attrs ["x"]',
  ':db.excise/attrs [:db/doc :db/ident :p/name 0 17592186045418]',
])(
  'what the original takes is carried out, or does nothing, and no index job fails: %s',
  async (more) => {
    for (const target of ['ann', '"x"', ':p/name', ':db.part/user', '17592186099999', '0']) {
      const store = new MemoryStore()
      const transactor = await people(memoryStorage(store))
      const at = target === 'ann' ? annOf(transactor.db) : target
      const { t } = await submit(transactor, excise(at, more))
      await transactor.indexed(t)
      await expectWhole(memoryStorage(store), `${target} ${more}`)
      const again = await openIn(memoryStorage(store))
      expect(contentsOf(again)).toEqual(contentsOf(transactor))
      await again.close()
      await transactor.close()
    }
  },
)

describe('afterwards', () => {
  async function annGone(storage: Storage): Promise<Transactor> {
    const transactor = await people(storage)
    await transactor.indexed((await submit(transactor, excise(annOf(transactor.db)))).t)
    await submit(transactor, '[{:p/email "person-2@example.com" :p/name "later"}]')
    return transactor
  }

  test('a dump goes into another database, and so does a backup into memory', async () => {
    const storage = memoryStorage()
    const transactor = await annGone(storage)
    for (const format of ['edn', 'json'] as const) {
      const range = { format, from: 0, to: Infinity }
      const lines = exportLines(transactor.db, transactor.log, { env, ...range })
      const copy = Transactor.inMemory(env, 'copy')
      await importLines(copy, lines, { env })
      expect(contentsOf(copy)).toEqual(contentsOf(transactor))
    }
    const target = memoryStorage()
    await backup({ storage, databaseId, name: 'care' }, target, { env })
    const copy = Transactor.inMemory(env, 'copy')
    await replayPoint(target, () => copy, { env })
    expect(contentsOf(copy)).toEqual(contentsOf(transactor))
    await transactor.close()
  })

  test('backups made before have it, until they are deleted', async () => {
    const [storage, store] = [memoryStorage(), new MemoryStore()]
    const target = memoryStorage(store)
    const source = { storage, databaseId, name: 'care' }
    const transactor = await people(storage)
    await backup(source, target, { env })
    const { t } = await submit(transactor, excise(annOf(transactor.db)))
    await backup(source, target, { env })
    await transactor.indexed(t)
    // nothing was transacted since: it comes into the place of the one before
    await backup(source, target, { env })
    expect(placesOf(store, 'SECRET-').length).toBeGreaterThan(5)
    const [newest, ...older] = await pointTs(target)
    expect(newest).toBe(t)
    await deletePoints(target, older, { env })
    expect(placesOf(store, 'SECRET-')).toEqual([])
    expect(placesOf(store, 'person-ann@')).toEqual([])
    await transactor.close()
  })

  test('what a backup has left that was cut short goes with the rest, without any t', async () => {
    const [storage, store] = [memoryStorage(), new MemoryStore()]
    const target = memoryStorage(store)
    const source = { storage, databaseId, name: 'care' }
    const transactor = await people(storage)
    const { t } = await submit(transactor, excise(annOf(transactor.db)))
    await backup(source, target, { env })
    await transactor.indexed(t)
    await backup(source, target, { env })
    expect(await pointTs(target)).toEqual([t])
    expect(placesOf(store, 'SECRET-').length).toBeGreaterThan(5)
    expect(await deletePoints(target, [], { env })).toBeGreaterThan(5)
    expect(placesOf(store, 'SECRET-')).toEqual([])
    await transactor.close()
  })

  test('a database value from before keeps it, until its segments are collected', async () => {
    const storage = memoryStorage()
    const made = await people(storage)
    await made.indexed(made.db.basisT)
    await made.close()
    const transactor = await openIn(storage, { cacheBytes: 0 })
    const old = transactor.db
    await transactor.indexed((await submit(transactor, excise(annOf(old)))).t)
    expect(datomsIn(old, 'eavt').some((row) => row.includes('SECRET-'))).toBe(true)
    await transactor.collectGarbage(forget())
    expect(() => datomsIn(old, 'eavt')).toThrow(/:yore\/storage-not-found.*db\(\)/)
    await transactor.close()
  })
})
