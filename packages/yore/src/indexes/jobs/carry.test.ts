/**
 * What is carried over beside the same changes applied again, and beside the naive index: with facts that end before, among and after the
 * changes, in every tier.
 */

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
import type { World } from '../../../../../test/oracle/index-world.ts'
import { NaiveIndex } from '../../../../../test/oracle/naive-index.ts'
import { carryOver } from './carry.ts'
import { createFactIndex, stateOf } from '../create.ts'
import type { Change, FactIndex } from '../fact-index.ts'
import { orders } from '../facts/fact.ts'
import { indexJob, liveBytesOf } from './job.ts'
import { entriesOf } from '../live/tree.ts'

const entities = [...ids, ...Array.from({ length: 120 }, (_, i) => user + 2 + 3 * i)]
let names = 0

function done<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

// What is live, tree by tree.
function liveOf(index: FactIndex): unknown {
  const { trees } = stateOf(index)
  return orders.map((order) =>
    [trees[order].current, trees[order].past].map(({ live }) => entriesOf(live.root, [])),
  )
}

function run(seed: number): number {
  const random = randomOf(seed)
  const store = new BlobStore(1e9)
  const world: World & { naive: NaiveIndex } = {
    index: createFactIndex([], placementOf, {
      segmentSize: 16,
      jobs: 'caller',
      source: store.source,
    }),
    naive: new NaiveIndex([], placementOf),
    t: 1,
  }
  const change = (size: number): Change[] => {
    const changes = transaction(random, world.naive, ++world.t, size, entities)
    world.index = world.index.apply(changes)
    world.naive = world.naive.apply(changes) as NaiveIndex
    return changes
  }
  let carriedMax = 0
  for (let round = 0; round < 6; round++) {
    for (let n = 1 + random(4); n > 0; n--) change(pick(random, [3, 40, 300]))
    const [base, basisT] = [world.index, world.t]
    const job = indexJob(base, { newId: () => `b${++names}` })
    const since = Array.from({ length: random(6) }, () => change(pick(random, [1, 10, 200])))
    while (!job.step(1000, () => 0));
    store.put(job.take())
    const { index: made } = job.result()
    const again = since.reduce((x, changes) => x.apply(changes), made)
    world.index = done(carryOver(world.index, made, basisT))
    const note = `seed ${seed}, round ${round}:`
    expect(liveOf(world.index), note).toEqual(liveOf(again))
    expect(stateOf(world.index).lastT, note).toBe(stateOf(again).lastT)
    expect(stateOf(world.index).unassertedOf).toEqual(stateOf(again).unassertedOf)
    expect(liveBytesOf(world.index)).toBeLessThanOrEqual(liveBytesOf(again) * 1.3)
    expect(liveBytesOf(world.index)).toBeGreaterThanOrEqual(liveBytesOf(again) * 0.5)
    for (let i = 0; i < 6; i++) {
      checkRange(random, world, note)
      checkProbe(random, world, note)
    }
    carriedMax = Math.max(carriedMax, since.flat().length)
  }
  return carriedMax
}

test('what came after a job began is carried over as if it were applied again', () => {
  const base = Number(process.env['SEED'] ?? Date.now() % 1e9)
  console.log(`carry: SEED=${base}`)
  let most = 0
  for (let i = 0; i < 6; i++) most = Math.max(most, run(base + i))
  expect(most).toBeGreaterThan(50)
})
