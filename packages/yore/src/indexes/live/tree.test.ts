/** The live tree against a sorted array: order, counts, cursors, and that no tree handed out ever changes. */

import { expect, test } from 'vitest'
import { Bound, sideOf } from '../facts/bound.ts'
import { compareEntriesOf, Entry, noEnd } from '../facts/entry.ts'
import {
  Edit,
  entriesOf,
  findEntry,
  insertEntry,
  netBefore,
  removeEntry,
  TreeCursor,
} from './tree.ts'
import type { Node } from './tree.ts'

const compare = compareEntriesOf.eavt
const side = sideOf.eavt
const at = (e: number, end = noEnd): Entry => new Entry(e, 1, 'v', 1, end)
const boundAt = (e: number, after: boolean): Bound => {
  const out = new Bound()
  out.depth = 1
  out.e = e
  out.after = after
  return out
}

function editFor(owner: number): Edit {
  const edit = new Edit(compare, false)
  edit.owner = owner
  return edit
}

function shuffled(n: number, seed: number): number[] {
  const out = Array.from({ length: n }, (_, i) => i)
  let s = seed
  for (let i = n - 1; i > 0; i--) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    const j = s % (i + 1)
    ;[out[i], out[j]] = [out[j] as number, out[i] as number]
  }
  return out
}

// The entities from where the cursor stands on.
function walked(cursor: TreeCursor, step: 1 | -1): number[] {
  const out: number[] = []
  for (let x = cursor.entry; x !== null; x = cursor.entry) {
    out.push(x.e)
    if (step > 0) cursor.forward()
    else cursor.back()
  }
  return out
}

const ascending = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const sequences: [string, number[]][] = [
  ['ascending', ascending(20_000)],
  ['descending', ascending(20_000).toReversed()],
  ['random', shuffled(20_000, 7)],
]

test.each(sequences)('%s insertions come out in order, with all counts', (_, keys) => {
  let root: Node | null = null
  for (const [i, e] of keys.entries()) {
    root = insertEntry(root, at(e, e % 5 === 0 ? 9 : noEnd), editFor(i >> 3))
  }
  expect(entriesOf(root, []).map((x) => x.e)).toEqual(ascending(20_000))
  expect(root?.size).toBe(20_000)
  // each fifth is a tombstone: 4 facts less 1
  expect(root?.net).toBe(12_000)
  for (const e of [0, 1, 64, 4097, 19_999, 25_000]) {
    const n = Math.min(e, 20_000)
    const tombstones = Math.ceil(n / 5)
    expect(netBefore(root, boundAt(e, false), side, false)).toBe(n - 2 * tombstones)
    expect(netBefore(root, boundAt(e, false), side, true)).toBeGreaterThanOrEqual(0)
  }
})

test('a cursor starts at any gap and runs both ways over all leaves', () => {
  let root: Node | null = null
  for (const e of shuffled(10_000, 3)) root = insertEntry(root, at(2 * e), editFor(1))
  const cursor = new TreeCursor()
  for (const e of [-1, 0, 1, 126, 127, 128, 9_999, 19_998, 19_999]) {
    for (const after of [false, true]) {
      cursor.seek(root, boundAt(e, after), side)
      expect(walked(cursor, 1)).toEqual(
        ascending(10_000)
          .map((x) => 2 * x)
          .filter((x) => (after ? x > e : x >= e)),
      )
      cursor.seekBack(root, boundAt(e, after), side)
      expect(walked(cursor, -1).reverse()).toEqual(
        ascending(10_000)
          .map((x) => 2 * x)
          .filter((x) => (after ? x <= e : x < e)),
      )
    }
  }
  cursor.seekBack(root, null, side)
  expect(cursor.entry).toEqual(at(19_998))
  const none = new TreeCursor()
  none.seek(null, null, side)
  expect(none.entry).toBe(null)
})

test('removal finds facts only, leaves no empty node, and gives null at the end', () => {
  let root: Node | null = null
  for (const e of ascending(5_000)) root = insertEntry(root, at(e), editFor(1))
  root = insertEntry(root, at(9_000, 5), editFor(1))
  expect(removeEntry(root, at(9_000), editFor(2))).toBe(undefined)
  expect(removeEntry(root, at(-3), editFor(2))).toBe(undefined)
  expect(findEntry(root, at(9_000), compareEntriesOf.eavt)).toBeDefined()
  expect(findEntry(root, at(8_000), compareEntriesOf.eavt)).toBeUndefined()
  const left = new Set(ascending(5_000))
  for (const [i, e] of shuffled(5_000, 11).entries()) {
    const next: Node | null | undefined = removeEntry(root, at(e), editFor(3 + (i >> 4)))
    expect(next).not.toBe(undefined)
    root = next as Node | null
    left.delete(e)
    if (i % 500 === 0) {
      const es = entriesOf(root, []).map((x) => x.e)
      expect(es).toEqual([...left, 9_000].sort((x, y) => x - y))
      expect(root?.net).toBe(left.size - 1)
      const cursor = new TreeCursor()
      cursor.seekBack(root, null, side)
      expect(walked(cursor, -1).reverse()).toEqual(es)
    }
  }
  expect(entriesOf(root, []).map((x) => x.e)).toEqual([9_000])
  let one: Node | null = insertEntry(null, at(1), editFor(1))
  one = removeEntry(one, at(1), editFor(1)) as Node | null
  expect(one).toBe(null)
})

test('a tree never changes after its owner is done', () => {
  let root: Node | null = null
  const kept: [Node, number[]][] = []
  const present = new Set<number>()
  for (const [i, e] of shuffled(6_000, 5).entries()) {
    const edit = editFor(i >> 2)
    if (i % 3 === 2) {
      const [some] = present
      root = removeEntry(root, at(some as number), edit) as Node | null
      present.delete(some as number)
    }
    root = insertEntry(root, at(e), edit)
    present.add(e)
    if (i % 400 === 3) kept.push([root, [...present].sort((x, y) => x - y)])
  }
  for (const [tree, es] of kept) {
    expect(entriesOf(tree, []).map((x) => x.e)).toEqual(es)
    expect(tree.net).toBe(es.length)
  }
})
