/**
 * The live part of a tree: a persistent B+-tree (tree.ts), and before it the newest changes, which come into it when somebody reads.
 *
 * (1) A value: `with` gives a new one, and `root` is always the tree of the same entries. The first who asks for it pays for what waits.
 * (2) What waits comes in at once and under one owner: its nodes are copied once, not once for each transaction that nobody read.
 * (3) At most about `waitingMax` changes wait, so that no reader pays for more.
 */

import type { Entry } from './entry.ts'
import { compareEntriesOf } from './entry.ts'
import { orders } from './fact.ts'
import type { Order } from './fact.ts'
import { buildTree, Edit, insertEntry, removeEntry } from './tree.ts'
import type { Node } from './tree.ts'

/** A change as it comes to the trees: an entry, and what becomes of it there. */
export interface LiveChange {
  readonly entry: Entry
  /** It takes a current fact away, and stands in the past from now on. */
  readonly taken: boolean
}

const waitingMax = 512

// One for each kind of tree: who edits sets the owner and is done before the next begins.
const edits = orders.map((order) => [
  new Edit(compareEntriesOf[order], false),
  new Edit(compareEntriesOf[order], true),
])
let owners = 0

export class Live {
  readonly #edit: Edit
  #root: Node | null
  // What waits are the first `#count` of them; newer values may have appended to the same list.
  #waiting: LiveChange[] | null
  readonly #count: number

  private constructor(edit: Edit, root: Node | null, waiting: LiveChange[] | null, count: number) {
    this.#edit = edit
    this.#root = root
    this.#waiting = waiting
    this.#count = count
  }

  /** With nothing in it. */
  static none(order: Order, past: boolean): Live {
    return new Live(edits[orders.indexOf(order)]?.[past ? 1 : 0] as Edit, null, null, 0)
  }

  /** Of sorted entries. */
  of(entries: readonly Entry[]): Live {
    return new Live(this.#edit, buildTree(entries, ownedEdit(this.#edit)), null, 0)
  }

  /** About how many entries it has: at least as many. */
  get size(): number {
    return (this.#root?.size ?? 0) + (this.#waiting === null ? 0 : this.#count)
  }

  get root(): Node | null {
    if (this.#waiting !== null) this.#takeIn(this.#waiting)
    return this.#root
  }

  /** With these changes. A fact that is taken away but is not live has to be in an older tier. */
  with(changes: readonly LiveChange[]): Live {
    if (changes.length === 0) return this
    const waiting = this.#appendable()
    for (const change of changes) waiting.push(change)
    const out = new Live(this.#edit, this.#root, waiting, waiting.length)
    if (waiting.length >= waitingMax) out.#takeIn(waiting)
    return out
  }

  // A list that ends with what waits here, for who comes first; a copy for the others.
  #appendable(): LiveChange[] {
    const waiting = this.#waiting
    if (waiting === null) return []
    return waiting.length === this.#count ? waiting : waiting.slice(0, this.#count)
  }

  #takeIn(waiting: readonly LiveChange[]): void {
    const edit = ownedEdit(this.#edit)
    let root = this.#root
    for (let i = 0; i < this.#count; i++) {
      const { entry, taken } = waiting[i] as LiveChange
      const left = taken && !edit.past ? removeEntry(root, entry, edit) : undefined
      root = left === undefined ? insertEntry(root, entry, edit) : left
    }
    this.#root = root
    this.#waiting = null
  }
}

function ownedEdit(edit: Edit): Edit {
  edit.owner = ++owners
  return edit
}
