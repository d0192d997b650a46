/**
 * Index jobs against the naive index: jobs that run while transactions come, tiny segments, a mid tier that is in use, attributes that come
 * into AVET by a job; and old index values again at the end.
 */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import {
  checkProbe,
  checkRange,
  checkFind,
  checkSingle,
  ids,
  pick,
  placementOf,
  randomOf,
  transaction,
  user,
} from '../../../../../test/oracle/index-world.ts'
import type { World } from '../../../../../test/oracle/index-world.ts'
import { NaiveIndex } from '../../../../../test/oracle/naive-index.ts'
import { createFactIndex, stateOf } from '../create.ts'
import type { IndexJob, JobResult } from '../stored/durable.ts'
import type { Change, FactIndex } from '../fact-index.ts'
import { orders } from '../facts/fact.ts'
import { basisOf, indexJob, liveBytesOf } from './job.ts'
import { openIndex } from '../open.ts'
import { foundBeside } from '../read/find.ts'
import { blobIdsOf, decodeRoots, encodeRoots } from '../stored/roots.ts'

const seedOf = (): number => Number(process.env['SEED'] ?? Date.now() % 1e9)
let names = 0
const newId = (): string => `blob-${++names}`

/** A clock that goes on by 1 ms each time it is read: a budget of n is n steps. */
const ticking = (): (() => number) => {
  let now = 0
  return () => ++now
}

function midRows(index: FactIndex): number {
  const { trees } = stateOf(index)
  return orders.reduce((sum, o) => sum + trees[o].current.mid.n + trees[o].past.mid.n, 0)
}

const entities = [...ids, ...Array.from({ length: 120 }, (_, i) => user + 2 + 3 * i)]

/** Everything reachable is there, and nothing else. */
function sweep(store: BlobStore, { roots, replaced }: JobResult, note: string): void {
  for (const id of replaced) expect(store.blobs.delete(id), note).toBe(true)
  expect(new Set(blobIdsOf(roots, store.source)), note).toEqual(new Set(store.blobs.keys()))
}

function run(seed: number, transactions: number, stored: boolean): number {
  const random = randomOf(seed)
  const now = ticking()
  const segmentSize = pick(random, [8, 16, 30])
  const bytesMax = pick(random, [0, 20_000, 1e9])
  const blobs = stored ? new BlobStore(bytesMax) : null
  const source = blobs?.source ?? null
  const world: World & { naive: NaiveIndex } = {
    index: createFactIndex([], placementOf, { segmentSize, jobs: 'caller', source }),
    naive: new NaiveIndex([], placementOf),
    t: 1,
  }
  let job: IndexJob | null = null
  let since: Change[][] = []
  let midMax = 0
  const old: World[] = []
  for (let i = 0; i < transactions; i++) {
    const note = `seed ${seed}, segments of ${segmentSize}, cache of ${bytesMax}, transaction ${i}:`
    const size = i === 0 ? 500 : 1 + random(random(4) === 0 ? 120 : 15)
    const changes = transaction(random, world.naive, ++world.t, size, entities)
    world.index = world.index.apply(changes)
    world.naive = world.naive.apply(changes) as NaiveIndex
    since.push(changes)
    if (job === null && (i === 0 || random(3) === 0)) {
      job = indexJob(world.index, { newId })
      since = []
      // something to put a mid tier before
      if (i === 0) while (!job.step(1000, now)) blobs?.put(job.take())
    } else if (job?.step(random(30), now) === true) {
      blobs?.put(job.take())
      const result = job.result()
      let { index } = result
      expect(liveBytesOf(index)).toBe(0)
      if (blobs !== null) {
        // old values of the index are not read any more
        old.length = 0
        sweep(blobs, result, note)
        const roots = decodeRoots(encodeRoots(result.roots))
        expect(roots).toEqual(result.roots)
        if (random(2) === 0) index = openIndex(roots, blobs.source, placementOf, { segmentSize })
      } else expect(job.take()).toEqual([])
      // one by one, or all at once
      world.index =
        random(2) === 0
          ? since.reduce((x, some) => x.apply(some), index)
          : index.apply(since.flat())
      expect(basisOf(world.index)).toBe(Math.max(...since.flat().map(lastOf), basisOf(index)))
      job = null
      midMax = Math.max(midMax, midRows(world.index))
    }
    for (let c = 0; c < 3; c++) {
      // first: what reads otherwise takes in what waits
      checkSingle(random, world, note)
      checkFind(random, world, note)
      checkRange(random, world, note)
      checkProbe(random, world, note)
    }
    if (random(6) === 0) old.push({ ...world })
  }
  if (blobs !== null) expect(blobs.source.counts().bytes).toBeLessThanOrEqual(bytesMax)
  for (const before of old) checkRange(random, before, `seed ${seed}: old at the end`)
  return midMax
}

const lastOf = (c: Change): number =>
  c.kind === 'retract' ? c.t : c.kind === 'past' ? c.fact.end : c.fact.t

test('jobs beside transactions change no answer', () => {
  const base = seedOf()
  const rounds = Number(process.env['ROUNDS'] ?? 4)
  console.log(`job.property: SEED=${base} ROUNDS=${rounds}`)
  let midMax = 0
  const before = { ...foundBeside }
  // where none of these worlds happened to use the mid tier as much, some more are lived
  const isUsed = (): boolean => midMax > 100 && foundBeside.mid > before.mid
  for (let i = 0; i < rounds || (!isUsed() && i < 25 * rounds); i++) {
    midMax = Math.max(midMax, run(base + i, 20, false))
  }
  expect(midMax, 'the mid tier was in use').toBeGreaterThan(100)
  expect(foundBeside.mid, 'look-ups beside a mid tier').toBeGreaterThan(before.mid)
  expect(foundBeside.live, 'look-ups beside live facts').toBeGreaterThan(before.live)
})

test('nor do they when segments come from a storage', () => {
  const base = seedOf()
  const rounds = Number(process.env['ROUNDS'] ?? 4)
  console.log(`job.property, stored: SEED=${base} ROUNDS=${rounds}`)
  for (let i = 0; i < rounds; i++) run(base + i, 20, true)
})
