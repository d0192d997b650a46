/**
 * What stands behind `#storage/file` (package.json): the file driver on Node, no-file.ts elsewhere. The core is compiled without Node's
 * types, so it sees this declaration in place of the driver.
 */

import type { Storage } from '../storage.ts'

export function openFileStorage(options: {
  readonly directory: string
  readonly readOnly?: boolean | undefined
  readonly waitMs?: number | undefined
}): Promise<Storage>
