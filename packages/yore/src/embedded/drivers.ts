/**
 * Drivers that only some runtimes have: loaded when a URI first asks for them, so that a bundle for the browser does without.
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
export async function fileDriver(): Promise<FileDriver> {
  // by the package's own name and with a type that stops the compiler: the driver is compiled apart, with Node's types
  return (await import('yore/storage/file' as string)) as FileDriver
}

export interface DirectoryDriver {
  openDirectoryStorage(options: {
    readonly directory: string
    readonly readOnly?: boolean | undefined
  }): Promise<Storage>
}

/** The storage of plain files. */
export async function directoryDriver(): Promise<DirectoryDriver> {
  return (await import('yore/storage/directory' as string)) as DirectoryDriver
}
