/**
 * The live tree of an order: a persistent B+-tree of entries. A tree is its root node, or null.
 *
 * (1) A node is changed only by the owner that made it (one owner for each `apply`); others copy it first. Trees handed out
 *     never change.
 * (2) Leaves hold 1 to `width` entries in order. A branch's `keys[i]`, i > 0, is not greater than any entry of child i and greater
 *     than every entry of child i - 1. `keys[0]` is only one of the first child's entries, once.
 * (3) `size` counts the entries below, `net` those that are facts less those that are tombstones.
 */

import type { Bound } from '../facts/bound.ts'
import { noEnd } from '../facts/entry.ts'
import type { CompareEntries, Entry } from '../facts/entry.ts'

/** The most entries of a leaf, and children of a branch. */
export const width = 64

export class Leaf {
  readonly owner: number
  readonly entries: Entry[]
  net: number

  constructor(owner: number, entries: Entry[], net: number) {
    this.owner = owner
    this.entries = entries
    this.net = net
  }
  get size(): number {
    return this.entries.length
  }
}

export class Branch {
  readonly owner: number
  keys: readonly Entry[]
  readonly children: Node[]
  size: number
  net: number

  constructor(owner: number, keys: readonly Entry[], children: Node[], size: number, net: number) {
    this.owner = owner
    this.keys = keys
    this.children = children
    this.size = size
    this.net = net
  }
}

export type Node = Leaf | Branch

/** How an edit compares, whose it is (every `apply` takes a new number), and whether an entry with an end is a fact. */
export class Edit {
  readonly compare: CompareEntries
  readonly past: boolean
  owner = 0

  constructor(compare: CompareEntries, past: boolean) {
    this.compare = compare
    this.past = past
  }
}

/** What an entry counts for: a tombstone takes one away. */
export const netOf = (entry: Entry, past: boolean): number => (past || entry.end === noEnd ? 1 : -1)

function lowerEntry(entries: readonly Entry[], x: Entry, compare: CompareEntries): number {
  let low = 0
  let high = entries.length
  // in the order of keys most insertions are at the end
  if (high > 0 && compare(entries[high - 1] as Entry, x) < 0) return high
  while (low < high) {
    const mid = (low + high) >>> 1
    if (compare(entries[mid] as Entry, x) < 0) low = mid + 1
    else high = mid
  }
  return low
}

/** The child in which x belongs, from `first` on. */
export function childOf(
  keys: readonly Entry[],
  x: Entry,
  compare: CompareEntries,
  first = 0,
): number {
  let low = first + 1
  let high = keys.length
  if (compare(keys[high - 1] as Entry, x) <= 0) return high - 1
  while (low < high) {
    const mid = (low + high) >>> 1
    if (compare(keys[mid] as Entry, x) <= 0) low = mid + 1
    else high = mid
  }
  return low - 1
}

// Entries are put into a copy of an array at once: `toSpliced` costs a third of `slice` and `splice`.
function leafWith(leaf: Leaf, at: number, x: Entry, net: number, owner: number): Leaf {
  if (leaf.owner !== owner) return new Leaf(owner, leaf.entries.toSpliced(at, 0, x), leaf.net + net)
  if (at === leaf.entries.length) leaf.entries.push(x)
  else leaf.entries.splice(at, 0, x)
  leaf.net += net
  return leaf
}

function leafWithout(leaf: Leaf, at: number, owner: number): Leaf {
  if (leaf.owner !== owner) return new Leaf(owner, leaf.entries.toSpliced(at, 1), leaf.net - 1)
  leaf.entries.splice(at, 1)
  leaf.net--
  return leaf
}

// Keys change seldom: they are shared between copies and replaced as a whole.
const ownBranch = (b: Branch, owner: number): Branch =>
  b.owner === owner ? b : new Branch(owner, b.keys, b.children.slice(), b.size, b.net)

// The right half of a node that has grown too large, or null. At the right edge the left half stays nearly full.
let split: Node | null = null

function insertInLeaf(old: Leaf, x: Entry, edit: Edit): Leaf {
  const at = lowerEntry(old.entries, x, edit.compare)
  const leaf = leafWith(old, at, x, netOf(x, edit.past), edit.owner)
  const { entries } = leaf
  split = null
  if (entries.length > width) {
    const right = entries.splice(at === width ? width - 4 : width >> 1)
    const net = right.reduce((sum, y) => sum + netOf(y, edit.past), 0)
    leaf.net -= net
    split = new Leaf(edit.owner, right, net)
  }
  return leaf
}

function insertInBranch(old: Branch, x: Entry, edit: Edit): Branch {
  const branch = ownBranch(old, edit.owner)
  const { children } = branch
  const at = childOf(branch.keys, x, edit.compare)
  children[at] = insertIn(children[at] as Node, x, edit)
  branch.size++
  branch.net += netOf(x, edit.past)
  if (split !== null) {
    children.splice(at + 1, 0, split)
    branch.keys = branch.keys.toSpliced(at + 1, 0, firstOf(split))
    split = children.length > width ? splitBranch(branch, at + 1 === width, edit.owner) : null
  }
  return branch
}

function splitBranch(branch: Branch, atEnd: boolean, owner: number): Branch {
  const from = atEnd ? width - 4 : width >> 1
  const keys = branch.keys.slice(from)
  branch.keys = branch.keys.slice(0, from)
  const children = branch.children.splice(from)
  let size = 0
  let net = 0
  for (const child of children) {
    size += child.size
    net += child.net
  }
  branch.size -= size
  branch.net -= net
  return new Branch(owner, keys, children, size, net)
}

const insertIn = (node: Node, x: Entry, edit: Edit): Node =>
  node instanceof Leaf ? insertInLeaf(node, x, edit) : insertInBranch(node, x, edit)

/** What stands for the node among the keys of a branch. */
export const firstOf = (node: Node): Entry =>
  (node instanceof Leaf ? node.entries[0] : node.keys[0]) as Entry

/** The tree with the entry. */
export function insertEntry(root: Node | null, x: Entry, edit: Edit): Node {
  if (root === null) return new Leaf(edit.owner, [x], netOf(x, edit.past))
  const left = insertIn(root, x, edit)
  const right = split
  split = null
  return right === null
    ? left
    : new Branch(
        edit.owner,
        [firstOf(left), firstOf(right)],
        [left, right],
        left.size + right.size,
        left.net + right.net,
      )
}

/** The tree without the entry; or `undefined` when it holds no such fact (a tombstone is none). */
export function removeEntry(root: Node | null, x: Entry, edit: Edit): Node | null | undefined {
  if (root === null) return undefined
  if (root instanceof Leaf) {
    const at = lowerEntry(root.entries, x, edit.compare)
    const y = root.entries[at]
    if (y === undefined || edit.compare(y, x) !== 0 || netOf(y, edit.past) < 0) return undefined
    if (root.entries.length === 1) return null
    return leafWithout(root, at, edit.owner)
  }
  const at = childOf(root.keys, x, edit.compare)
  const child = removeEntry(root.children[at] as Node, x, edit)
  if (child === undefined) return undefined
  if (child === null && root.children.length === 1) return null
  const branch = ownBranch(root, edit.owner)
  branch.size--
  branch.net--
  if (child === null) {
    branch.children.splice(at, 1)
    branch.keys = branch.keys.toSpliced(at, 1)
    return branch.children.length === 1 ? (branch.children[0] as Node) : branch
  }
  branch.children[at] = child
  return branch
}

/** The entry of the tree that is the same fact, or its tombstone. */
export function findEntry(root: Node | null, x: Entry, compare: CompareEntries): Entry | undefined {
  let node = root
  while (node instanceof Branch) node = node.children[childOf(node.keys, x, compare)] as Node
  if (node === null) return undefined
  const y = node.entries[lowerEntry(node.entries, x, compare)]
  return y !== undefined && compare(x, y) === 0 ? y : undefined
}

// Nodes that are built leave room for some more.
const buildWidth = 56

// Leaves between two yields.
const leavesAtOnce = 64

/** The tree of sorted entries. */
export function buildTree(entries: readonly Entry[], edit: Edit): Node | null {
  const steps = buildTreeInPieces(entries, edit)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same in pieces: whoever edits meanwhile has another owner. */
export function* buildTreeInPieces(
  entries: readonly Entry[],
  { owner, past }: Edit,
): Generator<void, Node | null> {
  let nodes: Node[] = []
  for (let i = 0; i < entries.length; i += buildWidth) {
    const some = entries.slice(i, i + buildWidth)
    let net = 0
    for (const x of some) net += netOf(x, past)
    nodes.push(new Leaf(owner, some, net))
    if (nodes.length % leavesAtOnce === 0) yield
  }
  while (nodes.length > 1) {
    const above: Node[] = []
    for (let i = 0; i < nodes.length; i += buildWidth) {
      const children = nodes.slice(i, i + buildWidth)
      let size = 0
      let net = 0
      for (const child of children) {
        size += child.size
        net += child.net
      }
      above.push(new Branch(owner, children.map(firstOf), children, size, net))
    }
    nodes = above
  }
  return nodes[0] ?? null
}

/** All entries in order, appended to `out`. */
export function entriesOf(root: Node | null, out: Entry[]): Entry[] {
  if (root === null) return out
  if (root instanceof Leaf) for (const entry of root.entries) out.push(entry)
  else for (const child of root.children) entriesOf(child, out)
  return out
}

type Side = (x: Entry, bound: Bound) => number

/** How many of the entries stand before the bound. */
export function before(entries: readonly Entry[], bound: Bound, side: Side): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const mid = (low + high) >>> 1
    if (side(entries[mid] as Entry, bound) < 0) low = mid + 1
    else high = mid
  }
  return low
}

/** The entries of the leaf where the bound is. */
export function leafAt(root: Node, bound: Bound, side: Side): readonly Entry[] {
  let node = root
  while (node instanceof Branch) {
    node = node.children[Math.max(0, before(node.keys, bound, side) - 1)] as Node
  }
  return node.entries
}

/** The net count of what stands before the bound. */
export function netBefore(root: Node | null, bound: Bound, side: Side, past: boolean): number {
  let net = 0
  let node = root
  while (node !== null && node instanceof Branch) {
    const child = Math.max(0, before(node.keys, bound, side) - 1)
    for (let i = 0; i < child; i++) net += (node.children[i] as Node).net
    node = node.children[child] as Node
  }
  if (node === null) return 0
  const end = before(node.entries, bound, side)
  for (let i = 0; i < end; i++) net += netOf(node.entries[i] as Entry, past)
  return net
}

/** A branch on the way to a leaf, and at which of its children the way goes on. */
class Step {
  readonly branch: Branch
  readonly above: Step | null
  at: number

  constructor(branch: Branch, at: number, above: Step | null) {
    this.branch = branch
    this.at = at
    this.above = above
  }
}

/** Walks the entries of a tree, forwards or backwards. */
export class TreeCursor {
  /** Where it stands; null beyond the last. */
  entry: Entry | null = null
  #entries: readonly Entry[] = []
  #at = 0
  // The way to the leaf, from below.
  #way: Step | null = null

  /** Stands on the first entry after the bound, or on the very first. */
  seek(root: Node | null, bound: Bound | null, side: Side): void {
    this.#descend(root, bound, side)
    this.#at--
    this.forward()
  }

  /** Stands on the last entry before the bound, or on the very last. */
  seekBack(root: Node | null, bound: Bound | null, side: Side): void {
    this.#descend(root, bound, side, true)
    this.back()
  }

  // To the leaf and the place of the bound in it.
  #descend(root: Node | null, bound: Bound | null, side: Side, toEnd = false): void {
    this.#way = null
    this.#entries = []
    this.#at = 0
    let node = root
    if (node === null) return
    while (node instanceof Branch) {
      const { keys } = node
      const child: number =
        bound !== null ? Math.max(0, before(keys, bound, side) - 1) : toEnd ? keys.length - 1 : 0
      this.#way = new Step(node, child, this.#way)
      node = node.children[child] as Node
    }
    this.#entries = node.entries
    this.#at = bound !== null ? before(node.entries, bound, side) : toEnd ? node.entries.length : 0
  }

  forward(): void {
    if (++this.#at >= this.#entries.length && !this.#turn(1)) {
      this.entry = null
      return
    }
    this.entry = this.#entries[this.#at] as Entry
  }

  back(): void {
    if (--this.#at < 0 && !this.#turn(-1)) {
      this.entry = null
      return
    }
    this.entry = this.#entries[this.#at] as Entry
  }

  // To the next leaf in that direction.
  #turn(direction: 1 | -1): boolean {
    for (let step = this.#way; step !== null; step = step.above) {
      const at = step.at + direction
      if (at < 0 || at >= step.branch.children.length) continue
      step.at = at
      this.#way = step
      this.#enter(step.branch.children[at] as Node, direction)
      return true
    }
    // stays beyond the edge
    this.#way = null
    this.#entries = []
    this.#at = 0
    return false
  }

  #enter(start: Node, direction: 1 | -1): void {
    let node = start
    while (node instanceof Branch) {
      const at = direction > 0 ? 0 : node.children.length - 1
      this.#way = new Step(node, at, this.#way)
      node = node.children[at] as Node
    }
    this.#entries = node.entries
    this.#at = direction > 0 ? 0 : node.entries.length - 1
  }
}
