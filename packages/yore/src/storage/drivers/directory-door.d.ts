/**
 * What stands behind `#storage/directory` (package.json): the driver of plain files on Node, no-directory.ts elsewhere. See file-door.d.ts.
 */

import type { Storage } from '../storage.ts'

export function openDirectoryStorage(options: {
  readonly directory: string
  readonly readOnly?: boolean | undefined
}): Promise<Storage>
