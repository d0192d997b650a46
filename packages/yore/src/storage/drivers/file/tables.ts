/** LMDB's file, opened: its tables. */

import { existsSync } from 'node:fs'
import type { loadLmdb, Root, Table } from './lmdb.ts'
import { checkFile } from './trees.ts'

export interface Tables {
  readonly root: Root
  readonly blobs: Table
  readonly slots: Table
  readonly roots: Table
  readonly meta: Table
}

export type Lmdb = Awaited<ReturnType<typeof loadLmdb>>

const options = { encoding: 'binary' } as const

/** Opens the file; null: it is not ours yet, and may only be read. */
export function openTables({ open }: Lmdb, path: string, readOnly: boolean): Tables | null {
  if (existsSync(path)) checkFile(path, readOnly)
  const root: Root = open({
    ...options,
    path,
    noSubdir: true,
    readOnly,
    maxDbs: 8,
    // Each transaction is on disk before it is acknowledged; LMDB's own errors then reach us.
    overlappingSync: false,
    // Our queue makes the groups; LMDB's would wait for another turn, and leave rejections that nobody handles.
    eventTurnBatching: false,
  })
  const table = (name: string): Table | undefined =>
    root.openDB<Uint8Array>({ ...options, name }) as Table | undefined
  const [blobs, slots, roots, meta] = [
    table('blobs'),
    table('slots'),
    table('roots'),
    table('meta'),
  ]
  if (blobs && slots && roots && meta) return { root, blobs, slots, roots, meta }
  void root.close()
  return null
}
