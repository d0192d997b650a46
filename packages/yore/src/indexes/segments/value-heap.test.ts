/**
 * Values as bytes: however they are asked for, and whatever is let go in between, what comes out is what went in. And who keeps values:
 * within the limit, what is used.
 */

import { expect, test } from 'vitest'
import { Random } from '../../../../../test/oracle/random.ts'
import type { Value } from '../../data/values.ts'
import { Double, Uuid } from '../../data/values.ts'
import { encodeBlock, decodeBlock } from '../stored/segment-bytes.ts'
import { encodeValues } from './segment-values.ts'
import type { SegmentValues } from './segment-values.ts'
import { MadeValues, usedNow } from './made-values.ts'
import type { Keeper } from './made-values.ts'
import { encodeNumbers } from './numbers.ts'
import { Segment } from './segment.ts'
import type { HeapHome } from './value-heap.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`value-heap: SEED=${seed}`)

const uuidOf = (i: number): Uuid =>
  new Uuid(`${i.toString(16).padStart(8, '0')}-0000-4000-8000-${'0'.repeat(12)}`)
const few = Array.from({ length: 5 }, (_, i) => uuidOf(i))

/** A home that lets go of what it keeps when it likes. */
class Home implements HeapHome {
  bytes = 0
  readonly made = new MadeValues(() => this.limit)
  limit = 1e9
  readonly keepers = new Set<Keeper>()

  grown(bytes: number): void {
    this.bytes += bytes
  }

  admits(keeper: Keeper, bytes: number): boolean {
    if (!this.made.admit(keeper, bytes)) return false
    this.keepers.add(keeper)
    this.grown(bytes)
    return true
  }

  kept(keeper: Keeper, bytes: number): void {
    if (keeper.place < 0) return
    this.grown(bytes)
    this.made.grow(keeper, bytes)
  }
}

/** The values as a column that was stored and read again. */
function read(values: readonly Value[], home: HeapHome): SegmentValues {
  const n = values.length
  const zeros = encodeNumbers(new Float64Array(n), 0, n)
  const parts = [encodeValues(values, 0, n, 'value', false)]
  const columns = { n, e: zeros, t: zeros, end: null, a: 7, mixed: null, parts }
  const bytes = encodeBlock([new Segment('aevt', columns)], 'x', 'lz4')
  return (decodeBlock(bytes, 'x', home)[0] as Segment).parts[0] as SegmentValues
}

const kinds: [string, (i: number) => Value][] = [
  ['short strings', (i) => `s${i}`],
  ['strings', (i) => `value ${i} ${'x'.repeat(i % 50)}`],
  ['long strings', (i) => `${i} ${'y'.repeat((i % 7) * 400)}`],
  ['strings with letters beyond ASCII', (i) => `${i % 9 === 0 ? 'ä€😀' : 'a'}${i}`],
  ['strings with half a pair', (i) => `${i}\ud800`],
  ['empty strings among others', (i) => (i % 3 === 0 ? '' : `${i}`)],
  ['few strings', (i) => `few ${i % 11}`],
  ['uuids', uuidOf],
  ['few uuids', (i) => few[i % 5] as Uuid],
  ['mixed', (i) => (i % 2 === 0 ? new Double(i) : `m${i}`)],
]

test.each(kinds)('%s come back however they are asked for', (_, valueOf) => {
  const random = new Random(seed)
  for (const n of [1, 7, 8, 9, 200, 1000]) {
    const values = Array.from({ length: n }, (_, i) => valueOf(i))
    const home = new Home()
    const column = read(values, home)
    for (let round = 0; round < 300; round++) {
      home.limit = random.chance(0.3) ? random.int(60_000) : 1e9
      const low = random.int(n)
      const high = low + 1 + random.int(Math.min(n - low, random.chance(0.5) ? 8 : n))
      const out: Value[] = []
      switch (random.int(5)) {
        case 0:
          expect(column.at(low), `seed ${seed}`).toEqual(values[low])
          break
        case 1:
          for (let i = low; i < high; i++) out.push(column.at(i))
          expect(out, `seed ${seed}`).toEqual(values.slice(low, high))
          break
        case 2:
          column.copyValues(low, high, out, 0)
          expect(out, `seed ${seed}`).toEqual(values.slice(low, high))
          break
        case 3: {
          const rows = Int32Array.from(
            Array.from({ length: high - low }, (_, i) => low + i).filter(() => random.chance(0.7)),
          )
          column.pickValues(rows, rows.length, out, 0)
          expect(out, `seed ${seed}`).toEqual(Array.from(rows, (i) => values[i]))
          break
        }
        default:
          for (const keeper of home.keepers) if (random.chance(0.5)) home.made.drop(keeper)
      }
    }
    for (const keeper of home.keepers) home.made.drop(keeper)
    expect(home.made.bytes).toBe(0)
  }
})

test('what is let go counts no more', () => {
  const home = new Home()
  const column = read(
    Array.from({ length: 1000 }, (_, i) => `value ${i}`),
    home,
  )
  const all = (): void => column.copyValues(0, 1000, [], 0)
  all()
  const before = home.bytes
  // read once it is not kept
  expect(home.made.count).toBe(0)
  all()
  expect(home.made.count).toBe(1)
  expect(home.bytes).toBe(before + home.made.bytes)
  expect(home.made.bytes).toBeGreaterThan(1000 * 20)
  for (const keeper of home.keepers) home.made.drop(keeper)
  expect([home.bytes, home.made.bytes]).toEqual([before, 0])
})

test('rows that share an object of a dictionary go on to share it', () => {
  const home = new Home()
  home.limit = 0
  const column = read(
    Array.from({ length: 300 }, (_, i) => few[i % 5] as Uuid),
    home,
  )
  expect(column.type).toBe('coded')
  const out: Value[] = []
  column.copyValues(0, 300, out, 0)
  for (let i = 0; i < 300; i++) {
    expect(column.at(i)).toBe(column.at(i % 5))
    expect(out[i]).toBe(column.at(i))
  }
})

const keeper = (): Keeper & { gone: number } => ({
  used: 0,
  place: -1,
  kept: 0,
  gone: 0,
  letGo() {
    this.gone++
  },
})

test('what is used stays while other things come by, and what is not makes room', () => {
  const made = new MadeValues(() => 1000)
  const [hot, cold] = [keeper(), keeper()]
  for (const one of [hot, cold]) expect(made.admit(one, 300)).toBe(true)
  let admitted = 0
  for (let i = 0; i < 500; i++) {
    hot.used = usedNow
    const other = keeper()
    if (made.admit(other, 100)) {
      admitted++
      made.grow(other, 200)
    }
    expect(made.bytes).toBeLessThanOrEqual(1000)
  }
  expect([hot.gone, cold.gone]).toEqual([0, 1])
  expect(admitted).toBeGreaterThan(50)
  made.drop(hot)
  made.drop(hot)
  expect(hot.gone).toBe(1)
})

test('of what is read from end to end again and again, and is too large, some stays', () => {
  const made = new MadeValues(() => 1000)
  const all = Array.from({ length: 15 }, keeper)
  let hits = 0
  for (let round = 0; round < 20; round++) {
    for (const one of all) {
      if (one.place >= 0) {
        hits++
        one.used = usedNow
      } else made.admit(one, 100)
    }
  }
  expect(hits).toBeGreaterThan(20 * 5)
})
