/** Excision while transactions go on, storages fail and machines lose their power: all or nothing. */

import { expect, test } from 'vitest'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { CrashablePlace } from '../../packages/yore/src/testing/crashable-storage.ts'
import { Faults, faultyStorage } from '../../packages/yore/src/testing/faulty-storage.ts'
import { Random } from '../oracle/random.ts'
import { annOf, excise, expectWhole, forget, people, placesOf } from './excise-tools.ts'
import {
  contentsOf,
  datomsIn,
  hastyEnv as env,
  logIn,
  openIn,
  operationsFrom,
  submit,
} from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`excise-meanwhile: SEED=${seed}`)

test('transactions that end what is being excised', async () => {
  for (let round = 0; round < 8; round++) {
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
    for (const n of operationsFrom(seed, 11)) {
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
  for (let round = 0; round < 8; round++) {
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
