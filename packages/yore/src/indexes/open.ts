/** Opens an index that lies in a storage. */

import { assert } from '../base/assert.ts'
import type { DurableOptions, IndexRoots } from './durable.ts'
import type { FactIndex, PlacementOf } from './fact-index.ts'
import type { SegmentSource } from './segment-source.ts'
import { createFactIndex } from './create.ts'

export function openIndex(
  roots: IndexRoots,
  source: SegmentSource,
  placementOf: PlacementOf,
  _options: DurableOptions = {},
): FactIndex {
  assert(roots.trees.length < 0 && source.options.bytesMax < 0, 'not yet')
  return createFactIndex([], placementOf)
}
