/**
 * A look at the trees in LMDB's file before LMDB follows them. It trusts every number that it finds on a page, so that one damaged byte
 * could end the process, or let a write destroy what is whole. What the pages lead to, our bytes, has checksums of its own.
 *
 * (1) Only damage is told: a file that another process changes meanwhile is looked at again.
 * (2) No more than `pagesMax` pages are read, branches before leaves: opening stays quick however large the file is.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { raise } from '../../../base/errors.ts'
import { checkHeader, readLong, readMeta, readTreeRecord, treeRecordBytes } from './header.ts'
import type { Meta, TreeRecord } from './header.ts'

const pagesMax = 2000
const headerBytes = 24
const nodeBytes = 8
const flags = { branch: 1, leaf: 2 } as const
const nodeFlags = { overflow: 1, tree: 2 } as const
const depthMax = 32
const roundsMax = 5

class Damage extends Error {}

function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Damage(what)
}

interface Visit {
  readonly page: number
  readonly level: number
}

/** What is known of a tree when all of its pages were read. */
interface Counts {
  branches: number
  leaves: number
  entries: number
}

class Look {
  readonly #fd: number
  readonly #meta: Meta
  readonly #bytes: Uint8Array
  readonly #view: DataView
  /** A bit for each page that something leads to. */
  readonly #used: Uint8Array
  #pages = 0

  constructor(fd: number, meta: Meta) {
    this.#fd = fd
    this.#meta = meta
    this.#bytes = new Uint8Array(meta.pageSize)
    this.#view = new DataView(this.#bytes.buffer)
    expect(meta.lastPage >= 1 && meta.lastPage < 2 ** 40, 'the number of pages')
    this.#used = new Uint8Array((meta.lastPage >>> 3) + 1)
  }

  run(): void {
    const trees = this.#tree(this.#meta.main, false, true)
    this.#tree(this.#meta.free, true, false)
    for (const tree of trees) this.#tree(tree, false, false)
  }

  #use(page: number, count = 1): void {
    expect(page >= 2 && count >= 1 && page + count - 1 <= this.#meta.lastPage, `page ${page}`)
    for (let p = page; p < page + count; p++) {
      const bit = 1 << (p & 7)
      expect(((this.#used[p >>> 3] as number) & bit) === 0, `page ${p} is used twice`)
      this.#used[p >>> 3] = (this.#used[p >>> 3] as number) | bit
    }
  }

  #expectTxn(txn: number): void {
    expect(txn >= 0 && txn <= this.#meta.txn, 'a page of a later transaction')
  }

  /** Reads a page; gives how many nodes it has. */
  #read(page: number, isLeaf: boolean): number {
    const { pageSize } = this.#meta
    this.#pages++
    const length = readSync(this.#fd, this.#bytes, 0, pageSize, page * pageSize)
    expect(length === pageSize, `page ${page} is cut off`)
    const view = this.#view
    const lower = view.getUint16(20, true)
    const upper = view.getUint16(22, true)
    expect(readLong(view, 0) === page, `page ${page} has another number`)
    // a page of a later transaction would be taken for one that may be written in place
    this.#expectTxn(readLong(view, 8))
    expect(
      (view.getUint16(18, true) & 0xff) === (isLeaf ? flags.leaf : flags.branch),
      `page ${page} is of another kind`,
    )
    expect(
      lower % 2 === 0 && lower <= upper && upper <= pageSize - headerBytes,
      `page ${page} has wrong bounds`,
    )
    const n = lower / 2
    expect(n >= (isLeaf ? 1 : 2), `page ${page} is empty`)
    return n
  }

  /** Where node i begins, with its key within the page and behind that of the node before. */
  #node(i: number, previous: number, isLong: boolean): number {
    const view = this.#view
    const node = view.getUint16(headerBytes + 2 * i, true) + headerBytes
    expect(node % 2 === 0 && node + nodeBytes <= this.#bytes.length, 'a node')
    expect(node >= view.getUint16(22, true) + headerBytes, 'a node')
    expect(node + nodeBytes + view.getUint16(node + 6, true) <= this.#bytes.length, 'a key')
    if (previous >= 0) expect(this.#isAscending(previous, node, isLong), 'the order of keys')
    return node
  }

  #isAscending(a: number, b: number, isLong: boolean): boolean {
    const view = this.#view
    const [aLength, bLength] = [view.getUint16(a + 6, true), view.getUint16(b + 6, true)]
    if (isLong) {
      if (bLength !== 8) return false
      return aLength === 0 || readLong(view, a + nodeBytes) < readLong(view, b + nodeBytes)
    }
    const n = Math.min(aLength, bLength)
    for (let i = nodeBytes; i < nodeBytes + n; i++) {
      const [x, y] = [this.#bytes[a + i] as number, this.#bytes[b + i] as number]
      if (x !== y) return x < y
    }
    return aLength < bLength
  }

  /** Walks a tree; gives the trees whose records are its values, when it is the main one. */
  #tree(record: TreeRecord, isFree: boolean, isMain: boolean): TreeRecord[] {
    const trees: TreeRecord[] = []
    if (record.root === -1) {
      expect(record.entries === 0, 'an empty tree with entries')
      return trees
    }
    expect(record.depth >= 1 && record.depth <= depthMax, 'the depth of a tree')
    const counts: Counts = { branches: 0, leaves: 0, entries: 0 }
    const visits: Visit[] = [{ page: record.root, level: 1 }]
    let isWhole = true
    for (let next = visits.shift(); next !== undefined; next = visits.shift()) {
      this.#use(next.page)
      const isLeaf = next.level === record.depth
      if (isLeaf && this.#pages >= pagesMax) {
        isWhole = false
        continue
      }
      const n = this.#read(next.page, isLeaf)
      if (isLeaf) this.#leaf(n, counts, isFree, isMain ? trees : null)
      else this.#branch(n, counts, isFree, next.level, visits)
    }
    expect(!isWhole || counts.branches === record.branchPages, 'the number of branch pages')
    expect(!isWhole || counts.leaves === record.leafPages, 'the number of leaf pages')
    expect(!isWhole || counts.entries === record.entries, 'the number of entries')
    return trees
  }

  #branch(n: number, counts: Counts, isFree: boolean, level: number, visits: Visit[]): void {
    counts.branches++
    const view = this.#view
    let previous = -1
    for (let i = 0; i < n; i++) {
      // the first key of a branch says nothing
      const node = this.#node(i, i > 1 ? previous : -1, isFree)
      previous = node
      const page =
        view.getUint16(node, true) +
        view.getUint16(node + 2, true) * 2 ** 16 +
        view.getUint16(node + 4, true) * 2 ** 32
      visits.push({ page, level: level + 1 })
    }
  }

  #leaf(n: number, counts: Counts, isFree: boolean, trees: TreeRecord[] | null): void {
    counts.leaves++
    counts.entries += n
    const view = this.#view
    let previous = -1
    for (let i = 0; i < n; i++) {
      const node = this.#node(i, previous, isFree)
      previous = node
      const size = view.getUint16(node, true) + view.getUint16(node + 2, true) * 2 ** 16
      const kind = view.getUint16(node + 4, true)
      const data = node + nodeBytes + view.getUint16(node + 6, true)
      if (kind === nodeFlags.overflow) this.#overflow(data, size, isFree)
      else {
        expect(data + size <= this.#bytes.length, 'a value')
        if (kind === nodeFlags.tree) {
          expect(trees !== null && size === treeRecordBytes, 'the record of a tree')
          trees.push(readTreeRecord(view, data))
        } else {
          expect(kind === 0 && trees === null, 'the kind of a value')
          if (isFree) this.#freePages(view, data, size)
        }
      }
    }
  }

  #overflow(data: number, size: number, isFree: boolean): void {
    const { pageSize } = this.#meta
    expect(data + 24 <= this.#bytes.length, 'a large value')
    const page = readLong(this.#view, data)
    this.#expectTxn(readLong(this.#view, data + 8))
    const count = readLong(this.#view, data + 16)
    expect(
      count === Math.floor((headerBytes - 1 + size) / pageSize) + 1,
      'the size of a large value',
    )
    this.#use(page, count)
    if (!isFree) return
    const bytes = new Uint8Array(size)
    readSync(this.#fd, bytes, 0, size, page * pageSize + headerBytes)
    this.#freePages(new DataView(bytes.buffer), 0, size)
  }

  /** A list of pages that may be written: their count, then numbers; -n stands before the first of n in a row, 0 for nothing. */
  #freePages(view: DataView, from: number, size: number): void {
    expect(size >= 8 && size % 8 === 0, 'a list of free pages')
    const count = readLong(view, from)
    expect(count >= 0 && 8 * count + 8 <= size, 'the length of a list of free pages')
    for (let i = 1; i <= count; i++) {
      const x = readLong(view, from + 8 * i)
      if (x > 0) this.#use(x)
      else if (x < 0) {
        i++
        expect(i <= count, 'a list of free pages')
        this.#use(readLong(view, from + 8 * i), -x)
      }
    }
  }
}

/** Files that were found whole, by the state in which they were: an opening looks once, though it opens twice. */
const whole = new Map<string, string>()

const stateOf = (fd: number, meta: Meta): string => {
  const { ino, mtimeMs, size } = fstatSync(fd)
  return `${ino} ${mtimeMs} ${size} ${meta.txn}`
}

/** Throws `:yore/storage-corrupt` when LMDB had better not open the file. */
export function checkFile(path: string, readOnly: boolean): void {
  const fd = openSync(path, readOnly ? 'r' : 'r+')
  try {
    let meta = checkHeader(fd, path, readOnly)
    for (let round = 0; meta !== null && round < roundsMax; round++) {
      const state = stateOf(fd, meta)
      if (whole.get(path) === state) return
      const damage = lookAt(fd, meta)
      if (damage === null) {
        whole.set(path, state)
        return
      }
      const again = readMeta(fd)
      if (again !== null && again.txn === meta.txn) {
        raise(':yore/storage-corrupt', `${path} is damaged (${damage}): restore it from a backup`, {
          path,
          damage,
        })
      }
      meta = again
    }
  } finally {
    closeSync(fd)
  }
}

function lookAt(fd: number, meta: Meta): string | null {
  try {
    new Look(fd, meta).run()
    return null
  } catch (error) {
    if (error instanceof Damage || error instanceof RangeError) return error.message
    throw error
  }
}
