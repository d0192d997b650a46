/** In the place of the driver of plain files where there are none: in a browser. */

import { raise } from '../../base/errors.ts'

/** Says why not. */
export async function openDirectoryStorage(): Promise<never> {
  return raise(
    ':db.error/unsupported-protocol',
    'there are no files on this runtime: it needs Node',
    { protocol: 'directory' },
  )
}
