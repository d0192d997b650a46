/** Versions against looking at every row, on random facts of entities; which columns have none. */

import { expect, test } from 'vitest'
import { randomOf } from '../../../../../test/oracle/index-world.ts'
import type { Random } from '../../../../../test/oracle/index-world.ts'
import { Bound } from '../facts/bound.ts'
import { encodeNumbers } from './numbers.ts'
import { Versions } from './versions.ts'

interface Columns {
  readonly e: number[]
  readonly t: number[]
  readonly end: number[]
}

// The rows of each entity in a random sequence, as values that go up and down have them.
function columnsOf(random: Random): Columns {
  const out: Columns = { e: [], t: [], end: [] }
  const base = [0, 2 ** 44][random(2)] as number
  const [step, gap] = [[1, 5, 1000][random(3)] as number, random(3)]
  for (let i = 0, e = base; i < 1 + random(40); i++, e += 1 + random(step)) {
    const rows: [number, number][] = []
    let t = random(20)
    for (let n = 1 + random(30); n > 0; n--) {
      const end = t + 1 + random(6)
      rows.splice(random(rows.length + 1), 0, [t, end])
      t = end + random(gap + 1)
    }
    for (const [begin, end] of rows) {
      out.e.push(e)
      out.t.push(begin)
      out.end.push(end)
    }
  }
  return out
}

const encoded = (x: readonly number[]) => encodeNumbers(Float64Array.from(x), 0, x.length)
const versionsOf = ({ e, t, end }: Columns): Versions | null =>
  Versions.of(encoded(e), encoded(t), encoded(end), e.length)

const boundOf = (e: number): Bound => Object.assign(new Bound(), { depth: 2, a: 1, e })

test('what was true at a time is found, however often and in whatever sequence times are asked for', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  for (let round = 0; round < 60; round++) {
    const random = randomOf(seed + round)
    const columns = columnsOf(random)
    const { e, t, end } = columns
    const versions = versionsOf(columns)
    expect(versions, `seed ${seed + round}`).not.toBeNull()
    const times = Array.from({ length: 3 }, () => random(120) - 2)
    for (let k = 0; k < 400; k++) {
      const id = (e[random(e.length)] as number) + (random(4) === 0 ? random(5) - 2 : 0)
      const time = k < 150 ? (times[0] as number) : (times[random(3)] as number)
      const row = e.findIndex((x, i) => x === id && Number(t[i]) <= time && Number(end[i]) > time)
      expect(versions?.rowAt(boundOf(id), time), `seed ${seed + round}, ${id} at ${time}`).toBe(row)
    }
  }
})

test('entities whose facts overlap have none, nor has what has no whole times', () => {
  const versions = (t: number[], end: number[]) => versionsOf({ e: [1, 1, 2], t, end })
  expect(versions([1, 3, 2], [3, 9, 9])).not.toBeNull()
  expect(versions([1, 2, 2], [3, 9, 9])).toBeNull()
  expect(versions([2, 1, 2], [3, 9, 9])).toBeNull()
  expect(versions([1, 1, 2], [3, 9, 9])).toBeNull()
  expect(versions([1, 2 ** 40, 2], [3, 2 ** 41, 9])).toBeNull()
})
