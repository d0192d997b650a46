/** In the place of deflate where a runtime cannot do it at once: in a browser. */

import { raise } from '../../base/errors.ts'

/** Says why not. */
export function deflate(): never {
  return raise(
    ':yore/unsupported-format',
    "there is no compression 'deflate-raw' on this runtime: it needs Node; use 'lz4'",
    { codec: 'deflate-raw' },
  )
}

/** Says why not. */
export function inflate(): never {
  return raise(
    ':yore/unsupported-format',
    "this is packed with 'deflate-raw', which this runtime cannot read: read it on Node, and use the compression 'lz4' for what is read here",
    { codec: 'deflate-raw' },
  )
}
