/**
 * A look at LMDB's file before LMDB opens it: a file that is none, or whose end is cut off, would end the process.
 */

import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { raise } from '../../../base/errors.ts'

const magic = 0xbeefc0de
const dataVersion = 2
/** Where things stand in a meta page, behind the header of the page. */
const at = { magic: 24, version: 28, pageSize: 48, lastPage: 144, txn: 152 } as const
const metaBytes = 256

interface Meta {
  readonly pageSize: number
  readonly lastPage: number
  readonly txn: number
}

function readMeta(fd: number, position: number): Meta | null {
  const bytes = new Uint8Array(metaBytes)
  if (readSync(fd, bytes, 0, metaBytes, position) < metaBytes) return null
  const view = new DataView(bytes.buffer)
  if (view.getUint32(at.magic, true) !== magic) return null
  if ((view.getUint32(at.version, true) & 0xffff) !== dataVersion) return null
  return {
    pageSize: view.getUint32(at.pageSize, true),
    lastPage: Number(view.getBigUint64(at.lastPage, true)),
    txn: Number(view.getBigUint64(at.txn, true)),
  }
}

/** Throws when the file is not LMDB's; makes it as long as it says it is, when it may be written. */
export function checkHeader(path: string, readOnly: boolean): void {
  const fd = openSync(path, readOnly ? 'r' : 'r+')
  try {
    const { size } = fstatSync(fd)
    // a new file
    if (size === 0) return
    const first = readMeta(fd, 0)
    const pageSize = first?.pageSize ?? 0
    const isSize = pageSize >= 256 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0
    const second = isSize ? readMeta(fd, pageSize) : null
    if (first === null || second === null || second.pageSize !== pageSize) {
      return raise(
        ':yore/storage-corrupt',
        `${path} is no database of ours, or its beginning is damaged: restore it from a backup`,
        { path },
      )
    }
    const { lastPage } = first.txn > second.txn ? first : second
    const wanted = (lastPage + 1) * pageSize
    // Reading behind the end of a mapped file kills the process; zeros there are found to be damage, or are never read.
    if (size < wanted && wanted <= 2 ** 47 && !readOnly) ftruncateSync(fd, wanted)
  } finally {
    closeSync(fd)
  }
}
