/**
 * The live part against a sorted array: whoever reads when, and however values branch, each has its own entries; and what nobody has read
 * comes in by one owner.
 */

import { expect, test } from 'vitest'
import { BigDecimal } from '../../data/big-decimal.ts'
import { Bound } from '../facts/bound.ts'
import { compareEntriesOf, Entry, noEnd } from '../facts/entry.ts'
import { KeyFilter } from './key-filter.ts'
import { Live } from './live.ts'
import { Branch, entriesOf } from './tree.ts'
import type { Node } from './tree.ts'

const compare = compareEntriesOf.aevt
const fact = (e: number, t: number, end = noEnd): Entry => new Entry(e, 1, `v${e % 3}`, t, end)

function ownersOf(node: Node | null, out: Set<number>): Set<number> {
  if (node === null) return out
  out.add(node.owner)
  if (node instanceof Branch) for (const child of node.children) ownersOf(child, out)
  return out
}

interface Version {
  readonly live: Live
  readonly entries: readonly Entry[]
}

// A fact that is taken away goes, if it is live; else its tombstone comes.
function withAll(entries: readonly Entry[], changes: readonly Entry[]): readonly Entry[] {
  let out = [...entries]
  for (const entry of changes) {
    const taken = entry.end !== noEnd
    const there = out.some((x) => compare(x, entry) === 0)
    out = taken && there ? out.filter((x) => compare(x, entry) !== 0) : [...out, entry]
  }
  return out.sort(compare)
}

function checked({ live, entries }: Version): void {
  expect(entriesOf(live.root, [])).toEqual(entries)
}

function run(seed: number): void {
  let state = seed
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  const versions: Version[] = [{ live: Live.none('aevt', false), entries: [] }]
  for (let t = 1; t < 400; t++) {
    const from = versions[
      random(4) === 0 ? random(versions.length) : versions.length - 1
    ] as Version
    const changes: Entry[] = []
    for (let n = random(4); n > 0; n--) {
      const { e, t: asserted } = from.entries[random(from.entries.length)] ?? fact(0, 0)
      const isNew = random(3) > 0 || changes.some((c) => c.e === e)
      const entry = isNew ? fact(random(10_000) + 1, t) : fact(e, asserted, t)
      if (!isNew && from.entries.some((x) => x.end !== noEnd && compare(x, entry) === 0)) continue
      changes.push(entry)
    }
    const next = { live: from.live.with(changes), entries: withAll(from.entries, changes) }
    versions.push(next)
    if (random(3) === 0) checked(versions[random(versions.length)] as Version)
    expect(next.live.size).toBeGreaterThanOrEqual(next.entries.length)
  }
  versions.forEach(checked)
}

test('random values that branch, read now and then', () => {
  for (let seed = 1; seed <= 20; seed++) {
    try {
      run(seed)
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
})

test('what is read after each change is copied each time, what is not, once', () => {
  const grown = (read: boolean): number => {
    let live = Live.none('aevt', false).of(Array.from({ length: 5000 }, (_, e) => fact(e, 1)))
    const before = ownersOf(live.root, new Set())
    for (let t = 2; t < 300; t++) {
      live = live.with([fact((t * 7919) % 5000, t)])
      if (read) expect(live.root).not.toBeNull()
    }
    const owners = ownersOf(live.root, new Set())
    return [...owners].filter((owner) => !before.has(owner)).length
  }
  expect(grown(true)).toBeGreaterThan(50)
  expect(grown(false)).toBe(1)
})

test('a long row of changes that nobody reads does not wait for ever', () => {
  let live = Live.none('aevt', false)
  for (let t = 1; t <= 9000; t++) live = live.with([fact(t, t)])
  expect(ownersOf(live.root, new Set()).size).toBeGreaterThan(3)
})

test('twice as many wait while it is the turn of another tree', () => {
  const full = (isTurn: boolean): number => {
    let live = Live.none('aevt', false).of(Array.from({ length: 50_000 }, (_, e) => fact(e, 1)))
    const before = live.treeBefore
    let n = 0
    for (; live.treeBefore === before; n++) live = live.with([fact(n, 2)], 1, isTurn ? 1 : 2)
    expect(live.size).toBe(50_000 + n)
    return n
  }
  expect(full(false)).toBe(2 * full(true))
})

const eavt = compareEntriesOf.eavt
const boundOf = (x: Entry, depth: number): Bound => {
  const bound = new Bound().setEntry(x, false)
  bound.depth = depth
  return bound
}

test('what waits is found without the tree, and only by the value that has it', () => {
  const entries = Array.from({ length: 40 }, (_, i) => fact(i % 7, i + 1))
  const live = Live.none('eavt', false).with(entries.slice(0, 20))
  const more = live.with(entries.slice(20))
  for (const e of [0, 3, 6, 7]) {
    for (const depth of [1, 2, 3]) {
      const bound = boundOf(fact(e, 0), depth)
      const isSought = (x: Entry): boolean => x.e === e
      expect(live.waitingFor(bound)).toEqual(entries.slice(0, 20).filter(isSought))
      expect(more.waitingFor(bound)).toEqual(entries.filter(isSought))
    }
  }
  expect(more.treeBefore).toBeNull()
  expect(entriesOf(more.root, [])).toEqual([...entries].sort(eavt))
  expect(more.waitingFor(boundOf(fact(3, 0), 1))).toEqual([])
})

test('a value that no Map can find makes what waits say nothing, for whom it waits', () => {
  const live = Live.none('avet', false).with([fact(1, 1)])
  const more = live.with([new Entry(2, 1, new BigDecimal(10n, 1), 2, noEnd)])
  const bound = boundOf(fact(1, 0), 2)
  expect(more.waitingFor(bound)).toBeNull()
  expect(live.waitingFor(bound)).toEqual([fact(1, 1)])
  expect(
    Live.none('aevt', false)
      .with([fact(1, 1)])
      .waitingFor(bound),
  ).toBeNull()
})

function inPieces(live: Live, entries: readonly Entry[]): Live {
  const steps = live.ofInPieces(entries)
  for (let pieces = 0; ; pieces++) {
    const step = steps.next()
    if (step.done !== true) continue
    expect(pieces).toBeGreaterThan(entries.length / 10_000)
    return step.value
  }
}

test('a filter grows by layers, and never denies what it has', () => {
  const filter = new KeyFilter(10)
  for (let i = 0; i < 700_000; i++) filter.add(i * 3)
  for (let i = 0; i < 700_000; i++) if (!filter.mayHave(i * 3)) throw new Error(`${i}`)
  let denied = 0
  for (let i = 0; i < 10_000; i++) if (!filter.mayHave(i * 3 + 1)) denied++
  expect(denied).toBeGreaterThan(9500)
})

test('a large tree denies most of what it has not, and nothing that it has', () => {
  for (const order of ['eavt', 'avet', 'vaet'] as const) {
    const keyed = (i: number, t: number): Entry =>
      order === 'eavt'
        ? fact(i * 7, t)
        : new Entry(5, 1, order === 'avet' ? `key ${i}` : i, t, noEnd)
    const sought = (i: number): Bound => boundOf(keyed(i, 0), order === 'vaet' ? 1 : 2)
    const some = Array.from({ length: 20_000 }, (_, i) => keyed(i, 1))
    const live = inPieces(Live.none(order, false), some)
    expect(live.denies(sought(5))).toBe(false)
    expect(entriesOf(live.root, [])).toEqual(some)
    // one that has come to be large otherwise is not walked for a filter
    expect(Live.none(order, false).of(some).denies(sought(100_000))).toBe(false)
    // what comes in later, by much and by little, is known to all that come of the tree
    let next = live
    for (let i = 20_000; i < 60_000; i += 20) {
      next = next.with(Array.from({ length: 20 }, (_, k) => keyed(i + k, 2)))
      if (i % 3000 === 0) expect(next.root).not.toBeNull()
    }
    next = live === next ? next : next.with([keyed(60_000, 2)])
    expect(next.root).not.toBeNull()
    next = next.with([keyed(60_001, 2)])
    for (let i = 0; i <= 60_000; i++) if (next.denies(sought(i))) throw new Error(`${order} ${i}`)
    for (let i = 0; i < 20_000; i++)
      if (live.denies(sought(i))) throw new Error(`old ${order} ${i}`)
    let denied = 0
    for (let i = 100_000; i < 110_000; i++) if (next.denies(sought(i))) denied++
    expect(denied).toBeGreaterThan(9000)
    // it has a value that no Map can find
    const open = next.with([new Entry(5, 1, new BigDecimal(10n, 1), 3, noEnd)])
    expect(open.root).not.toBeNull()
    if (order !== 'eavt') expect(open.denies(sought(100_000))).toBe(false)
  }
})

test('where very many wait with one key, the tree is asked', () => {
  const of = (n: number): Live =>
    Live.none('eavt', false).with(Array.from({ length: n }, (_, i) => new Entry(7, 1, i, 1, noEnd)))
  expect(of(60).waitingFor(boundOf(new Entry(7, 1, 5, 1, noEnd), 3))).toHaveLength(1)
  expect(of(400).waitingFor(boundOf(new Entry(7, 1, 5, 1, noEnd), 3))).toBeNull()
  expect(of(400).waitingFor(boundOf(new Entry(8, 1, 5, 1, noEnd), 3))).toEqual([])
})

test('what comes in some at a time is found all the while, and whoever reads when has its own', () => {
  for (let seed = 1; seed <= 6; seed++) {
    let state = seed
    const random = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * n)
    }
    const versions: Version[] = [{ live: Live.none('eavt', false), entries: [] }]
    let [some, inPieces, t] = [0, 0, 1]
    for (let step = 0; step < 40; step++) {
      const isLast = random(6) > 0
      const from = versions[isLast ? versions.length - 1 : random(versions.length)] as Version
      const changes = Array.from({ length: random(400) }, () => fact(random(500), t++))
      for (let i = 0; i < 9 && from.entries.length > 0; i++) {
        const { e, t: asserted, end } = from.entries[random(from.entries.length)] as Entry
        const isTaken = changes.some((x) => x.end !== noEnd && x.t === asserted)
        if (end === noEnd && !isTaken) changes.push(fact(e, asserted, t++))
      }
      const entries = from.entries.filter((x) => !changes.some((y) => eavt(x, y) === 0))
      entries.push(...changes.filter((x) => x.end === noEnd))
      const version = {
        live: from.live.with(changes, changes.length, 32),
        entries: entries.sort(eavt),
      }
      versions.push(version)
      for (let i = random(5); i > 0; i--) {
        const { live } = versions[versions.length - 1 - random(2)] as Version
        if (live.takeInSome(1 + random(700))) some++
      }
      if (random(8) === 0) {
        const { live } = versions[versions.length - 1 - random(2)] as Version
        const pieces = [...live.takeInPieces()]
        // nothing waits any more
        const { treeBefore } = live
        expect(live.root).toBe(treeBefore)
        if (pieces.length > 2) inPieces++
      }
      const { live, entries: all } = versions[versions.length - 1 - random(2)] as Version
      const bound = boundOf(fact(random(500), 0), 1)
      const inTree = entriesOf(live.treeBefore, []).filter((x) => x.e === bound.e)
      const waiting = live.waitingFor(bound)
      if (waiting !== null) {
        const found = [...inTree, ...waiting].sort(eavt)
        const left = found.filter((x) => !found.some((y) => y.end !== x.end && eavt(x, y) === 0))
        expect(left).toEqual(all.filter((x) => x.e === bound.e))
      }
      if (random(12) === 0) checked(versions[random(versions.length)] as Version)
    }
    expect(some).toBeGreaterThan(5)
    expect(inPieces).toBeGreaterThan(0)
    versions.forEach(checked)
  }
})

test('however much waits, no more is sorted or taken in at once than was said', () => {
  const n = 30_000
  const entries = Array.from({ length: n }, (_, i) => fact((i * 7919) % n, i + 1))
  const live = Live.none('eavt', false).with(entries, n, 1000)
  const size = (): number => live.treeBefore?.size ?? 0
  let sorts = 0
  for (let before = 0; live.takeInSome(128, 1); before = size()) {
    if (size() === before) sorts++
    expect(size() - before).toBeLessThanOrEqual(128)
    expect(live.size).toBe(n)
  }
  expect(sorts).toBe(Math.ceil(n / 8192))
  expect(entriesOf(live.root, [])).toEqual(entries.toSorted(eavt))
})
