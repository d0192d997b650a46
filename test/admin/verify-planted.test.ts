/**
 * Verifying finds what checksums cannot: things that are intact, but not what they should be. Each is planted, with its right checksum, and has
 * to be found.
 */

import { describe, expect, test } from 'vitest'
import { backup } from '../../packages/yore/src/admin/backup.ts'
import { verifyPoint, verifyStored } from '../../packages/yore/src/admin/verify.ts'
import type { VerifyProgress, VerifyReport } from '../../packages/yore/src/admin/verify-report.ts'
import { frame, unframe } from '../../packages/yore/src/data/codec/frame.ts'
import { ByteReader } from '../../packages/yore/src/data/codec/reader.ts'
import { RecordWriter, readRecords } from '../../packages/yore/src/db/log-record.ts'
import type { Transaction } from '../../packages/yore/src/db/log-record.ts'
import { decodeRoot, encodeRoot, rootName } from '../../packages/yore/src/db/root.ts'
import type { Root } from '../../packages/yore/src/db/root.ts'
import { placementOf } from '../../packages/yore/src/db/schema-of.ts'
import { decodeChunks, encodeChunks } from '../../packages/yore/src/indexes/stored/directory.ts'
import type { TreeRoots } from '../../packages/yore/src/indexes/stored/durable.ts'
import { encodeSegment } from '../../packages/yore/src/indexes/segments/encode.ts'
import { Entry } from '../../packages/yore/src/indexes/facts/entry.ts'
import type { Change, PlacementOf } from '../../packages/yore/src/indexes/fact-index.ts'
import { createFactIndex } from '../../packages/yore/src/indexes/create.ts'
import { factsIn } from '../../packages/yore/src/indexes/facts-in.ts'
import { never } from '../../packages/yore/src/indexes/facts/fact.ts'
import { indexJob } from '../../packages/yore/src/indexes/jobs/job.ts'
import { Rows } from '../../packages/yore/src/indexes/segments/rows.ts'
import { decodeBlock, encodeBlock } from '../../packages/yore/src/indexes/stored/segment-bytes.ts'
import { SegmentRef } from '../../packages/yore/src/indexes/segments/segment-ref.ts'
import { SegmentSource } from '../../packages/yore/src/indexes/stored/segment-source.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Random } from '../oracle/random.ts'
import { databaseId, freshIn, grow, hastyEnv as env, submit, worldTransaction } from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`verify-planted.test: SEED=${seed}`)

interface World {
  readonly store: MemoryStore
  readonly root: Root
  readonly placement: PlacementOf
}

let made: Promise<World> | null = null
/** A database with segments in all tiers and tenses; made once, and copied by who changes it. */
const world = (): Promise<World> => (made ??= makeWorld())

async function makeWorld(): Promise<World> {
  const store = new MemoryStore()
  const transactor = await freshIn(memoryStorage(store), { segmentSize: 20 })
  const random = new Random(seed)
  await grow(transactor, random, 25)
  await transactor.indexed(transactor.db.basisT)
  for (let i = 0; i < 2; i++) {
    for (let k = 0; k < 4; k++) {
      await submit(transactor, worldTransaction(random, 1000 + 10 * i + k)).catch(() => {})
    }
    await transactor.indexed(transactor.db.basisT)
  }
  const placement = placementOf(transactor.db.schema)
  await transactor.close()
  const bytes = store.roots.get(rootName(databaseId)) as Uint8Array
  return { store, root: decodeRoot(bytes, databaseId, 'care'), placement }
}

const verify = (store: MemoryStore): Promise<VerifyReport> =>
  verifyStored({ storage: memoryStorage(store), databaseId, name: 'care' }, { env })

const sourceOf = (store: MemoryStore): SegmentSource =>
  new SegmentSource((ids) => ids.map((id) => store.of(databaseId).blobs.get(id) ?? null), {
    name: 'care',
    bytesMax: 1e6,
  })

const blobOf = (store: MemoryStore, id: string): Uint8Array =>
  store.of(databaseId).blobs.get(id) as Uint8Array

/** Changes the rows of the first segment of a tree where that is possible. False: there is none. */
function plantRows(
  { store, placement }: World,
  tree: TreeRoots,
  tier: 'main' | 'mid',
  change: (rows: Rows) => Rows | null,
): MemoryStore | null {
  const own = store.clone()
  const source = sourceOf(store)
  for (const { blob, slot } of tree[tier]) {
    for (const ref of decodeChunks(blobOf(store, blob), blob, source)[slot] ?? []) {
      const id = ref.block.id as string
      const segments = decodeBlock(blobOf(store, id), id)
      const segment = segments[ref.slot]
      if (segment === undefined) continue
      const rows = new Rows(segment.n + 1)
      rows.addSegment(segment, 0, segment.n)
      const changed = change(rows)
      if (changed === null || changed.n === 0) continue
      const made = encodeSegment(segment.order, changed, 0, changed.n, placement)
      own.of(databaseId).blobs.set(id, encodeBlock(segments.with(ref.slot, made), id, 'lz4'))
      return own
    }
  }
  return null
}

const from = (entries: readonly Entry[]): Rows => {
  const rows = new Rows(entries.length + 1)
  for (const entry of entries) rows.addEntry(entry)
  return rows
}
const all = (rows: Rows): Entry[] => Array.from({ length: rows.n }, (_, i) => rows.entryAt(i))

/** What may be wrong in rows; null where there is nothing to make wrong. */
const wrongRows: Readonly<Record<string, (rows: Rows) => Rows | null>> = {
  'a fact is missing': (rows) => (rows.n < 3 ? null : from(all(rows).toSpliced(1, 1))),
  'a fact is there twice': (rows) => from(all(rows).toSpliced(1, 0, rows.entryAt(0))),
  'two stand in each other’s place': (rows) =>
    rows.n < 2 ? null : from([rows.entryAt(1), rows.entryAt(0), ...all(rows).slice(2)]),
  // as many, at the same times: only a comparison of all facts can tell
  'another text': (rows) => {
    const i = all(rows).findIndex(({ v }, k) => k > 0 && typeof v === 'string')
    if (i < 0) return null
    const { e, a, v, t, end } = rows.entryAt(i)
    return from(all(rows).with(i, new Entry(e, a, `${v as string}\u0001`, t, end)))
  },
  'another entity': (rows) => {
    const i = rows.n - 1
    const { e, a, v, t, end } = rows.entryAt(i)
    // beyond 2^53 the next number is the same one
    return i < 1 || e + 1 === e ? null : from(all(rows).with(i, new Entry(e + 1, a, v, t, end)))
  },
}

describe('in one order, tense and tier', () => {
  test.each(Object.entries(wrongRows))('%s', async (what, change) => {
    const whole = await world()
    const trees = whole.root.index?.trees ?? []
    let planted = 0
    for (const tree of trees) {
      for (const tier of ['main', 'mid'] as const) {
        const changed = plantRows(whole, tree, tier, change)
        if (changed === null) continue
        planted++
        const report = await verify(changed)
        const where = `${what}: ${tree.name} ${tree.past ? 'past' : 'current'} ${tier}`
        expect([where, report.ok]).toEqual([where, false])
        expect(report.problems.every((p) => p.advice.length > 10 && p.affected.length > 4)).toBe(
          true,
        )
        expect(report.problems.some((p) => p.in === 'index' || p.in === 'facts')).toBe(true)
      }
    }
    // five trees of both tenses
    expect(planted).toBeGreaterThan(what === 'another text' ? 3 : 8)
    expect((await verify(whole.store)).problems).toEqual([])
  })

  test('the tree of words', async () => {
    const whole = await world()
    const words = whole.root.index?.trees.find(({ name, past }) => name === 'words' && !past)
    const changed = plantRows(whole, words as TreeRoots, 'main', wrongRows['another text'] as never)
    const { problems } = await verify(changed as MemoryStore)
    expect(problems.map((p) => p.affected).join()).toContain('fulltext')
  })
})

test('the same change in all orders: the log says something else', async () => {
  const isOne = ({ v }: Entry): boolean => v === 'plant me'
  let store = new MemoryStore()
  const transactor = await freshIn(memoryStorage(store), { segmentSize: 20 })
  await grow(transactor, new Random(seed), 5)
  await submit(transactor, '[{:w/key "planted" :w/one-string "plant me"}]')
  await transactor.indexed(transactor.db.basisT)
  const placement = placementOf(transactor.db.schema)
  await transactor.close()
  const root = decodeRoot(store.roots.get(rootName(databaseId)) as Uint8Array, databaseId, 'care')
  for (const tree of root.index?.trees ?? []) {
    for (const tier of ['main', 'mid'] as const) {
      store =
        plantRows({ store, root, placement }, tree, tier, (rows) => {
          const i = all(rows).findIndex(isOne)
          if (i < 0) return null
          const { e, a, t, end } = rows.entryAt(i)
          return from(all(rows).with(i, new Entry(e, a, 'plant mf', t, end)))
        }) ?? store
    }
  }
  const { problems } = await verify(store)
  expect(problems.map((p) => p.in)).toEqual(['facts'])
  expect(problems[0]?.message).toContain('but other ones')
})

test('a count in a directory', async () => {
  const whole = await world()
  let planted = 0
  for (const tree of whole.root.index?.trees ?? []) {
    for (const { blob } of tree.main.slice(0, 1)) {
      const chunks = decodeChunks(blobOf(whole.store, blob), blob, sourceOf(whole.store))
      for (const field of ['n', 'net'] as const) {
        const wrong = chunks.map((refs) =>
          refs.map((ref, i) => {
            const { n, net, a, times } = ref
            const facts = { n, net, a, times }
            return i > 0
              ? ref
              : new SegmentRef(
                  ref.block,
                  ref.slot,
                  { ...facts, [field]: facts[field] + 1 },
                  ref.separator,
                  null,
                )
          }),
        )
        const order = tree.name === 'words' ? 'avet' : tree.name
        const own = whole.store.clone()
        const bytes = encodeChunks(
          wrong.map((refs) => ({ order, refs })),
          whole.placement,
          blob,
          'lz4',
        )
        own.of(databaseId).blobs.set(blob, bytes)
        planted++
        const report = await verify(own)
        expect([tree.name, field, report.ok]).toEqual([tree.name, field, false])
      }
    }
  }
  expect(planted).toBeGreaterThan(8)
})

describe('in the log', () => {
  const wrongs: Readonly<Record<string, (tx: Transaction) => Transaction>> = {
    'a datom is missing': (tx) => ({ ...tx, data: tx.data.filter((d, i) => i !== 1 || !d.added) }),
    'a datom too many': (tx) => ({
      ...tx,
      data: [...tx.data, { ...(tx.data[0] as (typeof tx.data)[0]), a: 62, v: 'more', added: true }],
    }),
    'another time': (tx) => ({ ...tx, instant: tx.instant + 1 }),
    'counters that go back': (tx) => ({ ...tx, nextElement: 1 }),
  }
  test.each(Object.entries(wrongs))('%s', async (what, wrong) => {
    const whole = await world()
    const { store, root } = whole
    let planted = 0
    for (const { id, t } of root.segments) {
      const content = unframe(blobOf(store, id), 'logSegment', id).content
      const reader = new ByteReader(content)
      const transactions = Array.from(
        readRecords(reader.view(reader.left), { t, instant: 0 }),
        // what they have is read when it is asked for
        (tx): Transaction => {
          const { instant, nextT, nextElement, data, ended } = tx
          return { t: tx.t, instant, nextT, nextElement, data, ended }
        },
      )
      for (const at of [1, transactions.length - 1]) {
        const tx = transactions[at]
        if (tx === undefined) continue
        const changed = wrong(tx)
        if (changed.data.length === tx.data.length && what.includes('datom')) continue
        const writer = new RecordWriter({ t, instant: 0 })
        for (const x of transactions.with(at, changed)) writer.write(x)
        const own = store.clone()
        own
          .of(databaseId)
          .blobs.set(id, frame('logSegment', writer.out.peek(), { codec: 'lz4', name: id }))
        planted++
        const report = await verify(own)
        expect([what, at, report.ok]).toEqual([what, at, false])
      }
    }
    expect(planted).toBeGreaterThan(0)
  })
})

test('an attribute that is indexed, and is not in AVET', async () => {
  const store = new MemoryStore()
  const transactor = await freshIn(memoryStorage(store), { segmentSize: 20 })
  await submit(
    transactor,
    '[{:db/ident :x/late :db/valueType :db.type/string :db/cardinality :db.cardinality/one}]',
  )
  const texts = Array.from({ length: 60 }, (_, i) => `{:x/late "text ${i}"}`)
  await submit(transactor, `[${texts.join(' ')}]`)
  await submit(transactor, '[[:db/add :x/late :db/index true]]')
  await transactor.indexed(transactor.db.basisT)
  const { db } = transactor
  await transactor.close()
  expect((await verify(store)).problems).toEqual([])
  // the same index, made as if the attribute were not indexed
  const late = [...db.schema.attributes.values()].find((a) => a.ident.text === ':x/late')?.id
  const right = placementOf(db.schema)
  const wrong: PlacementOf = (a) => ({ ...right(a), avet: a === late ? false : right(a).avet })
  const facts = [...factsIn(db.facts, 'eavt', {})]
  const changes: Change[] = facts.map((fact) => ({
    kind: fact.end === never ? 'assert' : 'past',
    fact,
  }))
  let n = 0
  const index = createFactIndex([], wrong, {
    segmentSize: 20,
    jobs: 'caller',
    source: sourceOf(store),
  })
  const job = indexJob(index.apply(changes), {
    newId: () => `planted-${n++}`,
  })
  while (!job.step(1e6, () => 0));
  for (const { id, bytes } of job.take()) store.of(databaseId).blobs.set(id, bytes)
  const name = rootName(databaseId)
  const root = decodeRoot(store.roots.get(name) as Uint8Array, databaseId, 'care')
  const planted = job.result().roots
  store.roots.set(
    name,
    encodeRoot({ ...root, index: { ...planted, basisT: root.index?.basisT as number } }),
  )
  const { problems } = await verify(store)
  expect(problems.map((p) => p.order)).toEqual(['avet'])
  expect(problems[0]?.message).toMatch(/holds \d+ facts, where EAVT has \d+/)
})

describe('long verifications', () => {
  const restless = (): typeof env => {
    let ms = 0
    return { ...env, monotonicMs: () => (ms += 200) }
  }

  test('tell how far they are, stage by stage', async () => {
    const { store } = await world()
    const target = memoryStorage()
    const source = { storage: memoryStorage(store), databaseId, name: 'care' }
    await backup(source, target, { env })
    for (const run of [
      (onProgress: (p: VerifyProgress) => void) =>
        verifyStored(source, { env: restless(), onProgress }),
      (onProgress: (p: VerifyProgress) => void) =>
        verifyPoint(target, undefined, { env: restless(), onProgress }),
    ]) {
      const told: VerifyProgress[] = []
      expect((await run((p) => told.push(p))).ok).toBe(true)
      const stages = told.map(({ stage }) => stage)
      expect([...new Set(stages)]).toEqual(expect.arrayContaining(['log', 'index']))
      expect(stages).toEqual(
        stages.toSorted(
          (x, y) => ['log', 'index', 'facts'].indexOf(x) - ['log', 'index', 'facts'].indexOf(y),
        ),
      )
      for (const { done } of told) expect(done >= 0 && done <= 1).toBe(true)
      expect(told.at(-1)).toEqual({ stage: 'facts', done: 1 })
    }
  })

  test('end at once when they are cancelled, at any moment', async () => {
    const { store } = await world()
    const source = { storage: memoryStorage(store), databaseId, name: 'care' }
    let cancelled = 0
    for (let at = 1; ; at += 7) {
      const controller = new AbortController()
      let turns = 0
      const own = {
        ...restless(),
        turn: () => {
          if (++turns === at) controller.abort()
          return Promise.resolve()
        },
      }
      const error = await verifyStored(source, { env: own, signal: controller.signal }).then(
        () => null,
        (e: { code: string }) => e.code,
      )
      if (error === null) break
      expect(error).toBe(':yore/cancelled')
      expect(turns).toBe(at)
      cancelled++
    }
    expect(cancelled).toBeGreaterThan(2)
  })
})
