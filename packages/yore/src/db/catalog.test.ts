import { expect, test } from 'vitest'
import { memoryStorage } from '../storage/drivers/memory.ts'
import { Faults, faultyStorage } from '../testing/faulty-storage.ts'
import { changeCatalog, decodeCatalog, encodeCatalog, readCatalog } from './catalog.ts'
import type { Catalog } from './catalog.ts'

const added =
  (name: string) =>
  ({ databases, deleted }: Catalog): Omit<Catalog, 'revision'> | null =>
    databases.has(name) ? null : { databases: new Map(databases).set(name, `id-${name}`), deleted }

test('the record comes back, with names of any kind', () => {
  const catalog: Catalog = {
    revision: 7,
    databases: new Map([
      ['__proto__', 'a'],
      ['größe', 'b'],
      ['x y', 'c'],
    ]),
    deleted: ['d', 'e'],
  }
  expect(decodeCatalog(encodeCatalog(catalog))).toEqual(catalog)
})

test('many who change it at once all have their change, each name once', async () => {
  const storage = memoryStorage()
  const names = Array.from({ length: 20 }, (_, i) => `n${i % 10}`)
  const done = await Promise.all(names.map((name) => changeCatalog(storage, added(name))))
  expect(done.filter((x) => x)).toHaveLength(10)
  expect((await readCatalog(storage)).databases.size).toBe(10)
})

test('a reply that was lost is no failure', async () => {
  const faults = new Faults(['replaceRoot'])
  const storage = faultyStorage(memoryStorage(), faults)
  faults.failAt(1, 'after')
  expect(await changeCatalog(storage, added('a'))).toBe(true)
  faults.failAt(1, 'before')
  await expect(changeCatalog(storage, added('b'))).rejects.toMatchObject({
    code: ':yore/storage-unavailable',
  })
  expect([...(await readCatalog(storage)).databases.keys()]).toEqual(['a'])
})
