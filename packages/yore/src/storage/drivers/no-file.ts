/** In the place of the file driver where there are no files: in a browser. */

import { raise } from '../../base/errors.ts'

/** Says why not. */
export async function openFileStorage(): Promise<never> {
  return raise(
    ':db.error/unsupported-protocol',
    'there is no file storage on this runtime: it needs Node',
    { protocol: 'file' },
  )
}
