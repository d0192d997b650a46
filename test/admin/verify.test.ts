/** Verifying: what is whole has no problems, and every kind of damage is found, told, and survived. */

import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import { verifyInMemory, verifyPoint, verifyStored } from '../../packages/yore/src/admin/verify.ts'
import type { Problem, VerifyReport } from '../../packages/yore/src/admin/verify-report.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { LogList } from '../../packages/yore/src/db/log.ts'
import { decodeRoot, encodeRoot, rootName } from '../../packages/yore/src/db/root.ts'
import type { Root } from '../../packages/yore/src/db/root.ts'
import { presentView } from '../../packages/yore/src/indexes/fact-index.ts'
import { never } from '../../packages/yore/src/indexes/facts/fact.ts'
import { connect, createDatabase, verifyDatabase } from '../../packages/yore/src/main.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { Random } from '../oracle/random.ts'
import {
  databaseId,
  freshIn,
  grow,
  hastyEnv as env,
  logIn,
  submit,
  worldTransaction,
} from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`verify.test: SEED=${seed}`)

const verify = (store: MemoryStore, signal?: AbortSignal): Promise<VerifyReport> =>
  verifyStored({ storage: memoryStorage(store), databaseId, name: 'care' }, { env, signal })

/** A database with everything: segments in several tiers, lists and segments of the log, slots, garbage. */
async function made(store: MemoryStore, more = 3): Promise<Transactor> {
  const transactor = await freshIn(memoryStorage(store))
  const random = new Random(seed)
  await grow(transactor, random, 20)
  for (let i = 0; i < more; i++) {
    await transactor.indexed(transactor.db.basisT)
    for (let k = 0; k < 5; k++) {
      await submit(transactor, worldTransaction(random, 100 + 10 * i + k)).catch(() => {})
    }
  }
  return transactor
}

const kindsOf = (problems: readonly Problem[]): string[] =>
  [...new Set(problems.map((p) => p.in))].sort()

function expectTold({ problems }: VerifyReport): void {
  for (const { message, affected, advice } of problems) {
    for (const text of [message, affected, advice]) expect(text).toMatch(/\w{4}/)
  }
}

describe('what is whole', () => {
  test('stored, after jobs and before', async () => {
    const store = new MemoryStore()
    const transactor = await freshIn(memoryStorage(store))
    const random = new Random(seed)
    expect(await verify(store)).toMatchObject({ ok: true, transactions: 0, t: 999 })
    await grow(transactor, random, 30)
    for (let i = 0; i < 6; i++) {
      const report = await verify(store)
      expect(report.problems, `seed ${seed}`).toEqual([])
      expect(report).toMatchObject({
        ok: true,
        t: transactor.db.basisT,
        transactions: logIn(transactor).length,
        datoms: transactor.db.facts.stats().datoms,
        unreached: 0,
      })
      if (i % 2 === 0) await transactor.indexed(transactor.db.basisT)
      for (let k = 0; k < 4; k++) {
        await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
      }
    }
    await transactor.close()
  })

  test('while it is in use', async () => {
    const store = new MemoryStore()
    const transactor = await made(store)
    const random = new Random(seed)
    let isDone = false
    const life = (async () => {
      while (!isDone) {
        await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
        if (random.chance(0.1)) await transactor.indexed(transactor.db.basisT)
        if (random.chance(0.1)) await transactor.collectGarbage(env.now() + 1000)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    for (let i = 0; i < 5; i++) expect((await verify(store)).problems).toEqual([])
    isDone = true
    await life
    await transactor.close()
  })

  test('in memory', async () => {
    const transactor = Transactor.inMemory(env, 'm')
    await grow(transactor, new Random(seed), 40)
    const report = await verifyInMemory(transactor.db, transactor.log, { env })
    expect(report.problems).toEqual([])
    expect(report.datoms).toBe(transactor.db.facts.stats().datoms)
    expect(report.transactions).toBe(logIn(transactor).length)
  })

  test('from outside', async () => {
    await createDatabase('yore:mem://verify')
    const conn = await connect('yore:mem://verify')
    await conn.transact([{ ':db/doc': 'x' }])
    const stages: string[] = []
    const report = await verifyDatabase(conn, { onProgress: ({ stage }) => stages.push(stage) })
    expect(report).toMatchObject({ ok: true, problems: [], transactions: 1 })
    expect(stages.at(-1)).toBe('facts')
    expect(await verifyDatabase('yore:mem://verify')).toMatchObject({ ok: true })
  })

  test('what nothing reaches is counted, and is no problem', async () => {
    const store = new MemoryStore()
    const transactor = await made(store, 1)
    await memoryStorage(store).putBlobs(databaseId, [{ id: 'stray', bytes: new Uint8Array(5) }])
    expect(await verify(store)).toMatchObject({ ok: true, unreached: 1 })
    await transactor.close()
  })
})

describe('damage', () => {
  const flip = (random: Random, bytes: Uint8Array): Uint8Array => {
    const at = random.int(bytes.length)
    return bytes.with(at, (bytes[at] as number) ^ (1 << random.int(8)))
  }

  test('a bit of any blob, slot or root; or its absence', async () => {
    const store = new MemoryStore()
    await (await made(store)).close()
    const { t: lastT } = await verify(store)
    const random = new Random(seed)
    const contents = store.of(databaseId)
    const garbage = new Set<string>()
    const some = random.some([...contents.blobs.keys()], 20)
    for (const id of some) {
      const without = store.clone()
      without.of(databaseId).blobs.delete(id)
      const report = await verify(without)
      expectTold(report)
      const changed = store.clone()
      changed.of(databaseId).blobs.set(id, flip(random, contents.blobs.get(id) as Uint8Array))
      const other = await verify(changed)
      expectTold(other)
      // blobs that wait to be collected are nobody's
      if (report.ok) garbage.add(id)
      expect(other.ok, `seed ${seed}, ${id}`).toBe(report.ok)
      if (!report.ok)
        expect(report.problems.some((p) => p.blob === id || p.message.includes(id))).toBe(true)
    }
    expect(garbage.size).toBeLessThan(some.length)
    for (const [t, bytes] of contents.slots) {
      const changed = store.clone()
      changed.of(databaseId).slots.set(t, flip(random, bytes))
      const report = await verify(changed)
      // what is wrong with the end mark of the last slot takes nothing away
      if (report.ok) expect(report.t).toBe(lastT)
      else expect(kindsOf(report.problems)).toContain('log')
    }
    const name = rootName(databaseId)
    const root = store.roots.get(name) as Uint8Array
    const changed = store.clone()
    changed.roots.set(name, flip(random, root))
    expect(kindsOf((await verify(changed)).problems)).toEqual(['root'])
    changed.roots.delete(name)
    await expect(verify(changed)).rejects.toThrow(YoreError)
  })

  test('what is intact but wrong: roots that name other things', async () => {
    const store = new MemoryStore()
    await (await made(store)).close()
    const name = rootName(databaseId)
    const root = decodeRoot(store.roots.get(name) as Uint8Array, databaseId, 'care')
    const { index } = root
    if (index === null) throw new Error('it has no index')
    const wrong: Record<string, Partial<Root>> = {
      'a counter': { nextElement: root.nextElement + 1 },
      'an instant': { lastInstant: root.lastInstant + 1 },
      'a segment of the log less': { segments: root.segments.slice(1) },
      'segments of the log swapped': { segments: root.segments.toReversed() },
      'another count': {
        segments: root.segments.map((s, i) => (i === 0 ? { ...s, count: s.count + 1 } : s)),
      },
      'another checksum': { checksum: root.checksum + 1 },
      'no garbage': { garbage: 'none' },
    }
    for (const order of ['eavt', 'aevt', 'avet', 'vaet'] as const) {
      for (const past of [false, true]) {
        wrong[`no main of ${order} ${past}`] = {
          index: {
            ...index,
            trees: index.trees.map((tree) =>
              tree.name === order && tree.past === past ? { ...tree, main: [] } : tree,
            ),
          },
        }
      }
    }
    for (const [what, change] of Object.entries(wrong)) {
      const changed = store.clone()
      changed.roots.set(name, encodeRoot({ ...root, ...change }))
      const report = await verify(changed)
      expectTold(report)
      expect([what, report.ok]).toEqual([what, false])
    }
  })

  test('an index and a log that differ', async () => {
    const transactor = Transactor.inMemory(env, 'm')
    await grow(transactor, new Random(seed), 20)
    const { db, log } = transactor
    const whole = [...log.entries(0, db.nextT)]
    const check = async (changed: Db, entries = whole): Promise<VerifyReport> =>
      verifyInMemory(changed, new LogList(entries), { env })
    expect((await check(db)).ok).toBe(true)
    expect(kindsOf((await check(db, whole.slice(1))).problems)).toEqual(['facts'])
    const more = db.facts.apply([
      { kind: 'assert', fact: { e: 5, a: 62, v: 'more', t: db.basisT, end: never } },
    ])
    expect(kindsOf((await check({ ...db, facts: more })).problems)).toEqual(['facts'])
    const cursor = db.facts.cursor('eavt', {}, presentView)
    while (cursor.next() && cursor.t < 1000);
    const { e, a, v, t } = cursor
    const less = db.facts.apply([
      { kind: 'retract', fact: { e, a, v, t, end: never }, t: db.basisT },
    ])
    expect(kindsOf((await check({ ...db, facts: less })).problems)).toEqual(['facts'])
  })

  test('points of a backup', async () => {
    const [store, targetStore] = [new MemoryStore(), new MemoryStore()]
    await (await made(store)).close()
    const target = memoryStorage(targetStore)
    await backup({ storage: memoryStorage(store), databaseId, name: 'care' }, target, { env })
    expect((await verifyPoint(target, undefined, { env })).problems).toEqual([])
    const random = new Random(seed)
    for (const [id, bytes] of random.some([...targetStore.of(databaseId).blobs], 15)) {
      const changed = targetStore.clone()
      if (random.chance(0.5)) changed.of(databaseId).blobs.delete(id)
      else changed.of(databaseId).blobs.set(id, flip(random, bytes))
      const report = await verifyPoint(memoryStorage(changed), undefined, { env })
      expectTold(report)
      expect([id, report.ok]).toEqual([id, false])
    }
  })

  test('it can be cancelled', async () => {
    const store = new MemoryStore()
    await (await made(store, 1)).close()
    const controller = new AbortController()
    controller.abort()
    await expect(verify(store, controller.signal)).rejects.toMatchObject({
      code: ':yore/cancelled',
    })
  })
})
