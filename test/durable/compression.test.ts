/**
 * Databases packed in each way: the same answers, whichever way what is there was packed and by whichever connection; damage is noticed; a
 * runtime without deflate says so.
 */

import { rmSync } from 'node:fs'
import { beforeEach, expect, test, vi } from 'vitest'
import { verifyStored } from '../../packages/yore/src/admin/verify.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { codecs } from '../../packages/yore/src/data/codec/compress.ts'
import type { Codec } from '../../packages/yore/src/data/codec/compress.ts'
import type * as Deflate from '../../packages/yore/src/data/codec/deflate-node.ts'
import { kinds } from '../../packages/yore/src/data/codec/format.ts'
import { connect, createDatabase, q } from '../../packages/yore/src/main.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { databaseId, hastyEnv as env, open, submit } from '../crash/tools.ts'
import { makeDirectory } from '../storage/places.ts'
import { answersOf, makeRich, questions, richTransaction, richTuning } from './rich.ts'

/** Does the runtime have deflate? */
const runtime = vi.hoisted(() => ({ hasDeflate: true }))
vi.mock('../../packages/yore/src/data/codec/deflate-node.ts', async (original) => {
  const here = await original<typeof Deflate>()
  const none = await import('../../packages/yore/src/data/codec/no-deflate.ts')
  return {
    deflate: (bytes: Uint8Array) => (runtime.hasDeflate ? here.deflate(bytes) : none.deflate()),
    inflate: (bytes: Uint8Array, length: number) =>
      runtime.hasDeflate ? here.inflate(bytes, length) : none.inflate(),
  }
})
beforeEach(() => void (runtime.hasDeflate = true))

const all = ['none', 'lz4', 'deflate-raw'] as const

const seed = Number(process.env['YORE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
let state = seed
const random = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}

/** How many stored things of a kind are packed in which way. */
function packedIn(store: MemoryStore): Record<string, Record<string, number>> {
  const out: Record<string, Record<string, number>> = {}
  const { blobs, slots } = store.of(databaseId)
  for (const bytes of [...blobs.values(), ...slots.values()]) {
    const kind = Object.entries(kinds).find(([, n]) => n === bytes[5])?.[0] as string
    const codec = Object.entries(codecs).find(([, n]) => n === bytes[6])?.[0] as string
    const of = (out[kind] ??= {})
    of[codec] = (of[codec] ?? 0) + 1
  }
  return out
}

async function expectClean(store: MemoryStore): Promise<void> {
  const place = { storage: memoryStorage(store), databaseId, name: 'test' }
  expect((await verifyStored(place, { env })).problems).toEqual([])
}

test.each(all)('%s: all that is written is packed so, and read by everyone', async (codec) => {
  const store = new MemoryStore()
  const options = { ...richTuning, segmentSize: 64, compression: codec }
  const transactor = await makeRich(memoryStorage(store), options)
  await submit(transactor, `[{:db/doc "${'a long text '.repeat(50)}"}]`)
  const answers = answersOf(transactor)
  await transactor.close()
  const found = packedIn(store)
  for (const kind of ['segment', 'directory', 'logSegment', 'slot']) {
    const others = Object.keys(found[kind] ?? {}).filter((c) => c !== codec && c !== 'none')
    expect([kind, others]).toEqual([kind, []])
    expect(found[kind]?.[codec], kind).toBeGreaterThan(0)
  }
  await expectClean(store)
  for (const compression of all) {
    const again = await open(memoryStorage(store), { ...options, compression, cacheBytes: 0 })
    expect(answersOf(again)).toEqual(answers)
    await again.close()
  }
})

test('connections that pack differently write one database', async () => {
  const store = new MemoryStore()
  const tuning = { segmentSize: 64 }
  let transactor = await makeRich(memoryStorage(store), { ...tuning, compression: 'deflate-raw' })
  for (let i = 0; i < 9; i++) {
    const answers = answersOf(transactor)
    await transactor.close()
    const compression = all[i % 3] as Codec
    transactor = await open(memoryStorage(store), { ...tuning, compression, cacheBytes: 0 })
    expect(answersOf(transactor)).toEqual(answers)
    for (let n = 0; n < 5; n++) await submit(transactor, richTransaction(71 + 5 * i + n))
    if (i % 2 === 0) await transactor.indexed(transactor.db.basisT)
  }
  expect(packedIn(store)['segment']).toMatchObject({
    'deflate-raw': expect.any(Number),
    lz4: expect.any(Number),
    none: expect.any(Number),
  })
  expect(Object.keys(packedIn(store)['logSegment'] ?? {}).length).toBe(3)
  await transactor.close()
  await expectClean(store)
})

test('damage of what is packed with deflate is noticed, and nothing else answers wrongly', async () => {
  console.log(`seed ${seed}`)
  const store = new MemoryStore()
  const options = { ...richTuning, segmentSize: 64, compression: 'deflate-raw' } as const
  const transactor = await makeRich(memoryStorage(store), options)
  const truth = answersOf(transactor)
  await transactor.close()
  const { blobs, slots } = store.of(databaseId)
  const things = [...blobs.keys(), ...slots.keys()]
  let noticed = 0
  for (let i = 0; i < 25; i++) {
    const damaged = store.clone()
    const to = damaged.of(databaseId)
    const name = things[random(things.length)] as string | number
    const bytes = ((typeof name === 'string' ? blobs.get(name) : slots.get(name)) ?? []).slice()
    const at = random(bytes.length)
    bytes[at] = (bytes[at] as number) ^ (1 << random(8))
    if (typeof name === 'string') to.blobs.set(name, bytes as Uint8Array)
    else to.slots.set(name, bytes as Uint8Array)
    try {
      const again = await open(memoryStorage(damaged), { ...options, cacheBytes: 0 })
      for (const [question, ask] of questions) {
        try {
          expect(ask(again), `${question}, ${name} at ${at}`).toEqual(truth.get(question))
        } catch (error) {
          if (!(error instanceof YoreError)) throw error
          expect(error.code).toBe(':yore/storage-corrupt')
          noticed++
        }
      }
      await again.close()
    } catch (error) {
      if (!(error instanceof YoreError)) throw error
      expect(error.code).toBe(':yore/storage-corrupt')
      noticed++
    }
  }
  expect(noticed).toBeGreaterThan(0)
})

test('a runtime without deflate reads and writes the others, and says what it cannot', async () => {
  const store = new MemoryStore()
  const tuning = { segmentSize: 64, cacheBytes: 0 }
  const packed = { ...tuning, compression: 'deflate-raw' } as const
  const transactor = await makeRich(memoryStorage(store), packed)
  await transactor.close()
  const plain = new MemoryStore()
  await (await makeRich(memoryStorage(plain), tuning)).close()
  runtime.hasDeflate = false
  const refused = {
    code: ':yore/unsupported-format',
    message: expect.stringMatching(/'deflate-raw'.*'lz4'/),
  }
  await expect(open(memoryStorage(store), packed)).rejects.toMatchObject(refused)
  await expect(open(memoryStorage(plain), packed)).rejects.toMatchObject(refused)
  // from the first byte that it needs on, by opening or later
  await expect(
    open(memoryStorage(store), tuning).then((again) => answersOf(again)),
  ).rejects.toMatchObject(refused)
  const again = await open(memoryStorage(plain), tuning)
  expect(answersOf(again).size).toBe(questions.size)
  await again.close()
})

test('the option of connect', async () => {
  const directory = makeDirectory()
  const uri = `yore:file://${directory.path}/packed`
  await createDatabase(uri)
  const doc = 'deflated '.repeat(500)
  const docs = async (options: object): Promise<unknown> => {
    await using conn = await connect(uri, options)
    return q('[:find [?d ...] :where [?e :db/doc ?d] [(> ?e 1000)]]', conn.db())
  }
  for (const [i, compression] of (['deflate-raw', 'none', 'lz4'] as const).entries()) {
    {
      await using conn = await connect(uri, { compression, indexing: 'pieces' })
      const { dbAfter } = await conn.transact([{ ':db/doc': `${doc}${i}` }])
      if (i < 2) await conn.syncIndex(dbAfter.basisT)
    }
    const expected = Array.from({ length: i + 1 }, (_, n) => `${doc}${n}`)
    expect(((await docs({})) as string[]).sort()).toEqual(expected)
    expect(((await docs({ readOnly: true })) as string[]).sort()).toEqual(expected)
  }
  for (const compression of ['deflate', 'LZ4', '', null, 1, {}, ['lz4'], '__proto__'] as const) {
    await expect(connect(uri, { compression } as never)).rejects.toMatchObject({
      code: ':yore/invalid-argument',
    })
    await expect(connect('yore:mem://x', { compression } as never)).rejects.toMatchObject({
      code: ':yore/invalid-argument',
    })
  }
  // a reader writes nothing
  const other = `yore:file://${directory.path}/other`
  await createDatabase(other)
  runtime.hasDeflate = false
  const reader = await connect(other, { readOnly: true, compression: 'deflate-raw' })
  expect(reader.db().basisT).toBeGreaterThan(0)
  await expect(connect(other, { compression: 'deflate-raw' })).rejects.toMatchObject({
    code: ':yore/unsupported-format',
  })
  await createDatabase('yore:mem://unpacked')
  await using inMemory = await connect('yore:mem://unpacked', { compression: 'deflate-raw' })
  await inMemory.transact([{ ':db/doc': doc }])
  await reader.release()
  rmSync(directory.path, { recursive: true, force: true })
})
