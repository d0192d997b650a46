/**
 * Transactions that wait beside all trees of an index in memory, beside the naive index: whatever is read when, and however values branch, each
 * has its own facts; single facts are found among what waits; and who reads one value after another brings nothing in twice.
 */

import { expect, test } from 'vitest'
import { NaiveIndex } from '../../../../test/oracle/naive-index.ts'
import { printEdn } from '../data/edn/print.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { compareValues } from '../data/compare.ts'
import type { Value } from '../data/values.ts'
import {
  applyFound,
  createFactIndex,
  currentOf,
  currentReferring,
  currentWithValue,
  foundWaiting,
  stateOf,
  tend,
  tendedAtOnce,
} from './create.ts'
import type { Change, FactIndex, Placement } from './fact-index.ts'
import { presentView } from './fact-index.ts'
import type { Datom, Fact } from './facts/fact.ts'
import { never, orders, rangeOf } from './facts/fact.ts'
import { broughtIn } from './state.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

function random(start: number): (n: number) => number {
  let state = start
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % n
  }
}

const [text, number, decimal, ref] = [100, 101, 102, 103]
const placementOf = (a: number): Placement => ({
  avet: a !== ref,
  vaet: a === ref,
  column: a === number ? 'long' : a === ref ? 'ref' : 'value',
})

const small = { segmentSize: 16, liveMax: 8 }
const ofJobs = { segmentSize: 16, liveMax: 8, jobs: 'caller' } as const

/** An index and what it has to have. */
interface Version {
  readonly index: FactIndex
  readonly naive: NaiveIndex
}

const historyView = { ...presentView, history: true }

function allOf(facts: FactIndex): string {
  return orders
    .flatMap((order) => {
      const out: string[] = []
      const c = facts.cursor(order, {}, historyView)
      while (c.next()) out.push(`${order} ${c.e} ${c.a} ${printEdn(c.v)} ${c.t} ${c.added}`)
      return out
    })
    .join('\n')
}

const told = (x: { e: number; a: number; v: Value; t: number }): string =>
  `${x.e} ${x.a} ${printEdn(x.v)} ${x.t}`

function sought(
  facts: FactIndex,
  order: 'eavt' | 'avet' | 'vaet',
  sought: Partial<Fact>,
): string[] {
  const out: string[] = []
  const c = facts.cursor(order, rangeOf(sought), presentView)
  while (c.next()) out.push(told(c))
  return out
}

class Run {
  readonly #next: (n: number) => number
  readonly versions: Version[] = []

  constructor(start: number) {
    this.#next = random(start)
    const index = createFactIndex([], placementOf, start % 2 === 0 ? small : ofJobs)
    this.versions.push({ index, naive: new NaiveIndex([], placementOf) })
  }

  #value(a: number): Value {
    const next = this.#next
    if (a === text) return `text ${next(12)}`
    if (a === decimal) return next(2) === 0 ? new BigDecimal(10n, 1) : new BigDecimal(100n, 2)
    return next(20)
  }

  /** Facts that come, and facts of the present that go. */
  transact(from: Version, t: number): Version {
    const next = this.#next
    const data: Datom[] = []
    const ended: Fact[] = []
    const changes: Change[] = []
    const present = from.naive.facts.filter((f) => f.end === never)
    for (let n = 1 + next(6); n > 0; n--) {
      const fact = present[next(present.length)]
      if (next(3) === 0 && fact !== undefined && !ended.includes(fact)) {
        data.push({ ...fact, t, added: false })
        ended.push(fact)
        changes.push({ kind: 'retract', fact, t })
        continue
      }
      const a = text + (next(12) === 0 ? 2 : next(2) === 0 ? 3 : next(2))
      const e = next(20)
      const v = this.#value(a)
      const isThere = (f: { e: number; a: number; v: Value }): boolean =>
        f.e === e && f.a === a && compareValues(f.v, v) === 0
      if (present.some(isThere) || data.some(isThere)) continue
      data.push({ e, a, v, t, added: true })
      changes.push({ kind: 'assert', fact: { e, a, v, t, end: never } })
    }
    const index = applyFound(from.index, { t, data, ended })
    return { index: index as FactIndex, naive: from.naive.apply(changes) as NaiveIndex }
  }

  step(t: number): void {
    const next = this.#next
    const { versions } = this
    const at = next(5) === 0 ? next(versions.length) : versions.length - 1
    versions.push(this.transact(versions[at] as Version, t))
    this.look(versions[versions.length - 1 - next(2)] as Version)
    if (next(9) === 0) this.check(versions[next(versions.length)] as Version)
  }

  look({ index, naive }: Version): void {
    const next = this.#next
    const [e, v, a] = [next(20), this.#value(text), text + next(4)]
    expect(currentOf(index, e)?.map(told)).toEqual(sought(naive, 'eavt', { e }))
    expect(currentOf(index, e, a)?.map(told)).toEqual(sought(naive, 'eavt', { e, a }))
    expect(currentWithValue(index, text, v)?.map(told)).toEqual(
      sought(naive, 'avet', { a: text, v }),
    )
    expect(currentReferring(index, e)?.map(told)).toEqual(sought(naive, 'vaet', { v: e }))
  }

  check({ index, naive }: Version): void {
    expect(allOf(index)).toBe(allOf(naive))
  }
}

test(`values that branch, read now and then, beside the naive index (seed ${seed})`, () => {
  const before = foundWaiting.times
  for (let i = 0; i < 12; i++) {
    const run = new Run(seed + i)
    for (let t = 1; t <= 150; t++) run.step(t)
    for (const version of run.versions) run.check(version)
  }
  expect(foundWaiting.times - before).toBeGreaterThan(1000)
})

const added = (e: number, t: number): { t: number; data: Datom[]; ended: Fact[] } => ({
  t,
  data: [{ e, a: number, v: e, t, added: true }],
  ended: [],
})

test('what nobody reads stays outside the trees, and who reads one value after another brings in each fact once', () => {
  const versions: FactIndex[] = [createFactIndex([], placementOf)]
  for (let t = 1; t <= 2000; t++) {
    versions.push(applyFound(versions.at(-1) as FactIndex, added(t, t)) as FactIndex)
  }
  const counts = foundWaiting.times
  expect(currentOf(versions[2000] as FactIndex, 5)).toHaveLength(1)
  expect(currentOf(versions[4] as FactIndex, 5)).toHaveLength(0)
  expect(foundWaiting.times).toBe(counts + 2)
  // each of them alone would bring in a thousand facts: two million
  for (const [t, index] of versions.entries()) {
    expect(index.count('eavt', {}, presentView)).toBe(t)
  }
})

test('one entity with very many facts that wait is found all the same', () => {
  let index = createFactIndex([], placementOf)
  for (let t = 1; t <= 1000; t++) {
    const data = [{ e: 7, a: number, v: t, t, added: true }]
    index = applyFound(index, { t, data, ended: [] }) as FactIndex
    if (t % 100 === 0) expect(currentOf(index, 7)).toHaveLength(t)
  }
})

const tendedOptions = { segmentSize: 64, jobs: 'caller' } as const

test(`values that branch, tended now and then, beside the naive index (seed ${seed})`, () => {
  const next = random(seed)
  let tended = 0
  for (let round = 0; round < 3; round++) {
    const index = createFactIndex([], placementOf, tendedOptions)
    const versions: Version[] = [{ index, naive: new NaiveIndex([], placementOf) }]
    const open: Fact[] = []
    for (let t = 1; t <= 120; t++) {
      // mostly one after another
      const at = versions.length - 1 - (next(12) === 0 ? next(Math.min(versions.length, 9)) : 0)
      const from = versions[at] as Version
      const [data, ended, changes]: [Datom[], Fact[], Change[]] = [[], [], []]
      for (let i = 0; i < 5 && open.length > 9; i++) {
        const [fact] = open.splice(next(open.length), 1) as [Fact]
        // of another branch
        if (!from.naive.facts.some((f) => f.e === fact.e && f.t === fact.t)) continue
        data.push({ ...fact, t, added: false })
        ended.push(fact)
        changes.push({ kind: 'retract', fact, t })
      }
      for (let i = next(160); i > 0; i--) {
        const a = next(3) === 0 ? ref : next(2) === 0 ? text : number
        const v = a === text ? `text ${next(1e6)}` : next(1e6)
        const fact = { e: t * 1000 + i, a, v, t, end: never }
        open.push(fact)
        data.push({ ...fact, added: true })
        changes.push({ kind: 'assert', fact })
      }
      if (changes.length === 0) continue
      const found = applyFound(from.index, { t, data, ended }) as FactIndex
      versions.push({ index: found, naive: from.naive.apply(changes) as NaiveIndex })
      for (let n = next(12); n > 0; n--) {
        const { index: some } = versions[versions.length - 1 - next(2)] as Version
        if (tend(some)) tended++
      }
      const { index: last, naive } = versions[versions.length - 1 - next(2)] as Version
      const sought = open[next(open.length)]
      if (sought === undefined) continue
      const { e, a, v } = sought
      const isMeant = (f: Fact): boolean => f.e === e && f.end === never
      expect(currentOf(last, e)?.map(told)).toEqual(naive.facts.filter(isMeant).map(told))
      if (a === text) {
        const isSame = (f: Fact): boolean => f.a === a && f.v === v && f.end === never
        expect(currentWithValue(last, a, v)?.map(told)).toEqual(
          naive.facts.filter(isSame).map(told),
        )
      }
      if (next(30) === 0) {
        const some = versions[next(versions.length)] as Version
        expect(allOf(some.index)).toBe(allOf(some.naive))
      }
    }
    for (let i = 0; i < 4; i++) {
      const some = versions[versions.length - 1 - next(30)] as Version
      expect(allOf(some.index)).toBe(allOf(some.naive))
    }
  }
  expect(tended).toBeGreaterThan(50)
})

test.each([5, 100, 3000])(
  'who tends an index brings in little at a time, and leaves little to who reads it: %i facts each',
  (each) => {
    let index = createFactIndex([], placementOf, tendedOptions)
    broughtIn.tending = broughtIn.others = 0
    let most = 0
    for (let t = 1; t <= 60_000 / each; t++) {
      const data = Array.from({ length: each }, (_, i) => {
        const n = t * each + i
        return { e: n, a: number, v: (n * 7919) % 1_000_003, t, added: true }
      })
      index = applyFound(index, { t, data, ended: [] }) as FactIndex
      // the share of these facts
      for (let n = 0; n < (each * 6) / tendedAtOnce && tend(index); n++) most++
    }
    expect(most).toBeGreaterThan(100)
    expect(broughtIn.others).toBe(0)
    expect(broughtIn.tending).toBe(512)
    const { trees } = stateOf(index)
    expect(broughtIn.others).toBeLessThanOrEqual(768 + each)
    for (const order of orders) {
      const { live } = trees[order].current
      expect(live.size - (live.treeBefore?.size ?? 0)).toBeLessThan(3 * 4096)
    }
  },
)

test('who reads after few facts leaves what waits before a tree to who tends the index', () => {
  let index = createFactIndex([], placementOf, tendedOptions)
  for (const [t, n] of [3000, 5, 5].entries()) {
    const data = Array.from({ length: n }, (_, i) => {
      const e = t * 10_000 + i
      return { e, a: number, v: e, t: t + 1, added: true }
    })
    index = applyFound(index, { t: t + 1, data, ended: [] }) as FactIndex
    expect(stateOf(index).trees.avet.current.live.treeBefore).toBeNull()
  }
  while (tend(index));
  expect(stateOf(index).trees.avet.current.live.treeBefore?.size).toBe(3010)
  expect(index.count('avet', {}, presentView)).toBe(3010)
})
