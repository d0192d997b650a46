/**
 * The engine's index against the naive one: random transactions over attributes of every column form, with tiny segments and live trees,
 * every order, view and method, at every kind of range; and old index values again after later transactions.
 */

import { expect, test } from 'vitest'
import {
  checkProbe,
  checkRange,
  checkRows,
  checkFind,
  checkSingle,
  ids,
  oracleOf,
  pick,
  placementOf,
  randomOf,
  transaction,
  user,
} from '../../../../test/oracle/index-world.ts'
import type { World } from '../../../../test/oracle/index-world.ts'
import { NaiveIndex } from '../../../../test/oracle/naive-index.ts'
import { createFactIndex } from './create.ts'
import type { FactIndex, Placement } from './fact-index.ts'

const sizes = [
  { segmentSize: 8, liveMax: 8, liveShare: 4 },
  { segmentSize: 5, liveMax: 30, liveShare: 100 },
  { segmentSize: 16, liveMax: 1000, liveShare: 1000 },
  { segmentSize: 3, liveMax: 0, liveShare: 1000 },
]

function run(seed: number, transactions: number, checks: number): void {
  const random = randomOf(seed)
  const options = pick(random, sizes)
  const first = transaction(random, new NaiveIndex([], placementOf), 1, random(60)).map(
    (c) => c.fact,
  )
  const world: World & { naive: NaiveIndex } = {
    index: createFactIndex(first, placementOf, options),
    naive: new NaiveIndex(first, placementOf),
    t: 1,
  }
  const old: World[] = []
  for (let i = 0; i < transactions; i++) {
    const note = `seed ${seed}, ${JSON.stringify(options)}, transaction ${i}:`
    for (let c = 0; c < checks; c++) {
      // first: what reads otherwise takes in what waits
      checkSingle(random, world, note)
      checkRows(random, world, note)
      checkFind(random, world, note)
      checkRange(random, world, note)
      checkProbe(random, world, note)
    }
    const { index, naive } = world
    const stats = (x: FactIndex): unknown => [
      x.stats().datoms,
      [...x.stats().byAttribute].sort((p, q) => p[0] - q[0]),
    ]
    expect(stats(index), note).toEqual(stats(naive))
    // small samples are exact, where equal in order and equal are the same
    const a = pick(random, [1, 2, 3, 5, 6, 8])
    expect(index.distinctValues(a), note).toBeGreaterThan(naive.distinctValues(a) / 2 - 1)
    expect(index.distinctValues(a), note).toBeLessThan(naive.distinctValues(a) * 2 + 1)
    if (random(3) === 0) old.push({ ...world })
    world.t++
    const changes = transaction(random, naive, world.t, 1 + random(random(4) === 0 ? 30 : 5))
    const applied = index.apply(changes)
    world.index = random(8) === 0 ? applied.settled() : applied
    world.naive = naive.apply(changes) as NaiveIndex
    if (old.length > 0 && random(2) === 0) checkRange(random, pick(random, old), `${note} old`)
  }
  for (const before of old) checkRange(random, before, `seed ${seed}: old at the end`)
}

test('every reading of every view agrees with the naive index', () => {
  const base = Number(process.env['SEED'] ?? Date.now() % 1e9)
  const rounds = Number(process.env['ROUNDS'] ?? 25)
  console.log(`fact-index.property: SEED=${base} ROUNDS=${rounds}`)
  for (let i = 0; i < rounds; i++) run(base + i, 25, 2)
})

test('attributes come into AVET and leave it', () => {
  const base = Number(process.env['SEED'] ?? Date.now() % 1e9)
  for (let i = 0; i < 15; i++) {
    const random = randomOf(base + i)
    const options = pick(random, sizes)
    let unindexed = new Set<number>([1, 2])
    const placed = (): ((a: number) => Placement) => {
      const now = unindexed
      return (a) => ({ ...placementOf(a), avet: placementOf(a).avet && !now.has(a) })
    }
    const world: World & { naive: NaiveIndex } = {
      index: createFactIndex([], placed(), options),
      naive: new NaiveIndex([], placed()),
      t: 1,
    }
    for (let k = 0; k < 25; k++) {
      const changes = transaction(random, world.naive, ++world.t, 1 + random(12))
      world.index = world.index.apply(changes)
      world.naive = world.naive.apply(changes) as NaiveIndex
      if (random(2) === 0) {
        const a = pick(random, [1, 2, 4, 7])
        unindexed = new Set(unindexed)
        if (!unindexed.delete(a)) unindexed.add(a)
        world.index = world.index.reindex(a, placed())
        world.naive = world.naive.reindex(a, placed()) as NaiveIndex
      }
      for (let c = 0; c < 3; c++) checkRange(random, world, `seed ${base + i}, step ${k}:`)
    }
  }
})

test('large and tiny segments and live trees agree', () => {
  const base = Number(process.env['SEED'] ?? Date.now() % 1e9)
  const random = randomOf(base)
  const entities = [...ids, ...Array.from({ length: 150 }, (_, i) => user + 2 + 3 * i)]
  let naive = new NaiveIndex([], placementOf)
  let usual = createFactIndex([], placementOf)
  let tiny = createFactIndex([], placementOf, { segmentSize: 32, liveMax: 60, liveShare: 8 })
  for (let t = 1; t <= 60; t++) {
    const changes = transaction(random, naive, t, 60, entities)
    naive = naive.apply(changes) as NaiveIndex
    usual = usual.apply(changes)
    tiny = tiny.apply(changes)
    // the tiny one stands for the naive one, which is too slow here
    const world = { index: usual, naive: { ...oracleOf(tiny), facts: naive.facts }, t }
    for (let c = 0; c < 4; c++) {
      checkRows(random, world, `seed ${base}, t ${t}:`, entities)
      checkRange(random, world, `seed ${base}, t ${t}:`)
      checkProbe(random, world, `seed ${base}, t ${t}:`)
    }
  }
})
