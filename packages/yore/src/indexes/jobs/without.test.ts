/** Excision from trees: nothing is left of the facts, nothing else is missing, and it costs what they take up. Verifying finds what is wrong. */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import {
  checkProbe,
  checkRange,
  ids,
  pick,
  placementOf,
  randomOf,
  transaction,
  user,
} from '../../../../../test/oracle/index-world.ts'
import { NaiveIndex } from '../../../../../test/oracle/naive-index.ts'
import { unframe } from '../../data/codec/frame.ts'
import { createFactIndex } from '../create.ts'
import type { IndexRoots } from '../stored/durable.ts'
import type { Change, FactIndex } from '../fact-index.ts'
import { presentView } from '../fact-index.ts'
import { never, rangeOf } from '../facts/fact.ts'
import type { Fact } from '../facts/fact.ts'
import { indexJob } from './job.ts'
import { openIndex } from '../open.ts'
import { blobIdsOf } from '../stored/roots.ts'
import { verifyTrees } from '../stored/verify.ts'
import type { TreesReport } from '../stored/verify.ts'
import { indexWithout } from './without.ts'

function verify(roots: IndexRoots, store: BlobStore): TreesReport {
  const steps = verifyTrees(roots, store.source, placementOf)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    expect(step.value.rowsDone).toBeLessThanOrEqual(step.value.rowsAll)
  }
}

const entities = [...ids, ...Array.from({ length: 60 }, (_, i) => user + 2 + 3 * i)]

test('what is cut out is gone in every order, tense and tier, and the rest is as it was', () => {
  const base = Number(process.env['SEED'] ?? Date.now() % 1e9)
  console.log(`without: SEED=${base}`)
  for (let round = 0; round < 4; round++) {
    const random = randomOf(base + round)
    const note = `seed ${base + round}`
    const store = new BlobStore(pick(random, [0, 1e9]))
    const { source, newId } = store
    let index: FactIndex = createFactIndex([], placementOf, {
      segmentSize: pick(random, [8, 20]),
      jobs: 'caller',
      source,
    })
    let naive = new NaiveIndex([], placementOf)
    let t = 1
    let roots: IndexRoots | null = null
    for (let job = 0; job < 6; job++) {
      for (let i = job === 0 ? 0 : random(4); i < 4; i++) {
        const changes = transaction(random, naive, ++t, job === 0 ? 120 : 12, entities)
        index = index.apply(changes)
        naive = naive.apply(changes) as NaiveIndex
      }
      const result = store.run(indexJob(index, { newId }))
      ;({ index, roots } = result)
      expect(verify(result.roots, store), note).toMatchObject({ problems: [] })
      const gone = new Set(
        naive.facts.filter((f) => f.e === pick(random, entities) || random(12) === 0),
      )
      const cut = store.run(indexWithout(index, [...gone], { newId }))
      naive = new NaiveIndex(
        naive.facts.filter((f) => !gone.has(f)),
        placementOf,
      )
      index = random(2) === 0 ? cut.index : openIndex(cut.roots, source, placementOf)
      const world = { index, naive, t }
      for (let c = 0; c < 8; c++) {
        checkRange(random, world, note)
        checkProbe(random, world, note)
      }
      expect(index.stats().datoms, note).toBe(naive.stats().datoms)
      const report = verify(cut.roots, store)
      expect(report.problems, note).toEqual([])
      expect(report.facts, note).toBe(naive.facts.length)
      expect(new Set(blobIdsOf(cut.roots, source)), note).toEqual(new Set(store.blobs.keys()))
      index = cut.index
    }
    expect(roots).not.toBeNull()
  }
})

const fact = (e: number, a: number, v: string | number, t: number): Fact => ({
  e: user + e,
  a,
  v,
  t,
  end: never,
})
const asserts = (facts: readonly Fact[]): Change[] =>
  facts.map((x) => ({ kind: 'assert', fact: x }))

// A few thousand entities with a long text and a number each.
function texts(count: number): Fact[] {
  const out: Fact[] = []
  for (let e = 0; e < count; e++) {
    out.push(fact(e, 2, `${'common beginning '.repeat(6)}secret-${e}-${'x'.repeat(e % 7)}`, 5))
    out.push(fact(e, 1, e % 100, 5))
  }
  return out
}

function holding(store: BlobStore, text: string): string[] {
  return Array.from(store.blobs).flatMap(([id, bytes]) => {
    const { content } = unframe(bytes, null, id)
    return Buffer.from(content).includes(text) ? [id] : []
  })
}

test.each(['none', 'lz4', 'deflate-raw'] as const)(
  'an excised text stands in no stored byte, and excision costs what the entity takes up: %s',
  (codec) => {
    const store = new BlobStore()
    const { source, newId } = store
    const empty = createFactIndex([], placementOf, { segmentSize: 64, jobs: 'caller', source })
    const facts = texts(4000)
    const first = store.run(indexJob(empty.apply(asserts(facts)), { newId, codec }))
    // one is retracted, and what becomes of it waits in mid
    const retracted = facts[2 * 1234] as Fact
    const { index, roots } = store.run(
      indexJob(first.index.apply([{ kind: 'retract', fact: retracted, t: 6 }]), { newId, codec }),
    )
    for (const e of [0, 63, 1234, 2000, 3999])
      expect(holding(store, `secret-${e}-`)).not.toEqual([])
    for (const e of [0, 63, 1234, 2000, 3999]) {
      const before = store.blobs.size
      const mine = facts.slice(2 * e, 2 * e + 2)
      const job = indexWithout(index, mine, { newId, codec })
      const reads = store.reads(() => {
        while (!job.step(1000, () => 0)) job.take()
      })
      const { replaced, work } = job.result()
      // two facts: a block of EAVT, two of AEVT, two of AVET; those of the past, and directories
      expect(work.reduce((sum, w) => sum + w.blobs, 0)).toBeLessThanOrEqual(9)
      expect(replaced.length).toBeLessThanOrEqual(14)
      // and those of mid that may hold them
      expect(reads).toBeLessThanOrEqual(12)
      expect(before).toBeGreaterThan(300)
    }
    // all of them one after the other
    let state = { index, roots }
    for (const e of [0, 63, 1234, 2000, 3999]) {
      const job = indexWithout(state.index, facts.slice(2 * e, 2 * e + 2), { newId, codec })
      state = store.run(job)
      expect(holding(store, `secret-${e}-`)).toEqual([])
    }
    expect(verify(state.roots, store).problems).toEqual([])
    expect(state.index.count('eavt', {}, presentView)).toBe(2 * 4000 - 10)
    expect(state.index.count('eavt', rangeOf({ e: user + 64 }), presentView)).toBe(2)
  },
)

test('verifying tells of every damaged, missing or exchanged blob', () => {
  const store = new BlobStore()
  const { source, newId } = store
  const empty = createFactIndex([], placementOf, { segmentSize: 256, jobs: 'caller', source })
  const { index } = store.run(indexJob(empty.apply(asserts(texts(500))), { newId }))
  const more = [fact(7, 1, 999, 6), fact(900, 2, 'new', 6)]
  const { roots } = store.run(indexJob(index.apply(asserts(more)), { newId }))
  expect(verify(roots, store)).toMatchObject({ facts: 1002, problems: [], blobs: store.blobs.size })
  for (const [id, bytes] of Array.from(store.blobs)) {
    store.blobs.delete(id)
    expect(
      verify(roots, store)
        .problems.map((p) => p.message)
        .join(),
      id,
    ).toContain(id)
    const torn = bytes.slice()
    torn[30] = (torn[30] as number) ^ 1
    store.blobs.set(id, torn)
    expect(
      verify(roots, store)
        .problems.map((p) => p.message)
        .join(),
      id,
    ).toContain(id)
    store.blobs.set(id, bytes)
  }
  // trees of two indexes that do not belong together
  const other = store.run(indexJob(index.apply(asserts([fact(8, 1, 998, 6)])), { newId }))
  const mixed = {
    ...roots,
    trees: roots.trees.map((tree) =>
      tree.name === 'aevt' && !tree.past
        ? (other.roots.trees.find((x) => x.name === 'aevt' && !x.past) ?? tree)
        : tree,
    ),
  }
  const { problems } = verify(mixed, store)
  expect(problems.map(({ name }) => name)).toEqual(['aevt'])
  expect(problems[0]?.message).toBe('holds 1001 facts, where EAVT has 1002')
})
