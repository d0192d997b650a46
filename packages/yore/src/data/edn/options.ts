/** How EDN is to be read, and a check that options are that. */

import { raise } from '../../base/errors.ts'
import type { Value } from '../values.ts'

export interface ReadOptions {
  /** What tags mean: `#my/point [1 2]` gives what the function of 'my/point' gives. They win over the reader's own. */
  readonly tags?: ReadonlyMap<string, (value: Value) => Value>
  /** How deep forms may be nested; 512 when not given. */
  readonly depthMax?: number
  /** Read `'x` as `(quote x)`, as in Clojure source. Without it the quote is part of a symbol, as in EDN. */
  readonly quote?: boolean
}

/** The options, if they are some; a copy. */
export function checkedOptions(options: ReadOptions): ReadOptions {
  if (typeof options !== 'object' || options === null) refuseOptions()
  try {
    const { tags, depthMax = 512, quote } = options
    if (typeof depthMax !== 'number' || !(tags === undefined || tags instanceof Map)) {
      refuseOptions()
    }
    return { ...(tags && { tags }), depthMax, quote: quote === true }
  } catch {
    return refuseOptions()
  }
}

function refuseOptions(): never {
  return raise(':yore/invalid-argument', 'options of the reader are {tags: a Map, depthMax, quote}')
}
