/**
 * Index jobs against the naive index: jobs that run while transactions come, tiny segments, a mid tier that is in use, attributes that come
 * into AVET by a job; and old index values again at the end.
 */

import { expect, test } from 'vitest'
import {
  checkProbe,
  checkRange,
  ids,
  pick,
  placementOf,
  randomOf,
  transaction,
  user,
} from '../../../../test/oracle/index-world.ts'
import type { World } from '../../../../test/oracle/index-world.ts'
import { NaiveIndex } from '../../../../test/oracle/naive-index.ts'
import { createFactIndex, stateOf } from './create.ts'
import type { IndexJob } from './durable.ts'
import type { Change, FactIndex } from './fact-index.ts'
import { orders } from './fact.ts'
import { basisOf, indexJob, liveBytesOf } from './job.ts'

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

function run(seed: number, transactions: number): number {
  const random = randomOf(seed)
  const now = ticking()
  const segmentSize = pick(random, [8, 16, 30])
  const world: World & { naive: NaiveIndex } = {
    index: createFactIndex([], placementOf, { segmentSize, jobs: 'caller' }),
    naive: new NaiveIndex([], placementOf),
    t: 1,
  }
  let job: IndexJob | null = null
  let since: Change[][] = []
  let midMax = 0
  const old: World[] = []
  for (let i = 0; i < transactions; i++) {
    const note = `seed ${seed}, segments of ${segmentSize}, transaction ${i}:`
    const size = i === 0 ? 500 : 1 + random(random(4) === 0 ? 120 : 15)
    const changes = transaction(random, world.naive, ++world.t, size, entities)
    world.index = world.index.apply(changes)
    world.naive = world.naive.apply(changes) as NaiveIndex
    since.push(changes)
    if (job === null && (i === 0 || random(3) === 0)) {
      job = indexJob(world.index, { newId })
      since = []
      // something to put a mid tier before
      if (i === 0) while (!job.step(1000, now)) expect(job.take()).toEqual([])
    } else if (job?.step(random(30), now) === true) {
      const { index } = job.result()
      expect(liveBytesOf(index)).toBe(0)
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
      checkRange(random, world, note)
      checkProbe(random, world, note)
    }
    if (random(6) === 0) old.push({ ...world })
  }
  for (const before of old) checkRange(random, before, `seed ${seed}: old at the end`)
  return midMax
}

const lastOf = (c: Change): number =>
  c.kind === 'retract' ? c.t : c.kind === 'past' ? c.fact.end : c.fact.t

test('jobs beside transactions change no answer', () => {
  const base = seedOf()
  const rounds = Number(process.env['ROUNDS'] ?? 12)
  console.log(`job.property: SEED=${base} ROUNDS=${rounds}`)
  let midMax = 0
  for (let i = 0; i < rounds; i++) midMax = Math.max(midMax, run(base + i, 30))
  expect(midMax, 'the mid tier was in use').toBeGreaterThan(100)
})
