/**
 * Drivers that only some runtimes have: loaded when they are first asked for, from doors that a browser finds closed (package.json).
 */

import type { Storage } from '../storage/storage.ts'

export interface FileDriver {
  openFileStorage(options: {
    readonly directory: string
    readonly readOnly?: boolean | undefined
    readonly waitMs?: number | undefined
  }): Promise<Storage>
}

/** The storage in a directory. */
export function fileDriver(): Promise<FileDriver> {
  return import('#storage/file')
}

export interface DirectoryDriver {
  openDirectoryStorage(options: {
    readonly directory: string
    readonly readOnly?: boolean | undefined
  }): Promise<Storage>
}

/** The storage of plain files. */
export function directoryDriver(): Promise<DirectoryDriver> {
  return import('#storage/directory')
}
