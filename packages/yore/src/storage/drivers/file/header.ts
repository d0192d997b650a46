/**
 * LMDB's file, as far as we look into it ourselves: its meta pages. LMDB trusts what it maps: a file that is none of its own, or whose
 * end is cut off, would end the process.
 */

import { fstatSync, ftruncateSync, readSync } from 'node:fs'
import { raise } from '../../../base/errors.ts'

const magic = 0xbeefc0de
const dataVersion = 2
/** Where things stand in a meta page, behind the header of the page. */
const at = {
  magic: 24,
  version: 28,
  pageSize: 48,
  free: 48,
  main: 96,
  lastPage: 144,
  txn: 152,
} as const
const metaBytes = 256

/** The record of a tree: in a meta page, or as a value in the main tree. */
export interface TreeRecord {
  readonly depth: number
  readonly branchPages: number
  readonly leafPages: number
  readonly entries: number
  /** -1: an empty tree. */
  readonly root: number
}

export const treeRecordBytes = 48

/** 64 bits as a number: all ones are -1, and what is too large is as wrong as infinity. */
export function readLong(view: DataView, position: number): number {
  const x = view.getBigInt64(position, true)
  return x >= -(2n ** 53n) && x <= 2n ** 53n ? Number(x) : Infinity
}

export function readTreeRecord(view: DataView, position: number): TreeRecord {
  return {
    depth: view.getUint16(position + 6, true),
    branchPages: readLong(view, position + 8),
    leafPages: readLong(view, position + 16),
    entries: readLong(view, position + 32),
    root: readLong(view, position + 40),
  }
}

export interface Meta {
  readonly pageSize: number
  readonly lastPage: number
  readonly txn: number
  readonly free: TreeRecord
  readonly main: TreeRecord
}

function readMetaAt(fd: number, position: number): Meta | null {
  const bytes = new Uint8Array(metaBytes)
  if (readSync(fd, bytes, 0, metaBytes, position) < metaBytes) return null
  const view = new DataView(bytes.buffer)
  if (view.getUint32(at.magic, true) !== magic) return null
  if ((view.getUint32(at.version, true) & 0xffff) !== dataVersion) return null
  return {
    pageSize: view.getUint32(at.pageSize, true),
    lastPage: readLong(view, at.lastPage),
    txn: readLong(view, at.txn),
    free: readTreeRecord(view, at.free),
    main: readTreeRecord(view, at.main),
  }
}

/** The meta page that counts, or null: the file is none of LMDB's. */
export function readMeta(fd: number): Meta | null {
  const first = readMetaAt(fd, 0)
  const pageSize = first?.pageSize ?? 0
  const isSize = pageSize >= 256 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0
  const second = isSize ? readMetaAt(fd, pageSize) : null
  if (first === null || second === null || second.pageSize !== pageSize) return null
  return first.txn >= second.txn ? first : second
}

/** Throws when the file is not LMDB's; makes it as long as it says it is, when it may be written. Gives null for a new file. */
export function checkHeader(fd: number, path: string, readOnly: boolean): Meta | null {
  const { size } = fstatSync(fd)
  if (size === 0) return null
  const meta = readMeta(fd)
  if (meta === null) {
    return raise(
      ':yore/storage-corrupt',
      `${path} is no database of ours, or its beginning is damaged: restore it from a backup`,
      { path },
    )
  }
  // Reading behind the end of a mapped file kills the process; zeros there are found to be damage, or are never read.
  const wanted = (meta.lastPage + 1) * meta.pageSize
  if (size < wanted && wanted <= 2 ** 47 && !readOnly) ftruncateSync(fd, wanted)
  return meta
}
