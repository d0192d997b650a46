/**
 * Many sorted entries into a live tree at once: one walk over the nodes that they belong to, each of which is made anew once.
 *
 * (1) The result holds what `insertEntry` and `removeEntry` one after another would leave: in a tree of current facts an entry with an
 *     end takes away its fact, if that is in the tree or came just before it, else it stays as a tombstone.
 * (2) Nodes without a change are shared. New nodes belong to the edit's owner, and have room for some more; but those that are
 *     appended at the right edge are nearly full, for what comes next comes behind them.
 */

import { newList } from '../../base/list.ts'
import { noEnd } from '../facts/entry.ts'
import type { Entry } from '../facts/entry.ts'
import { Branch, childOf, firstOf, Leaf, netOf, width } from './tree.ts'
import type { Edit, Node } from './tree.ts'

const roomy = 48
const dense = 60

/** The tree with these entries: sorted as the edit compares; a fact that is taken away by one of them stands before that. */
export function insertSorted(
  root: Node | null,
  entries: readonly Entry[],
  edit: Edit,
): Node | null {
  const batch = new Batch(entries, edit)
  let nodes: Node[] = newList()
  if (root === null) batch.intoLeaf([], 0, 0, entries.length, nodes)
  else batch.into(root, 0, entries.length, nodes)
  while (nodes.length > 1) {
    const above: Node[] = newList()
    batch.branches(nodes, nodes.map(firstOf), above)
    nodes = above
  }
  return nodes[0] ?? null
}

class Batch {
  readonly #entries: readonly Entry[]
  readonly #edit: Edit
  // what a leaf becomes
  readonly #merged: Entry[] = []

  constructor(entries: readonly Entry[], edit: Edit) {
    this.#entries = entries
    this.#edit = edit
  }

  /** Entries [from, to) into a node: what that becomes, appended to `out`. */
  into(node: Node, from: number, to: number, out: Node[]): void {
    if (node instanceof Leaf) this.intoLeaf(node.entries, node.net, from, to, out)
    else this.#intoBranch(node, from, to, out)
  }

  #intoBranch({ keys, children: old }: Branch, from: number, to: number, out: Node[]): void {
    const { compare } = this.#edit
    const children: Node[] = newList()
    const separators: Entry[] = newList()
    let done = 0
    for (let at = from; at < to;) {
      const child = childOf(keys, this.#entries[at] as Entry, compare, done)
      for (; done < child; done++) {
        children.push(old[done] as Node)
        separators.push(keys[done] as Entry)
      }
      const next = keys[child + 1]
      const end = next === undefined ? to : this.#firstFrom(next, at, to)
      const first = children.length
      this.into(old[child] as Node, at, end, children)
      for (let i = first; i < children.length; i++) {
        separators.push(i === first ? (keys[child] as Entry) : firstOf(children[i] as Node))
      }
      done++
      at = end
    }
    for (; done < old.length; done++) {
      children.push(old[done] as Node)
      separators.push(keys[done] as Entry)
    }
    this.branches(children, separators, out)
  }

  // The first entry from `low` on, which stands before it, that does not stand before x: galloping.
  #firstFrom(x: Entry, low: number, to: number): number {
    const entries = this.#entries
    const { compare } = this.#edit
    let from = low + 1
    let step = 1
    while (from + step <= to && compare(entries[from + step - 1] as Entry, x) < 0) {
      from += step
      step += step
    }
    let high = Math.min(to, from + step - 1)
    while (from < high) {
      const mid = (from + high) >>> 1
      if (compare(entries[mid] as Entry, x) < 0) from = mid + 1
      else high = mid
    }
    return from
  }

  /** Entries [from, to) into those of a leaf, as leaves. Of the old ones only those are looked at that the search has to look at. */
  intoLeaf(old: readonly Entry[], netOfOld: number, from: number, to: number, out: Node[]): void {
    const { compare, past } = this.#edit
    const merged = this.#merged
    let net = netOfOld
    let n = 0
    let i = 0
    for (let j = from; j < to; j++) {
      const x = this.#entries[j] as Entry
      for (const end = lowerFrom(old, i, x, compare); i < end; i++) merged[n++] = old[i] as Entry
      if (!past && x.end !== noEnd) {
        const there = old[i]
        if (there !== undefined && there.end === noEnd && compare(there, x) === 0) {
          i++
          net--
          continue
        }
        const before = n > 0 ? (merged[n - 1] as Entry) : undefined
        if (before !== undefined && before.end === noEnd && compare(before, x) === 0) {
          n--
          net--
          continue
        }
      }
      merged[n++] = x
      net += netOf(x, past)
    }
    const isAppended = n > 0 && i === old.length && merged[old.length - 1] === old[i - 1]
    for (; i < old.length; i++) merged[n++] = old[i] as Entry
    this.#cut(n, net, pieceSize(n, isAppended), out)
  }

  // What has been merged, as leaves of so many entries.
  #cut(n: number, net: number, size: number, out: Node[]): void {
    const { past, owner } = this.#edit
    for (let at = 0; at < n; at += size) {
      const some = this.#merged.slice(at, Math.min(n, at + size))
      let own = some.length
      if (n <= size) own = net
      else if (net < n) own = some.reduce((sum, x) => sum + netOf(x, past), 0)
      out.push(new Leaf(owner, some, own))
    }
  }

  /** Nodes side by side, with their separators, as branches; one alone as it is. */
  branches(nodes: Node[], separators: Entry[], out: Node[]): void {
    if (nodes.length === 1) {
      out.push(nodes[0] as Node)
      return
    }
    const step = pieceSize(nodes.length, false)
    for (let at = 0; at < nodes.length; at += step) {
      const whole = at === 0 && step >= nodes.length
      const children = whole ? nodes : nodes.slice(at, at + step)
      const keys = whole ? separators : separators.slice(at, at + step)
      let size = 0
      let net = 0
      for (const child of children) {
        size += child.size
        net += child.net
      }
      out.push(new Branch(this.#edit.owner, keys, children, size, net))
    }
  }
}

/** Into how large pieces n are cut. */
function pieceSize(n: number, isAppended: boolean): number {
  if (n <= width) return width
  return isAppended ? dense : Math.ceil(n / Math.ceil(n / roomy))
}

// The first from `from` on that does not stand before x; often it is the next one.
function lowerFrom(
  entries: readonly Entry[],
  from: number,
  x: Entry,
  compare: Edit['compare'],
): number {
  let low = from
  let high = entries.length
  while (low < high) {
    const mid = (low + high) >>> 1
    if (compare(entries[mid] as Entry, x) < 0) low = mid + 1
    else high = mid
  }
  return low
}
