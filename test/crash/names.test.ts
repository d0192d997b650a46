/**
 * Making, renaming, deleting and opening databases, while every single storage operation fails in turn, before or after it was carried
 * out: the names are the old ones or the new ones, what was there is whole, and the same call afterwards brings it to its end.
 */

import { expect, test } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { readCatalog } from '../../packages/yore/src/db/catalog.ts'
import {
  connectStored,
  createStored,
  deleteStored,
  namesStored,
  renameStored,
} from '../../packages/yore/src/embedded/stored.ts'
import type { OpenStorage } from '../../packages/yore/src/embedded/stored.ts'
import type { Connection } from '../../packages/yore/src/peer/connection.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import { hastyEnv as env } from './tools.ts'

let stores = 0

/** A store of its own: connections are told apart by the name of the storage. */
class World {
  readonly store: MemoryStore
  readonly faults = new Faults()
  readonly #name = `store ${++stores}`

  constructor(store: MemoryStore) {
    this.store = store
  }

  readonly well: OpenStorage = async () => this.#named(memoryStorage(this.store))
  readonly faulty: OpenStorage = async () =>
    this.#named(faultyStorage(memoryStorage(this.store), this.faults))

  #named<T extends object>(storage: T): T {
    return new Proxy(storage, {
      get: (of, key) => {
        if (key === 'name') return this.#name
        const found: unknown = Reflect.get(of, key)
        return typeof found === 'function' ? found.bind(of) : found
      },
    })
  }

  connect(open: OpenStorage, name: string): Promise<Connection | null> {
    const tuning = { relaxed: false, readOnly: false, segmentSize: 8, indexing: 'pieces' } as const
    return connectStored(open, name, { env, functions: {} }, tuning)
  }

  /** The docs of a database, and the length of its log. */
  async contents(name: string): Promise<string | null> {
    const conn = await this.connect(this.well, name)
    if (conn === null) return null
    const docs = Array.from(conn.db().datoms('aevt', ':db/doc'), ({ v }) => String(v))
    const log = Array.from(conn.log().txRange(), ({ t }) => t)
    await conn.release()
    return `${docs.filter((doc) => doc.startsWith('of ')).join(', ')}; ${log.join(' ')}`
  }
}

/** Two databases, indexed and with slots. */
async function start(): Promise<MemoryStore> {
  const world = new World(new MemoryStore())
  for (const name of ['a', 'b']) {
    await createStored(world.well, name, env)
    const conn = (await world.connect(world.well, name)) as Connection
    for (let i = 0; i < 9; i++) await conn.transact(`[{:db/doc "of ${name} ${i}"}]`)
    await conn.syncIndex(conn.db().basisT)
    for (let i = 9; i < 12; i++) await conn.transact(`[{:db/doc "of ${name} ${i}"}]`)
    await conn.release()
  }
  return world.store
}

/** Of each database in the store that no name leads to, the kinds of what is left. */
async function leftOver({ store }: World): Promise<string[]> {
  const { databases, deleted } = await readCatalog(memoryStorage(store))
  const known = new Set([...databases.values(), ...deleted])
  const roots = [...store.roots.keys()].filter((name) => name !== 'catalog')
  const ids = new Set(roots.map((name) => name.split('/')[1] as string))
  for (const [id, { blobs, slots }] of store.databases) if (blobs.size + slots.size > 0) ids.add(id)
  return [...ids].filter((id) => !known.has(id))
}

interface Act {
  readonly run: (world: World, open: OpenStorage) => Promise<unknown>
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** Root records of a database that came to nothing may be left over. */
  readonly leftOver?: number
}

const acts: Readonly<Record<string, Act>> = {
  create: {
    run: (_, open) => createStored(open, 'c', env),
    before: ['a', 'b'],
    after: ['a', 'b', 'c'],
    leftOver: 1,
  },
  'create what is there': {
    run: (_, open) => createStored(open, 'a', env),
    before: ['a', 'b'],
    after: ['a', 'b'],
  },
  rename: {
    run: (_, open) => renameStored(open, 'a', 'c'),
    before: ['a', 'b'],
    after: ['b', 'c'],
  },
  delete: { run: (_, open) => deleteStored(open, 'a'), before: ['a', 'b'], after: ['b'] },
  connect: {
    run: async (world, open) => (await world.connect(open, 'a'))?.release(),
    before: ['a', 'b'],
    after: ['a', 'b'],
  },
}

test.each(
  Object.keys(acts).flatMap((what) => [[what, 'before'] as const, [what, 'after'] as const]),
)('%s: every operation fails once, %s it was carried out', async (what, moment) => {
  const store = await start()
  const original = new World(store.clone())
  const [a, b] = [await original.contents('a'), await original.contents('b')]
  expect(a).toMatch(/^of a 0, .*of a 11; 1000 /)
  const act = acts[what] as Act
  for (let nth = 1; ; nth++) {
    const world = new World(store.clone())
    world.faults.failAt(nth, moment)
    const error = await act.run(world, world.faulty).then(
      () => null,
      (e: unknown) => e,
    )
    const note = `operation ${nth}: ${String(error)}`
    if (error !== null) {
      expect(error, note).toBeInstanceOf(YoreError)
      expect((error as YoreError).category, note).toBe('unavailable')
    }
    const isDone = world.faults.seen < nth
    world.faults.heal()
    const names = (await namesStored(world.well)).sort()
    expect([act.before, act.after], note).toContainEqual(names)
    if (error === null) expect(names, note).toEqual(act.after)
    expect(await world.contents('b'), note).toBe(b)
    for (const name of ['a', 'c']) {
      const found = await world.contents(name)
      if (what !== 'create' || name === 'a') expect([a, null], note).toContain(found)
    }
    await act.run(world, world.well)
    expect((await namesStored(world.well)).sort(), note).toEqual(act.after)
    // whoever opens it next takes away what is left of a deletion
    await (await world.connect(world.well, 'b'))?.release()
    expect((await readCatalog(memoryStorage(world.store))).deleted, note).toEqual([])
    expect((await leftOver(world)).length, note).toBeLessThanOrEqual(act.leftOver ?? 0)
    if (isDone) return
  }
})
