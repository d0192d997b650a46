/**
 * The live part against a sorted array: whoever reads when, and however values branch, each has its own entries; and what nobody has read
 * comes in by one owner.
 */

import { expect, test } from 'vitest'
import { compareEntriesOf, Entry, noEnd } from './entry.ts'
import { Live } from './live.ts'
import type { LiveChange } from './live.ts'
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
function withAll(entries: readonly Entry[], changes: readonly LiveChange[]): readonly Entry[] {
  let out = [...entries]
  for (const { entry, taken } of changes) {
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
    const changes: LiveChange[] = []
    for (let n = random(4); n > 0; n--) {
      const { e, t: asserted } = from.entries[random(from.entries.length)] ?? fact(0, 0)
      const isNew = random(3) > 0 || changes.some((c) => c.entry.e === e)
      const entry = isNew ? fact(random(10_000) + 1, t) : fact(e, asserted, t)
      if (!isNew && from.entries.some((x) => x.end !== noEnd && compare(x, entry) === 0)) continue
      changes.push({ entry, taken: !isNew })
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
      live = live.with([{ entry: fact((t * 7919) % 5000, t), taken: false }])
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
  for (let t = 1; t <= 3000; t++) live = live.with([{ entry: fact(t, t), taken: false }])
  expect(ownersOf(live.root, new Set()).size).toBeGreaterThan(3)
})
