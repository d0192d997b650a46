/** Many entries at once against the same entries one by one: what the tree holds, its counts and separators, and that old trees stay. */

import { expect, test } from 'vitest'
import { compareEntriesOf, Entry, noEnd } from '../facts/entry.ts'
import { insertSorted } from './tree-batch.ts'
import { Branch, Edit, entriesOf, insertEntry, removeEntry, width } from './tree.ts'
import type { Node } from './tree.ts'

const compare = compareEntriesOf.eavt

function editFor(owner: number, past: boolean): Edit {
  const edit = new Edit(compare, past)
  edit.owner = owner
  return edit
}

// Checks every node, and gives its entries. Not by `expect`: there are very many of them.
function checked(node: Node | null, past: boolean): readonly Entry[] {
  if (node === null) return []
  const isTrue = (condition: boolean, what: string): void => {
    if (!condition) throw new Error(what)
  }
  const entries: Entry[] = []
  if (node instanceof Branch) {
    const { children, keys, size, net } = node
    isTrue(children.length > 1 && children.length <= width, 'width')
    isTrue(keys.length === children.length, 'a key for each child')
    for (const [i, child] of children.entries()) {
      const below = checked(child, past)
      if (i > 0) {
        isTrue(compare(entries.at(-1) as Entry, keys[i] as Entry) < 0, 'all to the left')
        isTrue(compare(keys[i] as Entry, below[0] as Entry) <= 0, 'none to the right')
      }
      entries.push(...below)
    }
    isTrue(size === children.reduce((sum, child) => sum + child.size, 0), 'size')
    isTrue(net === children.reduce((sum, child) => sum + child.net, 0), 'net')
    return entries
  }
  isTrue(node.entries.length > 0 && node.entries.length <= width, 'width of a leaf')
  const tombstones = past ? 0 : node.entries.filter((x) => x.end !== noEnd).length
  isTrue(node.net === node.entries.length - 2 * tombstones, 'net of a leaf')
  return node.entries
}

const isSame = (x: readonly Entry[], y: readonly Entry[]): boolean =>
  x.length === y.length && x.every((entry, i) => entry === y[i])

function oneByOne(root: Node | null, entries: readonly Entry[], edit: Edit): Node | null {
  let out = root
  for (const x of entries) {
    const taken = x.end !== noEnd && !edit.past
    const left = taken ? removeEntry(out, x, edit) : undefined
    out = left === undefined ? insertEntry(out, x, edit) : left
  }
  return out
}

function run(seed: number): void {
  let state = seed
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  const past = random(4) === 0
  const spread = [50, 3000, 1e6][random(3)] as number
  let [one, many]: (Node | null)[] = [null, null]
  let known: readonly Entry[] = []
  for (let round = 1; round < 14; round++) {
    const before = many ?? null
    const old = entriesOf(before, [])
    const batch: Entry[] = []
    const base = random(3) === 0 ? round * 1e6 : 0
    for (let n = [1, 20, 700, 5000][random(4)] as number; n > 0; n--) {
      const x = new Entry(base + random(spread), 1, n % 3, round * 10_000 + n, noEnd)
      batch.push(x)
      if (past) continue
      // taken away: what is live, what came just now, and what is in an older tier
      const y = known[random(known.length * 2)]
      if (y !== undefined && random(3) === 0) batch.push(new Entry(y.e, 1, y.v, y.t, 1e9))
      if (random(20) === 0) batch.push(new Entry(x.e, 1, x.v, x.t, 1e9))
      if (random(20) === 0)
        batch.push(new Entry(random(spread), 1, 'old', -round * 10_000 - n, 1e9))
    }
    const taken = new Set<string>()
    const clean = batch.filter((x) => {
      const key = `${x.e} ${x.t} ${x.end === noEnd}`
      if (taken.has(key)) return false
      taken.add(key)
      return true
    })
    one = oneByOne(one ?? null, clean, editFor(round, past))
    many = insertSorted(before, clean.slice().sort(compare), editFor(round, past))
    const now = checked(many, past)
    expect(isSame(now, entriesOf(one, []))).toBe(true)
    expect(isSame(entriesOf(before, []), old)).toBe(true)
    known = now.filter((x) => x.end === noEnd)
  }
}

test('at once is as one by one', () => {
  for (let seed = 1; seed <= 60; seed++) {
    try {
      run(seed)
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
})

test('nodes that nothing comes into are shared, and what is appended fills its nodes', () => {
  const at = (e: number): Entry => new Entry(e, 1, 'v', 1, noEnd)
  const some = (from: number, n: number): Entry[] =>
    Array.from({ length: n }, (_, i) => at(from + i))
  const root = insertSorted(null, some(0, 20_000), editFor(1, false)) as Branch
  const next = insertSorted(root, some(30_000, 4000), editFor(2, false)) as Branch
  const leaves = (node: Node): Node[] =>
    node instanceof Branch ? node.children.flatMap(leaves) : [node]
  const [old, now] = [leaves(root), leaves(next)]
  expect(now.filter((leaf) => old.includes(leaf)).length).toBe(old.length - 1)
  expect(now.length).toBeLessThan(old.length + 4000 / 56)
})

test('everything taken away leaves no tree', () => {
  const entries = Array.from({ length: 3000 }, (_, e) => new Entry(e, 1, 'v', 1, noEnd))
  const root = insertSorted(null, entries, editFor(1, false))
  const gone = entries.map((x) => new Entry(x.e, 1, 'v', 1, 9))
  expect(insertSorted(root, gone, editFor(2, false))).toBeNull()
})
