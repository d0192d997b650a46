/**
 * Every kind of stored thing is damaged: bits flipped, ends cut, bytes of another thing put in, nothing there. Whoever reads it gets an
 * error that names it; whoever does not, the right answer; never a wrong one.
 */

import { beforeAll, describe, expect, test } from 'vitest'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { kinds } from '../../packages/yore/src/data/codec/format.ts'
import { rootName } from '../../packages/yore/src/db/root.ts'
import {
  connectStored,
  createStored,
  namesStored,
} from '../../packages/yore/src/embedded/stored.ts'
import { Follower } from '../../packages/yore/src/peer/follow.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage, SyncReads } from '../../packages/yore/src/storage/storage.ts'
import type { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { databaseId, open, submit } from '../crash/tools.ts'
import { answersOf, makeRich, questions, richTransaction, richTuning } from './rich.ts'

const seed = Number(process.env.YORE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = Number(process.env.YORE_ROUNDS ?? 1)
let state = seed
const random = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T

const store = new MemoryStore()
let truth: Map<string, unknown>
/** The same after one transaction more. */
let truthAfter: Map<string, unknown>
/** Does the answer say nothing of when a transaction took place? */
const timeless = (name: string): boolean => /join|aggregate|fulltext|stats|pull|as of/.test(name)
/** Which questions read a blob. */
const readers = new Map<string, string[]>()
const blobsOf = (from: MemoryStore): Map<string, Uint8Array> => from.of(databaseId).blobs
const slotsOf = (from: MemoryStore): Map<number, Uint8Array> => from.of(databaseId).slots

type Change = (bytes: Uint8Array) => Uint8Array
const flipAt =
  (at: number, bit: number): Change =>
  (bytes) => {
    const out = bytes.slice()
    out[at] = (out[at] as number) ^ (1 << bit)
    return out
  }
const flip: Change = (bytes) => flipAt(random(bytes.length), random(8))(bytes)
const cut: Change = (bytes) => bytes.slice(0, random(bytes.length))
const lengthen: Change = (bytes) => Uint8Array.from([...bytes, random(256)])
const wipe: Change = (bytes) => {
  const out = bytes.slice()
  const from = random(out.length)
  out.fill(0, from, from + 1 + random(64))
  return out.every((b, i) => b === bytes[i]) ? flip(bytes) : out
}
const endMarkBytes = 8
const isOnlyEndWiped = (bytes: Uint8Array, put: Uint8Array): boolean =>
  put.length === bytes.length &&
  put.findIndex((b, i) => b !== bytes[i]) >= bytes.length - endMarkBytes
const changes: Readonly<Record<string, Change>> = { flip, cut, lengthen, wipe }

/** The storage with some methods replaced. */
function changed(inner: Storage, methods: Partial<Storage>): Storage {
  return new Proxy(inner, {
    get(_, name) {
      const found: unknown = Reflect.get(methods, name) ?? Reflect.get(inner, name)
      return typeof found === 'function' ? found.bind(inner) : found
    },
  })
}

function kindOf(bytes: Uint8Array): string {
  return Object.entries(kinds).find(([, n]) => n === bytes[5])?.[0] ?? 'unknown'
}

/** What asking gives: an answer, or the error of a reader that noticed. */
async function asked(run: () => unknown): Promise<{ answer?: unknown; error?: YoreError }> {
  try {
    return { answer: await run() }
  } catch (error) {
    // anything else is a crash
    if (!(error instanceof YoreError)) throw error
    return { error }
  }
}

const noticed = [':yore/storage-corrupt', ':yore/storage-not-found', ':yore/unsupported-format']

/** Opens a damaged store and asks these questions: right answers, or errors that name what is damaged. */
async function expectNoticed(
  damaged: MemoryStore,
  names: readonly string[],
  what: { readonly must: boolean; readonly name: string },
): Promise<void> {
  let isNoticed = false
  const note = (error: YoreError): void => {
    isNoticed = true
    expect(noticed, `${what.name}: ${error.message}`).toContain(error.code)
    expect(error.message).toContain(what.name)
    // what is affected, and what to do
    if (error.code !== ':yore/unsupported-format') {
      expect(error.message).toMatch(/cannot be read|is missing|nothing of the database|is not in/i)
      expect(error.message).toMatch(/restore|verifyDatabase/)
    }
  }
  const opened = await asked(() => open(memoryStorage(damaged), { ...richTuning, cacheBytes: 0 }))
  if (opened.error !== undefined) note(opened.error)
  else {
    const transactor = opened.answer as Transactor
    for (const name of names) {
      const { answer, error } = await asked(() => questions.get(name)?.(transactor))
      if (error === undefined) expect(answer, `${name} of ${what.name}`).toEqual(truth.get(name))
      else note(error)
    }
    await transactor.close()
  }
  if (what.must) expect(isNoticed, `damage of ${what.name} is noticed`).toBe(true)
}

beforeAll(async () => {
  console.log(`seed ${seed}`)
  const transactor = await makeRich(memoryStorage(store))
  truth = answersOf(transactor)
  await transactor.close()
  const later = await open(memoryStorage(store.clone()), richTuning)
  await submit(later, richTransaction(71))
  truthAfter = answersOf(later)
  await later.close()
  // which blobs opening and each question read
  const inner = memoryStorage(store)
  const seen = new Set<string>()
  const getBlobs = (database: string, ids: readonly string[]): (Uint8Array | null)[] => {
    for (const id of ids) seen.add(id)
    return inner.sync?.getBlobs(database, ids) ?? []
  }
  const watched = changed(inner, { sync: { ...(inner.sync as SyncReads), getBlobs } })
  const again = await open(watched, { ...richTuning, cacheBytes: 0 })
  for (const [name, question] of questions) {
    seen.clear()
    expect(question(again), name).toEqual(truth.get(name))
    for (const id of seen) readers.set(id, [...(readers.get(id) ?? []), name])
  }
  await again.close()
})

describe('a blob', () => {
  const kindsRead = ['segment', 'directory', 'logSegment', 'fulltext', 'garbage'] as const

  test('of every kind is there, and is read by some question', () => {
    const byKind = new Map<string, number>()
    for (const bytes of blobsOf(store).values()) {
      byKind.set(kindOf(bytes), (byKind.get(kindOf(bytes)) ?? 0) + 1)
    }
    expect([...byKind.keys()].every((k) => (kindsRead as readonly string[]).includes(k))).toBe(true)
    for (const [id, bytes] of blobsOf(store)) {
      if (kindOf(bytes) === 'garbage') continue
      const isGarbage = !readers.has(id)
      // what jobs have replaced stays until it is collected
      if (!isGarbage) expect(readers.get(id)?.length).toBeGreaterThan(0)
    }
    for (const kind of ['segment', 'directory', 'logSegment'])
      expect(byKind.get(kind)).toBeGreaterThan(0)
  })

  test.each(Object.keys(changes))(
    'that is changed (%s) is noticed by whoever reads it',
    async (how) => {
      const all = [...readers.keys()]
      const rare = all.filter((id) => kindOf(blobsOf(store).get(id) as Uint8Array) !== 'segment')
      for (let i = 0; i < 40 * rounds; i++) {
        const id = pick(i % 4 === 0 ? rare : all)
        const damaged = store.clone()
        blobsOf(damaged).set(id, (changes[how] as Change)(blobsOf(store).get(id) as Uint8Array))
        const reader = pick(readers.get(id) as string[])
        await expectNoticed(damaged, [reader, pick([...questions.keys()])], {
          must: true,
          name: id,
        })
      }
    },
  )

  test('that is another one, or not there, is noticed', async () => {
    const all = [...readers.keys()]
    for (let i = 0; i < 40 * rounds; i++) {
      const [id, other] = [pick(all), pick(all)]
      if (id === other) continue
      const damaged = store.clone()
      if (i % 2 === 0) blobsOf(damaged).delete(id)
      else blobsOf(damaged).set(id, blobsOf(store).get(other) as Uint8Array)
      await expectNoticed(damaged, [pick(readers.get(id) as string[])], { must: true, name: id })
    }
  })

  test('of each kind: a bit of each byte', async () => {
    for (const kind of ['segment', 'directory', 'logSegment', 'fulltext']) {
      const id = [...readers.keys()].find(
        (x) => kindOf(blobsOf(store).get(x) as Uint8Array) === kind,
      )
      if (id === undefined) continue
      const bytes = blobsOf(store).get(id) as Uint8Array
      const reader = (readers.get(id) as string[])[0] as string
      const step = rounds > 1 ? 1 : Math.ceil(bytes.length / 60)
      for (let at = random(step); at < bytes.length; at += step) {
        const damaged = store.clone()
        blobsOf(damaged).set(id, flipAt(at, random(8))(bytes))
        await expectNoticed(damaged, [reader], { must: true, name: id })
      }
    }
  })

  test('that an index job reads stops the job; mended, nothing was lost', async () => {
    let stopped = 0
    for (let i = 0; i < 25 * rounds; i++) {
      const damaged = store.clone()
      const id = pick([...readers.keys()])
      const bytes = blobsOf(store).get(id) as Uint8Array
      const opened = await open(memoryStorage(damaged), { ...richTuning, cacheBytes: 0 })
      blobsOf(damaged).set(id, flip(bytes))
      const { answer: result } = await asked(() => submit(opened, richTransaction(71)))
      const job = await asked(() => opened.indexed(opened.db.basisT))
      if (job.error !== undefined) {
        stopped++
        expect(noticed).toContain(job.error.code)
      }
      await opened.close()
      // a job that did not read it may have replaced it
      if (blobsOf(damaged).has(id)) blobsOf(damaged).set(id, bytes)
      const mended = await open(memoryStorage(damaged), richTuning)
      const expected = result === undefined ? truth : truthAfter
      for (const [name, answer] of answersOf(mended)) {
        if (timeless(name)) expect(answer, name).toEqual(expected.get(name))
      }
      await mended.close()
    }
    expect(stopped).toBeGreaterThan(0)
  })
})

describe('a record of garbage', () => {
  test('that is damaged stops the collection, which deletes nothing', async () => {
    const ids = [...blobsOf(store)].filter(([, b]) => kindOf(b) === 'garbage').map(([id]) => id)
    expect(ids.length).toBeGreaterThan(1)
    for (const id of ids) {
      for (const change of Object.values(changes)) {
        const damaged = store.clone()
        blobsOf(damaged).set(id, change(blobsOf(store).get(id) as Uint8Array))
        const transactor = await open(memoryStorage(damaged), richTuning)
        const before = blobsOf(damaged).size
        const { error } = await asked(() => transactor.collectGarbage(Date.now() + 1e6))
        expect(error?.code).toBe(':yore/storage-corrupt')
        expect(error?.message).toContain(`the record ${id} of garbage of test`)
        expect(error?.message).toContain('Nothing is deleted')
        expect(blobsOf(damaged).size).toBe(before)
        for (const [name, answer] of answersOf(transactor)) expect(answer).toEqual(truth.get(name))
        await transactor.close()
      }
    }
  })
})

describe('a slot', () => {
  test('with a flipped bit anywhere is noticed when the database is opened', async () => {
    for (const [t, bytes] of slotsOf(store)) {
      const step = rounds > 1 ? 1 : 5
      for (let at = random(step); at < bytes.length; at += step) {
        const damaged = store.clone()
        slotsOf(damaged).set(t, flipAt(at, random(8))(bytes))
        await expectNoticed(damaged, ['log'], { must: true, name: `slot ${t}` })
        // nobody has thrown it away
        expect(slotsOf(damaged).has(t)).toBe(true)
      }
    }
  })

  test('that is missing, another one, or ends early, with others behind it, is noticed', async () => {
    const ts = [...slotsOf(store).keys()].sort((x, y) => x - y)
    for (const t of ts.slice(0, -1)) {
      const bytes = slotsOf(store).get(t) as Uint8Array
      const other = slotsOf(store).get(pick(ts.filter((x) => x !== t))) as Uint8Array
      for (const put of [null, other, cut(bytes), lengthen(bytes), wipe(bytes)]) {
        const damaged = store.clone()
        damaged.deleteSlots(databaseId, t, t + 1)
        if (put !== null) damaged.putSlot(databaseId, t, put)
        // with nothing but the end mark wiped, everything is there and answers as ever
        const must = put === null || !isOnlyEndWiped(bytes, put)
        await expectNoticed(damaged, ['log'], { must, name: `slot ${t}` })
      }
    }
  })

  test('is noticed by a process that follows, too', async () => {
    for (const [t, bytes] of slotsOf(store)) {
      const damaged = store.clone()
      slotsOf(damaged).set(t, flip(bytes))
      const { error } = await asked(() =>
        Follower.open({
          storage: memoryStorage(damaged),
          databaseId,
          env: systemEnv,
          name: 'test',
        }),
      )
      expect(error?.code).toBe(':yore/storage-corrupt')
    }
  })
})

describe('a root record', () => {
  test('of the database: any bit', async () => {
    const name = rootName(databaseId)
    const bytes = store.roots.get(name) as Uint8Array
    for (let at = 0; at < bytes.length; at++) {
      const damaged = store.clone()
      damaged.roots.set(name, flipAt(at, random(8))(bytes))
      await expectNoticed(damaged, [], { must: true, name })
      expect(blobsOf(damaged).size).toBe(blobsOf(store).size)
    }
    for (const change of [cut, lengthen, wipe]) {
      const damaged = store.clone()
      damaged.roots.set(name, change(bytes))
      await expectNoticed(damaged, [], { must: true, name })
    }
  })

  test('with the names of the databases: any bit', async () => {
    const named = new MemoryStore()
    const opener = async (): Promise<ReturnType<typeof memoryStorage>> => memoryStorage(named)
    await createStored(opener, 'one', systemEnv)
    await createStored(opener, 'two', systemEnv)
    const bytes = named.roots.get('catalog') as Uint8Array
    const asks: (() => Promise<unknown>)[] = [
      () => namesStored(opener),
      () => createStored(opener, 'three', systemEnv),
      () =>
        connectStored(
          opener,
          'one',
          { env: systemEnv, functions: {} },
          { relaxed: false, readOnly: false },
        ),
    ]
    for (let at = 0; at < bytes.length; at++) {
      named.roots.set('catalog', flipAt(at, random(8))(bytes))
      for (const ask of asks) {
        const { error } = await asked(ask)
        expect(error?.code).toBe(':yore/storage-corrupt')
        expect(error?.message).toContain('the catalog of databases of memory is damaged')
        expect(error?.message).toContain('restore them from backups')
      }
    }
    named.roots.set('catalog', bytes)
    expect((await namesStored(opener)).sort()).toEqual(['one', 'two'])
  })

  test('with the intent of a job: any bit; nothing is deleted that is in use', async () => {
    const noted = store.clone()
    // a job that was killed just before its root was replaced
    const inner = memoryStorage(noted)
    const killed = changed(inner, {
      replaceRoot: (name, expected, next) =>
        name.startsWith('db/') ? new Promise(() => {}) : inner.replaceRoot(name, expected, next),
    })
    const transactor = await open(killed, richTuning)
    await submit(transactor, richTransaction(71))
    const before = answersOf(transactor)
    void transactor.indexed(transactor.db.basisT)
    for (let i = 0; i < 200; i++) await systemEnv.turn()
    const note = [...noted.roots.keys()].find((name) => name.startsWith('job/')) as string
    expect(note).toBeDefined()
    expect(blobsOf(noted).size).toBeGreaterThan(blobsOf(store).size)
    const bytes = noted.roots.get(note) as Uint8Array
    for (let at = 0; at < bytes.length; at += 2) {
      const damaged = noted.clone()
      damaged.roots.set(note, flipAt(at, random(8))(bytes))
      const { answer, error } = await asked(() => open(memoryStorage(damaged), richTuning))
      if (error !== undefined) {
        expect(noticed).toContain(error.code)
        expect(error.message).toContain(`the note ${note} of an index job`)
        expect(error.message).toContain('readOnly')
        continue
      }
      for (const [name, found] of answersOf(answer as Transactor)) {
        expect(found, name).toEqual(before.get(name))
      }
      await (answer as Transactor).close()
    }
  })
})
