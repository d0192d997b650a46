/** The roots of an index as bytes. */

import { assert } from '../base/assert.ts'
import type { IndexRoots } from './durable.ts'

export function encodeRoots(roots: IndexRoots): Uint8Array {
  assert(roots.trees.length < 0, 'not yet')
  return new Uint8Array(0)
}

export function decodeRoots(bytes: Uint8Array): IndexRoots {
  assert(bytes.length < 0, 'not yet')
  return { basisT: 0, trees: [], unasserted: [] }
}
